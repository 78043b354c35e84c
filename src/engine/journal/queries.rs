//! What the store is asked: runs, changes, what is unsettled, and the counts for the guards.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use super::chain::{self, ChainError, Verified};
use super::error::{Fault, JournalError};
use super::records::{
    BrowserMark, CancelRecord, ChangeId, ChangeRecord, ChangeState, EventRecord, NewRun, ProcessMark, RunId,
    RunKey, RunRecord, RunSummary,
};
use super::store::{CANCEL_ASKED, Store};
use crate::domain::{Change, Counts, Email, History, Outcome, OutcomeKind, Reason, RoleId};

const CHANGE: &str = "SELECT changes.id, run, seq, changes.operation, email, roles_from, role_to, is_removal, is_new_seat,
    is_privileged, is_resend, state, outcome, reason, detail, settled_by, intended_us, committing_us, seen_gone_us, settled_us,
    browser_pid, browser_start, flow FROM changes";

impl Store {
    pub(super) fn runs(&self, workspace: Option<&str>, limit: u32) -> Result<Vec<RunSummary>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, workspace, operation, os_user, pid, pid_start, started_us, ended_us, exit_code,
                 (SELECT count(*) FROM changes WHERE run = runs.id) AS changes,
                 (SELECT count(*) FROM changes WHERE run = runs.id AND state <> 'settled') AS unsettled
             FROM runs WHERE ?1 IS NULL OR workspace = ?1 ORDER BY started_us DESC, rowid DESC LIMIT ?2",
        )?;
        statement.query_and_then(params![workspace, limit], summary)?.collect()
    }

    pub(super) fn run(&mut self, id: &RunId) -> Result<Option<RunRecord>, Fault> {
        // One transaction, so that the run, its browsers and its changes are of one moment.
        let tx = self.connection.transaction()?;
        let found = tx
            .prepare_cached(
                "SELECT id, workspace, operation, os_user, pid, pid_start, started_us, ended_us, exit_code,
                     arguments, app, map_sha256, report, idempotency_key FROM runs WHERE id = ?1",
            )?
            .query_and_then([id.as_str()], run_record)?
            .next()
            .transpose()?;
        let Some(mut run) = found else { return Ok(None) };
        run.browsers = tx
            .prepare_cached(
                "SELECT pid, pid_start, driver_pid, driver_start FROM browsers WHERE run = ?1 ORDER BY rowid",
            )?
            .query_and_then([id.as_str()], browser)?
            .collect::<Result<_, Fault>>()?;
        run.changes = tx
            .prepare_cached(&format!("{CHANGE} WHERE run = ?1 ORDER BY seq"))?
            .query_and_then([id.as_str()], change_record)?
            .collect::<Result<_, Fault>>()?;
        Ok(Some(run))
    }

    pub(super) fn run_of_key(&mut self, workspace: &str, key: &RunKey) -> Result<Option<RunRecord>, Fault> {
        let found: Option<String> = self
            .connection
            .prepare_cached(
                "SELECT id FROM runs WHERE workspace = ?1 AND idempotency_key = ?2
                 ORDER BY started_us DESC, rowid DESC LIMIT 1",
            )?
            .query_row([workspace, key.as_str()], |row| row.get(0))
            .optional()?;
        found.map_or(Ok(None), |id| self.run(&RunId::stored(id)))
    }

    pub(super) fn unsettled(&self, workspace: &str) -> Result<Vec<ChangeRecord>, Fault> {
        self.connection
            .prepare_cached(&format!(
                "{CHANGE} JOIN runs ON runs.id = run
                 WHERE workspace = ?1 AND (state = 'committing' OR (state = 'intended' AND ended_us IS NULL))
                 ORDER BY changes.id"
            ))?
            .query_and_then([workspace], change_record)?
            .collect()
    }

    pub(super) fn history(&self, workspace: &str, since: Timestamp) -> Result<History, Fault> {
        let count = |row: &Row<'_>| {
            Ok(History {
                removals: row.get(0)?,
                new_seats: row.get(1)?,
                privileged: row.get(2)?,
                resends: row.get(3)?,
                in_doubt: Vec::new(),
            })
        };
        Ok(self.connection.query_row(
            "SELECT coalesce(sum(is_removal), 0), coalesce(sum(is_new_seat), 0), coalesce(sum(is_privileged), 0),
                 coalesce(sum(is_resend), 0)
             FROM changes JOIN runs ON runs.id = run
             WHERE workspace = ?1 AND committing_us >= ?2 AND NOT (state = 'settled' AND outcome = 'failed')
                 AND (flow IS NULL OR NOT EXISTS (
                     SELECT 1 FROM changes AS other WHERE other.run = changes.run AND other.email = changes.email
                         AND other.flow IS NULL AND other.committing_us >= ?2
                         AND NOT (other.state = 'settled' AND other.outcome = 'failed')
                 ))",
            params![workspace, since.as_microsecond()],
            count,
        )?)
    }

    pub(super) fn told(
        &self,
        workspace: &str,
        kind: &str,
        most: u32,
    ) -> Result<Vec<(Timestamp, Value)>, Fault> {
        self.connection
            .prepare_cached(
                "SELECT at_us, data FROM events JOIN runs ON runs.id = run
                 WHERE workspace = ?1 AND kind = ?2 ORDER BY seq DESC LIMIT ?3",
            )?
            .query_and_then(params![workspace, kind, most], |row| {
                Ok((moment(row.get(0)?)?, json("an event", row.get(1)?)?))
            })?
            .collect()
    }

    pub(super) fn cancelled(&self, run: &RunId) -> Result<Option<CancelRecord>, Fault> {
        cancel_of(&self.connection, run)
    }

    pub(super) fn resends(&self, workspace: &str) -> Result<Vec<(Email, Timestamp)>, Fault> {
        let last = |row: &Row<'_>| {
            let email: String = row.get(0)?;
            let email = Email::parse(&email).map_err(|_| Fault::unreadable("mail address", email))?;
            Ok((email, moment(row.get(1)?)?))
        };
        self.connection
            .prepare_cached(
                "SELECT email, max(committing_us) FROM changes JOIN runs ON runs.id = run
                 WHERE workspace = ?1 AND changes.operation = 'resend' AND committing_us IS NOT NULL
                     AND NOT (state = 'settled' AND outcome = 'failed')
                 GROUP BY email",
            )?
            .query_and_then([workspace], last)?
            .collect()
    }

    pub(super) fn head(&self) -> Result<String, Fault> {
        Ok(chain::head(&self.connection)?.1)
    }

    pub(super) fn events(&self) -> Result<Vec<EventRecord>, Fault> {
        self.connection
            .prepare_cached(
                "SELECT seq, at_us, run, change, kind, data, prev_hash, hash FROM events ORDER BY seq",
            )?
            .query_and_then([], |row| {
                Ok(EventRecord {
                    seq: row.get(0)?,
                    at_us: row.get(1)?,
                    run: row.get(2)?,
                    change: row.get(3)?,
                    kind: row.get(4)?,
                    data: json("an event", row.get(5)?)?,
                    prev_hash: row.get(6)?,
                    hash: row.get(7)?,
                })
            })?
            .collect()
    }

    pub(super) fn place_of(&self, head: &str) -> Result<i64, Fault> {
        let found = self
            .connection
            .query_row("SELECT seq FROM events WHERE hash = ?1", [head], |row| row.get(0))
            .optional()?;
        Ok(found.ok_or_else(|| JournalError::NoSuchHead(head.to_owned()))?)
    }

    pub(super) fn verify(&mut self) -> Result<Verified, Fault> {
        let path = self.path().to_owned();
        let tx = self.connection.transaction()?;
        let found: String = tx.pragma_query_value(None, "integrity_check", |row| row.get(0))?;
        if found != "ok" {
            let doing = "check the journal";
            return Err(JournalError::Corrupt { doing, path, source: found.into() }.into());
        }
        let verified = chain::verify(&tx)?;
        // What the tables say now has to be what the last event of each change, and of each run, said.
        for (what, sql) in TOLD_OTHERWISE {
            let otherwise: Option<i64> = tx.query_row(sql, [], |row| row.get(0)).optional()?;
            if let Some(at) = otherwise {
                return Err(JournalError::from(ChainError { at, what }).into());
            }
        }
        Ok(verified)
    }
}

/// What a table may say otherwise than the events, and a query that gives the number of the first such event.
const TOLD_OTHERWISE: [(&str, &str); 4] = [
    (
        "the change it tells of is another one in the table",
        "SELECT events.seq FROM events LEFT JOIN changes ON changes.id = change WHERE kind = 'intended' AND (
             changes.run IS NOT events.run OR changes.seq IS NOT data ->> 'seq' OR operation IS NOT data ->> 'operation'
             OR email IS NOT data ->> 'email' OR roles_from IS NOT nullif(data -> 'from', 'null')
             OR role_to IS NOT data ->> 'to' OR is_removal IS NOT data ->> 'removal'
             OR is_new_seat IS NOT data ->> 'new_seat' OR is_privileged IS NOT data ->> 'privileged'
             OR is_resend IS NOT coalesce(data ->> 'resend', 0) OR flow IS NOT data ->> 'flow'
         ) ORDER BY 1 LIMIT 1",
    ),
    (
        "the change it tells of is in another state in the table",
        "SELECT coalesce(max(events.seq), 0) FROM changes LEFT JOIN events
             ON change = changes.id AND kind IN ('intended', 'committing', 'settled')
         GROUP BY changes.id HAVING state IS NOT kind ORDER BY 1 LIMIT 1",
    ),
    (
        "the outcome it tells of is another one in the table",
        "SELECT events.seq FROM events LEFT JOIN changes ON changes.id = change WHERE kind = 'settled' AND (
             outcome IS NOT data ->> 'outcome' OR reason IS NOT data ->> 'reason' OR detail IS NOT data ->> 'detail'
             OR settled_by IS NOT data ->> 'by'
         ) ORDER BY 1 LIMIT 1",
    ),
    (
        "the run it tells of is another one in the table",
        "SELECT events.seq FROM events LEFT JOIN runs ON runs.id = run WHERE kind = 'run_started' AND (
             workspace IS NOT data ->> 'workspace' OR operation IS NOT data ->> 'operation'
             OR app IS NOT data ->> 'app' OR map_sha256 IS NOT data ->> 'map_sha256'
             OR os_user IS NOT data ->> 'os_user' OR idempotency_key IS NOT data ->> 'key'
         ) ORDER BY 1 LIMIT 1",
    ),
];

/// Who cancelled a run first.
pub(super) fn cancel_of(connection: &Connection, run: &RunId) -> Result<Option<CancelRecord>, Fault> {
    let found: Option<(i64, String)> = connection
        .prepare_cached("SELECT at_us, data FROM events WHERE run = ?1 AND kind = ?2 ORDER BY seq LIMIT 1")?
        .query_row([run.as_str(), CANCEL_ASKED], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((at, data)) = found else { return Ok(None) };
    let by = json("an event", data)?["by"].as_str().unwrap_or_default().to_owned();
    Ok(Some(CancelRecord { by, at: moment(at)? }))
}

fn summary(row: &Row<'_>) -> Result<RunSummary, Fault> {
    Ok(RunSummary {
        id: RunId::stored(row.get("id")?),
        workspace: row.get("workspace")?,
        operation: row.get("operation")?,
        os_user: row.get("os_user")?,
        process: process(row)?,
        started_at: moment(row.get("started_us")?)?,
        ended_at: row.get::<_, Option<i64>>("ended_us")?.map(moment).transpose()?,
        exit_code: row.get("exit_code")?,
        changes: row.get("changes")?,
        unsettled: row.get("unsettled")?,
    })
}

fn run_record(row: &Row<'_>) -> Result<RunRecord, Fault> {
    Ok(RunRecord {
        id: RunId::stored(row.get("id")?),
        began: NewRun {
            workspace: row.get("workspace")?,
            operation: row.get("operation")?,
            arguments: json("run's arguments", row.get("arguments")?)?,
            app: row.get("app")?,
            map_sha256: row.get("map_sha256")?,
            os_user: row.get("os_user")?,
            process: process(row)?,
            key: row.get::<_, Option<String>>("idempotency_key")?.map(RunKey::stored),
        },
        started_at: moment(row.get("started_us")?)?,
        ended_at: row.get::<_, Option<i64>>("ended_us")?.map(moment).transpose()?,
        exit_code: row.get("exit_code")?,
        report: row.get::<_, Option<String>>("report")?.map(|text| json("report", text)).transpose()?,
        browsers: Vec::new(),
        changes: Vec::new(),
    })
}

fn browser(row: &Row<'_>) -> Result<BrowserMark, Fault> {
    Ok(BrowserMark {
        pid: row.get("pid")?,
        start_time: row.get::<_, i64>("pid_start")?.cast_unsigned(),
        driver_pid: row.get("driver_pid")?,
        driver_start: row.get::<_, i64>("driver_start")?.cast_unsigned(),
    })
}

fn process(row: &Row<'_>) -> Result<ProcessMark, Fault> {
    Ok(ProcessMark { pid: row.get("pid")?, start_time: row.get::<_, i64>("pid_start")?.cast_unsigned() })
}

fn change_record(row: &Row<'_>) -> Result<ChangeRecord, Fault> {
    let at = |name| -> Result<Option<Timestamp>, Fault> {
        row.get::<_, Option<i64>>(name)?.map(moment).transpose()
    };
    let state: String = row.get("state")?;
    let browser: Option<(u32, i64)> =
        row.get::<_, Option<u32>>("browser_pid")?.zip(row.get("browser_start")?);
    Ok(ChangeRecord {
        id: ChangeId(row.get("id")?),
        run: RunId::stored(row.get("run")?),
        seq: row.get("seq")?,
        change: change(row)?,
        counts: Counts {
            removal: row.get("is_removal")?,
            new_seat: row.get("is_new_seat")?,
            privileged: row.get("is_privileged")?,
            resend: row.get("is_resend")?,
        },
        flow: row.get("flow")?,
        state: ChangeState::parse(&state).ok_or_else(|| Fault::unreadable("state", state))?,
        seen_gone: at("seen_gone_us")?.is_some(),
        outcome: outcome(row)?,
        settled_by: row.get("settled_by")?,
        intended_at: moment(row.get("intended_us")?)?,
        committing_at: at("committing_us")?,
        settled_at: at("settled_us")?,
        browser: browser.map(|(pid, start)| ProcessMark { pid, start_time: start.cast_unsigned() }),
    })
}

fn change(row: &Row<'_>) -> Result<Change, Fault> {
    let email: String = row.get("email")?;
    let email = Email::parse(&email).map_err(|_| Fault::unreadable("mail address", email))?;
    let operation: String = row.get("operation")?;
    let from: Option<String> = row.get("roles_from")?;
    let from = from.map(|text| {
        let roles: Vec<String> =
            serde_json::from_str(&text).map_err(|_| Fault::unreadable("set of roles", text))?;
        Ok::<_, Fault>(roles.into_iter().map(RoleId::new).collect::<BTreeSet<_>>())
    });
    let to: Option<String> = row.get("role_to")?;
    Change::named(&operation, email, from.transpose()?, to.map(RoleId::new))
        .ok_or_else(|| Fault::unreadable("kind of change", operation))
}

fn outcome(row: &Row<'_>) -> Result<Option<Outcome>, Fault> {
    let Some(kind) = row.get::<_, Option<String>>("outcome")? else { return Ok(None) };
    let reason: Option<String> = row.get("reason")?;
    let reason = reason.map(|word| Reason::parse(&word).ok_or_else(|| Fault::unreadable("reason", word)));
    Ok(Some(Outcome {
        kind: OutcomeKind::parse(&kind).ok_or_else(|| Fault::unreadable("outcome", kind))?,
        reason: reason.transpose()?,
        detail: row.get("detail")?,
    }))
}

fn moment(us: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_microsecond(us).map_err(|_| Fault::unreadable("moment", us.to_string()))
}

fn json(what: &'static str, text: String) -> Result<Value, Fault> {
    serde_json::from_str(&text).map_err(|_| Fault::unreadable(what, text))
}

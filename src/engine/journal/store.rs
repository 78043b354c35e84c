//! The store: the SQLite file, its schema, and every write as one transaction with its event. Reads are in
//! `queries.rs`.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde_json::{Value, json};

use super::chain::{self, Event};
use super::error::{Fault, JournalError};
use super::handle::Clock;
use super::queries::cancel_of;
use super::records::{
    BrowserMark, CancelAsked, ChangeId, ChangeState, Intent, NewRun, ProcessMark, RunEnd, RunId, RunKey,
};
use crate::domain::{Outcome, OutcomeKind, RoleId};

/// The schema files in their order; the file's `user_version` is how many have been applied.
const SCHEMAS: [&str; 5] = [
    include_str!("schema/0001.sql"),
    include_str!("schema/0002.sql"),
    include_str!("schema/0003.sql"),
    include_str!("schema/0004.sql"),
    include_str!("schema/0005.sql"),
];

/// How long to wait for another process that writes.
const BUSY_AFTER: Duration = Duration::from_secs(10);

/// Who cancelled a run is remembered under this name.
pub(super) const CANCEL_ASKED: &str = "cancel_asked";

pub(super) struct Store {
    pub(super) connection: Connection,
    path: PathBuf,
    clock: Clock,
}

impl Store {
    pub(super) fn open(folder: &Path, clock: Clock) -> Result<Self, JournalError> {
        let path = folder.join("journal.sqlite3");
        let unwritable = |path: &Path, error: io::Error| JournalError::Unwritable {
            path: path.to_owned(),
            source: error.into(),
        };
        make_private(folder).map_err(|error| unwritable(folder, error))?;
        // SQLite does not wait for others while it turns a new file to WAL, so openers queue here instead.
        let queue_path = folder.join("opening.lock");
        let queue = open_private(&queue_path).map_err(|error| unwritable(&queue_path, error))?;
        queue.lock().map_err(|error| unwritable(&queue_path, error))?;
        create_private(&path).map_err(|error| unwritable(&path, error))?;
        let mut connection = Connection::open(&path)
            .map_err(|error| JournalError::sqlite("open the journal", &path, error))?;
        prepare(&mut connection, &path).map_err(|fault| fault.at("open the journal", &path))?;
        Ok(Self { connection, path, clock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn start_run(&mut self, new: &NewRun) -> Result<RunId, Fault> {
        self.write(|at| {
            let taken = "SELECT 1 FROM runs WHERE id = ?1";
            let run = loop {
                let run = RunId::new(at.moment);
                if at.tx.query_row(taken, [run.as_str()], |_| Ok(())).optional()?.is_none() {
                    break run;
                }
            };
            at.tx.execute(
                "INSERT INTO runs (id, workspace, operation, arguments, app, map_sha256, os_user, pid, pid_start, started_us,
                     idempotency_key)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                params![
                    run.as_str(),
                    new.workspace,
                    new.operation,
                    chain::canonical(&new.arguments),
                    new.app,
                    new.map_sha256,
                    new.os_user,
                    new.process.pid,
                    new.process.start_time.cast_signed(),
                    at.us(),
                    new.key.as_ref().map(RunKey::as_str)
                ],
            )?;
            let data = json!({
                "workspace": new.workspace,
                "operation": new.operation,
                "arguments": new.arguments,
                "app": new.app,
                "map_sha256": new.map_sha256,
                "os_user": new.os_user,
                "pid": new.process.pid,
                "start_time": new.process.start_time,
                "key": new.key.as_ref().map(RunKey::as_str),
            });
            at.append(&run, None, "run_started", &data)?;
            Ok(run)
        })
    }

    pub(super) fn note_browser(&mut self, run: &RunId, browser: BrowserMark) -> Result<(), Fault> {
        self.write(|at| {
            at.still_running(run, "write down a browser")?;
            at.tx.execute(
                "INSERT INTO browsers (run, pid, pid_start, driver_pid, driver_start, noted_us)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    run.as_str(),
                    browser.pid,
                    browser.start_time.cast_signed(),
                    browser.driver_pid,
                    browser.driver_start.cast_signed(),
                    at.us()
                ],
            )?;
            let data = json!({
                "pid": browser.pid,
                "start_time": browser.start_time,
                "driver_pid": browser.driver_pid,
                "driver_start": browser.driver_start,
            });
            at.append(run, None, "browser_started", &data)
        })
    }

    pub(super) fn intend(&mut self, run: &RunId, intents: &[Intent]) -> Result<Vec<ChangeId>, Fault> {
        self.write(|at| {
            at.still_running(run, "write down changes")?;
            let first: u32 = at.tx.query_row(
                "SELECT coalesce(max(seq), 0) + 1 FROM changes WHERE run = ?1",
                [run.as_str()],
                |row| row.get(0),
            )?;
            (first..).zip(intents).map(|(seq, intent)| at.intend_one(run, seq, intent)).collect()
        })
    }

    pub(super) fn committing(&mut self, id: ChangeId, browser: ProcessMark) -> Result<(), Fault> {
        let doing = "commit";
        self.write(|at| {
            let (run, _) = at.change_in(id, doing, &[ChangeState::Intended])?;
            at.still_running(&run, doing)?;
            at.tx.execute(
                "UPDATE changes SET state = 'committing', committing_us = ?2, browser_pid = ?3, browser_start = ?4
                 WHERE id = ?1",
                params![id.0, at.us(), browser.pid, browser.start_time.cast_signed()],
            )?;
            let data = json!({ "pid": browser.pid, "start_time": browser.start_time });
            at.append(&run, Some(id), "committing", &data)
        })
    }

    pub(super) fn settle(&mut self, id: ChangeId, outcome: &Outcome, by: &str) -> Result<(), Fault> {
        let doing = match outcome.kind {
            OutcomeKind::InDoubt => "note a doubt",
            _ => "settle",
        };
        let needs_commit =
            matches!(outcome.kind, OutcomeKind::Done | OutcomeKind::Pending | OutcomeKind::InDoubt);
        let from: &[ChangeState] = match needs_commit {
            true => &[ChangeState::Committing],
            false => &[ChangeState::Intended, ChangeState::Committing],
        };
        self.write(|at| {
            let (run, is) = at.change_in(id, doing, from)?;
            let settles = outcome.kind != OutcomeKind::InDoubt;
            let state = if settles { ChangeState::Settled } else { is };
            at.tx.execute(
                "UPDATE changes SET state = ?2, outcome = ?3, reason = ?4, detail = ?5, settled_by = ?6, settled_us = ?7
                 WHERE id = ?1",
                params![
                    id.0,
                    state.as_str(),
                    outcome.kind.as_str(),
                    outcome.reason.map(|reason| reason.as_str()),
                    outcome.detail,
                    by,
                    settles.then(|| at.us())
                ],
            )?;
            let data = json!({
                "outcome": outcome.kind.as_str(),
                "reason": outcome.reason.map(|reason| reason.as_str()),
                "detail": outcome.detail,
                "by": by,
            });
            at.append(&run, Some(id), if settles { "settled" } else { "in_doubt" }, &data)
        })
    }

    pub(super) fn seen_gone(&mut self, id: ChangeId) -> Result<(), Fault> {
        self.write(|at| {
            let (run, is) = at.change_in(id, "note as seen gone", &[ChangeState::Committing])?;
            let noted = at.tx.execute(
                "UPDATE changes SET seen_gone_us = ?2 WHERE id = ?1 AND operation IN ('remove', 'cancel_invite')",
                params![id.0, at.us()],
            )?;
            if noted == 0 {
                let doing = "note as seen gone what is no removal";
                return Err(JournalError::WrongState { doing, change: id, is }.into());
            }
            at.append(&run, Some(id), "seen_gone", &json!({}))
        })
    }

    pub(super) fn end_run(&mut self, run: &RunId, ended: &RunEnd) -> Result<(), Fault> {
        self.write(|at| {
            at.still_running(run, "end the run")?;
            let report = chain::canonical(&ended.report);
            at.tx.execute(
                "UPDATE runs SET ended_us = ?2, exit_code = ?3, report = ?4 WHERE id = ?1",
                params![run.as_str(), at.us(), ended.exit_code, report],
            )?;
            let data = json!({ "exit_code": ended.exit_code, "report_sha256": chain::sha256(&report) });
            at.append(run, None, "run_ended", &data)
        })
    }

    pub(super) fn take_up(&mut self, run: &RunId, process: ProcessMark) -> Result<(), Fault> {
        self.write(|at| {
            at.ended(run)?;
            at.tx.execute(
                "UPDATE runs SET pid = ?2, pid_start = ?3, ended_us = NULL, exit_code = NULL WHERE id = ?1",
                params![run.as_str(), process.pid, process.start_time.cast_signed()],
            )?;
            at.append(run, None, "taken_up", &json!({ "pid": process.pid, "start_time": process.start_time }))
        })
    }

    pub(super) fn cancel(&mut self, run: &RunId, by: &str) -> Result<CancelAsked, Fault> {
        // Under the write lock, so that the run does not end between the look and the note.
        self.write(|at| {
            if at.ended(run)? {
                return Ok(CancelAsked::Ended);
            }
            if let Some(before) = cancel_of(&at.tx, run)? {
                return Ok(CancelAsked::Before(before));
            }
            at.append(run, None, CANCEL_ASKED, &json!({ "by": by }))?;
            Ok(CancelAsked::Noted)
        })
    }

    pub(super) fn event(
        &mut self,
        run: &RunId,
        change: Option<ChangeId>,
        kind: &str,
        data: &Value,
    ) -> Result<(), Fault> {
        self.write(|at| {
            at.ended(run)?;
            at.append(run, change, kind, data)
        })
    }

    /// One transaction at one moment. It begins by taking the write lock, so that what it reads stays true.
    fn write<T>(&mut self, work: impl FnOnce(&At<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let moment = (self.clock)();
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let at = At { tx, moment };
        let result = work(&at)?;
        at.tx.commit()?;
        Ok(result)
    }
}

/// An open transaction and its moment.
struct At<'a> {
    tx: Transaction<'a>,
    moment: Timestamp,
}

impl At<'_> {
    fn us(&self) -> i64 {
        self.moment.as_microsecond()
    }

    fn append(&self, run: &RunId, change: Option<ChangeId>, kind: &str, data: &Value) -> Result<(), Fault> {
        let (last, prev) = chain::head(&self.tx)?;
        let data = chain::canonical(data);
        let event = Event {
            seq: last + 1,
            at_us: self.us(),
            run: run.as_str(),
            change: change.map(|id| id.0),
            kind,
            data: &data,
        };
        let hash = event.hash(&prev);
        self.tx.execute(
            "INSERT INTO events (seq, at_us, run, change, kind, data, prev_hash, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![event.seq, event.at_us, event.run, event.change, event.kind, event.data, prev, hash],
        )?;
        Ok(())
    }

    fn intend_one(&self, run: &RunId, seq: u32, intent: &Intent) -> Result<ChangeId, Fault> {
        let Intent { change, counts, flow } = intent;
        let from =
            change.from().map(|roles| Value::from(roles.iter().map(RoleId::as_str).collect::<Vec<_>>()));
        let to = change.role().map(RoleId::as_str);
        self.tx.execute(
            "INSERT INTO changes (run, seq, operation, email, roles_from, role_to, is_removal, is_new_seat,
                 is_privileged, is_resend, state, intended_us, flow)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'intended', ?11, ?12)",
            params![
                run.as_str(),
                seq,
                change.operation(),
                change.email().as_str(),
                from.as_ref().map(chain::canonical),
                to,
                counts.removal,
                counts.new_seat,
                counts.privileged,
                counts.resend,
                self.us(),
                flow
            ],
        )?;
        let id = ChangeId(self.tx.last_insert_rowid());
        let mut data = json!({
            "seq": seq,
            "operation": change.operation(),
            "email": change.email().as_str(),
            "from": from,
            "to": to,
            "removal": counts.removal,
            "new_seat": counts.new_seat,
            "privileged": counts.privileged,
            "resend": counts.resend,
        });
        if let Some(flow) = flow {
            data["flow"] = json!(flow);
        }
        self.append(run, Some(id), "intended", &data)?;
        Ok(id)
    }

    /// The run and state of a change, which has to be one of these.
    fn change_in(
        &self,
        id: ChangeId,
        doing: &'static str,
        states: &[ChangeState],
    ) -> Result<(RunId, ChangeState), Fault> {
        let row: Option<(String, String)> = self
            .tx
            .query_row("SELECT run, state FROM changes WHERE id = ?1", [id.0], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let (run, state) = row.ok_or(JournalError::NoSuchChange(id))?;
        let is = ChangeState::parse(&state).ok_or_else(|| Fault::unreadable("state", state))?;
        if !states.contains(&is) {
            return Err(JournalError::WrongState { doing, change: id, is }.into());
        }
        Ok((RunId::stored(run), is))
    }

    fn still_running(&self, run: &RunId, doing: &'static str) -> Result<(), Fault> {
        if self.ended(run)? {
            return Err(JournalError::RunEnded { doing, run: run.clone() }.into());
        }
        Ok(())
    }

    fn ended(&self, run: &RunId) -> Result<bool, Fault> {
        let ended = "SELECT ended_us IS NOT NULL FROM runs WHERE id = ?1";
        let ended = self.tx.query_row(ended, [run.as_str()], |row| row.get(0)).optional()?;
        Ok(ended.ok_or_else(|| JournalError::NoSuchRun(run.clone()))?)
    }
}

/// Sets what SQLite does not keep in the file, and brings the schema up to date.
fn prepare(connection: &mut Connection, path: &Path) -> Result<(), Fault> {
    connection.busy_timeout(BUSY_AFTER)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Reading waits for others, setting the mode does not, so it is set only where it has to be: the version is
    // read first, and with it the mode of the file.
    let found = applied(connection)?;
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if mode != "wal" {
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    }
    if found != known() {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Asked again under the write lock: another process may have done it meanwhile.
        let found = applied(&tx)?;
        let missing = usize::try_from(found).ok().and_then(|found| SCHEMAS.get(found..));
        let newer = || JournalError::Newer { path: path.to_owned(), found, known: known() };
        tx.execute_batch(&missing.ok_or_else(newer)?.concat())?;
        tx.pragma_update(None, "user_version", known())?;
        tx.commit()?;
    }
    Ok(())
}

fn applied(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn known() -> i64 {
    SCHEMAS.len() as i64
}

/// A folder only its owner can look into. It is ours alone, so one that lies open is closed.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    if fs::metadata(folder)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Makes a file only its owner can read, if there is none; SQLite gives its -wal and -shm files the same mode. One
/// that is there is not opened: closing it again would take this process's locks off it (fcntl, by POSIX), those
/// of another handle included.
fn create_private(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
                fs::set_permissions(path, Permissions::from_mode(0o600))?;
            }
            Ok(())
        }
        other => other.map(drop),
    }
}

/// A file only its owner can read, made if there is none; what it holds stays.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    let file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

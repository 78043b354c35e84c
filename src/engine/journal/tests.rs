//! The journal on real files: states, chain, history, several processes' worth of handles, and bad days.

#[cfg(feature = "crash-points")]
mod crash;
mod runs;
mod schema;
mod twice;

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::domain::{Change, Counts, Email, History, Outcome, OutcomeKind, Reason, RoleId};

/// A journal in a folder of its own, with a clock that a test moves.
struct Fixture {
    state: TempDir,
    seconds: Arc<AtomicI64>,
    journal: Journal,
}

const BROWSER: ProcessMark = ProcessMark { pid: 4243, start_time: u64::MAX };

impl Fixture {
    async fn new() -> Self {
        let state = tempfile::tempdir().unwrap();
        let seconds = Arc::new(AtomicI64::new(0));
        let journal = Journal::open(state.path(), clock(&seconds)).await.unwrap();
        Self { state, seconds, journal }
    }

    async fn reopen(&mut self) {
        self.journal = Journal::open(self.state.path(), clock(&self.seconds)).await.unwrap();
    }

    fn wait(&self, hours: i64) {
        self.seconds.fetch_add(hours * 3600, Ordering::SeqCst);
    }

    fn now(&self) -> Timestamp {
        clock(&self.seconds)()
    }

    fn file(&self) -> std::path::PathBuf {
        self.state.path().join("journal/journal.sqlite3")
    }

    async fn run(&self) -> RunId {
        self.journal.start_run(new_run("acme")).await.unwrap()
    }

    async fn intend(&self, run: &RunId, changes: &[Change]) -> Vec<ChangeId> {
        let intents: Vec<_> = changes.iter().map(intent).collect();
        self.journal.intend(run, &intents).await.unwrap()
    }

    /// A removal that has come to `committing`.
    async fn committing(&self, run: &RunId, name: &str) -> ChangeId {
        let id = self.intend(run, &[remove(name)]).await[0];
        self.journal.committing(id, BROWSER).await.unwrap();
        id
    }

    async fn change(&self, id: ChangeId) -> ChangeRecord {
        for run in self.journal.runs(None, 100).await.unwrap() {
            let run = self.journal.run(&run.id).await.unwrap().unwrap();
            if let Some(change) = run.changes.into_iter().find(|change| change.id == id) {
                return change;
            }
        }
        panic!("no change {id}");
    }
}

fn clock(seconds: &Arc<AtomicI64>) -> Clock {
    let seconds = Arc::clone(seconds);
    let start: Timestamp = "2026-11-21T21:34:55.123456789Z".parse().unwrap();
    Arc::new(move || start + SignedDuration::from_secs(seconds.load(Ordering::SeqCst)))
}

fn new_run(workspace: &str) -> NewRun {
    NewRun {
        workspace: workspace.to_owned(),
        operation: "remove".to_owned(),
        arguments: json!({ "emails": ["ann@example.com"], "role": null }),
        app: "coassemble/members-2026-03".to_owned(),
        map_sha256: "ab".repeat(32),
        os_user: "ops".to_owned(),
        process: ProcessMark { pid: 4242, start_time: 99 },
        key: None,
    }
}

fn email(name: &str) -> Email {
    Email::parse(&format!("{name}@example.com")).unwrap()
}

fn remove(name: &str) -> Change {
    Change::Remove { email: email(name) }
}

fn intent(change: &Change) -> Intent {
    let counts = match change {
        Change::CancelInvite { .. } | Change::Deactivate { .. } | Change::Remove { .. } => {
            Counts { removal: true, ..Counts::default() }
        }
        Change::Invite { .. } | Change::Reactivate { .. } => Counts { new_seat: true, ..Counts::default() },
        Change::ChangeRole { .. } => Counts { privileged: true, ..Counts::default() },
        Change::Resend { .. } => Counts { resend: true, ..Counts::default() },
    };
    Intent { change: change.clone(), counts, flow: None }
}

fn changes() -> [Change; 3] {
    let role = RoleId::new;
    [
        Change::Invite { email: email("ann"), role: role("editor") },
        Change::ChangeRole {
            email: email("ben"),
            from: BTreeSet::from([role("editor"), role("writer \"x\"")]),
            to: role("admin"),
        },
        remove("cat"),
    ]
}

#[tokio::test]
async fn a_run_is_read_back_as_it_was_written() {
    let mut fixture = Fixture::new().await;
    let run = fixture.run().await;
    assert!(run.as_str().starts_with("20261121-213455-") && run.as_str().len() == 20, "{run}");
    assert_eq!(RunId::parse(run.as_str()).as_ref(), Some(&run));
    let browser = BrowserMark { pid: 1, start_time: 2, driver_pid: 3, driver_start: u64::MAX };
    fixture.journal.note_browser(&run, browser).await.unwrap();
    let ids = fixture.intend(&run, &changes()).await;
    fixture.journal.committing(ids[0], BROWSER).await.unwrap();
    let outcome = Outcome::failed(Reason::SeatLimit).with_detail("40 of 40 seats");
    fixture.journal.settle(ids[0], &outcome, "read back").await.unwrap();
    fixture.journal.event(&run, Some(ids[0]), "drift", json!({ "element": "members.row" })).await.unwrap();
    let end = RunEnd { exit_code: 4, report: json!({ "schema_version": 1, "text": "ünïcode" }) };
    fixture.journal.end_run(&run, end.clone()).await.unwrap();
    let head = fixture.journal.head().await.unwrap();

    fixture.reopen().await;
    let record = fixture.journal.run(&run).await.unwrap().unwrap();
    assert_eq!(
        (&record.id, &record.began, record.browsers.as_slice()),
        (&run, &new_run("acme"), &[browser][..])
    );
    assert_eq!((record.exit_code, record.report), (Some(4), Some(end.report)));
    assert_eq!(record.started_at.to_string(), "2026-11-21T21:34:55.123456Z");
    assert_eq!(record.ended_at, Some(record.started_at));
    let stored: Vec<_> = record.changes.iter().map(|change| change.change.clone()).collect();
    assert_eq!(stored, changes());
    assert_eq!(record.changes.iter().map(|change| change.seq).collect::<Vec<_>>(), [1, 2, 3]);
    let first = &record.changes[0];
    assert_eq!(
        (first.state, &first.outcome, first.browser),
        (ChangeState::Settled, &Some(outcome), Some(BROWSER))
    );
    assert_eq!(
        (first.settled_by.as_deref(), first.counts),
        (Some("read back"), intent(&changes()[0]).counts)
    );
    assert_eq!(fixture.journal.head().await.unwrap(), head);
    assert_eq!(fixture.journal.verify().await.unwrap(), Verified { events: 9, head });
    assert_eq!(fixture.journal.run(&RunId::parse("20000101-000000-aaaa").unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn a_change_goes_one_way_only() {
    let fixture = Fixture::new().await;
    let run = fixture.run().await;
    let journal = &fixture.journal;
    let wrong = |result: Result<(), JournalError>, expected: ChangeState| match result {
        Err(JournalError::WrongState { is, .. }) => assert_eq!(is, expected),
        other => panic!("{other:?}"),
    };
    let ids = fixture.intend(&run, &changes()).await;
    // What needs a commit is not believed without one.
    for kind in [OutcomeKind::Done, OutcomeKind::Pending, OutcomeKind::InDoubt] {
        wrong(journal.settle(ids[0], &Outcome::new(kind), "read back").await, ChangeState::Intended);
    }
    wrong(journal.seen_gone(ids[2]).await, ChangeState::Intended);
    journal.committing(ids[0], BROWSER).await.unwrap();
    wrong(journal.committing(ids[0], BROWSER).await, ChangeState::Committing);
    wrong(journal.seen_gone(ids[0]).await, ChangeState::Committing);
    journal.settle(ids[0], &Outcome::done(), "read back").await.unwrap();
    wrong(journal.committing(ids[0], BROWSER).await, ChangeState::Settled);
    wrong(journal.settle(ids[0], &Outcome::failed(Reason::NotApplied), "x").await, ChangeState::Settled);
    // Nothing was clicked, so a failure settles at once.
    journal.settle(ids[1], &Outcome::failed(Reason::Timeout), "nothing was clicked").await.unwrap();
    // Nothing new begins in a run that ended, but what is open can be settled.
    journal.committing(ids[2], BROWSER).await.unwrap();
    let late = fixture.intend(&run, &[remove("dan")]).await[0];
    let end = RunEnd { exit_code: 5, report: json!({}) };
    journal.end_run(&run, end.clone()).await.unwrap();
    assert!(matches!(journal.committing(late, BROWSER).await, Err(JournalError::RunEnded { .. })));
    assert!(matches!(journal.intend(&run, &[]).await, Err(JournalError::RunEnded { .. })));
    assert!(matches!(journal.end_run(&run, end).await, Err(JournalError::RunEnded { .. })));
    journal.settle(ids[2], &Outcome::done(), "settled by ops@example.com").await.unwrap();
    let nobody = journal.settle(ChangeId(99), &Outcome::done(), "x").await.unwrap_err();
    assert_eq!(nobody.to_string(), "the journal has no change 99");
    let nowhere = RunId::parse("20000101-000000-aaaa").unwrap();
    assert!(matches!(journal.intend(&nowhere, &[]).await, Err(JournalError::NoSuchRun(_))));
    // What was refused has left no trace.
    journal.verify().await.unwrap();
}

#[tokio::test]
async fn what_nobody_knows_the_end_of_is_found_again() {
    let mut fixture = Fixture::new().await;
    let killed = fixture.run().await;
    let doubtful = fixture.committing(&killed, "ann").await;
    let gone = fixture.committing(&killed, "ben").await;
    fixture.journal.seen_gone(gone).await.unwrap();
    let intended = fixture.intend(&killed, &[remove("cat")]).await[0];
    let settled = fixture.committing(&killed, "dan").await;
    fixture.journal.settle(settled, &Outcome::done(), "read back").await.unwrap();
    let ended = fixture.run().await;
    let left = fixture.committing(&ended, "eva").await;
    let doubt = Outcome::in_doubt(Reason::BrowserLost).with_detail("the browser ended");
    fixture.journal.settle(left, &doubt, "read back").await.unwrap();
    fixture.intend(&ended, &[remove("fay")]).await;
    fixture.journal.end_run(&ended, RunEnd { exit_code: 5, report: json!({}) }).await.unwrap();

    fixture.reopen().await;
    let open = fixture.journal.unsettled("acme").await.unwrap();
    assert_eq!(open.iter().map(|change| change.id).collect::<Vec<_>>(), [doubtful, gone, intended, left]);
    assert_eq!(open.iter().map(|change| change.seen_gone).collect::<Vec<_>>(), [false, true, false, false]);
    assert_eq!((open[0].run.clone(), open[3].run.clone()), (killed, ended));
    assert_eq!((open[3].state, open[3].outcome.clone()), (ChangeState::Committing, Some(doubt)));
    assert_eq!(fixture.journal.unsettled("other").await.unwrap(), []);
    fixture.journal.settle(left, &Outcome::done(), "settled by ops").await.unwrap();
    assert_eq!(fixture.journal.unsettled("acme").await.unwrap().len(), 3);
    assert_eq!(fixture.change(left).await.outcome, Some(Outcome::done()));
    fixture.journal.verify().await.unwrap();
}

#[tokio::test]
async fn the_last_day_counts_what_was_committed() {
    let fixture = Fixture::new().await;
    let journal = &fixture.journal;
    let run = fixture.run().await;
    for id in fixture.intend(&run, &changes()).await {
        journal.committing(id, BROWSER).await.unwrap();
    }
    fixture.wait(23);
    let (done, doubtful, not_applied) = (
        fixture.committing(&run, "dan").await,
        fixture.committing(&run, "eva").await,
        fixture.committing(&run, "fay").await,
    );
    fixture.intend(&run, &[remove("gus")]).await;
    journal.settle(done, &Outcome::done(), "read back").await.unwrap();
    journal.settle(doubtful, &Outcome::in_doubt(Reason::Timeout), "read back").await.unwrap();
    journal.settle(not_applied, &Outcome::failed(Reason::NotApplied), "two readings").await.unwrap();
    let last_day = || fixture.now() - SignedDuration::from_hours(24);
    let history =
        |removals, new_seats, privileged| History { removals, new_seats, privileged, ..History::default() };
    assert_eq!(journal.history("acme", last_day()).await.unwrap(), history(3, 1, 1));
    assert_eq!(journal.history("other", last_day()).await.unwrap(), History::default());
    fixture.wait(2);
    assert_eq!(journal.history("acme", last_day()).await.unwrap(), history(2, 0, 0));
}

/// Opens the file behind the journal's back, with its triggers and foreign keys off.
fn tamper(file: &Path, sql: &str) -> usize {
    let connection = Connection::open(file).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    let triggers: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for trigger in triggers {
        connection.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
    }
    connection.execute(sql, []).unwrap()
}

#[tokio::test]
async fn any_altered_byte_is_found() {
    for (sql, at) in [
        ("UPDATE events SET data = replace(data, 'ann', 'bnn') WHERE seq = 2", 2),
        ("UPDATE events SET at_us = at_us + 1 WHERE seq = 3", 3),
        ("UPDATE events SET kind = 'settlee' WHERE seq = 4", 4),
        ("UPDATE events SET change = NULL WHERE seq = 4", 4),
        ("UPDATE events SET hash = 'f' || substr(hash, 2) WHERE seq = 1 AND hash NOT LIKE 'f%'", 1),
        ("UPDATE events SET prev_hash = 'g' || substr(prev_hash, 2) WHERE seq = 3", 3),
        ("DELETE FROM events WHERE seq = 2", 3),
        // The tables may not say otherwise than the events.
        ("UPDATE changes SET email = 'bnn@example.com' WHERE id = 1", 2),
        ("UPDATE changes SET outcome = 'failed' WHERE id = 1", 4),
        ("UPDATE changes SET state = 'committing', settled_us = NULL WHERE id = 1", 4),
        ("UPDATE changes SET is_removal = 0 WHERE id = 1", 2),
        ("DELETE FROM changes WHERE id = 1", 2),
        ("UPDATE runs SET os_user = 'root'", 1),
    ] {
        let fixture = Fixture::new().await;
        let run = fixture.run().await;
        let id = fixture.committing(&run, "ann").await;
        fixture.journal.settle(id, &Outcome::done(), "read back").await.unwrap();
        assert_eq!(fixture.journal.verify().await.unwrap().events, 4);
        // A first hash that begins with f is one in sixteen: then there is nothing to alter.
        if tamper(&fixture.file(), sql) == 0 {
            continue;
        }
        match fixture.journal.verify().await {
            Err(JournalError::Chain(error)) => assert_eq!(error.at, at, "{sql}: {error}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn the_file_itself_refuses_to_rewrite_the_past() {
    let fixture = Fixture::new().await;
    let run = fixture.run().await;
    let id = fixture.committing(&run, "ann").await;
    fixture.journal.settle(id, &Outcome::done(), "read back").await.unwrap();
    let connection = Connection::open(fixture.file()).unwrap();
    for sql in [
        "UPDATE events SET kind = 'x'",
        "DELETE FROM events",
        "DELETE FROM changes",
        "UPDATE changes SET state = 'committing'",
    ] {
        assert!(connection.execute(sql, []).is_err(), "{sql}");
    }
}

#[tokio::test]
async fn several_handles_write_one_chain() {
    let fixture = Fixture::new().await;
    let mut writers = Vec::new();
    for _ in 0..4 {
        let journal = Journal::open(fixture.state.path(), clock(&fixture.seconds)).await.unwrap();
        writers.push(tokio::spawn(async move {
            for _ in 0..10 {
                let run = journal.start_run(new_run("acme")).await.unwrap();
                journal.intend(&run, &[intent(&remove("ann"))]).await.unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(fixture.journal.verify().await.unwrap().events, 80);
    assert_eq!(fixture.journal.runs(None, 100).await.unwrap().len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_may_open_and_close_at_once() {
    for _ in 0..5 {
        let state = tempfile::tempdir().unwrap();
        let mut openers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let folder = state.path().to_owned();
            openers.spawn(async move {
                for _ in 0..3 {
                    let journal = Journal::open(&folder, clock(&Arc::default())).await.unwrap();
                    journal.start_run(new_run("acme")).await.unwrap();
                }
            });
        }
        while let Some(opened) = openers.join_next().await {
            opened.unwrap();
        }
        let journal = Journal::open(state.path(), clock(&Arc::default())).await.unwrap();
        assert_eq!(journal.verify().await.unwrap().events, 24);
    }
}

#[tokio::test]
async fn a_write_is_on_disk_when_its_call_returns() {
    let fixture = Fixture::new().await;
    let run = fixture.run().await;
    fixture.committing(&run, "ann").await;
    // Another connection, as another process has it, sees it while the first is open and has closed nothing.
    let connection = Connection::open(fixture.file()).unwrap();
    let state: String = connection.query_row("SELECT state FROM changes", [], |row| row.get(0)).unwrap();
    assert_eq!(state, "committing");
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn only_the_owner_can_look_in() {
    let fixture = Fixture::new().await;
    fixture.run().await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = fixture.state.path().join("journal");
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn bad_days_are_typed_errors_with_hints() {
    let seconds = Arc::new(AtomicI64::new(0));
    let open = async |state: &Path| match Journal::open(state, clock(&seconds)).await {
        Ok(_) => panic!("it opened"),
        Err(error) => {
            assert!(error.hint().len() > 20);
            error
        }
    };
    let in_the_way = tempfile::NamedTempFile::new().unwrap();
    let error = open(in_the_way.path()).await;
    assert!(matches!(error, JournalError::Unwritable { .. }) && error.exit_code() == 2, "{error}");

    let garbage = tempfile::tempdir().unwrap();
    std::fs::create_dir(garbage.path().join("journal")).unwrap();
    std::fs::write(garbage.path().join("journal/journal.sqlite3"), "no database at all, ".repeat(500))
        .unwrap();
    let error = open(garbage.path()).await;
    assert!(matches!(error, JournalError::Corrupt { .. }), "{error}");

    let newer = Fixture::new().await;
    let connection = Connection::open(newer.file()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    let error = open(newer.state.path()).await;
    assert!(matches!(error, JournalError::Newer { found: 99, known: 5, .. }), "{error}");
}

#[tokio::test]
async fn every_kind_of_change_is_read_back_and_counts() {
    let mut fixture = Fixture::new().await;
    let run = fixture.run().await;
    let [ann, ben, cat, dan] = ["ann", "ben", "cat", "dan"].map(email);
    let taken = [Change::CancelInvite { email: ben }, Change::Deactivate { email: cat }];
    let changes =
        [vec![Change::Resend { email: ann }], taken.to_vec(), vec![Change::Reactivate { email: dan }]]
            .concat();
    let ids = fixture.intend(&run, &changes).await;
    for id in &ids {
        fixture.journal.committing(*id, BROWSER).await.unwrap();
    }
    fixture.journal.seen_gone(ids[1]).await.unwrap();
    fixture.journal.seen_gone(ids[0]).await.unwrap_err();
    fixture.reopen().await;
    for (id, change) in ids.into_iter().zip(changes) {
        assert_eq!(fixture.change(id).await.change, change);
    }
    let history =
        fixture.journal.history("acme", fixture.now() - SignedDuration::from_hours(24)).await.unwrap();
    assert_eq!(history, History { removals: 2, new_seats: 1, resends: 1, ..History::default() });
    fixture.journal.verify().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_half_written() {
    let fixture = Fixture::new().await;
    let run = fixture.run().await;
    let before = fixture.journal.verify().await.unwrap();
    // SQLite answers alike when it may not let the file grow.
    fixture.journal.limit_pages().await;
    let mut result = Ok(());
    for _ in 0..100 {
        let data = json!({ "text": "x".repeat(10_000) });
        result = fixture.journal.event(&run, None, "note", data).await;
        if result.is_err() {
            break;
        }
    }
    let error = result.unwrap_err();
    assert!(
        matches!(error, JournalError::Full { .. }) && error.hint().contains("free some space"),
        "{error}"
    );
    assert!(fixture.journal.verify().await.unwrap().events >= before.events);
}

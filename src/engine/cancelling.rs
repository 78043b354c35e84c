//! `cancel RUN`: a run that is at work ends at the next boundary between two changes, and what a dead one left is closed
//! (D7.8).
//!
//! The journal is the only way to a run of another process. Whoever cancels writes it down there; the run looks at each
//! boundary (`boundary`), finishes what it has begun, and begins nothing else. That word is for ever: whoever takes the run up
//! finds it, and begins nothing either. What was committed is decided by readings as ever, and nothing is claimed of it here.

use super::Engine;
use super::browser::Process;
use super::error::Error;
use super::journal::{CancelAsked, CancelRecord, ChangeRecord, ChangeState, Journal, RunId, RunRecord};
use super::report::{ErrorReport, Report};
use super::run::Run;
use crate::domain::outcome::{Outcome, OutcomeKind, Reason, exit};

/// What came of the wish to cancel a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancelling {
    /// It is at work, and ends at the next boundary.
    Asked,
    /// It is at work, and somebody asked for that before.
    AskedBefore(CancelRecord),
    /// It is at work and only reads, so it has no such boundary.
    OnlyReads {
        /// Its process.
        pid: u32,
    },
    /// It has ended, and left nothing that was not begun.
    Ended,
    /// Nobody is at work on it, and something of it is open: [`Engine::cancel`] closes that.
    Left,
}

/// The runs that may make changes.
const CHANGING: [&str; 9] = [
    "invite",
    "import",
    "resend",
    "cancel_invite",
    "change_role",
    "deactivate",
    "reactivate",
    "remove",
    "apply",
];

/// Asks a run that is at work to end, if it is.
///
/// # Errors
/// No such run; the journal cannot be written.
pub async fn ask(journal: &Journal, id: &RunId, os_user: &str) -> Result<Cancelling, Error> {
    let known = journal.run(id).await?;
    let record = known.ok_or_else(|| Error::NoSuchRun(id.to_string()))?;
    if record.ended_at.is_some() {
        return Ok(if unbegun(&record).next().is_some() { Cancelling::Left } else { Cancelling::Ended });
    }
    let mark = record.began.process;
    if !(Process { pid: mark.pid, start_time: mark.start_time }).is_alive() {
        return Ok(Cancelling::Left);
    }
    if !CHANGING.contains(&record.began.operation.as_str()) {
        return Ok(Cancelling::OnlyReads { pid: mark.pid });
    }
    Ok(match journal.cancel(id, os_user).await? {
        CancelAsked::Noted => Cancelling::Asked,
        CancelAsked::Before(before) => Cancelling::AskedBefore(before),
        CancelAsked::Ended => Cancelling::Ended,
    })
}

/// What nothing was clicked for. A second save belongs to its first.
fn unbegun(record: &RunRecord) -> impl Iterator<Item = &ChangeRecord> {
    record.changes.iter().filter(|change| change.state == ChangeState::Intended && change.flow.is_none())
}

/// What is true of a change that was not begun because of it.
pub(super) fn not_begun(cancel: &CancelRecord) -> Outcome {
    let detail = format!("not begun: {}", in_words(cancel));
    Outcome { reason: Some(Reason::Cancelled), ..Outcome::new(OutcomeKind::Skipped) }.with_detail(detail)
}

fn in_words(cancel: &CancelRecord) -> String {
    format!("cancelled by {} on {}", cancel.by, cancel.at.strftime("%Y-%m-%d %H:%M:%SZ"))
}

impl Engine {
    /// Closes what a run left that nobody is at work on: what was not begun is not done any more, by `resume` either. What
    /// was committed stays as it is, and so does the second save of somebody whose first is or may be made: `resume` decides
    /// and finishes that. No browser is started.
    ///
    /// # Errors
    /// As [`Engine::resume`].
    pub async fn cancel(&self, id: &RunId) -> Result<Report, Error> {
        let (mut run, record) = Run::take_up(self, id, |_| Ok(())).await?;
        if let Err(error) = run.cancel_left(&record).await {
            run.failed(&error);
        }
        run.end().await
    }
}

impl Run<'_> {
    async fn cancel_left(&mut self, record: &RunRecord) -> Result<(), Error> {
        self.end_browsers().await?;
        if record.ended_at.is_none() || unbegun(record).next().is_some() {
            self.engine.journal.cancel(&self.id, &self.engine.os_user).await?;
            self.close_cancelled().await?;
        }
        self.close_second_saves().await?;
        self.refresh_changes().await?;
        // One that died before it had planned anything has not found that there is nothing to do.
        let had_planned = !self.report.changes.is_empty();
        self.report.exit_code = if had_planned { self.report.code_of_outcomes() } else { exit::CANCELLED };
        Ok(())
    }

    /// Of a run that somebody cancelled, what was not begun is over.
    pub(super) async fn close_cancelled(&mut self) -> Result<(), Error> {
        let journal = &self.engine.journal;
        let Some(cancel) = journal.cancelled(&self.id).await? else { return Ok(()) };
        let Some(record) = journal.run(&self.id).await? else { return Ok(()) };
        for change in unbegun(&record) {
            journal.settle(change.id, &not_begun(&cancel), "the run was cancelled").await?;
        }
        Ok(())
    }

    /// That it was cancelled, and what was not begun, for the report.
    pub(super) fn note_cancelled(&mut self, cancel: &CancelRecord) {
        let word = Some(Reason::Cancelled.as_str());
        let left = self.report.changes.iter().filter(|change| change.reason.as_deref() == word).count();
        let of = self.report.changes.len();
        self.report.error = Some(ErrorReport {
            reason: Some(Reason::Cancelled.as_str().to_owned()),
            message: format!("begin {left} of {of} changes: {}", in_words(cancel)),
            hint: "what was begun is finished; for whoever is left run the command again, it plans anew"
                .to_owned(),
            retryable: false,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::domain::{Change, Counts, Email};
    use crate::engine::journal::{Intent, NewRun, ProcessMark, RunEnd};

    async fn journal(folder: &std::path::Path) -> Journal {
        Journal::open(folder, Arc::new(Timestamp::now)).await.unwrap()
    }

    async fn run(journal: &Journal, operation: &str, process: ProcessMark) -> RunId {
        let new = NewRun {
            workspace: "acme".to_owned(),
            operation: operation.to_owned(),
            arguments: json!({}),
            app: "a/b".to_owned(),
            map_sha256: String::new(),
            os_user: "root".to_owned(),
            process,
            key: None,
        };
        let id = journal.start_run(new).await.unwrap();
        let change = Change::Remove { email: Email::parse("ann@example.com").unwrap() };
        let intent = Intent { change, counts: Counts::default(), flow: None };
        journal.intend(&id, &[intent]).await.unwrap();
        id
    }

    #[tokio::test]
    async fn who_is_asked_depends_on_who_is_at_work() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal(folder.path()).await;
        let own = Process::own();
        let alive = ProcessMark { pid: own.pid, start_time: own.start_time };
        let dead = ProcessMark { start_time: own.start_time + 1, ..alive };

        let at_work = run(&journal, "remove", alive).await;
        assert_eq!(ask(&journal, &at_work, "mia").await.unwrap(), Cancelling::Asked);
        let again = ask(&journal, &at_work, "tom").await.unwrap();
        assert!(matches!(again, Cancelling::AskedBefore(before) if before.by == "mia"));
        assert_eq!(journal.cancelled(&at_work).await.unwrap().unwrap().by, "mia");

        let reading = run(&journal, "list", alive).await;
        assert_eq!(ask(&journal, &reading, "mia").await.unwrap(), Cancelling::OnlyReads { pid: alive.pid });

        let died = run(&journal, "apply", dead).await;
        assert_eq!(ask(&journal, &died, "mia").await.unwrap(), Cancelling::Left);
        assert_eq!(journal.cancelled(&died).await.unwrap(), None);

        // What ended is not written to any more, whoever asked before.
        let change = journal.run(&at_work).await.unwrap().unwrap().changes[0].id;
        journal.settle(change, &Outcome::failed(Reason::Timeout), "a test").await.unwrap();
        let ended = RunEnd { exit_code: 0, report: json!({}) };
        journal.end_run(&at_work, ended).await.unwrap();
        let events = journal.events().await.unwrap().len();
        assert_eq!(ask(&journal, &at_work, "mia").await.unwrap(), Cancelling::Ended);
        assert_eq!(journal.cancel(&at_work, "mia").await.unwrap(), CancelAsked::Ended);
        assert_eq!(journal.events().await.unwrap().len(), events);
        journal.verify().await.unwrap();
    }
}

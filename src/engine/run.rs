//! A run under way: it holds the workspace, starts browsers that are written down, and whatever happens it ends in a
//! report.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::browser::Process;
use super::deadline::Deadline;
use super::error::Error;
use super::evidence::{Evidence, Trail, vocabulary_of};
use super::journal::lock::{Lock, LockOwner};
use super::journal::{
    BrowserMark, CancelRecord, ChangeId, ChangeRecord, ChangeState, NewRun, ProcessMark, RunEnd, RunId,
    RunKey, RunRecord,
};
use super::report::{ChangeReport, ErrorReport, Report};
use super::runner::Sought;
use super::session::Session;
use super::traffic::Writes;
use super::witness::Voices;
use super::{Caller, Engine, Progress, dates, trace};
use crate::domain::change::Change;
use crate::domain::email::Email;
use crate::domain::outcome::{Outcome, OutcomeKind, Reason, exit};
use crate::domain::reading::Reading;

/// How long an answer counts from the moment the list was read: the question may have stood open for hours, and others
/// work on the console too.
const ANSWER_HOLDS: SignedDuration = SignedDuration::from_mins(10);

/// A run under way: it holds the workspace, and whatever happens it ends in a report.
pub(crate) struct Run<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) id: RunId,
    pub(crate) evidence: Evidence,
    pub(crate) trail: Trail,
    pub(crate) report: Report,
    /// When the last reading ended.
    read_at: Timestamp,
    /// By when it has to be over.
    pub(crate) deadline: Deadline,
    /// So many changes were not begun because of it.
    pub(crate) not_begun: usize,
    /// Somebody cancelled it, and something was not begun because of that.
    pub(crate) cancelled: Option<CancelRecord>,
    /// A browser of this run could not be ended for certain.
    pub(crate) not_proven_dead: bool,
    /// People come in by the console's own import of a file, not one after the other.
    pub(crate) by_file: bool,
    /// It ends with a reading of the whole list, also where no removal needs one; and that reading, once it was made.
    pub(crate) ends_with_reading: bool,
    pub(crate) last_reading: Option<Reading>,
    /// Another process began this run.
    taken_up: bool,
    clicked_by_unknown: BTreeSet<ChangeId>,
    /// What was heard of each commit beside the reading.
    pub(crate) voices: BTreeMap<ChangeId, Voices>,
    _lock: Lock,
}

impl<'a> Run<'a> {
    /// Takes the workspace and writes the run down.
    pub(crate) async fn start(
        engine: &'a Engine,
        operation: &str,
        arguments: serde_json::Value,
        caller: &mut dyn Caller,
    ) -> Result<Self, Error> {
        let lock = engine.lock(operation)?;
        Self::begin(engine, lock, operation, arguments, None, caller).await
    }

    /// The same where the workspace is held already.
    pub(crate) async fn begin(
        engine: &'a Engine,
        mut lock: Lock,
        operation: &str,
        arguments: serde_json::Value,
        key: Option<&RunKey>,
        caller: &mut dyn Caller,
    ) -> Result<Self, Error> {
        let own = Process::own();
        let new = NewRun {
            workspace: engine.workspace.name.clone(),
            operation: operation.to_owned(),
            arguments,
            app: engine.workspace.app.id(),
            map_sha256: engine.workspace.app.sha256.clone(),
            os_user: engine.os_user.clone(),
            process: ProcessMark { pid: own.pid, start_time: own.start_time },
            key: key.cloned(),
        };
        let id = engine.journal.start_run(new).await?;
        // The lock holds either way; its text only helps whoever has to wait.
        if let Err(error) = lock.set_owner(&engine.owner(operation, Some(id.clone()))) {
            tracing::warn!(%error, "the owner of the lock could not be written");
        }
        caller.progress(&Progress::Started { run: id.to_string() });
        match Self::with(engine, id.clone(), operation, lock) {
            Ok(run) => Ok(run),
            Err(error) => {
                // It has no report to be ended with; left open it would look as if it had been killed.
                let report = serde_json::json!({ "error": error.to_string() });
                engine.journal.end_run(&id, RunEnd { exit_code: error.exit_code(), report }).await?;
                Err(error)
            }
        }
    }

    /// Takes the workspace for a run that is in the journal already, if `check` has nothing against it. Looks only once
    /// the workspace is held: before, the run may still have been at work.
    pub(crate) async fn take_up(
        engine: &'a Engine,
        id: &RunId,
        check: impl FnOnce(&RunRecord) -> Result<(), Error>,
    ) -> Result<(Self, RunRecord), Error> {
        let owner = engine.owner("resume", Some(id.clone()));
        let lock = Lock::acquire(&engine.state_dir, &engine.workspace.name, &owner)?;
        let known = engine.journal.run(id).await?;
        let record = known
            .filter(|record| record.began.workspace == engine.workspace.name)
            .ok_or_else(|| Error::NoSuchRun(id.to_string()))?;
        check(&record)?;
        let mut run = Self::with(engine, id.clone(), &record.began.operation, lock)?;
        let own = Process::own();
        engine.journal.take_up(id, ProcessMark { pid: own.pid, start_time: own.start_time }).await?;
        run.taken_up = true;
        run.report.started_at = record.started_at.to_string();
        if let Some(earlier) =
            record.report.clone().and_then(|report| serde_json::from_value::<Report>(report).ok())
        {
            run.report = Report { error: None, ..earlier };
        } else if !record.browsers.is_empty() {
            let why = "the process that began this run ended without telling what its browser sent";
            run.report.writes = Some(Writes::unproven(why));
        }
        run.refresh_changes().await?;
        Ok((run, record))
    }

    /// Every browser this run ever started must be dead before anything is concluded from what it did not do. Called
    /// when the run has none in use.
    pub(crate) async fn end_browsers(&mut self) -> Result<(), Error> {
        let Some(record) = self.engine.journal.run(&self.id).await? else { return Ok(()) };
        for mark in &record.browsers {
            let browser = Process { pid: mark.pid, start_time: mark.start_time };
            let driver = Process { pid: mark.driver_pid, start_time: mark.driver_start };
            for process in [browser, driver].into_iter().filter(Process::is_alive) {
                process.kill();
            }
            let gone = async {
                let mut look = tokio::time::interval(Duration::from_millis(20));
                while browser.is_alive() {
                    look.tick().await;
                }
            };
            if tokio::time::timeout(Duration::from_secs(10), gone).await.is_err() {
                return Err(Error::StillAlive { run: record.id.to_string(), pid: mark.pid });
            }
        }
        let unknown = |change: &ChangeRecord| change.browser.is_none_or(|browser| browser.pid == 0);
        let committing = record.changes.iter().filter(|change| change.state == ChangeState::Committing);
        self.clicked_by_unknown =
            committing.filter(|change| unknown(change)).map(|change| change.id).collect();
        Ok(())
    }

    /// Whether a click of this change may still be under way, because the browser that clicked cannot be proven dead.
    pub(crate) fn may_still_click(&self, change: ChangeId) -> bool {
        self.not_proven_dead || (self.taken_up && self.clicked_by_unknown.contains(&change))
    }

    fn with(engine: &'a Engine, id: RunId, operation: &str, lock: Lock) -> Result<Self, Error> {
        let evidence = Evidence::create(&engine.state_dir, id.as_str());
        let evidence =
            evidence.map_err(|cause| Error::Evidence { path: engine.state_dir.join("runs"), cause })?;
        let trail = evidence
            .trail(vocabulary_of(&engine.workspace.app))
            .map_err(|cause| Error::Evidence { path: evidence.folder().to_owned(), cause })?;
        let read_at = (engine.clock)();
        let map = &engine.workspace.app.map;
        let report = Report {
            workspace: engine.workspace.name.clone(),
            operation: operation.to_owned(),
            console: format!("{} ({})", engine.workspace.app.id(), map.evidence.as_str()),
            map_sha256: engine.workspace.app.sha256.clone(),
            ..Report::begun(id.as_str(), read_at)
        };
        Ok(Self {
            engine,
            id,
            evidence,
            trail,
            report,
            read_at,
            deadline: Deadline::after(engine.workspace.deadline),
            not_begun: 0,
            cancelled: None,
            not_proven_dead: false,
            by_file: false,
            ends_with_reading: false,
            last_reading: None,
            taken_up: false,
            clicked_by_unknown: BTreeSet::new(),
            voices: BTreeMap::new(),
            _lock: lock,
        })
    }

    /// A signed-in browser, written down before it does anything.
    pub(crate) async fn session(&mut self, caller: &mut dyn Caller) -> Result<Session, Error> {
        let mut session = self.browser().await?;
        caller.progress(&Progress::SigningIn);
        if let Err(error) = Box::pin(session.sign_in(&mut self.trail)).await {
            self.picture_of_failure(&mut session, "sign-in").await;
            self.close(session).await;
            return Err(error);
        }
        Ok(session)
    }

    /// A browser that is signed in nowhere, written down before it does anything.
    pub(crate) async fn browser(&mut self) -> Result<Session, Error> {
        let mut session = Session::start(self.engine, self.deadline.clone()).await?;
        let process = session.process();
        if let (Some(browser), Some(driver)) = (process.browser, process.driver) {
            super::crash::processes((driver.pid, driver.start_time), (browser.pid, browser.start_time));
            let mark = BrowserMark {
                pid: browser.pid,
                start_time: browser.start_time,
                driver_pid: driver.pid,
                driver_start: driver.start_time,
            };
            self.engine.journal.note_browser(&self.id, mark).await?;
        }
        Ok(session)
    }

    /// One proven reading, or one that says why it is not. Of those in `closer` their own page is read too, where the list leaves out what decides (F23).
    pub(crate) async fn reading(
        &mut self,
        session: &mut Session,
        closer: &[Email],
        caller: &mut dyn Caller,
    ) -> Result<Reading, Error> {
        caller.progress(&Progress::Reading);
        self.trail.about(None);
        let began = Instant::now();
        let mut reading = self.read_list(session).await?;
        self.look_closer(session, &mut reading, closer).await?;
        dates::note_invited(self.engine, &mut reading).await?;
        self.deadline.has_read(began.elapsed());
        self.read_at = (self.engine.clock)();
        Ok(reading)
    }

    /// Reads the own pages of these people, if the console has any that tell what its list does not.
    pub(crate) async fn look_closer(
        &mut self,
        session: &mut Session,
        reading: &mut Reading,
        people: &[Email],
    ) -> Result<(), Error> {
        let app = &self.engine.workspace.app;
        if app.map.columns_of_person().is_empty() {
            return Ok(());
        }
        for email in people {
            let inputs = session.inputs().with("email", email.as_str());
            let sought = session.flow(app, inputs, &mut self.trail).look_up(email, true).await?;
            if let Sought::Found(closer, _) = sought {
                reading.complete(*closer);
            }
        }
        Ok(())
    }

    /// It does what somebody asks for right now: neither a plan nor what an earlier process left.
    pub(crate) fn is_asked_now(&self) -> bool {
        !self.taken_up && self.report.plan.is_none()
    }

    /// Whether an answer given now is about a list that may be another by now.
    pub(crate) fn is_answered_late(&self) -> bool {
        (self.engine.clock)().duration_since(self.read_at) > ANSWER_HOLDS
    }

    /// The changes as the journal has them now; what was only planned stays as it was.
    pub(crate) async fn refresh_changes(&mut self) -> Result<(), Error> {
        let Some(record) = self.engine.journal.run(&self.id).await? else { return Ok(()) };
        let pictures = self.evidence.pictures();
        for known in &record.changes {
            let outcome = match (&known.outcome, known.state) {
                (Some(outcome), _) => outcome.clone(),
                (None, ChangeState::Committing) => in_doubt(&known.change),
                (None, _) => Outcome::new(OutcomeKind::Skipped).with_detail(match &known.flow {
                    Some(_) => format!("not begun; `seatwright resume {}` makes it", self.id),
                    None => "not begun".to_owned(),
                }),
            };
            let words = record.words_of(known);
            let email = known.change.email().to_string();
            let at = self.report.changes.iter().position(|change| {
                change.id == Some(known.id.0) || (change.id.is_none() && change.email == email)
            });
            let entry = match at {
                Some(at) => &mut self.report.changes[at],
                None => {
                    // The second of two saves stands behind the first.
                    let before = self.report.changes.iter().rposition(|change| change.email == email);
                    let at = before.map_or(self.report.changes.len(), |before| before + 1);
                    let entry = ChangeReport::of(Some(known.id.0), &email, words.clone(), &outcome);
                    self.report.changes.insert(at, entry);
                    &mut self.report.changes[at]
                }
            };
            entry.change = words;
            entry.id = Some(known.id.0);
            entry.settled_by.clone_from(&known.settled_by);
            entry.set(&outcome);
            let prefix = format!("{}-", known.id);
            if let Some(voices) = self.voices.get(&known.id) {
                entry.console_said = voices.said.as_ref().map(|(_, text)| self.trail.without_secrets(text));
                entry.answers.clone_from(&voices.answers);
                entry.disagreement =
                    voices.disagreement(outcome.kind).map(|told| self.trail.without_secrets(&told));
            }
            entry.evidence = pictures.iter().filter(|name| name.starts_with(&prefix)).cloned().collect();
        }
        Ok(())
    }

    /// Evidence of where it stood, as far as the configuration wants whole pages.
    pub(crate) async fn picture_of_failure(&mut self, session: &mut Session, name: &str) {
        if let Some(taken) = session.snapshot().await {
            self.trail.snapshot(&format!("{name}-failed"), &taken);
        }
        if !self.engine.workspace.whole_pages {
            return;
        }
        if let Some(picture) = session.picture().await
            && let Err(error) = self.evidence.save(&format!("{name}-failed.png"), &picture)
        {
            tracing::warn!(%error, "a picture could not be kept");
        }
    }

    pub(crate) fn note_requests(&mut self, session: &mut Session) {
        self.note_writes(session);
        self.report.browser = Some(session.process().version);
        let counts = session.requests().by_verb().map(|(verb, count)| (verb.to_owned(), count)).into_iter();
        // `run` once more, by what the script in the page was asked for.
        let asked = session.asked().iter().map(|(verb, count)| (format!("run.{verb}"), *count));
        for (verb, count) in counts.chain(asked).filter(|(_, count)| *count > 0) {
            *self.report.driver_requests.entry(verb).or_default() += count;
        }
    }

    /// The browser is no longer needed.
    pub(crate) async fn close(&mut self, mut session: Session) {
        self.note_requests(&mut session);
        if let Err(error) = session.close().await {
            tracing::warn!(%error, "the browser did not end as it should");
        }
    }

    /// The run could not do its work; what it did stands in the journal.
    pub(crate) fn failed(&mut self, error: &Error) {
        tracing::info!(%error, "run failed");
        self.report.error = Some(ErrorReport {
            reason: error.reason().map(|reason| reason.as_str().to_owned()),
            message: self.trail.without_secrets(&error.to_string()),
            hint: error.hint(),
            retryable: error.is_retryable(),
        });
        self.report.exit_code = error.exit_code();
        if self.deadline.is_over() && matches!(error.reason(), Some(Reason::Timeout | Reason::BrowserLost)) {
            self.report.error = Some(self.deadline.error(&self.trail.without_secrets(&error.to_string())));
            self.report.exit_code = Reason::Timeout.exit_code();
        }
    }

    /// Whatever an error says of trying again: what is in doubt is decided before.
    fn resume_comes_first(&mut self) {
        let first = format!("`seatwright resume {}` first: it decides what is in doubt", self.id);
        if let Some(error) = self.report.error.as_mut().filter(|error| !error.hint.starts_with(&first)) {
            error.hint = format!("{first}. Then: {}", error.hint);
            error.retryable = false;
        }
    }

    async fn write_end(&mut self) -> Result<(), Error> {
        self.report.chain_head = Some(self.engine.journal.head().await?);
        let stored = serde_json::to_value(&self.report).expect("a report is plain data");
        let ended = RunEnd { exit_code: self.report.exit_code, report: stored };
        Ok(self.engine.journal.end_run(&self.id, ended).await?)
    }

    /// Writes the report down and gives it out.
    pub(crate) async fn end(mut self) -> Result<Report, Error> {
        if self.report.error.is_some() && self.refresh_changes().await.is_ok() {
            let code = self.report.code_of_outcomes();
            if self.report.changes.iter().any(|change| change.outcome == OutcomeKind::InDoubt.as_str()) {
                self.report.exit_code = code;
                self.resume_comes_first();
            }
        }
        self.report.ended_at = (self.engine.clock)().to_string();
        self.report.drift = self.trail.drift_seen().to_vec();
        if let Err(error) = self.write_end().await {
            // Nobody may miss that something is in doubt because the journal has failed as well.
            if self.report.exit_code != exit::IN_DOUBT {
                return Err(error);
            }
            self.failed(&error);
            self.report.exit_code = exit::IN_DOUBT;
        }
        self.write_page().await;
        Ok(self.report)
    }

    /// The page for people. What became of the run does not depend on it.
    async fn write_page(&self) {
        let record = match self.engine.journal.run(&self.id).await {
            Ok(Some(record)) => record,
            Ok(None) => return,
            Err(error) => return tracing::warn!(%error, "the page of the run could not be written"),
        };
        // The trail knows this run's secrets, which stand in no file.
        let Some(shared) = self.trail.shared(trace::people_of(&self.report)) else { return };
        if let Err(error) = trace::write_report(&self.evidence, &self.report, &record, &shared) {
            tracing::warn!(%error, "the page of the run could not be written");
        }
    }
}

/// A change that was committed, and that nothing decided yet.
pub(crate) fn in_doubt(change: &Change) -> Outcome {
    let detail = if change.shows_in_list() {
        "committed, and not proven either way; `seatwright resume` decides it"
    } else {
        "committed, and no answer was heard; no list shows it, so a person has to look"
    };
    Outcome::new(OutcomeKind::InDoubt).with_detail(detail)
}

impl Engine {
    /// Takes the workspace for a new run.
    pub(crate) fn lock(&self, operation: &str) -> Result<Lock, Error> {
        Ok(Lock::acquire(&self.state_dir, &self.workspace.name, &self.owner(operation, None))?)
    }

    fn owner(&self, what: &str, run: Option<RunId>) -> LockOwner {
        let own = Process::own();
        LockOwner {
            pid: own.pid,
            start_time: own.start_time,
            what: what.to_owned(),
            run,
            since: (self.clock)(),
        }
    }
}

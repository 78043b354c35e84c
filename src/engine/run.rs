//! A run under way: it holds the workspace, starts browsers that are written down, and whatever happens it ends in a
//! report.

use std::collections::BTreeMap;

use super::browser::Process;
use super::error::Error;
use super::evidence::{Evidence, Trail};
use super::journal::lock::{Lock, LockOwner};
use super::journal::{BrowserMark, ChangeState, NewRun, ProcessMark, RunEnd, RunId, RunRecord};
use super::report::{ChangeReport, ErrorReport, Report, SCHEMA_VERSION};
use super::session::Session;
use super::{Caller, Engine, Progress};
use crate::domain::outcome::{Outcome, OutcomeKind, Reason, exit};
use crate::domain::reading::Reading;

/// A run under way: it holds the workspace, and whatever happens it ends in a report.
pub(crate) struct Run<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) id: RunId,
    pub(crate) evidence: Evidence,
    pub(crate) trail: Trail,
    pub(crate) report: Report,
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
        let mut lock =
            Lock::acquire(&engine.state_dir, &engine.workspace.name, &engine.owner(operation, None))?;
        let own = Process::own();
        let new = NewRun {
            workspace: engine.workspace.name.clone(),
            operation: operation.to_owned(),
            arguments,
            app: engine.workspace.app.id(),
            map_sha256: engine.workspace.app.sha256.clone(),
            os_user: engine.os_user.clone(),
            process: ProcessMark { pid: own.pid, start_time: own.start_time },
        };
        let id = engine.journal.start_run(new).await?;
        // The lock holds either way; its text only helps whoever has to wait.
        if let Err(error) = lock.set_owner(&engine.owner(operation, Some(id.clone()))) {
            tracing::warn!(%error, "the owner of the lock could not be written");
        }
        caller.progress(&Progress::Started { run: id.to_string() });
        Self::with(engine, id, operation, lock)
    }

    /// Takes the workspace for a run that is in the journal already.
    pub(crate) async fn take_up(engine: &'a Engine, record: &RunRecord) -> Result<Self, Error> {
        let lock = Lock::acquire(
            &engine.state_dir,
            &engine.workspace.name,
            &engine.owner("resume", Some(record.id.clone())),
        )?;
        let own = Process::own();
        engine.journal.take_up(&record.id, ProcessMark { pid: own.pid, start_time: own.start_time }).await?;
        let mut run = Self::with(engine, record.id.clone(), &record.began.operation, lock)?;
        run.report.started_at = record.started_at.to_string();
        if let Some(earlier) =
            record.report.clone().and_then(|report| serde_json::from_value::<Report>(report).ok())
        {
            run.report = Report { error: None, ..earlier };
        }
        run.refresh_changes().await?;
        Ok(run)
    }

    fn with(engine: &'a Engine, id: RunId, operation: &str, lock: Lock) -> Result<Self, Error> {
        let evidence = Evidence::create(&engine.state_dir, id.as_str());
        let evidence =
            evidence.map_err(|cause| Error::Evidence { path: engine.state_dir.join("runs"), cause })?;
        let trail = evidence
            .trail()
            .map_err(|cause| Error::Evidence { path: evidence.folder().to_owned(), cause })?;
        let now = (engine.clock)().to_string();
        let map = &engine.workspace.app.map;
        let report = Report {
            schema_version: SCHEMA_VERSION,
            run: id.to_string(),
            workspace: engine.workspace.name.clone(),
            operation: operation.to_owned(),
            console: format!("{} ({})", engine.workspace.app.id(), map.evidence.as_str()),
            map_sha256: engine.workspace.app.sha256.clone(),
            started_at: now.clone(),
            ended_at: now,
            reading: None,
            changes: Vec::new(),
            refusals: Vec::new(),
            seat_delta: 0,
            error: None,
            dry_run: false,
            drift: Vec::new(),
            writes: "unproven".to_owned(),
            driver_requests: BTreeMap::new(),
            chain_head: None,
            exit_code: exit::DONE,
        };
        Ok(Self { engine, id, evidence, trail, report, _lock: lock })
    }

    /// A signed-in browser, written down before it does anything.
    pub(crate) async fn session(&mut self, caller: &mut dyn Caller) -> Result<Session, Error> {
        let mut session = Session::start(&self.engine.workspace, &self.engine.browsers).await?;
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
        caller.progress(&Progress::SigningIn);
        if let Err(error) = session.sign_in(&mut self.trail).await {
            self.picture_of_failure(&mut session, "sign-in").await;
            self.close(session).await;
            return Err(error);
        }
        Ok(session)
    }

    /// One proven reading, or one that says why it is not.
    pub(crate) async fn reading(
        &mut self,
        session: &mut Session,
        caller: &mut dyn Caller,
    ) -> Result<Reading, Error> {
        caller.progress(&Progress::Reading);
        self.trail.about(None);
        let inputs = session.inputs();
        let mut flow = session.flow(&self.engine.workspace.app, inputs, &mut self.trail);
        Ok(flow.read_members().await?)
    }

    /// The changes as the journal has them now; what was only planned stays as it was.
    pub(crate) async fn refresh_changes(&mut self) -> Result<(), Error> {
        let Some(record) = self.engine.journal.run(&self.id).await? else { return Ok(()) };
        let pictures = self.evidence.pictures();
        for known in &record.changes {
            let outcome = match (&known.outcome, known.state) {
                (Some(outcome), _) => outcome.clone(),
                (None, ChangeState::Committing) => Outcome::new(OutcomeKind::InDoubt)
                    .with_detail("committed, and not proven either way; `seatwright resume` decides it"),
                (None, _) => Outcome::new(OutcomeKind::Skipped).with_detail("not begun"),
            };
            let email = known.change.email().to_string();
            let at = self.report.changes.iter().position(|change| {
                change.id == Some(known.id.0) || (change.id.is_none() && change.email == email)
            });
            let entry = match at {
                Some(at) => &mut self.report.changes[at],
                None => {
                    self.report.changes.push(ChangeReport::of(
                        Some(known.id.0),
                        &email,
                        known.change.to_string(),
                        &outcome,
                    ));
                    self.report.changes.last_mut().expect("it was just pushed")
                }
            };
            entry.id = Some(known.id.0);
            entry.settled_by.clone_from(&known.settled_by);
            entry.set(&outcome);
            let prefix = format!("{}-", known.id);
            entry.evidence = pictures.iter().filter(|name| name.starts_with(&prefix)).cloned().collect();
        }
        Ok(())
    }

    /// Evidence of where it stood, as far as the configuration wants whole pages.
    pub(crate) async fn picture_of_failure(&self, session: &mut Session, name: &str) {
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
            message: error.to_string(),
            hint: error.hint(),
            retryable: error.reason().is_some_and(Reason::retryable),
        });
        self.report.exit_code = error.exit_code();
    }

    /// Writes the report down and gives it out.
    pub(crate) async fn end(mut self) -> Result<Report, Error> {
        if self.report.error.is_some() && self.refresh_changes().await.is_ok() {
            let code = self.report.code_of_outcomes();
            if self.report.changes.iter().any(|change| change.outcome == OutcomeKind::InDoubt.as_str()) {
                self.report.exit_code = code;
            }
        }
        self.report.ended_at = (self.engine.clock)().to_string();
        self.report.drift = self.trail.drift_seen().to_vec();
        self.report.chain_head = Some(self.engine.journal.head().await?);
        let stored = serde_json::to_value(&self.report).expect("a report is plain data");
        self.engine
            .journal
            .end_run(&self.id, RunEnd { exit_code: self.report.exit_code, report: stored })
            .await?;
        self.report.chain_head = Some(self.engine.journal.head().await?);
        Ok(self.report)
    }
}

impl Engine {
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

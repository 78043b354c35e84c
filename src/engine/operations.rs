//! What was asked, from top to bottom: list, change.

use jiff::SignedDuration;
use serde_json::json;
use tokio::time::Instant;

use super::apply::Applying;
use super::asked::Asked;
use super::error::Error;
use super::journal::{ChangeState, Intent};
use super::once::arguments_of;
use super::report::{ChangeReport, ErrorReport, MemberReport, ReadingReport, RefusalReport, Report};
use super::run::Run;
use super::session::Session;
use super::twice::items_in;
use super::{Agreement, Caller, Engine, Proposal};
use crate::domain::change::Change;
use crate::domain::email::Email;
use crate::domain::guard;
use crate::domain::outcome::{Outcome, OutcomeKind, Reason, exit};
use crate::domain::plan::Plan;
use crate::domain::policy::History;
use crate::domain::reading::Reading;
use crate::domain::request::Request;
use crate::domain::role::Role;

/// What there is beside a terminal and one's own word.
const FOR_OTHERS: &str = "; for somebody else to agree to it, write it down with --out PLAN: they `seatwright approve PLAN`, \
                          and `seatwright apply PLAN` does it";

/// The members and the report of the run that read them.
#[derive(Debug)]
pub struct Listed {
    /// The report.
    pub report: Report,
    /// The members in the order of the console; empty if the run failed.
    pub members: Vec<MemberReport>,
}

impl Engine {
    /// Reads the members.
    ///
    /// # Errors
    /// The run could not start: the workspace is held by another run, or the state folder cannot be used. Everything
    /// later is in the report.
    pub async fn list(&self, caller: &mut dyn Caller) -> Result<Listed, Error> {
        self.list_with(false, caller).await
    }

    /// The same, with the own page of everybody where the list does not tell role or status: a page for each person.
    ///
    /// # Errors
    /// As [`Engine::list`].
    pub async fn list_full(&self, caller: &mut dyn Caller) -> Result<Listed, Error> {
        self.list_with(true, caller).await
    }

    async fn list_with(&self, full: bool, caller: &mut dyn Caller) -> Result<Listed, Error> {
        let mut run = Run::start(self, "list", json!({ "full": full }), caller).await?;
        let mut members = Vec::new();
        let result = Box::pin(run.read_all(full, caller)).await;
        match result {
            Ok((session, reading)) => {
                members = MemberReport::all(&reading);
                run.report.exit_code =
                    if reading.grade.is_proven() { exit::DONE } else { Reason::ReadingUnstable.exit_code() };
                run.close(session).await;
            }
            Err(error) => run.failed(&error),
        }
        Ok(Listed { report: run.end().await?, members })
    }

    /// Plans a request on a fresh reading, asks the caller, applies it, reads back.
    ///
    /// # Errors
    /// As [`Engine::list`]; also an operation or a role the app does not have, or not in any case like this, and a
    /// choice that is not made. Everything later is in the report.
    pub async fn change(&self, request: Request, caller: &mut dyn Caller) -> Result<Report, Error> {
        self.supports(&request)?;
        let arguments = self.with_choices(request.operation(), arguments_of(&request));
        let run = Run::start(self, request.operation(), arguments, caller).await?;
        Box::pin(run.carry_out(&Asked::Request(&request), caller)).await
    }

    pub(crate) fn roles(&self) -> Vec<Role> {
        self.workspace.app.map.roles.iter().map(|known| known.role.clone()).collect()
    }

    pub(super) async fn history(&self) -> Result<History, Error> {
        let since = (self.clock)() - SignedDuration::from_hours(24);
        let unsettled = self.journal.unsettled(&self.workspace.name).await?;
        let in_doubt = unsettled.into_iter().filter(|known| known.state == ChangeState::Committing);
        let committed = self.journal.history(&self.workspace.name, since).await?;
        Ok(History { in_doubt: in_doubt.map(|known| known.change).collect(), ..committed })
    }
}

impl Run<'_> {
    /// A request from its reading to its report.
    pub(super) async fn carry_out(
        mut self,
        asked: &Asked<'_>,
        caller: &mut dyn Caller,
    ) -> Result<Report, Error> {
        if let Err(error) = self.change(asked, caller).await {
            self.failed(&error);
        }
        self.end().await
    }

    /// Reads the members in a session of its own.
    pub(super) async fn read(
        &mut self,
        closer: &[Email],
        caller: &mut dyn Caller,
    ) -> Result<(Session, Reading), Error> {
        let session = self.session(caller).await?;
        self.read_in(session, closer, caller).await
    }

    /// Reads the members for the report; a session in which that fails is ended.
    pub(super) async fn read_all(
        &mut self,
        full: bool,
        caller: &mut dyn Caller,
    ) -> Result<(Session, Reading), Error> {
        let (mut session, mut reading) = self.read(&[], caller).await?;
        let people: Vec<Email> =
            reading.members.iter().filter(|_| full).filter_map(|member| member.email.clone()).collect();
        match self.look_closer(&mut session, &mut reading, &people).await {
            Ok(()) => Ok((session, reading)),
            Err(error) => {
                self.picture_of_failure(&mut session, "reading").await;
                self.close(session).await;
                Err(error)
            }
        }
    }

    async fn read_in(
        &mut self,
        mut session: Session,
        closer: &[Email],
        caller: &mut dyn Caller,
    ) -> Result<(Session, Reading), Error> {
        match Box::pin(self.reading(&mut session, closer, caller)).await {
            Ok(reading) => {
                self.report.reading = Some(ReadingReport::of(&reading));
                Ok((session, reading))
            }
            Err(error) => {
                self.picture_of_failure(&mut session, "reading").await;
                self.close(session).await;
                Err(error)
            }
        }
    }

    /// Reading, plan, agreement, changes.
    async fn change(&mut self, asked: &Asked<'_>, caller: &mut dyn Caller) -> Result<(), Error> {
        self.goes_by_file(asked);
        let (mut session, mut reading) = self.read(asked.emails(), caller).await?;
        let plan = self.plan(asked, &reading).await?;
        self.report_plan(asked, &plan);
        if !self.may_go_on(&plan, &reading, caller).await {
            self.close(session).await;
            return Ok(());
        }
        if self.is_answered_late() {
            (session, reading) = self.read_in(session, asked.emails(), caller).await?;
            if self.plan(asked, &reading).await? != plan {
                self.detail_of_skipped("the list is no longer the one the question was about; plan again");
                self.report.exit_code = self.report.code_of_outcomes();
                self.close(session).await;
                return Ok(());
            }
        }
        let (engine, roles) = (self.engine, self.engine.roles());
        let saves =
            |change| engine.saves_of(change, guard::counts(change, &reading, &roles), self.by_file, &reading);
        let intents: Vec<Intent> = plan.changes.iter().flat_map(saves).collect();
        if let Asked::Plan(opened) = asked {
            self.note_applied(opened).await?;
            self.ends_with_reading = opened.is_of_roster();
        }
        engine.journal.intend(&self.id, &intents).await?;
        let record =
            engine.journal.run(&self.id).await?.ok_or_else(|| Error::NoSuchRun(self.id.to_string()))?;
        let items = items_in(&record, ChangeState::Intended);
        let applying = Applying::new(self, session, reading, items).with_newcomers(asked.newcomers());
        Box::pin(applying.all(caller)).await?;
        if let Asked::Plan(opened) = asked {
            self.note_left(opened).await?;
        }
        self.applied().await
    }

    pub(super) async fn applied(&mut self) -> Result<(), Error> {
        self.refresh_changes().await?;
        self.report.exit_code = self.report.code_of_outcomes();
        if self.not_begun > 0 {
            let (left, of) = (self.not_begun, self.report.changes.len());
            self.report.error = Some(self.deadline.error(&format!("begin {left} of {of} changes")));
        }
        if let Some(cancel) = self.cancelled.take() {
            self.note_cancelled(&cancel);
        }
        Ok(())
    }

    /// What an earlier run left in doubt has to be decided first: a second change on top of it could be a repetition. Only a
    /// removal passes a mail of which nobody knows whether it was sent: access must not outlive employment for it.
    pub(super) async fn leave_doubtful_people_alone(&mut self, plan: &mut Plan) -> Result<(), Error> {
        let unsettled = self.engine.journal.unsettled(&self.engine.workspace.name).await?;
        let in_doubt = |change: &Change| {
            unsettled.iter().find(|known| {
                known.state == ChangeState::Committing
                    && known.change.email() == change.email()
                    && (known.change.shows_in_list() || !matches!(change, Change::Remove { .. }))
            })
        };
        let (doubtful, clear): (Vec<Change>, Vec<Change>) =
            plan.changes.drain(..).partition(|change| in_doubt(change).is_some());
        plan.changes = clear;
        for change in doubtful {
            let known = in_doubt(&change).expect("it was partitioned by this");
            let (words, run, id) = (&known.change, &known.run, known.id);
            let detail = if known.change.shows_in_list() {
                format!("\"{words}\" of run {run} is still in doubt; `seatwright resume {run}` first")
            } else {
                format!(
                    "\"{words}\" of run {run} is still in doubt; look whether it was sent, then `seatwright resume {run} \
                     --settle {id}=done` or `{id}=not-done`"
                )
            };
            let outcome = Outcome::new(OutcomeKind::InDoubt).with_detail(detail);
            plan.settled.push((change.email().clone(), outcome));
        }
        Ok(())
    }

    pub(super) fn report_plan(&mut self, asked: &Asked<'_>, plan: &Plan) {
        self.report.seat_delta = plan.seat_delta;
        self.report.refusals = plan.refusals.iter().map(RefusalReport::of).collect();
        for email in &asked.people(plan) {
            let change = plan.changes.iter().find(|change| change.email() == email);
            let settled = plan.settled.iter().find(|(known, _)| known == email);
            if self.report.changes.iter().any(|known| known.email == email.as_str()) {
                continue;
            }
            let entry = match (change, settled) {
                (Some(change), _) => ChangeReport::of(
                    None,
                    email.as_str(),
                    change.to_string(),
                    &self.before_agreement(change, plan),
                ),
                (None, Some((_, outcome))) => ChangeReport::of(
                    None,
                    email.as_str(),
                    asked.words(&self.report.operation, email),
                    outcome,
                ),
                (None, None) => continue,
            };
            self.report.changes.push(entry);
        }
    }

    /// What is true of a planned change as long as nobody agreed to it.
    pub(super) fn before_agreement(&self, change: &Change, plan: &Plan) -> Outcome {
        let refusal = plan
            .refusals
            .iter()
            .find(|refusal| refusal.email.as_ref().is_none_or(|email| email == change.email()));
        match refusal {
            Some(refusal) => Outcome::new(OutcomeKind::Refused).with_detail(refusal.message.clone()),
            None if !plan.refusals.is_empty() => Outcome::new(OutcomeKind::Skipped)
                .with_detail("nothing was done, because other changes of this plan are refused"),
            None => Outcome::new(OutcomeKind::Skipped).with_detail("planned, and not done"),
        }
    }

    /// Whether there is something to do, nothing forbids it, and the caller agrees. Sets the exit code if not.
    pub(super) async fn may_go_on(
        &mut self,
        plan: &Plan,
        reading: &Reading,
        caller: &mut dyn Caller,
    ) -> bool {
        let choices = self.report_choices(plan, reading);
        if !plan.refusals.is_empty() {
            self.report.exit_code = exit::REFUSED;
            return false;
        }
        if plan.changes.is_empty() {
            self.report.exit_code = self.report.code_of_outcomes();
            return false;
        }
        let consequences = &self.engine.workspace.app.map.consequences;
        let mut said: Vec<String> =
            plan.changes.iter().filter_map(|change| consequences.get(change.operation()).cloned()).collect();
        said.dedup();
        let proposal = Proposal {
            run: self.id.as_str(),
            workspace: &self.report.workspace,
            console: &self.report.console,
            plan,
            reading,
            choices,
            consequences: said,
        };
        let asked = Instant::now();
        let agreement = caller.agree(&proposal).await;
        self.deadline.extend(asked.elapsed());
        let (code, detail) = match agreement {
            Agreement::Yes => return true,
            Agreement::No => (exit::CANCELLED, "not agreed to"),
            Agreement::NobodyToAsk(_) => (exit::APPROVAL_NEEDED, "nobody could be asked"),
            Agreement::Rehearsal => {
                self.report.dry_run = true;
                (exit::CHANGES_PENDING, "only rehearsed")
            }
        };
        self.detail_of_skipped(detail);
        if let Agreement::NobodyToAsk(why) = agreement {
            self.report.error = Some(ErrorReport {
                reason: None,
                message: format!("ask for agreement: {why}"),
                hint: format!(
                    "run it at a terminal, or say --yes if you have seen the plan (--dry-run shows it){}",
                    if self.is_asked_now() { FOR_OTHERS } else { "" }
                ),
                retryable: false,
            });
        }
        self.report.exit_code = code;
        false
    }

    fn detail_of_skipped(&mut self, detail: &str) {
        let changes = self.report.changes.iter_mut();
        for change in changes.filter(|change| change.outcome == OutcomeKind::Skipped.as_str()) {
            change.detail = Some(detail.to_owned());
        }
    }
}

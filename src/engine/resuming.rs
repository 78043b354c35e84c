//! What an earlier run left: a person says what became of a change, or the run is taken up where it stood.

use std::collections::BTreeMap;

use super::apply::{Applying, Item};
use super::error::Error;
use super::journal::{ChangeId, ChangeRecord, ChangeState, RunId, RunRecord};
use super::once::newcomers_in;
use super::ordered::Kept;
use super::report::{ErrorReport, RefusalReport, Report};
use super::run::Run;
use super::settle;
use super::twice::{items_in, to_be_made};
use super::{Caller, Engine};
use crate::domain::email::Email;
use crate::domain::guard;
use crate::domain::outcome::{Outcome, OutcomeKind, exit};
use crate::domain::plan::{Plan, plan};
use crate::domain::request::Newcomer;

impl Engine {
    /// Takes up a run that died or ended in doubt: decides what is in doubt by readings of a fresh browser, then does
    /// what was intended and never begun. Of a run that ended and left nothing open it gives the report.
    ///
    /// # Errors
    /// As [`Engine::list`]; also no such run, or a browser of it that cannot be ended.
    pub async fn resume(&self, id: &RunId, caller: &mut dyn Caller) -> Result<Report, Error> {
        if let Some(report) = self.journal.run(id).await?.and_then(settled_report) {
            return Ok(report);
        }
        let (mut run, record) = Run::take_up(self, id, |_| Ok(())).await?;
        if let Err(error) = Box::pin(run.resume(&record, caller)).await {
            run.failed(&error);
        }
        run.end().await
    }

    /// A person says what became of a change that is in doubt.
    ///
    /// # Errors
    /// As [`Engine::resume`]; also a change that is not in doubt in this run.
    pub async fn settle_by_hand(&self, id: &RunId, change: i64, done: bool) -> Result<Report, Error> {
        let is_it = |known: &&ChangeRecord| known.id.0 == change && known.state == ChangeState::Committing;
        let in_doubt = |record: &RunRecord| record.changes.iter().find(is_it).map(|known| known.id);
        let exists = |record: &RunRecord| in_doubt(record).map(|_| ()).ok_or(Error::NotInDoubt(change));
        let (mut run, record) = Run::take_up(self, id, exists).await?;
        if let Err(error) = run.settle_by_hand(in_doubt(&record), done).await {
            run.failed(&error);
        }
        run.end().await
    }
}

/// The report of a run that ended and left nothing open.
fn settled_report(record: RunRecord) -> Option<Report> {
    let report = record.report.clone().filter(|_| record.is_over())?;
    serde_json::from_value(report).ok()
}

impl Run<'_> {
    async fn settle_by_hand(&mut self, change: Option<ChangeId>, done: bool) -> Result<(), Error> {
        self.end_browsers().await?;
        let outcome = if done {
            Outcome::done()
        } else {
            Outcome::new(OutcomeKind::Failed).with_detail("a person found it not done")
        };
        if let Some(change) = change {
            let by = format!("said by {}", self.engine.os_user);
            self.engine.journal.settle(change, &outcome, &by).await?;
        }
        self.refresh_changes().await?;
        self.report.exit_code = self.report.code_of_outcomes();
        Ok(())
    }

    /// Decides what is in doubt, then does what was never begun.
    async fn resume(&mut self, record: &RunRecord, caller: &mut dyn Caller) -> Result<(), Error> {
        self.end_browsers().await?;
        if record.ended_at.is_none() && record.changes.is_empty() {
            self.died_before_it_planned();
            return Ok(());
        }
        let doubtful: Vec<Item> = items_in(record, ChangeState::Committing);
        if !doubtful.is_empty() {
            settle::settle(self, None, doubtful, caller).await?;
        }
        self.close_cancelled().await?;
        self.close_second_saves().await?;
        let record =
            &self.engine.journal.run(&self.id).await?.ok_or_else(|| Error::NoSuchRun(self.id.to_string()))?;
        let intended = to_be_made(record);
        let intended = self.under_the_same_choices(record, intended).await?;
        let intended = self.under_the_same_plan(record, intended).await?;
        let nobody_was_asked = intended.is_empty();
        if !intended.is_empty() {
            let newcomers = newcomers_in(&record.began.operation, &record.began.arguments);
            self.by_file = !newcomers.is_empty() && self.engine.workspace.app.can("import");
            self.resume_intended(intended, newcomers, Kept::of(record), caller).await?;
        }
        self.close_second_saves().await?;
        self.refresh_changes().await?;
        let code = self.report.code_of_outcomes();
        let stopped =
            [exit::REFUSED, exit::CANCELLED, exit::APPROVAL_NEEDED].contains(&self.report.exit_code);
        // What is in doubt comes before everything else (DESIGN 8.1).
        if nobody_was_asked || !stopped || code == exit::IN_DOUBT {
            self.report.exit_code = code;
        }
        Ok(())
    }

    /// That nothing was planned says nothing of whether there is anything to do: whoever asked has to ask again.
    fn died_before_it_planned(&mut self) {
        self.report.exit_code = exit::TRY_AGAIN;
        self.report.error = Some(ErrorReport {
            reason: None,
            message: "the run died before it had planned anything; nothing was done".to_owned(),
            hint: "run the command again, with the same key if it had one".to_owned(),
            retryable: true,
        });
    }

    /// What was agreed to and never begun is planned again on today's list: only what is still the very same change is
    /// done, and only past today's guards. What an unproven list cannot tell stays open.
    async fn resume_intended(
        &mut self,
        mut items: Vec<Item>,
        newcomers: BTreeMap<Email, Newcomer>,
        kept: Option<Kept<'_>>,
        caller: &mut dyn Caller,
    ) -> Result<(), Error> {
        let engine = self.engine;
        let people: Vec<Email> = items.iter().map(|item| item.change.email().clone()).collect();
        let (session, reading) = self.read(&people, caller).await?;
        let roles = engine.roles();
        let policy = &engine.workspace.policy;
        let oneself = &engine.workspace.account.email;
        let history = &engine.history().await?;
        let mut still = Plan::default();
        self.leave_what_was_sent_since(&mut items).await?;
        for item in items.iter().filter(|item| !item.is_second()) {
            let again = plan(&item.change.request(), &reading, &roles, policy, history, oneself);
            let counts = guard::counts(&item.change, &reading, &roles);
            let allowed = kept.as_ref().is_none_or(|kept| kept.allows(&item.change, counts, &reading));
            if again.changes == [item.change.clone()] && allowed {
                still.changes.push(item.change.clone());
            } else if reading.grade.is_proven() {
                let outcome = again.settled.into_iter().next().map_or_else(
                    || Outcome::new(OutcomeKind::Skipped).with_detail("the row moved on; plan again"),
                    |(_, outcome)| outcome,
                );
                engine.journal.settle(item.id, &outcome, "planned again when resuming").await?;
            }
        }
        // What a second save finds is read right before it; its first is made, or made before it now.
        for second in items.iter().filter(|item| item.is_second()) {
            let has_first =
                items.iter().any(|item| !item.is_second() && item.change.email() == second.change.email());
            if !has_first {
                still.changes.push(second.change.clone());
            }
        }
        self.leave_doubtful_people_alone(&mut still).await?;
        still.refusals = guard::check(&still.changes, &reading, &roles, policy, history, oneself);
        if kept.is_some_and(|kept| kept.passes_limits()) {
            still.refusals.retain(|refusal| !refusal.guard.is_limit());
        }
        still.seat_delta = guard::seat_delta(&still.changes, &reading, &roles);
        self.report.refusals = still.refusals.iter().map(RefusalReport::of).collect();
        items.retain(|item| still.changes.contains(&item.change));
        if self.may_go_on(&still, &reading, caller).await {
            if !self.is_answered_late() {
                let applying = Applying::new(self, session, reading, items).with_newcomers(newcomers);
                Box::pin(applying.all(caller)).await?;
                return self.applied().await;
            }
            // They stay open: the next `resume` asks about them on the list of its day.
            self.report.exit_code = exit::CANCELLED;
            self.report.error = Some(ErrorReport {
                reason: None,
                message: "the answer came more than ten minutes after the list was read".to_owned(),
                hint: format!("`seatwright resume {}` asks again, on the list as it is then", self.id),
                retryable: true,
            });
        }
        // What nobody agreed to stays open; what a guard forbids by now is over.
        if !still.refusals.is_empty() {
            for item in items.iter().filter(|item| !item.is_second()) {
                let outcome = self.before_agreement(&item.change, &still);
                engine.journal.settle(item.id, &outcome, "the guards, at the time of resuming").await?;
            }
        }
        self.close(session).await;
        Ok(())
    }
}

//! `plan`: what a roster comes to in this workspace (D7), and what a request does that somebody else shall agree to. It
//! reads, and changes nothing.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::asked::Asked;
use super::error::Error;
use super::journal::{RunId, RunRecord, chain};
use super::once::arguments_of;
use super::ordered::policy_sha256;
use super::plan_file::{
    ActionPart, ChangePart, CostPart, PlanFile, PlanPart, RequestPart, RosterPart, hash_of_reading, seen_part,
};
use super::purpose::{GivenRequest, Purpose};
use super::report::{RefusalReport, Report};
use super::run::Run;
use super::{Caller, Engine, undoing};
use crate::domain::change::Change;
use crate::domain::email::Email;
use crate::domain::guard::{self, Guard};
use crate::domain::outcome::exit;
use crate::domain::planned::Seen;
use crate::domain::price::{self, Cost};
use crate::domain::reading::{Found, Reading};
use crate::domain::reconcile::{Aim, PlanItem, Reconciliation, leavers, reconcile};
use crate::domain::role::Role;
use crate::domain::roster::{Roster, RosterFacts};

/// What leavers were told of by earlier plans is remembered under this name.
const LEAVERS: &str = "leavers";
/// So many earlier plans are looked at. A leaver whom all of them saw has been one for at least that long.
const PLANS: u32 = 1_000;
const HOURS_A_DAY: i64 = 24;

/// A roster, and where it comes from.
#[derive(Clone, Debug)]
pub struct GivenRoster {
    /// The people wanted.
    pub roster: Roster,
    /// What it is called, for the journal.
    pub name: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// When the file was written last; `None` for what came through a pipe.
    pub written_at: Option<Timestamp>,
}

/// What a roster comes to.
#[derive(Debug)]
pub struct RosterPlan {
    /// The report: refusals, seats, the list it was planned on.
    pub report: Report,
    /// One for each address of the list and of the roster, changes first; none if the list could not be read.
    pub items: Vec<ItemReport>,
    /// What the changes cost a period; none where no prices are configured, or the list could not be read.
    pub cost: Option<Cost>,
    /// What can be written down, to be carried out later: not if the list could not be read, or if something is refused that
    /// nobody can pass; of a request not if anything is, or if there is nothing to do.
    pub file: Option<PlanFile>,
}

/// One person's part of a plan, as it is printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ItemReport {
    /// The address.
    pub email: String,
    /// What the list calls them, or else the roster.
    pub name: Option<String>,
    /// `add`, `role`, `remove` ..., `keep`: see docs/cli.md.
    pub action: &'static str,
    /// The change in words; none where nothing is done.
    pub change: Option<String>,
    /// Why.
    pub why: String,
    /// What has to be approved about it: `privileged_grant`, `data_loss` or `first_removal`.
    pub approval: Option<&'static str>,
    /// What the map says follows from it.
    pub consequence: Option<String>,
    /// Paid seats more (or fewer) by it.
    pub seat_delta: i64,
    /// What it costs more (or less) a period, a decimal such as `-12.50`; none where it costs as much as before, where that
    /// is not known, and where no prices are configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
    /// Why that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unpriced: Option<String>,
    /// Somebody should look at it.
    pub is_open: bool,
}

/// Where the people wanted come from.
#[derive(Clone, Copy)]
enum Source<'a> {
    /// Somebody's list.
    Given(&'a GivenRoster),
    /// As they were before this run.
    Before(&'a RunRecord),
    /// Nobody in particular: this is asked for.
    Asked(&'a GivenRequest),
}

impl Source<'_> {
    /// Whom it names before anybody is read.
    fn people(self) -> Vec<Email> {
        match self {
            Self::Given(given) => given.roster.emails().cloned().collect(),
            Self::Before(record) => record.changes.iter().map(|known| known.change.email().clone()).collect(),
            Self::Asked(given) => given.request.emails().to_vec(),
        }
    }
}

impl GivenRoster {
    /// The people of a file with this content.
    #[must_use]
    pub fn new(roster: Roster, name: String, content: &[u8], written_at: Option<Timestamp>) -> Self {
        Self { roster, name, sha256: chain::sha256(content), written_at }
    }
}

impl Engine {
    /// Reads the members and holds them against a roster. Nothing is changed.
    ///
    /// # Errors
    /// As [`Engine::list`]. Everything later is in the report.
    pub async fn plan_roster(
        &self,
        given: &GivenRoster,
        caller: &mut dyn Caller,
    ) -> Result<RosterPlan, Error> {
        let arguments = json!({ "roster": given.name, "sha256": given.sha256, "people": given.roster.len() });
        let run = Run::start(self, "plan", arguments, caller).await?;
        self.plan_in(run, Source::Given(given), caller).await
    }

    /// The same with the people as they were before a run: what undoes it.
    ///
    /// # Errors
    /// As [`Engine::list`]; also no such run. Everything later is in the report.
    pub async fn plan_undo(&self, id: &RunId, caller: &mut dyn Caller) -> Result<RosterPlan, Error> {
        let known = self.journal.run(id).await?;
        let record = known
            .filter(|record| record.began.workspace == self.workspace.name)
            .ok_or_else(|| Error::NoSuchRun(id.to_string()))?;
        let run = Run::start(self, "undo", json!({ "run": id.as_str() }), caller).await?;
        self.plan_in(run, Source::Before(&record), caller).await
    }

    /// Plans a request as [`Engine::change`] would, past the same guards, and makes a plan of it that can be written down
    /// instead of asking and doing. Nothing is changed.
    ///
    /// # Errors
    /// As [`Engine::change`]. Everything later is in the report.
    pub async fn plan_request(
        &self,
        given: &GivenRequest,
        caller: &mut dyn Caller,
    ) -> Result<RosterPlan, Error> {
        let operation = given.request.operation();
        self.supports(&given.request)?;
        let mut arguments = self.with_choices(operation, arguments_of(&given.request));
        arguments["for"] = json!(operation);
        let run = Run::start(self, "plan", arguments, caller).await?;
        self.plan_in(run, Source::Asked(given), caller).await
    }

    async fn plan_in(
        &self,
        mut run: Run<'_>,
        source: Source<'_>,
        caller: &mut dyn Caller,
    ) -> Result<RosterPlan, Error> {
        let (mut items, mut cost, mut file) = (Vec::new(), None, None);
        match Box::pin(run.plan_roster(source, caller)).await {
            Ok((reading, purpose, plan)) => {
                run.report_roster_plan(&plan);
                let roles = self.roles();
                let of = |item| self.item(item, &reading, &purpose, &roles);
                items = plan.items.iter().map(of).collect();
                cost = self.cost(&plan, &reading);
                let is_worth_it = purpose.may_pass_limits() || plan.has_changes();
                let is_passed = |guard: Guard| purpose.may_pass_limits() && guard.is_limit();
                if is_worth_it && plan.refusals.iter().all(|refusal| is_passed(refusal.guard)) {
                    file = Some(self.file(&run.id, &purpose, &reading, &plan).await?);
                }
            }
            Err(error) => run.failed(&error),
        }
        Ok(RosterPlan { report: run.end().await?, items, cost, file })
    }

    /// The plan as it is written down.
    async fn file(
        &self,
        run: &RunId,
        purpose: &Purpose<'_>,
        reading: &Reading,
        plan: &Reconciliation,
    ) -> Result<PlanFile, Error> {
        let roles = self.roles();
        let action = |item: &PlanItem| {
            let told = self.item(item, reading, purpose, &roles);
            ActionPart {
                email: told.email,
                name: told.name,
                action: told.action.to_owned(),
                change: item.change.as_ref().map(ChangePart::of),
                seen: seen_part(&Seen::of(&item.email, reading)),
                why: told.why,
                approval: told.approval.map(str::to_owned),
                consequence: told.consequence,
                seat_delta: told.seat_delta,
                cost: told.cost,
                unpriced: told.unpriced,
            }
        };
        let shown = plan.items.iter().filter(|item| item.change.is_some() || item.action.is_open());
        let terms = self.terms().await?;
        let (roster, request) = match purpose {
            Purpose::Roster(given) => {
                let written_at = given.written_at.map(|at| at.to_string());
                (Some(RosterPart::of(&given.roster, written_at)), None)
            }
            Purpose::Request(given) => (None, Some(RequestPart::of(&given.request))),
        };
        let written = PlanPart {
            workspace: terms.workspace,
            url: terms.url,
            account: terms.account,
            console: self.workspace.app.id(),
            map_sha256: self.workspace.app.sha256.clone(),
            policy_sha256: policy_sha256(&self.workspace),
            after: terms.after,
            reading_sha256: hash_of_reading(reading),
            seat_delta: plan.seat_delta,
            cost: self.cost(plan, reading).as_ref().map(CostPart::of),
            actions: shown.map(action).collect(),
            roster,
            request,
        };
        let lifetime = self.workspace.rostered.plan_expires;
        Ok(PlanFile::new(written, run.as_str(), purpose.name(), (self.clock)(), lifetime))
    }

    /// What the changes of a plan cost a period, if prices are configured.
    fn cost(&self, plan: &Reconciliation, reading: &Reading) -> Option<Cost> {
        let prices = self.workspace.prices.as_ref()?;
        let of = |item: &PlanItem| Some((item.change.clone()?, Seen::of(&item.email, reading)));
        let changes: Vec<(Change, Seen)> = plan.items.iter().filter_map(of).collect();
        Some(price::cost(changes.iter().map(|(change, seen)| (change, seen)), &self.roles(), prices))
    }

    fn item(&self, item: &PlanItem, reading: &Reading, purpose: &Purpose<'_>, roles: &[Role]) -> ItemReport {
        let shown = match reading.find(&item.email) {
            Found::One(member) => member.name.clone(),
            Found::No | Found::Many => None,
        };
        let operation = item.change.as_ref().map(Change::operation);
        let priced = self.workspace.prices.as_ref().zip(item.change.as_ref());
        let cost = priced
            .map(|(prices, change)| price::cost_of(change, &Seen::of(&item.email, reading), roles, prices));
        let (cost, unpriced) = match cost {
            Some(Ok(cost)) => (Some(cost).filter(|cost| !cost.is_zero()), None),
            Some(Err(why)) => (None, Some(why)),
            None => (None, None),
        };
        ItemReport {
            email: item.email.to_string(),
            name: shown.or_else(|| purpose.name_of(&item.email)),
            action: item.action.as_str(),
            change: item.change.as_ref().map(ToString::to_string),
            why: item.why.clone(),
            approval: item.approval.map(crate::domain::Approval::as_str),
            consequence: operation.and_then(|name| self.workspace.app.map.consequences.get(name).cloned()),
            seat_delta: guard::seat_delta(item.change.as_slice(), reading, roles),
            cost: cost.map(|cost| cost.to_string()),
            unpriced,
            is_open: item.action.is_open(),
        }
    }

    /// A roster held against a reading, by all that is known now; and who is a leaver by it.
    pub(super) async fn held_against<'r>(
        &self,
        given: &GivenRoster,
        reading: &'r Reading,
    ) -> Result<(Reconciliation, BTreeSet<&'r Email>), Error> {
        let rostered = &self.workspace.rostered;
        let away = leavers(&given.roster, &rostered.scope, reading);
        let days_away = self.days_away(&away).await?;
        let operations = map_operations(self);
        let aim = Aim {
            roster: &given.roster,
            facts: self.facts_of(given).await?,
            rules: rostered.rules,
            scope: &rostered.scope,
            leavers: &rostered.leavers,
            default_role: rostered.default_role.as_ref(),
            days_away: &days_away,
            operations: &operations,
            costly: &self.workspace.app.map.consequences.keys().cloned().collect(),
        };
        let (policy, oneself) = (&self.workspace.policy, &self.workspace.account.email);
        let plan = reconcile(&aim, reading, &self.roles(), policy, &self.history().await?, oneself);
        Ok((plan, away))
    }

    /// Where a roster comes from, as far as that says whether it can be believed.
    pub(super) async fn facts_of(&self, given: &GivenRoster) -> Result<RosterFacts, Error> {
        let age = given.written_at.map(|at| (self.clock)().duration_since(at).as_hours());
        Ok(RosterFacts {
            age_hours: age.map(|hours| hours.try_into().unwrap_or(0)),
            before: self.staying().await?.and_then(|people| usize::try_from(people).ok()),
        })
    }

    /// For how many days each of these has been a leaver, by the plans before: in all of them up to now.
    async fn days_away(&self, now: &BTreeSet<&Email>) -> Result<BTreeMap<Email, u32>, Error> {
        let told = self.journal.told(&self.workspace.name, LEAVERS, PLANS).await?;
        let plans: Vec<(Timestamp, BTreeSet<&str>)> =
            told.iter().map(|(at, data)| (*at, people_in(data))).collect();
        let today = (self.clock)();
        let since = |email: &Email| {
            plans.iter().take_while(|(_, people)| people.contains(email.as_str())).last().map(|(at, _)| *at)
        };
        let days =
            |at: Timestamp| u32::try_from(today.duration_since(at).as_hours() / HOURS_A_DAY).unwrap_or(0);
        Ok(now.iter().filter_map(|email| Some(((*email).clone(), days(since(email)?)))).collect())
    }
}

impl Run<'_> {
    async fn plan_roster<'g>(
        &mut self,
        source: Source<'g>,
        caller: &mut dyn Caller,
    ) -> Result<(Reading, Purpose<'g>, Reconciliation), Error> {
        if let Source::Asked(given) = source {
            return self.plan_asked(given, caller).await;
        }
        let wanted: Vec<Email> = source.people();
        let (mut session, mut reading) = self.read(&wanted, caller).await?;
        let engine = self.engine;
        let given = match source {
            Source::Given(given) => Cow::Borrowed(given),
            Source::Before(record) => Cow::Owned(undoing::before(record, &reading, (engine.clock)())),
            Source::Asked(_) => unreachable!("it was planned above"),
        };
        // Whoever is in the roster was looked at closely; those who left have to be as well, for whoever carries the plan
        // out looks at everybody it touches, and has to find them as they were.
        let scope = &engine.workspace.rostered.scope;
        let away = leavers(&given.roster, scope, &reading).into_iter();
        let away: Vec<Email> = away.filter(|email| !wanted.contains(email)).cloned().collect();
        let looked = self.look_closer(&mut session, &mut reading, &away).await;
        self.close(session).await;
        looked?;
        let (plan, away) = engine.held_against(&given, &reading).await?;
        let is_believed = !plan.refusals.iter().any(|refusal| refusal.guard == Guard::Roster);
        // What is made up to undo a run says nothing of who has left.
        let is_believed = is_believed && matches!(source, Source::Given(_));
        if reading.grade.is_proven() && is_believed {
            let people: Vec<&str> = away.iter().map(|email| email.as_str()).collect();
            engine.journal.event(&self.id, None, LEAVERS, json!({ "people": people })).await?;
        }
        Ok((reading, Purpose::Roster(given), plan))
    }

    /// What a request comes to, by the very way it would be carried out by.
    async fn plan_asked<'g>(
        &mut self,
        given: &'g GivenRequest,
        caller: &mut dyn Caller,
    ) -> Result<(Reading, Purpose<'g>, Reconciliation), Error> {
        let asked = Asked::Request(&given.request);
        self.goes_by_file(&asked);
        let (session, reading) = self.read(asked.emails(), caller).await?;
        self.close(session).await;
        let plan = self.plan(&asked, &reading).await?;
        self.report.dry_run = true;
        self.report_plan(&asked, &plan);
        self.report_choices(&plan, &reading);
        let items = self.engine.as_items(&given.request, &plan, &reading).await?;
        Ok((reading, Purpose::Request(Cow::Borrowed(given)), items))
    }

    fn report_roster_plan(&mut self, plan: &Reconciliation) {
        self.report.refusals = plan.refusals.iter().map(RefusalReport::of).collect();
        self.report.seat_delta = plan.seat_delta;
        self.report.exit_code = match plan.has_changes() {
            _ if !plan.refusals.is_empty() => exit::REFUSED,
            true => exit::CHANGES_PENDING,
            // Of a roster nothing is told there; a request may have failed for everybody.
            false => self.report.code_of_outcomes(),
        };
    }
}

/// What the console has recordings for.
fn map_operations(engine: &Engine) -> BTreeSet<String> {
    engine.workspace.app.flows.values().flat_map(|flow| flow.does.clone()).collect()
}

fn people_in(data: &Value) -> BTreeSet<&str> {
    data["people"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

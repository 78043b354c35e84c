//! A plan that somebody ordered to be carried out: `approve` and `apply` (D7.7, D7.8).
//!
//! What speaks against the file is asked before a browser starts. Then the roster in it is held against the list as it
//! is now, by today's policy and limits, and only what comes to the very same change is made, by the same way as every
//! other change. So a plan says what may be done, and never that it has to be.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::apply::Item;
use super::asked::Asked;
use super::error::Error;
use super::journal::{RunRecord, chain};
use super::once::newcomers_in_words;
use super::plan_file::{ApprovalFile, PlanFile, row_of, seen_part};
use super::purpose::Purpose;
use super::report::{ChangeReport, ErrorReport, RefusalReport, Report};
use super::run::Run;
use super::workspace::{Rostered, Workspace};
use super::{Caller, Engine};
use crate::domain::change::Change;
use crate::domain::guard::{self, Counts, Guard, Refusal};
use crate::domain::outcome::{Outcome, OutcomeKind, exit};
use crate::domain::plan::Plan;
use crate::domain::planned::{Override, Planned, Terms, still, unapproved};
use crate::domain::policy::{Ceiling, Policy};
use crate::domain::price::{self, Cost};
use crate::domain::reading::Reading;
use crate::domain::request::Newcomer;
use crate::domain::roster::RosterRules;
use crate::domain::scope::{Leave, Leavers, Scope};
use crate::domain::{Approval, Email};

/// A plan that is carried out is remembered under this name.
pub(super) const APPLIED: &str = "plan_applied";

/// So many newcomers go by the console's own import, if it has one.
const MANY: usize = 4;

/// A plan to be carried out, with what a person said about it.
#[derive(Clone, Debug)]
pub struct Order {
    /// The plan.
    pub file: PlanFile,
    /// Who approved what, if somebody did.
    pub approval: Option<ApprovalFile>,
    /// The limits may be passed this once.
    pub overriding: Option<Override>,
}

/// An order with what it says in the words of the domain.
pub(super) struct Opened<'a> {
    order: &'a Order,
    purpose: Purpose<'static>,
    pub(super) planned: Vec<Planned>,
    pub(super) people: Vec<Email>,
    approved: BTreeSet<Email>,
    /// Why there is no approval, or none that counts.
    no_approval: String,
}

impl Engine {
    /// What speaks against carrying out a plan now, all at once. No browser is started.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn objections(&self, file: &PlanFile) -> Result<Vec<Refusal>, Error> {
        let condition = file.condition((self.clock)(), self.workspace.rostered.plan_expires);
        let mut objections = file.terms().objections(&file.hash, &self.terms().await?, condition);
        objections.extend(price::overpriced(file.cost()?.as_ref(), self.cost_today(file)?.as_ref()));
        Ok(objections)
    }

    /// What a plan costs by the prices of today.
    fn cost_today(&self, file: &PlanFile) -> Result<Option<Cost>, Error> {
        let Some(prices) = &self.workspace.prices else { return Ok(None) };
        let planned = file.planned()?;
        let changes = planned.iter().map(|planned| (&planned.change, &planned.seen));
        Ok(Some(price::cost(changes, &self.roles(), prices)))
    }

    /// Carries out a plan: what of it still stands, past today's guards.
    ///
    /// # Errors
    /// As [`Engine::list`]; also a file that is no plan. What speaks against a plan is in the report (exit 3), and so is an
    /// approval that is missing (exit 7).
    pub async fn apply_plan(&self, order: &Order, caller: &mut dyn Caller) -> Result<Report, Error> {
        let opened = Opened::of(order, (self.clock)())?;
        let arguments = self.with_choices("apply", opened.arguments(self));
        let mut run = Run::start(self, "apply", arguments, caller).await?;
        run.report.plan = Some(order.file.hash.clone());
        match run.may_be_applied(&opened).await {
            Ok(true) => return Box::pin(run.carry_out(&Asked::Plan(&opened), caller)).await,
            Ok(false) => {}
            Err(error) => run.failed(&error),
        }
        run.end().await
    }

    /// What holds now of all that a plan was made under.
    pub(super) async fn terms(&self) -> Result<Terms, Error> {
        let workspace = &self.workspace;
        let applied = self.journal.told(&workspace.name, APPLIED, 1).await?;
        Ok(Terms {
            workspace: workspace.name.clone(),
            url: workspace.url.to_string(),
            account: workspace.account.email.to_string(),
            map: format!("{} {}", workspace.app.id(), workspace.app.sha256),
            policy: policy_sha256(workspace),
            after: applied.first().and_then(|(_, data)| data["plan"].as_str().map(str::to_owned)),
        })
    }
}

impl<'a> Opened<'a> {
    fn of(order: &'a Order, now: Timestamp) -> Result<Self, Error> {
        let file = &order.file;
        let planned = file.planned()?;
        let (approved, no_approval) = match order.approval.as_ref().map(|approval| approval.people(file, now))
        {
            Some(Ok(people)) => (people, "the approval does not name them".to_owned()),
            Some(Err(why)) => (BTreeSet::new(), why),
            None => (BTreeSet::new(), "there is no approval".to_owned()),
        };
        Ok(Self {
            purpose: file.purpose()?,
            people: planned.iter().map(|planned| planned.change.email().clone()).collect(),
            order,
            planned,
            approved,
            no_approval,
        })
    }

    /// The plan reaches a roster, and does not carry out a request.
    pub(super) fn is_of_roster(&self) -> bool {
        matches!(self.purpose, Purpose::Roster(_))
    }

    /// What the journal keeps of it: enough for whoever takes the run up to see whether somebody still reads the same.
    fn arguments(&self, engine: &Engine) -> Value {
        let rows: serde_json::Map<String, Value> = self
            .planned
            .iter()
            .map(|planned| (planned.change.email().to_string(), json!(seen_part(&planned.seen))))
            .collect();
        let file = &self.order.file;
        let mut arguments = json!({
            "plan": file.hash,
            "policy_sha256": file.plan.policy_sha256,
            "map_sha256": file.plan.map_sha256,
            "expires_at": file.expires_at,
            "rows": rows,
        });
        if self.goes_by_file(engine) {
            (arguments["roles"], arguments["names"]) = newcomers_in_words(&self.newcomers());
        }
        if let Some(word) = &self.order.overriding {
            arguments["override"] = json!(word.count);
        }
        arguments
    }

    /// Whom it brings in, with the roster's name for them.
    pub(super) fn newcomers(&self) -> BTreeMap<Email, Newcomer> {
        self.purpose.newcomers(self.planned.iter().map(|planned| &planned.change))
    }

    /// What was asked for goes as it would have gone. Of a roster one import is cheaper than a few invitations, and takes a
    /// preview to be proven.
    pub(super) fn goes_by_file(&self, engine: &Engine) -> bool {
        if let Purpose::Request(given) = &self.purpose {
            return engine.serves_by_file(&given.request);
        }
        let newcomers = self.newcomers();
        newcomers.len() >= MANY && newcomers.values().all(|newcomer| engine.imports_as(&newcomer.role))
    }

    /// Today's refusals, without the limits that a person passed for this plan.
    fn left(&self, refusals: Vec<Refusal>) -> Vec<Refusal> {
        let passes = self.order.overriding.is_some();
        refusals.into_iter().filter(|refusal| !(passes && refusal.guard.is_limit())).collect()
    }
}

impl Run<'_> {
    /// Whether nothing speaks against the plan itself, as far as that is known without looking at anybody.
    async fn may_be_applied(&mut self, opened: &Opened<'_>) -> Result<bool, Error> {
        let file = &opened.order.file;
        let mut refusals = self.engine.objections(file).await?;
        let overriding = opened.order.overriding.as_ref();
        refusals.extend(
            overriding.and_then(|word| {
                word.objection(&file.hash, file.changes(), opened.purpose.may_pass_limits())
            }),
        );
        let of = |planned: &'_ Planned| planned.approval;
        let items = opened.planned.iter().map(|planned| (planned.change.email(), of(planned)));
        let lacking = unapproved(items, &opened.approved);
        if !refusals.is_empty() {
            self.report.refusals = refusals.iter().map(RefusalReport::of).collect();
            self.report.exit_code = exit::REFUSED;
            self.nothing_of(opened, OutcomeKind::Refused, &refusals[0].message);
            return Ok(false);
        }
        if !lacking.is_empty() {
            self.report.error = Some(ErrorReport {
                reason: None,
                message: format!(
                    "apply plan {}: {}, and it needs one: {}",
                    file.short(),
                    opened.no_approval,
                    in_words(&lacking)
                ),
                hint: "look at the plan, then `seatwright approve PLAN`".to_owned(),
                retryable: false,
            });
            self.report.exit_code = exit::APPROVAL_NEEDED;
            self.nothing_of(opened, OutcomeKind::Skipped, "not approved");
            return Ok(false);
        }
        match &opened.purpose {
            Purpose::Request(given) => self.engine.supports(&given.request)?,
            Purpose::Roster(_) => {
                for planned in &opened.planned {
                    self.engine.supports(&planned.change.request())?;
                }
            }
        }
        Ok(true)
    }

    fn nothing_of(&mut self, opened: &Opened<'_>, kind: OutcomeKind, why: &str) {
        let outcome = Outcome::new(kind).with_detail(why);
        let entry = |planned: &Planned| {
            let change = &planned.change;
            ChangeReport::of(None, change.email().as_str(), change.to_string(), &outcome)
        };
        self.report.changes = opened.planned.iter().map(entry).collect();
    }

    /// What of the plan still stands on this list.
    pub(super) async fn plan_again(&self, opened: &Opened<'_>, reading: &Reading) -> Result<Plan, Error> {
        let today = self.engine.comes_to(&opened.purpose, reading).await?;
        let (stands, settled) = still(&opened.planned, &today, reading);
        let mut plan = Plan {
            changes: stands.iter().filter_map(|item| item.change.clone()).collect(),
            settled,
            ..Plan::default()
        };
        let is_about_it = |refusal: &&Refusal| refusal.guard == Guard::Roster;
        plan.refusals = today.refusals.iter().filter(is_about_it).cloned().collect();
        let lacking = unapproved(stands.iter().map(|item| (&item.email, item.approval)), &opened.approved);
        if !lacking.is_empty() {
            plan.refusals.push(Refusal {
                email: None,
                guard: Guard::Plan,
                message: format!(
                    "the plan does not say what has to be approved by now: {}",
                    in_words(&lacking)
                ),
                hint: "make the plan anew, and have it approved".to_owned(),
            });
        }
        Ok(plan)
    }

    /// The guards' word on what of it is to be made, with what spoke against it before.
    pub(super) async fn guarded(
        &self,
        opened: &Opened<'_>,
        plan: &mut Plan,
        reading: &Reading,
    ) -> Result<(), Error> {
        let engine = self.engine;
        let (policy, oneself) = (&engine.workspace.policy, &engine.workspace.account.email);
        let (roles, history) = (engine.roles(), engine.history().await?);
        plan.refusals.extend(guard::check(&plan.changes, reading, &roles, policy, &history, oneself));
        plan.refusals = opened.left(std::mem::take(&mut plan.refusals));
        plan.seat_delta = guard::seat_delta(&plan.changes, reading, &roles);
        Ok(())
    }

    /// That the plan is being carried out from here on: no other one made before may be, nor this one again.
    pub(super) async fn note_applied(&self, opened: &Opened<'_>) -> Result<(), Error> {
        let Order { file, approval, overriding } = opened.order;
        let staying = match &opened.purpose {
            Purpose::Roster(given) => Some(given.roster.staying() as u64),
            Purpose::Request(_) => self.engine.staying().await?,
        };
        let data = json!({
            "plan": file.hash,
            "staying": staying,
            "changes": file.changes(),
            "approved_by": approval.as_ref().map(|approval| &approval.approver),
            "approved_at": approval.as_ref().map(|approval| &approval.approved_at),
            "override": overriding.as_ref().map(|word| word.count),
        });
        Ok(self.engine.journal.event(&self.id, None, APPLIED, data).await?)
    }
}

impl Run<'_> {
    /// What the roster still comes to by the reading at the end, for the report: what a new plan would say. Of a request
    /// what became of each change says all.
    pub(super) async fn note_left(&mut self, opened: &Opened<'_>) -> Result<(), Error> {
        let Purpose::Roster(given) = &opened.purpose else { return Ok(()) };
        let Some(reading) = self.last_reading.take().filter(|reading| reading.grade.is_proven()) else {
            return Ok(());
        };
        let (next, _) = self.engine.held_against(given, &reading).await?;
        self.report.left = Some(next.items.iter().filter(|item| item.change.is_some()).count());
        Ok(())
    }
}

/// What the journal keeps of a plan whose run is taken up.
pub(super) struct Kept<'a>(&'a Value);

impl<'a> Kept<'a> {
    /// Of a run; `None` if it carries out no plan.
    pub(super) fn of(record: &'a RunRecord) -> Option<Self> {
        (record.began.operation == "apply").then_some(Self(&record.began.arguments))
    }

    /// Whether this change may be made on this list, as far as the plan decides it: to somebody who still reads the same, and
    /// nothing is taken from anybody on a list that is not proven complete.
    pub(super) fn allows(&self, change: &Change, counts: Counts, reading: &Reading) -> bool {
        let email = change.email();
        self.0["rows"][email.as_str()] == row_of(email, reading)
            && (reading.grade.is_proven() || !counts.removal)
    }

    /// The limits were passed for it.
    pub(super) fn passes_limits(&self) -> bool {
        self.0["override"].is_u64()
    }
}

impl Run<'_> {
    /// What was never begun of a plan is over once the plan does not stand any more: those items are settled, and the others
    /// given back.
    pub(super) async fn under_the_same_plan(
        &self,
        record: &RunRecord,
        items: Vec<Item>,
    ) -> Result<Vec<Item>, Error> {
        let Some(Kept(kept)) = Kept::of(record) else { return Ok(items) };
        let engine = self.engine;
        let now = engine.terms().await?;
        let expires = kept["expires_at"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
        let why = if expires.is_none_or(|at| at <= (engine.clock)()) {
            "the plan has expired by now"
        } else if kept["policy_sha256"] != json!(now.policy) {
            "the policy is another one by now"
        } else if kept["map_sha256"] != json!(engine.workspace.app.sha256) {
            "the selector map is another one by now"
        } else if kept["plan"] != json!(now.after) {
            "another plan was carried out since"
        } else {
            return Ok(items);
        };
        let outcome = Outcome::new(OutcomeKind::Skipped).with_detail(format!("{why}; plan again"));
        let (mut seconds, firsts): (Vec<Item>, Vec<Item>) = items.into_iter().partition(Item::is_second);
        for item in &firsts {
            engine.journal.settle(item.id, &outcome, "the plan, at the time of resuming").await?;
        }
        // Half a person is finished all the same; whoever is not begun is not.
        seconds.retain(|second| !firsts.iter().any(|first| first.change.email() == second.change.email()));
        Ok(seconds)
    }
}

/// `anna@example.com (data_loss), ...`.
fn in_words(lacking: &[(&Email, Approval)]) -> String {
    const NAMED: usize = 5;
    let named: Vec<String> =
        lacking.iter().take(NAMED).map(|(email, class)| format!("{email} ({})", class.as_str())).collect();
    let more = lacking.len().saturating_sub(NAMED);
    if more == 0 { named.join(", ") } else { format!("{} and {more} more", named.join(", ")) }
}

/// The hash over what a workspace's configuration allows and wants. A setting that is new belongs here too, so each is
/// named. Prices are not here: what a plan costs is under its own hash, and only another cost speaks against it.
pub(super) fn policy_sha256(workspace: &Workspace) -> String {
    let Policy {
        protected,
        max_removals,
        max_new_seats,
        max_privileged,
        max_resends,
        seat_cap,
        failures_in_a_row,
        failure_percent,
        failure_least,
        needs_approval,
    } = &workspace.policy;
    let Rostered { rules, scope, leavers, default_role, plan_expires: _, yes_approves } = &workspace.rostered;
    let RosterRules { max_age_hours, max_shrink_percent } = rules;
    let Scope { domains, adopted } = scope;
    let Leavers { step, grace_days } = leavers;
    let emails = |people: &BTreeSet<Email>| people.iter().map(ToString::to_string).collect::<Vec<_>>();
    let policy = json!({
        "protected": emails(protected),
        "max_removals": match max_removals {
            Ceiling::Count(count) => json!(count),
            Ceiling::Share { at_least, percent } => json!([at_least, percent]),
        },
        "max_new_seats": max_new_seats,
        "max_privileged": max_privileged,
        "max_resends": max_resends,
        "seat_cap": seat_cap,
        "failures": [failures_in_a_row, failure_percent, failure_least],
        "needs_approval": needs_approval.iter().map(|class| class.as_str()).collect::<Vec<_>>(),
        "yes_approves": yes_approves,
        "roster": [max_age_hours, max_shrink_percent],
        "domains": domains,
        "adopted": emails(adopted),
        "leaver": [step.as_str(), &grace_days.to_string()],
        "leaver_role": match step {
            Leave::Downgrade(role) => Some(role.as_str()),
            Leave::Report | Leave::Deactivate | Leave::Remove => None,
        },
        "default_role": default_role.as_ref().map(|role| role.as_str()),
        "choices": workspace.choices,
    });
    chain::sha256(chain::canonical(&policy))
}

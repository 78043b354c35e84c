//! `audit`: what somebody should look at in this workspace, from its list and, if there is one, a roster. It reads, and
//! changes nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::app::Map;
use super::dates::{ago_at_least, tells_invited};
use super::error::Error;
use super::report::Report;
use super::rostering::GivenRoster;
use super::run::Run;
use super::{Caller, Engine};
use crate::domain::audit::{Activity, Audit, Finding, FindingKind, Question, audit};
use crate::domain::email::Email;
use crate::domain::member::{Member, StatusMeaning};
use crate::domain::outcome::{Reason, exit};
use crate::domain::price::{self, Cost};
use crate::domain::reading::Reading;
use crate::domain::role::Role;

/// The column that says when somebody was active last.
const LAST_ACTIVE: &str = "last_active";

/// What is asked of a list.
#[derive(Clone, Debug)]
pub struct AuditRequest {
    /// Who shall be a member, if somebody said so.
    pub roster: Option<GivenRoster>,
    /// For how long an invitation may lie there.
    pub stale_after: Duration,
    /// For how long a paid seat may be unused.
    pub idle_after: Duration,
    /// What nobody wants to find: any of it ends the run with exit code 10.
    pub fail_on: Vec<FindingKind>,
    /// The own page of everybody is read where the list does not tell role or status.
    pub full: bool,
}

/// What was found.
#[derive(Debug)]
pub struct Audited {
    /// The report of the run.
    pub report: Report,
    /// What was found; none if the list could not be read.
    pub found: Option<AuditReport>,
}

/// An audit as it is printed.
#[derive(Clone, Debug, Serialize)]
pub struct AuditReport {
    /// The roster it was held against.
    pub roster: Option<String>,
    /// Why the roster may be wrong, and what was found by it.
    pub roster_doubts: Vec<String>,
    /// By kind, and by address within each.
    pub findings: Vec<FindingReport>,
    /// What could not be asked, and why.
    pub unanswered: Vec<UnansweredReport>,
    /// How many hold each role, the highest first.
    pub roles: Vec<RoleReport>,
    /// Paid seats in use, by the list.
    pub seats: usize,
    /// What they cost a period, if prices are configured.
    pub cost: Option<CostReport>,
}

/// One thing to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingReport {
    /// What it is.
    pub kind: &'static str,
    /// Whom it is about; none for a row without an address.
    pub email: Option<String>,
    /// What they are called.
    pub name: Option<String>,
    /// What is odd.
    pub why: String,
}

/// A question without an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnansweredReport {
    /// What was to be found.
    pub kind: &'static str,
    /// `no_roster`, `not_shown` or `not_proven`.
    pub reason: &'static str,
    /// The same in words.
    pub why: &'static str,
}

/// How many hold a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleReport {
    /// The role, as the map calls it.
    pub role: String,
    /// How many hold it.
    pub members: usize,
    /// It takes a paid seat.
    pub seat: bool,
    /// It administers others.
    pub privileged: bool,
}

/// What all seats cost in a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CostReport {
    /// The currency, in the configuration's word.
    pub currency: String,
    /// The billing period, in the configuration's word.
    pub period: String,
    /// The sum of what has a known price, an exact decimal as text; none where nothing has.
    pub amount: Option<String>,
    /// Why people are not in the sum, and how many for each reason.
    pub unpriced: BTreeMap<String, usize>,
}

impl CostReport {
    fn of(cost: Cost) -> Self {
        let Cost { currency, period, amount, unpriced } = cost;
        Self { currency, period, amount: amount.map(|amount| amount.to_string()), unpriced }
    }
}

impl Engine {
    /// Looks at the list for what somebody should look at.
    ///
    /// The exit code is 10 where a kind of `fail_on` was found, and otherwise that of an unproven list if one of those
    /// kinds could not be answered because of it.
    ///
    /// # Errors
    /// As [`Engine::list`]; also a kind of `fail_on` that this console, or no roster, can never tell. Everything later is
    /// in the report.
    pub async fn audit(&self, request: &AuditRequest, caller: &mut dyn Caller) -> Result<Audited, Error> {
        self.can_be_told(request)?;
        let roster = request.roster.as_ref();
        let doubts = match roster {
            Some(given) => self.workspace.rostered.rules.doubts(&given.roster, &self.facts_of(given).await?),
            None => Vec::new(),
        };
        let arguments = json!({
            "roster": roster.map(|given| &given.name),
            "roster_sha256": roster.map(|given| &given.sha256),
            "stale_after_s": request.stale_after.as_secs(),
            "idle_after_s": request.idle_after.as_secs(),
            "full": request.full,
        });
        let mut run = Run::start(self, "audit", arguments, caller).await?;
        let mut found = None;
        match Box::pin(run.read_all(request.full, caller)).await {
            Ok((session, reading)) => {
                run.close(session).await;
                let activity = activity(&self.workspace.app.map, &reading, (self.clock)());
                let roles = self.roles();
                let question = Question {
                    roster: roster.map(|given| &given.roster),
                    scope: &self.workspace.rostered.scope,
                    roles: &roles,
                    oneself: &self.workspace.account.email,
                    stale_after: request.stale_after,
                    idle_after: request.idle_after,
                    activity: activity.as_ref(),
                    shows_invited: tells_stale(&self.workspace.app.map),
                };
                let audit = audit(&question, &reading);
                run.report.exit_code = code(&audit, &request.fail_on);
                found =
                    Some(AuditReport { roster_doubts: doubts, ..self.report_of(&audit, roster, &reading) });
            }
            Err(error) => run.failed(&error),
        }
        Ok(Audited { report: run.end().await?, found })
    }

    /// Nobody should wait for what can never come.
    fn can_be_told(&self, request: &AuditRequest) -> Result<(), Error> {
        let map = &self.workspace.app.map;
        for kind in &request.fail_on {
            let (why, hint) = match kind {
                kind if kind.needs_roster() && request.roster.is_none() => (
                    "there is no roster to tell it by",
                    "name one with --roster, or leave it out of --fail-on",
                ),
                FindingKind::IdleSeat if !shows(map, LAST_ACTIVE) => {
                    ("the console's list does not show when somebody was active", "leave it out of --fail-on")
                }
                FindingKind::StaleInvitation if !tells_stale(map) => (
                    "the console's list does not show when somebody was invited",
                    "leave it out of --fail-on, or take not_accepted",
                ),
                _ => continue,
            };
            return Err(Error::NeverTold { kind: kind.as_str(), why: why.to_owned(), hint: hint.to_owned() });
        }
        Ok(())
    }

    fn report_of(&self, audit: &Audit, roster: Option<&GivenRoster>, reading: &Reading) -> AuditReport {
        let roles = self.roles();
        let finding = |finding: &Finding| FindingReport {
            kind: finding.kind.as_str(),
            email: finding.email.as_ref().map(ToString::to_string),
            name: finding.name.clone(),
            why: finding.why.clone(),
        };
        let role = |(role, members): &(Role, usize)| RoleReport {
            role: role.id.to_string(),
            members: *members,
            seat: role.seat,
            privileged: role.privileged,
        };
        let prices = self.workspace.prices.as_ref();
        AuditReport {
            roster: roster.map(|given| given.name.clone()),
            roster_doubts: Vec::new(),
            findings: audit.findings.iter().map(finding).collect(),
            unanswered: audit
                .unanswered
                .iter()
                .map(|one| UnansweredReport {
                    kind: one.kind.as_str(),
                    reason: one.why.as_str(),
                    why: one.why.why(),
                })
                .collect(),
            roles: audit.by_role.iter().map(role).collect(),
            seats: price::seats(&reading.members, &roles),
            cost: prices.map(|prices| CostReport::of(price::standing(&reading.members, &roles, prices))),
        }
    }
}

fn code(audit: &Audit, fail_on: &[FindingKind]) -> u8 {
    if fail_on.iter().any(|kind| audit.count(*kind) > 0) {
        return exit::CHANGES_PENDING;
    }
    let is_open = fail_on.iter().any(|kind| audit.unknown(*kind).is_some());
    if is_open { Reason::ReadingUnstable.exit_code() } else { exit::DONE }
}

fn shows(map: &Map, column: &str) -> bool {
    map.areas.values().filter_map(|area| area.elements.get(column)).any(|element| element.date)
}

/// The list tells when people were invited, or at least whose invitation cannot be accepted any more.
fn tells_stale(map: &Map) -> bool {
    tells_invited(map) || map.statuses.iter().any(|(_, meanings)| meanings.contains(&StatusMeaning::Expired))
}

/// When everybody was active last, if the list shows it. A column in which nobody has anything says nothing: it may be that
/// it is not found any more.
fn activity(map: &Map, reading: &Reading, now: jiff::Timestamp) -> Option<BTreeMap<Email, Activity>> {
    let is_read = |member: &Member| member.cells.contains_key(LAST_ACTIVE);
    if !shows(map, LAST_ACTIVE) || !reading.members.iter().any(is_read) {
        return None;
    }
    let of = |member: &Member| match member.cells.get(LAST_ACTIVE) {
        None => Activity::Never,
        Some(text) => ago_at_least(text, now, &map.language).map_or(Activity::Unreadable, Activity::Ago),
    };
    Some(reading.members.iter().filter_map(|member| Some((member.email.clone()?, of(member)))).collect())
}

//! A plan as a file (D7.6): what a roster or a request comes to, written down so that it can be looked at, approved and
//! carried out later.
//!
//! What a plan is lies in its part `plan`, and the hash is over that part alone: SHA-256 over its canonical JSON (sorted
//! keys, no white space, as in the journal's chain). Nothing in it depends on the moment or on the order of rows, so the
//! same roster, list, map and policy give the same hash. When it was made and when it expires stand beside it.
//!
//! The hash is no secret: whoever can write the file can make a new one. What such a file can do is therefore decided by
//! [`crate::domain::planned`]: nothing that the planner and the guards would not do by themselves. No IO here.

mod asked_for;
mod costs;
mod parts;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::journal::chain;
use super::purpose::{GivenRequest, Purpose};
use super::report::SCHEMA_VERSION;
use super::rostering::GivenRoster;
use crate::domain::approving::Given;
use crate::domain::planned::{Condition, Planned, Seen, Terms};
use crate::domain::{Approval, Cost, Email, Member, Reading};

pub use asked_for::{AskedPart, RequestPart};
pub(crate) use costs::signed;
pub use costs::{CostPart, UnpricedPart};
pub use parts::{ActionPart, ChangePart, PersonPart, RosterPart, SeenPart};
pub(crate) use parts::{row_of, seen_part};

/// How much of a hash is shown to people, who give it back with `--override`.
const SHOWN: usize = 12;

/// A plan as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The hash over `plan`.
    pub hash: String,
    /// When it was made, RFC 3339.
    pub planned_at: String,
    /// Until when it may be carried out, RFC 3339.
    pub expires_at: String,
    /// The run that made it.
    pub run: String,
    /// What the roster was called, or the file of an import; of another request its operation.
    pub roster_file: String,
    /// The plan itself.
    pub plan: PlanPart,
    /// The content is not what the hash was made of.
    #[serde(skip)]
    is_edited: bool,
}

/// What the hash is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanPart {
    /// The workspace's name in the configuration.
    pub workspace: String,
    /// Where its console is.
    pub url: String,
    /// The account that signs in.
    pub account: String,
    /// The map, as `app/version`.
    pub console: String,
    /// SHA-256 over the map and its recordings.
    pub map_sha256: String,
    /// SHA-256 over what the configuration allows and wants.
    pub policy_sha256: String,
    /// The plan carried out last in the workspace, by its hash.
    pub after: Option<String>,
    /// SHA-256 over the list as sorted (address, roles, status).
    pub reading_sha256: String,
    /// Paid seats more (or fewer) once all is done.
    pub seat_delta: i64,
    /// What that costs a period, as it was shown; none where no prices were configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostPart>,
    /// What is to be done, in this order, and what somebody should look at.
    pub actions: Vec<ActionPart>,
    /// The people wanted, where it is made for a roster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<RosterPart>,
    /// What was asked for, where it is made for a request. It has one of the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestPart>,
}

/// Why a file is no plan, or none that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanFileError {
    /// It is not what `--out` writes.
    #[error("read the plan: it is not what --out writes: {0}")]
    NoPlan(String),
    /// It is not what `approve` writes.
    #[error("read the approval: it is not what `approve` writes: {0}")]
    NoApproval(String),
    /// A newer program wrote it.
    #[error("read the plan: it has version {found}, and this program reads up to {SCHEMA_VERSION}")]
    Newer {
        /// Its version.
        found: u64,
    },
}

impl PlanFileError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoPlan(_) => {
                "make it anew with --out, of `seatwright plan` or of the command; a plan is not edited"
                    .to_owned()
            }
            Self::NoApproval(_) => "approve the plan again: `seatwright approve PLAN`".to_owned(),
            Self::Newer { .. } => {
                "carry it out with the program that made it, or make it anew with this one".to_owned()
            }
        }
    }
}

impl PlanFile {
    /// A plan made by `run` at this moment.
    #[must_use]
    pub fn new(plan: PlanPart, run: &str, roster_file: &str, at: Timestamp, lifetime: Duration) -> Self {
        let at = in_seconds(at);
        let expires_at = at.checked_add(lifetime).unwrap_or(Timestamp::MAX);
        let value = serde_json::to_value(&plan).expect("a plan is plain data");
        Self {
            schema_version: SCHEMA_VERSION,
            hash: hash_of(&value),
            planned_at: at.to_string(),
            expires_at: expires_at.to_string(),
            run: run.to_owned(),
            roster_file: roster_file.to_owned(),
            plan,
            is_edited: false,
        }
    }

    /// Reads what a file holds. That it was edited is no error here: [`Terms::objections`] says it with everything else.
    ///
    /// # Errors
    /// No JSON, not a plan, an address or a role that is none, a newer version.
    pub fn read(content: &[u8]) -> Result<Self, PlanFileError> {
        let no_plan = |why: String| PlanFileError::NoPlan(why);
        let value: Value = serde_json::from_slice(content).map_err(|error| no_plan(error.to_string()))?;
        let version = value["schema_version"].as_u64();
        if let Some(found) = version.filter(|found| *found > u64::from(SCHEMA_VERSION)) {
            return Err(PlanFileError::Newer { found });
        }
        let hash = hash_of(&value["plan"]);
        let mut file: Self = serde_json::from_value(value).map_err(|error| no_plan(error.to_string()))?;
        file.is_edited = file.hash != hash;
        for time in [&file.planned_at, &file.expires_at] {
            time.parse::<Timestamp>().map_err(|_| no_plan(format!("{time:?} is no moment")))?;
        }
        file.purpose()?;
        file.planned()?;
        file.cost()?;
        Ok(file)
    }

    /// Its content is not what its hash was made of.
    #[must_use]
    pub fn is_edited(&self) -> bool {
        self.is_edited
    }

    /// The file's content.
    #[must_use]
    pub fn content(&self) -> Vec<u8> {
        let mut content = serde_json::to_vec_pretty(self).expect("a plan is plain data");
        content.push(b'\n');
        content
    }

    /// The beginning of the hash, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        self.hash.get(..SHOWN).unwrap_or(&self.hash)
    }

    /// What it was made under.
    #[must_use]
    pub fn terms(&self) -> Terms {
        let plan = &self.plan;
        Terms {
            workspace: plan.workspace.clone(),
            url: plan.url.clone(),
            account: plan.account.clone(),
            map: format!("{} {}", plan.console, plan.map_sha256),
            policy: plan.policy_sha256.clone(),
            after: plan.after.clone(),
        }
    }

    /// How it stands at this moment.
    #[must_use]
    pub fn condition(&self, now: Timestamp, lifetime: Duration) -> Condition {
        // It was read as a moment; what is none has no time left.
        let expires = self.expires_at.parse::<Timestamp>().unwrap_or(Timestamp::MIN);
        Condition {
            is_edited: self.is_edited,
            seconds_left: expires.duration_since(now).as_secs(),
            lifetime_s: i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX),
        }
    }

    /// What it is made for.
    ///
    /// # Errors
    /// An address, a state or an operation that is none; a roster and a request, or neither.
    pub(super) fn purpose(&self) -> Result<Purpose<'static>, PlanFileError> {
        let name = self.roster_file.clone();
        let purpose = match (&self.plan.roster, &self.plan.request) {
            (Some(part), None) => part.people().map(|roster| {
                let written_at = part.written_at.as_ref().and_then(|at| at.parse().ok());
                let given = GivenRoster { roster, name, sha256: self.hash.clone(), written_at };
                Purpose::Roster(Cow::Owned(given))
            }),
            (None, Some(part)) => {
                part.request().map(|request| Purpose::Request(Cow::Owned(GivenRequest { request, name })))
            }
            _ => Err("it has to have either a roster or a request".to_owned()),
        };
        purpose.map_err(PlanFileError::NoPlan)
    }

    /// The changes, in their order.
    ///
    /// # Errors
    /// A change that is none, or two for one person.
    pub fn planned(&self) -> Result<Vec<Planned>, PlanFileError> {
        let planned = self.plan.actions.iter().filter_map(|action| action.planned().transpose());
        let planned: Vec<Planned> = planned.collect::<Result<_, _>>().map_err(PlanFileError::NoPlan)?;
        let mut people = BTreeSet::new();
        match planned.iter().find(|planned| !people.insert(planned.change.email())) {
            Some(twice) => {
                Err(PlanFileError::NoPlan(format!("it has two changes for {}", twice.change.email())))
            }
            None => Ok(planned),
        }
    }

    /// What it was shown to cost; `None` where no prices were configured.
    ///
    /// # Errors
    /// An amount that is none.
    pub fn cost(&self) -> Result<Option<Cost>, PlanFileError> {
        self.plan.cost.as_ref().map(CostPart::read).transpose().map_err(PlanFileError::NoPlan)
    }

    /// Whose changes have to be approved, and why, in their order.
    pub fn to_approve(&self) -> impl Iterator<Item = (&ActionPart, Approval)> {
        let class = |action: &ActionPart| Approval::parse(action.approval.as_deref()?);
        self.plan.actions.iter().filter_map(move |action| Some((action, class(action)?)))
    }

    /// How many changes it makes.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.plan.actions.iter().filter(|action| action.change.is_some()).count()
    }
}

/// People read it.
fn in_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The hash over a part of a file.
fn hash_of(value: &Value) -> String {
    chain::sha256(chain::canonical(value))
}

/// The hash over a list: who is in it, with which roles and status, in whatever order.
pub(crate) fn hash_of_reading(reading: &Reading) -> String {
    let mut shown: BTreeMap<&Email, Option<&Member>> = BTreeMap::new();
    for member in reading.members.iter() {
        let Some(email) = &member.email else { continue };
        let one = (!reading.ambiguous.contains(email)).then_some(member);
        shown.entry(email).and_modify(|known| *known = None).or_insert(one);
    }
    let row = |(email, member): (&Email, Option<&Member>)| {
        let seen = seen_part(&member.map_or(Seen::Twice, Seen::by));
        chain::canonical(&json!([email.as_str(), seen]))
    };
    let rows: Vec<String> = shown.into_iter().map(row).collect();
    chain::sha256(rows.join("\n"))
}

/// Somebody's word that these changes of a plan shall be made (D7.7). In this form it is written down and proves nothing:
/// whoever can write the file can write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalFile {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// `recorded`: not proof of anything.
    pub form: String,
    /// The plan, by its whole hash.
    pub plan: String,
    /// Whose changes, and why they had to be approved.
    pub items: Vec<ApprovedPart>,
    /// The user of the operating system.
    pub approver: String,
    /// When, RFC 3339.
    pub approved_at: String,
    /// Until when it counts: as long as the plan.
    pub expires_at: String,
}

/// A change that is approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovedPart {
    /// The address.
    pub email: String,
    /// The change in words.
    pub change: String,
    /// Why it had to be approved.
    pub approval: String,
}

impl ApprovalFile {
    /// The form there is.
    pub const RECORDED: &str = "recorded";

    /// Of all that has to be approved in a plan.
    #[must_use]
    pub fn of(plan: &PlanFile, approver: &str, at: Timestamp) -> Self {
        let part = |(action, class): (&ActionPart, Approval)| ApprovedPart {
            email: action.email.clone(),
            change: action.words(),
            approval: class.as_str().to_owned(),
        };
        Self {
            schema_version: SCHEMA_VERSION,
            form: Self::RECORDED.to_owned(),
            plan: plan.hash.clone(),
            items: plan.to_approve().map(part).collect(),
            approver: approver.to_owned(),
            approved_at: in_seconds(at).to_string(),
            expires_at: plan.expires_at.clone(),
        }
    }

    /// What it says, in the words of the domain.
    #[must_use]
    pub fn given(&self) -> Given {
        let item =
            |item: &ApprovedPart| [&item.email, &item.change, &item.approval].map(|text| (*text).clone());
        Given {
            plan: self.plan.clone(),
            items: self.items.iter().map(item).collect(),
            approver: self.approver.clone(),
            at: self.approved_at.clone(),
        }
    }

    /// Reads what a file holds.
    ///
    /// # Errors
    /// No JSON, or no approval.
    pub fn read(content: &[u8]) -> Result<Self, PlanFileError> {
        serde_json::from_slice(content).map_err(|error| PlanFileError::NoApproval(error.to_string()))
    }

    /// The file's content.
    #[must_use]
    pub fn content(&self) -> Vec<u8> {
        let mut content = serde_json::to_vec_pretty(self).expect("an approval is plain data");
        content.push(b'\n');
        content
    }

    /// Whom it approves something about in this plan at this moment, or why it approves nothing.
    ///
    /// # Errors
    /// It is for another plan, of another form, or has expired: in words.
    pub fn people(&self, plan: &PlanFile, now: Timestamp) -> Result<BTreeSet<Email>, String> {
        if self.plan != plan.hash {
            return Err(format!(
                "the approval is for another plan, {}",
                self.plan.get(..SHOWN).unwrap_or(&self.plan)
            ));
        }
        if self.form != Self::RECORDED {
            return Err(format!("the approval is of a form this program does not know, {:?}", self.form));
        }
        let expires: Timestamp =
            self.expires_at.parse().map_err(|_| format!("{:?} is no moment", self.expires_at))?;
        if expires <= now {
            return Err(format!("the approval has expired on {}", self.expires_at));
        }
        Ok(self.items.iter().filter_map(|item| Email::parse(&item.email).ok()).collect())
    }
}

//! [`plan`]: a request and a reading become the changes to make, and everything that is settled without one.

use super::change::Change;
use super::email::Email;
use super::guard::{self, Refusal};
use super::outcome::Outcome;
use super::policy::{History, Policy};
use super::reading::Reading;
use super::request::Request;
use super::role::Role;

/// What is to be done about a request. With any refusal nothing of it may be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The changes, in the order of the request.
    pub changes: Vec<Change>,
    /// The people nothing is done about, and why, in the order of the request.
    pub settled: Vec<(Email, Outcome)>,
    /// What the guards say no to.
    pub refusals: Vec<Refusal>,
    /// How many paid seats the workspace uses more (or fewer) afterwards.
    pub seat_delta: i64,
}

/// Plans a request on a reading. Pure: the same arguments give the same plan.
#[must_use]
pub fn plan(
    request: &Request,
    reading: &Reading,
    roles: &[Role],
    policy: &Policy,
    history: History,
    oneself: &Email,
) -> Plan {
    let _ = request;
    let changes = Vec::new();
    let refusals = guard::check(&changes, reading, roles, policy, history, oneself);
    Plan { changes, settled: Vec::new(), refusals, seat_delta: 0 }
}

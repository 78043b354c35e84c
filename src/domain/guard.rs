//! The guards (D7.4): what no plan may do, on whatever path it came. All refusals are given at once.

use std::fmt;

use super::change::Change;
use super::email::Email;
use super::policy::{History, Policy};
use super::reading::Reading;
use super::role::Role;

/// A rule that can forbid a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// The person is protected by the policy.
    Protected,
    /// It is the account the program itself signs in with.
    Oneself,
    /// Nobody privileged would be left.
    LastPrivileged,
    /// More than one row carries the address.
    Ambiguous,
    /// The list is not proven, and the person is privileged or may be.
    Unproven,
    /// Too many removals, deactivations and demotions.
    Removals,
    /// Too many new paid seats.
    NewSeats,
    /// Too many privileged roles given.
    PrivilegedGrants,
    /// More paid seats than the workspace may use.
    SeatCap,
    /// Too many changes failed.
    Failures,
}

impl Guard {
    /// The word of reports and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::Oneself => "oneself",
            Self::LastPrivileged => "last_privileged",
            Self::Ambiguous => "ambiguous",
            Self::Unproven => "unproven",
            Self::Removals => "removals",
            Self::NewSeats => "new_seats",
            Self::PrivilegedGrants => "privileged_grants",
            Self::SeatCap => "seat_cap",
            Self::Failures => "failures",
        }
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a guard says no to, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Whom it is about; `None` for a limit on the whole plan.
    pub email: Option<Email>,
    /// The rule.
    pub guard: Guard,
    /// What was asked, with the figures.
    pub message: String,
    /// What a person does next.
    pub hint: String,
}

/// What a change counts as, against the rolling limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// A removal, a deactivation or a demotion.
    pub removal: bool,
    /// A paid seat more.
    pub new_seat: bool,
    /// A privileged role given.
    pub privileged: bool,
}

/// What a change counts as. What is unknown about a person counts as the worse of the two.
#[must_use]
pub fn counts(change: &Change, reading: &Reading, roles: &[Role]) -> Counts {
    let _ = (change, reading, roles);
    Counts::default()
}

/// Every reason why these changes may not be made, all at once; with any, none of them is.
#[must_use]
pub fn check(
    changes: &[Change],
    reading: &Reading,
    roles: &[Role],
    policy: &Policy,
    history: History,
    oneself: &Email,
) -> Vec<Refusal> {
    let _ = (changes, reading, roles, policy, history, oneself);
    Vec::new()
}

//! A person of the workspace, what the page may ask to change about them, and how lists are sorted.

use std::cmp::Ordering;

use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// What somebody may do; the order is that of the console's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Role {
    Admin,
    Author,
    Learner,
}

impl Role {
    pub(crate) fn takes_seat(self) -> bool {
        self != Role::Learner
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) enum Status {
    Active,
    Pending,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) status: Status,
    /// None: never signed in.
    pub(crate) last_active: Option<Timestamp>,
    pub(crate) invited_at: Option<Timestamp>,
}

/// Somebody as a test wants them: active, and a Learner unless it says otherwise.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) role: Option<Role>,
}

/// A change of the membership that the page asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Write {
    Invite { email: String, role: Role },
    ChangeRole { id: String, role: Role },
    Remove { id: String },
    Resend { id: String },
    CancelInvite { id: String },
}

/// Why the server does not do what the page asks for: HTTP status and the sentence shown to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
}

/// By which column a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SortBy {
    #[default]
    Name,
    Email,
    Role,
    Status,
    LastActive,
}

impl SortBy {
    pub(crate) fn compare(self, one: &Person, other: &Person) -> Ordering {
        match self {
            SortBy::Name => one.name.to_lowercase().cmp(&other.name.to_lowercase()),
            SortBy::Email => one.email.cmp(&other.email),
            SortBy::Role => one.role.cmp(&other.role),
            SortBy::Status => one.status.cmp(&other.status),
            SortBy::LastActive => one.last_active.map(date).cmp(&other.last_active.map(date)),
        }
    }
}

/// The date in UTC, as 2026-03-09.
pub(crate) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// When the next invoice is due.
pub(crate) fn renewal(now: Timestamp) -> String {
    date(now.checked_add((24 * 19).hours()).unwrap_or(now))
}

//! A person of the workspace, what the page may ask to change about them, and how lists are sorted.

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
    pub(crate) const ALL: [Role; 3] = [Role::Admin, Role::Author, Role::Learner];

    pub(crate) fn takes_seat(self) -> bool {
        self != Role::Learner
    }

    /// As the console shows it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Role::Admin => "Admin",
            Role::Author => "Author",
            Role::Learner => "Learner",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) enum Status {
    Active,
    Pending,
    /// Invited, and the link in the mail no longer works.
    Expired,
}

impl Status {
    /// As the console shows it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Status::Active => "Active",
            Status::Pending => "Pending",
            Status::Expired => "Expired",
        }
    }
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

/// Somebody as a test wants them: active, and a Learner unless it says otherwise; active last so many days ago.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) role: Option<Role>,
    #[serde(default)]
    pub(crate) pending: bool,
    pub(crate) idle_days: Option<u32>,
}

/// A change of the membership that the page asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Write {
    Invite {
        email: String,
        role: Role,
    },
    /// Everybody of an uploaded file who can be invited.
    Import {
        id: String,
    },
    ChangeRole {
        id: String,
        role: Role,
    },
    Remove {
        id: String,
    },
    Resend {
        id: String,
    },
    CancelInvite {
        id: String,
    },
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
    /// What people are put in order by: a number, then words. Made once for each, as there may be thousands.
    pub(crate) fn key(self, person: &Person) -> (i64, String) {
        let number = |number: i64| (number, String::new());
        match self {
            SortBy::Name => (0, person.name.to_lowercase()),
            SortBy::Email => (0, person.email.clone()),
            SortBy::Role => number(person.role as i64),
            SortBy::Status => number(person.status as i64),
            SortBy::LastActive => number(person.last_active.map_or(i64::MIN, day)),
        }
    }
}

/// The number of the day in UTC; two moments with the same number have the same date.
fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(24 * 3600)
}

/// The date in UTC, as 2026-03-09.
pub(crate) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// When the next invoice is due.
pub(crate) fn renewal(now: Timestamp) -> String {
    date(now.checked_add((24 * 19).hours()).unwrap_or(now))
}

/// The address as it is kept and compared.
pub(crate) fn normal(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Whether the console takes this for an address.
pub(crate) fn looks_like_address(email: &str) -> bool {
    let email = email.trim();
    let whole = !email.contains(char::is_whitespace) && email.matches('@').count() == 1;
    // `.invalid` is reserved and has no mail (RFC 2606): products that look a domain up refuse it.
    let domain_ok = |domain: &str| {
        let ends = [".", ".invalid"].iter().any(|end| domain.ends_with(end));
        domain.contains('.') && !domain.starts_with('.') && !ends
    };
    whole && email.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain_ok(domain))
}

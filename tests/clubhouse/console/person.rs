//! A person of the club, and what a form may ask to change about them.

use jiff::Timestamp;
use serde::Serialize;

/// What somebody is in the club, the most powerful first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Role {
    Captain,
    Mate,
    Deckhand,
}

impl Role {
    pub(crate) const ALL: [Self; 3] = [Self::Captain, Self::Mate, Self::Deckhand];

    /// As forms and addresses have it.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Captain => "captain",
            Self::Mate => "mate",
            Self::Deckhand => "deckhand",
        }
    }

    /// As pages have it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Captain => "Captain",
            Self::Mate => "Mate",
            Self::Deckhand => "Deckhand",
        }
    }

    /// What it allows, in a line.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Captain => "Runs the club: crew, berths and money",
            Self::Mate => "Plans outings and keeps the log",
            Self::Deckhand => "Signs up for outings; sails free",
        }
    }

    pub(crate) fn takes_berth(self) -> bool {
        self != Self::Deckhand
    }

    pub(crate) fn of(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.slug() == slug)
    }
}

/// Whether somebody has access. It is told by the same words as the other practice console tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Standing {
    #[serde(rename = "Active")]
    Aboard,
    #[serde(rename = "Pending")]
    Awaiting,
    #[serde(rename = "Deactivated")]
    Ashore,
}

/// Why people are put ashore: what the form stores, and what it shows.
pub(crate) const REASONS: [(&str, &str); 4] = [
    ("season", "The season is over"),
    ("left", "Left the club"),
    ("dues", "Dues not paid"),
    ("other", "Something else"),
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) id: u32,
    pub(crate) email: String,
    /// Empty until an invitation is accepted.
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) standing: Standing,
    /// When they joined, or were invited.
    pub(crate) since: Timestamp,
    pub(crate) last_aboard: Option<Timestamp>,
    /// Why they are ashore: one of [`REASONS`].
    pub(crate) reason: Option<&'static str>,
}

impl Person {
    /// What stands where the name does.
    pub(crate) fn shown(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }

    pub(crate) fn takes_berth(&self) -> bool {
        self.role.takes_berth() && self.standing != Standing::Ashore
    }
}

/// A change of the crew that a form asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Write {
    Invite { email: String, role: Role },
    CallAgain { id: u32 },
    Withdraw { id: u32 },
    ChangeRole { id: u32, role: Role },
    PutAshore { id: u32, reason: &'static str },
    BringAboard { id: u32 },
    StrikeOff { id: u32 },
}

//! [`Member`]: one person as a console's list shows them, with "unknown" kept apart from "none".

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use super::email::Email;

/// One row of a reading. A `None` is something unknown: not shown, or a word the map does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// The address; `None` for a row without one, which is listed and never touched.
    pub email: Option<Email>,
    /// The name as shown.
    pub name: Option<String>,
    /// Every role held. One word the map does not know makes the whole set unknown.
    pub roles: Option<BTreeSet<RoleId>>,
    /// What the console says of the person's state.
    pub status: Option<Status>,
    /// How long ago they were invited, at least.
    pub invited_for: Option<Duration>,
    /// Every column as read, by its name in the map.
    pub cells: BTreeMap<String, String>,
}

impl Member {
    /// This very text stands in a column, without looking at case.
    #[must_use]
    pub fn has(&self, column: &str, text: &str) -> bool {
        self.cells.get(column).is_some_and(|cell| cell.trim().eq_ignore_ascii_case(text.trim()))
    }

    /// The status is known and can only mean one of these.
    #[must_use]
    pub fn is_only(&self, meanings: &[StatusMeaning]) -> bool {
        self.status.as_ref().is_some_and(|status| status.is_only(meanings))
    }
}

/// The name of a role in the selector map, for instance `collaborator`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleId(String);

impl RoleId {
    /// A role by the name the map gives it.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a status word may mean: more than one where the console uses one word for two things ("inactive" for
/// invited and for deactivated, say).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status(pub BTreeSet<StatusMeaning>);

impl Status {
    /// It can mean nothing but these.
    #[must_use]
    pub fn is_only(&self, meanings: &[StatusMeaning]) -> bool {
        !self.0.is_empty() && self.0.iter().all(|meaning| meanings.contains(meaning))
    }
}

impl From<StatusMeaning> for Status {
    fn from(meaning: StatusMeaning) -> Self {
        Self(BTreeSet::from([meaning]))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.0.iter().map(|meaning| meaning.as_str()).collect();
        f.write_str(&words.join(" or "))
    }
}

/// A state a person can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusMeaning {
    /// Has access.
    Active,
    /// Was invited and has not accepted yet.
    Invited,
    /// Was invited; the invitation can no longer be accepted.
    Expired,
    /// Is kept in the list without access.
    Deactivated,
    /// Is gone, and the list still says so.
    Removed,
}

impl StatusMeaning {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Active, Self::Invited, Self::Expired, Self::Deactivated, Self::Removed];

    /// The word used in maps, JSON and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Invited => "invited",
            Self::Expired => "expired",
            Self::Deactivated => "deactivated",
            Self::Removed => "removed",
        }
    }

    /// The meaning of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|meaning| meaning.as_str() == word)
    }
}

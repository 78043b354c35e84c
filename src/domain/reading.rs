//! [`Reading`]: the members as read at one moment, with what is known of its completeness.

use std::collections::BTreeSet;
use std::fmt;

use super::email::Email;
use super::member::Member;
use super::members::Members;

/// How well a list is proven to be complete (D7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// The total the console shows equals the rows read, twice.
    Total,
    /// The last page was reached, twice, with the same people.
    End,
    /// Not proven: nothing may be concluded from somebody's absence.
    None,
}

impl Grade {
    /// The word of reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::End => "end",
            Self::None => "none",
        }
    }

    /// The list is complete.
    #[must_use]
    pub fn is_proven(self) -> bool {
        self != Self::None
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The members of a workspace as read at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Every row, those without an address included.
    pub members: Members,
    /// How well the list is proven.
    pub grade: Grade,
    /// Why the grade is `none`, in words for people.
    pub unproven: Option<String>,
    /// The total the console displays.
    pub total: Option<u64>,
    /// How many of the rows have no address.
    pub without_address: usize,
    /// Addresses that more than one row carries.
    pub ambiguous: BTreeSet<Email>,
}

/// What a reading knows of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// Exactly one row.
    One(&'a Member),
    /// No row. Only a proven reading makes this mean "not a member".
    No,
    /// More than one row: ambiguous, and never acted on.
    Many,
}

impl Reading {
    /// Looks an address up.
    #[must_use]
    pub fn find(&self, email: &Email) -> Found<'_> {
        if self.ambiguous.contains(email) {
            return Found::Many;
        }
        self.members.find(email)
    }

    /// Looks up who has this text in a column that need not be different for everybody.
    #[must_use]
    pub fn find_by(&self, column: &str, text: &str) -> Found<'_> {
        let mut rows = self.members.iter().filter(|member| member.has(column, text));
        match (rows.next(), rows.next()) {
            (None, _) => Found::No,
            (Some(member), None) => Found::One(member),
            (Some(_), Some(_)) => Found::Many,
        }
    }

    /// Completes the one row of somebody by what their own page shows.
    pub fn complete(&mut self, closer: Member) {
        if closer.email.as_ref().is_some_and(|email| matches!(self.find(email), Found::One(_))) {
            self.members.replace(closer);
        }
    }

    /// How many rows were read.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.members.len()
    }
}

//! [`Reading`]: the members as read at one moment, with what is known of its completeness.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::email::Email;
use super::member::Member;

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
    pub members: Vec<Member>,
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

/// A reading by address, for whoever looks everybody up: as [`Reading::find`], and no search each time.
#[derive(Clone, Debug)]
pub struct Index<'a>(BTreeMap<&'a Email, Found<'a>>);

impl<'a> Index<'a> {
    /// Looks an address up.
    #[must_use]
    pub fn find(&self, email: &Email) -> Found<'a> {
        self.0.get(email).copied().unwrap_or(Found::No)
    }
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
        let mut rows = self.members.iter().filter(|member| member.email.as_ref() == Some(email));
        match (rows.next(), rows.next()) {
            (None, _) => Found::No,
            (Some(member), None) => Found::One(member),
            (Some(_), Some(_)) => Found::Many,
        }
    }

    /// The same for many.
    #[must_use]
    pub fn index(&self) -> Index<'_> {
        let mut found = BTreeMap::new();
        for (email, member) in self.members.iter().filter_map(|member| Some((member.email.as_ref()?, member)))
        {
            found.entry(email).and_modify(|known| *known = Found::Many).or_insert(Found::One(member));
        }
        found.extend(self.ambiguous.iter().map(|email| (email, Found::Many)));
        Index(found)
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

    /// The one row of somebody, to be completed by what their own page shows.
    pub fn one_mut(&mut self, email: &Email) -> Option<&mut Member> {
        if !matches!(self.find(email), Found::One(_)) {
            return None;
        }
        self.members.iter_mut().find(|member| member.email.as_ref() == Some(email))
    }

    /// How many rows were read.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.members.len()
    }
}

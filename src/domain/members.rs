//! [`Members`]: the rows of a list, in their order, each found by its address at once.

use std::collections::BTreeMap;
use std::ops::Deref;

use super::email::Email;
use super::member::Member;
use super::reading::Found;

/// Rows as they were read, those without an address included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    rows: Vec<Member>,
    /// Where the row of an address is; `None` where several carry it.
    places: BTreeMap<Email, Option<usize>>,
}

impl Members {
    /// Looks an address up.
    #[must_use]
    pub fn find(&self, email: &Email) -> Found<'_> {
        match self.places.get(email) {
            None => Found::No,
            Some(None) => Found::Many,
            Some(Some(at)) => Found::One(&self.rows[*at]),
        }
    }

    /// Changes the rows in whatever way.
    pub fn change<T>(&mut self, how: impl FnOnce(&mut Vec<Member>) -> T) -> T {
        let mut rows = std::mem::take(&mut self.rows);
        let done = how(&mut rows);
        *self = rows.into();
        done
    }

    /// Puts this row in the place of the one of its address, if there is just one.
    pub fn replace(&mut self, member: Member) {
        let place = member.email.as_ref().and_then(|email| self.places.get(email).copied().flatten());
        if let Some(at) = place {
            self.rows[at] = member;
        }
    }
}

impl From<Vec<Member>> for Members {
    fn from(rows: Vec<Member>) -> Self {
        let mut places = BTreeMap::new();
        for (at, member) in rows.iter().enumerate() {
            if let Some(email) = &member.email {
                places.entry(email.clone()).and_modify(|place| *place = None).or_insert(Some(at));
            }
        }
        Self { rows, places }
    }
}

impl Deref for Members {
    type Target = [Member];

    fn deref(&self) -> &[Member] {
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::StatusMeaning::{Active, Invited};
    use crate::domain::tests::{email, member};

    #[test]
    fn a_row_is_found_where_it_is_after_any_change() {
        let (ann, bo) = (member("ann", "editor", Active), member("bo", "editor", Active));
        let mut members = Members::from(vec![Member::default(), ann.clone(), bo.clone(), bo.clone()]);
        assert_eq!(members.find(&email("ann")), Found::One(&ann));
        assert_eq!((members.find(&email("bo")), members.find(&email("cy"))), (Found::Many, Found::No));
        members.change(|rows| rows.remove(2));
        assert_eq!(members.find(&email("bo")), Found::One(&bo));
        members.change(|rows| rows.swap(0, 2));
        assert_eq!(
            (members.find(&email("bo")), members[0].email.as_ref()),
            (Found::One(&bo), Some(&email("bo")))
        );
        let invited = member("ann", "viewer", Invited);
        members.replace(invited.clone());
        members.replace(member("cy", "viewer", Invited));
        assert_eq!((members.find(&email("ann")), members.len()), (Found::One(&invited), 3));
    }
}

//! [`Roster`]: the people a workspace shall have, as somebody else's list tells it, and whether that list can be believed.

use std::collections::BTreeMap;

use super::email::Email;
use super::member::RoleId;

/// The people wanted. The key is the address; whoever stands in it twice is known to be there, and nothing more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    people: BTreeMap<Email, Option<Wanted>>,
}

/// One person as the roster has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The address.
    pub email: Email,
    /// The role they shall have; `None` where the roster does not say: a member keeps theirs then.
    pub role: Option<RoleId>,
    /// What they are called.
    pub name: Option<String>,
    /// Whether they shall have access.
    pub state: Presence,
    /// The address they had before.
    pub previous_email: Option<Email>,
}

/// Whether somebody shall have access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// Shall have it.
    Active,
    /// Shall not have it for now, and comes back.
    Suspended,
    /// Has left.
    Left,
}

impl Presence {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Active, Self::Suspended, Self::Left];

    /// The word of plans and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Left => "left",
        }
    }
}

/// What a roster says of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed<'a> {
    /// It is in one row.
    Once(&'a Wanted),
    /// It is in none.
    No,
    /// It is in several: nobody knows which is meant.
    Twice,
}

impl Roster {
    /// Of these rows.
    pub fn new(rows: impl IntoIterator<Item = Wanted>) -> Self {
        let mut people = BTreeMap::new();
        for wanted in rows {
            let email = wanted.email.clone();
            people.entry(email).and_modify(|known| *known = None).or_insert(Some(wanted));
        }
        Self { people }
    }

    /// Looks an address up.
    #[must_use]
    pub fn find(&self, email: &Email) -> Listed<'_> {
        match self.people.get(email) {
            Some(Some(wanted)) => Listed::Once(wanted),
            Some(None) => Listed::Twice,
            None => Listed::No,
        }
    }

    /// Every address in it, once.
    pub fn emails(&self) -> impl Iterator<Item = &Email> {
        self.people.keys()
    }

    /// Everybody who stands in it once.
    pub fn people(&self) -> impl Iterator<Item = &Wanted> {
        self.people.values().flatten()
    }

    /// How many addresses it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Nobody is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// Who shall have access, now or again.
    #[must_use]
    pub fn staying(&self) -> usize {
        let stays =
            |wanted: &&Option<Wanted>| wanted.as_ref().is_none_or(|wanted| wanted.state != Presence::Left);
        self.people.values().filter(stays).count()
    }
}

/// What must hold of a roster before anybody loses something because of it (D7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RosterRules {
    /// The oldest it may be, in hours; 36.
    pub max_age_hours: u32,
    /// How much smaller than the last applied one it may be, in percent; 20.
    pub max_shrink_percent: u32,
}

impl Default for RosterRules {
    fn default() -> Self {
        Self { max_age_hours: 36, max_shrink_percent: 20 }
    }
}

/// Where a roster comes from, as far as that says whether it can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RosterFacts {
    /// How old it is, in hours; `None` where nobody knows, a list that comes through a pipe for instance.
    pub age_hours: Option<u64>,
    /// How many people the last applied one had; `None` where none was applied yet.
    pub before: Option<usize>,
}

impl RosterRules {
    /// Everything that speaks against the roster, in words with the figures.
    #[must_use]
    pub fn doubts(&self, roster: &Roster, facts: &RosterFacts) -> Vec<String> {
        let mut doubts = Vec::new();
        let staying = roster.staying();
        if staying == 0 {
            doubts.push("it has nobody who shall have access".to_owned());
        }
        if let Some(age) = facts.age_hours.filter(|age| *age > u64::from(self.max_age_hours)) {
            doubts.push(format!("it is {age} hours old, and may be {}", self.max_age_hours));
        }
        if let Some(before) = facts.before {
            // The share is rounded down: of fewer than five nobody may be missing.
            let least = before.saturating_sub(before * self.max_shrink_percent.min(100) as usize / 100);
            if staying < least {
                doubts.push(format!(
                    "it has {staying} people and the last one had {before}: it may shrink by {} %, to {least}",
                    self.max_shrink_percent
                ));
            }
        }
        doubts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tests::email;

    fn wanted(name: &str, state: Presence) -> Wanted {
        Wanted { email: email(name), role: None, name: None, state, previous_email: None }
    }

    fn roster(people: usize) -> Roster {
        Roster::new((0..people).map(|number| wanted(&format!("p{number}"), Presence::Active)))
    }

    #[test]
    fn who_stands_in_it_twice_is_only_known_to_be_there() {
        let roster = Roster::new([
            wanted("ann", Presence::Active),
            wanted("bo", Presence::Active),
            wanted("ann", Presence::Left),
        ]);
        assert_eq!(roster.find(&email("ann")), Listed::Twice);
        assert_eq!(roster.find(&email("bo")), Listed::Once(&wanted("bo", Presence::Active)));
        assert_eq!(roster.find(&email("cy")), Listed::No);
        assert_eq!((roster.len(), roster.staying(), roster.people().count()), (2, 2, 1));
    }

    #[test]
    fn a_roster_is_doubted_for_its_age_and_its_size() {
        let rules = RosterRules::default();
        let check = |people, age_hours, before, expected: &[&str]| {
            let doubts = rules.doubts(&roster(people), &RosterFacts { age_hours, before });
            assert_eq!(doubts.len(), expected.len(), "{doubts:?}");
            for (doubt, expected) in doubts.iter().zip(expected) {
                assert!(doubt.contains(expected), "{doubt}");
            }
        };
        check(10, Some(36), Some(12), &[]);
        check(10, None, None, &[]);
        check(10, Some(37), Some(10), &["37 hours old, and may be 36"]);
        check(0, Some(0), None, &["nobody who shall have access"]);
        check(80, Some(0), Some(100), &[]);
        check(79, Some(0), Some(100), &["79 people and the last one had 100: it may shrink by 20 %, to 80"]);
        check(3, None, Some(4), &["3 people and the last one had 4"]);
        check(4, None, Some(5), &[]);
        check(0, Some(72), Some(10), &["nobody", "72 hours", "0 people"]);
    }

    #[test]
    fn who_left_does_not_keep_a_roster_from_shrinking() {
        let all = (0..10).map(|number| {
            wanted(&format!("p{number}"), if number < 5 { Presence::Left } else { Presence::Active })
        });
        let facts = RosterFacts { age_hours: None, before: Some(10) };
        assert_eq!(RosterRules::default().doubts(&Roster::new(all), &facts).len(), 1);
    }
}

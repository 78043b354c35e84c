//! [`When`]: the cases a recording is for (F15); and [`Case`]: one person at one moment, to be held against them.
//!
//! Some consoles remove an administrator in another way than a member, or somebody invited in another way than somebody
//! who joined. Then an operation has several recordings, no two for the same case, and what no case covers cannot be done.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::domain::{RoleId, Status, StatusMeaning};

use super::node::Node;
use super::reader::Table;

/// The cases a recording is for. What it says nothing of may be anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// Every role of the person is one of these.
    pub roles: Option<Vec<RoleId>>,
    /// The person's status can mean nothing but these.
    pub statuses: Option<Vec<StatusMeaning>>,
    /// The customer decided so, by the name of the choice.
    pub choices: BTreeMap<String, Vec<String>>,
}

/// One person at one moment, and what the customer decided.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The roles they have, or the one they are to be invited with; `None` where unknown.
    pub roles: Option<&'a BTreeSet<RoleId>>,
    /// Their status; `None` where unknown, and for somebody who is not in the list.
    pub status: Option<&'a Status>,
    /// The decisions of the customer, by the name of the choice.
    pub choices: &'a BTreeMap<String, String>,
}

impl When {
    /// The person is beyond doubt one of these: of several roles, and of several meanings of a status, all are among
    /// them, and what is unknown is not.
    #[must_use]
    pub fn covers(&self, case: &Case<'_>) -> bool {
        let roles = self.roles.as_ref().is_none_or(|these| {
            case.roles.is_some_and(|held| !held.is_empty() && held.iter().all(|role| these.contains(role)))
        });
        let status = self
            .statuses
            .as_ref()
            .is_none_or(|these| case.status.is_some_and(|status| status.is_only(these)));
        let decided = |name: &String, these: &Vec<String>| {
            case.choices.get(name).is_some_and(|value| these.contains(value))
        };
        roles && status && self.choices.iter().all(|(name, these)| decided(name, these))
    }

    /// What the customer decided so far, and the role somebody is invited with if that is known, do not rule it out.
    #[must_use]
    pub fn may_cover(&self, invited_as: Option<&RoleId>, choices: &BTreeMap<String, String>) -> bool {
        let role = |role: &RoleId| self.roles.as_ref().is_none_or(|these| these.contains(role));
        let open = |(name, these): (&String, &Vec<String>)| {
            choices.get(name).is_none_or(|value| these.contains(value))
        };
        invited_as.is_none_or(role) && self.choices.iter().all(open)
    }

    /// The cases that are in both, if there can be any.
    pub(super) fn overlap(&self, other: &Self) -> Option<Self> {
        let mut choices = self.choices.clone();
        for (name, theirs) in &other.choices {
            let these = match choices.get(name) {
                Some(ours) => common(ours, theirs)?,
                None => theirs.clone(),
            };
            choices.insert(name.clone(), these);
        }
        Some(Self {
            roles: common_or_any(&self.roles, &other.roles)?,
            statuses: common_or_any(&self.statuses, &other.statuses)?,
            choices,
        })
    }
}

fn common<T: Clone + PartialEq>(one: &[T], other: &[T]) -> Option<Vec<T>> {
    let both: Vec<T> = one.iter().filter(|item| other.contains(item)).cloned().collect();
    (!both.is_empty()).then_some(both)
}

/// The outer `None`: nothing is in both. The inner one: neither says anything.
fn common_or_any<T: Clone + PartialEq>(
    one: &Option<Vec<T>>,
    other: &Option<Vec<T>>,
) -> Option<Option<Vec<T>>> {
    match (one, other) {
        (Some(one), Some(other)) => common(one, other).map(Some),
        (one, other) => Some(one.clone().or_else(|| other.clone())),
    }
}

/// `role admin or author, status invited, files = keep`; "anybody" where it says nothing.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |words: Vec<&str>| words.join(" or ");
        let mut said = Vec::new();
        if let Some(roles) = &self.roles {
            said.push(format!("role {}", words(roles.iter().map(RoleId::as_str).collect())));
        }
        if let Some(statuses) = &self.statuses {
            said.push(format!("status {}", words(statuses.iter().map(|status| status.as_str()).collect())));
        }
        for (name, values) in &self.choices {
            said.push(format!("{name} = {}", words(values.iter().map(String::as_str).collect())));
        }
        if said.is_empty() { f.write_str("anybody") } else { f.write_str(&said.join(", ")) }
    }
}

/// `role admin and author, status unknown`; the choices are told apart from it.
impl fmt::Display for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roles = match self.roles {
            None => "unknown".to_owned(),
            Some(roles) if roles.is_empty() => "none".to_owned(),
            Some(roles) => roles.iter().map(RoleId::as_str).collect::<Vec<_>>().join(" and "),
        };
        let status = self.status.map_or_else(|| "unknown".to_owned(), ToString::to_string);
        write!(f, "role {roles}, status {status}")
    }
}

/// Reads `when = { role = […], status = […], choice.NAME = […] }`.
pub(super) fn when(node: &Node<'_>) -> Option<When> {
    let mut table = node.table("`when`")?;
    let roles = values(&mut table, "role", |node| node.plain().map(RoleId::new));
    let statuses = values(&mut table, "status", status);
    let given = table.take("choice").and_then(|node| node.table("`choice`"));
    let mut choices = BTreeMap::new();
    for node in given.map(|mut given| given.rest()).unwrap_or_default() {
        let values: Vec<String> = node.one_or_more().iter().filter_map(Node::plain).collect();
        choices.insert(node.key.to_owned(), values);
    }
    if roles.is_none() && statuses.is_none() && choices.is_empty() && !table.has_more() {
        let hint = "name the cases, { role = [\"admin\"] } say, or leave `when` out";
        table.error("`when` says nothing", Some(hint));
    }
    table.finish();
    Some(When { roles, statuses, choices })
}

fn values<'s, T>(
    table: &mut Table<'s>,
    key: &'static str,
    read: impl Fn(&Node<'s>) -> Option<T>,
) -> Option<Vec<T>> {
    table.take(key).map(|node| node.one_or_more().iter().filter_map(read).collect())
}

fn status(node: &Node<'_>) -> Option<StatusMeaning> {
    node.one_of("meaning of a status", StatusMeaning::ALL.map(StatusMeaning::as_str), StatusMeaning::parse)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(ids: &[&str]) -> BTreeSet<RoleId> {
        ids.iter().map(|id| RoleId::new(*id)).collect()
    }

    fn when(roles: &[&str], statuses: &[StatusMeaning], choices: &[(&str, &[&str])]) -> When {
        let choice = |(name, values): &(&str, &[&str])| {
            ((*name).to_owned(), values.iter().map(|value| (*value).to_owned()).collect())
        };
        When {
            roles: (!roles.is_empty()).then(|| roles.iter().map(|id| RoleId::new(*id)).collect()),
            statuses: (!statuses.is_empty()).then(|| statuses.to_vec()),
            choices: choices.iter().map(choice).collect(),
        }
    }

    #[test]
    fn a_case_covers_whom_it_names_beyond_doubt() {
        use StatusMeaning::{Active, Deactivated, Invited};
        let keep = BTreeMap::from([("files".to_owned(), "keep".to_owned())]);
        let check = |when: &When, held: Option<&[&str]>, status: Option<&[StatusMeaning]>, expected: bool| {
            let held = held.map(roles);
            let status = status.map(|meanings| Status(meanings.iter().copied().collect()));
            let case = Case { roles: held.as_ref(), status: status.as_ref(), choices: &keep };
            assert_eq!(when.covers(&case), expected, "{when} and {case}");
        };
        let anybody = When::default();
        check(&anybody, None, None, true);
        let admin = when(&["admin", "owner"], &[], &[]);
        check(&admin, Some(&["admin"]), None, true);
        check(&admin, Some(&["admin", "owner"]), None, true);
        check(&admin, Some(&["admin", "member"]), None, false);
        check(&admin, Some(&[]), None, false);
        check(&admin, None, None, false);
        let pending = when(&[], &[Invited, Deactivated], &[]);
        check(&pending, None, Some(&[Invited]), true);
        check(&pending, None, Some(&[Invited, Deactivated]), true);
        check(&pending, None, Some(&[Invited, Active]), false);
        check(&pending, None, Some(&[]), false);
        check(&pending, None, None, false);
        check(&when(&[], &[], &[("files", &["keep"])]), None, None, true);
        check(&when(&[], &[], &[("files", &["delete"])]), None, None, false);
        check(&when(&[], &[], &[("mails", &["no"])]), None, None, false);
        check(&when(&["admin"], &[Active], &[("files", &["keep"])]), Some(&["admin"]), Some(&[Active]), true);
        check(&when(&["admin"], &[Active], &[]), Some(&["admin"]), Some(&[Invited]), false);
    }

    #[test]
    fn before_anybody_was_read_only_choices_and_the_role_invited_with_rule_a_case_out() {
        let keep = BTreeMap::from([("files".to_owned(), "keep".to_owned())]);
        let (admin, member) = (RoleId::new("admin"), RoleId::new("member"));
        let check = |when: &When, invited_as, expected| {
            assert_eq!(when.may_cover(invited_as, &keep), expected, "{when}");
        };
        let case = when(&["admin"], &[StatusMeaning::Active], &[]);
        check(&case, None, true);
        check(&case, Some(&admin), true);
        check(&case, Some(&member), false);
        check(&when(&[], &[], &[("files", &["delete"])]), None, false);
        check(&when(&[], &[], &[("mails", &["no"])]), None, true);
    }

    #[test]
    fn cases_overlap_where_one_person_could_be_both() {
        use StatusMeaning::{Active, Invited};
        let check = |one: &When, other: &When, expected: Option<&str>| {
            for (one, other) in [(one, other), (other, one)] {
                let both = one.overlap(other).map(|both| both.to_string());
                assert_eq!(both.as_deref(), expected, "{one} and {other}");
            }
        };
        let admin = when(&["admin"], &[], &[]);
        check(&admin, &when(&["member"], &[], &[]), None);
        check(&admin, &When::default(), Some("role admin"));
        check(&When::default(), &When::default(), Some("anybody"));
        check(&admin, &when(&["member", "admin"], &[], &[]), Some("role admin"));
        check(&admin, &when(&[], &[Active], &[]), Some("role admin, status active"));
        check(&when(&["admin"], &[Invited], &[]), &when(&["admin"], &[Active], &[]), None);
        let (keep, delete) =
            (when(&[], &[], &[("files", &["keep"])]), when(&[], &[], &[("files", &["delete"])]));
        check(&keep, &delete, None);
        check(&keep, &when(&[], &[], &[("mails", &["no"])]), Some("files = keep, mails = no"));
    }

    #[test]
    fn no_two_cases_without_overlap_cover_the_same_person() {
        use StatusMeaning::{Active, Invited};
        let files: [&[(&str, &[&str])]; 3] =
            [&[], &[("files", &["keep"])], &[("files", &["keep", "delete"])]];
        let mut all = Vec::new();
        for held in [&[][..], &["a"], &["b"], &["a", "b"]] {
            for statuses in [&[][..], &[Active], &[Invited], &[Active, Invited]] {
                all.extend(files.iter().map(|files| when(held, statuses, files)));
            }
        }
        let decided =
            ["keep", "delete"].map(|value| BTreeMap::from([("files".to_owned(), value.to_owned())]));
        let mut met = 0;
        for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))) {
            for held in [&["a"][..], &["b"], &["a", "b"]].map(roles) {
                for status in [&[Active][..], &[Invited], &[Active, Invited]] {
                    let status = Status(status.iter().copied().collect());
                    for choices in &decided {
                        let case = Case { roles: Some(&held), status: Some(&status), choices };
                        if one.covers(&case) && other.covers(&case) {
                            met += 1;
                            assert!(one.overlap(other).is_some(), "{one} and {other}: {case}");
                        }
                    }
                }
            }
        }
        assert!(met > 1000, "{met}");
    }
}

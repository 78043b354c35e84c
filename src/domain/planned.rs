//! A plan that was written down to be carried out later: what it was made under ([`Terms`]), what of it still stands
//! ([`still`]), and what somebody has to have approved ([`unapproved`]).
//!
//! A plan on disk gives nobody a right: everything is planned again on the list of the day it is carried out, and only
//! what is the very same change to somebody who still reads the same is made (D7.6, D7.8). So whatever was written into
//! such a file, nothing happens that the planner and the guards would not let happen now.

use std::collections::{BTreeMap, BTreeSet};

use super::action::Approval;
use super::change::Change;
use super::email::Email;
use super::guard::{Guard, Refusal};
use super::member::{Member, RoleId, Status};
use super::outcome::{Outcome, OutcomeKind};
use super::reading::{Found, Reading};
use super::reconcile::{PlanItem, Reconciliation};

/// How the list showed somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// In no row.
    No,
    /// In one row.
    As {
        /// The roles held; `None` where they are not known.
        roles: Option<BTreeSet<RoleId>>,
        /// The status; `None` where it is not known.
        status: Option<Status>,
    },
    /// In several.
    Twice,
}

impl Seen {
    /// In this reading.
    #[must_use]
    pub fn of(email: &Email, reading: &Reading) -> Self {
        match reading.find(email) {
            Found::No => Self::No,
            Found::One(member) => Self::by(member),
            Found::Many => Self::Twice,
        }
    }

    /// By their one row.
    #[must_use]
    pub fn by(member: &Member) -> Self {
        Self::As { roles: member.roles.clone(), status: member.status.clone() }
    }
}

/// A change as it was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The change.
    pub change: Change,
    /// How the list showed the person.
    pub seen: Seen,
    /// What has to be approved about it.
    pub approval: Option<Approval>,
}

/// What a plan was made under. All of it has to be the same when it is carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The workspace's name in the configuration.
    pub workspace: String,
    /// Where its console is.
    pub url: String,
    /// The account that signs in.
    pub account: String,
    /// The map, as `app/version` with its hash.
    pub map: String,
    /// The hash over the workspace's policy.
    pub policy: String,
    /// The plan that was carried out last in the workspace, by its hash; `None`: none was yet.
    pub after: Option<String>,
}

/// What is known of a plan's file beside what it was made under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Its content is not what its hash was made of.
    pub is_edited: bool,
    /// How many seconds are left until it expires; negative once it has.
    pub seconds_left: i64,
    /// The most a plan may have left.
    pub lifetime_s: i64,
}

impl Terms {
    /// Everything that speaks against carrying out a plan made under `self`, all at once, given what holds `now`. `hash` is
    /// the plan's.
    #[must_use]
    pub fn objections(&self, hash: &str, now: &Self, condition: Condition) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        let mut refuse = |message: String, hint: &str| {
            refusals.push(Refusal { email: None, guard: Guard::Plan, message, hint: hint.to_owned() });
        };
        let again = "make the plan anew, and look at it again";
        if condition.is_edited {
            refuse(
                "the plan was edited: its content is not what its hash was made of".to_owned(),
                "change what it was made from, and make the plan anew: a plan is not edited",
            );
        }
        if condition.seconds_left <= 0 {
            refuse(format!("the plan expired {} ago", ago(-condition.seconds_left)), again);
        } else if condition.seconds_left > condition.lifetime_s {
            let message = format!(
                "the plan is said to expire in {}, and one may stand for {} (`roster.plan_expires`)",
                ago(condition.seconds_left),
                ago(condition.lifetime_s)
            );
            refuse(message, again);
        }
        for (what, then, now) in [
            ("the workspace", &self.workspace, &now.workspace),
            ("the console's address", &self.url, &now.url),
            ("the account that signs in", &self.account, &now.account),
            ("the selector map", &self.map, &now.map),
        ] {
            if then != now {
                refuse(format!("the plan is a foreign one: {what} was {then}, and is {now}"), again);
            }
        }
        if self.policy != now.policy {
            let message = "the plan was made under another policy: limits, scope, leavers, choices or approvals are not \
                           what they were";
            refuse(message.to_owned(), again);
        }
        match &now.after {
            Some(last) if last == hash => refuse(
                "the plan was carried out already".to_owned(),
                "`seatwright runs` lists the run, and `resume` finishes it if it died; what is still to be done, a new plan tells",
            ),
            last if *last != self.after => {
                refuse("the plan is overtaken: another one was carried out since".to_owned(), again);
            }
            _ => {}
        }
        refusals
    }
}

/// Seconds in the largest unit that fits.
fn ago(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// What is still to be done as it was planned, in its order, and why the rest is not; `today` is what the roster comes to on
/// the list as it is now.
#[must_use]
pub fn still<'a>(
    planned: &'a [Planned],
    today: &'a Reconciliation,
    reading: &Reading,
) -> (Vec<&'a PlanItem>, Vec<(Email, Outcome)>) {
    let items: BTreeMap<&Email, &PlanItem> = today.items.iter().map(|item| (&item.email, item)).collect();
    let (mut stands, mut moved) = (Vec::new(), Vec::new());
    for Planned { change, seen, .. } in planned {
        let email = change.email();
        let now = items.get(email).copied();
        let why = match now {
            Some(item) if item.change.as_ref() == Some(change) && Seen::of(email, reading) == *seen => {
                stands.push(item);
                continue;
            }
            Some(item) if item.change.is_none() => {
                format!("{}: {}; plan again", item.action.as_str(), item.why)
            }
            _ => "role or status are no longer those of the plan; plan again".to_owned(),
        };
        moved.push((email.clone(), Outcome::new(OutcomeKind::Skipped).with_detail(why)));
    }
    (stands, moved)
}

/// Of these, those that have to be approved and are not.
#[must_use]
pub fn unapproved<'a>(
    items: impl IntoIterator<Item = (&'a Email, Option<Approval>)>,
    approved: &BTreeSet<Email>,
) -> Vec<(&'a Email, Approval)> {
    let lacks = |(email, approval): (&'a Email, Option<Approval>)| {
        approval.filter(|_| !approved.contains(email)).map(|approval| (email, approval))
    };
    items.into_iter().filter_map(lacks).collect()
}

/// A person's word that the limits may be passed this once: the plan by the beginning of its hash, and how many changes it
/// makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The hash, or its beginning.
    pub hash: String,
    /// How many changes the plan makes.
    pub count: usize,
}

impl Override {
    /// The least of a hash that names a plan.
    pub const SHORTEST: usize = 8;

    /// What is wrong with it for this plan. `may_pass`: its limits may be passed at all.
    #[must_use]
    pub fn objection(&self, hash: &str, changes: usize, may_pass: bool) -> Option<Refusal> {
        let message = if !may_pass {
            let message = "--override passes limits for a roster's plan, and this is one of a command, which has no way past them";
            let hint = "ask for fewer people, wait until a day is over, or raise the limit in the policy";
            return Some(Refusal {
                email: None,
                guard: Guard::Plan,
                message: message.to_owned(),
                hint: hint.to_owned(),
            });
        } else if self.hash.len() < Self::SHORTEST || !hash.starts_with(&self.hash) {
            format!("--override names plan {}, and this is {}", self.hash, &hash[..hash.len().min(12)])
        } else if self.count != changes {
            format!("--override names {} changes, and the plan makes {changes}", self.count)
        } else {
            return None;
        };
        let hint =
            "it is for one plan that you have seen: give the hash and the number of changes that `plan` told";
        Some(Refusal { email: None, guard: Guard::Plan, message, hint: hint.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::StatusMeaning::{Active, Invited};
    use crate::domain::action::Action;
    use crate::domain::tests::{email, member, reading};

    fn terms() -> Terms {
        Terms {
            workspace: "acme".to_owned(),
            url: "https://a.example/".to_owned(),
            account: "me@example.com".to_owned(),
            map: "a/b 123".to_owned(),
            policy: "p".to_owned(),
            after: Some("before".to_owned()),
        }
    }

    const FRESH: Condition = Condition { is_edited: false, seconds_left: 60, lifetime_s: 86_400 };

    #[track_caller]
    fn check(now: &Terms, condition: Condition, expected: &[&str]) {
        let told = terms().objections("hash", now, condition);
        let told: Vec<&str> = told.iter().map(|refusal| refusal.message.as_str()).collect();
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.contains(expected), "{told} does not say {expected}");
        }
    }

    #[test]
    fn a_plan_is_carried_out_under_what_it_was_made_under_and_not_otherwise() {
        check(&terms(), FRESH, &[]);
        check(
            &Terms { workspace: "other".to_owned(), ..terms() },
            FRESH,
            &["foreign one: the workspace was acme"],
        );
        check(&Terms { url: "https://b.example/".to_owned(), ..terms() }, FRESH, &["the console's address"]);
        check(&Terms { account: "you@example.com".to_owned(), ..terms() }, FRESH, &["the account"]);
        check(&Terms { map: "a/b 124".to_owned(), ..terms() }, FRESH, &["the selector map was a/b 123"]);
        check(&Terms { policy: "q".to_owned(), ..terms() }, FRESH, &["another policy"]);
        check(&Terms { after: Some("another".to_owned()), ..terms() }, FRESH, &["overtaken"]);
        check(&Terms { after: None, ..terms() }, FRESH, &["overtaken"]);
        check(&Terms { after: Some("hash".to_owned()), ..terms() }, FRESH, &["carried out already"]);
        check(&terms(), Condition { seconds_left: 0, ..FRESH }, &["expired 0 s ago"]);
        check(&terms(), Condition { seconds_left: -90_000, ..FRESH }, &["expired 25 h ago"]);
        check(&terms(), Condition { seconds_left: 86_401, ..FRESH }, &["said to expire in 24 h"]);
        check(&terms(), Condition { seconds_left: 86_400, ..FRESH }, &[]);
        let worst = Condition { is_edited: true, seconds_left: -1, ..FRESH };
        check(
            &Terms { policy: "q".to_owned(), map: "c/d 5".to_owned(), ..terms() },
            worst,
            &["edited", "expired", "map", "policy"],
        );
    }

    #[test]
    fn only_the_very_same_change_to_somebody_who_reads_the_same_still_stands() {
        let item = |name: &str, change: Option<Change>| PlanItem {
            email: email(name),
            action: if change.is_some() { Action::Remove } else { Action::Keep },
            change,
            why: "because".to_owned(),
            approval: None,
        };
        let remove = |name: &str| Change::Remove { email: email(name) };
        let then = reading(vec![
            member("same", "editor", Active),
            member("risen", "editor", Active),
            member("kept", "editor", Active),
            member("other", "editor", Active),
            member("gone", "editor", Active),
        ]);
        let planned: Vec<Planned> = ["same", "risen", "kept", "other", "gone"]
            .map(|name| Planned { change: remove(name), seen: Seen::of(&email(name), &then), approval: None })
            .into();
        let now = reading(vec![
            member("same", "editor", Active),
            member("risen", "admin", Active),
            member("kept", "editor", Active),
            member("other", "editor", Invited),
        ]);
        let today = Reconciliation {
            items: vec![
                item("same", Some(remove("same"))),
                item("risen", Some(remove("risen"))),
                item("kept", None),
                item("other", Some(Change::CancelInvite { email: email("other") })),
            ],
            ..Reconciliation::default()
        };
        let (stands, moved) = still(&planned, &today, &now);
        assert_eq!(stands.iter().map(|item| &item.email).collect::<Vec<_>>(), [&email("same")]);
        let told: Vec<String> = moved.iter().map(|(email, outcome)| format!("{email} {outcome}")).collect();
        assert_eq!(moved.len(), 4, "{told:?}");
        assert!(told.iter().all(|told| told.contains("skipped") && told.contains("plan again")), "{told:?}");
        assert!(told[1].contains("keep: because"), "{told:?}");
    }

    #[test]
    fn what_has_to_be_approved_and_is_not_is_named() {
        let (ann, bo, cy) = (email("ann"), email("bo"), email("cy"));
        let items = [(&ann, Some(Approval::DataLoss)), (&bo, Some(Approval::PrivilegedGrant)), (&cy, None)];
        assert_eq!(unapproved(items, &BTreeSet::from([ann.clone()])), [(&bo, Approval::PrivilegedGrant)]);
        assert_eq!(unapproved(items, &BTreeSet::new()).len(), 2);
    }

    /// A person may say how many, and never who or by which list.
    #[test]
    fn only_limits_on_how_many_are_ever_passed() {
        let passed = [Guard::Removals, Guard::NewSeats, Guard::PrivilegedGrants, Guard::Resends];
        let never = [
            Guard::Protected,
            Guard::Oneself,
            Guard::LastPrivileged,
            Guard::Ambiguous,
            Guard::Unproven,
            Guard::SeatCap,
            Guard::Failures,
            Guard::Roster,
            Guard::Plan,
        ];
        assert!(passed.into_iter().all(Guard::is_limit));
        assert!(!never.into_iter().any(Guard::is_limit));
    }

    #[test]
    fn an_override_is_for_one_plan_and_for_all_of_it() {
        let hash = "0123456789abcdef0123456789abcdef";
        let says = |hash_of: &str, count| {
            let word = Override { hash: hash_of.to_owned(), count };
            word.objection(hash, 12, true).map(|refusal| refusal.message)
        };
        assert_eq!(says("01234567", 12), None);
        assert_eq!(says(hash, 12), None);
        assert!(says("0123", 12).unwrap().contains("names plan 0123"), "too short to mean one plan");
        assert!(says("", 12).is_some());
        assert!(says("11234567", 12).unwrap().contains("this is 0123456789ab"));
        assert!(says("01234567", 11).unwrap().contains("names 11 changes, and the plan makes 12"));
    }
}

//! What holds for every roster, list and policy.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use super::StatusMeaning::{Active, Deactivated, Expired, Invited, Removed};
use super::laws::applied;
use super::reconcile_tests::{EVERYTHING, World};
use super::tests::{role, roles};
use super::*;

const PEOPLE: [&str; 24] = [
    "ann", "ben", "cat", "dan", "eva", "fay", "gus", "hal", "ida", "jon", "kim", "lea", "max", "nia", "oli",
    "pia", "quy", "ray", "sue", "tom", "uma", "vic", "wes", "zoe",
];
/// Some of other domains, among them one that is spelt in another alphabet.
const DOMAINS: [&str; 4] = ["example.com", "example.com", "BÜCHER.example", "other.example"];
const ROLES: [&str; 4] = ["owner", "admin", "editor", "viewer"];

fn address() -> impl Strategy<Value = Email> {
    (select(&PEOPLE[..]), any::<bool>()).prop_map(|(name, shouts)| {
        let at = PEOPLE.iter().position(|other| *other == name).unwrap_or_default();
        let text = format!("{name}@{}", DOMAINS[at % DOMAINS.len()]);
        Email::parse(&if shouts { text.to_uppercase() } else { text.to_lowercase() }).unwrap()
    })
}

fn a_name() -> impl Strategy<Value = Option<String>> {
    weighted(0.5, select(&["Ann Lee", "ann  LEE", "Bo Ray", "Cy Day", "Dee Fox", "Eli Hart"][..]))
        .prop_map(|name| name.map(str::to_owned))
}

fn a_row() -> impl Strategy<Value = Wanted> {
    let state = prop_oneof![
        8 => Just(Presence::Active), 1 => Just(Presence::Suspended), 1 => Just(Presence::Left),
    ];
    let role = weighted(
        0.85,
        prop_oneof![1 => Just("owner"), 2 => Just("admin"), 5 => Just("editor"), 5 => Just("viewer")],
    );
    (address(), role, a_name(), state, weighted(0.1, address())).prop_map(
        |(email, role_id, name, state, previous_email)| Wanted {
            email,
            role: role_id.map(RoleId::new),
            name,
            state,
            previous_email,
        },
    )
}

fn a_member() -> impl Strategy<Value = Member> {
    let held = weighted(0.93, btree_set(select(&ROLES[..]).prop_map(role), 0..3));
    let status = prop_oneof![
        10 => Just(Some(Status::from(Active))),
        2 => Just(Some(Status::from(Invited))),
        1 => Just(Some(Status::from(Expired))),
        2 => Just(Some(Status::from(Deactivated))),
        1 => Just(Some(Status::from(Removed))),
        1 => weighted(0.5, btree_set(select(&StatusMeaning::ALL[..]), 1..3).prop_map(Status)),
    ];
    (weighted(0.97, address()), a_name(), held, status).prop_map(|(email, name, roles, status)| Member {
        email,
        name,
        roles,
        status,
        ..Member::default()
    })
}

fn a_reading() -> impl Strategy<Value = Reading> {
    let grade = prop_oneof![6 => Just(Grade::Total), 2 => Just(Grade::End), 1 => Just(Grade::None)];
    (vec(a_member(), 0..14), grade, btree_set(address(), 0..2)).prop_map(|(members, grade, ambiguous)| {
        Reading {
            without_address: members.iter().filter(|member| member.email.is_none()).count(),
            total: None,
            unproven: None,
            members: members.into(),
            grade,
            ambiguous,
        }
    })
}

fn a_world() -> impl Strategy<Value = World> {
    let step = prop_oneof![
        1 => Just(Leave::Report), 1 => Just(Leave::Downgrade(role("viewer"))), 1 => Just(Leave::Deactivate), 3 => Just(Leave::Remove),
    ];
    let facts =
        (prop_oneof![8 => Just(Some(1)), 1 => Just(None), 1 => Just(Some(80))], weighted(0.8, 0..20_usize))
            .prop_map(|(age_hours, before)| RosterFacts { age_hours, before });
    let operations = btree_set(select(&EVERYTHING[..]), 5..8)
        .prop_map(|some| some.into_iter().map(str::to_owned).collect::<BTreeSet<_>>());
    let ceiling = prop_oneof![3 => Just(Ceiling::Count(100)), 1 => (0..5u32).prop_map(Ceiling::Count)];
    let policy = (btree_set(address(), 0..3), ceiling, prop_oneof![3 => Just(50u32), 1 => 0..4u32]).prop_map(
        |(protected, max_removals, many)| Policy {
            protected,
            max_removals,
            max_new_seats: many,
            max_privileged: many,
            ..Policy::default()
        },
    );
    let about = (
        facts,
        step,
        0..3u32,
        btree_map(address(), 0..6u32, 0..4),
        operations,
        weighted(0.5, Just(role("viewer"))),
    );
    (vec(a_row(), 0..14), a_reading(), about, policy, address(), btree_set(address(), 0..2)).prop_map(
        |(
            rows,
            reading,
            (facts, step, grace_days, days_away, operations, default_role),
            policy,
            oneself,
            adopted,
        )| World {
            rows,
            facts,
            scope: Scope {
                domains: BTreeSet::from(["example.com".to_owned(), "xn--bcher-kva.example".to_owned()]),
                adopted,
            },
            leavers: Leavers { step, grace_days },
            default_role,
            days_away,
            operations,
            costly: BTreeSet::new(),
            reading,
            policy,
            oneself,
        },
    )
}

/// How many worlds a law is tried in: a thousand, and ten times as many in the long study (`make soak NAME=laws`).
fn cases() -> u32 {
    option_env!("SEATWRIGHT_LAW_CASES").and_then(|text| text.parse().ok()).unwrap_or(1_000)
}

/// Other worlds each time, unless the long study says which.
fn seed() -> RngSeed {
    let given = option_env!("SEATWRIGHT_LAW_SEED").and_then(|text| text.parse().ok());
    given.map_or(RngSeed::Random, RngSeed::Fixed)
}

fn for_all(law: impl Fn(World) -> Result<(), TestCaseError>) {
    let config = Config { cases: cases(), rng_seed: seed(), failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&a_world(), law).unwrap();
}

fn changes(plan: &Reconciliation) -> Vec<Change> {
    plan.items.iter().filter_map(|item| item.change.clone()).collect()
}

/// Active and privileged for certain, counted without the code under test.
fn administrators(reading: &Reading) -> usize {
    let alone = |member: &&Member| {
        let same = reading.members.iter().filter(|other| other.email == member.email);
        member.email.as_ref().is_some_and(|email| !reading.ambiguous.contains(email)) && same.count() == 1
    };
    let admin = |member: &&Member| {
        let held: Vec<&str> = member.roles.iter().flatten().map(RoleId::as_str).collect();
        member.status == Some(Active.into()) && (held.contains(&"owner") || held.contains(&"admin"))
    };
    reading.members.iter().filter(alone).filter(admin).count()
}

#[test]
fn everybody_is_told_of_once_and_nobody_without_a_reason_is_touched() {
    for_all(|world| {
        let (plan, roster) = (world.plan(), world.roster());
        let told: Vec<&Email> = plan.items.iter().map(|item| &item.email).collect();
        let known: BTreeSet<&Email> = world
            .reading
            .members
            .iter()
            .filter_map(|member| member.email.as_ref())
            .chain(roster.emails())
            .collect();
        prop_assert_eq!(told.len(), known.len());
        prop_assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), known);
        for item in &plan.items {
            prop_assert!(!item.why.is_empty());
            let Some(change) = &item.change else { continue };
            prop_assert_eq!(change.email(), &item.email);
            let email = &item.email;
            prop_assert!(*email != world.oneself && !world.policy.protected.contains(email), "{}", email);
            let rows = world.rows.iter().filter(|row| row.email == *email).count();
            let shown =
                world.reading.members.iter().filter(|member| member.email.as_ref() == Some(email)).count();
            prop_assert!(rows <= 1 && shown <= 1 && !world.reading.ambiguous.contains(email), "{}", email);
            prop_assert!(rows == 1 || world.scope.covers(email), "{} is out of scope", email);
            prop_assert!(world.operations.contains(change.operation()), "{}", change);
            let takes = guard::counts(change, &world.reading, &roles()).removal;
            prop_assert!(!takes || world.reading.grade.is_proven(), "{}", change);
            prop_assert!(
                !matches!(change, Change::Invite { .. }) || world.reading.grade.is_proven(),
                "{}",
                change
            );
            let previous = world.rows.iter().filter(|row| row.state == Presence::Active);
            for row in
                previous.filter(|row| row.previous_email.as_ref() == Some(email) && row.email != *email)
            {
                let twice = world.rows.iter().filter(|other| other.email == row.email).count() > 1;
                prop_assert!(twice || !takes, "{} may be {} now", email, row.email);
            }
        }
        Ok(())
    });
}

#[test]
fn what_is_allowed_leaves_somebody_privileged_and_stays_below_the_limits() {
    for_all(|world| {
        let plan = world.plan();
        if !plan.refusals.is_empty() {
            return Ok(());
        }
        let all = changes(&plan);
        let removals =
            all.iter().filter(|change| guard::counts(change, &world.reading, &roles()).removal).count();
        prop_assert!(removals <= world.policy.max_removals.limit(world.reading.rows()) as usize);
        let after = applied(&world.reading, &all);
        prop_assert!(administrators(&world.reading) == 0 || administrators(&after) > 0);
        if !all.is_empty() {
            prop_assert!(world.roster().staying() > 0);
            prop_assert!(world.facts.age_hours.is_none_or(|age| age <= 36));
        }
        Ok(())
    });
}

#[test]
fn plan_and_apply_reach_the_roster_and_then_there_is_nothing_to_do() {
    for_all(|world| {
        let plan = world.plan();
        if !plan.refusals.is_empty() {
            return Ok(());
        }
        let left = |plan: &Reconciliation| {
            // One change a person: who got access back may get another role by the next plan.
            plan.items.iter().any(|item| item.action == Action::Reactivate)
        };
        let mut after = applied(&world.reading, &changes(&plan));
        // The app makes a new invitation of an expired one, and says so.
        let renew = |plan: &Reconciliation, after: &mut Reading| {
            for item in plan.items.iter().filter(|item| item.action == Action::Resend) {
                after.members.change(|rows| {
                    let theirs = rows.iter_mut().filter(|member| member.email.as_ref() == Some(&item.email));
                    theirs.for_each(|member| member.status = Some(Invited.into()));
                });
            }
        };
        renew(&plan, &mut after);
        let mut next = world.plan_on(&after);
        let had_resends = plan.items.iter().any(|item| item.action == Action::Resend);
        if left(&plan) || had_resends {
            after = applied(&after, &changes(&next));
            renew(&next, &mut after);
            next = world.plan_on(&after);
        }
        prop_assert_eq!(changes(&next), vec![], "{:#?}", plan);
        for wanted in world.roster().people().filter(|wanted| wanted.state == Presence::Active) {
            let item = next.items.iter().find(|item| item.email == wanted.email).unwrap();
            if item.action != Action::Keep {
                continue;
            }
            let Found::One(member) = after.find(&wanted.email) else {
                panic!("{} is kept, and not there", wanted.email)
            };
            if let Some(role) = &wanted.role {
                prop_assert_eq!(member.roles.clone(), Some(BTreeSet::from([role.clone()])));
            }
            prop_assert!(member.is_only(&[Active, Invited]));
        }
        Ok(())
    });
}

/// Where a seat costs one, a change costs as many as it takes seats, or nobody knows.
#[test]
fn what_a_plan_costs_follows_from_its_seats() {
    let one = rust_decimal::Decimal::ONE;
    let seats = roles().into_iter().filter(|role| role.seat).map(|role| (role.id, one)).collect();
    let prices = Prices { currency: "EUR".to_owned(), period: "month".to_owned(), seats };
    for_all(|world| {
        let plan = world.plan();
        let seen = |change: &Change| Seen::of(change.email(), &world.reading);
        let changes: Vec<(Change, Seen)> =
            changes(&plan).into_iter().map(|change| (change.clone(), seen(&change))).collect();
        let (mut sum, mut unknown) = (0, 0);
        for (change, seen) in &changes {
            let seats = guard::seat_delta(std::slice::from_ref(change), &world.reading, &roles());
            match price::cost_of(change, seen, &roles(), &prices) {
                Ok(cost) => {
                    prop_assert_eq!(cost, seats.into(), "{}", change);
                    sum += seats;
                }
                Err(why) => {
                    let is_known = matches!(seen, Seen::As { roles: Some(_), .. });
                    prop_assert!(!is_known, "{}: {}", change, why);
                    unknown += 1;
                }
            }
        }
        let cost = price::cost(changes.iter().map(|(change, seen)| (change, seen)), &roles(), &prices);
        prop_assert_eq!(cost.unpriced.values().sum::<usize>(), unknown);
        prop_assert_eq!(cost.amount.unwrap_or_default(), sum.into());
        Ok(())
    });
}

#[test]
fn the_order_of_rows_changes_nothing() {
    for_all(|world| {
        let mut turned = world.clone();
        turned.rows.reverse();
        turned.reading.members.change(|rows| rows.reverse());
        prop_assert_eq!(world.plan(), turned.plan());
        Ok(())
    });
}

/// In how many of the worlds each class of them is: those with an item of a kind, and those with something else in them.
pub(crate) fn classes() -> Classes {
    let seen = std::cell::RefCell::new(BTreeMap::<String, u32>::new());
    for_all(|world| {
        let plan = world.plan();
        let mut here: BTreeSet<String> =
            plan.items.iter().map(|item| item.action.as_str().to_owned()).collect();
        let (rows, members) = (&world.rows, &world.reading.members);
        let mut has = |what: &str, is: bool| here.extend(is.then(|| what.to_owned()));
        let count = |email: &Email| rows.iter().filter(|row| row.email == *email).count();
        has("a row twice", rows.iter().any(|row| count(&row.email) > 1));
        has("a domain of another alphabet", rows.iter().any(|row| row.email.domain().starts_with("xn--")));
        has(
            "several roles",
            members.iter().any(|member| member.roles.as_ref().is_some_and(|held| held.len() > 1)),
        );
        has("an unknown role", members.iter().any(|member| member.roles.is_none()));
        has("an unknown status", members.iter().any(|member| member.status.is_none()));
        has(
            "oneself in the list",
            members.iter().any(|member| member.email.as_ref() == Some(&world.oneself)),
        );
        has("an unproven list", !world.reading.grade.is_proven());
        has("a doubted roster", plan.refusals.iter().any(|refusal| refusal.guard == Guard::Roster));
        has(
            "the last privileged",
            plan.refusals.iter().any(|refusal| refusal.guard == Guard::LastPrivileged),
        );
        has("nothing refused", plan.refusals.is_empty() && !changes(&plan).is_empty());
        for what in here {
            *seen.borrow_mut().entry(what).or_default() += 1;
        }
        Ok(())
    });
    Classes { worlds: cases(), seen: seen.into_inner() }
}

/// What [`classes`] found.
pub(crate) struct Classes {
    pub(crate) worlds: u32,
    pub(crate) seen: BTreeMap<String, u32>,
}

impl Classes {
    /// The laws are worth what their worlds hold: each class is in at least one of fifty.
    pub(crate) fn check(&self) {
        let rare: Vec<(&String, &u32)> =
            self.seen.iter().filter(|(_, count)| **count * 50 < self.worlds).collect();
        assert!(rare.is_empty(), "{rare:?}");
        let missing: Vec<&str> = Action::ALL
            .iter()
            .map(|action| action.as_str())
            .filter(|action| !self.seen.contains_key(*action))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}

#[test]
fn the_worlds_of_these_laws_have_everything_in_them() {
    classes().check();
}

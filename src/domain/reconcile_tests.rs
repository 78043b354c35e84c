//! What a roster comes to: single cases, and what always holds of it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use super::StatusMeaning::{Active, Deactivated, Expired, Invited, Removed};
use super::laws::applied;
use super::tests::{email, member, reading, role, roles};
use super::*;

const EVERYTHING: [&str; 7] =
    ["invite", "resend", "cancel_invite", "change_role", "deactivate", "reactivate", "remove"];

fn wanted(name: &str, role_id: &str) -> Wanted {
    Wanted {
        email: email(name),
        role: Some(role(role_id)),
        name: None,
        state: Presence::Active,
        previous_email: None,
    }
}

/// All a plan is made from, with what does not stand in a test's way.
#[derive(Clone, Debug)]
struct World {
    rows: Vec<Wanted>,
    facts: RosterFacts,
    scope: Scope,
    leavers: Leavers,
    default_role: Option<RoleId>,
    days_away: BTreeMap<Email, u32>,
    operations: BTreeSet<String>,
    costly: BTreeSet<String>,
    reading: Reading,
    policy: Policy,
    oneself: Email,
}

impl World {
    fn of(rows: Vec<Wanted>, members: Vec<Member>) -> Self {
        Self {
            rows,
            facts: RosterFacts { age_hours: Some(1), before: Some(1) },
            scope: Scope { domains: BTreeSet::from(["example.com".to_owned()]), adopted: BTreeSet::new() },
            leavers: Leavers { step: Leave::Remove, grace_days: 0 },
            default_role: None,
            days_away: BTreeMap::new(),
            operations: EVERYTHING.iter().map(ToString::to_string).collect(),
            costly: BTreeSet::new(),
            reading: reading(members),
            policy: Policy {
                max_removals: Ceiling::Count(100),
                max_new_seats: 100,
                max_privileged: 100,
                ..Policy::default()
            },
            oneself: email("me"),
        }
    }

    fn roster(&self) -> Roster {
        Roster::new(self.rows.clone())
    }

    fn plan(&self) -> Reconciliation {
        self.plan_on(&self.reading)
    }

    fn plan_on(&self, reading: &Reading) -> Reconciliation {
        let roster = self.roster();
        let aim = Aim {
            roster: &roster,
            facts: self.facts,
            rules: RosterRules::default(),
            scope: &self.scope,
            leavers: &self.leavers,
            default_role: self.default_role.as_ref(),
            days_away: &self.days_away,
            operations: &self.operations,
            costly: &self.costly,
        };
        reconcile(&aim, reading, &roles(), &self.policy, &History::default(), &self.oneself)
    }

    /// What becomes of one person: action, change, and whether it needs approval.
    #[track_caller]
    fn check(&self, name: &str, expected: &str) {
        let plan = self.plan();
        let item = plan.items.iter().find(|item| item.email == email(name));
        let item = item.unwrap_or_else(|| panic!("{name} is in no item of {plan:#?}"));
        let change = item.change.as_ref().map(|change| format!(": {change}")).unwrap_or_default();
        let approval = item.approval.map(|approval| format!(" [{}]", approval.as_str())).unwrap_or_default();
        assert_eq!(format!("{}{change}{approval}", item.action.as_str()), expected, "{}", item.why);
        assert!(!item.why.is_empty());
    }
}

#[test]
fn who_is_wanted_gets_what_is_missing() {
    let world = World::of(
        vec![
            wanted("new", "editor"),
            wanted("same", "editor"),
            wanted("other", "viewer"),
            wanted("pending", "editor"),
            wanted("late", "editor"),
            wanted("away", "editor"),
            wanted("gone", "editor"),
            wanted("odd", "editor"),
            wanted("fog", "editor"),
            wanted("king", "owner"),
            Wanted { role: None, ..wanted("norole", "editor") },
            Wanted { role: None, ..wanted("newnorole", "editor") },
        ],
        vec![
            member("me", "owner", Active),
            member("same", "editor", Active),
            member("other", "editor", Active),
            member("pending", "editor", Invited),
            member("late", "editor", Expired),
            member("away", "viewer", Deactivated),
            member("gone", "editor", Removed),
            Member { roles: None, ..member("odd", "editor", Active) },
            Member { status: None, ..member("fog", "editor", Active) },
            member("norole", "viewer", Active),
        ],
    );
    world.check("new", "add: invite new@example.com as editor");
    world.check("same", "keep");
    world.check("other", "role: change the role of other@example.com from editor to viewer");
    world.check("pending", "keep");
    world.check("late", "resend: send the invitation of late@example.com again");
    world.check("away", "reactivate: reactivate away@example.com");
    world.check("gone", "add: invite gone@example.com as editor");
    world.check("odd", "needs_person");
    world.check("fog", "needs_person");
    world.check("king", "needs_person");
    world.check("norole", "keep");
    world.check("newnorole", "needs_person");
    let with_default = World { default_role: Some(role("viewer")), ..world };
    with_default.check("newnorole", "add: invite newnorole@example.com as viewer");
    with_default.check("norole", "keep");
}

#[test]
fn who_is_not_wanted_leaves_as_the_policy_says() {
    let members = || {
        vec![
            member("me", "owner", Active),
            member("ann", "editor", Active),
            member("inv", "editor", Invited),
            member("off", "editor", Deactivated),
            member("low", "viewer", Active),
            member("was", "editor", Removed),
            Member {
                email: Some(Email::parse("guest@other.example").unwrap()),
                ..member("x", "editor", Active)
            },
        ]
    };
    let plain = World::of(vec![wanted("me", "owner")], members());
    plain.check("ann", "remove: remove ann@example.com");
    plain.check("inv", "cancel_invite: take back the invitation of inv@example.com");
    plain.check("off", "remove: remove off@example.com");
    plain.check("was", "keep");
    let guest = plain.plan().items.into_iter().find(|item| item.email.domain() == "other.example").unwrap();
    assert_eq!(guest.action, Action::Unmanaged);

    let leaving = |step, grace_days| World { leavers: Leavers { step, grace_days }, ..plain.clone() };
    let report = leaving(Leave::Report, 0);
    report.check("ann", "leaver");
    report.check("inv", "leaver");
    let lower = leaving(Leave::Downgrade(role("viewer")), 0);
    lower.check("ann", "downgrade: change the role of ann@example.com from editor to viewer");
    lower.check("low", "keep");
    let off = leaving(Leave::Deactivate, 0);
    off.check("ann", "deactivate: deactivate ann@example.com");
    off.check("off", "keep");

    let mut grace = leaving(Leave::Remove, 14);
    grace.check("ann", "deactivate: deactivate ann@example.com");
    grace.check("off", "waits");
    grace.days_away = BTreeMap::from([(email("off"), 13), (email("ann"), 14)]);
    grace.check("off", "waits");
    grace.check("ann", "remove: remove ann@example.com");
    grace.operations.remove("deactivate");
    grace.days_away.clear();
    grace.check("ann", "waits");

    let mut left = World::of(
        vec![
            wanted("me", "owner"),
            Wanted { state: Presence::Left, ..wanted("ann", "editor") },
            Wanted { state: Presence::Suspended, ..wanted("low", "viewer") },
            Wanted { state: Presence::Suspended, ..wanted("off", "editor") },
        ],
        members(),
    );
    left.scope = Scope::default();
    left.check("ann", "remove: remove ann@example.com");
    left.check("low", "deactivate: deactivate low@example.com");
    left.check("off", "keep");
    left.check("inv", "unmanaged");
    left.operations.remove("deactivate");
    left.check("low", "needs_person");
}

#[test]
fn doubtful_people_are_left_alone() {
    let named = |name: &str, called: &str, role_id: &str| Member {
        name: Some(called.to_owned()),
        ..member(name, role_id, Active)
    };
    let mut world = World::of(
        vec![
            wanted("me", "editor"),
            wanted("dup", "editor"),
            wanted("dup", "viewer"),
            wanted("twin", "editor"),
            Wanted { previous_email: Some(email("maiden")), ..wanted("married", "editor") },
            Wanted { name: Some("Cy  DAY".to_owned()), ..wanted("cyrus", "editor") },
            Wanted { name: Some("Dee Fox".to_owned()), ..wanted("dee2", "editor") },
            wanted("boss", "editor"),
        ],
        vec![
            member("me", "viewer", Active),
            member("dup", "viewer", Active),
            member("twin", "viewer", Active),
            member("twin", "viewer", Active),
            member("maiden", "editor", Active),
            named("cy", "Cy Day", "editor"),
            named("dee", "Dee Fox", "editor"),
            member("boss", "viewer", Active),
            member("vip", "viewer", Active),
        ],
    );
    world.policy.protected = BTreeSet::from([email("boss"), email("vip")]);
    for (name, expected) in [
        ("me", "protected"),
        ("dup", "ambiguous"),
        ("twin", "ambiguous"),
        ("married", "renamed?"),
        ("maiden", "renamed?"),
        ("cyrus", "renamed?"),
        ("cy", "renamed?"),
        ("dee2", "renamed?"),
        ("dee", "renamed?"),
        ("boss", "protected"),
        ("vip", "protected"),
    ] {
        world.check(name, expected);
    }
    world.reading.members.retain(|member| member.email != Some(email("maiden")));
    world.check("married", "add: invite married@example.com as editor");
}

#[test]
fn an_unproven_list_takes_nothing_from_anybody() {
    let mut world = World::of(
        vec![
            wanted("me", "owner"),
            wanted("new", "editor"),
            wanted("up", "editor"),
            wanted("down", "viewer"),
        ],
        vec![
            member("me", "owner", Active),
            member("up", "viewer", Active),
            member("down", "editor", Active),
            member("ann", "editor", Active),
            member("inv", "editor", Invited),
        ],
    );
    world.reading.grade = Grade::None;
    world.check("new", "needs_person");
    world.check("ann", "needs_person");
    world.check("inv", "needs_person");
    world.check("down", "needs_person");
    world.check("up", "role: change the role of up@example.com from viewer to editor");
}

#[test]
fn what_has_to_be_approved_says_why() {
    let mut world = World::of(
        vec![wanted("me", "owner"), wanted("new", "admin"), wanted("up", "admin"), wanted("pal", "viewer")],
        vec![member("me", "owner", Active), member("up", "editor", Active), member("ann", "editor", Active)],
    );
    world.check("new", "add: invite new@example.com as admin [privileged_grant]");
    world.check("up", "role: change the role of up@example.com from editor to admin [privileged_grant]");
    world.check("pal", "add: invite pal@example.com as viewer");
    world.check("ann", "remove: remove ann@example.com");
    world.facts.before = None;
    world.check("ann", "remove: remove ann@example.com [first_removal]");
    world.costly = BTreeSet::from(["remove".to_owned()]);
    world.check("ann", "remove: remove ann@example.com [data_loss]");
}

#[test]
fn a_roster_that_cannot_be_believed_stops_all_of_it() {
    let refused = |world: &World| {
        let guards: Vec<Guard> = world.plan().refusals.iter().map(|refusal| refusal.guard).collect();
        guards
    };
    let members =
        vec![member("me", "owner", Active), member("ann", "editor", Active), member("bo", "editor", Active)];
    let mut world = World::of(vec![wanted("me", "owner"), wanted("bo", "editor")], members);
    assert_eq!(refused(&world), []);
    world.facts.age_hours = Some(72);
    assert_eq!(refused(&world), [Guard::Roster]);
    world.facts = RosterFacts { age_hours: Some(1), before: Some(10) };
    assert_eq!(refused(&world), [Guard::Roster], "it shrank from 10 to 2");
    world.rows.clear();
    world.facts.before = None;
    assert_eq!(refused(&world), [Guard::Roster], "it is empty");
    world.reading.members.truncate(1);
    assert_eq!(refused(&world), [], "nothing is to be done, so nothing is refused");
}

#[test]
fn a_country_is_not_taken_out_in_one_night() {
    let rows = (0..60).map(|number| wanted(&format!("p{number}"), "viewer")).chain([wanted("me", "owner")]);
    let members: Vec<Member> = rows
        .clone()
        .map(|wanted| Member { email: Some(wanted.email), ..member("x", "viewer", Active) })
        .map(|one| if one.email == Some(email("me")) { member("me", "owner", Active) } else { one })
        .collect();
    let mut world = World::of(rows.take(50).chain([wanted("me", "owner")]).collect(), members);
    world.policy = Policy::default();
    let plan = world.plan();
    assert_eq!(plan.items.iter().filter(|item| item.action == Action::Remove).count(), 10);
    assert_eq!(plan.refusals.iter().map(|refusal| refusal.guard).collect::<Vec<_>>(), [Guard::Removals]);
}

// What always holds.

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
            members,
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
    std::env::var("SEATWRIGHT_LAW_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000)
}

fn for_all(law: impl Fn(World) -> Result<(), TestCaseError>) {
    let config = Config { cases: cases(), failure_persistence: None, ..Config::default() };
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
                for member in
                    after.members.iter_mut().filter(|member| member.email.as_ref() == Some(&item.email))
                {
                    member.status = Some(Invited.into());
                }
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

#[test]
fn the_order_of_rows_changes_nothing() {
    for_all(|world| {
        let mut turned = world.clone();
        turned.rows.reverse();
        turned.reading.members.reverse();
        prop_assert_eq!(world.plan(), turned.plan());
        Ok(())
    });
}

/// The laws are worth what their worlds hold: each kind of item is in at least one plan of fifty.
#[test]
#[expect(clippy::print_stdout, reason = "what the worlds hold is read in the output of the long study")]
fn the_worlds_of_these_laws_have_everything_in_them() {
    let worlds = cases();
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
    let seen = seen.into_inner();
    for (what, count) in &seen {
        println!("{:5.1} %  {what}", f64::from(*count) * 100.0 / f64::from(worlds));
    }
    let rare: Vec<(&String, &u32)> = seen.iter().filter(|(_, count)| **count * 50 < worlds).collect();
    assert!(rare.is_empty(), "{rare:?}");
    let missing: Vec<&str> = Action::ALL
        .iter()
        .map(|action| action.as_str())
        .filter(|action| !seen.contains_key(*action))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

//! What holds for every request, reading, policy and history: the guards as laws.

use std::collections::BTreeSet;

use proptest::collection::{btree_set, vec};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;

use super::tests::{email, role, roles};
use super::*;

const PEOPLE: [&str; 12] =
    ["ann", "ben", "cat", "dan", "eva", "fay", "gus", "hal", "ida", "jon", "kim", "lea"];
const ROLES: [&str; 5] = ["owner", "admin", "editor", "viewer", "unheard-of"];

/// Everything a plan is made from.
#[derive(Clone, Debug)]
struct World {
    request: Request,
    reading: Reading,
    policy: Policy,
    history: History,
    oneself: Email,
}

impl World {
    fn plan(&self) -> Plan {
        plan(&self.request, &self.reading, &roles(), &self.policy, &self.history, &self.oneself)
    }

    /// What may be done: nothing, if anything is refused.
    fn allowed(&self) -> Vec<Change> {
        let plan = self.plan();
        if plan.refusals.is_empty() { plan.changes } else { Vec::new() }
    }
}

fn person() -> impl Strategy<Value = Email> {
    select(&PEOPLE[..]).prop_map(email)
}

fn one_role() -> impl Strategy<Value = RoleId> {
    select(&ROLES[..]).prop_map(role)
}

fn a_member() -> impl Strategy<Value = Member> {
    let roles = weighted(0.9, btree_set(select(&ROLES[..4]).prop_map(role), 0..3));
    let meanings = btree_set(select(&StatusMeaning::ALL[..]), 1..3);
    let status = prop_oneof![
        6 => Just(Some(Status::from(StatusMeaning::Active))),
        2 => weighted(0.8, meanings.prop_map(Status)),
    ];
    (weighted(0.95, person()), roles, status).prop_map(|(email, roles, status)| Member {
        email,
        roles,
        status,
        ..Member::default()
    })
}

fn a_reading() -> impl Strategy<Value = Reading> {
    let grade = prop_oneof![4 => Just(Grade::Total), 2 => Just(Grade::End), 1 => Just(Grade::None)];
    (vec(a_member(), 0..14), grade, btree_set(person(), 0..2)).prop_map(|(members, grade, ambiguous)| {
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

fn a_request() -> impl Strategy<Value = Request> {
    (0..8, vec(person(), 0..8), one_role()).prop_map(|(kind, emails, role)| match kind {
        0 => Request::Invite { emails, role },
        1 => Request::SetRole { emails, role },
        2 => Request::Resend { emails },
        3 => Request::CancelInvite { emails },
        4 => Request::Deactivate { emails },
        5 => Request::Reactivate { emails },
        6 => {
            let newcomer = Newcomer { role, name: None };
            let people = emails.iter().map(|email| (email.clone(), newcomer.clone())).collect();
            Request::Import { emails, people }
        }
        _ => Request::Remove { emails },
    })
}

fn a_policy() -> impl Strategy<Value = Policy> {
    let ceiling = prop_oneof![
        (0..5u32).prop_map(Ceiling::Count),
        (0..4u32, 0..40u32).prop_map(|(at_least, percent)| Ceiling::Share { at_least, percent }),
    ];
    (btree_set(person(), 0..3), ceiling, 0..6u32, 0..3u32, 0..4u32, weighted(0.5, 0..12u32)).prop_map(
        |(protected, max_removals, max_new_seats, max_privileged, max_resends, seat_cap)| Policy {
            protected,
            max_removals,
            max_new_seats,
            max_privileged,
            max_resends,
            seat_cap,
            ..Policy::default()
        },
    )
}

fn a_world() -> impl Strategy<Value = World> {
    let history =
        (0..2u32, 0..2u32, 0..2u32, 0..2u32).prop_map(|(removals, new_seats, privileged, resends)| History {
            removals,
            new_seats,
            privileged,
            resends,
            in_doubt: Vec::new(),
        });
    (a_request(), a_reading(), a_policy(), history, person()).prop_map(
        |(request, reading, policy, history, oneself)| World { request, reading, policy, history, oneself },
    )
}

fn with_emails(request: &Request, emails: Vec<Email>) -> Request {
    match request {
        Request::Invite { role, .. } => Request::Invite { emails, role: role.clone() },
        Request::Import { people, .. } => Request::Import { emails, people: people.clone() },
        Request::SetRole { role, .. } => Request::SetRole { emails, role: role.clone() },
        Request::Resend { .. } | Request::ResendOlder { .. } => Request::Resend { emails },
        Request::CancelInvite { .. } => Request::CancelInvite { emails },
        Request::Deactivate { .. } => Request::Deactivate { emails },
        Request::Reactivate { .. } => Request::Reactivate { emails },
        Request::Remove { .. } => Request::Remove { emails },
    }
}

/// The workspace after these changes, as an app would have it.
pub(super) fn applied(reading: &Reading, changes: &[Change]) -> Reading {
    let mut after = reading.clone();
    for change in changes {
        let is_it = |member: &Member| member.email.as_ref() == Some(change.email());
        match change {
            Change::Invite { email, role } => {
                let member = Member {
                    email: Some(email.clone()),
                    roles: Some(BTreeSet::from([role.clone()])),
                    status: Some(StatusMeaning::Invited.into()),
                    ..Member::default()
                };
                after.members.change(|rows| {
                    rows.retain(|member| !is_it(member));
                    rows.push(member);
                });
            }
            Change::ChangeRole { to, .. } => {
                let new = BTreeSet::from([to.clone()]);
                after.members.change(|rows| {
                    let theirs = rows.iter_mut().filter(|member| is_it(member));
                    theirs.for_each(|member| member.roles = Some(new.clone()));
                });
            }
            Change::Resend { .. } => {}
            Change::Deactivate { .. } | Change::Reactivate { .. } => {
                let status = match change {
                    Change::Deactivate { .. } => StatusMeaning::Deactivated,
                    _ => StatusMeaning::Active,
                };
                after.members.change(|rows| {
                    let theirs = rows.iter_mut().filter(|member| is_it(member));
                    theirs.for_each(|member| member.status = Some(status.into()));
                });
            }
            Change::CancelInvite { .. } | Change::Remove { .. } => {
                after.members.change(|rows| rows.retain(|member| !is_it(member)));
            }
        }
    }
    after
}

/// Members known to be active and privileged, counted here without the code under test.
fn administrators(reading: &Reading) -> BTreeSet<Email> {
    let admin = |member: &&Member| {
        let roles = member.roles.iter().flatten();
        member.status == Some(StatusMeaning::Active.into())
            && roles.into_iter().any(|role| ["owner", "admin"].contains(&role.as_str()))
    };
    reading.members.iter().filter(admin).filter_map(|member| member.email.clone()).collect()
}

fn count(changes: &[Change], reading: &Reading, what: fn(&Counts) -> bool) -> usize {
    changes.iter().filter(|change| what(&guard::counts(change, reading, &roles()))).count()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_plan_touches_whom_it_must_not(world in a_world()) {
        for change in world.allowed() {
            prop_assert!(!world.policy.protected.contains(change.email()));
            prop_assert!(*change.email() != world.oneself);
        }
    }

    #[test]
    fn ambiguous_people_are_never_changed(world in a_world()) {
        for change in world.plan().changes {
            prop_assert!(world.reading.find(change.email()) != Found::Many);
        }
    }

    #[test]
    fn an_administrator_is_always_left(world in a_world()) {
        let changes = world.allowed();
        let before = administrators(&world.reading);
        let after = administrators(&applied(&world.reading, &changes));
        prop_assert!(before.is_empty() || before.intersection(&after).next().is_some());
    }

    #[test]
    fn no_limit_is_passed(world in a_world()) {
        let changes = world.allowed();
        let within = |what, past: u32, ceiling: u32| {
            let asked = count(&changes, &world.reading, what);
            asked == 0 || asked + past as usize <= ceiling as usize
        };
        let World { policy, history, reading, .. } = &world;
        prop_assert!(within(|counts| counts.removal, history.removals, policy.max_removals.limit(reading.rows())));
        prop_assert!(within(|counts| counts.new_seat, history.new_seats, policy.max_new_seats));
        prop_assert!(within(|counts| counts.privileged, history.privileged, policy.max_privileged));
        prop_assert!(within(|counts| counts.resend, history.resends, policy.max_resends));
    }

    #[test]
    fn every_removal_and_loss_of_rank_counts(world in a_world()) {
        let rank = |id: &RoleId| role::rank(&roles(), id);
        for change in world.plan().changes {
            let loses = match &change {
                Change::Invite { .. } | Change::Resend { .. } | Change::Reactivate { .. } => false,
                Change::CancelInvite { .. } | Change::Deactivate { .. } | Change::Remove { .. } => true,
                Change::ChangeRole { from, to, .. } => from.iter().any(|held| rank(held) < rank(to)),
            };
            prop_assert!(guard::counts(&change, &world.reading, &roles()).removal == loses);
        }
    }

    #[test]
    fn the_order_of_a_request_changes_nothing(
        (world, shuffled) in a_world().prop_flat_map(|world| {
            let emails = world.request.emails().to_vec();
            (Just(world), Just(emails).prop_shuffle())
        })
    ) {
        let one = world.plan();
        let other = World { request: with_emails(&world.request, shuffled), ..world }.plan();
        let sorted = |mut lines: Vec<String>| { lines.sort(); lines };
        let refusals = |plan: &Plan| sorted(plan.refusals.iter().map(|refusal| format!("{refusal:?}")).collect());
        let changes = |plan: &Plan| sorted(plan.changes.iter().map(|change| format!("{change:?}")).collect());
        let settled = |plan: &Plan| sorted(plan.settled.iter().map(|settled| format!("{settled:?}")).collect());
        prop_assert_eq!(refusals(&one), refusals(&other));
        prop_assert_eq!(changes(&one), changes(&other));
        prop_assert_eq!(settled(&one), settled(&other));
        prop_assert_eq!(one.seat_delta, other.seat_delta);
    }

    #[test]
    fn everybody_asked_for_is_answered_once(world in a_world()) {
        let plan = world.plan();
        let answered = plan.changes.iter().map(Change::email).chain(plan.settled.iter().map(|(email, _)| email));
        let answered: Vec<Email> = answered.cloned().collect();
        let asked: BTreeSet<Email> = world.request.emails().iter().cloned().collect();
        prop_assert_eq!(answered.len(), asked.len());
        prop_assert_eq!(answered.into_iter().collect::<BTreeSet<_>>(), asked);
    }

    #[test]
    fn a_satisfied_request_plans_nothing(mut world in a_world()) {
        // An invitation can be sent again as often as one asks for it.
        prop_assume!(!matches!(world.request, Request::Resend { .. }));
        world.reading = applied(&world.reading, &world.plan().changes);
        prop_assert_eq!(world.plan().changes, Vec::new());
    }

    #[test]
    fn absence_proves_nothing_on_an_unproven_list(mut world in a_world()) {
        world.reading.grade = Grade::None;
        let plan = world.plan();
        for change in &plan.changes {
            prop_assert!(matches!(world.reading.find(change.email()), Found::One(_)), "{}", change);
        }
        for (email, outcome) in &plan.settled {
            if world.reading.find(email) == Found::No {
                prop_assert!(outcome.kind == OutcomeKind::Failed, "{}: {}", email, outcome);
            }
        }
        for change in world.allowed() {
            let lowers = guard::counts(&change, &world.reading, &roles()).removal;
            prop_assert!(!(lowers && administrators(&world.reading).contains(change.email())), "{}", change);
        }
    }

    #[test]
    fn the_seat_cap_holds(world in a_world()) {
        let Some(cap) = world.policy.seat_cap else { return Ok(()) };
        let changes = world.allowed();
        let seats = |reading: &Reading| {
            let holds = |member: &&Member| {
                let known_out = member.is_only(&[StatusMeaning::Expired, StatusMeaning::Deactivated, StatusMeaning::Removed]);
                !known_out && member.roles.as_ref().is_none_or(|roles| roles.iter().any(|role| role.as_str() != "viewer"))
            };
            reading.members.iter().filter(holds).count()
        };
        let (before, after) = (seats(&world.reading), seats(&applied(&world.reading, &changes)));
        prop_assert!(after <= before || after <= cap as usize, "{} -> {}", before, after);
    }
}

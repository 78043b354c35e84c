//! What a roster comes to, in single cases; [`super::reconcile_laws`] has what always holds.

use std::collections::{BTreeMap, BTreeSet};

use super::StatusMeaning::{Active, Deactivated, Expired, Invited, Removed};
use super::tests::{email, member, reading, role, roles};
use super::*;

pub(super) const EVERYTHING: [&str; 7] =
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
pub(super) struct World {
    pub(super) rows: Vec<Wanted>,
    pub(super) facts: RosterFacts,
    pub(super) scope: Scope,
    pub(super) leavers: Leavers,
    pub(super) default_role: Option<RoleId>,
    pub(super) days_away: BTreeMap<Email, u32>,
    pub(super) operations: BTreeSet<String>,
    pub(super) costly: BTreeSet<String>,
    pub(super) reading: Reading,
    pub(super) policy: Policy,
    pub(super) oneself: Email,
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

    pub(super) fn roster(&self) -> Roster {
        Roster::new(self.rows.clone())
    }

    pub(super) fn plan(&self) -> Reconciliation {
        self.plan_on(&self.reading)
    }

    pub(super) fn plan_on(&self, reading: &Reading) -> Reconciliation {
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
    world.reading.members.change(|rows| rows.retain(|member| member.email != Some(email("maiden"))));
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
    world.reading.members.change(|rows| rows.truncate(1));
    assert_eq!(refused(&world), [], "nothing is to be done, so nothing is refused");
}

#[test]
fn half_a_roster_does_not_take_the_others_out_in_one_night() {
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

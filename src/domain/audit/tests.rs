//! What an audit finds, and what it does not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::FindingKind::{
    Duplicate, IdleSeat, Missing, NotAccepted, Orphan, Privileged, SameName, ServiceAccount, StaleInvitation,
    Unclear, WrongRole,
};
use super::*;
use crate::domain::StatusMeaning::{Active, Deactivated, Expired, Invited, Removed};
use crate::domain::roster::Wanted;
use crate::domain::tests::{email, member, reading, role, roles};
use crate::domain::{Grade, Reading};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn wanted(name: &str, role_id: &str) -> Wanted {
    let role = (!role_id.is_empty()).then(|| role(role_id));
    Wanted { email: email(name), role, name: None, state: Presence::Active, previous_email: None }
}

/// The findings of these kinds, as `kind who`.
fn found(audit: &Audit, kinds: &[FindingKind]) -> Vec<String> {
    let of = audit.findings.iter().filter(|finding| kinds.contains(&finding.kind));
    let who = |finding: &Finding| {
        let email = finding.email.as_ref().map_or("-", |email| email.as_str());
        email.split('@').next().unwrap_or_default().to_owned()
    };
    of.map(|finding| format!("{} {}", finding.kind.as_str(), who(finding))).collect()
}

struct World {
    reading: Reading,
    roster: Option<Roster>,
    scope: Scope,
    activity: Option<BTreeMap<Email, Activity>>,
    shows_invited: bool,
}

impl World {
    fn of(members: Vec<Member>) -> Self {
        let scope = Scope { domains: BTreeSet::from(["example.com".to_owned()]), ..Scope::default() };
        Self { reading: reading(members), roster: None, scope, activity: None, shows_invited: true }
    }

    fn beside(self, people: impl IntoIterator<Item = Wanted>) -> Self {
        Self { roster: Some(Roster::new(people)), ..self }
    }

    fn audit(&self) -> Audit {
        let (roles, oneself) = (roles(), email("bot"));
        let question = Question {
            roster: self.roster.as_ref(),
            scope: &self.scope,
            roles: &roles,
            oneself: &oneself,
            stale_after: DAY * 14,
            idle_after: DAY * 90,
            activity: self.activity.as_ref(),
            shows_invited: self.shows_invited,
        };
        audit(&question, &self.reading)
    }
}

#[test]
fn a_roster_tells_who_is_too_many_who_is_missing_and_who_has_another_role() {
    let suspended = |name| Wanted { state: Presence::Suspended, ..wanted(name, "viewer") };
    let left = |name| Wanted { state: Presence::Left, ..wanted(name, "viewer") };
    let world = World::of(vec![
        member("right", "editor", Active),
        member("any", "admin", Active),
        member("over", "admin", Active),
        member("away", "viewer", Active),
        member("rests", "viewer", Deactivated),
        member("works", "viewer", Active),
        member("former", "viewer", Active),
        member("pend", "viewer", Invited),
        member("gone", "viewer", Removed),
        member("back", "viewer", Removed),
        member("bot", "admin", Active),
    ])
    .beside([
        wanted("right", "editor"),
        wanted("any", ""),
        wanted("over", "editor"),
        suspended("rests"),
        suspended("works"),
        left("former"),
        wanted("new", "viewer"),
        left("old"),
        wanted("back", "viewer"),
        wanted("bot", "viewer"),
    ]);
    let audit = world.audit();
    assert_eq!(
        found(&audit, &[Orphan, Missing, WrongRole, ServiceAccount]),
        [
            "orphan away",
            "orphan former",
            "orphan pend",
            "orphan works",
            "missing back",
            "missing new",
            "wrong_role over",
            "service_account bot"
        ]
    );
    let why = |who: &str| {
        let of = |finding: &&Finding| finding.email == Some(email(who)) && finding.kind != Privileged;
        audit.findings.iter().find(of).unwrap().why.clone()
    };
    assert_eq!(why("over"), "editor in the roster, admin in the list");
    assert_eq!(why("works"), "suspended in the roster, active as viewer");
    assert_eq!(why("away"), "not in the roster, active as viewer");
    assert!(audit.unknown(Orphan).is_none() && audit.unknown(Missing).is_none());
}

#[test]
fn who_is_not_managed_is_no_orphan() {
    let mut world = World::of(vec![member("guest", "viewer", Active)]).beside([wanted("ann", "viewer")]);
    assert_eq!(found(&world.audit(), &[Orphan]), ["orphan guest"]);
    world.scope.domains = BTreeSet::from(["elsewhere.example".to_owned()]);
    assert_eq!(found(&world.audit(), &[Orphan]), [""; 0]);
    world.scope.adopted = BTreeSet::from([email("guest")]);
    assert_eq!(found(&world.audit(), &[Orphan]), ["orphan guest"]);
}

/// An incomplete list still shows who is in it.
#[test]
fn nobody_is_missing_from_a_list_that_may_be_short() {
    let mut world = World::of(vec![member("away", "viewer", Active)]).beside([wanted("new", "viewer")]);
    assert_eq!(found(&world.audit(), &[Orphan, Missing]), ["orphan away", "missing new"]);
    world.reading.grade = Grade::None;
    let audit = world.audit();
    assert_eq!(found(&audit, &[Orphan, Missing]), ["orphan away"]);
    assert_eq!(audit.unknown(Missing), Some(Unknown::NotProven));
}

#[test]
fn without_a_roster_what_only_it_tells_is_unanswered() {
    let audit = World::of(vec![member("ann", "viewer", Active)]).audit();
    assert_eq!(audit.findings, []);
    let unanswered: Vec<(&str, &str)> =
        audit.unanswered.iter().map(|one| (one.kind.as_str(), one.why.as_str())).collect();
    let expected = [
        ("orphan", "no_roster"),
        ("missing", "no_roster"),
        ("wrong_role", "no_roster"),
        ("idle_seat", "not_shown"),
        ("service_account", "no_roster"),
    ];
    assert_eq!(unanswered, expected);
}

#[test]
fn an_invitation_is_stale_from_the_day_on() {
    let invited = |name: &str, days: Option<u32>| Member {
        invited_for: days.map(|days| DAY * days),
        ..member(name, "viewer", Invited)
    };
    let mut world = World::of(vec![
        invited("late", Some(14)),
        invited("young", Some(13)),
        invited("unknown", None),
        Member { invited_for: None, ..member("over", "viewer", Expired) },
    ]);
    let kinds = [StaleInvitation, NotAccepted];
    let expected =
        ["stale_invitation late", "stale_invitation over", "not_accepted unknown", "not_accepted young"];
    assert_eq!(found(&world.audit(), &kinds), expected);
    world.shows_invited = false;
    assert_eq!(world.audit().unknown(StaleInvitation), Some(Unknown::NotShown));
}

#[test]
fn a_seat_is_idle_where_the_console_shows_it_and_for_those_who_could_use_it() {
    let mut world = World::of(vec![
        member("idle", "editor", Active),
        member("busy", "editor", Active),
        member("never", "admin", Active),
        member("free", "viewer", Active),
        member("pend", "editor", Invited),
        member("off", "editor", Deactivated),
        member("odd", "editor", Active),
    ]);
    assert_eq!(found(&world.audit(), &[IdleSeat]), [""; 0]);
    let at = |name: &str, activity| (email(name), activity);
    world.activity = Some(BTreeMap::from([
        at("idle", Activity::Ago(DAY * 90)),
        at("busy", Activity::Ago(DAY * 89)),
        at("never", Activity::Never),
        at("free", Activity::Never),
        at("pend", Activity::Never),
        at("off", Activity::Never),
        at("odd", Activity::Unreadable),
    ]));
    let audit = world.audit();
    assert_eq!(found(&audit, &[IdleSeat]), ["idle_seat idle", "idle_seat never"]);
    assert!(audit.unknown(IdleSeat).is_none());
}

#[test]
fn rows_that_are_one_too_many_or_say_too_little_are_told() {
    let called =
        |name: &str, called: &str| Member { name: Some(called.to_owned()), ..member(name, "viewer", Active) };
    let twice = member("twice", "viewer", Active);
    let mut world = World::of(vec![
        called("ann", "Ann Lee"),
        called("lee", " ann  LEE "),
        called("anna", "Anna"),
        called("anna2", "Anna"),
        twice.clone(),
        twice,
        Member { email: None, ..member("nobody", "viewer", Active) },
        Member { roles: None, ..member("norole", "viewer", Active) },
        Member { status: None, ..member("nostatus", "viewer", Active) },
    ])
    .beside([wanted("two", "viewer"), wanted("two", "editor")]);
    world.reading.ambiguous = BTreeSet::from([email("twice")]);
    let audit = world.audit();
    assert_eq!(
        found(&audit, &[Duplicate, SameName, Unclear]),
        [
            "duplicate twice",
            "duplicate two",
            "same_name ann",
            "same_name lee",
            "unclear -",
            "unclear norole",
            "unclear nostatus"
        ]
    );
}

#[test]
fn who_administers_and_how_many_hold_each_role_is_told() {
    let world = World::of(vec![
        member("boss", "owner", Active),
        member("soon", "admin", Invited),
        member("gone", "admin", Removed),
        member("edit", "editor", Active),
    ]);
    let audit = world.audit();
    assert_eq!(found(&audit, &[Privileged]), ["privileged boss", "privileged soon"]);
    assert!(audit.findings.iter().any(|finding| finding.why == "holds admin, once they accept"));
    let counts: Vec<(&str, usize)> =
        audit.by_role.iter().map(|(role, count)| (role.id.as_str(), *count)).collect();
    assert_eq!(counts, [("owner", 1), ("admin", 1), ("editor", 1), ("viewer", 0)]);
}

#[test]
fn every_kind_has_a_word_of_its_own() {
    for kind in FindingKind::ALL {
        assert_eq!(FindingKind::parse(kind.as_str()), Some(kind));
    }
    assert_eq!(FindingKind::parse("orphans"), None);
}

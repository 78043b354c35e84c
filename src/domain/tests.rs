//! What plan and guards say in single cases; [`super::laws`] has what always holds.

use std::collections::BTreeSet;
use std::time::Duration;

use super::StatusMeaning::{Active, Deactivated, Expired, Invited, Removed};
use super::*;

pub(super) fn email(name: &str) -> Email {
    Email::parse(&format!("{name}@example.com")).unwrap()
}

pub(super) fn role(id: &str) -> RoleId {
    RoleId::new(id)
}

/// The highest first: owner and admin are privileged, a viewer takes no seat, an owner cannot be made.
pub(super) fn roles() -> Vec<Role> {
    let role = |id, seat, privileged, grantable| Role { id: role(id), seat, privileged, grantable };
    vec![
        role("owner", true, true, false),
        role("admin", true, true, true),
        role("editor", true, false, true),
        role("viewer", false, false, true),
    ]
}

pub(super) fn member(name: &str, role_id: &str, status: StatusMeaning) -> Member {
    Member {
        email: Some(email(name)),
        roles: Some(BTreeSet::from([role(role_id)])),
        status: Some(status.into()),
        ..Member::default()
    }
}

pub(super) fn reading(members: Vec<Member>) -> Reading {
    Reading {
        total: Some(members.len() as u64),
        members: members.into(),
        grade: Grade::Total,
        unproven: None,
        without_address: 0,
        ambiguous: BTreeSet::new(),
    }
}

/// Two owners, an admin, and one of each other kind.
fn workspace() -> Reading {
    reading(vec![
        member("olga", "owner", Active),
        member("otto", "owner", Active),
        member("adam", "admin", Active),
        member("edit", "editor", Active),
        member("view", "viewer", Active),
        member("pend", "editor", Invited),
        member("late", "editor", Expired),
        member("gone", "editor", Removed),
        member("idle", "editor", Deactivated),
        Member { roles: None, ..member("odd", "editor", Active) },
        Member { status: None, ..member("fog", "editor", Active) },
        member("twin", "viewer", Active),
        member("twin", "editor", Active),
        Member { email: None, ..member("x", "admin", Active) },
    ])
}

fn unproven() -> Reading {
    Reading { grade: Grade::None, unproven: Some("60 shown, 58 read".to_owned()), ..workspace() }
}

/// Everything allowed but what no policy allows.
fn generous() -> Policy {
    Policy { max_removals: Ceiling::Count(100), max_new_seats: 100, max_privileged: 100, ..Policy::default() }
}

fn planned(request: &Request, reading: &Reading) -> Plan {
    plan(request, reading, &roles(), &generous(), &History::default(), &email("me"))
}

fn all(names: &[&str]) -> Vec<Email> {
    names.iter().map(|name| email(name)).collect()
}

/// One person's fate in a line.
fn fate(request: &Request, reading: &Reading) -> String {
    let plan = planned(request, reading);
    match (plan.changes.as_slice(), plan.settled.as_slice()) {
        ([change], []) => change.to_string(),
        ([], [(_, outcome)]) => outcome.to_string(),
        other => panic!("{other:?}"),
    }
}

fn check(request: &Request, reading: &Reading, expected: &str) {
    let fate = fate(request, reading);
    assert!(fate.starts_with(expected), "{request:?}: {fate}");
}

#[test]
fn an_invitation_is_planned_for_strangers_only() {
    let invite = |name, role_id, reading: &Reading, expected| {
        check(&Request::Invite { emails: all(&[name]), role: role(role_id) }, reading, expected);
    };
    let proven = workspace();
    invite("new", "editor", &proven, "invite new@example.com as editor");
    invite("gone", "editor", &proven, "invite gone@example.com as editor");
    invite("edit", "editor", &proven, "already_so");
    invite("pend", "editor", &proven, "already_so");
    invite(
        "pend",
        "viewer",
        &proven,
        "failed (already_member): is in the list as editor: to make that viewer",
    );
    invite("edit", "viewer", &proven, "failed (already_member)");
    invite("idle", "editor", &proven, "failed (already_member): is in the list, deactivated");
    invite("late", "editor", &proven, "failed (already_member): was invited, and the invitation expired");
    invite("odd", "editor", &proven, "needs_person");
    invite("fog", "editor", &proven, "needs_person");
    invite("twin", "editor", &proven, "failed (ambiguous)");
    invite("new", "owner", &proven, "failed (role_not_offered)");
    invite("new", "king", &proven, "failed (role_not_offered): king cannot be given here");
    invite("new", "editor", &unproven(), "failed (reading_unstable): nobody knows whether new@example.com");
    invite("edit", "editor", &unproven(), "already_so");
}

#[test]
fn a_role_is_changed_only_where_it_differs() {
    let set = |name, role_id, reading: &Reading, expected| {
        check(&Request::SetRole { emails: all(&[name]), role: role(role_id) }, reading, expected);
    };
    let proven = workspace();
    set("edit", "viewer", &proven, "change the role of edit@example.com from editor to viewer");
    set("edit", "editor", &proven, "already_so");
    set("olga", "owner", &proven, "already_so");
    set("edit", "owner", &proven, "failed (role_not_offered)");
    set("edit", "king", &proven, "failed (role_not_offered)");
    set("new", "editor", &proven, "failed (not_found)");
    set("gone", "editor", &proven, "failed (not_found)");
    set("new", "editor", &unproven(), "failed (reading_unstable)");
    set("edit", "viewer", &unproven(), "change the role");
    set("odd", "editor", &proven, "needs_person");
    set("twin", "editor", &proven, "failed (ambiguous)");
}

#[test]
fn a_removal_believes_absence_only_from_a_proven_list() {
    let remove = |name, reading: &Reading, expected| {
        check(&Request::Remove { emails: all(&[name]) }, reading, expected);
    };
    let proven = workspace();
    remove("edit", &proven, "remove edit@example.com");
    remove("pend", &proven, "remove pend@example.com");
    remove("new", &proven, "already_so");
    remove("gone", &proven, "already_so");
    remove("new", &unproven(), "failed (reading_unstable)");
    remove("edit", &unproven(), "remove edit@example.com");
    remove("twin", &proven, "failed (ambiguous)");
}

#[test]
fn who_has_waited_for_too_long_is_told_by_the_list() {
    let days = |days: u64| Some(Duration::from_secs(days * 24 * 3600));
    let waits = |name, status, invited_for| Member { invited_for, ..member(name, "editor", status) };
    let list = reading(vec![
        waits("week", Invited, days(7)),
        waits("late", Expired, days(30)),
        waits("fresh", Invited, days(6)),
        waits("odd", Invited, None),
        waits("here", Active, days(90)),
        Member { email: None, ..waits("x", Invited, days(90)) },
        waits("twin", Invited, days(90)),
        waits("twin", Invited, days(1)),
    ]);
    let list = Reading { ambiguous: BTreeSet::from([email("twin")]), ..list };
    let request = Request::ResendOlder { than: Duration::from_secs(7 * 24 * 3600) };
    let (policy, history) = (Policy::default(), History::default());
    let plan = plan(&request, &list, &roles(), &policy, &history, &email("me"));
    let sent = ["week", "late"].map(|name| Change::Resend { email: email(name) });
    assert_eq!(plan.changes, sent);
    let told: Vec<(String, OutcomeKind)> =
        plan.settled.iter().map(|(email, outcome)| (email.to_string(), outcome.kind)).collect();
    let of = |name, kind| (email(name).to_string(), kind);
    assert_eq!(told, [of("odd", OutcomeKind::Skipped), of("twin", OutcomeKind::Failed)]);
}

#[test]
fn only_who_is_invited_for_certain_is_invited_again_or_no_longer() {
    let proven = workspace();
    let resend = |name, reading: &Reading, expected| {
        check(&Request::Resend { emails: all(&[name]) }, reading, expected);
    };
    let cancel = |name, reading: &Reading, expected| {
        check(&Request::CancelInvite { emails: all(&[name]) }, reading, expected);
    };
    resend("pend", &proven, "send the invitation of pend@example.com again");
    resend("late", &proven, "send the invitation of late@example.com again");
    resend("pend", &unproven(), "send the invitation");
    resend("edit", &proven, "already_so: the invitation was accepted");
    resend("new", &proven, "failed (not_found)");
    resend("gone", &proven, "failed (not_found)");
    resend("idle", &proven, "failed (not_found)");
    resend("fog", &proven, "needs_person");
    resend("twin", &proven, "failed (ambiguous)");
    resend("new", &unproven(), "failed (reading_unstable)");

    cancel("pend", &proven, "take back the invitation of pend@example.com");
    cancel("late", &proven, "take back the invitation");
    cancel("pend", &unproven(), "take back the invitation");
    cancel("edit", &proven, "failed (already_member): the invitation was accepted");
    cancel("new", &proven, "already_so");
    cancel("gone", &proven, "already_so");
    cancel("idle", &proven, "failed (not_found)");
    cancel("fog", &proven, "needs_person");
    cancel("twin", &proven, "failed (ambiguous)");
    cancel("new", &unproven(), "failed (reading_unstable)");

    // Of several meanings the careful one counts.
    let mut vague = workspace();
    let status = Some(Status(BTreeSet::from([Invited, Deactivated])));
    vague.members.change(|rows| rows[5].status = status);
    resend("pend", &vague, "needs_person");
    cancel("pend", &vague, "needs_person");
}

#[test]
fn access_is_taken_and_given_back_only_where_it_is_known() {
    let proven = workspace();
    let deactivate = |name, reading: &Reading, expected| {
        check(&Request::Deactivate { emails: all(&[name]) }, reading, expected);
    };
    let reactivate = |name, reading: &Reading, expected| {
        check(&Request::Reactivate { emails: all(&[name]) }, reading, expected);
    };
    deactivate("edit", &proven, "deactivate edit@example.com");
    deactivate("edit", &unproven(), "deactivate edit@example.com");
    deactivate("idle", &proven, "already_so");
    deactivate(
        "pend",
        &proven,
        "failed (not_found): was invited and has not accepted: take the invitation back",
    );
    deactivate("gone", &proven, "failed (not_found): is in the list as somebody removed");
    deactivate("new", &proven, "failed (not_found)");
    deactivate("new", &unproven(), "failed (reading_unstable)");
    deactivate("fog", &proven, "needs_person");
    deactivate("twin", &proven, "failed (ambiguous)");

    reactivate("idle", &proven, "reactivate idle@example.com");
    reactivate("edit", &proven, "already_so");
    reactivate(
        "late",
        &proven,
        "failed (not_found): was invited and has not accepted: send the invitation again",
    );
    reactivate("gone", &proven, "failed (not_found): is in the list as somebody removed: invite the person");
    reactivate("new", &proven, "failed (not_found)");
    reactivate("new", &unproven(), "failed (reading_unstable)");
    reactivate("fog", &proven, "needs_person");
    reactivate("twin", &proven, "failed (ambiguous)");

    // "Inactive" for deactivated and for invited alike.
    let mut vague = workspace();
    let status = Some(Status(BTreeSet::from([Invited, Deactivated])));
    vague.members.change(|rows| rows[5].status = status);
    deactivate("pend", &vague, "needs_person");
    reactivate("pend", &vague, "needs_person");
}

#[test]
fn an_address_the_reader_calls_ambiguous_is_left_alone() {
    let reading = Reading { ambiguous: BTreeSet::from([email("edit")]), ..workspace() };
    check(&Request::Remove { emails: all(&["edit"]) }, &reading, "failed (ambiguous)");
}

#[test]
fn repeated_people_count_once_and_the_order_stays() {
    let plan =
        planned(&Request::Remove { emails: all(&["view", "new", "edit", "view", "new"]) }, &workspace());
    let planned: Vec<_> = plan.changes.iter().map(|change| change.email().clone()).collect();
    assert_eq!(planned, all(&["view", "edit"]));
    let nobody = Outcome::already_so().with_detail("nobody with this address is in the list");
    assert_eq!(plan.settled, [(email("new"), nobody)]);
}

#[test]
fn seats_are_counted_by_role() {
    let delta = |request: Request| planned(&request, &workspace()).seat_delta;
    let set = |names: &[&str], role_id| delta(Request::SetRole { emails: all(names), role: role(role_id) });
    assert_eq!(delta(Request::Invite { emails: all(&["a", "b"]), role: role("editor") }), 2);
    assert_eq!(delta(Request::Invite { emails: all(&["a", "b"]), role: role("viewer") }), 0);
    assert_eq!(delta(Request::Remove { emails: all(&["edit", "view", "pend", "idle"]) }), -2);
    assert_eq!(delta(Request::CancelInvite { emails: all(&["pend", "late"]) }), -1);
    assert_eq!(delta(Request::Resend { emails: all(&["pend", "late"]) }), 0);
    assert_eq!(delta(Request::Deactivate { emails: all(&["edit", "view"]) }), -1);
    assert_eq!(delta(Request::Reactivate { emails: all(&["idle"]) }), 1);
    assert_eq!(set(&["view", "edit"], "admin"), 1);
    assert_eq!(set(&["edit"], "viewer"), -1);
}

/// The guards' answer, a line each.
fn refused(request: Request, policy: &Policy, history: &History, reading: &Reading) -> Vec<String> {
    let plan = plan(&request, reading, &roles(), policy, history, &email("olga"));
    let line = |refusal: &Refusal| format!("{}: {}; {}", refusal.guard, refusal.message, refusal.hint);
    plan.refusals.iter().map(line).collect()
}

fn removes(names: &[&str]) -> Request {
    Request::Remove { emails: all(names) }
}

#[test]
fn refusals_come_all_at_once_with_their_figures() {
    let policy = Policy { protected: BTreeSet::from([email("view")]), ..Policy::default() };
    let history = History { removals: 1, ..History::default() };
    insta::assert_snapshot!(
        refused(removes(&["view", "olga", "otto", "adam"]), &policy, &history, &workspace()).join("\n"),
        @r"
    protected: view@example.com is protected by the policy; leave this person out; if they need no protection any more, take them from `policy.protected`
    oneself: olga@example.com is the account seatwright signs in with, which never changes itself; leave this account out; change it by hand, signed in as somebody else
    last_privileged: nobody privileged would be left: 3 active and known to be privileged, 3 asked to go or to be demoted; leave one of them in place, or give somebody else a privileged role first, in a run of its own
    last_privileged: nobody privileged would be left: 3 active and known to be privileged, 3 asked to go or to be demoted; leave one of them in place, or give somebody else a privileged role first, in a run of its own
    last_privileged: nobody privileged would be left: 3 active and known to be privileged, 3 asked to go or to be demoted; leave one of them in place, or give somebody else a privileged role first, in a run of its own
    removals: 4 removals and demotions asked, 1 in the last 24 h, ceiling 2 (5 % of 14, at least 2); split the request: 1 fit now; or raise `policy.max_removals`
    "
    );
}

#[test]
fn each_limit_counts_this_plan_and_the_last_day() {
    let policy = Policy { max_new_seats: 2, seat_cap: Some(10), ..Policy::default() };
    let none = &History::default();
    let full = &History { removals: 2, new_seats: 2, privileged: 1, resends: 19, in_doubt: Vec::new() };
    let invite = |names: &[&str], id| Request::Invite { emails: all(names), role: role(id) };
    let set = |names: &[&str], id| Request::SetRole { emails: all(names), role: role(id) };
    let check = |request: Request, history, expected: &[&str]| {
        let refused = refused(request.clone(), &policy, history, &workspace());
        let guards: Vec<_> = refused.iter().map(|line| line.split(':').next().unwrap()).collect();
        assert_eq!(guards, expected, "{request:?} {refused:?}");
    };
    check(removes(&["edit", "pend"]), none, &[]);
    check(removes(&["edit", "pend", "view"]), none, &["removals"]);
    check(removes(&["edit"]), full, &["removals"]);
    let people = || all(&["pend", "late"]);
    check(Request::CancelInvite { emails: people() }, none, &[]);
    check(Request::CancelInvite { emails: people() }, full, &["removals"]);
    check(Request::Deactivate { emails: all(&["edit"]) }, none, &[]);
    check(Request::Deactivate { emails: all(&["edit"]) }, full, &["removals"]);
    check(Request::Reactivate { emails: all(&["idle"]) }, none, &[]);
    check(Request::Reactivate { emails: all(&["idle"]) }, full, &["new_seats"]);
    check(Request::Resend { emails: people() }, none, &[]);
    check(Request::Resend { emails: people() }, full, &["resends"]);
    check(Request::Resend { emails: all(&["late"]) }, full, &[]);
    check(set(&["adam", "otto"], "editor"), none, &[]);
    check(set(&["adam", "edit", "idle"], "viewer"), none, &["removals"]);
    check(invite(&["a"], "editor"), none, &[]);
    check(invite(&["a", "b"], "editor"), none, &["seat_cap"]);
    check(invite(&["a", "b", "c"], "editor"), none, &["new_seats", "seat_cap"]);
    check(invite(&["a", "b", "c"], "viewer"), full, &[]);
    check(invite(&["a"], "editor"), full, &["new_seats"]);
    check(set(&["view"], "editor"), full, &["new_seats"]);
    check(set(&["pend"], "admin"), none, &[]);
    check(set(&["pend", "edit"], "admin"), none, &["privileged_grants"]);
    check(set(&["pend"], "admin"), full, &["privileged_grants"]);
    check(set(&["otto"], "admin"), full, &["removals"]);
}

#[test]
fn nobody_privileged_is_touched_on_an_unproven_list() {
    let guards = |request| refused(request, &generous(), &History::default(), &unproven());
    assert_eq!(guards(removes(&["edit", "pend"])), Vec::<String>::new());
    for request in [
        removes(&["adam"]),
        removes(&["odd"]),
        Request::SetRole { emails: all(&["adam"]), role: role("viewer") },
        Request::SetRole { emails: all(&["otto"]), role: role("admin") },
    ] {
        let lines = guards(request.clone());
        assert!(lines.len() == 1 && lines[0].starts_with("unproven"), "{request:?} {lines:?}");
    }
    let policy = Policy { seat_cap: Some(1000), ..generous() };
    let request = Request::SetRole { emails: all(&["view"]), role: role("editor") };
    let lines = refused(request, &policy, &History::default(), &unproven());
    assert!(lines.len() == 1 && lines[0].starts_with("seat_cap"), "{lines:?}");
}

#[test]
fn one_who_may_be_the_last_privileged_stays() {
    let reading = reading(vec![
        member("view", "viewer", Active),
        Member { roles: None, ..member("odd", "viewer", Active) },
        member("idle", "admin", Deactivated),
        member("pend", "admin", Invited),
    ]);
    let guards = |names: &[&str]| refused(removes(names), &generous(), &History::default(), &reading).len();
    assert_eq!(guards(&["view"]), 0);
    assert_eq!(guards(&["odd"]), 1);
}

#[test]
fn whose_leaving_is_in_doubt_is_not_counted_as_left() {
    let guards = |in_doubt: &[&str]| {
        let in_doubt = all(in_doubt).into_iter().map(|email| Change::Remove { email }).collect();
        let history = History { in_doubt, ..History::default() };
        refused(removes(&["adam"]), &generous(), &history, &workspace())
    };
    assert_eq!(guards(&["otto"]), Vec::<String>::new());
    let lines = guards(&["otto", "olga"]);
    assert!(
        lines.len() == 1
            && lines[0].contains("1 asked to go or to be demoted, and 2 in doubt whether they have left"),
        "{lines:?}"
    );
}

#[test]
fn too_many_failures_end_a_run() {
    use OutcomeKind::{Done, Failed, InDoubt};
    let stops = |kinds: &[OutcomeKind]| guard::check_failures(kinds, &Policy::default()).is_some();
    assert!(!stops(&[]));
    assert!(!stops(&[Failed, Failed, Failed, Failed]));
    assert!(stops(&[Failed, Failed, InDoubt, Failed, Failed]));
    assert!(!stops(&[Failed, Failed, Failed, Failed, Done]));
    assert!(stops(&[Failed, Done, Done, Done, Failed, Done, Done, Done, Done, Done]));
    assert!(!stops(&[Failed, Done, Done, Done, Done, Done, Done, Done, Done, Done]));
}

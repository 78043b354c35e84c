//! Forms, and what a console answers: success and refusal in all the ways in which they show, or do not.

use seatwright::domain::member::RoleId;
use seatwright::domain::outcome::Reason;
use seatwright::domain::request::Request;
use seatwright::engine::app::Means;
use seatwright::engine::runner::{Committed, Ran};

use super::console::{Console, stopped_by};
use crate::support::{Agrees, RUNTIME, email, of};

const NEW: &str = "new@acme.example";

/// Somebody new is invited as a member, once.
#[track_caller]
fn invites(quirk: &str) {
    Console::of(quirk).does("invite", NEW, Some("member"), "invite new@acme.example as Member");
}

fn means(ran: &Ran) -> Option<Reason> {
    match ran.said {
        Some((Means::Reason(reason), _)) => Some(reason),
        _ => None,
    }
}

#[test]
fn default_role() {
    invites("default-role");
    let console = Console::refusing("default-role", "resets");
    let ran = console.play_with("invite", NEW, Some("member"));
    assert!(stopped_by(&ran).contains("\"invite.role\" holds \"Admin\" now"), "{ran:?}");
    assert!(console.acted().is_empty() && ran.committed == Committed::No, "{ran:?}");
}

#[test]
fn aria_disabled() {
    invites("aria-disabled");
}

#[test]
fn hidden_radio() {
    invites("hidden-radio");
}

#[test]
fn second_step() {
    invites("second-step");
}

#[test]
fn saved_button() {
    let console = Console::of("saved-button");
    let who = "ann@acme.example";
    let report = console.change(Request::SetRole { emails: vec![email(who)], role: RoleId::new("admin") });
    assert_eq!(of(&report, who).outcome, "done", "{report:#?}");
    assert_eq!(of(&report, who).settled_by.as_deref(), Some("read back"));
    assert_eq!(console.acted(), ["ann@acme.example is Admin"]);
}

#[test]
fn refusals() {
    for habit in ["inline", "toast"] {
        let console = Console::with("refusals", habit);
        let ran = console.play_with("invite", NEW, Some("member"));
        assert_eq!(means(&ran), Some(Reason::SeatLimit), "{habit}: {ran:?}");
        assert_eq!(console.acted(), ["was refused new@acme.example"], "{habit}");
    }
    let console = Console::with("refusals", "silence");
    let report = console.change(Request::Invite { emails: vec![email(NEW)], role: RoleId::new("member") });
    let change = of(&report, NEW);
    assert_eq!(
        (change.outcome.as_str(), change.reason.as_deref()),
        ("failed", Some("not_applied")),
        "{report:#?}"
    );
    assert_eq!(console.acted(), ["was refused new@acme.example"]);
}

/// What was there before the click is no answer to it; the same words in a new toast are.
#[test]
fn toast_stays() {
    let console = Console::of("toast-stays");
    let ran = console.play_with("invite", NEW, Some("member"));
    assert_eq!((means(&ran), ran.committed), (None, Committed::Yes), "{ran:?}");
    assert_eq!(console.acted(), ["invite new@acme.example as Member"]);
    let again = Console::with("toast-stays", "again");
    let ran = again.play_with("invite", NEW, Some("member"));
    assert_eq!(means(&ran), Some(Reason::SeatLimit), "{ran:?}");
}

#[test]
fn optimistic() {
    let console = Console::of("optimistic");
    let who = "ann@acme.example";
    let report = console.change(Request::SetRole { emails: vec![email(who)], role: RoleId::new("admin") });
    let change = of(&report, who);
    assert_eq!(
        (change.outcome.as_str(), change.reason.as_deref()),
        ("failed", Some("not_applied")),
        "{report:#?}"
    );
    assert_eq!(console.acted(), ["was refused ann@acme.example"]);
}

#[test]
fn invite_again() {
    let console = Console::of("invite-again");
    let who = "cy@acme.example";
    let report = console.change(Request::Resend { emails: vec![email(who)] });
    assert_eq!(of(&report, who).outcome, "done", "{report:#?}");
    assert_eq!(console.acted(), ["mail cy@acme.example as Member"]);
}

#[test]
fn mail_code() {
    let console = Console::of("mail-code");
    let report = RUNTIME.block_on(console.engine().list(&mut Agrees)).unwrap().report;
    assert_eq!(report.error.and_then(|error| error.reason).as_deref(), Some("code_required"));
    assert_eq!(report.exit_code, 6);
}

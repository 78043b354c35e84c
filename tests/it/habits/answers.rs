//! What a console answers, and what a run makes of it.

use std::sync::Arc;
use std::time::Duration;

use seatwright::domain::member::RoleId;
use seatwright::domain::outcome::Reason;
use seatwright::domain::request::Request;
use seatwright::engine::app::Means;

use crate::quirks::console::Console;
use crate::support::{email, of};

const NEW: &str = "new@acme.example";

#[test]
fn a_refusal_that_stays_as_a_toast_is_heard() {
    let console = Console::with("refusals", "toast");
    let ran = console.play_with("invite", NEW, Some("member"));
    assert!(matches!(ran.said, Some((Means::Reason(Reason::SeatLimit), _))), "{ran:?}");
    assert_eq!(console.acted(), ["was refused new@acme.example"]);
}

/// The same words as those of before, in a new toast.
#[test]
fn what_is_said_once_more_is_an_answer() {
    let again = Console::with("toast-stays", "again");
    let ran = again.play_with("invite", NEW, Some("member"));
    assert!(matches!(ran.said, Some((Means::Reason(Reason::SeatLimit), _))), "{ran:?}");
}

#[test]
fn where_nothing_is_said_two_readings_decide() {
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

#[test]
fn what_was_sent_again_is_done() {
    let console = Console::of("invite-again");
    let who = "cy@acme.example";
    let report = console.change(Request::Resend { emails: vec![email(who)] });
    assert_eq!(of(&report, who).outcome, "done", "{report:#?}");
    assert_eq!(console.acted(), ["mail cy@acme.example as Member"]);
}

#[test]
fn what_only_the_page_shows_is_not_applied() {
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
fn nobody_who_waits_is_written_to_twice() {
    let mut console = Console::of("invited-dates");
    console.desk.clock = Arc::new(|| "2026-11-30T12:00:00Z".parse().unwrap());
    let older = || Request::ResendOlder { than: Duration::from_secs(7 * 24 * 3600) };
    console.change(older());
    assert_eq!(console.acted(), ["send to old@acme.example", "send to weeks@acme.example"]);
    // The list shows them as before.
    let report = console.change(older());
    let told: Vec<_> =
        report.changes.iter().map(|change| (change.email.as_str(), change.outcome.as_str())).collect();
    assert_eq!(told, [("odd@acme.example", "skipped")], "{report:#?}");
    assert_eq!(console.acted().len(), 2);
}

//! Forms, and what a console answers: success and refusal in all the ways in which they show, or do not.

use std::sync::Arc;
use std::time::Duration;

use seatwright::domain::member::RoleId;
use seatwright::domain::outcome::Reason;
use seatwright::domain::request::Request;
use seatwright::engine::app::Means;
use seatwright::engine::report::{ChangeReport, Report};
use seatwright::engine::runner::{Committed, Ran};

use super::console::{Console, lines, stopped_by};
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

/// By a whole run, to what a fresh list shows.
#[track_caller]
pub(crate) fn ann_is_made_admin(quirk: &str) {
    let console = Console::of(quirk);
    let who = "ann@acme.example";
    let report = console.change(Request::SetRole { emails: vec![email(who)], role: RoleId::new("admin") });
    assert_eq!(of(&report, who).outcome, "done", "{report:#?}");
    assert_eq!(of(&report, who).settled_by.as_deref(), Some("read back"));
    assert_eq!(console.acted(), ["ann@acme.example is Admin"]);
}

#[test]
fn saved_button() {
    ann_is_made_admin("saved-button");
}

#[test]
fn refusals() {
    let console = Console::with("refusals", "inline");
    let ran = console.play_with("invite", NEW, Some("member"));
    assert_eq!(means(&ran), Some(Reason::SeatLimit), "{ran:?}");
    assert_eq!(console.acted(), ["was refused new@acme.example"]);
}

/// What was there before the click is no answer to it.
#[test]
fn toast_stays() {
    let console = Console::of("toast-stays");
    let ran = console.play_with("invite", NEW, Some("member"));
    assert_eq!((means(&ran), ran.committed), (None, Committed::Yes), "{ran:?}");
    assert_eq!(console.acted(), ["invite new@acme.example as Member"]);
}

#[test]
fn optimistic() {
    let console = Console::of("optimistic");
    let (ran, reading) = console.play_and_read("change_role", "ann@acme.example", "admin");
    assert!(ran.stop.is_none() && ran.committed == Committed::Yes, "the page shows it: {ran:?}");
    assert_eq!(console.acted(), ["was refused ann@acme.example"]);
    assert_eq!(lines(&reading)[1], "ann@acme.example|Ann Lee|member|active");
}

#[test]
fn invite_again() {
    let console = Console::of("invite-again");
    let ran = console.play("resend", "cy@acme.example");
    assert_eq!(ran.heard.as_deref(), Some("Invitation sent to cy@acme.example"), "{ran:?}");
    assert_eq!(console.acted(), ["mail cy@acme.example as Member"]);
}

#[test]
fn mail_code() {
    let console = Console::of("mail-code");
    let report = RUNTIME.block_on(console.engine().list(&mut Agrees)).unwrap().report;
    assert_eq!(report.error.and_then(|error| error.reason).as_deref(), Some("code_required"));
    assert_eq!(report.exit_code, 6);
}

/// Sent again to whom has waited for a week for certain; of whom that cannot be told is named.
#[test]
fn invited_dates() {
    let mut console = Console::of("invited-dates");
    console.desk.clock = Arc::new(|| "2026-11-30T12:00:00Z".parse().unwrap());
    let told = |report: &Report| -> Vec<(String, String)> {
        let line =
            |change: &ChangeReport| (change.email.replace("@acme.example", ""), change.outcome.clone());
        report.changes.iter().map(line).collect()
    };
    let pair = |name: &str, outcome: &str| (name.to_owned(), outcome.to_owned());
    let report = console.change(Request::ResendOlder { than: Duration::from_secs(7 * 24 * 3600) });
    assert_eq!(
        told(&report),
        [pair("old", "done"), pair("weeks", "done"), pair("odd", "skipped")],
        "{report:#?}"
    );
    let detail = of(&report, "odd@acme.example").detail.as_deref();
    assert_eq!(detail, Some("when they were invited cannot be told: the list shows \"03/04/2026\""));
    assert_eq!(console.acted(), ["send to old@acme.example", "send to weeks@acme.example"]);
}

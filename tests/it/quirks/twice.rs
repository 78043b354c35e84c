//! What takes two saves on the console, and is two changes in the journal.

use seatwright::domain::member::RoleId;
use seatwright::domain::outcome::exit;
use seatwright::domain::request::Request;
use seatwright::engine::report::{ChangeReport, Report};

use super::console::Console;
use crate::support::email;

pub(crate) const NEW: &str = "new@acme.example";
pub(crate) const CREATED: &str = "create new@acme.example";
pub(crate) const FINISHED: &str = "new@acme.example is new@acme.example, Member";

pub(crate) fn invite() -> Request {
    Request::Invite { emails: vec![email(NEW)], role: RoleId::new("member") }
}

/// What became of each save, and what decided it.
pub(crate) fn saves(report: &Report) -> Vec<(&str, &str, &str)> {
    report.changes.iter().map(save).collect()
}

fn save(change: &ChangeReport) -> (&str, &str, &str) {
    let which = change.change.strip_prefix("invite new@acme.example as member, ").unwrap_or(&change.change);
    (which, &change.outcome, change.settled_by.as_deref().unwrap_or("-"))
}

#[test]
fn two_saves() {
    let console = Console::of("two-saves");
    let report = console.change(invite());
    assert_eq!(console.acted(), [CREATED, FINISHED], "{report:#?}");
    assert_eq!(
        saves(&report),
        [("first save", "done", "read back"), ("second save", "pending", "read back")]
    );
    assert_eq!(report.exit_code, exit::DONE);
    // Each has its own evidence.
    assert!(report.changes.iter().all(|change| !change.evidence.is_empty()), "{report:#?}");
}

#[test]
fn retire_first() {
    let console = Console::of("retire-first");
    let report = console.change(Request::Remove { emails: vec![email("ann@acme.example")] });
    assert_eq!(console.acted(), ["deactivate ann@acme.example", "remove ann@acme.example"], "{report:#?}");
    let told: Vec<_> =
        report.changes.iter().map(|change| (change.change.as_str(), change.outcome.as_str())).collect();
    let expected =
        [("remove ann@acme.example, first save", "done"), ("remove ann@acme.example, second save", "done")];
    assert_eq!(told, expected);
}

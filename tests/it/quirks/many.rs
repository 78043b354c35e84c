//! Several people in one commit: whom the page took is proved before it, and what became of each is read back.

use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;
use seatwright::engine::report::Report;
use seatwright::engine::runner::Committed;

use super::console::{Console, stopped_by};
use crate::support::{email, of};

pub(crate) fn some(names: &[&str]) -> Vec<seatwright::domain::email::Email> {
    names.iter().map(|name| email(&format!("{name}@acme.example"))).collect()
}

/// What became of each, in the order asked for.
pub(crate) fn outcomes(report: &Report) -> Vec<&str> {
    report.changes.iter().map(|change| change.outcome.as_str()).collect()
}

#[test]
fn tick_rows() {
    let console = Console::of("tick-rows");
    let both = ["ann@acme.example", "bo@acme.example"];
    console.does_to_all("remove", &both, "member", "remove ann@acme.example and bo@acme.example");

    let console = Console::refusing("tick-rows", "remembers");
    let ran = console.play_many("remove", &["ann@acme.example"], "member");
    assert!(stopped_by(&ran).contains("the row of bo@acme.example is ticked as well"), "{ran:?}");
    assert!(console.acted().is_empty() && ran.committed == Committed::No, "{ran:?}");
}

#[test]
fn checked_list() {
    // Whom the console leaves out it says, and why.
    let console = Console::of("checked-list");
    let report =
        console.change(Request::Invite { emails: some(&["new", "two"]), role: RoleId::new("member") });
    assert_eq!(outcomes(&report), ["pending", "failed"], "{report:#?}");
    let said = of(&report, "two@acme.example").detail.clone().unwrap();
    assert!(said.contains("Not of this company"), "{said}");
    assert_eq!(console.acted(), ["invite new@acme.example"]);

    // What was proved has to be so still at the click.
    let console = Console::refusing("checked-list", "changes");
    let ran = console.play_many("invite", &["new@acme.example", "ed@acme.example"], "member");
    assert!(stopped_by(&ran).contains("\"checked\" shows other people now"), "{ran:?}");
    assert!(console.acted().is_empty() && ran.committed == Committed::No, "{ran:?}");
}

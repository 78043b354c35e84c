//! Several people in one commit: whom the page took is proved before it, and what became of each is read back.

use seatwright::engine::report::Report;
use seatwright::engine::runner::Committed;

use super::console::{Console, stopped_by};
use crate::support::email;

pub(crate) fn some(names: &[&str]) -> Vec<seatwright::domain::email::Email> {
    names.iter().map(|name| email(&format!("{name}@acme.example"))).collect()
}

/// What became of each, in the order asked for.
pub(crate) fn outcomes(report: &Report) -> Vec<&str> {
    report.changes.iter().map(|change| change.outcome.as_str()).collect()
}

#[test]
fn tick_rows() {
    let console = Console::refusing("tick-rows", "slips");
    let ran = console.play_many("remove", &["ann@acme.example"], "member");
    assert!(stopped_by(&ran).contains("the row of bo@acme.example is ticked as well"), "{ran:?}");
    assert!(console.acted().is_empty() && ran.committed == Committed::No, "{ran:?}");
}

/// What was proved of those in the table has to be so still at the click.
#[test]
fn checked_list() {
    let console = Console::refusing("checked-list", "changes");
    let ran = console.play_many("invite", &["new@acme.example", "two@acme.example"], "member");
    assert!(stopped_by(&ran).contains("\"checked\" shows other people now"), "{ran:?}");
    assert!(console.acted().is_empty() && ran.committed == Committed::No, "{ran:?}");
}

//! Several people in one commit: whom the page took is proved before it, and what became of each is read back.

use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;
use seatwright::engine::report::Report;

use super::console::Console;
use crate::support::{email, of};

fn some(names: &[&str]) -> Vec<seatwright::domain::email::Email> {
    names.iter().map(|name| email(&format!("{name}@acme.example"))).collect()
}

/// What became of each, in the order asked for.
fn outcomes(report: &Report) -> Vec<&str> {
    report.changes.iter().map(|change| change.outcome.as_str()).collect()
}

#[test]
fn tick_rows() {
    // Two are on the first page, one on the second: two commits.
    let console = Console::of("tick-rows");
    let emails = some(&["bo", "ed", "ann"]);
    let report = console.change(Request::SetRole { emails, role: RoleId::new("admin") });
    assert_eq!(outcomes(&report), ["done"; 3], "{report:#?}");
    assert_eq!(of(&report, "bo@acme.example").settled_by.as_deref(), Some("read back"));
    assert_eq!(
        console.acted(),
        ["make admin ann@acme.example and bo@acme.example", "make admin ed@acme.example"]
    );

    // Who is gone afterwards is gone from a list that is proven.
    let console = Console::of("tick-rows");
    let report = console.change(Request::Remove { emails: some(&["ann", "bo"]) });
    assert_eq!(outcomes(&report), ["done"; 2], "{report:#?}");
    assert_eq!(console.acted(), ["remove ann@acme.example and bo@acme.example"]);

    for (habit, why) in [
        ("remembers", "the row of bo@acme.example is ticked as well"),
        ("slips", "the row of bo@acme.example is ticked as well"),
    ] {
        let console = Console::with("tick-rows", habit);
        let report = console.change(Request::Remove { emails: some(&["ann"]) });
        assert_eq!(outcomes(&report), ["failed"], "{habit}: {report:#?}");
        assert_eq!(console.acted(), [""; 0], "{habit}");
        let detail = of(&report, "ann@acme.example").detail.clone().unwrap_or_default();
        assert!(detail.contains(why), "{habit}: {detail}");
    }
}

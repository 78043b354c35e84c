//! Several people in one commit: page by page, and to a report that tells what became of each.

use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;

use crate::quirks::console::Console;
use crate::quirks::many::{outcomes, some};
use crate::support::of;

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
        let console = Console::refusing("tick-rows", habit);
        let report = console.change(Request::Remove { emails: some(&["ann"]) });
        assert_eq!(outcomes(&report), ["failed"], "{habit}: {report:#?}");
        assert_eq!(console.acted(), [""; 0], "{habit}");
        let detail = of(&report, "ann@acme.example").detail.clone().unwrap_or_default();
        assert!(detail.contains(why), "{habit}: {detail}");
    }
}

#[test]
fn checked_list() {
    let asked = |habit: &str| {
        let console = Console::with("checked-list", habit);
        let report =
            console.change(Request::Invite { emails: some(&["new", "two"]), role: RoleId::new("member") });
        (report, console.acted())
    };
    // Whom the console leaves out it says, and why.
    let (report, acted) = asked("");
    assert_eq!(outcomes(&report), ["pending", "failed"], "{report:#?}");
    let said = of(&report, "two@acme.example").detail.clone().unwrap();
    assert!(said.contains("Not of this company"), "{said}");
    assert_eq!(acted, ["invite new@acme.example"]);

    // What was proved has to be so still at the click, or nobody is invited.
    let (report, acted) = asked("changes");
    assert_eq!(outcomes(&report), ["failed", "failed"], "{report:#?}");
    let why = |who: &str| of(&report, who).detail.clone().unwrap();
    assert!(why("new@acme.example").contains("\"checked\" shows other people now"), "{report:#?}");
    assert!(why("two@acme.example").contains("Not of this company"), "{report:#?}");
    assert_eq!(acted, [""; 0]);

    // What it says is not believed where the list shows otherwise afterwards.
    let (report, acted) = asked("warns");
    assert_eq!(outcomes(&report), ["pending", "needs_person"], "{report:#?}");
    assert_eq!(acted, ["invite new@acme.example + two@acme.example"]);
}

//! Controls that take several values, or none in the usual way; and pages within the page.

use seatwright::engine::runner::Committed;

use super::console::{Console, lines, stopped_by};

pub(crate) const NEW: &str = "new@acme.example";
pub(crate) const BOTH: [&str; 2] = ["new@acme.example", "two@acme.example"];

/// What the page makes of two addresses is not what was asked for: nothing is done, and the reason is told.
#[track_caller]
pub(crate) fn refuses_both(quirk: &str, habit: &str, why: &str) {
    let console = Console::refusing(quirk, habit);
    let ran = console.play_many("invite", &BOTH, "member");
    assert!(stopped_by(&ran).contains(why), "{quirk} {habit}: {ran:?}");
    assert!(console.acted().is_empty() && ran.committed == Committed::No, "{quirk} {habit}: {ran:?}");
}

#[test]
fn chips() {
    let acted = "invite new@acme.example + two@acme.example as Member";
    Console::of("chips").does_to_all("invite", &BOTH, "member", acted);
}

#[test]
fn typed_list() {
    refuses_both("typed-list", "joins", "\"more@acme.example\"] now");
}

#[test]
fn code_cells() {
    let console = Console::of("code-cells");
    let ran = console.sign_in();
    assert!(ran.stop.is_none(), "{ran:?}");
    assert_eq!(console.acted(), ["signed in"]);
}

#[test]
fn role_boxes() {
    let console = Console::with("role-boxes", "menu");
    console.does("change_role", "ann@acme.example", Some("admin"), "ann@acme.example is Admin");
}

#[test]
fn odd_select() {
    Console::of("odd-select").does("invite", NEW, Some("member"), "invite new@acme.example as Member");
}

#[test]
fn editable() {
    let acted = "invite new@acme.example as Member: Hello, new@acme.example, you are in";
    Console::of("editable").does("invite", NEW, Some("member"), acted);
}

#[test]
fn in_frame() {
    let console = Console::of("in-frame");
    console.does("remove", "ann@acme.example", None, "remove ann@acme.example");
    assert_eq!(lines(&console.read()).len(), 3);
}

//! Forms of several steps, boxes that scroll by themselves, and what stands in the way.

use super::console::Console;

/// The last but two of twenty-four people is removed, whom the list does not show at once.
#[test]
fn endless() {
    Console::of("endless").does("remove", "p20@acme.example", None, "remove p20@acme.example");
}

/// The button is inside the window and outside of the box that scrolls.
#[test]
fn sideways_table() {
    Console::of("sideways-table").does("remove", "ann@acme.example", None, "remove ann@acme.example");
}

#[track_caller]
fn invites(quirk: &str) {
    let who = "new@acme.example";
    Console::of(quirk).does("invite", who, Some("member"), "invite new@acme.example as Member");
}

#[test]
fn hidden_checkbox() {
    invites("hidden-checkbox");
}

#[test]
fn wizard() {
    // The address was typed a step before: where the change is made real, something has to name it.
    let console = Console::refusing("wizard", "").without_mentions("invite");
    let ran = console.play_with("invite", "new@acme.example", Some("member"));
    let why = ran.stop.unwrap().to_string();
    assert!(why.contains("\"invite.email\" is gone"), "{why}");
    assert_eq!(console.acted(), [""; 0]);
}

#[test]
fn saves_twice() {
    let who = "ann@acme.example";
    Console::of("saves-twice").does("change_role", who, Some("admin"), "ann@acme.example is Admin");
}

#[test]
fn toast_in_the_way() {
    invites("toast-in-the-way");
}

#[test]
fn tour() {
    invites("tour");
}

//! What is clicked, and on whom it acts: buttons, menus, questions, rows that move and people that look alike.

use seatwright::domain::request::Request;
use seatwright::engine::runner::Committed;

use super::console::{Console, stopped_by};
use crate::support::{email, of};

const ANN: &str = "ann@acme.example";

/// Ann is removed, by one click on what removes her, and nobody else is.
#[track_caller]
fn removes_ann(quirk: &str) {
    Console::of(quirk).does("remove", ANN, None, "remove ann@acme.example");
}

/// Ann becomes an administrator, where the list does not tell what she is.
#[track_caller]
fn makes_ann_admin(quirk: &str) {
    Console::of(quirk).does("change_role", ANN, Some("admin"), "ann@acme.example is Admin");
}

#[test]
fn person_page() {
    makes_ann_admin("person-page");
}

#[test]
fn person_panel() {
    makes_ann_admin("person-panel");
}

#[test]
fn hover_actions() {
    removes_ann("hover-actions");
}

#[test]
fn edited_row() {
    makes_ann_admin("edited-row");
    // Somebody else has the user name as well: nobody can tell whose row it will be.
    let console = Console::with("edited-row", "twice");
    let ran = console.play_with("change_role", ANN, Some("admin"));
    assert!(stopped_by(&ran).contains("more than one row has \"ann\" in it"), "{ran:?}");
    assert!(console.acted().is_empty() && ran.committed == Committed::No, "{ran:?}");
}

#[test]
fn portal_menus() {
    removes_ann("portal-menus");
}

#[test]
fn confirm_email() {
    removes_ann("confirm-email");
}

#[test]
fn confirm_name() {
    removes_ann("confirm-name");
}

#[test]
fn confirm_nobody() {
    let console = Console::refusing("confirm-nobody", "moves");
    let ran = console.play("remove", "ann@acme.example");
    assert!(stopped_by(&ran).contains("the row it was opened from has moved"), "{ran:?}");
    assert!(console.acted().is_empty() && ran.committed == Committed::No, "{ran:?}");
}

#[test]
fn confirm_typed() {
    removes_ann("confirm-typed");
}

#[test]
fn confirm_choice() {
    let done = "remove ann@acme.example keeping files";
    Console::of("confirm-choice").does("remove", "ann@acme.example", None, done);
}

#[test]
fn same_text_button() {
    removes_ann("same-text-button");
}

#[test]
fn sliding_panel() {
    removes_ann("sliding-panel");
}

#[test]
fn rows_move() {
    removes_ann("rows-move");
}

#[test]
fn name_is_email() {
    removes_ann("name-is-email");
}

/// A name that is not hers alone says nothing about whom the question means.
#[test]
fn two_share_a_name() {
    let console = Console::of("two-share-a-name");
    let report =
        console.change(Request::Remove { emails: vec![email("ann@acme.example"), email("bo@acme.example")] });
    assert_eq!(of(&report, "ann@acme.example").outcome, "failed", "{report:#?}");
    assert_eq!(of(&report, "ann@acme.example").settled_by.as_deref(), Some("before the commit"));
    assert_eq!(of(&report, "bo@acme.example").outcome, "done", "{report:#?}");
    assert_eq!(console.acted(), ["remove bo@acme.example"]);
}

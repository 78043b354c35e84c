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

/// Nobody can tell by it whom the question means.
#[test]
fn two_share_a_name() {
    let console = Console::of("two-share-a-name");
    let report = console.change(Request::Remove { emails: vec![email(ANN)] });
    let change = of(&report, ANN);
    assert_eq!(
        (change.outcome.as_str(), change.settled_by.as_deref()),
        ("failed", Some("before the commit"))
    );
    assert_eq!(console.acted(), [""; 0]);
}

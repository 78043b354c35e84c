//! What is clicked, and on whom it acts: buttons, menus, questions, rows that move and people that look alike.

use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;
use seatwright::engine::Listed;
use seatwright::engine::runner::Committed;

use super::console::{Console, stopped_by};
use crate::support::{Agrees, RUNTIME, email, of};

/// Ann is removed, by one click on what removes her, and nobody else is.
#[track_caller]
fn removes_ann(quirk: &str) {
    Console::of(quirk).does("remove", "ann@acme.example", None, "remove ann@acme.example");
}

/// Ann becomes an administrator, where the list does not tell what she is.
#[track_caller]
fn makes_ann_admin(quirk: &str) {
    let console = Console::of(quirk);
    let who = "ann@acme.example";
    let report = console.change(Request::SetRole { emails: vec![email(who)], role: RoleId::new("admin") });
    assert_eq!(of(&report, who).outcome, "done", "{report:#?}");
    assert_eq!(console.acted(), ["ann@acme.example is Admin"]);
}

#[test]
fn person_page() {
    makes_ann_admin("person-page");
    // The list tells neither role nor status; everybody's page is read where that is asked for.
    let console = Console::of("person-page");
    let known = |listed: Listed| listed.members.iter().filter(|member| member.roles.is_some()).count();
    assert_eq!(known(RUNTIME.block_on(console.engine().list(&mut Agrees)).unwrap()), 0);
    let listed = RUNTIME.block_on(console.engine().list_full(&mut Agrees)).unwrap();
    assert_eq!((listed.members.len(), known(listed)), (4, 4));
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
    let who = "ann@acme.example";
    let report = console.change(Request::SetRole { emails: vec![email(who)], role: RoleId::new("admin") });
    let change = of(&report, who);
    assert_eq!(
        (change.outcome.as_str(), change.reason.as_deref()),
        ("failed", Some("ambiguous")),
        "{change:?}"
    );
    assert!(console.acted().is_empty(), "{:?}", console.acted());
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
    removes_ann("confirm-nobody");
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
    Console::of("name-is-email").does("remove", "bo@acme.example", None, "remove bo@acme.example");
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

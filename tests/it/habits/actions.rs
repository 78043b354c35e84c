//! Whole runs on people whose role or row is not where a list has it.

use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;
use seatwright::engine::Listed;
use seatwright::engine::report::Report;

use crate::quirks::console::Console;
use crate::support::{Agrees, RUNTIME, email, of};

const ANN: &str = "ann@acme.example";

fn make_ann_admin(console: &Console) -> Report {
    console.change(Request::SetRole { emails: vec![email(ANN)], role: RoleId::new("admin") })
}

#[test]
fn what_a_list_does_not_tell_is_read_back_where_it_stands() {
    for quirk in ["person-page", "person-panel", "edited-row"] {
        let console = Console::of(quirk);
        let report = make_ann_admin(&console);
        assert_eq!(of(&report, ANN).outcome, "done", "{quirk}: {report:#?}");
        assert_eq!(console.acted(), ["ann@acme.example is Admin"], "{quirk}");
    }
}

/// The list tells neither role nor status; everybody's page is read where that is asked for.
#[test]
fn person_page() {
    let console = Console::of("person-page");
    let known = |listed: Listed| listed.members.iter().filter(|member| member.roles.is_some()).count();
    assert_eq!(known(RUNTIME.block_on(console.engine().list(&mut Agrees)).unwrap()), 0);
    let listed = RUNTIME.block_on(console.engine().list_full(&mut Agrees)).unwrap();
    assert_eq!((listed.members.len(), known(listed)), (4, 4));
}

#[test]
fn a_row_that_may_be_another_s_is_not_edited() {
    let console = Console::with("edited-row", "twice");
    let report = make_ann_admin(&console);
    let change = of(&report, ANN);
    assert_eq!(
        (change.outcome.as_str(), change.reason.as_deref()),
        ("failed", Some("ambiguous")),
        "{change:?}"
    );
    assert!(console.acted().is_empty(), "{:?}", console.acted());
}

/// A name that is not hers alone says nothing about whom the question means; his own does.
#[test]
fn of_two_who_share_a_name_neither_is_removed_by_it() {
    let console = Console::of("two-share-a-name");
    let report =
        console.change(Request::Remove { emails: vec![email("ann@acme.example"), email("bo@acme.example")] });
    assert_eq!(of(&report, "ann@acme.example").outcome, "failed", "{report:#?}");
    assert_eq!(of(&report, "ann@acme.example").settled_by.as_deref(), Some("before the commit"));
    assert_eq!(of(&report, "bo@acme.example").outcome, "done", "{report:#?}");
    assert_eq!(console.acted(), ["remove bo@acme.example"]);
}

#[test]
fn who_is_called_by_another_s_address_is_not_taken_for_them() {
    Console::of("name-is-email").does("remove", "bo@acme.example", None, "remove bo@acme.example");
}

/// Where the page keeps still, what `quirks` sees refused is done.
#[test]
fn what_is_refused_on_a_page_that_moves_is_done_on_one_that_does_not() {
    Console::of("confirm-nobody").does("remove", ANN, None, "remove ann@acme.example");
    let (new, acted) = ("new@acme.example", "invite new@acme.example as Member");
    for quirk in ["default-role", "wizard"] {
        Console::of(quirk).does("invite", new, Some("member"), acted);
    }
}

//! What is done differently for different people, or as the customer decided.

use seatwright::domain::request::Request;

use super::console::Console;
use crate::support::{Agrees, RUNTIME, email, of};

const ANN: &str = "ann@acme.example";

fn remove(emails: &[&str]) -> Request {
    Request::Remove { emails: emails.iter().map(|who| email(who)).collect() }
}

#[test]
fn ways_out() {
    let console = Console::of("ways-out");
    let (bo, di) = ("bo@acme.example", "di@acme.example");
    let report = console.change(remove(&[di, bo]));
    assert_eq!(of(&report, bo).outcome, "done", "{report:#?}");
    assert_eq!(console.acted(), ["remove bo@acme.example"], "{report:#?}");
    // Nobody wrote down how somebody of unknown status is removed, though a click would do it.
    let left = of(&report, di);
    assert_eq!((left.outcome.as_str(), left.reason.as_deref()), ("failed", Some("unsupported")));
    let why = "pages/ways-out has no recording of remove for this case: role member, status unknown";
    assert_eq!(left.detail.as_deref(), Some(why));
}

#[test]
fn files_choice() {
    let given = [("files", "Hand over"), ("heir", "bo@acme.example")];
    let console = Console::with("files-choice", "handed-over").deciding(&given);
    let report = console.change(remove(&[ANN]));
    assert_eq!(of(&report, ANN).outcome, "done", "{report:#?}");
    assert_eq!(console.acted(), ["remove ann@acme.example: Hand over to bo@acme.example"]);
    drop(console);

    // For what nobody wrote a recording, no run begins.
    let console = Console::with("files-choice", "printed").deciding(&[("files", "Print")]);
    let error = RUNTIME.block_on(console.engine().change(remove(&[ANN]), &mut Agrees)).unwrap_err();
    assert_eq!(error.to_string(), "remove: pages/files-choice has no recording for this case: files = Print");
    assert!(console.acted().is_empty());
}

//! Who is signed in, in browsers that no run has used before.

use std::time::Duration;

use seatwright::engine::report::Report;

use crate::quirks::console::Console;
use crate::quirks::sessions::with_other_host;
use crate::support::{Agrees, RUNTIME};

/// The second run has a browser of its own, and need not sign in.
#[test]
fn kept_session() {
    for (habit, keeps, expected) in [("", true, 1), ("cookie", true, 1), ("", false, 2)] {
        let mut console = Console::with("kept-session", habit);
        console.desk.keeps_sessions = keeps;
        for _ in 0..2 {
            let engine = console.desk.engine_in_fresh_browser(&console.ready());
            let listed = RUNTIME.block_on(engine.list(&mut Agrees)).unwrap();
            assert_eq!(listed.members.len(), 4, "{habit}: {:#?}", listed.report);
        }
        assert_eq!(console.acted(), vec!["signed in"; expected], "{habit}");
    }
}

fn list(console: &Console) -> Report {
    let engine = console.desk.engine_in_fresh_browser(&console.ready());
    RUNTIME.block_on(engine.list(&mut Agrees)).unwrap().report
}

/// The second run is known to the other host still.
#[test]
fn sso() {
    let console = with_other_host("");
    for _ in 0..2 {
        let report = list(&console);
        assert_eq!(
            (report.exit_code, report.reading.as_ref().map(|reading| reading.rows)),
            (0, Some(4)),
            "{report:#?}"
        );
    }
    assert_eq!(console.acted(), ["signed in"]);
}

/// Where no recording goes on a person does, and later runs have what came of it.
#[test]
fn sso_by_hand() {
    let stuck = Console::with("sso", "stuck");
    let error = list(&stuck).error.unwrap();
    assert_eq!(error.reason.as_deref(), Some("signed_out"), "{error:?}");
    assert!(error.message.contains("the console leads to localhost for it"), "{error:?}");
    assert!(error.hint.contains("`seatwright login -w sandbox`") && !error.retryable, "{error:?}");

    let console = with_other_host("person");
    let engine = console.desk.engine_in_fresh_browser(&console.ready());
    let report = RUNTIME.block_on(engine.login(Duration::from_secs(60), &mut Agrees)).unwrap();
    assert_eq!((report.operation.as_str(), report.exit_code), ("login", 0), "{report:#?}");
    let report = list(&console);
    assert_eq!((report.exit_code, console.acted()), (0, vec!["signed in".to_owned()]), "{report:#?}");
}

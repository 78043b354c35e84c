//! Controls that take several values: whole runs, and what goes wrong on the page between typing and the click.

use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;
use seatwright::engine::runner::Committed;

use crate::quirks::console::{Console, lines, stopped_by};
use crate::quirks::controls::{BOTH, NEW, refuses_both};
use crate::support::{Agrees, RUNTIME, email};

/// These people are invited at once, by one click, and nobody else is.
#[track_caller]
fn invites(quirk: &str, who: &[&str], acted: &str) {
    let console = Console::of(quirk);
    let emails = who.iter().map(|who| email(who)).collect();
    let report = console.change(Request::Invite { emails, role: RoleId::new("member") });
    assert!(report.changes.iter().all(|change| change.outcome == "pending"), "{quirk}: {report:#?}");
    assert_eq!((console.acted(), report.changes.len()), (vec![acted.to_owned()], who.len()), "{quirk}");
}

#[test]
fn chips() {
    invites("chips", &[NEW], "invite new@acme.example as Member");
    invites("chips", &BOTH, "invite new@acme.example + two@acme.example as Member");
    refuses_both("chips", "sends", "what ends a value would have");
    refuses_both("chips", "left", "it holds what nobody asked for: old@acme.example");
    refuses_both("chips", "completes", "xtwo@acme.example");
    refuses_both("chips", "drops", "\"invite.emails\" holds \"new@acme.example×\" now");
}

#[test]
fn typed_list() {
    invites("typed-list", &[NEW], "invite new@acme.example as Member");
    invites("typed-list", &BOTH, "invite new@acme.example, two@acme.example as Member");
    refuses_both("typed-list", "short", "holds [\"new@acme.example\", \"two@ac");
}

#[test]
fn code_cells() {
    for habit in ["", "button", "eats"] {
        let console = Console::with("code-cells", habit);
        let listed = RUNTIME.block_on(console.engine().list(&mut Agrees)).unwrap();
        assert_eq!(listed.members.len(), 4, "{habit}: {:#?}", listed.report);
        assert_eq!(console.acted(), ["signed in"], "{habit}");
    }
}

#[test]
fn role_boxes() {
    for habit in ["boxes", "select", "menu"] {
        let console = Console::with("role-boxes", habit);
        console.does("change_role", "ann@acme.example", Some("admin"), "ann@acme.example is Admin");
        let read = lines(&console.read());
        assert_eq!(read[1], "ann@acme.example|Ann Lee|admin|active", "{habit}");
    }
    let console = Console::refusing("role-boxes", "resets");
    let ran = console.play_with("change_role", "ann@acme.example", Some("member"));
    assert!(stopped_by(&ran).contains("\"edit.roles\" holds [\"Admin\",\"Member\"] now"), "{ran:?}");
    assert!(console.acted().is_empty() && ran.committed == Committed::No, "{ran:?}");
}

#[test]
fn in_frame() {
    Console::of("in-frame").does("invite", NEW, Some("member"), "invite new@acme.example as Member");

    let console = Console::refusing("in-frame", "resets");
    let ran = console.play_with("invite", NEW, Some("member"));
    assert!(stopped_by(&ran).contains("\"invite.role\" holds \"Admin\" now"), "{ran:?}");
    assert!(console.acted().is_empty() && ran.committed == Committed::No, "{ran:?}");

    // Nobody is looked for in a frame of another site, and where something is missing that is said.
    let console = Console::with("in-frame", "foreign");
    let ran = console.play_at_once("sign_in");
    assert!(stopped_by(&ran).contains("a frame of another site (127.0.0.1"), "{ran:?}");
}

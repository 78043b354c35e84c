//! Where consoles keep who is signed in.

use std::sync::Arc;

use seatwright::engine::traffic::HostPattern;

use super::console::Console;
use crate::support::{Agrees, RUNTIME};

/// The browser forgets everything between two runs, and the second need not sign in.
#[track_caller]
fn signs_in_once(console: &Console) {
    for _ in 0..2 {
        let listed = RUNTIME.block_on(console.engine().list(&mut Agrees)).unwrap();
        assert_eq!(listed.members.len(), 4, "{:#?}", listed.report);
    }
    assert_eq!(console.acted(), ["signed in"]);
}

#[test]
fn kept_session() {
    let mut console = Console::of("kept-session");
    console.desk.keeps_sessions = true;
    signs_in_once(&console);
}

/// The password does not go without the address that was typed with it.
#[test]
fn late_sign_out() {
    let console = Console::of("late-sign-out");
    let listed = RUNTIME.block_on(console.engine().list(&mut Agrees)).unwrap();
    assert_eq!(listed.members.len(), 4, "{:#?}", listed.report);
    assert_eq!(console.acted(), ["signed in as it@acme.example"]);
}

/// A console that asks another host who somebody is, and a map that names that host.
pub(crate) fn with_other_host(habit: &str) -> Console {
    let mut console = Console::with("sso", habit);
    let port = console.ready().url.trim_end_matches('/').rsplit(':').next().unwrap().to_owned();
    let host = HostPattern::parse(&format!("localhost:{port}")).unwrap();
    Arc::make_mut(&mut console.desk.app).map.network.hosts.push(host);
    console.desk.keeps_sessions = true;
    console
}

#[test]
fn sso() {
    signs_in_once(&with_other_host(""));
}

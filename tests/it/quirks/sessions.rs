//! Where consoles keep who is signed in.

use super::console::Console;
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

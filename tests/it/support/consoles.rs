//! The practice consoles there are, each served by this process and told in the same words.

use seatwright::sandbox::{self, Account, Ready};

use super::RUNTIME;
use crate::clubhouse::console;

/// The built-in practice console with this many people, served until the tests end.
pub(crate) fn sandbox(members: usize) -> Ready {
    let options = sandbox::Options { members, ..Default::default() };
    let sandbox = RUNTIME.block_on(sandbox::start(options)).expect("a console");
    let ready = sandbox.ready();
    RUNTIME.spawn(sandbox.stopped(std::future::pending()));
    ready
}

/// The second practice console, likewise.
pub(crate) fn clubhouse(members: usize) -> Ready {
    let options = console::Options { members, ..Default::default() };
    let served = RUNTIME.block_on(console::start(options)).expect("a console");
    let console::Ready { url, control, token, account } = served.ready().clone();
    RUNTIME.spawn(served.stopped(std::future::pending()));
    let account = Account { email: account.email, password: account.password, totp: None };
    Ready { url, control, token, account }
}

//! Clubhouse: the membership office of a sailing club, and the second practice console.
//!
//! It has nothing in common with the other one. Every page is drawn by the server and loaded whole, what is sent are forms,
//! the session is a cookie, and there is no script but a few lines that such a site has. People are *crew*; a *captain*
//! runs the club, a *mate* takes part of it over, a *deckhand* comes along.
//!
//! What it does as real consoles do (the design's section 10):
//!
//! - The role is given by the tab, not by the row; only that tab's rows are on the page, each tab has its own count, and an
//!   empty tab is not there. So are the states: *Awaiting* holds the invited, *Ashore* the deactivated.
//! - Somebody invited has no name yet: the address stands where the name was, and other cells are missing or hold "–".
//! - Headers are written in capitals by the style sheet only; a cell holds initials besides the name.
//! - Nothing can be done from the list. A person has an own page, reached from the name.
//! - To confirm is a page of its own whose button reads as the link that led there. One names the person by name only and
//!   wants a reason chosen, one by name and address and wants a word typed, one does not name anybody.
//! - The real radio buttons of a role are hidden under their labels; what was chosen is only sent by a second button.
//! - A message stays from the last action until the next page but one, and is no ARIA live region. An invitation sent again
//!   is answered by an own page instead, and a refusal beside the form.
//! - The role an invitation begins with is the most powerful one.
//! - Paging is by links; on the last page "Older" is still a link, with `aria-disabled`. With one page there are none.
//! - What was searched for is remembered by the server until it is cleared, in later sessions too; it matches parts of
//!   names and addresses, narrows the counts, and makes tabs without a match disappear.
//! - Two people share a name, and somebody's name is another's address. The newest stand first, so rows move.
//! - One's own page has no actions. The invited cannot be struck off, only their invitation be withdrawn.
//! - Sign-in asks for the address on one page and for the password on the next.
//! - Connections are kept, as servers do: a browser repeats by itself what fails on one that it has used before.
//!
//! And what it does on bad days, once the control address says so, is in `faults`.

mod control;
mod faults;
mod form;
mod line;
mod pages;
mod people;
mod person;
mod record;
mod routes;
mod state;

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use faults::{Faults, Wanted};
use line::{Harbour, Line};
use state::{ACCOUNT_EMAIL, Club, Seeding};

/// How long answers under way may take once the console is told to stop.
const SHUTDOWN: Duration = Duration::from_secs(2);

/// What to serve.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// How many people the club has; at least 8.
    pub(crate) members: usize,
    /// From this people and password follow.
    pub(crate) seed: u64,
    /// The port of the pages; 0 for a free one.
    pub(crate) port: u16,
    /// Berths of the plan; comfortably above use if none is given.
    pub(crate) berths: Option<usize>,
    /// Names of the faults that are on from the start.
    pub(crate) faults: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { members: 40, seed: 1, port: 0, berths: None, faults: Vec::new() }
    }
}

/// Everything a caller needs; printed as one line of JSON.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Ready {
    /// Address of the pages.
    pub(crate) url: String,
    /// Address of the control server.
    pub(crate) control: String,
    /// Bearer token of the control server.
    pub(crate) token: String,
    /// The account to sign in with.
    pub(crate) account: Account,
}

/// A captain's account; its password protects nothing.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Account {
    /// The address to sign in with.
    pub(crate) email: String,
    /// The password, always the same for a seed.
    pub(crate) password: String,
}

/// A running console; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Console {
    ready: Ready,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<io::Result<()>>>,
}

/// Starts the pages and the control address; both answer from now on.
///
/// # Errors
/// The port cannot be had, or a fault has a name that there is not.
pub(crate) async fn start(options: Options) -> io::Result<Console> {
    let wanted = Wanted { names: options.faults, ..Wanted::default() };
    let faults = Faults::wanted(&wanted, options.seed).map_err(io::Error::other)?;
    let seeding = Seeding { members: options.members, seed: options.seed, berths: options.berths };
    let mut club = Club::new(seeding);
    club.set_faults(faults);
    let club = Arc::new(Mutex::new(club));
    let (listener, address) = listen(options.port).await?;
    let (control_listener, control_address) = listen(0).await?;
    let token = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
    let account = Account { email: ACCOUNT_EMAIL.to_owned(), password: password(options.seed) };
    let pages = routes::router(Arc::clone(&club), &account.password);
    let control = control::router(club, &token);
    let (stop, stopping) = watch::channel(false);
    let pages = pages.into_make_service_with_connect_info::<Line>();
    let pages = axum::serve(Harbour(listener), pages).with_graceful_shutdown(told(stopping.clone()));
    let control = axum::serve(control_listener, control).with_graceful_shutdown(told(stopping));
    let servers = vec![tokio::spawn(pages.into_future()), tokio::spawn(control.into_future())];
    let ready = Ready {
        url: format!("http://{address}"),
        control: format!("http://{control_address}"),
        token,
        account,
    };
    Ok(Console { ready, stop, servers })
}

impl Console {
    /// Where it is and how to get in.
    pub(crate) fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Serves until the future resolves, then ends both servers; answers under way get two seconds.
    pub(crate) async fn stopped(mut self, until: impl Future<Output = ()>) {
        until.await;
        self.stop.send_replace(true);
        for mut server in std::mem::take(&mut self.servers) {
            if tokio::time::timeout(SHUTDOWN, &mut server).await.is_err() {
                server.abort();
            }
        }
    }
}

/// Resolves when told to stop, and when nobody is left to tell.
async fn told(mut stopping: watch::Receiver<bool>) {
    let _told_or_abandoned = stopping.wait_for(|stop| *stop).await;
}

async fn listen(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn password(seed: u64) -> String {
    let mut dice = people::dice(seed ^ 0x9a55);
    let mut word = || (0..6).map(|_| dice.lowercase()).collect::<String>();
    format!("{} {} {}", word(), word(), word())
}

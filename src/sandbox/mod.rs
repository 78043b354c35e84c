//! A practice console: a believable product with a server behind it, on loopback, for tests and rehearsals.
//!
//! Two listeners: the app (pages and their private API, `app`) and the control address (`control`), where
//! a test learns the truth and switches faults on. The pages know nothing of the control address nor of
//! whoever drives them; this module uses nothing of the rest of the crate. State and rules are in `state`,
//! the faults in `faults`, the front ends under `skins/`.

mod app;
mod control;
mod csv;
mod door;
mod faults;
mod import;
mod list;
mod listener;
mod people;
mod person;
mod skins;
mod state;
#[cfg(test)]
mod tests;
mod truth;

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use faults::{Fault, FaultError};

use app::App;
use faults::{FaultRequest, Faults, scatter};
use listener::{CuttableListener, Line};
use skins::SKINS;
use state::{ACCOUNT_EMAIL, Seeding, State};

/// How long answers under way may take once the sandbox is told to stop.
const SHUTDOWN: Duration = Duration::from_secs(2);

/// What to serve.
#[derive(Debug, Clone)]
pub struct Options {
    /// The front end, as `app/version`.
    pub skin: String,
    /// The port of the pages; 0 for a free one. The control address always has a free one.
    pub port: u16,
    /// How many people the workspace has; at least 3.
    pub members: usize,
    /// From this people, password and dice follow.
    pub seed: u64,
    /// Names of the faults that are on from the start.
    pub faults: Vec<String>,
    /// Seats of the plan; comfortably above use if none is given.
    pub seat_limit: Option<usize>,
    /// When the sandbox's clock starts; now if none is given. A fixed time makes displayed dates repeatable.
    pub started_at: Option<Timestamp>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            skin: SKINS[0].name.to_owned(),
            port: 0,
            members: 60,
            seed: 1,
            faults: Vec::new(),
            seat_limit: None,
            started_at: None,
        }
    }
}

/// Why the sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// No skin has this name.
    #[error("unknown skin {name:?}, expected one of {}", skin_names().join(", "))]
    UnknownSkin {
        /// The name that was given.
        name: String,
    },
    /// A fault has a name that there is not.
    #[error(transparent)]
    Faults(#[from] FaultError),
    /// The address could not be bound, say because another program has it.
    #[error("listen on 127.0.0.1:{port}")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// The cause.
        source: std::io::Error,
    },
}

impl SandboxError {
    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            SandboxError::UnknownSkin { .. } => "choose one of the skins named",
            SandboxError::Faults(_) => "choose among the names listed",
            SandboxError::Listen { .. } => "choose another port, or 0 for a free one",
        }
    }
}

/// Everything a caller needs to use the sandbox; printed as one line of JSON.
#[derive(Debug, Clone, Serialize)]
pub struct Ready {
    /// Address of the pages.
    pub url: String,
    /// Address of the control server.
    pub control: String,
    /// Bearer token of the control server.
    pub token: String,
    /// The account to sign in with.
    pub account: Account,
}

/// An account of the practice workspace; its password protects nothing.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// The address to sign in with.
    pub email: String,
    /// The password, always the same for a seed.
    pub password: String,
    /// Secret of the second factor, in base32; it is asked for while the fault `second_factor` is on. None where a console
    /// knows of none.
    pub totp: Option<String>,
}

/// A running sandbox; dropping it ends it.
#[derive(Debug)]
pub struct Sandbox {
    ready: Ready,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<std::io::Result<()>>>,
}

/// Names of the skins there are.
pub fn skin_names() -> Vec<&'static str> {
    SKINS.iter().map(|skin| skin.name).collect()
}

/// Starts both servers; they answer from now on.
///
/// # Errors
///
/// An unknown skin or fault, or a port that cannot be had.
pub async fn start(options: Options) -> Result<Sandbox, SandboxError> {
    let unknown = || SandboxError::UnknownSkin { name: options.skin.clone() };
    let skin = SKINS.iter().find(|skin| skin.name == options.skin).ok_or_else(unknown)?;
    let wanted = FaultRequest { names: options.faults.clone(), ..FaultRequest::default() };
    let faults = Faults::from_request(&wanted, options.seed)?;
    let seeding = Seeding { members: options.members, seed: options.seed, seat_limit: options.seat_limit };
    let mut state = State::new(seeding, options.started_at.unwrap_or_else(Timestamp::now));
    state.set_faults(faults);

    let (listener, app_address) = listen(options.port).await?;
    let (control_listener, control_address) = listen(0).await?;
    let state = Arc::new(Mutex::new(state));
    let token = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
    let totp = totp(options.seed);
    let account = Account {
        email: ACCOUNT_EMAIL.to_owned(),
        password: password(options.seed),
        totp: Some(base32(&totp)),
    };
    let app = App {
        state: Arc::clone(&state),
        password: account.password.as_str().into(),
        totp: totp.as_slice().into(),
        skin,
    };
    let control = control::router(state, &token);

    let (stop, stopping) = watch::channel(false);
    let pages = axum::serve(
        CuttableListener(listener),
        app::router(app).into_make_service_with_connect_info::<Line>(),
    )
    .with_graceful_shutdown(stopped(stopping.clone()));
    let control = axum::serve(control_listener, control).with_graceful_shutdown(stopped(stopping));
    let servers = vec![tokio::spawn(pages.into_future()), tokio::spawn(control.into_future())];
    let ready = Ready {
        url: format!("http://{app_address}"),
        control: format!("http://{control_address}"),
        token,
        account,
    };
    Ok(Sandbox { ready, stop, servers })
}

impl Sandbox {
    /// Where it is and how to get in.
    pub fn ready(&self) -> Ready {
        self.ready.clone()
    }

    /// Serves until the future resolves, then ends both servers; answers under way get two seconds.
    pub async fn stopped(mut self, until: impl Future<Output = ()>) {
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
async fn stopped(mut stopping: watch::Receiver<bool>) {
    let _told_or_abandoned = stopping.wait_for(|stop| *stop).await;
}

async fn listen(port: u16) -> Result<(TcpListener, SocketAddr), SandboxError> {
    let failed = |source| SandboxError::Listen { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

fn password(seed: u64) -> String {
    let mut dice = fastrand::Rng::with_seed(scatter(seed ^ 0x9a55));
    let mut group = || (0..5).map(|_| dice.alphanumeric()).collect::<String>();
    format!("{}-{}-{}", group(), group(), group())
}

fn totp(seed: u64) -> [u8; 20] {
    let mut dice = fastrand::Rng::with_seed(scatter(seed ^ 0x707));
    std::array::from_fn(|_| dice.u8(..))
}

/// RFC 4648, section 6; twenty bytes need no padding.
fn base32(bytes: &[u8; 20]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let group = |five: &[u8]| {
        let number = five.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        (0..8)
            .rev()
            .map(move |place| char::from(LETTERS[(number >> (5 * place) & 31) as usize]))
            .collect::<String>()
    };
    bytes.chunks(5).map(group).collect()
}

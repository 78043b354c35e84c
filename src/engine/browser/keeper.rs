//! The keeper (DESIGN D6.3): another process of this program, between us and the driver, that outlives us just long
//! enough to end what we started.
//!
//! It holds the read end of a pipe. When the pipe closes, for whatever reason (a SIGKILL of the owner too), it ends
//! driver and browser and removes their files. `PR_SET_PDEATHSIG` would do less: it needs `unsafe`, fires when the
//! spawning thread ends, and reaches the driver but not the browser. Plain threads, one channel, no server: there is
//! little here that can fail, and nothing that knows WebDriver.
//!
//! Protocol: settings come as arguments, then one JSON line on stdin per browser process ([`Told`]); one JSON line on
//! stdout when the driver listens or did not start ([`Said`]).

use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::kind::BrowserKind;
use super::process::Process;
use super::record::{MARKER, Place, Record, make_private};

/// How long the driver may take to listen; it takes some milliseconds.
const DRIVER_LIMIT: Duration = Duration::from_secs(20);
/// How often a driver is started again that could not have its port.
const FURTHER_STARTS: usize = 3;

/// How long ending everything may take before the keeper gives up (the next sweep tries again).
const CLEAR_LIMIT: Duration = Duration::from_secs(10);

/// How much of the driver's output is kept for the report of a failed start.
const LAST_WORDS: usize = 2_000;

/// What the keeper says, one line on stdout.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said {
    Ready { port: u16, driver: Process },
    Failed { cause: String },
}

/// What the owner tells, lines on stdin.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    Browser(Process),
}

/// What the keeper is started with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KeeperArguments {
    pub(super) runtime_dir: PathBuf,
    pub(super) kind: BrowserKind,
    pub(super) driver: PathBuf,
    pub(super) owner: Process,
    pub(super) loopback_only: bool,
}

enum Event {
    Told(Told),
    OwnerGone,
    DriverSaid(String),
    DriverGone,
    Signal,
}

/// The hidden subcommand `browser-keeper`: takes the arguments after that word, returns the exit code.
pub fn keeper_main(arguments: impl Iterator<Item = OsString>) -> u8 {
    let Some(arguments) = KeeperArguments::parse(arguments) else {
        // Only this program starts it; a person who tries gets a plain failure.
        return 2;
    };
    let (sender, events) = mpsc::channel();
    watch_signals(sender.clone());
    watch_owner(sender.clone());
    let keeper = Process::own();
    let mut place = Place::of_keeper(&arguments.runtime_dir, keeper);
    let mut record = Record::new(arguments.owner, keeper);
    if let Err(cause) = keep(&arguments, &mut place, &mut record, sender, &events) {
        say(&Said::Failed { cause });
    }
    let left = place.clear(&[record.browser, record.driver], CLEAR_LIMIT);
    u8::from(!left.is_empty())
}

/// Starts the driver and returns as soon as everything is to be ended.
fn keep(
    arguments: &KeeperArguments,
    place: &mut Place,
    record: &mut Record,
    sender: Sender<Event>,
    events: &Receiver<Event>,
) -> Result<(), String> {
    let write = |record: &Record, place: &Place| {
        record.write(place).map_err(|error| format!("write {}: {error}", place.record.display()))
    };
    make_private(&arguments.runtime_dir)
        .map_err(|error| format!("make {}: {error}", arguments.runtime_dir.display()))?;
    write(record, place)?;
    place.make(arguments.kind).map_err(|error| format!("make {}: {error}", place.folder.display()))?;
    record.driver = start_driver(arguments, place, sender.clone())?;
    write(record, place)?;

    let mut starts_left = FURTHER_STARTS;
    let mut words = String::new();
    let until = Instant::now() + DRIVER_LIMIT;
    let mut listening = false;
    loop {
        let event = if listening {
            events.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected)
        } else {
            events.recv_timeout(until.saturating_duration_since(Instant::now()))
        };
        match event {
            Ok(Event::DriverSaid(line)) if !listening => {
                if let (Some(port), Some(driver)) = (arguments.kind.port_of(&line), record.driver) {
                    say(&Said::Ready { port, driver });
                    listening = true;
                }
                words.push_str(&line);
                words.truncate(words.floor_char_boundary(LAST_WORDS));
            }
            Ok(Event::DriverSaid(_)) => {}
            Ok(Event::Told(Told::Browser(browser))) => {
                record.browser = Some(browser);
                write(record, place)?;
            }
            Ok(Event::OwnerGone | Event::Signal) => return Ok(()),
            Ok(Event::DriverGone) if listening => return Ok(()),
            Ok(Event::DriverGone) => {
                // Its last words may come after its end.
                while let Ok(Event::DriverSaid(line)) = events.recv_timeout(Duration::from_millis(200)) {
                    words.push_str(&line);
                }
                if !is_port_taken(&words) || starts_left == 0 {
                    return Err(format!("it ended before it listened: {}", words.trim()));
                }
                starts_left -= 1;
                words.clear();
                record.driver = start_driver(arguments, place, sender.clone())?;
                write(record, place)?;
            }
            Err(_) => return Err(format!("it did not listen within {DRIVER_LIMIT:?}: {}", words.trim())),
        }
    }
}

/// Whether the driver could not have the port that it had chosen itself: chromedriver takes one for IPv4 and then wants
/// the same for IPv6, which another process may have by then.
fn is_port_taken(words: &str) -> bool {
    words.to_ascii_lowercase().contains("address already in use")
}

fn start_driver(
    arguments: &KeeperArguments,
    place: &Place,
    sender: Sender<Event>,
) -> Result<Option<Process>, String> {
    let mut command = Command::new(&arguments.driver);
    command
        .args(arguments.kind.driver_arguments())
        .env(MARKER, &place.folder)
        .env("TMPDIR", place.temporary())
        // Without it Firefox asks its maker's server for settings, whatever the preferences say.
        .env("MOZ_REMOTE_SETTINGS_DEVTOOLS", "1")
        // Without it Chromium's crash reporter makes a folder in the user's own configuration, whatever the profile.
        .env("CHROME_CONFIG_HOME", place.temporary())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    if arguments.loopback_only {
        command.env("MOZ_DISABLE_NONLOCAL_CONNECTIONS", "1");
    }
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let driver = Process::now(child.id());
    drain(child.stdout.take().expect("piped"), sender.clone());
    drain(child.stderr.take().expect("piped"), sender.clone());
    thread::spawn(move || {
        let _ = child.wait();
        let _ = sender.send(Event::DriverGone);
    });
    // `None` if it ended already: the event says so.
    Ok(driver)
}

/// The driver and the browser write into this pipe as long as they live; unread, it would fill up and stop them.
fn drain(from: impl Read + Send + 'static, sender: Sender<Event>) {
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let _ = sender.send(Event::DriverSaid(String::from_utf8_lossy(&line).into_owned()));
            line.clear();
        }
    });
}

fn watch_owner(sender: Sender<Event>) {
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            if let Ok(told) = serde_json::from_str(&line) {
                let _ = sender.send(Event::Told(told));
            }
        }
        let _ = sender.send(Event::OwnerGone);
    });
}

/// A signal to end is obeyed, but only after the cleaning; further ones change nothing.
fn watch_signals(sender: Sender<Event>) {
    use tokio::signal::unix::{SignalKind, signal};
    thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
            let [Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)] = kinds.map(signal) else { return };
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                    _ = hangup.recv() => {}
                }
                let _ = sender.send(Event::Signal);
            }
        });
    });
}

fn say(said: &Said) {
    let line = serde_json::to_string(said).expect("plain data");
    let mut out = io::stdout().lock();
    // An owner that is gone reads nothing; the closed pipe says so too.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

impl KeeperArguments {
    pub(super) fn to_arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec![
            "--runtime-dir".into(),
            self.runtime_dir.clone().into(),
            "--kind".into(),
            self.kind.as_str().into(),
            "--driver".into(),
            self.driver.clone().into(),
            "--owner".into(),
            format!("{}:{}", self.owner.pid, self.owner.start_time).into(),
        ];
        if self.loopback_only {
            arguments.push("--loopback-only".into());
        }
        arguments
    }

    fn parse(mut arguments: impl Iterator<Item = OsString>) -> Option<Self> {
        let (mut runtime_dir, mut kind, mut driver, mut owner) = (None, None, None, None);
        let mut loopback_only = false;
        while let Some(argument) = arguments.next() {
            match argument.to_str()? {
                "--runtime-dir" => runtime_dir = Some(PathBuf::from(arguments.next()?)),
                "--kind" => kind = BrowserKind::named(arguments.next()?.to_str()?),
                "--driver" => driver = Some(PathBuf::from(arguments.next()?)),
                "--owner" => {
                    let owner_text = arguments.next()?.into_string().ok()?;
                    let (pid, start_time) = owner_text.split_once(':')?;
                    owner = Some(Process { pid: pid.parse().ok()?, start_time: start_time.parse().ok()? });
                }
                "--loopback-only" => loopback_only = true,
                _ => return None,
            }
        }
        let (runtime_dir, kind, driver, owner) = (runtime_dir?, kind?, driver?, owner?);
        Some(Self { runtime_dir, kind, driver, owner, loopback_only })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_round_trip() {
        let arguments = KeeperArguments {
            runtime_dir: "/run/a folder".into(),
            kind: BrowserKind::Chromium,
            driver: "/usr/bin/chromedriver".into(),
            owner: Process { pid: 12, start_time: 34 },
            loopback_only: true,
        };
        let parsed = KeeperArguments::parse(arguments.to_arguments().into_iter());
        assert_eq!(parsed, Some(arguments));
        assert_eq!(KeeperArguments::parse(["--help".into()].into_iter()), None);
    }
}

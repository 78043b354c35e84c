//! The program as a whole: how long it takes to say what it can do, what it weighs, and where the time goes until a second
//! `list` has read its first page.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use seatwright::sandbox::Ready;

use crate::processes::{self, Use};
use crate::tables::{Spread, head};

/// How often the processes are looked at.
const LOOK: Duration = Duration::from_millis(100);
const HELPS: usize = 20;

/// A configuration and a state folder.
pub(crate) struct Place<'a> {
    pub(crate) program: &'a Path,
    pub(crate) folder: PathBuf,
}

impl<'a> Place<'a> {
    pub(crate) fn new(program: &'a Path, folder: PathBuf, ready: &Ready) -> Result<Self> {
        fs::create_dir_all(&folder)?;
        let password = folder.join("password");
        fs::write(&password, &ready.account.password)?;
        fs::set_permissions(&password, fs::Permissions::from_mode(0o600))?;
        let config = format!(
            "[workspaces.bench]\napp = \"coassemble\"\nconsole = \"members-2026-03\"\nurl = {:?}\n\
             account = {{ email = {:?}, password = {{ file = \"password\" }} }}\n",
            ready.url, ready.account.email
        );
        fs::write(folder.join("config.toml"), config)?;
        Ok(Self { program, folder })
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.program);
        command
            .args(words)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.folder)
            .env("SEATWRIGHT_CONFIG", self.folder.join("config.toml"))
            .env("SEATWRIGHT_STATE_DIR", self.folder.join("state"))
            .env("SEATWRIGHT_LOOPBACK_ONLY", "1")
            .env("SEATWRIGHT_CACHE_DIR", self.program.with_file_name("browser-cache"))
            .env("SEATWRIGHT_LOG", "seatwright=trace")
            .stdin(Stdio::null());
        command
    }

    /// `--help`, again and again.
    pub(crate) fn helps(&self) -> Result<Option<Spread>> {
        let mut took = Vec::new();
        for _ in 0..HELPS {
            let mut command = self.command(&["--help"]);
            let began = Instant::now();
            let output = command.output()?;
            took.push(began.elapsed());
            ensure!(output.status.success(), "--help: {}", output.status);
        }
        Ok(Spread::in_ms(took))
    }

    /// One `list`. Its log tells when what was done.
    pub(crate) fn list(&self) -> Result<Start> {
        let err = self.folder.join("err.txt");
        let mut command = self.command(&["list", "--json"]);
        command.stdout(Stdio::null()).stderr(fs::File::create(&err)?);
        let (began, spawned) = (Timestamp::now(), Instant::now());
        let mut child = command.spawn().with_context(|| format!("start {}", self.program.display()))?;
        let mut used = Use::default();
        let mut own_kb = 0;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            own_kb = own_kb.max(most_resident_kb(child.id()));
            used.add(&processes::used(&self.folder));
            std::thread::sleep(LOOK);
        };
        let took = spawned.elapsed();
        let log = fs::read_to_string(&err)?;
        ensure!(status.success(), "list: {status}: {log}");
        Ok(Start { marks: marks(&log, began), took, own_kb, used })
    }
}

/// A `list` from its start to its end.
pub(crate) struct Start {
    /// Since the start of the process, in the order of [`MARKS`].
    marks: Vec<Option<Duration>>,
    took: Duration,
    own_kb: u64,
    used: Use,
}

/// What the log says when something is over, and what that was. The first line that has all the words.
const MARKS: [(&str, &[&str]); 7] = [
    ("process, configuration, journal", &["starting the browser"]),
    ("keeper and driver", &["driver started"]),
    ("Firefox and its session", &["session opened"]),
    ("watch on its requests", &["browser started"]),
    ("session put back, first page loaded", &["page asked", "\"home\""]),
    ("members opened", &["step done", "take up the session"]),
    ("first page read", &["page asked", "\"list\""]),
];

/// The first question to the page is logged when it was answered: what is before it took until it was asked.
const BEGINS: &str = "session put back, first page loaded";

fn marks(log: &str, began: Timestamp) -> Vec<Option<Duration>> {
    let at = |line: &str| {
        let time: Timestamp = line.split_whitespace().next()?.parse().ok()?;
        let since = time.duration_since(began);
        let took =
            line.split("took_ms=").nth(1).and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        Some((Duration::try_from(since).ok()?, Duration::from_millis(took.unwrap_or(0))))
    };
    let first = |(name, words): &(&str, &[&str])| {
        let line = log.lines().find(|line| words.iter().all(|word| line.contains(word)))?;
        let (at, took) = at(line)?;
        Some(if *name == BEGINS { at.saturating_sub(took) } else { at })
    };
    MARKS.iter().map(first).collect()
}

/// VmHWM: the most it ever held.
fn most_resident_kb(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|text| text.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Where the time until the first read went, over these runs.
pub(crate) fn table(starts: &[Start]) -> Vec<String> {
    let mut lines = vec![head(&["until", "ms since the start", "ms for it"])];
    for (index, (name, _)) in MARKS.iter().enumerate() {
        let at = Spread::in_ms(starts.iter().filter_map(|start| start.marks[index]));
        let took = Spread::in_ms(starts.iter().filter_map(|start| {
            let before = if index == 0 { Some(Duration::ZERO) } else { start.marks[index - 1] };
            start.marks[index]?.checked_sub(before?)
        }));
        let (Some(at), Some(took)) = (at, took) else { continue };
        lines.push(format!("| {name} | {} | {} |", at.whole(), took.whole()));
    }
    if let Some(took) = Spread::in_ms(starts.iter().map(|start| start.took)) {
        lines.push(format!("| the end of the command, its browser gone | {} | |", took.whole()));
    }
    lines
}

/// Memory of the program alone, and of all of it.
pub(crate) fn memory(starts: &[Start]) -> Vec<String> {
    let of = |what: fn(&Start) -> f64| Spread::of(starts.iter().map(what)).map(Spread::whole);
    let own = of(|start| start.own_kb as f64 / 1024.0).unwrap_or_default();
    let all = of(|start| start.used.memory_mb as f64).unwrap_or_default();
    let cpu = Spread::of(starts.iter().map(|start| start.used.cpu_seconds()));
    vec![
        head(&["`list` of 60 people", ""]),
        format!("| the most the program itself held, MB | {own} |"),
        format!("| program, keeper, driver and Firefox together (shared memory once), MB | {all} |"),
        format!("| processor time of them all, s | {:.1} |", cpu.map_or(0.0, Spread::median)),
    ]
}

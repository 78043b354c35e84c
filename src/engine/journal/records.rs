//! What goes into the journal and what comes out of it.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::{Change, Counts, Outcome};

/// The name of a run: `20261121-213455-k3f9`, the moment it began in UTC and four letters against collisions, so
/// that names sort by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(String);

impl RunId {
    /// A new name for a run that begins now.
    pub(super) fn new(now: Timestamp) -> Self {
        let letters: String = std::iter::repeat_with(|| fastrand::digit(36)).take(4).collect();
        Self(format!("{}-{letters}", now.strftime("%Y%m%d-%H%M%S")))
    }

    /// Takes a name as a person typed it. Whether there is such a run, the journal knows.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let usual = |c: char| c.is_ascii_digit() || c.is_ascii_lowercase() || c == '-';
        ((8..=40).contains(&text.len()) && text.chars().all(usual)).then(|| Self(text.to_owned()))
    }

    pub(super) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a caller calls a request, so that repeating it does nothing twice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunKey(String);

impl RunKey {
    /// The most characters a key may have.
    pub const MOST: usize = 128;

    /// Takes a key as a caller gave it: letters, digits and signs of ASCII, without spaces.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let is_usual = text.chars().all(|c| c.is_ascii_graphic());
        if !is_usual || text.is_empty() || text.len() > Self::MOST {
            return Err(format!(
                "expected 1 to {} letters, digits and signs of ASCII, without spaces",
                Self::MOST
            ));
        }
        Ok(Self(text.to_owned()))
    }

    pub(super) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The number of a change, unique in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeId(pub i64);

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A process beyond doubt: pids are used again, start times are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProcessMark {
    /// The process id.
    pub pid: u32,
    /// Its start time in clock ticks after boot (field 22 of `/proc/PID/stat`).
    pub start_time: u64,
}

/// A browser and its driver, each beyond doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BrowserMark {
    /// The browser's process id.
    pub pid: u32,
    /// The browser's start time.
    pub start_time: u64,
    /// The driver's process id.
    pub driver_pid: u32,
    /// The driver's start time.
    pub driver_start: u64,
}

/// What is known of a run when it begins. No secret belongs into it.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRun {
    /// The workspace's name in the configuration.
    pub workspace: String,
    /// What was asked for: `invite`, `remove` ...
    pub operation: String,
    /// With which arguments.
    pub arguments: Value,
    /// The app's id: `coassemble/members-2026-03`.
    pub app: String,
    /// The hash over its map and recordings.
    pub map_sha256: String,
    /// The user of the operating system.
    pub os_user: String,
    /// The process that executes it.
    pub process: ProcessMark,
    /// What the caller calls the request.
    pub key: Option<RunKey>,
}

/// A change about to be made, with what it counts as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The change.
    pub change: Change,
    /// What it counts as against the rolling limits, from [`counts`](crate::domain::guard::counts).
    pub counts: Counts,
    /// The recording that makes it, where it is the second of two saves.
    pub flow: Option<String>,
}

/// Somebody's word that a run shall not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelRecord {
    /// The user of the operating system.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What became of the wish to cancel a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelAsked {
    /// It is written down.
    Noted,
    /// It was before.
    Before(CancelRecord),
    /// The run has ended: nothing was written.
    Ended,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct RunEnd {
    /// Its exit code.
    pub exit_code: u8,
    /// Its report.
    pub report: Value,
}

/// How far a change has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeState {
    /// Nothing was clicked.
    Intended,
    /// It may have been clicked.
    Committing,
    /// What became of it is known.
    Settled,
}

impl ChangeState {
    /// The word of the journal and of JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Committing => "committing",
            Self::Settled => "settled",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Intended, Self::Committing, Self::Settled].into_iter().find(|state| state.as_str() == word)
    }
}

impl fmt::Display for ChangeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A change as the journal has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRecord {
    /// Its number.
    pub id: ChangeId,
    /// The run it belongs to.
    pub run: RunId,
    /// Its place in the run, from 1.
    pub seq: u32,
    /// The change.
    pub change: Change,
    /// What it counts as.
    pub counts: Counts,
    /// The recording that makes it, where it is the second of two saves.
    pub flow: Option<String>,
    /// How far it has come.
    pub state: ChangeState,
    /// It is a removal, and the person was seen gone in the run (D7.8).
    pub seen_gone: bool,
    /// What became of it. On a change that is not settled it can only be `in_doubt`.
    pub outcome: Option<Outcome>,
    /// How that is known, or who said so.
    pub settled_by: Option<String>,
    /// When it was intended.
    pub intended_at: Timestamp,
    /// When the commit began.
    pub committing_at: Option<Timestamp>,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
    /// The browser that clicked.
    pub browser: Option<ProcessMark>,
}

/// An event of the chain, as it is hashed.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRecord {
    /// Its number, from 1.
    pub seq: i64,
    /// When, in microseconds since 1970-01-01 UTC.
    pub at_us: i64,
    /// The run it belongs to.
    pub run: String,
    /// The change it tells of.
    pub change: Option<i64>,
    /// What happened.
    pub kind: String,
    /// The particulars.
    pub data: Value,
    /// The hash of the event before.
    pub prev_hash: String,
    /// Its own hash.
    pub hash: String,
}

/// A run in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSummary {
    /// Its name.
    pub id: RunId,
    /// The workspace's name.
    pub workspace: String,
    /// What was asked for.
    pub operation: String,
    /// The user of the operating system.
    pub os_user: String,
    /// The process that executes or executed it.
    pub process: ProcessMark,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it runs, or if it was killed.
    pub ended_at: Option<Timestamp>,
    /// Its exit code, once it ended.
    pub exit_code: Option<u8>,
    /// How many changes it has.
    pub changes: u32,
    /// How many of them are not settled.
    pub unsettled: u32,
}

/// A run with everything in it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// Its name.
    pub id: RunId,
    /// What was known when it began.
    pub began: NewRun,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it runs, or if it was killed.
    pub ended_at: Option<Timestamp>,
    /// Its exit code, once it ended.
    pub exit_code: Option<u8>,
    /// Its report, once it ended.
    pub report: Option<Value>,
    /// Every browser it started.
    pub browsers: Vec<BrowserMark>,
    /// Its changes, in their order.
    pub changes: Vec<ChangeRecord>,
}

impl RunRecord {
    /// A change of it is not settled: `resume` has something to do.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.changes.iter().any(|change| change.state != ChangeState::Settled)
    }

    /// The other of the two saves that a change takes; `None` where it takes one.
    #[must_use]
    pub fn other_save(&self, change: &ChangeRecord) -> Option<&ChangeRecord> {
        self.changes.iter().find(|other| {
            other.id != change.id
                && other.change.email() == change.change.email()
                && other.flow.is_some() != change.flow.is_some()
        })
    }

    /// A change of it in words: which of two saves it is, where it takes two.
    #[must_use]
    pub fn words_of(&self, change: &ChangeRecord) -> String {
        match (&change.flow, self.other_save(change)) {
            (Some(_), _) => format!("{}, second save", change.change),
            (None, Some(_)) => format!("{}, first save", change.change),
            (None, None) => change.change.to_string(),
        }
    }

    /// It ended and left nothing open: what became of it stays as it is.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.ended_at.is_some() && !self.is_open()
    }
}

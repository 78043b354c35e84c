//! What a run leaves behind for people: the log of its steps and pictures of what was proven around each commit.
//!
//! All of it is personal: files have mode 0600 in a folder of mode 0700 (D5.10). What was typed is never written
//! down, so no secret can be in it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The folder of one run's evidence.
#[derive(Clone, Debug)]
pub struct Evidence {
    folder: PathBuf,
}

/// One line of the step log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The change it belongs to; none for what serves all of them.
    pub change: Option<i64>,
    /// The step, in words.
    pub step: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// How much of that was waiting in the page, in milliseconds.
    pub waited_ms: u64,
    /// What went wrong, or was not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Where the console is no longer quite as the map says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<String>,
}

impl Evidence {
    /// Makes the folder.
    ///
    /// # Errors
    /// The file system's.
    pub fn create(state_dir: &Path, run: &str) -> io::Result<Self> {
        let folder = folder_of(state_dir, run);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        Ok(Self { folder })
    }

    /// The evidence of an earlier run; its folder may be gone.
    #[must_use]
    pub fn of(state_dir: &Path, run: &str) -> Self {
        Self { folder: folder_of(state_dir, run) }
    }

    /// Where it lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file of its own.
    ///
    /// # Errors
    /// The file system's.
    pub fn save(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(self.folder.join(name))?;
        file.write_all(content)
    }

    /// A log to append steps to.
    ///
    /// # Errors
    /// The file system's.
    pub fn trail(&self) -> io::Result<Trail> {
        let file =
            OpenOptions::new().append(true).create(true).mode(0o600).open(self.folder.join("steps.jsonl"))?;
        Ok(Trail { file: Some(file), ..Trail::default() })
    }

    /// The steps logged so far; a last line that a crash cut off is left out.
    #[must_use]
    pub fn steps(&self) -> Vec<StepRecord> {
        let text = fs::read_to_string(self.folder.join("steps.jsonl")).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The pictures there are, by name.
    #[must_use]
    pub fn pictures(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| name.ends_with(".png"))
            .collect();
        names.sort();
        names
    }
}

fn folder_of(state_dir: &Path, run: &str) -> PathBuf {
    state_dir.join("runs").join(run)
}

/// The log of steps as they happen, a line each, so that a killed run has left all but its last.
#[derive(Debug, Default)]
pub struct Trail {
    file: Option<File>,
    change: Option<i64>,
    waited_ms: u64,
    pending: Vec<String>,
    drift: Vec<String>,
}

impl Trail {
    /// A log that is not kept.
    #[must_use]
    pub fn nowhere() -> Self {
        Self::default()
    }

    /// What follows belongs to this change.
    pub fn about(&mut self, change: Option<i64>) {
        self.change = change;
    }

    /// Everything noticed so far that is not quite as the map says, each once.
    #[must_use]
    pub fn drift_seen(&self) -> &[String] {
        &self.drift
    }

    pub(crate) fn asked(&mut self, waited_ms: u64) {
        self.waited_ms += waited_ms;
    }

    pub(crate) fn drift(&mut self, note: String) {
        if !self.drift.contains(&note) {
            tracing::warn!(note, "drift seen");
            self.drift.push(note.clone());
        }
        self.pending.push(note);
    }

    pub(crate) fn step(&mut self, step: &str, took: Duration, problem: Option<String>) {
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(step, took_ms, problem, "step done");
        let record = StepRecord {
            change: self.change,
            step: step.to_owned(),
            took_ms,
            waited_ms: std::mem::take(&mut self.waited_ms),
            problem,
            drift: std::mem::take(&mut self.pending),
        };
        if let Some(file) = &mut self.file {
            let line = serde_json::to_string(&record).expect("a record of texts and numbers");
            if let Err(error) = writeln!(file, "{line}") {
                tracing::warn!(%error, "the step log could not be written");
                self.file = None;
            }
        }
    }
}

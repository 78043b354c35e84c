//! The folder of one run's evidence.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::trail::{StepRecord, Trail};

/// The page of a run, to be read in a browser and passed on.
const REPORT: &str = "report.html";
const STEPS: &str = "steps.jsonl";
const PEOPLE: &str = "people.jsonl";

/// The folder of one run's evidence.
#[derive(Clone, Debug)]
pub struct Evidence {
    folder: PathBuf,
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

    /// Where the page of the run is, or will be.
    #[must_use]
    pub fn report(&self) -> PathBuf {
        self.folder.join(REPORT)
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

    /// Writes the page of the run, wholly or not at all.
    ///
    /// # Errors
    /// The file system's.
    pub fn save_report(&self, page: &str) -> io::Result<()> {
        let unfinished = format!("{REPORT}.part");
        self.save(&unfinished, page.as_bytes())?;
        fs::rename(self.folder.join(unfinished), self.report())
    }

    /// A log to append steps to. Texts of `vocabulary` are the console's own, and no names.
    ///
    /// # Errors
    /// The file system's.
    pub fn trail(&self, vocabulary: impl IntoIterator<Item = String>) -> io::Result<Trail> {
        let known = fs::read_to_string(self.folder.join(PEOPLE)).unwrap_or_default();
        Trail::kept(self.clone(), self.append(STEPS)?, self.append(PEOPLE)?, &known, vocabulary)
    }

    fn append(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().append(true).create(true).mode(0o600).open(self.folder.join(name))
    }

    /// The steps logged so far; a last line that a crash cut off is left out.
    #[must_use]
    pub fn steps(&self) -> Vec<StepRecord> {
        let text = fs::read_to_string(self.folder.join(STEPS)).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Who was met, and the key of their pseudonyms, as written.
    pub(super) fn people(&self) -> String {
        fs::read_to_string(self.folder.join(PEOPLE)).unwrap_or_default()
    }

    /// The pictures there are, by name.
    #[must_use]
    pub fn pictures(&self) -> Vec<String> {
        self.named(".png")
    }

    /// The snapshots of the page there are, by name.
    #[must_use]
    pub fn snapshots(&self) -> Vec<String> {
        let mut names = self.named(".html");
        names.retain(|name| name != REPORT);
        names
    }

    /// What a file of it holds.
    ///
    /// # Errors
    /// The file system's.
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.folder.join(name))
    }

    fn named(&self, end: &str) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| name.ends_with(end))
            .collect();
        names.sort();
        names
    }
}

fn folder_of(state_dir: &Path, run: &str) -> PathBuf {
    state_dir.join("runs").join(run)
}

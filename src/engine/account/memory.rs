//! What is remembered of an account from run to run: the last code it used, and what the console refused.
//!
//! One file an account and console, for all workspaces that use it: a code that one of them used is used for all, and a
//! password that was refused once is not tried by the next. The file holds no secret.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

use super::write_private;
use crate::domain::email::Email;

/// How long what was refused is not tried again, unless it is another by then.
pub(crate) const REFUSED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Where it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    path: PathBuf,
}

/// What the file holds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    format: u32,
    /// The number of the window whose code was used last.
    last_code: Option<u64>,
    refused: Option<Refusal>,
}

const FORMAT: u32 = 1;

/// The console refused a sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    /// When, in seconds since 1970.
    pub(crate) at_s: i64,
    /// `password` or `code`.
    pub(crate) what: String,
    /// By what password and second factor are known again; nothing where there was no key: then any others count as these.
    pub(crate) mark: Option<String>,
}

impl Refusal {
    /// Whether it still holds for what is given now.
    pub(crate) fn holds(&self, now: Timestamp, mark: Option<&str>) -> bool {
        let is_same = match (&self.mark, mark) {
            (Some(known), Some(mark)) => known == mark,
            _ => true,
        };
        is_same && now < self.until()
    }

    /// When.
    pub(crate) fn at(&self) -> Timestamp {
        Timestamp::from_second(self.at_s).unwrap_or_default()
    }

    /// Until when.
    pub(crate) fn until(&self) -> Timestamp {
        self.at().saturating_add(REFUSED_FOR).expect("a duration is no calendar span")
    }
}

/// What is remembered could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("remember the account in {}: {cause}", path.display())]
pub struct MemoryError {
    path: PathBuf,
    cause: std::io::Error,
}

impl MemoryError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        format!("let this user read and write {}; if it is damaged, remove it", self.path.display())
    }
}

impl Memory {
    /// That of an account at a console.
    pub(crate) fn of(state_dir: &Path, console: &Url, email: &Email) -> Self {
        let origin = console.origin().ascii_serialization();
        let digest = Sha256::digest(format!("{origin}\n{email}"));
        let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { path: state_dir.join("accounts").join(format!("{name}.json")) }
    }

    /// Takes the code of this window, if neither it nor a later one was taken before. Durable before it is answered.
    pub(super) fn take_code(&self, window: u64) -> Result<bool, MemoryError> {
        self.change(|known| {
            if known.last_code.is_some_and(|last| last >= window) {
                return false;
            }
            known.last_code = Some(window);
            true
        })
    }

    /// The window whose code was used last.
    pub(super) fn last_code(&self) -> Result<Option<u64>, MemoryError> {
        Ok(self.read()?.last_code)
    }

    /// What the console refused last.
    pub(crate) fn refusal(&self) -> Result<Option<Refusal>, MemoryError> {
        Ok(self.read()?.refused)
    }

    /// Notes what the console refused; or, with nothing, that it takes what it is given again.
    pub(crate) fn set_refusal(&self, refusal: Option<Refusal>) -> Result<(), MemoryError> {
        if refusal.is_none() && self.refusal()?.is_none() {
            return Ok(());
        }
        self.change(|known| known.refused = refusal)
    }

    fn failed(&self, cause: std::io::Error) -> MemoryError {
        MemoryError { path: self.path.clone(), cause }
    }

    fn read(&self) -> Result<Known, MemoryError> {
        let text = match std::fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Known::default()),
            Err(error) => return Err(self.failed(error)),
        };
        let known: Known = serde_json::from_slice(&text).map_err(|error| self.failed(error.into()))?;
        if known.format > FORMAT {
            return Err(self.failed(std::io::Error::other("it was written by a newer version")));
        }
        Ok(known)
    }

    /// Other runs wait meanwhile: two of them must not take the same code.
    fn change<T>(&self, change: impl FnOnce(&mut Known) -> T) -> Result<T, MemoryError> {
        let _held = self.lock().map_err(|error| self.failed(error))?;
        let mut known = Known { format: FORMAT, ..self.read()? };
        let result = change(&mut known);
        let text = serde_json::to_vec(&known).expect("plain data");
        write_private(&self.path, &text).map_err(|error| self.failed(error))?;
        Ok(result)
    }

    fn lock(&self) -> std::io::Result<File> {
        let path = self.path.with_extension("lock");
        let folder = path.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // Opened or made, never replaced: a lock on a file that has lost its name holds nobody.
        let file = File::options().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        file.lock()?;
        Ok(file)
    }
}

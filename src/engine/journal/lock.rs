//! The lock on a workspace (D6.5): one writer at a time, and whoever comes second learns who the first one is.
//!
//! It is the kernel's lock on a file (`flock`), so it ends with the process that holds it, however that ends. The
//! file says who holds it, for the others' message only; it is never believed for anything else, and never deleted,
//! because a deleted file could be locked twice.

use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::chain::sha256;
use super::records::RunId;
use super::store::{make_private, open_private};
use crate::domain::outcome::exit;

/// The lock, held until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockOwner {
    /// The process id.
    pub pid: u32,
    /// Its start time in clock ticks after boot (field 22 of `/proc/PID/stat`).
    pub start_time: u64,
    /// What it is doing: `invite`, `remove`, `resume` ...
    pub what: String,
    /// The run, once it has one.
    pub run: Option<RunId>,
    /// Since when.
    pub since: Timestamp,
}

/// Why a lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else holds it.
    #[error("lock workspace {workspace}: held by {}", describe(owner.as_ref()))]
    Held {
        /// The workspace.
        workspace: String,
        /// Who, if they had written it down already.
        owner: Option<LockOwner>,
    },
    /// The lock file cannot be made, read or written.
    #[error("lock workspace {workspace} with {}: {source}", path.display())]
    Io {
        /// The workspace.
        workspace: String,
        /// The lock file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl LockError {
    /// What a person does next.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Held { owner: Some(LockOwner { run: Some(run), .. }), .. } => {
                format!("wait until it ends; `seatwright show {run}` tells how far it is")
            }
            Self::Held { .. } => "wait until it ends, then run this again".to_owned(),
            Self::Io { path, .. } => {
                let folder = path.parent().unwrap_or(path).display();
                format!(
                    "make {folder} a folder that is writable for this user, or name another state folder with --state-dir"
                )
            }
        }
    }

    /// The exit code of a run that cannot begin for this.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Held { .. } => exit::WORKSPACE_HELD,
            Self::Io { .. } => exit::USAGE,
        }
    }
}

impl Lock {
    /// Takes the lock on a workspace, at once or not at all.
    ///
    /// # Errors
    /// Somebody holds it (this process included), or the lock file cannot be made or written.
    pub fn acquire(state_dir: &Path, workspace: &str, owner: &LockOwner) -> Result<Self, LockError> {
        let folder = state_dir.join("locks");
        let path = folder.join(file_name(workspace));
        let failed = |source| LockError::Io { workspace: workspace.to_owned(), path: path.clone(), source };
        make_private(&folder).map_err(failed)?;
        let mut file = open_private(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held {
                    workspace: workspace.to_owned(),
                    owner: read_owner(&mut file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let mut lock = Self { file, path: path.clone() };
        lock.set_owner(owner).map_err(failed)?;
        Ok(lock)
    }

    /// Writes down anew who holds it: when the run has got its name, say.
    ///
    /// # Errors
    /// The lock file cannot be written. The lock is held all the same.
    pub fn set_owner(&mut self, owner: &LockOwner) -> io::Result<()> {
        let text = json!({
            "schema_version": 1,
            "pid": owner.pid,
            "start_time": owner.start_time,
            "what": owner.what,
            "run": owner.run.as_ref().map(RunId::as_str),
            "since": owner.since.to_string(),
        });
        self.file.set_len(0)?;
        self.file.rewind()?;
        writeln!(self.file, "{text}")
    }

    /// The lock file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A name left in the file would only mislead a reader of the folder.
        let _ = self.file.set_len(0);
        // Closing the file is not enough at once: a program that is being started by another thread has it open as well
        // until it is executed.
        let _ = self.file.unlock();
    }
}

impl fmt::Display for LockOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.since.to_zoned(TimeZone::system());
        write!(f, "pid {} since {}, running {}", self.pid, since.strftime("%Y-%m-%d %H:%M"), self.what)?;
        self.run.as_ref().map_or(Ok(()), |run| write!(f, " (run {run})"))
    }
}

fn describe(owner: Option<&LockOwner>) -> String {
    owner.map_or_else(|| "another process".to_owned(), LockOwner::to_string)
}

fn read_owner(file: &mut File) -> Option<LockOwner> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    let value: Value = serde_json::from_str(&text).ok()?;
    Some(LockOwner {
        pid: u32::try_from(value["pid"].as_u64()?).ok()?,
        start_time: value["start_time"].as_u64()?,
        what: value["what"].as_str()?.to_owned(),
        run: value["run"].as_str().and_then(RunId::parse),
        since: value["since"].as_str()?.parse().ok()?,
    })
}

/// A file name for any workspace: letters, digits, `-` and `_` stay, everything else is escaped.
fn file_name(workspace: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02x}"),
    };
    let name: String = workspace.bytes().map(escape).collect();
    // A name too long for the file system; `=` keeps it apart from all others.
    if name.len() > 200 { format!("={}.lock", sha256(workspace)) } else { format!("{name}.lock") }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn owner(what: &str) -> LockOwner {
        LockOwner {
            pid: std::process::id(),
            start_time: 7,
            what: what.to_owned(),
            run: RunId::parse("20261121-213455-k3f9"),
            since: "2026-11-21T21:34:55Z".parse().unwrap(),
        }
    }

    #[test]
    fn the_second_learns_who_the_first_is() {
        let state = tempfile::tempdir().unwrap();
        let mut first =
            Lock::acquire(state.path(), "acme", &LockOwner { run: None, ..owner("remove") }).unwrap();
        first.set_owner(&owner("remove")).unwrap();
        let error = Lock::acquire(state.path(), "acme", &owner("invite")).unwrap_err();
        let LockError::Held { owner: Some(held), .. } = &error else { panic!("{error}") };
        assert_eq!(*held, owner("remove"));
        let text = error.to_string();
        assert!(
            text.starts_with("lock workspace acme: held by pid ")
                && text.ends_with("running remove (run 20261121-213455-k3f9)"),
            "{text}"
        );
        assert_eq!(error.exit_code(), exit::WORKSPACE_HELD);
        assert!(error.hint().contains("show 20261121-213455-k3f9"));
        // Another workspace is free, and this one is again when the first lets go.
        Lock::acquire(state.path(), "other", &owner("invite")).unwrap();
        drop(first);
        Lock::acquire(state.path(), "acme", &owner("invite")).unwrap();
    }

    #[test]
    fn a_lock_ends_with_its_process() {
        let state = tempfile::tempdir().unwrap();
        let path = Lock::acquire(state.path(), "acme", &owner("remove")).unwrap().path().to_owned();
        // flock(1) takes the same lock in a process of its own, and says so when it has it.
        let mut other = std::process::Command::new("flock")
            .arg("--no-fork")
            .arg(&path)
            .args(["sh", "-c", "echo held; exec sleep 60"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = [0; 5];
        other.stdout.as_mut().unwrap().read_exact(&mut said).unwrap();
        let error = Lock::acquire(state.path(), "acme", &owner("invite")).unwrap_err();
        assert!(matches!(error, LockError::Held { owner: None, .. }), "{error}");
        other.kill().unwrap();
        other.wait().unwrap();
        Lock::acquire(state.path(), "acme", &owner("invite")).unwrap();
    }

    #[test]
    fn any_workspace_has_a_file_name_of_its_own() {
        assert_eq!(file_name("acme-eu_1"), "acme-eu_1.lock");
        assert_eq!(file_name("../a b"), "%2e%2e%2fa%20b.lock");
        assert!(file_name(&"x".repeat(300)).len() < 100);
        assert_ne!(file_name(&"x".repeat(300)), file_name(&"x".repeat(301)));
    }

    #[test]
    fn only_the_owner_can_look_in() {
        let state = tempfile::tempdir().unwrap();
        let lock = Lock::acquire(state.path(), "acme", &owner("remove")).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(lock.path()), 0o600);
        assert_eq!(mode(lock.path().parent().unwrap()), 0o700);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_with_a_hint() {
        let state = tempfile::NamedTempFile::new().unwrap();
        let error = Lock::acquire(state.path(), "acme", &owner("remove")).unwrap_err();
        assert!(matches!(error, LockError::Io { .. }) && error.hint().contains("writable"), "{error}");
        assert_eq!(error.exit_code(), exit::USAGE);
    }
}

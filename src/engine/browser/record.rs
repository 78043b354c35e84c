//! What a keeper leaves on disk for the case that it is killed: who owns the browser, and which processes and files
//! belong to it. One file a keeper; the files of a browser lie in the folder of the same name.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::kind::BrowserKind;
use super::process::{self, Process, World};

const VERSION: u32 = 1;
const PREFIX: &str = "keeper-";

/// The environment variable by which the processes of one browser are recognised; its value is the browser's folder.
pub(super) const MARKER: &str = "SEATWRIGHT_BROWSER_FOLDER";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) version: u32,
    pub(super) world: World,
    pub(super) owner: Process,
    pub(super) keeper: Process,
    pub(super) driver: Option<Process>,
    pub(super) browser: Option<Process>,
}

impl Record {
    pub(super) fn new(owner: Process, keeper: Process) -> Self {
        Self { version: VERSION, world: process::world(), owner, keeper, driver: None, browser: None }
    }

    pub(super) fn write(&self, place: &Place) -> io::Result<()> {
        let draft = place.record.with_extension("draft");
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.write_all(b"\n")?;
        fs::rename(&draft, &place.record)
    }

    /// `None` if it is gone or not ours to understand.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let record: Self = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        (record.version == VERSION).then_some(record)
    }
}

/// Where the record and the files of one keeper lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) record: PathBuf,
    pub(super) folder: PathBuf,
    /// What was made outside of the folder; the folder has a link to it, but may be taken away under the keeper.
    outside: Option<PathBuf>,
}

impl Place {
    pub(super) fn of_keeper(runtime_dir: &Path, keeper: Process) -> Self {
        Self::of_record(&runtime_dir.join(format!("{PREFIX}{}-{}.json", keeper.pid, keeper.start_time)))
    }

    fn of_record(record: &Path) -> Self {
        Self { record: record.to_owned(), folder: record.with_extension(""), outside: None }
    }

    /// Every record in the runtime folder.
    pub(super) fn all(runtime_dir: &Path) -> Vec<Self> {
        let mut places: Vec<Self> = fs::read_dir(runtime_dir)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension() == Some(OsStr::new("json")))
            .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX)))
            .map(|path| Self::of_record(&path))
            .collect();
        places.sort_by(|a, b| a.record.cmp(&b.record));
        places
    }

    pub(super) fn profile(&self) -> PathBuf {
        self.folder.join("profile")
    }

    /// Where driver and browser put what they need for the moment.
    pub(super) fn temporary(&self) -> PathBuf {
        let own = self.folder.join("tmp");
        self.outside.clone().or_else(|| fs::read_link(&own).ok()).unwrap_or(own)
    }

    /// Where the browser saves what it is given, without asking. It goes with the profile.
    pub(super) fn downloads(&self) -> PathBuf {
        self.folder.join("downloads")
    }

    /// Where the extension lies that Chromium is started with.
    pub(super) fn extension(&self) -> PathBuf {
        self.folder.join("extension")
    }

    pub(super) fn marker(&self) -> OsString {
        let mut marker = OsString::from(format!("{MARKER}="));
        marker.push(&self.folder);
        marker
    }

    /// The living processes of this browser: those that carry its marker, and those named in addition with their groups.
    pub(super) fn processes(&self, named: &[Option<Process>]) -> Vec<Process> {
        let named: Vec<Process> = named.iter().flatten().copied().collect();
        let mut found = process::marked(&self.marker(), &named);
        for process in named {
            if process.is_alive() && !found.contains(&process) {
                found.push(process);
            }
        }
        found
    }

    pub(super) fn make(&mut self, kind: BrowserKind) -> io::Result<()> {
        make_private(&self.profile())?;
        if kind == BrowserKind::Chromium {
            // It puts a socket there, whose path has to fit into 107 bytes. The link comes first: it leads whoever clears
            // away to the folder.
            let short = std::env::temp_dir().join(format!("sw-{:016x}", fastrand::u64(..)));
            std::os::unix::fs::symlink(&short, self.temporary())?;
            self.outside = Some(short);
        }
        make_private(&self.temporary())?;
        make_private(&self.downloads())
    }

    /// Ends every process of this browser, then removes its files, the record last: while a record exists, a later
    /// sweep can finish the work. Gives what could not be cleared away in `limit`.
    pub(super) fn clear(&self, named: &[Option<Process>], limit: Duration) -> Vec<String> {
        let until = Instant::now() + limit;
        let mut left: Vec<String> = process::kill_all(limit, || self.processes(named))
            .into_iter()
            .map(|process| format!("process {}", process.pid))
            .collect();
        // What lies outside goes first: the folder leads to it.
        for folder in [&self.temporary(), &self.folder] {
            if let Err(error) = remove_folder(folder, until) {
                left.push(format!("{} ({error})", folder.display()));
                break;
            }
        }
        if left.is_empty() {
            let _ = fs::remove_file(self.record.with_extension("draft"));
            if let Err(error) = fs::remove_file(&self.record)
                && error.kind() != io::ErrorKind::NotFound
            {
                left.push(format!("{} ({error})", self.record.display()));
            }
        }
        left
    }
}

/// Makes a folder (and those above it) that only this user can look into.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Removing a tree can fail while a dying process, or a second sweep, still works in it: tried again until then.
fn remove_folder(folder: &Path, until: Instant) -> io::Result<()> {
    loop {
        match fs::remove_dir_all(folder) {
            Ok(()) => return Ok(()),
            Err(_) if !folder.exists() => return Ok(()),
            Err(error) if Instant::now() > until => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_and_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let own = Process::own();
        let mut place = Place::of_keeper(folder.path(), own);
        let record = Record { driver: Some(own), ..Record::new(own, own) };
        record.write(&place).expect("written");
        place.make(BrowserKind::Chromium).expect("made");
        let temporary = place.temporary();
        assert!(
            temporary.is_dir() && !temporary.starts_with(folder.path()) && temporary.as_os_str().len() < 50
        );
        assert_eq!(Record::read(&place.record), Some(record));
        let [found] = &Place::all(folder.path())[..] else { panic!("one record") };
        assert_eq!((&found.folder, found.temporary()), (&place.folder, temporary.clone()));
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&place.record), 0o600);
        assert_eq!(mode(&place.folder), 0o700);
        assert_eq!((mode(&place.downloads()), mode(&temporary)), (0o700, 0o700));
        assert_eq!(place.clear(&[], Duration::from_secs(1)), Vec::<String>::new());
        assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 0);
        assert!(!temporary.exists());
    }

    #[test]
    fn a_record_of_another_version_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keeper-1-1.json");
        fs::write(&path, r#"{"version":2}"#).expect("written");
        assert_eq!(Record::read(&path), None);
    }

    #[test]
    fn what_lies_outside_goes_also_where_the_folder_was_taken_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut place = Place::of_keeper(folder.path(), Process::own());
        place.make(BrowserKind::Chromium).expect("made");
        let outside = place.temporary();
        drop(folder);
        assert!(outside.exists() && !place.folder.exists());
        assert_eq!(place.clear(&[], Duration::from_secs(1)), Vec::<String>::new());
        assert!(!outside.exists());
    }
}

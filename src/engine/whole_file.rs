//! A file that is there wholly or not at all, for its owner alone to read, and over another one only if that is asked for.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Why a file was not written. Nothing is there that was not there before.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// There is one of that name.
    #[error("write {}: there is a file of that name", .0.display())]
    IsThere(PathBuf),
    /// Anything else.
    #[error("write {}: {why}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// The file system's word, or ours.
        why: String,
    },
}

impl NotWritten {
    fn failed(path: &Path, why: impl Into<String>) -> Self {
        Self::Failed { path: path.to_owned(), why: why.into() }
    }

    fn of(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AlreadyExists => Self::IsThere(path.to_owned()),
            _ => Self::failed(path, error.to_string()),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::IsThere(_) => "name another one with -o, or replace it with --force",
            Self::Failed { .. } => "name a file that can be written",
        }
    }
}

/// Before anything else is done: afterwards it would have been done for nothing.
///
/// # Errors
/// There is a file of that name and it is not to be replaced, it is a folder, or there is no folder for it.
pub fn may_be_written(path: &Path, force: bool) -> Result<(), NotWritten> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => Err(NotWritten::failed(path, "it is a folder")),
        Ok(_) if !force => Err(NotWritten::IsThere(path.to_owned())),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = folder_of(path);
            let no_folder = || NotWritten::failed(path, format!("there is no folder {}", folder.display()));
            folder.is_dir().then_some(()).ok_or_else(no_folder)
        }
        Err(error) => Err(NotWritten::of(path, &error)),
    }
}

/// Writes it under another name first, so that nobody is left with half a file.
///
/// # Errors
/// As [`may_be_written`], and as the file system fails.
pub fn write(path: &Path, content: &[u8], force: bool) -> Result<(), NotWritten> {
    let draft = folder_of(path).join(format!(".seatwright-{:016x}", fastrand::u64(..)));
    let written = write_draft(&draft, content).and_then(|()| match force {
        true => fs::rename(&draft, path),
        // A link is made only where nothing has the name yet.
        false => fs::hard_link(&draft, path),
    });
    let removed = fs::remove_file(&draft);
    match removed {
        Err(error) if written.is_ok() && error.kind() != io::ErrorKind::NotFound => {
            Err(NotWritten::of(path, &error))
        }
        _ => written.map_err(|error| NotWritten::of(path, &error)),
    }
}

fn write_draft(draft: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(content)?;
    file.sync_all()
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_there_wholly_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("to");
        write(&to, b"new", false).unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), "new");
        assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&to, "old").unwrap();
        let refused = write(&to, b"new", false).unwrap_err().to_string();
        assert!(refused.contains("there is a file of that name"), "{refused}");
        assert!(may_be_written(&to, false).is_err() && may_be_written(&to, true).is_ok());
        assert_eq!(fs::read_to_string(&to).unwrap(), "old");
        write(&to, b"new", true).unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
        assert!(may_be_written(folder.path(), true).is_err());
        assert!(may_be_written(&folder.path().join("none/to"), false).is_err());
        assert!(write(&folder.path().join("none/to"), b"new", false).is_err());
    }
}

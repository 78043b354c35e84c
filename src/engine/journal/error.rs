//! [`JournalError`]: what can be wrong with the journal, each with what to do next.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::chain::ChainError;
use super::records::{ChangeId, ChangeState, RunId};
use crate::domain::outcome::exit;

/// What can be wrong with the journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The folder or the file cannot be made or written.
    #[error("open the journal {path}: {source}")]
    Unwritable {
        /// The folder or the file.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The disk is full.
    #[error("{doing}: the disk of {path} is full")]
    Full {
        /// What was being done.
        doing: &'static str,
        /// The journal.
        path: PathBuf,
    },
    /// The file is damaged, or no journal at all.
    #[error("{doing}: {path} is damaged or no journal: {source}")]
    Corrupt {
        /// What was being done.
        doing: &'static str,
        /// The journal.
        path: PathBuf,
        /// Where it showed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A newer program wrote it.
    #[error("open the journal {path}: it has schema {found}, this program knows up to {known}")]
    Newer {
        /// The journal.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// Another process wrote for too long.
    #[error("{doing}: another process keeps {path} busy")]
    Busy {
        /// What was being done.
        doing: &'static str,
        /// The journal.
        path: PathBuf,
    },
    /// SQLite said something else.
    #[error("{doing} in {path}: {source}")]
    Sqlite {
        /// What was being done.
        doing: &'static str,
        /// The journal.
        path: PathBuf,
        /// What it said.
        source: rusqlite::Error,
    },
    /// The chain of events is broken.
    #[error("check the journal's chain: {0}")]
    Chain(#[from] ChainError),
    /// No event has this hash.
    #[error("check the journal's chain: no event of it has the head {0}")]
    NoSuchHead(String),
    /// There is no such run.
    #[error("the journal has no run {0}")]
    NoSuchRun(RunId),
    /// There is no such change.
    #[error("the journal has no change {0}")]
    NoSuchChange(ChangeId),
    /// The run ended, so nothing new can begin in it.
    #[error("{doing}: run {run} has ended")]
    RunEnded {
        /// What was being done.
        doing: &'static str,
        /// The run.
        run: RunId,
    },
    /// The change is not in the state this needs.
    #[error("{doing}: change {change} is {is}")]
    WrongState {
        /// What was being done.
        doing: &'static str,
        /// The change.
        change: ChangeId,
        /// The state it is in.
        is: ChangeState,
    },
    /// Something in the journal cannot be read back.
    #[error("the journal holds a {what} that cannot be read: `{value}`")]
    Unreadable {
        /// What it should be.
        what: &'static str,
        /// What it is.
        value: String,
    },
    /// The journal's thread is gone.
    #[error("the journal stopped")]
    Stopped,
}

impl JournalError {
    /// What a person does next.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unwritable { path, .. } => {
                let folder = folder(path).display();
                format!("make {folder} a folder that is writable for this user, or name another state folder with --state-dir")
            }
            Self::Full { .. } => "free some space; nothing is clicked that could not be written down first".to_owned(),
            Self::Corrupt { path, .. } => format!(
                "move {} and its -wal and -shm files aside, keep them, and restore a backup; changes in doubt are only known there",
                path.display()
            ),
            Self::Newer { .. } => "use the newer seatwright that wrote it, or another state folder".to_owned(),
            Self::Busy { .. } => "wait for the other seatwright to end its work, then run this again".to_owned(),
            Self::Chain(_) | Self::NoSuchHead(_) | Self::Unreadable { .. } => {
                "somebody or something altered the journal: compare it with a backup, and with the heads in past reports".to_owned()
            }
            Self::NoSuchRun(_) => "`seatwright runs` lists the runs there are".to_owned(),
            Self::NoSuchChange(_) => "`seatwright show RUN` lists a run's changes with their numbers".to_owned(),
            Self::WrongState { .. } | Self::RunEnded { .. } => {
                "see with `seatwright show RUN` what is known; perhaps another process settled it meanwhile".to_owned()
            }
            Self::Sqlite { .. } | Self::Stopped => {
                "run this again; if it happens again, report it with this message".to_owned()
            }
        }
    }

    /// The exit code of a run that cannot begin for this.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Unwritable { .. }
            | Self::Full { .. }
            | Self::Newer { .. }
            | Self::NoSuchRun(_)
            | Self::NoSuchChange(_) => exit::USAGE,
            Self::Busy { .. } => exit::TRY_AGAIN,
            Self::Corrupt { .. }
            | Self::Sqlite { .. }
            | Self::Chain(_)
            | Self::NoSuchHead(_)
            | Self::RunEnded { .. }
            | Self::WrongState { .. }
            | Self::Unreadable { .. }
            | Self::Stopped => exit::UNEXPECTED,
        }
    }

    /// Sorts what SQLite says by what a person can do about it.
    pub(super) fn sqlite(doing: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { doing, path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { doing, path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt { doing, path, source: source.into() }
            }
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::Unwritable { path, source: source.into() }
            }
            _ => Self::Sqlite { doing, path, source },
        }
    }
}

fn folder(path: &Path) -> &Path {
    if path.extension().is_some() { path.parent().unwrap_or(path) } else { path }
}

/// An error inside the store: SQLite's, which still needs its place, or one of ours.
pub(super) enum Fault {
    Sql(rusqlite::Error),
    Ours(JournalError),
}

impl Fault {
    pub(super) fn unreadable(what: &'static str, value: impl Into<String>) -> Self {
        Self::Ours(JournalError::Unreadable { what, value: value.into() })
    }

    pub(super) fn at(self, doing: &'static str, path: &Path) -> JournalError {
        match self {
            Self::Sql(source) => JournalError::sqlite(doing, path, source),
            Self::Ours(error) => error,
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<JournalError> for Fault {
    fn from(error: JournalError) -> Self {
        Self::Ours(error)
    }
}

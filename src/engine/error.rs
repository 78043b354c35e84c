//! Why work could not be started, or a run not do its work: causes with a reason, an exit code and a hint each.

use std::path::PathBuf;

use super::account::MemoryError;
use super::app::Choice;
use super::browser::BrowserError;
use super::journal::JournalError;
use super::journal::lock::LockError;
use super::plan_file::PlanFileError;
use super::runner::Stop;
use super::secret::SecretError;
use crate::domain::approving::NoWord;
use crate::domain::email::Email;
use crate::domain::outcome::{Reason, exit};

/// An error of the engine. Nothing was changed, or what was changed stands in the journal.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The app has no recording for the operation.
    #[error("{operation}: {console} has no recording for it")]
    Unsupported {
        /// The operation.
        operation: String,
        /// The console, as `app/version`.
        console: String,
    },
    /// The app's map does not say where its list tells when people were invited.
    #[error("resend to who was invited long ago: the list of {console} does not tell when that was")]
    NoDates {
        /// The console, as `app/version`.
        console: String,
    },
    /// The app has recordings for the operation, and none for a case like this.
    #[error("{operation}: {console} has no recording for this case: {asked}")]
    NoCase {
        /// The operation.
        operation: String,
        /// The console, as `app/version`.
        console: String,
        /// What is known of the case.
        asked: String,
        /// The cases there are recordings for.
        cases: Vec<String>,
    },
    /// The recordings go by decisions of the customer that nobody made.
    #[error("{operation}: {} for workspace {workspace}: {}", not_decided(choices), questions(choices))]
    NotChosen {
        /// The operation.
        operation: String,
        /// The workspace's name in the configuration.
        workspace: String,
        /// What is to be decided.
        choices: Vec<OpenChoice>,
    },
    /// The role is none of this app's.
    #[error("role {word:?}: not a role of this app")]
    NoSuchRole {
        /// What was given.
        word: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A finding that can never be made here.
    #[error("audit: look for {kind}: {why}")]
    NeverTold {
        /// The kind of finding.
        kind: &'static str,
        /// Why nobody can tell.
        why: String,
        /// What to do instead.
        hint: String,
    },
    /// There is no such run.
    #[error("run {0}: not in the journal")]
    NoSuchRun(String),
    /// The key belongs to another request.
    #[error("use key {key}: run {run} had it for another request, {was}")]
    KeyOfAnother {
        /// The key.
        key: String,
        /// The run.
        run: String,
        /// What that was, in words.
        was: String,
    },
    /// A file is no plan.
    #[error(transparent)]
    PlanFile(#[from] PlanFileError),
    /// A word that does not approve.
    #[error(transparent)]
    NoWord(#[from] NoWord),
    /// Another run holds the workspace, or the lock cannot be used.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The folder of evidence.
    #[error("write the evidence in {}: {cause}", path.display())]
    Evidence {
        /// Where.
        path: PathBuf,
        /// The file system's error.
        cause: std::io::Error,
    },
    /// A secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// What is remembered of the account.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The console refused the same sign-in not long ago, so it was not tried again.
    #[error(
        "sign in as {account}: the console refused the {what} on {at}, and it is still the same; it was not tried again, so that the account is not locked"
    )]
    RefusedBefore {
        /// The account.
        account: Email,
        /// What was refused: `password` or `code`.
        what: String,
        /// When.
        at: String,
        /// Until when it is not tried again.
        until: String,
        /// The workspace's name in the configuration.
        workspace: String,
    },
    /// The sign-in needs a person, and there is none in this run.
    #[error("sign in as {account}: {why}")]
    OnlyAPerson {
        /// The account.
        account: Email,
        /// What only a person can do.
        why: String,
        /// The workspace's name in the configuration.
        workspace: String,
    },
    /// A session cannot be kept for later runs.
    #[error("keep the session for later runs: {cause}")]
    NotKept {
        /// Why not.
        cause: String,
        /// What to do next.
        hint: String,
    },
    /// The browser, outside a flow.
    #[error(transparent)]
    Browser(#[from] BrowserError),
    /// A flow stopped.
    #[error(transparent)]
    Stop(#[from] Stop),
    /// A browser of an earlier run still lives and could not be ended.
    #[error("resume {run}: its browser (pid {pid}) still runs and could not be ended")]
    StillAlive {
        /// The run.
        run: String,
        /// The browser's process.
        pid: u32,
    },
    /// `--settle` names a change that is not in doubt in this run.
    #[error("settle change {0}: it is not in doubt in this run")]
    NotInDoubt(i64),
}

/// A decision of the customer that is still to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenChoice {
    /// Its name in the map and in the configuration.
    pub name: String,
    /// The question.
    pub ask: String,
    /// The answers there are.
    pub values: Vec<String>,
}

impl OpenChoice {
    pub(crate) fn of(name: &str, choice: &Choice) -> Self {
        Self { name: name.to_owned(), ask: choice.ask.clone(), values: choice.values.clone() }
    }

    /// `"keep" or "delete"`.
    fn answers(&self) -> String {
        self.values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(" or ")
    }
}

fn not_decided(choices: &[OpenChoice]) -> &'static str {
    if choices.len() == 1 { "a choice is not made" } else { "choices are not made" }
}

fn questions(choices: &[OpenChoice]) -> String {
    let question = |choice: &OpenChoice| format!("`{}`: {} ({})", choice.name, choice.ask, choice.answers());
    choices.iter().map(question).collect::<Vec<_>>().join("; ")
}

impl Error {
    pub(crate) fn not_kept(cause: &str, hint: &str) -> Self {
        Self::NotKept { cause: cause.to_owned(), hint: hint.to_owned() }
    }

    /// The reason of the closed list; none where the program's surroundings are at fault.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Unsupported { .. } | Self::NoDates { .. } | Self::NoCase { .. } => {
                Some(Reason::Unsupported)
            }
            Self::NoSuchRole { .. } => Some(Reason::RoleNotOffered),
            Self::Stop(stop) => Some(stop.reason),
            Self::RefusedBefore { .. } => Some(Reason::BadCredentials),
            Self::OnlyAPerson { .. } => Some(Reason::SignedOut),
            Self::Browser(BrowserError::NotFound { .. } | BrowserError::RuntimeDir { .. }) => None,
            Self::Browser(error) => Some(super::runner::reason_of(error)),
            _ => None,
        }
    }

    /// Whether the same run may do better by itself.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        !matches!(self, Self::OnlyAPerson { .. }) && self.reason().is_some_and(Reason::retryable)
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unsupported { .. } => Reason::Unsupported.hint().to_owned(),
            Self::NoDates { .. } => {
                let hint = "name whom you mean; or, if the console shows it, add invited_at = { …, date = true } to the row in the map";
                hint.to_owned()
            }
            Self::NoCase { cases, .. } => {
                format!("it has recordings for: {}; do this one in the console", cases.join("; or "))
            }
            Self::NotChosen { workspace, choices, .. } => {
                let lines = choices.iter().map(|choice| format!("{} = {}", choice.name, choice.answers()));
                let lines = lines.collect::<Vec<_>>().join(", ");
                format!("decide it in the configuration, under [workspaces.{workspace}.choices]: {lines}")
            }
            Self::NoSuchRole { known, .. } => format!("use one of: {}", known.join(", ")),
            Self::NeverTold { hint, .. } => hint.clone(),
            Self::NoSuchRun(_) => "`seatwright runs` lists them".to_owned(),
            Self::KeyOfAnother { run, .. } => {
                format!("give each request a key of its own; `seatwright show {run}` tells what that one was")
            }
            Self::PlanFile(error) => error.hint(),
            Self::NoWord(word) => word.hint.clone(),
            Self::Lock(error) => error.hint(),
            Self::Journal(error) => error.hint(),
            Self::Evidence { path, .. } => format!(
                "make {} a folder that is writable for this user, or name another state folder with --state-dir",
                path.display()
            ),
            Self::Secret(error) => error.hint(),
            Self::Memory(error) => error.hint(),
            Self::RefusedBefore { until, workspace, .. } => format!(
                "sign in by hand with the same account. If that fails, correct what the configuration names: another \
                 password or second factor is tried at once; the same one not before {until}, or after \
                 `seatwright logout -w {workspace}` if it is right after all"
            ),
            Self::OnlyAPerson { workspace, .. } => format!(
                "`seatwright login -w {workspace}`, where there is a screen: somebody signs in there by hand, and later runs use \
                 that session until the console ends it"
            ),
            Self::NotKept { hint, .. } => hint.clone(),
            Self::Browser(error) => {
                error.hint().unwrap_or("run it again; if it stays so, run with -v and report it").to_owned()
            }
            Self::Stop(stop) => stop.hint(),
            Self::StillAlive { pid, .. } => format!("end process {pid} by hand, then resume again"),
            Self::NotInDoubt(_) => {
                "`seatwright show RUN` lists the run's changes with their numbers".to_owned()
            }
        }
    }

    /// The exit code (DESIGN 8.1).
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Lock(LockError::Held { .. }) => exit::WORKSPACE_HELD,
            Self::PlanFile(_) => exit::REFUSED,
            Self::NoWord(_) => exit::APPROVAL_NEEDED,
            Self::Unsupported { .. }
            | Self::NoDates { .. }
            | Self::NoCase { .. }
            | Self::NotChosen { .. }
            | Self::NoSuchRole { .. }
            | Self::NeverTold { .. }
            | Self::NoSuchRun(_)
            | Self::KeyOfAnother { .. }
            | Self::NotInDoubt(_) => exit::USAGE,
            Self::Journal(error) => error.exit_code(),
            Self::Lock(_)
            | Self::Evidence { .. }
            | Self::Secret(_)
            | Self::Memory(_)
            | Self::NotKept { .. } => exit::USAGE,
            Self::Browser(BrowserError::NotFound { .. } | BrowserError::RuntimeDir { .. }) => exit::USAGE,
            Self::Browser(_) | Self::Stop(_) | Self::RefusedBefore { .. } | Self::OnlyAPerson { .. } => {
                self.reason().map_or(exit::UNEXPECTED, Reason::exit_code)
            }
            Self::StillAlive { .. } => exit::IN_DOUBT,
        }
    }
}

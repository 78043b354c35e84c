//! Does the work: plans a request on a fresh reading, applies it, reads back, reports. Knows no command-line flag,
//! HTTP verb or tool schema.
//!
//! The one door is [`Engine`]: [`Engine::list`], [`Engine::export`], [`Engine::change`], [`Engine::plan_roster`], [`Engine::plan_request`], [`Engine::approve`], [`Engine::apply_plan`], [`Engine::resume`], [`Engine::cancel`]. Reading order below it:
//! `operations` (what was asked, from top to bottom), `once` (what was asked before, under the same key), `rostering` (what a roster comes to), `auditing` (what somebody should look at), `purpose` (a roster, or a request that becomes a plan), `plan_file` (that, as a file), `approving` (somebody's word about it), `ordered` (such a file is carried out), `undoing` (the people before a run, as a roster), `asked` (where both ways meet), `resuming` (what an earlier run left), `run` (what every run has), `apply` (the only place where plan, journal and runner meet), `boundary` (between two changes), `cancelling` (a run is to end there), `pace` (how fast they follow one another), `again` (signed out in mid-run),
//! `cases` (which recording is for whom), `gone` (removals, proven at the end), `twice` (what takes two saves), `dates` (how long ago), `settle` (what is in doubt, decided by readings of a fresh browser), `session` (a signed-in browser), `deadline` (by when a run has to be over), `credentials` and `account` (what it signs in with, and what is remembered of that), `held_session` (what a browser holds of a session), `login` (a person signs in), `runner`,
//! `app` (maps and recordings), `browser`, `journal`, `evidence`, `report`, `trace` (the page of a run).

pub mod account;
mod again;
mod answer;
pub mod app;
mod apply;
mod approving;
mod asked;
pub mod auditing;
mod batch;
mod boundary;
pub mod browser;
pub mod cancelling;
mod cases;
pub mod crash;
mod credentials;
mod dates;
pub mod deadline;
mod doctor;
mod effect;
mod error;
pub mod evidence;
mod export;
mod gate;
mod gone;
mod held_session;
mod import;
pub mod journal;
pub mod login;
mod logout;
mod once;
mod operations;
mod ordered;
pub mod pace;
pub mod plan_file;
mod played;
mod purpose;
pub mod report;
mod resuming;
pub mod rostering;
mod run;
pub mod runner;
mod seats;
pub mod secret;
mod session;
mod settle;
pub mod table;
mod together;
pub mod trace;
pub mod traffic;
mod twice;
mod undoing;
pub mod visible;
pub mod whole_file;
mod witness;
pub mod workspace;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::email::Email;
use crate::domain::plan::Plan;
use crate::domain::reading::Reading;

pub use approving::{Approved, Approver, Before};
pub use doctor::{Depth, Diagnosis, Finding, State};
pub use error::{Error, OpenChoice};
pub use export::Exported;
pub use logout::Forgotten;
pub use once::Answered;
pub use operations::Listed;
pub use ordered::Order;
pub use plan_file::{ApprovalFile, PlanFile};
pub use purpose::GivenRequest;
pub use seats::Seats;
pub use session::{Browsers, OwnBrowsers};

/// Manages the people of one workspace.
pub struct Engine {
    pub(crate) workspace: workspace::Workspace,
    pub(crate) journal: journal::Journal,
    pub(crate) browsers: Arc<dyn Browsers>,
    pub(crate) clock: journal::Clock,
    pub(crate) state_dir: PathBuf,
    pub(crate) os_user: String,
}

/// What an [`Engine`] is made of.
pub struct Settings {
    /// The workspace.
    pub workspace: workspace::Workspace,
    /// Where journal, locks and evidence lie.
    pub state_dir: PathBuf,
    /// Where browsers come from.
    pub browsers: Arc<dyn Browsers>,
    /// Where the time comes from.
    pub clock: journal::Clock,
    /// Who runs this, for the journal.
    pub os_user: String,
}

/// What is about to be done, for whoever has to agree.
pub struct Proposal<'a> {
    /// The run's id.
    pub run: &'a str,
    /// The workspace's name in the configuration.
    pub workspace: &'a str,
    /// The map used, as in [`report::Report::console`].
    pub console: &'a str,
    /// The changes, and the people nothing is done about. Without refusals: those end the run before anybody is asked.
    pub plan: &'a Plan,
    /// What it was planned on.
    pub reading: &'a Reading,
    /// What the customer decided about a change, by whom it is about; nobody whose recording goes by no choice.
    pub choices: BTreeMap<Email, BTreeMap<String, String>>,
    /// What the map says follows from these operations, each once.
    pub consequences: Vec<String>,
}

/// The answer to a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Do it.
    Yes,
    /// Don't.
    No,
    /// Nobody could be asked, for this reason.
    NobodyToAsk(String),
    /// It was only to be shown.
    Rehearsal,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The run has its id; the browser is about to start.
    Started {
        /// The run's id.
        run: String,
    },
    /// Signing in.
    SigningIn,
    /// A person has to go on in the browser's window, within this time.
    WaitingForPerson {
        /// The time.
        wait: std::time::Duration,
    },
    /// Reading the members.
    Reading,
    /// A change begins.
    Change {
        /// Its place, from 1.
        number: usize,
        /// How many there are.
        of: usize,
        /// In words.
        change: String,
    },
    /// What became of it, as far as is known before the final reading.
    Outcome {
        /// In words.
        change: String,
        /// In words.
        outcome: String,
    },
    /// Waiting before the second of two readings that decide what is in doubt.
    Settling {
        /// How many changes are in doubt.
        changes: usize,
        /// The wait, in seconds.
        seconds: u64,
    },
}

/// Whoever asked for a run: is asked back, and told how far it is.
#[async_trait]
pub trait Caller: Send {
    /// Shall this be done?
    async fn agree(&mut self, proposal: &Proposal<'_>) -> Agreement;

    /// How far it is.
    fn progress(&mut self, progress: &Progress);
}

impl Engine {
    /// Opens the journal.
    ///
    /// # Errors
    /// The state folder or the journal in it cannot be used.
    pub async fn open(settings: Settings) -> Result<Self, Error> {
        let journal = journal::Journal::open(&settings.state_dir, Arc::clone(&settings.clock)).await?;
        Ok(Self {
            workspace: settings.workspace,
            journal,
            browsers: settings.browsers,
            clock: settings.clock,
            state_dir: settings.state_dir,
            os_user: settings.os_user,
        })
    }

    /// Where journal, locks and evidence lie.
    #[must_use]
    pub fn state_dir(&self) -> &Path {
        &self.state_dir
    }
}

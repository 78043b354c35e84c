//! [`Journal`]: the async handle to the thread on which SQLite works.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::oneshot;

use super::chain::Verified;
use super::error::{Fault, JournalError};
use super::records::{
    BrowserMark, CancelAsked, CancelRecord, ChangeId, ChangeRecord, EventRecord, Intent, NewRun, ProcessMark,
    RunEnd, RunId, RunKey, RunRecord, RunSummary,
};
use super::store::{CANCEL_ASKED, Store};
use crate::domain::{Email, History, Outcome, OutcomeKind};
use crate::engine::crash;

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

type Job = Box<dyn FnOnce(&mut Store) + Send>;
type Result<T, E = JournalError> = std::result::Result<T, E>;

/// The journal of one state folder. Clones share the thread, which ends with the last of them.
///
/// What was asked for is done even if the caller stops waiting; a write is on disk when its call returns. Every
/// call fails as SQLite fails (damaged, busy, disk full ...), besides the causes it names itself.
#[derive(Clone, Debug)]
pub struct Journal {
    jobs: mpsc::Sender<Job>,
}

impl Journal {
    /// Opens the journal below this folder (`journal/journal.sqlite3`, readable by its owner only) and makes it if
    /// there is none.
    ///
    /// # Errors
    /// Folder or file not writable, no journal, damaged, or written by a newer program.
    pub async fn open(state_dir: &Path, clock: Clock) -> Result<Self> {
        let folder = state_dir.join("journal");
        let (jobs, inbox) = mpsc::channel::<Job>();
        let (opened, answer) = oneshot::channel();
        let run = move || {
            let mut store = match Store::open(&folder, clock) {
                Ok(store) => store,
                Err(error) => return drop(opened.send(Err(error))),
            };
            if opened.send(Ok(())).is_ok() {
                inbox.into_iter().for_each(|job| job(&mut store));
            }
        };
        thread::Builder::new()
            .name("journal".to_owned())
            .spawn(run)
            .map_err(|error| JournalError::Unwritable { path: state_dir.to_owned(), source: error.into() })?;
        answer.await.map_err(|_| JournalError::Stopped)??;
        Ok(Self { jobs })
    }

    /// Writes down that a run begins, and gives it its name.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn start_run(&self, run: NewRun) -> Result<RunId> {
        self.write("write down the run", "run_started", move |store| store.start_run(&run)).await
    }

    /// Writes down a browser the run started.
    ///
    /// # Errors
    /// No such run, or it has ended.
    pub async fn note_browser(&self, run: &RunId, browser: BrowserMark) -> Result<()> {
        let run = run.clone();
        self.write("write down the browser", "browser_started", move |store| {
            store.note_browser(&run, browser)
        })
        .await
    }

    /// Writes down the changes a run is about to make, all or none, and numbers them.
    ///
    /// # Errors
    /// No such run, or it has ended.
    pub async fn intend(&self, run: &RunId, intents: &[Intent]) -> Result<Vec<ChangeId>> {
        let (run, intents) = (run.clone(), intents.to_vec());
        self.write("write down the changes", "intended", move |store| store.intend(&run, &intents)).await
    }

    /// Writes down that the click that makes a change real comes next, in this browser. When this returns, it is on
    /// disk; before it returns, nothing may be clicked.
    ///
    /// # Errors
    /// The change is not `intended` any more, or its run has ended.
    pub async fn committing(&self, change: ChangeId, browser: ProcessMark) -> Result<()> {
        self.write("write down the commit", "committing", move |store| store.committing(change, browser))
            .await
    }

    /// Writes down what became of a change, and how that is known: `read back`, `final reading`, `settled by ...`.
    ///
    /// `in_doubt` is noted with its reason but settles nothing: the change stays `committing`.
    ///
    /// # Errors
    /// The change is settled already; or the outcome needs a commit (`done`, `pending`, `in_doubt`) and there was
    /// none.
    pub async fn settle(&self, change: ChangeId, outcome: &Outcome, by: &str) -> Result<()> {
        let (outcome, by) = (outcome.clone(), by.to_owned());
        let point = if outcome.kind == OutcomeKind::InDoubt { "in_doubt" } else { "settled" };
        self.write("write down the outcome", point, move |store| store.settle(change, &outcome, &by)).await
    }

    /// Writes down that a person was seen gone after a removal, which the final reading has yet to settle (D7.8).
    ///
    /// # Errors
    /// The change is no removal that is `committing`.
    pub async fn seen_gone(&self, change: ChangeId) -> Result<()> {
        self.write("write down who was seen gone", "seen_gone", move |store| store.seen_gone(change)).await
    }

    /// Writes down that a run ended, with its report.
    ///
    /// # Errors
    /// No such run, or it has ended already.
    pub async fn end_run(&self, run: &RunId, ended: RunEnd) -> Result<()> {
        let run = run.clone();
        self.write("write down the run's end", "run_ended", move |store| store.end_run(&run, &ended)).await
    }

    /// Writes down that another process goes on with a run that died, or that ended with something in doubt. Its
    /// earlier report stays until the next one.
    ///
    /// # Errors
    /// No such run.
    pub async fn take_up(&self, run: &RunId, process: ProcessMark) -> Result<()> {
        let run = run.clone();
        self.write("take up the run", "taken_up", move |store| store.take_up(&run, process)).await
    }

    /// Writes down something else that happened. The data must hold no secret.
    ///
    /// # Errors
    /// No such run.
    pub async fn event(&self, run: &RunId, change: Option<ChangeId>, kind: &str, data: Value) -> Result<()> {
        let (run, kind) = (run.clone(), kind.to_owned());
        let name = kind.clone();
        self.write("write down an event", &name, move |store| store.event(&run, change, &kind, &data)).await
    }

    /// Writes down that somebody wants a run to end at the next boundary between two changes, unless it has ended.
    ///
    /// # Errors
    /// No such run.
    pub async fn cancel(&self, run: &RunId, by: &str) -> Result<CancelAsked> {
        let (run, by) = (run.clone(), by.to_owned());
        self.write("write down that the run is cancelled", CANCEL_ASKED, move |store| store.cancel(&run, &by))
            .await
    }

    /// Who wants a run to end, if somebody does.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn cancelled(&self, run: &RunId) -> Result<Option<CancelRecord>> {
        let run = run.clone();
        self.call("look whether the run is cancelled", move |store| store.cancelled(&run)).await
    }

    /// The runs, the newest first, of one workspace or of all.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn runs(&self, workspace: Option<&str>, limit: u32) -> Result<Vec<RunSummary>> {
        let workspace = workspace.map(str::to_owned);
        self.call("list the runs", move |store| store.runs(workspace.as_deref(), limit)).await
    }

    /// A run with everything in it; `None` if there is no such run.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn run(&self, run: &RunId) -> Result<Option<RunRecord>> {
        let run = run.clone();
        self.call("read the run", move |store| store.run(&run)).await
    }

    /// The newest run of a workspace that was given this key; `None` if there is none.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn run_of_key(&self, workspace: &str, key: &RunKey) -> Result<Option<RunRecord>> {
        let (workspace, key) = (workspace.to_owned(), key.clone());
        self.call("look for the run of a key", move |store| store.run_of_key(&workspace, &key)).await
    }

    /// The changes of a workspace nobody knows the end of: those that are `committing`, and those intended by a run
    /// that never ended. The oldest first.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn unsettled(&self, workspace: &str) -> Result<Vec<ChangeRecord>> {
        let workspace = workspace.to_owned();
        self.call("look for changes in doubt", move |store| store.unsettled(&workspace)).await
    }

    /// What was committed in a workspace since then, for the guards. Changes in doubt count; those proven not to
    /// have been applied do not.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn history(&self, workspace: &str, since: Timestamp) -> Result<History> {
        let workspace = workspace.to_owned();
        self.call("count the last changes", move |store| store.history(&workspace, since)).await
    }

    /// The last events of a kind in a workspace with their time, the newest first.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn told(&self, workspace: &str, kind: &str, most: u32) -> Result<Vec<(Timestamp, Value)>> {
        let (workspace, kind) = (workspace.to_owned(), kind.to_owned());
        self.call("look for what was told", move |store| store.told(&workspace, &kind, most)).await
    }

    /// When the invitation of each was sent again for the last time, or may have been.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn resends(&self, workspace: &str) -> Result<Vec<(Email, Timestamp)>> {
        let workspace = workspace.to_owned();
        self.call("look what was sent again", move |store| store.resends(&workspace)).await
    }

    /// The hash of the last event.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn head(&self) -> Result<String> {
        self.call("read the journal's head", |store| store.head()).await
    }

    /// Checks the file and every hash of the chain, and that the tables say what the events said.
    ///
    /// # Errors
    /// [`JournalError::Chain`] with the first event that does not fit.
    pub async fn verify(&self) -> Result<Verified> {
        self.call("check the journal", |store| store.verify()).await
    }

    /// Every event, the oldest first.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn events(&self) -> Result<Vec<EventRecord>> {
        self.call("read the journal's events", |store| store.events()).await
    }

    /// The number of the event with this hash.
    ///
    /// # Errors
    /// [`JournalError::NoSuchHead`].
    pub async fn place_of(&self, head: &str) -> Result<i64> {
        let head = head.to_owned();
        self.call("look for a head in the journal", move |store| store.place_of(&head)).await
    }

    /// Lets the file grow by a few pages only.
    #[cfg(test)]
    pub(super) async fn limit_pages(&self) {
        let limit = |store: &mut Store| {
            let pages: i64 = store.connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
            store.connection.pragma_update_and_check(None, "max_page_count", pages + 3, |_| Ok(()))?;
            Ok(())
        };
        self.call("limit the file", limit).await.unwrap();
    }

    async fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        point: &str,
        job: impl FnOnce(&mut Store) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T> {
        let point = point.to_owned();
        let job = move |store: &mut Store| {
            let written = job(store)?;
            crash::point(&point);
            Ok(written)
        };
        self.call(doing, job).await
    }

    async fn call<T: Send + 'static>(
        &self,
        doing: &'static str,
        job: impl FnOnce(&mut Store) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T> {
        let (done, answer) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            let result = job(store).map_err(|fault| fault.at(doing, store.path()));
            // Whoever stopped waiting does not take the answer; the work is done all the same.
            let _ = done.send(result);
        });
        self.jobs.send(job).map_err(|_| JournalError::Stopped)?;
        answer.await.map_err(|_| JournalError::Stopped)?
    }
}

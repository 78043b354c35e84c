//! The journal: what was intended, what was committed and what became of it, durable before it is believed.
//!
//! A change goes `intended -> committing -> settled`. `committing` is on disk before the first click that changes
//! anything, so whoever comes next asks of each row only: had we begun? SQLite blocks, so it runs on a thread of its
//! own and this is an async handle to it ([`Journal`]). Every change of state and the event that tells it are one
//! transaction; events are append-only and bound together by hashes ([`chain`]). Several processes may have the
//! journal open; who may change a workspace is decided by the [`lock`].
//!
//! It stands beside the runner, not inside it: it knows changes and outcomes, and nothing of pages.

pub mod lock;

mod handle;

mod queries;
mod store;

pub mod chain;

mod error;
mod records;

#[cfg(test)]
mod tests;

pub use chain::{ChainError, Verified};
pub use error::JournalError;
pub use handle::{Clock, Journal};
pub use records::{
    BrowserMark, CancelAsked, CancelRecord, ChangeId, ChangeRecord, ChangeState, EventRecord, Intent, NewRun,
    ProcessMark, RunEnd, RunId, RunKey, RunRecord, RunSummary,
};

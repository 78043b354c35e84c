//! What a run leaves behind for people: the log of its steps, and what was proven around each commit, as pictures and as
//! snapshots of the page.
//!
//! There are two classes (D5.10). **Shareable** is what was made to be passed on: the page of the run (`report.html`) and
//! the snapshots (`*.html`). Secrets are not in it, and other people stand in it under pseudonyms. **Personal** is
//! everything else in the folder: the steps as they happened, who was met (`people.jsonl`, with the key of the
//! pseudonyms), pictures, files of the console. All files have mode 0600 in a folder of mode 0700; secrets are in none.
//!
//! [`folder`](Evidence) is where it lies, [`trail`](Trail) writes it as it happens; `redact` is what is taken out, with
//! `seen` for escapes and `pseudonym` for the other words; `snapshot` writes the page's nodes as HTML.

mod folder;
mod pseudonym;
mod redact;
mod seen;
pub(crate) mod snapshot;
#[cfg(test)]
mod tests;
mod trail;

pub use folder::Evidence;
pub(crate) use trail::{Memory, Shared, vocabulary_of};
pub use trail::{StepRecord, Trail, Votes};

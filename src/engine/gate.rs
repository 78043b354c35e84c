//! The moment before a commit: `committing` is made durable, and a picture of what proves the person is kept.

use async_trait::async_trait;

use super::evidence::Evidence;
use super::journal::{ChangeId, Journal, ProcessMark};
use super::runner::{Gate, LeftOut, Stop};
use crate::domain::outcome::Reason;

/// Keeps a picture in the run's evidence; one that cannot be kept does not stop a change.
pub(crate) fn keep(evidence: &Evidence, change: ChangeId, name: &str, picture: &[u8]) {
    if let Err(error) = evidence.save(&format!("{change}-{name}.png"), picture) {
        tracing::warn!(%error, "a picture could not be kept");
    }
}

/// Makes `committing` durable before the click, after a picture of what proves the person.
pub(crate) struct JournalGate<'a> {
    pub(crate) journal: &'a Journal,
    pub(crate) evidence: &'a Evidence,
    /// The changes of this commit, each with its address: one, or all of a file.
    pub(crate) changes: Vec<(String, ChangeId)>,
    pub(crate) browser: ProcessMark,
    pub(crate) passed: bool,
}

#[async_trait]
impl Gate for JournalGate<'_> {
    async fn committing(&mut self, proven: Option<Vec<u8>>) -> Result<(), Stop> {
        if let Some(picture) = proven {
            self.keep("before", &picture);
        }
        for (_, change) in &self.changes {
            let written = self.journal.committing(*change, self.browser).await;
            written.map_err(|error| {
                Stop::new(Reason::NotApplied, "write the intent into the journal", error.to_string())
            })?;
        }
        self.passed = true;
        Ok(())
    }

    fn leave_out(&mut self, people: &[LeftOut]) {
        self.changes.retain(|(email, _)| !people.iter().any(|left| left.email == *email));
    }

    fn further(&mut self, proven: Option<Vec<u8>>) {
        if let Some(picture) = proven {
            self.keep("asked-again", &picture);
        }
    }
}

impl JournalGate<'_> {
    /// One picture shows all: it is kept with the first.
    fn keep(&self, name: &str, picture: &[u8]) {
        if let Some((_, change)) = self.changes.first() {
            keep(self.evidence, *change, name, picture);
        }
    }
}

//! The moment before a commit: `committing` is made durable, and a picture of what proves the person is kept.

use async_trait::async_trait;

use super::evidence::Evidence;
use super::journal::{ChangeId, Journal, ProcessMark};
use super::runner::{Gate, Stop};
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
    pub(crate) change: ChangeId,
    pub(crate) browser: ProcessMark,
    pub(crate) passed: bool,
}

#[async_trait]
impl Gate for JournalGate<'_> {
    async fn committing(&mut self, proven: Option<Vec<u8>>) -> Result<(), Stop> {
        if let Some(picture) = proven {
            keep(self.evidence, self.change, "before", &picture);
        }
        let written = self.journal.committing(self.change, self.browser).await;
        written.map_err(|error| {
            Stop::new(Reason::NotApplied, "write the intent into the journal", error.to_string())
        })?;
        self.passed = true;
        Ok(())
    }

    fn further(&mut self, proven: Option<Vec<u8>>) {
        if let Some(picture) = proven {
            keep(self.evidence, self.change, "asked-again", &picture);
        }
    }
}

//! How long a flow may take.

use std::time::Duration;

use tokio::time::Instant;

use super::flow::Flow;
use super::stop::Stop;
use crate::domain::outcome::Reason;

/// How long anything may take in all, however long a list is.
pub(super) const LONGEST: Duration = Duration::from_secs(60 * 60);

impl Flow<'_> {
    /// It is over by then in any case.
    #[must_use]
    pub fn ends_by(mut self, end: Instant) -> Self {
        self.latest = self.latest.min(end);
        self.deadline = self.deadline.min(end);
        self
    }

    /// A list gets on for as long as it shows further rows: how long it is nobody knows before.
    pub(super) fn got_on(&mut self) {
        self.deadline = self.deadline.max((Instant::now() + self.limit).min(self.latest));
    }

    /// Nothing is wrong with what waits for its time: it takes nothing of the flow's own.
    pub(super) fn waited(&mut self, waited: Duration) {
        self.deadline = (self.deadline + waited).min(self.latest);
    }

    /// What was waited for had less than its time: nothing is known of it.
    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Its time is over.
    pub(super) fn over(doing: &str) -> Stop {
        Stop::new(Reason::Timeout, doing, "the time for this is over")
    }
}

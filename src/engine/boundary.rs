//! Between two changes: whether the next one is begun, and when (D5.6, D7.8). A run stops there, and nowhere else of its own
//! accord.

use super::apply::{Applying, Item};
use super::error::Error;

/// What is true of the changes that come next.
pub(super) enum Next {
    /// They are begun.
    Begin,
    /// There is no time left for them.
    NoTime,
}

impl Applying<'_, '_> {
    /// Lets as much time pass as the pace wants, and says whether what comes next is begun. `needs_reading`: it, or what was
    /// made before, is proven by a reading of the whole list.
    pub(super) async fn next(&mut self, needs_reading: bool) -> Result<Next, Error> {
        if !self.run.deadline.has_time(self.pace.wait(), needs_reading) {
            return Ok(Next::NoTime);
        }
        self.keep_pace().await;
        Ok(Next::Begin)
    }

    /// Waits until the next change may begin, and not beyond the run's time.
    pub(super) async fn keep_pace(&mut self) {
        if let Some(next) = self.pace.next() {
            tokio::time::sleep_until(next.min(self.run.deadline.end())).await;
        }
        self.pace.mark();
    }

    /// There is no time left to begin them.
    pub(super) async fn leave(&mut self, items: Vec<Item>) -> Result<(), Error> {
        let outcome = self.run.deadline.not_begun();
        // A second save stays open: half a person is finished by whoever takes the run up.
        for item in items.iter().filter(|item| !item.is_second()) {
            self.settle(item.id, &outcome, "the run's deadline").await?;
        }
        self.run.not_begun += items.len();
        Ok(())
    }
}

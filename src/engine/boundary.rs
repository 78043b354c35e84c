//! Between two changes: whether the next one is begun, and when (D5.6, D7.8). A run stops there, and nowhere else of its own
//! accord.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::apply::{Applying, Item};
use super::cancelling::not_begun;
use super::error::Error;
use super::journal::CancelRecord;

/// How often somebody who waits for their turn looks whether the run is cancelled.
const LOOK: Duration = Duration::from_millis(200);

/// What is true of the changes that come next.
pub(super) enum Next {
    /// They are begun.
    Begin,
    /// There is no time left for them.
    NoTime,
    /// Somebody cancelled the run.
    Cancelled(CancelRecord),
}

impl Applying<'_, '_> {
    /// Lets as much time pass as the pace wants, and says whether what comes next is begun. `needs_reading`: it, or what was
    /// made before, is proven by a reading of the whole list.
    pub(super) async fn next(&mut self, needs_reading: bool) -> Result<Next, Error> {
        if !self.run.deadline.has_time(self.pace.wait(), needs_reading) {
            return Ok(Next::NoTime);
        }
        Ok(self.turn().await?.map_or(Next::Begin, Next::Cancelled))
    }

    /// Waits until the next change may begin, and not beyond the run's time, or until somebody cancels the run, which is
    /// looked for in any case.
    pub(super) async fn turn(&mut self) -> Result<Option<CancelRecord>, Error> {
        let (journal, run) = (&self.run.engine.journal, &self.run.id);
        loop {
            if let Some(cancel) = journal.cancelled(run).await? {
                return Ok(Some(cancel));
            }
            let now = Instant::now();
            let next = self.pace.next().map(|next| next.min(self.run.deadline.end()));
            let Some(next) = next.filter(|next| *next > now) else { break };
            sleep_until(next.min(now + LOOK)).await;
        }
        self.pace.mark();
        Ok(None)
    }

    /// They are not begun, because somebody cancelled the run. Gives the second saves of people whose first is made: who is
    /// begun is finished.
    pub(super) async fn stop_before(
        &mut self,
        items: Vec<Item>,
        cancel: CancelRecord,
    ) -> Result<Vec<Item>, Error> {
        let (begun, rest): (Vec<Item>, Vec<Item>) = items
            .into_iter()
            .partition(|item| item.is_second() && self.first_made.contains(item.change.email()));
        // Whose first save was not made has no second: that is closed with it.
        for item in rest.iter().filter(|item| !item.is_second()) {
            self.settle(item.id, &not_begun(&cancel), "the run was cancelled").await?;
        }
        if !begun.is_empty()
            && let Some(next) = self.pace.next()
        {
            sleep_until(next.min(self.run.deadline.end())).await;
        }
        self.run.cancelled = Some(cancel);
        Ok(begun)
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

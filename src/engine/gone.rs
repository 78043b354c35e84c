//! Removals at the end of a run: somebody is gone once neither a look for them nor a proven reading of the whole list
//! shows them (promise 3).
//!
//! Each removal is looked for after its commit, and one reading at the end settles all of them. The last one needs no
//! look of its own before that: the reading comes at once, and the look after it, where the page stands.

use super::apply::{Applying, Item, Tried};
use super::effect::{Effect, effect};
use super::error::Error;
use super::runner::Ran;
use super::{Caller, Progress};
use crate::domain::outcome::Outcome;
use crate::domain::reading::{Found, Reading};
use crate::engine::app::Means;

impl Applying<'_, '_> {
    /// Whether the final reading comes at once after this commit, and is likely to decide it. Where the console refused
    /// it, or its flow did not come to its end, a look is cheaper than a reading.
    pub(super) fn is_read_next(&self, item: &Item, ran: &Ran) -> bool {
        let is_refused = matches!(ran.said, Some((Means::Reason(_), _)));
        let is_plain = !is_refused && ran.stop.is_none() && self.session.is_some();
        self.is_last && is_plain && item.change.ends_in_absence() && self.reading.grade.is_proven()
    }

    /// Settles who is gone. Gives those of whom it is not proven.
    pub(super) async fn prove_gone(
        &mut self,
        gone: Vec<Item>,
        caller: &mut dyn Caller,
    ) -> Result<Vec<Item>, Error> {
        let mut unproven = self.settle_gone(gone, caller).await?;
        // Whoever shows still, or perhaps: a console may take a moment, and what is looked for is seen soonest.
        let Some(last) = unproven.pop_if(|item| !item.is_looked_for) else { return Ok(unproven) };
        unproven.extend(self.look_and_prove(last, caller).await?);
        Ok(unproven)
    }

    /// Reads the whole list, and settles by it; those who are not settled are given back.
    async fn settle_gone(&mut self, gone: Vec<Item>, caller: &mut dyn Caller) -> Result<Vec<Item>, Error> {
        let Some(session) = self.session.as_mut() else { return Ok(gone) };
        let reading = match Box::pin(self.run.reading(session, &[], caller)).await {
            Ok(reading) => reading,
            Err(error) => {
                tracing::info!(%error, "the final reading failed");
                return Ok(gone);
            }
        };
        let mut unproven = Vec::new();
        for item in gone {
            if is_gone_from(&reading, &item) && self.is_not_found(&item).await? {
                self.settle(item.id, &Outcome::done(), "final reading").await?;
                if !item.is_looked_for {
                    told(&item, &Outcome::done(), caller);
                }
            } else {
                unproven.push(item);
            }
        }
        self.run.last_reading = Some(reading);
        Ok(unproven)
    }

    /// Nobody finds them either: told by the look after the commit, or by one now.
    async fn is_not_found(&mut self, item: &Item) -> Result<bool, Error> {
        if item.is_looked_for {
            return Ok(true);
        }
        self.run.trail.about(Some(item.id.0));
        match self.seek_from_here(&item.change, false).await {
            Ok(sought) if matches!(effect(&item.change, &sought), Effect::SeemsGone) => {
                self.run.engine.journal.seen_gone(item.id).await?;
                Ok(true)
            }
            Ok(_) => Ok(false),
            Err(stop) => {
                tracing::info!(%stop, "the look after the final reading stopped");
                Ok(false)
            }
        }
    }

    /// What a reading at once did not settle, as any other removal: looked for, and proven by one more reading.
    async fn look_and_prove(
        &mut self,
        mut item: Item,
        caller: &mut dyn Caller,
    ) -> Result<Option<Item>, Error> {
        self.run.trail.about(Some(item.id.0));
        let tried = match self.session {
            Some(_) => Box::pin(self.read_back(&item, item.said.clone())).await?,
            None => Tried::Doubtful { said: None, stopped: None },
        };
        item.is_looked_for = true;
        match tried {
            Tried::Settled(outcome) => {
                told(&item, &outcome, caller);
                Ok(None)
            }
            Tried::SeenGone => {
                let left = Box::pin(self.settle_gone(vec![item.clone()], caller)).await?.pop();
                if left.is_none() {
                    told(&item, &Outcome::done(), caller);
                }
                Ok(left)
            }
            // What the console said of it stays with the item.
            Tried::ReadNext { .. } | Tried::Doubtful { .. } => Ok(Some(item)),
        }
    }
}

fn is_gone_from(reading: &Reading, item: &Item) -> bool {
    reading.grade.is_proven() && matches!(reading.find(item.change.email()), Found::No)
}

fn told(item: &Item, outcome: &Outcome, caller: &mut dyn Caller) {
    caller.progress(&Progress::Outcome { change: item.words(), outcome: outcome.to_string() });
}

//! What may stand in the way at any time and is clicked away: a tour, a notice (D5.5). Never by force: what stays, stays.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::flow::Flow;
use super::page::Answer;
use super::stop::Stop;
use crate::domain::outcome::Reason;
use crate::engine::app::Target;

/// How often in one flow something is clicked away: more often it is part of the page.
pub(super) const DISMISSALS: usize = 6;

impl Flow<'_> {
    /// Closes what stands in the way, and goes on when it is gone (D5.5). A click that came to nobody because of it is done
    /// then; what any other did is not known any more, and it is not repeated.
    pub(super) async fn dismiss(&mut self, at: &Target, target: &Target) -> Result<(), Stop> {
        let doing = format!("close \"{at}\", which stood in the way");
        let started = Instant::now();
        let last = self.last_click.take();
        let was_lost = match &last {
            Some(click) => self.reached_nobody(&doing, click.armed).await?,
            None => false,
        };
        let (person, held) = (self.person.take(), self.dismissing);
        self.dismissing = true;
        let closed = self.close_overlay(&doing, at, target).await;
        self.dismissing = held;
        self.person = person;
        self.last_click = None;
        self.trail.step(&doing, started.elapsed(), closed.as_ref().err().map(ToString::to_string));
        closed?;
        if was_lost {
            self.last_click = last;
            self.click_again(&doing, &Answer::default()).await?;
        }
        Ok(())
    }

    /// Whether the guard of this click answers for it: the page saw nothing.
    async fn reached_nobody(&mut self, doing: &str, armed: u64) -> Result<bool, Stop> {
        let mut request = self.request("guard");
        request["of"] = json!(armed);
        let guard = self.ask(doing, request, Duration::from_secs(2)).await?;
        Ok(matches!(guard.status.as_deref(), Some("armed" | "swallowed")))
    }

    async fn close_overlay(&mut self, doing: &str, at: &Target, target: &Target) -> Result<(), Stop> {
        let wait = Duration::from_secs(5);
        self.click(doing, target, &[], wait).await?;
        let mut gone = self.request("expect");
        gone["any"] = json!([]);
        gone["gone"] = json!([at.as_str()]);
        let answer = self.ask(doing, gone, wait).await?;
        if answer.ok {
            return Ok(());
        }
        Err(Stop::new(Reason::BlockedByOverlay, doing, "it stayed when it was clicked away"))
    }
}

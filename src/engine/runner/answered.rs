//! A page of a list, once it can be believed: with the console's own answer to what fills the list, where the map names
//! that request and the browser can be watched; else by what the page shows alone (F6).

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::flow::Flow;
use super::list::Reads;
use super::page::Answer;
use super::stop::Stop;
use crate::engine::app::List;
use crate::engine::browser::{Heard, Traffic};
use crate::engine::traffic::RequestPattern;

/// How long a page may take after a move until it asks for what is to come: it may wait for more to be typed. If it asks
/// later that is noticed too, and costs another look.
const ASKS: Duration = Duration::from_millis(500);
/// How long one look may wait for the page as long as nothing was asked for.
const LOOK: Duration = Duration::from_secs(1);

/// The request that fills a list, and what is heard of it.
struct Filling {
    traffic: Traffic,
    request: RequestPattern,
}

impl Flow<'_> {
    fn filling(&self, list: &List) -> Option<Filling> {
        Some(Filling { traffic: self.page.traffic()?.clone(), request: list.request.clone()? })
    }

    /// What fills the list is on its way.
    pub(super) fn is_filling(&self, list: &List) -> bool {
        self.filling(list)
            .is_some_and(|filling| filling.traffic.heard(&filling.request, self.moved).is_under_way())
    }

    /// Reads the page shown, once it can be believed.
    pub(crate) async fn read_page(&mut self, list: &List, reads: Reads<'_>) -> Result<Answer, Stop> {
        let doing = format!("read \"{}\"", list.at);
        let answer = match self.filling(list) {
            Some(filling) => self.read_filled(&doing, list, &reads, &filling).await?,
            None => self.look_at_page(&doing, list, &reads, Heard::default()).await?,
        };
        if answer.ok || answer.why() == "lost_click" {
            return Ok(answer);
        }
        self.last_click = None;
        Err(self.explain(&doing, &answer).await)
    }

    /// Looks at the page when nothing is on its way, and again should anything have been heard meanwhile.
    async fn read_filled(
        &mut self,
        doing: &str,
        list: &List,
        reads: &Reads<'_>,
        Filling { traffic, request }: &Filling,
    ) -> Result<Answer, Stop> {
        let end = Instant::now() + reads.wait;
        let rest = || end.saturating_duration_since(Instant::now());
        if reads.before.is_some() {
            traffic.heard_other_than(Heard::default(), request, self.moved, ASKS.min(reads.wait)).await;
        }
        loop {
            let mut heard = traffic.heard(request, self.moved);
            while heard.is_under_way() && !rest().is_zero() {
                heard = traffic.heard_other_than(heard, request, self.moved, rest()).await;
            }
            let wait = if heard.is_answered() { rest() } else { rest().min(LOOK) };
            let mut page = self.look_at_page(doing, list, &Reads { wait, ..reads.clone() }, heard).await?;
            let is_as_heard = traffic.heard(request, self.moved) == heard;
            if page.why() == "lost_click" || (is_as_heard && is_believable(&page, heard, reads)) {
                return Ok(page);
            }
            if rest().is_zero() {
                page.fresh = false;
                return Ok(page);
            }
            if is_as_heard {
                traffic.heard_other_than(heard, request, self.moved, rest().min(LOOK)).await;
            }
        }
    }

    async fn look_at_page(
        &mut self,
        doing: &str,
        list: &List,
        reads: &Reads<'_>,
        heard: Heard,
    ) -> Result<Answer, Stop> {
        let mut request = self.list_request(list, reads);
        request["is_answered"] = json!(heard.is_answered());
        request["is_search"] = json!(reads.is_search);
        if reads.before.is_some() {
            self.mark_lost_clicks(&mut request);
            request["surely"] = json!(true);
        }
        self.ask(doing, request, reads.wait).await
    }
}

/// Whether a page can be believed, for all that was heard. A page that asked for nothing, and shows people, may have had
/// them all along; that there is nobody it says too while it has not asked yet.
fn is_believable(page: &Answer, heard: Heard, reads: &Reads<'_>) -> bool {
    let may_be_old = heard.is_nothing() && (!page.rows.is_empty() || reads.is_search);
    page.ok && page.fresh && (heard.is_answered() || may_be_old)
}

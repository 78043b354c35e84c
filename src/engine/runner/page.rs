//! The round trip to the script in the page: one request, one answer, asked again while documents come and go.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::engine::browser::{Browser, BrowserError, ElementId, Mark, Point, Traffic};
use crate::engine::traffic::Guard;

/// The script that runs in the page: eight files, one function body. It stays in the document it was brought to.
const SCRIPT: &str = concat!(
    include_str!("page/dom.js"),
    include_str!("page/find.js"),
    include_str!("page/guard.js"),
    include_str!("page/controls.js"),
    include_str!("page/list.js"),
    include_str!("page/held.js"),
    include_str!("page/snapshot.js"),
    include_str!("page/main.js"),
);

/// Asks the script that the document has already.
const KEPT: &str = "const kept = window[Symbol.for('seatwright.page')];
return kept ? kept(JSON.stringify(arguments[0])) : { is_new: true };";

/// The longest the script waits before it answers; then it is asked again. Well below the driver's own limits.
const SLICE: Duration = Duration::from_secs(8);

/// How often a page that is being replaced is asked whether the new one is there.
const BREATH: Duration = Duration::from_millis(20);

/// A browser's one page.
pub struct Page {
    browser: Box<dyn Browser>,
    /// What the script was asked for, by verb: how the driver's `run` requests divide.
    asked: BTreeMap<String, u64>,
    /// Areas at which the console was recognised already.
    pub(crate) recognised: BTreeSet<String>,
    /// When the list was opened in this document, if nothing was done in it since but reading and searching.
    listed_at: Option<Instant>,
    /// The document has the script, unless it is another one by now.
    has_script: bool,
    /// What it sends, where that can be watched.
    traffic: Option<Traffic>,
}

/// What the script says; see `page/main.js`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Answer {
    pub(crate) ok: bool,
    pub(crate) why: Option<String>,
    pub(crate) of: Option<String>,
    pub(crate) counts: Vec<usize>,
    pub(crate) several: Vec<String>,
    pub(crate) nearby: Vec<String>,
    pub(crate) offered: Vec<String>,
    pub(crate) cover: Option<String>,
    pub(crate) objection: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) at: Option<At>,
    pub(crate) element: Option<Value>,
    pub(crate) area: Option<Value>,
    pub(crate) kind: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) area_text: String,
    pub(crate) holds: Vec<String>,
    /// Of several values: those that the field does not hold yet.
    pub(crate) missing: Vec<String>,
    /// The option that comes next on the way to a set.
    pub(crate) turn: Option<Turn>,
    /// The list of options is closed: what was found is what opens it.
    pub(crate) is_closed: bool,
    /// The control holds the whole set.
    pub(crate) is_complete: bool,
    /// None of the cells holds anything.
    pub(crate) is_clear: bool,
    /// The area of a commit shows other people as well.
    pub(crate) shows_others: bool,
    /// It is in a frame: the driver cannot take it as an element of the page.
    pub(crate) is_framed: bool,
    /// Displayed frames of another origin, where something is missing that may be in one.
    pub(crate) foreign: Vec<String>,
    /// How many tabs a list in parts shows.
    pub(crate) tabs: Option<usize>,
    pub(crate) served: usize,
    pub(crate) disagree: bool,
    pub(crate) interrupt: Option<usize>,
    pub(crate) text: Option<String>,
    pub(crate) shown: Option<String>,
    pub(crate) message: Option<MessageSeen>,
    pub(crate) seen: Option<Value>,
    pub(crate) present: Vec<String>,
    pub(crate) value: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) rows: Vec<RowSeen>,
    pub(crate) cells: BTreeMap<String, Option<String>>,
    pub(crate) strangers: Vec<String>,
    pub(crate) total: Option<String>,
    pub(crate) next: Option<String>,
    pub(crate) is_empty: bool,
    /// How many rows the console says the part has.
    pub(crate) count: Option<String>,
    /// The last rows of a scrolled list, to tell where the next ones begin.
    pub(crate) tail: Vec<String>,
    /// Rows were passed by unseen, or changed their places, between two looks at a scrolled list.
    pub(crate) gap: bool,
    /// A scrolled list was read to its end.
    pub(crate) at_end: bool,
    /// What leads somewhere says that one is there already: the tab that is selected, say.
    pub(crate) is_current: bool,
    pub(crate) signature: String,
    pub(crate) fresh: bool,
    pub(crate) taken: Option<crate::engine::evidence::snapshot::Taken>,
    is_new: bool,
    /// What the document says its language is; nothing where it does not.
    pub(crate) language: String,
    pub(crate) waited_ms: u64,
}

/// A place on the page.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct At {
    x: i64,
    y: i64,
}

/// An option to be clicked, and whether it is chosen afterwards.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Turn {
    pub(crate) text: String,
    pub(crate) to: bool,
}

/// A message of the map that showed: its place in the map's list, and its text.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MessageSeen {
    pub(crate) index: usize,
    pub(crate) text: String,
}

/// A row of a list as displayed.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RowSeen {
    pub(crate) area: String,
    pub(crate) cells: BTreeMap<String, Option<String>>,
}

impl Answer {
    pub(crate) fn element(&self) -> Option<ElementId> {
        self.element.as_ref().and_then(ElementId::from_json)
    }

    pub(crate) fn at(&self) -> Option<Point> {
        self.at.map(|at| Point { x: at.x, y: at.y })
    }

    pub(crate) fn area(&self) -> Option<ElementId> {
        self.area.as_ref().and_then(ElementId::from_json)
    }

    pub(crate) fn why(&self) -> &str {
        self.why.as_deref().unwrap_or("missing")
    }
}

impl Page {
    /// Takes over a browser.
    #[must_use]
    pub fn new(browser: Box<dyn Browser>) -> Self {
        let traffic = browser.traffic();
        Self {
            browser,
            asked: BTreeMap::new(),
            recognised: BTreeSet::new(),
            listed_at: None,
            has_script: false,
            traffic,
        }
    }

    /// The browser itself, for clicks, keys and pictures.
    pub fn browser(&mut self) -> &mut dyn Browser {
        self.browser.as_mut()
    }

    /// How the driver's `run` requests so far divide, by what the script was asked for: `locate` finds what is acted on
    /// next, `area` whether something is there, `holds` and `read` read back, `list` reads a page of a list.
    #[must_use]
    pub fn asked(&self) -> &BTreeMap<String, u64> {
        &self.asked
    }

    /// Gives the browser back, to end it.
    #[must_use]
    pub fn into_browser(self) -> Box<dyn Browser> {
        self.browser
    }

    /// What it sends, where that can be watched.
    #[must_use]
    pub fn traffic(&self) -> Option<&Traffic> {
        self.traffic.as_ref()
    }

    /// Lets these operations send what they send, until the next document is loaded.
    pub(crate) fn lift_guard(&self, operations: &[String]) {
        if let Some(traffic) = &self.traffic {
            traffic.set_guard(Guard::Lifted { operations: operations.to_vec() });
        }
    }

    /// A change is over, or never came to its commit.
    pub(crate) fn lower_guard(&self) {
        self.traffic.as_ref().inspect(|traffic| traffic.lower());
    }

    /// This moment, to tell what was sent later.
    pub(crate) fn mark(&self) -> Mark {
        self.traffic.as_ref().map(Traffic::mark).unwrap_or_default()
    }

    /// Whether the page asked for anything since, no later than this; `false` where it cannot be watched.
    pub(crate) fn has_sent_between(&self, mark: Mark, end: Instant) -> bool {
        self.traffic.as_ref().is_some_and(|traffic| traffic.has_sent_between(mark, end.into_std()))
    }

    /// The list was opened in this document; `false`: something else is done in it from here on.
    pub(crate) fn note_list(&mut self, is_open: bool) {
        self.listed_at = is_open.then(Instant::now);
    }

    /// The list was opened in this document no longer ago than this.
    pub(crate) fn has_list_of(&self, age: Duration) -> bool {
        self.listed_at.is_some_and(|at| at.elapsed() <= age)
    }

    /// Loads an address as a new document; the old one no longer answers, and what it was allowed to send is over.
    pub(crate) async fn load(&mut self, address: &url::Url) -> Result<(), BrowserError> {
        self.lower_guard();
        self.has_script = false;
        self.listed_at = None;
        match self.browser.goto(address).await {
            // The page was on its way elsewhere at that moment.
            Err(BrowserError::Interrupted { .. }) => self.browser.goto(address).await,
            gone => gone,
        }
    }

    /// Asks the script, again and again while the document changes, until it has an answer or `wait` is over.
    pub(crate) async fn ask(&mut self, mut request: Value, wait: Duration) -> Result<Answer, BrowserError> {
        let mut end = Instant::now() + wait;
        let mut is_left = false;
        let mut breath = tokio::time::interval(BREATH);
        breath.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let rest = end.saturating_duration_since(Instant::now());
            request["wait_ms"] = json!(u64::try_from(rest.min(SLICE).as_millis()).unwrap_or(0));
            let over = rest.is_zero();
            let verb = match (request["do"].as_str(), request["need"].as_str()) {
                (Some("locate"), Some("present")) => "area",
                (verb, _) => verb.unwrap_or("?"),
            };
            *self.asked.entry(verb.to_owned()).or_default() += 1;
            let asked = Instant::now();
            let script = if self.has_script { KEPT } else { SCRIPT };
            let told = self.browser.run(script, request.clone()).await;
            tracing::trace!(verb = %request["do"], target = %request["target"], took_ms = asked.elapsed().as_millis(), "page asked");
            match told {
                Ok(value) => {
                    let answer: Answer = serde_json::from_value(value).map_err(|error| {
                        BrowserError::Script { message: format!("unexpected answer: {error}") }
                    })?;
                    self.has_script = !answer.is_new;
                    if answer.is_new {
                        continue;
                    }
                    let patient = !answer.ok && answer.why() != "lost_click" && answer.why() != "interrupt";
                    if patient && rest > SLICE {
                        continue;
                    }
                    return Ok(answer);
                }
                // What was found may be replaced on its way to us. Between two documents nobody answers, and asking
                // without a breath would only slow the page down.
                Err(error @ (BrowserError::Stale { .. } | BrowserError::NoSuchElement { .. })) => {
                    if over {
                        return Err(error);
                    }
                    request["restless"] = json!(true);
                }
                Err(BrowserError::Interrupted { .. }) if !over => {
                    breath.tick().await;
                }
                // A document that is left for another host while it is asked may never answer: the one that came has had
                // no time yet. Only once: a page that answers nobody is told as that.
                Err(BrowserError::ScriptTimeout { .. }) if !is_left => {
                    is_left = true;
                    self.has_script = false;
                    end = Instant::now() + wait;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::browser::fake::{Answer as Gives, Call, Fake};

    async fn asked(timeouts: usize) -> (Result<Answer, BrowserError>, usize) {
        let mut left = timeouts;
        let browser = Fake::new(move |call| match call {
            Call::Run { .. } if left > 0 => {
                left -= 1;
                Err(BrowserError::ScriptTimeout { after: SLICE })
            }
            Call::Run { .. } => Ok(Gives::Value(json!({ "ok": true }))),
            _ => Ok(Gives::Done),
        });
        let calls = browser.calls();
        let told = Page::new(Box::new(browser)).ask(json!({ "do": "expect" }), Duration::ZERO).await;
        let count = calls.lock().unwrap().len();
        (told, count)
    }

    #[tokio::test]
    async fn a_document_that_never_answers_is_asked_once_more() {
        let (told, count) = asked(1).await;
        assert_eq!((told.unwrap().ok, count), (true, 2));
        let (told, count) = asked(2).await;
        assert!(matches!(told, Err(BrowserError::ScriptTimeout { .. })), "{told:?}");
        assert_eq!(count, 2);
    }
}

//! Watches what a page sends, and refuses what it may not: every request is held by the browser until it was judged here
//! (W3C WebDriver BiDi, `network.addIntercept` in the phase `beforeRequestSent`).
//!
//! What escapes it was measured in Firefox ESR 153: what service workers send (switched off by preference), the frames of
//! a web socket (the handshake is refused), and a `GET` that changes something (`never` in a map).

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use serde_json::{Value, json};
use url::Url;

use super::bidi::{Bidi, Listener};
use crate::engine::traffic::{Exchange, Guard, Refusal, Request, Rules, Verdict, Writes, path_template};

/// What is told of each request.
const EVENTS: [&str; 3] = ["network.beforeRequestSent", "network.responseCompleted", "network.fetchError"];
/// Exchanges that may have changed something are kept up to here; all are counted.
const MOST_KEPT: usize = 1000;

/// So many of the last requests are known with their time.
const MOST_RECENT: usize = 200;

/// What a browser's page sends: judged, counted, and told. Clones are the same one.
#[derive(Clone)]
pub struct Traffic(Arc<Mutex<State>>);

/// A moment: what was sent later can be told from what was sent before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u64);

struct State {
    /// The tab that is driven.
    tab: String,
    /// The console, and what may be sent to it. Nothing is judged before they are known.
    rules: Option<(Url, Rules)>,
    guard: Guard,
    writes: Writes,
    begun: u64,
    /// The last of them, with their time.
    begun_at: VecDeque<(Mark, Instant)>,
    under_way: HashMap<String, UnderWay>,
    kept: Vec<(Mark, Exchange)>,
    strayed: Option<String>,
    lost: Option<String>,
    /// Ended by ourselves: that the connection goes with it is as it should be.
    over: bool,
    /// Held for as long as the browser is: the connection goes with it.
    connection: Option<Bidi>,
}

struct UnderWay {
    number: Mark,
    since: Instant,
    /// Where its exchange is kept, if it is.
    kept: Option<usize>,
}

impl fmt::Debug for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Traffic").field(&self.state().guard).finish_non_exhaustive()
    }
}

impl Traffic {
    /// Has the browser hold every request from now on.
    ///
    /// # Errors
    /// Why it cannot, in words. The browser then sends what it likes.
    pub(super) async fn watch(address: &str) -> Result<Self, String> {
        let traffic = Self(Arc::new(Mutex::new(State::new())));
        let bidi = Bidi::connect(address, Ear(traffic.clone())).await?;
        let tree = bidi.send("browsingContext.getTree", json!({ "maxDepth": 0 })).await?;
        let tab = tree["contexts"][0]["context"].as_str().ok_or("the browser has no tab")?.to_owned();
        traffic.state().tab = tab;
        bidi.send("session.subscribe", json!({ "events": EVENTS })).await?;
        bidi.send("network.addIntercept", json!({ "phases": ["beforeRequestSent"] })).await?;
        traffic.state().connection = Some(bidi);
        Ok(traffic)
    }

    /// Begins anew, for the console at this address. The guard is open.
    pub fn begin(&self, home: &Url, rules: Rules) {
        let mut state = self.state();
        let (tab, connection, lost) = (state.tab.clone(), state.connection.take(), state.lost.take());
        *state = State { tab, connection, lost, rules: Some((home.clone(), rules)), ..State::new() };
    }

    /// Nothing more is judged: the browser is no longer this console's.
    pub fn end(&self) {
        self.state().rules = None;
    }

    /// What is allowed from now on.
    pub fn set_guard(&self, guard: Guard) {
        self.state().guard = guard;
    }

    /// A change is over: only what changes nothing is allowed again.
    pub fn lower(&self) {
        let mut state = self.state();
        if matches!(state.guard, Guard::Lifted { .. }) {
            state.guard = Guard::Reading;
        }
    }

    /// This moment.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(self.state().begun)
    }

    /// Whether the page began to ask for anything since, no later than this.
    #[must_use]
    pub fn has_sent_between(&self, mark: Mark, end: Instant) -> bool {
        self.state().begun_at.iter().any(|(number, at)| *number > mark && *at <= end)
    }

    /// Whether something that was asked for since is not answered yet.
    #[must_use]
    pub fn is_waiting_since(&self, mark: Mark) -> bool {
        self.state().under_way.values().any(|request| request.number > mark)
    }

    /// What was sent since and may have changed something, with the answers so far.
    #[must_use]
    pub fn sent_since(&self, mark: Mark) -> Vec<Exchange> {
        let state = self.state();
        state.kept.iter().filter(|(number, _)| *number > mark).map(|(_, exchange)| exchange.clone()).collect()
    }

    /// What was sent and refused since [`Traffic::begin`].
    #[must_use]
    pub fn writes(&self) -> Writes {
        self.state().writes.clone()
    }

    /// The host that the page was about to go to, and that is none of the console's.
    #[must_use]
    pub fn strayed(&self) -> Option<String> {
        self.state().strayed.clone()
    }

    /// Why the browser can no longer be watched: whatever it holds will never be sent.
    pub(super) fn lost(&self) -> Option<String> {
        self.state().lost.clone()
    }

    /// The browser is about to be ended.
    pub(super) fn is_over(&self) {
        self.state().over = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics while holding it")
    }
}

impl State {
    fn new() -> Self {
        Self {
            tab: String::new(),
            rules: None,
            guard: Guard::Open,
            writes: Writes::default(),
            begun: 0,
            begun_at: VecDeque::new(),
            under_way: HashMap::new(),
            kept: Vec::new(),
            strayed: None,
            lost: None,
            over: false,
            connection: None,
        }
    }

    /// Whether a request may be sent.
    fn judge(&mut self, id: &str, params: &Value) -> bool {
        self.begun += 1;
        let number = Mark(self.begun);
        self.begun_at.push_back((number, Instant::now()));
        if self.begun_at.len() > MOST_RECENT {
            self.begun_at.pop_front();
        }
        let (Some((home, rules)), Some(request)) = (&self.rules, request(params, &self.tab)) else {
            return true;
        };
        let verdict = rules.judge(home, &self.guard, &request);
        let is_ours = rules.is_of_console(home, &request.url);
        let exchange = Exchange {
            host: (!is_ours || request.url.host_str() != home.host_str())
                .then(|| request.url.host_str().unwrap_or_default().to_owned()),
            path: path_template(&request.url),
            method: request.method,
            status: None,
            took_ms: None,
            is_harmless: verdict == Verdict::Allowed,
            is_elsewhere: !is_ours,
        };
        if self.guard != Guard::Open || matches!(verdict, Verdict::Refused(_)) {
            self.writes.note(&exchange, verdict);
        }
        if let Verdict::Refused(refusal) = verdict {
            tracing::debug!(
                method = exchange.method,
                path = exchange.path,
                why = refusal.as_str(),
                "refused"
            );
            if refusal == Refusal::Elsewhere && request.is_page {
                self.strayed = exchange.host;
            }
            return false;
        }
        let may_change = verdict != Verdict::Read && self.kept.len() < MOST_KEPT;
        let kept = may_change.then(|| {
            self.kept.push((number, exchange));
            self.kept.len() - 1
        });
        self.under_way.insert(id.to_owned(), UnderWay { number, since: Instant::now(), kept });
        true
    }

    fn answered(&mut self, id: &str, status: Option<u16>) {
        let Some(request) = self.under_way.remove(id) else { return };
        if let Some((_, exchange)) = request.kept.and_then(|at| self.kept.get_mut(at)) {
            exchange.status = status;
            exchange.took_ms = u64::try_from(request.since.elapsed().as_millis()).ok();
        }
    }
}

/// What the browser is about to send; nothing where it is no request over the network.
fn request(params: &Value, tab: &str) -> Option<Request> {
    let url = Url::parse(params["request"]["url"].as_str()?).ok()?;
    if !matches!(url.scheme(), "http" | "https" | "ws" | "wss") {
        return None;
    }
    // RFC 6455, section 11.3. Firefox asks before it adds `Upgrade`; no page can set a header of this kind itself.
    let is_upgrade = |header: &Value| {
        header["name"].as_str().is_some_and(|name| name.to_ascii_lowercase().starts_with("sec-websocket-"))
    };
    let headers = params["request"]["headers"].as_array();
    Some(Request {
        method: params["request"]["method"].as_str()?.to_ascii_uppercase(),
        is_page: params["navigation"].is_string() && params["context"].as_str() == Some(tab),
        is_socket: matches!(url.scheme(), "ws" | "wss")
            || headers.is_some_and(|all| all.iter().any(is_upgrade)),
        url,
    })
}

/// Hears what the browser tells.
struct Ear(Traffic);

impl Listener for Ear {
    fn event(&mut self, event: &str, params: &Value) -> Option<(&'static str, Value)> {
        let id = params["request"]["request"].as_str()?;
        let mut state = self.0.state();
        match event {
            "network.beforeRequestSent" => {
                let may_be_sent = state.judge(id, params);
                let is_held = params["isBlocked"].as_bool().unwrap_or(false);
                let decision = if may_be_sent { "network.continueRequest" } else { "network.failRequest" };
                is_held.then(|| (decision, json!({ "request": id })))
            }
            "network.responseCompleted" => {
                let status = params["response"]["status"].as_u64();
                state.answered(id, status.and_then(|status| u16::try_from(status).ok()));
                None
            }
            _ => {
                state.answered(id, None);
                None
            }
        }
    }

    fn gone(&mut self, cause: String) {
        let mut state = self.0.state();
        if !state.over {
            tracing::debug!(cause, "the browser's BiDi connection is gone");
            state.lost = Some(cause);
        }
    }
}

//! Watches what a page sends, and refuses what it may not: every request is held by the browser until it was judged here
//! (W3C WebDriver BiDi, `network.addIntercept` in the phase `beforeRequestSent`).
//!
//! What escapes it was measured in Firefox ESR 153: what service workers send (switched off by preference), and shared
//! workers (taken away from each document before its own scripts); what goes over a web socket (its handshake is refused),
//! WebRTC or WebTransport (switched off); and a `GET` that changes something (`never` in a map). A page that is out to
//! get round it may find a way; a console is not.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::Notify;
use url::Url;

use super::answers::{Answers, Heard};
use super::bidi::{Bidi, Listener};
use crate::engine::traffic::{
    Exchange, Guard, Refusal, Request, RequestPattern, Rules, Verdict, Writes, path_template,
};

/// What is told of each request.
const EVENTS: [&str; 3] = ["network.beforeRequestSent", "network.responseCompleted", "network.fetchError"];
/// What a worker of several documents sends is of none of them, and is not told: no page has one.
const WITHOUT: &str = "() => { delete globalThis.SharedWorker; }";
/// So many of the last exchanges that may have changed something are kept; all are counted.
const MOST_KEPT: usize = 1000;

/// How long a document may take until it is parsed, before what is there of it is asked.
const PARSED: Duration = Duration::from_secs(5);

/// So many of the last requests are known with their time.
const MOST_RECENT: usize = 200;

/// What a browser's page sends: judged, counted, and told. Clones are the same one.
#[derive(Clone)]
pub struct Traffic {
    state: Arc<Mutex<State>>,
    /// Told whenever something was sent or answered.
    told: Arc<Notify>,
}

/// A moment: what was sent later can be told from what was sent before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u64);

impl Mark {
    #[cfg(test)]
    pub(super) fn at(number: u64) -> Self {
        Self(number)
    }
}

/// A host that is none of the console's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strayed {
    /// The host.
    pub host: String,
    /// The sign-in led over it: the page goes there because it is signed out.
    pub is_sign_in: bool,
}

struct State {
    /// The tab that is driven.
    tab: String,
    /// The console, and what may be sent to it. Nothing is judged before they are known.
    rules: Option<(Url, Rules)>,
    guard: Guard,
    /// Another one with each change of what may be sent.
    version: u64,
    writes: Writes,
    begun: u64,
    /// The last of them, with their time.
    begun_at: VecDeque<(Mark, Instant)>,
    under_way: HashMap<String, UnderWay>,
    /// What came of those that fill a list.
    answers: Answers,
    kept: VecDeque<(Mark, Exchange)>,
    /// Hosts that the page was on while signing in.
    hosts: BTreeSet<String>,
    strayed: Option<Strayed>,
    lost: Option<String>,
    /// Ended by ourselves: that the connection goes with it is as it should be.
    over: bool,
    /// Held for as long as the browser is: the connection goes with it.
    connection: Option<Bidi>,
}

struct UnderWay {
    number: Mark,
    since: Instant,
}

impl fmt::Debug for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Traffic").field(&self.state().guard).finish_non_exhaustive()
    }
}

impl Traffic {
    /// Has the browser hold every request from now on. `None` where there is no way to it: it then sends what it likes.
    ///
    /// # Errors
    /// What it said against it, in words. It may hold requests all the same: it is of no use.
    pub(super) async fn watch(address: &str) -> Result<Option<Self>, String> {
        let traffic = Self { state: Arc::new(Mutex::new(State::new())), told: Arc::new(Notify::new()) };
        let bidi = match Bidi::connect(address, Ear(traffic.clone())).await {
            Ok(bidi) => bidi,
            Err(cause) => {
                tracing::warn!(cause, "what the page sends cannot be watched");
                return Ok(None);
            }
        };
        let tree = bidi.send("browsingContext.getTree", json!({ "maxDepth": 0 })).await?;
        let tab = tree["contexts"][0]["context"].as_str().ok_or("the browser has no tab")?.to_owned();
        traffic.state().tab = tab;
        bidi.send("session.subscribe", json!({ "events": EVENTS })).await?;
        bidi.send("network.addIntercept", json!({ "phases": ["beforeRequestSent"] })).await?;
        bidi.send("script.addPreloadScript", json!({ "functionDeclaration": WITHOUT })).await?;
        traffic.state().connection = Some(bidi);
        Ok(Some(traffic))
    }

    /// Begins anew, for the console at this address. The guard is open.
    pub fn begin(&self, home: &Url, rules: Rules) {
        let mut state = self.state();
        let (tab, connection, lost) = (state.tab.clone(), state.connection.take(), state.lost.take());
        let version = state.version + 1;
        *state = State { tab, connection, lost, version, rules: Some((home.clone(), rules)), ..State::new() };
    }

    /// Nothing more is judged: for whoever keeps a browser for something else, once the console's page is gone from it.
    pub fn end(&self) {
        let mut state = self.state();
        state.rules = None;
        state.version += 1;
    }

    /// What is allowed from now on.
    pub fn set_guard(&self, guard: Guard) {
        let mut state = self.state();
        if guard == Guard::Open {
            state.strayed = None; // it goes wherever one signs in
        }
        state.guard = guard;
        state.version += 1;
    }

    /// A change is over: only what changes nothing is allowed again.
    pub fn lower(&self) {
        let mut state = self.state();
        if matches!(state.guard, Guard::Lifted { .. }) {
            state.guard = Guard::Reading;
            state.version += 1;
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

    /// What was sent since and may have changed something, with the answers so far.
    #[must_use]
    pub fn sent_since(&self, mark: Mark) -> Vec<Exchange> {
        let state = self.state();
        state.kept.iter().filter(|(number, _)| *number > mark).map(|(_, exchange)| exchange.clone()).collect()
    }

    /// What was heard since of the requests that fill a list, of a kind that the map has for one.
    #[must_use]
    pub fn heard(&self, kind: &RequestPattern, since: Mark) -> Heard {
        self.state().answers.heard(kind.as_str(), since)
    }

    /// The same as soon as it is another than what is known, or after this long.
    pub async fn heard_other_than(
        &self,
        known: Heard,
        kind: &RequestPattern,
        since: Mark,
        wait: Duration,
    ) -> Heard {
        let end = tokio::time::Instant::now() + wait;
        loop {
            let mut told = pin!(self.told.notified());
            told.as_mut().enable();
            let heard = self.heard(kind, since);
            if heard != known || tokio::time::timeout_at(end, told).await.is_err() {
                return heard;
            }
        }
    }

    /// What was sent and refused since [`Traffic::begin`].
    #[must_use]
    pub fn writes(&self) -> Writes {
        self.state().writes.clone()
    }

    /// Where the page was about to go, and that is none of the console's hosts.
    #[must_use]
    pub fn strayed(&self) -> Option<Strayed> {
        self.state().strayed.clone()
    }

    /// Has the tab load an address, and returns once its document is parsed (W3C WebDriver BiDi,
    /// `browsingContext.navigate`), or so much time is over. A page that takes longer, or goes elsewhere meanwhile, is none
    /// the less on its way.
    pub(super) async fn go(&self, url: &Url, patience: Duration) {
        self.on_its_way("browsingContext.navigate", json!({ "url": url.as_str() }), patience).await;
    }

    /// Has the tab load the address it is at once more, likewise.
    pub(super) async fn go_again(&self, patience: Duration) {
        self.on_its_way("browsingContext.reload", json!({}), patience).await;
    }

    async fn on_its_way(&self, command: &'static str, mut params: Value, patience: Duration) {
        let (connection, tab) = {
            let state = self.state();
            (state.connection.clone(), state.tab.clone())
        };
        let Some(bidi) = connection else { return };
        (params["context"], params["wait"]) = (json!(tab), json!("interactive"));
        if let Err(cause) = bidi.send_within(PARSED.min(patience), command, params).await {
            tracing::debug!(cause, "the page did not come at once");
        }
    }

    /// The connection it is watched over.
    pub(super) fn connection(&self) -> Option<Bidi> {
        self.state().connection.clone()
    }

    /// The browser refused a request by itself, as it was told to.
    pub(super) fn refused(&self, request: &Request) {
        self.state().refused(request);
    }

    /// Which state of what may be sent this is.
    pub(super) fn version(&self) -> u64 {
        self.state().version
    }

    /// What may be sent now.
    pub(super) fn with_rules<T>(&self, read: impl FnOnce(Option<&Rules>, &Guard) -> T) -> T {
        let state = self.state();
        read(state.rules.as_ref().map(|(_, rules)| rules), &state.guard)
    }

    /// Why the browser can no longer be watched: whatever the page asks for may be held for ever.
    pub(super) fn lost(&self) -> Option<String> {
        self.state().lost.clone()
    }

    /// The browser is about to be ended.
    pub(super) fn is_over(&self) {
        self.state().over = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while holding it")
    }
}

impl State {
    fn new() -> Self {
        Self {
            tab: String::new(),
            rules: None,
            guard: Guard::Open,
            version: 0,
            writes: Writes::default(),
            begun: 0,
            begun_at: VecDeque::new(),
            under_way: HashMap::new(),
            answers: Answers::default(),
            kept: VecDeque::new(),
            hosts: BTreeSet::new(),
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
        let (Some((home, rules)), Some(request)) = (&self.rules, request(params, &self.tab)) else {
            return true;
        };
        let verdict = rules.judge(home, &self.guard, &request);
        let is_ours = rules.is_of_console(home, &request.url);
        let kinds = rules.fills.iter().filter(|kind| kind.matches(&request.method, &request.url, is_ours));
        let kinds: Vec<String> = kinds.map(|kind| kind.as_str().to_owned()).collect();
        let exchange = exchange(home, is_ours, &request, verdict);
        if self.guard == Guard::Open && request.is_page {
            self.hosts.extend(exchange.host.clone());
        }
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
                let host = exchange.host.unwrap_or_default();
                self.strayed = Some(Strayed { is_sign_in: self.hosts.contains(&host), host });
            }
            return false;
        }
        if is_ours && verdict != Verdict::Allowed {
            self.begun_at.push_back((number, Instant::now()));
            if self.begun_at.len() > MOST_RECENT {
                self.begun_at.pop_front();
            }
        }
        self.answers.begin(number, kinds);
        if matches!(verdict, Verdict::Write | Verdict::Unseen) {
            self.kept.push_back((number, exchange));
            if self.kept.len() > MOST_KEPT {
                self.kept.pop_front();
            }
        }
        self.under_way.insert(id.to_owned(), UnderWay { number, since: Instant::now() });
        true
    }

    /// What was refused without being asked about.
    fn refused(&mut self, request: &Request) {
        let Some((home, rules)) = &self.rules else { return };
        let verdict = match rules.judge(home, &self.guard, request) {
            refused @ Verdict::Refused(_) => refused,
            // It is another moment by now.
            _ => Verdict::Refused(Refusal::Write),
        };
        let is_ours = rules.is_of_console(home, &request.url);
        self.writes.note(&exchange(home, is_ours, request, verdict), verdict);
    }

    fn answered(&mut self, id: &str, status: Option<u16>) {
        let Some(request) = self.under_way.remove(id) else { return };
        self.answers.end(request.number, status);
        let is_it = |(number, _): &&mut (Mark, Exchange)| *number == request.number;
        if let Some((_, exchange)) = self.kept.iter_mut().rev().find(is_it) {
            exchange.status = status;
            exchange.took_ms = u64::try_from(request.since.elapsed().as_millis()).ok();
        }
    }
}

fn exchange(home: &Url, is_ours: bool, request: &Request, verdict: Verdict) -> Exchange {
    let host = request.url.host_str();
    Exchange {
        host: (!is_ours || host != home.host_str()).then(|| host.unwrap_or_default().to_owned()),
        path: path_template(&request.url),
        method: request.method.clone(),
        status: None,
        took_ms: None,
        is_harmless: verdict != Verdict::Write,
        is_elsewhere: !is_ours,
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
        let decision = match event {
            "network.beforeRequestSent" => {
                let may_be_sent = state.judge(id, params);
                let is_held = params["isBlocked"].as_bool().unwrap_or(false);
                if !may_be_sent && !is_held {
                    let why = "the browser did not hold a request that was to be refused";
                    state.writes.unproven.get_or_insert_with(|| why.to_owned());
                }
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
        };
        self.0.told.notify_waiters();
        decision
    }

    fn gone(&mut self, cause: String) {
        let mut state = self.0.state();
        if !state.over {
            tracing::debug!(cause, "the browser's BiDi connection is gone");
            state.writes.unproven = Some(format!("the connection to the browser was lost: {cause}"));
            state.lost = Some(cause);
        }
    }
}

//! A browser that notes when each driver request began and ended, and the other moments of a run beside them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use seatwright::engine::browser::{
    Browser, BrowserError, BrowserProcess, ElementId, Point, Requests, Traffic,
};
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use url::Url;

/// Something that happened in a run.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) kind: Kind,
    pub(crate) what: String,
    pub(crate) began: Instant,
    pub(crate) ended: Instant,
    /// How much of it was waiting in the page, as the script there says.
    pub(crate) waited_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A request to the driver.
    Request,
    /// A step of the run's own log is over.
    Step,
    /// The caller was told how far the run is.
    Progress,
}

/// What is asked again anyway, until the new document is there and has the script.
const BETWEEN: &str = " (between documents)";
const WITHOUT: &str = " (the script is not there)";

impl Moment {
    /// A request that did not hit the page between two documents: those depend on how quick it is.
    pub(crate) fn is_request(&self) -> bool {
        self.kind == Kind::Request && !self.is_again()
    }

    pub(crate) fn is_again(&self) -> bool {
        self.what.ends_with(BETWEEN) || self.what.ends_with(WITHOUT)
    }

    /// Requests to the driver: to load an address takes two.
    pub(crate) fn cost(&self) -> usize {
        if self.what.starts_with("goto") { 2 } else { 1 }
    }
}

/// The moments of a run in their order. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moments(Arc<Mutex<Vec<Moment>>>);

impl Moments {
    pub(crate) fn note(&self, kind: Kind, what: String, began: Instant) {
        self.note_waiting(kind, what, began, 0);
    }

    fn note_waiting(&self, kind: Kind, what: String, began: Instant, waited_ms: u64) {
        let moment = Moment { kind, what, began, ended: Instant::now(), waited_ms };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(moment);
    }

    /// All so far; from now on they are forgotten.
    pub(crate) fn take(&self) -> Vec<Moment> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Hears of the steps that a run writes into its log.
pub(crate) struct Steps(pub(crate) Moments);

impl<S: Subscriber> Layer<S> for Steps {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut step = Step::default();
        event.record(&mut step);
        if let (Some(name), true) = (step.name, step.is_done) {
            self.0.note(Kind::Step, name, Instant::now());
        }
    }
}

#[derive(Default)]
struct Step {
    name: Option<String>,
    is_done: bool,
}

impl Visit for Step {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "step" {
            self.name = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.is_done |= field.name() == "message" && format!("{value:?}") == "step done";
    }
}

/// The browser.
pub(crate) struct Timed {
    inner: Box<dyn Browser>,
    moments: Moments,
}

impl Timed {
    pub(crate) fn new(inner: Box<dyn Browser>, moments: Moments) -> Self {
        Self { inner, moments }
    }

    fn note<T>(&self, what: impl Into<String>, began: Instant, answer: T) -> T {
        self.moments.note(Kind::Request, what.into(), began);
        answer
    }
}

/// What the script in the page is asked for.
fn asked(argument: &Value) -> String {
    let Some(verb) = argument["do"].as_str() else { return "run".to_owned() };
    let mut words = vec![verb.to_owned()];
    words.extend(argument["target"].as_str().map(str::to_owned));
    words.extend(argument["targets"].as_array().map(|all| format!("{} targets", all.len())));
    words.extend(argument["need"].as_str().map(|need| format!("({need})")));
    words.join(" ")
}

#[async_trait]
impl Browser for Timed {
    async fn goto(&mut self, url: &Url) -> Result<(), BrowserError> {
        let (began, answer) = (Instant::now(), self.inner.goto(url).await);
        self.note(format!("goto {}", url.path()), began, answer)
    }

    async fn address(&mut self) -> Result<Url, BrowserError> {
        let (began, answer) = (Instant::now(), self.inner.address().await);
        self.note("address", began, answer)
    }

    async fn run(&mut self, script: &str, argument: Value) -> Result<Value, BrowserError> {
        let what = asked(&argument);
        let (began, answer) = (Instant::now(), self.inner.run(script, argument).await);
        let came = match &answer {
            Ok(value) if value["is_new"] == true => WITHOUT,
            Ok(_) => "",
            Err(BrowserError::Interrupted { .. }) => BETWEEN,
            Err(_) => " (error)",
        };
        let waited_ms =
            answer.as_ref().ok().and_then(|value| value["waited_ms"].as_u64()).unwrap_or_default();
        self.moments.note_waiting(Kind::Request, what + came, began, waited_ms);
        answer
    }

    async fn click(&mut self, at: Point) -> Result<(), BrowserError> {
        let (began, answer) = (Instant::now(), self.inner.click(at).await);
        self.note("click", began, answer)
    }

    async fn hover(&mut self, at: Point) -> Result<(), BrowserError> {
        let (began, answer) = (Instant::now(), self.inner.hover(at).await);
        self.note("hover", began, answer)
    }

    async fn keys(&mut self, keys: &str) -> Result<(), BrowserError> {
        let (began, answer) = (Instant::now(), self.inner.keys(keys).await);
        self.note("keys", began, answer)
    }

    async fn click_element(&mut self, element: &ElementId) -> Result<(), BrowserError> {
        let (began, answer) = (Instant::now(), self.inner.click_element(element).await);
        self.note("click_element", began, answer)
    }

    async fn upload(&mut self, element: &ElementId, file: &Path) -> Result<(), BrowserError> {
        let (began, answer) = (Instant::now(), self.inner.upload(element, file).await);
        self.note("upload", began, answer)
    }

    async fn label(&mut self, element: &ElementId) -> Result<String, BrowserError> {
        let (began, answer) = (Instant::now(), self.inner.label(element).await);
        self.note("label", began, answer)
    }

    async fn picture(&mut self, element: Option<&ElementId>) -> Result<Vec<u8>, BrowserError> {
        let (began, answer) = (Instant::now(), self.inner.picture(element).await);
        self.note("picture", began, answer)
    }

    async fn cookies(&mut self) -> Result<Vec<Value>, BrowserError> {
        let (began, answer) = (Instant::now(), self.inner.cookies().await);
        self.note("cookies", began, answer)
    }

    async fn set_cookie(&mut self, cookie: &Value) -> Result<(), BrowserError> {
        let (began, answer) = (Instant::now(), self.inner.set_cookie(cookie).await);
        self.note("set_cookie", began, answer)
    }

    async fn forget(&mut self) -> Result<(), BrowserError> {
        let (began, answer) = (Instant::now(), self.inner.forget().await);
        self.note("forget", began, answer)
    }

    fn downloads(&self) -> Option<PathBuf> {
        self.inner.downloads()
    }

    fn traffic(&self) -> Option<Traffic> {
        self.inner.traffic()
    }

    fn ends_by(&mut self, end: tokio::time::Instant) {
        self.inner.ends_by(end);
    }

    fn process(&self) -> &BrowserProcess {
        self.inner.process()
    }

    fn requests(&self) -> Requests {
        self.inner.requests()
    }

    async fn end(self: Box<Self>) -> Result<(), BrowserError> {
        self.inner.end().await
    }
}

//! A signed-in browser for one workspace: started, signed in, ended; and where browsers come from.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, timeout_at};

use super::Engine;
use super::account::{Key, Opened, SessionStore};
use super::app::App;
use super::browser::{self, Browser, BrowserError, BrowserOptions, BrowserProcess, Requests, Traffic};
use super::credentials::Credentials;
use super::deadline::Deadline;
use super::error::Error;
use super::evidence::Trail;
use super::evidence::snapshot::Taken;
use super::held_session::HeldSession;
use super::runner::{Flow, Inputs, MEMBERS, Page, Stop};
use super::traffic::Guard;
use super::workspace::Workspace;
use crate::domain::outcome::Reason;

/// How long a sign-in may take.
const SIGN_IN: Duration = Duration::from_secs(60);
/// How often a browser signs in again where the console forgets the session: more often it is no accident.
const SIGN_INS_AGAIN: usize = 5;
/// How long one change may take, and one reading or search without a further page of the list.
const ONE_THING: Duration = Duration::from_secs(180);

/// How long a snapshot of the page may be waited for: it is asked for where something went wrong already.
const SNAPSHOT: Duration = Duration::from_secs(5);

/// Where browsers come from and go to.
#[async_trait]
pub trait Browsers: Send + Sync {
    /// A browser that is signed in nowhere.
    async fn take(&self) -> Result<Box<dyn Browser>, BrowserError>;

    /// The browser is no longer needed. It need not die; where it must, the engine ends it instead.
    async fn give_back(&self, browser: Box<dyn Browser>) -> Result<(), BrowserError>;
}

/// A browser of its own for each run, ended with it.
#[derive(Clone, Debug)]
pub struct OwnBrowsers {
    options: BrowserOptions,
}

impl OwnBrowsers {
    /// Browsers started with these options.
    #[must_use]
    pub fn new(options: BrowserOptions) -> Self {
        Self { options }
    }
}

#[async_trait]
impl Browsers for OwnBrowsers {
    async fn take(&self) -> Result<Box<dyn Browser>, BrowserError> {
        browser::start(&self.options).await
    }

    async fn give_back(&self, browser: Box<dyn Browser>) -> Result<(), BrowserError> {
        browser.end().await
    }
}

/// A browser that is signed in.
pub(crate) struct Session {
    page: Page,
    app: Arc<App>,
    workspace: Workspace,
    browsers: Arc<dyn Browsers>,
    before: Requests,
    account: Credentials,
    /// Where it is kept for the next run, if it is.
    keeper: Option<(SessionStore, Key)>,
    deadline: Deadline,
    /// The console takes this browser for signed in, as far as is known.
    is_signed_in: bool,
    sign_ins_left: usize,
}

impl Session {
    /// Starts a browser. It is not signed in yet, so that whoever asked can write its process down first.
    pub(crate) async fn start(engine: &Engine, deadline: Deadline) -> Result<Self, Error> {
        let workspace = &engine.workspace;
        // Before the browser: without a password none is needed.
        let account = Credentials::read(engine)?;
        let keeper = workspace.sessions.are_kept.then(|| keeper(engine)).flatten();
        let (doing, after) = ("start the browser", deadline.left());
        let started = timeout_at(deadline.end(), engine.browsers.take()).await;
        let browser = started.map_err(|_| BrowserError::Timeout { doing, after })??;
        let before = browser.requests();
        let page = Page::new(browser);
        if let Some(traffic) = page.traffic() {
            traffic.begin(&workspace.url, workspace.app.map.rules());
        }
        Ok(Self {
            page,
            app: Arc::clone(&workspace.app),
            workspace: workspace.clone(),
            browsers: Arc::clone(&engine.browsers),
            before,
            account,
            keeper,
            deadline,
            is_signed_in: false,
            sign_ins_left: SIGN_INS_AGAIN,
        })
    }

    /// Takes up the session of an earlier run; where there is none, or the console has forgotten it, signs in.
    pub(crate) async fn sign_in(&mut self, trail: &mut Trail) -> Result<(), Error> {
        if !self.take_up(trail).await? {
            self.sign_in_anew(trail).await?;
        }
        Ok(())
    }

    /// Whether an earlier session is still good. Its pages are the proof: the members are opened.
    async fn take_up(&mut self, trail: &mut Trail) -> Result<bool, Error> {
        let Some(held) = self.kept() else { return Ok(false) };
        let started = Instant::now();
        let url = self.workspace.url.clone();
        if !self.put_back(&held).await? {
            return Ok(false);
        }
        // A session that is good already has nothing to send.
        self.guard();
        let (app, inputs) = (Arc::clone(&self.app), self.inputs());
        let at = app.map.lists.get(MEMBERS).map(|list| list.at.clone());
        let end = self.limit();
        let mut flow = Flow::new(&mut self.page, &app, &url, inputs, trail, SIGN_IN).ends_by(end);
        let opened = match &at {
            Some(at) => flow.open(at, true).await,
            None => return Ok(false),
        };
        let found = opened.as_ref().err().map(ToString::to_string);
        trail.step("take up the session of an earlier run", started.elapsed(), found);
        match opened {
            Ok(()) => {
                self.is_signed_in = true;
                Ok(true)
            }
            // Whoever stands at a wall, or was asked to slow down, does not knock once more.
            Err(stop) if stop.is_lost || !is_about_the_session(stop.reason) => Err(stop.into()),
            Err(stop) => {
                if stop.reason == Reason::SignedOut
                    && let Some((store, _)) = &self.keeper
                    && let Err(error) = store.forget()
                {
                    tracing::warn!(%error, "the kept session is over, and could not be removed");
                }
                self.put_back(&HeldSession::default()).await?;
                Ok(false)
            }
        }
    }

    fn kept(&self) -> Option<HeldSession> {
        let (store, key) = self.keeper.as_ref()?;
        match store.open(key) {
            Ok(Opened::Session(bytes)) => HeldSession::parse(&bytes),
            Ok(Opened::Nothing) => None,
            Ok(Opened::Aside(path)) => {
                let path = path.display();
                tracing::warn!(%path, "the kept session cannot be decrypted with this key; it was put aside");
                None
            }
            Err(error) => {
                tracing::warn!(%error, "the kept session cannot be read");
                None
            }
        }
    }

    /// Keeps the session for the next run. That it cannot be kept costs a sign-in then, and nothing now.
    pub(crate) async fn keep(&mut self) {
        if self.deadline.is_over() {
            return; // it was kept when the console took it
        }
        let end = self.limit();
        let Some((store, key)) = self.keeper.as_ref().filter(|_| self.is_signed_in) else { return };
        let rules = self.app.map.rules();
        let held = timeout_at(end, HeldSession::of(&mut self.page, &self.workspace.url, &rules)).await;
        let late = || BrowserError::Timeout { doing: "tell its session", after: Duration::ZERO };
        match held.unwrap_or_else(|_| Err(late())) {
            Ok(Some(held)) => {
                if let Err(error) = store.keep(key, &held.to_bytes()) {
                    tracing::warn!(%error, "the session could not be kept for the next run");
                }
            }
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "the browser could not tell its session"),
        }
    }

    /// Signs in where the console has forgotten the session in mid-run.
    pub(crate) async fn sign_in_again(&mut self, trail: &mut Trail) -> Result<(), Error> {
        if self.sign_ins_left == 0 {
            let cause = format!("the console signed the account out more than {SIGN_INS_AGAIN} times");
            return Err(Stop::new(Reason::SignedOut, "sign in again", cause).into());
        }
        self.sign_ins_left -= 1;
        let result = self.sign_in_anew(trail).await;
        // Also where it failed: what this browser does from here on changes nothing.
        self.guard();
        result
    }

    /// Plays `sign_in`, unless the console refused the same not long ago.
    async fn sign_in_anew(&mut self, trail: &mut Trail) -> Result<(), Error> {
        self.is_signed_in = false;
        self.page.traffic().inspect(|traffic| traffic.set_guard(Guard::Open));
        let unsupported = || Error::Unsupported { operation: "sign_in".to_owned(), console: self.app.id() };
        let recording = self.app.flow_for("sign_in").ok_or_else(unsupported)?.clone();
        self.account.check(&self.workspace)?;
        let inputs = self
            .inputs()
            .with("email", self.workspace.account.email.as_str())
            .with_secret("password", self.account.password())
            .with_second_factor(self.account.second_factor());
        let app = Arc::clone(&self.app);
        let url = self.workspace.url.clone();
        let end = self.limit();
        let flow = Flow::new(&mut self.page, &app, &url, inputs, trail, SIGN_IN).ends_by(end);
        let mut flow = flow.signing_in();
        let ran = flow.play(&recording, None).await;
        let gave_code = flow.gave_code();
        match ran.stop {
            None => self.account.were_taken()?,
            Some(stop) => {
                if stop.reason == Reason::BadCredentials {
                    self.account.were_refused(if gave_code { "code" } else { "password" })?;
                }
                return Err(stop.into());
            }
        }
        self.guard();
        self.is_signed_in = true;
        // At once: the run may be killed, and the next one need not sign in again.
        self.keep().await;
        Ok(())
    }

    /// A flow on this browser's page.
    pub(crate) fn flow<'a>(&'a mut self, app: &'a App, inputs: Inputs, trail: &'a mut Trail) -> Flow<'a> {
        let end = self.limit();
        Flow::new(&mut self.page, app, &self.workspace.url, inputs, trail, ONE_THING).ends_by(end)
    }

    /// When whatever is begun now has to be over; the browser keeps to it too.
    fn limit(&mut self) -> Instant {
        self.page.browser().ends_by(self.deadline.last_words());
        self.deadline.end()
    }

    /// The deadline of its run.
    pub(crate) fn deadline(&self) -> &Deadline {
        &self.deadline
    }

    async fn put_back(&mut self, held: &HeldSession) -> Result<bool, Error> {
        let (doing, end) = ("take up the session of an earlier run", self.limit());
        let put = timeout_at(end, held.put_back(&mut self.page, &self.workspace.url)).await;
        Ok(put.map_err(|_| Stop::new(Reason::Timeout, doing, "the time for this is over"))??)
    }

    /// The inputs every flow of this workspace knows.
    pub(crate) fn inputs(&self) -> Inputs {
        let params = self.workspace.params.iter().map(|(name, value)| (name.clone(), value));
        let choices = self.workspace.choices.iter().map(|(name, value)| (format!("choice.{name}"), value));
        params.chain(choices).fold(Inputs::new(), |inputs, (name, value)| inputs.with(&name, value.clone()))
    }

    pub(crate) fn process(&mut self) -> BrowserProcess {
        self.page.browser().process().clone()
    }

    /// What the page sends, where that can be watched.
    pub(crate) fn traffic(&self) -> Option<&Traffic> {
        self.page.traffic()
    }

    /// From here on only what changes nothing is sent, but for the moments of a change (D5.8).
    pub(crate) fn guard(&self) {
        self.page.traffic().inspect(|traffic| traffic.set_guard(Guard::Reading));
    }

    /// A change is over: only what changes nothing is sent again.
    pub(crate) fn lower_guard(&self) {
        self.page.lower_guard();
    }

    /// Driver requests of this session.
    pub(crate) fn requests(&mut self) -> Requests {
        self.page.browser().requests() - self.before
    }

    /// What the script in the page was asked for, by verb.
    pub(crate) fn asked(&self) -> &std::collections::BTreeMap<String, u64> {
        self.page.asked()
    }

    /// A picture of the page, for evidence of where it stood.
    pub(crate) async fn picture(&mut self) -> Option<Vec<u8>> {
        self.page.browser().picture(None).await.ok()
    }

    /// A snapshot of the whole page, for evidence of where it stood.
    pub(crate) async fn snapshot(&mut self) -> Option<Taken> {
        let map = Flow::map_json(&self.app, &self.inputs());
        let request = serde_json::json!({ "do": "snapshot", "map": map });
        self.page.ask(request, SNAPSHOT).await.ok()?.taken
    }

    /// The browser is no longer needed. It has no time for a polite end where the run has none.
    pub(crate) async fn close(mut self) -> Result<(), BrowserError> {
        if self.deadline.is_over() {
            return self.kill().await;
        }
        self.keep().await;
        self.browsers.give_back(self.page.into_browser()).await
    }

    /// Ends the browser and returns once it is proven dead: nothing it sent can follow any more from here.
    pub(crate) async fn kill(self) -> Result<(), BrowserError> {
        self.page.into_browser().end().await
    }
}

/// Whether signing in may help: the console showed its sign-in page, or something else than its members.
fn is_about_the_session(reason: Reason) -> bool {
    use Reason::{BlockedByOverlay, SelectorAmbiguous, SelectorMissing, SignedOut, Timeout, UnknownConsole};
    matches!(
        reason,
        SignedOut | SelectorMissing | SelectorAmbiguous | UnknownConsole | BlockedByOverlay | Timeout
    )
}

fn keeper(engine: &Engine) -> Option<(SessionStore, Key)> {
    let workspace = &engine.workspace;
    let store =
        SessionStore::of(&engine.state_dir, &workspace.name, &workspace.url, &workspace.account.email);
    match workspace.sessions.key.key() {
        Ok(key) => Some((store, key)),
        Err(error) => {
            tracing::warn!(%error, hint = error.hint(), "sessions are not kept");
            None
        }
    }
}

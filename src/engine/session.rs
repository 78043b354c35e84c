//! A signed-in browser for one workspace: started, signed in, ended; and where browsers come from.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, timeout_at};

use super::Engine;
use super::account::{Key, Opened, SessionStore};
use super::app::{App, Recording, Target, Verb};
use super::browser::{self, Browser, BrowserError, BrowserOptions, BrowserProcess, Requests, Traffic};
use super::credentials::Credentials;
use super::deadline::Deadline;
use super::error::Error;
use super::evidence::Trail;
use super::evidence::snapshot::Taken;
use super::held_session::HeldSession;
use super::login;
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
        let account = Credentials::read(engine, deadline.left())?;
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
        if !self.put_back(&held).await? {
            return Ok(false);
        }
        // A session that is good already has nothing to send.
        self.guard();
        match self.open_members("take up the session of an earlier run", trail).await {
            Ok(false) => Ok(false),
            Ok(true) => {
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

    /// Opens the area of the members, which shows to nobody who is not signed in. `false` where the map has no list.
    async fn open_members(&mut self, doing: &str, trail: &mut Trail) -> Result<bool, Stop> {
        let started = Instant::now();
        let (app, inputs, url, end) =
            (Arc::clone(&self.app), self.inputs(), self.workspace.url.clone(), self.limit());
        let Some(list) = app.map.lists.get(MEMBERS) else { return Ok(false) };
        let mut flow = Flow::new(&mut self.page, &app, &url, inputs, trail, SIGN_IN).ends_by(end);
        let opened = flow.open(&list.at, true).await;
        trail.step(doing, started.elapsed(), opened.as_ref().err().map(ToString::to_string));
        opened.map(|()| true)
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
        // It was kept already when the console took it.
        if self.deadline.is_over() {
            return;
        }
        if let Err(error) = self.try_to_keep().await {
            tracing::warn!(%error, "the session could not be kept for the next run");
        }
    }

    /// Whether there is one to keep, and it was kept.
    async fn try_to_keep(&mut self) -> Result<bool, Error> {
        let end = self.limit();
        let Some((store, key)) = self.keeper.as_ref().filter(|_| self.is_signed_in) else { return Ok(false) };
        let rules = self.app.map.rules();
        let held = HeldSession::of(&mut self.page, &self.workspace.url, &rules);
        let late = |_| BrowserError::Timeout { doing: "tell its session", after: Duration::ZERO };
        let Some(held) = timeout_at(end, held).await.map_err(late)?? else { return Ok(false) };
        let hint = "let this user write in the state folder, or name another one with --state-dir";
        store.keep(key, &held.to_bytes()).map_err(|error| Error::not_kept(&error.to_string(), hint))?;
        Ok(true)
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
        self.open_guard();
        let recording = self.recording()?;
        self.account.check(&self.workspace)?;
        if self.account.password().is_none() && recording.steps.iter().any(login::types_password) {
            return Err(self.only_a_person(
                "the configuration has no password for it, and no kept session is good".to_owned(),
            ));
        }
        if let Some(stop) = self.play_sign_in(&recording, trail).await? {
            return Err(match self.elsewhere().await {
                Some(host) if !stop.is_lost => self
                    .only_a_person(format!("the console leads to {host} for it, which is none of its hosts")),
                _ => stop.into(),
            });
        }
        self.account.were_taken()?;
        self.guard();
        self.is_signed_in = true;
        // At once: the run may be killed, and the next one need not sign in again.
        self.keep().await;
        Ok(())
    }

    /// Plays `sign_in` for somebody who goes on from there, and says whether it got to its end.
    pub(crate) async fn sign_in_as_far_as_it_goes(&mut self, trail: &mut Trail) -> Result<bool, Error> {
        self.open_guard();
        let recording = self.recording()?;
        // What was refused once is not typed again.
        let types = self.account.password().is_some() && self.account.check(&self.workspace).is_ok();
        let part = if types { recording.clone() } else { login::without_password(&recording) };
        match self.play_sign_in(&part, trail).await? {
            Some(stop) if stop.is_lost => Err(stop.into()),
            Some(stop) => {
                tracing::info!(%stop, "the sign-in is left to a person");
                Ok(false)
            }
            None if part.steps.len() == recording.steps.len() => {
                self.account.were_taken()?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Whether a page of the console shows what its sign-in ends with, or the area of the members.
    pub(crate) async fn shows_inside(&mut self, trail: &mut Trail) -> Result<bool, Stop> {
        let doing = "look whether somebody has signed in";
        let (app, inputs, url, end) =
            (Arc::clone(&self.app), self.inputs(), self.workspace.url.clone(), self.limit());
        let flow = app.flow_for("sign_in");
        let steps = flow.map(|recording| recording.steps.as_slice()).unwrap_or_default().iter();
        let expected = steps.rev().find(|step| matches!(step.verb, Verb::Expect { .. }));
        let mut inside: Vec<&str> =
            expected.iter().flat_map(|step| step.verb.targets()).map(Target::as_str).collect();
        inside.extend(app.map.lists.get(MEMBERS).map(|list| list.at.as_str()));
        let flow = Flow::new(&mut self.page, &app, &url, inputs, trail, ONE_THING).ends_by(end);
        let is_shown = !flow.signing_in().present(doing, &inside).await?.is_empty();
        Ok(is_shown && self.elsewhere().await.is_none())
    }

    /// The console takes whoever signed in for the account's user: its members are shown, and the session is kept.
    pub(crate) async fn is_let_in(&mut self, trail: &mut Trail) -> Result<(), Error> {
        self.guard();
        self.open_members("open the members", trail).await?;
        self.is_signed_in = true;
        if self.try_to_keep().await? {
            return Ok(());
        }
        Err(Error::not_kept(
            "the page is none of the console's",
            "run it again with -v, and report what it says",
        ))
    }

    /// Plays a recording of the sign-in, and remembers what the console refused.
    async fn play_sign_in(
        &mut self,
        recording: &Recording,
        trail: &mut Trail,
    ) -> Result<Option<Stop>, Error> {
        self.is_signed_in = false;
        let inputs = self
            .inputs()
            .with("email", self.workspace.account.email.as_str())
            .with_second_factor(self.account.second_factor());
        let inputs = match self.account.password() {
            Some(password) => inputs.with_secret("password", password),
            None => inputs,
        };
        let (app, url, end) = (Arc::clone(&self.app), self.workspace.url.clone(), self.limit());
        let flow = Flow::new(&mut self.page, &app, &url, inputs, trail, SIGN_IN).ends_by(end);
        let mut flow = flow.signing_in();
        let ran = flow.play(recording, None).await;
        let gave_code = flow.gave_code();
        if ran.stop.as_ref().is_some_and(|stop| stop.reason == Reason::BadCredentials) {
            self.account.were_refused(if gave_code { "code" } else { "password" })?;
        }
        Ok(ran.stop)
    }

    fn recording(&self) -> Result<Recording, Error> {
        let unsupported = || Error::Unsupported { operation: "sign_in".to_owned(), console: self.app.id() };
        self.app.flow_for("sign_in").cloned().ok_or_else(unsupported)
    }

    /// Where the page is, if that is none of the console's hosts.
    async fn elsewhere(&mut self) -> Option<String> {
        self.limit();
        let address = self.page.browser().address().await.ok()?;
        let host = address.host_str().filter(|_| matches!(address.scheme(), "http" | "https"))?;
        let is_ours = self.app.map.rules().is_of_console(&self.workspace.url, &address);
        (!is_ours).then(|| host.to_owned())
    }

    /// The sign-in cannot go on without somebody.
    pub(crate) fn only_a_person(&self, why: String) -> Error {
        let account = self.workspace.account.email.clone();
        Error::OnlyAPerson { account, why, workspace: self.workspace.name.clone() }
    }

    fn open_guard(&self) {
        self.page.traffic().inspect(|traffic| traffic.set_guard(Guard::Open));
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

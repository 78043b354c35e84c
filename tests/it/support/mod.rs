//! A desk to test at: a practice console, a browser that outlives the single test, and a state folder of its own.
//!
//! Browsers and consoles are shared between tests, one pair a test thread: a test takes a desk, resets the console,
//! and lays the desk back. All of them live on one runtime, because a browser belongs to the runtime that started it.

pub(crate) mod consoles;
pub(crate) mod practice;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use seatwright::domain::email::Email;
use seatwright::domain::policy::{Ceiling, Policy};
use seatwright::domain::request::Request;
use seatwright::engine::account::KeySource;
use seatwright::engine::app::{App, Apps};
use seatwright::engine::browser::{self, Browser, BrowserError, BrowserKind, BrowserOptions};
use seatwright::engine::deadline::USUAL;
use seatwright::engine::journal::Clock;
use seatwright::engine::report::{ChangeReport, Report};
use seatwright::engine::secret::SecretSource;
use seatwright::engine::workspace::{Account, Sessions, Workspace};
use seatwright::engine::{Agreement, Browsers, Caller, Engine, Progress, Proposal, Settings};
use seatwright::sandbox::Ready;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// The runtime everything shared lives on.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    // SEATWRIGHT_LOG=seatwright=trace shows every driver request of a test that puzzles.
    if let Ok(filter) = std::env::var("SEATWRIGHT_LOG") {
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    }
    Runtime::new().expect("a runtime")
});
static DESKS: Mutex<Vec<Shared>> = Mutex::new(Vec::new());

/// What is kept between tests.
struct Shared {
    ready: Ready,
    browser: Arc<Kept>,
}

/// One browser, taken and given back; started anew if a test had to end it.
pub(crate) struct Kept {
    idle: tokio::sync::Mutex<Option<Box<dyn Browser>>>,
    runtime_dir: tempfile::TempDir,
    options: fn(&Path) -> BrowserOptions,
}

impl Kept {
    /// A browser that is started with these options, once it is needed.
    pub(crate) fn started_with(options: fn(&Path) -> BrowserOptions) -> Self {
        let runtime_dir = tempfile::tempdir().expect("a folder");
        Self { idle: tokio::sync::Mutex::new(None), runtime_dir, options }
    }
}

#[async_trait]
impl Browsers for Kept {
    async fn take(&self) -> Result<Box<dyn Browser>, BrowserError> {
        if let Some(browser) = self.idle.lock().await.take() {
            // Whoever resumes a run ends the browser of that run first, and it may have been this one.
            if browser.process().browser.is_none_or(|process| process.is_alive()) {
                return Ok(browser);
            }
            browser.end().await?;
        }
        browser::start(&(self.options)(self.runtime_dir.path())).await
    }

    async fn give_back(&self, mut browser: Box<dyn Browser>) -> Result<(), BrowserError> {
        if let Some(traffic) = browser.traffic() {
            traffic.end();
        }
        match browser.forget().await {
            Ok(()) => *self.idle.lock().await = Some(browser),
            Err(_) => browser.end().await?,
        }
        Ok(())
    }
}

/// All browsers of the tests start from one startup cache.
pub(crate) const BROWSER_CACHE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/browser-cache");

/// The browser that tests are run in: Firefox, unless SEATWRIGHT_TEST_BROWSER names another.
pub(crate) fn browser_kind() -> BrowserKind {
    let named = std::env::var("SEATWRIGHT_TEST_BROWSER").ok();
    named.map_or(BrowserKind::Firefox, |name| BrowserKind::named(&name).expect("a browser's name"))
}

/// How tests start browsers: headless, and refused every connection that leaves the machine.
pub(crate) fn options(runtime_dir: &Path) -> BrowserOptions {
    let mut options = BrowserOptions::new(env!("CARGO_BIN_EXE_seatwright"), runtime_dir);
    options.browser = browser_kind();
    options.loopback_only = true;
    options.cache_dir = Some(BROWSER_CACHE.into());
    options
}

/// A desk in use.
pub(crate) struct Desk {
    shared: Option<Shared>,
    pub(crate) state: tempfile::TempDir,
    pub(crate) policy: Policy,
    pub(crate) app: Arc<App>,
    pub(crate) params: BTreeMap<String, String>,
    pub(crate) choices: BTreeMap<String, String>,
    pub(crate) clock: Clock,
    pub(crate) keeps_sessions: bool,
    pub(crate) deadline: Duration,
}

impl Drop for Desk {
    fn drop(&mut self) {
        DESKS.lock().expect("no test panics while it holds this").extend(self.shared.take());
    }
}

impl Desk {
    /// A desk whose console has this many people.
    pub(crate) fn with(members: usize) -> Self {
        let known = DESKS.lock().expect("no test panics while it holds this").pop();
        let shared = known.unwrap_or_else(|| {
            let ready = consoles::sandbox(members);
            Shared { ready, browser: Arc::new(Kept::started_with(options)) }
        });
        let app =
            Arc::new(Apps::builtin().load("coassemble", "members-2026-03").expect("the shipped map loads"));
        let desk = Self {
            shared: Some(shared),
            state: tempfile::tempdir().expect("a folder"),
            policy: generous(),
            app,
            params: BTreeMap::new(),
            choices: BTreeMap::new(),
            clock: Arc::new(jiff::Timestamp::now),
            keeps_sessions: false,
            deadline: USUAL,
        };
        desk.control("POST", "/reset", &json!({ "members": members, "seed": 1 }));
        desk
    }

    fn shared(&self) -> &Shared {
        self.shared.as_ref().expect("there until it is dropped")
    }

    pub(crate) fn ready(&self) -> &Ready {
        &self.shared().ready
    }

    /// Where this desk's browser comes from, for what is done without an engine.
    pub(crate) fn browsers(&self) -> Arc<dyn Browsers> {
        Arc::clone(&self.shared().browser) as Arc<dyn Browsers>
    }

    /// Calls the control address.
    pub(crate) fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        control(self.ready(), method, path, body)
    }

    /// Turns faults on.
    pub(crate) fn faults(&self, names: &[&str], more: Value) {
        let mut body = json!({ "names": names, "seed": 7 });
        for (key, value) in more.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        self.control("PUT", "/faults", &body);
    }

    /// What is so.
    pub(crate) fn truth(&self) -> Truth {
        Truth(self.control("GET", "/truth", &Value::Null))
    }

    /// An engine for the console.
    pub(crate) fn engine(&self) -> Engine {
        self.engine_at(self.ready())
    }

    /// An engine for another console, with this desk's browser and journal.
    pub(crate) fn engine_at(&self, ready: &Ready) -> Engine {
        self.engine_in(ready, self.browsers())
    }

    /// The same in a browser that no test has used before.
    pub(crate) fn engine_in_fresh_browser(&self, ready: &Ready) -> Engine {
        self.engine_in(ready, Arc::new(Kept::started_with(options)))
    }

    fn engine_in(&self, ready: &Ready, browsers: Arc<dyn Browsers>) -> Engine {
        let mut workspace = workspace(ready, &self.app, self.state.path());
        workspace.policy = self.policy.clone();
        workspace.params = self.params.clone();
        workspace.choices = self.choices.clone();
        workspace.sessions.are_kept = self.keeps_sessions;
        workspace.deadline = self.deadline;
        engine(workspace, self.state.path(), browsers, Arc::clone(&self.clock))
    }

    /// Makes the wait before something in doubt is decided short enough for a test.
    pub(crate) fn settles_after(&mut self, seconds: u64) {
        Arc::make_mut(&mut self.app).map.settle_after = Duration::from_secs(seconds);
    }

    /// Does what is asked, as if a person had agreed.
    pub(crate) fn change(&self, request: Request) -> Report {
        self.change_with(request, &mut Agrees)
    }

    /// Does what is asked, if this caller agrees.
    pub(crate) fn change_with(&self, request: Request, caller: &mut dyn Caller) -> Report {
        let engine = self.engine();
        RUNTIME.block_on(engine.change(request, caller)).expect("the run starts")
    }
}

/// Calls the control address of a console.
pub(crate) fn control(ready: &Ready, method: &str, path: &str, body: &Value) -> Value {
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{}{path}", ready.control))
        .header("authorization", format!("Bearer {}", ready.token))
        .header("content-type", "application/json");
    let agent = ureq::Agent::new_with_defaults();
    let mut answer = if method == "GET" {
        agent.run(request.body(()).expect("a request")).expect("the control address answers")
    } else {
        agent.run(request.body(body.to_string()).expect("a request")).expect("the control address answers")
    };
    answer.body_mut().read_json().unwrap_or(Value::Null)
}

/// A console as an administrator has it in a configuration, with limits that do not stand in a test's way.
pub(crate) fn workspace(ready: &Ready, app: &Arc<App>, state: &Path) -> Workspace {
    let password = state.join("password");
    std::fs::write(&password, &ready.account.password).expect("a password file");
    Workspace {
        name: "sandbox".to_owned(),
        app: Arc::clone(app),
        url: ready.url.parse().expect("an address"),
        account: Account {
            email: Email::parse(&ready.account.email).expect("an address"),
            password: Some(SecretSource::File(password)),
            totp: None,
        },
        sessions: Sessions {
            key: KeySource { place: SecretSource::File(state.join("session.key")), is_made: true },
            are_kept: false,
        },
        params: Default::default(),
        choices: Default::default(),
        policy: generous(),
        rostered: Default::default(),
        prices: None,
        deadline: USUAL,
        pace: Duration::ZERO,
        whole_pages: true,
    }
}

/// An engine with its journal in this folder.
pub(crate) fn engine(
    workspace: Workspace,
    state: &Path,
    browsers: Arc<dyn Browsers>,
    clock: Clock,
) -> Engine {
    let os_user = "tester".to_owned();
    let settings = Settings { workspace, state_dir: state.to_owned(), browsers, clock, os_user };
    RUNTIME.block_on(Engine::open(settings)).expect("the journal opens")
}

/// Limits that do not stand in a test's way; tests of guards set their own.
fn generous() -> Policy {
    Policy {
        max_removals: Ceiling::Count(1000),
        max_new_seats: 1000,
        max_privileged: 1000,
        ..Policy::default()
    }
}

/// A caller who agrees to everything.
pub(crate) struct Agrees;

#[async_trait]
impl Caller for Agrees {
    async fn agree(&mut self, _: &Proposal<'_>) -> Agreement {
        Agreement::Yes
    }

    fn progress(&mut self, progress: &Progress) {
        if std::env::var_os("SEATWRIGHT_TEST_PROGRESS").is_some() {
            eprintln!("{progress:?}");
        }
    }
}

/// Agrees, and has something happen just before.
pub(crate) struct AgreesAfter<F>(pub(crate) F);

#[async_trait]
impl<F: FnMut() + Send> Caller for AgreesAfter<F> {
    async fn agree(&mut self, _: &Proposal<'_>) -> Agreement {
        tokio::task::block_in_place(&mut self.0);
        Agreement::Yes
    }

    fn progress(&mut self, _: &Progress) {}
}

/// What is so on the practice console.
pub(crate) struct Truth(pub(crate) Value);

impl Truth {
    pub(crate) fn emails(&self) -> Vec<String> {
        self.0["members"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|member| member["email"].as_str())
            .map(str::to_lowercase)
            .collect()
    }

    pub(crate) fn member(&self, email: &str) -> Option<&Value> {
        self.0["members"]
            .as_array()?
            .iter()
            .find(|member| member["email"].as_str().is_some_and(|shown| shown.eq_ignore_ascii_case(email)))
    }

    pub(crate) fn role(&self, email: &str) -> Option<String> {
        Some(self.member(email)?["roles"][0].as_str()?.to_lowercase())
    }

    pub(crate) fn mutations(&self) -> Vec<(String, String)> {
        let entry = |entry: &Value| {
            Some((entry["kind"].as_str()?.to_owned(), entry["email"].as_str()?.to_lowercase()))
        };
        self.0["mutations"].as_array().into_iter().flatten().filter_map(entry).collect()
    }

    /// Requests that were to change something, whatever became of them.
    pub(crate) fn writes(&self) -> usize {
        self.0["writes"].as_array().map_or(0, Vec::len)
    }

    pub(crate) fn mails_to(&self, email: &str) -> usize {
        self.0["mails"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|mail| mail["to"].as_str().is_some_and(|to| to.eq_ignore_ascii_case(email)))
            .count()
    }

    /// An address of somebody with this role, other than the one signed in.
    pub(crate) fn somebody(&self, role: &str, status: &str, but: &str) -> String {
        let mut all = self.everybody(role, status).into_iter();
        all.find(|email| email != but).expect("somebody like that")
    }

    /// The addresses of all with this role, in the order of the list.
    pub(crate) fn everybody(&self, role: &str, status: &str) -> Vec<String> {
        let is = |member: &&Value| {
            member["roles"][0].as_str().is_some_and(|held| held.eq_ignore_ascii_case(role))
                && member["status"].as_str().is_some_and(|held| held.eq_ignore_ascii_case(status))
        };
        let members = self.0["members"].as_array().into_iter().flatten().filter(is);
        members.filter_map(|member| Some(member["email"].as_str()?.to_owned())).collect()
    }
}

pub(crate) fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

/// The entry of one person in a report.
pub(crate) fn of<'a>(report: &'a Report, email: &str) -> &'a ChangeReport {
    report
        .changes
        .iter()
        .find(|change| change.email.eq_ignore_ascii_case(email))
        .unwrap_or_else(|| panic!("{email} is not in {report:#?}"))
}

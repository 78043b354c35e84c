//! A small console: a page of `tests/pages` with the map beside it, served, and driven by the real runner.
//!
//! `tests/pages/QUIRK.toml` holds what its map and its recordings say otherwise than `tests/pages/console.toml`: whole
//! tables of the map, and after a line `#--- OPERATION` a recording, the plain one if nothing follows. Where there are
//! several of an operation, a second word tells them apart, and a third, `(VERSION)`, where else they lie. `#--- then NAME` is the second of two saves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use seatwright::domain::member::Member;
use seatwright::domain::reading::Reading;
use seatwright::domain::request::Request;
use seatwright::engine::Engine;
use seatwright::engine::app::{App, Apps, Recording, RoleWords, Verb};
use seatwright::engine::evidence::Trail;
use seatwright::engine::report::Report;
use seatwright::engine::runner::{Committed, Flow, Gate, Inputs, Page, Ran, Sought, Stop};
use seatwright::sandbox::Ready;
use serde_json::Value;
use url::Url;

use crate::support::{Agrees, Desk, RUNTIME, email};

/// What every map here begins with.
const HEAD: &str = r#"
format   = 1
app      = "pages"
observed = 2026-11-22
evidence = "verified"
language = "en"
settle_after = "500ms"
params   = { page = "which page", habit = "which of its habits" }
roles    = [
  { id = "owner",  words = ["Owner"], privileged = true, grantable = false },
  { id = "admin",  words = ["Admin"], privileged = true },
  { id = "member", words = ["Member"] },
]
"#;

/// What no map here clicks, unless it says otherwise.
const NEVER: &str = r#"never = ["/^delete workspace/i"]"#;

const SIGN_IN: &str = r#"steps = [ { open = "people" } ]"#;

/// A page cannot keep a step waiting for longer, unless its recording says so.
const STEP: Duration = Duration::from_secs(2);

/// The same for a click that has to be refused: what is against it when this is over stands.
const REFUSED: Duration = Duration::from_millis(400);

/// How long the server takes for what lies below `/late/`.
const LATE: Duration = Duration::from_millis(100);

/// What the pages keep, by address.
static KEPT: LazyLock<Arc<Mutex<BTreeMap<String, String>>>> = LazyLock::new(Arc::default);
/// What else reached the server and may have changed something.
static ARRIVED: LazyLock<Mutex<Vec<String>>> = LazyLock::new(Mutex::default);
static SERVED: LazyLock<Url> = LazyLock::new(|| RUNTIME.block_on(serve()));

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages")
}

/// Serves `tests/pages`, and what its pages keep, until the tests end.
async fn serve() -> Url {
    use axum::extract::Request;
    use axum::http::header::CONTENT_TYPE;
    let answer = async |request: Request| {
        let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        if let Some(address) = path.strip_prefix("/state/").map(str::to_owned) {
            let is_put = request.method() == "PUT";
            let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
            let mut kept = KEPT.lock().unwrap();
            if is_put {
                kept.insert(address, String::from_utf8(body.to_vec()).unwrap());
                return ([(CONTENT_TYPE, "text/plain")], Vec::new());
            }
            return (
                [(CONTENT_TYPE, "application/json")],
                kept.get(&address).cloned().unwrap_or_default().into_bytes(),
            );
        }
        if path.starts_with("/late/") {
            tokio::time::sleep(LATE).await;
        }
        if request.method() != "GET"
            || request.headers().contains_key("upgrade")
            || path.contains("forbidden")
        {
            ARRIVED.lock().unwrap().push(path);
        }
        let name = request.uri().path().trim_start_matches('/').to_owned();
        let kind = if name.ends_with(".js") { "text/javascript" } else { "text/html" };
        ([(CONTENT_TYPE, kind)], std::fs::read(folder().join(name)).unwrap_or_default())
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
    format!("http://{address}/").parse().unwrap()
}

/// What reached the server below this path, apart from reads and from what the pages keep.
pub(crate) fn arrived(below: &str) -> Vec<String> {
    ARRIVED.lock().unwrap().iter().filter(|path| path.starts_with(below)).cloned().collect()
}

/// The map and the recordings of a page, each with its path.
pub(crate) fn files_of(quirk: &str) -> Vec<(String, String)> {
    let read = |name: &str| std::fs::read_to_string(folder().join(format!("{name}.toml"))).unwrap();
    let (plain, own) = (read("console"), read(quirk));
    let (plain, own) = (parts_of(&plain), parts_of(&own));
    let never = if own[""].contains("never") { "" } else { NEVER };
    let mut map = format!("{HEAD}{never}\nversion = \"{quirk}\"\ntitle = \"{quirk}\"\n{}", own[""]);
    for table in plain.keys().chain(own.keys()).collect::<BTreeSet<_>>() {
        if table.starts_with('[') {
            let text = own.get(table).unwrap_or_else(|| &plain[table]);
            map.push_str(&format!("\n{table}\n{text}"));
        }
    }
    let mut files = vec![(format!("selectors/pages/{quirk}.toml"), map)];
    let mut recording = |name: &str, text: &str| {
        let words: Vec<&str> = name.split(' ').collect();
        let version = words.get(2).map_or(quirk, |version| version.trim_matches(['(', ')']));
        // The second of two saves carries out nothing by itself.
        let (file, does) = match words[..] {
            ["then", second] => (second.to_owned(), String::new()),
            _ => (words[..words.len().min(2)].join("_"), format!("does = \"{}\"\n", words[0])),
        };
        let text = format!("format = 1\ntitle = \"{name}\"\n{does}{text}");
        files.push((format!("recordings/pages/{version}/{file}.toml"), text));
    };
    recording("sign_in", own.get("#--- sign_in").unwrap_or(&SIGN_IN.to_owned()));
    for (name, text) in own.iter().filter_map(|(head, text)| Some((head.strip_prefix("#--- ")?, text))) {
        let text = if text.trim().is_empty() { &plain[&format!("#--- {name}")] } else { text };
        recording(name, text);
    }
    files
}

/// The map and the recordings of a page, loaded like any other.
fn load(quirk: &str) -> App {
    let data = tempfile::tempdir().unwrap();
    for (path, text) in files_of(quirk) {
        let path = data.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut app = Apps::from_dir(data.path())
        .unwrap()
        .load("pages", quirk)
        .unwrap_or_else(|problems| panic!("{quirk}: {problems:#?}"));
    for recording in app.flows.values_mut() {
        hurry(recording);
    }
    app
}

/// The tables and the recordings of a file, by the line that each begins with; what stands before them under "".
fn parts_of(text: &str) -> BTreeMap<String, String> {
    let mut parts = BTreeMap::from([(String::new(), String::new())]);
    let mut head = String::new();
    for line in text.lines() {
        if line.starts_with('[') || line.starts_with("#--- ") {
            head = line.trim_end().to_owned();
            parts.insert(head.clone(), String::new());
        } else {
            parts.get_mut(&head).unwrap().push_str(&format!("{line}\n"));
        }
    }
    parts
}

/// Has the recording wait no longer for what cannot come than these pages need.
fn hurry(recording: &mut Recording) {
    for step in &mut recording.steps {
        step.timeout = step.timeout.or(Some(STEP));
    }
}

/// A quirk, ready to be looked at and acted on.
pub(crate) struct Console {
    /// The desk whose browser and journal serve.
    pub(crate) desk: Desk,
    quirk: String,
    query: String,
}

impl Console {
    /// The console of this page.
    pub(crate) fn of(quirk: &str) -> Self {
        Self::with(quirk, "")
    }

    /// The same, with the part of its address after `?`, which the page and the map call `{habit}`.
    pub(crate) fn with(quirk: &str, habit: &str) -> Self {
        let mut desk = Desk::with(1);
        desk.app = Arc::new(load(quirk));
        desk.params =
            [("page", quirk), ("habit", habit)].map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        LazyLock::force(&SERVED);
        let query = if habit.is_empty() { String::new() } else { format!("?{habit}") };
        let console = Self { desk, quirk: quirk.to_owned(), query };
        KEPT.lock().unwrap().remove(&console.key());
        console
    }

    /// The console of this page with a habit because of which nothing may be made real.
    pub(crate) fn refusing(quirk: &str, habit: &str) -> Self {
        let mut console = Self::with(quirk, habit);
        let app = Arc::make_mut(&mut console.desk.app);
        for step in app.flows.values_mut().flat_map(|recording| &mut recording.steps) {
            if step.commits || matches!(step.verb, Verb::Tick { .. }) {
                step.timeout = Some(REFUSED);
            }
        }
        console
    }

    fn key(&self) -> String {
        format!("{}.html{}", self.quirk, self.query)
    }

    pub(crate) fn ready(&self) -> Ready {
        let mut ready = self.desk.ready().clone();
        ready.url = SERVED.to_string();
        ready.account.email = "it@acme.example".to_owned();
        ready
    }

    fn inputs(&self) -> Inputs {
        self.desk.params.iter().fold(Inputs::new(), |inputs, (name, value)| inputs.with(name, value))
    }

    /// Has it done, from plan to report, as if a person had agreed.
    pub(crate) fn change(&self, request: Request) -> Report {
        RUNTIME.block_on(self.engine().change(request, &mut Agrees)).expect("the run starts")
    }

    /// The same for a customer who decided so.
    pub(crate) fn deciding(mut self, choices: &[(&str, &str)]) -> Self {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        self.desk.choices = choices.iter().map(pair).collect();
        self
    }

    /// An engine for it.
    pub(crate) fn engine(&self) -> Engine {
        self.desk.engine_at(&self.ready())
    }

    /// Reads the list.
    pub(crate) fn read(&self) -> Reading {
        self.on_page(async |page| {
            let mut trail = Trail::nowhere();
            self.flow(page, self.inputs(), &mut trail).read_members().await.unwrap()
        })
    }

    /// Looks for somebody, no further than where the search shows them.
    pub(crate) fn seek(&self, who: &str) -> Sought {
        let who = email(who);
        self.on_page(async |page| {
            let mut trail = Trail::nowhere();
            let inputs = self.inputs().with("email", who.as_str());
            self.flow(page, inputs, &mut trail).seek(&who, false).await.unwrap()
        })
    }

    /// The line of somebody who is looked for in all parts of the list, as far as the list shows them.
    #[track_caller]
    pub(crate) fn found(&self, who: &str) -> String {
        match self.seek(who) {
            Sought::Found(member, _) => line(&member),
            other => panic!("{}: {who}: {other:?}", self.quirk),
        }
    }

    /// Plays the recording of an operation that is about nobody.
    pub(crate) fn play_at_once(&self, operation: &str) -> Ran {
        self.on_page(async |page| {
            let mut trail = Trail::nowhere();
            let recording = self.desk.app.flow_for(operation).unwrap();
            self.flow(page, self.inputs(), &mut trail).play(recording, None).await
        })
    }

    /// Plays how one signs in, from the address of the console on.
    pub(crate) fn sign_in(&self) -> Ran {
        self.on_page(async |page| {
            let mut trail = Trail::nowhere();
            let recording = self.desk.app.flow_for("sign_in").unwrap();
            self.flow(page, self.inputs(), &mut trail).signing_in().play(recording, None).await
        })
    }

    /// Finds somebody, and plays the recording of an operation for them.
    pub(crate) fn play(&self, operation: &str, who: &str) -> Ran {
        self.play_with(operation, who, None)
    }

    /// The same with a role to be given.
    pub(crate) fn play_with(&self, operation: &str, who: &str, role: Option<&str>) -> Ran {
        self.on_page(async |page| self.play_on(page, operation, who, role).await)
    }

    async fn play_on(&self, page: &mut Page, operation: &str, who: &str, role: Option<&str>) -> Ran {
        let who = email(who);
        let mut trail = Trail::nowhere();
        let mut inputs = self.inputs().with("email", who.as_str());
        let mut flow = self.flow(page, inputs.clone(), &mut trail);
        let recording = self.desk.app.flow_for(operation).unwrap();
        if let Sought::Found(member, person) = flow.look_up(&who, true).await.unwrap() {
            if let Err(stop) = flow.stand(recording, &member, person).await {
                return Ran {
                    committed: Committed::No,
                    said: None,
                    heard: None,
                    since: None,
                    stop: Some(stop),
                };
            }
            inputs = inputs.with_member(&member.cells);
        }
        if let Some(role) = role {
            inputs = inputs.with_role(self.role(role));
        }
        flow.set_inputs(inputs);
        let mut gate = Passed::default();
        let ran = flow.play(recording, Some(&mut gate)).await;
        assert!(gate.0 <= 1 && (gate.0 == 1 || ran.committed == Committed::No), "{ran:?}");
        ran
    }

    fn role(&self, id: &str) -> &RoleWords {
        self.desk.app.map.roles.iter().find(|known| known.role.id.as_str() == id).unwrap()
    }

    /// Plays it, and reads the list from the page it leaves.
    pub(crate) fn play_and_read(&self, operation: &str, who: &str, role: &str) -> (Ran, Reading) {
        self.on_page(async |page| {
            let ran = self.play_on(page, operation, who, Some(role)).await;
            let mut trail = Trail::nowhere();
            let reading = self.flow(page, self.inputs(), &mut trail).read_members().await.unwrap();
            (ran, reading)
        })
    }

    /// Plays the recording of an operation for all of them at once.
    pub(crate) fn play_many(&self, operation: &str, who: &[&str], role: &str) -> Ran {
        let role = self.role(role);
        self.on_page(async |page| {
            let mut trail = Trail::nowhere();
            let mut flow = self.flow(page, self.inputs(), &mut trail);
            flow.open_members().await.unwrap();
            flow.set_people(who.iter().map(|email| (*email).to_owned()).collect());
            let inputs = self.inputs().with("emails", who.join("\n")).with("count", who.len().to_string());
            flow.set_inputs(inputs.with_role(role));
            let mut gate = Passed::default();
            let ran = flow.play(&self.desk.app.flows[operation], Some(&mut gate)).await;
            assert!(gate.0 <= 1 && (gate.0 == 1 || ran.committed == Committed::No), "{ran:?}");
            ran
        })
    }

    /// Plays it, and it goes well: the page did this and nothing else.
    #[track_caller]
    pub(crate) fn does(&self, operation: &str, who: &str, role: Option<&str>, acted: &str) {
        let ran = self.play_with(operation, who, role);
        assert_eq!(self.acted(), [acted], "{}: {ran:?}", self.quirk);
        assert!(ran.stop.is_none() && ran.committed == Committed::Yes, "{}: {ran:?}", self.quirk);
    }

    /// The same for all of them at once.
    #[track_caller]
    pub(crate) fn does_to_all(&self, operation: &str, who: &[&str], role: &str, acted: &str) {
        let ran = self.play_many(operation, who, role);
        assert_eq!(self.acted(), [acted], "{}: {ran:?}", self.quirk);
        assert!(ran.stop.is_none() && ran.committed == Committed::Yes, "{}: {ran:?}", self.quirk);
    }

    /// The same with a commit that is held against no address.
    pub(crate) fn without_mentions(mut self, operation: &str) -> Self {
        let app = Arc::make_mut(&mut self.desk.app);
        for step in &mut app.flows.get_mut(operation).unwrap().steps {
            if let Verb::Click { mentions, .. } = &mut step.verb {
                *mentions = None;
            }
        }
        self
    }

    /// What was really done on the page.
    pub(crate) fn acted(&self) -> Vec<String> {
        serde_json::from_value(self.state()["acted"].clone()).unwrap_or_default()
    }

    /// What the page keeps.
    pub(crate) fn state(&self) -> Value {
        let kept = KEPT.lock().unwrap();
        kept.get(&self.key()).map(|text| serde_json::from_str(text).unwrap()).unwrap_or_default()
    }

    fn flow<'a>(&'a self, page: &'a mut Page, inputs: Inputs, trail: &'a mut Trail) -> Flow<'a> {
        Flow::new(page, &self.desk.app, &SERVED, inputs, trail, Duration::from_secs(30))
    }

    /// On a page of the browser that the desk keeps.
    fn on_page<T>(&self, work: impl AsyncFnOnce(&mut Page) -> T) -> T {
        RUNTIME.block_on(async {
            let browsers = self.desk.browsers();
            let mut page = Page::new(browsers.take().await.unwrap());
            let traffic = page.traffic().expect("what its page sends can be watched");
            traffic.begin(&SERVED, self.desk.app.map.rules());
            let done = work(&mut page).await;
            browsers.give_back(page.into_browser()).await.unwrap();
            done
        })
    }
}

/// Each row as `address|name|role|status`, with `-` for what is not known.
pub(crate) fn lines(reading: &Reading) -> Vec<String> {
    reading.members.iter().map(line).collect()
}

fn line(member: &Member) -> String {
    let roles = member.roles.iter().flatten().map(ToString::to_string).collect::<Vec<_>>().join("+");
    let shown = [
        member.email.as_ref().map(ToString::to_string),
        member.name.clone(),
        Some(roles).filter(|roles| !roles.is_empty()),
        member.status.as_ref().map(ToString::to_string),
    ];
    shown.map(|cell| cell.unwrap_or_else(|| "-".to_owned())).join("|")
}

/// Why a flow stopped.
pub(crate) fn stopped_by(ran: &Ran) -> String {
    ran.stop.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// A journal that only counts.
#[derive(Default)]
struct Passed(usize);

#[async_trait::async_trait]
impl Gate for Passed {
    async fn committing(&mut self, _: Option<Vec<u8>>) -> Result<(), Stop> {
        self.0 += 1;
        Ok(())
    }

    fn further(&mut self, _: Option<Vec<u8>>) {}
}

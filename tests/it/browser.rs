//! The browser layer on a real browser (Firefox, or the one SEATWRIGHT_TEST_BROWSER names): what each verb does to a page
//! (here), that nothing survives any death (`deaths.rs`) and nothing is sent twice (`lost.rs`), and what becomes of a start
//! that cannot be (`starts.rs`).

mod deaths;
mod lost;
mod starts;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use rustix::process::{Pid, getpgid, getpgrp};
use seatwright::engine::browser::{
    self, Browser, BrowserError, BrowserKind, BrowserOptions, ElementId, Point, Process, key,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

use crate::support::{browser_kind, options};

const PAGE: &str = r#"<!doctype html><html lang="en"><title>page</title>
<style>body { margin: 20px } .far { display: block; margin-top: 3000px }</style>
<button id="button" aria-label="Press me">P</button>
<button id="other">other</button>
<input id="text" value="before">
<select id="select"><option value="a">Alpha</option><option value="b">Beta</option><option value="c">Gamma</option></select>
<input id="file" type="file">
<button id="far" class="far">far</button>
<script>
  window.events = [];
  for (const kind of ['click', 'dblclick', 'input', 'change', 'keydown', 'mouseover', 'beforeinput'])
    document.addEventListener(kind, e => window.events.push(
      { kind, at: e.target.id, trusted: e.isTrusted, detail: e.detail, key: e.key, data: e.data, value: e.target.value }), true);
</script></html>"#;

/// A folder of its own, a page of its own, and a browser that may only reach loopback.
struct Stage {
    folder: TempDir,
    site: Url,
}

impl Stage {
    async fn new() -> Self {
        let app = Router::new().route("/", get(|| async { Html(PAGE) })).route(
            "/slow",
            get(|| async {
                tokio::time::sleep(Duration::from_millis(400)).await;
                Html("<!doctype html><title>slow</title><p id=slow>slow")
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { folder: tempfile::tempdir().unwrap(), site }
    }

    fn runtime_dir(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    fn options(&self) -> BrowserOptions {
        options(&self.runtime_dir())
    }

    async fn open(&self) -> Box<dyn Browser> {
        let mut browser = browser::start(&self.options()).await.unwrap();
        open(&mut *browser, &self.site).await;
        browser
    }

    /// Nothing carries this stage's marker any more, and nothing lies in its folder.
    fn is_clean(&self) -> bool {
        let runtime_dir = self.runtime_dir();
        let files = std::fs::read_dir(&runtime_dir).map_or(0, Iterator::count);
        files == 0 && processes_of(&runtime_dir).is_empty()
    }

    async fn becomes_clean(&self) {
        let until = Instant::now() + Duration::from_secs(10);
        while !self.is_clean() {
            assert!(
                Instant::now() < until,
                "left: {:?} {:?}",
                processes_of(&self.runtime_dir()),
                std::fs::read_dir(self.runtime_dir()).map(Iterator::collect::<Vec<_>>)
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Everything whose command line or environment names the folder: an independent look, not the code under test.
fn processes_of(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    let pids = std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| *pid != std::process::id())
        .filter_map(|pid| {
            let read = |file: &str| std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
            let (line, environment) = (read("cmdline"), read("environ"));
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            (line.contains(folder) || String::from_utf8_lossy(&environment).contains(folder))
                .then(|| format!("{pid} {line}"))
        })
        .collect()
}

/// Asks until the script gives `true`.
async fn ready(browser: &mut dyn Browser, script: &str) {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        match browser.run(script, Value::Null).await {
            Ok(Value::Bool(true)) => return,
            Ok(_) | Err(BrowserError::Interrupted { .. }) => {}
            Err(error) => panic!("{error}"),
        }
        assert!(Instant::now() < until, "never became true: {script}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn element(browser: &mut dyn Browser, id: &str) -> ElementId {
    let found =
        browser.run("return { element: document.getElementById(arguments[0]) }", json!(id)).await.unwrap();
    ElementId::from_json(&found["element"]).unwrap()
}

async fn value(browser: &mut dyn Browser, id: &str) -> Value {
    browser.run("return document.getElementById(arguments[0]).value", json!(id)).await.unwrap()
}

async fn open(browser: &mut dyn Browser, site: &Url) {
    browser.goto(site).await.unwrap();
    ready(browser, "return document.title === 'page' && document.readyState === 'complete'").await;
}

/// The events of one kind that the page has seen.
async fn events(browser: &mut dyn Browser, kind: &str) -> Vec<Value> {
    let script = "return window.events.filter(event => event.kind === arguments[0])";
    browser.run(script, json!(kind)).await.unwrap().as_array().unwrap().clone()
}

fn pid(process: Option<Process>) -> Pid {
    Pid::from_raw(i32::try_from(process.unwrap().pid).unwrap()).unwrap()
}

/// Where an element is on the page.
async fn centre(page: &mut dyn Browser, id: &str) -> Point {
    let script = "const box = document.getElementById(arguments[0]).getBoundingClientRect();
        return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)]";
    let at = page.run(script, Value::from(id)).await.unwrap();
    Point { x: at[0].as_i64().unwrap(), y: at[1].as_i64().unwrap() }
}

async fn click_on(page: &mut dyn Browser, id: &str) -> Result<(), BrowserError> {
    let at = centre(page, id).await;
    page.click(at).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_verb_does_what_a_person_would() {
    let stage = Stage::new().await;
    let mut browser = stage.open().await;
    let page = &mut *browser;
    let name = format!("{} ", browser_kind());
    assert!(page.process().version.starts_with(&name), "{}", page.process().version);
    for process in [page.process().keeper, page.process().driver, page.process().browser] {
        let group = getpgid(Pid::from_raw(i32::try_from(process.unwrap().pid).unwrap())).unwrap();
        assert_ne!(group, getpgrp(), "Ctrl-C in a terminal would end it before us");
    }
    assert_eq!(page.address().await.unwrap(), stage.site);
    let before = page.requests();

    click_on(page, "button").await.unwrap();
    click_on(page, "button").await.unwrap();
    let clicks = events(page, "click").await;
    assert_eq!(clicks.len(), 2);
    assert!(clicks.iter().all(|click| click["trusted"] == true && click["detail"] == 1), "{clicks:?}");
    {
        let at = centre(page, "other").await;
        page.hover(at).await
    }
    .unwrap();
    assert_eq!(events(page, "mouseover").await.last().unwrap()["at"], "other");

    click_on(page, "text").await.unwrap();
    page.run("document.getElementById('text').select()", Value::Null).await.unwrap();
    let typed = "Änna.O'Öz+tag@exämple.com 🙂 e\u{301} ß \"\\ 日本";
    page.keys(typed).await.unwrap();
    assert_eq!(value(page, "text").await, typed, "typing replaces what was selected");
    page.keys(&format!("{}a{}new", key::CONTROL, key::RELEASE)).await.unwrap();
    assert_eq!(value(page, "text").await, "new");
    page.keys(&key::BACKSPACE.to_string()).await.unwrap();
    assert_eq!(value(page, "text").await, "ne");
    assert!(events(page, "input").await.iter().all(|input| input["trusted"] == true));

    let option = page.run("return document.querySelectorAll('option')[1]", Value::Null).await.unwrap();
    page.click_element(&ElementId::from_json(&option).unwrap()).await.unwrap();
    assert_eq!(value(page, "select").await, "b");
    let change = events(page, "change").await.pop().unwrap();
    assert_eq!((&change["at"], &change["trusted"]), (&json!("select"), &json!(true)));
    let changes = events(page, "change").await.into_iter().filter(|change| change["at"] == "select");
    assert_eq!(changes.count(), 1, "nothing else was chosen on the way");

    let file = stage.folder.path().join("people.csv");
    std::fs::write(&file, "email\n").unwrap();
    let input = element(page, "file").await;
    page.upload(&input, &file).await.unwrap();
    let name = page.run("return document.getElementById('file').files[0].name", Value::Null).await.unwrap();
    assert_eq!(name, "people.csv");
    let missing = page.upload(&input, &stage.folder.path().join("none")).await.unwrap_err();
    assert!(matches!(missing, BrowserError::File { .. }), "{missing}");

    let button = element(page, "button").await;
    assert_eq!(page.label(&button).await.unwrap(), "Press me");
    assert!(page.picture(Some(&button)).await.unwrap().starts_with(b"\x89PNG"));
    assert!(page.picture(None).await.unwrap().starts_with(b"\x89PNG"));

    page.run("document.cookie = 'seen=1'", Value::Null).await.unwrap();
    page.forget().await.unwrap();
    assert_eq!(page.run("return document.cookie", Value::Null).await.unwrap(), "");

    let spent = page.requests() - before;
    assert_eq!((spent.click, spent.hover, spent.keys, spent.click_element), (3, 1, 3, 1));
    assert_eq!((spent.upload, spent.label, spent.picture, spent.forget, spent.goto), (1, 1, 2, 1, 0));

    browser.end().await.unwrap();
    assert!(stage.is_clean(), "{:?}", processes_of(&stage.runtime_dir()));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_has_its_own_error() {
    let stage = Stage::new().await;
    let mut browser = {
        let mut options = stage.options();
        options.command_deadline = Duration::from_secs(5);
        browser::start(&options).await.unwrap()
    };
    let page = &mut *browser;
    open(page, &stage.site).await;

    assert!(matches!(click_on(page, "far").await, Err(BrowserError::OutOfBounds { .. })));
    let gone = element(page, "button").await;
    page.run("document.getElementById('button').remove()", Value::Null).await.unwrap();
    assert!(matches!(page.label(&gone).await, Err(BrowserError::Stale { .. })));
    let nobody = page.label(&ElementId::new("nobody")).await;
    assert!(matches!(nobody, Err(BrowserError::NoSuchElement { .. })), "{nobody:?}");

    let thrown = page.run("throw new Error('no row')", Value::Null).await.unwrap_err();
    assert_eq!(thrown.to_string(), "script failed: Error: no row");
    let rejected = page.run("return Promise.reject(new Error('no row'))", Value::Null).await.unwrap_err();
    assert_eq!(rejected.to_string(), "script failed: Error: no row");
    let pending = page.run("return new Promise(() => {})", Value::Null).await.unwrap_err();
    assert!(matches!(pending, BrowserError::ScriptTimeout { .. }), "{pending}");
    let unloaded =
        page.run("setTimeout(() => location.reload()); return new Promise(() => {})", Value::Null).await;
    assert!(matches!(unloaded, Err(BrowserError::Interrupted { .. })), "{unloaded:?}");
    ready(page, "return !!document.getElementById('button') && document.readyState === 'complete'").await;

    assert_eq!(page.run("return null", Value::Null).await.unwrap(), Value::Null);
    assert_eq!(page.run("", Value::Null).await.unwrap(), Value::Null);
    let halves = page.run("return { half: ['\u{1F642}x'.slice(1)] }", Value::Null).await.unwrap();
    assert_eq!(halves, json!({ "half": ["\u{FFFD}x"] }));
    assert_eq!(page.run("return Promise.resolve(arguments[0] + 1)", json!(1)).await.unwrap(), 2);

    let opened = page.run("alert('are you sure?')", Value::Null).await;
    assert!(matches!(opened, Err(BrowserError::Interrupted { .. })), "{opened:?}");
    let blocked = page.run("return 1", Value::Null).await.unwrap_err();
    assert!(matches!(&blocked, BrowserError::Prompt { text, .. } if text == "are you sure?"), "{blocked}");
    assert!(matches!(page.goto(&stage.site).await, Err(BrowserError::Prompt { .. })));
    browser.end().await.unwrap();
    assert!(stage.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_goto_only_the_new_document_answers() {
    let stage = Stage::new().await;
    let mut browser = browser::start(&stage.options()).await.unwrap();
    let page = &mut *browser;
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap()
    };
    for _ in 0..3 {
        // The browser's error page, then a page that takes its time, then the same page again.
        let error = refused(page, &closed).await;
        let BrowserError::Unreachable { address, cause } = &error else { panic!("{error}") };
        let word = match browser_kind() {
            BrowserKind::Firefox => "connectionFailure",
            BrowserKind::Chromium => "ERR_CONNECTION_REFUSED",
        };
        assert_eq!((address.as_str(), cause.as_str()), (closed.as_str(), word));
        assert_eq!(error.reason(), "console_down");

        let slow = stage.site.join("/slow").unwrap();
        for _ in 0..2 {
            page.goto(&slow).await.unwrap();
            let script = "const was = document.body.dataset.was ?? 'new'; document.body.dataset.was = 'old';
                          return [location.pathname, was]";
            assert_eq!(first(page, script).await.unwrap(), json!(["/slow", "new"]));
        }
    }
    // A console that routes by fragment: going to where one is must load it again.
    for address in
        ["/#people", "/#people", "/#teams", "/", "/", "/#people", "/#people", "/#teams", "/#people"]
    {
        page.goto(&stage.site.join(address).unwrap()).await.unwrap();
        let script = "const was = document.documentElement.dataset.was ?? 'new';
                      document.documentElement.dataset.was = 'old'; return [location.pathname + location.hash, was]";
        assert_eq!(first(page, script).await.unwrap(), json!([address, "new"]));
    }
    let denied = refused(page, &Url::parse("http://127.0.0.1:9/").unwrap()).await;
    assert!(matches!(denied, BrowserError::Unreachable { .. }), "{denied:?}");
    browser.end().await.unwrap();
}

/// What going there says, or else the page that one comes to.
async fn refused(page: &mut dyn Browser, address: &Url) -> BrowserError {
    match page.goto(address).await {
        Ok(()) => first(page, "return location.href").await.unwrap_err(),
        Err(error) => error,
    }
}

/// The first answer that is not "ask again".
async fn first(page: &mut dyn Browser, script: &str) -> Result<Value, BrowserError> {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        match page.run(script, Value::Null).await {
            Err(BrowserError::Interrupted { .. }) if Instant::now() < until => {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            answer => return answer,
        }
    }
}

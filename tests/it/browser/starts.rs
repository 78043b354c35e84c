//! Programs that are missing or broken, and a driver that is there already.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use axum::http::StatusCode;
use axum::routing::{delete, post};
use axum::{Json, Router};
use seatwright::engine::browser::{self, BrowserError, BrowserKind, BrowserOptions};
use serde_json::json;
use url::Url;

use super::{Stage, open, processes_of};

/// What is told here is of Firefox, whichever browser the other tests are run in.
fn in_firefox(stage: &Stage) -> BrowserOptions {
    BrowserOptions { browser: BrowserKind::Firefox, ..stage.options() }
}

/// A program of this text.
fn script(stage: &Stage, name: &str, text: &str) -> PathBuf {
    let path = stage.folder.path().join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Chromedriver chooses a port for one address of the machine, and may find it taken at the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_driver_that_loses_its_port_is_started_again() {
    let stage = Stage::new().await;
    let tried = stage.folder.path().join("tried");
    let text = format!(
        "[ -e {0} ] && exec geckodriver \"$@\"\ntouch {0}\necho 'bind() failed: Address already in use (98)' >&2\nexit 1\n",
        tried.display()
    );
    let options = BrowserOptions { geckodriver: Some(script(&stage, "loses", &text)), ..in_firefox(&stage) };
    let browser = browser::start(&options).await.unwrap();
    browser.end().await.unwrap();
    assert!(tried.exists());

    // Not forever.
    let count = stage.folder.path().join("count");
    let text = format!("echo >> {}\necho 'Address already in use' >&2\nexit 1\n", count.display());
    let options = BrowserOptions { geckodriver: Some(script(&stage, "never", &text)), ..in_firefox(&stage) };
    let error = browser::start(&options).await.err().unwrap();
    assert!(error.to_string().contains("ended before it listened: Address already in use"), "{error}");
    assert_eq!(std::fs::read_to_string(&count).unwrap().lines().count(), 4);
    assert!(stage.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_broken_program_is_named_with_a_hint() {
    let stage = Stage::new().await;
    let broken = script(&stage, "broken", "echo its last words >&2\nexit 1\n");
    let missing = || Some(PathBuf::from("/nonexistent/program"));
    let start = async |change: &dyn Fn(&mut BrowserOptions)| {
        let mut options = in_firefox(&stage);
        change(&mut options);
        let error = browser::start(&options).await.err().unwrap();
        assert!(stage.is_clean(), "{error}: {:?}", processes_of(&stage.runtime_dir()));
        error
    };

    let error = start(&|options| options.firefox = missing()).await;
    assert!(matches!(error, BrowserError::NotFound { what: "firefox", .. }), "{error}");
    assert!(error.hint().unwrap().contains("apt-get install firefox-esr"));
    let error = start(&|options| options.geckodriver = missing()).await;
    assert!(matches!(error, BrowserError::NotFound { what: "geckodriver", .. }), "{error}");
    assert!(error.hint().unwrap().contains("cargo install --locked geckodriver"));
    let chromium = |options: &mut BrowserOptions| {
        (options.browser, options.chromium) = (BrowserKind::Chromium, missing());
    };
    let error = start(&chromium).await;
    assert!(matches!(error, BrowserError::NotFound { what: "chromium", .. }), "{error}");
    assert!(error.hint().unwrap().contains("apt-get install chromium"));
    let chromedriver = |options: &mut BrowserOptions| {
        (options.browser, options.chromium) = (BrowserKind::Chromium, Some(broken.clone()));
        options.chromedriver = missing();
    };
    let error = start(&chromedriver).await;
    assert!(matches!(error, BrowserError::NotFound { what: "chromedriver", .. }), "{error}");
    assert!(error.hint().unwrap().contains("apt-get install chromium-driver"));
    let error = start(&|options| options.keeper = missing().unwrap()).await;
    assert!(matches!(error, BrowserError::NotFound { what: "keeper", .. }), "{error}");

    let error = start(&|options| options.firefox = Some(broken.clone())).await;
    assert!(matches!(error, BrowserError::NotStarted { what: "firefox", .. }), "{error}");
    let error = start(&|options| options.geckodriver = Some(broken.clone())).await;
    assert!(matches!(error, BrowserError::NotStarted { what: "geckodriver", .. }), "{error}");
    assert!(error.to_string().contains("its last words"), "{error}");
    let error = start(&|options| options.keeper = broken.clone()).await;
    assert!(matches!(error, BrowserError::NotStarted { what: "keeper", .. }), "{error}");
    let closed = Url::parse("http://127.0.0.1:9/wd/hub").unwrap();
    let error = start(&|options| options.webdriver = Some(closed.clone())).await;
    assert!(matches!(error, BrowserError::NotStarted { what: "webdriver", .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_driver_that_runs_already_can_be_used() {
    let stage = Stage::new().await;
    std::fs::create_dir(stage.runtime_dir()).unwrap();
    let mut driver = Command::new("geckodriver")
        .args(["--port", "0", "--websocket-port", "0", "--profile-root"])
        .arg(stage.runtime_dir())
        .env("MOZ_REMOTE_SETTINGS_DEVTOOLS", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = lines
        .find_map(|line| Some(line.unwrap().rsplit_once("Listening on 127.0.0.1:")?.1.to_owned()))
        .unwrap();
    std::thread::spawn(move || lines.for_each(drop));
    let mut options = in_firefox(&stage);
    options.webdriver = Some(Url::parse(&format!("http://127.0.0.1:{port}")).unwrap());
    let mut browser = browser::start(&options).await.unwrap();
    assert_eq!(browser.process().browser, None);
    open(&mut *browser, &stage.site).await;
    browser.end().await.unwrap();
    driver.kill().unwrap();
    driver.wait().unwrap();
    stage.becomes_clean().await;
}

/// A driver that gives a session, and answers so when it is asked to end it.
async fn driver_that_ends_with(status: StatusCode, error: &'static str) -> Url {
    let begin = || async { Json(json!({ "value": { "sessionId": "s", "capabilities": {} } })) };
    let value = json!({ "value": { "error": error, "message": "as told", "stacktrace": "" } });
    let app = Router::new()
        .route("/session", post(begin))
        .route("/session/s", delete(move || async move { (status, Json(value)) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_anothers_driver_is_not_taken_for_dead_unless_it_is() {
    let stage = Stage::new().await;
    let end = async |status, error| {
        let mut options = in_firefox(&stage);
        options.webdriver = Some(driver_that_ends_with(status, error).await);
        browser::start(&options).await.unwrap().end().await
    };
    let error = end(StatusCode::INTERNAL_SERVER_ERROR, "unknown error").await.unwrap_err();
    assert!(matches!(error, BrowserError::NotGone { .. }), "{error}");
    end(StatusCode::NOT_FOUND, "invalid session id").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_firefox_compiled_is_kept_and_never_in_the_way() {
    let stage = Stage::new().await;
    let cache_dir = stage.folder.path().join("cache");
    let mut options = in_firefox(&stage);
    options.cache_dir = Some(cache_dir.clone());
    // Opens a page; gives whether Firefox uses compiled scripts it did not compile: it renames them then.
    let start = async || {
        let mut browser = browser::start(&options).await.unwrap();
        let profile = only(&stage.runtime_dir(), "keeper-").join("profile");
        let used = profile.join("startupCache/scriptCache-current.bin").exists();
        open(&mut *browser, &stage.site).await;
        browser.end().await.unwrap();
        assert!(stage.is_clean(), "{:?}", processes_of(&stage.runtime_dir()));
        used
    };

    assert!(start().await);
    let cache = only(&cache_dir, "firefox-");
    assert_eq!(std::fs::metadata(&cache_dir).unwrap().permissions().mode() & 0o777, 0o700);

    for file in std::fs::read_dir(cache.join("startupCache")).unwrap() {
        std::fs::write(file.unwrap().path(), "no such thing").unwrap();
    }
    start().await;
    assert!(cache.exists(), "a broken cache keeps Firefox from nothing");

    std::fs::write(cache.join("compatibility.ini"), "[Compatibility]\nLastVersion=999.0_1/1\n").unwrap();
    assert!(!start().await);
    assert!(!cache.exists(), "that of another Firefox, a newer one too, is thrown away");
}

/// The one folder in a folder whose name begins so.
fn only(folder: &std::path::Path, start: &str) -> PathBuf {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut found = entries.filter(|entry| {
        entry.file_type().unwrap().is_dir() && entry.file_name().to_string_lossy().starts_with(start)
    });
    let one = found.next().unwrap().path();
    assert!(found.next().is_none());
    one
}

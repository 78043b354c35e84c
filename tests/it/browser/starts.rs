//! Programs that are missing or broken, and a driver that is there already.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use seatwright::engine::browser::{self, BrowserError, BrowserOptions};
use url::Url;

use super::{Stage, open, processes_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_broken_program_is_named_with_a_hint() {
    let stage = Stage::new().await;
    let broken = stage.folder.path().join("broken");
    std::fs::write(&broken, "#!/bin/sh\necho its last words >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&broken, std::fs::Permissions::from_mode(0o755)).unwrap();
    let missing = || Some(PathBuf::from("/nonexistent/program"));
    let start = async |change: &dyn Fn(&mut BrowserOptions)| {
        let mut options = stage.options();
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
    let mut options = stage.options();
    options.webdriver = Some(Url::parse(&format!("http://127.0.0.1:{port}")).unwrap());
    let mut browser = browser::start(&options).await.unwrap();
    assert_eq!(browser.process().browser, None);
    open(&mut *browser, &stage.site).await;
    browser.end().await.unwrap();
    driver.kill().unwrap();
    driver.wait().unwrap();
    stage.becomes_clean().await;
}

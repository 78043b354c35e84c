//! Whoever dies, is killed or hangs: no process and no file stays.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Signal, kill_process};
use seatwright::engine::browser::{self, Browser, BrowserError, Process, sweep};
use serde_json::Value;

use super::{Stage, open, options, pid, processes_of};

fn signal(process: Option<Process>, signal: Signal) {
    kill_process(pid(process), signal).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_is_dropped_leaves_nothing() {
    let stage = Stage::new().await;
    let browser = stage.open().await;
    assert!(!stage.is_clean());
    drop(browser);
    stage.becomes_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_abandoned_costs_the_browser() {
    let stage = Stage::new().await;
    let mut browser = stage.open().await;
    let pending = browser.run("return new Promise(() => {})", Value::Null);
    assert!(tokio::time::timeout(Duration::from_millis(50), pending).await.is_err());
    let next = browser.address().await;
    assert!(matches!(next, Err(BrowserError::Lost { .. })), "{next:?}");
    browser.end().await.unwrap();
    assert!(stage.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_browser_or_driver_is_noticed_and_leaves_nothing() {
    let stage = Stage::new().await;
    type Pick = fn(&dyn Browser) -> Option<Process>;
    let victims: [(&str, Pick); 2] =
        [("browser", |browser| browser.process().browser), ("driver", |browser| browser.process().driver)];
    for (name, victim) in victims {
        let mut browser = stage.open().await;
        signal(victim(&*browser), Signal::KILL);
        let lost = browser.run("return 1", Value::Null).await.unwrap_err();
        assert!(matches!(lost, BrowserError::Lost { .. }), "{name}: {lost}");
        assert_eq!(lost.reason(), "browser_lost");
        let again = browser.address().await.unwrap_err();
        assert!(matches!(again, BrowserError::Lost { .. }), "{name}: {again}");
        browser.end().await.unwrap();
        assert!(stage.is_clean(), "{name}: {:?}", processes_of(&stage.runtime_dir()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_hangs_is_killed_at_the_deadline() {
    let stage = Stage::new().await;
    let mut options = stage.options();
    options.command_deadline = Duration::from_secs(2);
    let mut browser = browser::start(&options).await.unwrap();
    open(&mut *browser, &stage.site).await;
    let process = browser.process().browser;
    signal(process, Signal::STOP);
    let began = Instant::now();
    let timeout = browser.run("return 1", Value::Null).await.unwrap_err();
    assert!(matches!(timeout, BrowserError::Timeout { .. }), "{timeout}");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let next = browser.address().await.unwrap_err();
    assert!(matches!(next, BrowserError::Lost { .. }), "{next}");
    while process.unwrap().is_alive() {
        assert!(began.elapsed() < Duration::from_secs(5), "it was not killed");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    browser.end().await.unwrap();
    assert!(stage.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_keeper_is_made_up_for_by_the_living_owner() {
    let stage = Stage::new().await;
    let browser = stage.open().await;
    signal(browser.process().keeper, Signal::KILL);
    let swept = sweep(&stage.runtime_dir());
    assert_eq!((swept.cleared, swept.left.len()), (0, 0), "a browser with a living owner is not swept");
    assert!(!stage.is_clean());
    browser.end().await.unwrap();
    assert!(stage.is_clean(), "{:?}", processes_of(&stage.runtime_dir()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_told_to_end_cleans_up_first() {
    let stage = Stage::new().await;
    let browser = stage.open().await;
    for kind in [Signal::INT, Signal::TERM] {
        signal(browser.process().keeper, kind);
    }
    stage.becomes_clean().await;
    browser.end().await.unwrap();
}

/// Not a test of its own: the owner that others kill. Says who is who, then stays.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by other tests as a process that gets killed"]
async fn an_owner() {
    let Some(runtime_dir) = std::env::var_os("OWNER_RUNTIME_DIR") else { return };
    let mut browser = browser::start(&options(Path::new(&runtime_dir))).await.unwrap();
    let keeper = browser.process().keeper.unwrap();
    writeln!(std::io::stderr(), "keeper {} {}", keeper.pid, keeper.start_time).unwrap();
    let _ = browser.run("return new Promise(() => {})", Value::Null).await;
}

fn owner_command(stage: &Stage) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "browser::deaths::an_owner", "--ignored", "--nocapture"])
        .env("OWNER_RUNTIME_DIR", stage.runtime_dir())
        .stdout(Stdio::null());
    command
}

/// Starts [`an_owner`] and waits until its browser runs. Gives it and its keeper.
fn start_owner(stage: &Stage) -> (Child, Process) {
    let mut owner = owner_command(stage).stderr(Stdio::piped()).spawn().unwrap();
    let keeper = BufReader::new(owner.stderr.take().unwrap()).lines().find_map(|line| {
        let line = line.unwrap();
        let (pid, start_time) = line.strip_prefix("keeper ")?.split_once(' ')?;
        Some(Process { pid: pid.parse().unwrap(), start_time: start_time.parse().unwrap() })
    });
    (owner, keeper.expect("the owner started a browser"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_owner_leaves_nothing() {
    let stage = Stage::new().await;
    let (mut owner, _) = start_owner(&stage);
    assert!(!stage.is_clean());
    owner.kill().unwrap();
    owner.wait().unwrap();
    stage.becomes_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a soak of some minutes"]
async fn an_owner_killed_at_any_moment_leaves_nothing() {
    let stage = Stage::new().await;
    for round in 0..30 {
        let mut owner = owner_command(&stage).stderr(Stdio::null()).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(round * 97)).await;
        owner.kill().unwrap();
        owner.wait().unwrap();
        stage.becomes_clean().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_start_clears_away_after_a_killed_keeper() {
    let stage = Stage::new().await;
    let (mut owner, keeper) = start_owner(&stage);
    // Stopped first, so that the keeper does not clean up in the moment between the two kills.
    signal(Some(keeper), Signal::STOP);
    owner.kill().unwrap();
    owner.wait().unwrap();
    let swept = sweep(&stage.runtime_dir());
    assert_eq!((swept.cleared, swept.left.len()), (0, 0), "a living keeper is trusted");
    signal(Some(keeper), Signal::KILL);
    while keeper.is_alive() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!stage.is_clean());
    let browser = browser::start(&stage.options()).await.unwrap();
    let remains = stage.runtime_dir().join(format!("keeper-{}-{}", keeper.pid, keeper.start_time));
    assert!(!remains.exists() && !remains.with_extension("json").exists());
    assert_eq!(processes_of(&remains), Vec::<String>::new());
    browser.end().await.unwrap();
    assert!(stage.is_clean(), "{:?}", processes_of(&stage.runtime_dir()));
}

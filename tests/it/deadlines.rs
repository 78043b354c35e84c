//! A run is over when its time is, whatever hangs: nothing that was committed is lost, and nothing is left behind.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rustix::process::{Pid, Signal, kill_process};
use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;
use seatwright::engine::deadline::USUAL;
use seatwright::engine::journal::RunId;
use seatwright::engine::report::Report;
use seatwright::engine::{Agreement, Caller, Progress, Proposal};
use serde_json::{Value, json};

use crate::cli::{Came, came, contains};
use crate::support::practice::{Practice, Running};
use crate::support::{Agrees, Desk, RUNTIME, control, email, of};

/// What a run may take beyond its time to tell how it ended (D5.6).
const BEYOND: SignedDuration = SignedDuration::from_secs(2);

fn set_role(people: &[&str]) -> Request {
    Request::SetRole { emails: people.iter().map(|who| email(who)).collect(), role: RoleId::new("author") }
}

/// By the engine's own clock.
fn took(started: &str, ended: &str) -> SignedDuration {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    at(ended).duration_since(at(started))
}

fn is_in_time(practice: &Practice, came: &Came, limit: i64, code: i32) {
    assert_eq!(came.code, code, "{}", came.err);
    let report = practice.report();
    let text = |key: &str| report[key].as_str().unwrap().to_owned();
    let took = took(&text("started_at"), &text("ended_at"));
    println!("limit {limit} s: took {took:#}");
    assert!(took <= SignedDuration::from_secs(limit) + BEYOND, "{took:#}");
    contains(&came.err, &["error: ", &format!("; the run had {limit}s, which are over"), "--deadline"]);
    let error = &report["error"];
    assert_eq!((&error["reason"], &error["retryable"]), (&json!("timeout"), &json!(true)), "{report:#}");
    practice.nothing_is_left();
}

/// From the first request on, in the middle of the sign-in, and while the list is read.
#[test]
fn a_console_that_never_answers_ends_a_run_in_time() {
    for at in [1, 2, 5] {
        let practice = Practice::with(12, &[]);
        control(&practice.ready, "PUT", "/faults", &json!({ "names": ["hung"], "at": at }));
        let came = came(practice.command(&["list", "--deadline", "8s"]).output().unwrap());
        is_in_time(&practice, &came, 8, 11);
    }
}

/// Firefox itself among the processes that a browser of this user consists of.
fn browser_of(practice: &Practice) -> Pid {
    let records = std::fs::read_dir(practice.state().join("browsers")).unwrap();
    let record = records.map(|entry| entry.unwrap().path()).find(|path| path.extension().is_some());
    let record: Value = serde_json::from_slice(&std::fs::read(record.unwrap()).unwrap()).unwrap();
    Pid::from_raw(i32::try_from(record["browser"]["pid"].as_i64().unwrap()).unwrap()).unwrap()
}

#[test]
fn a_browser_that_is_stopped_ends_a_run_in_time() {
    let practice = Practice::with(12, &["slow"]);
    let mut command = practice.command(&["list", "-v", "--deadline", "25s"]);
    let mut running = Running::start(&mut command);
    running.until("signing in");
    let browser = browser_of(&practice);
    kill_process(browser, Signal::STOP).unwrap();
    let since = Instant::now();
    let came = running.end();
    assert!(since.elapsed() < Duration::from_secs(30), "{:?}", since.elapsed());
    is_in_time(&practice, &came, 25, 11);
}

/// Agrees, and does something whenever it is told of an outcome.
struct AfterOutcome<F>(F);

#[async_trait]
impl<F: FnMut() + Send> Caller for AfterOutcome<F> {
    async fn agree(&mut self, _: &Proposal<'_>) -> Agreement {
        Agreement::Yes
    }

    fn progress(&mut self, progress: &Progress) {
        if matches!(progress, Progress::Outcome { .. }) {
            tokio::task::block_in_place(&mut self.0);
        }
    }
}

fn is_in_time_of(report: &Report, limit: u64) {
    let limit = i64::try_from(limit).unwrap();
    let took = took(&report.started_at, &report.ended_at);
    println!("limit {limit} s: took {took:#}");
    assert!(took <= SignedDuration::from_secs(limit) + BEYOND, "{took:#}");
    assert_eq!(report.error.as_ref().unwrap().reason.as_deref(), Some("timeout"), "{report:#?}");
}

/// A machine on which much else goes on does not come that far in the shorter time.
const LIMITS: [u64; 2] = [20, 75];

#[test]
fn a_run_without_time_begins_no_further_change() {
    for limit in LIMITS {
        let mut desk = Desk::with(12);
        desk.deadline = Duration::from_secs(limit);
        let truth = desk.truth();
        let one = truth.somebody("learner", "active", "");
        let two = truth.somebody("learner", "active", &one);
        let three = truth.somebody("learner", "pending", "");
        // Late enough that the next change has not waited for as long as it may when all is over.
        let from = Instant::now() + Duration::from_secs(limit - 12);
        let hangs = || {
            std::thread::sleep(from.saturating_duration_since(Instant::now()));
            desk.faults(&["hung"], json!({}));
        };
        let report = desk.change_with(set_role(&[&one, &two, &three]), &mut AfterOutcome(hangs));
        is_in_time_of(&report, limit);
        if limit == LIMITS[0] && report.changes.first().is_none_or(|change| change.outcome != "done") {
            continue;
        }
        let outcome = |who: &str| (of(&report, who).outcome.as_str(), of(&report, who).reason.as_deref());
        assert_eq!(
            [outcome(&one), outcome(&two), outcome(&three)],
            [("done", None), ("failed", Some("timeout")), ("failed", Some("timeout"))],
            "{report:#?}"
        );
        contains(of(&report, &three).detail.as_ref().unwrap(), &["not begun"]);
        contains(&report.error.as_ref().unwrap().message, &["begin ", " of 3 changes"]);
        assert_eq!((report.exit_code, desk.truth().mutations().len()), (4, 1), "{report:#?}");
        return;
    }
}

#[test]
fn what_was_committed_when_the_time_ran_out_is_left_to_resume() {
    for limit in LIMITS {
        let mut desk = Desk::with(12);
        desk.settles_after(1);
        desk.deadline = Duration::from_secs(limit);
        let who = desk.truth().somebody("learner", "active", "");
        let is_over = AtomicBool::new(false);
        let report = std::thread::scope(|scope| {
            scope.spawn(|| {
                while desk.truth().mutations().is_empty() && !is_over.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                desk.faults(&["hung"], json!({}));
            });
            let report = desk.change(set_role(&[&who]));
            is_over.store(true, Ordering::SeqCst);
            report
        });
        is_in_time_of(&report, limit);
        if limit == LIMITS[0] && desk.truth().mutations().is_empty() {
            continue;
        }
        assert_eq!((of(&report, &who).outcome.as_str(), report.exit_code), ("in_doubt", 5), "{report:#?}");
        let error = report.error.as_ref().unwrap();
        assert!(error.hint.starts_with(&format!("`seatwright resume {}` first", report.run)), "{error:?}");
        assert!(!error.retryable, "{error:?}");

        desk.faults(&[], json!({}));
        let run = RunId::parse(&report.run).unwrap();
        desk.deadline = USUAL;
        let report = RUNTIME.block_on(desk.engine().resume(&run, &mut Agrees)).unwrap();
        assert_eq!((of(&report, &who).outcome.as_str(), report.exit_code), ("done", 0), "{report:#?}");
        assert_eq!(desk.truth().mutations().len(), 1);
        return;
    }
}

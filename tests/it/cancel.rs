//! `cancel RUN`: a run ends between two changes, what it had begun is finished, and nobody begins the rest later.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use rustix::process::Signal;
use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;
use seatwright::engine::journal::{CancelAsked, Journal, RunId};
use seatwright::engine::report::Report;
use seatwright::engine::{Agreement, Caller, Progress, Proposal};
use serde_json::{Value, json};

use crate::cli::contains;
use crate::pace::practice;
use crate::quirks::console::Console;
use crate::quirks::twice::{CREATED, FINISHED, NEW};
use crate::support::practice::{Practice, Running};
use crate::support::{Agrees, Desk, RUNTIME, email, of};

const PLACE: &str = "config/seatwright/seatwright.toml";

fn set_role(people: &[String]) -> Vec<&str> {
    let people = people.iter().map(String::as_str);
    ["set-role"].into_iter().chain(people).chain(["--role", "author", "--yes"]).collect()
}

/// The roles of these people, by the console.
fn roles(practice: &Practice, people: &[String]) -> Vec<String> {
    let truth = practice.truth();
    people.iter().map(|who| truth.role(who).unwrap()).collect()
}

fn outcomes(report: &Value) -> Vec<(&str, &str)> {
    let word = |change: &'_ Value, key: &str| change[key].as_str().unwrap_or_default().to_owned();
    let known = ["done", "failed", "skipped", "in_doubt", "cancelled", "not_applied", ""];
    let known = |text: String| known.into_iter().find(|word| *word == text).unwrap_or("another");
    let changes = report["changes"].as_array().unwrap().iter();
    changes.map(|change| (known(word(change, "outcome")), known(word(change, "reason")))).collect()
}

/// The name of a run that says how far it is.
fn name_of(running: &mut Running) -> String {
    let line = running.until("starting a browser");
    line.split("run ").nth(1).unwrap().split(':').next().unwrap().to_owned()
}

fn events(practice: &Practice) -> Vec<Value> {
    let log = practice.check(&["audit-log", "export"], 0).out;
    log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Between the second change and the third, while it waits for its turn; another process says so.
#[test]
fn a_run_ends_between_two_changes() {
    let (practice, people) = practice("pace = \"2m\"\n");
    let mut running = Running::start(practice.command(&set_role(&people)).arg("-v"));
    let run = name_of(&mut running);
    running.until("  done");
    let since = Instant::now();
    let came = practice.check(&["cancel", &run], 0);
    contains(
        &came.err,
        &["ends at the next boundary between two changes", &format!("seatwright show {run}")],
    );
    let came = running.end();
    assert!(since.elapsed() < Duration::from_secs(60), "it waited for its turn: {:?}", since.elapsed());
    assert_eq!(came.code, 12, "{}", came.err);
    contains(&came.err, &["begin 2 of 3 changes: cancelled by", "run the command again"]);
    contains(&came.out, &["cancelled: not begun: cancelled by"]);
    let report = practice.json(&["show", &run], 0);
    let left = ("skipped", "cancelled");
    assert_eq!(outcomes(&report), [("done", ""), left, left], "{report:#}");
    assert_eq!((&report["exit_code"], &report["error"]["reason"]), (&json!(12), &json!("cancelled")));
    assert_eq!(roles(&practice, &people), ["author", "learner", "learner"]);
    assert_eq!(practice.truth().mutations().len(), 1);

    // The journal says who and when.
    let asked: Vec<Value> =
        events(&practice).into_iter().filter(|event| event["kind"] == "cancel_asked").collect();
    assert_eq!((asked.len(), asked[0]["run"].as_str()), (1, Some(run.as_str())));
    let by = asked[0]["data"]["by"].as_str().unwrap().to_owned();
    contains(&report.to_string(), &[&format!("cancelled by {by} on 20")]);

    // It has ended: nothing is written any more, and nothing is done.
    let before = events(&practice).len();
    assert_eq!(practice.json(&["cancel", &run], 0)["state"], "ended");
    contains(&practice.check(&["cancel", &run], 0).err, &["has ended"]);
    practice.check(&["resume", &run, "--yes"], 12);
    assert_eq!((events(&practice).len(), practice.truth().mutations().len()), (before, 1));
    practice.check(&["audit-log", "verify"], 0);
    contains(&practice.check(&["cancel", "20261121-213455-none"], 2).err, &["has no run"]);
    contains(&practice.check(&["cancel", &run, "-w", "other"], 2).err, &["not of other"]);
    practice.nothing_is_left();
}

/// What is being done to somebody is finished.
#[test]
fn a_change_that_has_begun_is_finished() {
    let (practice, people) = practice("");
    practice.faults(&["slow"], None);
    let config = std::fs::read_to_string(practice.path(PLACE)).unwrap();
    practice.write(PLACE, &format!("{config}pace = \"30s\"\n"));
    let mut running = Running::start(practice.command(&set_role(&people)).arg("-v"));
    let run = name_of(&mut running);
    running.until("2 of 3:");
    practice.check(&["cancel", &run], 0);
    let came = running.end();
    assert_eq!(came.code, 12, "{}", came.err);
    let report = practice.json(&["show", &run], 0);
    assert_eq!(outcomes(&report), [("done", ""), ("done", ""), ("skipped", "cancelled")], "{report:#}");
    assert_eq!(roles(&practice, &people), ["author", "author", "learner"]);
    practice.nothing_is_left();
}

/// Cancels its own run through another handle, once it is asked, or once it has heard of so many outcomes.
struct Cancels {
    journal: Journal,
    run: Option<RunId>,
    after: usize,
    heard: usize,
}

impl Cancels {
    fn after(desk: &Desk, after: usize) -> Self {
        let clock = Arc::new(Timestamp::now);
        let journal = RUNTIME.block_on(Journal::open(desk.state.path(), clock)).unwrap();
        Self { journal, run: None, after, heard: 0 }
    }

    async fn cancel(&self) {
        let asked = self.journal.cancel(self.run.as_ref().unwrap(), "mia").await.unwrap();
        assert_eq!(asked, CancelAsked::Noted);
    }
}

#[async_trait]
impl Caller for Cancels {
    async fn agree(&mut self, proposal: &Proposal<'_>) -> Agreement {
        self.run = RunId::parse(proposal.run);
        if self.after == 0 {
            self.cancel().await;
        }
        Agreement::Yes
    }

    fn progress(&mut self, progress: &Progress) {
        if matches!(progress, Progress::Outcome { .. }) {
            self.heard += 1;
            if self.heard == self.after {
                tokio::task::block_in_place(|| RUNTIME.block_on(self.cancel()));
            }
        }
    }
}

fn told(report: &Report, who: &str) -> (String, Option<String>) {
    let change = of(report, who);
    (change.outcome.clone(), change.reason.clone())
}

fn cancelled() -> (String, Option<String>) {
    ("skipped".to_owned(), Some("cancelled".to_owned()))
}

/// A removal is proven by the list at the end, also where the run was cancelled after it.
#[test]
fn a_removal_before_the_boundary_is_proven_and_none_after_it_is_made() {
    let desk = Desk::with(12);
    let people = desk.truth().everybody("learner", "active");
    let request = Request::Remove { emails: people.iter().take(3).map(|who| email(who)).collect() };
    let report = desk.change_with(request.clone(), &mut Cancels::after(&desk, 1));
    assert_eq!(told(&report, &people[0]), ("done".to_owned(), None), "{report:#?}");
    assert_eq!([told(&report, &people[1]), told(&report, &people[2])], [cancelled(), cancelled()]);
    assert_eq!((report.exit_code, desk.truth().mutations().len()), (12, 1), "{report:#?}");

    // Cancelled before anything is begun, nothing is; and what is asked for anew is done.
    let report = desk.change_with(request.clone(), &mut Cancels::after(&desk, 0));
    assert_eq!([told(&report, &people[1]), told(&report, &people[2])], [cancelled(), cancelled()]);
    assert_eq!((report.exit_code, desk.truth().mutations().len()), (12, 1), "{report:#?}");
    let report = desk.change(request);
    assert_eq!((report.exit_code, desk.truth().mutations().len()), (0, 3), "{report:#?}");
}

/// What was committed and not seen is decided before the run ends, and is never told as cancelled.
#[test]
fn what_is_in_doubt_at_the_boundary_is_decided_by_readings() {
    let mut desk = Desk::with(12);
    desk.settles_after(1);
    desk.faults(&["lost_response"], json!({ "mode": "not_applied" }));
    let people = desk.truth().everybody("learner", "active");
    let emails = people.iter().take(2).map(|who| email(who)).collect();
    let request = Request::SetRole { emails, role: RoleId::new("author") };
    let report = desk.change_with(request, &mut Cancels::after(&desk, 1));
    let first = of(&report, &people[0]);
    assert_eq!(
        (first.outcome.as_str(), first.settled_by.as_deref()),
        ("failed", Some("two readings 1 s apart"))
    );
    assert_eq!(told(&report, &people[1]), cancelled(), "{report:#?}");
    assert_eq!((report.exit_code, desk.truth().mutations().len()), (4, 0), "{report:#?}");
    let run = RunId::parse(&report.run).unwrap();
    let again = RUNTIME.block_on(desk.engine().resume(&run, &mut Agrees)).unwrap();
    assert_eq!((again.exit_code, desk.truth().mutations().len()), (4, 0));
}

/// Who is half made is finished, and nobody else is begun.
#[test]
fn the_second_of_two_saves_belongs_to_the_first() {
    let console = Console::of("two-saves");
    let emails = vec![email(NEW), email("later@acme.example")];
    let request = Request::Invite { emails, role: RoleId::new("member") };
    let mut caller = Cancels::after(&console.desk, 1);
    let report = RUNTIME.block_on(console.engine().change(request, &mut caller)).unwrap();
    assert_eq!(console.acted(), [CREATED, FINISHED], "{report:#?}");
    let told: Vec<(&str, &str)> = report
        .changes
        .iter()
        .map(|change| (change.outcome.as_str(), change.settled_by.as_deref().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("done", "read back"),
            ("pending", "read back"),
            ("skipped", "the run was cancelled"),
            ("skipped", "the first save")
        ]
    );
}

/// Somebody cancels a run whose process is killed before it hears of it: whoever takes it up begins nothing.
#[test]
fn a_word_that_the_run_did_not_hear_is_kept_by_whoever_takes_it_up() {
    let (practice, people) = practice("pace = \"10m\"\n");
    let mut running = Running::start(practice.command(&set_role(&people)).arg("-v"));
    let run = name_of(&mut running);
    running.until("  done");
    running.signal(Signal::STOP);
    practice.check(&["cancel", &run], 0);
    assert_eq!(practice.json(&["cancel", &run], 0)["state"], "asked_before");
    running.signal(Signal::KILL);
    assert_eq!(running.end().code, -1);
    let report = practice.json(&["resume", &run, "--yes"], 12);
    let left = ("skipped", "cancelled");
    assert_eq!(outcomes(&report), [("done", ""), left, left], "{report:#}");
    assert_eq!(practice.truth().mutations().len(), 1);
    practice.nothing_is_left();
}

/// A run that died: what was not begun is closed, and of what is in doubt nothing is claimed.
#[cfg(feature = "crash-points")]
#[test]
fn what_a_dead_run_left_is_closed_and_its_doubt_stays() {
    let (practice, people) = practice("");
    // Two readings that decide are a second apart.
    let top = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::create_dir(practice.path("data")).unwrap();
    let mut copy = std::process::Command::new("cp");
    let copy = copy.arg("-r").arg(top.join("selectors")).arg(top.join("recordings"));
    assert!(copy.arg(practice.path("data")).status().unwrap().success());
    let map = practice.path("data/selectors/coassemble/members-2026-03.toml");
    let text = std::fs::read_to_string(&map).unwrap();
    std::fs::write(&map, format!("settle_after = \"1s\"\n{text}")).unwrap();
    practice.write(PLACE, &practice.config().replace("url =", "data = \"../../data\"\nurl ="));

    let mut command = practice.command(&set_role(&people));
    practice.check_command(command.env("SEATWRIGHT_CRASH_POINT", "committing=self"), -1);
    let run = practice.json(&["runs"], 0)["runs"][0]["run"].as_str().unwrap().to_owned();
    let report = practice.json(&["cancel", &run], 5);
    let left = ("skipped", "cancelled");
    let said = outcomes(&report);
    assert_eq!((said[0].0, said[1], said[2]), ("in_doubt", left, left), "{report:#}");
    // It has ended by now; to cancel it again changes nothing, and what is open is for `resume`.
    let before = events(&practice).len();
    contains(&practice.check(&["cancel", &run], 0).err, &["has ended", &format!("seatwright resume {run}")]);
    assert_eq!(events(&practice).len(), before);
    let report = practice.json(&["resume", &run, "--yes"], 4);
    assert_eq!(outcomes(&report), [("failed", "not_applied"), left, left], "{report:#}");
    assert_eq!((practice.truth().writes(), practice.truth().mutations().len()), (0, 0));
    assert_eq!(roles(&practice, &people), ["learner"; 3]);
    practice.nothing_is_left();
}

/// The same where one was settled: nothing is in doubt, and nothing is left to do.
#[cfg(feature = "crash-points")]
#[test]
fn a_dead_run_that_is_cancelled_is_not_gone_on_with() {
    let (practice, people) = practice("");
    let mut command = practice.command(&set_role(&people));
    practice.check_command(command.env("SEATWRIGHT_CRASH_POINT", "settled=self"), -1);
    let run = practice.json(&["runs"], 0)["runs"][0]["run"].as_str().unwrap().to_owned();
    let came = practice.check(&["cancel", &run], 12);
    contains(&came.out, &["done", "cancelled: not begun: cancelled by"]);
    practice.check(&["resume", &run, "--yes"], 12);
    assert_eq!(roles(&practice, &people), ["author", "learner", "learner"]);
    assert_eq!(practice.truth().mutations().len(), 1);
    practice.check(&["audit-log", "verify"], 0);
    practice.nothing_is_left();
}

/// One that died before it had planned anything is not taken for one that found nothing to do.
#[cfg(feature = "crash-points")]
#[test]
fn a_request_whose_run_died_early_and_was_cancelled_can_be_made_again() {
    let (practice, people) = practice("");
    let request = [set_role(&people).as_slice(), &["--key", "k"]].concat();
    let mut command = practice.command(&request);
    practice.check_command(command.env("SEATWRIGHT_CRASH_POINT", "browser_started=self"), -1);
    let run = practice.json(&["runs"], 0)["runs"][0]["run"].as_str().unwrap().to_owned();
    practice.check(&["cancel", &run], 12);
    contains(&practice.check(&["cancel", &run], 0).err, &["has ended"]);
    assert_eq!(practice.truth().writes(), 0);
    practice.check(&request, 0);
    assert_eq!(roles(&practice, &people), ["author"; 3]);
    practice.nothing_is_left();
}

/// The process that cancels is killed in its turn, with the word in the journal and nothing closed yet.
#[cfg(feature = "crash-points")]
#[test]
fn a_cancel_that_was_killed_is_finished_by_resume() {
    let (practice, people) = practice("");
    let killed = |arguments: &[&str], point: &str| {
        let mut command = practice.command(arguments);
        practice.check_command(command.env("SEATWRIGHT_CRASH_POINT", format!("{point}=self")), -1);
    };
    killed(&set_role(&people), "settled");
    let run = practice.json(&["runs"], 0)["runs"][0]["run"].as_str().unwrap().to_owned();
    killed(&["cancel", &run], "cancel_asked");
    // Nobody is asked, for nothing is begun; so no --yes is needed either.
    let report = practice.json(&["resume", &run], 12);
    let left = ("skipped", "cancelled");
    assert_eq!(outcomes(&report), [("done", ""), left, left], "{report:#}");
    assert_eq!(practice.truth().mutations().len(), 1);
    practice.check(&["audit-log", "verify"], 0);
    practice.nothing_is_left();
}

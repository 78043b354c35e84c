//! The console at its worst: what a run says is so, or it says that it does not know.

use std::time::Duration;

use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;
use seatwright::engine::journal::RunId;
use seatwright::engine::report::Report;
use seatwright::engine::{Agreement, Caller, Progress, Proposal};
use serde_json::json;

use crate::support::{Agrees, Desk, RUNTIME, email, of};

const UNKIND: [&str; 4] = ["slow", "rerender", "reorder", "lookalike"];

fn invite(who: &str) -> Request {
    Request::Invite { emails: vec![email(who)], role: RoleId::new("learner") }
}

fn set_role(who: &str) -> Request {
    Request::SetRole { emails: vec![email(who)], role: RoleId::new("author") }
}

fn remove(who: &str) -> Request {
    Request::Remove { emails: vec![email(who)] }
}

/// The outcome of one person, and the report for a message.
fn outcome(report: &Report, who: &str) -> String {
    of(report, who).outcome.clone()
}

#[test]
fn from_an_unkind_console_somebody_is_removed_all_the_same() {
    let desk = unkind();
    let learner = desk.truth().somebody("learner", "active", "");
    all_the_same(&desk, &learner, [(remove(&learner), "done")]);
}

#[test]
fn to_an_unkind_console_somebody_is_invited_all_the_same() {
    let new = "new.person@acme.example";
    all_the_same(&unkind(), new, [(invite(new), "pending")]);
}

#[test]
#[ignore = "long: make soak NAME=faults"]
fn an_unkind_console_is_read_and_its_members_changed_all_the_same() {
    let desk = unkind();
    let learner = desk.truth().somebody("learner", "active", "");
    all_the_same(&desk, &learner, [(set_role(&learner), "done"), (remove(&learner), "done")]);
}

#[test]
#[ignore = "long: make soak NAME=faults"]
fn an_unkind_console_takes_invitations_all_the_same() {
    let desk = unkind();
    let new = "new.person@acme.example";
    let resend = Request::Resend { emails: vec![email(new)] };
    let cancel = Request::CancelInvite { emails: vec![email(new)] };
    all_the_same(&desk, new, [(invite(new), "pending"), (resend, "done"), (cancel, "done")]);
    assert_eq!(desk.truth().mails_to(new), 2);
}

/// What only looks finds the same as on a good day, and sends nothing.
#[test]
fn an_unkind_console_shows_what_is_so() {
    let desk = unkind();
    let truth = desk.truth();
    let seats = RUNTIME.block_on(desk.engine().seats(&mut Agrees)).unwrap();
    let paid = |member: &&serde_json::Value| member["roles"][0] != "Learner";
    let used = truth.0["members"].as_array().unwrap().iter().filter(paid).count();
    assert_eq!((seats.report.exit_code, seats.used), (0, Some(used as u64)), "{:#?}", seats.report);
    let exported = RUNTIME.block_on(desk.engine().export(&mut Agrees)).unwrap();
    assert_eq!(exported.report.exit_code, 0, "{:#?}", exported.report);
    let file = std::fs::read_to_string(exported.path.unwrap()).unwrap().to_lowercase();
    assert!(truth.emails().iter().all(|email| file.contains(&email.to_lowercase())), "{file}");
    assert_eq!(desk.truth().writes(), 0);
}

fn unkind() -> Desk {
    let mut desk = Desk::with(10);
    desk.settles_after(2);
    desk.faults(&UNKIND, json!({}));
    desk
}

/// Each of these has this outcome in the end, and nothing else was done.
fn all_the_same<const N: usize>(desk: &Desk, who: &str, asked: [(Request, &str); N]) {
    let kinds = asked.each_ref().map(|(request, _)| (request.operation().to_owned(), who.to_owned()));
    for (request, wanted) in asked {
        // A page that moves faster than a busy machine looks may be too much for one run: asked again, as its hint says.
        let mut got = String::new();
        for _ in 0..5 {
            let report = desk.change(request.clone());
            got = outcome(&report, who);
            if got == "in_doubt" {
                let run = RunId::parse(&report.run).unwrap();
                got = outcome(&RUNTIME.block_on(desk.engine().resume(&run, &mut Agrees)).unwrap(), who);
            }
            assert!([wanted, "failed", "in_doubt"].contains(&got.as_str()), "{report:#?}");
            if got == wanted {
                break;
            }
            eprintln!("{who}: {got}: {:?}", of(&report, who).detail);
        }
        assert_eq!(got, wanted, "{:#?}", desk.truth().mutations());
    }
    assert_eq!(desk.truth().mutations(), kinds);
}

/// An invite, a set-role and a removal under a fault, those with an expected outcome: it is so, or it is in doubt.
fn outcomes_are_true(faults: &[&str], more: serde_json::Value, expected: [Option<&str>; 3]) {
    let mut desk = Desk::with(12);
    desk.settles_after(2);
    let truth = desk.truth();
    let (learner, leaver) = (truth.somebody("learner", "active", ""), truth.somebody("author", "active", ""));
    desk.faults(faults, more);
    let new = "new.person@acme.example";
    for ((request, who), expected) in
        [(invite(new), new), (set_role(&learner), &learner), (remove(&leaver), &leaver)]
            .into_iter()
            .zip(expected)
            .filter_map(|(asked, expected)| Some((asked, expected?)))
    {
        let report = desk.change(request);
        let got = outcome(&report, who);
        let truth = desk.truth();
        let so = match report.operation.as_str() {
            "invite" => truth.member(who).is_some(),
            "change_role" => truth.role(who).as_deref() == Some("author"),
            _ => truth.member(who).is_none(),
        };
        assert_eq!(got, expected, "so: {so}, {report:#?}");
        match got.as_str() {
            "done" | "pending" => assert!(so, "{report:#?}"),
            "failed" => assert!(!so, "{report:#?}"),
            other => assert_eq!(other, "in_doubt", "{report:#?}"),
        }
    }
    assert!(desk.truth().mails_to(new) <= 1);
}

#[test]
fn a_console_that_says_done_and_does_nothing_is_not_believed() {
    outcomes_are_true(&["toast_lies"], json!({ "mode": "says_done" }), [Some("failed"), None, None]);
}

#[test]
fn a_console_that_says_failed_and_does_it_is_not_believed() {
    outcomes_are_true(
        &["toast_lies"],
        json!({ "mode": "says_failed" }),
        [Some("pending"), None, Some("done")],
    );
}

#[test]
fn a_lost_answer_to_a_change_that_was_applied() {
    outcomes_are_true(
        &["lost_response"],
        json!({ "mode": "applied" }),
        [Some("pending"), Some("done"), None],
    );
}

#[test]
fn a_lost_answer_to_a_change_that_was_not_applied() {
    outcomes_are_true(&["lost_response"], json!({ "mode": "not_applied" }), [None, Some("failed"), None]);
}

/// No list shows that an invitation was sent again: where the answer gets lost, a person has to look, and nothing is
/// sent twice until then.
#[test]
fn an_invitation_sent_again_without_an_answer_is_left_to_a_person() {
    let desk = Desk::with(30);
    let invited = desk.truth().somebody("author", "pending", "");
    let resend = || Request::Resend { emails: vec![email(&invited)] };
    for (mode, mails) in [("applied", 1), ("not_applied", 1)] {
        desk.faults(&["lost_response"], json!({ "mode": mode }));
        let report = desk.change(resend());
        assert_eq!((outcome(&report, &invited).as_str(), report.exit_code), ("in_doubt", 5), "{report:#?}");
        assert_eq!(desk.truth().mails_to(&invited), mails, "{mode}");

        desk.faults(&[], json!({}));
        let run = RunId::parse(&report.run).unwrap();
        let resumed = RUNTIME.block_on(desk.engine().resume(&run, &mut Agrees)).unwrap();
        assert_eq!(outcome(&resumed, &invited), "in_doubt", "no reading decides it: {resumed:#?}");
        let again = desk.change(resend());
        assert_eq!(outcome(&again, &invited), "in_doubt", "{again:#?}");
        assert_eq!(desk.truth().mails_to(&invited), mails, "not sent again by itself");

        let change = of(&report, &invited).id.unwrap();
        assert!(
            of(&again, &invited).detail.as_ref().unwrap().contains(&format!("--settle {change}=done")),
            "{again:#?}"
        );
        let done = mode == "applied";
        let settled = RUNTIME.block_on(desk.engine().settle_by_hand(&run, change, done)).unwrap();
        assert_eq!(outcome(&settled, &invited), if done { "done" } else { "failed" }, "{settled:#?}");
    }
    desk.faults(&["lost_response"], json!({ "mode": "applied" }));
    assert_eq!(outcome(&desk.change(resend()), &invited), "in_doubt");
    desk.faults(&[], json!({}));
    let cancel = Request::CancelInvite { emails: vec![email(&invited)] };
    assert_eq!(outcome(&desk.change(cancel), &invited), "in_doubt", "decided first");
    let removed = desk.change(remove(&invited));
    assert_eq!(outcome(&removed, &invited), "done", "access does not wait for a mail: {removed:#?}");
}

/// Lets the console's time pass shortly before the second of the two readings is due.
struct LateForTheSecondReading {
    control: String,
    token: String,
    settle_after: Duration,
}

#[async_trait::async_trait]
impl Caller for LateForTheSecondReading {
    async fn agree(&mut self, _: &Proposal<'_>) -> Agreement {
        Agreement::Yes
    }

    fn progress(&mut self, progress: &Progress) {
        if !matches!(progress, Progress::Settling { .. }) {
            return;
        }
        let (address, token) = (format!("{}/clock", self.control), format!("Bearer {}", self.token));
        let wait = self.settle_after - Duration::from_millis(700);
        std::thread::spawn(move || {
            std::thread::sleep(wait);
            ureq::post(address)
                .header("authorization", token)
                .send_json(json!({ "seconds": 3600 }))
                .expect("the control address answers");
        });
    }
}

/// The effect shows only shortly before the second reading: two readings made at once would miss it and call it failed.
#[test]
fn a_change_that_shows_late_is_waited_for() {
    const SETTLE_AFTER: u64 = 5;
    let mut desk = Desk::with(12);
    desk.settles_after(SETTLE_AFTER);
    let new = "new.person@acme.example";
    desk.faults(&["late_commit"], json!({ "late_ms": 1_800_000 }));
    let mut caller = LateForTheSecondReading {
        control: desk.ready().control.clone(),
        token: desk.ready().token.clone(),
        settle_after: Duration::from_secs(SETTLE_AFTER),
    };
    let report = RUNTIME.block_on(desk.engine().change(invite(new), &mut caller)).unwrap();
    assert_eq!(outcome(&report, new), "pending", "{report:#?}");
    let truth = desk.truth();
    assert_eq!(truth.mutations(), [("invite".to_owned(), new.to_owned())]);
    assert_eq!(truth.mails_to(new), 1);
}

#[test]
fn a_list_that_leaves_people_out_proves_nothing() {
    let mut desk = Desk::with(30);
    desk.settles_after(1);
    let truth = desk.truth();
    let member = truth.somebody("learner", "active", "");
    let mut short = 0;
    for seed in 2..7 {
        if short > 0 {
            break;
        }
        desk.faults(&["short_list"], json!({ "seed": seed }));
        let report = desk.change(invite(&member));
        assert_ne!(outcome(&report, &member), "pending", "{report:#?}");
        let reading = report.reading.as_ref().expect("a list that is short can still be read");
        assert!(reading.rows == 30 || reading.grade == "none", "{reading:?}");
        short += usize::from(reading.rows < 30);
    }
    assert!(short > 0, "the fault left nobody out");
    assert_eq!(desk.truth().mutations(), [], "nobody who is a member is invited");
}

#[test]
fn a_total_that_contradicts_the_rows_proves_nothing() {
    let mut desk = Desk::with(12);
    desk.settles_after(1);
    desk.faults(&["wrong_total"], json!({ "mode": "same" }));
    let new = "new.person@acme.example";
    let report = desk.change(invite(new));
    assert_eq!(
        (outcome(&report, new).as_str(), of(&report, new).reason.as_deref()),
        ("failed", Some("reading_unstable")),
        "{report:#?}"
    );
    let leaver = desk.truth().somebody("learner", "active", "");
    let report = desk.change(remove(&leaver));
    assert_eq!(outcome(&report, &leaver), "in_doubt", "gone, and not believed: {report:#?}");
    assert_eq!(report.exit_code, 5);
    assert!(desk.truth().member(&leaver).is_none());
}

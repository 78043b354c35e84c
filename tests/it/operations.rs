//! Every operation in a real browser, and what is so afterwards.

use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;
use seatwright::engine::report::Report;
use serde_json::json;

use crate::support::{Agrees, Desk, RUNTIME, email, of};

#[test]
fn list_reads_what_is_so() {
    let desk = Desk::with(60);
    let listed = RUNTIME.block_on(desk.engine().list(&mut Agrees)).unwrap();
    assert_eq!(listed.report.exit_code, 0, "{:#?}", listed.report);
    assert_eq!(listed.report.reading.as_ref().unwrap().grade, "total");
    let mut read: Vec<String> = listed.members.iter().filter_map(|member| member.email.clone()).collect();
    let mut so = desk.truth().emails();
    read.sort();
    so.sort();
    assert_eq!(read, so);
}

#[test]
fn seats_are_those_of_the_billing_page() {
    let desk = Desk::with(30);
    let seats = RUNTIME.block_on(desk.engine().seats(&mut Agrees)).unwrap();
    assert_eq!(seats.report.exit_code, 0, "{:#?}", seats.report);
    let truth = desk.truth();
    let takes_one = |member: &&serde_json::Value| member["roles"][0].as_str() != Some("Learner");
    let used = truth.0["members"].as_array().unwrap().iter().filter(takes_one).count() as u64;
    assert_eq!(seats.used, Some(used));
    assert!(seats.limit.is_some_and(|limit| limit >= used), "{:?}", seats.limit);
    assert_eq!(truth.writes(), 0);
}

fn only(report: &Report) -> (&str, Option<&str>, String) {
    let change = &report.changes[0];
    (&change.outcome, change.reason.as_deref(), change.detail.clone().unwrap_or_default())
}

#[test]
fn an_invitation_is_sent_again_and_taken_back() {
    let desk = Desk::with(30);
    let truth = desk.truth();
    let (invited, active) = (truth.somebody("author", "pending", ""), truth.somebody("author", "active", ""));
    let cancel = |who: &str| Request::CancelInvite { emails: vec![email(who)] };

    let report = desk.change(Request::Resend { emails: vec![email(&invited)] });
    let says = format!(
        "the console says \"Invitation resent to {invited}\"; the row still shows the role, and the invitation"
    );
    assert_eq!(only(&report), ("done", None, says), "{report:#?}");
    assert_eq!(report.changes[0].settled_by.as_deref(), Some("the console's own answer"));
    assert_eq!(desk.truth().mails_to(&invited), 1);

    let report = desk.change(cancel(&active));
    assert_eq!((only(&report).0, only(&report).1), ("failed", Some("already_member")), "{report:#?}");

    let report = desk.change(cancel(&invited));
    assert_eq!(only(&report).0, "done", "{report:#?}");
    assert_eq!(report.changes[0].settled_by.as_deref(), Some("final reading"));
    let evidence = &report.changes[0].evidence;
    assert!(
        evidence.iter().any(|name| name.ends_with("-asked-again.png")),
        "the dialog is shown: {evidence:?}"
    );
    let truth = desk.truth();
    assert!(truth.member(&invited).is_none());
    let kinds = ["resend", "cancel_invite"].map(|kind| (kind.to_owned(), invited.clone()));
    assert_eq!(truth.mutations(), kinds);
}

/// Done, and (D5.7) with at most two driver requests for each thing done on the page; reading back, proving a commit and
/// its pictures are counted apart, and so is looking whether an area is there.
#[test]
fn invite_set_role_and_remove_are_so_and_take_two_requests_a_step() {
    let desk = Desk::with(30);
    let truth = desk.truth();
    let (learner, leaver) = (truth.somebody("learner", "active", ""), truth.somebody("author", "active", ""));
    let (role, new) = (RoleId::new("author"), "new.person@acme.example");
    println!("operation   | actions | locate+act | per action | all requests");
    for (request, who, outcome) in [
        (Request::Invite { emails: vec![email(new)], role: role.clone() }, new, "pending"),
        (Request::SetRole { emails: vec![email(&learner)], role }, &learner, "done"),
        (Request::Remove { emails: vec![email(&leaver)] }, &leaver, "done"),
    ] {
        let report = desk.change(request);
        assert_eq!(of(&report, who).outcome, outcome, "{report:#?}");
        let count = |verb: &str| report.driver_requests.get(verb).copied().unwrap_or(0);
        let acts = count("click") + count("keys") + count("click_element") + count("hover");
        // Before the commit its element is located once more, to prove it: part of the proof, as are label and picture.
        let both = acts + count("run.locate") - count("label");
        let all: u64 = report
            .driver_requests
            .iter()
            .filter(|(verb, _)| !verb.contains('.'))
            .map(|(_, count)| count)
            .sum();
        println!(
            "{:11} | {acts:7} | {both:10} | {:10.2} | {all}",
            report.operation,
            both as f64 / acts as f64
        );
        assert!(acts > 5 && both <= 2 * acts, "{:?}", report.driver_requests);
    }
    let truth = desk.truth();
    assert_eq!((truth.role(new).as_deref(), truth.mails_to(new)), (Some("author"), 1));
    assert_eq!(truth.role(&learner).as_deref(), Some("author"));
    assert!(truth.member(&leaver).is_none());
    assert_eq!(truth.mutations().len(), 3, "{:?}", truth.mutations());
}

/// The final reading follows the last removal at once; what it still shows a moment later is gone is looked for, and read
/// again, by the same browser.
#[test]
fn a_removal_that_takes_its_time_is_proven_by_a_second_final_reading() {
    let desk = Desk::with(30);
    let truth = desk.truth();
    let leaver = truth.somebody("author", "active", "");
    desk.faults(&["late_commit"], json!({ "late_ms": 1000 }));
    let report = desk.change(Request::Remove { emails: vec![email(&leaver)] });
    assert_eq!(only(&report).0, "done", "{report:#?}");
    assert_eq!(report.changes[0].settled_by.as_deref(), Some("final reading"), "{report:#?}");
    assert_eq!(desk.truth().mutations(), [("remove".to_owned(), leaver)]);
}

/// What the console said stays known where the final reading contradicts it.
#[test]
fn a_removal_that_the_console_only_says_it_made_is_told_with_its_words() {
    let mut desk = Desk::with(12);
    desk.settles_after(1);
    let truth = desk.truth();
    let who = truth.somebody("author", "active", "");
    desk.faults(&["toast_lies"], json!({ "mode": "says_done" }));
    let report = desk.change(Request::Remove { emails: vec![email(&who)] });
    let (outcome, reason, detail) = only(&report);
    assert_eq!((outcome, reason), ("failed", Some("not_applied")), "{report:#?}");
    assert!(detail.starts_with("the console said") && detail.ends_with("and it is not so"), "{detail}");
    assert!(desk.truth().member(&who).is_some());
}

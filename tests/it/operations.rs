//! Every operation in a real browser, and what is so afterwards.

use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;

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

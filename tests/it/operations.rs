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
    println!("{:?}", listed.report.driver_requests);
}

#[test]
fn invite_set_role_and_remove_are_so_afterwards() {
    let desk = Desk::with(60);
    let report = desk.change(Request::Invite {
        emails: vec![email("new.person@acme.example")],
        role: RoleId::new("author"),
    });
    assert_eq!(of(&report, "new.person@acme.example").outcome, "pending", "{report:#?}");
    let truth = desk.truth();
    assert_eq!(truth.role("new.person@acme.example").as_deref(), Some("author"));
    assert_eq!(truth.mails_to("new.person@acme.example"), 1);

    let learner = truth.somebody("learner", "active", "");
    let report = desk.change(Request::SetRole { emails: vec![email(&learner)], role: RoleId::new("author") });
    assert_eq!(of(&report, &learner).outcome, "done", "{report:#?}");
    assert_eq!(desk.truth().role(&learner).as_deref(), Some("author"));

    let report = desk.change(Request::Remove { emails: vec![email(&learner)] });
    assert_eq!(of(&report, &learner).outcome, "done", "{report:#?}");
    assert!(desk.truth().member(&learner).is_none());
    println!("{:?}", report.driver_requests);
}

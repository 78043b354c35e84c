//! The second practice console at its worst: what nothing else can be asked of, deactivate and reactivate, and all the
//! rest on pages that the server draws, where a click is a navigation.

use std::sync::Arc;

use seatwright::domain::request::Request;
use seatwright::engine::app::Apps;
use seatwright::engine::report::Report;
use seatwright::sandbox::Ready;
use serde_json::{Value, json};

use crate::support::{Agrees, Desk, RUNTIME, Truth, consoles, control, email, of};

/// A club, and a desk to reach it from.
struct Club {
    desk: Desk,
    ready: Ready,
}

impl Club {
    fn with(members: usize) -> Self {
        let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clubhouse/data");
        let apps = Apps::from_dir(data.as_ref()).unwrap();
        let mut desk = Desk::with(3);
        desk.app = Arc::new(apps.load("clubhouse", "2026").unwrap());
        desk.settles_after(3);
        Self { desk, ready: consoles::clubhouse(members) }
    }

    fn faults(&self, names: &[&str], more: Value) {
        let mut body = json!({ "names": names, "seed": 7 });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let on = control(&self.ready, "PUT", "/faults", &body);
        assert_eq!(on["names"].as_array().map(Vec::len), Some(names.len()), "{on}");
    }

    fn truth(&self) -> Truth {
        Truth(control(&self.ready, "GET", "/truth", &Value::Null))
    }

    fn change(&self, request: Request) -> Report {
        let engine = self.desk.engine_at(&self.ready);
        RUNTIME.block_on(engine.change(request, &mut Agrees)).expect("the run starts")
    }
}

fn resend(who: &str) -> Request {
    Request::Resend { emails: vec![email(who)] }
}

fn deactivate(who: &str) -> Request {
    Request::Deactivate { emails: vec![email(who)] }
}

fn reactivate(who: &str) -> Request {
    Request::Reactivate { emails: vec![email(who)] }
}

/// What became of one person, and why.
fn outcome<'a>(report: &'a Report, who: &str) -> (&'a str, Option<&'a str>) {
    let change = of(report, who);
    (change.outcome.as_str(), change.reason.as_deref())
}

/// Somebody aboard whose name nobody else has, and somebody ashore.
fn two_people(club: &Club) -> (String, String) {
    let truth = club.truth();
    (truth.somebody("mate", "active", ""), truth.somebody("mate", "deactivated", ""))
}

#[test]
fn a_club_that_says_done_and_does_nothing_is_not_believed() {
    let club = Club::with(10);
    club.faults(&["toast_lies"], json!({}));
    let (who, _) = two_people(&club);
    let report = club.change(deactivate(&who));
    assert_eq!(outcome(&report, &who), ("failed", Some("not_applied")), "{report:#?}");
    let change = of(&report, &who);
    assert!(change.detail.as_ref().unwrap().contains("is ashore now.\", and it is not so"), "{report:#?}");
    assert_eq!(change.settled_by.as_deref(), Some("two readings 3 s apart"));
    assert_eq!((club.truth().mutations(), club.truth().writes()), (vec![], 1));
}

/// Firefox sends again by itself what fails on a connection it has used before: here each form is such a request.
#[test]
fn a_form_whose_answer_is_lost_is_not_sent_twice() {
    let club = Club::with(10);
    club.faults(&["lost_response"], json!({}));
    let (aboard, ashore) = two_people(&club);
    let invited = club.truth().somebody("deckhand", "pending", "");
    let mut mutations = Vec::new();
    for (who, request, expected) in [
        (&aboard, deactivate(&aboard), "done"),
        (&ashore, reactivate(&ashore), "done"),
        (&invited, resend(&invited), "in_doubt"),
    ] {
        mutations.push((request.operation().to_owned(), who.clone()));
        let report = club.change(request);
        assert_eq!(outcome(&report, who), (expected, None), "{report:#?}");
        let truth = club.truth();
        assert_eq!((truth.mutations(), truth.writes()), (mutations.clone(), mutations.len()));
    }
    assert_eq!(club.truth().mails_to(&invited), 1);
}

#[test]
fn what_a_club_does_late_is_waited_for_and_not_asked_again() {
    let club = Club::with(10);
    club.faults(&["late_commit"], json!({ "late_ms": 3000 }));
    let (who, _) = two_people(&club);
    let report = club.change(deactivate(&who));
    assert_eq!((outcome(&report, &who), report.exit_code), (("done", None), 0), "{report:#?}");
    let truth = club.truth();
    assert_eq!((truth.mutations(), truth.writes()), (vec![("deactivate".to_owned(), who)], 1));
}

//! The second practice console at its worst: what nothing else can be asked of, deactivate and reactivate, and all the
//! rest on pages that the server draws, where a click is a navigation.

use std::sync::Arc;

use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;
use seatwright::engine::Caller;
use seatwright::engine::app::Apps;
use seatwright::engine::report::Report;
use seatwright::sandbox::Ready;
use serde_json::{Value, json};

use crate::support::{Agrees, AgreesAfter, Desk, RUNTIME, Truth, consoles, control, email, of};

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
        self.change_with(request, &mut Agrees)
    }

    fn change_with(&self, request: Request, caller: &mut dyn Caller) -> Report {
        let engine = self.desk.engine_at(&self.ready);
        RUNTIME.block_on(engine.change(request, caller)).expect("the run starts")
    }
}

fn invite(who: &str) -> Request {
    Request::Invite { emails: vec![email(who)], role: RoleId::new("deckhand") }
}

fn resend(who: &str) -> Request {
    Request::Resend { emails: vec![email(who)] }
}

fn cancel_invite(who: &str) -> Request {
    Request::CancelInvite { emails: vec![email(who)] }
}

fn set_role(who: &str) -> Request {
    Request::SetRole { emails: vec![email(who)], role: RoleId::new("mate") }
}

fn deactivate(who: &str) -> Request {
    Request::Deactivate { emails: vec![email(who)] }
}

fn reactivate(who: &str) -> Request {
    Request::Reactivate { emails: vec![email(who)] }
}

fn remove(who: &str) -> Request {
    Request::Remove { emails: vec![email(who)] }
}

type Outcome<'a> = (&'a str, Option<&'a str>);

/// What became of one person, and why.
fn outcome<'a>(report: &'a Report, who: &str) -> Outcome<'a> {
    let change = of(report, who);
    (change.outcome.as_str(), change.reason.as_deref())
}

/// Role and status of everybody but these.
fn all_but(truth: &Truth, who: &[&str]) -> Vec<Value> {
    let members = truth.0["members"].as_array().unwrap().iter();
    let others = members.filter(|member| !who.contains(&member["email"].as_str().unwrap()));
    others.map(|member| json!([member["email"], member["roles"], member["status"]])).collect()
}

// ---- slow, in another order each time, and full of people who are easily mistaken ----

const DONE: Outcome<'_> = ("done", None);
const UNKIND: [&str; 3] = ["slow", "reorder", "lookalike"];

/// Asks for each of these in its turn, of people with lookalikes: each comes to what it should at the first try, and nobody
/// else is touched.
///
/// Slow is the console throughout, or only while somebody is put ashore, once that is agreed to: it is waiting for the most
/// part. What is refused is refused at any speed.
fn all_the_same(club: &Club, is_slow: bool, asked: &[(&str, Request, Outcome<'_>)]) {
    let people: Vec<&str> = asked.iter().map(|(who, ..)| *who).collect();
    let before = all_but(&club.truth(), &people);
    let mut mutations = club.truth().mutations();
    for (who, request, expected) in asked {
        let (quick, slow) = (&UNKIND[1..], &UNKIND[..]);
        let is_sample = *expected == DONE && matches!(request, Request::Deactivate { .. });
        club.faults(if is_slow && expected.0 != "failed" { slow } else { quick }, json!({}));
        let later = if (is_slow || is_sample) && expected.0 != "failed" { slow } else { quick };
        let mut agrees = AgreesAfter(|| club.faults(later, json!({})));
        let report = club.change_with(request.clone(), &mut agrees);
        assert_eq!(outcome(&report, who), *expected, "{report:#?}");
        if expected.0 != "failed" {
            mutations.push((request.operation().to_owned(), (*who).to_owned()));
        }
        let truth = club.truth();
        assert_eq!((truth.mutations(), truth.writes()), (mutations.clone(), mutations.len()));
        assert_eq!(all_but(&truth, &people), before, "{report:#?}");
    }
}

/// Somebody aboard of whose address this is made from.
fn original(club: &Club, alike: impl Fn(&str) -> String) -> String {
    let truth = club.truth();
    let found = truth.emails().into_iter().find(|who| truth.member(&alike(who)).is_some());
    found.expect("somebody with a lookalike")
}

#[test]
fn people_of_an_unkind_club_are_changed_all_the_same() {
    people_are_changed(false);
}

#[test]
#[ignore = "long: make soak NAME=club"]
fn all_that_a_club_can_do_is_done_however_slow_it_is() {
    people_are_changed(true);
    invitations_are_taken();
}

fn people_are_changed(is_slow: bool) {
    let club = Club::with(10);
    club.faults(&UNKIND[1..], json!({}));
    let who = original(&club, |who| format!("{who}.au"));
    // The page that asks whether to put somebody ashore knows their name only, and two people have it.
    let namesake = original(&club, |who| format!("x{who}"));
    let ashore_and_back = [(who.as_str(), deactivate(&who), DONE), (who.as_str(), reactivate(&who), DONE)];
    all_the_same(&club, is_slow, &ashore_and_back);
    if !is_slow {
        return; // the rest is for the long run
    }
    let rest = [
        (who.as_str(), set_role(&who), DONE),
        (namesake.as_str(), deactivate(&namesake), ("failed", Some("ambiguous"))),
        (namesake.as_str(), remove(&namesake), DONE),
    ];
    all_the_same(&club, is_slow, &rest);
    assert_eq!(club.truth().role(&who).as_deref(), Some("mate"));
    assert!(club.truth().member(&namesake).is_none());
}

fn invitations_are_taken() {
    let club = Club::with(10);
    club.faults(&UNKIND[1..], json!({}));
    let new = format!("{}.nz", original(&club, |who| format!("{who}.au")));
    all_the_same(
        &club,
        true,
        &[
            (&new, invite(&new), ("pending", None)),
            (&new, resend(&new), DONE),
            (&new, cancel_invite(&new), DONE),
        ],
    );
    assert_eq!((club.truth().mails_to(&new), club.truth().member(&new)), (2, None));
}

// ---- one at a time ----

/// Somebody aboard whose name nobody else has, and somebody ashore.
fn two_people(club: &Club) -> (String, String) {
    let truth = club.truth();
    (truth.somebody("mate", "active", ""), truth.somebody("mate", "deactivated", ""))
}

#[test]
#[ignore = "long: make soak NAME=club"]
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

/// Browsers send again by themselves what fails on a connection they have used before: here each form is such a request.
#[test]
fn a_form_whose_answer_is_lost_is_not_sent_twice() {
    answers_are_lost(&["deactivate", "resend"]);
}

fn answers_are_lost(of: &[&str]) {
    let club = Club::with(10);
    club.faults(&["lost_response"], json!({}));
    let (aboard, ashore) = two_people(&club);
    let invited = club.truth().somebody("deckhand", "pending", "");
    let mut mutations = Vec::new();
    for (who, request, expected) in [
        (&aboard, deactivate(&aboard), "done"),
        (&ashore, reactivate(&ashore), "done"),
        (&invited, resend(&invited), "in_doubt"),
    ]
    .into_iter()
    .filter(|(_, request, _)| of.contains(&request.operation()))
    {
        mutations.push((request.operation().to_owned(), who.clone()));
        let report = club.change(request);
        // Chromium shows a page of its own then, so that there is a reason for the doubt.
        assert_eq!(outcome(&report, who).0, expected, "{report:#?}");
        let truth = club.truth();
        assert_eq!((truth.mutations(), truth.writes()), (mutations.clone(), mutations.len()));
    }
    assert_eq!(club.truth().mails_to(&invited), 1);
}

#[test]
#[ignore = "long: make soak NAME=faults"]
fn no_form_whose_answer_is_lost_is_sent_twice() {
    answers_are_lost(&["deactivate", "reactivate", "resend"]);
}

#[test]
#[ignore = "long: make soak NAME=club"]
fn what_a_club_does_late_is_waited_for_and_not_asked_again() {
    let club = Club::with(10);
    club.faults(&["late_commit"], json!({ "late_ms": 3000 }));
    let (who, _) = two_people(&club);
    let report = club.change(deactivate(&who));
    assert_eq!((outcome(&report, &who), report.exit_code), (("done", None), 0), "{report:#?}");
    let truth = club.truth();
    assert_eq!((truth.mutations(), truth.writes()), (vec![("deactivate".to_owned(), who)], 1));
}

/// Where somebody may be missing, nobody is said to be no member, and no name to be one person's alone.
#[test]
fn a_list_of_a_club_that_is_not_whole_proves_nothing() {
    lists_prove_nothing(&["short_list"]);
}

#[test]
#[ignore = "long: make soak NAME=faults"]
fn no_list_of_a_club_that_contradicts_itself_proves_anything() {
    lists_prove_nothing(&["short_list", "wrong_total"]);
}

fn lists_prove_nothing(faults: &[&str]) {
    let nobody = "nobody.at.all@quay.example";
    for fault in faults {
        let club = Club::with(10);
        club.faults(&[*fault], json!({}));
        let (who, _) = two_people(&club);
        let both = Request::Deactivate { emails: vec![email(&who), email(nobody)] };
        let report = club.change(both);
        let reading = report.reading.as_ref().expect("it can still be read");
        assert_eq!(reading.grade, "none", "{report:#?}");
        assert_eq!(outcome(&report, nobody), ("failed", Some("reading_unstable")), "{report:#?}");
        let (outcome, reason) = outcome(&report, &who);
        let is_refused = matches!(reason, Some("ambiguous" | "reading_unstable"));
        assert!(outcome == "failed" && is_refused, "{report:#?}");
        assert_eq!((club.truth().mutations(), club.truth().writes()), (vec![], 0), "{fault}");
    }
}

//! Every guard in front of a real console: refused with exit code 3, all refusals at once, and not one click on
//! anything that changes something.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use seatwright::domain::member::RoleId;
use seatwright::domain::policy::{Ceiling, Policy};
use seatwright::domain::request::Request;
use seatwright::engine::journal::RunId;
use seatwright::engine::report::Report;
use seatwright::engine::{Agreement, Caller, Progress, Proposal};
use serde_json::json;

use crate::support::{Agrees, AgreesAfter, Desk, RUNTIME, Truth, email, of};

const NEW: &str = "new.person@acme.example";

fn invite(people: &[&str], role: &str) -> Request {
    Request::Invite { emails: people.iter().map(|who| email(who)).collect(), role: RoleId::new(role) }
}

fn set_role(people: &[&str], role: &str) -> Request {
    Request::SetRole { emails: people.iter().map(|who| email(who)).collect(), role: RoleId::new(role) }
}

fn remove(people: &[&str]) -> Request {
    Request::Remove { emails: people.iter().map(|who| email(who)).collect() }
}

/// Everybody active with this role but the account itself.
fn people(truth: &Truth, role: &str, desk: &Desk) -> Vec<String> {
    let members = truth.0["members"].as_array().unwrap().iter();
    let such = members.filter(|member| {
        member["roles"][0].as_str().is_some_and(|held| held.eq_ignore_ascii_case(role))
            && member["status"].as_str().is_some_and(|held| held.eq_ignore_ascii_case("active"))
    });
    let emails = such.filter_map(|member| member["email"].as_str()).map(str::to_lowercase);
    emails.filter(|who| *who != desk.ready().account.email).collect()
}

fn guards(report: &Report) -> Vec<(&str, Option<&str>)> {
    report.refusals.iter().map(|refusal| (refusal.guard.as_str(), refusal.email.as_deref())).collect()
}

/// Asks for it, and it is refused by exactly these guards, before anybody is asked and without a write.
fn refused(desk: &Desk, request: Request, expected: &[(&str, Option<&str>)]) -> Report {
    let people: Vec<String> = request.emails().iter().map(ToString::to_string).collect();
    let before = desk.truth().writes();
    let report = desk.change_with(request, &mut MustNotBeAsked);
    assert_eq!(guards(&report), expected, "{report:#?}");
    assert_eq!(report.exit_code, 3, "{report:#?}");
    for refusal in &report.refusals {
        assert!(!refusal.message.is_empty() && !refusal.hint.is_empty(), "{report:#?}");
    }
    for who in &people {
        let change = of(&report, who);
        assert!(
            change.id.is_none() && ["refused", "skipped"].contains(&change.outcome.as_str()),
            "{report:#?}"
        );
    }
    let truth = desk.truth();
    assert_eq!(truth.writes(), before, "{report:#?}");
    report
}

/// Nobody is asked about what is refused.
struct MustNotBeAsked;

#[async_trait]
impl Caller for MustNotBeAsked {
    async fn agree(&mut self, proposal: &Proposal<'_>) -> Agreement {
        panic!("asked about {:?}", proposal.plan)
    }

    fn progress(&mut self, progress: &Progress) {
        assert!(!matches!(progress, Progress::Change { .. }), "{progress:?}");
    }
}

/// Looks at the plan only.
struct Rehearses;

#[async_trait]
impl Caller for Rehearses {
    async fn agree(&mut self, _: &Proposal<'_>) -> Agreement {
        Agreement::Rehearsal
    }

    fn progress(&mut self, _: &Progress) {}
}

#[test]
fn people_who_must_not_be_touched() {
    let mut desk = Desk::with(5);
    let truth = desk.truth();
    let learner = truth.somebody("learner", "active", "");
    desk.policy.protected.insert(email(&learner));
    let oneself = desk.ready().account.email.clone();
    let both = [learner.as_str(), oneself.as_str()];
    let expected = [("protected", Some(learner.as_str())), ("oneself", Some(oneself.as_str()))];
    for request in [remove(&both), set_role(&both, "author")] {
        let report = refused(&desk, request, &expected);
        assert!(report.refusals[0].hint.contains("policy.protected"));
        assert_eq!(of(&report, &learner).outcome, "refused");
    }
    assert_eq!(desk.truth().mutations(), []);
}

#[test]
fn the_last_privileged_members_stay() {
    let desk = Desk::with(5);
    let oneself = desk.ready().account.email.clone();
    let mut admins = people(&desk.truth(), "admin", &desk);
    admins.push(oneself.clone());
    let all: Vec<&str> = admins.iter().map(String::as_str).collect();
    let mut expected: Vec<(&str, Option<&str>)> = vec![("oneself", Some(&oneself))];
    let mut last: Vec<&str> = all.clone();
    last.sort_unstable();
    expected.extend(last.iter().map(|who| ("last_privileged", Some(*who))));
    let report = refused(&desk, set_role(&all, "learner"), &expected);
    assert!(report.refusals[1].message.contains("nobody privileged would be left: 3 active"), "{report:#?}");
    // One of them may go as long as others stay.
    let report = desk.change_with(remove(&all[..1]), &mut Rehearses);
    assert_eq!((guards(&report), report.exit_code), (vec![], 10), "{report:#?}");
    assert_eq!(desk.truth().writes(), 0);
}

#[test]
fn limits_of_a_single_run_with_their_figures() {
    let mut desk = Desk::with(20);
    desk.policy = Policy::default();
    let truth = desk.truth();
    let learners = people(&truth, "learner", &desk);
    let learners: Vec<&str> = learners.iter().map(String::as_str).collect();
    let authors = people(&truth, "author", &desk);

    let report = refused(&desk, remove(&learners[..3]), &[("removals", None)]);
    let expected = "3 removals and demotions asked, 0 in the last 24 h, ceiling 2 (5 % of 20, at least 2)";
    assert_eq!(report.refusals[0].message, expected);
    assert_eq!(report.refusals[0].hint, "split the request: 2 fit now; or raise `policy.max_removals`");
    assert!(learners[..3].iter().all(|who| of(&report, who).outcome == "refused"));
    // Demotions are counted with removals.
    let demoted: Vec<&str> = authors.iter().take(3).map(String::as_str).collect();
    refused(&desk, set_role(&demoted, "learner"), &[("removals", None)]);

    let many: Vec<String> = (0..11).map(|number| format!("new.person{number}@acme.example")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let report = refused(&desk, invite(&many, "author"), &[("new_seats", None)]);
    assert_eq!(
        report.refusals[0].message,
        "11 new paid seats asked, 0 in the last 24 h, ceiling 10 (fixed by the policy)"
    );
    assert_eq!(report.seat_delta, 11);

    let report = refused(&desk, invite(&many[..2], "admin"), &[("privileged_grants", None)]);
    assert_eq!(
        report.refusals[0].message,
        "2 privileged roles asked, 0 in the last 24 h, ceiling 1 (fixed by the policy)"
    );
    assert_eq!(desk.truth().mutations(), []);
}

#[test]
fn no_more_seats_than_the_cap() {
    let mut desk = Desk::with(5);
    let truth = desk.truth();
    let seats = truth.0["members"].as_array().unwrap().iter();
    let used =
        seats.filter(|member| !member["roles"][0].as_str().unwrap().eq_ignore_ascii_case("learner")).count();
    desk.policy.seat_cap = Some(u32::try_from(used).unwrap());
    let report = refused(&desk, invite(&[NEW], "author"), &[("seat_cap", None)]);
    assert_eq!(report.refusals[0].message, format!("{used} paid seats used, 1 more asked, cap {used}"));
    // Who takes no seat is welcome.
    let report = desk.change_with(invite(&[NEW], "learner"), &mut Rehearses);
    assert_eq!((guards(&report), report.exit_code), (vec![], 10), "{report:#?}");
    assert_eq!(desk.truth().mutations(), []);
}

#[test]
fn all_refusals_come_at_once() {
    let mut desk = Desk::with(5);
    desk.policy = Policy { max_privileged: 0, max_new_seats: 0, seat_cap: Some(1), ..Policy::default() };
    let learner = desk.truth().somebody("learner", "active", "");
    desk.policy.protected.insert(email(&learner));
    let report = refused(
        &desk,
        set_role(&[&learner], "admin"),
        &[
            ("protected", Some(&learner)),
            ("new_seats", None),
            ("privileged_grants", None),
            ("seat_cap", None),
        ],
    );
    assert!(report.refusals[1].hint.contains("policy.max_new_seats"), "{report:#?}");
    desk.policy = Policy { max_removals: Ceiling::Count(0), ..Policy::default() };
    let oneself = desk.ready().account.email.clone();
    desk.policy.protected.insert(email(&oneself));
    let report = refused(
        &desk,
        remove(&[&learner, &oneself]),
        &[("protected", Some(&oneself)), ("oneself", Some(&oneself)), ("removals", None)],
    );
    assert_eq!(of(&report, &learner).outcome, "refused", "the limit is on all of it: {report:#?}");
}

#[test]
fn nobody_privileged_is_removed_on_a_list_that_is_not_proven() {
    let desk = Desk::with(5);
    let admin = people(&desk.truth(), "admin", &desk)[0].clone();
    desk.faults(&["wrong_total"], json!({ "mode": "same" }));
    let report = refused(&desk, remove(&[&admin]), &[("unproven", Some(&admin))]);
    assert!(
        report.refusals[0].message.contains("the list is not proven complete (the console says "),
        "{report:#?}"
    );
    assert_eq!(desk.truth().mutations(), []);
}

#[test]
fn so_many_failures_end_a_run() {
    let mut desk = Desk::with(12);
    desk.policy.failures_in_a_row = 1;
    let learners = people(&desk.truth(), "learner", &desk);
    let breaks = || desk.faults(&["errors"], json!({ "mode": "always" }));
    let request = remove(&[&learners[0], &learners[1]]);
    let report = desk.change_with(request, &mut AgreesAfter(breaks));
    let outcomes = [&learners[0], &learners[1]].map(|who| of(&report, who).outcome.as_str());
    assert_eq!((outcomes, report.exit_code), (["failed", "skipped"], 4), "{report:#?}");
    let skipped = of(&report, &learners[1]);
    assert_eq!(skipped.settled_by.as_deref(), Some("failure cap"));
    assert!(skipped.detail.as_ref().unwrap().contains("the run stops at 1 in a row"), "{report:#?}");
    assert_eq!(desk.truth().writes(), 0);
}

/// A clock the test turns.
fn turned(desk: &mut Desk) -> Arc<Mutex<Timestamp>> {
    let now = Arc::new(Mutex::new("2026-03-09T08:00:00Z".parse::<Timestamp>().unwrap()));
    let shown = Arc::clone(&now);
    desk.clock = Arc::new(move || *shown.lock().unwrap());
    now
}

#[test]
fn the_limits_hold_for_any_24_hours() {
    let mut desk = Desk::with(5);
    desk.policy = Policy::default();
    let now = turned(&mut desk);
    let people: Vec<String> = {
        let truth = desk.truth();
        let members = truth.0["members"].as_array().unwrap().iter();
        let other =
            members.filter(|member| !member["roles"][0].as_str().unwrap().eq_ignore_ascii_case("admin"));
        other.map(|member| member["email"].as_str().unwrap().to_lowercase()).collect()
    };
    let [first, second, ..] = &people[..] else { panic!("{people:?}") };
    let third = crate::guards::people(&desk.truth(), "admin", &desk)[0].clone();

    // What was only rehearsed or refused is not counted.
    refused(&desk, remove(&[first, second, &third]), &[("removals", None)]);
    desk.change_with(remove(&[first, second]), &mut Rehearses);
    let report = desk.change(remove(&[first, second]));
    assert!([first, second].into_iter().all(|who| of(&report, who).outcome == "done"), "{report:#?}");
    let expected = "1 removals and demotions asked, 2 in the last 24 h, ceiling 2 (5 % of 3, at least 2)";
    // A second before they are 24 hours old, and a second after.
    *now.lock().unwrap() += SignedDuration::from_hours(24) - SignedDuration::from_secs(1);
    let report = refused(&desk, remove(&[&third]), &[("removals", None)]);
    assert_eq!(report.refusals[0].message, expected);
    assert_eq!(
        report.refusals[0].hint,
        "wait until the last 24 hours have room again, or raise `policy.max_removals`"
    );
    *now.lock().unwrap() += SignedDuration::from_secs(2);
    let report = desk.change(remove(&[&third]));
    assert_eq!(of(&report, &third).outcome, "done", "{report:#?}");
    assert_eq!(desk.truth().mutations().len(), 3);
}

#[test]
fn an_answer_that_comes_late_is_for_the_list_as_it_was() {
    let mut desk = Desk::with(5);
    let now = turned(&mut desk);
    let admin = people(&desk.truth(), "admin", &desk)[0].clone();
    let late = || *now.lock().unwrap() += SignedDuration::from_mins(11);
    // By now the list cannot be proven, and nobody privileged may be removed on such a one.
    let unproven = || {
        desk.faults(&["wrong_total"], json!({ "mode": "same" }));
        late();
    };
    let report = desk.change_with(remove(&[&admin]), &mut AgreesAfter(unproven));
    let change = of(&report, &admin);
    assert_eq!((change.outcome.as_str(), change.id, report.exit_code), ("skipped", None, 4), "{report:#?}");
    assert!(change.detail.as_ref().unwrap().contains("no longer the one"), "{report:#?}");
    assert_eq!(desk.truth().writes(), 0);
    // With the list still the same it counts.
    desk.faults(&[], json!({}));
    let report = desk.change_with(remove(&[&admin]), &mut AgreesAfter(late));
    assert_eq!(of(&report, &admin).outcome, "done", "{report:#?}");
}

/// Agrees, and tells as soon as the first change begins.
struct TellsOfTheFirst {
    run: String,
    begun: Option<tokio::sync::oneshot::Sender<String>>,
}

#[async_trait]
impl Caller for TellsOfTheFirst {
    async fn agree(&mut self, _: &Proposal<'_>) -> Agreement {
        Agreement::Yes
    }

    fn progress(&mut self, progress: &Progress) {
        match progress {
            Progress::Started { run } => self.run.clone_from(run),
            Progress::Change { .. } => drop(self.begun.take().map(|begun| begun.send(self.run.clone()))),
            _ => {}
        }
    }
}

#[test]
fn what_was_never_begun_is_resumed_on_an_answer_in_time() {
    let mut desk = Desk::with(5);
    let now = turned(&mut desk);
    let learner = desk.truth().somebody("learner", "active", "");
    let engine = desk.engine();
    let run = RUNTIME.block_on(async {
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let mut caller = TellsOfTheFirst { run: String::new(), begun: Some(begun) };
        tokio::select! {
            report = engine.change(remove(&[&learner]), &mut caller) => panic!("not abandoned: {report:#?}"),
            run = has_begun => RunId::parse(&run.unwrap()).unwrap(),
        }
    });
    let late = || *now.lock().unwrap() += SignedDuration::from_mins(11);
    let report = RUNTIME.block_on(engine.resume(&run, &mut AgreesAfter(late))).unwrap();
    assert_eq!(report.exit_code, 12, "{report:#?}");
    assert!(report.error.as_ref().unwrap().hint.contains("asks again"), "{report:#?}");
    assert_eq!(desk.truth().writes(), 0);

    let report = RUNTIME.block_on(engine.resume(&run, &mut Agrees)).unwrap();
    assert_eq!((of(&report, &learner).outcome.as_str(), report.exit_code), ("done", 0), "{report:#?}");
    assert_eq!(desk.truth().mutations(), [("remove".to_owned(), learner.clone())]);
}

#[test]
fn what_is_proven_not_applied_is_not_counted() {
    let mut desk = Desk::with(5);
    desk.settles_after(1);
    desk.policy.max_removals = Ceiling::Count(1);
    let learner = desk.truth().somebody("learner", "active", "");
    desk.faults(&["toast_lies"], json!({ "mode": "says_done" }));
    let report = desk.change(remove(&[&learner]));
    assert_eq!(
        (of(&report, &learner).outcome.as_str(), of(&report, &learner).reason.as_deref()),
        ("failed", Some("not_applied")),
        "{report:#?}"
    );
    desk.faults(&[], json!({}));
    let report = desk.change(remove(&[&learner]));
    assert_eq!(of(&report, &learner).outcome, "done", "{report:#?}");
}

#[test]
fn what_is_in_doubt_is_counted_and_has_to_be_decided_first() {
    let mut desk = Desk::with(5);
    desk.settles_after(1);
    desk.policy.max_removals = Ceiling::Count(1);
    let truth = desk.truth();
    let learner = truth.somebody("learner", "active", "");
    // It goes, and from then on the console has no list to show: nobody can tell.
    let report = std::thread::scope(|scope| {
        scope.spawn(|| {
            while desk.truth().mutations().is_empty() {
                std::thread::yield_now();
            }
            desk.faults(&["errors"], json!({ "mode": "always" }));
        });
        desk.change(remove(&[&learner]))
    });
    assert_eq!((of(&report, &learner).outcome.as_str(), report.exit_code), ("in_doubt", 5), "{report:#?}");
    desk.faults(&[], json!({}));

    let admin = people(&truth, "admin", &desk)[0].clone();
    refused(&desk, remove(&[&admin]), &[("removals", None)]);
    let again = desk.change_with(invite(&[&learner], "learner"), &mut MustNotBeAsked);
    let change = of(&again, &learner);
    assert_eq!((change.outcome.as_str(), again.exit_code, change.id), ("in_doubt", 5, None), "{again:#?}");
    assert!(
        change.detail.as_ref().unwrap().contains(&format!("`seatwright resume {}` first", report.run)),
        "{again:#?}"
    );
    assert_eq!(desk.truth().mutations().len(), 1);

    let run = RunId::parse(&report.run).unwrap();
    let resumed = RUNTIME.block_on(desk.engine().resume(&run, &mut Agrees)).unwrap();
    assert_eq!((of(&resumed, &learner).outcome.as_str(), resumed.exit_code), ("done", 0), "{resumed:#?}");
}

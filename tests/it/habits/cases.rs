//! What is done differently for different people, or as the customer decided: what is asked, shown, kept and resumed.

use std::collections::BTreeMap;

use async_trait::async_trait;
use seatwright::domain::change::Change;
use seatwright::domain::request::Request;
use seatwright::domain::{Counts, Email};
use seatwright::engine::journal::{Intent, Journal, NewRun, ProcessMark, RunId};
use seatwright::engine::report::Report;
use seatwright::engine::{Agreement, Caller, Error, Progress, Proposal};
use serde_json::json;

use crate::quirks::console::Console;
use crate::support::{Agrees, RUNTIME, email, of};

const ANN: &str = "ann@acme.example";

fn remove(emails: &[&str]) -> Request {
    Request::Remove { emails: emails.iter().map(|who| email(who)).collect() }
}

/// Agrees, and keeps what was shown beside the changes.
#[derive(Default)]
struct Shown(Vec<BTreeMap<Email, BTreeMap<String, String>>>);

#[async_trait]
impl Caller for Shown {
    async fn agree(&mut self, proposal: &Proposal<'_>) -> Agreement {
        self.0.push(proposal.choices.clone());
        Agreement::Yes
    }

    fn progress(&mut self, _: &Progress) {}
}

#[test]
fn ways_out() {
    let console = Console::of("ways-out");
    let (bo, cy, di) = ("bo@acme.example", "cy@acme.example", "di@acme.example");
    let report = console.change(remove(&[di, bo, cy, ANN]));
    for who in [ANN, bo, cy] {
        assert_eq!(of(&report, who).outcome, "done", "{report:#?}");
    }
    assert_eq!(console.acted(), [bo, cy, ANN].map(|who| format!("remove {who}")), "{report:#?}");
    // Nobody wrote down how somebody of unknown status is removed, though a click would do it.
    let left = of(&report, di);
    assert_eq!((left.outcome.as_str(), left.reason.as_deref()), ("failed", Some("unsupported")));
    let why = "pages/ways-out has no recording of remove for this case: role member, status unknown";
    assert_eq!(left.detail.as_deref(), Some(why));
    assert_eq!((report.exit_code, left.id), (4, None));
}

#[test]
fn files_choice() {
    let kept = Console::of("files-choice").deciding(&[("files", "Keep")]);
    let mut shown = Shown::default();
    let report = RUNTIME.block_on(kept.engine().change(remove(&[ANN]), &mut shown)).unwrap();
    assert_eq!(kept.acted(), ["remove ann@acme.example: Keep"], "{report:#?}");
    let choices = BTreeMap::from([("files".to_owned(), "Keep".to_owned())]);
    assert_eq!((of(&report, ANN).outcome.as_str(), &of(&report, ANN).choices), ("done", &choices));
    assert_eq!(shown.0, [BTreeMap::from([(email(ANN), choices)])]);
    let arguments = RUNTIME.block_on(async {
        let journal = Journal::open(kept.desk.state.path(), kept.desk.clock.clone()).await.unwrap();
        journal.run(&RunId::parse(&report.run).unwrap()).await.unwrap().unwrap().began.arguments
    });
    assert_eq!(arguments["choices"], json!({ "files": "Keep" }));
}

/// What ends a request before a run begins.
fn refused(choices: &[(&str, &str)]) -> Error {
    let console = Console::with("files-choice", "refused").deciding(choices);
    let error = RUNTIME.block_on(console.engine().change(remove(&[ANN]), &mut Agrees)).unwrap_err();
    assert!(console.acted().is_empty());
    assert_eq!(error.exit_code(), 2, "{error}");
    error
}

#[test]
fn nothing_is_decided_for_a_customer() {
    let error = refused(&[]);
    assert_eq!(
        error.to_string(),
        "remove: choices are not made for workspace sandbox: `files`: What becomes of the files of who is removed? \
         (\"Keep\" or \"Delete\" or \"Hand over\" or \"Print\"); `heir`: Who gets the files? (\"it@acme.example\" or \
         \"bo@acme.example\")"
    );
    // With the files kept nobody has to inherit them.
    let error = refused(&[("files", "Hand over")]);
    assert_eq!(
        error.to_string(),
        "remove: a choice is not made for workspace sandbox: `heir`: Who gets the files? (\"it@acme.example\" or \
         \"bo@acme.example\")"
    );
    assert_eq!(
        error.hint(),
        "decide it in the configuration, under [workspaces.sandbox.choices]: heir = \"it@acme.example\" or \
         \"bo@acme.example\""
    );
}

#[test]
fn what_no_case_can_cover_ends_before_a_run_begins() {
    let error = refused(&[("files", "Print")]);
    assert_eq!(error.to_string(), "remove: pages/files-choice has no recording for this case: files = Print");
    assert_eq!(
        error.hint(),
        "it has recordings for: files = Keep or Delete; or files = Hand over; do this one in the console"
    );
}

/// Resumes a run that was agreed to with `files = Keep` and died before its click.
fn resumed(choices: &[(&str, &str)]) -> (Console, Report) {
    // A page of its own: what the other tests do is kept under another address.
    let console = Console::with("files-choice", "resumed").deciding(choices);
    let engine = console.engine();
    let report = RUNTIME.block_on(async {
        let journal = Journal::open(console.desk.state.path(), console.desk.clock.clone()).await.unwrap();
        let run = journal
            .start_run(NewRun {
                workspace: "sandbox".to_owned(),
                operation: "remove".to_owned(),
                arguments: json!({ "emails": [ANN], "choices": { "files": "Keep" } }),
                app: console.desk.app.id(),
                map_sha256: console.desk.app.sha256.clone(),
                os_user: "tester".to_owned(),
                process: ProcessMark { pid: 0, start_time: 0 },
                key: None,
            })
            .await
            .unwrap();
        let change = Change::Remove { email: email(ANN) };
        journal.intend(&run, &[Intent { change, counts: Counts::default(), flow: None }]).await.unwrap();
        engine.resume(&run, &mut Agrees).await.unwrap()
    });
    (console, report)
}

#[test]
fn what_was_agreed_to_is_not_resumed_under_another_decision() {
    let (console, report) = resumed(&[("files", "Delete")]);
    assert!(console.acted().is_empty(), "{report:#?}");
    let left = of(&report, ANN);
    assert_eq!(left.outcome, "skipped");
    let why = "agreed to with files = Keep, and the configuration says files = Delete now; plan again";
    assert_eq!(left.detail.as_deref(), Some(why));

    let (console, report) = resumed(&[("files", "Keep")]);
    assert_eq!(of(&report, ANN).outcome, "done", "{report:#?}");
    assert_eq!(console.acted(), ["remove ann@acme.example: Keep"]);
}

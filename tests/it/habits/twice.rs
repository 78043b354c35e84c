//! Two saves of which only the first was made: what is told, and who takes it up.

use seatwright::domain::Counts;
use seatwright::domain::change::Change;
use seatwright::domain::member::RoleId;
use seatwright::domain::outcome::{Outcome, exit};
use seatwright::domain::request::Request;
use seatwright::engine::journal::{Intent, Journal, NewRun, ProcessMark};
use seatwright::engine::report::Report;
use seatwright::engine::runner::Committed;
use serde_json::json;

use crate::quirks::console::Console;
use crate::quirks::twice::{CREATED, FINISHED, NEW, invite, saves};
use crate::support::{Agrees, RUNTIME, email};

#[test]
fn whom_the_list_shows_as_the_first_save_leaves_them_needs_the_second_only() {
    let console = Console::with("retire-first", "half");
    let report = console.change(Request::Remove { emails: vec![email("ann@acme.example")] });
    assert_eq!(console.acted(), ["remove ann@acme.example"], "{report:#?}");
    assert_eq!((report.changes.len(), report.changes[0].change.as_str()), (1, "remove ann@acme.example"));
}

/// The second is not made: both is told, and the next run takes up where this one ended.
#[test]
fn half_made_people_are_told_and_finished_later() {
    let console = Console::with("two-saves", "refuses");
    let report = console.change(invite());
    let second = ("second save", "failed", "two readings 0 s apart");
    assert_eq!(saves(&report), [("first save", "done", "read back"), second], "{report:#?}");
    assert_eq!(report.exit_code, exit::SOME_FAILED);
    let report = console.change(invite());
    assert_eq!(saves(&report), [("first save", "already_so", "before the commit"), second], "{report:#?}");
    assert_eq!(console.acted(), [CREATED], "nobody is made twice");
}

/// Resumes a run that died when the first save was made: before it was read back, or after.
fn resumed(habit: &str, was_read_back: bool) -> (Console, Report) {
    let console = Console::with("two-saves", habit);
    assert_eq!(console.play("invite", NEW).committed, Committed::Yes);
    let engine = console.engine();
    let report = RUNTIME.block_on(async {
        let journal = Journal::open(console.desk.state.path(), console.desk.clock.clone()).await.unwrap();
        let nobody = ProcessMark { pid: 0, start_time: 0 };
        let new = NewRun {
            workspace: "sandbox".to_owned(),
            operation: "invite".to_owned(),
            arguments: json!({ "emails": [NEW], "role": "member" }),
            app: console.desk.app.id(),
            map_sha256: console.desk.app.sha256.clone(),
            os_user: "tester".to_owned(),
            process: nobody,
            key: None,
        };
        let run = journal.start_run(new).await.unwrap();
        let change = Change::Invite { email: email(NEW), role: RoleId::new("member") };
        let counts = Counts { new_seat: true, ..Counts::default() };
        let intent = |flow| Intent { change: change.clone(), counts, flow };
        let intents = [intent(None), intent(Some("finish".to_owned()))];
        let ids = journal.intend(&run, &intents).await.unwrap();
        let browser = ProcessMark { pid: 1 << 30, start_time: 1 };
        journal.committing(ids[0], browser).await.unwrap();
        if was_read_back {
            journal.settle(ids[0], &Outcome::done(), "read back").await.unwrap();
        }
        let report = engine.resume(&run, &mut Agrees).await.unwrap();
        journal.verify().await.unwrap();
        report
    });
    (console, report)
}

#[test]
fn a_run_that_died_between_two_saves_is_resumed() {
    let second = ("second save", "pending", "read back");
    for (habit, was_read_back, decided) in
        [("died", true, "read back"), ("died-early", false, "a later reading")]
    {
        let (console, report) = resumed(habit, was_read_back);
        assert_eq!(saves(&report), [("first save", "done", decided), second], "{report:#?}");
        assert_eq!(console.acted(), [CREATED, FINISHED], "{habit}");
    }
}

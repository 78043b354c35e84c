//! The page of a run: what it says first, what never stands in it, how large it gets.

use serde_json::json;

use super::super::evidence::{Evidence, Memory};
use super::super::journal::{NewRun, ProcessMark, RunId, RunRecord};
use super::super::report::{ChangeReport, ErrorReport, ReadingReport, RefusalReport, Report};
use super::words::{Mood, duration, headline, sentence, todos};
use super::{people_of, write_report};
use crate::domain::outcome::{Outcome, OutcomeKind, Reason};

const RUN: &str = "20261122-214219-ovm7";

fn change(id: i64, email: &str, outcome: &Outcome) -> ChangeReport {
    ChangeReport::of(Some(id), email, format!("remove {email}"), outcome)
}

fn report(changes: Vec<ChangeReport>) -> Report {
    let at = "2026-11-22T21:42:19Z".parse().unwrap();
    let reading = ReadingReport {
        rows: 40,
        total: Some(40),
        grade: "total".to_owned(),
        unproven: None,
        without_address: 0,
    };
    let report = Report::begun(RUN, at);
    let mut report = Report {
        workspace: "acme".to_owned(),
        operation: "remove".to_owned(),
        console: "app/v1 (documented)".to_owned(),
        ended_at: "2026-11-22T21:43:30Z".to_owned(),
        reading: Some(reading),
        changes,
        ..report
    };
    report.exit_code = report.code_of_outcomes();
    report
}

fn record(report: &Report) -> RunRecord {
    RunRecord {
        id: RunId::parse(RUN).unwrap(),
        began: NewRun {
            workspace: report.workspace.clone(),
            operation: report.operation.clone(),
            arguments: json!({ "emails": [] }),
            app: "app/v1".to_owned(),
            map_sha256: String::new(),
            os_user: "root".to_owned(),
            process: ProcessMark { pid: 1, start_time: 1 },
            key: None,
        },
        started_at: report.started_at.parse().unwrap(),
        ended_at: None,
        exit_code: None,
        report: None,
        browsers: Vec::new(),
        changes: Vec::new(),
    }
}

/// The page, written into the folder of the run.
fn page(folder: &std::path::Path, report: &Report) -> String {
    let evidence = Evidence::create(folder, RUN).unwrap();
    let memory = Memory::of(&evidence, ["Remove member".to_owned()]).unwrap();
    let path = write_report(&evidence, report, &record(report), &memory.shared(people_of(report))).unwrap();
    std::fs::read_to_string(path).unwrap()
}

#[track_caller]
fn says(report: &Report, mood: Mood, line: &str) {
    assert_eq!(headline(report), (mood, line.to_owned()));
}

#[test]
fn the_first_line_tells_what_happened() {
    let of = |outcomes: &[Outcome]| {
        let changes =
            (1..).zip(outcomes).map(|(id, outcome)| change(id, &format!("a{id}@x.example"), outcome));
        report(changes.collect())
    };
    let (done, failed) = (Outcome::done(), Outcome::failed(Reason::SeatLimit));
    let doubt = Outcome::new(OutcomeKind::InDoubt);
    says(&of(&[]), Mood::Good, "40 people read, the list is proven complete");
    says(&of(std::slice::from_ref(&done)), Mood::Good, "Done: 1 change");
    says(&of(&[Outcome::already_so()]), Mood::Good, "Nothing had to be changed: everything is so already");
    says(
        &of(&[done.clone(), Outcome::already_so()]),
        Mood::Good,
        "Done: 1 change, the others were so already",
    );
    says(&of(&[done.clone(), failed.clone()]), Mood::Bad, "1 of 2 changes not made");
    says(&of(std::slice::from_ref(&failed)), Mood::Bad, "The change was not made");
    says(&of(&[done, failed, doubt]), Mood::Bad, "In doubt: 1 change may have been made, or not");
    let error = ErrorReport { reason: None, message: "m".to_owned(), hint: "h".to_owned(), retryable: false };
    says(&Report { error: Some(error), ..of(&[]) }, Mood::Bad, "Failed: nothing was changed");
    let refused = RefusalReport {
        guard: "protected".to_owned(),
        email: None,
        message: "m".to_owned(),
        hint: "h".to_owned(),
    };
    says(
        &Report { refusals: vec![refused], ..of(&[]) },
        Mood::Bad,
        "Refused by a guard: nothing was changed",
    );
    let skipped = Outcome::new(OutcomeKind::Skipped);
    says(
        &Report { dry_run: true, ..of(&[skipped]) },
        Mood::Plain,
        "Rehearsal: 1 change to make, and nothing was changed",
    );
}

#[test]
fn what_to_do_is_told_once_the_most_urgent_first() {
    let limit = Outcome::failed(Reason::SeatLimit);
    let told = todos(&report(vec![
        change(1, "a@x.example", &limit),
        change(2, "b@x.example", &Outcome::new(OutcomeKind::InDoubt)),
        change(3, "c@x.example", &limit),
        change(4, "d@x.example", &Outcome::done()),
    ]));
    assert_eq!(told.len(), 2, "{told:#?}");
    assert_eq!(told[0].command.as_deref(), Some("seatwright resume 20261122-214219-ovm7"));
    assert_eq!(told[0].whom, ["b@x.example"]);
    assert_eq!(
        (told[1].what.as_str(), told[1].whom.len()),
        (sentence(&report(Vec::new()), Reason::SeatLimit.hint()).as_str(), 2)
    );
    assert!(todos(&report(vec![change(1, "a@x.example", &Outcome::done())])).is_empty());
    let resend = Report {
        operation: "resend".to_owned(),
        ..report(vec![change(7, "a@x.example", &Outcome::new(OutcomeKind::InDoubt))])
    };
    assert_eq!(
        todos(&resend)[0].command.as_deref(),
        Some("seatwright resume 20261122-214219-ovm7 --settle 7=done")
    );
}

#[test]
fn times_are_as_people_read_them() {
    assert_eq!([0, 999, 1234, 71_000].map(duration), ["0 ms", "999 ms", "1.2 s", "1 min 11 s"]);
}

#[test]
fn strangers_are_harmless_and_others_stand_under_other_names() {
    let folder = tempfile::tempdir().unwrap();
    let evidence = Evidence::create(folder.path(), RUN).unwrap();
    let mut trail = evidence.trail([]).unwrap();
    trail.met(Some("ann@acme.example"), Some("Ann <script>alert(1)</script>"));
    trail.met(Some("bo@acme.example"), Some("Bo \u{202e}Lund"));
    trail.never_tell(&"hunter2-hunter2".to_owned().into());
    trail.about(Some(1));
    let problem = "2 elements match row: <tr> \"Bo \u{202e}Lund bo@acme.example\", typed hunter2-hunter2";
    trail.step("click \"row.menu\"", std::time::Duration::from_millis(5), Some(problem.to_owned()));
    let said = "the console says \"Ann <script>alert(1)</script>\u{1b}[2J and Bo Lund\"";
    let failed = Outcome::failed(Reason::SeatLimit).with_detail(said);
    let page = page(folder.path(), &report(vec![change(1, "ann@acme.example", &failed)]));
    assert!(page.contains("Ann &lt;script&gt;alert(1)&lt;/script&gt;\\u{1b}[2J"), "{page}");
    assert!(page.contains("remove ann@acme.example") && page.contains("2 elements match row"), "{page}");
    for gone in ["<script", "Lund", "bo@", "hunter2", "\u{202e}", "\u{1b}"] {
        assert!(!page.contains(gone), "{gone:?} in {page}");
    }
    assert!(!page.contains("http:") && !page.contains("https:"), "it needs nothing from elsewhere: {page}");
}

#[test]
fn a_hundred_changes_stay_small_and_what_is_left_out_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let evidence = Evidence::create(folder.path(), RUN).unwrap();
    let (done, failed) = (Outcome::done(), Outcome::failed(Reason::NotApplied));
    let changes = (1..=100).map(|id| {
        let mut one = change(id, &format!("a{id}@x.example"), if id == 1 { &failed } else { &done });
        for name in [format!("{id}-before.png"), format!("{id}-after.png")] {
            evidence.save(&name, &[0x5a; 40_000]).unwrap();
            one.evidence.push(name);
        }
        one
    });
    let report = report(changes.collect());
    let page = page(folder.path(), &report);
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    assert!(page.len() > 3_500_000, "{} bytes: there was room for more pictures", page.len());
    assert!(page.contains("are left out, so that this page stays small"));
    // What failed keeps its pictures, and of the others the newest do.
    let has_pictures = |id: i64| {
        let from = page.find(&format!("id=\"change-{id}\"")).unwrap();
        let rest = &page[from..];
        rest[..rest.find("</article>").unwrap()].contains("data:image/png")
    };
    assert!(has_pictures(1) && has_pictures(100) && !has_pictures(2));
}

#[test]
fn a_page_of_a_whole_page_stays_in_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    Evidence::create(folder.path(), RUN).unwrap().save("1-failed.png", b"png").unwrap();
    let mut one = change(1, "a@x.example", &Outcome::failed(Reason::NotApplied));
    one.evidence.push("1-failed.png".to_owned());
    assert!(!page(folder.path(), &report(vec![one])).contains("data:image"));
}

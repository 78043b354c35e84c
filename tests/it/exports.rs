//! `export` from the command line, on the practice console, which makes its file in the page.

use std::os::unix::fs::PermissionsExt;

use crate::support::practice::Practice;

#[test]
fn an_export_is_the_consoles_own_file() {
    let practice = Practice::with(12, &[]);
    let came = practice.check(&["export"], 0);
    let truth = practice.truth();
    assert!(came.out.starts_with("Name,Email,Role,Status\r\n"), "{}", came.out);
    assert_eq!(came.out.lines().count(), 1 + truth.emails().len());
    for email in truth.emails() {
        assert!(came.out.to_lowercase().contains(&email), "{email} is not in {}", came.out);
    }
    assert_eq!(truth.writes(), 0);

    // The run keeps it, byte for byte, and its report tells which it is.
    let report = practice.report();
    let file = &report["file"];
    assert_eq!((&report["operation"], &report["exit_code"]), (&"export".into(), &0.into()));
    assert_eq!((&file["bytes"], &file["kept"]), (&came.out.len().into(), &"export.csv".into()));
    let kept = practice.state().join("runs").join(report["run"].as_str().unwrap()).join("export.csv");
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), came.out);
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(came.err.contains(file["sha256"].as_str().unwrap()), "{}", came.err);

    // Into a file: for its owner alone, never over another one unasked.
    practice.check(&["export", "-o", "people.csv"], 0);
    let mode = std::fs::metadata(practice.path("people.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(std::fs::read_to_string(practice.path("people.csv")).unwrap(), came.out);
    practice.write("people.csv", "something else");
    let refused = practice.check(&["export", "-o", "people.csv"], 2);
    assert!(refused.err.contains("there is a file of that name"), "{}", refused.err);
    assert_eq!(std::fs::read_to_string(practice.path("people.csv")).unwrap(), "something else");
    let printed = practice.json(&["export", "-o", "people.csv", "--force"], 0);
    assert_eq!(printed["written"], "people.csv");
    assert_eq!(printed["report"]["file"]["sha256"], file["sha256"]);
    assert_eq!(std::fs::read_to_string(practice.path("people.csv")).unwrap(), came.out);
    practice.nothing_is_left();
}

/// Without a file of the console's there is none of ours.
#[test]
fn an_export_that_fails_leaves_no_file() {
    let mut practice = Practice::with(6, &[]);
    practice.stop();
    practice.check(&["export", "-o", "people.csv"], 11);
    practice.check(&["export", "-o", "no/such/folder.csv"], 2);
    assert!(!practice.path("people.csv").exists());
    practice.nothing_is_left();
}

//! Files that a console gives: cut, empty, without a name, more than one, or from an earlier run.

use seatwright::engine::browser::BrowserKind;

use crate::quirks::console::Console;
use crate::quirks::exports::{ATTACHED, How, came, export, failed, linked};
use crate::support::browser_kind;

#[test]
fn export_blob() {
    let console = Console::of("export-blob");
    came(&export(&console), "people.csv", "export.csv");
    // What an earlier run had the same browser fetch is not taken for the file of this one.
    came(&export(&console), "people.csv", "export.csv");

    failed(
        &export(&Console::with("export-blob", "refused")),
        "not_permitted",
        "You are not allowed to do this",
    );
    failed(&export(&Console::with("export-blob", "two")), "selector_ambiguous", "people.csv, roles.csv");
    failed(&export(&Console::with("export-blob", "empty")), "timeout", "has nothing in it");
}

#[test]
fn export_link() {
    came(&linked(How::Whole, ATTACHED).0, "all people.csv", "export.csv");
    let nameless =
        "Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\".sh\"\r\n";
    let (exported, _console) = linked(How::Whole, nameless);
    came(&exported, &exported.report.file.as_ref().unwrap().name, "export.bin");
    // Firefox says in a prompt that it broke off; Chromium throws it away.
    let (reason, says) = match browser_kind() {
        BrowserKind::Firefox => ("console_error", "did not come whole"),
        BrowserKind::Chromium => ("timeout", "no file came"),
    };
    failed(&linked(How::Cut, ATTACHED).0, reason, says);
}

//! One page for one run, `report.html` in its folder: what was asked, what became of it, what to do next, and how it went
//! step by step. It needs no script and no other file, so that it can be passed on as it is; who else is in the workspace
//! does not stand in it (D5.10).
//!
//! `page` is the page, `change` what it says of one change, `words` its sentences; `plan` is the page of a plan.

mod change;
mod page;
mod plan;
#[cfg(test)]
mod tests;
mod words;

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

use super::app::Apps;
use super::evidence::{Evidence, Memory, Shared, vocabulary_of};
use super::journal::RunRecord;
use super::report::Report;

pub use plan::plan_page;

/// The page of a run that ended, or died.
///
/// # Errors
/// The file system's.
pub fn write(evidence: &Evidence, record: &RunRecord, now: Timestamp) -> io::Result<PathBuf> {
    let stored = record.report.clone().and_then(|report| serde_json::from_value(report).ok());
    let report = stored.unwrap_or_else(|| Report::of_journal(record, now));
    let built_in = || {
        let (app, version) = record.began.app.split_once('/')?;
        Apps::builtin().load(app, version).ok()
    };
    // Of a map that is not there any more no word is known: then more is taken out than need be.
    let vocabulary = built_in().map(|app| vocabulary_of(&app)).unwrap_or_default();
    let memory = Memory::of(evidence, vocabulary)?;
    write_report(evidence, &report, record, &memory.shared(people_of(&report)))
}

/// Whom the run was about.
pub(crate) fn people_of(report: &Report) -> impl Iterator<Item = &str> {
    report.changes.iter().map(|change| change.email.as_str())
}

/// The same with the report at hand, and with whoever knows what is to be taken out of it.
pub(crate) fn write_report(
    evidence: &Evidence,
    report: &Report,
    record: &RunRecord,
    shared: &Shared<'_>,
) -> io::Result<PathBuf> {
    let page = page::page(&page::Told { report, began: &record.began, evidence, shared });
    evidence.save_report(&page)?;
    Ok(evidence.report())
}

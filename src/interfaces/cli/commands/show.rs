//! `show RUN`: everything that is known of a run. Its report if it ended; else what the journal has.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;

use super::runs::{DIED, RUNNING, state_of};
use super::{Context, moment, no_such_run, run_id};
use crate::domain::{Outcome, OutcomeKind};
use crate::engine::evidence::{Evidence, StepRecord};
use crate::engine::journal::{ChangeRecord, ChangeState, RunRecord};
use crate::engine::report::{ChangeReport, Report, SCHEMA_VERSION};
use crate::engine::trace;
use crate::interfaces::cli::args::Show;
use crate::interfaces::cli::printer::{Printer, Style};
use crate::interfaces::cli::render;

/// What `show --json` prints of a run without a report.
#[derive(Serialize)]
struct Unfinished<'a> {
    schema_version: u32,
    run: &'a str,
    state: &'static str,
    workspace: &'a str,
    operation: &'a str,
    arguments: &'a Value,
    console: &'a str,
    map_sha256: &'a str,
    started_at: String,
    changes: Vec<ChangeReport>,
}

pub(super) async fn run(context: &Context, arguments: &Show) -> anyhow::Result<u8> {
    let surroundings = context.surroundings()?;
    let id = run_id(&arguments.run)?;
    let journal = context.journal(&surroundings).await?;
    let record = journal.run(&id).await?.ok_or_else(|| no_such_run(&id, &surroundings))?;
    let evidence = Evidence::of(&surroundings.state_dir.value, id.as_str());
    let state = state_of(record.ended_at.is_some(), record.began.process);
    if arguments.html {
        let page = page(&surroundings.state_dir.value, &evidence, &record)
            .with_context(|| format!("write the page of run {id}"))?;
        context.printer.line(&page.display().to_string());
        return Ok(0);
    }
    let report: Option<Report> = record.report.clone().and_then(|report| serde_json::from_value(report).ok());
    let printer = &context.printer;
    match (&record.report, report) {
        (Some(stored), _) if printer.json() => printer.value(stored),
        (_, Some(report)) => {
            head(printer, &record, &report.console, state);
            of_report(printer, &report, evidence.folder());
            steps(printer, &evidence);
            tail(printer, &report, journal.head().await?.as_str());
        }
        (Some(_), None) => {
            head(printer, &record, &record.began.app, state);
            printer.warning("its report was written by another version of this program");
            printer.hint("`seatwright show RUN --json` prints it as it stands");
        }
        (None, _) if printer.json() => printer.value(&unfinished(&record, state)),
        (None, _) => {
            head(printer, &record, &record.began.app, state);
            of_journal(printer, &record);
            steps(printer, &evidence);
            next(printer, &record, state);
        }
    }
    Ok(0)
}

/// The page as it was written when the run ended. Of a run without an end it is what is known now.
fn page(state_dir: &Path, evidence: &Evidence, record: &RunRecord) -> std::io::Result<PathBuf> {
    let page = evidence.report();
    if record.ended_at.is_some() && page.exists() {
        return Ok(page);
    }
    // Its folder may have been cleared away.
    trace::write(&Evidence::create(state_dir, record.id.as_str())?, record, super::clock()())
}

fn head(printer: &Printer, record: &RunRecord, console: &str, state: &str) {
    let began = &record.began;
    printer.styled_line(Style::Bold, &format!("Run {}", record.id), "");
    let field = |name: &str, value: &str| printer.line(&format!("  {name:<12}{value}"));
    field("asked", format!("{} {}", began.operation, arguments(&began.arguments)).trim_end());
    if let Some(key) = &began.key {
        field("key", key.as_str());
    }
    field("workspace", &began.workspace);
    field("console", console);
    field("map", &began.map_sha256);
    field("by", &began.os_user);
    field("began", &moment(record.started_at));
    field("ended", &end(record, state));
}

fn end(record: &RunRecord, state: &str) -> String {
    match (record.ended_at, record.exit_code) {
        (Some(ended), Some(code)) => format!("{}, exit code {code}: {}", moment(ended), meaning(code)),
        (Some(ended), None) => moment(ended),
        (None, _) if state == RUNNING => format!("still running, process {}", record.began.process.pid),
        (None, _) => format!("died: process {} is gone", record.began.process.pid),
    }
}

fn meaning(code: u8) -> &'static str {
    let known = crate::interfaces::cli::exit::CODES.iter().find(|(known, _)| *known == code);
    known.map_or("unknown", |(_, meaning)| meaning)
}

/// `choices: files = keep; emails: a, b; role: c`.
fn arguments(arguments: &Value) -> String {
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Object(pairs) => {
            let word = |(key, value): (&String, &Value)| Some(format!("{key} = {}", value.as_str()?));
            pairs.iter().filter_map(word).collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    let pairs = arguments.as_object().into_iter().flatten();
    pairs.map(|(key, value)| format!("{key}: {}", word(value))).collect::<Vec<_>>().join("; ")
}

fn of_report(printer: &Printer, report: &Report, evidence: &Path) {
    if let Some(reading) = &report.reading {
        printer.line(&format!("  {:<12}{}", "list", render::completeness(reading)));
    }
    if let Some(writes) = &report.writes {
        for line in render::writes_in_lines(writes) {
            printer.line(&format!("  {line}"));
        }
    }
    if report.dry_run {
        printer.line("  only a rehearsal: nothing was to be changed");
    }
    if let Some(file) = &report.file {
        printer.line(&format!("  {:<12}{} bytes, called {} by the console", "file", file.bytes, file.name));
        printer.line(&format!("  {:<12}{}", "sha256", file.sha256));
        printer.line(&format!("  {:<12}{}", "kept", evidence.join(&file.kept).display()));
    }
    if let Some(error) = &report.error {
        section(printer, "Error");
        printer.line(&format!("  {}", error.message));
        printer.line(&format!("  hint: {}", error.hint));
    }
    if !report.refusals.is_empty() {
        section(printer, "Refused");
        for refusal in &report.refusals {
            printer.line(&format!("  {}", render::refused(refusal)));
            printer.line(&format!("    hint: {}", refusal.hint));
        }
    }
    if !report.changes.is_empty() {
        section(printer, "Changes");
        for change in &report.changes {
            one(printer, change, render::word(report, change), evidence);
        }
    }
}

fn one(printer: &Printer, change: &ChangeReport, word: &str, evidence: &Path) {
    let number = change.id.map_or("-".to_owned(), |id| id.to_string());
    printer.line(&format!("  {number:>4}  {}{}", change.change, render::decided(&change.choices)));
    let reason = change.reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
    let detail = change.detail.as_ref().map_or(String::new(), |detail| format!(": {detail}"));
    let field = |name: &str, value: &str| printer.line(&format!("        {name:<12}{value}"));
    field("outcome", &format!("{word}{reason}{detail}"));
    for (name, value) in [
        ("decided by", &change.settled_by),
        ("console", &change.console_said),
        ("server", &render::answers(change)),
        ("look", &change.disagreement),
        ("hint", &render::hint_of(change).map(str::to_owned)),
    ] {
        if let Some(value) = value {
            field(name, value);
        }
    }
    for picture in &change.evidence {
        field("picture", &evidence.join(picture).display().to_string());
    }
}

/// What the journal knows of a run that left no report.
fn of_journal(printer: &Printer, record: &RunRecord) {
    if record.changes.is_empty() {
        printer.line("  nothing was planned yet, so nothing was changed");
        return;
    }
    section(printer, "Changes");
    for change in &record.changes {
        one(printer, &known(record, change), state_words(change), Path::new(""));
    }
}

fn state_words(change: &ChangeRecord) -> &'static str {
    match (change.state, &change.outcome) {
        (ChangeState::Settled, Some(outcome)) => outcome.kind.as_str(),
        (ChangeState::Committing, _) => "in_doubt",
        (_, _) => "not begun",
    }
}

fn known(record: &RunRecord, change: &ChangeRecord) -> ChangeReport {
    let open = match change.state {
        // No reason yet: each has a hint, and before anybody looked there is nothing to say but "resume".
        ChangeState::Committing => (OutcomeKind::InDoubt, "it may have been clicked; nobody has looked yet"),
        _ => (OutcomeKind::Skipped, "nothing was clicked"),
    };
    let open = Outcome::new(open.0).with_detail(open.1);
    let outcome = change.outcome.clone().unwrap_or(open);
    let mut report = ChangeReport::of(
        Some(change.id.0),
        change.change.email().as_str(),
        record.words_of(change),
        &outcome,
    );
    report.settled_by.clone_from(&change.settled_by);
    report
}

fn unfinished<'a>(record: &'a RunRecord, state: &'static str) -> Unfinished<'a> {
    Unfinished {
        schema_version: SCHEMA_VERSION,
        run: record.id.as_str(),
        state,
        workspace: &record.began.workspace,
        operation: &record.began.operation,
        arguments: &record.began.arguments,
        console: &record.began.app,
        map_sha256: &record.began.map_sha256,
        started_at: record.started_at.to_string(),
        changes: record.changes.iter().map(|change| known(record, change)).collect(),
    }
}

fn steps(printer: &Printer, evidence: &Evidence) {
    let steps = evidence.steps();
    if steps.is_empty() {
        return;
    }
    section(printer, "Steps");
    let row = |step: &StepRecord| {
        let mut notes: Vec<String> = step.problem.iter().cloned().collect();
        notes.extend(step.drift.iter().map(|note| format!("drift: {note}")));
        vec![
            step.change.map_or("-".to_owned(), |id| id.to_string()),
            format!("{} ms", step.took_ms),
            format!("{} ms", step.waited_ms),
            step.step.clone(),
            notes.join("; "),
        ]
    };
    let rows: Vec<Vec<String>> = steps.iter().map(row).collect();
    printer.table(&["change", "took", "waited", "step", "noticed"], &rows, &[3, 4]);
    printer.line(&format!("  all of it: {}", evidence.folder().display()));
}

fn tail(printer: &Printer, report: &Report, head: &str) {
    if !report.drift.is_empty() {
        section(printer, "Drift");
        for note in &report.drift {
            printer.line(&format!("  {note}"));
        }
    }
    if let Some(browser) = &report.browser {
        section(printer, "Browser");
        printer.line(&format!("  {browser}"));
    }
    if !report.driver_requests.is_empty() {
        let total: u64 = report.driver_requests.values().sum();
        let verbs: Vec<String> =
            report.driver_requests.iter().map(|(verb, count)| format!("{verb} {count}")).collect();
        section(printer, "Driver requests");
        printer.line(&format!("  {total}: {}", verbs.join(", ")));
    }
    section(printer, "Journal head");
    printer.line(&format!("  {} at the end of the run", report.chain_head.as_deref().unwrap_or("unknown")));
    printer.line(&format!("  {head} now"));
    if render::is_in_doubt(report) {
        printer.hint(&render::how_to_decide(report));
    }
}

fn next(printer: &Printer, record: &RunRecord, state: &str) {
    match (state, record.is_open()) {
        (DIED, true) => printer.hint(&format!(
            "`seatwright resume {}` finds out what became of it, and asks before it does the rest",
            record.id
        )),
        (DIED, false) => printer.hint("nothing is left open: run the command again"),
        _ => {}
    }
}

fn section(printer: &Printer, title: &str) {
    printer.line("");
    printer.styled_line(Style::Bold, title, "");
}

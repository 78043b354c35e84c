//! `import FILE.csv`

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Context, change, plan};
use crate::domain::{Newcomer, Outcome, OutcomeKind, Request};
use crate::engine::report::Report;
use crate::engine::table::{Findings, PeopleFile, PersonRow, Roles, writer};
use crate::engine::{Engine, GivenRequest};
use crate::interfaces::cli::args::Import;
use crate::interfaces::cli::exit::Advice;
use crate::interfaces::cli::printer::{Printer, Style};
use crate::interfaces::cli::render;

pub(super) async fn run(context: &Context, arguments: Import) -> anyhow::Result<u8> {
    let Import { file, role, result, manner } = arguments;
    let engine = context.engine().await?;
    let people = read(context, &engine, &file, role.as_deref())?;
    let result = result.unwrap_or_else(|| beside(&file));
    for (other, what, flag) in [(Some(&result), "result", "--result"), (manner.out.as_ref(), "plan", "--out")]
    {
        if other == Some(&file) {
            let message = format!("the {what} would overwrite {}", file.display());
            return Err(Advice::usage(message, format!("name another file with {flag}")).into());
        }
    }
    for note in &people.notes {
        context.printer.note(&format!("{}: {note}", file.display()));
    }
    if manner.out.is_some() {
        let given = GivenRequest { request: request(&people.people), name: file.display().to_string() };
        return plan::of_request(context, &engine, &manner, given).await;
    }
    let is_rehearsal = manner.consent.dry_run;
    if !is_rehearsal {
        // Before anything is done: afterwards nobody could be told what became of whom.
        open(&result, false)?;
    }
    let report = change::carry_out(context, &engine, request(&people.people), &manner).await?;
    if !is_rehearsal {
        save(&result, &results(&people.people, &report))?;
    }
    render::import(&context.printer, &report);
    if !is_rehearsal {
        context.printer.note(&format!("what became of each row: {}", result.display()));
    }
    Ok(report.exit_code)
}

fn read(context: &Context, engine: &Engine, file: &Path, role: Option<&str>) -> anyhow::Result<PeopleFile> {
    let default = role.map(|word| change::role(engine, word)).transpose()?;
    let bytes = std::fs::read(file).map_err(|error| {
        let message = format!("read {}: {error}", file.display());
        Advice::usage(message, "name a CSV file with the columns email, role and, if you like, name")
    })?;
    let known = engine.workspace.role_names();
    let roles = Roles { of: &|word| engine.workspace.role(word), known: &known, default };
    PeopleFile::read(&bytes, &roles).map_err(|findings| wrong(&context.printer, file, &findings).into())
}

/// All that is wrong with a file, at once, each in a line of its own.
pub(super) fn wrong(printer: &Printer, file: &Path, findings: &Findings) -> Advice {
    for finding in &findings.errors {
        let told = finding.to_string();
        let (what, hint) = told.split_once('\n').unwrap_or((&told, ""));
        printer.say_styled(Style::Bold, &format!("{}: ", file.display()), what);
        if !hint.is_empty() {
            printer.say(hint);
        }
    }
    let count = render::count(findings.errors.len(), "mistake", "mistakes");
    Advice::usage(
        format!("{count} in {}, nothing was done", file.display()),
        "mend the file and run this again: half a list is not what somebody meant",
    )
}

fn request(people: &[PersonRow]) -> Request {
    let newcomer = |person: &PersonRow| Newcomer { role: person.role.clone(), name: person.name.clone() };
    let each: BTreeMap<_, _> = people.iter().map(|person| (person.email.clone(), newcomer(person))).collect();
    Request::Import { emails: people.iter().map(|person| person.email.clone()).collect(), people: each }
}

/// A row for each of the file, in its order.
fn results(people: &[PersonRow], report: &Report) -> String {
    let mut by_email: BTreeMap<&str, Outcome> = BTreeMap::new();
    for change in &report.changes {
        // Of two saves the second tells what came of it, unless the first was not made.
        if by_email.get(change.email.as_str()).is_none_or(|first| first.kind.is_fine()) {
            by_email.insert(&change.email, change.outcome());
        }
    }
    let why = report.error.as_ref().map_or("not begun", |error| error.message.as_str());
    let not_begun = Outcome::new(OutcomeKind::Skipped).with_detail(why);
    writer::results(
        people.iter().map(|person| (person, by_email.get(person.email.as_str()).unwrap_or(&not_begun))),
    )
}

/// `people.csv` has its results in `people.result.csv`.
fn beside(file: &Path) -> PathBuf {
    file.with_extension("result.csv")
}

fn save(file: &Path, text: &str) -> Result<(), Advice> {
    open(file, true)?.write_all(text.as_bytes()).map_err(|error| not_written(file, &error))
}

/// Only for the one who ran it: the file names people.
fn open(file: &Path, anew: bool) -> Result<File, Advice> {
    let mut options = OpenOptions::new();
    let opened = options.write(true).create(true).truncate(anew).mode(0o600).open(file);
    opened.map_err(|error| not_written(file, &error))
}

fn not_written(file: &Path, error: &io::Error) -> Advice {
    let message = format!("write the result to {}: {error}", file.display());
    Advice::usage(message, "name a file that can be written with --result")
}

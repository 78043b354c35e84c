//! `selectors check`

use anyhow::Context as _;
use serde::Serialize;

use super::Context;
use crate::domain::outcome::exit;
use crate::engine::app::problem::Problem;
use crate::engine::app::{Apps, Severity};
use crate::engine::report::SCHEMA_VERSION;
use crate::interfaces::cli::args::Check;
use crate::interfaces::cli::render::count;

/// What `selectors check --json` prints.
#[derive(Serialize)]
struct Printed {
    schema_version: u32,
    checked: Vec<String>,
    problems: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    file: String,
    line: usize,
    column: usize,
    severity: &'static str,
    message: String,
    hint: Option<String>,
}

pub(super) fn run(context: &Context, arguments: &Check) -> anyhow::Result<u8> {
    let (checked, problems) = if arguments.files.is_empty() {
        let data = context.surroundings()?.data;
        let apps = match &data {
            None => Apps::builtin(),
            Some(data) => Apps::from_dir(&data.value)
                .with_context(|| format!("use the data folder ({})", data.origin))?,
        };
        let place =
            data.map_or("built in".to_owned(), |data| format!("{} ({})", data.value.display(), data.origin));
        let named = |(app, version): (String, String)| format!("{app}/{version}, {place}");
        (apps.list().into_iter().map(named).collect(), apps.check_all())
    } else {
        let names = arguments
            .files
            .iter()
            .filter(|file| file.is_file())
            .map(|file| file.display().to_string())
            .collect();
        (names, Apps::check_files(&arguments.files)?)
    };
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    report(context, checked, &problems, errors);
    Ok(if errors == 0 { exit::DONE } else { exit::USAGE })
}

fn report(context: &Context, checked: Vec<String>, problems: &[Problem], errors: usize) {
    let printer = &context.printer;
    if printer.json() {
        let problems = problems.iter().map(line).collect();
        printer.value(&Printed { schema_version: SCHEMA_VERSION, checked, problems });
        return;
    }
    for problem in problems {
        printer.problem(problem);
    }
    for name in &checked {
        printer.say(&format!("checked {name}"));
    }
    let warnings = problems.len() - errors;
    printer.say(&format!("{}, {}", count(errors, "error", "errors"), count(warnings, "warning", "warnings")));
}

fn line(problem: &Problem) -> Line {
    Line {
        file: problem.file.clone(),
        line: problem.line,
        column: problem.column,
        severity: match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: problem.message.clone(),
        hint: problem.hint.clone(),
    }
}

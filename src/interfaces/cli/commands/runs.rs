//! `runs`

use serde::Serialize;

use super::{Context, nothing_ran_yet};
use crate::engine::browser::Process;
use crate::engine::journal::{ProcessMark, RunSummary};
use crate::engine::report::SCHEMA_VERSION;
use crate::interfaces::cli::args::Runs;

/// What `runs --json` prints.
#[derive(Serialize)]
struct Printed {
    schema_version: u32,
    runs: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    run: String,
    state: &'static str,
    started_at: String,
    ended_at: Option<String>,
    workspace: String,
    operation: String,
    os_user: String,
    changes: u32,
    unsettled: u32,
    exit_code: Option<u8>,
}

pub(super) async fn run(context: &Context, arguments: &Runs) -> anyhow::Result<u8> {
    let surroundings = context.surroundings()?;
    let runs = if nothing_ran_yet(&surroundings) {
        Vec::new()
    } else {
        let journal = context.journal(&surroundings).await?;
        journal.runs(context.global.workspace.as_deref(), arguments.limit).await?
    };
    if context.printer.json() {
        context
            .printer
            .value(&Printed { schema_version: SCHEMA_VERSION, runs: runs.iter().map(line).collect() });
        return Ok(0);
    }
    let titles = ["run", "began (utc)", "workspace", "operation", "changes", "ended"];
    let rows: Vec<Vec<String>> = runs.iter().map(row).collect();
    if rows.is_empty() {
        context.printer.note(&format!("no runs yet in {}", surroundings.state_dir.value.display()));
    } else {
        context.printer.table(&titles, &rows, &[2]);
    }
    if runs.iter().any(|run| run.unsettled > 0 && state(run) != RUNNING) {
        context.printer.hint("`seatwright resume RUN` takes up what is open");
    }
    Ok(0)
}

pub(super) const RUNNING: &str = "running";
pub(super) const DIED: &str = "died";
pub(super) const ENDED: &str = "ended";

/// Whether a run that has not ended still can.
pub(super) fn state_of(ended: bool, process: ProcessMark) -> &'static str {
    if ended {
        return ENDED;
    }
    let alive = Process { pid: process.pid, start_time: process.start_time }.is_alive();
    if alive { RUNNING } else { DIED }
}

fn state(run: &RunSummary) -> &'static str {
    state_of(run.ended_at.is_some(), run.process)
}

fn row(run: &RunSummary) -> Vec<String> {
    let end = match (state(run), run.exit_code) {
        (RUNNING, _) => "still running".to_owned(),
        (_, Some(code)) => format!("exit {code}"),
        (state, None) => state.to_owned(),
    };
    vec![
        run.id.to_string(),
        run.started_at.strftime("%Y-%m-%d %H:%M").to_string(),
        run.workspace.clone(),
        run.operation.clone(),
        changes(run),
        end,
    ]
}

/// `3`, `3 (1 open)`.
fn changes(run: &RunSummary) -> String {
    let open = if run.unsettled > 0 { format!(" ({} open)", run.unsettled) } else { String::new() };
    format!("{}{open}", run.changes)
}

fn line(run: &RunSummary) -> Line {
    Line {
        run: run.id.to_string(),
        state: state(run),
        started_at: run.started_at.to_string(),
        ended_at: run.ended_at.map(|time| time.to_string()),
        workspace: run.workspace.clone(),
        operation: run.operation.clone(),
        os_user: run.os_user.clone(),
        changes: run.changes,
        unsettled: run.unsettled,
        exit_code: run.exit_code,
    }
}

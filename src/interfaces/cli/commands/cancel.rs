//! `cancel RUN`

use serde::Serialize;

use super::{Context, moment, no_such_run, open, os_user, run_id};
use crate::engine::cancelling::{Cancelling, ask};
use crate::engine::report::SCHEMA_VERSION;
use crate::interfaces::cli::args::Cancel;
use crate::interfaces::cli::exit::Advice;
use crate::interfaces::cli::render;

/// What `cancel --json` prints of a run that is at work, or has ended; of one that died it prints its report.
#[derive(Serialize)]
struct Printed<'a> {
    schema_version: u32,
    run: &'a str,
    /// `asked`, `asked_before` or `ended`.
    state: &'a str,
}

pub(super) async fn run(context: &Context, arguments: &Cancel) -> anyhow::Result<u8> {
    let surroundings = context.surroundings()?;
    let id = run_id(&arguments.run)?;
    let journal = context.journal(&surroundings).await?;
    let record = journal.run(&id).await?.ok_or_else(|| no_such_run(&id, &surroundings))?;
    let is_open = record.is_open();
    let name = record.began.workspace;
    context.has_workspace("cancel", &id, &name)?;
    let (state, told) = match ask(&journal, &id, &os_user()).await? {
        Cancelling::Asked => ("asked", format!("run {id} ends at the next boundary between two changes")),
        Cancelling::AskedBefore(before) => {
            let who = format!("{} asked for that on {}", before.by, moment(before.at));
            ("asked_before", format!("run {id} ends at the next boundary between two changes: {who}"))
        }
        Cancelling::Ended => ("ended", format!("run {id} has ended, and nothing of it can be cancelled")),
        Cancelling::OnlyReads { pid } => {
            let message = format!("cancel {id}: it only reads, and has no boundary between two changes");
            let hint = format!("it ends by itself, or when its process is ended: kill {pid}");
            return Err(Advice::usage(message, hint).into());
        }
        Cancelling::Left => {
            let report = open(&surroundings, Some(&name)).await?.cancel(&id).await?;
            render::outcome(&context.printer, &report);
            return Ok(report.exit_code);
        }
    };
    let printer = &context.printer;
    if printer.json() {
        printer.value(&Printed { schema_version: SCHEMA_VERSION, run: id.as_str(), state });
    }
    printer.say(&told);
    printer.hint(&match state {
        "ended" if is_open => format!("`seatwright resume {id}` decides what of it is in doubt"),
        _ => format!("`seatwright show {id}` tells what became of it"),
    });
    Ok(0)
}

//! `audit-log export` and `audit-log verify`: what the journal's chain of events says, and whether it holds.

use serde::Serialize;
use serde_json::{Value, json};

use super::Context;
use crate::engine::journal::{EventRecord, chain};
use crate::engine::report::SCHEMA_VERSION;
use crate::engine::whole_file;
use crate::interfaces::cli::args::{AuditLog, ExportLog, VerifyLog};
use crate::interfaces::cli::render;

/// What `audit-log verify --json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    schema_version: u32,
    events: u64,
    head: &'a str,
    /// The number of the event that has the head asked for.
    found_at: Option<i64>,
}

pub(super) async fn run(context: &Context, command: &AuditLog) -> anyhow::Result<u8> {
    match command {
        AuditLog::Export(arguments) => export(context, arguments).await,
        AuditLog::Verify(arguments) => verify(context, arguments).await,
    }
}

async fn export(context: &Context, arguments: &ExportLog) -> anyhow::Result<u8> {
    if let Some(path) = &arguments.output {
        whole_file::may_be_written(path, arguments.force)?;
    }
    let journal = context.journal(&context.surroundings()?).await?;
    let events = journal.events().await?;
    let printer = &context.printer;
    if let Some(path) = &arguments.output {
        let lines: String =
            events.iter().map(|event| format!("{}\n", chain::canonical(&line(event)))).collect();
        whole_file::write(path, lines.as_bytes(), arguments.force)?;
    } else if printer.json() {
        let events: Vec<Value> = events.iter().map(line).collect();
        printer.value(&json!({ "schema_version": SCHEMA_VERSION, "events": events }));
    } else {
        events.iter().for_each(|event| printer.value_line(&line(event)));
    }
    let head = events.last().map_or(chain::GENESIS, |event| event.hash.as_str());
    printer.note(&format!("{}, head {head}", render::count(events.len(), "event", "events")));
    Ok(0)
}

/// The event as it is hashed, and what binds it to the one before.
fn line(event: &EventRecord) -> Value {
    json!({
        "seq": event.seq,
        "at": event.at_us,
        "run": event.run,
        "change": event.change,
        "kind": event.kind,
        "data": event.data,
        "prev_hash": event.prev_hash,
        "hash": event.hash,
    })
}

async fn verify(context: &Context, arguments: &VerifyLog) -> anyhow::Result<u8> {
    let journal = context.journal(&context.surroundings()?).await?;
    let verified = journal.verify().await?;
    let found_at = match &arguments.head {
        Some(head) => Some(journal.place_of(head).await?),
        None => None,
    };
    let printer = &context.printer;
    if printer.json() {
        printer.value(&Printed {
            schema_version: SCHEMA_VERSION,
            events: verified.events,
            head: &verified.head,
            found_at,
        });
        return Ok(0);
    }
    let events = render::count(usize::try_from(verified.events).unwrap_or(usize::MAX), "event", "events");
    printer.line(&format!("the journal holds: {events}, head {}", verified.head));
    match found_at {
        Some(seq) => printer.line(&format!("the head asked for is event {seq}: nothing up to it was altered")),
        None => printer.hint("keep the head somewhere else, and ask for it later with --head: only that shows that nothing was made anew"),
    }
    Ok(0)
}

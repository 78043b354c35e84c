//! `seats`

use serde::Serialize;

use super::Context;
use crate::engine::report::{Report, SCHEMA_VERSION};
use crate::interfaces::cli::args::Consent;
use crate::interfaces::cli::ask::Asker;
use crate::interfaces::cli::render;

/// What `seats --json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    schema_version: u32,
    report: &'a Report,
    /// Nothing where they could not be read.
    seats: Option<Figures>,
}

#[derive(Serialize)]
struct Figures {
    used: u64,
    limit: Option<u64>,
}

pub(super) async fn run(context: &Context) -> anyhow::Result<u8> {
    let engine = context.engine().await?;
    let read = engine.seats(&mut Asker::new(&context.printer, Consent::default())).await?;
    let printer = &context.printer;
    if printer.json() {
        let seats = read.used.map(|used| Figures { used, limit: read.limit });
        printer.value(&Printed { schema_version: SCHEMA_VERSION, report: &read.report, seats });
    } else if let Some(used) = read.used {
        // More may be used than there are: some consoles let an overdraft be.
        let free = read.limit.map(|limit| i128::from(limit) - i128::from(used));
        let known = |figure: Option<String>| figure.unwrap_or_else(|| "unknown".to_owned());
        let row = [
            used.to_string(),
            known(read.limit.map(|limit| limit.to_string())),
            known(free.map(|free| free.to_string())),
        ];
        printer.table(&["used", "limit", "free"], &[row.to_vec()], &[]);
    }
    render::reading(printer, &read.report);
    Ok(read.report.exit_code)
}

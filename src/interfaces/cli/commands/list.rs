//! `list`

use serde::Serialize;

use super::Context;
use crate::engine::report::{MemberReport, Report, SCHEMA_VERSION};
use crate::engine::table::writer;
use crate::interfaces::cli::args::{Consent, List};
use crate::interfaces::cli::ask::Asker;
use crate::interfaces::cli::exit::Advice;
use crate::interfaces::cli::render;

/// What every list has, in this order.
const USUAL: [&str; 4] = ["name", "email", "role", "status"];

/// What `list --json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    schema_version: u32,
    report: &'a Report,
    members: &'a [MemberReport],
}

pub(super) async fn run(context: &Context, arguments: &List) -> anyhow::Result<u8> {
    // Clap does not see it where --json stands before the command.
    if arguments.csv && context.printer.json() {
        return Err(Advice::usage("print the list as CSV and as JSON", "leave one of them out").into());
    }
    let engine = context.engine().await?;
    let mut asker = Asker::new(&context.printer, Consent::default());
    let listed =
        if arguments.full { engine.list_full(&mut asker).await? } else { engine.list(&mut asker).await? };
    if context.printer.json() {
        let printed =
            Printed { schema_version: SCHEMA_VERSION, report: &listed.report, members: &listed.members };
        context.printer.value(&printed);
    } else if listed.report.reading.is_none() {
        // There is nothing to print; why, is said below.
    } else if arguments.csv {
        let columns = columns(&listed.members);
        context.printer.csv(&writer::table(&columns, &rows(&listed.members, &columns, "")));
    } else {
        table(context, &listed.members);
    }
    render::reading(&context.printer, &listed.report);
    Ok(listed.report.exit_code)
}

/// What every list has, then the columns only this console has.
fn columns(members: &[MemberReport]) -> Vec<&str> {
    let mut more: Vec<&str> =
        members.iter().flat_map(|member| member.cells.keys().map(String::as_str)).collect();
    more.sort_unstable();
    more.dedup();
    more.retain(|column| !USUAL.contains(column));
    USUAL.into_iter().chain(more).collect()
}

/// A row for each member; `nobody` stands where the address is missing.
fn rows(members: &[MemberReport], columns: &[&str], nobody: &str) -> Vec<Vec<String>> {
    let row = |member: &MemberReport| {
        let mut row = vec![
            member.name.clone().unwrap_or_default(),
            member.email.clone().unwrap_or_else(|| nobody.to_owned()),
            known_or_shown(member.roles.as_deref(), member, "role"),
            known_or_shown(member.status.as_deref(), member, "status"),
        ];
        let more = columns.iter().skip(USUAL.len());
        row.extend(more.map(|column| member.cells.get(*column).cloned().unwrap_or_default()));
        row
    };
    members.iter().map(row).collect()
}

fn table(context: &Context, members: &[MemberReport]) {
    let columns = columns(members);
    let rows = rows(members, &columns, "(no address)");
    let titles: Vec<String> = columns.iter().map(|column| column.replace('_', " ")).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    // Addresses stay whole; names, and what only this console has, may go on in the next line.
    let flexible: Vec<usize> = (0..titles.len()).filter(|index| ![1, 2, 3].contains(index)).collect();
    context.printer.table(&titles, &rows, &flexible);
}

/// What the map makes of a cell; the console's own word with a question mark where it makes nothing of it.
fn known_or_shown(known: Option<&[String]>, member: &MemberReport, column: &str) -> String {
    match known {
        Some(words) => words.join(", "),
        None => format!("{}?", member.cells.get(column).map_or("", String::as_str)),
    }
}

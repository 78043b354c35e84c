//! `list`

use serde::Serialize;

use super::Context;
use crate::engine::report::{MemberReport, Report, SCHEMA_VERSION};
use crate::interfaces::cli::args::Consent;
use crate::interfaces::cli::ask::Asker;
use crate::interfaces::cli::render;

/// What `list --json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    schema_version: u32,
    report: &'a Report,
    members: &'a [MemberReport],
}

pub(super) async fn run(context: &Context) -> anyhow::Result<u8> {
    let engine = context.engine().await?;
    let listed = engine.list(&mut Asker::new(&context.printer, Consent::default())).await?;
    if context.printer.json() {
        let printed =
            Printed { schema_version: SCHEMA_VERSION, report: &listed.report, members: &listed.members };
        context.printer.value(&printed);
    } else if listed.report.reading.is_some() {
        table(context, &listed.members);
    }
    render::reading(&context.printer, &listed.report);
    Ok(listed.report.exit_code)
}

/// What every list has, then the columns only this console has.
fn table(context: &Context, members: &[MemberReport]) {
    let usual = ["name", "email", "role", "status"];
    let mut more: Vec<&str> =
        members.iter().flat_map(|member| member.cells.keys().map(String::as_str)).collect();
    more.sort_unstable();
    more.dedup();
    more.retain(|column| !usual.contains(column));
    let titles: Vec<String> = usual.iter().chain(&more).map(|column| column.replace('_', " ")).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let row = |member: &MemberReport| {
        let mut row = vec![
            member.name.clone().unwrap_or_default(),
            member.email.clone().unwrap_or_else(|| "(no address)".to_owned()),
            known_or_shown(member.roles.as_deref(), member, "role"),
            known_or_shown(member.status.as_deref(), member, "status"),
        ];
        row.extend(more.iter().map(|column| member.cells.get(*column).cloned().unwrap_or_default()));
        row
    };
    let rows: Vec<Vec<String>> = members.iter().map(row).collect();
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

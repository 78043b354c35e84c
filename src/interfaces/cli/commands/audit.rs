//! `audit`

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Context, plan};
use crate::domain::audit::FindingKind;
use crate::engine::auditing::{AuditReport, AuditRequest, CostReport, FindingReport};
use crate::engine::report::{Report, SCHEMA_VERSION};
use crate::engine::table::writer;
use crate::interfaces::cli::args::{Audit, Consent};
use crate::interfaces::cli::ask::Asker;
use crate::interfaces::cli::exit::Advice;
use crate::interfaces::cli::printer::{Printer, Style};
use crate::interfaces::cli::render;

const COLUMNS: [&str; 4] = ["finding", "email", "name", "why"];

/// What `audit --json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    schema_version: u32,
    report: &'a Report,
    /// Nothing where the list could not be read.
    audit: Option<&'a AuditReport>,
}

pub(super) async fn run(context: &Context, arguments: Audit) -> anyhow::Result<u8> {
    let printer = &context.printer;
    if arguments.csv && printer.json() {
        return Err(Advice::usage("print the findings as CSV and as JSON", "leave one of them out").into());
    }
    let (engine, configured) = context.engine_and_roster().await?;
    let place = arguments.roster.or(configured);
    let request = AuditRequest {
        roster: place.map(|place| plan::read(context, &engine, &place)).transpose()?,
        stale_after: arguments.stale_after,
        idle_after: arguments.idle_after,
        fail_on: arguments.fail_on,
        full: arguments.full,
    };
    let audited = engine.audit(&request, &mut Asker::new(printer, Consent::default())).await?;
    let (report, found) = (&audited.report, audited.found.as_ref());
    if printer.json() {
        printer.value(&Printed { schema_version: SCHEMA_VERSION, report, audit: found });
    } else if let Some(found) = found {
        if arguments.csv {
            printer.csv(&writer::table(&COLUMNS, &rows(&found.findings, "")));
        } else if !found.findings.is_empty() {
            printer.table(&COLUMNS, &rows(&found.findings, "(no address)"), &[2, 3]);
        }
        summary(printer, found);
    }
    render::reading(printer, report);
    Ok(report.exit_code)
}

/// A row for each; `nobody` stands where the address is missing.
fn rows(findings: &[FindingReport], nobody: &str) -> Vec<Vec<String>> {
    let row = |finding: &FindingReport| {
        vec![
            finding.kind.to_owned(),
            finding.email.clone().unwrap_or_else(|| nobody.to_owned()),
            finding.name.clone().unwrap_or_default(),
            finding.why.clone(),
        ]
    };
    findings.iter().map(row).collect()
}

fn summary(printer: &Printer, found: &AuditReport) {
    let of = |kind: &FindingKind| found.findings.iter().filter(|one| one.kind == kind.as_str()).count();
    let counts: Vec<String> = FindingKind::ALL
        .iter()
        .filter(|kind| of(kind) > 0)
        .map(|kind| format!("{} {}", of(kind), kind.as_str()))
        .collect();
    let number = render::count(found.findings.len(), "finding", "findings");
    let counts = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    let beside = found.roster.as_ref().map(|name| format!(", beside {name}")).unwrap_or_default();
    printer.say_styled(Style::Bold, &number, &format!("{counts}{beside}"));
    if !found.roster_doubts.is_empty() {
        let why = found.roster_doubts.join("; ");
        printer.warning(&format!("the roster may be wrong, and what is told by it: {why}"));
    }
    let mut unanswered: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in &found.unanswered {
        unanswered.entry(one.why).or_default().push(one.kind);
    }
    for (why, kinds) in unanswered {
        printer.say(&format!("not answered, as {why}: {}", kinds.join(", ")));
    }
    let held: Vec<String> = found
        .roles
        .iter()
        .filter(|role| role.members > 0)
        .map(|role| format!("{} {}", role.members, role.role))
        .collect();
    printer.say(&format!(
        "Roles: {}",
        if held.is_empty() { "nobody has one".to_owned() } else { held.join(", ") }
    ));
    let cost = found.cost.as_ref().map(|cost| format!(", {}", in_words(cost))).unwrap_or_default();
    printer.say(&format!("Paid seats in use: {}{cost}", found.seats));
}

/// `250.00 EUR per month, without 2 people: no price is known for author`.
fn in_words(cost: &CostReport) -> String {
    let CostReport { currency, period, amount, unpriced } = cost;
    let known = amount.as_ref().map_or_else(
        || "at a price that is not known".to_owned(),
        |amount| format!("{amount} {currency} per {period}"),
    );
    if unpriced.is_empty() {
        return known;
    }
    let people = render::count(unpriced.values().sum(), "person", "people");
    let reasons: Vec<&str> = unpriced.keys().map(String::as_str).collect();
    format!("{known}, without {people}: {}", reasons.join("; "))
}

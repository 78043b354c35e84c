//! `doctor`

use serde::Serialize;

use super::Context;
use crate::engine::report::{Report, SCHEMA_VERSION};
use crate::engine::{Depth, Finding, State};
use crate::interfaces::cli::args::{Consent, Doctor};
use crate::interfaces::cli::ask::Asker;
use crate::interfaces::cli::render;

/// What `doctor --json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    schema_version: u32,
    report: &'a Report,
    findings: &'a [Finding],
}

pub(super) async fn run(context: &Context, arguments: &Doctor) -> anyhow::Result<u8> {
    let engine = context.engine().await?;
    let depth = match (arguments.quick, arguments.deep) {
        (true, _) => Depth::Quick,
        (_, true) => Depth::Deep,
        _ => Depth::Normal,
    };
    let told = engine.doctor(depth, &mut Asker::new(&context.printer, Consent::default())).await?;
    let printer = &context.printer;
    if printer.json() {
        let (report, findings) = (&told.report, told.findings.as_slice());
        printer.value(&Printed { schema_version: SCHEMA_VERSION, report, findings });
    } else {
        let rows: Vec<Vec<String>> = in_short(&told.findings, arguments.all);
        printer.table(&["", "check", "what", "how it is"], &rows, &[3]);
    }
    let bad = told.findings.iter().filter(|finding| finding.state == State::Bad).count();
    if bad > 0 {
        let (console, problems) = (&told.report.console, render::count(bad, "problem", "problems"));
        printer.warning(&format!("{problems} with {console}: what needs it will stop there, and do nothing"));
        printer.hint("docs/development.md, \"A console has changed\", tells how a map is mended");
    }
    render::reading(printer, &told.report);
    Ok(told.report.exit_code)
}

/// What is in order is told as a number, unless all of it is wanted.
fn in_short(findings: &[Finding], all: bool) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut rest = findings;
    while let [first, ..] = rest {
        let is_same = |finding: &&Finding| {
            finding.check == first.check && (finding.check != "map" || area(finding) == area(first))
        };
        let group = rest.iter().take_while(is_same).count();
        let (now, later) = rest.split_at(group);
        rest = later;
        let fine = now.iter().filter(|finding| finding.state == State::Fine).count();
        let is_many = !all && first.check == "map" && fine > 1;
        if is_many {
            let word = format!("{fine} of {} found", render::count(now.len(), "element", "elements"));
            rows.push(row(State::Fine, first.check, area(first), &word));
        }
        let told =
            now.iter().filter(|finding| !is_many || matches!(finding.state, State::Bad | State::Warning));
        rows.extend(told.map(|finding| row(finding.state, finding.check, &finding.subject, &finding.detail)));
    }
    rows
}

fn area(finding: &Finding) -> &str {
    finding.subject.split('.').next().unwrap_or_default()
}

fn row(state: State, check: &str, subject: &str, detail: &str) -> Vec<String> {
    let word = match state {
        State::Fine => "ok",
        State::NotSeen => "-",
        State::Warning => "look",
        State::Bad => "BAD",
    };
    [word, check, subject, detail].map(str::to_owned).to_vec()
}

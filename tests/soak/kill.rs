//! The kill matrix: three operations, three victims, every write of the journal; and ten kills between the click and
//! the console's answer.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::json;

use crate::results::Results;
use crate::studies::kill::{Case, Moment, Operation, Victim};

/// After this no further case is begun.
const LIMIT: Duration = Duration::from_secs(58 * 60);
const OPERATIONS: [Operation; 3] = [Operation::Invite, Operation::SetRole, Operation::Remove];
/// Every write of the journal in a run with one change, in its order.
const WRITES: [&str; 7] =
    ["run_started", "browser_started", "intended", "committing", "seen_gone", "settled", "run_ended"];

pub(crate) fn run(program: &Path, seed: u64) -> Result<ExitCode> {
    let began = Instant::now();
    let cases = cases(seed);
    let mut results = Results::open("kill", seed)?;
    let mut left = 0;
    for (number, case) in cases.iter().enumerate() {
        let name = case.to_string();
        if results.of(&name).is_some() {
            continue;
        }
        if began.elapsed() > LIMIT {
            left += 1;
            continue;
        }
        let started = Instant::now();
        let (steps, route, violations) = match case.play(program) {
            Ok(seen) => (seen.steps, seen.route, seen.violations),
            Err(error) => (Vec::new(), "-", vec![format!("not played: {error:#}")]),
        };
        let seconds = (started.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        println!("{:2}/{} {name}: {route}, {seconds} s ({})", number + 1, cases.len(), steps.join("; "));
        for violation in &violations {
            println!("      VIOLATION {violation}");
        }
        results.keep(
            &name,
            json!({ "route": route, "seconds": seconds, "steps": steps, "violations": violations }),
        )?;
    }
    let violated = print_table(&cases, &results);
    println!("\n{} cases, {} with violations, {left} left to play", cases.len(), violated);
    if left > 0 {
        println!("start it again: it goes on where it stopped");
    }
    Ok(match (violated, left) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    })
}

fn cases(seed: u64) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut add = |operation, moment, victim| {
        cases.push(Case { operation, victim, moment, people: 30, seed: dice.u64(0..1_000_000) });
    };
    for operation in OPERATIONS {
        for point in WRITES {
            if point == "seen_gone" && operation != Operation::Remove {
                continue;
            }
            add(operation, Moment::After(point), Victim::Program);
            // When the run is written down, it has neither driver nor browser yet.
            if point != "run_started" {
                add(operation, Moment::After(point), Victim::Driver);
                add(operation, Moment::After(point), Victim::Browser);
            }
        }
    }
    for (operation, victims) in [
        (Operation::Invite, [Victim::Program, Victim::Driver, Victim::Browser]),
        (Operation::SetRole, [Victim::Browser, Victim::Program, Victim::Driver]),
        (Operation::Remove, [Victim::Driver, Victim::Browser, Victim::Program]),
    ] {
        for (victim, late) in victims.into_iter().zip([true, false, operation == Operation::Remove]) {
            add(operation, Moment::BeforeAnswer { late }, victim);
        }
    }
    add(Operation::Invite, Moment::BeforeAnswer { late: true }, Victim::ProgramAndKeeper);
    cases
}

/// How each case ended, a row for each moment. Gives how many cases have violations.
fn print_table(cases: &[Case], results: &Results) -> usize {
    let mut rows: Vec<(String, BTreeMap<&str, String>)> = Vec::new();
    let mut violated = 0;
    for case in cases {
        let cell = match results.of(&case.to_string()) {
            None => "not played".to_owned(),
            Some(result) => {
                let violations = result["violations"].as_array().map_or(0, Vec::len);
                violated += usize::from(violations > 0);
                let well = if violations > 0 { "VIOLATED, " } else { "" };
                let route = result["route"].as_str().unwrap_or("-");
                format!("{well}{route}, {:.0} s", result["seconds"].as_f64().unwrap_or_default())
            }
        };
        let title = format!("{}: {}", case.operation.word(), case.moment);
        let victim = case.victim.word();
        match rows.iter_mut().find(|(known, row)| *known == title && !row.contains_key(victim)) {
            Some((_, row)) => drop(row.insert(victim, cell)),
            None => rows.push((title, BTreeMap::from([(victim, cell)]))),
        }
    }
    println!("\n| killed after | self | driver | browser | self and keeper |\n|---|---|---|---|---|");
    for (title, row) in &rows {
        let cell = |victim| row.get(victim).map_or("", String::as_str);
        println!(
            "| {title} | {} | {} | {} | {} |",
            cell("self"),
            cell("driver"),
            cell("browser"),
            cell("self+keeper")
        );
    }
    violated
}

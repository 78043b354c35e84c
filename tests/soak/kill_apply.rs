//! Thirty kills of a plan being carried out, spread over the time that it takes unkilled.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use fastrand::Rng;
use serde_json::{Value, json};

use crate::results::Results;
use crate::studies::kill_apply::{Case, Seen};
use crate::studies::rosters::Parts;

pub(crate) const KILLS: u64 = 30;
/// After this no further case is begun.
const LIMIT: Duration = Duration::from_secs(57 * 60);
const PEOPLE: usize = 30;
/// How often a case is played whose run was over before its kill.
const TRIES: usize = 3;

/// Newcomers come in by one import from four on, and one by one below.
const WAYS: [(&str, Parts); 2] = [
    ("one by one", Parts { newcomers: 3, bad: 0, roles: 2, removals: 2, cancelled: 1 }),
    ("by import", Parts { newcomers: 4, bad: 0, roles: 2, removals: 1, cancelled: 1 }),
];

pub(crate) fn run(program: &Path, seed: u64, kills: u64) -> Result<ExitCode> {
    let began = Instant::now();
    let mut results = Results::open("kill-apply", seed)?;
    let mut dice = Rng::with_seed(seed);
    let (mut left, mut missed, mut violated) = (0, 0, 0);
    println!(
        "| case | newcomers | killed after | settled, begun of 8 | what followed |\n|---|---|---|---|---|"
    );
    let mut show = |name: &str, way: &str, row: &Value| {
        let steps: Vec<&str> =
            row["steps"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let moment = match row["was_killed"].as_bool() {
            Some(true) => format!("{:.1} s", row["seconds"].as_f64().unwrap_or_default()),
            _ => format!("not: over after {:.1} s", row["seconds"].as_f64().unwrap_or_default()),
        };
        println!(
            "| {name} | {way} | {moment} | {}, {} | {} |",
            row["settled"],
            row["begun"],
            steps.join("; ")
        );
        let violations = row["violations"].as_array().map_or(0, Vec::len);
        for violation in row["violations"].as_array().into_iter().flatten() {
            println!("VIOLATION {name}: {violation}");
        }
        violated += usize::from(violations > 0);
    };
    let mut took = Vec::new();
    for (way, parts) in WAYS {
        let name = format!("unkilled, {way}");
        let case = Case { parts, people: PEOPLE, seed };
        let row = match results.of(&name) {
            Some(row) => row.clone(),
            None => results.keep(&name, row(case.play(program, None)))?.clone(),
        };
        show(&name, way, &row);
        took.push(row["seconds"].as_f64().unwrap_or_default());
    }
    for number in 0..kills {
        let way = usize::try_from(number % 2)?;
        let (share, case_seed) = ((number as f64 + dice.f64()) / kills as f64, dice.u64(0..1_000_000));
        let name = format!("{} ({case_seed})", number + 1);
        let row = match results.of(&name) {
            Some(row) => row.clone(),
            None if began.elapsed() > LIMIT => {
                left += 1;
                continue;
            }
            None => {
                let case = Case { parts: WAYS[way].1, people: PEOPLE, seed: case_seed };
                let row = killed(program, &case, share, took[way]);
                results.keep(&name, row)?.clone()
            }
        };
        missed += usize::from(row["was_killed"] != true);
        show(&name, WAYS[way].0, &row);
    }
    println!(
        "\n{kills} kills, {violated} cases with violations, {missed} over before their kill, {left} left to play"
    );
    if left > 0 {
        println!("start it again: it goes on where it stopped");
    }
    Ok(match (violated + missed, left) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    })
}

/// Killed when this share of its time has passed. A run that is faster than the unkilled one was tells by itself how long it
/// takes.
fn killed(program: &Path, case: &Case, share: f64, took: f64) -> Value {
    let mut took = took;
    let mut told = Value::Null;
    for _ in 0..TRIES {
        let played = case.play(program, Some(Duration::from_secs_f64(share * took)));
        let over = played.as_ref().is_ok_and(|seen| !seen.was_killed && seen.violations.is_empty());
        took = played.as_ref().map_or(took, |seen| seen.seconds);
        told = row(played);
        if !over {
            break;
        }
    }
    told
}

fn row(played: Result<Seen>) -> Value {
    match played {
        Ok(Seen { steps, seconds, was_killed, settled, begun, violations }) => json!({
            "steps": steps, "seconds": seconds, "was_killed": was_killed, "settled": settled, "begun": begun,
            "violations": violations,
        }),
        Err(error) => json!({
            "steps": [], "seconds": 0.0, "was_killed": false, "settled": 0, "begun": 0,
            "violations": [format!("not played: {error:#}")],
        }),
    }
}

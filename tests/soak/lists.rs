//! Long lists: the same command reads more and more people, in pages and by scrolling. What a row costs must not grow
//! with their number.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};

use crate::results::Results;
use crate::studies::lists::{Kind, study};

/// From the smallest to the largest of each kind; growth is told by the two smallest and the two largest.
const SIZES: [(Kind, &[usize]); 2] =
    [(Kind::Paged, &[100, 300, 1_000, 3_000]), (Kind::Scrolled, &[100, 1_000, 3_000, 10_000])];
/// What a further row may cost between the two largest lists, in questions to the page, as a multiple of what it costs
/// between the two smallest. Where everything is gone over again for each page, it is 10 and more.
const MOST_ASKED: f64 = 1.3;
/// The same for all driver requests: of those a scrolled list takes so few that one more of start or sign-in shows.
const MOST_REQUESTS: f64 = 2.0;
/// By so many requests two runs over the same list may differ.
const REQUESTS_MORE_OR_LESS: f64 = 3.0;
/// The same for time, on a machine that does other things as well.
const MOST_TIME: f64 = 3.0;

pub(crate) fn run(program: &Path, seed: u64) -> Result<ExitCode> {
    let mut results = Results::open("lists", seed)?;
    println!(
        "| list | people | read | grade | wrong | pages asked | requests | seconds | in the page | ms a row | CPU seconds | memory |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    let mut violations = Vec::new();
    for (kind, sizes) in SIZES {
        let mut rows = Vec::new();
        for &people in sizes {
            let name = format!("{kind} {people}");
            let row = match results.of(&name) {
                Some(known) => known.clone(),
                None => results.keep(&name, measure(program, seed, kind, people)?)?.clone(),
            };
            print(kind, people, &row);
            violations.extend(faults(&row).into_iter().map(|fault| format!("{name}: {fault}")));
            rows.push((people, row));
        }
        violations.extend(growth(&rows).into_iter().map(|grown| format!("{kind}: {grown}")));
    }
    for violation in &violations {
        println!("VIOLATION {violation}");
    }
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn measure(program: &Path, seed: u64, kind: Kind, people: usize) -> Result<Value> {
    let seen = study(program, seed, kind, people)?;
    let tenths = |seconds: f64| (seconds * 10.0).round() / 10.0;
    Ok(json!({
        "read": seen.read, "grade": seen.grade, "wrong": seen.wrong, "asked": seen.asked, "requests": seen.requests,
        "seconds": tenths(seen.seconds), "in_page": tenths(seen.in_page),
        "cpu": tenths(seen.usage.cpu_seconds()), "memory_mb": seen.usage.memory_mb,
    }))
}

fn print(kind: Kind, people: usize, row: &Value) {
    let wrong = row["wrong"].as_array().map_or(0, Vec::len);
    let a_row = 1000.0 * of(row, "in_page") / people as f64;
    println!(
        "| {kind} | {people} | {} | {} | {wrong} | {} | {} | {} | {} | {a_row:.1} | {} | {} MB |",
        row["read"],
        row["grade"].as_str().unwrap_or_default(),
        row["asked"],
        row["requests"],
        row["seconds"],
        row["in_page"],
        row["cpu"],
        row["memory_mb"],
    );
}

fn of(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_default()
}

/// Where a reading is not the truth, or not proven to be.
fn faults(row: &Value) -> Vec<String> {
    let wrong = row["wrong"].as_array().into_iter().flatten();
    let mut faults: Vec<String> = wrong.filter_map(|fault| fault.as_str().map(str::to_owned)).collect();
    if row["grade"] != "total" {
        faults.push(format!("the reading is of grade {}", row["grade"]));
    }
    faults
}

/// Holds what a further row costs between the two largest lists against what it costs between the two smallest: what is
/// paid once for each list, start and sign-in, is in neither.
fn growth(rows: &[(usize, Value)]) -> Vec<String> {
    let (small, large) = (&rows[..2], &rows[rows.len() - 2..]);
    let cost = |pair: &[(usize, Value)], key, slack: f64| {
        let [(few, less), (many, more)] = pair else { unreachable!("there are three sizes at least") };
        (of(more, key) - of(less, key) + slack) / (many - few) as f64
    };
    let limits =
        [("asked", MOST_ASKED), ("requests", MOST_REQUESTS), ("in_page", MOST_TIME), ("cpu", MOST_TIME)];
    let told = limits.into_iter().filter_map(|(key, most)| {
        // A scrolled list needs two or three requests for another thousand rows, and signing in some more or less.
        let slack = if key == "requests" { REQUESTS_MORE_OR_LESS } else { 0.0 };
        let ratio = cost(large, key, 0.0) / cost(small, key, slack);
        println!(
            "{key}: a further row costs {ratio:.2} times as much among the largest as among the smallest"
        );
        // A cost that cannot be told proves nothing either.
        let is_linear = ratio.is_finite() && ratio <= most;
        (!is_linear).then(|| format!("{key} grows faster than the list: {ratio:.2} times, at most {most}"))
    });
    told.collect()
}

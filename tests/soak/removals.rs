//! 200 removals in ten workspaces whose pages do all they can to have the wrong person clicked.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};

use crate::results::Results;
use crate::studies::removals::{Size, study};

pub(crate) const WORKSPACES: u64 = 10;
const SIZE: Size = Size { people: 30, removals: 20 };

pub(crate) fn run(program: &Path, seed: u64, workspaces: u64) -> Result<ExitCode> {
    let mut results = Results::open("removals", seed)?;
    println!(
        "| workspace | asked | done | in doubt | failed | skipped | wrong | untrue | requests | seconds |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    const COUNTS: [&str; 8] =
        ["asked", "done", "in_doubt", "failed", "skipped", "wrong", "untrue", "requests"];
    let mut totals = [0; COUNTS.len()];
    let mut seconds = 0.0;
    let (mut said, mut reasons) = (Vec::new(), Vec::new());
    for number in 1..=workspaces {
        let name = number.to_string();
        let row = match results.of(&name) {
            Some(known) => known.clone(),
            None => {
                let seen = study(program, seed.wrapping_add(number), SIZE)?;
                let said_of = [seen.wrong.as_slice(), &seen.lies].concat();
                let row = json!({
                    "asked": seen.asked, "done": seen.done, "in_doubt": seen.in_doubt, "failed": seen.failed,
                    "skipped": seen.skipped, "wrong": seen.wrong.len(), "untrue": seen.lies.len(),
                    "requests": seen.requests, "seconds": seen.seconds.round(),
                    "said": said_of, "reasons": seen.reasons,
                });
                results.keep(&name, row)?.clone()
            }
        };
        let counts = COUNTS.map(|count| row[count].as_u64().unwrap_or_default());
        let took = row["seconds"].as_f64().unwrap_or_default();
        println!("| {number} | {} | {took} |", counts.map(|count| count.to_string()).join(" | "));
        reasons.extend(texts(&row, "reasons"));
        for (total, count) in totals.iter_mut().zip(counts) {
            *total += count;
        }
        seconds += took;
        said.extend(texts(&row, "said").map(|what| format!("workspace {number}: {what}")));
    }
    println!("| all | {} | {seconds} |", totals.map(|count| count.to_string()).join(" | "));
    for reason in &reasons {
        println!("not removed: {reason}");
    }
    for line in &said {
        println!("VIOLATION {line}");
    }
    let [_, done, .., requests] = totals;
    println!("\n{:.1} driver requests for each removal done", requests as f64 / (done.max(1)) as f64);
    Ok(if said.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn texts(row: &Value, key: &str) -> impl Iterator<Item = String> {
    let texts = row[key].as_array().cloned().unwrap_or_default();
    texts.into_iter().filter_map(|text| text.as_str().map(str::to_owned))
}

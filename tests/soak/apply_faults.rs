//! A plan of a hundred changes, over two paths, of which seven fail.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;

use crate::results::Results;
use crate::studies::apply_faults::{Size, study};
use crate::studies::rosters::Parts;

const SIZE: Size = Size {
    people: 120,
    parts: Parts { newcomers: 60, bad: 3, roles: 20, removals: 20, cancelled: 0 },
    faults: 4,
};

pub(crate) fn run(program: &Path, seed: u64) -> Result<ExitCode> {
    let mut results = Results::open("apply-faults", seed)?;
    let row = match results.of("1") {
        Some(row) => row.clone(),
        None => {
            let seen = study(program, seed, SIZE)?;
            let row = json!({
                "changes": seen.changes, "outcomes": seen.outcomes, "writes": seen.writes,
                "seconds": seen.seconds.round(), "violations": seen.violations,
            });
            results.keep("1", row)?.clone()
        }
    };
    println!("{} changes: {}", row["changes"], row["outcomes"]);
    println!("{} writes, {} s", row["writes"], row["seconds"]);
    let violations = row["violations"].as_array().cloned().unwrap_or_default();
    for violation in &violations {
        println!("VIOLATION {violation}");
    }
    println!("{} violations", violations.len());
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

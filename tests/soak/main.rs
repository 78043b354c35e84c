//! `make soak NAME=kill`, `NAME=removals` and `NAME=lists`: the long studies, case after case. `soak removals SEED 2` stops
//! after two workspaces.
//!
//! What a case gave is appended to a file under target/soak before the next one begins; a study that is started again
//! goes on where it stopped. The file is of one seed and one commit. Exit code 1: something was seen that must not be;
//! 2: cases are left.

#![expect(clippy::print_stdout, reason = "a study is there to be read")]

#[path = "../studies/circumstances.rs"]
mod circumstances;
mod kill;
mod lists;
mod removals;
mod results;
#[path = "../studies/mod.rs"]
mod studies;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};

const SEED: u64 = 20_261_121;

fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().context("which one? kill, lists or removals")?;
    let seed = match arguments.next() {
        Some(text) => text.parse().with_context(|| format!("{text} is no seed"))?,
        None => SEED,
    };
    let most = match arguments.next() {
        Some(text) => text.parse().with_context(|| format!("{text} is no number of workspaces"))?,
        None => removals::WORKSPACES,
    };
    let program = program()?;
    match name.as_str() {
        "kill" => kill::run(&program, seed),
        "lists" => lists::run(&program, seed),
        "removals" => removals::run(&program, seed, most),
        _ => bail!("there is no study {name}: kill, lists or removals"),
    }
}

/// The program of the same build: it has the crash points.
fn program() -> Result<PathBuf> {
    let examples = std::env::current_exe()?;
    let program =
        examples.ancestors().nth(2).context("find the folder above the examples")?.join("seatwright");
    ensure!(
        program.is_file(),
        "there is no {}: cargo build --features crash-points --bin seatwright",
        program.display()
    );
    Ok(program)
}

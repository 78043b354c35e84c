//! `make soak NAME=kill`, `removals`, `lists`, `kill-apply` and `apply-faults`: the long studies, case after case. `soak
//! removals SEED 2` stops after two workspaces, `soak kill-apply SEED 2` makes two kills only.
//!
//! What a case gave is appended to a file under target/soak before the next one begins; a study that is started again
//! goes on where it stopped. The file is of one seed and one commit. Exit code 1: something was seen that must not be;
//! 2: cases are left.

#![expect(clippy::print_stdout, reason = "a study is there to be read")]

mod apply_faults;
#[path = "../studies/circumstances.rs"]
mod circumstances;
mod kill;
mod kill_apply;
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
    let name = arguments.next().context("which one? kill, kill-apply, apply-faults, lists or removals")?;
    let seed = match arguments.next() {
        Some(text) => text.parse().with_context(|| format!("{text} is no seed"))?,
        None => SEED,
    };
    let most: Option<u64> = match arguments.next() {
        Some(text) => Some(text.parse().with_context(|| format!("{text} is no number of cases"))?),
        None => None,
    };
    let program = program()?;
    match name.as_str() {
        "kill" => kill::run(&program, seed),
        "lists" => lists::run(&program, seed),
        "kill-apply" => kill_apply::run(&program, seed, most.unwrap_or(kill_apply::KILLS)),
        "apply-faults" => apply_faults::run(&program, seed),
        "removals" => removals::run(&program, seed, most.unwrap_or(removals::WORKSPACES)),
        _ => bail!("there is no study {name}: kill, kill-apply, apply-faults, lists or removals"),
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

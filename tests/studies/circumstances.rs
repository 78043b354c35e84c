//! What figures are of: seed, commit, day and machine.

use std::path::Path;
use std::process::Command;

/// In one line.
pub(crate) fn circumstances(seed: u64) -> String {
    format!("seed {seed}, commit {}, {}, {} cores", commit(), jiff::Zoned::now().date(), cores())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}

/// Figures of a changed tree are of that day's tree only.
pub(crate) fn commit() -> String {
    let said = Command::new("git")
        .args(["describe", "--always", "--dirty", "--abbrev=10"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .output();
    said.ok()
        .filter(|said| said.status.success())
        .map_or("unknown".to_owned(), |said| String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

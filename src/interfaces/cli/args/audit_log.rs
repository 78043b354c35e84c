//! The arguments of `audit-log`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum AuditLog {
    /// Print every event with its hash, a line of JSON each
    Export(ExportLog),
    /// Check the journal, every hash of its chain, and that nothing since a head you kept was altered
    Verify(VerifyLog),
}

#[derive(Debug, Args)]
pub(crate) struct ExportLog {
    /// Where to write it, for you alone to read [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace a file that is there already
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyLog {
    /// A head from an earlier report: it has to be one of the chain's hashes still
    #[arg(long, value_name = "H", value_parser = head)]
    pub(crate) head: Option<String>,
}

fn head(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    let is_hash = text.len() == 64 && text.chars().all(|letter| letter.is_ascii_hexdigit());
    is_hash.then_some(text).ok_or_else(|| "expected the 64 letters and digits of a journal head".to_owned())
}

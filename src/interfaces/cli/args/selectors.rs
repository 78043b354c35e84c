//! The arguments of `selectors`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Selectors {
    /// Check maps and recordings, each for itself and against each other
    Check(Check),
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Maps or recordings; what belongs to them is checked too. Without: everything in --data, or everything built in
    #[arg(value_name = "FILE", conflicts_with = "data")]
    pub(crate) files: Vec<PathBuf>,
}

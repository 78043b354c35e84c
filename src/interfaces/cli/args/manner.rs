//! How a changing command is carried out: asked about, agreed to beforehand, under a key, or written down for somebody else.

use std::path::PathBuf;

use clap::Args;

use crate::engine::journal::RunKey;

#[derive(Debug, Args)]
pub(crate) struct Manner {
    #[command(flatten)]
    pub(crate) consent: Consent,
    /// Call this request K: asked for again under the same key, it is not done twice
    #[arg(long, value_name = "K", value_parser = RunKey::parse, conflicts_with = "dry_run")]
    pub(crate) key: Option<RunKey>,
    /// Do nothing, and write it into a file as a plan, for somebody else to `approve` and for `apply`; for you alone to
    /// read, for it names people
    #[arg(short, long, value_name = "PLAN", conflicts_with_all = ["yes", "dry_run", "key"])]
    pub(crate) out: Option<PathBuf>,
    /// Replace a file that is there already
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
}

#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Consent {
    /// Do it without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Only show what would be done; the exit code is 10 if that is anything
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
}

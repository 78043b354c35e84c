//! The arguments of the commands about rosters and their plans.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::{Consent, long_ago};
use crate::domain::audit::FindingKind;
use crate::domain::{Email, Override};

#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The roster; -: what comes through a pipe [default: roster.file of the configuration]
    #[arg(value_name = "ROSTER")]
    pub(crate) roster: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) to: PlanTo,
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// The roster to hold the list against; -: what comes through a pipe [default: roster.file of the configuration]
    #[arg(long, value_name = "ROSTER")]
    pub(crate) roster: Option<PathBuf>,
    /// For how long an invitation may lie there
    #[arg(long, value_name = "TIME", value_parser = long_ago, default_value = "14d")]
    pub(crate) stale_after: Duration,
    /// For how long a paid seat may be unused
    #[arg(long, value_name = "TIME", value_parser = long_ago, default_value = "90d")]
    pub(crate) idle_after: Duration,
    /// End with exit code 10 if there is any of these; may be repeated, or separated by commas
    #[arg(long, value_name = "FINDING", value_parser = finding(), value_delimiter = ',')]
    pub(crate) fail_on: Vec<FindingKind>,
    /// Print the findings as CSV on stdout
    #[arg(long)]
    pub(crate) csv: bool,
    /// Read everybody's own page too, where the list tells neither role nor status
    #[arg(long)]
    pub(crate) full: bool,
}

fn finding() -> impl TypedValueParser<Value = FindingKind> {
    let words = PossibleValuesParser::new(FindingKind::ALL.map(FindingKind::as_str));
    words.map(|word| FindingKind::parse(&word).expect("one of the words"))
}

#[derive(Debug, Args)]
pub(crate) struct Undo {
    /// The run, as `seatwright runs` names it
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) to: PlanTo,
}

/// Where a plan goes, and how much of it is shown.
#[derive(Debug, Args)]
pub(crate) struct PlanTo {
    /// Write the plan into a file, for `approve` and `apply`; for you alone to read, for it names people
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace a file that is there already
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
    /// Show everybody, also those who are as they shall be or not managed
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// Whom, by e-mail address
    #[arg(value_name = "EMAIL", value_parser = Email::parse)]
    pub(crate) email: Email,
    /// The roster; -: what comes through a pipe [default: roster.file of the configuration]
    #[arg(long, value_name = "ROSTER")]
    pub(crate) roster: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Review {
    /// The plan, as --out wrote it
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// Where to write the page, for you alone to read [default: beside the plan, as .html]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace a file that is there already
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// The plan, as --out wrote it
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// Approve without being asked; only where the configuration says approval.yes_approves = true
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Replace an approval that is there already, whoever gave it and for whatever
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The plan, as --out wrote it; what approves it lies beside it
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// Pass the limits of the policy for this plan: the beginning of its hash, and how many changes it makes
    #[arg(long = "override", value_name = "HASH:COUNT", value_parser = overriding)]
    pub(crate) overriding: Option<Override>,
    #[command(flatten)]
    pub(crate) consent: Consent,
}

fn overriding(text: &str) -> Result<Override, String> {
    let wrong = || {
        format!(
            "expected at least {} letters of the plan's hash and its number of changes, as 3fa9c1d27e04:12",
            Override::SHORTEST
        )
    };
    let (hash, count) = text.split_once(':').ok_or_else(wrong)?;
    let hash = hash.trim().to_ascii_lowercase();
    if hash.len() < Override::SHORTEST || !hash.chars().all(|letter| letter.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    Ok(Override { hash, count: count.trim().parse().map_err(|_| wrong())? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_names_a_plan_and_a_number() {
        let word = |hash: &str, count| Ok(Override { hash: hash.to_owned(), count });
        assert_eq!(overriding("3FA9c1d2:12"), word("3fa9c1d2", 12));
        for wrong in ["", "12", "3fa9c1d2", "3fa9:12", "3fa9c1d2:", "3fa9c1d2:-1", "zzzzzzzz:1", ":12"] {
            assert!(overriding(wrong).is_err(), "{wrong}");
        }
    }
}

//! What an error means for the command line: its text, its hint, its exit code. Nothing is printed here.

use std::error::Error as StdError;

use crate::domain::outcome::exit;
use crate::engine::app::{DataError, problem::Problem};
use crate::engine::journal::JournalError;
use crate::engine::whole_file::NotWritten;
use crate::engine::{self};
use crate::interfaces::config::ConfigError;
use crate::sandbox::SandboxError;

/// The exit codes as `--help` tells them.
pub(crate) const CODES: [(u8, &str); 13] = [
    (exit::DONE, "done, waiting for the person to accept, or nothing to do"),
    (exit::UNEXPECTED, "something nobody expected: a bug"),
    (exit::USAGE, "usage, configuration, or something that is not installed"),
    (exit::REFUSED, "refused by a guard, or a plan that does not stand; nothing was changed"),
    (exit::SOME_FAILED, "some changes failed or were skipped"),
    (exit::IN_DOUBT, "a change is in doubt: seatwright resume RUN"),
    (exit::NEEDS_PERSON, "a person is needed, say because the console refused the password"),
    (exit::APPROVAL_NEEDED, "nobody agreed (no terminal to ask at, and no --yes), or an approval is missing"),
    (exit::CONSOLE_DRIFT, "the console is no longer as the selector map says"),
    (exit::WORKSPACE_HELD, "another run holds the workspace"),
    (exit::CHANGES_PENDING, "--dry-run, plan: there are changes to make"),
    (exit::TRY_AGAIN, "not reachable, or browser lost; nothing was changed: try again"),
    (exit::CANCELLED, "you did not agree, or it was cancelled between two changes"),
];

/// An error of the command line itself.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Advice {
    message: String,
    hint: String,
}

impl Advice {
    /// Something is wrong with what was asked, or with what it needs.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

/// An error as a person is told it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Single mistakes, each with its place.
    pub(crate) problems: Vec<Problem>,
    /// What was being done, and each cause.
    pub(crate) text: String,
    pub(crate) hint: Option<String>,
    pub(crate) code: u8,
}

/// Judges an error by the first cause that is known.
pub(crate) fn judge(error: &anyhow::Error) -> Verdict {
    let known = error.chain().find_map(known);
    let unexpected = || Known {
        problems: Vec::new(),
        hint: Some("this should not happen: run it again with -v, and report what it says".to_owned()),
        code: exit::UNEXPECTED,
    };
    let Known { problems, hint, code } = known.unwrap_or_else(unexpected);
    Verdict { problems, text: text(error), hint, code }
}

struct Known {
    problems: Vec<Problem>,
    hint: Option<String>,
    code: u8,
}

fn known(error: &(dyn StdError + 'static)) -> Option<Known> {
    let is = |hint: String, code| Some(Known { problems: Vec::new(), hint: Some(hint), code });
    if let Some(error) = error.downcast_ref::<Advice>() {
        return is(error.hint.clone(), exit::USAGE);
    }
    if let Some(error) = error.downcast_ref::<ConfigError>() {
        return Some(Known { problems: error.problems().to_vec(), hint: error.hint(), code: exit::USAGE });
    }
    if let Some(error) = error.downcast_ref::<engine::Error>() {
        return is(error.hint(), error.exit_code());
    }
    if let Some(error) = error.downcast_ref::<NotWritten>() {
        return is(error.hint().to_owned(), exit::USAGE);
    }
    if let Some(error) = error.downcast_ref::<JournalError>() {
        return is(error.hint(), error.exit_code());
    }
    if let Some(error) = error.downcast_ref::<DataError>() {
        return is(error.hint().to_owned(), exit::USAGE);
    }
    if let Some(error) = error.downcast_ref::<SandboxError>() {
        return is(error.hint().to_owned(), exit::USAGE);
    }
    None
}

/// The causes in one line. A message that tells its cause already is not told twice.
fn text(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn the_first_known_cause_gives_hint_and_code() {
        let error: anyhow::Error = Advice::usage("the port is taken", "take another").into();
        let verdict = judge(&Err::<(), _>(error).context("serve").unwrap_err());
        assert_eq!(verdict.text, "serve: the port is taken");
        assert_eq!((verdict.hint.as_deref(), verdict.code), (Some("take another"), 2));
    }

    #[test]
    fn what_nobody_knows_is_unexpected() {
        let error = Err::<(), _>(std::io::Error::other("odd")).context("try").unwrap_err();
        assert_eq!((judge(&error).text.as_str(), judge(&error).code), ("try: odd", 1));
    }

    #[test]
    fn no_cause_is_told_twice() {
        let error = anyhow::anyhow!("denied").context("open the journal: denied");
        assert_eq!(text(&error), "open the journal: denied");
    }

    #[test]
    fn every_code_is_told_once_and_in_order() {
        let codes: Vec<u8> = CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, (0..13).collect::<Vec<u8>>());
    }
}

//! What can become of a change, and the exit codes.
//!
//! Half-done is an outcome and not an error, so every change ends as a value of [`Outcome`]. Why it ended so is
//! a [`Reason`], from the one table in [`reason`](super::reason).

use std::fmt;

pub use super::reason::{Class, Reason};

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutcomeKind {
    /// Committed, and read back after a fresh load.
    Done,
    /// Nothing was needed.
    AlreadySo,
    /// Committed; waits for the person to accept.
    Pending,
    /// Only a person can say or do what is needed.
    NeedsPerson,
    /// A guard forbids it; nothing was committed.
    Refused,
    /// Nothing was committed, or it is proven that it was not applied.
    Failed,
    /// The row moved on since the plan; nothing was committed.
    Skipped,
    /// Committed, and nobody knows yet whether it was applied.
    InDoubt,
}

impl OutcomeKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Done,
        Self::AlreadySo,
        Self::Pending,
        Self::NeedsPerson,
        Self::Refused,
        Self::Failed,
        Self::Skipped,
        Self::InDoubt,
    ];

    /// The word of reports, JSON and the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::AlreadySo => "already_so",
            Self::Pending => "pending",
            Self::NeedsPerson => "needs_person",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::InDoubt => "in_doubt",
        }
    }

    /// The outcome of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What was asked for holds, or will when the person accepts.
    #[must_use]
    pub fn is_fine(self) -> bool {
        matches!(self, Self::Done | Self::AlreadySo | Self::Pending)
    }
}

impl fmt::Display for OutcomeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What became of a change, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What became of it.
    pub kind: OutcomeKind,
    /// Why, from the closed list; a failure has one unless the program itself is at fault.
    pub reason: Option<Reason>,
    /// The particulars, in words for people.
    pub detail: Option<String>,
}

impl Outcome {
    /// An outcome without a reason.
    #[must_use]
    pub fn new(kind: OutcomeKind) -> Self {
        Self { kind, reason: None, detail: None }
    }

    /// Committed and read back.
    #[must_use]
    pub fn done() -> Self {
        Self::new(OutcomeKind::Done)
    }

    /// Nothing was needed.
    #[must_use]
    pub fn already_so() -> Self {
        Self::new(OutcomeKind::AlreadySo)
    }

    /// Failed for this reason.
    #[must_use]
    pub fn failed(reason: Reason) -> Self {
        Self { kind: OutcomeKind::Failed, reason: Some(reason), detail: None }
    }

    /// Committed, and for this reason nobody knows whether it was applied.
    #[must_use]
    pub fn in_doubt(reason: Reason) -> Self {
        Self { kind: OutcomeKind::InDoubt, reason: Some(reason), detail: None }
    }

    /// The same with its particulars.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// What this one outcome alone makes of the exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            OutcomeKind::Done | OutcomeKind::AlreadySo | OutcomeKind::Pending => exit::DONE,
            OutcomeKind::NeedsPerson => exit::NEEDS_PERSON,
            OutcomeKind::Refused => exit::REFUSED,
            OutcomeKind::Failed => self.reason.map_or(exit::SOME_FAILED, Reason::exit_code),
            OutcomeKind::Skipped => self.reason.map_or(exit::SOME_FAILED, Reason::exit_code),
            OutcomeKind::InDoubt => exit::IN_DOUBT,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(reason) = self.reason {
            write!(f, " ({reason})")?;
        }
        self.detail.as_ref().map_or(Ok(()), |detail| write!(f, ": {detail}"))
    }
}

/// The exit code of a run with these outcomes.
///
/// In doubt comes first, then failed or skipped, then cancelled, then refused, then needing a person. Failures that all have the
/// same cause and leave nothing done (every change met a console that had drifted, was down, or asked for a
/// person) give the code of that cause, so that a scheduler can tell "try again" from "somebody has to look".
#[must_use]
pub fn exit_code(outcomes: &[Outcome]) -> u8 {
    let codes: Vec<u8> = outcomes.iter().map(Outcome::exit_code).collect();
    let has = |code: u8| codes.contains(&code);
    if has(exit::IN_DOUBT) {
        return exit::IN_DOUBT;
    }
    let failed = |outcome: &Outcome| {
        matches!(outcome.kind, OutcomeKind::Failed | OutcomeKind::Skipped)
            && outcome.reason != Some(Reason::Cancelled)
    };
    if outcomes.iter().any(failed) {
        let first = codes[0];
        return if codes.iter().all(|code| *code == first) { first } else { exit::SOME_FAILED };
    }
    [exit::CANCELLED, exit::REFUSED, exit::NEEDS_PERSON]
        .into_iter()
        .find(|code| has(*code))
        .unwrap_or(exit::DONE)
}

/// The exit codes of the program.
pub mod exit {
    /// Done, pending, or nothing to do.
    pub const DONE: u8 = 0;
    /// Something nobody expected; a bug.
    pub const UNEXPECTED: u8 = 1;
    /// Usage or configuration.
    pub const USAGE: u8 = 2;
    /// Refused by a guard, or an invalid plan.
    pub const REFUSED: u8 = 3;
    /// Some changes failed or were skipped.
    pub const SOME_FAILED: u8 = 4;
    /// A change is in doubt; `resume` settles it.
    pub const IN_DOUBT: u8 = 5;
    /// A person is needed; also a refused password.
    pub const NEEDS_PERSON: u8 = 6;
    /// Approval is needed; also no terminal and no `--yes`.
    pub const APPROVAL_NEEDED: u8 = 7;
    /// The console is no longer as the map says.
    pub const CONSOLE_DRIFT: u8 = 8;
    /// Another run holds the workspace.
    pub const WORKSPACE_HELD: u8 = 9;
    /// Changes are pending (`--dry-run`), or there are findings.
    pub const CHANGES_PENDING: u8 = 10;
    /// Not reachable or the browser was lost, nothing committed: try again.
    pub const TRY_AGAIN: u8 = 11;
    /// Cancelled at a change boundary.
    pub const CANCELLED: u8 = 12;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back() {
        for kind in OutcomeKind::ALL {
            assert_eq!(OutcomeKind::parse(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn mixed_outcomes_have_an_order() {
        use OutcomeKind::{AlreadySo, Done, NeedsPerson, Pending, Refused, Skipped};
        let is = Outcome::new;
        let failed = Outcome::failed;
        let doubt = Outcome::in_doubt(Reason::BrowserLost);
        let check =
            |outcomes: &[Outcome], expected| assert_eq!(exit_code(outcomes), expected, "{outcomes:?}");
        check(&[], 0);
        check(&[is(Done), is(AlreadySo), is(Pending)], 0);
        check(&[failed(Reason::NotFound), doubt.clone(), is(Refused)], 5);
        check(&[is(Done), failed(Reason::SeatLimit)], 4);
        check(&[is(Skipped)], 4);
        check(&[is(Refused), failed(Reason::ConsoleDown)], 4);
        check(&[is(NeedsPerson), is(Refused)], 3);
        check(&[is(Done), is(NeedsPerson)], 6);
        check(&[failed(Reason::ConsoleDown), failed(Reason::BrowserLost)], 11);
        check(&[is(Done), failed(Reason::ConsoleDown)], 4);
        check(&[failed(Reason::SelectorMissing), failed(Reason::ConsoleDown)], 4);
        check(&[failed(Reason::SelectorMissing)], 8);
        check(&[failed(Reason::BadCredentials), failed(Reason::BadCredentials)], 6);
        check(&[Outcome::new(OutcomeKind::Failed)], 4);
        let cancelled = Outcome { reason: Some(Reason::Cancelled), ..is(Skipped) };
        check(&[is(Done), cancelled.clone()], 12);
        check(&[cancelled.clone(), is(NeedsPerson), is(Refused)], 12);
        check(&[is(Done), cancelled.clone(), failed(Reason::NotFound)], 4);
        check(&[is(Skipped), cancelled.clone()], 4);
        check(&[doubt.clone(), cancelled], 5);
    }

    #[test]
    fn an_outcome_reads_as_a_line() {
        let outcome = Outcome::failed(Reason::AlreadyMember).with_detail("invited as viewer");
        assert_eq!(outcome.to_string(), "failed (already_member): invited as viewer");
        assert_eq!(Outcome::done().to_string(), "done");
    }
}

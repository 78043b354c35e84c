//! What can become of a change, the one table of reasons, and the exit codes.
//!
//! Half-done is an outcome and not an error, so every change ends as a value of [`Outcome`]. A [`Reason`] is set
//! where it arises and kept through every wrap; the table at [`Reason::row`] alone says what it means for a
//! caller: its class, whether and when to try again, what a person does next, and the exit code.

use std::fmt;
use std::time::Duration;

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
            OutcomeKind::Skipped => exit::SOME_FAILED,
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

/// Why a change or a whole run ended as it did; a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// No paid seat is free.
    SeatLimit,
    /// The workspace's plan does not allow it.
    PlanLimit,
    /// The person is a member in another way than asked for.
    AlreadyMember,
    /// The console does not take the address.
    InvalidEmail,
    /// The workspace does not accept this mail domain.
    DomainBlocked,
    /// The role is unknown, or cannot be given.
    RoleNotOffered,
    /// The person is not in the list.
    NotFound,
    /// The account may not do this.
    NotPermitted,
    /// More than one row carries the address.
    Ambiguous,
    /// The console signed the account out.
    SignedOut,
    /// The console refused the password or the code.
    BadCredentials,
    /// The console asks for a code only a person can get.
    CodeRequired,
    /// A captcha or a bot check stands in the way.
    BotWall,
    /// The console asks to slow down.
    RateLimited,
    /// The app has no recording for the operation.
    Unsupported,
    /// Nothing on the page matches an element of the map.
    SelectorMissing,
    /// More than one thing on the page matches an element of the map.
    SelectorAmbiguous,
    /// No known version of the console matches.
    UnknownConsole,
    /// The list could not be proven complete.
    ReadingUnstable,
    /// Something unknown covers the page.
    BlockedByOverlay,
    /// It took longer than allowed.
    Timeout,
    /// The browser or its driver ended or stopped answering.
    BrowserLost,
    /// The console cannot be reached.
    ConsoleDown,
    /// The console answered with an error of its own.
    ConsoleError,
    /// It was committed, and is proven not to have been applied.
    NotApplied,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The request or the configuration has to change.
    Config,
    /// The sign-in needs attention.
    Login,
    /// Somebody has to agree.
    Approval,
    /// It may well work later.
    Transient,
    /// The app itself says no.
    AppLimit,
    /// The console is no longer as the map says.
    Drift,
    /// The program is at fault.
    Bug,
}

impl Class {
    /// The word of reports and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Login => "login",
            Self::Approval => "approval",
            Self::Transient => "transient",
            Self::AppLimit => "app_limit",
            Self::Drift => "drift",
            Self::Bug => "bug",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// When to try again.
#[derive(Clone, Copy)]
enum Again {
    /// Not before something has changed.
    No,
    /// At once, as a new plan.
    Now,
    /// Not before so many minutes have passed.
    Minutes(u64),
}

/// A line of the table of reasons.
struct Row {
    name: &'static str,
    class: Class,
    again: Again,
    exit_code: u8,
    hint: &'static str,
}

impl Reason {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 25] = [
        Self::SeatLimit,
        Self::PlanLimit,
        Self::AlreadyMember,
        Self::InvalidEmail,
        Self::DomainBlocked,
        Self::RoleNotOffered,
        Self::NotFound,
        Self::NotPermitted,
        Self::Ambiguous,
        Self::SignedOut,
        Self::BadCredentials,
        Self::CodeRequired,
        Self::BotWall,
        Self::RateLimited,
        Self::Unsupported,
        Self::SelectorMissing,
        Self::SelectorAmbiguous,
        Self::UnknownConsole,
        Self::ReadingUnstable,
        Self::BlockedByOverlay,
        Self::Timeout,
        Self::BrowserLost,
        Self::ConsoleDown,
        Self::ConsoleError,
        Self::NotApplied,
    ];

    /// The table: everything the program knows about a reason.
    #[rustfmt::skip]
    fn row(self) -> Row {
        use Again::{Minutes, No, Now};
        use Class::{AppLimit, Config, Drift, Login, Transient};
        use exit::{CONSOLE_DRIFT, NEEDS_PERSON, SOME_FAILED, TRY_AGAIN, USAGE};
        let row = |name, class, again, exit_code, hint| Row { name, class, again, exit_code, hint };
        match self {
            Self::SeatLimit => row("seat_limit", AppLimit, No, SOME_FAILED,
                "no paid seat is free: remove somebody or buy a seat in the console, then run this again"),
            Self::PlanLimit => row("plan_limit", AppLimit, No, SOME_FAILED,
                "the workspace's subscription does not include this: change the subscription, or ask for something else"),
            Self::AlreadyMember => row("already_member", AppLimit, No, SOME_FAILED,
                "the person is in the workspace already: look them up with `list`, and use `set-role` if the role is what should change"),
            Self::InvalidEmail => row("invalid_email", Config, No, SOME_FAILED,
                "the console does not take this address: check its spelling"),
            Self::DomainBlocked => row("domain_blocked", AppLimit, No, SOME_FAILED,
                "the workspace does not accept this mail domain: allow the domain in the console's settings, or use another address"),
            Self::RoleNotOffered => row("role_not_offered", Config, No, SOME_FAILED,
                "the console does not offer this role to give: `list` shows the roles in use; choose another one"),
            Self::NotFound => row("not_found", Config, No, SOME_FAILED,
                "nobody in the workspace has this address: check its spelling against `list`, or invite the person first"),
            Self::NotPermitted => row("not_permitted", Config, No, SOME_FAILED,
                "the account seatwright signs in with may not do this: give it the rights in the console, or use another account"),
            Self::Ambiguous => row("ambiguous", AppLimit, No, SOME_FAILED,
                "more than one row shows this address: open the console, see which is the right one, and settle it there by hand"),
            Self::SignedOut => row("signed_out", Login, Minutes(1), NEEDS_PERSON,
                "the console signed the account out more than once: see whether somebody else uses the same account, then run this again"),
            Self::BadCredentials => row("bad_credentials", Login, No, NEEDS_PERSON,
                "the console refused the sign-in: sign in by hand with the same account, then correct the password in the place the configuration names"),
            Self::CodeRequired => row("code_required", Login, No, NEEDS_PERSON,
                "the console asks for a code that only a person can get: sign in by hand once, or use an account whose second factor is a TOTP secret"),
            Self::BotWall => row("bot_wall", Login, No, NEEDS_PERSON,
                "the console asks whether a person is there: sign in by hand once from this machine, and run less often"),
            Self::RateLimited => row("rate_limited", Transient, Minutes(15), TRY_AGAIN,
                "the console asks to slow down: wait a quarter of an hour, then run this again with fewer people at a time"),
            Self::Unsupported => row("unsupported", Config, No, USAGE,
                "this app has no recording for the operation: do it by hand in the console, or record the flow"),
            Self::SelectorMissing => row("selector_missing", Drift, No, CONSOLE_DRIFT,
                "the console has changed: compare the named element of the selector map with the page as `show RUN` has it, and mend the map"),
            Self::SelectorAmbiguous => row("selector_ambiguous", Drift, No, CONSOLE_DRIFT,
                "the map's element fits more than one thing on the page: make it narrower in the selector map; `show RUN` lists the matches"),
            Self::UnknownConsole => row("unknown_console", Drift, No, CONSOLE_DRIFT,
                "no selector map fits this console: check the workspace's `url`; if it is right, the console has changed and needs a new map"),
            Self::ReadingUnstable => row("reading_unstable", Transient, Minutes(5), SOME_FAILED,
                "the list of members could not be proven complete, so nothing was concluded from it: run this again when nobody else is changing the workspace"),
            Self::BlockedByOverlay => row("blocked_by_overlay", Drift, No, CONSOLE_DRIFT,
                "something unknown covers the page: `show RUN` has its text; close it by hand for this account, or add it to the map's interrupts"),
            Self::Timeout => row("timeout", Transient, Minutes(1), TRY_AGAIN,
                "the console took too long: open it by hand to see whether it is slow today, then run this again"),
            Self::BrowserLost => row("browser_lost", Transient, Now, TRY_AGAIN,
                "the browser ended or stopped answering: run this again; if it happens again, look at the machine's free memory"),
            Self::ConsoleDown => row("console_down", Transient, Minutes(5), TRY_AGAIN,
                "the console cannot be reached: check the network and the workspace's `url`, then run this again"),
            Self::ConsoleError => row("console_error", Transient, Minutes(5), TRY_AGAIN,
                "the console answered with an error of its own: `show RUN` has its text; run this again later"),
            Self::NotApplied => row("not_applied", Transient, Now, SOME_FAILED,
                "the console took the click and did not do it, which was checked twice: run the command again, it plans anew"),
        }
    }

    /// The word of reports, JSON and the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().name
    }

    /// The reason of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// Whose turn it is.
    #[must_use]
    pub fn class(self) -> Class {
        self.row().class
    }

    /// Asking again, unchanged, may succeed.
    #[must_use]
    pub fn retryable(self) -> bool {
        !matches!(self.row().again, Again::No)
    }

    /// How long to wait before asking again; zero for at once, `None` if it is not [`retryable`](Self::retryable).
    #[must_use]
    pub fn retry_after(self) -> Option<Duration> {
        match self.row().again {
            Again::No => None,
            Again::Now => Some(Duration::ZERO),
            Again::Minutes(minutes) => Some(Duration::from_secs(60 * minutes)),
        }
    }

    /// What a person does next.
    #[must_use]
    pub fn hint(self) -> &'static str {
        self.row().hint
    }

    /// The exit code of a run that ends for this reason before it changed anything.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        self.row().exit_code
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The exit code of a run with these outcomes.
///
/// In doubt comes first, then failed or skipped, then refused, then needing a person. Failures that all have the
/// same cause and leave nothing done (every change met a console that had drifted, was down, or asked for a
/// person) give the code of that cause, so that a scheduler can tell "try again" from "somebody has to look".
#[must_use]
pub fn exit_code(outcomes: &[Outcome]) -> u8 {
    let codes: Vec<u8> = outcomes.iter().map(Outcome::exit_code).collect();
    let has = |code: u8| codes.contains(&code);
    if has(exit::IN_DOUBT) {
        return exit::IN_DOUBT;
    }
    let failed = |outcome: &&Outcome| matches!(outcome.kind, OutcomeKind::Failed | OutcomeKind::Skipped);
    if outcomes.iter().any(|outcome| failed(&outcome)) {
        let first = codes[0];
        return if codes.iter().all(|code| *code == first) { first } else { exit::SOME_FAILED };
    }
    [exit::REFUSED, exit::NEEDS_PERSON].into_iter().find(|code| has(*code)).unwrap_or(exit::DONE)
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
    use std::collections::BTreeSet;

    #[test]
    fn every_word_is_read_back_and_stands_once() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(reason));
        }
        for kind in OutcomeKind::ALL {
            assert_eq!(OutcomeKind::parse(kind.as_str()), Some(kind));
        }
        let words: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(words.len(), Reason::ALL.len());
        assert_eq!(Reason::parse("no_such_reason"), None);
    }

    #[test]
    fn the_table_agrees_with_itself() {
        for reason in Reason::ALL {
            assert_eq!(reason.retryable(), reason.retry_after().is_some(), "{reason}");
            assert!(reason.hint().len() > 30 && !reason.hint().ends_with('.'), "{reason}");
            match reason.class() {
                Class::Drift => assert_eq!(reason.exit_code(), exit::CONSOLE_DRIFT, "{reason}"),
                Class::Login => assert_eq!(reason.exit_code(), exit::NEEDS_PERSON, "{reason}"),
                Class::Transient => assert!(reason.retryable(), "{reason}"),
                Class::AppLimit => assert_eq!(reason.exit_code(), exit::SOME_FAILED, "{reason}"),
                Class::Config | Class::Approval | Class::Bug => assert!(!reason.retryable(), "{reason}"),
            }
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
    }

    #[test]
    fn an_outcome_reads_as_a_line() {
        let outcome = Outcome::failed(Reason::AlreadyMember).with_detail("invited as viewer");
        assert_eq!(outcome.to_string(), "failed (already_member): invited as viewer");
        assert_eq!(Outcome::done().to_string(), "done");
    }
}

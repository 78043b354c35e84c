//! The one table of reasons.
//!
//! A [`Reason`] is set where it arises and kept through every wrap. The table alone says what it means for a
//! caller: its class, whether and when to try again, what a person does next, and the exit code.

use std::fmt;
use std::time::Duration;

use super::outcome::exit;

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
    /// Somebody cancelled the run before it was begun.
    Cancelled,
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
    pub const ALL: [Self; 26] = [
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
        Self::Cancelled,
    ];
    /// Those that a console can give: all but what only a person can.
    pub const OF_CONSOLES: [Self; 25] = {
        let [told @ .., _cancelled] = Self::ALL;
        told
    };

    /// The table: everything the program knows about a reason.
    #[rustfmt::skip]
    fn row(self) -> Row {
        use Again::{Minutes, No, Now};
        use Class::{AppLimit, Approval, Config, Drift, Login, Transient};
        use exit::{CANCELLED, CONSOLE_DRIFT, NEEDS_PERSON, SOME_FAILED, TRY_AGAIN, USAGE};
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
                "it is not certain whom this would act on: if two rows show the address, settle it in the console by hand; else the recording has to name the person, by `mentions` or `prove`"),
            Self::SignedOut => row("signed_out", Login, Minutes(1), NEEDS_PERSON,
                "the console signed the account out more than once, or does not let it in without a person: see whether somebody else uses the same account, or `seatwright login`, then run this again"),
            Self::BadCredentials => row("bad_credentials", Login, No, NEEDS_PERSON,
                "the console refused the sign-in: sign in by hand with the same account, then correct the password or the second factor in the place the configuration names; until then, or for a day, it is not tried again"),
            Self::CodeRequired => row("code_required", Login, No, NEEDS_PERSON,
                "the console asks for a code or an approval: where it is a code of an authenticator app, give the account its secret (`totp` in the configuration); anything else only a person can give: `seatwright login` once, and later runs use that session"),
            Self::BotWall => row("bot_wall", Login, No, NEEDS_PERSON,
                "the console asks whether a person is there: sign in by hand once from this machine (`seatwright login`), and run less often"),
            Self::RateLimited => row("rate_limited", Transient, Minutes(15), TRY_AGAIN,
                "the console asks to slow down: wait a quarter of an hour, then run this again with fewer people at a time"),
            Self::Unsupported => row("unsupported", Config, No, USAGE,
                "this app has no recording for the operation: do it by hand in the console, or write the recording (docs/formats.md)"),
            Self::SelectorMissing => row("selector_missing", Drift, No, CONSOLE_DRIFT,
                "the console has changed: compare the named element of the selector map with the page as `show RUN` has it, and mend the map"),
            Self::SelectorAmbiguous => row("selector_ambiguous", Drift, No, CONSOLE_DRIFT,
                "the map's element fits more than one thing on the page: make it narrower in the selector map; `show RUN` lists the matches"),
            Self::UnknownConsole => row("unknown_console", Drift, No, CONSOLE_DRIFT,
                "no selector map fits this console: check the workspace's `url`; if it is right, the console has changed and needs a new map"),
            Self::ReadingUnstable => row("reading_unstable", Transient, Minutes(5), SOME_FAILED,
                "the list of members could not be proven complete, so nothing was concluded from who is not in it: run this again; if the reason stays the same, the map has to tell where the list ends (`total`, `next`, `tabs`)"),
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
            Self::Cancelled => row("cancelled", Approval, No, CANCELLED,
                "nothing was done about this person: if it shall be done after all, run the command again, it plans anew"),
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

    /// The reason of that word, if a console can give it.
    #[must_use]
    pub fn parse_of_console(word: &str) -> Option<Self> {
        Self::OF_CONSOLES.into_iter().find(|reason| reason.as_str() == word)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_word_is_read_back_and_stands_once() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(reason));
        }
        let words: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(words.len(), Reason::ALL.len());
        assert_eq!(Reason::parse("no_such_reason"), None);
        assert!(!Reason::OF_CONSOLES.contains(&Reason::Cancelled), "no map says that a person cancelled");
        assert_eq!(Reason::parse_of_console("cancelled"), None);
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
}

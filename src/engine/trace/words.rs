//! The sentences of the page: what happened, in ten seconds, and what to do next.

use std::collections::BTreeMap;

use crate::domain::outcome::{OutcomeKind, exit};
use crate::engine::report::{ChangeReport, Report};

/// How the page looks at something: by colour, and never by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Good,
    Plain,
    Warn,
    Bad,
}

impl Mood {
    /// The class of the style.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Plain => "plain",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }

    /// The sign beside the word.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Plain => "–",
            Self::Warn => "!",
            Self::Bad => "✕",
        }
    }
}

/// Something to do, with a command where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Todo {
    pub(super) what: String,
    pub(super) command: Option<String>,
    /// Whom it is about.
    pub(super) whom: Vec<String>,
}

pub(super) fn kind_of(report: &Report, change: &ChangeReport) -> OutcomeKind {
    let kind = change.outcome().kind;
    if report.dry_run && kind == OutcomeKind::Skipped { OutcomeKind::Pending } else { kind }
}

/// The word for what became of somebody.
pub(super) fn word(report: &Report, change: &ChangeReport) -> &'static str {
    if report.dry_run && change.outcome().kind == OutcomeKind::Skipped {
        return "planned";
    }
    match change.outcome().kind {
        OutcomeKind::Done => "done",
        OutcomeKind::AlreadySo => "already so",
        OutcomeKind::Pending => "waits for the person",
        OutcomeKind::NeedsPerson => "needs a person",
        OutcomeKind::Refused => "refused",
        OutcomeKind::Failed => "failed",
        OutcomeKind::Skipped => "skipped",
        OutcomeKind::InDoubt => "in doubt",
    }
}

pub(super) fn mood(kind: OutcomeKind) -> Mood {
    match kind {
        OutcomeKind::Done | OutcomeKind::Pending => Mood::Good,
        OutcomeKind::AlreadySo => Mood::Plain,
        OutcomeKind::NeedsPerson | OutcomeKind::Skipped => Mood::Warn,
        OutcomeKind::Refused | OutcomeKind::Failed | OutcomeKind::InDoubt => Mood::Bad,
    }
}

/// What needs somebody's eyes comes first.
pub(super) fn order(kind: OutcomeKind) -> u8 {
    match kind {
        OutcomeKind::InDoubt => 0,
        OutcomeKind::NeedsPerson => 1,
        OutcomeKind::Failed => 2,
        OutcomeKind::Refused => 3,
        OutcomeKind::Skipped => 4,
        OutcomeKind::Pending => 5,
        OutcomeKind::Done => 6,
        OutcomeKind::AlreadySo => 7,
    }
}

/// How many changes came to what, the most urgent first.
pub(super) fn counts(report: &Report) -> Vec<(&'static str, Mood, usize)> {
    let mut counts: BTreeMap<(u8, &str), (Mood, usize)> = BTreeMap::new();
    for change in &report.changes {
        let kind = kind_of(report, change);
        counts.entry((order(kind), word(report, change))).or_insert((mood(kind), 0)).1 += 1;
    }
    counts.into_iter().map(|((_, word), (mood, count))| (word, mood, count)).collect()
}

fn changes(number: usize) -> String {
    if number == 1 { "1 change".to_owned() } else { format!("{number} changes") }
}

fn count(report: &Report, kind: OutcomeKind) -> usize {
    report.changes.iter().filter(|change| change.outcome().kind == kind).count()
}

/// What happened, in a line.
pub(super) fn headline(report: &Report) -> (Mood, String) {
    let all = report.changes.len();
    let of = |kind| count(report, kind);
    let in_doubt = of(OutcomeKind::InDoubt);
    if in_doubt > 0 {
        let text = format!("In doubt: {} may have been made, or not", changes(in_doubt));
        return (Mood::Bad, text);
    }
    if report.error.is_some() {
        let done = of(OutcomeKind::Done) + of(OutcomeKind::Pending);
        return if done > 0 {
            (Mood::Bad, format!("Stopped before its end: {done} of {} made", changes(all)))
        } else {
            (Mood::Bad, "Failed: nothing was changed".to_owned())
        };
    }
    if !report.refusals.is_empty() {
        return (Mood::Bad, "Refused by a guard: nothing was changed".to_owned());
    }
    if report.dry_run {
        return match of(OutcomeKind::Skipped) {
            0 => (Mood::Good, "Rehearsal: there is nothing to change".to_owned()),
            planned => {
                (Mood::Plain, format!("Rehearsal: {} to make, and nothing was changed", changes(planned)))
            }
        };
    }
    if all == 0 {
        return match &report.reading {
            Some(reading) if reading.unproven.is_some() => {
                (Mood::Warn, format!("{} people read, and the list is not proven complete", reading.rows))
            }
            Some(reading) => {
                (Mood::Good, format!("{} people read, the list is proven complete", reading.rows))
            }
            None => (Mood::Plain, "Nothing was changed".to_owned()),
        };
    }
    let fine = report.changes.iter().filter(|change| change.outcome().kind.is_fine()).count();
    if fine == all {
        let made = of(OutcomeKind::Done) + of(OutcomeKind::Pending);
        return match made {
            0 => (Mood::Good, "Nothing had to be changed: everything is so already".to_owned()),
            made if made == all => (Mood::Good, format!("Done: {}", changes(made))),
            made => (Mood::Good, format!("Done: {}, the others were so already", changes(made))),
        };
    }
    let mood = if of(OutcomeKind::Failed) > 0 || fine == 0 { Mood::Bad } else { Mood::Warn };
    match fine {
        0 if all == 1 => (mood, "The change was not made".to_owned()),
        0 => (mood, format!("None of {} was made", changes(all))),
        fine => (mood, format!("{} of {} not made", all - fine, changes(all))),
    }
}

/// What an exit code means, as the page of a run needs it.
pub(super) fn meaning(code: u8) -> &'static str {
    match code {
        exit::DONE => "done, waiting for the person to accept, or nothing to do",
        exit::UNEXPECTED => "something nobody expected",
        exit::USAGE => "the configuration, or something that is not installed",
        exit::REFUSED => "refused by a guard, nothing was changed",
        exit::SOME_FAILED => "some changes failed or were skipped",
        exit::IN_DOUBT => "a change is in doubt",
        exit::NEEDS_PERSON => "a person is needed",
        exit::APPROVAL_NEEDED => "nobody agreed",
        exit::CONSOLE_DRIFT => "the console is no longer as the map says",
        exit::WORKSPACE_HELD => "another run held the workspace",
        exit::CHANGES_PENDING => "a rehearsal: there are changes to make",
        exit::TRY_AGAIN => "not reachable or browser lost, nothing was changed",
        exit::CANCELLED => "cancelled",
        _ => "unknown",
    }
}

/// What to do next, the most urgent first; nothing where all is as it was asked for.
pub(super) fn todos(report: &Report) -> Vec<Todo> {
    let mut todos: Vec<Todo> = Vec::new();
    let mut add = |what: &str, command: Option<String>, whom: Option<&str>| {
        if what.is_empty() && command.is_none() {
            return;
        }
        let what = sentence(report, what);
        let at = todos.iter().position(|known| known.what == what && known.command == command);
        let at = at.unwrap_or_else(|| {
            todos.push(Todo { what, command, whom: Vec::new() });
            todos.len() - 1
        });
        todos[at].whom.extend(whom.map(str::to_owned));
    };
    let mut changes: Vec<&ChangeReport> = report.changes.iter().collect();
    changes.sort_by_key(|change| order(change.outcome().kind));
    let run = &report.run;
    for change in changes {
        let email = Some(change.email.as_str());
        match (change.outcome().kind, change.id) {
            (OutcomeKind::InDoubt, Some(id)) if report.operation == "resend" => {
                let ask = "Look in the console, or ask the person, whether it was sent. Then say so (or =not-done). Do not send it again before.";
                add(ask, Some(format!("seatwright resume {run} --settle {id}=done")), email);
            }
            (OutcomeKind::InDoubt, Some(_)) => {
                let ask = "Do not run it again. Let two new readings of the list decide what became of it.";
                add(ask, Some(format!("seatwright resume {run}")), email);
            }
            // It belongs to an earlier run, which its particulars name.
            (OutcomeKind::InDoubt, None) => {
                add("Settle what an earlier run left in doubt first.", None, email)
            }
            _ => add(change.hint.as_deref().unwrap_or_default(), None, email),
        }
    }
    for refusal in &report.refusals {
        add(&refusal.hint, None, refusal.email.as_deref());
    }
    if let Some(error) = &report.error {
        add(&error.hint, None, None);
    }
    if report.reading.as_ref().is_some_and(|reading| reading.unproven.is_some()) {
        add(
            "Take nobody's absence from this list for granted. Run it again when the workspace is quiet.",
            None,
            None,
        );
    }
    if report.changes.iter().any(|change| change.disagreement.is_some()) {
        add("Page, server and list do not say the same of a change: look at it in the console.", None, None);
    }
    if !report.drift.is_empty() {
        add("Mend the selector map before the console moves on: see the drift below.", None, None);
    }
    todos
}

/// A hint as a sentence of this run: it begins with a capital, and names the run where others are told `RUN`.
pub(super) fn sentence(report: &Report, hint: &str) -> String {
    let hint = hint.replace(" RUN`", &format!(" {}`", report.run));
    let mut letters = hint.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

/// `1.2 s`, `1 min 12 s`.
pub(super) fn duration(milliseconds: u64) -> String {
    match milliseconds {
        0..1000 => format!("{milliseconds} ms"),
        1000..60_000 => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
        _ => format!("{} min {} s", milliseconds / 60_000, milliseconds % 60_000 / 1000),
    }
}

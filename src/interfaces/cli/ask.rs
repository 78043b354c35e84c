//! [`Asker`]: whom the engine asks whether a plan shall be carried out, and tells how far it is.

use std::io::IsTerminal;
use std::time::Instant;

use async_trait::async_trait;

use super::args::Consent;
use super::printer::Printer;
use super::render;
use crate::domain::Change;
use crate::engine::deadline::in_words;
use crate::engine::{Agreement, Caller, Progress, Proposal};

/// The person at the terminal, or the flags that speak for them.
pub(crate) struct Asker<'a> {
    printer: &'a Printer,
    consent: Consent,
    tally: Tally,
}

impl<'a> Asker<'a> {
    pub(crate) fn new(printer: &'a Printer, consent: Consent) -> Self {
        Self { printer, consent, tally: Tally::default() }
    }
}

#[async_trait]
impl Caller for Asker<'_> {
    async fn agree(&mut self, proposal: &Proposal<'_>) -> Agreement {
        if !(self.consent.yes && self.printer.quiet()) {
            render::proposal(self.printer, proposal);
        }
        if self.consent.dry_run {
            return Agreement::Rehearsal;
        }
        if self.consent.yes {
            return Agreement::Yes;
        }
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Agreement::NobodyToAsk("there is no terminal to ask at".to_owned());
        }
        self.printer.question(&question(proposal));
        if is_yes().await { Agreement::Yes } else { Agreement::No }
    }

    fn progress(&mut self, progress: &Progress) {
        if let Progress::WaitingForPerson { wait } = progress {
            // Whoever has to do something is told in any case.
            let wait = in_words(*wait);
            return self
                .printer
                .say(&format!("go on in the browser's window: it waits for you to sign in, for {wait}"));
        }
        let text = match progress {
            Progress::Started { run } => format!("run {run}: starting a browser"),
            Progress::SigningIn => "signing in".to_owned(),
            Progress::WaitingForPerson { .. } => "waiting for somebody to sign in".to_owned(),
            Progress::Reading => "reading the members".to_owned(),
            Progress::Change { number, of, change } => format!("{number} of {of}: {change}"),
            Progress::Outcome { change, outcome } => format!("  {outcome} ({change})"),
            Progress::Settling { changes, seconds } => {
                format!(
                    "{} in doubt: reading again in {seconds} s",
                    render::count(*changes, "change is", "changes are")
                )
            }
        };
        if self.printer.has_status() {
            self.printer.status(&self.tally.line(progress, text, Instant::now()));
        } else {
            self.printer.progress(&text);
        }
    }
}

/// How far a run is, in one line: what goes on, what became of the changes before, how long that took.
#[derive(Debug, Default)]
struct Tally {
    /// The last change that began.
    change: Option<String>,
    /// The first one did then.
    began: Option<Instant>,
    /// In the order in which they were met.
    outcomes: Vec<(String, usize)>,
}

impl Tally {
    /// The line after this progress, whose own words are `text`.
    fn line(&mut self, progress: &Progress, text: String, now: Instant) -> String {
        let mut parts = vec![text];
        match progress {
            Progress::Change { .. } => self.change = Some(parts[0].clone()),
            Progress::Outcome { outcome, .. } => {
                self.count(outcome);
                parts = self.change.iter().cloned().collect();
            }
            _ => {}
        }
        if self.change.is_some() {
            let counts = self.outcomes.iter().map(|(outcome, count)| format!("{count} {outcome}"));
            let counts: Vec<_> = counts.collect();
            let passed = now.duration_since(*self.began.get_or_insert(now)).as_secs();
            parts.extend((!counts.is_empty()).then(|| counts.join(", ")));
            parts.push(format!("{}:{:02}", passed / 60, passed % 60));
        }
        parts.join(" | ")
    }

    /// The kind of an outcome is its first word; why it came to it has no room here.
    fn count(&mut self, outcome: &str) {
        let kind = outcome.split([' ', ':']).next().unwrap_or_default().replace('_', " ");
        match self.outcomes.iter_mut().find(|(other, _)| *other == kind) {
            Some((_, count)) => *count += 1,
            None => self.outcomes.push((kind, 1)),
        }
    }
}

/// Who removes one person confirms that very person.
fn question(proposal: &Proposal<'_>) -> String {
    match proposal.plan.changes.as_slice() {
        [Change::Remove { email }] => format!("Remove {email}? Type yes:"),
        [Change::CancelInvite { email }] => format!("Take back the invitation of {email}? Type yes:"),
        [Change::Deactivate { email }] => format!("Deactivate {email}? Type yes:"),
        [_] => "Do this? Type yes:".to_owned(),
        changes => format!("Do these {} changes? Type yes:", changes.len()),
    }
}

/// What is typed is `yes`, and nothing else.
pub(crate) async fn is_yes() -> bool {
    answer().await.trim().eq_ignore_ascii_case("yes")
}

/// What is typed; nothing if there is no more input.
async fn answer() -> String {
    let read = || {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line).unwrap_or_default()
    };
    tokio::task::spawn_blocking(read).await.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_status_counts_outcomes_and_time() {
        let mut tally = Tally::default();
        let start = Instant::now();
        let mut line = |progress, text: &str, seconds| {
            tally.line(&progress, text.to_owned(), start + Duration::from_secs(seconds))
        };
        let change = |number| Progress::Change { number, of: 3, change: String::new() };
        let outcome =
            |outcome: &str| Progress::Outcome { change: String::new(), outcome: outcome.to_owned() };
        assert_eq!(line(Progress::Reading, "reading the members", 0), "reading the members");
        assert_eq!(line(change(1), "1 of 3: remove a", 20), "1 of 3: remove a | 0:00");
        assert_eq!(line(outcome("done"), "", 25), "1 of 3: remove a | 1 done | 0:05");
        line(change(2), "2 of 3: remove b", 25);
        line(outcome("in_doubt (timeout): nothing came"), "", 80);
        line(change(3), "3 of 3: remove c", 80);
        assert_eq!(line(outcome("done"), "", 92), "3 of 3: remove c | 2 done, 1 in doubt | 1:12");
        assert_eq!(
            line(Progress::Reading, "reading the members", 93),
            "reading the members | 2 done, 1 in doubt | 1:13"
        );
    }
}

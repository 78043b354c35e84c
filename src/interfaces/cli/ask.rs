//! [`Asker`]: whom the engine asks whether a plan shall be carried out, and tells how far it is.

use std::io::IsTerminal;

use async_trait::async_trait;

use super::args::Consent;
use super::printer::Printer;
use super::render;
use crate::domain::Change;
use crate::engine::{Agreement, Caller, Progress, Proposal};

/// The person at the terminal, or the flags that speak for them.
pub(crate) struct Asker<'a> {
    printer: &'a Printer,
    consent: Consent,
}

impl<'a> Asker<'a> {
    pub(crate) fn new(printer: &'a Printer, consent: Consent) -> Self {
        Self { printer, consent }
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
        if answer().await.trim().eq_ignore_ascii_case("yes") { Agreement::Yes } else { Agreement::No }
    }

    fn progress(&mut self, progress: &Progress) {
        let text = match progress {
            Progress::Started { run } => format!("run {run}: starting a browser"),
            Progress::SigningIn => "signing in".to_owned(),
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
        self.printer.progress(&text);
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

/// What is typed; nothing if there is no more input.
async fn answer() -> String {
    let read = || {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line).unwrap_or_default()
    };
    tokio::task::spawn_blocking(read).await.unwrap_or_default()
}

//! `approve PLAN`: somebody's word that what has to be approved shall be done, written down beside the plan (D7.7).

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde::Serialize;

use super::Context;
use crate::domain::Approval;
use crate::domain::approving::Word;
use crate::engine::plan_file::ActionPart;
use crate::engine::report::{RefusalReport, SCHEMA_VERSION};
use crate::engine::{ApprovalFile, Approved, Approver, Before, PlanFile, whole_file};
use crate::interfaces::cli::args::Approve;
use crate::interfaces::cli::ask;
use crate::interfaces::cli::exit::Advice;
use crate::interfaces::cli::printer::{Printer, Style};
use crate::interfaces::cli::render;

/// What `approve --json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    schema_version: u32,
    plan: &'a str,
    /// None where there is nothing to approve, or it was not.
    approval: Option<&'a ApprovalFile>,
    /// Where that was written.
    file: Option<&'a Path>,
    /// The approval whose place it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced: Option<&'a ApprovalFile>,
    /// What speaks against the plan, or against another approval of it.
    refusals: Vec<RefusalReport>,
    exit_code: u8,
}

pub(super) async fn run(context: &Context, arguments: &Approve) -> anyhow::Result<u8> {
    let engine = context.engine().await?;
    let plan = PlanFile::read(&content(&arguments.plan)?).map_err(crate::engine::Error::from)?;
    let place = beside(&arguments.plan);
    let before = match place.try_exists() {
        Ok(false) => None,
        _ => Some(Before { approval: ApprovalFile::read(&content(&place)?), is_given_up: arguments.force }),
    };
    let is_there = before.is_some();
    let mut person = Person { printer: &context.printer, yes: arguments.yes };
    let approved = engine.approve(&plan, before, &mut person).await?;
    if let Some(approval) = &approved.approval {
        whole_file::write(&place, &approval.content(), is_there)?;
    }
    tell(&context.printer, &plan, &approved, &place);
    Ok(approved.exit_code)
}

/// Whoever sits at the terminal, or the flag that speaks for them.
struct Person<'a> {
    printer: &'a Printer,
    yes: bool,
}

#[async_trait]
impl Approver for Person<'_> {
    async fn word(&mut self, plan: &PlanFile, items: &[(&ActionPart, Approval)]) -> Word {
        show(self.printer, plan, items);
        if self.yes {
            return Word::Beforehand;
        }
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Word::NobodyToAsk("there is no terminal to ask at".to_owned());
        }
        self.printer.question("Approve all of this? Type yes:");
        if ask::is_yes().await {
            return Word::Yes;
        }
        self.printer.say("not approved");
        Word::No
    }
}

/// What is to be approved.
fn show(printer: &Printer, plan: &PlanFile, items: &[(&ActionPart, Approval)]) {
    let place = format!(
        " {} for {}, {}: {} of {}",
        plan.short(),
        plan.plan.workspace,
        plan.plan.console,
        items.len(),
        render::count(plan.changes(), "change", "changes")
    );
    printer.say_styled(Style::Bold, "To be approved in plan", &place);
    for (action, class) in items {
        let name = action.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        printer.say(&format!("  {}{name}: {} [{}]", action.words(), action.why, class.why()));
        if let Some(consequence) = &action.consequence {
            printer.say(&format!("    note: {consequence}"));
        }
    }
    printer.say(&render::seats_in_words(plan.plan.seat_delta));
    if let Ok(Some(cost)) = plan.cost() {
        printer.say(&render::cost_in_words(&cost));
    }
}

fn tell(printer: &Printer, plan: &PlanFile, approved: &Approved, place: &Path) {
    let Approved { refusals, approval, replaced, exit_code } = approved;
    if printer.json() {
        printer.value(&Printed {
            schema_version: SCHEMA_VERSION,
            plan: &plan.hash,
            approval: approval.as_ref(),
            file: approval.as_ref().map(|_| place),
            replaced: replaced.as_ref(),
            refusals: refusals.iter().map(RefusalReport::of).collect(),
            exit_code: *exit_code,
        });
    }
    for refusal in refusals {
        printer.say_styled(Style::Bad, "refused: ", &refusal.message);
        printer.hint(&refusal.hint);
    }
    if plan.to_approve().next().is_none() && refusals.is_empty() {
        printer.say(&format!("plan {}: nothing of it has to be approved", plan.short()));
    }
    if let Some(approval) = approval {
        printer.say(&format!(
            "approved by {}: {}, written to {}",
            approval.approver,
            render::count(approval.items.len(), "change", "changes"),
            place.display()
        ));
        if let Some(ApprovalFile { approver, approved_at, .. }) = replaced {
            printer.say(&format!("it takes the place of the approval by {approver} on {approved_at}"));
        }
        printer.note(
            "this is a record of who said so, and no proof: whoever can write the plan can write it too",
        );
    }
}

/// `plan.json` has its approval in `plan.approval.json`.
pub(super) fn beside(plan: &Path) -> PathBuf {
    plan.with_extension("approval.json")
}

pub(super) fn content(path: &Path) -> Result<Vec<u8>, Advice> {
    std::fs::read(path).map_err(|error| {
        Advice::usage(format!("read {}: {error}", path.display()), "name a file that --out wrote")
    })
}

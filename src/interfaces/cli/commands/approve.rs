//! `approve PLAN`: somebody's word that what has to be approved shall be done, written down beside the plan (D7.7).

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Context;
use crate::domain::guard::Refusal;
use crate::domain::outcome::exit;
use crate::engine::report::{RefusalReport, SCHEMA_VERSION};
use crate::engine::{ApprovalFile, Engine, PlanFile, whole_file};
use crate::interfaces::cli::args::Approve;
use crate::interfaces::cli::ask;
use crate::interfaces::cli::exit::Advice;
use crate::interfaces::cli::printer::Style;
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
    /// What speaks against the plan.
    refusals: Vec<RefusalReport>,
    exit_code: u8,
}

pub(super) async fn run(context: &Context, arguments: &Approve) -> anyhow::Result<u8> {
    let engine = context.engine().await?;
    let plan = PlanFile::read(&content(&arguments.plan)?).map_err(crate::engine::Error::from)?;
    let refusals = engine.objections(&plan).await?;
    let (code, approval) = match refusals.is_empty() {
        true => approved(context, &engine, &plan, arguments).await?,
        false => (exit::REFUSED, None),
    };
    let place = beside(&arguments.plan);
    if let Some(approval) = &approval {
        whole_file::write(&place, &approval.content(), true)?;
    }
    tell(context, &plan, &refusals, approval.as_ref(), &place, code);
    Ok(code)
}

/// Shows what is to be approved, and asks.
async fn approved(
    context: &Context,
    engine: &Engine,
    plan: &PlanFile,
    arguments: &Approve,
) -> anyhow::Result<(u8, Option<ApprovalFile>)> {
    let printer = &context.printer;
    let to_approve: Vec<_> = plan.to_approve().collect();
    if to_approve.is_empty() {
        printer.say(&format!("plan {}: nothing of it has to be approved", plan.short()));
        return Ok((exit::DONE, None));
    }
    let place = format!(
        " {} for {}, {}: {} of {}",
        plan.short(),
        plan.plan.workspace,
        plan.plan.console,
        to_approve.len(),
        render::count(plan.changes(), "change", "changes")
    );
    printer.say_styled(Style::Bold, "To be approved in plan", &place);
    for (action, class) in &to_approve {
        let name = action.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        printer.say(&format!("  {}{name}: {} [{}]", action.words(), action.why, class.why()));
        if let Some(consequence) = &action.consequence {
            printer.say(&format!("    note: {consequence}"));
        }
    }
    printer.say(&render::seats_in_words(plan.plan.seat_delta));
    if let Some(cost) = plan.cost().map_err(crate::engine::Error::from)? {
        printer.say(&render::cost_in_words(&cost));
    }
    let yes_counts = engine.workspace.rostered.yes_approves;
    if arguments.yes && !yes_counts {
        let hint = "leave --yes out and answer at a terminal; or set approval = { yes_approves = true } in the configuration";
        return Err(Advice::approval("approve: --yes approves nothing in this workspace", hint).into());
    }
    if !arguments.yes {
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            let hint = "run it at a terminal; or set approval = { yes_approves = true } in the configuration and say --yes";
            return Err(Advice::approval("approve: there is no terminal to ask at", hint).into());
        }
        printer.question("Approve all of this? Type yes:");
        if !ask::is_yes().await {
            printer.say("not approved");
            return Ok((exit::CANCELLED, None));
        }
    }
    Ok((exit::DONE, Some(engine.approval_of(plan))))
}

fn tell(
    context: &Context,
    plan: &PlanFile,
    refusals: &[Refusal],
    approval: Option<&ApprovalFile>,
    place: &Path,
    exit_code: u8,
) {
    let printer = &context.printer;
    if printer.json() {
        printer.value(&Printed {
            schema_version: SCHEMA_VERSION,
            plan: &plan.hash,
            approval,
            file: approval.map(|_| place),
            refusals: refusals.iter().map(RefusalReport::of).collect(),
            exit_code,
        });
    }
    for refusal in refusals {
        printer.say_styled(Style::Bad, "refused: ", &refusal.message);
        printer.hint(&refusal.hint);
    }
    if let Some(approval) = approval {
        printer.say(&format!(
            "approved by {}: {}, written to {}",
            approval.approver,
            render::count(approval.items.len(), "change", "changes"),
            place.display()
        ));
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
        Advice::usage(format!("read {}: {error}", path.display()), "name a file that `plan --out` wrote")
    })
}

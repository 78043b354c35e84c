//! `resume RUN`

use super::{Context, no_such_run, open, run_id};
use crate::interfaces::cli::args::{Consent, Resume, Settlement};
use crate::interfaces::cli::ask::Asker;
use crate::interfaces::cli::render;

pub(super) async fn run(context: &Context, arguments: &Resume) -> anyhow::Result<u8> {
    let surroundings = context.surroundings()?;
    let id = run_id(&arguments.run)?;
    let journal = context.journal(&surroundings).await?;
    let record = journal.run(&id).await?.ok_or_else(|| no_such_run(&id, &surroundings))?;
    if record.is_over() && arguments.settle.is_none() {
        context.printer.note(&format!("nothing of run {id} is open; this is what became of it"));
    }
    let name = record.began.workspace;
    context.has_workspace("resume", &id, &name)?;
    let engine = open(&surroundings, Some(&name)).await?;
    let report = match arguments.settle {
        Some(Settlement { change, done }) => engine.settle_by_hand(&id, change, done).await?,
        None => {
            let consent = Consent { yes: arguments.yes, dry_run: false };
            engine.resume(&id, &mut Asker::new(&context.printer, consent)).await?
        }
    };
    render::outcome(&context.printer, &report);
    Ok(report.exit_code)
}

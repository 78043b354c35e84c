//! `apply PLAN`

use super::Context;
use super::approve::{beside, content};
use crate::engine::{ApprovalFile, Error, Order, PlanFile};
use crate::interfaces::cli::args::Apply;
use crate::interfaces::cli::ask::Asker;
use crate::interfaces::cli::render;

pub(super) async fn run(context: &Context, arguments: Apply) -> anyhow::Result<u8> {
    let Apply { plan, overriding, consent } = arguments;
    let engine = context.engine().await?;
    let file = PlanFile::read(&content(&plan)?).map_err(Error::from)?;
    let place = beside(&plan);
    let approval = match place.try_exists() {
        Ok(false) => None,
        _ => Some(ApprovalFile::read(&content(&place)?).map_err(Error::from)?),
    };
    let order = Order { file, approval, overriding };
    let mut asker = Asker::new(&context.printer, consent);
    let report = engine.apply_plan(&order, &mut asker).await?;
    render::outcome(&context.printer, &report);
    Ok(report.exit_code)
}

//! What the changing commands share: the request is planned, agreed to and carried out by the engine, then reported; or
//! written down as a plan.

use super::{Context, plan};
use crate::domain::{Request, RoleId};
use crate::engine::report::Report;
use crate::engine::{Engine, Error, GivenRequest};
use crate::interfaces::cli::args::Manner;
use crate::interfaces::cli::ask::Asker;
use crate::interfaces::cli::render;

/// Carries out what `request` makes of the workspace.
pub(super) async fn run(
    context: &Context,
    manner: Manner,
    request: impl FnOnce(&Engine) -> Result<Request, Error>,
) -> anyhow::Result<u8> {
    let engine = context.engine().await?;
    let request = request(&engine)?;
    tracing::debug!(people = render::addresses(request.emails()), "request read");
    if manner.out.is_some() {
        let name = request.operation().to_owned();
        return plan::of_request(context, &engine, &manner, GivenRequest { request, name }).await;
    }
    let report = carry_out(context, &engine, request, &manner).await?;
    render::outcome(&context.printer, &report);
    Ok(report.exit_code)
}

/// Asks the engine, under the key there is.
pub(super) async fn carry_out(
    context: &Context,
    engine: &Engine,
    request: Request,
    manner: &Manner,
) -> Result<Report, Error> {
    let mut asker = Asker::new(&context.printer, manner.consent);
    let Some(key) = &manner.key else { return engine.change(request, &mut asker).await };
    let answered = engine.change_once(request, key, &mut asker).await?;
    if answered.is_earlier {
        let run = &answered.report.run;
        context
            .printer
            .say(&format!("nothing was done now: run {run} had key {key}, and this is its report"));
    }
    Ok(answered.report)
}

/// The role a person means.
pub(super) fn role(engine: &Engine, word: &str) -> Result<RoleId, Error> {
    engine.workspace.role(word).ok_or_else(|| Error::NoSuchRole {
        word: word.to_owned(),
        known: engine.workspace.role_names().into_iter().map(str::to_owned).collect(),
    })
}

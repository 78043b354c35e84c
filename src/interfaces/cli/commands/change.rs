//! What the changing commands share: the request is planned, agreed to and carried out by the engine, then reported.

use super::Context;
use crate::domain::{Request, RoleId};
use crate::engine::{Engine, Error};
use crate::interfaces::cli::args::Consent;
use crate::interfaces::cli::ask::Asker;
use crate::interfaces::cli::render;

/// Carries out what `request` makes of the workspace.
pub(super) async fn run(
    context: &Context,
    consent: Consent,
    request: impl FnOnce(&Engine) -> Result<Request, Error>,
) -> anyhow::Result<u8> {
    let engine = context.engine().await?;
    let request = request(&engine)?;
    tracing::debug!(people = render::addresses(request.emails()), "request read");
    let report = engine.change(request, &mut Asker::new(&context.printer, consent)).await?;
    render::outcome(&context.printer, &report);
    Ok(report.exit_code)
}

/// The role a person means.
pub(super) fn role(engine: &Engine, word: &str) -> Result<RoleId, Error> {
    engine.workspace.role(word).ok_or_else(|| Error::NoSuchRole {
        word: word.to_owned(),
        known: engine.workspace.role_names().into_iter().map(str::to_owned).collect(),
    })
}

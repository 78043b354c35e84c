//! `set-role EMAIL… --role R`

use super::{Context, change};
use crate::domain::Request;
use crate::interfaces::cli::args::WithRole;

pub(super) async fn run(context: &Context, arguments: WithRole) -> anyhow::Result<u8> {
    let WithRole { emails, role, manner } = arguments;
    change::run(context, manner, |engine| Ok(Request::SetRole { emails, role: change::role(engine, &role)? }))
        .await
}

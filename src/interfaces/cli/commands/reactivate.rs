//! `reactivate EMAIL…`

use super::{Context, change};
use crate::domain::Request;
use crate::interfaces::cli::args::People;

pub(super) async fn run(context: &Context, arguments: People) -> anyhow::Result<u8> {
    let People { emails, manner } = arguments;
    change::run(context, manner, |_| Ok(Request::Reactivate { emails })).await
}

//! `resend EMAIL…`

use super::{Context, change};
use crate::domain::Request;
use crate::interfaces::cli::args::People;

pub(super) async fn run(context: &Context, arguments: People) -> anyhow::Result<u8> {
    let People { emails, consent, once } = arguments;
    change::run(context, consent, once, |_| Ok(Request::Resend { emails })).await
}

//! `resend EMAIL…`, `resend --older-than TIME`

use super::{Context, change};
use crate::domain::Request;
use crate::interfaces::cli::args::Resend;

pub(super) async fn run(context: &Context, arguments: Resend) -> anyhow::Result<u8> {
    let Resend { emails, older_than, manner } = arguments;
    let request = match older_than {
        Some(than) => Request::ResendOlder { than },
        None => Request::Resend { emails },
    };
    change::run(context, manner, |_| Ok(request)).await
}

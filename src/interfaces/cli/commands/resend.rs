//! `resend EMAIL…`, `resend --older-than TIME`

use super::{Context, change};
use crate::domain::Request;
use crate::interfaces::cli::args::Resend;

pub(super) async fn run(context: &Context, arguments: Resend) -> anyhow::Result<u8> {
    let Resend { emails, older_than, consent, once } = arguments;
    let request = match older_than {
        Some(than) => Request::ResendOlder { than },
        None => Request::Resend { emails },
    };
    change::run(context, consent, once, |_| Ok(request)).await
}

//! `completions`

use super::Context;
use crate::domain::outcome::exit;
use crate::interfaces::cli::args::{self, Completions};

pub(super) fn run(context: &Context, arguments: &Completions) -> u8 {
    context.printer.help(&args::completions(arguments.shell));
    exit::DONE
}

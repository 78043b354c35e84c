//! The command line: parse, resolve, run one command, say what came of it.
//!
//! `args` is what can be typed, `commands/` has a file for each command, `ask` is who the engine asks and tells,
//! `render` puts plans and reports into words, `snippet` shows mistakes in their files, `printer` owns both streams, `exit` judges errors.

mod args;
mod ask;
mod commands;
mod exit;
mod logging;
mod printer;
mod render;
mod snippet;

use std::ffi::OsString;

use anyhow::Context as _;

use crate::domain::outcome::exit as code;
use commands::Context;
use printer::Printer;

/// Runs the program with these arguments, its name first, and gives its exit code.
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments = match args::parse(arguments, printer::color_before_arguments()) {
        Ok(arguments) => arguments,
        Err(said) => {
            let printer = Printer::new(args::Color::Auto, false, false, false);
            if said.asked_for {
                printer.help(&said.text)
            } else {
                printer.usage(&said.text)
            }
            return said.code;
        }
    };
    let args::Arguments { global, command } = arguments;
    let printer = Printer::new(global.color, global.json, global.quiet, global.verbose > 0);
    let context = Context { printer, global };
    let result = run(&context, command);
    let code = result.unwrap_or_else(|error| {
        let verdict = exit::judge(&error);
        context.printer.verdict(&verdict);
        verdict.code
    });
    // A run's own code says more; a success whose data went nowhere is none.
    if code == code::DONE && context.printer.data_was_lost() { code::UNEXPECTED } else { code }
}

fn run(context: &Context, command: args::Command) -> anyhow::Result<u8> {
    logging::start(&context.global, context.printer.color_on_stderr())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("start the runtime")?.block_on(commands::run(context, command))
}

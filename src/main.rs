//! Hands the arguments to the command line; everything else is in `lib.rs`.

use std::process::ExitCode;

use seatwright::{engine, interfaces};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let program = arguments.next();
    // The keeper is another process of the same program: it starts without arguments to parse and without a runtime.
    let code = match arguments.next() {
        Some(first) if first == "browser-keeper" => engine::browser::keeper_main(arguments),
        first => interfaces::cli::main(program.into_iter().chain(first).chain(arguments)),
    };
    ExitCode::from(code)
}

//! Parses the command line and calls the library; everything else is in `lib.rs`.

fn main() -> std::process::ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == "browser-keeper") {
        return std::process::ExitCode::from(seatwright::engine::browser::keeper_main(arguments));
    }
    std::process::ExitCode::FAILURE
}

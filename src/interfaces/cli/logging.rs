//! What is logged on stderr: `SEATWRIGHT_LOG` before `-v` and `-q` before warnings only.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::args::Global;
use super::exit::Advice;
use super::printer::LogWriter;
use crate::interfaces::config::env;

/// Starts logging for the life of the process.
pub(crate) fn start(global: &Global, color: bool) -> Result<(), Advice> {
    let filter = match env::LOG.value() {
        Some(filter) => {
            let filter = filter.to_string_lossy();
            EnvFilter::builder().parse(&filter).map_err(|error| {
                Advice::usage(
                    format!("read {}: {error}", env::LOG.name),
                    "a level (error, warn, info, debug, trace), or filters: warn,seatwright=debug",
                )
            })?
        }
        None => level(global),
    };
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(color).with_writer(|| LogWriter);
    // Somebody who embeds the library may have started logging already; theirs stays.
    let _ = subscriber.try_init();
    Ok(())
}

fn level(global: &Global) -> EnvFilter {
    let (ours, others) = match (global.quiet, global.verbose) {
        (true, _) => (LevelFilter::ERROR, LevelFilter::ERROR),
        (_, 0) => (LevelFilter::WARN, LevelFilter::ERROR),
        (_, 1) => (LevelFilter::INFO, LevelFilter::WARN),
        (_, 2) => (LevelFilter::DEBUG, LevelFilter::INFO),
        (_, _) => (LevelFilter::TRACE, LevelFilter::DEBUG),
    };
    let ours = format!("seatwright={ours}").parse().expect("a level of our own crate is a filter");
    EnvFilter::default().add_directive(others.into()).add_directive(ours)
}

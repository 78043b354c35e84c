//! The one integration binary.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what a test counted is read in its output")]
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

mod audits;
mod bad_days;
mod broken;
mod browser;
mod cancel;
mod changes;
mod cli;
mod clubhouse;
mod clubhouse_faults;
mod commands_as_plans;
mod contract;
mod crash;
mod deadlines;
mod evidence;
mod exports;
mod faults;
mod guards;
mod habits;
mod hostile;
mod import;
mod keys;
mod lists;
mod logins;
mod operations;
mod pace;
mod page;
mod plans;
mod quirks;
#[cfg(feature = "crash-points")]
mod resumed;
mod roster_studies;
mod rosters;
mod schemas;
mod sessions;
mod support;
mod tidy;
mod writes;

//! Does the work of a run: browser, runner, journal. Knows no command-line flag, HTTP verb or tool schema.

pub mod app;
pub mod browser;
pub mod evidence;
pub mod runner;

//! The long studies, one case at a time: `make soak` runs all their cases, `tests/it/crash.rs` a sample of them.
//!
//! Each case has a practice console and a state folder of its own and works through the real command line, because
//! what is killed here is a process.

pub(crate) mod apply_faults;
pub(crate) mod console;
pub(crate) mod kill;
pub(crate) mod kill_apply;
pub(crate) mod lists;
pub(crate) mod place;
pub(crate) mod processes;
pub(crate) mod removals;
pub(crate) mod rosters;

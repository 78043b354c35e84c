//! What the pages of `tests/pages` do besides the one thing each is there for, and whole runs of the engine on them.
//!
//! `quirks` shows in a minute that every line of `docs/quirks.md` holds, by the cheapest way through the runner; here are
//! further habits of the same pages, what a run makes of them to its report, and stories of two runs.

mod actions;
mod answers;
mod cases;
mod controls;
mod exports;
mod lists;
mod many;
mod sessions;
mod twice;

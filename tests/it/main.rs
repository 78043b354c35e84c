//! The one integration binary.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

mod bad_days;
mod browser;
mod cli;
mod faults;
mod guards;
mod operations;
mod support;
mod tidy;

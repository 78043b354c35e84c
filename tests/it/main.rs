//! The one integration binary.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

mod browser;
mod cli;
mod crash;
mod faults;
mod operations;
mod support;
mod tidy;

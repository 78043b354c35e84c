//! Seatwright.

pub mod domain;
pub mod engine;

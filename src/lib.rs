//! Seatwright.

pub mod engine;

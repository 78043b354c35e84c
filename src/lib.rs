//! Seatwright.

pub mod domain;
pub mod engine;
pub mod sandbox;

//! Seatwright.

pub mod sandbox;

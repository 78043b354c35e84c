//! Seatwright.

pub mod domain;

//! Seatwright.

pub mod domain;
pub mod engine;
pub mod interfaces;
pub mod sandbox;

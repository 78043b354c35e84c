//! Seatwright.

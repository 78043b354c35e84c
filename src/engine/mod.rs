//! Does the work: knows no flag, no HTTP verb and no tool schema.

pub mod app;

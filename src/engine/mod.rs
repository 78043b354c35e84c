//! Does the work: plans are applied here, by browsers, under a journal. Knows no command line flag, no HTTP verb
//! and no tool schema; those are `interfaces`.

pub mod journal;

pub mod crash;

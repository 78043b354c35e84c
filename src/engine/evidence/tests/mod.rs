//! Tests of what is taken out of evidence.

mod redact;

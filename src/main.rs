//! Parses the command line and calls the library; everything else is in `lib.rs`.

fn main() {}

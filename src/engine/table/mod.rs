//! Tables of people as files: CSV read with every finding at once, and CSV written so that no spreadsheet runs it.
//!
//! [`people_file`] reads what somebody made by hand, [`roster_file`] what a personnel system exports, [`writer`] writes lists
//! and results. Reading order below the first two: `rows` (one after the other), `encoding` (bytes to text), `cells` (text to
//! records), `header` (which column holds what).
//!
//! The splitting into cells is our own. The crate `csv` takes a quote that is never closed as the rest of the file, and
//! counts lines wrong after empty ones (1.4): half of the people would be missing in silence, or a finding would point
//! at somebody else's line. It is the second opinion in the tests: where it is right, both have to agree.

mod cells;
mod encoding;
mod findings;
mod header;
pub mod people_file;
pub mod roster_file;
mod rows;
#[cfg(test)]
mod tests;
pub mod writer;

pub use findings::{Finding, Findings};
pub use people_file::{PeopleFile, PersonRow, Roles};
pub use roster_file::RosterFile;

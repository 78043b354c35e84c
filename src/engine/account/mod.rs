//! What an account proves itself with, and what is remembered of it from run to run.
//!
//! `key` is the one secret of this machine; `memory` notes which codes were used and what the console refused, so that
//! no run is the one that locks the account; `second_factor` makes codes; `store` keeps a session, encrypted.
//! Nothing here knows a browser.

mod key;
mod memory;
mod second_factor;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use key::Key;
pub use key::{KeyError, KeySource};
pub use memory::MemoryError;
pub(crate) use memory::{Memory, Refusal};
pub(crate) use second_factor::SecondFactor;
pub(crate) use store::{Opened, SessionStore};

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Writes a file that only its owner may read: all of it, or what was there before.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let fresh = path.with_extension(format!("{}.new", std::process::id()));
    let write = || {
        let mut file = std::fs::OpenOptions::new();
        let mut file = file.write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)
    };
    let written = write();
    if written.is_err() {
        // What was begun is of no use to anybody; that it could not be written is told below.
        let _ = std::fs::remove_file(&fresh);
    }
    written?;
    std::fs::File::open(folder)?.sync_all()
}

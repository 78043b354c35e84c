//! Processes of a case, recognised by its state folder in their arguments or their environment.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

/// A process that has to do with a state folder.
pub(crate) struct Found {
    pub(crate) pid: u32,
    pub(crate) command: String,
}

/// All living processes that name the folder.
pub(crate) fn naming(folder: &Path) -> Vec<Found> {
    let needle = folder.as_os_str().as_encoded_bytes();
    let names = |bytes: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    let own = std::process::id();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let read = |what: &str| fs::read(entry.path().join(what)).unwrap_or_default();
        let arguments = read("cmdline");
        // A zombie has neither arguments nor environment.
        if pid != own && (names(&arguments) || names(&read("environ"))) {
            let command = String::from_utf8_lossy(&arguments).replace('\0', " ");
            found.push(Found { pid, command });
        }
    }
    found
}

/// SIGKILL. Whoever is gone already needs none.
pub(crate) fn kill(pid: u32) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, Signal::KILL);
    }
}

//! Processes of a case, recognised by its state folder in their arguments or their environment.

use std::collections::BTreeMap;
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

/// What processes used, over several looks at them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Use {
    /// The most memory all of them held at one look; what several share is counted once.
    pub(crate) memory_mb: u64,
    /// Processor time of each, as it was last seen.
    ticks: BTreeMap<u32, u64>,
}

impl Use {
    /// Takes in another look.
    pub(crate) fn add(&mut self, look: &Self) {
        self.memory_mb = self.memory_mb.max(look.memory_mb);
        self.ticks.extend(&look.ticks);
    }

    /// Seconds of processor time. What a process used after the last look is not in it.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        /// Linux tells processes a hundredth of a second as the tick, whatever the kernel itself counts in.
        const TICKS: f64 = 100.0;
        self.ticks.values().sum::<u64>() as f64 / TICKS
    }
}

/// One look at the processes that name the folder.
pub(crate) fn used(folder: &Path) -> Use {
    let mut look = Use::default();
    let mut memory_kb = 0;
    for Found { pid, .. } in naming(folder) {
        let read = |what: &str| fs::read_to_string(format!("/proc/{pid}/{what}")).unwrap_or_default();
        let proportional = read("smaps_rollup");
        let share = proportional.lines().find_map(|line| line.strip_prefix("Pss:"));
        memory_kb += share.and_then(number).unwrap_or_default();
        // The name of a process stands in brackets and may hold spaces; times of user and system are the 12th and 13th
        // field behind it.
        let stat = read("stat");
        let times = stat.rsplit_once(')').map(|(_, fields)| fields.split_whitespace().skip(11).take(2));
        let ticks = times.into_iter().flatten().filter_map(number).sum();
        look.ticks.insert(pid, ticks);
    }
    look.memory_mb = memory_kb / 1024;
    look
}

fn number(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}

/// SIGKILL. Whoever is gone already needs none.
pub(crate) fn kill(pid: u32) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, Signal::KILL);
    }
}

//! Processes named by pid *and* start time: a pid alone may belong to somebody else by the time we act on it.
//!
//! Linux only: everything is read from `/proc`. Signals go through a pid file descriptor, so that between the look at
//! the start time and the signal the pid cannot change hands.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

/// One process of this boot of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// When it began, in clock ticks since boot (`/proc/PID/stat`, field 22).
    pub start_time: u64,
}

/// What the kernel says of a process.
struct Stat {
    state: char,
    parent: u32,
    group: u32,
    start_time: u64,
}

impl Process {
    /// The process that has this pid now; `None` if there is none, or only a zombie.
    pub fn now(pid: u32) -> Option<Self> {
        let stat = stat(pid)?;
        Some(Self { pid, start_time: stat.start_time })
    }

    /// This very process.
    pub fn own() -> Self {
        Self::now(std::process::id()).expect("a running process is in /proc")
    }

    /// Whether it still runs. A zombie does not: it only waits to be collected.
    pub fn is_alive(&self) -> bool {
        Self::now(self.pid) == Some(*self)
    }

    /// Ends it at once (SIGKILL). Nothing happens if it is gone, or if its pid belongs to another process by now.
    pub fn kill(&self) {
        let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) else { return };
        let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else { return };
        if self.is_alive() {
            // Fails only if it ended this moment, which is what was wanted.
            let _ = pidfd_send_signal(&handle, Signal::KILL);
        }
    }
}

/// All processes that inherited `marker` ("NAME=value") in their environment, those in a group that one of the `leaders`
/// began, and everything below them.
///
/// The environment is looked at, not the command line: a pager opened on a file of the profile names the profile too,
/// and must live. Chromium writes over the environment of most of its processes, but none of them leaves its driver's group.
pub(super) fn marked(marker: &OsStr, leaders: &[Process]) -> Vec<Process> {
    let own = std::process::id();
    let all: Vec<(Process, Stat)> = pids()
        .filter(|pid| *pid != own)
        .filter_map(|pid| stat(pid).map(|stat| (Process { pid, start_time: stat.start_time }, stat)))
        .collect();
    let is_led = |stat: &Stat| leaders.iter().any(|leader| stat.group == leader.pid && leads(leader, stat));
    let is_ours = |(process, stat): &&(Process, Stat)| is_led(stat) || has_marker(process.pid, marker);
    let mut found: Vec<Process> = all.iter().filter(is_ours).map(|(process, _)| *process).collect();
    let mut next = 0;
    while let Some(parent) = found.get(next).map(|process| process.pid) {
        for (process, stat) in &all {
            if stat.parent == parent && !found.contains(process) {
                found.push(*process);
            }
        }
        next += 1;
    }
    found
}

/// Whether a group of this number is still the one that the process began: a number is not given again while a group has
/// it, so it can only be another's where that one leads it, or where it is older.
fn leads(leader: &Process, member: &Stat) -> bool {
    member.start_time >= leader.start_time && Process::now(leader.pid).is_none_or(|now| now == *leader)
}

/// Kills what `find` finds until it finds nothing, for at most `limit`. Gives what is left.
pub(super) fn kill_all(limit: Duration, mut find: impl FnMut() -> Vec<Process>) -> Vec<Process> {
    let until = Instant::now() + limit;
    loop {
        let left = find();
        if left.is_empty() || Instant::now() > until {
            return left;
        }
        for process in &left {
            process.kill();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The current boot and process namespace: pids mean something only within them.
pub(super) fn world() -> World {
    World {
        boot: fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned(),
        namespace: fs::read_link("/proc/self/ns/pid")
            .map(|link| link.display().to_string())
            .unwrap_or_default(),
    }
}

/// See [`world`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct World {
    pub(super) boot: String,
    pub(super) namespace: String,
}

fn pids() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse().ok()))
}

fn stat(pid: u32) -> Option<Stat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
        .filter(|stat| !matches!(stat.state, 'Z' | 'X'))
}

/// The second field, the name, stands in brackets and may hold anything, brackets and blanks too.
fn parse_stat(line: &str) -> Option<Stat> {
    let mut fields = line.get(line.rfind(')')? + 1..)?.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    let start_time = fields.nth(16)?.parse().ok()?;
    Some(Stat { state, parent, group, start_time })
}

fn has_marker(pid: u32, marker: &OsStr) -> bool {
    fs::read(format!("/proc/{pid}/environ"))
        .is_ok_and(|bytes| bytes.split(|byte| *byte == 0).any(|word| word == marker.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_blanks_does_not_move_the_fields() {
        let line = "12 (a ) R b) S 7 11 12 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 99887 1 2";
        let stat = parse_stat(line).expect("a line of the kernel");
        assert_eq!((stat.state, stat.parent, stat.group, stat.start_time), ('S', 7, 11, 99887));
    }

    #[test]
    fn a_process_is_more_than_its_pid() {
        let own = Process::own();
        assert!(own.is_alive());
        let other = Process { start_time: own.start_time + 1, ..own };
        assert!(!other.is_alive());
        other.kill();
    }

    #[test]
    fn killing_ends_a_process_and_what_it_started() {
        let marker = format!("SEATWRIGHT_TEST=kill-{}", std::process::id());
        let (name, value) = marker.split_once('=').expect("a pair");
        let mut child = std::process::Command::new("sh")
            .args(["-c", "sleep 60 & exec sleep 60"])
            .env(name, value)
            .spawn()
            .expect("sh");
        let find = || marked(OsStr::new(&marker), &[]);
        let process = Process::now(child.id()).expect("just started");
        while find().len() < 2 {
            std::thread::yield_now();
        }
        assert_eq!(kill_all(Duration::from_secs(5), find), []);
        assert!(!process.is_alive());
        child.wait().expect("ours");
    }

    #[test]
    fn what_forgot_the_marker_is_known_by_its_group() {
        use std::os::unix::process::CommandExt as _;
        let mut leader = std::process::Command::new("sh")
            .args(["-c", "sleep 60 & exec sleep 60"])
            .process_group(0)
            .spawn()
            .expect("sh");
        let process = Process::now(leader.id()).expect("just started");
        let find = || marked(OsStr::new("SEATWRIGHT_TEST=nobody"), &[process]);
        while find().len() < 2 {
            std::thread::yield_now();
        }
        let earlier = Process { start_time: process.start_time - 1, ..process };
        assert_eq!(marked(OsStr::new("SEATWRIGHT_TEST=nobody"), &[earlier]), [], "another's by now");
        process.kill();
        leader.wait().expect("ours");
        assert_eq!(find().len(), 1, "the group outlives whoever began it");
        assert_eq!(kill_all(Duration::from_secs(5), find), []);
    }
}

//! Clears away what killed keepers left behind (DESIGN D6.3). Never touches a browser whose keeper or owner lives:
//! a living keeper does it itself, and a living owner whose keeper was killed does it when it ends its browser.

use std::path::Path;
use std::time::Duration;

use super::process::{self, World};
use super::record::{Place, Record};

/// How long one dead keeper's remains may take.
const LIMIT: Duration = Duration::from_secs(10);

/// What a sweep did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Swept {
    /// Browsers whose remains are gone now.
    pub cleared: usize,
    /// What could not be ended or removed, for people.
    pub left: Vec<String>,
}

/// Ends drivers and browsers, and removes profiles, whose keeper and owner are both dead. Blocks; a folder without
/// records costs next to nothing.
pub fn sweep(runtime_dir: &Path) -> Swept {
    let world = process::world();
    let mut swept = Swept::default();
    for place in Place::all(runtime_dir) {
        let Some(record) = Record::read(&place.record) else { continue };
        let Some(named) = orphans(&record, &world) else { continue };
        let left = place.clear(&named, LIMIT);
        if left.is_empty() {
            tracing::info!(record = %place.record.display(), "cleared away after a killed keeper");
            swept.cleared += 1;
        }
        swept.left.extend(left);
    }
    swept
}

/// The processes that may be ended for a record, or `None` if it is not ours to clear.
fn orphans(record: &Record, now: &World) -> Option<[Option<process::Process>; 2]> {
    if record.world.boot != now.boot {
        // Before the last boot: the processes are gone, and their pids mean nothing now.
        return Some([None, None]);
    }
    // Pids of another container cannot be judged from here.
    let same = record.world.namespace == now.namespace;
    (same && !record.keeper.is_alive() && !record.owner.is_alive()).then_some([record.browser, record.driver])
}

#[cfg(test)]
mod tests {
    use super::super::kind::BrowserKind;
    use super::super::process::Process;
    use super::*;

    fn dead() -> Process {
        Process { pid: Process::own().pid, start_time: 1 }
    }

    fn check(change: impl FnOnce(&mut Record), cleared: bool) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut place = Place::of_keeper(folder.path(), dead());
        let mut record = Record::new(dead(), dead());
        change(&mut record);
        record.write(&place).expect("written");
        place.make(BrowserKind::Firefox).expect("made");
        let swept = sweep(folder.path());
        assert_eq!(swept, Swept { cleared: usize::from(cleared), left: Vec::new() });
        assert_eq!(place.folder.exists(), !cleared);
        assert_eq!(place.record.exists(), !cleared);
    }

    #[test]
    fn remains_of_a_dead_keeper_and_owner_go() {
        check(|_| {}, true);
    }

    #[test]
    fn a_living_owner_cleans_up_itself() {
        check(|record| record.owner = Process::own(), false);
    }

    #[test]
    fn a_living_keeper_cleans_up_itself() {
        check(|record| record.keeper = Process::own(), false);
    }

    #[test]
    fn another_container_is_not_judged() {
        check(|record| record.world.namespace = "pid:[1]".to_owned(), false);
    }

    #[test]
    fn pids_from_before_the_last_boot_are_not_believed() {
        check(
            |record| {
                record.world.boot = "another".to_owned();
                record.driver = Some(Process::own());
            },
            true,
        );
    }

    #[test]
    fn a_folder_that_is_not_there_is_clean() {
        assert_eq!(sweep(Path::new("/nonexistent/folder")), Swept::default());
    }
}

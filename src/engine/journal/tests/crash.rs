//! The crash points: a test starts itself again, in a process that is to be killed.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use super::*;

const STATE: &str = "SEATWRIGHT_TEST_STATE";

#[tokio::test]
async fn victim() {
    let Some(state) = std::env::var_os(STATE) else { return };
    let journal = Journal::open(Path::new(&state), clock(&Arc::default())).await.unwrap();
    let run = journal.start_run(new_run("acme")).await.unwrap();
    for name in ["ann", "ben"] {
        let id = journal.intend(&run, &[intent(&remove(name))]).await.unwrap()[0];
        journal.committing(id, BROWSER).await.unwrap();
        journal.seen_gone(id).await.unwrap();
        journal.settle(id, &Outcome::done(), "read back").await.unwrap();
    }
    journal.end_run(&run, RunEnd { exit_code: 0, report: json!({}) }).await.unwrap();
}

#[tokio::test]
async fn whoever_is_killed_after_a_write_has_written() {
    for (point, events, unsettled) in [
        ("run_started", 1, 0),
        ("intended", 2, 1),
        ("committing", 3, 1),
        ("seen_gone", 4, 1),
        ("settled", 5, 0),
        ("committing:2", 7, 1),
        ("settled:2", 9, 0),
        ("run_ended", 10, 0),
    ] {
        let state = tempfile::tempdir().unwrap();
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "engine::journal::tests::crash::victim"])
            .env(STATE, state.path())
            .env("SEATWRIGHT_CRASH_POINT", format!("{point}=self"))
            .output()
            .unwrap()
            .status;
        assert_eq!(status.signal(), Some(9), "{point}");
        let journal = Journal::open(state.path(), clock(&Arc::default())).await.unwrap();
        assert_eq!(journal.verify().await.unwrap().events, events, "{point}");
        assert_eq!(journal.unsettled("acme").await.unwrap().len(), unsettled, "{point}");
    }
}

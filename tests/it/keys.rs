//! `--key`: the same request under the same key is carried out once, whatever became of the caller meanwhile.

use crate::support::practice::Practice;

const NEW: &str = "new.person@acme.example";
const OTHER: &str = "other.person@acme.example";

/// How many runs the journal has.
fn runs(practice: &Practice) -> usize {
    practice.json(&["runs"], 0)["runs"].as_array().unwrap().len()
}

#[test]
fn a_request_that_was_carried_out_is_answered_by_its_report() {
    let practice = Practice::with(5, &[]);
    let invite = ["invite", NEW, OTHER, "--role", "learner", "--key", "hr:4711", "--yes"];
    let first = practice.json(&invite, 0);
    // In another order, and called otherwise, it is the same request.
    let again = ["invite", OTHER, NEW, OTHER, "--role", "Learner", "--key", "hr:4711"];
    let came = practice.check(&again, 0);
    let run = first["run"].as_str().unwrap();
    let says = format!("nothing was done now: run {run} had key hr:4711, and this is its report");
    assert!(came.err.contains(&says) && came.out.contains(NEW), "{}{}", came.out, came.err);
    assert_eq!(practice.json(&again, 0), first);
    assert_eq!((runs(&practice), practice.truth().mails_to(NEW)), (1, 1));
    assert!(practice.check(&["show", run], 0).out.contains("hr:4711"));

    // Another request is no retry, be it another role, another person or another operation.
    for other in [
        ["invite", NEW, OTHER, "--role", "author", "--key", "hr:4711"].as_slice(),
        &["invite", NEW, "--role", "learner", "--key", "hr:4711"],
        &["remove", NEW, OTHER, "--key", "hr:4711"],
    ] {
        let came = practice.check(other, 2);
        assert!(came.err.contains(run) && came.err.contains("another request"), "{}", came.err);
    }
    practice.check(&["remove", NEW, "--key", "hr:4711", "--dry-run"], 2);
    assert_eq!((runs(&practice), practice.truth().mutations().len()), (1, 2));

    // A new key is a new request; there is nothing left to do, and that is the answer from then on.
    let other_key = ["invite", NEW, OTHER, "--role", "learner", "--key", "hr:4712"];
    let nothing_to_do = practice.json(&other_key, 0);
    assert_eq!(nothing_to_do["changes"][0]["outcome"], "already_so");
    assert_eq!(practice.json(&other_key, 0), nothing_to_do);
    assert_eq!(runs(&practice), 2);
}

#[test]
fn what_changed_nothing_may_be_asked_for_again() {
    let practice = Practice::with(5, &[]);
    let invite = ["invite", NEW, "--role", "learner", "--key", "k"];
    // Nobody to ask, a guard's no, a password that is wrong: each time it is tried anew.
    practice.check(&invite, 7);
    // The session of that run would do without a password.
    practice.check(&["logout"], 0);
    practice.write("acme.password", "wrong\n");
    practice.check(&invite, 6);
    practice.check(&["remove", &practice.ready.account.email, "--key", "own", "--yes"], 6);
    practice.write("acme.password", &format!("{}\n", practice.ready.account.password));
    practice.check(&["remove", &practice.ready.account.email, "--key", "own", "--yes"], 3);
    practice.check(&["remove", &practice.ready.account.email, "--key", "own", "--yes"], 3);
    assert_eq!((runs(&practice), practice.truth().writes()), (5, 0));
    practice.check(&[invite.as_slice(), &["--yes"]].concat(), 0);
    practice.check(&invite, 0);
    assert_eq!((runs(&practice), practice.truth().mails_to(NEW)), (6, 1));
}

#[test]
fn two_that_ask_at_once_get_one_done() {
    let practice = Practice::with(5, &[]);
    let invite = ["invite", NEW, "--role", "learner", "--key", "k", "--yes"];
    let start = || {
        let mut command = practice.command(&invite);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap()
    };
    let mut children = [start(), start()];
    let mut codes = children.each_mut().map(|child| child.wait().unwrap().code().unwrap());
    codes.sort_unstable();
    // On a slow machine the second may come when the first has ended.
    assert!(codes == [0, 9] || codes == [0, 0], "{codes:?}");
    let came = practice.check(&invite, 0);
    assert!(came.err.contains("nothing was done now"), "{}", came.err);
    assert_eq!((runs(&practice), practice.truth().mails_to(NEW)), (1, 1));
    practice.nothing_is_left();
}

#[cfg(feature = "crash-points")]
#[test]
fn a_run_that_died_is_resumed_before_its_key_is_answered() {
    use crate::bad_days::data;

    let practice = Practice::with(5, &[]);
    data(&practice, |map| map.replacen("language =", "settle_after = \"2s\"\nlanguage =", 1), str::to_owned);
    let invite = ["invite", NEW, "--role", "learner", "--key", "k", "--yes", "--data", "data"];
    let dies = |at: &str| {
        practice
            .check_command(practice.command(&invite).env("SEATWRIGHT_CRASH_POINT", format!("{at}=self")), -1);
    };
    // Before anything was planned there is nothing to resume, and nothing that the key could answer.
    dies("browser_started");
    let run = practice.json(&["runs"], 0)["runs"][0]["run"].as_str().unwrap().to_owned();
    let resumed = practice.json(&["resume", &run, "--data", "data"], 11);
    let told = resumed["error"]["message"].as_str().unwrap();
    assert!(told.contains("died before it had planned anything"), "{resumed:#}");
    dies("committing");
    assert_eq!(runs(&practice), 2);
    let died = practice.report();
    let run = died["run"].as_str().unwrap();
    let came = practice.check(&invite, 5);
    assert!(
        came.out.contains("in_doubt") && came.err.contains(&format!("seatwright resume {run}")),
        "{}{}",
        came.out,
        came.err
    );
    assert_eq!(practice.json(&invite, 5)["exit_code"], 5);
    // The click was never sent, which new readings find out; that is the answer then, and nothing is done twice.
    let resumed = practice.json(&["resume", run, "--data", "data"], 4);
    assert_eq!(practice.json(&invite, 4), resumed);
    assert_eq!((runs(&practice), practice.truth().mails_to(NEW)), (2, 0));
    practice.nothing_is_left();
}

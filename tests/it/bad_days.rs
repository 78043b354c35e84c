//! Bad input and bad days: a typed error with a hint and the exit code of the table, evidence of where it stood,
//! nothing half-done that is not told, and no process left.

use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;
use serde_json::{Value, json};

use crate::cli::{Came, contains};
use crate::support::practice::{Practice, Running};
use crate::support::{Agrees, AgreesAfter, Desk, RUNTIME, email, of};

/// What is kept of a sign-in that failed: people and steps for the owner alone, the rest may be passed on.
const SIGN_IN_FAILED: [&str; 5] =
    ["people.jsonl", "report.html", "sign-in-failed.html", "sign-in-failed.png", "steps.jsonl"];

const WHOLE_MAP: &str = include_str!("../../selectors/coassemble/members-2026-03.toml");

/// An error and what to do next, on stderr; nothing on stdout.
fn says(came: &Came, parts: &[&str]) {
    assert_eq!(came.out, "", "{}", came.err);
    contains(&came.err, &["error: ", "hint: "]);
    contains(&came.err, parts);
}

/// A data folder like the built-in one, its map and one recording changed.
pub(crate) fn data(practice: &Practice, map: impl Fn(&str) -> String, recording: impl Fn(&str) -> String) {
    practice.write("data/selectors/coassemble/members-2026-03.toml", &map(WHOLE_MAP));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/recordings/coassemble/members-2026-03");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let text = if name == "remove.toml" { recording(&text) } else { text };
        practice.write(&format!("data/recordings/coassemble/members-2026-03/{name}"), &text);
    }
}

fn invite(who: &str, role: &str) -> Request {
    Request::Invite { emails: vec![email(who)], role: RoleId::new(role) }
}

fn set_role(who: &str, role: &str) -> Request {
    Request::SetRole { emails: vec![email(who)], role: RoleId::new(role) }
}

fn remove(who: &str) -> Request {
    Request::Remove { emails: vec![email(who)] }
}

// ---- before a browser starts ----

#[test]
fn what_is_wrong_with_configuration_or_map_is_told_before_anything_starts() {
    let practice = Practice::with(5, &[]);
    let good = practice.config();
    let remove = ["remove", "anna@acme.example", "--yes"];
    let with = |config: &str| {
        practice.write("config/seatwright/seatwright.toml", config);
        practice.check(&remove, 2)
    };
    says(
        &with("[workspaces.acme\n"),
        &["error: not TOML: ", "seatwright.toml:1:17\n", "1 mistake, nothing was done"],
    );
    says(
        &with(&good.replace("coassemble", "coassembel")),
        &["error: there is no app `coassembel`\n", "seatwright.toml:2:7\n", "did you mean `coassemble`?"],
    );
    std::fs::remove_file(practice.path("config/seatwright/seatwright.toml")).unwrap();
    says(&practice.check(&remove, 2), &["there is no file ", "[workspaces."]);
    practice.write("config/seatwright/seatwright.toml", &good);
    says(&practice.check(&["list", "-w", "acmee"], 2), &["no `acmee`", "did you mean `acme`?"]);
    says(
        &practice.check(&["set-role", "anna@acme.example", "--role", "Owner", "--yes"], 2),
        &["role \"Owner\"", "use one of: admin, author, learner"],
    );

    // All mistakes of the map and of a recording at once, each with its place.
    data(
        &practice,
        |map| {
            map.replace("at     = \"members\"", "at     = \"memberz\"")
                .replace("language = \"en\"", "langage = \"en\"")
        },
        |recording| recording.replace("menu.remove", "menu.delete"),
    );
    let came = practice.check(&["list", "--data", "data"], 2);
    says(
        &came,
        &[
            "`memberz`",
            "`langage`",
            "menu.delete",
            "remove.toml:",
            "members-2026-03.toml:",
            "mistakes, nothing was done",
        ],
    );

    assert_eq!(practice.truth().0["requests"], 0, "nothing reached the console");
    assert_eq!(practice.json(&["runs"], 0)["runs"], json!([]), "nothing was begun");
}

#[test]
fn a_password_that_cannot_be_had_starts_no_browser() {
    let practice = Practice::with(5, &[]);
    std::fs::remove_file(practice.path("acme.password")).unwrap();
    let since = Instant::now();
    says(
        &practice.check(&["list"], 2),
        &["read the secret from the file ", "acme.password", "No such file", "hint: put the secret into "],
    );
    let report = practice.report();
    assert_eq!((&report["error"]["reason"], &report["exit_code"]), (&Value::Null, &json!(2)), "{report:#}");

    let config =
        practice.config().replace("{ file = \"../../acme.password\" }", "{ env = \"ACME_PASSWORD\" }");
    practice.write("config/seatwright/seatwright.toml", &config);
    says(
        &practice.check(&["list"], 2),
        &["the environment variable ACME_PASSWORD", "not found", "hint: set ACME_PASSWORD"],
    );
    let mut empty = practice.command(&["list"]);
    says(&practice.check_command(empty.env("ACME_PASSWORD", ""), 2), &["it is empty"]);
    assert_eq!(practice.truth().0["requests"], 0);
    assert!(since.elapsed() < Duration::from_secs(5), "no browser is started for this");
    practice.nothing_is_left();
}

#[test]
fn a_program_that_is_missing_is_named_with_where_it_was_looked_for() {
    let practice = Practice::with(5, &[]);
    let mut command = practice.command(&["list"]);
    says(
        &practice.check_command(command.env("SEATWRIGHT_FIREFOX", "/nonexistent"), 2),
        &["start the browser: firefox not found at /nonexistent", "SEATWRIGHT_FIREFOX"],
    );
    let mut command = practice.command(&["list"]);
    command.env("SEATWRIGHT_FIREFOX", "/bin/true").env("PATH", "/nowhere");
    says(&practice.check_command(&mut command, 2), &["geckodriver not found", "SEATWRIGHT_GECKODRIVER"]);
    let report = practice.report();
    assert_eq!((&report["error"]["reason"], &report["exit_code"]), (&Value::Null, &json!(2)));
    practice.nothing_is_left();
}

#[test]
fn a_file_in_the_way_of_the_state_is_named() {
    let practice = Practice::with(5, &[]);
    let blocked = |name: &str, expected: &[&str]| {
        let _absent_at_first = std::fs::remove_dir_all(practice.path("state"));
        practice.write(name, "");
        let came = practice.check(&["remove", "anna@acme.example", "--yes"], 2);
        says(&came, expected);
        std::fs::remove_file(practice.path(name)).unwrap();
    };
    blocked("state", &["open the journal", "state/seatwright/journal a folder"]);
    blocked("state/seatwright/locks", &["lock workspace acme", "state/seatwright/locks a folder"]);
    blocked(
        "state/seatwright/runs",
        &["write the evidence in ", "state/seatwright/runs a folder", "--state-dir"],
    );
    blocked("state/seatwright/browsers", &["use the runtime folder ", "browsers"]);
    assert_eq!(practice.truth().0["requests"], 0);
    practice.nothing_is_left();
}

#[test]
fn a_port_that_is_taken_is_said_by_the_sandbox() {
    let practice = Practice::with(5, &[]);
    let port = practice.ready.url.rsplit(':').next().unwrap().to_owned();
    let came = practice.check(&["sandbox", "--port", &port, "--write-config", "other.toml"], 2);
    says(&came, &[&format!("listen on 127.0.0.1:{port}"), "in use", "choose another port, or 0"]);
    assert!(!practice.path("other.toml").exists(), "no configuration for a console that is not there");
}

// ---- at the console's door ----

/// Six or more characters in a row of it, in any file of the state folder or in what was said.
fn leaks(practice: &Practice, secret: &str, said: &[&Came]) -> Vec<String> {
    let parts: Vec<&[u8]> = secret.as_bytes().windows(6).collect();
    let holds = |content: &[u8]| content.windows(6).any(|window| parts.contains(&window));
    let files = practice.kept().into_iter().filter(|path| path.is_file());
    let mut found: Vec<String> = files
        .filter(|path| holds(&std::fs::read(path).unwrap()))
        .map(|path| path.display().to_string())
        .collect();
    for came in said {
        for (name, text) in [("stdout", &came.out), ("stderr", &came.err)] {
            let lines = text.lines().filter(|line| holds(line.as_bytes()));
            found.extend(lines.take(3).map(|line| format!("{name}: {line}")));
        }
    }
    found
}

#[test]
fn a_refused_password_is_sent_once_and_no_secret_is_kept_or_said() {
    let practice = Practice::with(5, &[]);
    let traced = |arguments: &[&str], code| {
        let mut command = practice.command(arguments);
        practice.check_command(command.env("SEATWRIGHT_LOG", "trace"), code)
    };
    let wrong = "Xq7-wrong-Zk3vPt";
    practice.write("acme.password", wrong);
    let refused = traced(&["remove", "anna@acme.example", "--yes", "-v"], 6);
    contains(&refused.err, &["the console says \"Incorrect email or password.\"", "correct the password"]);
    assert_eq!(practice.truth().0["sign_ins"], 1, "a refused password is not sent again");
    let report = practice.report();
    assert_eq!(report["error"]["reason"], "bad_credentials", "{report:#}");
    assert_eq!((&report["error"]["retryable"], &report["changes"]), (&json!(false), &json!([])));
    assert_eq!(practice.evidence(&report), SIGN_IN_FAILED);

    let right = practice.ready.account.password.clone();
    practice.write("acme.password", &right);
    let new = "new.person@acme.example";
    let done = traced(&["invite", new, "--role", "learner", "--yes", "-v"], 0);
    contains(&done.out, &["pending", new]);
    let shown = practice.check(&["show", practice.report()["run"].as_str().unwrap()], 0);
    for secret in [wrong, &right] {
        let found = leaks(&practice, secret, &[&refused, &done, &shown]);
        assert!(found.is_empty(), "{found:#?}");
    }
    assert_ne!(leaks(&practice, new, &[&done]), [""; 0], "what is no secret is found");
    let kept = practice.kept();
    assert!(kept.iter().any(|path| path.ends_with("steps.jsonl")) && kept.len() > 6, "{kept:#?}");
    for path in kept {
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
    practice.nothing_is_left();
}

#[test]
fn a_console_that_is_down_changes_nothing_and_says_try_again() {
    let mut practice = Practice::with(5, &[]);
    practice.stop();
    let came = practice.check(&["remove", "anna@acme.example", "--yes"], 11);
    says(&came, &["connectionFailure", &practice.ready.url, "the console cannot be reached"]);
    let report = practice.report();
    assert_eq!(
        (&report["error"]["reason"], &report["error"]["retryable"]),
        (&json!("console_down"), &json!(true))
    );
    assert_eq!(report["changes"], json!([]));
    practice.nothing_is_left();
}

#[test]
fn a_console_that_answers_500_is_no_wrong_password_and_no_drift() {
    let practice = Practice::with(5, &[]);
    practice.faults(&["errors"], Some("always"));
    let came = practice.check(&["invite", "new.person@acme.example", "--role", "learner", "--yes"], 11);
    says(&came, &["Something went wrong", "an error of its own"]);
    let report = practice.report();
    assert_eq!(report["error"]["reason"], "console_error", "{report:#}");
    assert_eq!(practice.evidence(&report), SIGN_IN_FAILED);
    assert_eq!((practice.truth().mutations(), practice.truth().writes()), (Vec::new(), 0));
    practice.nothing_is_left();
}

// ---- in the middle ----

#[test]
fn one_run_holds_the_workspace_and_a_killed_one_is_taken_up() {
    let practice = Practice::with(5, &[]);
    data(&practice, |map| map.replacen("language =", "settle_after = \"2s\"\nlanguage =", 1), str::to_owned);
    let learner = practice.truth().somebody("learner", "active", "");
    let new = "new.person@acme.example";
    let arguments = ["remove", &learner, "--yes", "-v", "--data", "data"];
    let mut first = Running::start(&mut practice.command(&arguments));
    let line = first.until("starting a browser");
    let run = line.split_whitespace().nth(1).unwrap().trim_end_matches(':').to_owned();
    let came = practice.check(&["invite", new, "--role", "learner", "--yes"], 9);
    let pid = first.child.id();
    says(
        &came,
        &[
            "lock workspace acme: held by pid ",
            &pid.to_string(),
            "running remove",
            &run,
            "wait until it ends",
        ],
    );
    contains(&practice.check(&["runs"], 0).out, &["still running"]);
    contains(&practice.check(&["show", &run], 0).out, &["still running, process"]);

    first.until("1 of 1: remove");
    first.signal(Signal::TERM);
    assert_eq!(first.end().code, -1, "it ended by the signal");
    practice.nothing_is_left();
    let runs = practice.check(&["runs"], 0);
    contains(&runs.out, &["died", "1 (1 open)"]);
    contains(&runs.err, &["`seatwright resume RUN`"]);
    let shown = practice.check(&["show", &run], 0);
    contains(&shown.out, &["died: process", &format!("remove {learner}")]);
    contains(&shown.err, &[&format!("`seatwright resume {run}`")]);
    let came = practice.check(&["resume", &run, "--yes", "--data", "data"], 0);
    contains(&came.out, &["done", &learner]);
    assert_eq!(practice.truth().mutations(), [("remove".to_owned(), learner.clone())]);
    assert_eq!(practice.truth().mails_to(new), 0);
    practice.nothing_is_left();
}

#[test]
fn a_console_that_goes_down_before_the_first_click_has_changed_nothing() {
    let desk = Desk::with(5);
    let practice = Mutex::new(Practice::with(5, &[]));
    let (ready, learner, before) = {
        let practice = practice.lock().unwrap();
        let truth = practice.truth();
        (practice.ready.clone(), truth.somebody("learner", "active", ""), truth.writes())
    };
    assert_eq!(before, 0);
    let goes_down = || practice.lock().unwrap().stop();
    let engine = desk.engine_at(&ready);
    let report =
        RUNTIME.block_on(engine.change(set_role(&learner, "author"), &mut AgreesAfter(goes_down))).unwrap();
    let change = of(&report, &learner);
    assert_eq!(
        (change.outcome.as_str(), change.reason.as_deref(), change.settled_by.as_deref()),
        ("failed", Some("console_down"), Some("before the commit")),
        "{report:#?}"
    );
    assert!(
        change.retryable
            && change.hint.is_some()
            && change.evidence.iter().any(|name| name.ends_with("-failed.png"))
    );
    assert_eq!(report.exit_code, 11, "nothing was committed: try again");
}

#[test]
fn a_console_that_goes_down_after_the_click_leaves_it_in_doubt() {
    let mut desk = Desk::with(5);
    desk.settles_after(1);
    let mut practice = Practice::with(5, &[]);
    let (ready, learner) = (practice.ready.clone(), practice.truth().somebody("learner", "active", ""));
    let watching = std::thread::spawn(move || {
        while practice.truth().mutations().is_empty() {
            std::thread::yield_now();
        }
        practice.stop();
    });
    let engine = desk.engine_at(&ready);
    let report = RUNTIME.block_on(engine.change(remove(&learner), &mut Agrees)).unwrap();
    watching.join().unwrap();
    assert_eq!(of(&report, &learner).outcome, "in_doubt", "{report:#?}");
    assert_eq!(report.exit_code, 5);
    let error = report.error.as_ref().expect("why nobody could look");
    assert_eq!(error.reason.as_deref(), Some("console_down"), "{report:#?}");
}

#[test]
fn a_console_that_begins_to_answer_500_is_told_from_what_it_does() {
    let desk = Desk::with(5);
    let learner = desk.truth().somebody("learner", "active", "");
    let breaks = || desk.faults(&["errors"], json!({ "mode": "always" }));
    let report = desk.change_with(set_role(&learner, "author"), &mut AgreesAfter(breaks));
    let change = of(&report, &learner);
    assert_eq!(
        (change.outcome.as_str(), change.reason.as_deref()),
        ("failed", Some("console_error")),
        "{report:#?}"
    );
    assert_eq!((report.exit_code, desk.truth().writes()), (11, 0));
}

#[test]
fn now_and_then_a_500_and_the_outcome_is_so() {
    let mut desk = Desk::with(5);
    desk.settles_after(1);
    for seed in [1, 2] {
        let learner = desk.truth().somebody("learner", "active", "");
        let breaks = || desk.faults(&["errors"], json!({ "seed": seed }));
        let report = desk.change_with(set_role(&learner, "author"), &mut AgreesAfter(breaks));
        desk.faults(&[], json!({}));
        let so = desk.truth().role(&learner).as_deref() == Some("author");
        match of(&report, &learner).outcome.as_str() {
            "done" => assert!(so, "{report:#?}"),
            "failed" => assert!(!so, "{report:#?}"),
            other => assert_eq!((other, report.exit_code), ("in_doubt", 5), "{report:#?}"),
        }
    }
}

// ---- on another day's console ----

/// Where the map no longer fits nobody is said to be gone: the run names what it could not read and ends with 8.
#[test]
fn a_column_that_is_called_otherwise_by_now_is_drift_and_proves_nobody_gone() {
    let practice = Practice::with(5, &[]);
    data(&practice, |map| map.replace("{ column = \"Email\" }", "{ column = \"Mail\" }"), str::to_owned);
    let learner = practice.truth().somebody("learner", "active", "");
    let came = practice.check(&["remove", &learner, "--yes", "--data", "data"], 8);
    says(&came, &["none of the 5 rows shows an address", "`email`"]);
    assert_eq!(practice.report()["error"]["reason"], "selector_missing");
    assert_eq!(practice.truth().writes(), 0);
}

#[test]
fn a_button_that_is_called_otherwise_by_now_is_drift_and_named() {
    let practice = Practice::with(5, &[]);
    data(
        &practice,
        |map| map.replace("{ button = \"Invite Members\" }", "{ button = \"Invite People\" }"),
        str::to_owned,
    );
    let came = practice.check(&["list", "--data", "data"], 8);
    says(&came, &["members.invite"]);
    assert_eq!(practice.report()["error"]["reason"], "selector_missing");
}

// ---- what people ask for ----

#[test]
fn somebody_with_two_rows_is_never_touched() {
    let desk = Desk::with(5);
    desk.faults(&["doubled"], json!({}));
    let listed = RUNTIME.block_on(desk.engine().list(&mut Agrees)).unwrap();
    let reading = listed.report.reading.as_ref().unwrap();
    assert_eq!((reading.grade.as_str(), listed.report.exit_code), ("none", 4), "{:#?}", listed.report);
    let twice = listed.members[1].email.clone().unwrap();
    assert_eq!(listed.members[2].email.as_ref(), Some(&twice));
    contains(reading.unproven.as_ref().unwrap(), &[&format!("{twice} was read twice")]);
    for request in [remove(&twice), set_role(&twice, "author")] {
        let report = desk.change(request);
        let change = of(&report, &twice);
        assert_eq!(
            (change.outcome.as_str(), change.reason.as_deref()),
            ("failed", Some("ambiguous")),
            "{report:#?}"
        );
        assert!(change.hint.as_ref().unwrap().contains("by hand"));
        assert_eq!(report.exit_code, 4);
    }
    assert_eq!(desk.truth().writes(), 0);
}

#[test]
fn somebody_whose_name_is_anothers_address_is_not_taken_for_them() {
    let desk = Desk::with(20);
    desk.faults(&["lookalike"], json!({}));
    let truth = desk.truth();
    let members = truth.0["members"].as_array().unwrap();
    let text = |member: &Value, key: &str| member[key].as_str().unwrap().to_lowercase();
    let namesake = members.iter().find(|member| {
        text(member, "name").contains('@') && truth.role(&text(member, "name")).as_deref() != Some("admin")
    });
    let namesake = namesake.expect("a lookalike of somebody who is no admin");
    let (meant, other) = (text(namesake, "name"), text(namesake, "email"));
    let report = desk.change(remove(&meant));
    assert_eq!(of(&report, &meant).outcome, "done", "{report:#?}");
    assert_eq!(desk.truth().mutations().iter().map(|(_, who)| who.as_str()).collect::<Vec<_>>(), [&meant]);
    // Now only the name is left of that address.
    let report = desk.change(remove(&meant));
    assert_eq!(of(&report, &meant).outcome, "already_so", "{report:#?}");
    assert!(desk.truth().member(&other).is_some());
}

#[test]
fn what_is_so_already_is_not_clicked() {
    let desk = Desk::with(12);
    let truth = desk.truth();
    let (learner, author) = (truth.somebody("learner", "active", ""), truth.somebody("author", "active", ""));
    let nobody = "nobody.at.all@acme.example";
    for (request, who, expected, code) in [
        (invite(&learner, "learner"), &learner, ("already_so", None), 0),
        (invite(&author, "learner"), &author, ("failed", Some("already_member")), 4),
        (set_role(&author, "author"), &author, ("already_so", None), 0),
        (set_role(nobody, "author"), &nobody.to_owned(), ("failed", Some("not_found")), 4),
        (remove(nobody), &nobody.to_owned(), ("already_so", None), 0),
    ] {
        let report = desk.change(request);
        let change = of(&report, who);
        assert_eq!((change.outcome.as_str(), change.reason.as_deref()), expected, "{report:#?}");
        assert_eq!((report.exit_code, change.id), (code, None), "{report:#?}");
        assert_eq!(change.hint.is_some(), expected.0 == "failed");
    }
    assert_eq!(desk.truth().writes(), 0);
}

#[test]
fn what_the_console_refuses_is_told_in_its_own_words_once_it_is_proven() {
    let mut desk = Desk::with(5);
    desk.settles_after(1);
    desk.control("PUT", "/faults", &json!({ "names": [], "seat_limit": 1 }));
    let (seatless, mistyped) = ("new.person@acme.example", "new.person@acme.invalid");
    let both = vec![email(seatless), email(mistyped)];
    let report = desk.change(Request::Invite { emails: both, role: RoleId::new("author") });
    assert_eq!(report.exit_code, 4);
    for (who, reason, says) in [
        (seatless, "seat_limit", "seat limit (1 seats)"),
        (mistyped, "invalid_email", "Enter a valid email address."),
    ] {
        let change = of(&report, who);
        assert_eq!(
            (change.outcome.as_str(), change.reason.as_deref()),
            ("failed", Some(reason)),
            "{report:#?}"
        );
        assert_eq!(change.settled_by.as_deref(), Some("two readings 1 s apart"));
        contains(change.detail.as_ref().unwrap(), &["the console says", says]);
        assert!(!change.retryable && change.hint.is_some());
    }
    let truth = desk.truth();
    assert_eq!((truth.mutations(), truth.writes()), (Vec::new(), 2), "each was tried once");
}

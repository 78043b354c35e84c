//! `login`: somebody signs in by hand, and later runs use what came of it.

use serde_json::json;

use crate::cli::contains;
use crate::support::control;
use crate::support::practice::{Practice, Running};

/// A console whose sign-in waits for somebody at a phone.
fn with_phone() -> Practice {
    let practice = Practice::with(12, &[]);
    control(&practice.ready, "PUT", "/faults", &json!({ "names": ["second_factor"], "mode": "phone" }));
    practice
}

/// What `login` is called with here: Firefox shows no window.
fn login(practice: &Practice, more: &[&str]) -> std::process::Command {
    let arguments: Vec<&str> = ["login"].iter().chain(more).copied().collect();
    let mut command = practice.command(&arguments);
    command.env("MOZ_HEADLESS", "1");
    command
}

fn sign_ins(practice: &Practice) -> u64 {
    practice.truth().0["sign_ins"].as_u64().unwrap()
}

#[test]
fn what_somebody_approves_on_a_phone_is_used_by_later_runs() {
    let practice = with_phone();
    let came = practice.check(&["list"], 6);
    contains(&came.err, &["Approve the sign-in on your phone", "`seatwright login`"]);
    assert_eq!(
        (practice.report()["error"]["reason"].as_str(), sign_ins(&practice)),
        (Some("code_required"), 1)
    );

    let mut running = Running::start(&mut login(&practice, &[]));
    running.until("it waits for you to sign in, for 10m");
    let approved = control(&practice.ready, "POST", "/approve", &json!({}));
    // That of `list` waits still, for all the console knows.
    assert_eq!(approved, json!({ "approved": 2 }));
    let came = running.end();
    assert_eq!(came.code, 0, "{}", came.err);
    contains(&came.out, &["signed in for ", "later runs use this session"]);
    assert_eq!(sign_ins(&practice), 2);
    practice.nothing_is_left();

    let came = practice.check(&["list"], 0);
    contains(&came.err, &["12 "]);
    assert_eq!(sign_ins(&practice), 2, "the session was used");
    assert_eq!(practice.truth().writes(), 0);
}

#[test]
fn whoever_does_not_come_is_not_waited_for_any_longer() {
    let practice = with_phone();
    let came = practice.check_command(&mut login(&practice, &["--timeout", "3s"]), 6);
    contains(
        &came.err,
        &["it waits for you to sign in, for 3s", "nobody had signed in when 3s were over", "hint: "],
    );
    assert_eq!((practice.report()["operation"].as_str(), sign_ins(&practice)), (Some("login"), 1));
    assert!(!practice.state().join("sessions").exists(), "there is nothing to keep");
    practice.nothing_is_left();
}

#[test]
fn without_a_password_only_the_address_is_typed() {
    let practice = Practice::with(5, &[]);
    let config = practice.config();
    let start = config.find(", password").unwrap();
    let end = start + config[start..].find(" }").unwrap() + 2;
    practice.write("config/seatwright/seatwright.toml", &format!("{}{}", &config[..start], &config[end..]));
    contains(&practice.check(&["config", "show"], 0).out, &["none: `seatwright login`"]);

    let came = practice.check(&["remove", "anna@acme.example", "--yes"], 6);
    contains(&came.err, &["the configuration has no password for it", "`seatwright login -w acme`"]);
    let mut running = Running::start(&mut login(&practice, &["--timeout", "3s"]));
    running.until("it waits for you to sign in, for 3s");
    assert_eq!(running.end().code, 6);
    let steps = std::fs::read_to_string(
        practice.state().join("runs").join(practice.report()["run"].as_str().unwrap()).join("steps.jsonl"),
    );
    let steps = steps.unwrap();
    contains(&steps, &["fill", "login.email"]);
    assert!(!steps.contains("login.password"), "{steps}");
    assert_eq!(sign_ins(&practice), 0);
    practice.nothing_is_left();
}

#[test]
fn where_there_is_no_screen_nothing_is_started() {
    let practice = Practice::with(5, &[]);
    let came = practice.check(&["login"], 2);
    contains(&came.err, &["there is no screen here", "hint: ", "ssh -X"]);
    let none = practice.config().replace("account =", "session = \"none\"\naccount =");
    practice.write("config/seatwright/seatwright.toml", &none);
    let came = practice.check_command(&mut login(&practice, &[]), 2);
    contains(&came.err, &["keep the session for later runs: the configuration says that none is kept"]);
    assert_eq!(practice.truth().0["requests"], 0);
    assert_eq!(practice.json(&["runs"], 0)["runs"], json!([]));
}

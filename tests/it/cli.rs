//! The command line as a script meets it: help, mistakes, exit codes. Nothing here needs a browser.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A folder of its own and an empty environment.
struct Place {
    folder: TempDir,
}

/// What came of a call.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seatwright"));
        command.args(arguments).current_dir(self.path()).env_clear().env("HOME", self.path());
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Came {
        came(self.command(arguments).output().unwrap())
    }

    /// Runs it and checks the exit code; both streams are shown if it is another.
    fn check(&self, arguments: &[&str], code: i32) -> Came {
        let came = self.run(arguments);
        assert_eq!(came.code, code, "{arguments:?}\n--- stdout\n{}--- stderr\n{}", came.out, came.err);
        came
    }
}

pub(crate) fn came(output: Output) -> Came {
    Came {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
}

#[test]
fn help_is_data_and_tells_exit_codes_and_variables() {
    let place = Place::new();
    let help = place.check(&["--help"], 0);
    assert_eq!(help.err, "");
    contains(
        &help.out,
        &["Exit codes:\n   0  done", "\n  12  ", "Environment variables", "SEATWRIGHT_STATE_DIR", "NO_COLOR"],
    );
    contains(&place.check(&["--version"], 0).out, &["seatwright "]);
}

#[test]
fn the_reference_knows_every_command_code_and_variable() {
    let reference = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cli.md")).unwrap();
    let help = Place::new().check(&["--help"], 0).out;
    let words = |line: &str| line.split_whitespace().next().unwrap_or_default().to_owned();
    let part = |title: &str| {
        let start = help.find(title).unwrap() + title.len();
        help[start..].split("\n\n").next().unwrap().to_owned()
    };
    for line in part("Commands:\n").lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "))
    {
        contains(&reference, &[&format!("seatwright {}", words(line))]);
    }
    for code in 0..=12 {
        contains(&reference, &[&format!("\n| {code} |")]);
    }
    for line in help.lines().filter(|line| line.starts_with("  SEATWRIGHT_")) {
        contains(&reference, &[&format!("`{}`", words(line))]);
    }
}

#[test]
fn wrong_usage_is_two_and_leaves_stdout_empty() {
    let place = Place::new();
    let calls: [&[&str]; 11] = [
        &[],
        &["lst"],
        &["invite", "anna@example.com"],
        &["invite", "--role", "author"],
        &["invite", "anna", "--role", "author"],
        &["remove", "anna@example.com", "--yes", "--dry-run"],
        &["list", "--dry-run"],
        &["resume", "20261121-213455-k3f9", "--settle", "7=perhaps"],
        &["list", "--verbose", "--quiet"],
        &["list", "--csv", "--json"],
        &["--json", "list", "--csv"],
    ];
    for call in calls {
        assert_eq!(place.check(call, 2).out, "", "{call:?}");
    }
}

#[test]
fn without_a_configuration_it_says_where_it_looked_and_what_to_write() {
    let place = Place::new();
    let came = place.check(&["list"], 2);
    assert_eq!(came.out, "");
    let looked = place.path().join(".config/seatwright/seatwright.toml");
    contains(
        &came.err,
        &[&format!("there is no file {}", looked.display()), "[workspaces.acme]", "--write-config"],
    );
    let named = place.check(&["list", "--config", "other.toml"], 2);
    contains(&named.err, &["other.toml (--config)"]);
    let came = came_of(place.command(&["config", "show"]).env("SEATWRIGHT_CONFIG", "third.toml"));
    contains(&came.err, &["third.toml (SEATWRIGHT_CONFIG)"]);
}

fn came_of(command: &mut Command) -> Came {
    came(command.output().unwrap())
}

#[test]
fn all_mistakes_of_a_configuration_come_at_once() {
    let place = Place::new();
    place.write(
        "c.toml",
        "[workspaces.acme]\napp = \"coassemble\"\nurl = \"http://console.example.com\"\nurls = 1\n\
         account = { email = \"x\", password = \"hunter2\" }\n",
    );
    let came = place.check(&["list", "--config", "c.toml"], 2);
    contains(
        &came.err,
        &[
            "--> c.toml:3:7\n",
            "error: unknown key `urls` in a workspace\n --> c.toml:4:1\n",
            "--> c.toml:5:21\n",
            "--> c.toml:5:37\n",
            "4 mistakes",
        ],
    );
    contains(&came.err, &["help: did you mean `url`?\n", "4 - urls = •\n4 + url = •\n"]);
    let hidden = "password = \"•••••••\"";
    contains(&came.err, &[hidden]);
    assert!(!came.err.contains("hunter2"));
    // Where nobody knows what is a secret, no line is shown.
    place.write("broken.toml", "[workspaces.acme]\naccount = { password = \"hunter2 }\n");
    let came = place.check(&["list", "--config", "broken.toml"], 2);
    contains(&came.err, &["error: not TOML: ", "--> broken.toml:2:"]);
    assert!(!came.err.contains("hunter2"), "{}", came.err);
}

const GOOD: &str = "[workspaces.acme]\napp = \"coassemble\"\nurl = \"https://console.example.com\"\n\
                    account = { email = \"a@example.com\", password = { env = \"ACME_PASSWORD\" } }\n";

#[test]
fn config_show_tells_each_values_origin() {
    let place = Place::new();
    place.write("c.toml", GOOD);
    let came = place.check(&["config", "show", "--config", "c.toml", "--json"], 0);
    let shown: Value = serde_json::from_str(&came.out).unwrap();
    let of = |key: &str| {
        let settings = shown["settings"].as_array().unwrap();
        let setting = settings.iter().find(|setting| setting["key"] == key).unwrap();
        (setting["value"].as_str().unwrap().to_owned(), setting["origin"].as_str().unwrap().to_owned())
    };
    assert_eq!(of("config").1, "--config");
    assert_eq!(
        of("state_dir"),
        (place.path().join(".local/state/seatwright").display().to_string(), "default".into())
    );
    assert_eq!(of("workspaces.acme.app"), ("coassemble".into(), "line 2".into()));
    assert_eq!(
        of("workspaces.acme.account.password"),
        ("the environment variable ACME_PASSWORD".into(), "line 4".into())
    );
    assert_eq!(of("workspaces.acme.policy.max_new_seats"), ("10".into(), "default".into()));
    let table = place.check(&["config", "show", "--config", "c.toml"], 0).out;
    contains(&table, &["[workspaces.acme]", "account.password"]);
}

#[test]
fn a_workspace_has_to_be_named_where_there_are_two() {
    let place = Place::new();
    place.write("c.toml", &format!("{GOOD}{}", GOOD.replace("acme", "beta")));
    contains(
        &place.check(&["list", "--config", "c.toml"], 2).err,
        &["hint: add -w NAME, one of: acme, beta"],
    );
    contains(&place.check(&["list", "--config", "c.toml", "-w", "bata"], 2).err, &["did you mean `beta`?"]);
}

#[test]
fn a_role_the_app_does_not_have_is_refused_before_anything_starts() {
    let place = Place::new();
    place.write("c.toml", GOOD);
    let came = place.check(&["invite", "x@example.com", "--role", "emperor", "--config", "c.toml"], 2);
    contains(&came.err, &["role \"emperor\"", "hint: use one of: admin, author, learner"]);
}

#[test]
fn a_decision_that_is_not_made_is_asked_for_before_anything_starts() {
    let place = Place::new();
    let map = include_str!("../broken/good/selectors/acme/v1.toml");
    let choices = "language = \"en\"\nchoices.files = { ask = \"What becomes of the files?\", values = [\"keep\", \"delete\"] }";
    let remove = include_str!("../broken/good/recordings/acme/v1/remove.toml");
    let remove = remove.replace("on = \"row\"", "when = { choice.files = [\"keep\"] }\non = \"row\"");
    place.write("data/selectors/acme/v1.toml", &map.replace("language = \"en\"", choices));
    place.write("data/recordings/acme/v1/remove.toml", &remove);
    let config = GOOD.replace("\"coassemble\"", "\"acme\"\ndata = \"data\"");
    place.write("c.toml", &config);
    let remove = ["remove", "x@example.com", "--yes", "--config", "c.toml"];
    contains(
        &place.check(&remove, 2).err,
        &[
            "remove: a choice is not made for workspace acme: `files`: What becomes of the files? (\"keep\" or \"delete\")",
            "hint: decide it in the configuration, under [workspaces.acme.choices]: files = \"keep\" or \"delete\"",
        ],
    );
    place.write("c.toml", &format!("{config}choices = {{ files = \"delete\" }}\n"));
    contains(
        &place.check(&remove, 2).err,
        &[
            "remove: acme/v1 has no recording for this case: files = delete",
            "it has recordings for: files = keep",
        ],
    );
    assert!(!place.path().join(".local/state/seatwright/runs").exists());
}

#[test]
fn a_missing_program_is_named_and_the_run_is_in_the_journal() {
    let place = Place::new();
    place.write("c.toml", GOOD);
    let mut command = place.command(&["list", "--config", "c.toml"]);
    let came = came_of(command.env("PATH", place.path()).env("ACME_PASSWORD", "secret"));
    assert_eq!(came.code, 2, "{}", came.err);
    contains(&came.err, &["error: ", "firefox", "hint: install it"]);
    let runs = place.check(&["runs", "--json"], 0).out;
    let runs: Value = serde_json::from_str(&runs).unwrap();
    assert_eq!((&runs["runs"][0]["operation"], &runs["runs"][0]["exit_code"]), (&"list".into(), &2.into()));
    let run = runs["runs"][0]["run"].as_str().unwrap();
    contains(&place.check(&["show", run], 0).out, &["asked       list", "Error\n", "Journal head\n"]);
    let report: Value = serde_json::from_str(&place.check(&["show", run, "--json"], 0).out).unwrap();
    assert_eq!((&report["schema_version"], &report["exit_code"]), (&1.into(), &2.into()));
    // There is nothing to resume, and what became of the run stays as it is.
    let came = place.check(&["resume", run, "--config", "c.toml"], 2);
    contains(&came.err, &["nothing of run ", " is open", "error: ", "firefox"]);
    assert_eq!(
        place.check(&["show", run, "--json"], 0).out,
        serde_json::to_string_pretty(&report).unwrap() + "\n"
    );
    contains(&place.check(&["runs"], 0).out, &["RUN ", "exit 2"]);
}

#[test]
fn a_run_there_is_not_is_no_bug() {
    let place = Place::new();
    contains(&place.check(&["runs"], 0).err, &["no runs yet in "]);
    contains(&place.check(&["show", "../etc"], 2).err, &["is no run"]);
    std::fs::create_dir(place.path().join("s")).unwrap();
    for command in ["show", "resume", "cancel"] {
        let came = place.check(&[command, "20261121-213455-k3f9", "--state-dir", "s"], 2);
        contains(&came.err, &["has no run 20261121-213455-k3f9", "hint: `seatwright runs`"]);
    }
}

#[test]
fn a_state_folder_that_cannot_be_written_is_two() {
    let place = Place::new();
    place.write("c.toml", GOOD);
    place.write("file", "");
    let came = place.check(&["list", "--config", "c.toml", "--state-dir", "file/state"], 2);
    contains(&came.err, &["error: open the journal", "hint: make "]);
}

#[test]
fn selectors_check_tells_every_problem_with_its_place() {
    let place = Place::new();
    contains(
        &place.check(&["selectors", "check"], 0).err,
        &["checked coassemble/members-2026-03, built in", "0 errors"],
    );
    place.write("d/selectors/x/v1.toml", "format = 1\nlangage = \"en\"\n");
    place.write("d/recordings/x/v1/.keep", "");
    let came = place.check(&["selectors", "check", "--data", "d"], 2);
    contains(
        &came.out,
        &[
            "error: unknown key `langage` in a map\n --> d/selectors/x/v1.toml:2:1\n",
            "2 | language = \"en\"\n",
        ],
    );
    let came = place.check(&["selectors", "check", "--json", "d/selectors/x/v1.toml", "none.toml"], 2);
    let told: Value = serde_json::from_str(&came.out).unwrap();
    assert_eq!(told["checked"], serde_json::json!(["d/selectors/x/v1.toml"]));
    assert!(
        told["problems"]
            .as_array()
            .unwrap()
            .iter()
            .any(|problem| problem["message"] == "there is no such file")
    );
    contains(
        &place.check(&["selectors", "check", "--data", "none"], 2).err,
        &["use the data folder (--data)", "hint: "],
    );
}

#[test]
fn a_closed_pipe_is_a_quiet_success() {
    let place = Place::new();
    let mut child = place.command(&["--help"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let came = came(child.wait_with_output().unwrap());
    assert_eq!((came.code, came.err.as_str()), (0, ""));
}

#[test]
fn the_sandbox_says_when_it_is_ready_and_ends_when_told() {
    let place = Place::new();
    let arguments =
        ["sandbox", "--members", "5", "--seed", "3", "--fault", "slow", "--write-config", "practice.toml"];
    let mut child = place.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    for name in ["practice.toml", "practice.password"] {
        let mode = std::fs::metadata(place.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let shown = place.check(&["config", "show", "--json", "--config", "practice.toml"], 0).out;
    contains(&shown, &["workspaces.sandbox.url", ready["url"].as_str().unwrap()]);
    assert!(!shown.contains(ready["account"]["password"].as_str().unwrap()));

    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    out.read_line(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[test]
fn the_sandbox_refuses_what_it_does_not_know() {
    let place = Place::new();
    contains(
        &place.check(&["sandbox", "--fault", "fog"], 2).err,
        &["unknown fault \"fog\"", "slow", "hint: "],
    );
    contains(&place.check(&["sandbox", "--skin", "x/y"], 2).err, &["unknown skin"]);
    contains(
        &place.check(&["sandbox", "--write-config", "none/p.toml"], 2).err,
        &["write none/p.password", "hint: "],
    );
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    contains(
        &place.check(&["sandbox", "--port", &port], 2).err,
        &["listen on 127.0.0.1:", "in use", "choose another port"],
    );
}

#[test]
fn colour_is_wanted_or_not_there() {
    let place = Place::new();
    assert!(!place.run(&["runs"]).err.contains('\u{1b}'));
    assert!(place.run(&["runs", "--color", "always"]).err.contains('\u{1b}'));
    let mut piped = place.command(&["runs", "--color", "never"]);
    assert!(!came_of(piped.env("TERM", "xterm")).err.contains('\u{1b}'));
}

#[test]
fn a_log_filter_that_is_none_is_told() {
    let place = Place::new();
    let came = came_of(place.command(&["config", "show"]).env("SEATWRIGHT_LOG", "seatwright=loud"));
    assert_eq!(came.code, 2);
    contains(&came.err, &["read SEATWRIGHT_LOG", "hint: a level"]);
}

#[test]
fn the_configuration_of_the_reference_is_one() {
    let place = Place::new();
    let reference = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cli.md")).unwrap();
    let example = reference.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    // Its checkout is nowhere.
    let lines: Vec<&str> = example.lines().filter(|line| !line.starts_with("data = ")).collect();
    place.write("c.toml", &lines.join("\n"));
    let shown = place.check(&["config", "show", "--config", "c.toml"], 0).out;
    contains(&shown, &["policy.seat_cap", "200", "ceo@example.com"]);
}

#[test]
fn completions_know_commands_and_options() {
    let place = Place::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = place.check(&["completions", shell], 0);
        assert_eq!(script.err, "", "{shell}");
        contains(&script.out, &["seatwright", "set-role", "dry-run", "write-config"]);
    }
    contains(&place.check(&["completions", "tcsh"], 2).err, &["tcsh", "bash"]);
}

/// What bash itself makes of the script.
#[test]
fn bash_completes_a_command() {
    let place = Place::new();
    place.write("completions.bash", &place.check(&["completions", "bash"], 0).out);
    let typed = "source ./completions.bash; COMP_WORDS=(seatwright can); COMP_CWORD=1; \
                 _seatwright seatwright can seatwright; echo \"${COMPREPLY[@]}\"";
    let Ok(output) = Command::new("bash").args(["--norc", "-c", typed]).current_dir(place.path()).output()
    else {
        eprintln!("left out: no bash to try completions in");
        return;
    };
    let came = came(output);
    assert_eq!((came.out.as_str(), came.err.as_str()), ("cancel-invite cancel\n", ""));
}

/// Everything `--help` says, to be read in one piece.
#[test]
fn help_reads_well() {
    let place = Place::new();
    let commands: [&[&str]; 22] = [
        &[],
        &["list"],
        &["seats"],
        &["export"],
        &["invite"],
        &["resend"],
        &["cancel-invite"],
        &["set-role"],
        &["deactivate"],
        &["reactivate"],
        &["remove"],
        &["runs"],
        &["show"],
        &["resume"],
        &["cancel"],
        &["selectors"],
        &["selectors", "check"],
        &["config"],
        &["config", "show"],
        &["sandbox"],
        &["completions"],
        &["-h"],
    ];
    let mut told = String::new();
    for command in commands {
        let asked = if command == ["-h"] { command.to_vec() } else { [command, &["--help"]].concat() };
        let help = place.check(&asked, 0).out;
        // The options of every command are told once, with the program's own.
        let own =
            if command.is_empty() { &help } else { help.split("Options of every command:").next().unwrap() };
        told.push_str(&format!("$ seatwright {}\n{}\n\n", asked.join(" "), own.trim_end()));
    }
    insta::assert_snapshot!("help", told);
}

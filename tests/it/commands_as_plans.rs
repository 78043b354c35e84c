//! Single commands and imports that are written down as a plan, for somebody else to agree to (`--out`): nothing is done by
//! it, and what is done later is what the command would have done.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use jiff::Timestamp;
use seatwright::engine::PlanFile;
use serde_json::{Value, json};

use crate::cli::contains;
use crate::rosters::{actions, as_it_is};
use crate::support::practice::Practice;

const MEMBERS: usize = 20;
const PLACE: &str = "config/seatwright/seatwright.toml";
const YES: &str = "approval = { yes_approves = true }\n";
const SCOPE: &str = "scope = { domains = [\"acme.example\", \"contractors.acme.example\", \"example.net\"] }\nleaver = { step = \"remove\" }\n";
const NEW: &str = "new.person@acme.example";

fn practice(more: &str) -> Practice {
    let practice = Practice::with(MEMBERS, &[]);
    configure(&practice, more);
    practice
}

fn configure(practice: &Practice, more: &str) {
    practice.write(PLACE, &format!("{}{YES}{more}", practice.config()));
}

fn somebody(practice: &Practice, role: &str, status: &str) -> String {
    practice.truth().somebody(role, status, &practice.ready.account.email)
}

/// The plan that was written, which its schema describes.
fn file(practice: &Practice) -> PlanFile {
    let content = std::fs::read(practice.path("plan.json")).unwrap();
    crate::schemas::hold_written(&serde_json::from_slice(&content).unwrap(), None);
    PlanFile::read(&content).unwrap()
}

/// What has to be approved, in the order of the plan.
fn classes(practice: &Practice) -> Vec<String> {
    file(practice).to_approve().map(|(_, class)| class.as_str().to_owned()).collect()
}

#[track_caller]
fn nothing_was_sent(practice: &Practice) {
    let truth = practice.truth();
    assert_eq!((truth.writes(), truth.mutations().len()), (0, 0));
}

fn outcomes(report: &Value) -> Vec<(&str, &str)> {
    let changes = report["changes"].as_array().unwrap().iter();
    changes.map(|one| (one["email"].as_str().unwrap(), one["outcome"].as_str().unwrap())).collect()
}

/// From the hint of a refusal for want of a word to the change that somebody else agreed to.
#[test]
fn a_removal_is_written_down_approved_and_carried_out() {
    let practice = practice(SCOPE);
    let who = &somebody(&practice, "learner", "active");
    contains(&practice.check(&["remove", who], 7).err, &["--out PLAN", "seatwright approve PLAN"]);
    for flag in [["--yes"].as_slice(), &["--dry-run"], &["--key", "k"]] {
        practice.check(&[&["remove", who, "--out", "plan.json"], flag].concat(), 2);
    }
    assert!(!practice.path("plan.json").exists());

    let came = practice.check(&["remove", who, "--out", "plan.json"], 10);
    contains(
        &came.err,
        &[
            "1 change: 1 remove",
            "seatwright approve plan.json",
            "seatwright apply plan.json",
            "writes sent: 0",
        ],
    );
    contains(&came.out, &[who, "asked for by name", "[approval: data may be lost]"]);
    let mode = std::fs::metadata(practice.path("plan.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    contains(
        &practice.check(&["remove", who, "--out", "plan.json"], 2).err,
        &["there is a file of that name"],
    );
    // The same request on the same list is the same plan; another one is not.
    let again = practice.json(&["remove", who, "--out", "again.json"], 10);
    let hash = file(&practice).hash;
    assert_eq!((&again["plan"]["hash"], &again["plan"]["changes"]), (&json!(hash), &json!(1)));
    assert_eq!(again["report"]["writes"]["sent"], 0, "{again:#}");
    let other = practice.json(&["remove", who, NEW, "--out", "other.json"], 10);
    assert_ne!(other["plan"]["hash"], json!(hash));
    assert_eq!(actions(&other)[NEW], "keep");
    let show = practice.check(&["show", again["report"]["run"].as_str().unwrap()], 0);
    contains(&show.out, &["planned", who]);
    practice.check(&["review", "plan.json"], 0);
    contains(
        &std::fs::read_to_string(practice.path("plan.html")).unwrap(),
        &["1 change is planned", "Asked for"],
    );

    contains(&practice.check(&["apply", "plan.json", "--yes"], 7).err, &["there is no approval", who]);
    nothing_was_sent(&practice);
    practice.check(&["approve", "plan.json", "--yes"], 0);
    contains(&practice.check(&["apply", "plan.json"], 7).err, &["no terminal"]);
    let report = practice.json(&["apply", "plan.json", "--yes"], 0);
    assert_eq!((outcomes(&report), &report["left"]), (vec![(who.as_str(), "done")], &Value::Null));
    assert!(practice.truth().member(who).is_none());
    contains(&practice.check(&["apply", "plan.json", "--yes"], 3).err, &["carried out already"]);
    assert_eq!(practice.truth().mutations().len(), 1);

    // No roster was carried out by that, so the first one still takes nothing from anybody unasked.
    let roster = as_it_is(&practice, &[&somebody(&practice, "learner", "pending")]);
    practice.write("people.csv", &format!("email,role,name\n{roster}"));
    let came = practice.check(&["plan", "people.csv"], 10);
    contains(&came.out, &["cancel_invite", "[approval: no roster was applied here before]"]);
    practice.nothing_is_left();
}

/// What is known of the last roster outlives the plans of commands that come after it.
#[test]
fn a_plan_of_a_command_does_not_make_the_last_roster_forgotten() {
    let practice = practice(SCOPE);
    let roster = as_it_is(&practice, &[]);
    practice.write("people.csv", &format!("email,role,name\n{roster}{NEW},Learner,\n"));
    practice.check(&["plan", "people.csv", "--out", "roster.json"], 10);
    practice.check(&["apply", "roster.json", "--yes"], 0);
    practice.check(&["invite", "second@acme.example", "--role", "learner", "--out", "plan.json"], 10);
    assert_eq!(classes(&practice), Vec::<String>::new());
    practice.check(&["apply", "plan.json", "--yes"], 0);
    let half: String = roster.lines().take(8).map(|row| format!("{row}\n")).collect();
    practice.write("half.csv", &format!("email,role,name\n{half}{NEW},Author,\n"));
    contains(&practice.check(&["plan", "half.csv"], 3).err, &["it may shrink by 20 %"]);
}

/// Each of the other commands, and what of it has to be approved.
#[test]
fn every_command_can_be_written_down() {
    let practice = practice("policy = { max_removals = 5 }\n");
    let author = &somebody(&practice, "author", "active");
    let learner = &somebody(&practice, "learner", "active");
    let pending = &somebody(&practice, "learner", "pending");
    for (command, expected, outcome) in [
        (["invite", NEW, "--role", "learner"].as_slice(), [].as_slice(), "pending"),
        (&["resend", pending], &[], "done"),
        (&["set-role", learner, "--role", "author"], &[], "done"),
        (&["set-role", author, "--role", "admin"], &["privileged_grant"], "done"),
        (&["cancel-invite", pending], &["first_removal"], "done"),
    ] {
        let before = practice.truth().mutations().len();
        practice.check(&[command, &["--out", "plan.json", "--force"]].concat(), 10);
        assert_eq!(classes(&practice), expected, "{command:?}");
        assert_eq!(practice.truth().mutations().len(), before, "{command:?}");
        if !expected.is_empty() {
            practice.check(&["approve", "plan.json", "--yes", "--force"], 0);
        }
        let report = practice.json(&["apply", "plan.json", "--yes"], 0);
        assert_eq!(outcomes(&report)[0].1, outcome, "{command:?}");
    }
    let truth = practice.truth();
    assert_eq!(truth.role(learner).as_deref(), Some("author"));
    assert_eq!(truth.role(author).as_deref(), Some("admin"));
    assert!(truth.member(pending).is_none());
    assert_eq!((truth.mails_to(NEW), truth.mails_to(pending)), (1, 1));
    // Where nothing is to be done there is no plan, and the command's own code.
    let came = practice.check(&["cancel-invite", pending, "--out", "none.json"], 0);
    contains(&came.err, &["none.json was not written"]);
    let came =
        practice.check(&["set-role", "nobody@acme.example", "--role", "author", "--out", "none.json"], 4);
    contains(&came.out, &["needs_person", "not_found"]);
    assert!(!practice.path("none.json").exists());
    contains(&practice.check(&["deactivate", learner, "--out", "none.json"], 2).err, &["no recording"]);
    practice.check(&["resend", "--older-than", "7d", "--out", "none.json"], 2);
}

/// No way past a guard leads through a file.
#[test]
fn a_plan_gives_no_right_that_the_command_has_not() {
    let practice = practice("policy = { max_removals = 1, max_privileged = 0 }\n");
    let learner = &somebody(&practice, "learner", "active");
    let pending = &somebody(&practice, "learner", "pending");
    let author = &somebody(&practice, "author", "active");
    let account = &practice.ready.account.email.clone();
    for (command, says) in [
        (["remove", account].as_slice(), "oneself"),
        (&["remove", learner, pending], "ceiling 1"),
        (&["set-role", author, "--role", "admin"], "privileged"),
    ] {
        let came = practice.check(&[command, &["--out", "plan.json"]].concat(), 3);
        contains(&came.err, &[says, "plan.json was not written"]);
        assert!(!came.err.contains("--override"), "{}", came.err);
    }
    // Made under the limit, and what is allowed in a day was used up since.
    practice.check(&["remove", learner, "--out", "plan.json"], 10);
    practice.check(&["approve", "plan.json", "--yes"], 0);
    let word = format!("{}:1", file(&practice).short());
    let came = practice.check(&["apply", "plan.json", "--yes", "--override", &word], 3);
    contains(&came.err, &["--override passes limits for a roster's plan"]);
    nothing_was_sent(&practice);
    practice.check(&["cancel-invite", pending, "--yes"], 0);
    contains(&practice.check(&["apply", "plan.json", "--yes"], 3).err, &["ceiling 1"]);
    assert!(practice.truth().member(learner).is_some());

    // Somebody writes a plan of their own: more than what was asked for, and nothing to approve.
    configure(&practice, "policy = { max_removals = 5 }\n");
    practice.check(&["remove", learner, "--out", "plan.json", "--force"], 10);
    let made = file(&practice);
    let forged = |change: &dyn Fn(&mut PlanFile)| {
        let mut plan = made.clone();
        change(&mut plan);
        let name = plan.roster_file.clone();
        let plan = PlanFile::new(plan.plan, &plan.run, &name, Timestamp::now(), Duration::from_secs(600));
        practice.write("plan.json", &String::from_utf8(plan.content()).unwrap());
    };
    forged(&|plan| plan.plan.actions[0].approval = None);
    let came = practice.check(&["apply", "plan.json", "--yes"], 3);
    contains(&came.err, &["does not say what has to be approved by now", learner]);
    forged(&|plan| {
        plan.plan.actions[0].approval = None;
        plan.plan.actions[0].email = author.clone();
        plan.plan.actions[0].seen.roles = Some(vec!["author".to_owned()]);
    });
    let report = practice.json(&["apply", "plan.json", "--yes"], 4);
    assert_eq!(outcomes(&report), [(author.as_str(), "skipped")]);
    let before = std::fs::read_to_string(practice.path("plan.json")).unwrap();
    practice.write("plan.json", &before.replace("\"operation\": \"remove\"", "\"operation\": \"invite\""));
    practice.check(&["apply", "plan.json", "--yes"], 3);
    assert_eq!(practice.truth().mutations().len(), 1);
}

/// Whoever is another by now is left alone, and the others are not.
#[test]
fn who_has_moved_since_the_command_was_written_down_is_skipped() {
    let practice = practice("policy = { max_removals = 5 }\n");
    let learner = &somebody(&practice, "learner", "active");
    let pending = &somebody(&practice, "learner", "pending");
    practice.check(&["remove", learner, pending, "--out", "plan.json"], 10);
    practice.check(&["approve", "plan.json", "--yes"], 0);
    practice.check(&["set-role", learner, "--role", "author", "--yes"], 0);
    let report = practice.json(&["apply", "plan.json", "--yes"], 4);
    assert_eq!(outcomes(&report), [(learner.as_str(), "skipped"), (pending.as_str(), "done")]);
    let truth = practice.truth();
    assert!(truth.member(learner).is_some() && truth.member(pending).is_none());
}

/// A file of people goes in by the console's own import, as it would have without a plan.
#[test]
fn an_import_is_written_down_and_goes_in_at_once() {
    let practice = practice("");
    let people: Vec<String> = (1..=4).map(|number| format!("new{number}@acme.example")).collect();
    let rows: String = people.iter().map(|email| format!("{email},learner,\"New, {email}\"\n")).collect();
    let member = somebody(&practice, "learner", "active");
    practice.write("people.csv", &format!("email,role,name\n{rows}{member},learner,\n"));
    let came = practice.check(&["import", "people.csv", "--out", "plan.json"], 10);
    contains(&came.out, &["in the file as learner, and no member", "New, new1@acme.example"]);
    contains(&came.err, &["4 changes: 4 add; 1 other: 1 keep"]);
    assert!(!practice.path("people.result.csv").exists());
    practice.check(&["import", "people.csv", "--out", "x.json", "--result", "r.csv"], 2);
    let came = practice.check(&["import", "people.csv", "--out", "people.csv", "--force"], 2);
    contains(&came.err, &["the plan would overwrite people.csv"]);
    nothing_was_sent(&practice);

    let run = applied(&practice);
    let truth = practice.truth();
    assert!(people.iter().all(|email| truth.mails_to(email) == 1));
    assert_eq!(truth.writes(), 2, "a preview and an import");
    // And it can be put back, as whatever a plan did.
    let undo = practice.json(&["undo", &run], 0);
    let told = actions(&undo);
    assert!(people.iter().all(|email| told[email] == "leaver"), "the policy only tells of them: {undo:#}");
    practice.nothing_is_left();
}

#[cfg(not(feature = "crash-points"))]
fn applied(practice: &Practice) -> String {
    let report = practice.json(&["apply", "plan.json", "--yes"], 0);
    report["run"].as_str().unwrap().to_owned()
}

/// The process dies before anything is clicked, and another takes the run up.
#[cfg(feature = "crash-points")]
fn applied(practice: &Practice) -> String {
    let mut command = practice.command(&["apply", "plan.json", "--yes"]);
    practice.check_command(command.env("SEATWRIGHT_CRASH_POINT", "intended=self"), -1);
    nothing_was_sent(practice);
    let run = practice.json(&["runs"], 0)["runs"][0]["run"].as_str().unwrap().to_owned();
    let report = practice.json(&["resume", &run, "--yes"], 0);
    assert_eq!(outcomes(&report).len(), 4, "{report:#}");
    run
}

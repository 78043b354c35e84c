//! A plan from the roster to the workspace: written down, approved, carried out; and everything that keeps one from it.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::cli::contains;
use crate::rosters::{actions, as_it_is};
use crate::support::consoles;
use crate::support::practice::Practice;

const MEMBERS: usize = 20;
const TABLES: &str = "scope = { domains = [\"acme.example\", \"contractors.acme.example\", \"example.net\"] }\nleaver = { step = \"remove\" }\npolicy = { max_removals = 5 }\n";
const PLACE: &str = "config/seatwright/seatwright.toml";
/// Roles of the console of another make.
const CREW: &str = "deckhand";
const OTHER: &str = "mate";
const YES: &str = "approval = { yes_approves = true }\n";

/// A workspace, and a roster that wants something of each kind.
struct Desk {
    practice: Practice,
    leaver: String,
    pending: String,
    author: String,
}

impl Desk {
    fn new() -> Self {
        let practice = Practice::with(MEMBERS, &[]);
        let desk = Self::at(practice);
        desk.configure(YES);
        desk
    }

    fn at(practice: Practice) -> Self {
        let account = practice.ready.account.email.clone();
        let truth = practice.truth();
        let leaver = truth.somebody("learner", "active", &account);
        let pending = truth.somebody("learner", "pending", &account);
        let author = truth.somebody("author", "active", &account);
        let roster = as_it_is(&practice, &[&leaver, &pending, &author]);
        practice.write(
            "people.csv",
            &format!("email,role,name\n{roster}{author},Learner,\nnew.hire@acme.example,Learner,New Hire\n"),
        );
        Self { practice, leaver, pending, author }
    }

    fn configure(&self, more: &str) {
        let config = self.practice.config();
        self.practice.write(PLACE, &format!("{config}{TABLES}{more}"));
    }

    /// Makes the plan anew, and has it approved.
    fn planned(&self) -> Value {
        self.practice.json(&["plan", "people.csv", "--out", "plan.json", "--force"], 10);
        self.practice.check(&["approve", "plan.json", "--yes"], 0);
        self.file()
    }

    fn file(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.practice.path("plan.json")).unwrap()).unwrap()
    }

    /// What passes the limits for the plan, and how many changes it makes.
    fn word(&self) -> (String, usize) {
        let plan = self.file();
        let actions = plan["plan"]["actions"].as_array().unwrap();
        let changes = actions.iter().filter(|item| item["change"].is_object()).count();
        (format!("{}:{changes}", &plan["hash"].as_str().unwrap()[..12]), changes)
    }

    /// An apply past the limits that is killed at this point: its run, and how many changes the plan makes.
    #[cfg(feature = "crash-points")]
    fn killed_past_the_limits(&self, point: &str) -> (String, usize) {
        let practice = &self.practice;
        let config = format!("{}{TABLES}{YES}", practice.config());
        practice.write(PLACE, &config.replace("max_removals = 5", "max_removals = 1"));
        practice.check(&["plan", "people.csv", "--out", "plan.json"], 3);
        practice.check(&["approve", "plan.json", "--yes"], 0);
        let (word, changes) = self.word();
        let mut command = practice.command(&["apply", "plan.json", "--yes", "--override", &word]);
        practice.check_command(command.env("SEATWRIGHT_CRASH_POINT", format!("{point}=self")), -1);
        let runs = practice.json(&["runs"], 0);
        (runs["runs"][0]["run"].as_str().unwrap().to_owned(), changes)
    }

    /// The plan in another form is refused, by `approve` as well, and nobody is touched.
    #[track_caller]
    fn refused(&self, plan: &Value, why: &str) {
        self.practice.write("plan.json", &plan.to_string());
        let report = self.practice.json(&["apply", "plan.json", "--yes"], 3);
        contains(&report["refusals"].to_string(), &[why]);
        let came = self.practice.check(&["approve", "plan.json", "--yes"], 3);
        contains(&came.err, &["refused", why]);
        self.nothing_was_sent();
    }

    #[track_caller]
    fn nothing_was_sent(&self) {
        let truth = self.practice.truth();
        assert_eq!((truth.writes(), truth.mutations().len()), (0, 0));
    }
}

/// What became of each.
fn outcomes(report: &Value) -> Vec<(String, String)> {
    let word = |change: &Value, key: &str| change[key].as_str().unwrap().to_owned();
    let changes = report["changes"].as_array().unwrap().iter();
    changes.map(|change| (word(change, "email"), word(change, "outcome"))).collect()
}

#[test]
fn a_plan_that_is_approved_and_applied_leaves_nothing_to_do() {
    let desk = Desk::new();
    let Desk { practice, leaver, pending, author } = &desk;
    let roster = as_it_is(practice, &[]);
    practice.write("few.csv", &format!("email,role,name\n{roster}new.hire@acme.example,Learner,New Hire\n"));
    practice.check(&["plan", "few.csv", "--out", "overtaken.json"], 10);
    let came = practice.check(&["plan", "people.csv", "--out", "plan.json"], 10);
    contains(
        &came.err,
        &["in plan.json: ", "stands until", "seatwright approve plan.json", "seatwright apply plan.json"],
    );
    let plan = desk.file();
    let hash = plan["hash"].as_str().unwrap();
    contains(&came.err, &[&hash[..12]]);

    practice.check(&["review", "plan.json"], 0);
    let page = std::fs::read_to_string(practice.path("plan.html")).unwrap();
    contains(&page, &["4 changes are planned", leaver, "not in the roster", "seatwright approve plan.json"]);
    contains(&practice.check(&["review", "plan.json"], 2).err, &["there is a file of that name"]);

    // Not approved, so nothing of it is done.
    let came = practice.check(&["apply", "plan.json", "--yes"], 7);
    contains(&came.err, &["there is no approval", leaver, "seatwright approve"]);
    desk.nothing_was_sent();

    let approval = practice.json(&["approve", "plan.json", "--yes"], 0);
    assert_eq!(approval["approval"]["form"], "recorded");
    assert_eq!(approval["approval"]["plan"], *hash);
    crate::schemas::hold_written(&plan, Some(&approval["approval"]));
    let rehearsal = practice.json(&["apply", "plan.json", "--dry-run"], 10);
    assert_eq!(rehearsal["dry_run"], true);
    desk.nothing_was_sent();

    let report = practice.json(&["apply", "plan.json", "--yes"], 0);
    assert_eq!(report["plan"], *hash, "{report:#}");
    assert_eq!(report["left"], 0, "the reading at the end: {report:#}");
    let told = outcomes(&report);
    for (email, outcome) in
        [(leaver.as_str(), "done"), (pending, "done"), (author, "done"), ("new.hire@acme.example", "pending")]
    {
        assert!(told.contains(&(email.to_owned(), outcome.to_owned())), "{email} {outcome}: {told:#?}");
    }
    let truth = practice.truth();
    assert!(truth.member(leaver).is_none() && truth.member(pending).is_none());
    assert_eq!(truth.role(author).as_deref(), Some("learner"));

    // The next plan is empty, and this one is over.
    let next = practice.json(&["plan", "people.csv"], 0);
    assert!(actions(&next).values().all(|action| action == "keep"), "{next:#}");
    let before = practice.truth().mutations().len();
    let again = practice.json(&["apply", "plan.json", "--yes"], 3);
    contains(&again["refusals"].to_string(), &["carried out already"]);
    let overtaken = practice.json(&["apply", "overtaken.json", "--yes"], 3);
    contains(&overtaken["refusals"].to_string(), &["overtaken"]);
    assert_eq!(practice.truth().mutations().len(), before);

    // What puts everybody back is a plan too: it is told, and takes an approval of its own.
    let undo = practice.json(&["undo", report["run"].as_str().unwrap(), "--out", "undo.json"], 10);
    let told = actions(&undo);
    for (email, action) in [
        (leaver.as_str(), "add"),
        (pending, "add"),
        (author, "role"),
        ("new.hire@acme.example", "cancel_invite"),
    ] {
        assert_eq!(told[email], action, "{undo:#}");
    }
    assert_eq!(told.values().filter(|action| *action != "keep").count(), 4, "{undo:#}");

    // The journal holds, from the report's head on, and a head of another journal is none of it.
    let head = report["chain_head"].as_str().unwrap();
    let checked = practice.json(&["audit-log", "verify", "--head", head], 0);
    assert!(checked["found_at"].as_u64().unwrap() < checked["events"].as_u64().unwrap());
    contains(
        &practice.check(&["audit-log", "verify", "--head", &"5".repeat(64)], 1).err,
        &["no event of it has"],
    );
    practice.check(&["audit-log", "verify", "--head", "5"], 2);
    let came = practice.check(&["audit-log", "export", "-o", "log.jsonl"], 0);
    let log = std::fs::read_to_string(practice.path("log.jsonl")).unwrap();
    let applied: Vec<&str> = log.lines().filter(|line| line.contains("\"kind\":\"plan_applied\"")).collect();
    assert!(came.out.is_empty() && log.lines().count() > 20);
    assert!(matches!(applied[..], [line] if line.contains(hash)), "{applied:?}");

    // A roster that lost half of its people since takes nobody, and there is no plan to pass that with.
    let half: String = as_it_is(practice, &[]).lines().take(8).map(|row| format!("{row}\n")).collect();
    practice.write("half.csv", &format!("email,role,name\n{half}"));
    let came = practice.check(&["plan", "half.csv", "--out", "half.json"], 3);
    contains(&came.err, &["it may shrink by 20 %", "half.json was not written"]);
    assert!(!practice.path("half.json").exists());
    practice.nothing_is_left();
}

#[test]
fn a_plan_that_does_not_stand_is_refused_as_a_whole() {
    let desk = Desk::new();
    let plan = desk.planned();
    let with = |change: fn(&mut Value)| {
        let mut plan = plan.clone();
        change(&mut plan);
        plan
    };
    desk.refused(&with(|plan| plan["plan"]["actions"][0]["why"] = json!("other")), "was edited");
    desk.refused(
        &with(|plan| plan["plan"]["roster"]["people"][0]["email"] = json!("eve@acme.example")),
        "was edited",
    );
    desk.refused(&with(|plan| plan["expires_at"] = json!("2026-01-01T00:00:00Z")), "expired");
    desk.refused(&with(|plan| plan["expires_at"] = json!("2199-01-01T00:00:00Z")), "said to expire");
    // No plan at all is told as that, and as bad.
    desk.practice.write("plan.json", "{ \"plan\": 1 }");
    contains(&desk.practice.check(&["apply", "plan.json", "--yes"], 3).err, &["not what --out writes"]);

    desk.configure(&YES.replace("true", "true, needed = [\"removal\"]"));
    desk.refused(&plan, "another policy");
    let config = format!("{}{TABLES}{YES}", desk.practice.config());
    desk.practice.write(PLACE, &config.replace("workspaces.acme", "workspaces.other"));
    desk.refused(&plan, "the workspace was acme, and is other");
    desk.practice.write(PLACE, &config.replace(&*desk.practice.ready.url, "http://127.0.0.1:9/"));
    desk.refused(&plan, "the console's address");

    // The same words in another map.
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copied = desk.practice.path("data");
    let mut copy = Command::new("cp");
    std::fs::create_dir(&copied).unwrap();
    let copy = copy.arg("-r").arg(top.join("selectors")).arg(top.join("recordings")).arg(&copied);
    assert!(copy.status().unwrap().success());
    let map = desk.practice.path("data/selectors/coassemble/members-2026-03.toml");
    let text = std::fs::read_to_string(&map).unwrap();
    std::fs::write(&map, format!("{text}\n# another one\n")).unwrap();
    desk.practice.write(PLACE, &config.replace("url =", "data = \"../../data\"\nurl ="));
    desk.refused(&plan, "the selector map was");

    // Under what it was made under it stands as before.
    desk.practice.write(PLACE, &config);
    desk.practice.write("plan.json", &plan.to_string());
    desk.practice.check(&["apply", "plan.json", "--dry-run"], 10);
    desk.nothing_was_sent();
}

#[test]
fn who_has_moved_since_the_plan_is_skipped_and_the_rest_is_done() {
    let desk = Desk::new();
    let Desk { practice, leaver, pending, author } = &desk;
    desk.planned();
    practice.check(&["set-role", leaver, "--role", "Author", "--yes"], 0);
    let report = practice.json(&["apply", "plan.json", "--yes"], 4);
    let told = outcomes(&report);
    for (email, outcome) in [(leaver, "skipped"), (pending, "done"), (author, "done")] {
        assert!(told.contains(&(email.clone(), outcome.to_owned())), "{email} {outcome}: {told:#?}");
    }
    let truth = practice.truth();
    assert!(truth.member(leaver).is_some() && truth.member(pending).is_none());
    let came = practice.check(&["show", report["run"].as_str().unwrap()], 0);
    contains(&came.out, &["no longer those of the plan; plan again"]);
}

#[test]
fn many_newcomers_come_in_by_one_import_and_the_rest_one_by_one() {
    let desk = Desk::new();
    let practice = &desk.practice;
    let newcomers: Vec<String> = (1..=6).map(|number| format!("new{number}@acme.example")).collect();
    let rows: String =
        newcomers.iter().map(|email| format!("{email},Learner,\"Newcomer, {email}\"\n")).collect();
    practice.write("people.csv", &format!("email,role,name\n{}{rows}", as_it_is(practice, &[&desk.leaver])));
    desk.planned();
    let report = practice.json(&["apply", "plan.json", "--yes"], 0);
    let pending = outcomes(&report).into_iter().filter(|(_, outcome)| outcome == "pending").count();
    assert_eq!((pending, &report["left"]), (6, &json!(0)), "{report:#}");
    let truth = practice.truth();
    assert!(newcomers.iter().all(|email| truth.mails_to(email) == 1));
    assert!(truth.writes() <= 3, "an import and a removal, not {} writes", truth.writes());
}

#[test]
fn limits_are_passed_for_one_plan_only_and_a_bad_list_takes_nobody() {
    let desk = Desk::new();
    let Desk { practice, leaver, pending, .. } = &desk;
    let config = format!("{}{TABLES}{YES}", practice.config());
    practice.write(PLACE, &config.replace("max_removals = 5", "max_removals = 1"));
    let came = practice.check(&["plan", "people.csv", "--out", "plan.json"], 3);
    let (word, count) = desk.word();
    let hash = &word[..12];
    contains(&came.err, &["ceiling 1", &format!("--override {word}")]);
    practice.check(&["approve", "plan.json", "--yes"], 0);
    practice.check(&["apply", "plan.json", "--yes"], 3);
    let wrong = format!("{hash}:{}", count + 1);
    let came = practice.check(&["apply", "plan.json", "--yes", "--override", &wrong], 3);
    contains(&came.err, &["and the plan makes"]);
    let came = practice.check(&["apply", "plan.json", "--yes", "--override", "0123456789ab:4"], 3);
    contains(&came.err, &["--override names plan 0123456789ab"]);
    desk.nothing_was_sent();

    // Passing the limits passes no proof: of a list that leaves people out nothing is taken.
    practice.faults(&["wrong_total"], Some("same"));
    let report = practice.json(&["apply", "plan.json", "--yes", "--override", &word], 4);
    assert_eq!(report["reading"]["grade"], "none");
    assert!(outcomes(&report).iter().all(|(_, outcome)| outcome == "skipped"), "{report:#}");
    desk.nothing_was_sent();
    practice.faults(&[], None);
    practice.check(&["apply", "plan.json", "--yes", "--override", &word], 0);
    let truth = practice.truth();
    assert!(truth.member(leaver).is_none() && truth.member(pending).is_none());
}

#[cfg(feature = "crash-points")]
#[test]
fn an_apply_that_was_killed_is_taken_up_where_it_stood() {
    let desk = Desk::new();
    let practice = &desk.practice;
    desk.planned();
    let mut command = practice.command(&["apply", "plan.json", "--yes"]);
    command.env("SEATWRIGHT_CRASH_POINT", "settled=self");
    let came = crate::cli::came(command.output().unwrap());
    assert_eq!(came.code, -1, "{}{}", came.out, came.err);
    let runs = practice.json(&["runs"], 0);
    let run = runs["runs"][0]["run"].as_str().unwrap().to_owned();
    let report = practice.json(&["resume", &run, "--yes"], 0);
    assert_eq!(report["operation"], "apply");
    let next = practice.json(&["plan", "people.csv"], 0);
    assert!(actions(&next).values().all(|action| action == "keep"), "{next:#}");
    assert_eq!(practice.truth().mails_to("new.hire@acme.example"), 1);

    // And what it did can be put back, by a plan of its own.
    practice.check(&["undo", &run, "--out", "undo.json"], 10);
    practice.check(&["approve", "undo.json", "--yes"], 0);
    let report = practice.json(&["apply", "undo.json", "--yes"], 0);
    assert_eq!(report["left"], 0, "{report:#}");
    let truth = practice.truth();
    assert_eq!(truth.role(&desk.author).as_deref(), Some("author"));
    assert_eq!(truth.role(&desk.leaver).as_deref(), Some("learner"));
    assert!(truth.member("new.hire@acme.example").is_none());
    practice.nothing_is_left();
}

/// What was agreed to under other terms is not made by whoever takes the run up.
#[cfg(feature = "crash-points")]
#[test]
fn a_killed_apply_is_over_once_its_plan_does_not_stand_any_more() {
    let desk = Desk::new();
    let practice = &desk.practice;
    let (run, changes) = desk.killed_past_the_limits("intended");
    desk.configure(YES);
    let report = practice.json(&["resume", &run, "--yes"], 4);
    let skipped = outcomes(&report).into_iter().filter(|(_, outcome)| outcome == "skipped").count();
    assert_eq!(skipped, changes, "{report:#}");
    contains(&report.to_string(), &["the policy is another one by now; plan again"]);
    desk.nothing_was_sent();
}

/// The limits that were passed for a plan are passed for whoever takes its run up.
#[cfg(feature = "crash-points")]
#[test]
fn a_killed_apply_whose_limits_were_passed_is_finished() {
    let desk = Desk::new();
    let Desk { practice, leaver, pending, .. } = &desk;
    let (run, _) = desk.killed_past_the_limits("intended");
    desk.nothing_was_sent();
    let report = practice.json(&["resume", &run, "--yes"], 0);
    assert_eq!(report["refusals"], json!([]));
    let truth = practice.truth();
    assert!(truth.member(leaver).is_none() && truth.member(pending).is_none());
}

/// Whoever approves says so themselves, about this plan.
#[test]
fn an_approval_is_somebodys_word_about_one_plan() {
    let desk = Desk::at(Practice::with(MEMBERS, &[]));
    desk.configure("");
    let practice = &desk.practice;
    practice.check(&["plan", "people.csv", "--out", "plan.json"], 10);
    contains(&practice.check(&["approve", "plan.json"], 7).err, &["no terminal to ask at", "yes_approves"]);
    contains(&practice.check(&["approve", "plan.json", "--yes"], 7).err, &["--yes approves nothing"]);
    assert!(!practice.path("plan.approval.json").exists());
    // Written by hand it counts, for it is a record; for another plan it does not.
    let (plan, leaver) = (desk.file(), &desk.leaver);
    let approval = |plan: &Value, people: &[&str]| {
        let item = |email: &&str| json!({ "email": email, "change": "", "approval": "data_loss" });
        json!({
            "schema_version": 1, "form": "recorded", "plan": plan, "items": people.iter().map(item).collect::<Vec<_>>(),
            "approver": "root", "approved_at": "2026-12-01T12:00:00Z", "expires_at": "2199-01-01T00:00:00Z",
        })
    };
    practice.write("plan.approval.json", &approval(&json!("0".repeat(64)), &[leaver]).to_string());
    let came = practice.check(&["apply", "plan.json", "--yes"], 7);
    contains(&came.err, &["the approval is for another plan", leaver]);
    practice.write("plan.approval.json", &approval(&plan["hash"], &["nobody@acme.example"]).to_string());
    let came = practice.check(&["apply", "plan.json", "--yes"], 7);
    contains(&came.err, &["the approval does not name them", leaver]);
    desk.nothing_was_sent();
}

/// What somebody said stays, unless the same is said once more or it is given up.
#[test]
fn an_approval_that_is_there_is_replaced_by_the_same_word_only() {
    let desk = Desk::new();
    let practice = &desk.practice;
    let approve = ["approve", "plan.json", "--yes"];
    let place = "plan.approval.json";
    let file = || std::fs::read_to_string(practice.path(place)).unwrap();
    let with = |key: &str, value: &str| {
        let mut approval: Value = serde_json::from_str(&file()).unwrap();
        approval[key] = json!(value);
        practice.write(place, &approval.to_string());
    };
    desk.planned();
    contains(&practice.check(&approve, 0).err, &["it takes the place of the approval by"]);
    let approved = practice.json(&approve, 0);
    assert_eq!(approved["replaced"]["plan"], approved["plan"]);

    // Somebody else's word, one about another plan, one about less, and what is none.
    with("approver", "somebody else");
    let kept = file();
    contains(&practice.check(&approve, 3).err, &["by somebody else on", "this plan is approved", "--force"]);
    let refused = practice.json(&approve, 3);
    assert_eq!((&refused["approval"], &refused["exit_code"]), (&Value::Null, &json!(3)));
    assert_eq!(file(), kept);
    with("plan", &"5".repeat(64));
    contains(&practice.check(&approve, 3).err, &["of another plan, 555555555555"]);
    practice.check(&["approve", "plan.json", "--yes", "--force"], 0);
    let mut less: Value = serde_json::from_str(&file()).unwrap();
    less["items"].as_array_mut().unwrap().pop();
    practice.write(place, &less.to_string());
    contains(&practice.check(&approve, 3).err, &["of other changes of this plan"]);
    practice.write(place, "{}");
    contains(&practice.check(&approve, 3).err, &["there is a file already", "not what `approve` writes"]);
    assert_eq!(file(), "{}");
    let came = practice.check(&["approve", "plan.json", "--yes", "--force"], 0);
    assert!(!came.err.contains("takes the place"), "{}", came.err);
    desk.nothing_was_sent();
}

/// A console of another make, where role and status stand on pages of their own and access can be taken without the place.
#[test]
fn a_console_with_other_ways_comes_to_what_its_roster_wants() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clubhouse/data");
    let lines = format!("app = \"clubhouse\"\nconsole = \"2026\"\ndata = {}\n", json!(data));
    let practice = Practice::at(consoles::clubhouse(20), &lines);
    let config = std::fs::read_to_string(practice.path(PLACE)).unwrap();
    let tables = TABLES.replace("\"acme.example\"", "\"quay.example\", \"mail.example\"");
    practice.write(PLACE, &format!("{config}{tables}{YES}"));
    let account = practice.ready.account.email.clone();
    let listed = practice.json(&["list", "--full"], 0);
    let members = listed["members"].as_array().unwrap();
    let sails = |member: &&Value| {
        member["status"] == json!(["active"])
            && member["roles"] == json!([CREW])
            && member["email"] != *account
    };
    let crew: Vec<&str> =
        members.iter().filter(sails).filter_map(|member| member["email"].as_str()).collect();
    let [leaver, resting, promoted, ..] = crew[..] else { panic!("too few: {members:#?}") };
    let mut roster = format!("email,role,state\nnew.hand@quay.example,{CREW},active\n");
    for member in members.iter().filter(|member| member["email"].is_string() && member["email"] != *leaver) {
        let email = member["email"].as_str().unwrap();
        let role = match member["roles"].as_array().map(Vec::as_slice) {
            _ if email == promoted => OTHER,
            Some([Value::String(role)]) => role,
            _ => "",
        };
        let has_access = member["status"] == json!(["active"]) || member["status"] == json!(["invited"]);
        let state = if has_access && email != resting { "active" } else { "suspended" };
        roster.push_str(&format!("{email},{role},{state}\n"));
    }
    practice.write("people.csv", &roster);
    let plan = practice.json(&["plan", "people.csv", "--out", "plan.json"], 10);
    let told = actions(&plan);
    for (email, action) in
        [(leaver, "remove"), (resting, "deactivate"), (promoted, "role"), ("new.hand@quay.example", "add")]
    {
        assert_eq!(told[email], action, "{email}: {plan:#}");
    }
    practice.check(&["approve", "plan.json", "--yes"], 0);
    let report = practice.json(&["apply", "plan.json", "--yes"], 0);
    assert_eq!(report["left"], 0, "{report:#}");
    practice.nothing_is_left();
}

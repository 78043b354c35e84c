//! What somebody should look at in a workspace: found exactly, also on a bad day, and nothing is done about it.

use std::collections::BTreeSet;
use std::time::Duration;

use seatwright::domain::audit::FindingKind;
use seatwright::domain::member::RoleId;
use seatwright::domain::{Presence, Roster, Scope, Wanted};
use seatwright::engine::auditing::{AuditRequest, Audited};
use seatwright::engine::rostering::GivenRoster;
use serde_json::{Value, json};

use crate::cli::contains;
use crate::support::practice::Practice;
use crate::support::{self, Agrees, Desk, RUNTIME, email};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A workspace of so many people of whom most are as their roster has them.
struct Company {
    people: Vec<Value>,
    roster: Vec<Wanted>,
    /// What there is to be found, as `kind who`.
    planted: BTreeSet<String>,
}

impl Company {
    fn new() -> Self {
        Self { people: Vec::new(), roster: Vec::new(), planted: BTreeSet::new() }
    }

    fn person(&mut self, who: &str, more: Value) {
        let mut person = json!({ "email": address(who), "name": format!("{who} Person"), "idle_days": 1 });
        person.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.people.push(person);
    }

    fn wants(&mut self, who: &str, role: &str, state: Presence) {
        let role = Some(RoleId::new(role));
        self.roster.push(Wanted {
            email: email(&address(who)),
            role,
            name: None,
            state,
            previous_email: None,
        });
    }

    fn both(&mut self, who: &str, role: &str, more: Value) {
        let mut more = more;
        more["role"] = json!(capital(role));
        self.person(who, more);
        self.wants(who, role, Presence::Active);
    }

    fn plant(&mut self, kind: &str, who: &str) {
        assert!(self.planted.insert(format!("{kind} {}", address(who))), "{kind} {who}");
    }

    /// Everybody else is as they shall be.
    fn filled_up_to(mut self, size: usize) -> Self {
        for number in 0..size - 1 - self.people.len() {
            let role = ["author", "learner", "learner", "learner"][number % 4];
            self.both(&format!("plain{number}"), role, json!({}));
        }
        self
    }

    /// Twenty-three cases of what there is to be found.
    fn of_23_cases() -> Self {
        let mut it = Self::new();
        for (number, role) in ["learner", "learner", "author", "learner"].into_iter().enumerate() {
            let who = format!("orphan{number}");
            it.person(&who, json!({ "role": capital(role) }));
            it.plant("orphan", &who);
            if number > 1 {
                let state = if number == 2 { Presence::Left } else { Presence::Suspended };
                it.wants(&who, role, state);
            }
        }
        for number in 0..4 {
            let who = format!("missing{number}");
            it.wants(&who, "learner", Presence::Active);
            it.plant("missing", &who);
        }
        for (number, role) in ["author", "learner", "author"].into_iter().enumerate() {
            let who = format!("other{number}");
            it.person(&who, json!({ "role": capital(role) }));
            it.wants(&who, if role == "author" { "learner" } else { "author" }, Presence::Active);
            it.plant("wrong_role", &who);
        }
        for number in 0..3 {
            let who = format!("pending{number}");
            it.both(&who, "learner", json!({ "pending": true }));
            it.plant("not_accepted", &who);
        }
        for (number, days) in [92, 200, 399].into_iter().enumerate() {
            let who = format!("idle{number}");
            it.both(&who, "author", json!({ "idle_days": days }));
            it.plant("idle_seat", &who);
        }
        it.both("justenough", "author", json!({ "idle_days": 80 }));
        for who in ["same0", "same1"] {
            it.both(who, "learner", json!({ "name": "Kim Double" }));
            it.plant("same_name", who);
        }
        it.both("twice", "learner", json!({}));
        it.wants("twice", "author", Presence::Active);
        it.plant("duplicate", "twice");
        it.both("boss", "admin", json!({}));
        it.plant("privileged", "boss");
        // The account itself: it administers, and the roster takes it for a person.
        it.planted.insert(format!("privileged {ACCOUNT}"));
        it.planted.insert(format!("service_account {ACCOUNT}"));
        it.roster.push(Wanted { email: email(ACCOUNT), ..it.roster[0].clone() });
        assert_eq!(it.planted.len(), 23);
        it
    }

    fn given(&self) -> GivenRoster {
        let roster = Roster::new(self.roster.clone());
        GivenRoster::new(roster, "people".to_owned(), b"people", Some(jiff::Timestamp::now()))
    }
}

const ACCOUNT: &str = "morgan.ellery@acme.example";

fn address(who: &str) -> String {
    format!("{who}@acme.example")
}

fn capital(role: &str) -> String {
    format!("{}{}", role[..1].to_uppercase(), &role[1..])
}

fn audit(desk: &Desk, company: &Company, fail_on: &[FindingKind]) -> Audited {
    let mut workspace = support::workspace(desk.ready(), &desk.app, desk.state.path());
    workspace.rostered.scope = Scope { domains: ["acme.example".to_owned()].into(), ..Scope::default() };
    let engine = support::engine(workspace, desk.state.path(), desk.browsers(), desk.clock.clone());
    let request = AuditRequest {
        roster: Some(company.given()),
        stale_after: DAY * 14,
        idle_after: DAY * 90,
        fail_on: fail_on.to_vec(),
        full: false,
    };
    RUNTIME.block_on(engine.audit(&request, &mut Agrees)).unwrap()
}

/// As `kind who`.
fn found(audited: &Audited) -> BTreeSet<String> {
    let found = audited.found.as_ref().unwrap_or_else(|| panic!("{:#?}", audited.report));
    found.findings.iter().map(|one| format!("{} {}", one.kind, one.email.as_deref().unwrap_or("-"))).collect()
}

#[test]
fn of_five_hundred_people_just_the_odd_ones_are_found() {
    let desk = Desk::with(3);
    assert_eq!(desk.ready().account.email, ACCOUNT);
    let company = Company::of_23_cases().filled_up_to(500);
    desk.control("POST", "/reset", &json!({ "people": company.people }));
    let audited = audit(&desk, &company, &[FindingKind::Orphan]);
    assert_eq!(found(&audited), company.planted);
    let told = audited.found.as_ref().unwrap();
    assert_eq!((audited.report.exit_code, told.findings.len()), (10, 23));
    assert_eq!(told.unanswered, []);
    let held = |role: &str| told.roles.iter().find(|one| one.role == role).unwrap().members;
    assert_eq!(held("admin") + held("author") + held("learner"), 500);
    assert_eq!(told.seats, held("admin") + held("author"));
    assert_eq!(desk.truth().writes(), 0);
    assert_eq!(audit(&desk, &company, &[FindingKind::Unclear]).report.exit_code, 0);
}

/// A console that is slow and repaints is told exactly; of one that leaves people out nobody is called missing, and nobody
/// is found who is not odd.
#[test]
fn on_a_bad_day_nobody_is_found_who_is_not_odd() {
    let desk = Desk::with(3);
    let company = Company::of_23_cases().filled_up_to(60);
    desk.control("POST", "/reset", &json!({ "people": company.people }));
    desk.faults(&["slow", "rerender", "reorder"], json!({}));
    assert_eq!(found(&audit(&desk, &company, &[])), company.planted);

    desk.faults(&["short_list"], json!({}));
    let audited = audit(&desk, &company, &[FindingKind::Missing]);
    assert_eq!(audited.report.reading.as_ref().unwrap().grade, "none", "{:#?}", audited.report);
    let told = audited.found.as_ref().unwrap();
    assert!(told.unanswered.iter().any(|one| (one.kind, one.reason) == ("missing", "not_proven")));
    assert_eq!(audited.report.exit_code, 4, "it cannot be told whether somebody is missing");
    let strange: Vec<String> = found(&audited)
        .into_iter()
        .filter(|one| !company.planted.contains(one) && !one.starts_with("same_name"))
        .collect();
    assert_eq!(strange, [""; 0]);
    assert_eq!(desk.truth().writes(), 0);
}

#[test]
fn an_audit_is_read_by_people_programs_and_spreadsheets() {
    let practice = Practice::with(12, &[]);
    let prices = "prices = { currency = \"EUR\", period = \"month\", seats = { admin = \"20\", author = \"12.50\" } }\n";
    practice.write("config/seatwright/seatwright.toml", &format!("{}{prices}", practice.config()));
    let came = practice.check(&["audit"], 0);
    contains(&came.out, &["privileged", &practice.ready.account.email, "holds admin"]);
    contains(
        &came.err,
        &[
            "not answered, as no roster was given: orphan, missing, wrong_role, service_account\n",
            "Paid seats in use: ",
            " EUR per month",
            "writes sent: 0",
        ],
    );
    let told = practice.json(&["audit", "--fail-on", "privileged,idle_seat"], 10);
    let findings = told["audit"]["findings"].as_array().unwrap();
    assert!(findings.iter().any(|one| one["kind"] == "privileged"), "{told:#}");
    let truth = practice.truth();
    let taking = ["admin", "author"].map(|role| {
        ["active", "pending"].map(|status| truth.everybody(role, status).len()).into_iter().sum::<usize>()
    });
    assert_eq!(told["audit"]["seats"], json!(taking.iter().sum::<usize>()));
    let cents = taking[0] * 2000 + taking[1] * 1250;
    assert_eq!(told["audit"]["cost"]["amount"], format!("{}.{:02}", cents / 100, cents % 100));

    practice.write("people.csv", "email,role\nnew.hire@acme.example,Learner\n");
    let csv = practice.check(&["audit", "--roster", "people.csv", "--csv"], 0);
    contains(
        &csv.out,
        &["finding,email,name,why\n", "missing,new.hire@acme.example,,\"in the roster, and no member\"\n"],
    );
    contains(&csv.err, &["beside people.csv"]);

    let file = std::fs::File::options().write(true).open(practice.path("people.csv")).unwrap();
    file.set_modified(std::time::SystemTime::now() - DAY * 3).unwrap();
    let old = practice.check(&["audit", "--roster", "people.csv"], 0);
    contains(&old.err, &["warning: the roster may be wrong, and what is told by it: it is 72 hours old"]);

    for (fail_on, says) in
        [("orphan", "there is no roster to tell it by"), ("nonsense", "possible values: orphan")]
    {
        let came = practice.check(&["audit", "--fail-on", fail_on], 2);
        contains(&came.err, &[says]);
    }
}

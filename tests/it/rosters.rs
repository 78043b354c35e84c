//! A roster held against a workspace: what is to be done about whom, and nothing is done.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::cli::contains;
use crate::support::practice::Practice;

const MEMBERS: usize = 30;
const TABLES: &str = "scope = { domains = [\"acme.example\"] }\nleaver = { step = \"remove\" }\npolicy = { max_removals = 5 }\n";

fn practice() -> Practice {
    let practice = Practice::with(MEMBERS, &[]);
    let config = practice.config();
    practice.write("config/seatwright/seatwright.toml", &format!("{config}{TABLES}"));
    practice
}

/// Everybody as they are, a line each; `but` are left out.
pub(crate) fn as_it_is(practice: &Practice, but: &[&str]) -> String {
    let truth = practice.truth();
    let members = truth.0["members"].as_array().unwrap();
    let rows = members.iter().map(|member| {
        let word = |key: &str| member[key].as_str().unwrap().to_owned();
        format!("{},{},\"{}\"\n", word("email"), member["roles"][0].as_str().unwrap(), word("name"))
    });
    rows.filter(|row| !but.iter().any(|email| row.starts_with(&format!("{email},")))).collect()
}

pub(crate) fn actions(plan: &Value) -> BTreeMap<String, String> {
    let item = |item: &Value| {
        (item["email"].as_str().unwrap().to_owned(), item["action"].as_str().unwrap().to_owned())
    };
    plan["items"].as_array().unwrap().iter().map(item).collect()
}

#[test]
fn a_roster_is_held_against_the_list_and_nothing_is_done() {
    let practice = practice();
    let account = practice.ready.account.email.clone();
    let truth = practice.truth();
    let leaver = truth.somebody("learner", "active", &account);
    let pending = truth.somebody("learner", "pending", &account);
    let author = truth.somebody("author", "active", &account);
    let roster = as_it_is(&practice, &[&leaver, &pending, &author, &account]);
    practice.write(
        "people.csv",
        &format!("work email,role,name\n{roster}{author},Learner,\nnew.hire@acme.example,Admin,New Hire\nTWICE@acme.example,Author,\ntwice@acme.example,Learner,\n"),
    );
    let plan = practice.json(&["plan", "people.csv"], 10);
    let told = actions(&plan);
    for (email, action) in [
        (leaver.as_str(), "remove"),
        (&pending, "cancel_invite"),
        (&author, "role"),
        (&account, "protected"),
        ("new.hire@acme.example", "add"),
        ("twice@acme.example", "ambiguous"),
    ] {
        assert_eq!(told[email], action, "{email}: {plan:#}");
    }
    let kept = told.values().filter(|action| *action == "keep" || *action == "resend").count();
    assert_eq!((told.len(), kept), (MEMBERS + 2, MEMBERS - 4), "{told:#?}");
    let item = |email: &str| {
        let items = plan["items"].as_array().unwrap();
        items.iter().find(|item| item["email"] == email).unwrap_or_else(|| panic!("{email}")).clone()
    };
    assert_eq!(item("new.hire@acme.example")["approval"], "privileged_grant");
    assert_eq!(item(&leaver)["approval"], "data_loss", "the map says what is not documented");
    assert_eq!(plan["report"]["reading"]["grade"], "total");

    // Read as somebody at a terminal, of one person, and by another way in.
    let came = practice.check(&["plan", "people.csv"], 10);
    contains(
        &came.out,
        &["remove", &leaver, "not in the roster", "twice@acme.example", "more than one row of the roster"],
    );
    assert!(!came.out.contains(" keep "), "{}", came.out);
    contains(&came.err, &["changes: ", "1 remove", "keep", "Paid seats", "writes sent: 0"]);
    let came = practice.check(&["explain", &leaver, "--roster", "people.csv"], 10);
    contains(&came.out, &["remove", "why: not in the roster", "needs approval: data may be lost"]);
    let came = practice.check(&["explain", "nobody@acme.example", "--roster", "people.csv"], 10);
    contains(&came.out, &["neither in the list nor in the roster"]);

    let truth = practice.truth();
    assert_eq!((truth.writes(), truth.mutations().len()), (0, 0));
    // The same people again: nothing to do.
    practice.write("same.csv", &format!("email,role,name\n{}", as_it_is(&practice, &[])));
    let plan = practice
        .json(&["plan", "same.csv"], if told.values().any(|action| action == "resend") { 10 } else { 0 });
    assert!(actions(&plan).values().all(|action| action == "keep" || action == "resend"), "{plan:#}");
    practice.nothing_is_left();
}

/// What a plan costs is told wherever the plan is, and a plan that was shown with another cost does not stand.
#[test]
fn a_plan_tells_what_its_seats_cost() {
    let practice = practice();
    let place = "config/seatwright/seatwright.toml";
    let config = std::fs::read_to_string(practice.path(place)).unwrap();
    let priced = |seats: &str| {
        let prices =
            format!("prices = {{ currency = \"EUR\", period = \"month\", seats = {{ {seats} }} }}\n");
        practice.write(place, &format!("{config}{prices}"));
    };
    let account = practice.ready.account.email.clone();
    let author = practice.truth().somebody("author", "active", &account);
    let roster = as_it_is(&practice, &[&author]);
    practice.write(
        "people.csv",
        &format!("email,role,name\n{roster}{author},Learner,\nnew.one@acme.example,Author,\nnew.two@acme.example,Author,\n"),
    );
    let plan = practice.json(&["plan", "people.csv"], 10);
    assert!(!plan.to_string().contains("\"cost\""), "without prices nothing is claimed: {plan:#}");

    priced("author = \"12.50\", admin = \"20\"");
    let came = practice.check(&["plan", "people.csv", "--out", "plan.json"], 10);
    contains(&came.err, &["Paid seats: 1 more", "Cost: 12.50 EUR more per month"]);
    let file = std::fs::read_to_string(practice.path("plan.json")).unwrap();
    crate::schemas::hold_written(&serde_json::from_str(&file).unwrap(), None);
    let plan = practice.json(&["plan", "people.csv"], 10);
    assert_eq!(plan["cost"], json!({ "currency": "EUR", "period": "month", "amount": "12.50" }));
    let item = |email: &str| {
        let items = plan["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["email"] == email).unwrap();
        (item["seat_delta"].clone(), item["cost"].clone())
    };
    assert_eq!(item(&author), (json!(-1), json!("-12.50")));
    assert_eq!(item("new.one@acme.example"), (json!(1), json!("12.50")));
    let came = practice.check(&["explain", &author, "--roster", "people.csv"], 10);
    contains(&came.out, &["cost: -12.50 EUR per month"]);
    practice.check(&["review", "plan.json"], 0);
    let page = std::fs::read_to_string(practice.path("plan.html")).unwrap();
    contains(&page, &["Cost: <bdi>12.50 EUR more per month", "-12.50 EUR per month"]);

    // Another price of what the plan does not touch, and the same price otherwise written, leave it as it was.
    priced("author = \"12.5\", admin = \"99\"");
    practice.check(&["apply", "plan.json", "--dry-run"], 7);
    priced("author = \"14\", admin = \"20\"");
    let report = practice.json(&["apply", "plan.json", "--yes"], 3);
    contains(
        &report["refusals"].to_string(),
        &["shown to cost 12.50 EUR more per month, and by the prices of today it is 14 EUR more per month"],
    );
    contains(&practice.check(&["approve", "plan.json", "--yes"], 3).err, &["shown to cost"]);

    priced("admin = \"20\"");
    let came = practice.check(&["plan", "people.csv"], 10);
    contains(&came.err, &["Cost: not known: no price is known for author"]);
    let truth = practice.truth();
    assert_eq!((truth.writes(), truth.mutations().len()), (0, 0));
}

#[test]
fn nobody_is_taken_by_a_list_or_a_roster_that_cannot_be_believed() {
    let practice = practice();
    practice.faults(&["wrong_total"], Some("same"));
    let account = practice.ready.account.email.clone();
    let leaver = practice.truth().somebody("learner", "active", &account);
    practice.write(
        "people.csv",
        &format!("email,role,name\n{}new.hire@acme.example,Learner,\n", as_it_is(&practice, &[&leaver])),
    );
    let plan = practice.json(&["plan", "people.csv"], 0);
    assert_eq!(plan["report"]["reading"]["grade"], "none", "{plan:#}");
    let changes: Vec<&Value> =
        plan["items"].as_array().unwrap().iter().filter(|item| !item["change"].is_null()).collect();
    assert!(changes.is_empty(), "{changes:#?}");
    assert_eq!(actions(&plan)["new.hire@acme.example"], "needs_person");

    practice.faults(&[], None);
    let old = SystemTime::now() - Duration::from_secs(3 * 24 * 3600);
    std::fs::File::options()
        .append(true)
        .open(practice.path("people.csv"))
        .unwrap()
        .set_modified(old)
        .unwrap();
    let plan = practice.json(&["plan", "people.csv"], 3);
    let refusal = &plan["report"]["refusals"][0];
    assert_eq!(refusal["guard"], "roster", "{refusal}");
    assert!(refusal["message"].as_str().unwrap().contains("72 hours old"), "{refusal}");

    practice.write("wrong.csv", "email,role,state\nann,boss,maybe\n");
    let came = practice.check(&["plan", "wrong.csv"], 2);
    contains(
        &came.err,
        &[
            "exactly one @",
            "\"boss\" is no role\n  hint: use one of",
            "\"maybe\" is no state\n",
            "3 mistakes",
        ],
    );
    practice.write("empty.csv", "email\n");
    contains(&practice.check(&["plan", "empty.csv"], 2).err, &["nobody is in it"]);
}

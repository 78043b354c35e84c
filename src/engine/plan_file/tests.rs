//! What a plan is as a file, and what holds for every such file.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::domain::planned::Seen;
use crate::domain::{Change, Grade, Listed, Member, Presence, RoleId, Roster, Status, StatusMeaning, Wanted};

const DAY: Duration = Duration::from_secs(86_400);
const OPERATIONS: [&str; 7] =
    ["invite", "resend", "cancel_invite", "change_role", "deactivate", "reactivate", "remove"];
const PEOPLE: [&str; 8] = ["ann", "ben", "cat", "dan", "eva", "fay", "gus", "hal"];

fn email(name: &str) -> Email {
    Email::parse(&format!("{name}@example.com")).unwrap()
}

fn noon() -> Timestamp {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

fn a_person() -> impl Strategy<Value = Email> {
    select(&PEOPLE[..]).prop_map(email)
}

fn a_role() -> impl Strategy<Value = RoleId> {
    select(&["owner", "editor", "viewer"][..]).prop_map(RoleId::new)
}

fn a_row() -> impl Strategy<Value = Wanted> {
    let name =
        weighted(0.5, select(&["Ann Lee", "=cmd()", "<b>\u{1b}[31m", "ünï\n"][..]).prop_map(str::to_owned));
    (a_person(), weighted(0.8, a_role()), name, select(&Presence::ALL[..]), weighted(0.2, a_person()))
        .prop_map(|(email, role, name, state, previous_email)| Wanted {
            email,
            role,
            name,
            state,
            previous_email,
        })
}

fn a_member() -> impl Strategy<Value = Member> {
    let roles = weighted(0.8, proptest::collection::btree_set(a_role(), 0..3));
    let status = weighted(
        0.8,
        proptest::collection::btree_set(select(&StatusMeaning::ALL[..]), 1..3).prop_map(Status),
    );
    (weighted(0.9, a_person()), roles, status).prop_map(|(email, roles, status)| Member {
        email,
        roles,
        status,
        ..Member::default()
    })
}

fn a_reading() -> impl Strategy<Value = Reading> {
    vec(a_member(), 0..8).prop_map(reading_of)
}

fn reading_of(members: Vec<Member>) -> Reading {
    Reading {
        members: members.into(),
        grade: Grade::Total,
        unproven: None,
        total: None,
        without_address: 0,
        ambiguous: BTreeSet::new(),
    }
}

fn a_change() -> impl Strategy<Value = Change> {
    (select(&OPERATIONS[..]), a_person(), proptest::collection::btree_set(a_role(), 0..3), a_role()).prop_map(
        |(operation, email, from, to)| Change::named(operation, email, Some(from), Some(to)).unwrap(),
    )
}

fn action(change: &Change, reading: &Reading, approval: Option<Approval>) -> ActionPart {
    ActionPart {
        email: change.email().to_string(),
        name: None,
        action: change.operation().to_owned(),
        change: Some(ChangePart::of(change)),
        seen: seen_part(&Seen::of(change.email(), reading)),
        why: "because".to_owned(),
        approval: approval.map(|class| class.as_str().to_owned()),
        consequence: None,
        seat_delta: 1,
        cost: Some("12.50".to_owned()),
        unpriced: None,
    }
}

fn part(rows: &[Wanted], reading: &Reading, actions: Vec<ActionPart>) -> PlanPart {
    PlanPart {
        workspace: "acme".to_owned(),
        url: "https://console.example/".to_owned(),
        account: "me@example.com".to_owned(),
        console: "app/one".to_owned(),
        map_sha256: "m".to_owned(),
        policy_sha256: "p".to_owned(),
        after: None,
        reading_sha256: hash_of_reading(reading),
        seat_delta: 2,
        cost: Some(cost("-12.50")),
        actions,
        roster: Some(RosterPart::of(&Roster::new(rows.to_vec()), Some("2026-12-01T06:00:00Z".to_owned()))),
        request: None,
    }
}

fn cost(amount: &str) -> CostPart {
    let unpriced = UnpricedPart { why: "no price is known for owner".to_owned(), changes: 2 };
    CostPart {
        currency: "EUR".to_owned(),
        period: "month".to_owned(),
        amount: Some(amount.to_owned()),
        unpriced: vec![unpriced],
    }
}

#[test]
fn a_cost_is_under_the_hash_and_has_to_be_one() {
    let file = |cost| {
        let part = PlanPart { cost, ..part(&[], &reading_of(Vec::new()), Vec::new()) };
        PlanFile::new(part, "20261201-120000-abcd", "people.csv", noon(), DAY)
    };
    let read = |cost| PlanFile::read(&file(cost).content());
    let (without, shown, other) = (file(None), file(Some(cost("12.50"))), file(Some(cost("12.51"))));
    assert!(without.hash != shown.hash && shown.hash != other.hash);
    assert_eq!(read(None).unwrap().cost(), Ok(None));
    let back = read(Some(cost("12.50"))).unwrap();
    assert_eq!(back, shown);
    assert_eq!(CostPart::of(&back.cost().unwrap().unwrap()), cost("12.50"));
    assert!(matches!(read(Some(cost("much"))), Err(PlanFileError::NoPlan(why)) if why.contains("no amount")));
    // A plan that was made before there were costs is read as it was.
    assert!(!String::from_utf8(without.content()).unwrap().contains("cost"));
}

fn a_file() -> impl Strategy<Value = PlanFile> {
    let approval = weighted(0.3, select(&Approval::ALL[..]));
    let once = |changes: Vec<(Change, Option<Approval>)>| {
        let mut people = BTreeSet::new();
        changes.into_iter().filter(|(change, _)| people.insert(change.email().clone())).collect::<Vec<_>>()
    };
    let changes = vec((a_change(), approval), 1..6).prop_map(once);
    (vec(a_row(), 0..8), a_reading(), changes).prop_map(|(rows, reading, changes)| {
        let actions = changes.iter().map(|(change, approval)| action(change, &reading, *approval)).collect();
        PlanFile::new(part(&rows, &reading, actions), "20261201-120000-abcd", "people.csv", noon(), DAY)
    })
}

fn read(file: &PlanFile) -> PlanFile {
    PlanFile::read(&file.content()).unwrap()
}

fn is_edited(file: &PlanFile) -> bool {
    file.condition(noon(), DAY).is_edited
}

/// Every value below this one, by its path.
fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| leaves(value, &format!("{path}/{key}"), found));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(at, value)| leaves(value, &format!("{path}/{at}"), found));
        }
        _ => found.push(path.to_owned()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_says_what_was_written_into_it(file in a_file()) {
        let again = read(&file);
        prop_assert_eq!(&again, &file);
        prop_assert!(!is_edited(&again));
        let planned = again.planned().unwrap();
        prop_assert_eq!(planned.len(), file.plan.actions.len());
        for (planned, action) in planned.iter().zip(&file.plan.actions) {
            prop_assert_eq!(&ChangePart::of(&planned.change), action.change.as_ref().unwrap());
            prop_assert_eq!(&seen_part(&planned.seen), &action.seen);
        }
        let condition = again.condition(noon(), DAY);
        prop_assert_eq!(again.terms().objections(&again.hash, &again.terms(), condition), vec![]);
    }

    #[test]
    fn a_roster_comes_out_of_the_file_as_it_went_in(rows in vec(a_row(), 0..10)) {
        let roster = Roster::new(rows);
        let back = RosterPart::of(&roster, None).people().unwrap();
        prop_assert_eq!(back.len(), roster.len());
        for email in roster.emails() {
            prop_assert_eq!(back.find(email) == Listed::Twice, roster.find(email) == Listed::Twice);
        }
        prop_assert!(roster.people().eq(back.people()));
    }

    /// Whatever field is changed, taken out or added, at whatever depth: the plan is edited, or none at all.
    #[test]
    fn a_file_with_any_field_edited_is_refused(file in a_file(), at in any::<prop::sample::Index>(), how in 0..3) {
        let mut value: Value = serde_json::from_slice(&file.content()).unwrap();
        let mut paths = Vec::new();
        leaves(&value["plan"], "/plan", &mut paths);
        paths.push("/hash".to_owned());
        let path = at.get(&paths);
        let (above, key) = path.rsplit_once('/').unwrap();
        match (value.pointer_mut(above).unwrap(), how) {
            (Value::Object(map), 0) => { map.remove(key); }
            (Value::Object(map), 1) => { map.insert("another".to_owned(), Value::from("thing")); }
            (Value::Array(items), 0) => { items.pop(); }
            (Value::Array(items), 1) => { items.push(Value::from("thing")); }
            (above, _) => {
                let leaf = match above {
                    Value::Object(map) => &mut map[key],
                    Value::Array(items) => &mut items[key.parse::<usize>().unwrap()],
                    _ => unreachable!("a leaf is in a map or a list"),
                };
                *leaf = match &*leaf {
                    Value::Number(number) => Value::from(number.as_i64().unwrap() + 1),
                    Value::String(text) => Value::from(format!("{text}x")),
                    _ => Value::from("x"),
                };
            }
        }
        match PlanFile::read(value.to_string().as_bytes()) {
            Ok(edited) => prop_assert!(is_edited(&edited), "{} {}", path, how),
            Err(PlanFileError::NoPlan(_)) => {}
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn the_hash_is_of_what_is_said_and_not_of_the_order_in_which_it_stood(
        rows in vec(a_row(), 0..8), reading in a_reading(), changes in vec(a_change(), 0..4)
    ) {
        let hash = |rows: &[Wanted], reading: &Reading, at: Timestamp, run: &str| {
            let actions = changes.iter().map(|change| action(change, reading, None)).collect();
            PlanFile::new(part(rows, reading, actions), run, "people.csv", at, DAY).hash
        };
        let one = hash(&rows, &reading, noon(), "a");
        let mut turned = (rows.clone(), reading.clone());
        turned.0.reverse();
        turned.1.members.change(|rows| rows.reverse());
        let later = noon().checked_add(DAY).unwrap();
        prop_assert_eq!(&hash(&turned.0, &turned.1, later, "b"), &one);
        // Another list, another plan.
        let mut more = reading.clone();
        more.members.change(|rows| rows.push(Member { email: Some(email("new")), ..Member::default() }));
        prop_assert_ne!(&hash(&rows, &more, noon(), "a"), &one);
    }
}

#[test]
fn an_approval_is_for_one_plan_and_for_a_time() {
    let reading = reading_of(Vec::new());
    let invite = |name: &str| Change::Invite { email: email(name), role: RoleId::new("owner") };
    let plan = |people: [&str; 2]| {
        let actions = [
            action(&invite(people[0]), &reading, Some(Approval::PrivilegedGrant)),
            action(&invite(people[1]), &reading, None),
        ];
        PlanFile::new(part(&[], &reading, actions.into()), "r", "people.csv", noon(), DAY)
    };
    let (plan, other) = (plan(["ann", "ben"]), plan(["ben", "ann"]));
    let approval = ApprovalFile::of(&plan, "root", noon());
    let approval = ApprovalFile::read(&approval.content()).unwrap();
    assert_eq!((approval.form.as_str(), approval.items.len()), ("recorded", 1));
    assert_eq!(approval.items[0].change, "invite ann@example.com as owner");
    assert_eq!(approval.people(&plan, noon()), Ok(BTreeSet::from([email("ann")])));
    assert!(approval.people(&other, noon()).unwrap_err().contains("another plan"));
    let later = noon().checked_add(DAY).unwrap();
    assert!(approval.people(&plan, later).unwrap_err().contains("expired"));
    let signed = ApprovalFile { form: "signed".to_owned(), ..approval };
    assert!(signed.people(&plan, noon()).unwrap_err().contains("does not know"));
}

/// Whoever writes a file of their own, with a hash that fits, gets nobody changed twice.
#[test]
fn a_plan_has_one_change_for_a_person() {
    let reading = reading_of(Vec::new());
    let resend = action(&Change::Resend { email: email("ann") }, &reading, None);
    let file = PlanFile::new(part(&[], &reading, vec![resend.clone(), resend]), "r", "x", noon(), DAY);
    let told = PlanFile::read(&file.content()).unwrap_err().to_string();
    assert!(told.contains("two changes for ann@example.com"), "{told}");
}

#[test]
fn what_is_no_plan_or_no_approval_is_told_as_that() {
    for (content, expected) in
        [("", "not what --out writes"), ("{}", "missing field"), ("{\"schema_version\": 99}", "version 99")]
    {
        let told = PlanFile::read(content.as_bytes()).unwrap_err();
        assert!(told.to_string().contains(expected), "{told}");
        assert!(!told.hint().is_empty());
    }
    let told = ApprovalFile::read(b"{}").unwrap_err();
    assert!(told.to_string().contains("not what `approve` writes") && told.hint().contains("approve PLAN"));
}

#[test]
fn a_plan_is_for_a_roster_or_for_a_request() {
    let asked = RequestPart::of(&crate::domain::Request::Remove { emails: vec![email("ann")] });
    let of = |roster: bool, request: bool| {
        let reading = Reading {
            members: Vec::new().into(),
            grade: Grade::Total,
            unproven: None,
            total: Some(0),
            without_address: 0,
            ambiguous: BTreeSet::new(),
        };
        let mut plan = part(&[], &reading, Vec::new());
        plan.roster = plan.roster.filter(|_| roster);
        plan.request = request.then(|| asked.clone());
        PlanFile::read(&PlanFile::new(plan, "20261201-120000-abcd", "remove", noon(), DAY).content())
    };
    assert!(matches!(of(true, false).unwrap().purpose(), Ok(Purpose::Roster(_))));
    assert!(matches!(of(false, true).unwrap().purpose(), Ok(Purpose::Request(_))));
    for wrong in [of(true, true), of(false, false)] {
        assert!(wrong.unwrap_err().to_string().contains("either a roster or a request"));
    }
}

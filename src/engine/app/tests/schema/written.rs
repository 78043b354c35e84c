//! The tables of the files that the program writes itself: a plan and an approval. Their reader is serde, so they are held
//! against it below: what one of them refuses, the other does.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::shape::{Shape, def, key, list, string, word_of};
use super::{Format, formats};
use crate::domain::{Action, Approval, Presence, StatusMeaning};
use crate::engine::plan_file::{ApprovalFile, PlanFile};
use crate::engine::report::SCHEMA_VERSION;

/// What can be asked for.
const ASKED: [&str; 8] =
    ["invite", "import", "resend", "cancel_invite", "change_role", "deactivate", "reactivate", "remove"];

/// What a change can be.
const OPERATIONS: [&str; 7] =
    ["invite", "resend", "cancel_invite", "change_role", "deactivate", "reactivate", "remove"];

fn text() -> Value {
    json!({ "type": "string" })
}

fn maybe(value: Value) -> Value {
    json!({ "anyOf": [value, { "type": "null" }] })
}

fn version() -> Value {
    json!({ "type": "integer", "minimum": 0, "maximum": SCHEMA_VERSION })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn seats() -> Value {
    json!({ "type": "integer" })
}

pub(super) fn values() -> Vec<(&'static str, Value)> {
    vec![
        ("hash", json!({ "type": "string", "description": "SHA-256, in hexadecimal" })),
        ("moment", json!({ "type": "string", "format": "date-time", "description": "RFC 3339" })),
        (
            "amount",
            json!({
                "type": "string", "pattern": "^-?\\d+(\\.\\d+)?$",
                "description": "An exact decimal, so not a number of JSON: \"-12.50\""
            }),
        ),
    ]
}

pub(super) fn plan() -> Shape {
    let keys = vec![
        key("schema_version", version(), "The version of this file").needed(),
        key("hash", def("hash"), "Over `plan`, as JSON with sorted keys and no white space").needed(),
        key("planned_at", def("moment"), "When it was made").needed(),
        key("expires_at", def("moment"), "Until when it may be carried out").needed(),
        key("run", text(), "The run that made it").needed(),
        key("roster_file", text(), "What the roster, or the file that was to be imported, was called; of any other request its operation").needed(),
        key("plan", def("plan"), "The plan itself").needed(),
    ];
    Shape::new("plan_file", None, "A plan, as `plan --out` writes it", keys)
}

pub(super) fn plan_shapes() -> Vec<Shape> {
    let roles = || list(string());
    let class = || word_of(Approval::ALL.map(Approval::as_str));
    let plan = vec![
        key("workspace", text(), "The workspace's name in the configuration").needed(),
        key("url", text(), "Where its console is").needed(),
        key("account", text(), "The account that signs in").needed(),
        key("console", text(), "The map, as app/version").needed(),
        key("map_sha256", def("hash"), "Over the map and its recordings").needed(),
        key("policy_sha256", def("hash"), "Over what the configuration allows and wants").needed(),
        key(
            "after",
            maybe(def("hash")),
            "The plan carried out last in the workspace, by its hash; null: none",
        ),
        key("reading_sha256", def("hash"), "Over the list as sorted (address, roles, status)").needed(),
        key("seat_delta", seats(), "Paid seats more, or fewer, once all is done").needed(),
        key("cost", def("cost"), "What that costs a period; left out where no prices were configured"),
        key(
            "actions",
            list(def("action")),
            "What is to be done, in this order, and what somebody should look at",
        )
        .needed(),
        key("roster", def("roster"), "The people wanted, where the plan is made for a roster"),
        key(
            "request",
            def("request"),
            "What was asked for, where it is made for a command; a plan has one of the two",
        ),
    ];
    let either = json!({ "oneOf": [{ "required": ["roster"] }, { "required": ["request"] }] });
    let request = vec![
        key("operation", word_of(ASKED), "What is to be done").needed(),
        key(
            "people",
            list(def("asked")),
            "Whom, in the order asked for; nobody where the list tells who they are",
        )
        .needed(),
        key("role", text(), "The role that all of them shall have, of `invite` and `change_role`"),
        key(
            "older_than_s",
            count(),
            "Everybody whose invitation is at least so many seconds old, of `resend`",
        ),
    ];
    let asked = vec![
        key("email", text(), "The address").needed(),
        key("role", text(), "The role, of `import`"),
        key("name", text(), "What they are called, of `import`"),
    ];
    let cost = vec![
        key("currency", text(), "In the configuration's word").needed(),
        key("period", text(), "The billing period, in the configuration's word").needed(),
        key("amount", maybe(def("amount")), "The sum of what has a known price; null where nothing has"),
        key("unpriced", list(def("unpriced")), "Why changes are not in the sum"),
    ];
    let unpriced = vec![
        key("why", text(), "Why it is not known").needed(),
        key("changes", count(), "How many changes").needed(),
    ];
    let action = vec![
        key("email", text(), "The address").needed(),
        key("name", text(), "What the list calls them, or else the roster"),
        key("action", word_of(Action::ALL.map(Action::as_str)), "The kind of item: see docs/cli.md").needed(),
        key("change", def("change"), "The change; left out where somebody only should look"),
        key("seen", def("seen"), "How the list showed them").needed(),
        key("why", text(), "Why").needed(),
        key("approval", class(), "What has to be approved about it"),
        key("consequence", text(), "What the map says follows from it"),
        key("seat_delta", seats(), "Paid seats more, or fewer, by it").needed(),
        key("cost", def("amount"), "What it costs more, or less, in currency and period of the plan's cost"),
        key("unpriced", text(), "Why that is not known"),
    ];
    let change = vec![
        key("operation", word_of(OPERATIONS), "What is done").needed(),
        key("from", roles(), "The roles it takes the place of"),
        key("to", string(), "The role it gives"),
    ];
    let is = |operation: &str| json!({ "properties": { "operation": { "const": operation } } });
    let gives = json!({ "allOf": [
        { "if": is("invite"), "then": { "required": ["to"] } },
        { "if": is("change_role"), "then": { "required": ["from", "to"] } },
    ] });
    let seen = vec![
        key(
            "rows",
            json!({ "type": "integer", "minimum": 0, "maximum": 255 }),
            "In how many rows: 0, 1, or 2 for several",
        )
        .needed(),
        key("roles", roles(), "The roles of the one row; left out where they are not known"),
        key(
            "status",
            list(word_of(StatusMeaning::ALL.map(StatusMeaning::as_str))),
            "What its status may mean; left out where that is not known",
        ),
    ];
    let roster = vec![
        key("written_at", maybe(def("moment")), "When the roster was written; null where nobody knows"),
        key("people", list(def("person")), "Everybody who stands in it once").needed(),
        key("twice", list(text()), "Who stands in it more than once").needed(),
    ];
    let person = vec![
        key("email", text(), "The address").needed(),
        key("role", text(), "The role they shall have"),
        key("name", text(), "What they are called"),
        key("state", word_of(Presence::ALL.map(Presence::as_str)), "Whether they shall have access").needed(),
        key("previous_email", text(), "The address they had before"),
    ];
    vec![
        Shape::new("plan", None, "What the hash is over", plan).between(either),
        Shape::new("cost", None, "What all changes cost more, or less, in a period", cost),
        Shape::new("unpriced", None, "Changes without a known price", unpriced),
        Shape::new("action", None, "What is to be done about one person", action),
        Shape::new("change", None, "A change", change).between(gives),
        Shape::new("seen", None, "How the list showed somebody", seen),
        Shape::new("roster", None, "The people wanted", roster),
        Shape::new("person", None, "One person of a roster", person),
        Shape::new("request", None, "What was asked for", request).between(request_rules()),
        Shape::new("asked", None, "Somebody whom a request is about", asked),
    ]
}

/// Which keys of a request go with which operation.
fn request_rules() -> Value {
    let is = |operations: &[&str]| json!({ "properties": { "operation": { "enum": operations } } });
    let without = |keys: &[&str]| {
        let any: Vec<Value> = keys.iter().map(|key| json!({ "required": [key] })).collect();
        json!({ "not": { "anyOf": any } })
    };
    let each = |rule: Value| json!({ "properties": { "people": { "items": rule } } });
    let one_role = is(&["invite", "change_role"]);
    json!({ "allOf": [
        { "if": one_role, "then": { "required": ["role"] }, "else": without(&["role"]) },
        { "if": is(&["import"]), "then": each(json!({ "required": ["role"] })), "else": each(without(&["role", "name"])) },
        { "if": { "required": ["older_than_s"] }, "then": {
            "properties": { "operation": { "const": "resend" }, "people": { "maxItems": 0 } }
        } },
    ] })
}

pub(super) fn approval() -> Shape {
    let keys = vec![
        key("schema_version", version(), "The version of this file").needed(),
        key("form", text(), "\"recorded\": who said so was noted, and it proves nothing").needed(),
        key("plan", def("hash"), "The plan, by its whole hash").needed(),
        key("items", list(def("approved")), "Whose changes, and why they had to be approved").needed(),
        key("approver", text(), "The user of the operating system").needed(),
        key("approved_at", def("moment"), "When").needed(),
        key("expires_at", def("moment"), "Until when it counts: as long as the plan").needed(),
    ];
    Shape::new("approval_file", None, "Somebody's word about a plan, as `approve` writes it", keys)
}

pub(super) fn approval_shapes() -> Vec<Shape> {
    let approved = vec![
        key("email", text(), "The address").needed(),
        key("change", text(), "The change in words").needed(),
        key("approval", text(), "Why it had to be approved").needed(),
    ];
    vec![Shape::new("approved", None, "A change that is approved", approved)]
}

/// Whether the reader takes such a file.
type Reads = fn(&[u8]) -> bool;

/// Plans and an approval that have every key there is.
fn files() -> [(Format, Vec<Value>, Reads); 2] {
    let [_, _, plan, approval] = formats();
    let of_roster = json_of(include_str!("every-key.plan.json"));
    let asked = [
        json!({ "operation": "import", "people": [
            { "email": "ann@example.com", "role": "viewer", "name": "Ann Lee" },
            { "email": "bo@example.com", "role": "editor" },
        ] }),
        json!({ "operation": "invite", "people": [{ "email": "ann@example.com" }], "role": "viewer" }),
        json!({ "operation": "resend", "people": [], "older_than_s": 604_800 }),
    ];
    let of_request = asked.map(|request| {
        let mut file = of_roster.clone();
        let part = file["plan"].as_object_mut().unwrap();
        part.remove("roster");
        part.insert("request".to_owned(), request);
        file
    });
    let plans = std::iter::once(of_roster.clone()).chain(of_request).collect();
    [
        (plan, plans, |content| PlanFile::read(content).is_ok()),
        (approval, vec![json_of(include_str!("every-key.approval.json"))], |content| {
            ApprovalFile::read(content).is_ok()
        }),
    ]
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_written_files_with_every_key_are_right() {
    for (format, files, reads) in files() {
        let schema = format.schema();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let told = std::iter::once(&schema).chain(schema["$defs"].as_object().unwrap().values());
        let told: BTreeSet<String> = told
            .flat_map(|shape| shape["properties"].as_object().into_iter().flatten())
            .map(|(key, _)| key.clone())
            .collect();
        let mut has = BTreeSet::new();
        for file in files {
            assert!(reads(file.to_string().as_bytes()), "{}", format.file);
            let found: Vec<String> = validator.iter_errors(&file).map(|error| error.to_string()).collect();
            assert_eq!(found, Vec::<String>::new(), "{}", format.file);
            let mut places = Vec::new();
            walk(&file, String::new(), &mut places);
            let objects = places.iter().filter_map(|place| file.pointer(place).and_then(Value::as_object));
            has.extend(objects.flatten().map(|(key, _)| key.clone()));
        }
        assert_eq!(told, has, "{}: the examples have every key of the schema and no other", format.file);
    }
}

/// The pointers to everything in a value.
fn walk(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            entries.iter().for_each(|(key, value)| walk(value, format!("{at}/{key}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| walk(item, format!("{at}/{index}"), found));
        }
        _ => {}
    }
    found.push(at);
}

#[test]
fn the_schemas_of_written_files_refuse_what_their_reader_refuses() {
    let (mut accepted, mut refused) = (0, 0);
    for (format, files, reads) in files() {
        let validator = jsonschema::validator_for(&format.schema()).unwrap();
        let mut hold = |told: String, file: &Value| {
            let (reader, schema) = (reads(file.to_string().as_bytes()), validator.is_valid(file));
            assert_eq!(reader, schema, "{}: {told}: the reader takes it: {reader}", format.file);
            if reader { accepted += 1 } else { refused += 1 }
        };
        for file in &files {
            spoilt(file).into_iter().for_each(|(told, file)| hold(told, &file));
        }
    }
    assert!(accepted > 10 && refused > 100, "{accepted} taken, {refused} refused");
}

/// The file with one thing in it otherwise: a key more, a key less, or another value.
fn spoilt(file: &Value) -> Vec<(String, Value)> {
    let (mut places, mut spoilt) = (Vec::new(), Vec::new());
    walk(file, String::new(), &mut places);
    for place in &places {
        let mut other = file.clone();
        if let Some(Value::Object(entries)) = other.pointer_mut(place) {
            entries.insert("strange".to_owned(), json!(1));
            spoilt.push((format!("{place}/strange"), other));
        }
        let mut other = file.clone();
        *other.pointer_mut(place).unwrap() = json!({ "strange": [1] });
        spoilt.push((format!("{place} = {{}}"), other));
        let Some((parent, key)) = place.rsplit_once('/') else { continue };
        let mut other = file.clone();
        if let Some(Value::Object(entries)) = other.pointer_mut(parent) {
            entries.remove(key);
            spoilt.push((format!("without {place}"), other));
        }
    }
    spoilt
}

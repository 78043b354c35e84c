//! What both formats have: texts, moves, steps.

use serde_json::{Value, json};

use super::shape::{Key, Shape, def, filled, flag, key, one_of, one_or_more, string, word_of};
use crate::engine::app::recording::KEYS;

/// A step: what it does is a key with this name, beside which its own keys may stand.
struct Verb {
    key: Key,
    own: Vec<Key>,
}

fn verb(name: &'static str, value: Value, doc: &'static str, own: Vec<Key>) -> Verb {
    Verb { key: key(name, value, doc), own }
}

fn verbs() -> Vec<Verb> {
    let target = || def("target");
    let value = || key("value", string(), "What is put in or has to stand there, with placeholders").needed();
    let mentions = || {
        let doc =
            "What it is in has to mention this as a whole address or name: \"{email}\", \"{member.name}\"";
        key("mentions", string(), doc)
    };
    vec![
        verb(
            "open",
            string(),
            "Goes to this area, unless it is there already and nothing was committed since",
            vec![],
        ),
        verb(
            "click",
            target(),
            "Clicks this element",
            vec![
                mentions(),
                key(
                    "commits",
                    flag(),
                    "true: this click makes the change real. The first such step is the point of no return",
                ),
            ],
        ),
        verb(
            "hover",
            target(),
            "Moves the pointer over this element, for buttons that show only then",
            vec![],
        ),
        verb(
            "fill",
            target(),
            "Replaces what stands in this element, and reads it back",
            vec![
                key(
                    "value",
                    json!({ "type": "string" }),
                    "What is typed, with placeholders; \"\" clears the field",
                )
                .needed(),
            ],
        ),
        verb(
            "choose",
            target(),
            "Picks the option `value` in this element, and reads it back",
            vec![value()],
        ),
        verb(
            "check",
            target(),
            "Ticks this box, and reads it back",
            vec![key("to", flag(), "false: unticks it")],
        ),
        verb(
            "press",
            word_of(KEYS),
            "Presses this key",
            vec![
                key("at", target(), "The element to press it in; where the focus is if not given"),
                key("harmless", flag(), "true: this key cannot send a form here"),
            ],
        ),
        verb(
            "expect",
            one_or_more(target()),
            "Waits until one of these is there",
            vec![key("says", def("text"), "It has to say this"), mentions()],
        ),
        verb("expect_gone", one_or_more(target()), "Waits until one of these is gone", vec![]),
        verb(
            "prove",
            target(),
            "Reads this element, or a list, and stops unless it is exactly `value`",
            vec![value()],
        ),
        verb(
            "upload",
            target(),
            "Gives this file input the file with the path `value`, \"{file}\"",
            vec![
                value(),
                key("writes", flag(), "true: the console gets the file at once, before the commit"),
            ],
        ),
        verb(
            "tick",
            target(),
            "Ticks this element in the rows of these people, and in no others",
            vec![key("rows", string(), "Whose rows: \"{emails}\"").needed()],
        ),
        verb(
            "download",
            target(),
            "Clicks this element, and waits for the file that the console gives",
            vec![],
        ),
        verb(
            "read",
            target(),
            "Keeps what this element says, in `seats`",
            vec![key("as", string(), "The name of the result: used or limit").needed()],
        ),
    ]
}

/// Everything a step can do.
pub(super) fn verb_names() -> Vec<&'static str> {
    verbs().iter().map(|verb| verb.key.name).collect()
}

/// Keys any step may have.
fn any_step() -> Vec<Key> {
    vec![
        key(
            "optional",
            flag(),
            "true: for what shows only sometimes. Left out as soon as the next step that is not optional can be done",
        ),
        key("timeout", def("duration"), "How long this step may take"),
    ]
}

/// A shape for each thing a step can do, for the reader; the schema has them in one, for its messages are better then.
pub(super) fn steps() -> Vec<Shape> {
    let shape = |Verb { key, own }: Verb| {
        let keys = [vec![key.needed()], own, any_step()].into_iter().flatten();
        Shape::new("step", "a step", "", keys.collect())
    };
    verbs().into_iter().map(shape).collect()
}

/// The step as the schema has it: every key there is, exactly one thing to do, and which key stands beside which.
pub(super) fn step() -> Shape {
    let mut keys: Vec<Key> = Vec::new();
    let mut rules = Vec::new();
    let names = verb_names();
    for verb in verbs() {
        let needed: Vec<&str> = verb.own.iter().filter(|key| key.is_needed()).map(|key| key.name).collect();
        let schemas: serde_json::Map<String, Value> =
            verb.own.iter().map(|key| (key.name.to_owned(), key.value())).collect();
        if !schemas.is_empty() {
            rules.push(json!({
                "if": { "required": [verb.key.name] },
                "then": { "properties": schemas, "required": needed },
            }));
        }
        keys.push(verb.key);
        for own in verb.own {
            if !keys.iter().any(|known| known.name == own.name) {
                keys.push(own.loose());
            }
        }
    }
    for own in keys.iter().filter(|key| !names.contains(&key.name)) {
        let has = verbs().into_iter().filter(|verb| verb.own.iter().any(|key| key.name == own.name));
        let beside: Vec<&str> = has.map(|verb| verb.key.name).collect();
        let any: Value = beside.iter().map(|verb| json!({ "required": [verb] })).collect();
        rules.push(json!({ "if": { "required": [own.name] }, "then": { "anyOf": any } }));
    }
    keys.extend(any_step());
    let doc = "A step: one thing to do, and keys that say how";
    Shape::new("step", None, doc, keys).between(json!({ "oneOf": one_of(names), "allOf": rules }))
}

/// The definitions that are no tables.
pub(super) fn values() -> Vec<(&'static str, Value)> {
    vec![
        (
            "text",
            json!({
                "description": "The whole text as the page shows it, case and spaces ignored; or a pattern between slashes, '/^re/' or '/re/i'",
                "type": "string",
                "pattern": "\\S",
            }),
        ),
        (
            "target",
            json!({
                "description": "An element of an area, \"AREA.NAME\", or the root of an area, \"AREA\"",
                "type": "string",
                "pattern": "\\S",
            }),
        ),
        (
            "duration",
            json!({ "description": "A number and a unit: \"500ms\", \"60s\", \"2m\"", "type": "string", "pattern": "\\d.*[A-Za-zµ:]" }),
        ),
        (
            "move",
            json!({
                "description": "How to get somewhere: an address on the workspace's host, \"/people\", or a list of steps",
                "anyOf": [{ "type": "string", "pattern": "^/" }, filled(def("step"))],
            }),
        ),
    ]
}

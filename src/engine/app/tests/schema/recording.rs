//! The tables of a recording.

use serde_json::{Value, json};

use super::shape::{Shape, def, filled, key, named, one_or_more, string, word_of};
use crate::domain::StatusMeaning;
use crate::engine::app::recording_reader::OPERATIONS;

pub(super) fn recording() -> Shape {
    Shape::new(
        "recording",
        "a recording",
        "What to do in a console, step by step: one flow",
        vec![
            key("format", json!({ "const": 1 }), "The format of this file: 1").needed(),
            key("title", string(), "For people").needed(),
            key(
                "does",
                one_or_more(word_of(OPERATIONS)),
                "The operation it carries out, or a list of them; not in a flow that a `then` names",
            ),
            key("then", string(), "The recording of the second save, where the console saves twice"),
            key("when", def("when"), "The cases it is for, if it is not for all"),
            key(
                "on",
                word_of(["list", "row", "person"]),
                "What is opened, found and proved before the first step",
            ),
            key(
                "by",
                string(),
                "The column by which the person is found, where that is not the list's `key`",
            ),
            key(
                "proof",
                word_of(["reading", "response"]),
                "What decides: a fresh reading, or (for `resend` only) the console's own answer",
            ),
            key("many", count(), "The commit is for up to this many people, {emails}"),
            key("file", def("file"), "For `import`: how the console wants a file of people"),
            key("steps", filled(def("step")), "What to do").needed(),
        ],
    )
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 1 })
}

pub(super) fn shapes() -> Vec<Shape> {
    let mut columns = named(word_of(["email", "role", "name"]), string());
    columns["if"] = json!({ "minProperties": 1 });
    columns["then"] = json!({ "required": ["email"] });
    let file = vec![
        key("columns", columns, "What each column holds, and its title: { email = \"E-mail\" }").needed(),
        key("rows", count(), "How many people the console takes at once; 500 if not given"),
    ];
    let meanings = StatusMeaning::ALL.map(StatusMeaning::as_str);
    let values = || one_or_more(string());
    let decided = named(json!({ "pattern": "^[a-z][a-z0-9_]*$" }), values());
    let when = vec![
        key("role", values(), "The roles held, or given by an invitation"),
        key("status", one_or_more(word_of(meanings)), "What the status means"),
        key("choice", decided, "What was decided: choice.NAME = \"…\""),
    ];
    let when = Shape::new("when", "`when`", "The cases a recording is for", when)
        .between(json!({ "minProperties": 1 }));
    vec![when, Shape::new("file", "`file`", "The file of people that the console takes", file)]
}

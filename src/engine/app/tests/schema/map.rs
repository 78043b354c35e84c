//! The tables of a selector map.

use serde_json::{Value, json};

use super::shape::{Key, Shape, def, filled, flag, key, list, named, one_of, one_or_more, string, word_of};
use crate::domain::{Reason, StatusMeaning};
use crate::engine::app::element_reader::{FINDING, ROLES};
use crate::engine::app::map::Evidence;
use crate::engine::app::recording_reader::OPERATIONS;

/// Each role is a key of a candidate too.
pub(super) fn is_role(key: &str) -> bool {
    ROLES.contains(&key)
}

/// Names of areas and elements.
fn names() -> Value {
    json!({ "pattern": "^[A-Za-z][A-Za-z0-9_]*$" })
}

/// Names that can stand between the braces of a placeholder.
fn placeholders() -> Value {
    json!({ "pattern": "^[a-z][a-z0-9_]*$" })
}

pub(super) fn map() -> Shape {
    let reserved = ["email", "password", "totp", "role", "roles", "member", "emails", "code", "file"];
    let params = named(json!({ "allOf": [placeholders()], "not": { "enum": reserved } }), string());
    let meaning = || word_of(StatusMeaning::ALL.map(StatusMeaning::as_str));
    let lists = json!({
        "type": "object",
        "propertyNames": names(),
        "properties": { "members": def("list") },
        "additionalProperties": def("preview"),
    });
    let never = json!({ "anyOf": [def("text"), def("never")] });
    let consequences = named(word_of(OPERATIONS), string());
    let choices = named(placeholders(), def("choice"));
    Shape::new(
        "map",
        "a map",
        "Where things are on the pages of one version of a console, and what its words mean",
        vec![
            key("format", json!({ "const": 1 }), "The format of this file: 1").needed(),
            key("app", string(), "The app, as in the path selectors/APP/VERSION.toml").needed(),
            key("version", string(), "The version of the console, as in that path").needed(),
            key("title", string(), "For people").needed(),
            key("observed", day(), "The day of the evidence, without quotes: 2026-03-09").needed(),
            key(
                "evidence",
                word_of(Evidence::ALL.map(Evidence::as_str)),
                "documented: written from documents or pictures; calibrated: everything was found in the real console; verified: the operations were carried out there",
            )
            .needed(),
            key("language", string(), "The console's language, as in <html lang>").needed(),
            key("test_attribute", string(), "The attribute that `test_id` means; \"data-testid\" if not given"),
            key("settle_after", def("duration"), "How long the console may take until a change shows in its list; \"60s\" if not given"),
            key("params", params, "Values every workspace gives in its configuration: a name, and what it is"),
            key("recognise", list(def("recognise")), "What tells this console from others: an entry for the login page, one for a page behind it"),
            key("roles", list(def("role")), "The console's roles, the highest first"),
            key(
                "statuses",
                named(json!({ "pattern": "\\S" }), one_or_more(meaning())),
                "What the console's words for a status mean: \"word\" or \"/pattern/\" = meaning, or a list of them",
            ),
            key("messages", list(def("message")), "What the console says when it refuses; the first that fits counts"),
            key("interrupts", list(def("interrupt")), "What may stand in the way at any time"),
            key("never", list(never), "What must not be clicked or sent: names, patterns, elements, requests"),
            key("consequences", consequences, "By operation, a sentence shown beside the plan"),
            key("choices", choices, "What the customer has to decide: a name, the question and the answers there are"),
            key("recordings", list(json!({ "type": "string", "pattern": "^[^/]+/[^/]+$" })), "Recordings of other versions that serve here too: \"VERSION/*\" or \"VERSION/FLOW\""),
            key("lists", lists, "The lists of people: `members`, and previews"),
            key("person", def("person"), "The page or panel of a person"),
            key("areas", named(names(), def("area")), "What is found together: pages, tabs, dialogs, menus, rows, toasts"),
            key("network", def("network"), "What the console's page may send, and where to"),
        ],
    )
}

/// TOML has days of its own; a schema sees their text.
fn day() -> Value {
    json!({ "type": "string", "format": "date", "pattern": "^\\d{4}-\\d{2}-\\d{2}$" })
}

pub(super) fn shapes() -> Vec<Shape> {
    vec![
        recognise(),
        role(),
        message(),
        interrupt(),
        never(),
        network(),
        harmless(),
        choice(),
        members(),
        preview(),
        part(),
        person(),
        area(),
        candidate(),
        reading(),
    ]
}

/// The definitions that are no tables of their own.
pub(super) fn values() -> Vec<(&'static str, Value)> {
    vec![
        (
            "element",
            json!({
                "description": "One candidate; several, the best first; or a table with `find` and how it is read",
                "anyOf": [def("candidate"), filled(def("candidate")), def("reading")],
            }),
        ),
        ("candidates", one_or_more(def("candidate"))),
        ("cells", named(json!({}), string())),
    ]
}

fn recognise() -> Shape {
    let doc = "Judged when its area is on the screen: everything in `present` has to be there and nothing in `absent`";
    Shape::new(
        "recognise",
        "an entry of `recognise`",
        doc,
        vec![
            key("at", string(), "The area").needed(),
            key("present", one_or_more(def("target")), "What has to be there"),
            key("absent", one_or_more(def("target")), "What must not be there"),
        ],
    )
    .between(json!({ "anyOf": one_of(["present", "absent"]) }))
}

fn role() -> Shape {
    Shape::new(
        "role",
        "a role",
        "A role; any other key is a word of your own, for {role.KEY}",
        vec![
            key("id", string(), "Its name on the command line and in reports").needed(),
            key("words", filled(def("text")), "What the console calls it; any is understood and accepted")
                .needed(),
            key("seat", flag(), "true: somebody with this role takes a paid seat"),
            key("privileged", flag(), "true: it manages other people. Guards go by it"),
            key("grantable", flag(), "false: the console never offers it"),
        ],
    )
    .with_rest(string())
    .between(json!({ "propertyNames": placeholders() }))
}

fn message() -> Shape {
    let means = Reason::OF_CONSOLES.map(Reason::as_str).into_iter().chain(["done", "already_so"]);
    Shape::new(
        "message",
        "a message",
        "Something the console says",
        vec![
            key("at", def("target"), "Where it says it").needed(),
            key("text", def("text"), "What it says; not given: being there says it all"),
            key("means", word_of(means), "The reason of a refusal; or done, already_so").needed(),
        ],
    )
}

fn interrupt() -> Shape {
    let means = word_of(Reason::OF_CONSOLES.map(Reason::as_str));
    Shape::new(
        "interrupt",
        "an interrupt",
        "Clicked away, or the end of the work for a reason",
        vec![
            key("at", def("target"), "What stands in the way").needed(),
            key("click", def("target"), "What takes it away with one click"),
            key("means", means, "Why the work ends"),
        ],
    )
    .between(json!({ "oneOf": one_of(["click", "means"]) }))
}

/// What the page may send.
fn network() -> Shape {
    let host = json!({ "type": "string", "pattern": "^[A-Za-z0-9.*-]+(:[0-9]+)?$" });
    let reads = json!({ "anyOf": [request(), def("harmless")] });
    let writes = named(word_of(OPERATIONS), filled(request()));
    Shape::new(
        "network",
        "`network`",
        "What the console's page may send while nothing is changed, and what each operation sends",
        vec![
            key("hosts", list(host), "Hosts of the console beside the workspace's own"),
            key("strict_hosts", flag(), "true: nothing is asked of any other host"),
            key("reads", list(reads), "Requests that look like writes and change nothing"),
            key("habits", list(request()), "View settings, a token's renewal: let through"),
            key("drop", list(request()), "Never sent, and not worth a word: what counts visitors"),
            key("sockets", json!({ "const": "push" }), "Web sockets only bring news"),
            key("writes", writes, "All that an operation's commit may send"),
        ],
    )
}

fn harmless() -> Shape {
    Shape::new(
        "harmless",
        "an entry of `reads`",
        "A request that changes nothing with some bodies",
        vec![
            key("request", request(), "A method and a path: POST /graphql").needed(),
            key(
                "body",
                def("text"),
                "What the body looks like then; it cannot be seen, so nothing is claimed",
            ),
        ],
    )
}

fn never() -> Shape {
    let keys = vec![
        key("at", def("target"), "An element that is never clicked"),
        key("request", request(), "A request that is never sent: GET /activate/*"),
    ];
    Shape::new("never", "an entry of `never`", "An element or a request", keys)
        .between(json!({ "oneOf": one_of(["at", "request"]) }))
}

/// A method and a path.
fn request() -> Value {
    json!({ "type": "string", "pattern": "^\\s*(\\*|[A-Z]+)\\s+/" })
}

/// What every list has.
fn seen() -> Vec<Key> {
    vec![
        key("at", string(), "The area that holds it").needed(),
        key("rows", filled(string()), "The areas that are its kinds of row"),
        key("key", string(), "The column that tells people apart; \"email\" if not given"),
        key("total", def("target"), "Where the console says how many there are"),
        key("busy", def("target"), "Shown while the list loads"),
        key("empty", def("target"), "Shown when it has no rows"),
        key("request", request(), "The request that fills it: GET /api/members"),
        key(
            "tabs",
            def("target"),
            "All the tabs there are, each of them a part's: then a part without one is empty",
        ),
    ]
}

fn members() -> Shape {
    let mut keys = seen();
    keys.extend([
        key("next", def("target"), "Leads to the next page; absent or disabled on the last one"),
        key("more", def("target"), "Makes the list longer; absent or disabled when it is all there"),
        key(
            "scroll",
            def("target"),
            "What is scrolled, where only the rows in view are on the page. It needs a `total`",
        ),
        key("parts", list(def("part")), "The tabs, sections or filters that show it piece by piece"),
        key("search", def("move"), "Narrows the list down to {email}. It saves time and proves nothing"),
        key("prepare", def("move"), "Shows the whole list: clears a filter the console remembers"),
    ]);
    let both = |one: &str, other: &str| json!({ "required": [one, other] });
    let ways = [both("next", "more"), both("next", "scroll"), both("more", "scroll")];
    let doc = "The list of people: everything the program believes about people comes from it";
    Shape::new("list", "a list", doc, keys)
        .between(json!({ "anyOf": one_of(["rows", "parts"]), "not": { "anyOf": ways } }))
}

fn preview() -> Shape {
    let doc = "Another list than `members`, read as the page shows it: what an import is about to take, say";
    Shape::new("preview", None, doc, seen()).between(json!({ "required": ["at", "rows"] }))
}

fn part() -> Shape {
    Shape::new("part", "a part of a list", "A tab, a section or a filter", vec![
        key("open", def("move"), "How to get from the list to it. The part that shows at once needs none"),
        key("rows", filled(string()), "Its kinds of row, if they are others than the list's"),
        key("is", def("cells"), "Cells all its rows have without showing them: { role = \"Admin\" }"),
        key("count", def("target"), "Where the console says how many rows it has"),
        key("counted", flag(), "false: the `total` of the list leaves its people out"),
        key("each", word_of(["roles"]), "\"roles\": one part for each role, with {role} and {role.KEY}"),
        key("optional", flag(), "true: what opens it is not there as long as it is empty"),
    ])
    .between(json!({ "not": { "properties": { "optional": { "const": true } }, "required": ["optional"], "not": { "required": ["open"] } } }))
}

fn choice() -> Shape {
    let keys = vec![
        key("ask", string(), "The question, for people").needed(),
        key("values", filled(string()), "The answers there are").needed(),
    ];
    Shape::new("choice", "a choice", "What the customer has to decide", keys)
}

fn person() -> Shape {
    Shape::new(
        "person",
        "the page of a person",
        "A page or panel of each person's own",
        vec![
            key(
                "open",
                def("move"),
                "How to get there from the person's row; not given: it shows with the row",
            ),
            key("at", string(), "The area of the page; its `email` tells whose it is").needed(),
        ],
    )
}

fn area() -> Shape {
    Shape::new(
        "area",
        "an area",
        "What is found together; any other key is an element",
        vec![
            key("open", def("move"), "How to get there"),
            key("root", def("element"), "What holds the area; the whole document if not given"),
            key("within", string(), "The area inside which the root is looked for"),
            key("ready", string(), "One of its elements that has to be there too. Needed without a `root`"),
            key(
                "is",
                def("cells"),
                "For rows: cells every such row has without showing them, { role = \"owner\" }",
            ),
        ],
    )
    .with_rest(def("element"))
    .between(json!({ "propertyNames": names() }))
}

fn candidate() -> Shape {
    let mut keys = vec![
        key("label", def("text"), "A form control by its label"),
        key("text", def("text"), "The innermost element with this text"),
        key("placeholder", def("text"), "By its placeholder"),
        key("title", def("text"), "By its title attribute"),
        key("alt", def("text"), "A picture by its alternative text"),
        key("test_id", def("text"), "By the attribute that `test_attribute` names"),
        key("column", def("text"), "In a row: the cell under this column header"),
        key("css", string(), "By CSS selector: for what has no better handle"),
        key("xpath", string(), "By XPath: for what has no better handle"),
        key("has", def("text"), "Keeps only what contains this text"),
        key(
            "within",
            json!({ "anyOf": [string(), def("candidate")] }),
            "Keeps only what is inside this area or candidate",
        ),
        key("role", word_of(ROLES), "By ARIA role, with or without `name`"),
        key("name", def("text"), "With `role`: the accessible name"),
    ];
    keys.extend(ROLES.map(|role| key(role, def("text"), "By this ARIA role and the accessible name")));
    // A name needs the role as a key, and a role is given once.
    let finding: Vec<&str> = FINDING.into_iter().chain(["role"]).chain(ROLES).collect();
    let a_role: Vec<&str> = ["role"].into_iter().chain(ROLES).collect();
    Shape::new("candidate", "a candidate", "One way to find an element: all its keys have to hold", keys)
        .between(json!({
            "anyOf": one_of(finding),
            "dependentRequired": { "name": ["role"] },
            "allOf": [{ "anyOf": [{ "not": { "anyOf": one_of(a_role.iter().copied()) } }, { "oneOf": one_of(a_role) }] }],
        }))
}

fn reading() -> Shape {
    let read = json!({ "anyOf": [word_of(["text", "value", "checked", "options", "count"]), { "type": "string", "pattern": "^attr:[A-Za-z0-9_:-]+$" }] });
    let words = one_or_more(json!({ "type": "string" }));
    let sep = json!({ "type": "string", "pattern": "^(Enter|Tab|[,; ]+)$" });
    Shape::new(
        "reading",
        "an element",
        "Candidates, and how what they find is read or filled",
        vec![
            key("find", def("candidates"), "A candidate, or several, the best first").needed(),
            key("read", read, "text (the default), value, attr:NAME, checked, options or count"),
            key(
                "match",
                json!({ "type": "string", "pattern": "^/" }),
                "A pattern with exactly one group (…), which is the value",
            ),
            key("split", json!({ "type": "string", "minLength": 1 }), "What stands between several values"),
            key("blank", words, "A value or values that mean nothing: \"-\""),
            key("absent", json!({ "type": "string" }), "The value if the element is not there"),
            key("date", flag(), "true: the value is a date"),
            key("opens", def("candidates"), "What to click to open it"),
            key("options", def("candidates"), "How one option is found once it is open"),
            key("sep", sep, "What is typed between several values: Enter, Tab, or commas, semicolons and spaces"),
            key("chips", def("candidates"), "What the control shows of each value it has taken"),
            key("cells", flag(), "true: a row of inputs, each of which takes one character"),
        ],
    )
    .between(json!({
        "dependentRequired": { "chips": ["sep"] },
        "allOf": [
            { "if": { "properties": { "sep": { "const": "Tab" } }, "required": ["sep"] }, "then": { "required": ["chips"] } },
            { "if": { "properties": { "cells": { "const": true } }, "required": ["cells"] }, "then": { "not": { "anyOf": one_of(["sep", "chips"]) } } },
        ],
    }))
}

//! TOML into a [`Recording`], and the steps that recordings and moves share.

use super::case::when;
use super::map::Target;
use super::map_reader::{format, take, target, targets};
use super::node::Node;
use super::problem::{Hint, Problem, nearest};
use super::reader::{self, Read, Table};
use super::recording::{KEYS, On, PeopleColumns, Proof, Recording, Step, Verb};

/// The operations that need a recording and that the program carries out.
pub const OPERATIONS: [&str; 11] = [
    "sign_in",
    "invite",
    "resend",
    "cancel_invite",
    "change_role",
    "deactivate",
    "reactivate",
    "remove",
    "import",
    "export",
    "seats",
];

pub(super) const VERBS: [&str; 14] = [
    "open",
    "click",
    "hover",
    "fill",
    "choose",
    "check",
    "press",
    "expect",
    "expect_gone",
    "prove",
    "read",
    "upload",
    "tick",
    "download",
];

pub(super) const LATER_VERBS: [&str; 1] = ["read_list"];

/// What a file of people can say of each.
const PEOPLE_COLUMNS: [&str; 3] = ["email", "role", "name"];

/// Reads a recording. There is none only where the file is not TOML.
pub(super) fn read_recording(file: &str, name: &str, text: &str) -> (Option<Read<Recording>>, Vec<Problem>) {
    reader::read(file, "a recording", text, |table| recording(table, name))
}

fn recording(table: &mut Table<'_>, name: &str) -> Recording {
    format(table);
    table.unsupported(&["inputs"]);
    let title = table.require("title").and_then(|node| node.plain()).unwrap_or_default();
    let does = does(table);
    let then = take(table, "then", Node::plain);
    let when = take(table, "when", when);
    let choices = when.iter().flat_map(|when| when.choices.keys().cloned()).collect();
    let on = take(table, "on", |node| node.one_of("value of `on`", ["list", "row", "person"], on));
    let by = take(table, "by", Node::plain);
    let proof = take(table, "proof", proof).unwrap_or_default();
    let many = take(table, "many", many);
    let file = take(table, "file", people_columns);
    let steps = table.require("steps").map(|node| steps(&node)).unwrap_or_default();
    let (name, finishes) = (name.to_owned(), Vec::new());
    Recording { name, title, does, then, finishes, when, choices, on, by, proof, many, file, steps }
}

fn many(node: &Node<'_>) -> Option<usize> {
    let many = usize::try_from(node.integer()?).ok().filter(|many| *many > 0);
    if many.is_none() {
        node.error("`many` is for how many people the commit is at the most", Some("a number from 1".into()));
    }
    many
}

fn people_columns(node: &Node<'_>) -> Option<PeopleColumns> {
    let mut table = node.table("`file`")?;
    let mut columns = Vec::new();
    if let Some(mut given) = table.require("columns").and_then(|node| node.table("`columns`")) {
        for node in given.rest() {
            if !PEOPLE_COLUMNS.contains(&node.key) {
                let hint = format!("what can stand in it: {}", PEOPLE_COLUMNS.join(", "));
                node.key_error(format!("`{}` is not known of the people of a file", node.key), hint);
            } else if let Some(title) = node.plain() {
                columns.push((title, node.key.to_owned()));
            }
        }
    }
    if !columns.is_empty() && !columns.iter().any(|(_, what)| what == "email") {
        table.error("the file has no column for the address", Some("add it: email = \"Email\""));
    }
    // In the order a person would write them, for the tables of TOML have none.
    columns.sort_by_key(|(_, what)| PEOPLE_COLUMNS.iter().position(|known| known == what));
    let rows = take(&mut table, "rows", Node::integer).unwrap_or(500);
    let rows = usize::try_from(rows).ok().filter(|rows| *rows > 0);
    if rows.is_none() {
        table.error("`rows` is how many people the console takes at once", Some("a number from 1"));
    }
    table.finish();
    Some(PeopleColumns { columns, rows: rows? })
}

fn does(table: &mut Table<'_>) -> Vec<String> {
    let Some(node) = table.take("does") else { return Vec::new() };
    let mut does: Vec<String> = Vec::new();
    for node in node.one_or_more() {
        let Some(word) = node.one_of("operation", OPERATIONS, |word| {
            OPERATIONS.into_iter().find(|operation| *operation == word)
        }) else {
            continue;
        };
        if does.iter().any(|other| other == word) {
            node.error(format!("`{word}` is named twice"), None);
        } else {
            does.push(word.to_owned());
        }
    }
    does
}

fn on(word: &str) -> Option<On> {
    match word {
        "list" => Some(On::List),
        "row" => Some(On::Row),
        "person" => Some(On::Person),
        _ => None,
    }
}

fn proof(node: &Node<'_>) -> Option<Proof> {
    node.one_of("value of `proof`", ["reading", "response"], |word| match word {
        "reading" => Some(Proof::Reading),
        "response" => Some(Proof::Response),
        _ => None,
    })
}

/// Reads the steps of a recording or a move.
pub(super) fn steps(node: &Node<'_>) -> Vec<Step> {
    node.refuse_empty();
    node.each(step)
}

fn step(node: &Node<'_>) -> Option<Step> {
    let mut table = node.table("a step")?;
    let verb = verb(&mut table)?;
    let may_write = matches!(verb, Verb::Upload { .. }) || !table.given(&["writes"]).is_empty();
    let flag = |table: &mut Table<'_>, key| take(table, key, Node::boolean).unwrap_or(false);
    let step = Step {
        verb,
        optional: flag(&mut table, "optional"),
        timeout: take(&mut table, "timeout", Node::duration),
        commits: flag(&mut table, "commits"),
        harmless: flag(&mut table, "harmless"),
        writes: may_write && flag(&mut table, "writes"),
        line: table.line(),
    };
    if step.commits && !matches!(step.verb, Verb::Click { .. }) {
        table.error(
            format!("`{}` cannot commit", step.verb.name()),
            Some("only click can; mark the step that makes the change real"),
        );
    }
    if step.harmless && !matches!(step.verb, Verb::Press { .. }) {
        table.error("`harmless` says something only of `press`", Some("leave it out"));
    }
    if step.writes && !matches!(step.verb, Verb::Upload { .. }) {
        table.error("`writes` says something only of `upload`", Some("leave it out"));
    }
    table.finish();
    Some(step)
}

fn verb(table: &mut Table<'_>) -> Option<Verb> {
    let (given, later) = (table.given(&VERBS), table.given(&LATER_VERBS));
    match (given.as_slice(), later.as_slice()) {
        ([verb], []) => read_verb(table, verb),
        ([], [_]) => {
            table.unsupported(&LATER_VERBS);
            table.rest();
            None
        }
        ([], []) => {
            no_verb(table);
            None
        }
        _ => {
            let all: Vec<_> = given.into_iter().chain(later).collect();
            table.error(
                format!("a step does one thing, not `{}`", all.join("` and `")),
                Some("write a step for each"),
            );
            table.rest();
            None
        }
    }
}

fn no_verb(table: &mut Table<'_>) {
    let nodes = table.rest();
    for node in &nodes {
        if let Some(near) = nearest(node.key, VERBS) {
            return node.key_error(format!("`{}` is no step", node.key), Hint::meant(node.key, near));
        }
    }
    let waits = nodes.iter().any(|node| matches!(node.key, "wait" | "sleep" | "pause"));
    let hint = match waits {
        true => "leave it out: each step waits for its element by itself; to wait for another, `expect` it"
            .to_owned(),
        false => format!("a step is one of {}", VERBS.join(", ")),
    };
    match nodes.first() {
        Some(node) => node.key_error(format!("`{}` is no step", node.key), hint),
        None => table.error("the step is empty", Some(&hint)),
    }
}

fn read_verb(table: &mut Table<'_>, verb: &'static str) -> Option<Verb> {
    let node = table.take(verb)?;
    match verb {
        "open" => node.plain().map(Verb::Open),
        "click" => {
            let mentions = take(table, "mentions", Node::filled_template);
            Some(Verb::Click { target: target(&node)?, mentions })
        }
        "hover" => {
            table.unsupported(&["mentions"]);
            target(&node).map(Verb::Hover)
        }
        "fill" => with_value(table, &node, Node::template, |target, value| Verb::Fill { target, value }),
        "choose" => {
            with_value(table, &node, Node::filled_template, |target, value| Verb::Choose { target, value })
        }
        "upload" => {
            with_value(table, &node, Node::filled_template, |target, value| Verb::Upload { target, value })
        }
        "prove" => {
            with_value(table, &node, Node::filled_template, |target, value| Verb::Prove { target, value })
        }
        "check" => {
            let to = take(table, "to", Node::boolean).unwrap_or(true);
            Some(Verb::Check { target: target(&node)?, to })
        }
        "tick" => {
            let rows = table.require("rows").and_then(|node| node.filled_template());
            Some(Verb::Tick { target: target(&node)?, rows: rows? })
        }
        "press" => {
            let at = take(table, "at", target);
            let key = node.one_of("key", KEYS, |word| KEYS.into_iter().find(|key| *key == word));
            Some(Verb::Press { key: key?.to_owned(), at })
        }
        "expect" => {
            let says = take(table, "says", Node::text);
            let mentions = take(table, "mentions", Node::filled_template);
            Some(Verb::Expect { any: targets(&node), says, mentions })
        }
        "expect_gone" => Some(Verb::ExpectGone { any: targets(&node) }),
        "download" => {
            table.unsupported(&["as"]);
            target(&node).map(Verb::Download)
        }
        _ => {
            let result = table.require("as").and_then(|node| node.plain());
            Some(Verb::Read { target: target(&node)?, r#as: result? })
        }
    }
}

fn with_value<'s>(
    table: &mut Table<'s>,
    node: &Node<'s>,
    read: impl FnOnce(&Node<'s>) -> Option<super::Template>,
    verb: impl FnOnce(Target, super::Template) -> Verb,
) -> Option<Verb> {
    let value = table.require("value").and_then(|node| read(&node));
    Some(verb(target(node)?, value?))
}

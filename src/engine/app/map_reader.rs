//! TOML into a [`Map`]. Whatever is readable of a broken file is kept, names above all, so that one mistake is
//! reported once and not again wherever the name is used.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::{Reason, Role, RoleId, StatusMeaning};

use super::borrow::borrowed;
use super::element_reader;
use super::map::{
    Area, Choice, Evidence, Interrupt, InterruptDoes, List, Map, Means, Message, Move, Never, Part,
    PersonPage, Recognise, RoleWords, Target,
};
use super::network_reader;
use super::node::Node;
use super::problem::{Hint, Problem, nearest};
use super::reader::{self, Read, Table};
use super::recording_reader::{self, OPERATIONS};
use super::text::{Template, Text, is_name};

/// Reads a selector map. There is none only where the file is not TOML.
pub(super) fn read_map(file: &str, text: &str) -> (Option<Read<Map>>, Vec<Problem>) {
    reader::read(file, "a map", text, map)
}

fn map(table: &mut Table<'_>) -> Map {
    format(table);
    let string =
        |table: &mut Table<'_>, key| table.require(key).and_then(|node| node.plain()).unwrap_or_default();
    Map {
        app: string(table, "app"),
        version: string(table, "version"),
        title: string(table, "title"),
        observed: table.require("observed").and_then(|node| node.day()).unwrap_or_default(),
        evidence: table.require("evidence").and_then(|node| evidence(&node)).unwrap_or(Evidence::Documented),
        language: string(table, "language"),
        test_attribute: take(table, "test_attribute", Node::plain)
            .unwrap_or_else(|| "data-testid".to_owned()),
        settle_after: take(table, "settle_after", Node::duration).unwrap_or(Duration::from_secs(60)),
        params: take(table, "params", |node| Some(params(node))).unwrap_or_default(),
        recordings: each(table, "recordings", borrowed),
        recognise: each(table, "recognise", recognise),
        roles: each(table, "roles", role),
        statuses: statuses(table),
        messages: each(table, "messages", message),
        interrupts: each(table, "interrupts", interrupt),
        never: each(table, "never", never),
        consequences: take(table, "consequences", |node| Some(consequences(node))).unwrap_or_default(),
        choices: take(table, "choices", |node| Some(choices(node))).unwrap_or_default(),
        lists: take(table, "lists", |node| Some(lists(node))).unwrap_or_default(),
        person: take(table, "person", person),
        areas: take(table, "areas", |node| Some(areas(node))).unwrap_or_default(),
        network: take(table, "network", network_reader::network).unwrap_or_default(),
    }
}

/// Checks `format = 1`, the first key of every file.
pub(super) fn format(table: &mut Table<'_>) {
    if let Some(node) = table.require("format")
        && let Some(format) = node.integer()
        && format != 1
    {
        let hint = "this version of the program reads format 1 only".to_owned();
        node.error(format!("format {format} is not known"), hint);
    }
}

/// The value of a key, if it is given and right.
pub(super) fn take<'s, T>(
    table: &mut Table<'s>,
    key: &'static str,
    read: impl FnOnce(&Node<'s>) -> Option<T>,
) -> Option<T> {
    table.take(key).and_then(|node| read(&node))
}

/// The right items of a list, if it is given.
fn each<'s, T>(table: &mut Table<'s>, key: &'static str, read: impl Fn(&Node<'s>) -> Option<T>) -> Vec<T> {
    table.take(key).map(|node| node.each(read)).unwrap_or_default()
}

fn evidence(node: &Node<'_>) -> Option<Evidence> {
    let words = Evidence::ALL.map(Evidence::as_str);
    node.one_of("kind of evidence", words, |word| {
        Evidence::ALL.into_iter().find(|evidence| evidence.as_str() == word)
    })
}

fn strings(node: &Node<'_>, what: &'static str) -> BTreeMap<String, String> {
    let Some(mut table) = node.table(what) else { return BTreeMap::new() };
    let entry = |node: Node<'_>| Some((node.key.to_owned(), node.plain()?));
    table.rest().into_iter().filter_map(entry).collect()
}

fn params(node: &Node<'_>) -> BTreeMap<String, String> {
    let Some(mut table) = node.table("params") else { return BTreeMap::new() };
    let mut params = BTreeMap::new();
    for node in table.rest() {
        if ["email", "password", "totp", "role", "roles", "member", "emails", "code", "file", "choice"]
            .contains(&node.key)
        {
            let hint = "give it another name".to_owned();
            node.key_error(format!("{{{}}} has a value of its own", node.key), hint);
        } else if is_placeholder_name(&node)
            && let Some(text) = node.plain()
        {
            params.insert(node.key.to_owned(), text);
        }
    }
    params
}

/// Names of values: what can stand between the braces of a placeholder.
fn is_placeholder_name(node: &Node<'_>) -> bool {
    let usable = is_name(node.key) && !node.key.contains('.');
    if !usable {
        let hint = "a name here begins with a small letter and has small letters, digits and _".to_owned();
        node.key_error(format!("`{}` cannot be the name of a placeholder", node.key), hint);
    }
    usable
}

fn consequences(node: &Node<'_>) -> BTreeMap<String, String> {
    let Some(mut table) = node.table("consequences") else { return BTreeMap::new() };
    let mut consequences = BTreeMap::new();
    for node in table.rest() {
        if !OPERATIONS.contains(&node.key) {
            let hint = match nearest(node.key, OPERATIONS) {
                Some(near) => Hint::meant(node.key, near),
                None => Hint::from(format!("one of {}", OPERATIONS.join(", "))),
            };
            node.key_error(format!("`{}` is no operation", node.key), hint);
        } else if let Some(text) = node.plain() {
            consequences.insert(node.key.to_owned(), text);
        }
    }
    consequences
}

fn choices(node: &Node<'_>) -> BTreeMap<String, Choice> {
    let Some(mut table) = node.table("choices") else { return BTreeMap::new() };
    let mut choices = BTreeMap::new();
    for node in table.rest() {
        let is_usable = is_placeholder_name(&node);
        if let Some(choice) = choice(&node).filter(|_| is_usable) {
            choices.insert(node.key.to_owned(), choice);
        }
    }
    choices
}

fn choice(node: &Node<'_>) -> Option<Choice> {
    let mut table = node.table("a choice")?;
    let ask = table.require("ask").and_then(|node| node.plain());
    let mut values: Vec<String> = Vec::new();
    for node in table.require("values").map(|node| node.filled_list()).unwrap_or_default() {
        let Some(value) = node.plain() else { continue };
        if values.contains(&value) {
            node.error(format!("`{value}` is named twice"), None);
        } else {
            values.push(value);
        }
    }
    table.finish();
    // Of a choice with a mistake the name is kept, so that it is not reported again wherever it is used.
    Some(Choice { ask: ask.unwrap_or_default(), values })
}

fn recognise(node: &Node<'_>) -> Option<Recognise> {
    let mut table = node.table("an entry of `recognise`")?;
    let at = table.require("at").and_then(|node| node.plain());
    let present: Vec<_> = table.take("present").iter().flat_map(targets).collect();
    let absent: Vec<_> = table.take("absent").iter().flat_map(targets).collect();
    if present.is_empty() && absent.is_empty() {
        table.error("an entry of `recognise` says nothing", Some("give `present`, `absent` or both"));
    }
    table.finish();
    Some(Recognise { at: at?, present, absent })
}

/// A target, or a list of them.
pub(super) fn targets(node: &Node<'_>) -> Vec<Target> {
    node.one_or_more().iter().filter_map(target).collect()
}

pub(super) fn target(node: &Node<'_>) -> Option<Target> {
    node.plain().map(Target::new)
}

fn role(node: &Node<'_>) -> Option<RoleWords> {
    let mut table = node.table("a role")?;
    let id = table.require("id").and_then(|node| node.plain());
    let words = table.require("words").map(|node| node.filled_list()).unwrap_or_default();
    let words = words.iter().filter_map(Node::word).collect();
    let seat = take(&mut table, "seat", Node::boolean).unwrap_or(false);
    let privileged = take(&mut table, "privileged", Node::boolean).unwrap_or(false);
    let grantable = take(&mut table, "grantable", Node::boolean).unwrap_or(true);
    let mut fields = BTreeMap::new();
    for node in table.rest() {
        // A free word that looks like a mistyped key would silently take a guard away.
        if let Some(near) = nearest(node.key, ["words", "seat", "privileged", "grantable"]) {
            let hint =
                Hint::from(format!("did you mean `{near}`? a word of your own needs a name less like it"))
                    .replacing(node.key, near);
            node.key_error(format!("unknown key `{}` in a role", node.key), hint);
        } else if is_placeholder_name(&node)
            && let Some(field) = node.plain()
        {
            fields.insert(node.key.to_owned(), field);
        }
    }
    table.finish();
    let role = Role { id: RoleId::new(id?), seat, privileged, grantable };
    Some(RoleWords { role, words, fields })
}

/// The status words of the file, then the meanings as words of themselves.
fn statuses(table: &mut Table<'_>) -> Vec<(Text, BTreeSet<StatusMeaning>)> {
    let mut statuses = Vec::new();
    let given = table.take("statuses").and_then(|node| node.table("statuses"));
    for node in given.map(|mut given| given.rest()).unwrap_or_default() {
        let word = node.key_word();
        let meanings: BTreeSet<_> = node.one_or_more().iter().filter_map(meaning).collect();
        statuses.extend(word.map(|word| (word, meanings)));
    }
    for meaning in StatusMeaning::ALL {
        let is_given =
            |(word, _): &(Text, _)| matches!(word, Text::Exact(_)) && word.matches(meaning.as_str());
        if !statuses.iter().any(is_given)
            && let Ok(word) = Template::parse(meaning.as_str())
        {
            statuses.push((Text::Exact(word), BTreeSet::from([meaning])));
        }
    }
    statuses
}

fn meaning(node: &Node<'_>) -> Option<StatusMeaning> {
    node.one_of("meaning of a status", StatusMeaning::ALL.map(StatusMeaning::as_str), StatusMeaning::parse)
}

fn message(node: &Node<'_>) -> Option<Message> {
    let mut table = node.table("a message")?;
    let at = table.require("at").and_then(|node| target(&node));
    let text = take(&mut table, "text", Node::text);
    let words = Reason::OF_CONSOLES.map(Reason::as_str).into_iter().chain(["done", "already_so"]);
    let means = table.require("means").and_then(|node| node.one_of("reason", words, means));
    table.finish();
    Some(Message { at: at?, text, means: means? })
}

fn means(word: &str) -> Option<Means> {
    match word {
        "done" => Some(Means::Done),
        "already_so" => Some(Means::AlreadySo),
        _ => Reason::parse_of_console(word).map(Means::Reason),
    }
}

fn interrupt(node: &Node<'_>) -> Option<Interrupt> {
    let mut table = node.table("an interrupt")?;
    let at = table.require("at").and_then(|node| target(&node));
    let (click, means) = (table.take("click"), table.take("means"));
    if click.is_some() == means.is_some() {
        table.error("an interrupt needs either `click` or `means`", None);
    }
    table.finish();
    let click = click.and_then(|node| target(&node)).map(InterruptDoes::Click);
    let reason = |node: Node<'_>| {
        node.one_of("reason", Reason::OF_CONSOLES.map(Reason::as_str), Reason::parse_of_console)
    };
    let means = means.and_then(reason).map(InterruptDoes::Means);
    Some(Interrupt { at: at?, does: click.or(means)? })
}

fn never(node: &Node<'_>) -> Option<Never> {
    if !node.is_table() {
        return node.word().map(Never::Name);
    }
    let mut table = node.table("an entry of `never`")?;
    let (at, request) = (table.take("at"), table.take("request"));
    if at.is_some() == request.is_some() {
        table.error("an entry of `never` needs either `at` or `request`", None);
    }
    table.finish();
    let request = request.and_then(|node| network_reader::request(&node)).map(Never::Request);
    at.and_then(|node| target(&node)).map(Never::At).or(request)
}

fn lists(node: &Node<'_>) -> BTreeMap<String, List> {
    let Some(mut table) = node.table("lists") else { return BTreeMap::new() };
    let mut lists = BTreeMap::new();
    for node in table.rest() {
        is_usable_name(&node);
        if let Some(list) = list(&node) {
            lists.insert(node.key.to_owned(), list);
        }
    }
    lists
}

fn list(node: &Node<'_>) -> Option<List> {
    let mut table = node.table("a list")?;
    if node.key != "members"
        && let [key, ..] = table.given(&["parts", "next", "more", "scroll", "search", "prepare"])[..]
    {
        let message = format!("`{key}` in a list other than `members`");
        table.error(message, Some("another list is read as the page shows it: leave the key out"));
    }
    let at = table.require("at").and_then(|node| node.plain());
    let parts = each(&mut table, "parts", part);
    let rows = if !parts.is_empty() && parts.iter().all(|part| !part.rows.is_empty()) {
        take(&mut table, "rows", |node| Some(plain_items(node)))
    } else {
        table.require("rows").map(|node| plain_items(&node))
    };
    let rows = rows.unwrap_or_default();
    if let [first, second, ..] = table.given(&["next", "more", "scroll"])[..] {
        table.error(
            format!("a list has `{first}` or `{second}`, not both"),
            Some("`next` turns pages, `more` makes the list longer, `scroll` is for a list that shows only the rows in view"),
        );
    }
    let list = List {
        at: at.unwrap_or_default(),
        rows,
        key: take(&mut table, "key", Node::plain).unwrap_or_else(|| "email".to_owned()),
        total: take(&mut table, "total", target),
        next: take(&mut table, "next", target),
        more: take(&mut table, "more", target),
        scroll: take(&mut table, "scroll", target),
        search: take(&mut table, "search", movement),
        prepare: take(&mut table, "prepare", movement),
        busy: take(&mut table, "busy", target),
        empty: take(&mut table, "empty", target),
        request: take(&mut table, "request", network_reader::request),
        tabs: take(&mut table, "tabs", target),
        parts,
    };
    table.finish();
    Some(list)
}

fn part(node: &Node<'_>) -> Option<Part> {
    let mut table = node.table("a part of a list")?;
    let part = Part {
        open: take(&mut table, "open", movement),
        rows: take(&mut table, "rows", |node| Some(plain_items(node))).unwrap_or_default(),
        is: take(&mut table, "is", |node| Some(templates(node))).unwrap_or_default(),
        count: take(&mut table, "count", target),
        counted: take(&mut table, "counted", Node::boolean).unwrap_or(true),
        each_role: take(&mut table, "each", |node| {
            node.one_of("`each`", ["roles"], |word| (word == "roles").then_some(true))
        })
        .unwrap_or(false),
        optional: take(&mut table, "optional", Node::boolean).unwrap_or(false),
    };
    if part.optional && part.open.is_none() {
        table.error("an optional part without `open`", Some("what opens it tells whether it is there"));
    }
    table.finish();
    Some(part)
}

fn templates(node: &Node<'_>) -> BTreeMap<String, Template> {
    let Some(mut table) = node.table("is") else { return BTreeMap::new() };
    let entry = |node: Node<'_>| Some((node.key.to_owned(), node.filled_template()?));
    table.rest().into_iter().filter_map(entry).collect()
}

fn person(node: &Node<'_>) -> Option<PersonPage> {
    let mut table = node.table("the page of a person")?;
    let open = take(&mut table, "open", movement);
    let at = table.require("at").and_then(|node| node.plain());
    table.finish();
    Some(PersonPage { open, at: at.unwrap_or_default() })
}

fn plain_items(node: &Node<'_>) -> Vec<String> {
    node.refuse_empty();
    node.each(Node::plain)
}

fn areas(node: &Node<'_>) -> BTreeMap<String, Area> {
    let Some(mut table) = node.table("areas") else { return BTreeMap::new() };
    let mut areas = BTreeMap::new();
    for node in table.rest() {
        is_usable_name(&node);
        areas.insert(node.key.to_owned(), area(&node).unwrap_or_default());
    }
    areas
}

/// Names of areas and elements: letters, digits and `_`.
fn is_usable_name(node: &Node<'_>) {
    let usual = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !node.key.chars().all(usual) || !node.key.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let hint = "a name begins with a letter and has letters, digits and _".to_owned();
        node.key_error(format!("`{}` cannot be a name", node.key), hint);
    }
}

fn area(node: &Node<'_>) -> Option<Area> {
    let mut table = node.table("an area")?;
    let mut area = Area {
        open: take(&mut table, "open", movement),
        root: table.take("root").map(|node| element_reader::element(&node)),
        within: take(&mut table, "within", Node::plain),
        ready: take(&mut table, "ready", Node::plain),
        is: take(&mut table, "is", |node| Some(strings(node, "is"))).unwrap_or_default(),
        elements: BTreeMap::new(),
    };
    for node in table.rest() {
        is_usable_name(&node);
        area.elements.insert(node.key.to_owned(), element_reader::element(&node));
    }
    table.finish();
    Some(area)
}

/// An address, or steps (F11).
fn movement(node: &Node<'_>) -> Option<Move> {
    if node.is_list() {
        let steps = recording_reader::steps(node);
        return (!steps.is_empty()).then_some(Move::Steps(steps));
    }
    let address = node.filled_template()?;
    if !address.as_str().starts_with('/') {
        let hint =
            "an address on the workspace's host begins with /; anything else is a list of steps".to_owned();
        node.error(format!("`{address}` is no address"), hint);
        return None;
    }
    Some(Move::Address(address))
}

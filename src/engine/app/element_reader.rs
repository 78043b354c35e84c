//! TOML into an [`Element`]: a candidate, a list of candidates, or a table with `find` and reading keys.

use super::element::{Candidate, Element, ReadAs, Separator, Within};
use super::map_reader::take;
use super::node::Node;
use super::reader::Table;

/// The ARIA roles; each may also be the key of a candidate, with the name as its value.
pub(super) const ROLES: [&str; 70] = [
    "alert",
    "alertdialog",
    "article",
    "banner",
    "button",
    "cell",
    "checkbox",
    "columnheader",
    "combobox",
    "complementary",
    "contentinfo",
    "definition",
    "dialog",
    "document",
    "feed",
    "figure",
    "form",
    "generic",
    "grid",
    "gridcell",
    "group",
    "heading",
    "img",
    "link",
    "list",
    "listbox",
    "listitem",
    "log",
    "main",
    "marquee",
    "math",
    "menu",
    "menubar",
    "menuitem",
    "menuitemcheckbox",
    "menuitemradio",
    "meter",
    "navigation",
    "none",
    "note",
    "option",
    "paragraph",
    "presentation",
    "progressbar",
    "radio",
    "radiogroup",
    "region",
    "row",
    "rowgroup",
    "rowheader",
    "search",
    "searchbox",
    "separator",
    "slider",
    "spinbutton",
    "status",
    "switch",
    "tab",
    "table",
    "tablist",
    "tabpanel",
    "textbox",
    "tooltip",
    "tree",
    "treeitem",
    "treegrid",
    "toolbar",
    "timer",
    "term",
    "application",
];

/// The keys of an element beside `find`.
pub(super) const ELEMENT_KEYS: [&str; 11] =
    ["read", "match", "split", "blank", "absent", "date", "opens", "options", "sep", "chips", "cells"];

/// The keys that find something by themselves.
pub(super) const FINDING: [&str; 9] =
    ["label", "text", "placeholder", "title", "alt", "test_id", "column", "css", "xpath"];

/// Reads an element. A broken one keeps its name and finds nothing.
pub(super) fn element(node: &Node<'_>) -> Element {
    if node.is_list() {
        return Element { find: candidates(node), ..Element::default() };
    }
    let Some(mut table) = element_table(node) else { return Element::default() };
    let Some(find) = table.take("find") else {
        return Element { find: candidate(table).into_iter().collect(), ..Element::default() };
    };
    let strings = |node: &Node<'_>| {
        Some(node.one_or_more().iter().filter_map(Node::string).map(str::to_owned).collect())
    };
    let element = Element {
        find: candidates(&find),
        read: take(&mut table, "read", read_as).unwrap_or_default(),
        pattern: take(&mut table, "match", value_pattern),
        split: take(&mut table, "split", separator),
        blank: take(&mut table, "blank", strings).unwrap_or_default(),
        absent: take(&mut table, "absent", |node| node.string().map(str::to_owned)),
        date: take(&mut table, "date", Node::boolean).unwrap_or(false),
        opens: table.take("opens").iter().flat_map(candidates).collect(),
        options: table.take("options").iter().flat_map(candidates).collect(),
        sep: take(&mut table, "sep", typed_separator),
        chips: table.take("chips").iter().flat_map(candidates).collect(),
        cells: take(&mut table, "cells", Node::boolean).unwrap_or(false),
    };
    writing_keys(&table, &element);
    table.finish();
    element
}

/// The writing keys that make sense together.
fn writing_keys(table: &Table<'_>, element: &Element) {
    if element.cells && (element.sep.is_some() || !element.chips.is_empty()) {
        let hint = "cells take one character each; `sep` and `chips` are for a field of several values";
        table.error("`cells` stands beside `sep` or `chips`", Some(hint));
    } else if !element.chips.is_empty() && element.sep.is_none() {
        let hint = "add what makes a chip of what was typed: sep = \"Enter\", or \",\"";
        table.error("`chips` needs `sep`", Some(hint));
    } else if element.chips.is_empty() && element.sep == Some(Separator::Tab) {
        let hint =
            "a Tab leaves the field and does not stay in it; add `chips`: what the field shows of each value";
        table.error("`sep = \"Tab\"` needs `chips`", Some(hint));
    }
}

fn element_table<'s>(node: &Node<'s>) -> Option<Table<'s>> {
    if node.is_table() {
        return node.table("an element");
    }
    let hint = "say how it is found: { button = \"Send\" }, { text = \"Send\" }, { css = \"…\" }".to_owned();
    node.error(format!("element `{}` is not a candidate", node.key), hint);
    None
}

/// A candidate or a list of them.
fn candidates(node: &Node<'_>) -> Vec<Candidate> {
    let table = |node: &Node<'_>| node.table("a candidate").and_then(candidate);
    node.one_or_more().iter().filter_map(table).collect()
}

fn candidate(mut table: Table<'_>) -> Option<Candidate> {
    let reading = table.given(&ELEMENT_KEYS);
    if !reading.is_empty() {
        let message = format!("`{}` stands beside `find`, not in a candidate", reading.join("`, `"));
        table.error(message, Some("write { find = { … }, match = \"…\" }"));
        table.rest();
        return None;
    }
    let finds = !table.given(&["role"]).is_empty() || !table.given(&FINDING).is_empty();
    // Roles come last, so that a mistyped key is held against the other keys first.
    let mut candidate = Candidate {
        label: take(&mut table, "label", Node::text),
        text: take(&mut table, "text", Node::text),
        placeholder: take(&mut table, "placeholder", Node::text),
        title: take(&mut table, "title", Node::text),
        alt: take(&mut table, "alt", Node::text),
        test_id: take(&mut table, "test_id", Node::text),
        column: take(&mut table, "column", Node::text),
        css: take(&mut table, "css", Node::plain),
        xpath: take(&mut table, "xpath", Node::plain),
        has: take(&mut table, "has", Node::text),
        within: take(&mut table, "within", within),
        ..Candidate::default()
    };
    (candidate.role, candidate.name) = role_and_name(&mut table);
    let finds = finds || candidate.role.is_some();
    // A mistyped role key is unknown to the table, which then names the nearest key.
    let is_mistyped = !finds && table.has_more();
    if !finds && !is_mistyped {
        table.error(
            "the candidate finds nothing",
            Some("give a role or one of label, text, placeholder, title, alt, test_id, column, css, xpath"),
        );
    }
    table.finish();
    finds.then_some(candidate)
}

/// `role` with `name`, or the role as a key with the name as its value.
fn role_and_name(table: &mut Table<'_>) -> (Option<String>, Option<super::Text>) {
    let mut role =
        take(table, "role", |node| node.one_of("role", ROLES, |word| is_role(word).then(|| word.to_owned())));
    let mut name = take(table, "name", Node::text);
    if name.is_some() && role.is_none() {
        table.error("`name` needs `role`", Some("write { button = \"…\" }, or find it by text or label"));
    }
    let mut given = usize::from(role.is_some());
    for key in ROLES {
        if let Some(node) = table.take(key) {
            given += 1;
            role = Some(key.to_owned());
            name = node.text();
        }
    }
    if given > 1 {
        table.error(
            "the candidate has more than one role",
            Some("write two candidates, the better one first"),
        );
    }
    (role, name)
}

fn is_role(word: &str) -> bool {
    ROLES.contains(&word)
}

fn within(node: &Node<'_>) -> Option<Within> {
    if node.is_table() {
        let candidate = node.table("a candidate").and_then(candidate)?;
        return Some(Within::Candidate(Box::new(candidate)));
    }
    node.plain().map(Within::Area)
}

fn read_as(node: &Node<'_>) -> Option<ReadAs> {
    let words = ["text", "value", "attr:NAME", "checked", "options", "count"];
    node.one_of("way to read", words, ReadAs::parse)
}

fn separator(node: &Node<'_>) -> Option<String> {
    let separator = node.string()?;
    if separator.is_empty() {
        node.error("`split` is empty", None);
        return None;
    }
    Some(separator.to_owned())
}

fn typed_separator(node: &Node<'_>) -> Option<Separator> {
    let string = node.string()?;
    let sep = Separator::parse(string);
    if sep.is_none() {
        let hint = "\"Enter\", \"Tab\", or what is typed: \",\", \";\", \" \", \", \"".to_owned();
        node.error(format!("`{string}` separates no values"), hint);
    }
    sep
}

fn value_pattern(node: &Node<'_>) -> Option<super::Pattern> {
    let string = node.string()?;
    if !string.starts_with('/') {
        let hint = "the group is the value: match = '/^(.+) members$/'".to_owned();
        node.error(format!("`match` is a pattern, not the text `{string}`"), hint);
        return None;
    }
    let pattern = node.parsed(super::Pattern::parse)?;
    if pattern.groups() != 1 {
        let hint = "the value is what the group (…) matches; write (?:…) for the others".to_owned();
        node.error(format!("`match` needs exactly one group, it has {}", pattern.groups()), hint);
        return None;
    }
    Some(pattern)
}

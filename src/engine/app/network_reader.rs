//! `[network]` of a map: what the console's page may send (F4).

use std::collections::BTreeMap;

use super::node::Node;
use super::problem::{Hint, nearest};
use super::recording_reader::OPERATIONS;
use crate::engine::traffic::{Harmless, HostPattern, RequestPattern, Rules};

/// Reads `[network]`.
pub(super) fn network(node: &Node<'_>) -> Option<Rules> {
    let mut table = node.table("`network`")?;
    let requests = |node: Node<'_>| node.each(request);
    let rules = Rules {
        hosts: table.take("hosts").map(|node| node.each(host)).unwrap_or_default(),
        strict_hosts: table.take("strict_hosts").and_then(|node| node.boolean()).unwrap_or(false),
        reads: table.take("reads").map(|node| node.each(harmless)).unwrap_or_default(),
        habits: table.take("habits").map(requests).unwrap_or_default(),
        drop: table.take("drop").map(requests).unwrap_or_default(),
        never: Vec::new(),
        fills: Vec::new(),
        sockets_push: table
            .take("sockets")
            .and_then(|node| node.one_of("`sockets`", ["push"], |word| (word == "push").then_some(true)))
            .unwrap_or(false),
        writes: table.take("writes").map(|node| writes(&node)).unwrap_or_default(),
    };
    table.finish();
    Some(rules)
}

/// `POST /members/*`.
pub(super) fn request(node: &Node<'_>) -> Option<RequestPattern> {
    let text = node.plain()?;
    let wrong = |message: String| {
        let hint = "a method and a path, such as `POST /api/members/*`; `**` stands for any number of parts";
        node.error(format!("`{text}` is no kind of request: {message}"), hint.to_owned());
    };
    RequestPattern::parse(&text).map_err(wrong).ok()
}

fn host(node: &Node<'_>) -> Option<HostPattern> {
    let text = node.plain()?;
    HostPattern::parse(&text).map_err(|message| node.error(message, None)).ok()
}

/// A request, or one with what its body has to look like.
fn harmless(node: &Node<'_>) -> Option<Harmless> {
    if !node.is_table() {
        return request(node).map(|request| Harmless { request, body: false });
    }
    let mut table = node.table("an entry of `reads`")?;
    let request = table.require("request").and_then(|node| request(&node));
    // Whether it fits nobody can see before it is sent; the pattern says to people what is meant.
    let body = table.take("body").map(|node| node.text());
    table.finish();
    Some(Harmless { request: request?, body: body.is_some() })
}

fn writes(node: &Node<'_>) -> BTreeMap<String, Vec<RequestPattern>> {
    let Some(mut table) = node.table("`writes`") else { return BTreeMap::new() };
    let mut writes = BTreeMap::new();
    for node in table.rest() {
        if OPERATIONS.contains(&node.key) {
            node.refuse_empty();
            writes.insert(node.key.to_owned(), node.each(request));
            continue;
        }
        let hint = match nearest(node.key, OPERATIONS) {
            Some(near) => Hint::meant(node.key, near),
            None => Hint::from(format!("one of {}", OPERATIONS.join(", "))),
        };
        node.key_error(format!("`{}` is no operation", node.key), hint);
    }
    writes
}

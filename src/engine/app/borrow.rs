//! Recordings that a map takes over from another version of its app (F28), so that a renamed button does not mean copied
//! files.
//!
//! Borrowing is of files and not of what another map borrows, so two versions may borrow from each other. What is
//! borrowed is checked against the map that borrows it, like its own.

use std::collections::{BTreeMap, BTreeSet};

use super::map::Map;
use super::node::Node;
use super::problem::{Hint, Problem, Severity, nearest};
use super::reader::Read;

/// An entry of `recordings`: one recording of another version, or all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Borrowed {
    /// The version they lie under.
    pub version: String,
    /// The file's name without `.toml`; `None` for all.
    pub flow: Option<String>,
}

/// Reads `VERSION/FLOW` or `VERSION/*`.
pub(super) fn borrowed(node: &Node<'_>) -> Option<Borrowed> {
    let text = node.plain()?;
    let wrong = |message: String, hint: Hint| {
        node.error(message, hint);
        None
    };
    let usage = "VERSION/FLOW, or VERSION/* for all recordings of that version of the same app";
    match text.split('/').collect::<Vec<_>>()[..] {
        [version, flow] if version.is_empty() || flow.is_empty() || version.contains('*') => {
            wrong(format!("`{text}` names no recordings"), usage.into())
        }
        [version, "*"] => Some(Borrowed { version: version.to_owned(), flow: None }),
        [_, flow] if flow.contains('*') => {
            wrong(format!("`{flow}` is no recording"), "* stands for all of them, and only alone".into())
        }
        [version, flow] if flow.ends_with(".toml") => {
            let name = flow.trim_end_matches(".toml");
            let hint = Hint::from(format!("without the ending: {version}/{name}")).replacing(flow, name);
            wrong(format!("`{flow}` is no recording"), hint)
        }
        [version, flow] => Some(Borrowed { version: version.to_owned(), flow: Some(flow.to_owned()) }),
        _ => wrong(format!("`{text}` names no recordings"), usage.into()),
    }
}

/// The recordings there are, by version and name, each with the path of its file.
pub(super) type Shelf = BTreeMap<String, BTreeMap<String, String>>;

/// Adds to a map's own recordings those that it borrows: its own first, then in the order of its list.
pub(super) fn borrow(map: &Read<Map>, shelf: &Shelf, flows: &mut BTreeMap<String, String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let own: BTreeSet<String> = flows.keys().cloned().collect();
    for (index, entry) in map.value.recordings.iter().enumerate() {
        let path = map.places.item("recordings", index);
        let mut wrong = |message: String, hint: Hint| {
            problems.push(map.problem(Severity::Error, &path, message, hint));
        };
        let version = &entry.version;
        let others: Vec<&str> =
            shelf.keys().map(String::as_str).filter(|name| *name != map.value.version).collect();
        if *version == map.value.version {
            let hint = "the recordings in the folder of the map's own version are used anyway; leave it out";
            wrong(format!("`{version}` is this version itself"), hint.into());
            continue;
        }
        let Some(theirs) = shelf.get(version) else {
            let message = format!("there are no recordings of `{}/{version}`", map.value.app);
            wrong(message, near_or_all(version, &others, "no other version has recordings"));
            continue;
        };
        let Some(flow) = &entry.flow else {
            for (name, path) in theirs {
                flows.entry(name.clone()).or_insert_with(|| path.clone());
            }
            continue;
        };
        let names: Vec<&str> = theirs.keys().map(String::as_str).collect();
        match theirs.get(flow) {
            None => {
                let message = format!("`{version}` has no recording `{flow}`");
                wrong(message, near_or_all(flow, &names, "it has none"));
            }
            Some(_) if own.contains(flow) => {
                let hint = "delete the file of that name in this version's own folder, or leave this out";
                wrong(format!("`{flow}` is not borrowed, for this version has its own"), hint.into());
            }
            Some(path) => {
                let known = flows.entry(flow.clone()).or_insert_with(|| path.clone());
                if known != path {
                    let hint = "the first one named is used; leave the other out";
                    wrong(format!("`{flow}` is borrowed already, from `{known}`"), hint.into());
                }
            }
        }
    }
    problems
}

fn near_or_all(word: &str, known: &[&str], none: &str) -> Hint {
    match nearest(word, known.iter().copied()) {
        Some(near) => Hint::meant(word, near),
        None if known.is_empty() => Hint::from(none),
        None => Hint::from(format!("there are: {}", known.join(", "))).about(word),
    }
}

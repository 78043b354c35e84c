//! The reader and the schemas, held against each other.

use std::collections::BTreeSet;

use serde_json::Value;
use toml::Value as Toml;

use super::shape::Shape;
use super::{ASKED, Asked, Format, formats, shared, to_json};
use crate::engine::app::map_reader::read_map;
use crate::engine::app::recording_reader::{VERBS, read_recording};

const MAP: &str = include_str!("every-key.map.toml");
const RECORDING: &str = include_str!("every-key.recording.toml");

/// Keys the reader asks every step for, to say of those that say nothing where they stand what they are for.
const OF_SOME_STEPS: [&str; 3] = ["commits", "harmless", "writes"];

/// What the reader says of a map or a recording by itself.
fn problems(format: &Format, text: &str) -> Vec<String> {
    let problems = match format.file {
        "recording.schema.json" => read_recording("file.toml", "file", text).1,
        _ => read_map("file.toml", text).1,
    };
    problems.into_iter().map(|problem| problem.message).collect()
}

fn parse(text: &str) -> Toml {
    Toml::Table(text.parse().unwrap())
}

/// A list has one of these: each stands in a file of its own.
const WAYS: [&str; 3] = ["next", "more", "scroll"];

/// The files with every key.
fn files() -> Vec<(Format, String)> {
    let map = |way: &str| {
        let [of_map, ..] = formats();
        (of_map, MAP.replacen("next    =", &format!("{way} ="), 1))
    };
    let [_, of_recording, ..] = formats();
    WAYS.map(map).into_iter().chain([(of_recording, RECORDING.to_owned())]).collect()
}

#[test]
fn the_files_with_every_key_are_right_in_every_way() {
    for (format, text) in files() {
        assert_eq!(problems(&format, &text), Vec::<String>::new(), "{}", format.file);
        let validator = jsonschema::validator_for(&format.schema()).unwrap();
        let found: Vec<String> =
            validator.iter_errors(&to_json(&parse(&text))).map(|error| error.to_string()).collect();
        assert_eq!(found, Vec::<String>::new(), "{}", format.file);
    }
}

#[test]
fn the_reader_asks_for_the_keys_of_the_schemas_and_no_others() {
    let mut told: BTreeSet<Asked> = BTreeSet::new();
    let mut asked: BTreeSet<Asked> = BTreeSet::new();
    for (format, text) in files() {
        ASKED.take();
        problems(&format, &text);
        asked.extend(ASKED.take());
        let steps = shared::steps();
        let all = format.shapes.iter().chain([&format.top]).chain(&steps);
        told.extend(
            all.filter_map(|shape| Some((shape.what?, shape.keys.iter().map(|key| key.name).collect()))),
        );
    }
    // A candidate that is an element by itself was asked for `find` first.
    let mut asked: BTreeSet<Asked> =
        asked.into_iter().map(|(what, keys)| (what, own(what, keys, &told))).collect();
    asked.retain(|(_, keys)| !keys.is_empty());
    for (what, keys) in &asked {
        let known = nearest(&told, what, keys);
        let more: Vec<_> = keys.difference(&known).collect();
        assert!(more.is_empty(), "the reader asks {what} for {more:?}: tell of it in tests/schema/");
        let less: Vec<_> = known.difference(keys).collect();
        assert!(
            less.is_empty(),
            "tests/schema/ tells of {less:?} in {what}, and the reader does not ask for it"
        );
    }
    for (what, keys) in &told {
        let named = nearest(&asked, what, keys);
        assert_eq!(&named, keys, "no example has {what} with these keys");
    }
}

/// Of the tables of this kind the one whose keys are most like these: a step has others by what it does.
fn nearest(all: &BTreeSet<Asked>, what: &str, keys: &BTreeSet<&'static str>) -> BTreeSet<&'static str> {
    let of_kind = all.iter().filter(|(kind, _)| *kind == what).map(|(_, keys)| keys);
    of_kind.min_by_key(|known| known.symmetric_difference(keys).count()).cloned().unwrap_or_default()
}

/// The keys a table was asked for, without those that are only asked for to say more of a mistake.
fn own(
    what: &'static str,
    mut keys: BTreeSet<&'static str>,
    told: &BTreeSet<Asked>,
) -> BTreeSet<&'static str> {
    if what == "a step" {
        let verbs =
            told.iter().filter(|(told, own)| *told == what && own.iter().all(|key| keys.contains(key)));
        let has: BTreeSet<&str> = verbs.flat_map(|(_, own)| own.iter().copied()).collect();
        keys.retain(|key| has.contains(key) || !OF_SOME_STEPS.contains(key));
    }
    if what == "an element" && !keys.contains("read") {
        keys.clear();
    }
    keys
}

#[test]
fn a_step_does_what_the_reader_knows() {
    assert_eq!(
        BTreeSet::from_iter(shared::verb_names()),
        BTreeSet::from(VERBS),
        "tell of it in tests/schema/shared.rs"
    );
}

#[test]
fn the_files_with_every_key_have_every_key() {
    let mut written = BTreeSet::new();
    for (_, text) in files() {
        keys_in(&parse(&text), &mut written);
    }
    for (format, _) in files() {
        for Shape { name, keys, .. } in format.shapes.iter().chain([&format.top]) {
            // Every role is a key of a candidate: some will do.
            for key in keys.iter().filter(|key| *name != "candidate" || !super::map::is_role(key.name)) {
                assert!(written.contains(key.name), "no example has `{}` of {name}", key.name);
            }
        }
    }
}

fn keys_in(value: &Toml, found: &mut BTreeSet<String>) {
    match value {
        Toml::Table(table) => {
            for (key, value) in table {
                found.insert(key.clone());
                keys_in(value, found);
            }
        }
        Toml::Array(items) => items.iter().for_each(|item| keys_in(item, found)),
        _ => {}
    }
}

/// A place in a file: the keys and indices that lead there.
type Place = Vec<String>;

fn places(value: &Toml, at: &Place, found: &mut Vec<Place>) {
    let mut go_on = |name: String, value: &Toml| {
        let place: Place = at.iter().cloned().chain([name]).collect();
        found.push(place.clone());
        places(value, &place, found);
    };
    match value {
        Toml::Table(table) => table.iter().for_each(|(key, value)| go_on(key.clone(), value)),
        Toml::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| go_on(index.to_string(), value))
        }
        _ => {}
    }
}

/// The value around a place, and the last name that leads to it.
fn around<'a>(file: &'a mut Toml, place: &'a [String]) -> (&'a mut Toml, &'a str) {
    let (last, before) = place.split_last().unwrap();
    let step = |value: &'a mut Toml, name: &String| match value {
        Toml::Array(items) => &mut items[name.parse::<usize>().unwrap()],
        other => &mut other[name.as_str()],
    };
    (before.iter().fold(file, step), last)
}

/// No day among them: a schema sees its text, and cannot tell whether that has quotes.
fn others() -> Vec<Toml> {
    let texts = ["7", "true", "\"\"", "\"anything\"", "[]", "[\"anything\"]", "{}", "{ zzz = 7 }"];
    texts.map(|text| parse(&format!("value = {text}"))["value"].clone()).into()
}

/// Every value of a file in place of which stands another, or nothing, or beside which a key stands that there is not.
fn changed(text: &str) -> Vec<(String, Toml)> {
    let file = parse(text);
    let mut all = Vec::new();
    places(&file, &Place::new(), &mut all);
    let mut changed = Vec::new();
    for place in &all {
        let mut without = file.clone();
        match around(&mut without, place) {
            (Toml::Table(table), key) => drop(table.remove(key)),
            (Toml::Array(items), index) => drop(items.remove(index.parse().unwrap())),
            _ => unreachable!("only tables and lists hold something"),
        }
        changed.push((format!("without {}", place.join(".")), without));
        for other in others() {
            let mut file = file.clone();
            let (holder, name) = around(&mut file, place);
            let told = format!("{} = {other}", place.join("."));
            match holder {
                Toml::Table(table) => drop(table.insert(name.to_owned(), other)),
                Toml::Array(items) => items[name.parse::<usize>().unwrap()] = other,
                _ => unreachable!("only tables and lists hold something"),
            }
            changed.push((told, file));
        }
        let mut more = file.clone();
        let mut at = place.clone();
        at.push("zzz".to_owned());
        if let (Toml::Table(table), key) = around(&mut more, &at) {
            table.insert(key.to_owned(), Toml::Integer(7));
            changed.push((format!("{} = 7", at.join(".")), more));
        }
    }
    changed
}

#[test]
fn the_schemas_refuse_what_the_reader_refuses_and_nothing_else() {
    for (index, (format, text)) in files().iter().enumerate() {
        let validator = jsonschema::validator_for(&format.schema()).unwrap();
        let mut all = changed(text);
        if (1..WAYS.len()).contains(&index) {
            all.retain(|(told, _)| told.contains(&format!("lists.members.{}", WAYS[index])));
        }
        let (mut accepted, mut different) = (0, Vec::new());
        for (told, file) in &all {
            let said = problems(format, &toml::to_string(file).unwrap());
            let schema: Value = to_json(file);
            accepted += usize::from(said.is_empty());
            if said.is_empty() != validator.is_valid(&schema) {
                different.push(format!("{told}: the reader says {said:?}"));
            }
        }
        assert!(
            0 < accepted && accepted < all.len() / 2,
            "{accepted} of {} changes were accepted",
            all.len()
        );
        assert!(different.is_empty(), "{}: {}", format.file, different.join("\n"));
    }
}

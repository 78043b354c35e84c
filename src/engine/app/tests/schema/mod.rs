//! The JSON Schemas of the formats, for editors: made from the tables of [`map`], [`recording`] and [`shared`], and
//! held against the reader, so that neither knows a key, a type or a word that the other does not.
//!
//! `every-key.map.toml` and `every-key.recording.toml` have every key there is. The reader tells which keys it asks for
//! ([`asked`]); then every value of the two files is taken away or put in place of another, and what the reader makes of
//! that is what the schema has to make of it. The files that the program writes itself, plans and approvals, have tables in
//! [`written`], and are held against their reader in the same way.

mod agreement;
mod map;
mod recording;
mod shape;
mod shared;
mod written;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use self::shape::Shape;

/// The keys that a table was asked for: what the table is, and those keys.
type Asked = (&'static str, BTreeSet<&'static str>);

thread_local! {
    static ASKED: RefCell<Vec<Asked>> = const { RefCell::new(Vec::new()) };
}

/// The reader is through with a table.
pub(in crate::engine::app) fn asked(what: &'static str, keys: &[&'static str]) {
    ASKED.with_borrow_mut(|asked| asked.push((what, keys.iter().copied().collect())));
}

/// One of the formats.
struct Format {
    file: &'static str,
    title: &'static str,
    top: Shape,
    shapes: Vec<Shape>,
    values: Vec<(&'static str, Value)>,
}

fn formats() -> [Format; 4] {
    let mut of_map = map::shapes();
    of_map.push(shared::step());
    let mut values = map::values();
    values.extend(shared::values());
    let mut of_recording = recording::shapes();
    of_recording.push(shared::step());
    [
        Format {
            file: "selector-map.schema.json",
            title: "A selector map of seatwright",
            top: map::map(),
            shapes: of_map,
            values,
        },
        Format {
            file: "recording.schema.json",
            title: "A recording of seatwright",
            top: recording::recording(),
            shapes: of_recording,
            values: shared::values(),
        },
        Format {
            file: "plan.schema.json",
            title: "A plan of seatwright",
            top: written::plan(),
            shapes: written::plan_shapes(),
            values: written::values(),
        },
        Format {
            file: "approval.schema.json",
            title: "An approval of seatwright",
            top: written::approval(),
            shapes: written::approval_shapes(),
            values: written::values(),
        },
    ]
}

impl Format {
    fn schema(&self) -> Value {
        let mut schema =
            json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": self.title });
        for (keyword, value) in self.top.schema().as_object().expect("a schema is an object") {
            schema[keyword] = value.clone();
        }
        let all: BTreeMap<&str, Value> = self
            .shapes
            .iter()
            .map(|shape| (shape.name, shape.schema()))
            .chain(self.values.iter().map(|(name, value)| (*name, value.clone())))
            .collect();
        let mut used: BTreeMap<String, Value> = BTreeMap::new();
        let mut found = references(&schema);
        while let Some(name) = found.pop() {
            used.entry(name).or_insert_with_key(|name| {
                let value = all.get(name.as_str()).unwrap_or_else(|| panic!("nothing defines {name}"));
                found.extend(references(value));
                value.clone()
            });
        }
        schema["$defs"] = json!(used);
        schema
    }

    fn path(&self) -> PathBuf {
        top().join("docs/schemas").join(self.file)
    }
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The definitions that a schema refers to.
fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(entries) => {
            let own = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()).map(str::to_owned);
            own.into_iter().chain(entries.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

/// As a schema sees a file: dates are texts.
fn to_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::Table(table) => table
            .iter()
            .map(|(key, value)| (key.clone(), to_json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        toml::Value::Array(items) => items.iter().map(to_json).collect(),
        toml::Value::Datetime(date) => json!(date.to_string()),
        other => serde_json::to_value(other).expect("a plain value"),
    }
}

#[test]
fn the_schemas_in_docs_are_those_of_the_tables() {
    let writes = std::env::var_os("SEATWRIGHT_WRITE_SCHEMAS").is_some();
    for format in formats() {
        let text = format!("{}\n", serde_json::to_string_pretty(&format.schema()).unwrap());
        if writes {
            std::fs::create_dir_all(format.path().parent().unwrap()).unwrap();
            std::fs::write(format.path(), text).unwrap();
        } else {
            let committed = std::fs::read_to_string(format.path()).unwrap_or_default();
            assert!(committed == text, "docs/schemas/{} is of another day: make schemas", format.file);
        }
    }
}

#[test]
fn the_schemas_are_schemas() {
    for format in formats() {
        jsonschema::meta::validate(&format.schema())
            .unwrap_or_else(|error| panic!("{}: {error}", format.file));
    }
}

//! The schemas in docs/schemas, as an editor holds them against a file.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

use crate::quirks::console;

static MAP: LazyLock<Validator> =
    LazyLock::new(|| validator(include_str!("../../docs/schemas/selector-map.schema.json")));
static RECORDING: LazyLock<Validator> =
    LazyLock::new(|| validator(include_str!("../../docs/schemas/recording.schema.json")));

/// Of tests/broken, the slips that a schema can see: keys, types and words. The others are about what one part of a
/// file, or another file, says of another.
const SEEN: [&str; 13] = [
    "day-and-duration",
    "format-of-another-year",
    "key-mistyped",
    "key-of-another-format",
    "key-that-is-no-key",
    "keys-missing",
    "match-that-is-no-pattern",
    "nothing-in-it",
    "step-of-two-minds",
    "two-ways-to-read-a-candidate",
    "words-near-misses",
    "words-of-nowhere",
    "wrong-types",
];

static PLAN: LazyLock<Validator> =
    LazyLock::new(|| validator(include_str!("../../docs/schemas/plan.schema.json")));
static APPROVAL: LazyLock<Validator> =
    LazyLock::new(|| validator(include_str!("../../docs/schemas/approval.schema.json")));

/// Holds a plan and its approval, as they were written, against their schemas.
#[track_caller]
pub(crate) fn hold_written(plan: &Value, approval: Option<&Value>) {
    let said = |validator: &Validator, file: &Value| {
        let errors = validator.iter_errors(file);
        errors.map(|error| format!("{}: {error}", error.instance_path())).collect::<Vec<_>>()
    };
    assert_eq!(said(&PLAN, plan), Vec::<String>::new());
    assert_eq!(approval.map(|file| said(&APPROVAL, file)).unwrap_or_default(), Vec::<String>::new());
}

fn validator(schema: &str) -> Validator {
    jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
}

/// What the schema of this path says of a text.
fn said(path: &str, text: &str) -> Vec<String> {
    let file: toml::Table = text.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
    let validator = if path.contains("recordings/") { &RECORDING } else { &MAP };
    let file = to_json(&toml::Value::Table(file));
    validator.iter_errors(&file).map(|error| format!("{path}: {}: {error}", error.instance_path())).collect()
}

/// Dates are texts to a schema.
fn to_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::Table(table) => {
            Value::Object(table.iter().map(|(key, value)| (key.clone(), to_json(value))).collect())
        }
        toml::Value::Array(items) => items.iter().map(to_json).collect(),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        other => serde_json::to_value(other).unwrap(),
    }
}

/// Holds a file of tests/broken against its schema, if that can see what is wrong with it.
#[track_caller]
pub(crate) fn hold_slip(name: &str, path: &str, text: &str) {
    if SEEN.contains(&name) {
        assert!(!said(path, text).is_empty(), "{name}: the schema sees nothing wrong with {path}");
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
}

#[test]
fn every_map_and_recording_there_is_fits_its_schema() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["selectors", "recordings", "tests/clubhouse/data", "tests/broken/good"] {
        files(&top.join(folder), &mut found);
    }
    assert!(found.len() > 20, "{found:?}");
    let read = |path: &PathBuf| (path.display().to_string(), std::fs::read_to_string(path).unwrap());
    let wrong: Vec<String> = found.iter().map(read).flat_map(|(path, text)| said(&path, &text)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_s_map_and_recordings_fit_their_schemas() {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages"), &mut found);
    let names = found.iter().filter_map(|path| path.file_stem()?.to_str()).filter(|name| *name != "console");
    let files: Vec<(String, String)> = names.flat_map(console::files_of).collect();
    assert!(files.len() > 60, "{} files", files.len());
    let wrong: Vec<String> = files.iter().flat_map(|(path, text)| said(path, text)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_slips_a_schema_sees_are_all_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    for name in SEEN {
        assert!(folder.join(format!("{name}.snap")).is_file(), "there is no {name} in tests/broken");
    }
}

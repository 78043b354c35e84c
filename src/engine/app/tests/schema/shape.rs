//! What the schemas are made of: tables with their keys, each with what its value is and what it means.

use serde_json::{Map, Value, json};

/// A table of the formats.
pub(super) struct Shape {
    /// Its name among the definitions of a schema.
    pub(super) name: &'static str,
    /// What the reader calls it in messages; none for a shape that the schema alone tells apart.
    pub(super) what: Option<&'static str>,
    pub(super) doc: &'static str,
    pub(super) keys: Vec<Key>,
    /// What every other key holds. Without it there are no others.
    pub(super) rest: Option<Value>,
    /// What holds between the keys.
    pub(super) between: Value,
}

/// A key of a table.
pub(super) struct Key {
    pub(super) name: &'static str,
    value: Value,
    doc: &'static str,
    is_needed: bool,
}

pub(super) fn key(name: &'static str, value: Value, doc: &'static str) -> Key {
    Key { name, value, doc, is_needed: false }
}

impl Key {
    pub(super) fn needed(self) -> Self {
        Self { is_needed: true, ..self }
    }

    pub(super) fn is_needed(&self) -> bool {
        self.is_needed
    }

    pub(super) fn value(&self) -> Value {
        self.value.clone()
    }

    /// The key where its table does not tell what it holds, nor whether it has to be there.
    pub(super) fn loose(self) -> Self {
        Self { value: json!({}), is_needed: false, ..self }
    }
}

impl Shape {
    pub(super) fn new(
        name: &'static str,
        what: impl Into<Option<&'static str>>,
        doc: &'static str,
        keys: Vec<Key>,
    ) -> Self {
        Self { name, what: what.into(), doc, keys, rest: None, between: json!({}) }
    }

    pub(super) fn with_rest(self, rest: Value) -> Self {
        Self { rest: Some(rest), ..self }
    }

    pub(super) fn between(self, between: Value) -> Self {
        Self { between, ..self }
    }

    pub(super) fn schema(&self) -> Value {
        let property = |key: &Key| {
            let mut value = key.value.clone();
            // A reference stays by itself: older readers of schemas look at nothing beside one.
            if value.get("$ref").is_some() {
                value = json!({ "allOf": [value] });
            }
            value["description"] = json!(key.doc);
            (key.name.to_owned(), value)
        };
        let properties: Map<String, Value> = self.keys.iter().map(property).collect();
        let needed: Vec<&str> = self.keys.iter().filter(|key| key.is_needed).map(|key| key.name).collect();
        let mut schema = json!({
            "description": self.doc,
            "type": "object",
            "properties": properties,
            "additionalProperties": self.rest.clone().unwrap_or(json!(false)),
        });
        if !needed.is_empty() {
            schema["required"] = json!(needed);
        }
        for (keyword, value) in self.between.as_object().into_iter().flatten() {
            schema[keyword] = value.clone();
        }
        schema
    }
}

/// One of the other definitions.
pub(super) fn def(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// A string that says something.
pub(super) fn string() -> Value {
    json!({ "type": "string", "pattern": "\\S" })
}

pub(super) fn flag() -> Value {
    json!({ "type": "boolean" })
}

pub(super) fn word_of<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    json!({ "enum": words.into_iter().collect::<Vec<_>>() })
}

pub(super) fn list(item: Value) -> Value {
    json!({ "type": "array", "items": item })
}

pub(super) fn filled(item: Value) -> Value {
    json!({ "type": "array", "items": item, "minItems": 1 })
}

/// A value, or a list that has some.
pub(super) fn one_or_more(item: Value) -> Value {
    json!({ "anyOf": [item, filled(item.clone())] })
}

/// A table whose keys are names given in the file.
pub(super) fn named(names: Value, value: Value) -> Value {
    json!({ "type": "object", "propertyNames": names, "additionalProperties": value })
}

/// One of these keys and no other of them.
pub(super) fn one_of<'a>(keys: impl IntoIterator<Item = &'a str>) -> Value {
    keys.into_iter().map(|key| json!({ "required": [key] })).collect()
}

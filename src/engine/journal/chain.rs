//! The chain of events: every event carries the hash of the one before it.
//!
//! The hash is SHA-256, in hex, over the previous hash (64 letters, zeros before the first event) followed by the
//! event as canonical JSON: the keys `at, change, data, kind, run, seq` in this order, no white space, `data` with
//! its keys sorted. Whoever keeps a head (every report has one) can tell later that nothing before it was altered.

use rusqlite::Connection;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::error::Fault;

/// The hash before the first event.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A chain that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many events it has.
    pub events: u64,
    /// The hash of the last one.
    pub head: String,
}

/// Where a chain is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {at}: {what}")]
pub struct ChainError {
    /// The number of the event.
    pub at: i64,
    /// What is wrong with it.
    pub what: &'static str,
}

/// An event as it is hashed; `data` is canonical JSON already.
pub(super) struct Event<'a> {
    pub(super) seq: i64,
    pub(super) at_us: i64,
    pub(super) run: &'a str,
    pub(super) change: Option<i64>,
    pub(super) kind: &'a str,
    pub(super) data: &'a str,
}

impl Event<'_> {
    pub(super) fn hash(&self, prev: &str) -> String {
        let change = self.change.map_or_else(|| "null".to_owned(), |id| id.to_string());
        let text = format!(
            r#"{{"at":{},"change":{change},"data":{},"kind":{},"run":{},"seq":{}}}"#,
            self.at_us,
            self.data,
            Value::from(self.kind),
            Value::from(self.run),
            self.seq
        );
        hex(&Sha256::new().chain_update(prev).chain_update(text).finalize())
    }
}

/// The hash of the last event and its number.
pub(super) fn head(connection: &Connection) -> Result<(i64, String), Fault> {
    let last = "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1";
    match connection.query_row(last, [], |row| Ok((row.get(0)?, row.get(1)?))) {
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok((0, GENESIS.to_owned())),
        other => Ok(other?),
    }
}

/// Goes through all events and computes every hash again.
pub(super) fn verify(connection: &Connection) -> Result<Verified, Fault> {
    let mut statement = connection
        .prepare("SELECT seq, at_us, run, change, kind, data, prev_hash, hash FROM events ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let (mut events, mut head) = (0_u64, GENESIS.to_owned());
    let broken = |at, what| Fault::Ours(ChainError { at, what }.into());
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let text = |column: usize| -> Result<&str, Fault> {
            row.get_ref(column)?.as_str().map_err(|_| broken(seq, "it is not text"))
        };
        let event = Event {
            seq,
            at_us: row.get(1)?,
            run: text(2)?,
            change: row.get(3)?,
            kind: text(4)?,
            data: text(5)?,
        };
        if u64::try_from(seq) != Ok(events + 1) {
            return Err(broken(seq, "events before it are missing"));
        }
        if text(6)? != head {
            return Err(broken(seq, "it does not follow the event before it"));
        }
        head = event.hash(&head);
        if text(7)? != head {
            return Err(broken(seq, "its content is not what was hashed"));
        }
        events += 1;
    }
    Ok(Verified { events, head })
}

/// JSON without white space and with sorted keys: one text for one value.
#[must_use]
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| key.as_str());
            let pair = |(key, value): (&String, &Value)| {
                format!("{}:{}", Value::from(key.as_str()), canonical(value))
            };
            format!("{{{}}}", pairs.into_iter().map(pair).collect::<Vec<_>>().join(","))
        }
        plain => plain.to_string(),
    }
}

/// SHA-256 in hex.
pub(crate) fn sha256(content: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(content))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes every text");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn canonical_json_is_one_text_for_one_value() {
        let value = json!({ "b": [1, { "z": null, "a": "ü\"\n" }], "a": true });
        assert_eq!(canonical(&value), r#"{"a":true,"b":[1,{"a":"ü\"\n","z":null}]}"#);
    }

    #[test]
    fn the_hash_is_the_documented_one() {
        let event = Event { seq: 1, at_us: 7, run: "r", change: None, kind: "k", data: r#"{"a":1}"# };
        let text = r#"{"at":7,"change":null,"data":{"a":1},"kind":"k","run":"r","seq":1}"#;
        assert_eq!(event.hash(GENESIS), sha256(format!("{GENESIS}{text}")));
    }
}

//! Journals that an older version began.

use std::sync::Arc;

use rusqlite::{Connection, params};
use serde_json::json;

use super::super::{Journal, RunId, chain};
use super::{clock, intent, remove};

/// A journal of the version before, with a change in it, goes on as it is.
#[tokio::test]
async fn a_journal_of_the_first_schema_is_taken_over() {
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().join("journal");
    std::fs::create_dir(&folder).unwrap();
    let connection = Connection::open(folder.join("journal.sqlite3")).unwrap();
    connection.execute_batch(include_str!("../schema/0001.sql")).unwrap();
    connection
        .execute_batch(
            "INSERT INTO runs VALUES ('20261121-213455-aaaa', 'acme', 'remove', '{}', 'a/b', 'ab', 'ops', 1, 2, 3, NULL, NULL, NULL);
             INSERT INTO changes (run, seq, operation, email, is_removal, is_new_seat, is_privileged, state, intended_us)
             VALUES ('20261121-213455-aaaa', 1, 'remove', 'ann@example.com', 1, 0, 0, 'intended', 3);
             PRAGMA user_version = 1",
        )
        .unwrap();
    let told = json!({
        "seq": 1, "operation": "remove", "email": "ann@example.com", "from": null, "to": null,
        "removal": true, "new_seat": false, "privileged": false,
    });
    let data = chain::canonical(&told);
    let event = chain::Event {
        seq: 1,
        at_us: 3,
        run: "20261121-213455-aaaa",
        change: Some(1),
        kind: "intended",
        data: &data,
    };
    let row = params![event.run, event.kind, event.data, chain::GENESIS, event.hash(chain::GENESIS)];
    connection.execute("INSERT INTO events VALUES (1, 3, ?1, 1, ?2, ?3, ?4, ?5)", row).unwrap();
    drop(connection);

    let journal = Journal::open(state.path(), clock(&Arc::default())).await.unwrap();
    assert_eq!(journal.verify().await.unwrap().events, 1);
    let record = journal.run(&RunId::parse("20261121-213455-aaaa").unwrap()).await.unwrap().unwrap();
    assert_eq!(record.began.key, None);
    assert_eq!(
        (&record.changes[0].change, record.changes[0].counts),
        (&remove("ann"), intent(&remove("ann")).counts)
    );
}

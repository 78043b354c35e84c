//! What takes two saves: two changes, each under its own number, that count once.

use super::*;

#[tokio::test]
async fn two_saves_are_two_changes_and_count_once() {
    let fixture = Fixture::new().await;
    let run = fixture.run().await;
    let first = intent(&remove("ann"));
    let second = Intent { flow: Some("delete".to_owned()), ..first.clone() };
    let ids = fixture.journal.intend(&run, &[first, second]).await.unwrap();
    let removals = async || {
        fixture
            .journal
            .history("acme", fixture.now() - SignedDuration::from_hours(24))
            .await
            .unwrap()
            .removals
    };
    // Where only the second is made, it is what counts.
    fixture.journal.committing(ids[1], BROWSER).await.unwrap();
    assert_eq!(removals().await, 1);
    fixture.journal.committing(ids[0], BROWSER).await.unwrap();
    assert_eq!(removals().await, 1);
    fixture.journal.settle(ids[0], &Outcome::failed(Reason::NotApplied), "two readings").await.unwrap();
    assert_eq!(removals().await, 1);
    let record = fixture.journal.run(&run).await.unwrap().unwrap();
    let told: Vec<_> =
        record.changes.iter().map(|change| (change.flow.as_deref(), record.words_of(change))).collect();
    let words = |which| format!("remove ann@example.com, {which} save");
    assert_eq!(told, [(None, words("first")), (Some("delete"), words("second"))]);
    fixture.journal.verify().await.unwrap();
    // Another recording for it is not told by any event.
    let connection = Connection::open(fixture.file()).unwrap();
    connection.execute("UPDATE changes SET flow = 'other' WHERE id = ?1", [ids[1].0]).unwrap();
    assert!(fixture.journal.verify().await.is_err());
}

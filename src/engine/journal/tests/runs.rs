//! Runs as they are found again: in the list, and by the key a caller gave them.

use super::*;

#[tokio::test]
async fn runs_are_listed_newest_first() {
    let fixture = Fixture::new().await;
    let first = fixture.run().await;
    fixture.wait(1);
    let other = fixture.journal.start_run(new_run("other")).await.unwrap();
    fixture.wait(1);
    let last = fixture.run().await;
    fixture.committing(&last, "ann").await;
    let ids = |runs: Vec<RunSummary>| runs.into_iter().map(|run| run.id).collect::<Vec<_>>();
    let all = fixture.journal.runs(None, 10).await.unwrap();
    assert_eq!((all[0].changes, all[0].unsettled, all[0].ended_at), (1, 1, None));
    assert_eq!(ids(all), [last.clone(), other, first.clone()]);
    assert_eq!(ids(fixture.journal.runs(Some("acme"), 10).await.unwrap()), [last.clone(), first]);
    assert_eq!(ids(fixture.journal.runs(None, 1).await.unwrap()), [last]);
}

fn key(text: &str) -> RunKey {
    RunKey::parse(text).unwrap()
}

#[tokio::test]
async fn the_newest_run_of_a_key_is_found_in_its_workspace() {
    let mut fixture = Fixture::new().await;
    let keyed = |workspace, text| NewRun { key: Some(key(text)), ..new_run(workspace) };
    fixture.journal.start_run(keyed("acme", "k-1")).await.unwrap();
    let newest = fixture.journal.start_run(keyed("acme", "k-1")).await.unwrap();
    let other = fixture.journal.start_run(keyed("other", "k-1")).await.unwrap();
    fixture.run().await;
    fixture.reopen().await;
    let found = async |workspace, text| {
        let run = fixture.journal.run_of_key(workspace, &key(text)).await.unwrap();
        run.map(|run| (run.id, run.began.key))
    };
    assert_eq!(found("acme", "k-1").await, Some((newest, Some(key("k-1")))));
    assert_eq!(found("other", "k-1").await, Some((other, Some(key("k-1")))));
    assert_eq!(found("acme", "K-1").await, None);
    fixture.journal.verify().await.unwrap();
    assert_eq!(
        tamper(&fixture.file(), "UPDATE runs SET idempotency_key = 'k-2' WHERE workspace = 'other'"),
        1
    );
    fixture.journal.verify().await.unwrap_err();
}

#[tokio::test]
async fn what_was_told_is_found_by_its_kind_the_newest_first() {
    let fixture = Fixture::new().await;
    let (run, other) = (fixture.run().await, fixture.journal.start_run(new_run("other")).await.unwrap());
    for (run, number) in [(&run, 1), (&other, 2), (&run, 3)] {
        fixture.wait(1);
        fixture.journal.event(run, None, "leavers", serde_json::json!({ "number": number })).await.unwrap();
        fixture.journal.event(run, None, "heard", serde_json::json!({ "number": 0 })).await.unwrap();
    }
    let told = async |most| {
        let told = fixture.journal.told("acme", "leavers", most).await.unwrap();
        assert!(told.windows(2).all(|pair| pair[0].0 > pair[1].0));
        told.into_iter().map(|(_, data)| data["number"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(told(10).await, [3, 1]);
    assert_eq!(told(1).await, [3]);
}

#[test]
fn a_key_is_short_and_plain() {
    for good in ["k", "order:4711/anna@example.com", &"x".repeat(RunKey::MOST)] {
        assert_eq!(RunKey::parse(good).unwrap().as_str(), good);
    }
    for wrong in ["", "two words", "tab\t", "ä", &"x".repeat(RunKey::MOST + 1)] {
        assert!(RunKey::parse(wrong).is_err(), "{wrong:?}");
    }
}

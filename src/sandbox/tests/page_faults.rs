//! The faults that the page plays out by itself, as far as the server has a hand in them, and big workspaces.

use std::time::{Duration, Instant};

use super::*;

impl Client {
    fn flags(&self) -> Value {
        self.app(Method::GET, "/api/session", None).1["flags"].clone()
    }

    fn seats(&self) -> (u64, u64) {
        let seats = self.app(Method::GET, "/api/billing", None).1["seats"].clone();
        (seats["used"].as_u64().expect("a number"), seats["limit"].as_u64().expect("a number"))
    }
}

#[tokio::test]
async fn chunks_of_a_list_without_pages_partition_the_people() {
    with(Options { members: 1234, faults: vec!["virtual".into()], ..Options::default() }, |client| {
        assert_eq!(client.flags()["virtual"], true);
        let chunks: Vec<Value> = (1..=13).map(|page| client.page(&format!("page={page}&size=100"))).collect();
        let all: BTreeSet<String> = chunks.iter().flat_map(ids).collect();
        assert_eq!(all.len(), 1234);
        assert_eq!((ids(&chunks[0]).len(), ids(&chunks[12]).len()), (100, 34));
        assert!(chunks.iter().all(|chunk| chunk["total"] == 1234 && chunk["flags"]["virtual"] == true));
        assert_eq!(ids(&client.page("size=5000")).len(), 100, "never more at once");
        client.faults(json!({ "names": [] }));
        assert_eq!(
            (client.page("page=1")["flags"]["virtual"].clone(), client.flags()["virtual"].clone()),
            (json!(false), json!(false))
        );
    })
    .await;
}

#[tokio::test]
async fn every_order_is_kept_in_both_directions() {
    with(Options { members: 90, ..Options::default() }, |client| {
        for (column, field) in [("name", "name"), ("email", "email"), ("last_active", "last_active")] {
            let of = |dir: &str| -> Vec<String> {
                let page = client.page(&format!("size=100&sort={column}&dir={dir}"));
                let rows = page["rows"].as_array().expect("rows").clone();
                rows.iter().map(|row| row[field].as_str().unwrap_or_default().to_lowercase()).collect()
            };
            let known = |value: &String| column != "last_active" || value.contains('-');
            let up: Vec<String> = of("asc").into_iter().filter(known).collect();
            let down: Vec<String> = of("desc").into_iter().filter(known).collect();
            assert!(up.is_sorted() && down.iter().rev().is_sorted() && up.len() > 20, "{column}");
            assert!(up.first() != up.last() && up.first() == down.last(), "{column}");
        }
        let roles = client.page("size=100&sort=role&dir=desc");
        assert_eq!(
            (&roles["rows"][0]["role"], &roles["rows"][89]["role"]),
            (&json!("Learner"), &json!("Admin"))
        );
    })
    .await;
}

#[tokio::test]
async fn announcements_come_with_overlay_only() {
    with(Options::default(), |client| {
        let next = || client.app(Method::GET, "/api/announcements", None).1;
        assert_eq!(client.flags()["overlay"], false);
        assert!((0..10).all(|_| next()["news"] == false && next()["cookies"] == false));
        client.faults(json!({ "names": ["overlay"], "mode": "always" }));
        assert_eq!(client.flags()["overlay"], true);
        let one = next();
        assert_eq!((&one["news"], &one["cookies"]), (&json!(true), &json!(true)));
        assert!(one["after_ms"].as_u64().expect("a number") < 1500);
    })
    .await;
}

#[tokio::test]
async fn seats_are_full_from_the_moment_the_fault_is_on() {
    with(Options::default(), |client| {
        let (used, limit) = client.seats();
        assert!(used < limit);
        client.faults(json!({ "names": ["seat_limit"] }));
        assert_eq!(client.seats(), (used, used));
        let (status, answer) = client.invite("author@acme.example", "Author").expect("an answer");
        assert!(status == 409 && text(&answer["message"]).contains("seat limit"), "{status} {answer}");
        assert_eq!(client.invite("learner@acme.example", "Learner").expect("an answer").0, 200);
        client.faults(json!({ "names": ["seat_limit", "slow"] }));
        assert_eq!(client.seats(), (used, used), "it stays as it was");
        client.faults(json!({ "names": ["seat_limit"], "seat_limit": used + 1 }));
        assert_eq!(client.invite("author@acme.example", "Author").expect("an answer").0, 200);
        assert_eq!(client.invite("another@acme.example", "Author").expect("an answer").0, 409);
        client.control(Method::POST, "/reset", None);
        client.sign_in();
        assert_eq!(client.seats(), (used, limit));
        client.faults(json!({ "names": ["seat_limit"] }));
        client.faults(json!({ "names": [] }));
        assert_eq!(client.seats(), (used, limit), "and ends with the fault");
        client.faults(json!({ "names": ["seat_limit"] }));
        client.faults(json!({ "names": ["seat_limit", "lookalike"] }));
        let (used, limit) = client.seats();
        assert_eq!(used, limit, "lookalikes make no room");
    })
    .await;
}

/// Without optimisation, and beside other tests: the limits are many times what a release build needs.
#[tokio::test]
async fn ten_thousand_people_are_quick() {
    with(Options::default(), |client| {
        let quicker_than = |limit: Duration, what: &str, act: &dyn Fn() -> u16| {
            let since = Instant::now();
            let status = act();
            assert!(status == 200 && since.elapsed() < limit, "{what}: {status} after {:?}", since.elapsed());
        };
        quicker_than(Duration::from_secs(10), "reset", &|| {
            client.control(Method::POST, "/reset", Some(&json!({ "members": 10_000 }))).0
        });
        client.sign_in();
        for query in ["page=1", "page=100&size=100", "q=acme&sort=last_active&dir=desc"] {
            let path = format!("/api/members?{query}");
            quicker_than(Duration::from_secs(2), query, &|| client.app(Method::GET, &path, None).0);
        }
        quicker_than(Duration::from_secs(20), "lookalikes", &|| {
            client.control(Method::PUT, "/faults", Some(&json!({ "names": ["lookalike"] }))).0
        });
        assert!(client.page("page=1")["total"].as_u64().expect("a number") > 13_000);
    })
    .await;
}

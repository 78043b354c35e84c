//! What is promised of its bad days holds, too.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{NEW, Visitor, names, tabs};
use crate::support::control;

/// Turns exactly these on, and tells the status and what was answered.
fn put(visitor: &Visitor, wanted: &Value) -> (u16, Value) {
    let request = ureq::http::Request::builder()
        .method("PUT")
        .uri(format!("{}/faults", visitor.ready.control))
        .header("authorization", format!("Bearer {}", visitor.ready.token));
    let mut answer = visitor.agent.run(request.body(wanted.to_string()).unwrap()).unwrap();
    (answer.status().as_u16(), answer.body_mut().read_json().unwrap())
}

fn turn_on(visitor: &Visitor, names: &[&str], seed: u64) {
    let (status, on) = put(visitor, &json!({ "names": names, "seed": seed }));
    assert_eq!((status, &on), (200, &json!({ "names": names, "seed": seed })));
}

/// Somebody aboard, with the number of their page.
fn somebody(visitor: &mut Visitor) -> (String, String) {
    let who = visitor.truth().somebody("mate", "active", "");
    let id = visitor.id_of(&who);
    (who, id)
}

fn status(visitor: &Visitor, who: &str) -> Value {
    visitor.truth().member(who).unwrap()["status"].clone()
}

#[test]
fn a_fault_that_there_is_not_is_refused_with_those_there_are() {
    let mut visitor = Visitor::signed_in(12);
    turn_on(&visitor, &["short_list"], 3);
    let (code, answer) = put(&visitor, &json!({ "names": ["wrong_total", "gremlins"] }));
    let says = answer["error"].as_str().unwrap();
    assert!(code == 400 && says.contains("\"gremlins\"") && says.contains("slow, reorder, "), "{answer}");
    assert_eq!(put(&visitor, &json!({ "name": "slow" })).0, 400);
    // Nothing of it was turned on; the seed stays where none is given.
    let (code, answer) = put(&visitor, &json!({ "names": ["lost_response"] }));
    assert_eq!((code, answer), (200, json!({ "names": ["lost_response"], "seed": 3 })));
    control(&visitor.ready, "POST", "/reset", &json!({}));
    visitor = Visitor { cookies: Default::default(), ..visitor };
    assert_eq!(visitor.send("/sign-in", &[("address", "a@quay.example")]).status, 303);
    assert_eq!(put(&visitor, &json!({})).1["seed"], 1, "a reset turns all off, the seed too");
}

#[test]
fn a_slow_page_comes_late_and_in_two_pieces() {
    let visitor = Visitor::outside(8);
    turn_on(&visitor, &["slow"], 1);
    let address = visitor.ready.url.strip_prefix("http://").unwrap().to_owned();
    let mut line = TcpStream::connect(&address).unwrap();
    let since = Instant::now();
    line.write_all(b"GET /sign-in HTTP/1.1\r\nhost: club\r\nconnection: close\r\n\r\n").unwrap();
    let mut piece = vec![0; 64 * 1024];
    let read = line.read(&mut piece).unwrap();
    let first = String::from_utf8_lossy(&piece[..read]).into_owned();
    assert!(since.elapsed() >= Duration::from_millis(150), "{:?}", since.elapsed());
    assert!(first.starts_with("HTTP/1.1 200") && first.contains("<body>"), "{first}");
    assert!(!first.contains("</html>"), "{first}");
    let mut rest = String::new();
    line.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("</html>\n"), "{rest}");
    assert!(since.elapsed() >= Duration::from_millis(230), "{:?}", since.elapsed());
}

#[test]
fn the_order_changes_from_one_request_to_the_next() {
    let mut visitor = Visitor::signed_in(16);
    let before = names(&visitor.open("/crew?role=deckhand"));
    assert_eq!(names(&visitor.open("/crew?role=deckhand")), before);
    turn_on(&visitor, &["reorder"], 5);
    let orders: BTreeSet<Vec<String>> = (0..8).map(|_| names(&visitor.open("/crew?role=deckhand"))).collect();
    assert!(orders.len() > 3, "{orders:?}");
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert!(orders.into_iter().all(|order| sorted(order) == sorted(before.clone())));
}

#[test]
fn lookalikes_were_there_all_along() {
    let visitor = Visitor::signed_in(12);
    let before = visitor.truth().emails();
    turn_on(&visitor, &["lookalike"], 7);
    let truth = visitor.truth();
    let text = |member: &Value, key: &str| member[key].as_str().unwrap().to_lowercase();
    let members = truth.0["members"].as_array().unwrap();
    let (known, alike): (Vec<&Value>, Vec<&Value>) =
        members.iter().partition(|member| before.contains(&text(member, "email")));
    assert_eq!((known.len(), alike.len()), (12, 6));
    let is_alike = |one: &Value, way: fn([String; 2], [String; 2]) -> bool| {
        let of = |member: &Value| [text(member, "name"), text(member, "email")];
        known.iter().any(|other| one["roles"] == other["roles"] && way(of(other), of(one)))
    };
    for way in [
        |[name, email]: [String; 2], [other, others]: [String; 2]| {
            name == other && others == format!("x{email}")
        },
        |[_, email]: [String; 2], [other, _]: [String; 2]| other == email,
        |[_, email]: [String; 2], [_, others]: [String; 2]| others == format!("{email}.au"),
        |[name, _]: [String; 2], [other, _]: [String; 2]| other == format!("{name} jr"),
    ] {
        assert!(alike.iter().any(|one| is_alike(one, way)), "{alike:#?}");
    }
    assert_eq!(truth.mutations(), []);
    turn_on(&visitor, &[], 7);
    turn_on(&visitor, &["lookalike"], 7);
    assert_eq!(visitor.truth().emails(), truth.emails(), "nobody has two of the same");
    control(&visitor.ready, "POST", "/reset", &json!({ "members": 12 }));
    assert_eq!(visitor.truth().emails(), before);
}

#[test]
fn a_short_list_has_fewer_than_it_says_and_a_wrong_total_says_another_number() {
    let mut visitor = Visitor::signed_in(20);
    let mut hands = || {
        let page = visitor.open("/crew?role=deckhand");
        let tab = tabs(&page).into_iter().find(|tab| tab.starts_with("Deckhands")).unwrap();
        (names(&page).len(), tab.rsplit(' ').next().unwrap().parse::<usize>().unwrap())
    };
    let (shown, says) = hands();
    assert_eq!(shown, says);
    let ready = |names: &[&str]| json!({ "names": names, "seed": 2 });
    let short: Vec<_> = {
        control(&visitor.ready, "PUT", "/faults", &ready(&["short_list"]));
        let mut hands = || {
            let page = visitor.open("/crew?role=deckhand");
            (names(&page).len(), tabs(&page).iter().any(|tab| *tab == format!("Deckhands {says}")))
        };
        (0..12).map(|_| hands()).collect()
    };
    assert!(short.iter().all(|(rows, stays)| *stays && (says - 1..=says).contains(rows)), "{short:?}");
    assert!(short.iter().any(|(rows, _)| *rows < says), "{short:?}");
    control(&visitor.ready, "PUT", "/faults", &ready(&["wrong_total"]));
    for _ in 0..12 {
        let page = visitor.open("/crew?role=deckhand");
        assert_eq!((names(&page).len(), tabs(&page).len()), (shown, 5));
        assert!(!tabs(&page).contains(&format!("Deckhands {says}")), "{:?}", tabs(&page));
    }
}

#[test]
fn what_a_message_says_is_not_so() {
    let mut visitor = Visitor::signed_in(12);
    let (who, id) = somebody(&mut visitor);
    turn_on(&visitor, &["toast_lies"], 1);
    let answer = visitor.act(&format!("/crew/{id}/ashore"), &[("reason", "left")]);
    assert_eq!(answer.to, format!("/crew/{id}"));
    let page = visitor.open(&answer.to);
    assert!(page.contains("is ashore now.") && page.contains(">Put ashore<"), "{page}");
    assert_eq!((status(&visitor, &who), visitor.truth().mutations()), (json!("Active"), vec![]));
    // What it refuses on other days it refuses.
    let taken = visitor.act("/crew/invite", &[("address", &who), ("role", "mate")]);
    assert!(taken.page.contains("in the crew already"), "{taken:?}");
    assert_eq!(visitor.act("/crew/invite", &[("address", NEW), ("role", "mate")]).status, 303);
    assert!(visitor.truth().member(NEW).is_none() && visitor.truth().mails_to(NEW) == 0);
}

#[test]
fn what_is_done_late_is_accepted_now() {
    let mut visitor = Visitor::signed_in(12);
    let (who, id) = somebody(&mut visitor);
    assert_eq!(put(&visitor, &json!({ "names": ["late_commit"], "late_ms": 700 })).0, 200);
    let since = Instant::now();
    assert_eq!(visitor.act(&format!("/crew/{id}/ashore"), &[("reason", "left")]).status, 303);
    let at_once = status(&visitor, &who);
    assert!(at_once == "Active" || since.elapsed() > Duration::from_millis(700), "{at_once}");
    while status(&visitor, &who) == "Active" {
        assert!(since.elapsed() < Duration::from_secs(20), "it never happens");
        std::thread::yield_now();
    }
    assert!(since.elapsed() >= Duration::from_millis(700), "{:?}", since.elapsed());
    assert_eq!(visitor.truth().mutations(), [("deactivate".to_owned(), who)]);
}

#[test]
fn an_answer_that_is_lost_is_one_to_a_change_that_was_made() {
    let mut visitor = Visitor::signed_in(12);
    let (who, id) = somebody(&mut visitor);
    let stamp = visitor.stamp();
    turn_on(&visitor, &["lost_response"], 1);
    let cookie = visitor.cookies.iter().map(|(name, value)| format!("{name}={value}")).next().unwrap();
    let form = format!("reason=left&stamp={stamp}");
    let length = form.len();
    let address = visitor.ready.url.strip_prefix("http://").unwrap().to_owned();
    let mut line = TcpStream::connect(&address).unwrap();
    let head = format!(
        "POST /crew/{id}/ashore HTTP/1.1\r\nhost: club\r\ncookie: {cookie}\r\ncontent-length: {length}\r\n\r\n"
    );
    line.write_all(format!("{head}{form}").as_bytes()).unwrap();
    let mut heard = Vec::new();
    let ended = line.read_to_end(&mut heard);
    assert!(heard.is_empty() && ended.map_or(true, |read| read == 0));
    assert_eq!(visitor.truth().mutations(), [("deactivate".to_owned(), who)]);
    assert!(visitor.open(&format!("/crew/{id}")).contains("Bring aboard"), "what only looks is answered");
}

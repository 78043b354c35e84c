//! What stands between a client and the rest: codes, dropped sessions, walls.

use serde_json::json;
use totp_rs::{Builder, Secret};
use ureq::http::Method;

use super::*;

/// The code of the window so many windows from now, by the sandbox's own clock.
fn code(client: &Client, windows: i64) -> String {
    let now = client.control(Method::POST, "/clock", Some(&json!({ "seconds": 0 }))).1;
    let now: jiff::Timestamp = text(&now["now"]).parse().expect("a time");
    let secret = client.ready.account.totp.as_deref().expect("the sandbox has one");
    let secret = Secret::try_from_base32(secret).expect("base32");
    let totp = Builder::new().with_secret(secret).build().expect("a secret of 160 bits");
    let at = u64::try_from(now.as_second() / 30 + windows).expect("after 1970") * 30;
    totp.generate(at).to_string()
}

fn ticket(client: &Client) -> String {
    let account = &client.ready.account;
    let body = json!({ "email": account.email, "password": account.password });
    let (status, answer) = client.app(Method::POST, "/api/session", Some(&body));
    assert_eq!(status, 200);
    text(&answer["ticket"])
}

fn enter(client: &Client, ticket: &str, code: &str) -> (u16, Value) {
    client.app(Method::POST, "/api/session/code", Some(&json!({ "ticket": ticket, "code": code })))
}

#[tokio::test]
async fn a_code_is_asked_for_and_is_good_once() {
    with(Options::default(), |client| {
        client.faults(json!({ "names": ["second_factor"], "mode": "split,auto_submit" }));
        // So that no window ends between a code and its use.
        let now = client.control(Method::POST, "/clock", Some(&json!({ "seconds": 0 }))).1;
        let now: jiff::Timestamp = text(&now["now"]).parse().unwrap();
        let rest = 30 - now.as_second().rem_euclid(30);
        client.control(Method::POST, "/clock", Some(&json!({ "seconds": rest })));

        let first = ticket(client);
        assert_eq!(enter(client, &first, "000000").0, 401);
        assert_eq!(enter(client, &first, &code(client, 1)).0, 401, "not before its time");
        assert_eq!(enter(client, &first, &code(client, 0)).0, 200);
        let second = ticket(client);
        let (status, answer) = enter(client, &second, &code(client, 0));
        assert_eq!(
            (status, text(&answer["message"])),
            (401, "That code was used before. Wait for the next one.".into())
        );
        client.control(Method::POST, "/clock", Some(&json!({ "seconds": 60 })));
        assert_eq!(enter(client, &second, &code(client, -1)).0, 200, "a clock may be slow");
        assert_eq!(enter(client, &second, &code(client, 0)).0, 401, "the ticket is used");
        let truth = client.truth();
        assert_eq!((&truth["sign_ins"], &truth["codes"]), (&json!(3), &json!(6)));
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_waits_for_somebody_at_the_phone() {
    with(Options::default(), |client| {
        client.faults(json!({ "names": ["second_factor"], "mode": "phone" }));
        let account = &client.ready.account;
        let body = json!({ "email": account.email, "password": account.password });
        let ticket = text(&client.app(Method::POST, "/api/session", Some(&body)).1["approval"]);
        let ask = || client.app(Method::POST, "/api/session/approval", Some(&json!({ "ticket": ticket })));
        assert_eq!(ask(), (202, json!({ "waiting": true })));
        let approve = || client.control(Method::POST, "/approve", None).1;
        assert_eq!([approve(), approve()], [json!({ "approved": 1 }), json!({ "approved": 0 })]);
        assert_eq!([ask().0, ask().0], [200, 401], "it is good for one sign-in");
    })
    .await;
}

#[tokio::test]
async fn three_wrong_codes_ask_for_the_password_again() {
    with(Options::default(), |client| {
        client.faults(json!({ "names": ["second_factor"] }));
        let ticket = ticket(client);
        for _ in 0..3 {
            assert_eq!(enter(client, &ticket, "000000").0, 401);
        }
        let (status, answer) = enter(client, &ticket, &code(client, 0));
        assert_eq!((status, text(&answer["message"])), (401, "Log in again to get a new code.".into()));
    })
    .await;
}

#[tokio::test]
async fn a_session_is_dropped_once_before_the_request_of_that_number() {
    with(Options::default(), |client| {
        client.faults(json!({ "names": ["session_drop"], "at": 3 }));
        let status = || client.app(Method::GET, "/api/members", None).0;
        assert_eq!([status(), status(), status(), status()], [200, 200, 401, 401]);
        client.sign_in();
        let status = || client.app(Method::GET, "/api/members", None).0;
        assert_eq!([status(), status(), status()], [200; 3]);
        client.control(Method::POST, "/drop", None);
        assert_eq!(status(), 401);
    })
    .await;
}

#[tokio::test]
async fn whoever_goes_on_at_the_wall_is_counted() {
    with(Options::default(), |client| {
        client.faults(json!({ "names": ["bot_wall"] }));
        assert_eq!(client.truth()["at_wall"], 0);
        let page = client.raw(Method::GET, "/login", "");
        assert!(page.status == 403 && page.text.contains("Verify you are human"), "{}", page.text);
        assert_eq!(client.truth()["at_wall"], 0);
        client.raw(Method::GET, "/login", "");
        client.app(Method::GET, "/api/members", None);
        assert_eq!(client.truth()["at_wall"], 2);
    })
    .await;
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_back() {
    with(Options::default(), |client| {
        client.faults(json!({ "names": ["rate_limit"], "at": 2 }));
        assert_eq!(client.app(Method::GET, "/api/members", None).0, 200);
        let (status, answer) = client.app(Method::GET, "/api/members", None);
        assert_eq!(status, 429);
        assert!(text(&answer["message"]).starts_with("Too many requests"));
        client.sign_in();
    })
    .await;
}

#[tokio::test]
async fn a_hung_server_takes_requests_and_never_answers() {
    with(Options::default(), |client| {
        client.faults(json!({ "names": ["hung"] }));
        let impatient =
            Agent::config_builder().timeout_global(Some(Duration::from_millis(300))).build().new_agent();
        let request = impatient.get(format!("{}/api/members", client.ready.url)).call();
        assert!(matches!(request, Err(ureq::Error::Timeout(_))), "{request:?}");
        client.faults(json!({ "names": [] }));
        assert_eq!(client.app(Method::GET, "/api/members", None).0, 200);
    })
    .await;
}

#[tokio::test]
async fn the_account_may_see_the_console_in_german() {
    with(Options::default(), |client| {
        assert_eq!(client.app(Method::GET, "/api/session", None).1["flags"]["german"], false);
        client.faults(json!({ "names": ["locale"] }));
        assert_eq!(client.app(Method::GET, "/api/session", None).1["flags"]["german"], true);
    })
    .await;
}

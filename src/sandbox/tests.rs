//! The servers, called as their clients call them.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Method;

use super::*;

mod door;
mod faults;
mod import;
mod page_faults;

/// One signed-in client of a sandbox, and the control address behind it.
struct Client {
    agent: Agent,
    ready: Ready,
    cookie: String,
}

/// Runs the test on its own thread, as the client blocks.
async fn with(options: Options, test: impl FnOnce(&mut Client) + Send + 'static) {
    let sandbox = start(options).await.expect("the sandbox starts");
    let ready = sandbox.ready();
    let agent = Agent::config_builder().http_status_as_error(false).build().new_agent();
    let client = move || {
        let mut client = Client { agent, ready, cookie: String::new() };
        client.sign_in();
        test(&mut client);
    };
    tokio::task::spawn_blocking(client).await.expect("the test holds");
    sandbox.stopped(async {}).await;
}

/// What a server said.
struct Answer {
    status: u16,
    text: String,
    cookie: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
}

impl Client {
    /// None: the connection was cut.
    fn send(&self, method: Method, url: String, header: (&str, &str), body: String) -> Option<Answer> {
        let request = ureq::http::Request::builder().method(method).uri(url).header(header.0, header.1);
        let mut answer = self.agent.run(request.body(body).expect("a valid request")).ok()?;
        let cookie =
            answer.headers().get("set-cookie").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let text = answer.body_mut().read_to_string().ok()?;
        Some(Answer { status: answer.status().as_u16(), text, cookie })
    }

    /// What the app answers to a body that is no JSON.
    fn raw(&self, method: Method, path: &str, body: &str) -> Answer {
        let url = format!("{}{path}", self.ready.url);
        self.send(method, url, ("cookie", &self.cookie), body.to_owned()).expect("the server answers")
    }

    /// None: the connection was cut.
    fn try_app(&self, method: Method, path: &str, body: Option<&Value>) -> Option<(u16, Value)> {
        let url = format!("{}{path}", self.ready.url);
        self.send(method, url, ("cookie", &self.cookie), json_of(body))
            .map(|answer| (answer.status, answer.json()))
    }

    fn app(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.try_app(method, path, body).expect("the server answers")
    }

    fn control(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let bearer = format!("Bearer {}", self.ready.token);
        let url = format!("{}{path}", self.ready.control);
        let answer = self.send(method, url, ("authorization", &bearer), json_of(body)).expect("an answer");
        (answer.status, answer.json())
    }

    fn sign_in(&mut self) {
        let account = &self.ready.account;
        let body = json!({ "email": account.email, "password": account.password });
        let url = format!("{}/api/session", self.ready.url);
        let answer = self.send(Method::POST, url, ("accept", "*/*"), body.to_string()).expect("an answer");
        assert_eq!(answer.status, 200);
        self.cookie = answer.cookie;
    }

    fn faults(&self, wanted: Value) {
        let (status, answer) = self.control(Method::PUT, "/faults", Some(&wanted));
        assert_eq!(status, 200, "{answer}");
    }

    fn truth(&self) -> Value {
        self.control(Method::GET, "/truth", None).1
    }

    fn emails(&self) -> BTreeSet<String> {
        let truth = self.truth();
        truth["members"].as_array().into_iter().flatten().map(|member| text(&member["email"])).collect()
    }

    fn mutations(&self) -> Vec<(String, String)> {
        let truth = self.truth();
        let mutations = truth["mutations"].as_array().into_iter().flatten();
        mutations.map(|mutation| (text(&mutation["kind"]), text(&mutation["email"]))).collect()
    }

    fn page(&self, query: &str) -> Value {
        self.app(Method::GET, &format!("/api/members?{query}"), None).1
    }

    fn invite(&self, email: &str, role: &str) -> Option<(u16, Value)> {
        self.try_app(Method::POST, "/api/members", Some(&json!({ "email": email, "role": role })))
    }

    fn id_of(&self, email: &str) -> String {
        let found = self.page(&format!("q={email}"));
        let rows = found["rows"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["email"] == email).expect("the person is listed");
        text(&row["id"])
    }
}

fn json_of(body: Option<&Value>) -> String {
    body.map(Value::to_string).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn ids(page: &Value) -> Vec<String> {
    page["rows"].as_array().expect("rows").iter().map(|row| text(&row["id"])).collect()
}

#[tokio::test]
async fn unknown_skins_faults_and_taken_ports_are_told() {
    let wrong = |skin: &str, faults: &[&str]| Options {
        skin: skin.to_owned(),
        faults: faults.iter().map(|fault| (*fault).to_owned()).collect(),
        ..Options::default()
    };
    let error = start(wrong("acme/1", &[])).await.expect_err("no such skin").to_string();
    assert!(error.contains("coassemble/members-2026-03"), "{error}");
    let skin = Options::default().skin;
    let error = start(wrong(&skin, &["hidden"])).await.expect_err("no such fault").to_string();
    assert!(error.contains("late_commit"), "{error}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port();
    let error = start(Options { port, ..Options::default() }).await.expect_err("the port is taken");
    assert!(matches!(error, SandboxError::Listen { .. }) && !error.hint().is_empty());
}

#[tokio::test]
async fn only_the_token_opens_the_control_address() {
    with(Options::default(), |client| {
        let url = format!("{}/truth", client.ready.control);
        for header in ["Bearer wrong", "Basic x", ""] {
            let answer = client.send(Method::GET, url.clone(), ("authorization", header), String::new());
            assert_eq!(answer.expect("an answer").status, 401);
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_is_needed_ends_and_expires() {
    with(Options::default(), |client| {
        let cookie = std::mem::take(&mut client.cookie);
        assert_eq!(client.app(Method::GET, "/api/members", None).0, 401);
        assert_eq!(client.app(Method::GET, "/api/session", None).0, 401);
        let wrong = json!({ "email": client.ready.account.email, "password": "guess" });
        assert_eq!(client.app(Method::POST, "/api/session", Some(&wrong)).0, 401);
        client.cookie = cookie;
        assert_eq!(client.app(Method::GET, "/api/session", None).0, 200);
        client.control(Method::POST, "/clock", Some(&json!({ "seconds": 13 * 3600 })));
        assert_eq!(client.app(Method::GET, "/api/members", None).0, 401);
        client.sign_in();
        assert_eq!(client.app(Method::DELETE, "/api/session", None).0, 200);
        assert_eq!(client.app(Method::GET, "/api/members", None).0, 401);
        assert_eq!(client.truth()["writes"], json!([]), "signing in and out is no write");
    })
    .await;
}

#[tokio::test]
async fn the_truth_follows_every_change() {
    with(Options::default(), |client| {
        assert_eq!(client.emails().len(), 60);
        let (status, _) = client.invite(" Newcomer@Acme.example", "Learner").expect("an answer");
        assert_eq!(status, 200);
        let path = format!("/api/members/{}", client.id_of("newcomer@acme.example"));
        assert_eq!(client.app(Method::PATCH, &path, Some(&json!({ "role": "Author" }))).0, 200);
        assert_eq!(client.app(Method::POST, &format!("{path}/invitation"), None).0, 200);
        client.control(Method::POST, "/accept", Some(&json!({ "email": "newcomer@acme.example" })));
        assert_eq!(client.app(Method::POST, &format!("{path}/invitation"), None).0, 409, "accepted");
        assert_eq!(client.app(Method::DELETE, &path, None).0, 200);
        assert_eq!(client.app(Method::DELETE, &path, None).0, 404);
        let kinds: Vec<_> = client.mutations().into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, ["invite", "change_role", "resend", "remove"]);
        let truth = client.truth();
        let mails: Vec<_> =
            truth["mails"].as_array().expect("mails").iter().map(|mail| &mail["kind"]).collect();
        assert_eq!(mails, ["invite", "resend"]);
        assert_eq!(truth["writes"].as_array().expect("writes").len(), 6);
    })
    .await;
}

#[tokio::test]
async fn refusals_say_why() {
    with(Options { seat_limit: Some(5), ..Options::default() }, |client| {
        let says = |answer: Option<(u16, Value)>, status: u16, words: &str| {
            let (given, body) = answer.expect("an answer");
            assert!(given == status && text(&body["message"]).contains(words), "{given} {body}");
        };
        says(client.invite("new@acme.example", "Author"), 409, "seat limit");
        says(client.invite(&client.ready.account.email, "Learner"), 409, "already");
        for bad in ["", "nobody", "a b@acme.example", "a@acme", "a@b@c.example"] {
            says(client.invite(bad, "Learner"), 422, "valid email");
        }
        let oneself = format!("/api/members/{}", client.id_of(&client.ready.account.email));
        says(client.try_app(Method::DELETE, &oneself, None), 403, "yourself");
        for role in ["Admin", "Learner"] {
            says(
                client.try_app(Method::PATCH, &oneself, Some(&json!({ "role": role }))),
                403,
                "your own role",
            );
        }
        assert_eq!(client.invite("new@acme.example", "Learner").expect("an answer").0, 200);
        assert_eq!(client.mutations().len(), 1);
        client.faults(json!({ "seat_limit": 500 }));
        assert_eq!(client.invite("more@acme.example", "Admin").expect("an answer").0, 200);
    })
    .await;
}

#[tokio::test]
async fn invitations_expire_after_a_week_and_can_be_sent_again() {
    with(Options::default(), |client| {
        let statuses = || -> BTreeSet<String> {
            let truth = client.truth();
            truth["members"].as_array().expect("members").iter().map(|one| text(&one["status"])).collect()
        };
        let status = |email: &str| client.page(&format!("q={email}"))["rows"][0]["status"].clone();
        assert!(!statuses().contains("Expired"), "nobody's has at the start");
        for email in ["sent.again@acme.example", "taken.back@acme.example", "removed@acme.example"] {
            client.invite(email, "Learner");
        }
        let again = format!("/api/members/{}/invitation", client.id_of("sent.again@acme.example"));
        let back = format!("/api/members/{}/invitation", client.id_of("taken.back@acme.example"));
        let removed = format!("/api/members/{}", client.id_of("removed@acme.example"));
        // Steps shorter than a session, which each look at the list renews.
        let pass = |half_days: u32| {
            for _ in 0..half_days {
                client.control(Method::POST, "/clock", Some(&json!({ "seconds": 43_000 })));
                client.page("q=zzz");
            }
        };
        pass(14);
        assert_eq!(status("sent.again@acme.example"), "Pending");
        pass(1);
        assert_eq!(status("sent.again@acme.example"), "Expired");
        let body = json!({ "email": "sent.again@acme.example" });
        assert_eq!(client.control(Method::POST, "/accept", Some(&body)).0, 410);
        let (code, answer) = client.invite("sent.again@acme.example", "Learner").expect("an answer");
        assert!(code == 409 && text(&answer["message"]).contains("already been invited"));
        assert_eq!(client.app(Method::POST, &again, None).1["member"]["status"], "Pending");
        assert_eq!(client.app(Method::DELETE, &back, None).0, 200);
        assert_eq!(client.app(Method::DELETE, &removed, None).0, 200);
        assert_eq!(client.control(Method::POST, "/accept", Some(&body)).0, 200);
        let kinds: Vec<_> = client.mutations().into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, ["invite", "invite", "invite", "resend", "cancel_invite", "remove"]);
        pass(15);
        assert!(!statuses().contains("Pending"));
    })
    .await;
}

#[tokio::test]
async fn reset_restores_the_beginning() {
    with(Options { members: 30, seed: 9, ..Options::default() }, |client| {
        let before = client.emails();
        client.faults(json!({ "names": ["lookalike", "slow"] }));
        assert!(client.emails().len() > before.len());
        client.invite("new@acme.example", "Learner");
        client.control(Method::POST, "/reset", None);
        assert_eq!(client.emails(), before);
        assert!(client.mutations().is_empty());
        assert_eq!(client.app(Method::GET, "/api/members", None).0, 401, "sessions are gone");
        client.sign_in();
        assert_eq!(client.app(Method::GET, "/api/session", None).1["flags"]["prerender_menus"], false);
        client.control(Method::POST, "/reset", Some(&json!({ "members": 80, "seed": 10, "seat_limit": 7 })));
        assert_eq!(client.emails().len(), 80);
        let people = json!([{ "email": "a@acme.example", "name": "<b>\u{1b}", "role": "Author" }, { "email": "b", "name": "" }]);
        client.control(Method::POST, "/reset", Some(&json!({ "people": people })));
        let members = client.control(Method::GET, "/truth", None).1["members"].clone();
        assert_eq!(members.as_array().map(Vec::len), Some(3), "the account is always there");
        assert_eq!((&members[1]["name"], &members[1]["roles"][0]), (&json!("<b>\u{1b}"), &json!("Author")));
        assert_eq!((&members[2]["email"], &members[2]["roles"][0]), (&json!("b"), &json!("Learner")));
        assert_eq!(client.control(Method::POST, "/reset", Some(&json!({ "member": 1 }))).0, 400);
    })
    .await;
}

#[tokio::test]
async fn the_same_seed_makes_the_same_workspace() {
    let members = |seed| async move {
        let (tell, told) = std::sync::mpsc::channel();
        let started_at = Some("2026-03-09T09:00:00Z".parse().expect("a time"));
        with(Options { members: 200, seed, started_at, ..Options::default() }, move |client| {
            tell.send(client.truth()["members"].clone()).expect("somebody listens");
        })
        .await;
        told.recv().expect("the members")
    };
    let (one, again, other) = (members(3).await, members(3).await, members(4).await);
    assert_eq!(one, again);
    assert_ne!(one, other);
    let admins = one.as_array().expect("members").iter().filter(|member| member["roles"] == json!(["Admin"]));
    assert!(admins.count() >= 3);
}

#[tokio::test]
async fn paging_and_search_partition_the_people() {
    with(Options::default(), |client| {
        let pages: Vec<_> = (1..=3).map(|page| client.page(&format!("page={page}"))).collect();
        let all: BTreeSet<_> = pages.iter().flat_map(ids).collect();
        assert_eq!(all.len(), 60);
        assert_eq!(pages.iter().map(|page| page["more"] == true).collect::<Vec<_>>(), [true, true, false]);
        let admins = client.page("sort=role");
        assert_eq!(admins["rows"][0]["role"], "Admin");
        let nobody = client.page("q=zzzz");
        assert_eq!((ids(&nobody).len(), &nobody["total"]), (0, &json!(0)));
    })
    .await;
}

#[tokio::test]
async fn lookalikes_look_alike() {
    with(Options { faults: vec!["lookalike".into()], ..Options::default() }, |client| {
        let emails = client.emails();
        let twins: Vec<_> = emails.iter().filter(|email| emails.contains(&format!("{email}.au"))).collect();
        assert!(twins.len() >= 6, "{twins:?}");
        assert!(emails.contains(&format!("jo{}", twins[0])));
        let truth = client.truth();
        let mut names =
            truth["members"].as_array().expect("members").iter().map(|member| text(&member["name"]));
        assert!(names.any(|name| emails.contains(&name)), "a name is an address");
        assert!(client.mutations().is_empty());
    })
    .await;
}

#[tokio::test]
async fn reorder_hides_somebody_from_a_single_pass() {
    with(Options { faults: vec!["reorder".into()], ..Options::default() }, |client| {
        let missed = (0..12).any(|_| {
            let seen: BTreeSet<_> =
                (1..=3).flat_map(|page| ids(&client.page(&format!("page={page}")))).collect();
            seen.len() < 60
        });
        assert!(missed);
        assert_ne!(client.page("sort=status")["rows"], client.page("sort=status")["rows"]);
    })
    .await;
}

#[tokio::test]
async fn short_lists_and_wrong_totals_do_not_add_up() {
    with(Options::default(), |client| {
        client.faults(json!({ "names": ["short_list"] }));
        let answers: Vec<_> = (0..30).map(|_| client.page("page=1")).collect();
        let lengths: BTreeSet<_> = answers.iter().map(|answer| ids(answer).len()).collect();
        assert!(lengths.contains(&0) && lengths.contains(&25) && lengths.len() > 3, "{lengths:?}");
        assert!(answers.iter().any(|answer| answer["total"] == 60 && ids(answer).len() < 25));
        assert!(answers.iter().any(|answer| answer["total"] != 60));
        client.faults(json!({ "names": ["wrong_total"], "mode": "same" }));
        let totals: BTreeSet<_> = (0..10).map(|_| client.page("page=1")["total"].to_string()).collect();
        assert!(totals.len() == 1 && !totals.contains("60"), "{totals:?}");
    })
    .await;
}

#[tokio::test]
async fn a_lying_answer_is_not_the_truth() {
    with(Options::default(), |client| {
        client.faults(json!({ "names": ["toast_lies"], "mode": "says_done" }));
        assert_eq!(client.invite("one@acme.example", "Learner").expect("an answer").0, 200);
        assert!(client.mutations().is_empty());
        client.faults(json!({ "names": ["toast_lies"], "mode": "says_failed" }));
        assert_eq!(client.invite("two@acme.example", "Learner").expect("an answer").0, 500);
        assert_eq!(client.mutations(), [("invite".to_owned(), "two@acme.example".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_may_or_may_not_have_been_applied() {
    with(Options::default(), |client| {
        for (mode, applied) in [("applied", 1), ("not_applied", 1)] {
            client.faults(json!({ "names": ["lost_response"], "mode": mode }));
            assert_eq!(client.invite(&format!("{mode}@acme.example"), "Learner"), None);
            assert_eq!(client.mutations().len(), applied);
        }
        assert_eq!(client.truth()["writes"].as_array().expect("writes").len(), 2);
        assert_eq!(client.app(Method::GET, "/api/members", None).0, 200, "reads are answered");
    })
    .await;
}

#[tokio::test]
async fn a_late_commit_is_seen_late() {
    with(Options::default(), |client| {
        client.faults(json!({ "names": ["late_commit"], "late_ms": 60_000 }));
        assert_eq!(client.invite("late@acme.example", "Learner").expect("an answer").0, 202);
        assert!(!client.emails().contains("late@acme.example"));
        client.control(Method::POST, "/clock", Some(&json!({ "seconds": 61 })));
        assert!(client.emails().contains("late@acme.example"));
        client.faults(
            json!({ "names": ["late_commit", "lost_response"], "late_ms": 60_000, "mode": "applied" }),
        );
        assert_eq!(client.invite("both@acme.example", "Learner"), None);
        client.control(Method::POST, "/clock", Some(&json!({ "seconds": 61 })));
        assert!(client.emails().contains("both@acme.example"));
    })
    .await;
}

#[tokio::test]
async fn a_late_commit_comes_even_if_nobody_waits_for_the_answer() {
    use std::time::{Duration, Instant};
    with(Options::default(), |client| {
        // The work of a slow answer begins after 75 ms at the earliest.
        client.faults(json!({ "names": ["late_commit", "slow"], "late_ms": 1 }));
        let hasty =
            Agent::config_builder().timeout_global(Some(Duration::from_millis(50))).build().new_agent();
        // On a busy machine not even the question gets that far in so short a time: another one does then.
        let came = (0..20).any(|number| {
            let who = format!("left{number}@acme.example");
            let patient = std::mem::replace(&mut client.agent, hasty.clone());
            assert_eq!(client.invite(&who, "Learner"), None);
            client.agent = patient;
            let until = Instant::now() + Duration::from_secs(3);
            while Instant::now() < until {
                if client.emails().contains(who.as_str()) {
                    return true;
                }
            }
            false
        });
        assert!(came, "it never came");
    })
    .await;
}

#[tokio::test]
async fn slow_is_slow() {
    with(Options { faults: vec!["slow".into()], ..Options::default() }, |client| {
        let before = std::time::Instant::now();
        client.page("page=1");
        assert!(before.elapsed() >= std::time::Duration::from_millis(140));
    })
    .await;
}

#[tokio::test]
async fn pages_and_files_are_served() {
    with(Options::default(), |client| {
        for (path, status) in
            [("/", 200), ("/settings/members", 200), ("/assets/app.js", 200), ("/assets/x.js", 404)]
        {
            assert_eq!(client.app(Method::GET, path, None).0, status, "{path}");
        }
        assert_eq!(client.app(Method::GET, "/api/nothing", None).0, 404);
    })
    .await;
}

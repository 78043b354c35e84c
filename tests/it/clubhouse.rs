//! The second practice console itself, visited without a browser: it has to behave as its documentation says, or what is
//! tested on it proves nothing.

#[path = "../clubhouse/console/mod.rs"]
pub(crate) mod console;
mod faults;

use std::collections::BTreeMap;

use seatwright::sandbox::Ready;
use serde_json::{Value, json};

use crate::support::{Truth, consoles, control};

const NEW: &str = "new.hand@quay.example";

/// Somebody with a browser that only knows pages, forms and cookies.
struct Visitor {
    ready: Ready,
    agent: ureq::Agent,
    cookies: BTreeMap<String, String>,
}

/// What was answered.
#[derive(Debug)]
struct Answer {
    status: u16,
    to: String,
    page: String,
}

impl Visitor {
    /// Stands at the door of a club with this many people.
    fn outside(members: usize) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
        Self { ready: consoles::clubhouse(members), agent: config.into(), cookies: BTreeMap::new() }
    }

    fn signed_in(members: usize) -> Self {
        let mut visitor = Self::outside(members);
        let (email, password) = (visitor.ready.account.email.clone(), visitor.ready.account.password.clone());
        visitor.send("/sign-in", &[("address", &email)]);
        let answer = visitor.send("/sign-in/password", &[("password", &password)]);
        assert_eq!((answer.status, answer.to.as_str()), (303, "/harbour"), "{answer:?}");
        visitor
    }

    fn ask(&mut self, method: &str, path: &str, body: String) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.ready.url))
            .header("cookie", cookies.join("; "))
            .header("content-type", "application/x-www-form-urlencoded");
        let mut answer = self.agent.run(request.body(body).unwrap()).unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
        }
        let to = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        Answer {
            status: answer.status().as_u16(),
            to: to.unwrap_or_default(),
            page: answer.body_mut().read_to_string().unwrap(),
        }
    }

    /// Opens a page that has to be there.
    fn open(&mut self, path: &str) -> String {
        let answer = self.ask("GET", path, String::new());
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.page
    }

    /// Sends a form as it stands on its page, without the stamp.
    fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask("POST", path, form)
    }

    /// Sends a form of somebody who is signed in, with the stamp that every page has.
    fn act(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let stamp = self.stamp();
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("stamp", stamp.as_str())]).collect();
        self.send(path, &fields)
    }

    fn stamp(&mut self) -> String {
        let page = self.open("/berths");
        page.split("name=\"stamp\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    fn truth(&self) -> Truth {
        Truth(control(&self.ready, "GET", "/truth", &Value::Null))
    }

    /// The number in the address of somebody's page, looked up as a person would.
    fn id_of(&mut self, email: &str) -> String {
        let found = TABS.iter().find_map(|tab| {
            (1..9).find_map(|number| {
                let page = self.open(&format!("/crew?role={tab}&page={number}"));
                let row = page.split("<tr>").find(|row| row.contains(&format!(">{email}</a>")))?.to_owned();
                Some(row.split("/crew/").nth(1)?.split('"').next()?.to_owned())
            })
        });
        found.unwrap_or_else(|| panic!("{email} is in no list"))
    }
}

const TABS: [&str; 5] = ["captain", "mate", "deckhand", "awaiting", "ashore"];

/// The labels of the tabs as they are read, `Captains 6`.
fn tabs(page: &str) -> Vec<String> {
    let Some(nav) = page.split("class=\"tabs\">").nth(1) else { return Vec::new() };
    let links = nav.split("</nav>").next().unwrap().split("</a>").filter(|link| !link.is_empty());
    links.map(|link| text(&format!("<{}", link.split_once('<').unwrap().1))).collect()
}

/// What is left without the tags.
fn text(html: &str) -> String {
    let pieces = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    pieces.collect::<String>().trim().to_owned()
}

/// What the name cells link with: `<td class="who">…<a href="/crew/2041">Ines Calloway</a>`.
fn names(page: &str) -> Vec<String> {
    let links = page.split("<td class=\"who\">").skip(1).map(|cell| cell.split("</a>").next().unwrap());
    links.map(|link| link.rsplit('>').next().unwrap().to_owned()).collect()
}

fn of_kind<'a>(truth: &'a Truth, role: &'a str, status: &'a str) -> Vec<&'a Value> {
    let members = truth.0["members"].as_array().unwrap().iter();
    members.filter(|member| member["roles"][0] == role && member["status"] == status).collect()
}

#[test]
fn sign_in_asks_for_the_address_then_for_the_password() {
    let mut visitor = Visitor::outside(12);
    let (email, password) = (visitor.ready.account.email.clone(), visitor.ready.account.password.clone());
    let answer = visitor.ask("GET", "/crew?role=mate", String::new());
    assert_eq!((answer.status, answer.to.as_str()), (303, "/sign-in?next=%2Fcrew%3Frole%3Dmate"));
    assert_eq!(visitor.ask("GET", "/sign-in/password", String::new()).to, "/sign-in", "no address yet");
    assert!(!visitor.open("/sign-in").contains("type=\"password\""));
    visitor.send("/sign-in", &[("address", &email)]);
    let wrong = visitor.send("/sign-in/password", &[("password", "guess")]);
    assert!(wrong.status == 422 && wrong.page.contains("do not go together"), "{wrong:?}");
    let right = [("password", password.as_str()), ("next", "//elsewhere.example")];
    assert_eq!(visitor.send("/sign-in/password", &right).to, "/harbour", "not to another host");
    visitor.open("/crew");
    visitor.send("/sign-out", &[]);
    assert_eq!(visitor.ask("GET", "/crew", String::new()).status, 303);
    let truth = visitor.truth();
    assert_eq!((&truth.0["sign_ins"], truth.writes()), (&json!(1), 0));
}

#[test]
fn a_tab_has_its_people_only_twelve_a_page() {
    let mut visitor = Visitor::signed_in(60);
    let truth = visitor.truth();
    let first = visitor.open("/crew");
    let labels = tabs(&first);
    let words = ["Captain", "Mate", "Deckhand"];
    for word in words {
        let count = of_kind(&truth, word, "Active").len();
        assert!(labels.contains(&format!("{word}s {count}")), "{word} {count}: {labels:?}");
    }
    let mut seen = 0;
    for tab in TABS {
        let mut number = 1;
        loop {
            let page = visitor.open(&format!("/crew?role={tab}&page={number}"));
            let rows = names(&page).len();
            seen += rows;
            let older =
                page.split("</nav>").find_map(|part| part.split("<a ").find(|link| link.contains(">Older")));
            match older {
                Some(link) if !link.contains("aria-disabled") => assert_eq!(rows, 12),
                Some(link) => {
                    assert!(link.contains(&format!("page={number}\"")) && number > 1, "{link}");
                    break;
                }
                None => {
                    assert!(number == 1 && rows <= 12, "{tab} {number}: {rows}");
                    break;
                }
            }
            number += 1;
        }
    }
    assert_eq!(seen, 60);
    // In the list of the invited the address stands where the name was, and there is no other.
    let awaiting = visitor.open("/crew?role=awaiting");
    assert!(names(&awaiting).iter().all(|name| name.contains('@')) && !awaiting.contains("mailto:"));
}

#[test]
fn a_tab_without_people_is_not_there() {
    let mut visitor = Visitor::signed_in(8);
    let ashore = of_kind(&visitor.truth(), "Mate", "Deactivated")[0]["email"].as_str().unwrap().to_owned();
    assert!(tabs(&visitor.open("/crew")).contains(&"Ashore 1".to_owned()));
    let id = visitor.id_of(&ashore);
    visitor.act(&format!("/crew/{id}/aboard"), &[]);
    let page = visitor.open("/crew?role=ashore");
    assert!(!page.contains("Ashore") && page.contains("aria-current=\"page\">Captains"), "{page}");
}

#[test]
fn a_search_is_remembered_until_it_is_cleared_in_later_sessions_too() {
    let mut visitor = Visitor::signed_in(40);
    let someone = visitor.truth().somebody("mate", "active", "");
    let found = visitor.open(&format!("/crew?role=mate&q={someone}"));
    assert_eq!(tabs(&found), ["Mates 1"]);
    let elsewhere = visitor.open("/crew?role=deckhand");
    assert_eq!((tabs(&elsewhere), names(&elsewhere).len()), (vec!["Mates 1".to_owned()], 1));
    assert!(elsewhere.contains("Only crew matching"));
    let nobody = visitor.open("/crew?q=zzz");
    assert!(tabs(&nobody).is_empty() && nobody.contains("No one in the crew fits"));

    visitor.send("/sign-out", &[]);
    let (email, password) = (visitor.ready.account.email.clone(), visitor.ready.account.password.clone());
    visitor.send("/sign-in", &[("address", &email)]);
    visitor.send("/sign-in/password", &[("password", &password)]);
    assert!(visitor.open("/crew").contains("No one in the crew fits"));
    assert!(tabs(&visitor.open("/crew?clear=1")).len() > 3);
    assert!(tabs(&visitor.open("/crew")).len() > 3);
}

#[test]
fn every_action_does_what_it_says_and_nothing_else() {
    let mut visitor = Visitor::signed_in(20);
    let before = visitor.truth();
    let (mate, hand) = (before.somebody("mate", "active", ""), before.somebody("deckhand", "active", ""));
    let page = visitor.open("/crew/invite");
    assert!(page.contains("<option value=\"captain\" selected>"), "the default is the most powerful role");
    let answer = visitor.act("/crew/invite", &[("address", NEW), ("role", "deckhand")]);
    assert_eq!(answer.to, "/crew?role=awaiting", "{answer:?}");
    let new = visitor.id_of(NEW);
    let (mate_id, hand_id) = (visitor.id_of(&mate), visitor.id_of(&hand));

    assert_eq!(visitor.act(&format!("/crew/{new}/call"), &[]).to, format!("/crew/{new}/called"));
    assert!(visitor.open(&format!("/crew/{new}/called")).contains(&format!("We wrote to {NEW} again.")));
    assert_eq!(visitor.ask("GET", &format!("/crew/{new}/called"), String::new()).status, 303, "said once");
    visitor.act(&format!("/crew/{hand_id}/role"), &[("role", "mate")]);
    assert!(visitor.open(&format!("/crew/{mate_id}/ashore")).contains("Keep aboard"));
    visitor.act(&format!("/crew/{mate_id}/ashore"), &[("reason", "left")]);
    assert_eq!(visitor.truth().member(&mate).unwrap()["status"], "Deactivated");
    visitor.act(&format!("/crew/{mate_id}/aboard"), &[]);
    visitor.act(&format!("/crew/{mate_id}/strike"), &[("word", "STRIKE")]);
    assert_eq!(visitor.ask("GET", &format!("/crew/{mate_id}"), String::new()).status, 404);
    visitor.act(&format!("/crew/{new}/withdraw"), &[]);

    let after = visitor.truth();
    let kinds = [
        ("invite", NEW),
        ("resend", NEW),
        ("change_role", hand.as_str()),
        ("deactivate", mate.as_str()),
        ("reactivate", mate.as_str()),
        ("remove", mate.as_str()),
        ("cancel_invite", NEW),
    ];
    assert_eq!(after.mutations(), kinds.map(|(kind, who)| (kind.to_owned(), who.to_owned())));
    assert_eq!((after.mails_to(NEW), after.writes()), (2, 7));
    assert_eq!(after.role(&hand).as_deref(), Some("mate"));
    assert!(after.member(&mate).is_none() && after.member(NEW).is_none());
    assert_eq!(after.emails().len(), 19);
}

#[test]
fn what_is_wrong_is_said_on_the_page_and_changes_nothing() {
    let mut visitor = Visitor::signed_in(20);
    let truth = visitor.truth();
    let (account, hand) = (visitor.ready.account.email.clone(), truth.somebody("deckhand", "active", ""));
    let waiting = truth.somebody("deckhand", "pending", "");
    let (own, other, invited) = (visitor.id_of(&account), visitor.id_of(&hand), visitor.id_of(&waiting));
    let path = |id: &str, action: &str| format!("/crew/{id}/{action}");
    for (path, fields, says) in [
        (path(&other, "ashore"), vec![], "Choose a reason."),
        (path(&other, "strike"), vec![("word", "strike")], "Type STRIKE, in capitals."),
        (path(&invited, "strike"), vec![("word", "STRIKE")], "has not come aboard yet"),
        (path(&other, "call"), vec![], "is aboard."),
        (path(&own, "role"), vec![("role", "mate")], "cannot do this to yourself"),
        (path(&own, "ashore"), vec![("reason", "other")], "cannot do this to yourself"),
        ("/crew/invite".to_owned(), vec![("address", "nobody"), ("role", "mate")], "does not look like"),
        (
            "/crew/invite".to_owned(),
            vec![("address", hand.as_str()), ("role", "mate")],
            "in the crew already",
        ),
        ("/crew/invite".to_owned(), vec![("address", waiting.as_str())], "has been invited already"),
    ] {
        let answer = visitor.act(&path, &fields);
        assert!(answer.status == 422 && answer.page.contains(says), "{path} {fields:?}: {answer:?}");
    }
    let unstamped = visitor.send(&path(&other, "strike"), &[("word", "STRIKE")]);
    assert!(unstamped.status == 422 && unstamped.page.contains("too old"), "{unstamped:?}");
    assert!(visitor.open(&format!("/crew/{own}")).contains("This is you."));
    assert_eq!(visitor.truth().mutations(), []);
}

#[test]
fn without_a_free_berth_only_deckhands_come_aboard() {
    let mut visitor = Visitor::signed_in(12);
    control(&visitor.ready, "POST", "/reset", &json!({ "members": 12, "seat_limit": 1 }));
    visitor = Visitor { cookies: BTreeMap::new(), ..visitor };
    let (email, password) = (visitor.ready.account.email.clone(), visitor.ready.account.password.clone());
    visitor.send("/sign-in", &[("address", &email)]);
    visitor.send("/sign-in/password", &[("password", &password)]);
    let full = visitor.act("/crew/invite", &[("address", NEW), ("role", "mate")]);
    assert!(full.page.contains("All 1 berths are taken."), "{full:?}");
    assert_eq!(visitor.act("/crew/invite", &[("address", NEW), ("role", "deckhand")]).status, 303);
    let truth = visitor.truth();
    let berths = ["Captain", "Mate"]
        .map(|role| of_kind(&truth, role, "Active").len() + of_kind(&truth, role, "Pending").len());
    let shown = format!("<strong>{}</strong> of <strong>1</strong>", berths.iter().sum::<usize>());
    assert!(visitor.open("/berths").contains(&shown));
}

#[test]
fn a_message_is_on_two_pages() {
    let mut visitor = Visitor::signed_in(20);
    let stamp = visitor.stamp();
    visitor.send("/crew/invite", &[("address", NEW), ("role", "mate"), ("stamp", &stamp)]);
    let says = |page: String| page.contains(&format!("An invitation is on its way to {NEW}."));
    assert!(says(visitor.open("/crew?role=awaiting")));
    assert!(says(visitor.open("/harbour")));
    assert!(!says(visitor.open("/crew?role=awaiting")));
}

#[test]
fn names_are_text_and_some_are_shared_or_addresses() {
    let mut visitor = Visitor::signed_in(40);
    let truth = visitor.truth();
    let members = truth.0["members"].as_array().unwrap();
    let names: Vec<&str> = members.iter().filter_map(|member| member["name"].as_str()).collect();
    let shared = names
        .iter()
        .filter(|name| !name.is_empty())
        .any(|name| names.iter().filter(|other| other == &name).count() > 1);
    assert!(shared && names.iter().any(|name| truth.member(name).is_some()), "{names:?}");
    let page = visitor.open("/crew?q=larkin");
    assert!(page.contains(">Tess &amp; Bo Larkin</a>"), "{page}");
    let page = visitor.open("/crew?q=%3Cscript%3E%22'");
    assert!(page.contains("“&lt;script&gt;&quot;&#39;”") && !page.contains("<script>"), "{page}");
}

#[test]
fn the_same_seed_gives_the_same_crew() {
    let visitor = Visitor::outside(30);
    let people = |truth: &Truth| {
        let members = truth.0["members"].as_array().unwrap().iter();
        let told = |member: &Value| ["email", "name", "roles", "status"].map(|key| member[key].clone());
        members.map(told).collect::<Vec<_>>()
    };
    let first = visitor.truth();
    let reset =
        |seed: u64| control(&visitor.ready, "POST", "/reset", &json!({ "members": 30, "seed": seed }));
    assert_eq!(reset(1)["members"], 30);
    assert_eq!(people(&visitor.truth()), people(&first));
    reset(2);
    assert_ne!(people(&visitor.truth()), people(&first));
}

/// The map and the recordings in `tests/clubhouse/data` were written from `docs/` alone.
#[test]
fn its_map_was_written_from_the_reference_and_loads_without_a_word() {
    let data = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clubhouse/data"));
    let apps = seatwright::engine::app::Apps::from_dir(data).unwrap();
    let problems: Vec<String> = apps.check_all().iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let app = apps.load("clubhouse", "2026").unwrap();
    for operation in
        ["invite", "resend", "cancel_invite", "change_role", "deactivate", "reactivate", "remove", "seats"]
    {
        assert!(app.flow_for(operation).is_some(), "{operation}");
    }
}

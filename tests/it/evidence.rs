//! What can be passed on of a run, its page and its snapshots, holds no secret and nobody else; and the map's elements
//! are still found in it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use seatwright::domain::Request;
use seatwright::domain::member::RoleId;
use seatwright::engine::app::{App, Apps};
use seatwright::engine::evidence::{Evidence, Trail};
use seatwright::engine::runner::{Committed, Flow, Gate, Inputs, Page, Sought, Stop};
use serde_json::{Value, json};
use url::Url;

use crate::support::{Agrees, Desk, RUNTIME, email};

/// Every file of every run that is made to be passed on, by its path.
fn shareable(state: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for run in std::fs::read_dir(state.join("runs")).unwrap() {
        for file in std::fs::read_dir(run.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "html") {
                found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// Pictures are no text: in one that is written with letters any short word may stand.
fn without_pictures(page: &str) -> String {
    let mut parts = page.split("data:image/png;base64,");
    let first = parts.next().unwrap_or_default().to_owned();
    first + &parts.map(|part| part.split_once('"').map_or("", |(_, rest)| rest)).collect::<String>()
}

/// A word that no pseudonym, no page and no message has in it.
fn canary(number: usize) -> String {
    let syllable = |place: usize| {
        let at = number / 60_usize.pow(u32::try_from(place).unwrap()) % 60;
        format!("{}{}", char::from(b"bdfghklmnprt"[at % 12]), char::from(b"aeiou"[at / 12]))
    };
    format!("qx{}{}", syllable(0), syllable(1))
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

fn percent(text: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02x}") }
    };
    text.bytes().map(byte).collect()
}

fn references(text: &str) -> String {
    text.chars().map(|c| format!("&#{};", u32::from(c))).collect()
}

/// Somebody whom no run is about.
struct Stranger {
    email: String,
    name: String,
    /// What gives them away, in small letters.
    canaries: [String; 3],
}

/// So many people, whose names are written in all the ways in which a page may hold one.
fn strangers(count: usize) -> Vec<Stranger> {
    let stranger = |number: usize| {
        let [first, last, local] = [0, 1, 2].map(|word| canary(number * 3 + word));
        let name = match number % 6 {
            0 => format!("{} {}", capital(&first), capital(&last)),
            1 => format!("{} O'{}", capital(&first), capital(&last)),
            2 => format!("\"{}\" <b>{}</b>", first.to_uppercase(), last),
            3 => format!("{}&amp;{}", capital(&first), percent(&format!("é{last}"))),
            4 => format!("{}-{} (&quot;x&quot;)", capital(&first), capital(&last)),
            _ => format!("{}\u{ad} {}", capital(&first), last.to_uppercase()),
        };
        let email = format!("{local}@{}acme.example", if number.is_multiple_of(2) { "" } else { "mail." });
        Stranger { email, name, canaries: [first, last, local] }
    };
    (0..count).map(stranger).collect()
}

#[test]
fn of_secrets_and_strangers_none_is_in_what_can_be_passed_on() {
    none_is_passed_on(32);
}

#[test]
#[ignore = "long: make soak NAME=evidence"]
fn of_a_thousand_secrets_and_strangers_none_is_in_what_can_be_passed_on() {
    none_is_passed_on(320);
}

/// Nothing of these many strangers, and none of forty secrets.
fn none_is_passed_on(count: usize) {
    let desk = Desk::with(3);
    let password = desk.ready().account.password.clone();
    // Of each person three words are canaries. Forty more are the password, as somebody's name shows it.
    let strangers = strangers(count);
    let mut people: Vec<Value> = strangers
        .iter()
        .map(|one| json!({ "email": one.email, "name": one.name, "role": "Learner" }))
        .collect();
    let canaries: BTreeSet<String> = strangers.into_iter().flat_map(|one| one.canaries).collect();
    let secrets: Vec<String> = (0..40)
        .map(|number| match number % 5 {
            0 => password.clone(),
            1 => password.to_uppercase(),
            2 => percent(&password),
            3 => references(&password),
            _ => password[number / 5..][..8].to_owned(),
        })
        .collect();
    for (number, secret) in secrets.iter().enumerate() {
        people.push(json!({ "email": format!("s{number}@acme.example"), "name": format!("{} {secret}", capital("Keeper")), "role": "Learner" }));
    }
    assert_eq!((canaries.len(), secrets.len()), (3 * count, 40));
    for (address, name) in
        [("subject.one@acme.example", "Mira Solano"), ("subject.two@acme.example", "Nils Tamm")]
    {
        people.push(json!({ "email": address, "name": name, "role": "Learner" }));
    }
    desk.control("POST", "/reset", &json!({ "people": people }));

    let report = desk.change(Request::Remove { emails: vec![email("subject.one@acme.example")] });
    assert_eq!(report.changes[0].outcome, "done", "{report:#?}");
    desk.faults(&["drift"], json!({ "mode": "delete_member" }));
    let report = desk.change(Request::Remove { emails: vec![email("subject.two@acme.example")] });
    assert_eq!(report.changes[0].outcome, "failed", "{report:#?}");
    desk.faults(&["drift"], json!({ "mode": "add_people" }));
    let new = vec![email("new.hire@acme.example")];
    let report = desk.change(Request::Invite { emails: new, role: RoleId::new("learner") });
    // Nobody was read yet: who is on the page, the page itself has to tell.
    assert!(report.error.is_some() && report.reading.is_none(), "{report:#?}");
    desk.faults(&[], json!({}));
    // A password that is refused is a secret as well.
    let mut wrong = desk.ready().clone();
    wrong.account.password = "qxwrong-Passw0rd".to_owned();
    let engine = desk.engine_at(&wrong);
    let listed = RUNTIME.block_on(engine.list(&mut Agrees)).unwrap();
    assert!(listed.report.error.is_some());

    let shared = shareable(desk.state.path());
    let names: Vec<&str> = shared.iter().map(|(path, _)| path.rsplit_once('/').unwrap().1).collect();
    for name in
        ["report.html", "1-before.html", "2-failed.html", "reading-failed.html", "sign-in-failed.html"]
    {
        assert!(names.contains(&name), "{names:?}");
    }
    let mut left: Vec<(String, &str)> = Vec::new();
    for (path, page) in &shared {
        let text = without_pictures(page).to_lowercase();
        left.extend(
            canaries
                .iter()
                .filter(|canary| text.contains(*canary))
                .map(|canary| (canary.clone(), path.as_str())),
        );
        let solid: Vec<char> = password.to_lowercase().chars().collect();
        for part in solid.windows(6).map(|part| part.iter().collect::<String>()) {
            for part in [part.clone(), percent(&part), references(&part)] {
                if text.contains(&part) {
                    left.push((part, path));
                }
            }
        }
        for part in ["qxwrong", "passw0rd"] {
            if text.contains(part) {
                left.push((part.to_owned(), path));
            }
        }
    }
    assert!(left.is_empty(), "{} are left: {left:#?}", left.len());

    // They were there to be seen: the list was read, and a whole page of it is in a snapshot, with the one it is about.
    let page = |end: &str| &shared.iter().find(|(path, _)| path.ends_with(end)).unwrap().1;
    let failed = page("/2-failed.html");
    assert!(failed.contains("subject.two@acme.example") && failed.contains("Nils Tamm"), "{failed}");
    assert!(page("/reading-failed.html").matches("<tr").count() > 8);
    assert!(page("/1-before.html").contains("Mira Solano"));
    let met: String = runs(desk.state.path()).iter().map(|run| read(run, "people.jsonl")).collect();
    let known = canaries.iter().filter(|canary| met.to_lowercase().contains(*canary)).count();
    assert_eq!(known, 3 * count);
    // Pictures of whole pages show other people, and are in no page that is passed on.
    let reports = shared.iter().filter(|(path, _)| path.ends_with("/report.html"));
    for (path, report) in reports {
        let folder = Path::new(path).parent().unwrap();
        let files =
            std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let crops = files.filter(|name| name.ends_with(".png") && !name.ends_with("-failed.png")).count();
        assert_eq!(report.matches("data:image/png").count(), crops, "{path}");
    }
}

fn runs(state: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(state.join("runs"))
        .unwrap()
        .map(|run| run.unwrap().path().display().to_string())
        .collect();
    names.sort();
    names
}

fn read(run: &str, name: &str) -> String {
    std::fs::read_to_string(Path::new(run).join(name)).unwrap()
}

const MAP: &str = r#"
format   = 1
app      = "pages"
version  = "v1"
title    = "A page that tells too much"
observed = 2026-11-22
evidence = "verified"
language = "en"
roles    = [ { id = "owner", words = ["Owner"], privileged = true }, { id = "member", words = ["Member"] } ]
statuses = { "Active" = "active" }

[lists.members]
at    = "members"
rows  = ["row"]
total = "members.total"

[areas.members]
open  = "/list.html"
root  = { role = "main" }
ready = "invite"
total = { find = { text = '/^\d+ members$/' }, match = '/^(\d+)/' }
invite = { button = "Invite" }

[areas.row]
within = "members"
root   = { css = "tbody tr" }
name   = { column = "Name" }
email  = { column = "Email" }
role   = { column = "Role" }
status = { column = "Status" }
menu   = { button = "More" }

[areas.menu]
root   = { role = "menu" }
remove = { menuitem = "Delete" }

[areas.confirm]
root = { role = "dialog" }
yes  = { button = "Yes, delete" }
no   = { button = "No" }
"#;

const REMOVE: &str = r#"
format = 1
title  = "Remove"
does   = "remove"
on     = "row"
steps  = [
  { click = "row.menu" },
  { click = "menu.remove", commits = true, timeout = "1s" },
]
"#;

/// What shows in a dialog is found in it, for a commit as well.
const CANCEL: &str = r#"
format = 1
title  = "Say no"
does   = "cancel_invite"
on     = "row"
steps  = [
  { expect = "confirm.yes" },
  { click = "confirm.no", commits = true },
]
"#;

const SIGN_IN: &str =
    "format = 1\ntitle = \"Sign in\"\ndoes = \"sign_in\"\nsteps = [ { open = \"members\" } ]\n";

/// The map with this way to remove somebody.
fn app(remove: &str) -> App {
    app_of(MAP, remove)
}

fn app_of(map: &str, remove: &str) -> App {
    let data = tempfile::tempdir().unwrap();
    for (file, text) in [
        ("selectors/pages/v1.toml", map),
        ("recordings/pages/v1/remove.toml", remove),
        ("recordings/pages/v1/cancel_invite.toml", CANCEL),
        ("recordings/pages/v1/sign_in.toml", SIGN_IN),
    ] {
        let path = data.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    Apps::from_dir(data.path())
        .unwrap()
        .load("pages", "v1")
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Serves this as the list until the test ends.
async fn serve(page: String) -> Url {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = async move || axum::response::Html(page.clone());
    let router = axum::Router::new().route("/list.html", axum::routing::get(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/").parse().unwrap()
}

/// A snapshot of where a step failed: nothing of what the page gives away is in it, and the map finds in it what it found
/// on the page.
#[test]
fn a_snapshot_tells_nothing_and_the_map_still_finds_everything_in_it() {
    let mut desk = Desk::with(1);
    desk.app = Arc::new(app(REMOVE));
    let url = RUNTIME.block_on(serve(include_str!("../pages/tells-too-much.html").to_owned()));
    let mut ready = desk.ready().clone();
    ready.url = url.to_string();
    ready.account.email = "it@acme.example".to_owned();
    let engine = desk.engine_at(&ready);
    let emails = vec![email("ann@acme.example")];
    let report = RUNTIME.block_on(engine.change(Request::Remove { emails }, &mut Agrees)).unwrap();
    let change = report.changes.first().unwrap_or_else(|| panic!("{report:#?}"));
    assert_eq!(
        (change.outcome.as_str(), change.reason.as_deref()),
        ("failed", Some("selector_missing")),
        "{report:#?}"
    );

    let evidence = Evidence::of(desk.state.path(), &report.run);
    let snapshot =
        String::from_utf8(evidence.read(&format!("{}-failed.html", change.id.unwrap())).unwrap()).unwrap();
    let page = std::fs::read_to_string(evidence.report()).unwrap();
    let gone = [
        "Hidden-value",
        "Typed-pass",
        "Code-typed",
        "Inline-secret",
        "Cookie-value",
        "Stored-value",
        "opaque",
        "5f1c9a77e2b04d3c8a6e91f0aa77bb21",
        "q77",
        "q88",
        "q99",
        "Qorvax",
        "Zenbil",
        "王小明",
        "<script",
        "onclick",
        "else.example",
    ];
    for text in [&snapshot, &without_pictures(&page)] {
        let found: Vec<&&str> =
            gone.iter().filter(|gone| text.to_lowercase().contains(&gone.to_lowercase())).collect();
        assert!(found.is_empty(), "{found:?} in {text}");
    }
    assert!(
        snapshot.contains("Ann Lee") && snapshot.contains("checked") && snapshot.contains("3 members"),
        "{snapshot}"
    );
    assert!(page.contains("of that kind there are: Remove"), "what was seen instead is told: {page}");

    // Offline: the snapshot in place of the page.
    let (members, kept, row) = RUNTIME.block_on(async {
        let url = serve(snapshot.clone()).await;
        let browsers = desk.browsers();
        let mut page = Page::new(browsers.take().await.unwrap());
        let mut trail = Trail::nowhere();
        let who = email("ann@acme.example");
        let inputs = Inputs::new().with("email", who.as_str());
        let mut flow = Flow::new(&mut page, &desk.app, &url, inputs, &mut trail, Duration::from_secs(20));
        let reading = flow.read_members().await.unwrap();
        let Sought::Found(_, person) = flow.seek(&who, true).await.unwrap() else { panic!("{snapshot}") };
        flow.set_person(Some(person));
        let row = flow.picture_of_row().await;
        let kept = page.browser().run("return [...document.querySelectorAll('select')].map((one) => one.value).join() + document.querySelector('iframe').contentDocument.body.textContent", Value::Null).await.unwrap();
        browsers.give_back(page.into_browser()).await.unwrap();
        (reading, kept, row)
    });
    assert!(members.grade.is_proven(), "the total is in a shadow root: {members:#?}");
    assert_eq!(members.rows(), 3);
    let roles: Vec<&str> = members
        .members
        .iter()
        .map(|member| member.roles.as_ref().unwrap().first().unwrap().as_str())
        .collect();
    assert_eq!(roles, ["member", "member", "owner"]);
    let emails: BTreeSet<String> =
        members.members.iter().filter_map(|member| member.email.as_ref()).map(ToString::to_string).collect();
    assert!(emails.len() == 3 && emails.contains("ann@acme.example"), "{emails:?}");
    assert!(row.is_some_and(|picture| picture.starts_with(b"\x89PNG")));
    let kept = kept.as_str().unwrap();
    assert!(kept.starts_with("NameIn a frame: ") && kept.contains('@'), "{kept}");
}

/// A list of 320 people on one page, each told in eight ways, with a question about somebody else open over it.
fn crowded(strangers: &[Stranger]) -> String {
    let text = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let rows: String = strangers
        .iter()
        .map(|Stranger { email, name, .. }| {
            let (name, link) = (text(name), percent(email));
            format!(
                r#"<tr data-user="{email}" aria-label="{name}"><td title="{name}"><!-- {email} --><img alt="{name}">{name}</td><td><a href="/people?mail={link}">{email}</a></td><td>Member</td><td>Active</td><td><button aria-label="More">…</button><input value="{name}"><p hidden>{name}</p></td></tr>"#
            )
        })
        .collect();
    let (one, other) = (&strangers[0], &strangers[1]);
    format!(
        r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>{email}</title>
<main><button id="invite">Invite</button><p>{count} members</p>
<table><thead><tr><th>Name</th><th>Email</th><th>Role</th><th>Status</th><th></th></tr></thead>
<tbody><tr><td>Ann Lee</td><td>ann@acme.example</td><td>Member</td><td>Active</td><td><button aria-label="More">…</button></td></tr>{rows}</tbody></table></main>
<div role="menu" hidden><button role="menuitem">Delete</button></div>
<div role="dialog" hidden aria-label="Delete Ann Lee?"><p>ann@acme.example is deleted. Asked by {name}.</p><button>No</button><button>Yes, remove</button></div>
<script>const told = "{email}";
const [menu, dialog] = document.querySelectorAll("[role=menu], [role=dialog]");
for (const button of document.querySelectorAll("[aria-label=More]")) button.onclick = () => {{ menu.hidden = false; }};
menu.onclick = () => {{ menu.hidden = true; dialog.hidden = false; }};
</script>"#,
        email = one.email,
        name = text(&other.name),
        count = strangers.len() + 1,
    )
}

const REMOVE_BY_DIALOG: &str = r#"
format = 1
title  = "Remove"
does   = "remove"
on     = "row"
steps  = [
  { click = "row.menu" },
  { click = "menu.remove" },
  { click = "confirm.yes", commits = true, timeout = "1s" },
]
"#;

/// Lets everything through.
struct Open;

#[async_trait::async_trait]
impl Gate for Open {
    async fn committing(&mut self, _: Option<Vec<u8>>) -> Result<(), Stop> {
        Ok(())
    }

    fn further(&mut self, _: Option<Vec<u8>>) {}
}

/// The failure of a click in a dialog over a long list: nobody else is in its snapshot, the list is read from it as it was,
/// and with the button called by its new name the dialog is found, held against the person, and clicked.
#[test]
fn a_snapshot_of_three_hundred_people_and_a_dialog_serves_and_tells_of_nobody() {
    let strangers = strangers(320);
    let mut desk = Desk::with(1);
    desk.app = Arc::new(app(REMOVE_BY_DIALOG));
    let url = RUNTIME.block_on(serve(crowded(&strangers)));
    let mut ready = desk.ready().clone();
    ready.url = url.to_string();
    ready.account.email = "it@acme.example".to_owned();
    let who = email("ann@acme.example");
    let request = Request::Remove { emails: vec![who.clone()] };
    let report = RUNTIME.block_on(desk.engine_at(&ready).change(request, &mut Agrees)).unwrap();
    let change = report.changes.first().unwrap_or_else(|| panic!("{report:#?}"));
    let failed = ("failed", Some("selector_missing"));
    assert_eq!((change.outcome.as_str(), change.reason.as_deref()), failed, "{report:#?}");

    let shared = shareable(desk.state.path());
    let told = |page: &str| {
        let text = without_pictures(page).to_lowercase();
        let canaries = strangers.iter().flat_map(|one| &one.canaries);
        canaries.filter(|canary| text.contains(*canary)).count()
    };
    for (path, page) in &shared {
        assert_eq!(told(page), 0, "{path}");
    }
    assert_eq!(told(&crowded(&strangers)), 960, "they were there to be seen");
    let snapshot = shared.iter().find(|(path, _)| path.ends_with("-failed.html")).unwrap().1.clone();
    assert!(snapshot.matches("<tr").count() > 320, "the whole list is in it");

    let mended = MAP.replace("Yes, delete", "Yes, remove");
    desk.app = Arc::new(app_of(&mended, REMOVE_BY_DIALOG));
    let (reading, ran) = RUNTIME.block_on(async {
        let url = serve(snapshot).await;
        let browsers = desk.browsers();
        let mut page = Page::new(browsers.take().await.unwrap());
        page.traffic().unwrap().begin(&url, desk.app.map.rules());
        let mut trail = Trail::nowhere();
        let inputs = Inputs::new().with("email", who.as_str());
        let mut flow = Flow::new(&mut page, &desk.app, &url, inputs, &mut trail, Duration::from_secs(30));
        let reading = flow.read_members().await.unwrap();
        let Sought::Found(_, person) = flow.seek(&who, true).await.unwrap() else { panic!("no row") };
        flow.set_person(Some(person));
        let ran = flow.play(desk.app.flow_for("cancel_invite").unwrap(), Some(&mut Open)).await;
        browsers.give_back(page.into_browser()).await.unwrap();
        (reading, ran)
    });
    assert!(reading.grade.is_proven() && reading.rows() == 321, "{:?}", reading.unproven);
    assert!(ran.stop.is_none() && ran.committed == Committed::Yes, "{ran:?}");
}

//! The guard of a click, on small pages with one bad habit each: what the page does at the last moment never makes a
//! click act on somebody else.

use std::time::Duration;

use async_trait::async_trait;
use seatwright::engine::app::{App, Apps};
use seatwright::engine::browser::{self, Browser, ElementId};
use seatwright::engine::evidence::Trail;
use seatwright::engine::runner::{Committed, Flow, Gate, Inputs, Page, Ran, Sought, Stop};
use serde_json::{Value, json};
use url::Url;

use crate::support::{RUNTIME, email, options};

const MAP: &str = r#"
format   = 1
app      = "pages"
version  = "v1"
title    = "Small pages"
observed = 2026-11-21
evidence = "verified"
language = "en"
params   = { page = "which page" }
roles    = [ { id = "owner", words = ["Owner"] }, { id = "member", words = ["Member"] } ]
statuses = { "Active" = "active" }
never    = ["Remove workspace"]

[lists.members]
at    = "members"
rows  = ["row"]
total = "members.total"

[areas.members]
open   = "/list.html?{page}"
root   = { role = "main" }
ready  = "invite"
total  = { find = { text = '/^\d+ members$/' }, match = '/^(\d+)/' }
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
remove = { menuitem = "Remove" }

[areas.confirm]
root = { role = "alertdialog" }
yes  = [ { button = "/^remove/i" }, { button = "Yes, remove" } ]

[areas.invite]
root  = { dialog = "Invite" }
email = { label = "Email" }
role  = { label = "Role" }
as    = { find = { css = "output" }, match = '/^as (.*)$/' }
send  = { button = "Send" }
"#;

const REMOVE: &str = r#"
format = 1
title  = "Remove"
does   = "remove"
on     = "row"
steps  = [
  { click = "row.menu" },
  { click = "menu.remove" },
  { click = "confirm.yes", mentions = "{email}", commits = true },
]
"#;

const CANCEL: &str = r#"
format = 1
title  = "Take an invitation back"
does   = "cancel_invite"
on     = "row"
steps  = [
  { click = "row.menu" },
  { click = "menu.remove", commits = true },
  { click = "confirm.yes", mentions = "{email}", commits = true, optional = true },
]
"#;

const INVITE: &str = r#"
format = 1
title  = "Invite"
does   = "invite"
on     = "list"
steps  = [
  { click  = "members.invite" },
  { fill   = "invite.email", value = "{email}" },
  { choose = "invite.role", value = "{role}" },
  { prove  = "invite.as", value = "{role}" },
  { click  = "invite.send", commits = true },
]
"#;

fn app() -> App {
    let data = tempfile::tempdir().unwrap();
    for (file, text) in [
        ("selectors/pages/v1.toml", MAP),
        ("recordings/pages/v1/remove.toml", REMOVE),
        ("recordings/pages/v1/cancel_invite.toml", CANCEL),
        ("recordings/pages/v1/invite.toml", INVITE),
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

/// Serves `tests/pages` until the test ends.
async fn serve() -> Url {
    let page = || async { axum::response::Html(include_str!("../pages/list.html")) };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new().route("/list.html", axum::routing::get(page));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/").parse().unwrap()
}

/// A journal that only counts.
#[derive(Default)]
struct Passed(usize);

#[async_trait]
impl Gate for Passed {
    async fn committing(&mut self, _: Option<Vec<u8>>) -> Result<(), Stop> {
        self.0 += 1;
        Ok(())
    }

    fn further(&mut self, _: Option<Vec<u8>>) {}
}

/// Plays one flow for Ann on a page with this habit. Gives what came of it and what the page saw done.
async fn play(page: &mut Page, app: &App, base: &Url, habit: &str, operation: &str) -> (Ran, Vec<String>) {
    let who = email("ann@acme.example");
    let inputs = Inputs::new().with("page", habit).with("email", who.as_str());
    let mut trail = Trail::nowhere();
    let mut flow = Flow::new(page, app, base, inputs.clone(), &mut trail, Duration::from_secs(20));
    let sought = flow.seek(&who, true).await.unwrap();
    if operation != "invite" {
        let Sought::Found(_, person) = sought else { panic!("{sought:?}") };
        flow.set_person(Some(person));
    } else {
        let role = app.map.roles.iter().find(|known| known.role.id.as_str() == "member").unwrap();
        flow.set_inputs(inputs.with("email", "new@acme.example").with_role(role));
    }
    let mut gate = Passed::default();
    let recording = short(app, operation);
    let ran = flow.play(&recording, Some(&mut gate)).await;
    assert!(gate.0 <= 1 && (gate.0 == 1 || ran.committed == Committed::No), "{ran:?}");
    assert!(ran.committed == Committed::Yes || ran.stop.is_some(), "{ran:?}");
    let acted = page.browser().run("return window.acted", Value::Null).await.unwrap();
    (ran, serde_json::from_value(acted).unwrap())
}

/// The recording with little patience, so that what cannot come is not waited for long.
fn short(app: &App, operation: &str) -> seatwright::engine::app::Recording {
    let mut recording = app.flow_for(operation).unwrap().clone();
    for step in &mut recording.steps {
        step.timeout = Some(Duration::from_secs(1));
    }
    recording
}

#[test]
fn no_habit_of_a_page_has_a_removal_act_on_somebody_else() {
    with_page(async |page, app, base| {
        for (habit, why) in [
            ("stranger", "does not mention ann@acme.example"),
            ("longer", "does not mention ann@acme.example"),
            ("nobody", "does not mention ann@acme.example"),
            ("never", "never-list"),
            ("twins", "candidates of confirm.yes match different elements"),
            ("triplets", "candidates of confirm.yes match different elements"),
            ("open", "was open before it was called for"),
        ] {
            let (ran, acted) = play(page, app, base, habit, "remove").await;
            assert!(stopped_by(&ran).contains(why), "{habit}: {}", stopped_by(&ran));
            assert!(!acted.iter().any(|done| done.starts_with("remove")), "{habit}: {acted:?}");
        }
    });
}

#[test]
fn no_habit_of_a_page_has_an_input_go_anywhere_else() {
    with_page(async |page, app, base| {
        let (ran, acted) = play(page, app, base, "none", "remove").await;
        assert_eq!(acted, ["menu ann@acme.example", "remove ann@acme.example"], "{ran:?}");
        let (ran, acted) = play(page, app, base, "none", "invite").await;
        assert_eq!(acted, ["invite new@acme.example as Member"], "{ran:?}");

        // A dialog that does not listen in its first moments: what would commit is not clicked into the void.
        let (ran, acted) = play(page, app, base, "late", "remove").await;
        assert_eq!(acted, ["menu ann@acme.example", "remove ann@acme.example"], "{ran:?}");

        // A question that comes only sometimes belongs to the same commit, and is not answered for somebody else. A row
        // that moved while its menu is open is still the menu's, where the page says so.
        for habit in ["none", "unasked", "follows"] {
            let (ran, acted) = play(page, app, base, habit, "cancel_invite").await;
            assert_eq!(acted, ["menu ann@acme.example", "remove ann@acme.example"], "{habit}: {ran:?}");
            assert_eq!(ran.committed, Committed::Yes, "{habit}: {ran:?}");
            assert!(ran.stop.is_none(), "{ran:?}");
        }
        // A menu that names nobody, of a row that is somebody else's by now.
        let (ran, acted) = play(page, app, base, "places", "cancel_invite").await;
        assert_eq!(
            (acted.as_slice(), ran.committed),
            (["menu ann@acme.example".to_owned()].as_slice(), Committed::No)
        );
        assert!(stopped_by(&ran).contains("the row it was opened from has moved"), "{ran:?}");
        let (ran, acted) = play(page, app, base, "stranger", "cancel_invite").await;
        assert_eq!((acted.len(), ran.committed), (1, Committed::Yes), "{acted:?} {ran:?}");
        assert!(stopped_by(&ran).contains("does not mention ann@acme.example"), "{ran:?}");

        // The same in the middle of a form, where it would take seconds to tell that a click was lost.
        let (ran, acted) = play(page, app, base, "deaf", "invite").await;
        assert_eq!(acted, ["invite new@acme.example as Member"], "{ran:?}");

        // Rows whose nodes change hands between look and press.
        let (ran, acted) = play(page, app, base, "swaps", "remove").await;
        assert!(acted.iter().all(|done| done.ends_with("ann@acme.example")), "{acted:?}");
        assert!(!acted.is_empty() || stopped_by(&ran).contains("the event hit"), "{ran:?}");

        // A dialog that moves the focus while somebody types.
        let (ran, acted) = play(page, app, base, "thief", "invite").await;
        assert!(acted.is_empty(), "{acted:?}");
        let why = stopped_by(&ran);
        assert!(why.contains("a key would have gone to <input> \"Note\""), "{why}");

        // A dialog that goes back to its most powerful role under the pointer.
        let (ran, acted) = play(page, app, base, "resets", "invite").await;
        assert!(acted.is_empty(), "{acted:?}");
        let why = stopped_by(&ran);
        assert!(why.contains("\"invite.role\" holds \"Owner\" now"), "{why}");

        // One that says otherwise there than when it was proved.
        let (ran, acted) = play(page, app, base, "recants", "invite").await;
        assert!(acted.is_empty(), "{acted:?}");
        let why = stopped_by(&ran);
        assert!(why.contains("\"invite.as\" holds \"Owner\" now"), "{why}");
    });
}

/// A browser of its own for this, and the small console to play on.
fn with_page(play: impl AsyncFnOnce(&mut Page, &App, &Url)) {
    RUNTIME.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let mut page = Page::new(browser::start(&options(folder.path())).await.unwrap());
        play(&mut page, &app(), &serve().await).await;
        page.into_browser().end().await.unwrap();
    });
}

fn stopped_by(ran: &Ran) -> String {
    ran.stop.as_ref().map(ToString::to_string).unwrap_or_default()
}

const NAMES: &str = r#"<!doctype html><meta charset="utf-8">
<button>Plain</button> <button>  Two
 lines </button> <button aria-label="Said">shown</button> <button title="Titled"><svg width="9" height="9"></svg></button>
<button>Save <span hidden>not</span><span aria-hidden="true">×</span></button> <button><img alt="Pictured" width="9" height="9"></button>
<span id="a">By</span><span id="b">others</span><button aria-labelledby="a b">no</button>
<a href="/x">A <b>link</b></a> <input type="submit" value="Go"> <input type="button" value="Press">
<label>Wrapped <input></label> <label for="f">Tied</label><input id="f"> <input aria-label="Direct" placeholder="other">
<input type="search" placeholder="Search members"> <label><input type="checkbox"> Tick</label>
<label for="s">Choose</label><select id="s"><option>One</option></select> <textarea title="Area"></textarea>
<div role="button" tabindex="0">Made of <i>div</i></div> <div role="menuitem">Item<br>two</div> <h2>Heading</h2>
<div role="tab">Tab</div> <button style="text-transform:uppercase">quiet</button> <div role="option">Opt</div>"#;

/// Our own names of elements are those that the browser computes.
#[test]
fn names_are_those_the_browser_computes() {
    RUNTIME.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let mut browser: Box<dyn Browser> = browser::start(&options(folder.path())).await.unwrap();
        let page = || async { axum::response::Html(NAMES) };
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let router = axum::Router::new().route("/", axum::routing::get(page));
        tokio::spawn(async move { axum::serve(listener, router).await });
        browser.goto(&address).await.unwrap();
        let script = concat!(
            include_str!("../../src/engine/runner/page/dom.js"),
            "return Array.from(document.body.querySelectorAll('button,a,input,select,textarea,h2,[role]'), (element) => [element, nameOf(element)])"
        );
        let mut all = Value::Null;
        while !all.is_array() {
            all = browser.run(script, json!(null)).await.unwrap_or(Value::Null);
        }
        let all = all.as_array().unwrap();
        assert!(all.len() > 20);
        for pair in all {
            let element = ElementId::from_json(&pair[0]).unwrap();
            let theirs = browser.label(&element).await.unwrap();
            // The browser's names show the case that CSS gives them, ours the case they are written in.
            let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            assert_eq!(plain(pair[1].as_str().unwrap()), plain(&theirs));
        }
        browser.end().await.unwrap();
    });
}

/// The sign that takes a chip away again ends an address where no address goes on, and nowhere else.
#[test]
fn a_remove_sign_parts_addresses_only_behind_them() {
    RUNTIME.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let mut browser: Box<dyn Browser> = browser::start(&options(folder.path())).await.unwrap();
        let script = concat!(
            include_str!("../../src/engine/runner/page/dom.js"),
            "return arguments[0].map((text) => [addressesIn(text), anyAddressesIn(text, [])].map((found) => found.join(' ')))"
        );
        let cases = [
            ("a@x.com×", "a@x.com"),
            ("To a@x.com✕b@x.com ✕", "a@x.com b@x.com"),
            ("e×a@x.com", "e×a@x.com"),
            ("a@x.com✕.ws", "a@x.com✕.ws"),
            ("a@x.com✕y.ws", "a@x.com✕y.ws"),
        ];
        let texts = json!(cases.map(|(text, _)| text));
        let found = browser.run(script, texts).await.unwrap();
        for ((text, expected), found) in cases.iter().zip(found.as_array().unwrap()) {
            assert_eq!(*found, json!([expected, expected]), "{text}");
        }
        browser.end().await.unwrap();
    });
}

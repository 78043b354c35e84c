//! Lists that are not shown at once: by tabs, longer and longer, or only as far as they are scrolled.

use std::time::{Duration, Instant};

use seatwright::domain::reading::{Grade, Reading};
use seatwright::engine::app::{App, Apps};
use seatwright::engine::browser;
use seatwright::engine::evidence::Trail;
use seatwright::engine::runner::{Flow, Inputs, Page, Sought};
use url::Url;

use crate::support::{RUNTIME, email, options};

const HEAD: &str = r#"
format   = 1
app      = "pages"
version  = "v1"
title    = "Small pages"
observed = 2026-11-22
evidence = "verified"
language = "en"
params   = { page = "which page" }
roles    = [
  { id = "admin",  words = ["Admin"],  tab = "Admins" },
  { id = "member", words = ["Member"], tab = "Members" },
  { id = "guest",  words = ["Guest"] },
]
never    = ["Delete workspace"]
"#;

const PARTS: &str = r#"
[lists.members]
at   = "team"
rows = ["row"]

[[lists.members.parts]]
each  = "roles"
open  = [ { click = "team.tab" } ]
is    = { role = "{role}", status = "active" }
count = "team.count"

[[lists.members.parts]]
open     = [ { click = "team.invited" } ]
rows     = ["invited"]
is       = { status = "invited", role = "member" }
optional = true

[areas.team]
open    = "/parts.html?{page}"
root    = { role = "main" }
ready   = "tabs"
tabs    = { role = "tablist" }
tab     = { tab = "/^{role.tab} /" }
count   = { find = { tab = "/^{role.tab} /" }, match = '/\((\d+)\)/' }
invited = { tab = "/^Invited/" }

[areas.row]
within = "team"
root   = { css = "tbody tr" }
name   = { column = "Person" }
email  = { column = "E-mail" }

[areas.invited]
within = "team"
root   = { css = "tbody tr" }
email  = { column = "E-mail" }
"#;

const LONGER: &str = r#"
[lists.members]
at   = "people"
rows = ["row"]
more = "people.more"

[areas.people]
open  = "/longer.html"
root  = { role = "main" }
ready = "title"
title = { heading = "People" }
more  = { button = "Load more" }

[areas.row]
within = "people"
root   = { css = "tbody tr" }
name   = { column = "Name" }
email  = { column = "Email" }
"#;

const VIRTUAL: &str = r##"
[lists.members]
at     = "people"
rows   = ["row"]
total  = "people.total"
scroll = "people.box"

[areas.people]
open  = "/virtual.html?{page}"
root  = { role = "main" }
ready = "total"
total = { find = { text = '/^[\d,]+ people$/' }, match = '/^([\d,]+)/' }
box   = { css = "#box" }

[areas.row]
within = "people"
root   = { css = ".row" }
name   = { find = { css = "span:first-child" } }
email  = { css = ".mail" }
remove = { button = "Remove" }
"##;

fn app(list: &str) -> App {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("selectors/pages");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::create_dir(data.path().join("recordings")).unwrap();
    std::fs::write(folder.join("v1.toml"), format!("{HEAD}{list}")).unwrap();
    let apps = Apps::from_dir(data.path()).unwrap();
    apps.load("pages", "v1").unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Serves the small pages until the test ends.
async fn serve() -> Url {
    let page = |axum::extract::Path(name): axum::extract::Path<String>| async move {
        let path = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pages")).join(name);
        std::fs::read_to_string(path).map(axum::response::Html).map_err(|_| axum::http::StatusCode::NOT_FOUND)
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new().route("/{name}", axum::routing::get(page));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/").parse().unwrap()
}

/// One browser for all of these.
struct Small {
    page: Page,
    base: Url,
}

impl Small {
    async fn read(&mut self, app: &App, page: &str) -> Reading {
        self.read_within(Duration::from_secs(120), app, page).await
    }

    async fn read_within(&mut self, limit: Duration, app: &App, page: &str) -> Reading {
        let mut trail = Trail::nowhere();
        let inputs = Inputs::new().with("page", page);
        Flow::new(&mut self.page, app, &self.base, inputs, &mut trail, limit).read_members().await.unwrap()
    }

    async fn seek(&mut self, app: &App, page: &str, who: &str) -> Sought {
        let mut trail = Trail::nowhere();
        let inputs = Inputs::new().with("page", page);
        let limit = Duration::from_secs(120);
        let mut flow = Flow::new(&mut self.page, app, &self.base, inputs, &mut trail, limit);
        flow.seek(&email(who), true).await.unwrap()
    }
}

fn small(play: impl AsyncFnOnce(&mut Small)) {
    RUNTIME.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let page = Page::new(browser::start(&options(folder.path())).await.unwrap());
        let mut small = Small { page, base: serve().await };
        play(&mut small).await;
        small.page.into_browser().end().await.unwrap();
    });
}

/// A line each: address, roles, status.
fn lines(reading: &Reading) -> Vec<String> {
    let line = |member: &seatwright::domain::Member| {
        let email = member.email.as_ref().map(ToString::to_string).unwrap_or_default();
        let roles = member
            .roles
            .as_ref()
            .map(|roles| roles.iter().map(|role| role.as_str().to_owned()).collect::<Vec<_>>().join("+"));
        let status = member.status.as_ref().map(ToString::to_string);
        format!("{email} {} {}", roles.unwrap_or_default(), status.unwrap_or_default())
    };
    reading.members.iter().map(line).collect()
}

#[test]
fn a_list_is_read_part_by_part_to_its_end() {
    small(async |small| {
        let expected = [
            "ann@acme.example admin active",
            "bo@acme.example admin+member active",
            "cy@acme.example member active",
            "di@acme.example member active",
            "eve@acme.example member invited",
        ];
        let counted =
            app(&PARTS.replace("optional = true", "optional = true\ncount    = \"team.pending\"").replace(
                "invited = {",
                "pending = { find = { tab = \"/^Invited/\" }, match = '/\\((\\d+)\\)/' }\ninvited = {",
            ));
        let reading = small.read(&counted, "all").await;
        assert_eq!(
            (lines(&reading).as_slice(), reading.grade),
            (expected.map(str::to_owned).as_slice(), Grade::Total)
        );
        let reading = small.read(&counted, "short").await;
        assert_eq!(reading.grade, Grade::None);
        let why = reading.unproven.unwrap();
        assert!(why.contains("the console says 3 in Member and shows 2"), "{why}");
        // A tab that is not there is empty only where a total says so.
        let reading = small.read(&counted, "nobody").await;
        assert_eq!((reading.grade, reading.members.len()), (Grade::None, 4), "{reading:?}");
        let why = reading.unproven.unwrap();
        assert!(
            why.contains("part 2 (\"team.invited\") is not there, and no total tells that it is empty"),
            "{why}"
        );

        let Sought::Found(bo, person) = small.seek(&counted, "all", "bo@acme.example").await else {
            panic!("not found")
        };
        assert_eq!(bo.roles.unwrap().len(), 2, "what all parts say together is so");
        assert_eq!(person.row_area, "row");
        let Sought::Found(_, person) = small.seek(&counted, "all", "eve@acme.example").await else {
            panic!("not found")
        };
        assert_eq!(person.row_area, "invited");
        assert!(matches!(small.seek(&counted, "all", "olga@acme.example").await, Sought::NotSeen));
    });
}

#[test]
fn a_list_that_grows_or_is_scrolled_is_read_to_its_end() {
    small(async |small| {
        let longer = app(LONGER);
        let reading = small.read(&longer, "-").await;
        assert_eq!((reading.grade, reading.members.len()), (Grade::End, 95), "{:?}", reading.unproven);
        assert!(matches!(small.seek(&longer, "-", "p94@acme.example").await, Sought::Found(..)));

        // A reading takes as long as it needs: this one longer than anything may take that does not get on.
        let scrolled = app(VIRTUAL);
        let (limit, began) = (Duration::from_secs(4), Instant::now());
        let reading = small.read_within(limit, &scrolled, "400").await;
        assert!(began.elapsed() > limit, "a longer list is needed to tell: {:?}", began.elapsed());
        assert_eq!((reading.grade, reading.members.len()), (Grade::Total, 400), "{:?}", reading.unproven);
        let order: Vec<_> = reading.members.iter().map(|member| member.email.clone().unwrap()).collect();
        let expected: Vec<_> = (0..400).map(|index| email(&format!("p{index}@acme.example"))).collect();
        assert_eq!(order, expected);
        assert!(matches!(small.seek(&scrolled, "400", "p377@acme.example").await, Sought::Found(..)));
        assert!(matches!(small.seek(&scrolled, "100", "p377@acme.example").await, Sought::NotSeen));
        // Nothing but a total tells where such a list ends.
        let endless = app(&VIRTUAL.replace("total  = \"people.total\"\n", ""));
        let reading = small.read(&endless, "40").await;
        assert_eq!((reading.grade, reading.members.len()), (Grade::None, 40));
        assert!(reading.unproven.unwrap().contains("nothing else tells where a scrolled list ends"));
    });
}

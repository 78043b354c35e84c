//! The contract: whatever the console, the browser and the interface, an operation comes to the same.
//!
//! One function drives all of it, [`keeps_the_contract`]. It reads the members, asks for each operation once, and after each
//! holds what was reported, who is a member now, what was changed and which mails were sent against the console's own record
//! of it. What the console's map has no recording for has to be refused as `unsupported` where no browser could start.
//!
//! Of each console the engine is asked a sample, and the command line two operations more; everything, in either browser, is
//! `make soak NAME=contract` and `NAME=chromium`.
//!
//! A console is added by one line, at the end of this file: the function of `support/consoles.rs` that serves it, its map,
//! the data folder the map lies in, if it is not built in, and the sample. A browser is one more [`InBrowser`], an interface one more
//! [`Interface`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;
use seatwright::engine::app::{App, Apps, Text};
use seatwright::engine::browser::{Browser, BrowserError, BrowserKind, BrowserOptions};
use seatwright::engine::report::{MemberReport, Report};
use seatwright::engine::{Browsers, Error};
use seatwright::sandbox::Ready;
use serde_json::{Value, json};

use crate::support::practice::Practice;
use crate::support::{self, Agrees, Kept, RUNTIME, Truth, consoles, control, email, of};

/// Enough for a second page in every console, and for somebody of each kind.
const MEMBERS: usize = 30;
const NEW: &str = "new.person@acme.example";
/// What is asked after the list, in this order.
const OPERATIONS: [&str; 8] =
    ["invite", "resend", "cancel_invite", "change_role", "deactivate", "reactivate", "remove", "seats"];

/// A console that is served, and what is known of it.
struct Console {
    ready: Ready,
    app: Arc<App>,
    /// The folder of its map; `None` where it is built in.
    data: Option<String>,
}

/// In which browser.
#[derive(Clone, Copy)]
struct InBrowser {
    /// How the engine's is started.
    options: fn(&Path) -> BrowserOptions,
    /// What has to be said on the command line.
    flags: &'static [&'static str],
}

const FIREFOX: InBrowser = InBrowser { options: in_firefox, flags: &["--browser", "firefox"] };
const CHROMIUM: InBrowser = InBrowser { options: in_chromium, flags: &["--browser", "chromium"] };

fn in_firefox(runtime_dir: &Path) -> BrowserOptions {
    BrowserOptions { browser: BrowserKind::Firefox, ..support::options(runtime_dir) }
}

fn in_chromium(runtime_dir: &Path) -> BrowserOptions {
    BrowserOptions { browser: BrowserKind::Chromium, ..support::options(runtime_dir) }
}

/// A way to ask. Each of them asks as somebody who agrees to everything.
trait Interface {
    /// The operations asked of it; what is unsupported is asked in any case.
    fn operations(&self) -> BTreeSet<&'static str>;

    fn list(&self) -> (Report, Vec<MemberReport>);

    fn change(&self, request: &Request) -> Report;

    /// The report, and the seats used and there.
    fn seats(&self) -> (Report, Option<u64>, Option<u64>);

    /// Asks where no browser could start, and checks that the answer is `unsupported`. `None` asks for the seats.
    fn is_unsupported(&self, request: Option<&Request>);
}

/// Who is a member, by address: role and status in the words of reports.
type Standing = BTreeMap<String, (String, String)>;

fn keeps_the_contract(console: &Console, interface: &dyn Interface) {
    let Console { ready, app, .. } = console;
    let first = truth(ready);
    let mut so = standing(&first, app);
    let roles = Roles::of(app);
    let (mut mutations, mut mails) = (Vec::new(), Vec::new());

    assert_eq!(listed(interface), so);
    assert_eq!(truth(ready).writes(), 0, "to read is not to write");

    for operation in OPERATIONS {
        let request = (operation != "seats").then(|| request(operation, &so, &roles, ready));
        if app.flow_for(operation).is_none() {
            let before = truth(ready);
            interface.is_unsupported(request.as_ref());
            assert_eq!(
                truth(ready).0["requests"],
                before.0["requests"],
                "{operation}: the console was visited"
            );
            continue;
        }
        if !interface.operations().contains(operation) {
            continue;
        }
        match &request {
            None => {
                let (report, used, limit) = interface.seats();
                assert_eq!((report.exit_code, used), (0, Some(seats(&so, app))), "{report:#?}");
                assert!(limit.is_none_or(|limit| Some(limit) >= used), "{used:?} of {limit:?}");
            }
            Some(request) => {
                let report = interface.change(request);
                let who = request.emails()[0].as_str();
                let change = of(&report, who);
                let outcome = if operation == "invite" { "pending" } else { "done" };
                assert_eq!((change.outcome.as_str(), report.exit_code), (outcome, 0), "{report:#?}");
                assert!(change.settled_by.is_some() && report.reading.is_some(), "{report:#?}");
                apply(request, &mut so);
                mutations.push((operation.to_owned(), who.to_owned()));
                mails.extend(["invite", "resend"].contains(&operation).then(|| who.to_owned()));
            }
        }
        let now = truth(ready);
        assert_eq!(standing(&now, app), so, "{operation}");
        assert_eq!(now.mutations(), mutations, "{operation}");
        assert_eq!(mailed(&now), mails, "{operation}");
    }
    assert_eq!(listed(interface), so, "after everything");
    assert_eq!(truth(ready).mutations(), mutations);
}

/// What is asked, of somebody for whom it can be done.
fn request(operation: &str, so: &Standing, roles: &Roles, ready: &Ready) -> Request {
    let somebody = |role: Option<&RoleId>, status: &str| {
        let mut fitting = so.iter().filter(|(who, (held, is))| {
            role.is_none_or(|role| role.as_str() == held) && is == status && **who != ready.account.email
        });
        // Where a console knows no such people it cannot do this to them either.
        vec![email(fitting.next().map_or(NEW, |(who, _)| who.as_str()))]
    };
    let lowest = Some(&roles.lowest);
    match operation {
        "invite" => Request::Invite { emails: vec![email(NEW)], role: roles.lowest.clone() },
        "resend" => Request::Resend { emails: somebody(None, "invited") },
        "cancel_invite" => Request::CancelInvite { emails: somebody(None, "invited") },
        "change_role" => Request::SetRole { emails: somebody(lowest, "active"), role: roles.other.clone() },
        "deactivate" => Request::Deactivate { emails: somebody(lowest, "active") },
        "reactivate" => Request::Reactivate { emails: somebody(None, "deactivated") },
        "remove" => Request::Remove { emails: somebody(lowest, "active") },
        _ => panic!("{operation} is asked of nobody"),
    }
}

/// What has to be so once the request is done.
fn apply(request: &Request, so: &mut Standing) {
    for who in request.emails().iter().map(ToString::to_string) {
        let known = || so.get(&who).unwrap_or_else(|| panic!("{who} is no member")).clone();
        let is = match request {
            Request::Invite { role, .. } => Some((role.to_string(), "invited".to_owned())),
            Request::Import { people, .. } => {
                let role = people.values().map(|newcomer| newcomer.role.to_string()).next();
                role.map(|role| (role, "invited".to_owned()))
            }
            Request::SetRole { role, .. } => Some((role.to_string(), known().1)),
            Request::Resend { .. } | Request::ResendOlder { .. } => Some(known()),
            Request::Deactivate { .. } => Some((known().0, "deactivated".to_owned())),
            Request::Reactivate { .. } => Some((known().0, "active".to_owned())),
            Request::CancelInvite { .. } | Request::Remove { .. } => None,
        };
        match is {
            Some(is) => so.insert(who, is),
            None => so.remove(&who),
        };
    }
}

/// The roles that are given: the lowest, and another of those that manage nobody.
struct Roles {
    lowest: RoleId,
    other: RoleId,
}

impl Roles {
    fn of(app: &App) -> Self {
        let known = app.map.roles.iter().rev().map(|known| &known.role);
        let mut given = known.filter(|role| role.grantable && !role.privileged).map(|role| role.id.clone());
        let mut next = || given.next().expect("a map with two roles that can be given and manage nobody");
        Self { lowest: next(), other: next() }
    }
}

fn listed(interface: &dyn Interface) -> Standing {
    let (report, members) = interface.list();
    assert_eq!(report.exit_code, 0, "{report:#?}");
    let reading = report.reading.as_ref().expect("a reading");
    assert!(reading.grade != "none" && reading.without_address == 0, "{reading:#?}");
    assert_eq!(reading.rows, members.len());
    let one = |words: &Option<Vec<String>>| match words.as_deref() {
        Some([word]) => word.clone(),
        other => format!("{other:?}"),
    };
    let known = members.iter().map(|member| {
        let who = member.email.clone().unwrap_or_default();
        (who, (one(&member.roles), one(&member.status)))
    });
    known.collect()
}

fn truth(ready: &Ready) -> Truth {
    Truth(control(ready, "GET", "/truth", &Value::Null))
}

/// The console's own record, in the words of reports.
fn standing(truth: &Truth, app: &App) -> Standing {
    let member = |member: &Value| {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let status = match text(&member["status"]).as_str() {
            "Active" => "active",
            "Pending" => "invited",
            "Deactivated" => "deactivated",
            other => panic!("{other} is no status"),
        };
        let role = role_called(app, &text(&member["roles"][0]));
        (text(&member["email"]).to_lowercase(), (role, status.to_owned()))
    };
    truth.0["members"].as_array().expect("members").iter().map(member).collect()
}

/// The role of the map that the console calls so.
fn role_called(app: &App, word: &str) -> String {
    let is = |text: &Text| match text {
        Text::Exact(template) => template.as_str().eq_ignore_ascii_case(word),
        Text::Pattern(_) => false,
    };
    let found = app.map.roles.iter().find(|known| known.words.iter().any(is));
    found.unwrap_or_else(|| panic!("the map has no role for {word:?}")).role.id.to_string()
}

/// Who is deactivated takes no seat.
fn seats(so: &Standing, app: &App) -> u64 {
    let takes_one =
        |role: &str| app.map.roles.iter().any(|known| known.role.id.as_str() == role && known.role.seat);
    so.values().filter(|(role, status)| takes_one(role) && status != "deactivated").count() as u64
}

fn mailed(truth: &Truth) -> Vec<String> {
    let mails = truth.0["mails"].as_array().into_iter().flatten();
    mails.filter_map(|mail| mail["to"].as_str()).map(str::to_lowercase).collect()
}

/// The engine in this process, with one browser for everything.
struct InProcess<'c> {
    console: &'c Console,
    asked: BTreeSet<&'static str>,
    state: tempfile::TempDir,
    browsers: Arc<dyn Browsers>,
}

impl<'c> InProcess<'c> {
    fn with(console: &'c Console, browser: InBrowser) -> Self {
        let browsers = Arc::new(Kept::started_with(browser.options));
        Self { console, asked: OPERATIONS.into(), state: tempfile::tempdir().expect("a folder"), browsers }
    }

    /// The same with these operations only.
    fn asked(self, operations: &[&'static str]) -> Self {
        Self { asked: operations.iter().copied().collect(), ..self }
    }

    fn engine(&self, browsers: Arc<dyn Browsers>) -> seatwright::engine::Engine {
        let Console { ready, app, .. } = self.console;
        let state = self.state.path();
        support::engine(
            support::workspace(ready, app, state),
            state,
            browsers,
            Arc::new(jiff::Timestamp::now),
        )
    }

    fn own(&self) -> seatwright::engine::Engine {
        self.engine(Arc::clone(&self.browsers))
    }
}

impl Interface for InProcess<'_> {
    fn operations(&self) -> BTreeSet<&'static str> {
        self.asked.clone()
    }

    fn list(&self) -> (Report, Vec<MemberReport>) {
        let listed = RUNTIME.block_on(self.own().list(&mut Agrees)).expect("the run starts");
        (listed.report, listed.members)
    }

    fn change(&self, request: &Request) -> Report {
        RUNTIME.block_on(self.own().change(request.clone(), &mut Agrees)).expect("the run starts")
    }

    fn seats(&self) -> (Report, Option<u64>, Option<u64>) {
        let seats = RUNTIME.block_on(self.own().seats(&mut Agrees)).expect("the run starts");
        (seats.report, seats.used, seats.limit)
    }

    fn is_unsupported(&self, request: Option<&Request>) {
        let engine = self.engine(Arc::new(NoBrowser));
        let error = match request {
            Some(request) => RUNTIME.block_on(engine.change(request.clone(), &mut Agrees)).map(drop),
            None => RUNTIME.block_on(engine.seats(&mut Agrees)).map(drop),
        };
        let error = error.expect_err("there is no recording for it");
        assert!(matches!(error, Error::Unsupported { .. }), "{error:?}");
        assert_eq!(error.reason().map(|reason| reason.as_str()), Some("unsupported"));
    }
}

/// Nobody may start one.
struct NoBrowser;

#[async_trait]
impl Browsers for NoBrowser {
    async fn take(&self) -> Result<Box<dyn Browser>, BrowserError> {
        panic!("a browser was started for what is unsupported")
    }

    async fn give_back(&self, _: Box<dyn Browser>) -> Result<(), BrowserError> {
        unreachable!("none was taken")
    }
}

/// The program, called as a script calls it: a browser for each call, so only the three that matter most are made.
struct CommandLine<'c> {
    app: &'c App,
    practice: Practice,
    flags: &'static [&'static str],
}

impl<'c> CommandLine<'c> {
    fn with(console: &'c Console, browser: InBrowser) -> Self {
        let Console { ready, app, data } = console;
        let mut lines = format!("app = {}\nconsole = {}\n", json!(app.map.app), json!(app.map.version));
        if let Some(data) = data {
            lines.push_str(&format!("data = {}\n", json!(data)));
        }
        Self { app, practice: Practice::at(ready.clone(), &lines), flags: browser.flags }
    }

    fn arguments(request: &Request) -> Vec<String> {
        let (command, role) = match request {
            Request::SetRole { role, .. } => ("set-role".to_owned(), Some(role)),
            Request::Invite { role, .. } => ("invite".to_owned(), Some(role)),
            other => (other.operation().replace('_', "-"), None),
        };
        let people = request.emails().iter().map(ToString::to_string);
        let role = role.into_iter().flat_map(|role| ["--role".to_owned(), role.to_string()]);
        [command].into_iter().chain(people).chain(role).chain(["--yes".to_owned()]).collect()
    }

    fn json(&self, arguments: &[String]) -> Value {
        let arguments: Vec<&str> =
            arguments.iter().map(String::as_str).chain(self.flags.iter().copied()).collect();
        self.practice.json(&arguments, 0)
    }
}

impl Interface for CommandLine<'_> {
    fn operations(&self) -> BTreeSet<&'static str> {
        ["invite", "remove"].into()
    }

    fn list(&self) -> (Report, Vec<MemberReport>) {
        let printed = self.json(&["list".to_owned()]);
        let read = |key: &str| printed[key].clone();
        (
            serde_json::from_value(read("report")).expect("a report"),
            serde_json::from_value(read("members")).expect("members"),
        )
    }

    fn change(&self, request: &Request) -> Report {
        serde_json::from_value(self.json(&Self::arguments(request))).expect("a report")
    }

    fn seats(&self) -> (Report, Option<u64>, Option<u64>) {
        let printed = self.json(&["seats".to_owned()]);
        let report = serde_json::from_value(printed["report"].clone()).expect("a report");
        (report, printed["seats"]["used"].as_u64(), printed["seats"]["limit"].as_u64())
    }

    fn is_unsupported(&self, request: Option<&Request>) {
        let arguments = request.map_or_else(|| vec!["seats".to_owned()], Self::arguments);
        let operation = request.map_or("seats", Request::operation);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        // On this path there is no browser: were one looked for, the answer would be another.
        let mut command = self.practice.command(&arguments);
        let came = self.practice.check_command(command.env("PATH", self.practice.path("")), 2);
        let says = format!("{operation}: {} has no recording for it", self.app.id());
        assert!(came.out.is_empty() && came.err.contains(&says), "{came:?}");
    }
}

/// A console with tests for each interface in each browser.
macro_rules! contract {
    ($console:ident, $map:literal, $data:expr, $sample:expr $(, #[$command_line:meta])?) => {
        mod $console {
            use super::*;

            fn console() -> Console {
                console_of(consoles::$console(MEMBERS), $map, $data)
            }

            #[test]
            fn a_sample_by_the_engine_in_firefox() {
                let console = console();
                keeps_the_contract(&console, &InProcess::with(&console, FIREFOX).asked(&$sample));
            }

            #[test]
            #[ignore = "long: make soak NAME=contract"]
            fn by_the_engine_in_firefox() {
                let console = console();
                keeps_the_contract(&console, &InProcess::with(&console, FIREFOX));
            }

            #[test]
            $(#[$command_line])?
            fn by_the_command_line_in_firefox() {
                let console = console();
                keeps_the_contract(&console, &CommandLine::with(&console, FIREFOX));
            }

            #[test]
            #[ignore = "needs Chromium: make soak NAME=chromium"]
            fn by_the_engine_in_chromium() {
                let console = console();
                keeps_the_contract(&console, &InProcess::with(&console, CHROMIUM));
            }

            #[test]
            #[ignore = "needs Chromium: make soak NAME=chromium"]
            fn by_the_command_line_in_chromium() {
                let console = console();
                keeps_the_contract(&console, &CommandLine::with(&console, CHROMIUM));
            }
        }
    };
}

/// Loads the map; a data folder is given from the top of the project.
fn console_of(ready: Ready, map: &str, data: Option<&str>) -> Console {
    let data = data.map(|folder| format!("{}/{folder}", env!("CARGO_MANIFEST_DIR")));
    let apps = match &data {
        Some(folder) => Apps::from_dir(Path::new(folder)).expect("the folder of the map"),
        None => Apps::builtin(),
    };
    let (app, version) = map.split_once('/').expect("app/version");
    let app = apps.load(app, version).unwrap_or_else(|problems| panic!("{problems:#?}"));
    Console { ready, app: Arc::new(app), data }
}

// What no other test asks of this console, beside what the command line asks.
contract!(sandbox, "coassemble/members-2026-03", None, ["change_role"]);
contract!(
    clubhouse,
    "clubhouse/2026",
    Some("tests/clubhouse/data"),
    ["resend", "change_role", "seats"],
    #[ignore = "long: make soak NAME=contract"]
);

/// One operation, so that what breaks Chromium for good is noticed at once.
#[test]
fn a_role_is_changed_in_chromium_where_there_is_one() {
    if let Some(missing) = ["chromium", "chromedriver"].into_iter().find(|program| !is_on_path(program)) {
        eprintln!(
            "left out: an operation in Chromium, for {missing} is not on PATH (make chromium installs it)"
        );
        return;
    }
    let console = console_of(consoles::sandbox(MEMBERS), "coassemble/members-2026-03", None);
    let engine = InProcess::with(&console, CHROMIUM);
    let (mut so, roles) = (standing(&truth(&console.ready), &console.app), Roles::of(&console.app));
    let request = request("change_role", &so, &roles, &console.ready);
    let report = engine.change(&request);
    let change = of(&report, request.emails()[0].as_str());
    assert_eq!((change.outcome.as_str(), report.exit_code), ("done", 0), "{report:#?}");
    assert!(report.browser.as_ref().is_some_and(|browser| browser.starts_with("chromium ")), "{report:#?}");
    apply(&request, &mut so);
    let now = truth(&console.ready);
    assert_eq!((standing(&now, &console.app), now.mutations().len(), now.writes()), (so, 1, 1));
}

fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// A tab that is not there has nobody, as long as every tab that is there is known.
#[test]
fn an_empty_tab_of_clubhouse_is_proven_empty() {
    let mut console = console_of(consoles::clubhouse(8), "clubhouse/2026", Some("tests/clubhouse/data"));
    let so = standing(&truth(&console.ready), &console.app);
    let invited: Vec<&String> =
        so.iter().filter(|(_, (_, is))| is == "invited").map(|(who, _)| who).collect();
    let [invited] = invited[..] else { panic!("one is invited: {so:?}") };
    {
        let engine = InProcess::with(&console, FIREFOX);
        // The last one goes, and the tab with them: that they are gone is proven all the same.
        let report = engine.change(&Request::CancelInvite { emails: vec![email(invited)] });
        assert_eq!((of(&report, invited).outcome.as_str(), report.exit_code), ("done", 0), "{report:#?}");
    }
    let read = |console: &Console| {
        let report = InProcess::with(console, FIREFOX).list().0;
        let reading = report.reading.expect("a reading");
        (reading.grade, reading.rows, reading.unproven.unwrap_or_default())
    };
    // A tab that no part knows may hold anybody.
    let app = Arc::make_mut(&mut console.app);
    app.map.lists.get_mut("members").unwrap().parts.pop();
    let (grade, rows, why) = read(&console);
    assert_eq!((grade.as_str(), rows), ("none", 6));
    assert!(why.contains("the page shows 4 tabs, and the parts of the map open 3"), "{why}");
}

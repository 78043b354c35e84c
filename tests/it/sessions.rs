//! Signing in where it is not easy, and staying signed in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;
use seatwright::engine::Engine;
use seatwright::engine::journal::Clock;
use seatwright::engine::report::Report;
use seatwright::engine::secret::SecretSource;
use seatwright::engine::workspace::Workspace;
use serde_json::json;

use crate::support::{Agrees, AgreesAfter, Desk, Kept, RUNTIME, email, engine, of, options, workspace};

/// A desk whose account has a second factor, and whose clocks can be moved together.
struct Door {
    desk: Desk,
    ahead: Arc<AtomicI64>,
}

impl Door {
    fn new() -> Self {
        Self { desk: Desk::with(12), ahead: Arc::default() }
    }

    fn clock(&self) -> Clock {
        let ahead = Arc::clone(&self.ahead);
        Arc::new(move || Timestamp::now() + SignedDuration::from_secs(ahead.load(Ordering::SeqCst)))
    }

    /// Time passes, here and at the console.
    fn pass(&self, seconds: i64) {
        self.ahead.fetch_add(seconds, Ordering::SeqCst);
        self.desk.control("POST", "/clock", &json!({ "seconds": seconds }));
    }

    fn secret(&self, name: &str, text: &str) -> SecretSource {
        let path = self.desk.state.path().join(name);
        std::fs::write(&path, text).unwrap();
        SecretSource::File(path)
    }

    fn workspace(&self) -> Workspace {
        let mut workspace = workspace(self.desk.ready(), &self.desk.app, self.desk.state.path());
        let totp = self.desk.ready().account.totp.clone().expect("the sandbox has one");
        workspace.account.totp = Some(self.secret("totp", &totp));
        workspace
    }

    fn engine(&self, workspace: Workspace) -> Engine {
        engine(workspace, self.desk.state.path(), self.desk.browsers(), self.clock())
    }

    fn list(&self, workspace: Workspace) -> Report {
        RUNTIME.block_on(self.engine(workspace).list(&mut Agrees)).expect("the run starts").report
    }

    /// How often somebody tried to sign in, and how often with a code.
    fn tries(&self) -> (u64, u64) {
        let truth = self.desk.truth().0;
        (truth["sign_ins"].as_u64().unwrap(), truth["codes"].as_u64().unwrap())
    }
}

/// The same workspace with sessions that are kept.
fn keeping(mut workspace: Workspace) -> Workspace {
    workspace.sessions.are_kept = true;
    workspace
}

fn reason(report: &Report) -> &str {
    report.error.as_ref().and_then(|error| error.reason.as_deref()).unwrap_or("none")
}

#[test]
fn a_code_is_typed_whatever_its_fields_look_like() {
    let door = Door::new();
    for (number, mode) in ["", "split", "auto_submit", "split,auto_submit"].into_iter().enumerate() {
        let mode = if mode.is_empty() { json!({}) } else { json!({ "mode": mode }) };
        door.desk.faults(&["second_factor"], mode.clone());
        let report = door.list(door.workspace());
        assert_eq!(report.exit_code, 0, "{mode}: {:?}", report.error);
        let number = u64::try_from(number).unwrap() + 1;
        assert_eq!(door.tries(), (number, number), "{mode}");
        door.pass(30);
    }
}

#[test]
fn a_code_is_not_used_by_two_runs() {
    let door = Door::new();
    door.desk.faults(&["second_factor"], json!({}));
    // So that the second run begins in the window of the first.
    let into = Timestamp::now().as_second() % 30;
    door.pass(30 - into);
    assert_eq!(door.list(door.workspace()).exit_code, 0);
    let before = std::time::Instant::now();
    let report = door.list(door.workspace());
    assert_eq!((report.exit_code, door.tries()), (0, (2, 2)), "{:?}", report.error);
    assert!(before.elapsed().as_secs() > 8, "it waited for the next window");
}

#[test]
fn a_code_nobody_can_make_is_left_to_a_person() {
    let door = Door::new();
    door.desk.faults(&["second_factor"], json!({ "mode": "split" }));
    let mut workspace = door.workspace();
    workspace.account.totp = None;
    let report = door.list(workspace);
    assert_eq!((reason(&report), report.exit_code, door.tries()), ("code_required", 6, (1, 0)));
    assert!(report.error.unwrap().hint.contains("totp"));

    let mut workspace = door.workspace();
    workspace.account.totp = Some(door.secret("no-totp", "not base32!"));
    let report = door.list(workspace);
    assert_eq!((report.exit_code, door.tries()), (2, (1, 0)), "no browser starts for it");
    assert!(report.error.unwrap().message.contains("neither base32"));
}

#[test]
fn a_refused_password_is_tried_once_until_it_is_another_or_a_day_has_passed() {
    let door = Door::new();
    let right = door.desk.ready().account.password.clone();
    let with = |password: &str| {
        let mut workspace = door.workspace();
        workspace.account.password = Some(door.secret("given", password));
        door.list(workspace)
    };
    for _ in 0..3 {
        let report = with("wrong-1");
        assert_eq!((reason(&report), report.exit_code, door.tries().0), ("bad_credentials", 6, 1));
    }
    let told = with("wrong-1").error.unwrap();
    assert!(told.message.contains("refused the password on") && told.hint.contains("logout"), "{told:?}");
    assert_eq!((reason(&with("wrong-2")), door.tries().0), ("bad_credentials", 2));
    door.pass(24 * 3600 + 5);
    assert_eq!((reason(&with("wrong-2")), door.tries().0), ("bad_credentials", 3));
    assert_eq!((reason(&with("wrong-2")), door.tries().0), ("bad_credentials", 3));
    assert_eq!((with(&right).exit_code, door.tries().0), (0, 4));
    assert_eq!(
        (reason(&with("wrong-2")), door.tries().0),
        ("bad_credentials", 5),
        "it may have become right"
    );
}

#[test]
fn a_refused_code_is_typed_once() {
    let door = Door::new();
    for (mode, number) in [(json!({}), 1), (json!({ "mode": "split,auto_submit" }), 2)] {
        door.desk.faults(&["second_factor"], mode);
        let other = format!("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ{}", ["A", "B"][number - 1]);
        let number = u64::try_from(number).unwrap();
        for _ in 0..2 {
            let mut workspace = door.workspace();
            workspace.account.totp = Some(door.secret("other", &other));
            let report = door.list(workspace);
            assert_eq!(
                (reason(&report), door.tries()),
                ("bad_credentials", (number, number)),
                "{:?}",
                report.error
            );
        }
        door.pass(30);
    }
    let report = door.list(door.workspace());
    assert_eq!((report.exit_code, door.tries()), (0, (3, 3)), "the right one is another");
}

#[test]
fn an_error_of_the_server_is_no_refusal() {
    let door = Door::new();
    door.desk.faults(&["errors"], json!({ "mode": "always" }));
    let report = door.list(door.workspace());
    assert_eq!(reason(&report), "console_error");
    door.desk.faults(&[], json!({}));
    assert_eq!(door.list(door.workspace()).exit_code, 0);
}

#[test]
fn at_a_wall_nothing_more_is_asked_for() {
    let door = Door::new();
    door.desk.faults(&["bot_wall"], json!({}));
    // A browser that has no page of the console open from before.
    let fresh = Arc::new(Kept::started_with(options));
    let engine = engine(door.workspace(), door.desk.state.path(), fresh, door.clock());
    let report = RUNTIME.block_on(engine.list(&mut Agrees)).expect("the run starts").report;
    assert_eq!((reason(&report), report.exit_code), ("bot_wall", 6));
    let truth = door.desk.truth().0;
    assert_eq!((&truth["at_wall"], &truth["sign_ins"]), (&json!(0), &json!(0)));
}

#[test]
fn a_console_that_has_had_enough_is_left_alone() {
    let door = Door::new();
    door.desk.faults(&["rate_limit"], json!({ "at": 4 }));
    let report = door.list(door.workspace());
    assert_eq!((reason(&report), report.exit_code), ("rate_limited", 11), "{:?}", report.error);
}

#[test]
fn a_console_in_another_language_is_not_guessed_at() {
    let mut door = Door::new();
    door.desk.settles_after(1);
    // What cannot come because its words are others is not waited for as long as usual.
    for step in &mut Arc::make_mut(&mut door.desk.app).flows.get_mut("sign_in").unwrap().steps {
        step.timeout = Some(Duration::from_secs(5));
    }
    door.desk.faults(&["locale"], json!({}));
    let report = door.list(door.workspace());
    assert_eq!((reason(&report), report.exit_code), ("unknown_console", 8), "{:?}", report.error);
    let told = report.error.unwrap().message;
    assert!(told.contains("it says \"de\"") && told.contains("are in \"en\""), "{told}");
    assert!(report.reading.is_none());
    assert_eq!(door.desk.truth().writes(), 0);

    // The language changes once somebody agreed: what was on the page is done, and nothing is concluded from a list that has
    // other words by then.
    let desk = &door.desk;
    desk.faults(&[], json!({}));
    let who = desk.truth().somebody("learner", "active", "");
    let mut caller = AgreesAfter(|| desk.faults(&["locale"], json!({})));
    let report = desk.change_with(Request::Remove { emails: vec![email(&who)] }, &mut caller);
    let became = of(&report, &who);
    assert_eq!(
        (became.outcome.as_str(), became.reason.as_deref(), desk.truth().writes()),
        ("in_doubt", None, 1),
        "{became:?}"
    );
}

#[test]
fn a_session_is_used_again_until_it_is_over() {
    let door = Door::new();
    let list = || {
        let report = door.list(keeping(door.workspace()));
        assert_eq!(report.exit_code, 0, "{:?}", report.error);
        door.tries().0
    };
    assert_eq!([list(), list(), list()], [1, 1, 1]);
    door.desk.control("POST", "/drop", &json!({}));
    assert_eq!([list(), list()], [2, 2], "the console has forgotten it");
    door.pass(13 * 3600);
    assert_eq!([list(), list()], [3, 3], "it was too old for the console");
    let refreshed = |seconds| {
        door.pass(seconds);
        list()
    };
    assert_eq!([refreshed(10 * 3600), refreshed(10 * 3600)], [3, 3], "each run renews it");

    assert_eq!(door.list(door.workspace()).exit_code, 0);
    assert_eq!(door.tries().0, 4, "a workspace that keeps none uses none");
    let forgotten = door.engine(keeping(door.workspace())).logout().unwrap();
    assert_eq!((forgotten.sessions, forgotten.refusal), (1, false));
    assert_eq!(list(), 5);
}

#[test]
fn a_session_under_another_key_is_left_aside() {
    let door = Door::new();
    let list = || door.list(keeping(door.workspace())).exit_code;
    assert_eq!((list(), door.tries().0), (0, 1));
    std::fs::remove_file(door.desk.state.path().join("session.key")).unwrap();
    assert_eq!((list(), door.tries().0), (0, 2));
    assert_eq!((list(), door.tries().0), (0, 2));
    let folder = door.desk.state.path().join("sessions/sandbox");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() == 2 && names[1].ends_with(".session.unreadable"), "{names:?}");
}

#[test]
fn without_a_key_nothing_is_kept_and_all_else_works() {
    let door = Door::new();
    let mut workspace = keeping(door.workspace());
    workspace.sessions.key.place = SecretSource::Env("SEATWRIGHT_NO_SUCH_VARIABLE".into());
    for number in 1..=2 {
        assert_eq!((door.list(workspace.clone()).exit_code, door.tries().0), (0, number));
    }
    workspace.account.password = Some(door.secret("given", "wrong"));
    for _ in 0..2 {
        assert_eq!((reason(&door.list(workspace.clone())), door.tries().0), ("bad_credentials", 3));
    }
    workspace.account.password = Some(door.secret("given", "another"));
    assert_eq!(door.tries().0, 3, "nobody can tell whether it is another");
    assert!(door.engine(workspace).logout().unwrap().refusal);
    assert_eq!((door.list(door.workspace()).exit_code, door.tries().0), (0, 4));
}

#[test]
fn whoever_has_a_session_is_stopped_by_a_wall_too() {
    let door = Door::new();
    assert_eq!(door.list(keeping(door.workspace())).exit_code, 0);
    door.desk.faults(&["bot_wall"], json!({}));
    let report = door.list(keeping(door.workspace()));
    let truth = door.desk.truth().0;
    assert_eq!((reason(&report), &truth["at_wall"], &truth["sign_ins"]), ("bot_wall", &json!(0), &json!(1)));
}

/// The console forgets the session before the first request of the run, the second, and so on until there is none; or only
/// before each so many of them, from this one on.
fn dropped(
    (first, step): (usize, usize),
    request: impl Fn(&str) -> Request,
    who: impl Fn(&Desk) -> String,
    outcome: &str,
) {
    let mut desk = Desk::with(12);
    desk.settles_after(1);
    let mut lost = Vec::new();
    for number in (first..).step_by(step) {
        desk.control("POST", "/reset", &json!({ "members": 12, "seed": 1 }));
        let who = who(&desk);
        desk.faults(&["session_drop"], json!({ "at": number }));
        let report = desk.change(request(&who));
        let truth = desk.truth();
        if number < 6 && report.reading.is_none() {
            // It ended before the sign-in itself was through. Nobody tries a password twice for that.
            assert_eq!(
                (report.exit_code, truth.writes(), &truth.0["sign_ins"]),
                (8, 0, &json!(1)),
                "{report:#?}"
            );
            continue;
        }
        let became = of(&report, &who);
        if became.outcome == outcome {
            assert_eq!(truth.mutations().len(), 1, "at {number}: {became:?}");
        } else {
            // The commit itself met a console that had forgotten who asks. That it did nothing, two readings tell.
            assert_eq!(
                (became.outcome.as_str(), truth.mutations().len()),
                ("failed", 0),
                "at {number}: {became:?}"
            );
            assert!(
                became.settled_by.as_deref().is_some_and(|by| by.starts_with("two readings")),
                "{became:?}"
            );
            lost.push(number);
        }
        assert!(truth.writes() <= 1, "at {number}: nothing is sent twice");
        if truth.0["sign_ins"] == json!(1) {
            assert!(number > 8, "a run has more requests than {number}");
            // On a slow machine the page asks for something more or less before it from one time to the next.
            assert!(
                matches!(lost.len(), 1 | 2) || (step > 1 && lost.is_empty()),
                "of all requests one commits: {lost:?}"
            );
            println!(
                "dropped before each of {} requests; the one that commits is number {lost:?}",
                number - 1
            );
            return;
        }
    }
}

const ALL: (usize, usize) = (2, 1);

fn dropped_around_an_invitation(before: (usize, usize)) {
    let request = |who: &str| Request::Invite { emails: vec![email(who)], role: RoleId::new("learner") };
    dropped(before, request, |_| "new@acme.example".to_owned(), "pending");
}

fn dropped_around_a_removal(before: (usize, usize)) {
    let somebody = |desk: &Desk| desk.truth().somebody("learner", "active", "");
    dropped(before, |who| Request::Remove { emails: vec![email(who)] }, somebody, "done");
}

#[test]
fn an_invitation_outlives_a_session_that_ends_here_and_there() {
    dropped_around_an_invitation((3, 7));
}

#[test]
fn a_removal_outlives_a_session_that_ends_here_and_there() {
    dropped_around_a_removal((6, 7));
}

#[test]
#[ignore = "long: make soak NAME=sessions"]
fn an_invitation_outlives_a_session_that_ends_anywhere() {
    dropped_around_an_invitation(ALL);
}

#[test]
#[ignore = "long: make soak NAME=sessions"]
fn a_removal_outlives_a_session_that_ends_anywhere() {
    dropped_around_a_removal(ALL);
}

#[test]
fn a_session_that_ends_while_somebody_thinks_costs_a_sign_in() {
    let desk = Desk::with(12);
    let who = desk.truth().somebody("learner", "active", "");
    let mut caller = AgreesAfter(|| drop(desk.control("POST", "/drop", &json!({}))));
    let report = desk.change_with(Request::Remove { emails: vec![email(&who)] }, &mut caller);
    assert_eq!(of(&report, &who).outcome, "done", "{report:#?}");
    assert_eq!((desk.truth().mutations().len(), &desk.truth().0["sign_ins"]), (1, &json!(2)));
}

#[test]
fn a_console_that_signs_out_all_the_time_is_given_up() {
    let desk = Desk::with(12);
    let who = desk.truth().somebody("learner", "active", "");
    let is_over = AtomicBool::new(false);
    let report = std::thread::scope(|scope| {
        let drops = || {
            scope.spawn(|| {
                while !is_over.load(Ordering::SeqCst) {
                    desk.control("POST", "/drop", &json!({}));
                }
            });
        };
        let mut caller = AgreesAfter(drops);
        let report = desk.change_with(Request::Remove { emails: vec![email(&who)] }, &mut caller);
        is_over.store(true, Ordering::SeqCst);
        report
    });
    let became = of(&report, &who);
    assert_eq!(
        (became.outcome.as_str(), became.reason.as_deref()),
        ("failed", Some("signed_out")),
        "{became:?}"
    );
    assert_eq!((desk.truth().mutations().len(), &desk.truth().0["sign_ins"]), (0, &json!(2)));
}

/// Twenty of each shape, each half a minute after the one before: `make soak NAME=logins`.
#[test]
#[ignore = "a long study: make soak NAME=logins"]
fn sixty_logins_with_a_second_factor() {
    let door = Door::new();
    let mut good = 0;
    for number in 0..60 {
        let shape = ["", "split", "auto_submit"][number % 3];
        let mode = if shape.is_empty() { json!({}) } else { json!({ "mode": shape }) };
        door.desk.faults(&["second_factor"], mode);
        let before = door.tries();
        let report = door.list(door.workspace());
        let (sign_ins, codes) = door.tries();
        let is_good = report.exit_code == 0 && (sign_ins, codes) == (before.0 + 1, before.1 + 1);
        good += usize::from(is_good);
        if !is_good {
            println!("{number} {shape}: {:?}", report.error);
        }
        door.pass(30);
    }
    println!("{good} of 60 logins, a password and a code each");
    assert_eq!(good, 60);
}

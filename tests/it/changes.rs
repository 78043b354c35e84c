//! What a console does from one day to the next: it renames things, lays news over its pages, shows its list another way,
//! runs out of seats. The map that is built in tells what is wrong before anything is clicked; one that was mended as its
//! maintainer would mend it, in a few lines, works again with the same program.

use std::path::Path;
use std::sync::Arc;

use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;
use seatwright::engine::app::{App, Apps};
use seatwright::engine::report::Report;
use serde_json::{Value, json};

use crate::support::{Agrees, Desk, RUNTIME, email, of};

const NEW: &str = "new.person@acme.example";

/// The map that is built in, with these texts in place of others.
fn mended(slips: &[(&str, &str)]) -> App {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = tempfile::tempdir().unwrap();
    let (maps, flows) = ("selectors/coassemble", "recordings/coassemble/members-2026-03");
    for folder in [maps, flows] {
        std::fs::create_dir_all(data.path().join(folder)).unwrap();
    }
    for entry in std::fs::read_dir(top.join(flows)).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, data.path().join(flows).join(path.file_name().unwrap())).unwrap();
    }
    let file = format!("{maps}/members-2026-03.toml");
    let mut map = std::fs::read_to_string(top.join(&file)).unwrap();
    for (old, new) in slips {
        assert!(map.contains(old), "no {old:?} in the map");
        map = map.replacen(old, new, 1);
    }
    std::fs::write(data.path().join(&file), map).unwrap();
    let apps = Apps::from_dir(data.path()).unwrap();
    apps.load("coassemble", "members-2026-03").unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn desk(members: usize, fault: &str, more: Value) -> Desk {
    let mut desk = Desk::with(members);
    desk.settles_after(1);
    desk.faults(&[fault], more);
    desk
}

fn invite(role: &str) -> Request {
    Request::Invite { emails: vec![email(NEW)], role: RoleId::new(role) }
}

/// The reason, and what was told.
fn why(report: &Report) -> (String, String) {
    let change = report.changes.first();
    let reason = change.and_then(|change| change.reason.clone());
    let detail = change.and_then(|change| change.detail.clone());
    let of_run = report.error.as_ref();
    (
        reason.or(of_run.and_then(|error| error.reason.clone())).unwrap_or_default(),
        detail.or(of_run.map(|error| error.message.clone())).unwrap_or_default(),
    )
}

/// With the map that is built in nothing is done, for this reason and in these words; with the mended one it is.
#[track_caller]
fn mends(desk: &mut Desk, request: &Request, reason: &str, words: &str, slips: &[(&str, &str)]) -> Report {
    let report = desk.change(request.clone());
    let (got, told) = why(&report);
    assert_eq!((got.as_str(), desk.truth().mutations().len()), (reason, 0), "{report:#?}");
    assert!(told.contains(words), "{told}");
    desk.app = Arc::new(mended(slips));
    let report = desk.change(request.clone());
    let who = request.emails()[0].as_str();
    assert!(["done", "pending"].contains(&of(&report, who).outcome.as_str()), "{report:#?}");
    assert_eq!(desk.truth().mutations(), [(request.operation().to_owned(), who.to_owned())]);
    report
}

#[test]
fn a_button_that_got_another_name_is_one_more_candidate() {
    let mut desk = desk(12, "drift", json!({ "mode": "add_people" }));
    let slips = [
        (
            "invite = { button = \"Invite Members\" }",
            "invite = [ { button = \"Invite Members\" }, { button = \"Add people\" } ]",
        ),
        ("root  = { dialog = \"/^invite/i\" }", "root  = { dialog = \"/^(invite|add people)/i\" }"),
    ];
    let report = mends(&mut desk, &invite("learner"), "selector_missing", "members.invite", &slips);
    assert!(report.drift.iter().any(|note| note.contains("members.invite")), "{:?}", report.drift);
}

#[test]
fn a_menu_that_got_another_word_is_a_wider_pattern() {
    let mut desk = desk(12, "drift", json!({ "mode": "delete_member" }));
    let leaver = desk.truth().somebody("learner", "active", "");
    let request = Request::Remove { emails: vec![email(&leaver)] };
    let slips = [
        (
            "remove      = { menuitem = \"/^remove/i\" }",
            "remove      = { menuitem = \"/^(remove|delete) member/i\" }",
        ),
        ("{ dialog = \"/remove/i\" }", "{ dialog = \"/remove|delete/i\" }"),
        (
            "yes  = { button = \"/^(remove|confirm)/i\" }",
            "yes  = { button = \"/^(remove|delete|confirm)/i\" }",
        ),
    ];
    mends(&mut desk, &request, "selector_missing", "\"menu.remove\"", &slips);
}

#[test]
fn a_column_that_got_another_title_is_told_before_anything_is_believed() {
    let mut desk = desk(12, "drift", json!({ "mode": "email_address" }));
    let slip = ("{ column = \"Email\" }     # named", "{ column = \"/^e-?mail( address)?$/i\" }     # named");
    mends(&mut desk, &invite("learner"), "selector_missing", "is `email` of the row still right?", &[slip]);
}

#[test]
fn news_over_the_page_are_told_and_clicked_away_once_the_map_knows_them() {
    let mut desk = desk(12, "overlay", json!({ "mode": "always" }));
    let areas = "[areas.news]\nroot  = { dialog = \"/^What.s new/i\" }\nlater = { button = \"Maybe later\" }\n\n\
                 [areas.cookies]\nroot   = { css = \".cookies\" }\naccept = { button = \"Accept\" }\n\n[areas.home]";
    let slips = [
        (
            "  { at = \"down\",",
            "  { at = \"news\", click = \"news.later\" },\n  { at = \"cookies\", click = \"cookies.accept\" },\n  { at = \"down\",",
        ),
        ("[areas.home]", areas),
    ];
    mends(&mut desk, &invite("learner"), "blocked_by_overlay", "What's new in Coursefield", &slips);
}

#[test]
fn a_list_that_is_scrolled_proves_nothing_until_the_map_scrolls_it() {
    let mut desk = desk(90, "virtual", json!({}));
    let leaver = desk.truth().emails().last().cloned().unwrap();
    let read = |desk: &Desk| RUNTIME.block_on(desk.engine().list(&mut Agrees)).unwrap();
    let listed = read(&desk);
    let reading = listed.report.reading.as_ref().unwrap();
    assert!(reading.grade == "none" && reading.rows < 90, "{reading:?}");
    desk.app = Arc::new(mended(&[
        ("next   = \"members.next\"", "scroll = \"members.box\""),
        ("[areas.row]", "box    = { css = \".virtual\" }\n\n[areas.row]"),
    ]));
    let listed = read(&desk);
    let reading = listed.report.reading.as_ref().unwrap();
    assert_eq!((reading.grade.as_str(), reading.rows), ("total", 90), "{reading:?}");
    let mut emails: Vec<String> = listed.members.iter().filter_map(|member| member.email.clone()).collect();
    emails.sort();
    let mut truth = desk.truth().emails();
    truth.sort();
    assert_eq!(emails, truth);
    let report = desk.change(Request::Remove { emails: vec![email(&leaver)] });
    assert_eq!(of(&report, &leaver).outcome, "done", "{report:#?}");
    assert!(desk.truth().member(&leaver).is_none());
}

#[test]
fn seats_that_are_all_taken_are_told_and_who_needs_none_comes_in() {
    let desk = desk(12, "seat_limit", json!({}));
    let report = desk.change(invite("author"));
    assert_eq!(of(&report, NEW).outcome, "failed", "{report:#?}");
    assert_eq!((why(&report).0.as_str(), desk.truth().mutations().len()), ("seat_limit", 0));
    let report = desk.change(invite("learner"));
    assert_eq!(of(&report, NEW).outcome, "pending", "{report:#?}");
}

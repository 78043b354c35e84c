//! What a console is sent while it is only read, and what goes with a change: the browser holds it back, whatever is clicked.

use std::path::Path;
use std::sync::Arc;

use seatwright::domain::member::RoleId;
use seatwright::domain::request::Request;
use seatwright::engine::app::{App, Apps};
use seatwright::engine::report::Report;
use seatwright::engine::traffic::Writes;
use seatwright::engine::{Agreement, Caller, Depth, Diagnosis, Progress, Proposal, State};

use crate::support::{Agrees, Desk, RUNTIME, email, of};

const NEW: &str = "new.person@acme.example";

/// Only wants to see what would be done.
struct Rehearses;

#[async_trait::async_trait]
impl Caller for Rehearses {
    async fn agree(&mut self, _: &Proposal<'_>) -> Agreement {
        Agreement::Rehearsal
    }

    fn progress(&mut self, _: &Progress) {}
}

/// The shipped map with something in it replaced.
fn map_with(replaced: &[(&str, &str)]) -> Arc<App> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = tempfile::tempdir().unwrap();
    let copy = |folder: &str| {
        let (from, to) = (top.join(folder), data.path().join(folder));
        std::fs::create_dir_all(&to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let mut text = std::fs::read_to_string(&path).unwrap();
            for (old, new) in replaced {
                text = text.replace(old, new);
            }
            std::fs::write(to.join(path.file_name().unwrap()), text).unwrap();
        }
    };
    copy("selectors/coassemble");
    copy("recordings/coassemble/members-2026-03");
    let app = Apps::from_dir(data.path()).unwrap().load("coassemble", "members-2026-03");
    Arc::new(app.unwrap_or_else(|problems| panic!("{problems:#?}")))
}

fn writes(report: &Report) -> &Writes {
    report.writes.as_ref().unwrap_or_else(|| panic!("{report:#?}"))
}

/// Nothing was sent that may change something, and nothing changed.
#[track_caller]
fn nothing_sent(desk: &Desk, report: &Report) {
    let told = writes(report);
    assert_eq!((told.sent, &told.unproven), (0, &None), "{told:?}");
    assert_eq!((desk.truth().writes(), desk.truth().mutations().len()), (0, 0), "{told:?}");
}

#[test]
fn what_only_reads_sends_nothing() {
    let desk = Desk::with(12);
    let somebody = desk.truth().somebody("learner", "active", &desk.ready().account.email);
    let invited = desk.truth().somebody("learner", "pending", "");
    let listed = RUNTIME.block_on(desk.engine().list(&mut Agrees)).unwrap();
    nothing_sent(&desk, &listed.report);
    let seats = RUNTIME.block_on(desk.engine().seats(&mut Agrees)).unwrap();
    nothing_sent(&desk, &seats.report);
    for request in [
        Request::Invite { emails: vec![email(NEW)], role: RoleId::new("learner") },
        Request::Resend { emails: vec![email(&invited)] },
        Request::CancelInvite { emails: vec![email(&invited)] },
        Request::SetRole { emails: vec![email(&somebody)], role: RoleId::new("author") },
        Request::Remove { emails: vec![email(&somebody)] },
    ] {
        let report = desk.change_with(request, &mut Rehearses);
        assert_eq!(report.exit_code, 10, "{report:#?}");
        nothing_sent(&desk, &report);
    }
}

/// A map whose way to the list invites somebody: the page clicks, and the browser sends nothing of it.
#[test]
fn a_click_that_changes_something_on_the_way_is_refused_in_the_browser() {
    let mut desk = Desk::with(12);
    let prepare = format!(
        "search = [ {{ fill = \"members.search\", value = \"{{email}}\" }} ]\nprepare = [ {{ click = \"members.invite\" }}, \
         {{ fill = \"invite.email\", value = \"{NEW}\" }}, {{ click = \"invite.send\" }} ]"
    );
    desk.app = map_with(&[("search = [ { fill = \"members.search\", value = \"{email}\" } ]", &prepare)]);
    let listed = RUNTIME.block_on(desk.engine().list(&mut Agrees)).unwrap();
    let told = writes(&listed.report);
    nothing_sent(&desk, &listed.report);
    assert!(told.refused_by_request().contains_key("POST /api/members"), "{told:#?}");
}

/// The map has the wrong entry of the menu: what that sends is none of what the operation may.
#[test]
fn a_commit_on_the_wrong_entry_sends_nothing() {
    let mut desk = Desk::with(12);
    let network =
        "[network.writes]\ncancel_invite = [\"DELETE /api/members/*/invitation\"]\n\n[lists.members]";
    let sabotage = ("\"/^(cancel|revoke|withdraw) invit/i\"", "\"/^resend/i\"");
    let invited = desk.truth().somebody("learner", "pending", "");
    desk.app = map_with(&[sabotage, ("[lists.members]", network)]);
    desk.settles_after(1);
    let report = desk.change(Request::CancelInvite { emails: vec![email(&invited)] });
    assert_eq!(of(&report, &invited).outcome, "failed", "{report:#?}");
    let told = writes(&report);
    let refused = told.requests.iter().find(|sent| sent.request.starts_with("POST /api/members/"));
    assert_eq!(refused.map(|sent| sent.what.as_str()), Some("not sent by this operation"), "{told:#?}");
    assert_eq!((desk.truth().writes(), desk.truth().mails_to(&invited), told.sent), (0, 0, 0));
    // With the right entry it goes through, and its answer is one of the three voices.
    desk.app = map_with(&[("[lists.members]", network)]);
    let report = desk.change(Request::CancelInvite { emails: vec![email(&invited)] });
    let change = of(&report, &invited);
    assert_eq!((change.outcome.as_str(), &change.disagreement), ("done", &None), "{report:#?}");
    assert_eq!(
        change.answers.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["DELETE /api/members/{…}/invitation 200"]
    );
    assert_eq!((writes(&report).sent, desk.truth().mutations().len()), (1, 1));
}

fn state_of<'a>(told: &'a Diagnosis, check: &str, subject: &str) -> (State, &'a str) {
    let found = told.findings.iter().find(|finding| finding.check == check && finding.subject == subject);
    let finding = found.unwrap_or_else(|| panic!("{check} {subject}: {:#?}", told.findings));
    (finding.state, &finding.detail)
}

#[test]
fn the_doctor_looks_at_everything_and_changes_nothing() {
    let mut desk = Desk::with(12);
    let look = |desk: &Desk, depth| RUNTIME.block_on(desk.engine().doctor(depth, &mut Agrees)).unwrap();
    let quick = look(&desk, Depth::Quick);
    assert_eq!((quick.report.exit_code, state_of(&quick, "map", "login.password").0), (0, State::Fine));
    assert!(quick.findings.iter().all(|finding| finding.check != "sign-in"), "{:#?}", quick.findings);

    let deep = look(&desk, Depth::Deep);
    nothing_sent(&desk, &deep.report);
    let bad: Vec<_> = deep.findings.iter().filter(|finding| finding.state == State::Bad).collect();
    assert!(bad.is_empty() && deep.report.exit_code == 0, "{bad:#?} {:#?}", deep.report);
    assert_eq!(state_of(&deep, "map", "members.invite").0, State::Fine);
    assert_eq!(state_of(&deep, "rights", &desk.ready().account.email), (State::Fine, "is admin"));
    for recording in ["invite", "change_role", "remove", "resend", "cancel_invite"] {
        assert_eq!(state_of(&deep, "recording", recording).0, State::Fine, "{recording}");
    }

    // A button that is called otherwise now, a menu entry too, and a column that is not there.
    desk.app = map_with(&[
        ("button = \"/^(bulk )?import( members)?$/i\"", "button = \"Bring people in\""),
        ("\"/^remove/i\"", "\"/^dismiss/i\""),
        ("{ column = \"Role\" }", "{ column = \"Rank\" }"),
    ]);
    let told = look(&desk, Depth::Deep);
    nothing_sent(&desk, &told.report);
    assert_eq!(told.report.exit_code, 8, "{:#?}", told.report);
    assert_eq!(state_of(&told, "map", "members.import"), (State::Bad, "not there"));
    assert_eq!(state_of(&told, "list", "column role").0, State::Warning);
    let (state, why) = state_of(&told, "recording", "remove");
    assert!(state == State::Bad && why.contains("no element matches menu.remove"), "{why}");
}

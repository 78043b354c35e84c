//! Whether all that a run needs is in order: the program's surroundings, the way in, each element of the map, the
//! account's rights. Nothing is changed: the browser sends only what reads, and no step that commits is reached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;

use super::app::{App, On, Recording, Step, Target, Verb};
use super::error::Error;
use super::report::{ReadingReport, Report};
use super::run::Run;
use super::runner::{Looked, Sought, Stop};
use super::session::Session;
use super::{Caller, Engine, Progress};
use crate::domain::member::{Member, StatusMeaning};
use crate::domain::outcome::{Reason, exit};
use crate::domain::reading::{Found, Reading};

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Browser and sign-in page; no password is used.
    Quick,
    /// Signed in: what can be reached without opening a dialog.
    Normal,
    /// Dialogs and menus too: each recording is played up to the click that would make it real.
    Deep,
}

/// What was looked at, and how it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `browser`, `reach`, `sign-in`, `map`, `list`, `recording` or `rights`.
    pub check: &'static str,
    /// What was looked at: an element of the map, a recording, the account.
    pub subject: String,
    /// How it is.
    pub state: State,
    /// The particulars.
    pub detail: String,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Fine,
    /// Not looked at, or not there and not needed now.
    NotSeen,
    /// It works, and should be looked after.
    Warning,
    /// It does not work.
    Bad,
}

/// All findings, in the order in which they were made.
#[derive(Debug)]
pub struct Diagnosis {
    /// The report of the run.
    pub report: Report,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl Engine {
    /// Looks whether all is in order.
    ///
    /// # Errors
    /// As [`Engine::list`]. What is not in order is a finding; what kept it from looking further is in the report.
    pub async fn doctor(&self, depth: Depth, caller: &mut dyn Caller) -> Result<Diagnosis, Error> {
        let word = match depth {
            Depth::Quick => "quick",
            Depth::Normal => "normal",
            Depth::Deep => "deep",
        };
        let mut run = Run::start(self, "doctor", json!({ "depth": word }), caller).await?;
        let mut findings = Vec::new();
        match Box::pin(run.examine(depth, &mut findings, caller)).await {
            Ok(()) => {
                let is_bad = findings.iter().any(|finding| finding.state == State::Bad);
                run.report.exit_code = if is_bad { Reason::SelectorMissing.exit_code() } else { exit::DONE };
            }
            Err(error) => run.failed(&error),
        }
        Ok(Diagnosis { report: run.end().await?, findings })
    }
}

impl Run<'_> {
    async fn examine(
        &mut self,
        depth: Depth,
        findings: &mut Vec<Finding>,
        caller: &mut dyn Caller,
    ) -> Result<(), Error> {
        let mut session = self.browser().await?;
        findings.push(finding("browser", session.process().version, State::Fine, "started"));
        let result = self.examine_in(&mut session, depth, findings, caller).await;
        if result.is_err() {
            self.picture_of_failure(&mut session, "doctor").await;
        }
        self.close(session).await;
        result
    }

    async fn examine_in(
        &mut self,
        session: &mut Session,
        depth: Depth,
        findings: &mut Vec<Finding>,
        caller: &mut dyn Caller,
    ) -> Result<(), Error> {
        let app = Arc::clone(&self.engine.workspace.app);
        let url = self.engine.workspace.url.to_string();
        for area in first_areas(&app) {
            match self.look_at_area(session, &app, &area, true).await {
                Ok(seen) => {
                    findings.push(finding("reach", url.clone(), State::Fine, format!("shows \"{area}\"")));
                    findings.extend(seen);
                }
                Err(stop) => {
                    findings.push(finding("reach", url, State::Bad, stop.to_string()));
                    return Err(stop.into());
                }
            }
        }
        if depth == Depth::Quick {
            return Ok(());
        }
        caller.progress(&Progress::SigningIn);
        let account = self.engine.workspace.account.email.to_string();
        if let Err(error) = session.sign_in(&mut self.trail).await {
            findings.push(finding("sign-in", account, State::Bad, error.to_string()));
            return Err(error);
        }
        findings.push(finding("sign-in", account, State::Fine, "signed in"));
        let known: BTreeSet<String> = first_areas(&app).into_iter().collect();
        let reachable =
            app.map.areas.iter().filter(|(name, area)| area.open.is_some() && !known.contains(*name));
        for (name, _) in reachable {
            match self.look_at_area(session, &app, name, false).await {
                Ok(seen) => findings.extend(seen),
                Err(stop) if stop.is_lost => return Err(stop.into()),
                Err(stop) => findings.push(finding("map", name.clone(), State::Bad, stop.to_string())),
            }
        }
        let reading = match self.reading(session, &[], caller).await {
            Ok(reading) => reading,
            Err(error) => {
                findings.push(finding("list", "members".to_owned(), State::Bad, error.to_string()));
                return Err(error);
            }
        };
        self.report.reading = Some(ReadingReport::of(&reading));
        findings.extend(of_list(&app, &reading));
        findings.push(self.rights(&reading));
        if depth == Depth::Deep {
            let changing: Vec<&Recording> =
                app.flows.values().filter(|recording| recording.commit_span().is_some()).collect();
            for (index, recording) in changing.iter().enumerate() {
                let change = format!("look at {}", recording.name);
                caller.progress(&Progress::Change { number: index + 1, of: changing.len(), change });
                findings.push(self.rehearse(session, &app, recording, &reading).await);
            }
        }
        Ok(())
    }

    /// Opens an area, and looks at each of its elements.
    async fn look_at_area(
        &mut self,
        session: &mut Session,
        app: &App,
        area: &str,
        is_signing_in: bool,
    ) -> Result<Vec<Finding>, Stop> {
        let inputs = session.inputs();
        let mut flow = session.flow(app, inputs, &mut self.trail);
        if is_signing_in {
            flow = flow.signing_in();
        }
        flow.open(area, true).await?;
        let needed = needed(app);
        let mut findings = Vec::new();
        for name in app.map.areas[area].elements.keys() {
            let target = Target::new(format!("{area}.{name}"));
            let (state, detail) = match flow.look_at(&target).await? {
                Looked::Found { candidate: 0, .. } => (State::Fine, "found".to_owned()),
                Looked::Found { candidate, of } => {
                    (State::Warning, format!("found by candidate {} of {of} only", candidate + 1))
                }
                Looked::Disagree(votes) => {
                    (State::Warning, format!("its candidates match different elements (votes {votes})"))
                }
                Looked::Ambiguous(matches) => (State::Bad, format!("{matches} elements match, expected 1")),
                Looked::Missing if needed.contains(&target) => (State::Bad, "not there".to_owned()),
                Looked::Missing => (State::NotSeen, "not there now".to_owned()),
            };
            findings.push(finding("map", target.to_string(), state, detail));
        }
        Ok(findings)
    }

    /// What the account may do can only be seen by its role.
    fn rights(&self, reading: &Reading) -> Finding {
        let account = &self.engine.workspace.account.email;
        let about = |state, detail: String| finding("rights", account.to_string(), state, detail);
        let Found::One(member) = reading.find(account) else {
            return about(State::NotSeen, "is not in the list itself".to_owned());
        };
        let roles: Vec<_> = member.roles.iter().flatten().collect();
        let is_privileged = |role: &&&crate::domain::member::RoleId| {
            self.engine
                .workspace
                .app
                .map
                .roles
                .iter()
                .any(|known| known.role.id == ***role && known.role.privileged)
        };
        let words = roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match roles.iter().find(is_privileged) {
            Some(_) => about(State::Fine, format!("is {words}")),
            None if roles.is_empty() => about(State::NotSeen, "the list does not tell its role".to_owned()),
            None => about(State::Warning, format!("is {words}: that may not be enough to manage people")),
        }
    }

    /// Plays a recording for somebody it could be for, up to the click that would make it real.
    async fn rehearse(
        &mut self,
        session: &mut Session,
        app: &App,
        recording: &Recording,
        reading: &Reading,
    ) -> Finding {
        let about = |state, detail: String| finding("recording", recording.name.clone(), state, detail);
        if recording.is_second() {
            let why = "not played: it is the second of two saves, and nobody stands between them";
            return about(State::NotSeen, why.to_owned());
        }
        let Some(short) = without_commit(recording) else {
            return about(State::NotSeen, "not played: it gives the console a file".to_owned());
        };
        let Some(example) = self.example(app, recording, reading) else {
            return about(State::NotSeen, "not played: there is nobody it could be for".to_owned());
        };
        match self.play_up_to_commit(session, app, &short, example).await {
            Ok(()) => {
                about(State::Fine, "each step is there, up to the click that would make it real".to_owned())
            }
            Err(stop) => about(State::Bad, stop.to_string()),
        }
    }

    async fn play_up_to_commit(
        &mut self,
        session: &mut Session,
        app: &App,
        recording: &Recording,
        example: Example<'_>,
    ) -> Result<(), Stop> {
        let inputs = session.inputs().with("email", example.email.as_str());
        let mut flow = session.flow(app, inputs.clone(), &mut self.trail);
        let inputs = example.role.map_or(inputs.clone(), |role| inputs.with_role(role));
        match (recording.on, example.member) {
            (Some(On::Row | On::Person), Some(member)) => {
                let email = member.email.as_ref().expect("an example has an address");
                let Sought::Found(member, person) = flow.look_up(email, true).await? else {
                    return Err(Stop::new(
                        Reason::NotFound,
                        "find somebody to look at it with",
                        "no longer there",
                    ));
                };
                flow.set_inputs(inputs.with_member(&member.cells));
                flow.stand(recording, &member, person).await?;
            }
            (Some(_), _) => {
                flow.set_inputs(inputs);
                flow.open_members().await?;
                flow.set_people(vec![example.email.clone()]);
            }
            (None, _) => flow.set_inputs(inputs),
        }
        match flow.play(recording, None).await.stop {
            None => Ok(()),
            Some(stop) => Err(stop),
        }
    }

    /// Somebody whom a recording could be for: not the account itself, and of the least role there is.
    fn example<'r>(&self, app: &'r App, recording: &Recording, reading: &'r Reading) -> Option<Example<'r>> {
        let account = &self.engine.workspace.account.email;
        let roles = &app.map.roles;
        let role = roles.iter().rev().find(|known| known.role.grantable);
        let does = |operation: &str| recording.does.iter().any(|known| known == operation);
        if does("invite") || does("import") {
            let email = format!("seatwright-doctor@{}", account.domain());
            return Some(Example { email, member: None, role });
        }
        let wanted = if does("resend") || does("cancel_invite") {
            StatusMeaning::Invited
        } else if does("reactivate") {
            StatusMeaning::Deactivated
        } else {
            StatusMeaning::Active
        };
        let fits = |member: &&Member| {
            member.email.as_ref().is_some_and(|email| email != account)
                && member.status.as_ref().is_some_and(|status| status.is_only(&[wanted]))
        };
        let member = reading.members.iter().rev().find(fits)?;
        let email = member.email.as_ref()?.to_string();
        Some(Example { email, member: Some(member), role })
    }
}

/// Whom a recording is tried with.
struct Example<'a> {
    email: String,
    member: Option<&'a Member>,
    role: Option<&'a super::app::RoleWords>,
}

/// The recording up to its commit, which is only looked for. `None`: it cannot be played without sending something.
fn without_commit(recording: &Recording) -> Option<Recording> {
    let span = recording.commit_span()?;
    let before = &recording.steps[..span.start];
    if before.iter().any(|step| step.writes || matches!(step.verb, Verb::Upload { .. } | Verb::Tick { .. })) {
        return None;
    }
    let commit = &recording.steps[span.start];
    let any = commit.verb.targets().into_iter().cloned().collect();
    let look =
        Step { verb: Verb::Expect { any, says: None, mentions: None }, commits: false, ..commit.clone() };
    let mut short = recording.clone();
    short.steps = before.iter().cloned().chain([look]).collect();
    Some(short)
}

/// The areas a sign-in begins with: they show to anybody.
fn first_areas(app: &App) -> Vec<String> {
    let steps = app.flow_for("sign_in").map(|recording| recording.steps.as_slice()).unwrap_or_default();
    let opened = |step: &Step| match &step.verb {
        Verb::Open(area) => Some(area.clone()),
        _ => None,
    };
    steps.iter().filter_map(opened).take(1).collect()
}

/// What recordings need in any case.
fn needed(app: &App) -> BTreeSet<Target> {
    let steps = app.flows.values().flat_map(|recording| &recording.steps).filter(|step| !step.optional);
    let targets = steps.filter(|step| !matches!(step.verb, Verb::Expect { .. } | Verb::ExpectGone { .. }));
    let mut needed: BTreeSet<Target> = targets.flat_map(|step| step.verb.targets()).cloned().collect();
    let ready = app.map.areas.iter().filter_map(|(name, area)| Some((name, area.ready.as_ref()?)));
    needed.extend(ready.map(|(name, ready)| Target::new(format!("{name}.{ready}"))));
    needed
}

/// The list as it was read, column by column.
fn of_list(app: &App, reading: &Reading) -> Vec<Finding> {
    let rows = reading.members.len();
    let state = if reading.grade.is_proven() { State::Fine } else { State::Bad };
    let why =
        reading.unproven.as_ref().map(|why| format!(", not proven complete: {why}")).unwrap_or_default();
    let words = format!("{rows} rows, grade {}{why}", reading.grade.as_str());
    let mut findings = vec![finding("list", "members".to_owned(), state, words)];
    let mut filled: BTreeMap<&str, usize> = BTreeMap::new();
    let row_areas = app.map.lists.get("members").map(super::app::List::all_rows).unwrap_or_default();
    for area in row_areas.iter().filter_map(|name| app.map.areas.get(*name)) {
        for column in area.elements.keys().chain(area.is.keys()) {
            if super::app::map::COLUMNS.contains(&column.as_str()) {
                let has = |member: &&Member| member.cells.contains_key(column);
                filled.insert(column, reading.members.iter().filter(has).count());
            }
        }
    }
    for (column, count) in filled {
        let state = match (column, count) {
            (_, count) if count == rows => State::Fine,
            ("email", 0) => State::Bad,
            (_, 0) => State::Warning,
            _ => State::Fine,
        };
        findings.push(finding(
            "list",
            format!("column {column}"),
            state,
            format!("read in {count} of {rows} rows"),
        ));
    }
    findings
}

fn finding(check: &'static str, subject: String, state: State, detail: impl Into<String>) -> Finding {
    Finding { check, subject, state, detail: detail.into() }
}

//! Which recording serves whom (F15), and the decisions of the customer that recordings go by.
//!
//! What can be told without looking at anybody ends a request before a browser starts: a choice that is not made, an
//! operation that no case can cover. Who is read and covered by no case is told before anything is clicked.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::apply::Item;
use super::error::{Error, OpenChoice};
use super::journal::RunRecord;
use super::run::Run;
use super::{Engine, dates};
use crate::domain::change::Change;
use crate::domain::email::Email;
use crate::domain::member::{Member, RoleId};
use crate::domain::outcome::{Outcome, OutcomeKind, Reason};
use crate::domain::plan::Plan;
use crate::domain::reading::{Found, Reading};
use crate::domain::request::Request;
use crate::engine::app::{Case, Recording};

/// Decisions of the customer, by the name of the choice.
pub(crate) type Choices = BTreeMap<String, String>;

impl Engine {
    /// People come in by the console's own import of a file. Without one they are invited one after the other.
    pub(crate) fn serves_by_file(&self, request: &Request) -> bool {
        request.operation() == "import" && self.workspace.app.can("import")
    }

    /// The console takes somebody invited as this out of a file.
    pub(crate) fn imports_as(&self, role: &RoleId) -> bool {
        self.workspace.app.can("import") && self.recording_for("import", Some(role), None).is_ok()
    }

    /// What forbids a request whoever it is about.
    ///
    /// # Errors
    /// The console cannot do it, or not in any case that is left; a choice is not made.
    pub(crate) fn supports(&self, request: &Request) -> Result<(), Error> {
        let (app, choices) = (&self.workspace.app, &self.workspace.choices);
        let operation = request.operation().to_owned();
        let serving = match request {
            Request::Import { .. } if !self.serves_by_file(request) => "invite",
            request => request.operation(),
        };
        if !app.can(serving) {
            return Err(Error::Unsupported { operation, console: app.id() });
        }
        if matches!(request, Request::ResendOlder { .. }) && !dates::tells_invited(&app.map) {
            return Err(Error::NoDates { console: app.id() });
        }
        let invited_as: Vec<Option<&RoleId>> = match request {
            Request::Invite { role, .. } => vec![Some(role)],
            Request::Import { people, .. } => people.values().map(|who| Some(&who.role)).collect(),
            _ => vec![None],
        };
        let may_serve = |flow: &&Recording| {
            let when = flow.when.as_ref();
            invited_as.iter().any(|role| when.is_none_or(|when| when.may_cover(*role, choices)))
        };
        let left: Vec<&Recording> = app.flows_of(serving).filter(may_serve).collect();
        let open: BTreeMap<&str, OpenChoice> = left
            .iter()
            .flat_map(|flow| &flow.choices)
            .filter(|name| !choices.contains_key(*name))
            .filter_map(|name| Some((name.as_str(), OpenChoice::of(name, app.map.choices.get(name)?))))
            .collect();
        if !open.is_empty() {
            let choices = open.into_values().collect();
            return Err(Error::NotChosen { operation, workspace: self.workspace.name.clone(), choices });
        }
        if left.is_empty() && !invited_as.is_empty() {
            let mut cases: Vec<String> = app
                .flows_of(serving)
                .filter_map(|flow| flow.when.as_ref())
                .map(ToString::to_string)
                .collect();
            cases.dedup();
            let asked = asked(&invited_as, &self.choices_for(&[serving]));
            return Err(Error::NoCase { operation, console: app.id(), asked, cases });
        }
        Ok(())
    }

    /// The decisions made that the recordings of these operations go by.
    fn choices_for(&self, operations: &[&str]) -> Choices {
        let flows = operations.iter().flat_map(|operation| self.workspace.app.flows_of(operation));
        let names = flows.flat_map(|flow| &flow.choices);
        let made = |name: &String| Some((name.clone(), self.workspace.choices.get(name)?.clone()));
        names.filter_map(made).collect()
    }

    /// The arguments of a run, with the decisions it goes by.
    pub(crate) fn with_choices(&self, operation: &str, mut arguments: Value) -> Value {
        let choices = self.choices_of_run(operation);
        if !choices.is_empty() {
            arguments["choices"] = json!(choices);
        }
        arguments
    }

    /// The decisions for all that a run of this operation may come to: without an import of the console's own, people are invited.
    fn choices_of_run(&self, operation: &str) -> Choices {
        match operation {
            "import" => self.choices_for(&["import", "invite"]),
            "apply" => self.workspace.choices.clone(),
            operation => self.choices_for(&[operation]),
        }
    }

    /// The recording that carries out an operation for somebody: `member` is how they were read last, `invited_as` the
    /// role they are to be invited with.
    fn recording_for(
        &self,
        operation: &str,
        invited_as: Option<&RoleId>,
        member: Option<&Member>,
    ) -> Result<&Recording, String> {
        let asked = invited_as.map(|role| [role.clone()].into());
        let case = Case {
            roles: asked.as_ref().or_else(|| member.and_then(|member| member.roles.as_ref())),
            status: member.filter(|_| asked.is_none()).and_then(|member| member.status.as_ref()),
            choices: &self.workspace.choices,
        };
        let app = &self.workspace.app;
        app.flow_in(operation, &case).ok_or_else(|| {
            let who = match invited_as {
                Some(role) => format!("role {role}"),
                None => case.to_string(),
            };
            let made = words(&self.choices_for(&[operation]));
            let made = if made.is_empty() { made } else { format!(", {made}") };
            format!("{} has no recording of {operation} for this case: {who}{made}", app.id())
        })
    }

    /// The recording that carries out a change, of somebody as they were read last.
    ///
    /// # Errors
    /// No case covers them: the case in words.
    pub(crate) fn recording_of(
        &self,
        change: &Change,
        member: Option<&Member>,
    ) -> Result<&Recording, String> {
        match change {
            Change::Invite { role, .. } => self.recording_for("invite", Some(role), None),
            change => {
                let operation = change.operation();
                let own = self.recording_for(operation, None, member);
                own.or_else(|why| {
                    member.and_then(|member| self.second_save_for(operation, member)).ok_or(why)
                })
            }
        }
    }

    /// As [`Engine::recording_of`]; in an import, the recording that takes the person out of a file.
    pub(crate) fn recording_in(
        &self,
        by_file: bool,
        change: &Change,
        reading: &Reading,
    ) -> Result<&Recording, String> {
        let member = match reading.find(change.email()) {
            Found::One(member) => Some(member),
            Found::No | Found::Many => None,
        };
        match change {
            Change::Invite { role, .. } if by_file => self.recording_for("import", Some(role), None),
            change => self.recording_of(change, member),
        }
    }
}

impl Run<'_> {
    /// Takes those out of a plan whom no recording is for, before anybody is asked. Says whether there are any.
    pub(crate) fn leave_uncovered_out(&self, plan: &mut Plan, reading: &Reading) -> bool {
        let mut covered = Vec::new();
        let before = plan.changes.len();
        for change in plan.changes.drain(..) {
            match self.engine.recording_in(self.by_file, &change, reading) {
                Ok(_) => covered.push(change),
                Err(why) => {
                    let outcome = Outcome::failed(Reason::Unsupported).with_detail(why);
                    plan.settled.push((change.email().clone(), outcome));
                }
            }
        }
        plan.changes = covered;
        plan.changes.len() < before
    }

    /// What the customer decided about each change of a plan, for whoever is asked and for the report.
    pub(crate) fn report_choices(&mut self, plan: &Plan, reading: &Reading) -> BTreeMap<Email, Choices> {
        let engine = self.engine;
        let of = |change: &Change| {
            let recording = engine.recording_in(self.by_file, change, reading).ok()?;
            let made = |name: &String| Some((name.clone(), engine.workspace.choices.get(name)?.clone()));
            let choices: Choices = recording.choices.iter().filter_map(made).collect();
            (!choices.is_empty()).then(|| (change.email().clone(), choices))
        };
        let choices: BTreeMap<Email, Choices> = plan.changes.iter().filter_map(of).collect();
        for (email, made) in &choices {
            let entries = self.report.changes.iter_mut();
            for entry in entries.filter(|entry| entry.email == email.as_str()) {
                entry.choices.clone_from(made);
            }
        }
        choices
    }

    /// What was agreed to under other decisions of the customer is not the same any more: those items are settled, and
    /// the others given back.
    pub(crate) async fn under_the_same_choices(
        &self,
        record: &RunRecord,
        items: Vec<Item>,
    ) -> Result<Vec<Item>, Error> {
        let agreed = choices_of_arguments(&record.began.arguments);
        let now = self.engine.choices_of_run(&record.began.operation);
        if agreed == now {
            return Ok(items);
        }
        let detail = format!(
            "agreed to with {}, and the configuration says {} now; plan again",
            or_none(&words(&agreed)),
            or_none(&words(&now))
        );
        let outcome = Outcome::new(OutcomeKind::Skipped).with_detail(detail);
        for item in &items {
            self.engine.journal.settle(item.id, &outcome, "the choices, at the time of resuming").await?;
        }
        Ok(Vec::new())
    }
}

/// The decisions a run was started with, as its arguments hold them.
fn choices_of_arguments(arguments: &Value) -> Choices {
    let given = arguments["choices"].as_object().into_iter().flatten();
    given.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// `files = keep, mails = no`.
fn words(choices: &Choices) -> String {
    choices.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
}

fn or_none(words: &str) -> &str {
    if words.is_empty() { "no choices" } else { words }
}

/// What is known of a request before anybody was read.
fn asked(invited_as: &[Option<&RoleId>], choices: &Choices) -> String {
    let mut roles: Vec<&str> = invited_as.iter().flatten().map(|role| role.as_str()).collect();
    roles.sort_unstable();
    roles.dedup();
    let roles = (!roles.is_empty()).then(|| format!("role {}", roles.join(" or ")));
    let choices = Some(words(choices)).filter(|words| !words.is_empty());
    roles.into_iter().chain(choices).collect::<Vec<_>>().join(", ")
}

//! The same request under the same key is carried out once, however often it is asked for.
//!
//! A caller that heard nothing (its own timeout, a restart, a lost connection) asks again with the key it used before.
//! The newest run with that key in the workspace decides:
//!
//! - it was another request: an error, and nothing is done;
//! - it changed something, or may have, or found nothing to do: its report is the answer, now and for ever;
//! - it is not over: nothing is begun on top of it, `resume` comes first;
//! - nothing was ever committed in it, and it did not end well (unreachable, refused, not agreed to ...): the request is
//!   carried out anew, as if the key had never been used, for there is nothing that could be done twice.
//!
//! That nobody else begins a run with the key meanwhile is seen to by the lock of the workspace.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::apply::Item;
use super::asked::Asked;
use super::error::Error;
use super::journal::{RunKey, RunRecord};
use super::report::{ErrorReport, Report};
use super::run::Run;
use super::{Caller, Engine};
use crate::domain::email::Email;
use crate::domain::member::RoleId;
use crate::domain::outcome::{Outcome, OutcomeKind, exit};
use crate::domain::request::{Newcomer, Request};

/// What a request with a key came to.
#[derive(Debug)]
pub struct Answered {
    /// The report of the run that carried it out.
    pub report: Report,
    /// That was an earlier run: nothing was done now.
    pub is_earlier: bool,
}

impl Run<'_> {
    /// An invitation that another run sent again after this one intended to is not sent once more when this one is taken
    /// up: no list shows that it was.
    pub(super) async fn leave_what_was_sent_since(&self, items: &mut Vec<Item>) -> Result<(), Error> {
        let Some(record) = self.engine.journal.run(&self.id).await? else { return Ok(()) };
        let sent: BTreeMap<Email, Timestamp> =
            self.engine.journal.resends(&self.engine.workspace.name).await?.into_iter().collect();
        let is_sent = |item: &Item| {
            let intended = record.changes.iter().find(|known| known.id == item.id)?.intended_at;
            let at = sent.get(item.change.email()).filter(|_| !item.change.shows_in_list())?;
            Some(*at > intended)
        };
        let (gone, left): (Vec<Item>, Vec<Item>) =
            std::mem::take(items).into_iter().partition(|item| is_sent(item).unwrap_or(false));
        let outcome = Outcome::new(OutcomeKind::Skipped).with_detail("another run sent it again since");
        for item in gone {
            self.engine.journal.settle(item.id, &outcome, "the journal, when resuming").await?;
        }
        *items = left;
        Ok(())
    }
}

/// What an earlier run with the same key means for the same request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Earlier {
    /// Nothing was done: it may be carried out anew.
    Nothing,
    /// It was carried out.
    Over,
    /// It is not known, or not all, what became of it.
    Open,
}

impl Engine {
    /// As [`Engine::change`], but a request that was carried out under this key before is not carried out again.
    ///
    /// # Errors
    /// As [`Engine::change`], above all while the earlier run is still at work; also a key of another request.
    pub async fn change_once(
        &self,
        request: Request,
        key: &RunKey,
        caller: &mut dyn Caller,
    ) -> Result<Answered, Error> {
        let arguments = arguments_of(&request);
        // What has ended needs no lock, and is told also while another run holds the workspace.
        if let Some(record) =
            self.earlier(&request, &arguments, key).await?.filter(|run| run.ended_at.is_some())
            && let Some(answered) = self.answer(&record, key)
        {
            return Ok(answered);
        }
        self.supports(&request)?;
        let lock = self.lock(request.operation())?;
        if let Some(record) = self.earlier(&request, &arguments, key).await?
            && let Some(answered) = self.answer(&record, key)
        {
            return Ok(answered);
        }
        let arguments = self.with_choices(request.operation(), arguments);
        let run = Run::begin(self, lock, request.operation(), arguments, Some(key), caller).await?;
        Ok(Answered {
            report: Box::pin(run.carry_out(&Asked::Request(&request), caller)).await?,
            is_earlier: false,
        })
    }

    /// The run that had this key for this very request.
    async fn earlier(
        &self,
        request: &Request,
        arguments: &Value,
        key: &RunKey,
    ) -> Result<Option<RunRecord>, Error> {
        let Some(record) = self.journal.run_of_key(&self.workspace.name, key).await? else { return Ok(None) };
        let began = &record.began;
        if began.operation == request.operation()
            && people_in_order(&began.arguments) == people_in_order(arguments)
        {
            return Ok(Some(record));
        }
        Err(Error::KeyOfAnother {
            key: key.to_string(),
            run: record.id.to_string(),
            was: format!("{} {}", began.operation, began.arguments),
        })
    }

    /// What an earlier run answers, which is not at work any more; `None` if the request may be carried out anew.
    fn answer(&self, record: &RunRecord, key: &RunKey) -> Option<Answered> {
        let report = match judge(record) {
            Earlier::Nothing => return None,
            Earlier::Over => stored(record).unwrap_or_else(|| Report::of_journal(record, (self.clock)())),
            Earlier::Open => {
                let report = stored(record).unwrap_or_else(|| Report::of_journal(record, (self.clock)()));
                Report { error: Some(not_over(record, key)), exit_code: exit::IN_DOUBT, ..report }
            }
        };
        Some(Answered { report, is_earlier: true })
    }
}

/// What the run means for the same request under the same key.
fn judge(record: &RunRecord) -> Earlier {
    let was_committed = record.changes.iter().any(|change| change.committing_at.is_some());
    if record.is_open() || (was_committed && !record.is_over()) {
        Earlier::Open
    } else if was_committed || record.exit_code == Some(exit::DONE) {
        Earlier::Over
    } else {
        Earlier::Nothing
    }
}

fn stored(record: &RunRecord) -> Option<Report> {
    // While somebody resumes it, and after they died, the earlier report is not what is so any more.
    record.ended_at?;
    serde_json::from_value(record.report.clone()?).ok()
}

fn not_over(record: &RunRecord, key: &RunKey) -> ErrorReport {
    let what = if record.ended_at.is_some() { "left something open" } else { "died before it ended" };
    ErrorReport {
        reason: None,
        message: format!(
            "{} with key {key}: run {}, which had it first, {what}",
            record.began.operation, record.id
        ),
        hint: format!("`seatwright resume {}` first; then ask again with the same key", record.id),
        retryable: false,
    }
}

/// What is asked for, beside the operation, as the journal keeps it.
pub(crate) fn arguments_of(request: &Request) -> serde_json::Value {
    let emails: Vec<&str> = request.emails().iter().map(|email| email.as_str()).collect();
    match request {
        Request::Invite { role, .. } | Request::SetRole { role, .. } => {
            json!({ "emails": emails, "role": role.as_str() })
        }
        Request::Import { people, .. } => {
            let (roles, names) = newcomers_in_words(people);
            json!({ "emails": emails, "roles": roles, "names": names })
        }
        Request::ResendOlder { than } => json!({ "older_than_s": than.as_secs() }),
        Request::Resend { .. }
        | Request::CancelInvite { .. }
        | Request::Deactivate { .. }
        | Request::Reactivate { .. }
        | Request::Remove { .. } => json!({ "emails": emails }),
    }
}

/// Roles and names of those whom a file brings in, as the journal keeps them.
pub(super) fn newcomers_in_words(people: &BTreeMap<Email, Newcomer>) -> (Value, Value) {
    let roles: serde_json::Map<String, Value> =
        people.iter().map(|(email, who)| (email.to_string(), json!(who.role.as_str()))).collect();
    let name = |(email, who): (&Email, &Newcomer)| Some((email.to_string(), json!(who.name.clone()?)));
    let names: serde_json::Map<String, Value> = people.iter().filter_map(name).collect();
    (roles.into(), names.into())
}

/// Whom a file brings in by these arguments, of an import or a plan; nobody in any other run.
pub(crate) fn newcomers_in(operation: &str, arguments: &Value) -> BTreeMap<Email, Newcomer> {
    let roles = arguments["roles"].as_object().filter(|_| ["import", "apply"].contains(&operation));
    let newcomer = |(email, role): (&String, &Value)| {
        let name = arguments["names"][email].as_str().map(str::to_owned);
        Some((Email::parse(email).ok()?, Newcomer { role: RoleId::new(role.as_str()?), name }))
    };
    roles.into_iter().flatten().filter_map(newcomer).collect()
}

/// The arguments with the people sorted, each once: in which order they are named makes no other request. Nor does what
/// the configuration says of choices by now: what was done under the key was done.
fn people_in_order(arguments: &Value) -> Value {
    let mut arguments = arguments.clone();
    if let Some(arguments) = arguments.as_object_mut() {
        arguments.remove("choices");
    }
    if let Some(emails) = arguments.get_mut("emails").and_then(Value::as_array_mut) {
        emails.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
        emails.dedup();
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_an_import_brings_in_is_read_from_its_arguments_again() {
        let email = |name: &str| Email::parse(&format!("{name}@acme.example")).unwrap();
        let newcomer = |role: &str, name: Option<&str>| Newcomer {
            role: RoleId::new(role),
            name: name.map(str::to_owned),
        };
        let people = BTreeMap::from([
            (email("ann"), newcomer("author", Some("Ann Lee"))),
            (email("bo"), newcomer("learner", None)),
        ]);
        let emails = people.keys().cloned().collect();
        let arguments = arguments_of(&Request::Import { emails, people: people.clone() });
        assert_eq!(newcomers_in("import", &arguments), people);
        assert_eq!(newcomers_in("invite", &json!({ "emails": ["ann@acme.example"] })), BTreeMap::new());
    }

    #[test]
    fn the_order_of_people_makes_no_other_request() {
        let same = |one: Value, other: Value| people_in_order(&one) == people_in_order(&other);
        assert!(same(json!({ "emails": ["b", "a", "b"] }), json!({ "emails": ["a", "b"] })));
        assert!(!same(json!({ "emails": ["a"] }), json!({ "emails": ["a", "b"] })));
        assert!(same(json!({ "emails": ["a"], "choices": { "files": "Keep" } }), json!({ "emails": ["a"] })));
        assert!(!same(json!({ "emails": ["a"], "role": "x" }), json!({ "emails": ["a"], "role": "y" })));
    }
}

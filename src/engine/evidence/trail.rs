//! What happens in a run, written down as it happens: its steps, and whom it met, so that others than the person a change
//! is about can be taken out of what is passed on.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::folder::Evidence;
use super::pseudonym::Key;
use super::redact::{Kept, Redactor};
use super::snapshot::{self, Taken};
use crate::domain::outcome::Outcome;
use crate::engine::app::App;

/// One line of the step log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The change it belongs to; none for what serves all of them.
    pub change: Option<i64>,
    /// The step, in words.
    pub step: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// How much of that was waiting in the page, in milliseconds.
    pub waited_ms: u64,
    /// Driver requests for it.
    #[serde(default)]
    pub requests: u64,
    /// How the elements it was about were found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub votes: Vec<Votes>,
    /// What went wrong, or was not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What the page showed instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// Where the console is no longer quite as the map says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<String>,
}

/// How an element was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Votes {
    /// Its name in the map.
    pub element: String,
    /// How many elements each of its candidates matched.
    pub counts: Vec<usize>,
    /// The candidate that served, from 0.
    pub served: usize,
}

/// The log of steps as they happen, a line each, so that a killed run has left all but its last.
#[derive(Default)]
pub struct Trail {
    kept: Option<Files>,
    redactor: Option<Redactor>,
    change: Option<i64>,
    /// Rows that were met before.
    seen: HashSet<(Option<String>, Option<String>)>,
    /// Whom the change is about.
    subjects: Vec<String>,
    next: StepRecord,
    requests: u64,
    drift: Vec<String>,
}

struct Files {
    evidence: Evidence,
    steps: File,
    people: File,
}

impl fmt::Debug for Trail {
    /// Without whom it met, and without secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trail")
            .field("change", &self.change)
            .field("drift", &self.drift)
            .finish_non_exhaustive()
    }
}

/// What is known of whom a run met, read back from its folder.
pub(crate) struct Memory(Redactor);

/// What may be shared of a run, made from what is personal.
pub(crate) struct Shared<'r> {
    redactor: &'r Redactor,
    kept: Kept,
}

impl Memory {
    /// Of a run that may have ended long ago. Secrets are in no file of it. A run whose folder is gone still tells no
    /// address.
    ///
    /// # Errors
    /// No key can be made, and none is there.
    pub(crate) fn of(evidence: &Evidence, vocabulary: impl IntoIterator<Item = String>) -> io::Result<Self> {
        Ok(Self(remembered(&evidence.people(), vocabulary)?))
    }

    /// For a page on which these people are told.
    pub(crate) fn shared<'e>(&self, people: impl IntoIterator<Item = &'e str>) -> Shared<'_> {
        Shared { redactor: &self.0, kept: self.0.keep(people) }
    }
}

impl Shared<'_> {
    /// The text as it may be passed on.
    pub(crate) fn text(&self, text: &str) -> String {
        self.redactor.text(text, &self.kept)
    }
}

/// A redactor that knows whom these lines name.
fn remembered(lines: &str, vocabulary: impl IntoIterator<Item = String>) -> io::Result<Redactor> {
    let mut lines = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let key = lines.next().and_then(|line| Key::from_hex(line["key"].as_str()?));
    let mut redactor = Redactor::new(key.map_or_else(Key::new, Ok)?, vocabulary);
    for line in lines {
        redactor.learn_person(line["email"].as_str(), line["name"].as_str());
    }
    Ok(redactor)
}

impl Trail {
    /// A log that is not kept.
    #[must_use]
    pub fn nowhere() -> Self {
        Self::default()
    }

    pub(super) fn kept(
        evidence: Evidence,
        steps: File,
        mut people: File,
        known: &str,
        vocabulary: impl IntoIterator<Item = String>,
    ) -> io::Result<Self> {
        let mut known = known.to_owned();
        if known.is_empty() {
            known = format!("{}\n", json!({ "key": Key::new()?.to_hex() }));
            people.write_all(known.as_bytes())?;
        } else if !known.ends_with('\n') {
            people.write_all(b"\n")?; // a crash cut the last line off
        }
        let redactor = remembered(&known, vocabulary)?;
        let files = Files { evidence, steps, people };
        Ok(Self { kept: Some(files), redactor: Some(redactor), ..Self::default() })
    }

    /// What follows belongs to this change.
    pub fn about(&mut self, change: Option<i64>) {
        self.change = change;
        self.subjects.clear();
    }

    /// What follows belongs to the change of this person, too: in what is kept of it they are told.
    pub fn concerns(&mut self, email: &str) {
        self.subjects.push(email.to_owned());
    }

    /// Everything noticed so far that is not quite as the map says, each once.
    #[must_use]
    pub fn drift_seen(&self) -> &[String] {
        &self.drift
    }

    /// This must stand nowhere, whatever shows it.
    pub(crate) fn never_tell(&mut self, secret: &SecretString) {
        if let Some(redactor) = &mut self.redactor {
            redactor.learn_secret(secret.expose_secret());
        }
    }

    /// Somebody was met in the console.
    pub(crate) fn met(&mut self, email: Option<&str>, name: Option<&str>) {
        let Some(redactor) = &mut self.redactor else { return };
        // A long list is read twice, and searched for each change.
        if !self.seen.insert((email.map(str::to_owned), name.map(str::to_owned))) {
            return;
        }
        if !redactor.learn_person(email, name) {
            return;
        }
        if let Some(files) = &mut self.kept
            && let Err(error) = writeln!(files.people, "{}", json!({ "email": email, "name": name }))
        {
            tracing::warn!(%error, "whom the run met could not be written down");
        }
    }

    /// For a page on which these people are told; nothing if nothing is kept.
    pub(crate) fn shared<'e>(&self, people: impl IntoIterator<Item = &'e str>) -> Option<Shared<'_>> {
        self.redactor.as_ref().map(|redactor| Shared { redactor, kept: redactor.keep(people) })
    }

    /// Somebody was met in a list.
    pub(crate) fn met_row(&mut self, cells: &BTreeMap<String, Option<String>>) {
        let cell = |name: &str| cells.get(name).and_then(Option::as_deref);
        self.met(cell("email"), cell("name"));
    }

    /// A text without secrets; people stand in it as they are.
    pub(crate) fn without_secrets(&self, text: &str) -> String {
        self.redactor.as_ref().map_or_else(|| text.to_owned(), |redactor| redactor.without_secrets(text))
    }

    /// The outcome without secrets: what a page says of a change may repeat what was typed.
    pub(crate) fn tellable(&self, outcome: &Outcome) -> Outcome {
        Outcome {
            detail: outcome.detail.as_deref().map(|detail| self.without_secrets(detail)),
            ..outcome.clone()
        }
    }

    pub(crate) fn asked(&mut self, waited_ms: u64) {
        self.next.waited_ms += waited_ms;
    }

    /// The driver requests of the browser up to now.
    pub(crate) fn requests_until_now(&mut self, total: u64) {
        // A browser in place of a lost one begins to count anew.
        self.next.requests += total.checked_sub(self.requests).unwrap_or(total);
        self.requests = total;
    }

    pub(crate) fn voted(&mut self, element: &str, counts: &[usize], served: usize) {
        let votes = Votes { element: element.to_owned(), counts: counts.to_vec(), served };
        if !counts.is_empty() && !self.next.votes.contains(&votes) {
            self.next.votes.push(votes);
        }
    }

    /// What the page showed when something was not as it should be.
    pub(crate) fn saw(&mut self, seen: String) {
        self.next.seen = Some(seen);
    }

    pub(crate) fn drift(&mut self, note: String) {
        if !self.drift.contains(&note) {
            tracing::warn!(note, "drift seen");
            self.drift.push(note.clone());
        }
        self.next.drift.push(note);
    }

    pub(crate) fn step(&mut self, step: &str, took: Duration, problem: Option<String>) {
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(step, took_ms, problem, "step done");
        let next = std::mem::take(&mut self.next);
        let record = StepRecord {
            change: self.change,
            step: step.to_owned(),
            took_ms,
            problem: problem.map(|problem| self.without_secrets(&problem)),
            seen: next.seen.as_deref().map(|seen| self.without_secrets(seen)),
            ..next
        };
        if let Some(files) = &mut self.kept {
            let line = serde_json::to_string(&record).expect("a record of texts and numbers");
            if let Err(error) = writeln!(files.steps, "{line}") {
                tracing::warn!(%error, "the step log could not be written");
                self.kept = None;
            }
        }
    }

    /// Keeps a snapshot of the page, or of a part of it, as it may be passed on. One that cannot be kept stops nothing.
    pub(crate) fn snapshot(&mut self, name: &str, taken: &Taken) {
        for person in &taken.people {
            self.met(person.email.as_deref(), person.name.as_deref());
        }
        let (Some(files), Some(redactor)) = (&self.kept, &mut self.redactor) else { return };
        for secret in &taken.secrets {
            redactor.learn_secret(secret);
        }
        let kept = redactor.keep(self.subjects.iter().map(String::as_str));
        let page = snapshot::to_html(taken, redactor, &kept);
        if let Err(error) = files.evidence.save(&format!("{name}.html"), page.as_bytes()) {
            tracing::warn!(%error, "a snapshot could not be kept");
        }
    }

    /// A snapshot around the change that is under way.
    pub(crate) fn snapshot_of_change(&mut self, name: &str, taken: &Taken) {
        if let Some(change) = self.change {
            self.snapshot(&format!("{change}-{name}"), taken);
        }
    }

    /// Whether snapshots are kept at all.
    pub(crate) fn is_kept(&self) -> bool {
        self.kept.is_some()
    }
}

/// The words of a console's map and recordings: those no pseudonym may take the place of, for by them things are found.
pub(crate) fn vocabulary_of(app: &App) -> Vec<String> {
    let map = &app.map;
    let mut words: Vec<String> = Vec::new();
    // What is filled in is no word of the map; what stands around it is.
    let known = |_: &str| Some(String::new());
    for (name, area) in &map.areas {
        words.push(name.clone());
        for (name, element) in area.elements.iter().chain(area.root.iter().map(|root| (name, root))) {
            words.push(name.clone());
            if let Ok(element) = element.to_json(&known) {
                collect(&element, &mut words);
            }
        }
    }
    for role in &map.roles {
        words.push(role.role.id.as_str().to_owned());
        words.extend(
            role.words.iter().filter_map(|word| word.to_json(&known).ok()).map(|word| texts_of(&word)),
        );
    }
    words.extend(
        map.statuses.iter().filter_map(|(text, _)| text.to_json(&known).ok()).map(|text| texts_of(&text)),
    );
    let said = map.messages.iter().filter_map(|message| message.text.as_ref());
    words.extend(said.filter_map(|text| text.to_json(&known).ok()).map(|text| texts_of(&text)));
    words.extend(app.flows.keys().cloned());
    words
}

fn texts_of(value: &Value) -> String {
    let mut texts = Vec::new();
    collect(value, &mut texts);
    texts.join(" ")
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(pairs) => pairs.values().for_each(|item| collect(item, texts)),
        _ => {}
    }
}

//! What a run was asked, what became of each change, and what to do next: the one thing every interface renders.
//!
//! These types are the stored and exchanged form (`schema_version`); the domain's own have no serde.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::journal::{ChangeRecord, RunRecord};
use super::run::in_doubt;
use crate::domain::guard::Refusal;
use crate::domain::outcome::{self, Outcome, OutcomeKind, Reason, exit};
use crate::domain::reading::Reading;
use crate::engine::traffic::{Exchange, Writes};

/// The version of every JSON this program writes.
pub const SCHEMA_VERSION: u32 = 1;

/// The report of a run. Kept in the journal, printed by `show` and `--json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The run's id.
    pub run: String,
    /// The workspace's name.
    pub workspace: String,
    /// `list`, `invite`, `change_role`, `remove`, `resume`.
    pub operation: String,
    /// The map used, as `app/version`, with how well it is known: `documented`, `calibrated` or `verified`.
    pub console: String,
    /// SHA-256 over the map and its recordings.
    pub map_sha256: String,
    /// When it began, RFC 3339.
    pub started_at: String,
    /// When it ended, RFC 3339.
    pub ended_at: String,
    /// The list before anything was done.
    pub reading: Option<ReadingReport>,
    /// What was asked, person by person, in the order asked.
    pub changes: Vec<ChangeReport>,
    /// What the guards said no to: then nothing was done.
    pub refusals: Vec<RefusalReport>,
    /// How many paid seats more (or fewer) the plan takes.
    pub seat_delta: i64,
    /// The plan that was carried out, by its hash, of an `apply`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// How many changes the same roster still comes to by the reading at the end, of an `apply`; none where there was no such
    /// reading, or it was not proven complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<usize>,
    /// The file that the console gave, of an `export`.
    #[serde(default)]
    pub file: Option<FileReport>,
    /// Why the run could not do its work, if it could not.
    pub error: Option<ErrorReport>,
    /// It was only a rehearsal: nothing was to be changed.
    pub dry_run: bool,
    /// Where the console is no longer quite as the map says.
    pub drift: Vec<String>,
    /// What its pages sent and were refused; none where no browser was started.
    #[serde(default, deserialize_with = "writes")]
    pub writes: Option<Writes>,
    /// Name and version of the browser, such as `firefox 153.7.0`; none where none was started.
    #[serde(default)]
    pub browser: Option<String>,
    /// Driver requests by verb; `run.*` tells how those of `run` divide, so the total is that of the verbs without a dot.
    pub driver_requests: BTreeMap<String, u64>,
    /// The head of the journal's chain after the run's last change, before its end was written: the report itself is
    /// part of what is written then.
    pub chain_head: Option<String>,
    /// See the table in `--help`.
    pub exit_code: u8,
}

/// Reports of the time before pages were watched have a word there.
fn writes<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Writes>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Counted(Writes),
        Word(serde::de::IgnoredAny),
    }
    Ok(match Option::<Either>::deserialize(from)? {
        Some(Either::Counted(writes)) => Some(writes),
        Some(Either::Word(_)) => Some(Writes::unproven("the page was not watched")),
        None => None,
    })
}

/// What was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadingReport {
    /// Rows read.
    pub rows: usize,
    /// The total the console displays.
    pub total: Option<u64>,
    /// `total`, `end` or `none`.
    pub grade: String,
    /// Why the grade is `none`.
    pub unproven: Option<String>,
    /// Rows without an address.
    pub without_address: usize,
}

/// One person's part of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeReport {
    /// The journal's id of the change; none where nothing was to be done.
    pub id: Option<i64>,
    /// The address.
    pub email: String,
    /// The change in words: `remove anna@example.com`.
    pub change: String,
    /// What the customer decided about it, by the names of the map's choices; not there where it goes by none.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub choices: BTreeMap<String, String>,
    /// `done`, `already_so`, `pending`, `needs_person`, `refused`, `failed`, `skipped` or `in_doubt`.
    pub outcome: String,
    /// From the closed list of reasons.
    pub reason: Option<String>,
    /// `config`, `login`, `approval`, `transient`, `app_limit`, `drift` or `bug`.
    pub class: Option<String>,
    /// Whether trying again can help.
    pub retryable: bool,
    /// The particulars.
    pub detail: Option<String>,
    /// What to do next.
    pub hint: Option<String>,
    /// What decided: `read back`, `final reading`, `two readings 60s apart`, ...
    pub settled_by: Option<String>,
    /// What the console itself said after the commit; not what decided.
    pub console_said: Option<String>,
    /// What the console's server answered from the commit on; not what decided either.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Exchange>,
    /// Where page, server and list do not say the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disagreement: Option<String>,
    /// Pictures in the run's evidence folder.
    pub evidence: Vec<String>,
}

/// A guard's no.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefusalReport {
    /// The guard's name.
    pub guard: String,
    /// Whom it protects; none for a limit on the whole.
    pub email: Option<String>,
    /// With figures.
    pub message: String,
    /// What to do next.
    pub hint: String,
}

/// A file that the console gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// What the console calls it; nothing of ours is called so.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
    /// What it is called in the run's evidence folder.
    pub kept: String,
}

/// Why a run could not do its work.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ErrorReport {
    /// From the closed list of reasons; none where the program's surroundings are at fault.
    pub reason: Option<String>,
    /// What was being done, on what, and the cause.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// Whether trying again can help.
    pub retryable: bool,
}

/// A member as `list --json` prints it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MemberReport {
    /// As the console shows it, normalised; none where the row has no address.
    pub email: Option<String>,
    /// As the console shows it.
    pub name: Option<String>,
    /// Role ids; none where the console's word is unknown to the map or not shown.
    pub roles: Option<Vec<String>>,
    /// Meanings: `active`, `invited`, ...; none where unknown.
    pub status: Option<Vec<String>>,
    /// Every column as read.
    pub cells: BTreeMap<String, String>,
}

impl ReadingReport {
    /// Of a reading.
    #[must_use]
    pub fn of(reading: &Reading) -> Self {
        Self {
            rows: reading.rows(),
            total: reading.total,
            grade: reading.grade.as_str().to_owned(),
            unproven: reading.unproven.clone(),
            without_address: reading.without_address,
        }
    }
}

impl MemberReport {
    /// All members of a reading, in the order of the console.
    #[must_use]
    pub fn all(reading: &Reading) -> Vec<Self> {
        let member = |member: &crate::domain::member::Member| Self {
            email: member.email.as_ref().map(ToString::to_string),
            name: member.name.clone(),
            roles: member
                .roles
                .as_ref()
                .map(|roles| roles.iter().map(|role| role.as_str().to_owned()).collect()),
            status: member
                .status
                .as_ref()
                .map(|status| status.0.iter().map(|meaning| meaning.as_str().to_owned()).collect()),
            cells: member.cells.clone(),
        };
        reading.members.iter().map(member).collect()
    }
}

impl RefusalReport {
    /// Of a refusal.
    #[must_use]
    pub fn of(refusal: &Refusal) -> Self {
        Self {
            guard: refusal.guard.as_str().to_owned(),
            email: refusal.email.as_ref().map(ToString::to_string),
            message: refusal.message.clone(),
            hint: refusal.hint.clone(),
        }
    }
}

impl ChangeReport {
    /// Of an outcome.
    #[must_use]
    pub fn of(id: Option<i64>, email: &str, change: String, outcome: &Outcome) -> Self {
        let mut report = Self {
            id,
            email: email.to_owned(),
            change,
            choices: std::collections::BTreeMap::new(),
            outcome: String::new(),
            reason: None,
            class: None,
            retryable: false,
            detail: None,
            hint: None,
            settled_by: None,
            console_said: None,
            answers: Vec::new(),
            disagreement: None,
            evidence: Vec::new(),
        };
        report.set(outcome);
        report
    }

    /// Of a change as the journal has it.
    fn of_journal(record: &RunRecord, change: &ChangeRecord) -> Self {
        let outcome = match (&change.outcome, change.committing_at) {
            (Some(outcome), _) => outcome.clone(),
            (None, Some(_)) => in_doubt(&change.change),
            (None, None) => Outcome::new(OutcomeKind::Skipped).with_detail("not begun"),
        };
        let email = change.change.email().as_str();
        let mut report = Self::of(Some(change.id.0), email, record.words_of(change), &outcome);
        report.settled_by.clone_from(&change.settled_by);
        report
    }

    /// Takes over another outcome.
    pub fn set(&mut self, outcome: &Outcome) {
        let speaks = !outcome.kind.is_fine();
        self.outcome = outcome.kind.as_str().to_owned();
        self.reason = outcome.reason.map(|reason| reason.as_str().to_owned());
        self.class = outcome.reason.map(|reason| reason.class().as_str().to_owned());
        self.retryable =
            outcome.kind != OutcomeKind::InDoubt && outcome.reason.is_some_and(Reason::retryable);
        self.detail.clone_from(&outcome.detail);
        self.hint = match outcome.kind {
            OutcomeKind::InDoubt => {
                let hint = "do not run it again: `seatwright resume RUN` decides it first, or says what a person has to look at";
                Some(hint.to_owned())
            }
            _ => outcome.reason.filter(|_| speaks).map(|reason| reason.hint().to_owned()),
        };
    }

    /// The outcome in the domain's words.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        Outcome {
            kind: OutcomeKind::parse(&self.outcome).unwrap_or(OutcomeKind::InDoubt),
            reason: self.reason.as_deref().and_then(Reason::parse),
            detail: self.detail.clone(),
        }
    }
}

impl Report {
    /// The report of a run of which nothing is known but when it began.
    pub(crate) fn begun(run: &str, at: jiff::Timestamp) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            run: run.to_owned(),
            workspace: String::new(),
            operation: String::new(),
            console: String::new(),
            map_sha256: String::new(),
            started_at: at.to_string(),
            ended_at: at.to_string(),
            reading: None,
            changes: Vec::new(),
            refusals: Vec::new(),
            seat_delta: 0,
            plan: None,
            left: None,
            file: None,
            error: None,
            dry_run: false,
            drift: Vec::new(),
            writes: None,
            browser: None,
            driver_requests: BTreeMap::new(),
            chain_head: None,
            exit_code: exit::DONE,
        }
    }

    /// What the journal knows of a run that died before its report.
    pub(crate) fn of_journal(record: &RunRecord, now: jiff::Timestamp) -> Self {
        let began = &record.began;
        Self {
            workspace: began.workspace.clone(),
            operation: began.operation.clone(),
            console: began.app.clone(),
            map_sha256: began.map_sha256.clone(),
            ended_at: record.ended_at.unwrap_or(now).to_string(),
            changes: record.changes.iter().map(|change| ChangeReport::of_journal(record, change)).collect(),
            exit_code: record.exit_code.unwrap_or(exit::IN_DOUBT),
            ..Self::begun(record.id.as_str(), record.started_at)
        }
    }

    /// The exit code of its outcomes; an error's own code is set by whoever reports it.
    #[must_use]
    pub fn code_of_outcomes(&self) -> u8 {
        let outcomes: Vec<Outcome> = self.changes.iter().map(ChangeReport::outcome).collect();
        outcome::exit_code(&outcomes)
    }
}

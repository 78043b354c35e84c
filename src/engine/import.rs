//! Many people in one commit, by the console's own import of a file (F16, D7.8): what it takes out of the file is proved
//! before the commit, who came in is read back after it. A console without an import gets one invitation after the other.

use std::collections::BTreeMap;

use super::apply::{Applying, Item};
use super::effect::effect_on;
use super::error::Error;
use super::gate::JournalGate;
use super::journal::ProcessMark;
use super::runner::{Committed, LeftOut, Ran, Stop};
use super::table::writer;
use super::{Caller, Progress};
use crate::domain::email::Email;
use crate::domain::guard::check_failures;
use crate::domain::outcome::{Outcome, OutcomeKind, Reason};
use crate::domain::reading::Found;
use crate::domain::request::Newcomer;
use crate::engine::app::{App, Means, PeopleColumns, Recording};

impl Applying<'_, '_> {
    /// Applies all invitations, as many at a time as the console takes in a file.
    pub(crate) async fn import(
        mut self,
        people: &BTreeMap<Email, Newcomer>,
        caller: &mut dyn Caller,
    ) -> Result<(), Error> {
        let engine = self.run.engine;
        let flow = engine.workspace.app.flow_for("import");
        let Some((recording, file)) = flow.and_then(|flow| Some((flow, flow.file.as_ref()?))) else {
            return self.all(caller).await;
        };
        let items = std::mem::take(&mut self.items);
        let of = items.len().div_ceil(file.rows);
        let (mut tried, mut doubtful) = (Vec::new(), Vec::new());
        for (index, some) in items.chunks(file.rows).enumerate() {
            let words = format!("import {} people", some.len());
            caller.progress(&Progress::Change { number: index + 1, of, change: words.clone() });
            if let Some(refusal) = check_failures(&tried, &engine.workspace.policy) {
                let outcome = Outcome::new(OutcomeKind::Skipped).with_detail(refusal.message);
                self.settle_all(some, &outcome, "failure cap").await?;
                continue;
            }
            let before = doubtful.len();
            let came = self.import_some(recording, file, people, some, &mut doubtful, caller).await?;
            tried.push(if came > 0 { OutcomeKind::Done } else { OutcomeKind::Failed });
            let outcome = format!("{came} came in, {} in doubt", doubtful.len() - before);
            caller.progress(&Progress::Outcome { change: words, outcome });
        }
        self.finish(doubtful, caller).await
    }

    /// One file. Gives how many people came in.
    async fn import_some(
        &mut self,
        recording: &Recording,
        file: &PeopleColumns,
        people: &BTreeMap<Email, Newcomer>,
        some: &[Item],
        doubtful: &mut Vec<Item>,
        caller: &mut dyn Caller,
    ) -> Result<usize, Error> {
        self.run.trail.about(some.first().map(|item| item.id.0));
        if let Err(outcome) = self.have_session(caller).await {
            self.settle_all(some, &outcome, "before the commit").await?;
            return Ok(0);
        }
        let (ran, reached_journal, left_out) = self.play_import(recording, file, people, some).await;
        let says = |item: &Item| left_out.iter().find(|left| left.email == item.change.email().as_str());
        let (left, rest): (Vec<&Item>, Vec<&Item>) = some.iter().partition(|item| says(item).is_some());
        for item in left {
            let words = says(item).map(|left| left.says.clone()).unwrap_or_default();
            let reason = reason_of(&words, &self.run.engine.workspace.app);
            let outcome = Outcome::failed(reason).with_detail(format!("the console says {words:?}"));
            self.settle(item.id, &outcome, "the console's preview").await?;
        }
        if let Some(stop) = &ran.stop
            && let Some(first) = rest.first()
        {
            self.note_failure(first.id, stop).await;
        }
        if ran.committed == Committed::No {
            let stop = ran
                .stop
                .unwrap_or_else(|| Stop::new(Reason::Unsupported, "import", "its recording commits nothing"));
            let outcome = Outcome::failed(stop.reason).with_detail(stop.to_string());
            let by = if reached_journal {
                "the guard of the click: nothing reached the page"
            } else {
                "before the commit"
            };
            for item in rest {
                self.settle(item.id, &outcome, by).await?;
            }
            return Ok(0);
        }
        let rest: Vec<Item> = rest.into_iter().cloned().collect();
        self.read_back_many(rest, ran, doubtful, caller).await
    }

    /// Gives the file to the console and commits; also says whether the journal was reached, and who is left out.
    async fn play_import(
        &mut self,
        recording: &Recording,
        file: &PeopleColumns,
        people: &BTreeMap<Email, Newcomer>,
        some: &[Item],
    ) -> (Ran, bool, Vec<LeftOut>) {
        let engine = self.run.engine;
        let app = &engine.workspace.app;
        let nothing = |stop| {
            let ran = Ran { committed: Committed::No, said: None, heard: None, stop: Some(stop) };
            (ran, false, Vec::new())
        };
        let name = some.first().map(|item| format!("{}-import.csv", item.id)).unwrap_or_default();
        if let Err(error) = self.run.evidence.save(&name, content(file, people, some, app).as_bytes()) {
            return nothing(Stop::new(
                Reason::Unsupported,
                "write the file for the console",
                error.to_string(),
            ));
        }
        let path = self.run.evidence.folder().join(&name);
        let Some(session) = self.session.as_mut() else {
            return nothing(Stop::new(Reason::BrowserLost, "import", "no browser"));
        };
        let process = session.process().browser;
        let emails: Vec<String> = some.iter().map(|item| item.change.email().to_string()).collect();
        let mut gate = JournalGate {
            journal: &engine.journal,
            evidence: &self.run.evidence,
            changes: emails.iter().cloned().zip(some.iter().map(|item| item.id)).collect(),
            browser: process.map_or(ProcessMark { pid: 0, start_time: 0 }, |process| ProcessMark {
                pid: process.pid,
                start_time: process.start_time,
            }),
            passed: false,
        };
        let inputs =
            session.inputs().with("file", path.display().to_string()).with("emails", emails.join("\n"));
        let mut flow = session.flow(app, inputs, &mut self.run.trail);
        flow.set_people(emails);
        if let Err(stop) = flow.open_members().await {
            return nothing(stop);
        }
        let ran = flow.play(recording, Some(&mut gate)).await;
        let left_out = flow.left_out().to_vec();
        (ran, gate.passed, left_out)
    }

    /// One reading tells of all who came in. Gives how many.
    async fn read_back_many(
        &mut self,
        some: Vec<Item>,
        ran: Ran,
        doubtful: &mut Vec<Item>,
        caller: &mut dyn Caller,
    ) -> Result<usize, Error> {
        let stopped = ran.stop.map(|stop| (stop.reason, stop.to_string()));
        let reading = match self.session.as_mut() {
            Some(session) => self.run.reading(session, &[], caller).await.ok(),
            None => None,
        };
        let mut came = 0;
        for item in some {
            let seen = reading.as_ref().map(|reading| reading.find(item.change.email()));
            let outcome = match seen {
                Some(Found::One(member)) => effect_on(&item.change, member),
                _ => None,
            };
            match outcome {
                Some(outcome) => {
                    self.settle(item.id, &outcome, "read back").await?;
                    came += 1;
                }
                None => doubtful.push(Item { said: ran.said.clone(), stopped: stopped.clone(), ..item }),
            }
        }
        Ok(came)
    }

    async fn settle_all(&mut self, items: &[Item], outcome: &Outcome, by: &str) -> Result<(), Error> {
        for item in items {
            self.settle(item.id, outcome, by).await?;
        }
        Ok(())
    }
}

/// The file as the console wants it.
fn content(file: &PeopleColumns, people: &BTreeMap<Email, Newcomer>, some: &[Item], app: &App) -> String {
    let titles: Vec<&str> = file.columns.iter().map(|(title, _)| title.as_str()).collect();
    let cell = |item: &Item, what: &str| {
        let newcomer = people.get(item.change.email());
        match what {
            "email" => item.change.email().to_string(),
            "role" => {
                let role = newcomer.and_then(|newcomer| app.map.role(&newcomer.role));
                role.and_then(|role| role.word()).unwrap_or_default().to_owned()
            }
            _ => newcomer.and_then(|newcomer| newcomer.name.clone()).unwrap_or_default(),
        }
    };
    let row = |item: &Item| file.columns.iter().map(|(_, what)| cell(item, what)).collect();
    let rows: Vec<Vec<String>> = some.iter().map(row).collect();
    writer::plain(&titles, &rows)
}

/// What the console's words about a row mean, going by the messages of the map.
fn reason_of(says: &str, app: &App) -> Reason {
    let fits = |text: &crate::engine::app::Text| text.matches(says);
    let known = app.map.messages.iter().find(|message| message.text.as_ref().is_some_and(fits));
    match known.map(|message| message.means) {
        Some(Means::Reason(reason)) => reason,
        Some(Means::AlreadySo) => Reason::AlreadyMember,
        Some(Means::Done) | None => Reason::ConsoleError,
    }
}

//! Changes that share a commit (F16, D7.8): people in a file for the console's import, addresses typed into one field, rows
//! ticked in one list. Whom the page took is proved before the commit, and what became of each is read back after it.

use super::Caller;
use super::apply::{Applying, Item};
use super::effect::effect_on;
use super::error::Error;
use super::gate::JournalGate;
use super::import;
use super::journal::ProcessMark;
use super::runner::{Committed, Flow, LeftOut, Ran, Stop};
use crate::domain::change::Change;
use crate::domain::email::Email;
use crate::domain::member::Member;
use crate::domain::outcome::{Outcome, OutcomeKind, Reason};
use crate::domain::reading::{Found, Reading};
use crate::engine::app::{App, Means, PeopleColumns, Recording};

/// Changes that are made one after the other, or by one commit.
pub(super) struct Batch<'a> {
    /// How they are made by one.
    pub(super) together: Option<Together<'a>>,
    pub(super) items: Vec<Item>,
}

/// How several changes share a commit.
#[derive(Clone, Copy)]
pub(super) struct Together<'a> {
    pub(super) recording: &'a Recording,
    /// The console takes the people out of a file like this.
    pub(super) file: Option<&'a PeopleColumns>,
    /// How many people it takes at once.
    most: usize,
}

impl<'a> Together<'a> {
    /// `None`: what this recording does is done for one person at a time.
    fn of(recording: &'a Recording) -> Option<Self> {
        let file = recording.file.as_ref();
        let most = file.map(|file| file.rows).or(recording.many)?;
        Some(Self { recording, file, most })
    }

    /// A file says the role of each; what is typed or ticked gets one for all. People of different cases have different
    /// recordings.
    fn takes(&self, first: &Change, other: &Change, by: &Recording) -> bool {
        let is_same = (first.operation(), first.role()) == (other.operation(), other.role());
        self.recording.name == by.name && (self.file.is_some() || is_same)
    }
}

/// In the order asked for; what is made together stands where the first of it stood. `serving` gives the recording that
/// carries out a change.
pub(super) fn batches<'a>(
    items: Vec<Item>,
    serving: impl Fn(&Change) -> Option<&'a Recording>,
) -> Vec<Batch<'a>> {
    let mut batches: Vec<Batch<'a>> = Vec::new();
    for item in items {
        let Some(together) = serving(&item.change).and_then(Together::of) else {
            batches.push(Batch { together: None, items: vec![item] });
            continue;
        };
        let fits = |batch: &&mut Batch<'_>| {
            let first = batch.items.first().map(|first| &first.change);
            let by = batch.together.map(|together| together.recording);
            batch.items.len() < together.most
                && first.zip(by).is_some_and(|(first, by)| together.takes(first, &item.change, by))
        };
        match batches.iter_mut().find(fits) {
            Some(batch) => batch.items.push(item),
            None => batches.push(Batch { together: Some(together), items: vec![item] }),
        }
    }
    batches
}

impl Batch<'_> {
    /// In words, for progress.
    pub(super) fn words(&self) -> String {
        match &self.items[..] {
            [item] => item.change.to_string(),
            items => {
                let is_file = self.together.is_some_and(|together| together.file.is_some());
                let operation = items.first().map_or("change", |item| item.change.operation());
                format!("{} {} people", if is_file { "import" } else { operation }, items.len())
            }
        }
    }
}

/// Some people whose changes are committed at once, and what became of that.
struct Played {
    ran: Ran,
    /// Their changes are `committing` in the journal.
    reached_journal: bool,
    left_out: Vec<LeftOut>,
}

impl Played {
    fn nothing(stop: Stop) -> Self {
        let ran = Ran { committed: Committed::No, said: None, heard: None, stop: Some(stop) };
        Self { ran, reached_journal: false, left_out: Vec::new() }
    }
}

impl Applying<'_, '_> {
    /// Makes the changes of a batch. Rows that are ticked have to be on one page: then page by page. Gives how many took
    /// effect, as far as it was seen.
    pub(super) async fn together(
        &mut self,
        together: Together<'_>,
        items: Vec<Item>,
        doubtful: &mut Vec<Item>,
        caller: &mut dyn Caller,
    ) -> Result<usize, Error> {
        let mut came = 0;
        let mut left = match &self.latest {
            Some(latest) => self.without_moved(items, |email| latest.find(email)).await?,
            None => items,
        };
        while !left.is_empty() {
            self.run.trail.about(left.first().map(|item| item.id.0));
            if let Err(outcome) = self.have_session(caller).await {
                self.settle_all(&left, &outcome, "before the commit").await?;
                break;
            }
            let now = match self.turn_to(together, &left).await {
                Ok(None) => std::mem::take(&mut left),
                Ok(Some(rows)) => {
                    let row = |email: &Email| rows.iter().find(|row| row.email.as_ref() == Some(email));
                    let (now, later): (Vec<Item>, Vec<Item>) =
                        left.into_iter().partition(|item| row(item.change.email()).is_some());
                    left = later;
                    if now.is_empty() {
                        self.settle_all(&left, &skipped(GONE), "before the commit").await?;
                        break;
                    }
                    self.without_moved(now, |email| row(email).map_or(Found::No, Found::One)).await?
                }
                Err(stop) => {
                    self.not_committed(&left, &stop, "before the commit").await?;
                    break;
                }
            };
            if !now.is_empty() {
                came += self.commit(together, now, doubtful, caller).await?;
            }
        }
        Ok(came)
    }

    /// Takes out, and settles, those whose row is no longer what the plan was made on.
    async fn without_moved<'f>(
        &self,
        items: Vec<Item>,
        now: impl Fn(&Email) -> Found<'f>,
    ) -> Result<Vec<Item>, Error> {
        let mut rest = Vec::new();
        for item in items {
            let (planned, now) = (self.reading.find(item.change.email()), now(item.change.email()));
            match moved(&item.change, planned, now) {
                Some(why) => self.settle(item.id, &skipped(why), "before the commit").await?,
                None => rest.push(item),
            }
        }
        Ok(rest)
    }

    /// Opens the list where the recording begins: at the first page that shows any of them, if it ticks rows. Gives those
    /// rows then.
    async fn turn_to(&mut self, together: Together<'_>, items: &[Item]) -> Result<Option<Vec<Member>>, Stop> {
        let app = &self.run.engine.workspace.app;
        let lost = || Stop::new(Reason::BrowserLost, "open the list", "no browser");
        let session = self.session.as_mut().ok_or_else(lost)?;
        let inputs = session.inputs();
        let mut flow = session.flow(app, inputs, &mut self.run.trail);
        if !together.recording.ticks() {
            flow.open_members().await?;
            return Ok(None);
        }
        let emails = items.iter().map(|item| item.change.email().clone()).collect();
        flow.turn_to_any(&emails).await.map(Some)
    }

    /// One commit. Gives how many changes of it took effect.
    async fn commit(
        &mut self,
        together: Together<'_>,
        items: Vec<Item>,
        doubtful: &mut Vec<Item>,
        caller: &mut dyn Caller,
    ) -> Result<usize, Error> {
        let Played { ran, reached_journal, left_out } = self.play_together(together, &items).await;
        let says = |item: &Item| left_out.iter().find(|left| left.email == item.change.email().as_str());
        let (left, rest): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|item| says(item).is_some());
        for item in &left {
            let words = says(item).map(|left| left.says.clone()).unwrap_or_default();
            let reason = reason_of(&words, &self.run.engine.workspace.app);
            let outcome = Outcome::failed(reason).with_detail(format!("the console says {words:?}"));
            self.settle(item.id, &outcome, "the console's preview").await?;
        }
        if ran.committed == Committed::No {
            let unfinished =
                || Stop::new(Reason::Unsupported, &together.recording.name, "it commits nothing");
            let stop = ran.stop.unwrap_or_else(unfinished);
            let by = if reached_journal {
                "the guard of the click: nothing reached the page"
            } else {
                "before the commit"
            };
            self.not_committed(&rest, &stop, by).await?;
            return Ok(0);
        }
        if let (Some(stop), Some(first)) = (&ran.stop, rest.first()) {
            self.note_failure(first.id, stop).await;
        }
        self.read_back_many(rest, ran, doubtful, caller).await
    }

    async fn not_committed(&mut self, items: &[Item], stop: &Stop, by: &str) -> Result<(), Error> {
        if let Some(first) = items.first() {
            self.note_failure(first.id, stop).await;
        }
        let outcome = Outcome::failed(stop.reason).with_detail(stop.to_string());
        self.settle_all(items, &outcome, by).await
    }

    async fn play_together(&mut self, together: Together<'_>, items: &[Item]) -> Played {
        let engine = self.run.engine;
        let app = &engine.workspace.app;
        let mut inputs = match self.session.as_ref() {
            Some(session) => session.inputs(),
            None => return Played::nothing(Stop::new(Reason::BrowserLost, "play the flow", "no browser")),
        };
        if let Some(file) = together.file {
            match import::write_file(&self.run.evidence, file, &self.newcomers, items, app) {
                Ok(path) => inputs = inputs.with("file", path.display().to_string()),
                Err(stop) => return Played::nothing(stop),
            }
        } else if let Some(role) = items.first().and_then(|item| app.map.role(item.change.role()?)) {
            inputs = inputs.with_role(role);
        }
        let emails: Vec<String> = items.iter().map(|item| item.change.email().to_string()).collect();
        let inputs = inputs.with("emails", emails.join("\n")).with("count", emails.len().to_string());
        let Some(session) = self.session.as_mut() else {
            return Played::nothing(Stop::new(Reason::BrowserLost, "play the flow", "no browser"));
        };
        let process = session.process().browser;
        let mut gate = JournalGate {
            journal: &engine.journal,
            evidence: &self.run.evidence,
            changes: emails.iter().cloned().zip(items.iter().map(|item| item.id)).collect(),
            browser: process.map_or(ProcessMark { pid: 0, start_time: 0 }, |process| ProcessMark {
                pid: process.pid,
                start_time: process.start_time,
            }),
            passed: false,
        };
        let mut flow: Flow<'_> = session.flow(app, inputs, &mut self.run.trail);
        flow.set_people(emails);
        let ran = flow.play(together.recording, Some(&mut gate)).await;
        let left_out = flow.left_out().to_vec();
        Played { ran, reached_journal: gate.passed, left_out }
    }

    /// One reading tells of all. Gives of how many it shows that it took effect.
    async fn read_back_many(
        &mut self,
        items: Vec<Item>,
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
        for item in items {
            match reading.as_ref().and_then(|reading| effect_in(&item.change, reading)) {
                Some(outcome) => {
                    self.settle(item.id, &outcome, "read back").await?;
                    came += 1;
                }
                None => doubtful.push(Item { said: ran.said.clone(), stopped: stopped.clone(), ..item }),
            }
        }
        self.latest = reading.or(self.latest.take());
        Ok(came)
    }

    pub(super) async fn settle_all(
        &mut self,
        items: &[Item],
        outcome: &Outcome,
        by: &str,
    ) -> Result<(), Error> {
        for item in items {
            self.settle(item.id, outcome, by).await?;
        }
        Ok(())
    }
}

/// What a whole reading shows of a change. That somebody is gone it shows only if it is proven (promise 3).
fn effect_in(change: &Change, reading: &Reading) -> Option<Outcome> {
    match reading.find(change.email()) {
        Found::One(member) => effect_on(change, member),
        Found::No if change.ends_in_absence() && reading.grade.is_proven() => Some(Outcome::done()),
        Found::No | Found::Many => None,
    }
}

/// Why a change is no longer what was planned, going by what the list shows by now.
fn moved(change: &Change, planned: Found<'_>, now: Found<'_>) -> Option<&'static str> {
    match (change, planned, now) {
        (_, _, Found::Many) => Some("more than one row shows the address now; plan again"),
        (Change::Invite { .. }, _, Found::No) => None,
        (Change::Invite { .. }, Found::No, Found::One(_)) => Some("is in the list now; plan again"),
        (_, _, Found::No) => Some(GONE),
        (_, Found::One(was), Found::One(is)) if (&was.roles, &was.status) == (&is.roles, &is.status) => None,
        (_, Found::One(_), Found::One(_)) => {
            Some("role or status are no longer those of the plan; plan again")
        }
        (_, Found::No | Found::Many, _) => Some("was not in the list the plan was made on; plan again"),
    }
}

const GONE: &str = "is no longer in the list; plan again";

fn skipped(why: &str) -> Outcome {
    Outcome::new(OutcomeKind::Skipped).with_detail(why)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::member::{RoleId, Status, StatusMeaning};
    use crate::engine::app::Apps;
    use crate::engine::journal::ChangeId;

    fn email(name: &str) -> Email {
        Email::parse(&format!("{name}@acme.example")).unwrap()
    }

    fn invite(number: i64, role: &str) -> Item {
        let change = Change::Invite { email: email(&format!("p{number}")), role: RoleId::new(role) };
        Item::new(ChangeId(number), change)
    }

    /// The numbers of the changes of each batch.
    fn numbers(batches: &[Batch<'_>]) -> Vec<Vec<i64>> {
        batches.iter().map(|batch| batch.items.iter().map(|item| item.id.0).collect()).collect()
    }

    #[test]
    fn what_gets_one_role_goes_together_up_to_what_the_console_takes() {
        let mut app = Apps::builtin().load("coassemble", "members-2026-03").unwrap();
        let items = || {
            let roles = ["author", "author", "learner", "author", "learner"];
            roles.iter().zip(1..).map(|(role, number)| invite(number, role)).collect::<Vec<_>>()
        };
        let one_by_one = batches(items(), |change| app.flow_for(change.operation()));
        assert_eq!(numbers(&one_by_one), [[1], [2], [3], [4], [5]]);
        // A file says the role of each.
        let file = batches(items(), |_| app.flow_for("import"));
        assert_eq!(
            (numbers(&file), file[0].words()),
            (vec![vec![1, 2, 3, 4, 5]], "import 5 people".to_owned())
        );
        let invite = app.flows.values_mut().find(|flow| flow.does.contains(&"invite".to_owned())).unwrap();
        invite.many = Some(2);
        let together = batches(items(), |change| app.flow_for(change.operation()));
        assert_eq!(numbers(&together), [vec![1, 2], vec![3, 5], vec![4]]);
        assert_eq!(together[0].words(), "invite 2 people");
        // Each case has its own file.
        let import = app.flow_for("import").unwrap();
        let other = Recording { name: "import_learners".to_owned(), ..import.clone() };
        let is_learner = |change: &Change| change.role().is_some_and(|role| role.as_str() == "learner");
        let files = batches(items(), |change| Some(if is_learner(change) { &other } else { import }));
        assert_eq!(numbers(&files), [vec![1, 2, 4], vec![3, 5]]);
    }

    #[test]
    fn whoever_is_no_longer_as_planned_is_left_alone() {
        let member = |role: &str| Member {
            email: Some(email("ann")),
            roles: Some([RoleId::new(role)].into()),
            status: Some(Status([StatusMeaning::Active].into())),
            ..Member::default()
        };
        let (author, learner) = (member("author"), member("learner"));
        let remove = Change::Remove { email: email("ann") };
        let invite = Change::Invite { email: email("ann"), role: RoleId::new("author") };
        let is = Found::One;
        for (change, planned, now, why) in [
            (&remove, is(&author), is(&author), None),
            (&remove, is(&author), is(&learner), Some("role or status are no longer those of the plan")),
            (&remove, is(&author), Found::No, Some("is no longer in the list")),
            (&remove, is(&author), Found::Many, Some("more than one row shows the address now")),
            (&remove, Found::No, is(&author), Some("was not in the list the plan was made on")),
            (&invite, Found::No, Found::No, None),
            (&invite, Found::No, is(&author), Some("is in the list now")),
            (&invite, Found::No, Found::Many, Some("more than one row shows the address now")),
        ] {
            let told = moved(change, planned, now);
            assert_eq!(
                told,
                why.map(|why| format!("{why}; plan again")).as_deref(),
                "{change} {planned:?} {now:?}"
            );
        }
    }
}

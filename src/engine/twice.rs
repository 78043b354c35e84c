//! What takes two saves (F2): each is a change of its own in the journal, and the second is made once the first was read
//! back.
//!
//! Both are intended at once, so that whoever takes up a run that died between them knows what is left to do. Which of
//! them comes next is always told by reading: the first is done when the person reads as the second save expects them,
//! or is found by what was typed for them. Where the first is not made, the second is not tried; where the second
//! fails, the person stays half made, and both is told.

use super::apply::{Applying, Item, Tried};
use super::cases::Choices;
use super::effect::effect_on;
use super::error::Error;
use super::journal::{ChangeId, ChangeRecord, ChangeState, Intent, RunRecord};
use super::run::Run;
use super::runner::{Inputs, Person, Sought, Stop};
use super::{Engine, played};
use crate::domain::change::Change;
use crate::domain::guard::Counts;
use crate::domain::member::Member;
use crate::domain::outcome::{Outcome, OutcomeKind, Reason};
use crate::domain::reading::{Found, Reading};
use crate::engine::app::{Case, Means, Recording, Verb};

/// Which save of a change it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Save {
    /// It takes one.
    Only,
    /// The first of two; the second is made by this recording.
    First(String),
    /// The second, by this recording.
    Second(String),
}

impl Save {
    /// Of a change in the journal.
    pub(crate) fn of(record: &RunRecord, change: &ChangeRecord) -> Self {
        let second = || record.other_save(change).and_then(|other| other.flow.clone());
        match &change.flow {
            Some(flow) => Self::Second(flow.clone()),
            None => second().map_or(Self::Only, Self::First),
        }
    }
}

impl Item {
    /// In words, for progress.
    pub(crate) fn words(&self) -> String {
        match self.save {
            Save::Only => self.change.to_string(),
            Save::First(_) => format!("{}, first save", self.change),
            Save::Second(_) => format!("{}, second save", self.change),
        }
    }

    pub(super) fn is_second(&self) -> bool {
        matches!(self.save, Save::Second(_))
    }
}

impl Engine {
    /// What is to be written down of a change: one intent for each of its saves. They count against the limits once.
    pub(crate) fn saves_of(
        &self,
        change: &Change,
        counts: Counts,
        by_file: bool,
        reading: &Reading,
    ) -> Vec<Intent> {
        let intent = |flow| Intent { change: change.clone(), counts, flow };
        let recording = self.recording_in(by_file, change, reading).ok();
        let then = recording.and_then(|recording| recording.then.clone());
        [intent(None)].into_iter().chain(then.map(|then| intent(Some(then)))).collect()
    }

    /// The second save of an operation for somebody whom an earlier first save left as they are.
    pub(crate) fn second_save_for(&self, operation: &str, member: &Member) -> Option<&Recording> {
        let app = &self.workspace.app;
        let seconds = app.flows_of(operation).filter_map(|first| app.flows.get(first.then.as_ref()?));
        let mut fitting = seconds.filter(|second| second.when.is_some());
        fitting.find(|second| expects(second, member, &self.workspace.choices))
    }

    /// What tells the person in the column by which the second save finds them: what the first typed there, or what the list
    /// showed before. `None` where it finds them by their address.
    fn value_by(
        &self,
        change: &Change,
        second: &Recording,
        reading: &Reading,
    ) -> Option<(String, Option<String>)> {
        let column = second.by.clone()?;
        let app = &self.workspace.app;
        let is_first = |flow: &&Recording| flow.then.as_ref() == Some(&second.name);
        let typed = app.flows.values().find(is_first).and_then(|first| {
            first.steps.iter().rev().find_map(|step| match &step.verb {
                Verb::Fill { target, value } if target.element() == Some(column.as_str()) => Some(value),
                _ => None,
            })
        });
        let inputs = self
            .workspace
            .params
            .iter()
            .fold(Inputs::new(), |inputs, (name, value)| inputs.with(name, value));
        let inputs = played::inputs_for(change, None, inputs, app);
        let of_list = || match reading.find(change.email()) {
            Found::One(member) => member.cells.get(&column).cloned(),
            Found::No | Found::Many => None,
        };
        let value = typed.and_then(|value| inputs.fill(value).ok()).or_else(of_list);
        Some((column, value))
    }

    /// Whom a reading shows as the first save leaves them.
    pub(super) fn half_made_in<'r>(&self, change: &Change, flow: &str, reading: &'r Reading) -> Found<'r> {
        let Some(second) = self.workspace.app.flows.get(flow) else { return Found::Many };
        let found = match self.value_by(change, second, reading) {
            Some((column, Some(value))) => reading.find_by(&column, &value),
            Some((_, None)) => return Found::Many,
            None => reading.find(change.email()),
        };
        match found {
            Found::One(member) if member.email.as_ref().is_some_and(|email| email != change.email()) => {
                Found::Many
            }
            // The row is theirs for all that was typed, and nobody knows what it is by now.
            Found::One(member)
                if !expects(second, member, &self.workspace.choices) && second.by.is_some() =>
            {
                Found::Many
            }
            Found::One(member) if !expects(second, member, &self.workspace.choices) => Found::No,
            found => found,
        }
    }

    /// Whether somebody still reads as the first save needs them: it has not been made.
    pub(super) fn awaits_first(&self, change: &Change, member: &Member) -> bool {
        self.recording_of(change, Some(member)).is_ok_and(|recording| recording.then.is_some())
    }
}

/// The person reads as the second save expects them.
fn expects(second: &Recording, member: &Member, choices: &Choices) -> bool {
    let case = Case { roles: member.roles.as_ref(), status: member.status.as_ref(), choices };
    second.when.as_ref().is_none_or(|when| when.covers(&case))
}

/// That the first save is made.
pub(super) fn first_made() -> Outcome {
    Outcome::done().with_detail("the first of two saves")
}

type Standing = Option<(Member, Person)>;

impl Applying<'_, '_> {
    /// The precondition of a save, read again.
    pub(super) async fn find_for(&mut self, item: &Item) -> Result<Standing, Outcome> {
        let engine = self.run.engine;
        match &item.save {
            Save::Only => self.find_as_planned(&item.change).await,
            Save::First(then) => {
                // The address of somebody half made is not in the list yet: they were no member to the plan.
                let is_new = matches!(item.change, Change::Invite { .. });
                match engine.half_made_in(&item.change, then, &self.reading) {
                    Found::One(_) if is_new => {
                        Err(Outcome::already_so().with_detail("the first of two saves was made before"))
                    }
                    Found::Many if is_new => Err(Outcome::failed(Reason::Ambiguous)
                        .with_detail("somebody else is in the list with what would tell this person")),
                    _ => self.find_as_planned(&item.change).await,
                }
            }
            Save::Second(flow) => self.find_half_made(item, flow).await,
        }
    }

    async fn find_half_made(&mut self, item: &Item, flow: &str) -> Result<Standing, Outcome> {
        let second = self.run.engine.workspace.app.flows.get(flow);
        let second = second.ok_or_else(|| {
            Outcome::failed(Reason::Unsupported).with_detail(format!("no recording {flow}"))
        })?;
        let sought = match self.seek_half_made(&item.change, second).await {
            // By its column nobody is found any more once somebody else has finished it.
            Ok(Sought::NotSeen) if second.by.is_some() => self.seek(&item.change, true).await,
            sought => sought,
        };
        let sought = sought.map_err(|stop| Outcome::failed(stop.reason).with_detail(stop.to_string()))?;
        let skipped = |why: &str| Outcome::new(OutcomeKind::Skipped).with_detail(why.to_owned());
        match sought {
            Sought::Several => {
                Err(Outcome::failed(Reason::Ambiguous).with_detail("more than one row may be theirs"))
            }
            Sought::NotSeen => {
                Err(skipped("is not in the list as the first save left them; look at the console"))
            }
            Sought::Found(member, _) if effect_on(&item.change, &member).is_some() => {
                Err(Outcome::already_so())
            }
            Sought::Found(member, _) if !expects(second, &member, &self.run.engine.workspace.choices) => {
                Err(skipped("no longer reads as the first save left them; look at the console"))
            }
            Sought::Found(member, person) => Ok(Some((*member, person))),
        }
    }

    /// Looks for somebody as the first save leaves them, from a new document.
    async fn seek_half_made(&mut self, change: &Change, second: &Recording) -> Result<Sought, Stop> {
        let engine = self.run.engine;
        let Some((column, value)) = engine.value_by(change, second, &self.reading) else {
            return self.seek(change, true).await;
        };
        let doing = format!("find {} by `{column}`", change.email());
        let value = value
            .ok_or_else(|| Stop::new(Reason::SelectorMissing, &doing, "what stands there is not known"))?;
        match self.find_by(change, &column, &value).await {
            Err(stop) if self.signed_in_again(&stop).await => self.find_by(change, &column, &value).await,
            sought => sought,
        }
    }

    async fn find_by(&mut self, change: &Change, column: &str, value: &str) -> Result<Sought, Stop> {
        let app = &self.run.engine.workspace.app;
        let lost = || Stop::new(Reason::BrowserLost, change.to_string(), "no browser");
        let session = self.session.as_mut().ok_or_else(lost)?;
        let inputs = session.inputs().with("email", change.email().as_str());
        let sought =
            session.flow(app, inputs, &mut self.run.trail).find_by(column, value, change.email()).await;
        if let Err(stop) = &sought {
            self.drop_lost_session(stop).await;
        }
        sought
    }

    /// Reads back whether the first save is made: the person reads as the second expects them.
    pub(super) async fn read_back_first(
        &mut self,
        item: &Item,
        then: &str,
        said: Option<(Means, String)>,
    ) -> Result<Tried, Error> {
        let engine = self.run.engine;
        for _ in 0..super::apply::LOOKS {
            let Some(second) = engine.workspace.app.flows.get(then) else { break };
            match self.seek_half_made(&item.change, second).await {
                Ok(sought @ Sought::Found(..)) => {
                    let Sought::Found(member, _) = &sought else { continue };
                    if expects(second, member, &engine.workspace.choices) {
                        self.picture_after(item, &sought).await;
                        let outcome = first_made();
                        self.settle(item.id, &outcome, "read back").await?;
                        return Ok(Tried::Settled(outcome));
                    }
                }
                Ok(Sought::NotSeen | Sought::Several) => {}
                Err(stop) => {
                    tracing::info!(%stop, "read-back of the first save stopped");
                    self.drop_lost_session(&stop).await;
                    if self.session.is_none() {
                        break;
                    }
                }
            }
        }
        Ok(Tried::Doubtful { said, stopped: None })
    }
}

impl Run<'_> {
    /// A second save whose first is known not to be made is over.
    pub(crate) async fn close_second_saves(&mut self) -> Result<(), Error> {
        let Some(record) = self.engine.journal.run(&self.id).await? else { return Ok(()) };
        for change in seconds(&record) {
            let first = record
                .other_save(change)
                .and_then(|first| first.outcome.as_ref().filter(|_| first.state == ChangeState::Settled));
            if first.is_some_and(|outcome| !outcome.kind.is_fine()) {
                let outcome =
                    Outcome::new(OutcomeKind::Skipped).with_detail("the first of its two saves was not made");
                self.engine.journal.settle(change.id, &outcome, "the first save").await?;
            }
        }
        Ok(())
    }
}

fn seconds(record: &RunRecord) -> impl Iterator<Item = &ChangeRecord> {
    record.changes.iter().filter(|change| change.flow.is_some() && change.state == ChangeState::Intended)
}

/// The second saves of a run whose first ones are decided: those that can be made now.
fn ready_seconds(record: &RunRecord) -> Vec<ChangeId> {
    let is_made = |change: &&ChangeRecord| {
        record.other_save(change).is_none_or(|first| {
            first.state == ChangeState::Settled
                && first.outcome.as_ref().is_some_and(|outcome| outcome.kind.is_fine())
        })
    };
    seconds(record).filter(is_made).map(|change| change.id).collect()
}

/// The changes of a run that have come this far.
pub(crate) fn items_in(record: &RunRecord, state: ChangeState) -> Vec<Item> {
    record
        .changes
        .iter()
        .filter(|change| change.state == state)
        .map(|change| Item::new(change.id, change.change.clone(), Save::of(record, change)))
        .collect()
}

/// What was never begun, without the second saves whose first nobody has decided.
pub(crate) fn to_be_made(record: &RunRecord) -> Vec<Item> {
    let ready = ready_seconds(record);
    let intended = items_in(record, ChangeState::Intended);
    let has_first = |item: &Item| {
        intended.iter().any(|other| !other.is_second() && other.change.email() == item.change.email())
    };
    let is_next = |item: &&Item| !item.is_second() || has_first(item) || ready.contains(&item.id);
    intended.iter().filter(is_next).cloned().collect()
}

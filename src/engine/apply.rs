//! The only place where plan, journal and runner meet: each change is checked against its row, committed under the
//! journal, and read back from a new document.
//!
//! Ask of each line: if we stop here, what will the next process believe? `intended`: nothing was clicked.
//! `committing`: the click may have been sent. Settled: what was read back, or proven otherwise.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::batch::{Batch, batches, counted};
use super::boundary::Next;
use super::effect::{Effect, effect};
use super::error::Error;
use super::gate::keep;
use super::journal::ChangeId;
use super::pace::Pace;
use super::run::Run;
use super::runner::{Committed, Sought, Stop};
use super::session::Session;
use super::twice::Save;
use super::{Caller, Progress, settle};
use crate::domain::change::Change;
use crate::domain::email::Email;
use crate::domain::guard::check_failures;
use crate::domain::member::Member;
use crate::domain::outcome::{Outcome, OutcomeKind, Reason};
use crate::domain::reading::{Found, Reading};
use crate::domain::request::Newcomer;
use crate::engine::app::Means;

/// How often a change is looked for after its commit before it counts as not seen: two readings by another browser
/// decide it then.
pub(super) const LOOKS: usize = 2;
/// How often a run starts a new browser in place of a lost one.
const NEW_BROWSERS: usize = 1;

/// A change of this run, under its number in the journal.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) id: ChangeId,
    pub(crate) change: Change,
    /// Which save of it.
    pub(crate) save: Save,
    /// Why the console refused it, by its own words after the commit: the reason if it proves not applied.
    pub(crate) said: Option<(Means, String)>,
    /// Why the flow ended between its commit and its end.
    pub(crate) stopped: Option<(Reason, String)>,
    /// It was looked for after its commit.
    pub(super) is_looked_for: bool,
}

impl Item {
    pub(crate) fn new(id: ChangeId, change: Change, save: Save) -> Self {
        Self { id, change, save, said: None, stopped: None, is_looked_for: false }
    }
}

/// What became of a change at its first try.
pub(super) enum Tried {
    /// It is settled.
    Settled(Outcome),
    /// Committed; a removal was seen gone, and the final reading has to agree.
    SeenGone,
    /// Committed; the final reading comes next, and tells more than a look before it would.
    ReadNext { said: Option<(Means, String)> },
    /// Committed, and its effect was not seen.
    Doubtful { said: Option<(Means, String)>, stopped: Option<(Reason, String)> },
}

/// The changes of a run, being applied.
pub(crate) struct Applying<'r, 'e> {
    pub(super) run: &'r mut Run<'e>,
    /// None while a lost browser is not replaced.
    pub(super) session: Option<Session>,
    /// The reading that the changes were planned on.
    pub(super) reading: Reading,
    /// What was read since, if all was.
    pub(super) latest: Option<Reading>,
    items: Vec<Item>,
    /// What a file says of whom it brings in.
    pub(super) newcomers: BTreeMap<Email, Newcomer>,
    browsers_left: usize,
    /// The console signed the account out in the change that is made now.
    pub(super) was_signed_out: bool,
    /// Whose first save of two is made.
    pub(super) first_made: BTreeSet<Email>,
    /// The change that is made now is the last one.
    pub(super) is_last: bool,
    /// How fast they follow one another.
    pub(super) pace: Pace,
}

impl<'r, 'e> Applying<'r, 'e> {
    pub(crate) fn new(run: &'r mut Run<'e>, session: Session, reading: Reading, items: Vec<Item>) -> Self {
        let is_first_of = |email: &Email, item: &Item| !item.is_second() && item.change.email() == email;
        let without_first = items.iter().filter(|item| {
            item.is_second() && !items.iter().any(|other| is_first_of(item.change.email(), other))
        });
        Self {
            pace: Pace::of(run.engine.workspace.pace),
            first_made: without_first.map(|item| item.change.email().clone()).collect(),
            run,
            session: Some(session),
            reading,
            latest: None,
            items,
            newcomers: BTreeMap::new(),
            browsers_left: NEW_BROWSERS,
            was_signed_out: false,
            is_last: false,
        }
    }

    /// What an import's file says of each: by the console's own import, where it has one.
    pub(crate) fn with_newcomers(self, newcomers: BTreeMap<Email, Newcomer>) -> Self {
        Self { newcomers, ..self }
    }

    /// Applies all, then proves what needs a whole list, then decides what is in doubt.
    pub(crate) async fn all(mut self, caller: &mut dyn Caller) -> Result<(), Error> {
        let engine = self.run.engine;
        let items = std::mem::take(&mut self.items);
        let serving = |change: &Change| engine.recording_in(self.run.by_file, change, &self.reading).ok();
        let batches = batches(items, serving);
        let of = batches.len();
        let mut tried: Vec<OutcomeKind> = Vec::new();
        let (mut gone, mut doubtful) = (Vec::new(), Vec::new());
        for (index, mut batch) in batches.into_iter().enumerate() {
            let needs_proof = |item: &Item| item.change.ends_in_absence();
            match self.next(!gone.is_empty() || batch.items.iter().any(needs_proof)).await? {
                Next::Begin => {}
                Next::NoTime => {
                    self.leave(batch.items).await?;
                    continue;
                }
                Next::Cancelled(cancel) => {
                    batch.items = self.stop_before(batch.items, cancel).await?;
                    if batch.items.is_empty() {
                        continue;
                    }
                }
            }
            let change = batch.words();
            caller.progress(&Progress::Change { number: index + 1, of, change });
            self.run.deadline.begin_change(batch.items.len());
            self.is_last = index + 1 == of && batch.items.len() == 1;
            // On the heap, here and further down: the state of all that is waited for would fill a thread's stack.
            let made = Box::pin(self.batch(batch, &mut tried, &mut gone, &mut doubtful, caller)).await;
            self.run.deadline.end_change();
            made?;
        }
        if !gone.is_empty() || self.run.ends_with_reading {
            doubtful.extend(Box::pin(self.prove_gone(gone, caller)).await?);
        }
        self.finish(doubtful, caller).await
    }

    /// One change, or several that share a commit.
    async fn batch(
        &mut self,
        batch: Batch<'_>,
        tried: &mut Vec<OutcomeKind>,
        gone: &mut Vec<Item>,
        doubtful: &mut Vec<Item>,
        caller: &mut dyn Caller,
    ) -> Result<(), Error> {
        let (words, before) = (batch.words(), tried.len());
        if let Some(together) = batch.together {
            self.together(together, batch.items, tried, doubtful, caller).await?;
            let outcome = counted(&tried[before..]);
            caller.progress(&Progress::Outcome { change: words, outcome });
            return Ok(());
        }
        if let Some(refusal) = check_failures(tried, &self.run.engine.workspace.policy)
            && !batch.items.iter().any(Item::is_second)
        {
            let outcome = Outcome::new(OutcomeKind::Skipped).with_detail(refusal.message);
            for item in batch.items {
                self.settle(item.id, &outcome, "failure cap").await?;
            }
            return Ok(());
        }
        for item in batch.items {
            let outcome = self.single(item, gone, doubtful, caller).await?;
            tried.push(outcome.kind);
            let is_told_later = gone.last().is_some_and(|item| !item.is_looked_for);
            if !is_told_later {
                caller.progress(&Progress::Outcome { change: words.clone(), outcome: outcome.to_string() });
            }
        }
        Ok(())
    }

    /// One change, and where it goes from there.
    async fn single(
        &mut self,
        mut item: Item,
        gone: &mut Vec<Item>,
        doubtful: &mut Vec<Item>,
        caller: &mut dyn Caller,
    ) -> Result<Outcome, Error> {
        let email = item.change.email().clone();
        if item.is_second() && !self.first_made.contains(&email) {
            // What the first came to decides, perhaps only later.
            return Ok(Outcome::new(OutcomeKind::Skipped).with_detail("the first save comes before it"));
        }
        Ok(match Box::pin(self.one(&item, caller)).await? {
            Tried::Settled(outcome) => {
                if outcome.kind.is_fine() {
                    self.first_made.insert(email);
                }
                outcome
            }
            Tried::SeenGone => {
                item.is_looked_for = true;
                gone.push(item);
                Outcome::done().with_detail("seen gone, the final reading decides")
            }
            Tried::ReadNext { said } => {
                item.said = said;
                gone.push(item);
                Outcome::done().with_detail("the final reading decides")
            }
            Tried::Doubtful { said, stopped } => {
                (item.said, item.stopped) = (said, stopped);
                doubtful.push(item);
                Outcome::new(OutcomeKind::InDoubt).with_detail("effect not seen yet")
            }
        })
    }

    /// Gives the browser back, and decides what is in doubt by another one.
    async fn finish(mut self, doubtful: Vec<Item>, caller: &mut dyn Caller) -> Result<(), Error> {
        if let Some(mut session) = self.session.take() {
            self.run.note_requests(&mut session);
            if doubtful.is_empty() {
                if let Err(error) = session.close().await {
                    tracing::warn!(%error, "the browser did not end as it should");
                }
            } else {
                // Nothing may follow from the browser that clicked, or nothing is proven by what is not there.
                session.kill().await?;
            }
        }
        if !doubtful.is_empty() {
            Box::pin(settle::settle(self.run, None, doubtful, caller)).await?;
        }
        self.run.close_second_saves().await
    }

    /// One change: its row as planned, the flow, the read-back.
    async fn one(&mut self, item: &Item, caller: &mut dyn Caller) -> Result<Tried, Error> {
        self.run.trail.about(Some(item.id.0));
        self.run.trail.concerns(item.change.email().as_str());
        self.was_signed_out = false;
        if let Err(outcome) = self.have_session(caller).await {
            self.settle(item.id, &outcome, "before the commit").await?;
            return Ok(Tried::Settled(outcome));
        }
        let (ran, reached_journal) = loop {
            let before = match self.find_for(item).await {
                Ok(before) => before,
                Err(outcome) => {
                    if let Some(session) = self.session.as_mut() {
                        self.run.picture_of_failure(session, &item.id.to_string()).await;
                    }
                    self.settle(item.id, &outcome, "before the commit").await?;
                    return Ok(Tried::Settled(outcome));
                }
            };
            let (ran, reached_journal) = Box::pin(self.play(item, before)).await;
            if ran.committed == Committed::Yes {
                self.pace.mark();
            }
            let may_begin_anew = ran.committed == Committed::No && !reached_journal;
            match &ran.stop {
                Some(stop) if may_begin_anew && self.signed_in_again(stop).await => {}
                _ => break (ran, reached_journal),
            }
        };
        if ran.committed == Committed::No {
            let stop = ran.stop.unwrap_or_else(|| {
                Stop::new(Reason::Unsupported, item.change.to_string(), "its recording commits nothing")
            });
            self.note_failure(item.id, &stop).await;
            let outcome = Outcome::failed(stop.reason).with_detail(format!("{stop}{}", seen(&stop)));
            let by = if stop.is_lost {
                "the browser was lost before the click"
            } else if reached_journal {
                "the guard of the click: nothing reached the page"
            } else {
                "before the commit"
            };
            self.settle(item.id, &outcome, by).await?;
            return Ok(Tried::Settled(outcome));
        }
        if let Some(stop) = &ran.stop {
            tracing::info!(%stop, "stopped after the commit");
            self.note_failure(item.id, stop).await;
        }
        if !item.change.shows_in_list() {
            return Box::pin(self.by_response(item, ran)).await;
        }
        let is_read_next = self.is_read_next(item, &ran);
        let stopped = ran.stop.map(|stop| (stop.reason, stop.to_string()));
        let tried = match &item.save {
            Save::First(then) => self.read_back_first(item, then, ran.said.clone()).await?,
            Save::Only if is_read_next => Tried::ReadNext { said: ran.said.clone() },
            Save::Only | Save::Second(_) => Box::pin(self.read_back(item, ran.said.clone())).await?,
        };
        let voices = self.voices(&item.change, ran.said, ran.since).await;
        self.keep_voices(item.id, voices).await?;
        Ok(match tried {
            Tried::Doubtful { said, .. } => Tried::Doubtful { said, stopped },
            tried => tried,
        })
    }

    /// The precondition, read again: the row is still what the plan was made on.
    pub(super) async fn find_as_planned(
        &mut self,
        change: &Change,
    ) -> Result<Option<(Member, super::runner::Person)>, Outcome> {
        // Who is to be invited is not in the proven list of this run: that a search does not find them either is enough.
        // Whoever must be there may be missed by a search, and is looked for on every page.
        let sought = self
            .seek_from_here(change, !matches!(change, Change::Invite { .. }))
            .await
            .map_err(|stop| Outcome::failed(stop.reason).with_detail(format!("{stop}{}", seen(&stop))))?;
        let skipped = |why: &str| Outcome::new(OutcomeKind::Skipped).with_detail(why.to_owned());
        match (change, sought) {
            (_, Sought::Several) => {
                Err(Outcome::failed(Reason::Ambiguous).with_detail("more than one row with this address"))
            }
            (Change::Invite { .. }, Sought::NotSeen) => Ok(None),
            (Change::Invite { .. }, Sought::Found(..)) => Err(skipped("is in the list now; plan again")),
            (_, Sought::NotSeen) => Err(skipped("is no longer in the list; plan again")),
            (_, Sought::Found(member, person)) => {
                let planned_on = match self.reading.find(change.email()) {
                    Found::One(planned_on) => planned_on,
                    Found::No | Found::Many => {
                        return Err(skipped("was not in the list the plan was made on; plan again"));
                    }
                };
                let agreed_from = match change {
                    Change::ChangeRole { from, .. } => Some(from),
                    _ => None,
                };
                let moved = agreed_from.is_some_and(|from| member.roles.as_ref() != Some(from));
                if moved || planned_on.roles != member.roles || planned_on.status != member.status {
                    return Err(skipped("role or status are no longer those of the plan; plan again"));
                }
                Ok(Some((*member, person)))
            }
        }
    }

    /// Looks for the effect from new documents. Only what is seen is believed.
    pub(super) async fn read_back(
        &mut self,
        item: &Item,
        said: Option<(Means, String)>,
    ) -> Result<Tried, Error> {
        // What the console says it refused seldom shows later: one look is enough to catch a lie.
        let looks = if matches!(said, Some((Means::Reason(_), _))) { 1 } else { LOOKS };
        for look in 1..=looks {
            let sought = match self.seek(&item.change, look > 1 && !item.change.ends_in_absence()).await {
                Ok(sought) => sought,
                Err(stop) => {
                    tracing::info!(%stop, look, "read-back stopped");
                    self.drop_lost_session(&stop).await;
                    if self.session.is_none() {
                        break;
                    }
                    continue;
                }
            };
            match effect(&item.change, &sought) {
                Effect::Seen(outcome) => {
                    self.picture_after(item, &sought).await;
                    self.settle(item.id, &outcome, "read back").await?;
                    return Ok(Tried::Settled(outcome));
                }
                Effect::SeemsGone => {
                    self.run.engine.journal.seen_gone(item.id).await?;
                    return Ok(Tried::SeenGone);
                }
                Effect::NotSeen => {}
            }
        }
        Ok(Tried::Doubtful { said, stopped: None })
    }

    /// Looks for the person of a change in a new document.
    pub(super) async fn seek(&mut self, change: &Change, thorough: bool) -> Result<Sought, Stop> {
        match self.seek_once(change, thorough, false).await {
            Err(stop) if self.signed_in_again(&stop).await => self.seek_once(change, thorough, false).await,
            sought => sought,
        }
    }

    /// The same from where the page stands, if it shows the list and was only just read: before a commit, that is, for an
    /// effect shows in a new document only.
    pub(super) async fn seek_from_here(&mut self, change: &Change, thorough: bool) -> Result<Sought, Stop> {
        match self.seek_once(change, thorough, true).await {
            Err(stop) if self.signed_in_again(&stop).await => self.seek_once(change, thorough, true).await,
            sought => sought,
        }
    }

    async fn seek_once(&mut self, change: &Change, thorough: bool, goes_on: bool) -> Result<Sought, Stop> {
        let app = &self.run.engine.workspace.app;
        let session = self
            .session
            .as_mut()
            .ok_or_else(|| Stop::new(Reason::BrowserLost, change.to_string(), "no browser"))?;
        let inputs = session.inputs().with("email", change.email().as_str());
        let (flow, since) = (session.flow(app, inputs, &mut self.run.trail), Instant::now());
        let mut flow = if goes_on { flow.going_on() } else { flow };
        let sought = Box::pin(flow.look_up(change.email(), thorough)).await;
        flow.log(&format!("look for {}", change.email()), since, sought.as_ref().err());
        if let Err(stop) = &sought {
            let is_lost = stop.is_lost;
            self.drop_session_if(is_lost).await;
        }
        sought
    }

    /// A browser, a new one in place of a lost one while that is allowed.
    pub(super) async fn have_session(&mut self, caller: &mut dyn Caller) -> Result<(), Outcome> {
        if self.session.is_some() {
            return Ok(());
        }
        let lost = Outcome::failed(Reason::BrowserLost)
            .with_detail("the browser was lost; nothing was committed for this person");
        if self.browsers_left == 0 {
            return Err(lost);
        }
        self.browsers_left -= 1;
        let session = self.run.session(caller).await.map_err(|error| {
            Outcome::failed(error.reason().unwrap_or(Reason::BrowserLost)).with_detail(error.to_string())
        })?;
        self.session = Some(session);
        Ok(())
    }

    pub(super) async fn drop_lost_session(&mut self, stop: &Stop) {
        self.drop_session_if(stop.is_lost).await;
    }

    async fn drop_session_if(&mut self, is_lost: bool) {
        if is_lost && let Some(mut session) = self.session.take() {
            self.run.note_requests(&mut session);
            if let Err(error) = session.kill().await {
                tracing::warn!(%error, "a lost browser could not be cleared away");
                self.run.not_proven_dead = true;
            }
        }
    }

    pub(super) async fn settle(&self, id: ChangeId, outcome: &Outcome, by: &str) -> Result<(), Error> {
        Ok(self.run.engine.journal.settle(id, &self.run.trail.tellable(outcome), by).await?)
    }

    pub(super) async fn note_failure(&mut self, id: ChangeId, stop: &Stop) {
        self.drop_lost_session(stop).await;
        if let Some(session) = self.session.as_mut() {
            self.run.picture_of_failure(session, &id.to_string()).await;
        }
    }

    /// The row as it reads after the change.
    pub(super) async fn picture_after(&mut self, item: &Item, sought: &Sought) {
        let (Some(session), Sought::Found(_, person)) = (self.session.as_mut(), sought) else { return };
        let app = &self.run.engine.workspace.app;
        let inputs = session.inputs().with("email", item.change.email().as_str());
        let mut flow = session.flow(app, inputs, &mut self.run.trail);
        flow.set_person(Some(person.clone()));
        let picture = flow.picture_of_row().await;
        flow.keep_snapshot("after", &[]).await;
        if let Some(picture) = picture {
            keep(&self.run.evidence, item.id, "after", &picture);
        }
    }
}

/// What the page showed, for a detail that is read without a hint beside it.
fn seen(stop: &Stop) -> String {
    let headings = stop.seen.as_ref().and_then(|seen| seen["path"].as_str());
    headings.map(|path| format!(" (on {path})")).unwrap_or_default()
}

//! Changes that share a commit (F16, D7.8): people in a file for the console's import, addresses typed into one field, rows
//! ticked in one list. Whom the page took is proved before the commit, and what became of each is read back after it.

use super::Caller;
use super::apply::{Applying, Item};
use super::batch::Together;
use super::effect::effect_on;
use super::error::Error;
use super::gate::JournalGate;
use super::import;
use super::journal::ProcessMark;
use super::runner::{Committed, Flow, LeftOut, Ran, Stands, Stop};
use crate::domain::change::Change;
use crate::domain::email::Email;
use crate::domain::guard::check_failures;
use crate::domain::outcome::{Outcome, OutcomeKind, Reason};
use crate::domain::reading::{Found, Reading};
use crate::engine::app::{App, Means};

/// So many people are looked for one by one before their commit: more are found sooner by reading the list.
const FEW: usize = 3;

/// Some people whose changes are committed at once, and what became of that.
struct Played {
    ran: Ran,
    /// Their changes are `committing` in the journal.
    reached_journal: bool,
    left_out: Vec<LeftOut>,
}

impl Played {
    fn nothing(stop: Stop) -> Self {
        Self { ran: Ran::nothing(stop), reached_journal: false, left_out: Vec::new() }
    }
}

impl Applying<'_, '_> {
    /// Makes the changes of a batch. Rows that are ticked have to be on one page: then page by page, and no further once
    /// too much has failed. `tried` takes up what became of each.
    pub(super) async fn together(
        &mut self,
        together: Together<'_>,
        items: Vec<Item>,
        tried: &mut Vec<OutcomeKind>,
        doubtful: &mut Vec<Item>,
        caller: &mut dyn Caller,
    ) -> Result<(), Error> {
        let (mut left, mut is_first) = (items, true);
        self.was_signed_out = false;
        while !left.is_empty() {
            // Each page is a commit of its own, and a boundary lies between two.
            if !std::mem::take(&mut is_first)
                && let Some(cancel) = self.turn().await?
            {
                left = self.stop_before(left, cancel).await?;
                if left.is_empty() {
                    break;
                }
            }
            if let Some(refusal) = check_failures(tried, &self.run.engine.workspace.policy) {
                let outcome = Outcome::new(OutcomeKind::Skipped).with_detail(refusal.message);
                return self.settle_all(&left, &outcome, "failure cap", tried).await;
            }
            self.run.trail.about(left.first().map(|item| item.id.0));
            if let Err(outcome) = self.have_session(caller).await {
                return self.settle_all(&left, &outcome, BEFORE, tried).await;
            }
            let (now, later) = match self.prepare(together, left, tried, caller).await? {
                Ok(prepared) => prepared,
                Err((stop, again)) if self.signed_in_again(&stop).await => {
                    left = again;
                    continue;
                }
                Err((stop, left)) => return self.not_committed(&left, &stop, BEFORE, tried).await,
            };
            left = later;
            if !now.is_empty() {
                left.extend(self.commit(together, now, tried, doubtful, caller).await?);
            }
        }
        Ok(())
    }

    /// Brings the page to where the recording begins, and settles whoever is no longer as planned. Gives those it can be
    /// played for there, and those whose page comes later.
    async fn prepare(
        &mut self,
        together: Together<'_>,
        items: Vec<Item>,
        tried: &mut Vec<OutcomeKind>,
        caller: &mut dyn Caller,
    ) -> Result<Prepared, Error> {
        let Some(kind) = together.recording.ticked_kind() else {
            let fit = self.still_as_planned(together, items, tried, caller).await?;
            if fit.is_empty() {
                return Ok(Ok((fit, Vec::new())));
            }
            let opened = match self.flow() {
                Ok(mut flow) => flow.open_members().await,
                Err(stop) => Err(stop),
            };
            return Ok(match opened {
                Ok(()) => Ok((fit, Vec::new())),
                Err(stop) => Err((stop, fit)),
            });
        };
        let emails = items.iter().map(|item| item.change.email().clone()).collect();
        let turned = match self.flow() {
            Ok(mut flow) => flow.turn_to_any(&emails, kind).await,
            Err(stop) => Err(stop),
        };
        let stands = match turned {
            Ok(stands) => stands,
            Err(stop) => return Ok(Err((stop, items))),
        };
        if stands.is_empty() {
            self.settle_all(&items, &skipped(GONE), BEFORE, tried).await?;
            return Ok(Ok((Vec::new(), Vec::new())));
        }
        let (mut now, mut later) = (Vec::new(), Vec::new());
        for item in items {
            let outcome = match stands.get(item.change.email()) {
                None => {
                    later.push(item);
                    continue;
                }
                Some(Stands::Row(row)) => {
                    let planned = self.reading.find(item.change.email());
                    moved(&item.change, planned, Found::One(row), true).map(skipped)
                }
                Some(Stands::Otherwise) => Some(Outcome::failed(Reason::Unsupported).with_detail(format!(
                    "stands in a row of another kind than `{kind}`, which nobody can tick"
                ))),
                Some(Stands::Several) => Some(
                    Outcome::failed(Reason::Ambiguous).with_detail("more than one row with this address"),
                ),
            };
            match outcome {
                Some(outcome) => self.settle_all(&[item], &outcome, BEFORE, tried).await?,
                None => now.push(item),
            }
        }
        Ok(Ok((now, later)))
    }

    fn flow(&mut self) -> Result<Flow<'_>, Stop> {
        let app = &self.run.engine.workspace.app;
        let lost = || Stop::new(Reason::BrowserLost, "open the list", "no browser");
        let session = self.session.as_mut().ok_or_else(lost)?;
        let inputs = session.inputs();
        Ok(session.flow(app, inputs, &mut self.run.trail))
    }

    /// Takes out, and settles, those who are no longer what the plan was made on: a few are looked for one by one, many
    /// by a reading. What a file brings in is held against the console's own preview.
    async fn still_as_planned(
        &mut self,
        together: Together<'_>,
        items: Vec<Item>,
        tried: &mut Vec<OutcomeKind>,
        caller: &mut dyn Caller,
    ) -> Result<Vec<Item>, Error> {
        let mut fit = Vec::new();
        if items.len() <= FEW && together.file.is_none() {
            for item in items {
                match self.find_as_planned(&item.change).await {
                    Ok(_) => fit.push(item),
                    Err(outcome) => self.settle_all(&[item], &outcome, BEFORE, tried).await?,
                }
            }
            return Ok(fit);
        }
        if self.latest.is_none()
            && together.file.is_none()
            && let Some(session) = self.session.as_mut()
        {
            let emails: Vec<Email> = items.iter().map(|item| item.change.email().clone()).collect();
            self.latest = self.run.reading(session, &emails, caller).await.ok();
        }
        for item in items {
            let now = self.latest.as_ref().map(|latest| (latest.find(item.change.email()), latest));
            let why = match now {
                // Who is missing from a list that is not proven may be there.
                Some((Found::No, latest)) if !latest.grade.is_proven() => None,
                Some((now, _)) => moved(&item.change, self.reading.find(item.change.email()), now, false),
                None => None,
            };
            match why {
                Some(why) => self.settle_all(&[item], &skipped(why), BEFORE, tried).await?,
                None => fit.push(item),
            }
        }
        Ok(fit)
    }

    /// One commit. Gives those for whom it is to be begun anew.
    async fn commit(
        &mut self,
        together: Together<'_>,
        items: Vec<Item>,
        tried: &mut Vec<OutcomeKind>,
        doubtful: &mut Vec<Item>,
        caller: &mut dyn Caller,
    ) -> Result<Vec<Item>, Error> {
        let Played { ran, reached_journal, left_out } = self.play_together(together, &items).await;
        if ran.committed == Committed::Yes {
            self.pace.mark();
        }
        let may_begin_anew = ran.committed == Committed::No && !reached_journal;
        if let Some(stop) = &ran.stop
            && may_begin_anew
            && self.signed_in_again(stop).await
        {
            return Ok(items);
        }
        let says = |item: &Item| left_out.iter().find(|left| left.email == item.change.email().as_str());
        let (left, rest): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|item| says(item).is_some());
        let is_committed = ran.committed == Committed::Yes;
        if is_committed {
            if let (Some(stop), Some(first)) = (&ran.stop, rest.first()) {
                self.note_failure(first.id, stop).await;
            }
            let emails: Vec<Email> =
                rest.iter().chain(&left).map(|item| item.change.email().clone()).collect();
            self.latest = match self.session.as_mut() {
                Some(session) => self.run.reading(session, &emails, caller).await.ok(),
                None => None,
            };
        }
        for item in &left {
            let words = says(item).map(|left| left.says.clone()).unwrap_or_default();
            let reason = reason_of(&words, &self.run.engine.workspace.app);
            let is_so = is_committed
                && self.latest.as_ref().and_then(|latest| effect_in(&item.change, latest)).is_some();
            let outcome = if is_so {
                let detail =
                    format!("the console said {words:?} and did it all the same: look whether that is right");
                Outcome::new(OutcomeKind::NeedsPerson).with_detail(detail)
            } else {
                Outcome::failed(reason).with_detail(format!("the console says {words:?}"))
            };
            self.settle_all(std::slice::from_ref(item), &outcome, "the console's preview", tried).await?;
        }
        if !is_committed {
            let unfinished =
                || Stop::new(Reason::Unsupported, &together.recording.name, "it commits nothing");
            let stop = ran.stop.unwrap_or_else(unfinished);
            let by =
                if reached_journal { "the guard of the click: nothing reached the page" } else { BEFORE };
            self.not_committed(&rest, &stop, by, tried).await?;
        } else {
            self.read_back_many(rest, ran, tried, doubtful).await?;
        }
        Ok(Vec::new())
    }

    async fn not_committed(
        &mut self,
        items: &[Item],
        stop: &Stop,
        by: &str,
        tried: &mut Vec<OutcomeKind>,
    ) -> Result<(), Error> {
        if let Some(first) = items.first() {
            self.note_failure(first.id, stop).await;
        }
        let outcome = Outcome::failed(stop.reason).with_detail(stop.to_string());
        self.settle_all(items, &outcome, by, tried).await
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

    /// One reading tells of all.
    async fn read_back_many(
        &mut self,
        items: Vec<Item>,
        ran: Ran,
        tried: &mut Vec<OutcomeKind>,
        doubtful: &mut Vec<Item>,
    ) -> Result<(), Error> {
        let stopped = ran.stop.map(|stop| (stop.reason, stop.to_string()));
        let is_one = items.len() == 1;
        for item in items {
            let is_about = |text: &str| is_one || is_about(text, item.change.email());
            let said = ran.said.clone().filter(|(_, text)| is_about(text));
            let voices = self.voices(&item.change, said.clone(), ran.since).await;
            self.keep_voices(item.id, voices).await?;
            match self.latest.as_ref().and_then(|latest| effect_in(&item.change, latest)) {
                Some(outcome) => self.settle_all(&[item], &outcome, "read back", tried).await?,
                None => {
                    tried.push(OutcomeKind::InDoubt);
                    doubtful.push(Item { said, stopped: stopped.clone(), ..item });
                }
            }
        }
        Ok(())
    }

    async fn settle_all(
        &self,
        items: &[Item],
        outcome: &Outcome,
        by: &str,
        tried: &mut Vec<OutcomeKind>,
    ) -> Result<(), Error> {
        for item in items {
            self.settle(item.id, outcome, by).await?;
            tried.push(outcome.kind);
        }
        Ok(())
    }
}

/// Those for whom a recording can be played where the page stands, and those whose page comes later; or why for none of
/// these.
type Prepared = Result<(Vec<Item>, Vec<Item>), (Stop, Vec<Item>)>;

/// A message for several people that names some is not about the others.
fn is_about(text: &str, email: &Email) -> bool {
    let text = text.to_ascii_lowercase();
    !text.contains('@') || text.contains(email.as_str())
}

/// What a whole reading shows of a change. That somebody is gone it shows only if it is proven (promise 3).
fn effect_in(change: &Change, reading: &Reading) -> Option<Outcome> {
    match reading.find(change.email()) {
        Found::One(member) => effect_on(change, member),
        Found::No if change.ends_in_absence() && reading.grade.is_proven() => Some(Outcome::done()),
        Found::No | Found::Many => None,
    }
}

/// Why a change is no longer what was planned, going by what the list shows by now. A single row may tell less than the
/// reading did: not what stands on the person's own page, nor the roles of another part.
fn moved(change: &Change, planned: Found<'_>, now: Found<'_>, is_row: bool) -> Option<&'static str> {
    let (was, is) = match (change, planned, now) {
        (_, _, Found::Many) => return Some("more than one row shows the address now; plan again"),
        (Change::Invite { .. }, _, Found::No) => return None,
        (Change::Invite { .. }, Found::No, Found::One(_)) => return Some("is in the list now; plan again"),
        (_, _, Found::No) => return Some(GONE),
        (_, Found::No | Found::Many, _) => {
            return Some("was not in the list the plan was made on; plan again");
        }
        (_, Found::One(was), Found::One(is)) => (was, is),
    };
    let roles = match (&was.roles, &is.roles) {
        (_, None) if is_row => true,
        (Some(was), Some(is)) if is_row => is.is_subset(was),
        (was, is) => was == is,
    };
    let status = was.status == is.status || (is_row && is.status.is_none());
    (!roles || !status).then_some("role or status are no longer those of the plan; plan again")
}

const BEFORE: &str = "before the commit";
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
    use crate::domain::member::{Member, RoleId, Status, StatusMeaning};

    fn email(name: &str) -> Email {
        Email::parse(&format!("{name}@acme.example")).unwrap()
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
            let told = moved(change, planned, now, false);
            assert_eq!(
                told,
                why.map(|why| format!("{why}; plan again")).as_deref(),
                "{change} {planned:?} {now:?}"
            );
        }
    }
}

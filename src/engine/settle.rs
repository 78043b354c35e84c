//! Decides what is in doubt. The browser that clicked is dead by now; a new one reads the list (promise 2).
//!
//! Seen in a reading: done. Not seen: only when two complete readings at least `settle_after` apart agree is it proven
//! that it was not applied; a console may accept now and apply later. Anything else stays in doubt, and so does what no
//! list shows.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::apply::Item;
use super::effect::effect_on;
use super::error::Error;
use super::run::Run;
use super::session::Session;
use super::twice::{Save, first_made};
use super::{Caller, Engine, Progress};
use crate::domain::change::Change;
use crate::domain::email::Email;
use crate::domain::member::StatusMeaning;
use crate::domain::outcome::{Outcome, Reason};
use crate::domain::reading::{Found, Reading};
use crate::engine::app::Means;

/// What a reading says about a change in doubt.
enum Verdict {
    /// It has taken effect.
    Applied(Outcome),
    /// It has not, so far, by this reading.
    NotApplied,
    /// The reading cannot tell.
    Unknown,
}

/// Settles what it can; the rest stays `committing` in the journal.
pub(crate) async fn settle(
    run: &mut Run<'_>,
    session: Option<Session>,
    doubtful: Vec<Item>,
    caller: &mut dyn Caller,
) -> Result<(), Error> {
    run.trail.about(None);
    run.end_browsers().await?;
    let doubtful: Vec<Item> = doubtful.into_iter().filter(|item| item.change.shows_in_list()).collect();
    if doubtful.is_empty() {
        return Ok(());
    }
    let mut session = match session {
        Some(session) => session,
        None => run.session(caller).await?,
    };
    let result = settle_in(run, &mut session, doubtful, caller).await;
    run.close(session).await;
    result
}

async fn settle_in(
    run: &mut Run<'_>,
    session: &mut Session,
    doubtful: Vec<Item>,
    caller: &mut dyn Caller,
) -> Result<(), Error> {
    let settle_after = run.engine.workspace.app.map.settle_after;
    let people: Vec<Email> = doubtful.iter().map(|item| item.change.email().clone()).collect();
    let first = run.reading(session, &people, caller).await?;
    let read_at = Instant::now();
    let left = judge(run, doubtful, &first, |_, verdict| matches!(verdict, Verdict::Applied(_))).await?;
    if left.is_empty() {
        return Ok(());
    }
    if run.deadline.left() < settle_after + run.deadline.of_reading() {
        run.report.error =
            Some(run.deadline.error("decide what is in doubt: no time is left for a second reading"));
        return Ok(());
    }
    caller.progress(&Progress::Settling { changes: left.len(), seconds: settle_after.as_secs() });
    // Not a pause for the page's sake: the rule is about time, a late effect must have had its chance to show.
    tokio::time::sleep_until(read_at + settle_after).await;
    let second = run.reading(session, &people, caller).await?;
    let agreed: BTreeMap<i64, bool> = left
        .iter()
        .map(|item| (item.id.0, matches!(verdict_of(run.engine, item, &first), Verdict::NotApplied)))
        .collect();
    judge(run, left, &second, |item, verdict| match verdict {
        Verdict::Applied(_) => true,
        Verdict::NotApplied => agreed[&item.id.0] && !run.may_still_click(item.id),
        Verdict::Unknown => false,
    })
    .await?;
    Ok(())
}

/// Settles the items of which `decides` says that the reading decides them; gives the others back.
async fn judge(
    run: &Run<'_>,
    items: Vec<Item>,
    reading: &Reading,
    decides: impl Fn(&Item, &Verdict) -> bool,
) -> Result<Vec<Item>, Error> {
    let mut left = Vec::new();
    for item in items {
        let verdict = verdict_of(run.engine, &item, reading);
        if !decides(&item, &verdict) {
            left.push(item);
            continue;
        }
        let wait = run.engine.workspace.app.map.settle_after.as_secs();
        let (outcome, by) = match verdict {
            Verdict::Applied(outcome) => (outcome, "a later reading".to_owned()),
            Verdict::NotApplied | Verdict::Unknown => {
                (not_applied(&item), format!("two readings {wait} s apart"))
            }
        };
        run.engine.journal.settle(item.id, &run.trail.tellable(&outcome), &by).await?;
    }
    Ok(left)
}

/// Proven not applied; the console's own word says why, if it said one.
fn not_applied(item: &Item) -> Outcome {
    match (&item.said, &item.stopped) {
        (Some((Means::Reason(reason), text)), _) => {
            Outcome::failed(*reason).with_detail(format!("the console says {text:?}"))
        }
        (_, Some((reason, stop))) => {
            Outcome::failed(*reason).with_detail(format!("not carried through: {stop}"))
        }
        (Some((Means::Done, text)), None) => Outcome::failed(Reason::NotApplied)
            .with_detail(format!("the console said {text:?}, and it is not so")),
        _ => Outcome::failed(Reason::NotApplied),
    }
}

/// Of two saves the first is made once the person reads as the second expects them, and the second is not as long as
/// they do.
fn verdict_of(engine: &Engine, item: &Item, reading: &Reading) -> Verdict {
    let plain = verdict(&item.change, reading);
    let half_made = |flow: &str| engine.half_made_in(&item.change, flow, reading);
    match &item.save {
        Save::Only => plain,
        Save::First(then) => match (plain, half_made(then), reading.find(item.change.email())) {
            (Verdict::Applied(_), ..) | (_, Found::One(_), _) => Verdict::Applied(first_made()),
            // Somebody half made may be a row that shows no address.
            (Verdict::NotApplied, Found::No, Found::No) if reading.without_address == 0 => {
                Verdict::NotApplied
            }
            (Verdict::NotApplied, Found::No, Found::One(member))
                if engine.awaits_first(&item.change, member) =>
            {
                Verdict::NotApplied
            }
            _ => Verdict::Unknown,
        },
        Save::Second(flow) => match (plain, half_made(flow)) {
            (Verdict::Applied(outcome), _) => Verdict::Applied(outcome),
            (_, Found::One(_)) => Verdict::NotApplied,
            (_, Found::No | Found::Many) => Verdict::Unknown,
        },
    }
}

/// Presence is believed as it is seen. Absence counts only in a list that is proven complete (promise 3).
fn verdict(change: &Change, reading: &Reading) -> Verdict {
    match (change, reading.find(change.email())) {
        (_, Found::Many) => Verdict::Unknown,
        (Change::Resend { .. }, _) => Verdict::Unknown,
        (Change::CancelInvite { .. } | Change::Remove { .. }, Found::No) if reading.grade.is_proven() => {
            Verdict::Applied(Outcome::done())
        }
        (Change::Remove { .. }, Found::One(member)) => {
            effect_on(change, member).map_or(Verdict::NotApplied, Verdict::Applied)
        }
        // Accepted in the meantime, or kept under a word that may mean "cancelled": nobody can tell.
        (Change::CancelInvite { .. }, Found::One(member)) => match effect_on(change, member) {
            Some(outcome) => Verdict::Applied(outcome),
            None if member.is_only(&[StatusMeaning::Invited]) => Verdict::NotApplied,
            None => Verdict::Unknown,
        },
        (Change::Deactivate { .. } | Change::Reactivate { .. }, Found::One(member)) => {
            let before = match change {
                Change::Deactivate { .. } => StatusMeaning::Active,
                _ => StatusMeaning::Deactivated,
            };
            match effect_on(change, member) {
                Some(outcome) => Verdict::Applied(outcome),
                None if member.is_only(&[before]) => Verdict::NotApplied,
                None => Verdict::Unknown,
            }
        }
        // There, and not as asked: the console did something, and nobody knows what.
        (Change::Invite { .. }, Found::One(member)) => {
            effect_on(change, member).map_or(Verdict::Unknown, Verdict::Applied)
        }
        (Change::ChangeRole { from, .. }, Found::One(member)) => match effect_on(change, member) {
            Some(outcome) => Verdict::Applied(outcome),
            None if member.roles.as_ref() == Some(from) => Verdict::NotApplied,
            None => Verdict::Unknown,
        },
        (Change::Invite { .. }, Found::No) if reading.grade.is_proven() => Verdict::NotApplied,
        // Not in a list that may leave people out; or somebody whose role was to change is gone, which is neither done nor
        // simply not applied.
        (_, Found::No) => Verdict::Unknown,
    }
}

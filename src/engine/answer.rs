//! What only the console's own answer tells (F12): whether an invitation was sent again.

use super::apply::{Applying, Item, Tried};
use super::effect::invitation_holds;
use super::error::Error;
use super::runner::{Ran, Sought};
use super::witness::{Answered, answered};
use crate::domain::outcome::{Class, Outcome, OutcomeKind, Reason};
use crate::domain::reading::Found;
use crate::engine::app::Means;

impl Applying<'_, '_> {
    /// What no list shows is decided by the console's own answer (F12): there is no other witness. Without an answer it
    /// stays in doubt, and nobody repeats it by himself.
    pub(super) async fn by_response(&mut self, item: &Item, ran: Ran) -> Result<Tried, Error> {
        let doubt = |reason, detail: String| Outcome {
            reason,
            ..Outcome::new(OutcomeKind::InDoubt).with_detail(detail)
        };
        let said = ran.heard.clone().map(|text| (Means::Done, text)).or_else(|| ran.said.clone());
        // No document was loaded since: what the page sends from here on is none of this change.
        if let Some(session) = &self.session {
            session.lower_guard();
        }
        let voices = self.voices(&item.change, said, ran.since).await;
        let server = answered(&voices.answers, voices.is_known);
        self.keep_voices(item.id, voices).await?;
        let outcome = match (ran.stop, ran.heard, ran.said, server) {
            (Some(stop), ..) => doubt(Some(stop.reason), stop.to_string()),
            // Page and server contradict each other: nobody says for certain.
            (None, Some(heard), _, Answered::Refused(words, _) | Answered::Unclear(words)) => {
                doubt(None, format!("the console says {heard:?}, and its server answered {words}"))
            }
            (None, None, Some((Means::Reason(_), text)), Answered::Done(words)) => {
                doubt(None, format!("the console says {text:?}, and its server answered {words}"))
            }
            (None, None, _, Answered::Done(words)) => {
                let told = serde_json::json!({ "answered": &words });
                self.run.engine.journal.event(&self.run.id, Some(item.id), "heard", told).await?;
                self.done_and_nothing_else(item, &format!("the console's server answered {words}")).await
            }
            (None, None, None, Answered::Refused(words, reason)) => {
                Outcome::failed(reason).with_detail(format!("the console's server answered {words}"))
            }
            (None, Some(heard), ..) => {
                // Written down first: looking at the row takes time, in which this process may end.
                let told = serde_json::json!({ "text": &heard });
                self.run.engine.journal.event(&self.run.id, Some(item.id), "heard", told).await?;
                self.done_and_nothing_else(item, &format!("the console says {heard:?}")).await
            }
            // A page that could not hear the answer, or a console at fault: what became of it, it does not say.
            (None, None, Some((Means::Reason(reason), text)), _) => {
                let says = format!("the console says {text:?}");
                let tells = reason.class() != Class::Transient || reason == Reason::RateLimited;
                if tells { Outcome::failed(reason).with_detail(says) } else { doubt(Some(reason), says) }
            }
            (None, None, ..) => return Ok(Tried::Doubtful { said: None, stopped: None }),
        };
        let kind = outcome.kind;
        self.settle(item.id, &outcome, "the console's own answer").await?;
        Ok(match kind {
            OutcomeKind::InDoubt => Tried::Doubtful { said: None, stopped: None },
            _ => Tried::Settled(outcome),
        })
    }

    /// Sending an invitation again must leave role and status as they were; some consoles overwrite the role.
    async fn done_and_nothing_else(&mut self, item: &Item, says: &str) -> Outcome {
        let before = match self.reading.find(item.change.email()) {
            Found::One(member) => Some(member.clone()),
            Found::No | Found::Many => None,
        };
        let sought = self.seek(&item.change, true).await;
        let otherwise = |what: &str| {
            Outcome::new(OutcomeKind::NeedsPerson)
                .with_detail(format!("{says}; and {what}: look at the row in the console"))
        };
        match (before, &sought) {
            (_, Err(_)) => {
                Outcome::done().with_detail(format!("{says}; the row could not be read afterwards"))
            }
            (_, Ok(Sought::NotSeen)) => otherwise("the person is no longer in the list"),
            (_, Ok(Sought::Several)) => otherwise("more than one row shows the address now"),
            (Some(before), Ok(Sought::Found(after, _)))
                if (&after.roles, after.cells.get("role")) == (&before.roles, before.cells.get("role"))
                    && invitation_holds(after) =>
            {
                if let Ok(sought) = &sought {
                    self.picture_after(item, sought).await;
                }
                Outcome::done()
                    .with_detail(format!("{says}; the row still shows the role, and the invitation"))
            }
            (_, Ok(Sought::Found(after, _))) => {
                let shown = |column| after.cells.get(column).map_or("unknown", String::as_str);
                otherwise(&format!(
                    "the row reads otherwise now: role {}, status {}",
                    shown("role"),
                    shown("status")
                ))
            }
        }
    }
}

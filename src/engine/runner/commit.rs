//! The point of no return, and what is waited for after it (F2, F7).

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::flow::{Committed, Flow, Ran};
use super::locate::{Delivered, Need, element_of, moved, tries, with};
use super::page::Answer;
use super::people::LeftOut;
use super::stop::Stop;
use super::words::{names, unknown};
use crate::domain::outcome::Reason;
use crate::engine::app::{Means, Message, Recording, Step, Target, Verb};

/// How often at least a committing element is looked at anew because the page replaced it meanwhile.
const PROOFS: usize = 16;

/// How long a question that comes only sometimes is waited for after the commit.
const ASKED_AGAIN: Duration = Duration::from_secs(5);

/// Called before the first committing click: makes the intent durable, or forbids the click.
#[async_trait]
pub trait Gate: Send {
    /// Everything was checked; the next driver request may make the change real. `proven` is a picture of the row,
    /// panel or dialog that proves the person.
    ///
    /// # Errors
    /// Whatever must keep the click from happening.
    async fn committing(&mut self, proven: Option<Vec<u8>>) -> Result<(), Stop>;

    /// These people are not part of the commit: the console said so before. Comes before `committing`.
    fn leave_out(&mut self, _people: &[LeftOut]) {}

    /// A later click of the same commit comes next. `proven` is a picture of what proves the person now.
    fn further(&mut self, proven: Option<Vec<u8>>);
}

impl Flow<'_> {
    /// The point of no return (F2): everything is proved, the browser's own name for the button is compared, the gate
    /// makes it durable, and then the click.
    pub(super) async fn commit(
        &mut self,
        doing: &str,
        step: &Step,
        gate: &mut dyn Gate,
    ) -> Result<(), (Stop, Committed)> {
        let wait = step.timeout.unwrap_or(super::flow::STEP);
        let before = |stop| (stop, Committed::No);
        let (target, more) = self.committing_click(doing, step).map_err(before)?;
        let picture = self.prove_commit(doing, target, &more, wait).await.map_err(before)?;
        self.keep_snapshot("before", &[target.area()]).await;
        if !self.left_out.is_empty() {
            gate.leave_out(&self.left_out);
        }
        gate.committing(picture).await.map_err(before)?;
        self.committing_since = Some(self.page.mark());
        self.page.lift_guard(&self.operations);
        let (delivered, stop) = self.click_commit(doing, target, &more, wait).await;
        match (delivered, stop) {
            (Delivered::Perhaps, None) => Ok(()),
            (Delivered::Perhaps, Some(stop)) => Err((stop, Committed::Yes)),
            (Delivered::No, stop) => {
                let stop =
                    stop.unwrap_or_else(|| Stop::new(Reason::Timeout, doing, "the click reached nobody"));
                Err((stop, Committed::No))
            }
        }
    }

    fn request_after_commit(&self, doing: &str, step: &Step) -> Result<Option<Value>, Stop> {
        let mut request = self.request("expect");
        (request["any"], request["gone"]) = match &step.verb {
            Verb::Expect { any, .. } => (names(any), json!([])),
            Verb::ExpectGone { any } => (json!([]), names(any)),
            _ => return Ok(None),
        };
        request["since"] = json!(true);
        if let Verb::Expect { says, mentions, .. } = &step.verb {
            if let Some(says) = says {
                request["says"] = says
                    .to_json(&|name| self.inputs.get(name))
                    .map_err(|missing| unknown(doing, &missing.0))?;
            }
            request["mentions"] = json!(self.mentions(doing, mentions.as_ref())?);
        }
        if self.decides {
            request["own"] = json!(self.own());
            let refuses = |(_, message): &(usize, &Message)| matches!(message.means, Means::Reason(_));
            let refusals = self.app.map.messages.iter().enumerate().filter(refuses);
            request["refusals"] = json!(refusals.map(|(index, _)| index).collect::<Vec<_>>());
        }
        Ok(Some(request))
    }

    /// Takes up what the console said after the commit. Two answers that contradict each other are none.
    fn hear(&self, answer: &Answer, ran: &mut Ran) {
        let said = self.said(answer);
        if !self.decides {
            ran.said = said.or(ran.said.take());
            return;
        }
        let refusal = said.filter(|(means, _)| matches!(means, Means::Reason(_)));
        (ran.heard, ran.said) = match (answer.shown.is_some().then(|| answer.text.clone()).flatten(), refusal)
        {
            (Some(heard), Some((_, other))) if heard != other => (None, None),
            (Some(heard), _) => (Some(heard), None),
            (None, Some(refusal)) => (None, Some(refusal)),
            // A step that waits for something else says nothing about the answer.
            (None, None) => return,
        };
    }

    fn committing_click<'s>(&self, doing: &str, step: &'s Step) -> Result<(&'s Target, Value), Stop> {
        let Verb::Click { target, mentions } = &step.verb else {
            return Err(Stop::new(Reason::Unsupported, doing, "only a click can commit"));
        };
        let mentions = self.mentions(doing, mentions.as_ref())?;
        let more = json!({ "commit": true, "mentions": mentions, "own": self.own(), "also": self.name_as_address(), "held": self.held });
        Ok((target, more))
    }

    /// A later step of the commit (F2), a question that comes only sometimes for instance. The journal has the commit
    /// already; everything else is proved as before the first click. What it does not reach, the read-back finds out.
    pub(super) async fn commit_further(
        &mut self,
        doing: &str,
        step: &Step,
        gate: &mut dyn Gate,
        ran: &mut Ran,
    ) {
        if ran.stop.is_some() {
            return;
        }
        let started = Instant::now();
        let note = match self.further(doing, step, gate, ran).await {
            Ok(note) => note,
            Err(stop) => {
                let note = stop.to_string();
                ran.stop = Some(stop);
                Some(note)
            }
        };
        self.trail.requests_until_now(self.page.browser().requests().total());
        self.trail.step(doing, started.elapsed(), note);
    }

    async fn further(
        &mut self,
        doing: &str,
        step: &Step,
        gate: &mut dyn Gate,
        ran: &mut Ran,
    ) -> Result<Option<String>, Stop> {
        let wait = step.timeout.unwrap_or(super::flow::STEP);
        let (target, more) = self.committing_click(doing, step)?;
        if step.optional {
            let mut request = self.request("expect");
            request["any"] = json!([target.as_str()]);
            request["gone"] = json!([]);
            let answer = self.ask(doing, request, step.timeout.unwrap_or(ASKED_AGAIN)).await?;
            ran.said = self.said(&answer).or(ran.said.take());
            if answer.shown.is_none() {
                return Ok(Some("not asked for".to_owned()));
            }
        }
        // What was said before is about the first click only.
        ran.said = None;
        gate.further(self.prove_commit(doing, target, &more, wait).await?);
        self.keep_snapshot("asked-again", &[target.area()]).await;
        match self.click_commit(doing, target, &more, wait).await {
            (_, Some(stop)) => Err(stop),
            (Delivered::Perhaps, None) => Ok(None),
            (Delivered::No, None) => Err(Stop::new(Reason::Timeout, doing, "the click reached nobody")),
        }
    }

    /// Everything that must hold before the point of no return, and a picture of what proves it. The page may go on
    /// replacing its nodes: then all of it is looked at again. A picture that cannot be had does not stop a change.
    async fn prove_commit(
        &mut self,
        doing: &str,
        target: &Target,
        more: &Value,
        wait: Duration,
    ) -> Result<Option<Vec<u8>>, Stop> {
        let mut is_called_so = false;
        for number in tries(PROOFS, wait) {
            let more = with(&with(more, "give", json!(true)), "arriving", json!(number == 0));
            let found = self.locate(doing, target, Need::Proof, more, wait).await?;
            if found.disagree {
                let cause =
                    format!("candidates of {target} match different elements (votes {:?})", found.counts);
                return Err(Stop::new(Reason::SelectorAmbiguous, doing, cause));
            }
            if found.is_framed {
                // The driver neither tells the name of what is in a frame nor takes a picture of it alone, and one of the
                // page shows other people.
                return Ok(None);
            }
            if !self.label_agrees(doing, &found).await? {
                continue;
            }
            is_called_so = true;
            if self.row_picture.is_some() && self.names_nobody(&found) {
                return Ok(self.row_picture.clone());
            }
            // Other people are in no picture; a snapshot shows the area without them.
            let Some(area) = found.area().filter(|_| !found.shows_others) else { return Ok(None) };
            match self.page.browser().picture(Some(&area)).await {
                Ok(picture) => return Ok(Some(picture)),
                Err(error) if moved(&error) => {}
                Err(error) => return Err(Stop::browser(doing, &error)),
            }
        }
        if is_called_so {
            return Ok(None);
        }
        let cause = "each time it was looked at, it was replaced before the browser could tell its name";
        Err(Stop::new(Reason::Timeout, doing, cause))
    }

    /// A menu, say: what proves the person is the row it was opened from.
    fn names_nobody(&self, found: &Answer) -> bool {
        let text = found.area_text.to_lowercase();
        let named = |keys: &[String]| keys.iter().any(|key| text.contains(key));
        match &self.person {
            Some(person) => !named(&person.keys),
            None => !named(&self.people),
        }
    }

    /// Two ways to compute an accessible name must agree on the button that makes a change real. `false`: the button
    /// was replaced before the browser could say.
    async fn label_agrees(&mut self, doing: &str, found: &Answer) -> Result<bool, Stop> {
        let element = element_of(doing, found)?;
        let label = match self.page.browser().label(&element).await {
            Ok(label) => label,
            Err(error) if moved(&error) => return Ok(false),
            Err(error) => return Err(Stop::browser(doing, &error)),
        };
        let ours = found.name.clone().unwrap_or_default();
        let plain = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        if plain(&label) == plain(&ours) {
            return Ok(true);
        }
        if label.is_empty() {
            return Ok(false); // what has just left the document has no name any more
        }
        let cause = format!("it is called {ours:?} by our rules and {label:?} by the browser's");
        Err(Stop::new(Reason::SelectorAmbiguous, doing, cause))
    }

    /// After the commit steps wait or tidy, they judge nothing (F7).
    pub(super) async fn after_commit(&mut self, doing: &str, step: &Step, ran: &mut Ran) {
        if ran.stop.is_some() {
            return;
        }
        let started = Instant::now();
        let request = match self.request_after_commit(doing, step) {
            Ok(Some(request)) => request,
            Ok(None) => return,
            Err(stop) => return self.trail.step(doing, started.elapsed(), Some(stop.to_string())),
        };
        let result = self.ask(doing, request, step.timeout.unwrap_or(Duration::from_secs(10))).await;
        let note = match &result {
            Ok(answer) => {
                self.hear(answer, ran);
                (!answer.ok).then(|| format!("not seen: {}", answer.why()))
            }
            Err(stop) => Some(stop.to_string()),
        };
        self.trail.requests_until_now(self.page.browser().requests().total());
        self.trail.step(doing, started.elapsed(), note);
    }
}

/// The commit is the click that follows one in the row, as in the row's menu, and is not held against an address.
pub(super) fn commits_in_menu(recording: &Recording, row_area: &str) -> bool {
    let in_row = |step: &Step| step.verb.targets().iter().any(|target| target.area() == row_area);
    recording.steps.windows(2).any(|pair| {
        pair[1].commits && in_row(&pair[0]) && matches!(&pair[1].verb, Verb::Click { mentions: None, .. })
    })
}

//! One question to the page: what comes in between, and what its refusals mean.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::flow::Flow;
use super::interrupts::DISMISSALS;
use super::locate::Need;
use super::page::Answer;
use super::stop::Stop;
use crate::domain::outcome::Reason;
use crate::engine::app::{InterruptDoes, Target};
use crate::engine::browser::{Strayed, Traffic};

/// How an element was found, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Looked {
    /// By this candidate, from 0, of so many.
    Found { candidate: usize, of: usize },
    /// Its candidates match different elements.
    Disagree(String),
    /// So many match where one has to.
    Ambiguous(usize),
    /// Nothing matches.
    Missing,
}

impl Flow<'_> {
    /// The page went nowhere else: what is there would be taken for the console.
    fn is_at_home(&self, doing: &str) -> Result<(), Stop> {
        let Some(Strayed { host, is_sign_in }) = self.page.traffic().and_then(Traffic::strayed) else {
            return Ok(());
        };
        if is_sign_in {
            let cause = format!("the page was about to go to {host}, where one signs in");
            return Err(Stop::new(Reason::SignedOut, doing, cause));
        }
        let cause = format!(
            "the page was about to go to {host}, which is none of the console's hosts; if it is one, name it under `hosts` in \
             the map's [network]"
        );
        Err(Stop::new(Reason::UnknownConsole, doing, cause))
    }

    /// Asks the page; an interrupt of the map becomes its reason.
    pub(crate) async fn ask(&mut self, doing: &str, request: Value, wait: Duration) -> Result<Answer, Stop> {
        let rest = self.deadline.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            return Err(Self::over(doing));
        }
        let again = request.clone();
        let mut request = request;
        if request["arm"] == json!(true) {
            self.armed += 1;
            request["arm"] = json!(self.armed);
        }
        let answer = self.page.ask(request, wait.min(rest)).await;
        self.is_at_home(doing)?;
        let answer = answer.map_err(|error| Stop::browser(doing, &error))?;
        self.trail.asked(answer.waited_ms);
        answer.rows.iter().for_each(|row| self.trail.met_row(&row.cells));
        if answer.why() != "interrupt" || answer.ok {
            self.is_understood(doing, &answer.language)?;
            return Ok(answer);
        }
        let says = format!("the console shows {:?}", answer.text.as_deref().unwrap_or_default());
        let app = self.app;
        let interrupt = answer.interrupt.and_then(|index| app.map.interrupts.get(index));
        match interrupt.map(|interrupt| (&interrupt.at, &interrupt.does)) {
            Some((_, InterruptDoes::Means(reason))) => Err(Stop::new(*reason, doing, says)),
            Some((at, InterruptDoes::Click(target))) if self.dismissed < DISMISSALS => {
                self.dismissed += 1;
                Box::pin(self.dismiss(at, target)).await?;
                Box::pin(self.ask(doing, again, wait)).await
            }
            _ => Err(Stop::new(Reason::BlockedByOverlay, doing, says)),
        }
    }

    /// Whether an element is there right now, and how it was found. Waits for nothing.
    pub(crate) async fn look_at(&mut self, target: &Target) -> Result<Looked, Stop> {
        let mut request = self.request("locate");
        request["target"] = json!(target.as_str());
        request["need"] = json!(Need::Present.word());
        let answer = self.ask(&format!("look at \"{target}\""), request, Duration::ZERO).await?;
        let of = self.app.map.element(target).map_or(1, |element| element.find.len());
        Ok(match answer.why() {
            _ if answer.ok && answer.disagree => Looked::Disagree(format!("{:?}", answer.counts)),
            _ if answer.ok => Looked::Found { candidate: answer.served, of },
            "ambiguous" => Looked::Ambiguous(answer.counts.iter().max().copied().unwrap_or_default()),
            _ => Looked::Missing,
        })
    }

    /// A stop from the script's refusal, with what the page showed.
    pub(crate) async fn explain(&mut self, doing: &str, answer: &Answer) -> Stop {
        let of = answer.of.as_deref().unwrap_or("the element");
        let list = |words: &[String]| words.join(", ");
        let (reason, cause) = match answer.why() {
            "ambiguous" => (
                Reason::SelectorAmbiguous,
                format!(
                    "{} elements match {of}, expected 1: {}",
                    answer.counts.iter().max().unwrap_or(&0),
                    list(&answer.several)
                ),
            ),
            "covered" => (
                Reason::BlockedByOverlay,
                format!("{of} is covered by {}", answer.cover.as_deref().unwrap_or("something")),
            ),
            "disabled" if !answer.offered.is_empty() => {
                (Reason::RoleNotOffered, format!("it is among the options of {of}, and cannot be chosen"))
            }
            "disabled" => (Reason::Timeout, format!("{of} stayed disabled")),
            "moving" => (Reason::Timeout, format!("{of} did not come to rest")),
            "objection" => (Reason::Ambiguous, answer.objection.clone().unwrap_or_default()),
            "already_open" => {
                (Reason::BlockedByOverlay, format!("\"{of}\" was open before it was called for"))
            }
            "lost_click" => (
                Reason::Timeout,
                format!(
                    "the click before it had no effect{}",
                    answer.objection.as_ref().map(|why| format!(": {why}")).unwrap_or_default()
                ),
            ),
            "several_taken" => (
                Reason::Unsupported,
                format!(
                    "{of} takes several at once, and what else is chosen would stay: choose with {{roles}}"
                ),
            ),
            "untold" => (Reason::Unsupported, format!("{of} does not say which of its options are chosen")),
            "busy" => (Reason::Timeout, "the list went on loading".to_owned()),
            "still_there" => (Reason::Timeout, format!("{of} did not go away")),
            "differs" => {
                let why = answer.objection.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
                (Reason::ConsoleError, format!("{of} holds {:?}{why}", answer.holds))
            }
            _ if !answer.offered.is_empty() => {
                (Reason::RoleNotOffered, format!("not among the options of {of}: {}", list(&answer.offered)))
            }
            _ => {
                let votes = answer.counts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                let nearby = if answer.nearby.is_empty() {
                    String::new()
                } else {
                    format!("; of that kind there are: {}", list(&answer.nearby))
                };
                let foreign = if answer.foreign.is_empty() {
                    String::new()
                } else {
                    let hosts = list(&answer.foreign);
                    format!("; a frame of another site ({hosts}) is on the page, and cannot be looked into")
                };
                (
                    Reason::SelectorMissing,
                    format!("no element matches {of} (votes of its candidates: {votes}){nearby}{foreign}"),
                )
            }
        };
        // What had less than its time may well have come.
        let is_cut = self.is_over() && reason == Reason::SelectorMissing;
        let mut stop = Stop::new(if is_cut { Reason::Timeout } else { reason }, doing, cause);
        stop.seen = match &answer.seen {
            Some(seen) => Some(seen.clone()),
            None => {
                let request = json!({ "do": "describe", "map": self.map_json });
                self.page.ask(request, Duration::from_secs(2)).await.ok().and_then(|answer| answer.seen)
            }
        };
        stop
    }
}

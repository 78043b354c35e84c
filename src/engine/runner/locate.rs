//! From a name of the map to exactly one element, and the guarded click on it.

use std::time::Duration;

use serde_json::{Map as Object, Value, json};
use tokio::time::Instant;

use super::flow::{Flow, LastClick, Person};
use super::list::MEMBERS;
use super::page::Answer;
use super::stop::Stop;
use crate::domain::outcome::Reason;
use crate::engine::app::{InterruptDoes, List, Never, Target};
use crate::engine::browser::{BrowserError, ElementId, Point};

/// How often something is tried anew because the page moved under it, or took only half of a click.
pub(crate) const TRIES: usize = 8;

/// The same, at least, for the click that makes a change real: its element has to stay for as long as the driver needs.
const COMMITS: usize = 24;
/// A request that begins this soon after a click was set off by it.
const HEARD: Duration = Duration::from_millis(400);
/// So many of these wait for the element to come to rest.
const RESTED: usize = 4;

/// Counts the tries at something a page may replace meanwhile: so many at least, and more as long as there is time. On a
/// slow machine a restless page is quicker than any number.
pub(crate) fn tries(least: usize, time: Duration) -> impl Iterator<Item = usize> {
    let end = Instant::now() + time;
    (0..).take_while(move |number| *number < least || Instant::now() < end)
}

/// What is wanted of an element.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Click,
    Fill,
    Present,
    /// Everything that a click needs but rest.
    Proof,
}

impl Need {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::Fill => "fill",
            Self::Present => "present",
            Self::Proof => "proof",
        }
    }
}

/// Whether a committing click reached the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// It did, or nobody can tell.
    Perhaps,
    /// The guard answers for it: the page saw nothing.
    No,
}

impl Flow<'_> {
    /// The part of every request that is the same: the map with its placeholders filled, and whose row it is about.
    pub(crate) fn request(&self, verb: &str) -> Value {
        let mut request = json!({ "do": verb, "map": self.map_json, "watch": self.watch });
        if self.dismissing {
            request["calm"] = json!(true);
        }
        if let Some(Person { row_area, column, keys, page, .. }) = &self.person {
            request["row"] = json!({ "area": row_area, "column": column, "keys": keys });
            if let Some(page) = page {
                request["page"] = json!(format!("{page}.{column}"));
            }
        }
        request
    }

    /// Finds an element and waits until it can be used.
    pub(crate) async fn locate(
        &mut self,
        doing: &str,
        target: &Target,
        need: Need,
        more: Value,
        wait: Duration,
    ) -> Result<Answer, Stop> {
        let mut request = self.request("locate");
        request["target"] = json!(target.as_str());
        request["need"] = json!(need.word());
        self.mark_lost_clicks(&mut request);
        if let Value::Object(more) = more {
            for (key, value) in more {
                request[key] = value;
            }
        }
        let end = Instant::now() + wait;
        let (mut presses, mut repeated) = (0, false);
        loop {
            let rest = end.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
            let answer = self.ask(doing, request.clone(), rest.min(wait)).await?;
            if answer.ok {
                self.note_drift(target, &answer);
                return Ok(answer);
            }
            // A click that did reach the page is repeated once at the most (F26), half a click a few times.
            let reached = answer.status.as_deref() == Some("clicked");
            presses += usize::from(matches!(answer.status.as_deref(), Some("passed" | "late")));
            let may_repeat = presses <= TRIES && !(reached && (repeated || self.has_click_sent()));
            if answer.why() == "lost_click" && Instant::now() < end && may_repeat {
                repeated |= reached;
                self.click_again(doing, &answer).await?;
                self.mark_lost_clicks(&mut request); // it is another click now that may have been lost
                continue;
            }
            if answer.why() == "lost_click" && reached {
                // It did reach the page: what is missing is not the click. What time is left is for its effect.
                self.last_click = None;
                self.mark_lost_clicks(&mut request);
                continue;
            }
            return Err(self.explain(doing, &answer).await);
        }
    }

    /// The page asked for something as the last click came: it did hear it (F26).
    fn has_click_sent(&self) -> bool {
        let sent = |click: &LastClick| self.page.has_sent_between(click.before, click.made + HEARD);
        self.last_click.as_ref().is_some_and(sent)
    }

    /// Clicks an element that commits nothing: two requests, locate and click.
    pub(crate) async fn click(
        &mut self,
        doing: &str,
        target: &Target,
        mentions: &[String],
        wait: Duration,
    ) -> Result<(), Stop> {
        let closed = self.must_be_closed(target);
        let mut more = json!({ "arm": true, "mentions": mentions, "own": self.own(), "closed": closed });
        if !self.watch {
            more["held"] = json!(self.held); // a password goes with its address, or not at all
        }
        self.click_armed(doing, target, more, wait).await?;
        Ok(())
    }

    /// Clicks an option of a control, whose list is open if it has one.
    pub(crate) async fn click_option(
        &mut self,
        doing: &str,
        target: &Target,
        accept: &[Value],
        wait: Duration,
    ) -> Result<(), Stop> {
        self.click_armed(doing, target, json!({ "arm": true, "option": accept, "own": self.own() }), wait)
            .await
    }

    pub(super) async fn click_armed(
        &mut self,
        doing: &str,
        target: &Target,
        more: Value,
        wait: Duration,
    ) -> Result<(), Stop> {
        for _ in 0..TRIES {
            let found = self.locate(doing, target, Need::Click, more.clone(), wait).await?;
            if self.press(doing, target, &found, more.clone()).await? {
                return Ok(());
            }
        }
        Err(Stop::new(Reason::Timeout, doing, "the element moved each time it was about to be clicked"))
    }

    /// Clicks what was located and armed. That the click reaches the element is seen to by the next step (F26).
    /// `false`: the place went out of view before, nothing was pressed.
    pub(crate) async fn press(
        &mut self,
        doing: &str,
        target: &Target,
        found: &Answer,
        more: Value,
    ) -> Result<bool, Stop> {
        let before = self.page.mark();
        match self.page.browser().click(place_of(doing, found)?).await {
            // Interrupted: the click led to another page before the driver could answer.
            Ok(()) | Err(BrowserError::Interrupted { .. }) => {
                let (armed, made) = (self.armed, Instant::now());
                self.last_click = Some(LastClick { target: target.clone(), more, armed, before, made });
                Ok(true)
            }
            Err(error) if moved(&error) => {
                self.last_click = None;
                Ok(false)
            }
            Err(error) => Err(Stop::browser(doing, &error)),
        }
    }

    /// The click before this step reached nobody: it is done again (F26), in one go, by element. Only ever before the
    /// commit.
    pub(crate) async fn click_again(&mut self, doing: &str, lost: &Answer) -> Result<(), Stop> {
        let Some(LastClick { target, more, .. }) = self.last_click.clone() else {
            return Err(self.explain(doing, lost).await);
        };
        tracing::debug!(%target, status = lost.status, objection = lost.objection, "click lost");
        let mut request = self.request("locate");
        request["target"] = json!(target.as_str());
        // No rest: where the element is, the browser finds out at the click, and that it is the right one, the guard.
        request["need"] = json!(Need::Proof.word());
        request["give"] = json!(true);
        request["restless"] = json!(true);
        merge(&mut request, &more);
        let found = self.ask(doing, request, Duration::from_secs(10)).await?;
        if !found.ok {
            if found.why() == "already_open" {
                self.last_click = None; // it did open after all
                return Ok(());
            }
            return Err(self.explain(doing, &found).await);
        }
        let before = self.page.mark();
        match self.page.browser().click_element(&element_of(doing, &found)?).await {
            // What reached nobody, or led to another page, the next look finds out.
            Ok(()) | Err(BrowserError::Interrupted { .. } | BrowserError::NotInteractable { .. }) => {}
            Err(error) if moved(&error) => {}
            Err(error) => return Err(Stop::browser(doing, &error)),
        }
        let (armed, made) = (self.armed, Instant::now());
        self.last_click = Some(LastClick { target, more, armed, before, made });
        Ok(())
    }

    /// The click that makes a change real. Everything was checked and is checked once more at its moment; it is tried
    /// again only while the guard proves that the page saw nothing of it.
    ///
    /// By element, unlike clicks that may be lost: the browser presses and lets go in one go then, and a page cannot replace the
    /// button in between, which would leave half a click behind that nobody may repeat.
    pub(crate) async fn click_commit(
        &mut self,
        doing: &str,
        target: &Target,
        more: &Value,
        wait: Duration,
    ) -> (Delivered, Option<Stop>) {
        self.last_click = None;
        let (mut last, mut refused) = (None, None);
        let armed = with(&with(more, "arm", json!(true)), "give", json!(true));
        let mut clicks = 0;
        for number in tries(COMMITS, wait) {
            clicks = number + 1;
            // A dialog may not listen while it slides in. A page that replaced the button each time never lets it rest.
            let need = if number < RESTED { Need::Click } else { Need::Proof };
            let more = with(&armed, "restless", json!(number > 0));
            let located = self.locate(doing, target, need, more, wait).await;
            let found = match located {
                Ok(found) => found,
                Err(stop) => return (Delivered::No, Some(stop)),
            };
            refused = match self.click_found(&found).await {
                Ok(()) => None,
                Err(error) if moved(&error) => None,
                Err(error @ BrowserError::NotInteractable { .. }) => Some(Stop::browser(doing, &error)),
                Err(error) => return (Delivered::Perhaps, Some(Stop::browser(doing, &error))),
            };
            let guard = match self.ask(doing, self.request("guard"), Duration::from_secs(10)).await {
                Ok(guard) => guard,
                Err(stop) => return (Delivered::Perhaps, Some(stop)),
            };
            tracing::debug!(%target, status = guard.status, objection = guard.why, "commit clicked");
            if !matches!(guard.status.as_deref(), Some("armed" | "swallowed")) {
                return (Delivered::Perhaps, None);
            }
            last = guard.why;
        }
        let cause = format!(
            "the page moved under each of {clicks} clicks, none reached it: {}",
            last.unwrap_or_else(|| "element replaced".to_owned())
        );
        (Delivered::No, refused.or_else(|| Some(Stop::new(Reason::Timeout, doing, cause))))
    }

    /// By element, but in a frame: there the driver knows places only.
    async fn click_found(&mut self, found: &Answer) -> Result<(), BrowserError> {
        match (found.element(), found.at()) {
            (Some(element), _) => self.page.browser().click_element(&element).await,
            (None, Some(place)) if found.is_framed => self.page.browser().click(place).await,
            _ => Err(BrowserError::NoSuchElement { doing: "click" }),
        }
    }

    /// Areas that must not be open yet when a row is clicked: what shows there afterwards belongs to this row (F1).
    fn must_be_closed(&self, target: &Target) -> Vec<String> {
        match &self.person {
            Some(person) if target.area() == person.row_area => self.later_areas.clone(),
            _ => Vec::new(),
        }
    }

    /// The addresses that may be mentioned where a change is committed: the person's own.
    pub(crate) fn own(&self) -> Vec<String> {
        if !self.people.is_empty() {
            return self.people.clone();
        }
        let Some(person) = &self.person else { return self.inputs.get("email").into_iter().collect() };
        let email = person.email.as_str();
        let more = (!person.keys.iter().any(|key| key == email)).then(|| email.to_owned());
        person.keys.iter().cloned().chain(more).collect()
    }

    /// Has the script tell if the click before reached nobody, going by that click's own guard.
    pub(crate) fn mark_lost_clicks(&self, request: &mut Value) {
        request["after_click"] = self.last_click.as_ref().map_or(json!(false), |click| json!(click.armed));
    }

    /// The person's name, should it read like an address: some people are called by somebody's.
    pub(crate) fn name_as_address(&self) -> Vec<String> {
        let name = self.inputs.get("member.name").unwrap_or_default();
        name.split_whitespace().filter(|word| word.contains('@')).map(str::to_ascii_lowercase).collect()
    }

    fn note_drift(&mut self, target: &Target, answer: &Answer) {
        let served = answer.served;
        self.trail.voted(target.as_str(), &answer.counts, served);
        if served > 0 {
            self.trail.drift(format!(
                "{target}: candidate {} served (votes {:?})",
                served + 1,
                answer.counts
            ));
        } else if answer.disagree {
            self.trail
                .drift(format!("{target}: candidates match different elements (votes {:?})", answer.counts));
        }
    }

    /// The map as the script takes it. Elements whose placeholders are not known cannot be found.
    pub(crate) fn map_json(app: &crate::engine::app::App, inputs: &super::inputs::Inputs) -> Value {
        let fill = |name: &str| inputs.get(name);
        let element = |element: &crate::engine::app::Element| {
            element.to_json(&fill).unwrap_or_else(|missing| json!({ "find": [{ "missing": missing.0 }] }))
        };
        let areas: Object<String, Value> = app.map.areas.iter().map(|(name, area)| {
            let elements: Object<String, Value> = area.elements.iter().map(|(name, spec)| (name.clone(), element(spec))).collect();
            (name.clone(), json!({ "root": area.root.as_ref().map(element), "within": area.within, "ready": area.ready, "elements": elements }))
        }).collect();
        let messages: Vec<Value> = app.map.messages.iter().map(|message| {
            json!({ "at": message.at.as_str(), "text": message.text.as_ref().and_then(|text| text.to_json(&fill).ok()) })
        }).collect();
        let interrupts: Vec<Value> = app
            .map
            .interrupts
            .iter()
            .map(|interrupt| {
                let sign_in = matches!(interrupt.does, InterruptDoes::Means(Reason::SignedOut));
                json!({ "at": interrupt.at.as_str(), "sign_in": sign_in })
            })
            .collect();
        let never: Vec<Value> = app
            .map
            .never
            .iter()
            .filter_map(|never| match never {
                Never::Name(text) => text.to_json(&fill).ok().map(|name| json!({ "name": name })),
                Never::At(target) => Some(json!({ "at": target.as_str() })),
                Never::Request(_) => None, // the browser refuses it
            })
            .collect();
        let rows = app.map.lists.get(MEMBERS).map(List::all_rows).unwrap_or_default();
        json!({ "test_attribute": app.map.test_attribute, "areas": areas, "rows": rows, "messages": messages, "interrupts": interrupts, "never": never })
    }
}

/// The request with one more key.
pub(crate) fn with(request: &Value, key: &str, value: Value) -> Value {
    let mut request = request.clone();
    request[key] = value;
    request
}

fn merge(request: &mut Value, more: &Value) {
    for (key, value) in more.as_object().into_iter().flatten() {
        request[key] = value.clone();
    }
}

pub(crate) fn place_of(doing: &str, answer: &Answer) -> Result<Point, Stop> {
    answer.at().ok_or_else(|| Stop::new(Reason::SelectorMissing, doing, "the page gave no place"))
}

pub(crate) fn element_of(doing: &str, answer: &Answer) -> Result<ElementId, Stop> {
    answer.element().ok_or_else(|| Stop::new(Reason::SelectorMissing, doing, "the page gave no element"))
}

/// The page moved before anything was done: locate again.
pub(crate) fn moved(error: &BrowserError) -> bool {
    matches!(
        error,
        BrowserError::Stale { .. } | BrowserError::NoSuchElement { .. } | BrowserError::OutOfBounds { .. }
    )
}

//! Controls that take several values: fields with a separator or with chips, rows of cells, and lists of which several
//! options are chosen. Each is made to hold exactly what was asked for, and read back (F10); what it holds already and
//! nobody asked for is not cleared away but told.

use std::time::Duration;

use serde_json::{Value, json};

use super::controls::TYPINGS;
use super::flow::Flow;
use super::inputs::Filled;
use super::locate::{Need, element_of, moved, with};
use super::page::{Answer, Turn};
use super::stop::Stop;
use super::words::unknown;
use crate::domain::outcome::Reason;
use crate::engine::app::{Separator, Target, Template};
use crate::engine::browser::key;

/// How long a field may take to make a chip of what was typed, a list to show what was chosen, or to close.
const TAKES: Duration = Duration::from_secs(5);
/// So many options of one list are clicked at the most, and its list opened as often.
const TURNS: usize = 100;
/// How often Escape is pressed to close a list that stays open over the page.
const ESCAPES: usize = 2;

impl Flow<'_> {
    /// Fills a field of several values: the lines of what is wanted, one after the other.
    pub(super) async fn fill_several(
        &mut self,
        doing: &str,
        target: &Target,
        value: &Template,
        wanted: &Filled,
        wait: Duration,
    ) -> Result<(), Stop> {
        let element = self.app.map.element(target);
        let Some(sep) = element.and_then(|element| element.sep.clone()) else {
            let cause = "it takes one value: the map does not say what stands between several (`sep`)";
            return Err(Stop::new(Reason::Unsupported, doing, cause));
        };
        let has_chips = element.is_some_and(|element| !element.chips.is_empty());
        let values: Vec<&str> =
            wanted.expose().lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let held = if has_chips {
            self.fill_chips(doing, target, &values, &sep, wait).await?
        } else {
            self.fill_list(doing, target, &values, &sep, wait).await?
        };
        let (people, _) = self.told_by(value, wanted.expose());
        self.held.push(with(&held, "people", people));
        Ok(())
    }

    /// Types all of them at once, and reads the field back as a list.
    async fn fill_list(
        &mut self,
        doing: &str,
        target: &Target,
        values: &[&str],
        sep: &Separator,
        wait: Duration,
    ) -> Result<Value, Stop> {
        let held = json!({ "target": target.as_str(), "values": values });
        let typed = if values.is_empty() { key::BACKSPACE.to_string() } else { values.join(&typed_as(sep)) };
        let mut last = Answer::default();
        for _ in 0..TYPINGS {
            self.locate(doing, target, Need::Fill, json!({ "values": values }), wait).await?;
            self.type_there(doing, &typed).await?;
            let now = self.holds_now(doing, &held, Duration::from_secs(2)).await?;
            if now.ok {
                return Ok(held);
            }
            // The same once more is what the page makes of it.
            let is_lasting = !now.holds.is_empty() && last.holds == now.holds;
            last = now;
            if is_lasting {
                break;
            }
        }
        Err(self.explain(doing, &last).await)
    }

    /// Types one after the other and waits for the chip of each.
    async fn fill_chips(
        &mut self,
        doing: &str,
        target: &Target,
        values: &[&str],
        sep: &Separator,
        wait: Duration,
    ) -> Result<Value, Stop> {
        let held = |values: &[&str]| json!({ "target": target.as_str(), "values": values });
        let mut last = Answer::default();
        for _ in 0..values.len() + TYPINGS {
            let found = self.locate(doing, target, Need::Fill, json!({ "values": values }), wait).await?;
            if !found.strangers.is_empty() {
                let cause = format!("it holds what nobody asked for: {}", found.strangers.join(", "));
                return Err(Stop::new(Reason::Ambiguous, doing, cause));
            }
            let Some(next) = values.iter().find(|value| found.missing.iter().any(|other| other == *value))
            else {
                break;
            };
            self.type_there(doing, &format!("{next}{}", typed_as(sep))).await?;
            let there =
                |value: &&&str| **value == *next || !found.missing.iter().any(|other| other == **value);
            let so_far: Vec<&str> = values.iter().filter(there).copied().collect();
            last = self.holds_now(doing, &held(&so_far), TAKES).await?;
            if last.objection.is_some() {
                return Err(self.explain(doing, &last).await);
            }
        }
        let all = self.holds_now(doing, &held(values), TAKES).await?;
        if all.ok {
            return Ok(held(values));
        }
        let answer = if last.ok { all } else { last };
        Err(self.explain(doing, &answer).await)
    }

    /// Types into a row of inputs for one character each, from the first on; the page leads from one to the next. While
    /// signing in the last of them may lead on by itself.
    pub(super) async fn fill_cells(
        &mut self,
        doing: &str,
        target: &Target,
        wanted: &Filled,
        wait: Duration,
    ) -> Result<(), Stop> {
        let secret = json!({ "secret": wanted.is_secret });
        let held = json!({ "target": target.as_str(), "accept": [{ "exactly": wanted.expose() }] });
        let mut last = Answer::default();
        for _ in 0..TYPINGS {
            self.clear_cells(doing, target, wanted, &secret, wait).await?;
            self.locate(doing, target, Need::Fill, secret.clone(), wait).await?;
            self.type_there(doing, wanted.expose()).await?;
            let mut request = with(&held, "secret", json!(wanted.is_secret));
            request["may_leave"] = json!(!self.watch);
            last = self.holds_now(doing, &request, Duration::from_secs(2)).await?;
            if last.ok {
                if !wanted.is_secret {
                    self.held.push(held);
                }
                return Ok(());
            }
        }
        Err(self.explain(doing, &last).await)
    }

    /// Of what a person typed before them, or a first try left behind, one goes with each Backspace.
    pub(super) async fn clear_cells(
        &mut self,
        doing: &str,
        target: &Target,
        wanted: &Filled,
        secret: &Value,
        wait: Duration,
    ) -> Result<(), Stop> {
        let clear = with(secret, "clear", json!(true));
        for _ in 0..wanted.expose().chars().count().max(1) * 2 {
            let found = self.locate(doing, target, Need::Fill, clear.clone(), wait).await?;
            if found.is_clear {
                break;
            }
            self.type_there(doing, &key::BACKSPACE.to_string()).await?;
        }
        Ok(())
    }

    pub(super) async fn type_there(&mut self, doing: &str, keys: &str) -> Result<(), Stop> {
        self.last_click = None;
        self.page.browser().keys(keys).await.map_err(|error| Stop::browser(doing, &error))
    }

    /// Reads a control back until it holds what it should.
    pub(super) async fn holds_now(
        &mut self,
        doing: &str,
        held: &Value,
        wait: Duration,
    ) -> Result<Answer, Stop> {
        let mut request = self.request("holds");
        for (key, value) in held.as_object().into_iter().flatten() {
            request[key] = value.clone();
        }
        self.ask(doing, request, wait).await
    }

    /// Makes a control hold exactly this set of options: one click for each that is not as it should be.
    pub(super) async fn choose_set(
        &mut self,
        doing: &str,
        target: &Target,
        set: &[Vec<Value>],
        wait: Duration,
    ) -> Result<(), Stop> {
        let own = json!({ "arm": true, "own": self.own() });
        let mut was_opened = false;
        let mut opened = false;
        for _ in 0..TURNS {
            let more = with(&with(&own, "set", json!(set)), "opened", json!(opened));
            let found = self.locate(doing, target, Need::Click, more, wait).await?;
            if found.is_complete {
                return self.set_is_complete(doing, target, set, was_opened).await;
            }
            if found.is_closed {
                opened = self.press(doing, target, &found, with(&own, "opens", json!(true))).await?;
                was_opened |= opened;
                continue;
            }
            let Some(turn) = found.turn.clone() else { break };
            if self.turn_option(doing, target, &found, &own).await?
                && self.has_turned(doing, target, &turn, opened).await?
            {
                opened = false;
            }
        }
        Err(Stop::new(Reason::Timeout, doing, "its options did not come to be as they should"))
    }

    /// `false`: the option went out of view or was replaced before, nothing was clicked.
    async fn turn_option(
        &mut self,
        doing: &str,
        target: &Target,
        found: &Answer,
        own: &Value,
    ) -> Result<bool, Stop> {
        if found.kind.as_deref() != Some("select") {
            return self.press(doing, target, found, own.clone()).await;
        }
        if found.is_framed {
            let cause = "several options of a native select cannot be chosen in a frame";
            return Err(Stop::new(Reason::Unsupported, doing, cause));
        }
        self.last_click = None;
        match self.page.browser().click_element(&element_of(doing, found)?).await {
            Ok(()) => Ok(true),
            Err(error) if moved(&error) => Ok(false),
            Err(error) => Err(Stop::browser(doing, &error)),
        }
    }

    /// Waits for what a click on an option does. `true`: the list has closed with it.
    async fn has_turned(
        &mut self,
        doing: &str,
        target: &Target,
        turn: &Turn,
        opened: bool,
    ) -> Result<bool, Stop> {
        let mut request = self.request("turned");
        request["target"] = json!(target.as_str());
        request["turn"] = json!(turn);
        request["opened"] = json!(opened);
        self.mark_lost_clicks(&mut request);
        let answer = self.ask(doing, request, TAKES).await?;
        // It is clicked anew, if at all, once it was looked at anew.
        self.last_click = None;
        if answer.ok { Ok(answer.is_closed) } else { Err(self.explain(doing, &answer).await) }
    }

    /// Reads the set back, and closes the list if it was opened for it. A closed list shows nothing: what its control says
    /// then has to stay the same until the commit.
    async fn set_is_complete(
        &mut self,
        doing: &str,
        target: &Target,
        set: &[Vec<Value>],
        was_opened: bool,
    ) -> Result<(), Stop> {
        let mut held = json!({ "target": target.as_str(), "set": set, "opened": was_opened });
        let answer = self.holds_now(doing, &held, Duration::from_secs(2)).await?;
        if !answer.ok {
            return Err(self.explain(doing, &answer).await);
        }
        self.last_click = None;
        if was_opened && let Some(shown) = self.close_list(doing, target).await? {
            held["opened"] = json!(false);
            held["accept"] = shown.iter().map(|text| json!({ "exactly": text })).collect();
        }
        self.held.push(held);
        Ok(())
    }

    /// Closes a list with Escape as long as it is open, on its control if need be. Gives what the control says once it is closed; `None` if
    /// the list stays: whether it is in the way, the next step finds out.
    async fn close_list(&mut self, doing: &str, target: &Target) -> Result<Option<Vec<String>>, Stop> {
        let mut request = self.request("closed");
        request["target"] = json!(target.as_str());
        request["opened"] = json!(true);
        for escapes in 0..=ESCAPES {
            request["focus"] = json!(escapes > 0);
            // Where it closes by itself, or with the focus, Escape would close what is behind it.
            let patience = if escapes == 0 { Duration::from_millis(100) } else { Duration::from_millis(500) };
            let answer = self.ask(doing, request.clone(), patience).await?;
            if answer.ok {
                return Ok(Some(answer.holds));
            }
            if escapes < ESCAPES {
                self.type_there(doing, &key::ESCAPE.to_string()).await?;
            }
        }
        Ok(None)
    }

    /// The set of options that a value asks for, if it asks for one.
    pub(super) fn wanted_set(&self, doing: &str, value: &Template) -> Result<Option<Vec<Vec<Value>>>, Stop> {
        self.inputs.accepted_set(value).map_err(|missing| unknown(doing, &missing.0))
    }
}

/// The keys that stand between two values.
fn typed_as(sep: &Separator) -> String {
    match sep {
        Separator::Enter => key::ENTER.to_string(),
        Separator::Tab => key::TAB.to_string(),
        Separator::Text(text) => text.clone(),
    }
}

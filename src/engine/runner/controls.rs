//! What is typed and chosen, and read back from the control before the flow goes on (F10): a dialog's default may be the
//! most powerful choice there is.

use std::time::Duration;

use serde_json::{Value, json};

use super::flow::{Flow, STEP};
use super::locate::{Need, TRIES, element_of, moved, with};
use super::page::Answer;
use super::stop::Stop;
use super::words::unknown;
use crate::domain::outcome::Reason;
use crate::engine::app::{Step, Target, Template, Verb};
use crate::engine::browser::key;

/// How often an option is chosen anew because the page replaced it meanwhile: the driver takes its time to choose.
const PICKS: usize = 3 * TRIES;

/// How long what was typed may take to show itself as it was.
const LASTS: Duration = Duration::from_millis(300);
/// How often a field is typed into anew because the page put something else there.
pub(super) const TYPINGS: usize = 4;
/// How often something is chosen, should the control hold something else afterwards: a page that paints itself anew at that
/// moment has lost the choice.
const CHOICES: usize = 2;

impl Flow<'_> {
    pub(super) async fn fill(
        &mut self,
        doing: &str,
        target: &Target,
        value: &Template,
        wait: Duration,
    ) -> Result<(), Stop> {
        let is_code = value.names().contains(&"totp");
        if is_code {
            self.make_code(doing).await?;
        }
        let wanted = self.inputs.fill_any(value).map_err(|missing| unknown(doing, &missing.0))?;
        if is_code {
            return self.fill_code(doing, target, &wanted, wait).await;
        }
        let element = self.app.map.element(target);
        if element.is_some_and(|element| element.cells) {
            return self.fill_cells(doing, target, &wanted, wait).await;
        }
        let is_list = element.is_some_and(|element| element.sep.is_some());
        if (is_list && !wanted.is_secret) || value.names().contains(&"emails") {
            return self.fill_several(doing, target, value, &wanted, wait).await;
        }
        let accept = json!([{ "exactly": wanted.expose() }]);
        let mut last = None;
        for _ in 0..TYPINGS {
            self.locate(doing, target, Need::Fill, json!({ "secret": wanted.is_secret }), wait).await?;
            self.last_click = None;
            let typed = if wanted.expose().is_empty() {
                key::BACKSPACE.to_string()
            } else {
                wanted.expose().to_owned()
            };
            self.page.browser().keys(&typed).await.map_err(|error| Stop::browser(doing, &error))?;
            let answer = self.holds(doing, target, &accept, wanted.is_secret).await?;
            if answer.ok {
                if !self.watch {
                    self.typed.push((target.clone(), value.clone()));
                    self.held.push(
                        json!({ "target": target.as_str(), "accept": accept, "secret": wanted.is_secret }),
                    );
                } else if !wanted.is_secret {
                    let (people, _) = self.told_by(value, wanted.expose());
                    let held = json!({ "target": target.as_str(), "accept": accept, "people": people });
                    self.held.push(held);
                }
                return Ok(());
            }
            // The same once more is what the page makes of it. Nothing at all is a field that was replaced meanwhile.
            let has_some = answer.holds.iter().any(|text| !text.is_empty());
            let is_lasting = last.as_ref().is_some_and(|last: &Answer| last.holds == answer.holds);
            last = Some(answer);
            if has_some && is_lasting {
                break;
            }
        }
        Err(self.explain(doing, &last.unwrap_or_default()).await)
    }

    /// Before what was typed for a sign-in is sent: a page that only now learns that nobody is signed in may have emptied
    /// its fields since, and a password without its address would be taken for a wrong one.
    pub(super) async fn type_again(&mut self, doing: &str, wait: Duration) -> Result<(), Stop> {
        for (target, value) in std::mem::take(&mut self.typed) {
            let text = self.inputs.fill_any(&value).map_err(|missing| unknown(doing, &missing.0))?;
            let mut request = self.request("holds");
            request["target"] = json!(target.as_str());
            request["accept"] = json!([{ "exactly": text.expose() }]);
            request["secret"] = json!(true);
            request["may_leave"] = json!(true); // an earlier page of the sign-in asked for it
            let answer = self.ask(doing, request, LASTS).await?;
            if answer.ok {
                self.typed.push((target, value));
            } else {
                self.held.retain(|held| held["target"] != json!(target.as_str()));
                tracing::info!(%target, "what was typed is gone, and typed again");
                Box::pin(self.fill(doing, &target, &value, wait)).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn choose(
        &mut self,
        doing: &str,
        target: &Target,
        value: &Template,
        wait: Duration,
    ) -> Result<(), Stop> {
        if let Some(set) = self.wanted_set(doing, value)? {
            return self.choose_set(doing, target, &set, wait).await;
        }
        let accept = self.inputs.accepted(value).map_err(|missing| unknown(doing, &missing.0))?;
        let mut answer = Answer::default();
        for _ in 0..CHOICES {
            self.choose_once(doing, target, &accept, wait).await?;
            answer = self.holds(doing, target, &json!(accept), false).await?;
            if answer.ok {
                self.held.push(json!({ "target": target.as_str(), "accept": accept }));
                return Ok(());
            }
        }
        Err(self.explain(doing, &answer).await)
    }

    /// A look at what the control holds already; the read-back after it decides.
    fn chosen(&self, found: &Answer, accept: &[Value]) -> bool {
        accept
            .iter()
            .filter_map(|spec| spec["is"].as_str())
            .any(|word| found.holds.iter().any(|held| held.eq_ignore_ascii_case(word)))
    }

    /// Two requests for a native select; two for opening a list and two for its option.
    async fn choose_once(
        &mut self,
        doing: &str,
        target: &Target,
        accept: &[Value],
        wait: Duration,
    ) -> Result<(), Stop> {
        let armed = json!({ "arm": true, "own": self.own() });
        for _ in 0..PICKS {
            let more = with(&armed, "choose", json!(accept));
            let found = self.locate(doing, target, Need::Click, more, wait).await?;
            if self.chosen(&found, accept) {
                return Ok(());
            }
            match found.kind.as_deref() {
                Some("select") if found.is_framed => {
                    return self.type_option(doing, target, &found, wait).await;
                }
                Some("select") => {
                    self.last_click = None;
                    match self.page.browser().click_element(&element_of(doing, &found)?).await {
                        Ok(()) => return Ok(()),
                        Err(error) if moved(&error) => {}
                        Err(error) => return Err(Stop::browser(doing, &error)),
                    }
                }
                Some("listbox" | "radiogroup") => {
                    return self.click_option(doing, target, accept, wait).await;
                }
                Some("combobox" | "button") => {
                    if self.open_options(doing, target, &found, &armed, wait).await? {
                        return self.click_option(doing, target, accept, wait).await;
                    }
                }
                kind => {
                    let cause = format!("cannot choose in a control of kind {:?}", kind.unwrap_or("unknown"));
                    return Err(Stop::new(Reason::Unsupported, doing, cause));
                }
            }
        }
        Err(Stop::new(Reason::Timeout, doing, "the option was replaced each time it was about to be chosen"))
    }

    /// Chooses in a native select by typing what the option is called: in a frame the driver cannot click it. That it found
    /// the right one the read-back tells.
    async fn type_option(
        &mut self,
        doing: &str,
        target: &Target,
        found: &Answer,
        wait: Duration,
    ) -> Result<(), Stop> {
        self.locate(doing, target, Need::Fill, json!({}), wait).await?;
        self.last_click = None;
        let called = found.name.clone().unwrap_or_default();
        self.page.browser().keys(&called).await.map_err(|error| Stop::browser(doing, &error))
    }

    /// Clicks what opens a list: the control itself, unless the map names something else.
    async fn open_options(
        &mut self,
        doing: &str,
        target: &Target,
        found: &Answer,
        armed: &Value,
        wait: Duration,
    ) -> Result<bool, Stop> {
        if self.app.map.element(target).is_none_or(|element| element.opens.is_empty()) {
            return self.press(doing, target, found, armed.clone()).await;
        }
        let more = with(armed, "opens", json!(true));
        let opener = self.locate(doing, target, Need::Click, more.clone(), wait).await?;
        self.press(doing, target, &opener, more).await
    }

    pub(super) async fn check(
        &mut self,
        doing: &str,
        target: &Target,
        to: bool,
        wait: Duration,
    ) -> Result<(), Stop> {
        let accept = json!([{ "is": to.to_string() }]);
        // The real checkbox is often hidden: its label is clicked then, and the box read back all the same.
        let found = self.locate(doing, target, Need::Present, json!({}), wait).await?;
        if found.holds.first().map(String::as_str) != Some(if to { "true" } else { "false" }) {
            let more = json!({ "arm": true, "own": self.own(), "by_label": true });
            self.click_armed(doing, target, more, wait).await?;
        }
        let answer = self.holds(doing, target, &accept, false).await?;
        if !answer.ok {
            return Err(self.explain(doing, &answer).await);
        }
        self.held.push(json!({ "target": target.as_str(), "accept": accept }));
        Ok(())
    }

    /// Whether what this step would bring about is so already: the tab is selected, the filter is set.
    pub(super) async fn is_chosen(&mut self, doing: &str, step: &Step) -> Result<bool, Stop> {
        let wait = step.timeout.unwrap_or(STEP);
        match &step.verb {
            Verb::Click { target, .. } => {
                Ok(self.locate(doing, target, Need::Present, json!({}), wait).await?.is_current)
            }
            Verb::Choose { target, value } | Verb::Fill { target, value } => {
                let accept = self.inputs.accepted(value).map_err(|missing| unknown(doing, &missing.0))?;
                let found = self.locate(doing, target, Need::Present, json!({}), wait).await?;
                Ok(self.chosen(&found, &accept))
            }
            Verb::Check { target, to } => {
                let found = self.locate(doing, target, Need::Present, json!({}), wait).await?;
                Ok(found.holds.first().map(String::as_str) == Some(if *to { "true" } else { "false" }))
            }
            _ => Ok(false),
        }
    }

    /// Reads a control back until it holds what it should, for at most two seconds.
    async fn holds(
        &mut self,
        doing: &str,
        target: &Target,
        accept: &Value,
        secret: bool,
    ) -> Result<Answer, Stop> {
        let mut request = self.request("holds");
        request["target"] = json!(target.as_str());
        request["accept"] = accept.clone();
        request["secret"] = json!(secret);
        let answer = self.ask(doing, request, Duration::from_secs(2)).await?;
        if answer.ok {
            self.last_click = None; // it did what it should, and is not to be done again
        }
        Ok(answer)
    }
}

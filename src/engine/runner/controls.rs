//! What is typed and chosen, and read back from the control before the flow goes on (F10): a dialog's default may be the
//! most powerful choice there is.

use std::time::Duration;

use serde_json::{Value, json};

use super::flow::{Flow, unknown};
use super::locate::{Need, TRIES, element_of, moved};
use super::page::Answer;
use super::stop::Stop;
use crate::domain::outcome::Reason;
use crate::engine::app::{Target, Template};
use crate::engine::browser::key;

/// How often a field is typed into anew because the page put something else there.
const TYPINGS: usize = 4;

impl Flow<'_> {
    pub(super) async fn fill(
        &mut self,
        doing: &str,
        target: &Target,
        value: &Template,
        wait: Duration,
    ) -> Result<(), Stop> {
        let wanted = self.inputs.fill_any(value).map_err(|missing| unknown(doing, &missing.0))?;
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
                if !wanted.is_secret {
                    self.held.push(json!({ "target": target.as_str(), "accept": accept }));
                }
                return Ok(());
            }
            last = Some(answer);
        }
        Err(self.explain(doing, &last.unwrap_or_default()).await)
    }

    pub(super) async fn choose(
        &mut self,
        doing: &str,
        target: &Target,
        value: &Template,
        wait: Duration,
    ) -> Result<(), Stop> {
        let accept = self.inputs.accepted(value).map_err(|missing| unknown(doing, &missing.0))?;
        let found = self.locate(doing, target, Need::Click, json!({}), wait).await?;
        if !self.chosen(&found, &accept) {
            self.choose_option(doing, target, &found, &accept, wait).await?;
        }
        let answer = self.holds(doing, target, &json!(accept), false).await?;
        if !answer.ok {
            return Err(self.explain(doing, &answer).await);
        }
        self.held.push(json!({ "target": target.as_str(), "accept": accept }));
        Ok(())
    }

    /// A look at what the control holds already; the read-back after it decides.
    fn chosen(&self, found: &Answer, accept: &[Value]) -> bool {
        accept
            .iter()
            .filter_map(|spec| spec["is"].as_str())
            .any(|word| found.holds.iter().any(|held| held.eq_ignore_ascii_case(word)))
    }

    async fn choose_option(
        &mut self,
        doing: &str,
        target: &Target,
        found: &Answer,
        accept: &[Value],
        wait: Duration,
    ) -> Result<(), Stop> {
        match found.kind.as_deref() {
            Some("select") => self.pick_option(doing, target, accept, wait).await,
            Some("listbox" | "radiogroup") => self.click_option(doing, target, accept, wait).await,
            Some("combobox" | "button") => {
                self.click(doing, target, &[], wait).await?;
                self.click_option(doing, target, accept, wait).await
            }
            kind => Err(Stop::new(
                Reason::Unsupported,
                doing,
                format!("cannot choose in a control of kind {kind:?}"),
            )),
        }
    }

    async fn pick_option(
        &mut self,
        doing: &str,
        target: &Target,
        accept: &[Value],
        wait: Duration,
    ) -> Result<(), Stop> {
        for _ in 0..TRIES {
            let more = json!({ "option": accept, "give": true });
            let option = self.locate(doing, target, Need::Present, more, wait).await?;
            self.last_click = None;
            match self.page.browser().pick(&element_of(doing, &option)?).await {
                Ok(()) => return Ok(()),
                Err(error) if moved(&error) => {}
                Err(error) => return Err(Stop::browser(doing, &error)),
            }
        }
        Err(Stop::new(Reason::Timeout, doing, "the option was replaced each time it was about to be chosen"))
    }

    pub(super) async fn check(
        &mut self,
        doing: &str,
        target: &Target,
        to: bool,
        wait: Duration,
    ) -> Result<(), Stop> {
        let accept = json!([{ "is": to.to_string() }]);
        let found = self.locate(doing, target, Need::Click, json!({}), wait).await?;
        if found.holds.first().map(String::as_str) != Some(if to { "true" } else { "false" }) {
            self.click(doing, target, &[], wait).await?;
        }
        let answer = self.holds(doing, target, &accept, false).await?;
        if !answer.ok {
            return Err(self.explain(doing, &answer).await);
        }
        self.held.push(json!({ "target": target.as_str(), "accept": accept }));
        Ok(())
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
        self.ask(doing, request, Duration::from_secs(2)).await
    }
}

//! The code of a second factor: made when it is typed, and typed once.

use std::time::Duration;

use serde_json::json;

use super::flow::Flow;
use super::inputs::Filled;
use super::locate::with;
use super::stop::Stop;
use crate::domain::outcome::Reason;
use crate::engine::app::Target;

/// How long a page may take to say what it has against a code.
const ANSWER: Duration = Duration::from_secs(5);

impl Flow<'_> {
    /// Sets `{totp}` to a code that is good for some seconds more. Waiting for one takes nothing of the flow's time.
    pub(super) async fn make_code(&mut self, doing: &str) -> Result<(), Stop> {
        let Some(second_factor) = self.inputs.second_factor() else {
            let cause = "the console asks for a code, and the account in the configuration has no `totp`";
            return Err(Stop::new(Reason::CodeRequired, doing, cause));
        };
        let made = tokio::time::timeout_at(self.latest, second_factor.code()).await;
        let made = made.map_err(|_| Self::over(doing))?;
        let (code, waited) =
            made.map_err(|error| Stop::new(Reason::CodeRequired, doing, error.to_string()))?;
        self.waited(waited);
        self.inputs.set_code(code);
        Ok(())
    }

    /// Types it, into one field or a row of them. A page may take it as soon as it is whole, and a console counts wrong
    /// ones: it is never typed a second time.
    pub(super) async fn fill_code(
        &mut self,
        doing: &str,
        target: &Target,
        code: &Filled,
        wait: Duration,
    ) -> Result<(), Stop> {
        let secret = json!({ "secret": true });
        if self.app.map.element(target).is_some_and(|element| element.cells) {
            self.clear_cells(doing, target, code, &secret, wait).await?;
        }
        self.locate(doing, target, super::locate::Need::Fill, secret, wait).await?;
        self.type_there(doing, code.expose()).await?;
        let held =
            json!({ "target": target.as_str(), "accept": [{ "exactly": code.expose() }], "secret": true });
        let held = with(&held, "may_leave", json!(!self.watch));
        let answer = self.holds_now(doing, &held, Duration::from_secs(2)).await?;
        if answer.ok {
            return Ok(());
        }
        let mut request = self.request("race");
        request["any"] = json!([]);
        request["next"] = json!([]);
        let said = self.ask(doing, request, ANSWER).await?;
        match self.said_no(doing, &said) {
            Some(stop) => Err(stop),
            None => Err(self.explain(doing, &answer).await),
        }
    }
}

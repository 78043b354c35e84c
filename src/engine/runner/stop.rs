//! Why a flow could not go on: what was being done, on what, and what the page showed instead.

use serde_json::Value;

use crate::domain::outcome::Reason;
use crate::engine::browser::BrowserError;

/// A flow stopped. The message reads after "failed to".
#[derive(Debug, thiserror::Error)]
#[error("{doing}: {cause}")]
pub struct Stop {
    /// The reason of the closed list.
    pub reason: Reason,
    /// The step, in words: verb, element, place in its recording.
    pub doing: String,
    /// What was found instead.
    pub cause: String,
    /// What a person would say was on the screen (titles, dialogs, buttons), if the page could be asked.
    pub seen: Option<Value>,
    /// The browser can be used no more.
    pub is_lost: bool,
}

impl Stop {
    /// A stop without a look at the page.
    pub fn new(reason: Reason, doing: impl Into<String>, cause: impl Into<String>) -> Self {
        Self { reason, doing: doing.into(), cause: cause.into(), seen: None, is_lost: false }
    }

    /// The browser's error, while doing this.
    pub fn browser(doing: impl Into<String>, error: &BrowserError) -> Self {
        Self { is_lost: error.is_final(), ..Self::new(reason_of(error), doing, error.to_string()) }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        let mut hint = self.reason.hint().to_owned();
        if let Some(seen) = self.seen_in_words() {
            hint.push_str(&format!(" (the page then: {seen})"));
        }
        hint
    }

    /// What the page showed, in a line.
    pub(crate) fn seen_in_words(&self) -> Option<String> {
        self.seen.as_ref().map(|seen| {
            let list = |key: &str| {
                let words =
                    seen[key].as_array().map(|all| all.iter().filter_map(Value::as_str).collect::<Vec<_>>());
                words.filter(|words| !words.is_empty()).map(|words| format!("; {key}: {}", words.join(" | ")))
            };
            let path = seen["path"].as_str().unwrap_or("?");
            let parts = ["headings", "dialogs", "alerts", "buttons"].map(list);
            format!("{path}{}", parts.into_iter().flatten().collect::<String>())
        })
    }
}

/// The reason of the closed list for an error of the browser layer.
pub(crate) fn reason_of(error: &BrowserError) -> Reason {
    Reason::parse(error.reason()).unwrap_or(Reason::BrowserLost)
}

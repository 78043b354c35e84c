//! A WebDriver command as it goes to the driver: fantoccini's own list lacks some, and one it does not know panics in its
//! task. And what fantoccini's errors say, in a line.

use std::fmt;

use fantoccini::error::{CmdError, NewSessionError};
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::Value;
use url::Url;

/// One WebDriver command below `session/{id}/`.
pub(super) struct Raw {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Value>,
}

impl Raw {
    /// Delete Session: the driver answers once the browser has ended.
    pub(super) fn end() -> Self {
        Self { method: Method::DELETE, path: String::new(), body: None }
    }
}

/// Without the body: it may hold a password.
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl WebDriverCompatibleCommand for Raw {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        let path = format!("session/{}/{}", session.unwrap_or_default(), self.path);
        base.join(path.trim_end_matches('/'))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (self.method.clone(), self.body.as_ref().map(Value::to_string))
    }
}

/// Why there is no session, in the driver's words.
pub(super) fn refusal(error: NewSessionError) -> String {
    match error {
        NewSessionError::SessionNotCreated(error) => error.message.into_owned(),
        NewSessionError::UnexpectedError(CmdError::Standard(error)) => error.message.into_owned(),
        NewSessionError::NotW3C(answer) => {
            answer.get("message").and_then(Value::as_str).map_or_else(|| answer.to_string(), str::to_owned)
        }
        error => error.to_string(),
    }
}

//! Runs scripts and presses keys over WebDriver BiDi (`script.callFunction`, `input.performActions`), for Chromium: chromedriver takes no decision about a request
//! that the browser holds while it waits for a script of a classic command, and so the page would wait for the script, and
//! the script for the page. Over BiDi it does both.
//!
//! A script is the same as in Firefox ([`page::guarded`]). Argument and result travel as JSON in one text, with a number in
//! place of each element; the elements stand beside it. Their ids are those of classic commands.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout, timeout_at};

use super::bidi::{Bidi, Listener};
use super::{BrowserError, ELEMENT_KEY, page};

/// What is told: a prompt stops the page, and with it each script that is under way.
const EVENTS: [&str; 2] = ["browsingContext.userPromptOpened", "browsingContext.userPromptClosed"];

/// The page's one tab, over a connection of its own.
pub(super) struct Scripts {
    bidi: Bidi,
    tab: String,
    prompt: Arc<Prompt>,
}

/// The prompt that is open, if there is one.
#[derive(Default)]
struct Prompt {
    text: Mutex<Option<String>>,
    opened: Notify,
}

/// How a script ended, if not with an answer.
pub(super) enum Failed {
    /// As it would have anywhere.
    Told(BrowserError),
    /// With the connection, and so with the browser.
    Gone(String),
    /// The browser does not answer at all.
    Hangs,
}

impl Scripts {
    /// # Errors
    /// Why the browser cannot be used, in words.
    pub(super) async fn open(address: &str) -> Result<Self, String> {
        let prompt = Arc::new(Prompt::default());
        let bidi = Bidi::connect(address, Ear(Arc::clone(&prompt))).await?;
        let tree = bidi.send("browsingContext.getTree", json!({ "maxDepth": 0 })).await?;
        let tab = tree["contexts"][0]["context"].as_str().ok_or("the browser has no tab")?.to_owned();
        bidi.send("session.subscribe", json!({ "events": EVENTS })).await?;
        Ok(Self { bidi, tab, prompt })
    }

    /// Sends another command over its connection.
    ///
    /// # Errors
    /// As [`Bidi::send`].
    pub(super) async fn send(&self, method: &'static str, params: Value) -> Result<Value, String> {
        self.bidi.send(method, params).await
    }

    /// Runs a script, for at most `limit`; whether a browser that did not answer by then lives at all is found out until
    /// `end`.
    pub(super) async fn run(
        &self,
        script: &str,
        argument: &Value,
        going: bool,
        limit: Duration,
        end: Instant,
    ) -> Result<Value, Failed> {
        let told = |error| Err(Failed::Told(error));
        if let Some(text) = self.prompt.text().clone() {
            return told(BrowserError::Prompt { doing: "run", text });
        }
        let mut elements = Vec::new();
        let argument = taken_out(argument, &mut elements);
        let text = json!({ "type": "string", "value": argument.to_string() });
        let arguments: Vec<Value> =
            [text, json!({ "type": "boolean", "value": going })].into_iter().chain(elements).collect();
        let call = self.call(wrapped(script), arguments, limit * 2);
        let opened = self.prompt.opened.notified();
        let answer = tokio::select! {
            answer = timeout(limit, call) => answer,
            () = opened => return told(BrowserError::Interrupted { doing: "run" }),
        };
        match answer {
            Ok(Err(said)) if said.ends_with("the connection is gone") => Err(Failed::Gone(said)),
            Ok(answer) => unpacked(answer).map_err(Failed::Told),
            // A page that is busy answers nobody; a browser that hangs neither.
            Err(_) => match timeout_at(end, self.bidi.send("browsingContext.getTree", json!({}))).await {
                Ok(Ok(_)) => told(BrowserError::ScriptTimeout { after: limit }),
                _ => Err(Failed::Hangs),
            },
        }
    }

    /// Presses keys or the pointer, as WebDriver's Perform Actions does. A page that asks for something while it hears of
    /// it, and waits for the answer, is answered meanwhile.
    pub(super) async fn act(
        &self,
        doing: &'static str,
        actions: &Value,
        limit: Duration,
    ) -> Result<(), Failed> {
        let told = |error| Err(Failed::Told(error));
        if let Some(text) = self.prompt.text().clone() {
            return told(BrowserError::Prompt { doing, text });
        }
        let act = json!({ "context": self.tab, "actions": actions["actions"] });
        let acting = self.bidi.send_within(limit * 2, "input.performActions", act);
        let opened = self.prompt.opened.notified();
        tokio::select! {
            done = timeout(limit, acting) => match done {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(said)) if said.ends_with("the connection is gone") => Err(Failed::Gone(said)),
                Ok(Err(said)) if said.contains("move target out of bounds") => {
                    told(BrowserError::OutOfBounds { doing })
                }
                Ok(Err(said)) => told(refused(doing, &said)),
                Err(_) => Err(Failed::Hangs),
            },
            // It was pressed: that is what opened it.
            () = opened => Ok(()),
        }
    }

    async fn call(&self, function: String, arguments: Vec<Value>, limit: Duration) -> Result<Value, String> {
        let call = json!({
            "functionDeclaration": function,
            "arguments": arguments,
            "awaitPromise": true,
            "target": { "context": self.tab },
            "resultOwnership": "none",
            "serializationOptions": { "maxDomDepth": 0, "maxObjectDepth": 1 },
        });
        self.bidi.send_within(limit, "script.callFunction", call).await
    }
}

/// A function around the script: it reads its argument, and writes the result as one text and the elements in it.
fn wrapped(script: &str) -> String {
    format!(
        "async function (text, going, ...given) {{
const key = '{ELEMENT_KEY}';
if (document.documentURI.startsWith('chrome-error:')) {{
  const [entry] = performance.getEntriesByType('navigation');
  const cause = document.querySelector('.error-code')?.textContent ?? '';
  if (!cause && document.readyState !== 'complete') return [JSON.stringify({{ early: true }})];
  return [JSON.stringify({{ unreachable: {{ address: entry?.name ?? '', cause }} }})];
}}
const put = (_, value) => value && typeof value === 'object' && key in value ? given[value[key]] : value;
const found = [];
const take = (_, value) => value && typeof value === 'object' && typeof value.nodeType === 'number'
  ? {{ [key]: found.push(value) - 1 }} : value;
const script = function () {{
{}
}};
const answer = await script(JSON.parse(text, put), going);
return [JSON.stringify(answer, take) ?? '{{}}', ...found];
}}",
        page::guarded(script)
    )
}

/// The argument with a number in place of each element, and the elements as BiDi takes them.
fn taken_out(argument: &Value, elements: &mut Vec<Value>) -> Value {
    match argument {
        Value::Object(fields) => match fields.get(ELEMENT_KEY).filter(|_| fields.len() == 1) {
            Some(id) => {
                elements.push(json!({ "sharedId": id }));
                json!({ ELEMENT_KEY: elements.len() - 1 })
            }
            None => fields.iter().map(|(key, value)| (key.clone(), taken_out(value, elements))).collect(),
        },
        Value::Array(values) => values.iter().map(|value| taken_out(value, elements)).collect(),
        plain => plain.clone(),
    }
}

/// The result of the script, out of what `script.callFunction` answered.
fn unpacked(answer: Result<Value, String>) -> Result<Value, BrowserError> {
    let answer = answer.map_err(|said| refused("run", &said))?;
    if answer["type"] == "exception" {
        let message = answer["exceptionDetails"]["text"].as_str().unwrap_or("it threw").to_owned();
        return Err(BrowserError::Script { message });
    }
    let parts = answer["result"]["value"].as_array().map(Vec::as_slice).unwrap_or_default();
    let (text, nodes) = parts.split_first().ok_or(BrowserError::Interrupted { doing: "run" })?;
    let text = text["value"].as_str().unwrap_or_default();
    let driver = |error: serde_json::Error| BrowserError::Driver { doing: "run", message: error.to_string() };
    let told: Value = serde_json::from_str(text).map_err(driver)?;
    if let Some(page) = told.get("unreachable") {
        let word = |name: &str| page[name].as_str().filter(|word| !word.is_empty()).map(str::to_owned);
        return Err(BrowserError::Unreachable {
            address: word("address").unwrap_or_else(|| "the page".to_owned()),
            cause: word("cause").unwrap_or_else(|| "unknown error".to_owned()),
        });
    }
    page::answer(put_in(told, nodes))
}

/// The result with the elements in it, as a classic command gives it.
fn put_in(told: Value, nodes: &[Value]) -> Value {
    match told {
        Value::Object(fields) => {
            let number =
                fields.get(ELEMENT_KEY).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
            if let Some(node) = number.filter(|_| fields.len() == 1).and_then(|number| nodes.get(number)) {
                return json!({ ELEMENT_KEY: node["sharedId"] });
            }
            fields.into_iter().map(|(key, value)| (key, put_in(value, nodes))).collect()
        }
        Value::Array(values) => values.into_iter().map(|value| put_in(value, nodes)).collect(),
        plain => plain,
    }
}

/// What an error of the call itself means.
fn refused(doing: &'static str, said: &str) -> BrowserError {
    let has = |parts: &[&str]| parts.iter().any(|part| said.contains(part));
    if has(&["no such node", "no such element", "stale element"]) {
        BrowserError::Stale { doing }
    } else if has(&["navigated or closed", "no such frame", "execution context", "context with specified id"])
    {
        BrowserError::Interrupted { doing }
    } else {
        BrowserError::Driver { doing, message: said.to_owned() }
    }
}

impl Prompt {
    fn text(&self) -> MutexGuard<'_, Option<String>> {
        self.text.lock().expect("nobody panics while holding it")
    }
}

struct Ear(Arc<Prompt>);

impl Listener for Ear {
    fn event(&mut self, event: &str, params: &Value) -> Option<(&'static str, Value)> {
        let is_open = event == "browsingContext.userPromptOpened";
        *self.0.text() = is_open.then(|| params["message"].as_str().unwrap_or_default().to_owned());
        if is_open {
            self.0.opened.notify_waiters();
        }
        None
    }

    fn gone(&mut self, cause: String) {
        tracing::debug!(cause, "the connection for scripts is gone");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_travel_beside_the_text() {
        let mut elements = Vec::new();
        let argument = json!({ "area": { ELEMENT_KEY: "e-7" }, "rows": [1, { ELEMENT_KEY: "e-8" }] });
        let text = taken_out(&argument, &mut elements);
        assert_eq!(text, json!({ "area": { ELEMENT_KEY: 0 }, "rows": [1, { ELEMENT_KEY: 1 }] }));
        assert_eq!(elements, [json!({ "sharedId": "e-7" }), json!({ "sharedId": "e-8" })]);
        assert_eq!(put_in(text, &elements), argument);
    }

    #[test]
    fn answers_are_told_apart() {
        let text = |text: &str| json!({ "result": { "value": [{ "value": text }] }, "type": "success" });
        let value = unpacked(Ok(text(r#"{"value":{"ok":1}}"#))).expect("a value");
        assert_eq!(value, json!({ "ok": 1 }));
        assert_eq!(unpacked(Ok(text("{}"))).expect("undefined"), Value::Null);
        let early = unpacked(Ok(text(r#"{"early":true}"#)));
        assert!(matches!(early, Err(BrowserError::Interrupted { .. })), "{early:?}");
        let page = r#"{"unreachable":{"address":"http://127.0.0.1:9/","cause":"ERR_CONNECTION_REFUSED"}}"#;
        let error = unpacked(Ok(text(page))).expect_err("an error page");
        assert_eq!(error.to_string(), "load http://127.0.0.1:9/: ERR_CONNECTION_REFUSED");
        let thrown = json!({ "type": "exception", "exceptionDetails": { "text": "Error: no row" } });
        assert_eq!(unpacked(Ok(thrown)).expect_err("thrown").to_string(), "script failed: Error: no row");
        let gone = unpacked(Err("\"unknown error\": \"Inspected target navigated or closed\"".to_owned()));
        assert!(matches!(gone, Err(BrowserError::Interrupted { .. })), "{gone:?}");
    }
}

//! A browser of scripted answers, for tests of what stands above it. It has no page: a test says what each call gives.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use super::{Browser, BrowserError, BrowserProcess, ElementId, Point, Requests};

/// One call, with what it was given.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    /// [`Browser::goto`].
    Goto(Url),
    /// [`Browser::address`].
    Address,
    /// [`Browser::run`].
    Run {
        /// The function body.
        script: String,
        /// Its argument.
        argument: Value,
    },
    /// [`Browser::click`].
    Click(Point),
    /// [`Browser::hover`].
    Hover(Point),
    /// [`Browser::keys`].
    Keys(String),
    /// [`Browser::click_element`].
    ClickElement(ElementId),
    /// [`Browser::upload`].
    Upload(ElementId, PathBuf),
    /// [`Browser::label`].
    Label(ElementId),
    /// [`Browser::picture`].
    Picture(Option<ElementId>),
    /// [`Browser::forget`].
    Forget,
    /// [`Browser::end`].
    End,
}

/// What a call gives. A verb without a result takes [`Answer::Done`].
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It was done.
    Done,
    /// The result of a script.
    Value(Value),
    /// An address.
    Address(Url),
    /// A label.
    Text(String),
    /// A picture.
    Picture(Vec<u8>),
}

/// The calls so far; stays readable after the browser was moved away.
pub type Calls = Arc<Mutex<Vec<Call>>>;

type Script = Box<dyn FnMut(&Call) -> Result<Answer, BrowserError> + Send>;

/// See the module.
pub struct Fake {
    script: Script,
    calls: Calls,
    requests: Requests,
    process: BrowserProcess,
}

impl Fake {
    /// A browser that asks `script` for each answer.
    pub fn new(script: impl FnMut(&Call) -> Result<Answer, BrowserError> + Send + 'static) -> Self {
        Self {
            script: Box::new(script),
            calls: Calls::default(),
            requests: Requests::default(),
            process: BrowserProcess { version: "fake 1".to_owned(), ..BrowserProcess::default() },
        }
    }

    /// A browser whose scripts give these results in turn, whose other verbs are done, and which is lost when the
    /// results are used up.
    pub fn answering(results: impl IntoIterator<Item = Value>) -> Self {
        let mut results = results.into_iter().collect::<Vec<_>>().into_iter();
        Self::new(move |call| match call {
            Call::Run { .. } => results
                .next()
                .map(Answer::Value)
                .ok_or(BrowserError::Lost { doing: "run", cause: "no more scripted answers".to_owned() }),
            Call::Address => Ok(Answer::Address(Url::parse("http://console.test/").expect("an address"))),
            Call::Label(_) => Ok(Answer::Text(String::new())),
            Call::Picture(_) => Ok(Answer::Picture(Vec::new())),
            _ => Ok(Answer::Done),
        })
    }

    /// The calls, to be looked at later.
    pub fn calls(&self) -> Calls {
        Arc::clone(&self.calls)
    }

    fn ask(&mut self, call: Call) -> Result<Answer, BrowserError> {
        let answer = (self.script)(&call);
        self.calls.lock().expect("no test panics while it holds the calls").push(call);
        answer
    }

    fn done(&mut self, call: Call) -> Result<(), BrowserError> {
        match self.ask(call)? {
            Answer::Done => Ok(()),
            other => panic!("the script gave {other:?} to a verb without a result"),
        }
    }
}

#[async_trait]
impl Browser for Fake {
    async fn goto(&mut self, url: &Url) -> Result<(), BrowserError> {
        self.requests.goto += 1;
        self.done(Call::Goto(url.clone()))
    }

    async fn address(&mut self) -> Result<Url, BrowserError> {
        self.requests.address += 1;
        match self.ask(Call::Address)? {
            Answer::Address(url) => Ok(url),
            other => panic!("the script gave {other:?} for an address"),
        }
    }

    async fn run(&mut self, script: &str, argument: Value) -> Result<Value, BrowserError> {
        self.requests.run += 1;
        match self.ask(Call::Run { script: script.to_owned(), argument })? {
            Answer::Value(value) => Ok(value),
            other => panic!("the script gave {other:?} for a script's result"),
        }
    }

    async fn click(&mut self, at: Point) -> Result<(), BrowserError> {
        self.requests.click += 1;
        self.done(Call::Click(at))
    }

    async fn hover(&mut self, at: Point) -> Result<(), BrowserError> {
        self.requests.hover += 1;
        self.done(Call::Hover(at))
    }

    async fn keys(&mut self, keys: &str) -> Result<(), BrowserError> {
        self.requests.keys += 1;
        self.done(Call::Keys(keys.to_owned()))
    }

    async fn click_element(&mut self, element: &ElementId) -> Result<(), BrowserError> {
        self.requests.click_element += 1;
        self.done(Call::ClickElement(element.clone()))
    }

    async fn upload(&mut self, element: &ElementId, file: &Path) -> Result<(), BrowserError> {
        self.requests.upload += 1;
        self.done(Call::Upload(element.clone(), file.to_owned()))
    }

    async fn label(&mut self, element: &ElementId) -> Result<String, BrowserError> {
        self.requests.label += 1;
        match self.ask(Call::Label(element.clone()))? {
            Answer::Text(text) => Ok(text),
            other => panic!("the script gave {other:?} for a label"),
        }
    }

    async fn picture(&mut self, element: Option<&ElementId>) -> Result<Vec<u8>, BrowserError> {
        self.requests.picture += 1;
        match self.ask(Call::Picture(element.cloned()))? {
            Answer::Picture(picture) => Ok(picture),
            other => panic!("the script gave {other:?} for a picture"),
        }
    }

    async fn cookies(&mut self) -> Result<Vec<Value>, BrowserError> {
        self.requests.cookies += 1;
        Ok(Vec::new())
    }

    async fn set_cookie(&mut self, _: &Value) -> Result<(), BrowserError> {
        self.requests.cookies += 1;
        Ok(())
    }

    async fn forget(&mut self) -> Result<(), BrowserError> {
        self.requests.forget += 1;
        self.done(Call::Forget)
    }

    fn downloads(&self) -> Option<PathBuf> {
        None
    }

    fn ends_by(&mut self, _: tokio::time::Instant) {}

    fn process(&self) -> &BrowserProcess {
        &self.process
    }

    fn requests(&self) -> Requests {
        self.requests
    }

    async fn end(mut self: Box<Self>) -> Result<(), BrowserError> {
        self.done(Call::End)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_are_noted_and_answers_come_in_turn() {
        let mut fake = Fake::answering([Value::from(1)]);
        let calls = fake.calls();
        let at = Point { x: 3, y: 4 };
        fake.click(at).await.expect("done");
        assert_eq!(fake.run("return 1", Value::Null).await.expect("a value"), Value::from(1));
        assert!(matches!(fake.run("return 2", Value::Null).await, Err(BrowserError::Lost { .. })));
        assert_eq!((fake.requests().click, fake.requests().run), (1, 2));
        Box::new(fake).end().await.expect("done");
        let calls = calls.lock().expect("not poisoned");
        assert_eq!(calls.first(), Some(&Call::Click(at)));
        assert_eq!(calls.last(), Some(&Call::End));
    }
}

//! The real browser: fantoccini -> geckodriver -> Firefox, or chromedriver -> Chromium. Only it, the files
//! below it and `raw.rs` name fantoccini.
//!
//! Every command is a raw one ([`Raw`]): fantoccini's own list lacks some, and a command it does not know panics in its
//! task. fantoccini runs one command at a time and cannot recall one, so a command that did not answer in time, or whose
//! future was dropped, costs the session.

mod press;
mod start;

use std::path::{Path, PathBuf, absolute};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use fantoccini::Client;
use fantoccini::error::{CmdError, ErrorStatus};
use http::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use url::Url;

pub(super) use start::start;
use start::{Watched, silence};

use super::cookies::{Storage, for_classic, is_plain};
use super::driver::Kept;
use super::error::chain;
use super::fence::Fence;
use super::raw::Raw;
use super::script::{Failed, Scripts};
use super::{
    Browser, BrowserError, BrowserOptions, BrowserProcess, ElementId, Point, Requests, Traffic, actions,
    chromium, page,
};

/// A page that replaces itself this often in a row is left without a mark.
const LEAVE_ATTEMPTS: u32 = 5;

struct WebDriver {
    client: Client,
    kept: Option<Kept>,
    traffic: Option<Traffic>,
    /// How scripts are run; without it by a classic command.
    scripts: Option<Scripts>,
    /// What refuses below the watch.
    fence: Option<Fence>,
    process: BrowserProcess,
    requests: Requests,
    command_deadline: Duration,
    script_deadline: Duration,
    /// No command is waited for any longer.
    end: Option<Instant>,
    /// The command under way. Still set at the next call if its future was dropped.
    under_way: Option<&'static str>,
    /// Why the browser can be used no more.
    lost: Option<String>,
    /// From [`Browser::goto`] until the new document has answered.
    going: bool,
}

impl WebDriver {
    fn new(client: Client, kept: Option<Kept>, watched: Watched, options: &BrowserOptions) -> Self {
        let Watched { traffic, scripts, fence } = watched;
        let word = |name| client.capabilities().and_then(|all| all.get(name)?.as_str()).unwrap_or("unknown");
        // Chromium calls itself by another's name.
        let name = kept.as_ref().map_or_else(|| word("browserName"), |_| options.browser.as_str());
        let process = BrowserProcess {
            version: format!("{name} {}", word("browserVersion")),
            browser: kept.as_ref().and_then(|kept| kept.browser),
            driver: kept.as_ref().map(|kept| kept.driver),
            keeper: kept.as_ref().map(|kept| kept.keeper),
        };
        Self {
            client,
            kept,
            traffic,
            scripts,
            fence,
            process,
            requests: Requests::default(),
            command_deadline: options.command_deadline,
            script_deadline: options.script_deadline(),
            end: None,
            under_way: None,
            lost: None,
            going: false,
        }
    }

    /// Sends one command, under the deadline.
    async fn command(&mut self, doing: &'static str, raw: Raw) -> Result<Value, BrowserError> {
        self.begin(doing).await?;
        let after = self.patience();
        let answer = timeout(after, self.client.issue_cmd(raw)).await;
        self.under_way = None;
        match answer {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.translate(doing, error)),
            Err(_) => Err(self.hangs(doing, after)),
        }
    }

    /// Runs a script in the page, and gives it as [`page::answer`] does.
    async fn script(&mut self, script: &str, argument: Value) -> Result<Value, BrowserError> {
        let doing = "run";
        if self.scripts.is_none() {
            let body = json!({ "script": page::guarded(script), "args": [argument, self.going] });
            return page::answer(self.post(doing, "execute/sync".to_owned(), body).await?);
        }
        self.begin(doing).await?;
        let after = self.patience();
        let end = Instant::now() + after;
        let scripts = self.scripts.as_ref().expect("looked at above");
        let answer = scripts.run(script, &argument, self.going, self.script_deadline.min(after), end).await;
        self.under_way = None;
        answer.map_err(|failed| self.failed(doing, failed, after))
    }

    /// Presses keys or the pointer.
    async fn act(&mut self, doing: &'static str, actions: Value) -> Result<(), BrowserError> {
        if self.scripts.is_none() {
            return self.post(doing, "actions".to_owned(), actions).await.map(drop);
        }
        self.begin(doing).await?;
        let after = self.patience();
        let scripts = self.scripts.as_ref().expect("looked at above");
        let done = scripts.act(doing, &actions, after).await;
        self.under_way = None;
        done.map_err(|failed| self.failed(doing, failed, after))
    }

    fn failed(&mut self, doing: &'static str, failed: Failed, after: Duration) -> BrowserError {
        match failed {
            Failed::Told(error) => error,
            Failed::Gone(cause) => self.gone(doing, cause),
            Failed::Hangs => self.hangs(doing, after),
        }
    }

    /// How long the next command may take.
    fn patience(&self) -> Duration {
        let left = self.end.map(|end| end.saturating_duration_since(Instant::now()));
        left.map_or(self.command_deadline, |left| left.min(self.command_deadline))
    }

    /// Whether a command can be sent; from here on one is under way.
    async fn begin(&mut self, doing: &'static str) -> Result<(), BrowserError> {
        if let Some(before) = self.under_way.take() {
            self.lose(format!("{before} was abandoned before its answer"));
        }
        // Whatever the page asks for would be held for ever.
        if let Some(cause) = self.traffic.as_ref().and_then(Traffic::lost).filter(|_| self.lost.is_none()) {
            self.lose(format!("its BiDi connection: {cause}"));
        }
        if let Some(cause) = &self.lost {
            return Err(BrowserError::Lost { doing, cause: cause.clone() });
        }
        self.under_way = Some(doing);
        let after = self.patience();
        let (Some(fence), Some(traffic)) = (&mut self.fence, &self.traffic) else { return Ok(()) };
        match timeout(after, fence.keep_up(traffic)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(cause)) => Err(self.gone(doing, format!("what it may send could not be set: {cause}"))),
            Err(_) => Err(self.hangs(doing, after)),
        }
    }

    fn hangs(&mut self, doing: &'static str, after: Duration) -> BrowserError {
        self.lose(format!("{doing} got no answer in {after:?}, so it was killed"));
        BrowserError::Timeout { doing, after }
    }

    /// From here on every call fails at once. A browser that hangs would not hear a polite request.
    fn lose(&mut self, cause: String) {
        tracing::warn!(cause, "browser lost");
        if let Some(browser) = &self.process.browser {
            browser.kill();
        }
        self.lost = Some(cause);
    }

    fn translate(&mut self, doing: &'static str, error: CmdError) -> BrowserError {
        let error = match error {
            CmdError::Standard(error) => error,
            CmdError::Failed(_) | CmdError::FailedC(_) | CmdError::Lost(_) => {
                return self.gone(doing, format!("the driver does not answer: {}", chain(&error)));
            }
            error => return BrowserError::Driver { doing, message: error.to_string() },
        };
        let message = error.message.into_owned();
        match error.error {
            ErrorStatus::StaleElementReference | ErrorStatus::DetachedShadowRoot => {
                BrowserError::Stale { doing }
            }
            ErrorStatus::NoSuchElement | ErrorStatus::NoSuchShadowRoot => {
                BrowserError::NoSuchElement { doing }
            }
            ErrorStatus::MoveTargetOutOfBounds => BrowserError::OutOfBounds { doing },
            ErrorStatus::ElementNotInteractable
            | ErrorStatus::ElementNotSelectable
            | ErrorStatus::ElementClickIntercepted
            | ErrorStatus::InvalidElementState => BrowserError::NotInteractable { doing, message },
            ErrorStatus::JavascriptError if page::is_interruption(&message) => {
                BrowserError::Interrupted { doing }
            }
            ErrorStatus::JavascriptError => BrowserError::Script { message },
            ErrorStatus::Timeout => BrowserError::Slow { doing },
            ErrorStatus::ScriptTimeout => BrowserError::ScriptTimeout { after: self.script_deadline },
            ErrorStatus::UnexpectedAlertOpen => {
                let text = error.data.as_ref().and_then(|data| data.get("text")).and_then(Value::as_str);
                BrowserError::Prompt { doing, text: text.unwrap_or(&message).to_owned() }
            }
            ErrorStatus::InvalidSessionId | ErrorStatus::NoSuchWindow => self.gone(doing, message),
            ErrorStatus::UnknownError if message.contains("marionette") => self.gone(doing, message),
            ErrorStatus::UnknownError if chromium::is_gone(&message) => self.gone(doing, message),
            ErrorStatus::UnknownError if message.contains("Actor '") => BrowserError::Interrupted { doing },
            ErrorStatus::UnknownError if message.contains("about:neterror") => page::unreachable(&message),
            _ => BrowserError::Driver { doing, message },
        }
    }

    fn gone(&mut self, doing: &'static str, cause: String) -> BrowserError {
        self.lose(cause.clone());
        BrowserError::Lost { doing, cause }
    }

    async fn post(&mut self, doing: &'static str, path: String, body: Value) -> Result<Value, BrowserError> {
        self.command(doing, Raw { method: Method::POST, path, body: Some(body) }).await
    }

    async fn get(&mut self, doing: &'static str, path: String) -> Result<Value, BrowserError> {
        self.command(doing, Raw { method: Method::GET, path, body: None }).await
    }

    /// By classic WebDriver: returns before the new document is there.
    async fn classic_goto(&mut self, url: &Url) -> Result<(), BrowserError> {
        let went = self.post("goto", "url".to_owned(), json!({ "url": url.as_str() })).await;
        if matches!(went, Err(BrowserError::Slow { .. })) {
            return Ok(());
        }
        if let Err(BrowserError::Driver { message, .. }) = went {
            let cause = message.strip_prefix("Error: ").unwrap_or(&message).to_owned();
            return Err(BrowserError::Unreachable { address: url.to_string(), cause });
        }
        went.map(drop)
    }

    async fn replace_address(&mut self, script: &str, url: &Url) -> Result<(), BrowserError> {
        let body = json!({ "script": script, "args": [url.as_str()] });
        match self.post("goto", "execute/sync".to_owned(), body).await? {
            Value::Null => Err(BrowserError::Interrupted { doing: "goto" }),
            _ => Ok(()),
        }
    }

    /// The way to the cookies of all hosts, if the browser has one.
    fn storage(&self, doing: &'static str) -> Result<Option<Storage>, BrowserError> {
        Storage::of(self.traffic.as_ref(), self.lost.as_deref(), self.end, doing)
    }

    /// Marks the document that is about to be left. Gives its address, or `None` if it was replaced over and over.
    async fn leave(&mut self) -> Result<Option<String>, BrowserError> {
        for _ in 0..LEAVE_ATTEMPTS {
            self.requests.goto += 1;
            let body = json!({ "script": page::LEAVE, "args": [] });
            match self.post("goto", "execute/sync".to_owned(), body).await {
                Ok(value) => {
                    if let Some(address) = page::address(&value) {
                        return Ok(Some(address.to_owned()));
                    }
                }
                Err(BrowserError::Interrupted { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

#[async_trait]
impl Browser for WebDriver {
    async fn goto(&mut self, url: &Url) -> Result<(), BrowserError> {
        let before = self.leave().await?;
        self.going = url.as_str() != "about:blank";
        self.requests.goto += 1;
        let stays = before.is_some_and(|address| page::same_document(&address, url));
        match self.traffic.clone() {
            Some(traffic) if stays => {
                self.replace_address(page::REPLACE, url).await?;
                traffic.go_again(self.patience()).await;
            }
            Some(traffic) => traffic.go(url, self.patience()).await,
            None if stays => self.replace_address(page::RELOAD, url).await?,
            None => self.classic_goto(url).await?,
        }
        Ok(())
    }

    async fn address(&mut self) -> Result<Url, BrowserError> {
        self.requests.address += 1;
        let doing = "address";
        let value = self.get(doing, "url".to_owned()).await?;
        let text = value.as_str().unwrap_or_default();
        Url::parse(text)
            .map_err(|error| BrowserError::Driver { doing, message: format!("{text:?}: {error}") })
    }

    async fn run(&mut self, script: &str, argument: Value) -> Result<Value, BrowserError> {
        self.requests.run += 1;
        let value = self.script(script, argument).await?;
        self.going = false;
        Ok(value)
    }

    async fn click(&mut self, at: Point) -> Result<(), BrowserError> {
        self.requests.click += 1;
        self.is_in_view("click", at).await?;
        self.act("click", actions::click(at)).await
    }

    async fn hover(&mut self, at: Point) -> Result<(), BrowserError> {
        self.requests.hover += 1;
        self.is_in_view("hover", at).await?;
        self.act("hover", actions::hover(at)).await
    }

    async fn keys(&mut self, keys: &str) -> Result<(), BrowserError> {
        self.requests.keys += 1;
        self.act("keys", actions::keys(keys)).await
    }

    async fn click_element(&mut self, element: &ElementId) -> Result<(), BrowserError> {
        self.requests.click_element += 1;
        if self.scripts.is_some() {
            return self.press_element(element).await;
        }
        match self.post("click_element", format!("element/{element}/click"), json!({})).await {
            // It clicked, and the document that the click leads to takes its time.
            Err(BrowserError::Slow { .. }) => Ok(()),
            clicked => clicked.map(drop),
        }
    }

    async fn upload(&mut self, element: &ElementId, file: &Path) -> Result<(), BrowserError> {
        let missing = || BrowserError::File { file: file.to_owned() };
        let path = absolute(file).ok().filter(|path| path.is_file()).ok_or_else(missing)?;
        let text = path.to_str().ok_or_else(missing)?;
        self.requests.upload += 1;
        self.post("upload", format!("element/{element}/value"), json!({ "text": text })).await.map(drop)
    }

    async fn label(&mut self, element: &ElementId) -> Result<String, BrowserError> {
        self.requests.label += 1;
        let value = self.get("label", format!("element/{element}/computedlabel")).await?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    async fn picture(&mut self, element: Option<&ElementId>) -> Result<Vec<u8>, BrowserError> {
        self.requests.picture += 1;
        let doing = "picture";
        let path = element.map_or_else(|| "screenshot".to_owned(), |id| format!("element/{id}/screenshot"));
        let value = self.get(doing, path).await?;
        base64::engine::general_purpose::STANDARD
            .decode(value.as_str().unwrap_or_default())
            .map_err(|error| BrowserError::Driver { doing, message: error.to_string() })
    }

    async fn cookies(&mut self) -> Result<Vec<Value>, BrowserError> {
        self.requests.cookies += 1;
        if let Some(storage) = self.storage("cookies")? {
            return storage.all().await;
        }
        let all = self.get("cookies", "cookie".to_owned()).await?;
        Ok(all.as_array().cloned().unwrap_or_default())
    }

    async fn set_cookie(&mut self, cookie: &Value) -> Result<(), BrowserError> {
        self.requests.cookies += 1;
        if let Some(storage) = self.storage("set_cookie")?.filter(|_| is_plain(cookie)) {
            return storage.set(cookie).await;
        }
        let body = json!({ "cookie": for_classic(cookie) });
        self.post("set_cookie", "cookie".to_owned(), body).await.map(drop)
    }

    async fn forget(&mut self) -> Result<(), BrowserError> {
        self.requests.forget += 1;
        if let Some(storage) = self.storage("forget")? {
            return storage.forget().await;
        }
        self.command("forget", Raw { method: Method::DELETE, path: "cookie".to_owned(), body: None })
            .await
            .map(drop)
    }

    fn downloads(&self) -> Option<PathBuf> {
        self.kept.as_ref().map(Kept::downloads)
    }

    fn traffic(&self) -> Option<Traffic> {
        self.traffic.clone()
    }

    fn ends_by(&mut self, end: Instant) {
        self.end = Some(end);
    }

    fn process(&self) -> &BrowserProcess {
        &self.process
    }

    fn requests(&self) -> Requests {
        self.requests
    }

    async fn end(self: Box<Self>) -> Result<(), BrowserError> {
        let Self { client, kept, traffic, command_deadline, .. } = *self;
        traffic.inspect(Traffic::is_over);
        let ended = match kept {
            Some(kept) => kept.end().await,
            // Not fantoccini's own way to close: it never tells what the driver answered. A session that is not known to
            // be gone must not be taken for dead.
            None => match timeout(command_deadline, client.issue_cmd(Raw::end())).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) if error.is_invalid_session_id() => Ok(()),
                Ok(Err(error)) => {
                    Err(BrowserError::NotGone { left: vec![format!("the session: {}", chain(&error))] })
                }
                Err(_) => Err(BrowserError::Timeout { doing: "end", after: command_deadline }),
            },
        };
        silence(client).await;
        ended
    }
}

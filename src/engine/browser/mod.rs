//! The port to a real browser: a dozen verbs, and the promise that no browser outlives its owner.
//!
//! The runner is written against [`Browser`] and knows neither WebDriver nor processes. There are two implementers:
//! `webdriver.rs` (fantoccini, which only it, its folder and `raw.rs` name) and `fake.rs` (scripted answers, for tests).
//! A browser is started in this order: `driver.rs` finds the programs and starts a *keeper*, `keeper.rs` is that keeper
//! (another process) and starts the driver, `webdriver.rs` opens the session (`session.rs` says what is asked of Firefox,
//! `chromium.rs` what of Chromium, `script.rs` how a script is run there, and `fence.rs` what is refused below the watch), `watch.rs` watches what the page sends, over
//! the socket of `bidi.rs`, which `cookies.rs` uses too. `process.rs` names processes by pid and
//! start time, `sweep.rs` clears away what killed keepers left behind; `startup_cache.rs` makes the next start quicker.
//!
//! Nothing here knows of apps, maps, recordings or members.

mod actions;
mod answers;
mod bidi;
mod chromium;
mod cookies;
mod driver;
mod error;
#[cfg(test)]
pub mod fake;
mod fence;
mod keeper;
pub mod key;
mod kind;
mod page;
mod process;
mod raw;
mod record;
mod requests;
mod script;
mod session;
mod startup_cache;
mod sweep;
mod watch;
mod webdriver;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use url::Url;

pub use answers::Heard;
pub use error::BrowserError;
pub use keeper::keeper_main;
pub use kind::BrowserKind;
pub use process::Process;
pub use requests::Requests;
pub use sweep::{Swept, sweep};
pub use watch::{Mark, Strayed, Traffic};

/// The key under which an element travels in JSON (W3C WebDriver, section "Elements": web element identifier).
pub const ELEMENT_KEY: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one page, driven by one caller.
///
/// Each call has its own deadline ([`BrowserOptions::command_deadline`]). A browser that does not answer in time is
/// killed by pid and start time, the call gives [`BrowserError::Timeout`], and each later call fails at once with
/// [`BrowserError::Lost`]. A future that is dropped before it is ready counts as such a loss too: its command cannot be
/// recalled, and what the browser did with it is unknown.
///
/// Each method is one driver request, except where it says otherwise.
#[async_trait]
pub trait Browser: Send {
    /// Loads an address, and returns once the new document is parsed or a few seconds are over.
    ///
    /// It always loads a fresh document, also if only the fragment differs or nothing at all. Until that is there,
    /// [`Browser::run`] answers [`BrowserError::Interrupted`]: the old document is never asked by mistake. Ask again
    /// until the page is ready. Two driver requests.
    ///
    /// # Errors
    /// [`BrowserError::Unreachable`] if the address could not be loaded and the driver says so. Without WebDriver BiDi it
    /// does; otherwise [`Browser::run`] says so, as the page is the browser's own error page.
    /// [`BrowserError::Interrupted`] if the page was on its way elsewhere: nothing was loaded, go again.
    async fn goto(&mut self, url: &Url) -> Result<(), BrowserError>;

    /// The address of the page.
    async fn address(&mut self) -> Result<Url, BrowserError>;

    /// Runs the body of a function in the page with one argument, `arguments[0]`, and gives what it returns; a returned
    /// promise is awaited. Elements travel both ways, see [`ElementId::to_json`] and [`ElementId::from_json`].
    ///
    /// Half characters in the result (an emoji that the page cut in two) become U+FFFD.
    ///
    /// # Errors
    /// [`BrowserError::Interrupted`] if the document went away or is not there yet, or if a prompt opened meanwhile:
    /// nothing is known of what the script did, ask again. [`BrowserError::Unreachable`] if the page is the browser's own error page.
    /// [`BrowserError::Script`] if it threw, [`BrowserError::ScriptTimeout`] if its promise stayed pending.
    async fn run(&mut self, script: &str, argument: Value) -> Result<Value, BrowserError>;

    /// Moves the pointer to a place on the page, presses and lets go: trusted events, no scrolling, no check of what lies
    /// there. By place and not by element: it takes a tenth of the time, and the node may be replaced before the
    /// press (not between press and release: then the click is lost). That the right one takes the events is for the caller's script to make sure of, at the moment they arrive.
    ///
    /// # Errors
    /// [`BrowserError::OutOfBounds`]: nothing was pressed.
    async fn click(&mut self, at: Point) -> Result<(), BrowserError>;

    /// Moves the pointer to a place on the page.
    ///
    /// # Errors
    /// As [`Browser::click`].
    async fn hover(&mut self, at: Point) -> Result<(), BrowserError>;

    /// Types into the focused element. W3C key code points (`\u{E007}` is Enter, see [`key`]) stand for the keys
    /// without a character; a modifier among them is held for what follows, until `\u{E000}` or the end of the text.
    /// Selected text is replaced, as when a person types.
    async fn keys(&mut self, keys: &str) -> Result<(), BrowserError>;

    /// WebDriver's Element Click: scrolls to the element, presses and lets go with nothing in between; an `<option>` of a
    /// native `<select>` is chosen. Takes 60 ms, in which it waits for a navigation to begin, and up to some seconds where one
    /// did: until that document is parsed.
    ///
    /// # Errors
    /// [`BrowserError::Stale`], [`BrowserError::NotInteractable`]: nothing was pressed, as far as the driver knows.
    async fn click_element(&mut self, element: &ElementId) -> Result<(), BrowserError>;

    /// Puts a file into an `<input type=file>`.
    ///
    /// # Errors
    /// [`BrowserError::File`] if there is no such file.
    async fn upload(&mut self, element: &ElementId, file: &Path) -> Result<(), BrowserError>;

    /// The accessible name as the browser itself computes it: a witness independent of our own script.
    async fn label(&mut self, element: &ElementId) -> Result<String, BrowserError>;

    /// A picture (PNG) of an element, scrolled into view if need be, or of the visible part of the page.
    async fn picture(&mut self, element: Option<&ElementId>) -> Result<Vec<u8>, BrowserError>;

    /// The cookies of all hosts, as W3C WebDriver has them (section "Cookies"), those that no script may see too; without
    /// WebDriver BiDi only those that the current page's address would be sent.
    async fn cookies(&mut self) -> Result<Vec<Value>, BrowserError>;

    /// Sets a cookie of that form, of the host that is its domain, or with a dot before it of those below too. Without WebDriver
    /// BiDi that has to be the current page's host.
    ///
    /// # Errors
    /// [`BrowserError::Driver`] if the browser does not take it.
    async fn set_cookie(&mut self, cookie: &Value) -> Result<(), BrowserError>;

    /// Deletes the cookies of all hosts; without WebDriver BiDi those of the current page's host.
    async fn forget(&mut self) -> Result<(), BrowserError>;

    /// The folder into which the page's downloads go, without a question; `None` where the browser is not ours and may
    /// be on another machine. A file that is not finished has another one beside it that ends with `.part`,
    /// or ends with `.crdownload` itself. No driver request.
    fn downloads(&self) -> Option<PathBuf>;

    /// What its page sends, where that can be watched; `None` without WebDriver BiDi. No driver request.
    fn traffic(&self) -> Option<Traffic> {
        None
    }

    /// No command is waited for any longer than until then: its browser is killed, as where a command takes too long. No
    /// driver request.
    fn ends_by(&mut self, end: tokio::time::Instant);

    /// The processes behind this browser, and its version.
    fn process(&self) -> &BrowserProcess;

    /// The driver requests so far, by verb.
    fn requests(&self) -> Requests;

    /// Closes the browser and returns once browser and driver are proven gone and their profile is removed.
    /// Works on a lost browser too. Without it, dropping the browser has the keeper do the same a moment later.
    ///
    /// # Errors
    /// [`BrowserError::NotGone`] if a process or the profile is still there after 10 s.
    async fn end(self: Box<Self>) -> Result<(), BrowserError>;
}

/// Starts a browser: the keeper, the driver below it, and a session; or only a session if
/// [`BrowserOptions::webdriver`] names a driver that runs already.
///
/// First clears away what dead keepers left in [`BrowserOptions::runtime_dir`].
///
/// # Errors
/// [`BrowserError::NotFound`] if a program is missing, [`BrowserError::NotStarted`] if it ended or refused at once,
/// [`BrowserError::Timeout`] where it takes longer than [`BrowserOptions::start_deadline`]. Nothing stays behind.
pub async fn start(options: &BrowserOptions) -> Result<Box<dyn Browser>, BrowserError> {
    webdriver::start(options).await
}

/// How a browser is started.
#[derive(Debug, Clone)]
pub struct BrowserOptions {
    /// The program that is run as `<keeper> browser-keeper …`; normally this very program.
    pub keeper: PathBuf,
    /// Where profiles and the keepers' records lie. Made with mode 0700. Must be local to this machine.
    pub runtime_dir: PathBuf,
    /// Where Firefox's compiled scripts are kept from start to start; without it each start compiles them anew. The first
    /// start with it starts Firefox twice.
    pub cache_dir: Option<PathBuf>,
    /// Which browser.
    pub browser: BrowserKind,
    /// Firefox; without it `firefox-esr` and `firefox` are looked for on `PATH`.
    pub firefox: Option<PathBuf>,
    /// geckodriver; without it `PATH` is searched.
    pub geckodriver: Option<PathBuf>,
    /// Chromium; without it `chromium` and `chromium-browser` are looked for on `PATH`.
    pub chromium: Option<PathBuf>,
    /// chromedriver; without it `PATH` is searched.
    pub chromedriver: Option<PathBuf>,
    /// Without a visible window.
    pub headless: bool,
    /// A W3C WebDriver endpoint that runs already. No keeper is started then, and no process is known.
    pub webdriver: Option<Url>,
    /// Width and height of the window in CSS pixels.
    pub window: (u32, u32),
    /// The languages the browser asks for, as in `Accept-Language`.
    pub languages: String,
    /// The longest that one driver request may take before the browser is killed.
    pub command_deadline: Duration,
    /// The longest that the start may take; again as long where the startup cache has to be made.
    pub start_deadline: Duration,
    /// The browser refuses every connection that is not to loopback; for tests.
    pub loopback_only: bool,
}

impl BrowserOptions {
    /// Firefox, a headless window of 1280 by 900, English, 30 s a command, 60 s for the start, everything found on `PATH`.
    pub fn new(keeper: impl Into<PathBuf>, runtime_dir: impl Into<PathBuf>) -> Self {
        Self {
            keeper: keeper.into(),
            runtime_dir: runtime_dir.into(),
            cache_dir: None,
            browser: BrowserKind::Firefox,
            firefox: None,
            geckodriver: None,
            chromium: None,
            chromedriver: None,
            headless: true,
            webdriver: None,
            window: (1280, 900),
            languages: "en-US, en".to_owned(),
            command_deadline: Duration::from_secs(30),
            start_deadline: Duration::from_secs(60),
            loopback_only: false,
        }
    }

    /// A script's own time limit: shorter than the command's, so that a promise that stays pending is an error of the
    /// script and does not cost the browser.
    pub(crate) fn script_deadline(&self) -> Duration {
        self.command_deadline * 4 / 5
    }
}

/// The processes behind a browser. All `None` for a browser behind [`BrowserOptions::webdriver`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BrowserProcess {
    /// The browser's main process.
    pub browser: Option<Process>,
    /// Its driver.
    pub driver: Option<Process>,
    /// The keeper that ends both.
    pub keeper: Option<Process>,
    /// The browser's name and version, such as `firefox 153.7.0`.
    pub version: String,
}

/// A place on the page as displayed, in CSS pixels from the upper left corner of the visible part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// To the right.
    pub x: i64,
    /// Downwards.
    pub y: i64,
}

/// A reference to an element of the current document, as the driver gave it out. It goes stale with the element.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ElementId(String);

impl ElementId {
    /// Takes the bare id.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// Reads an element from a script's result (W3C: an object with the one key [`ELEMENT_KEY`]).
    pub fn from_json(value: &Value) -> Option<Self> {
        value.get(ELEMENT_KEY)?.as_str().map(Self::new)
    }

    /// The form in which a script takes it as (part of) its argument.
    pub fn to_json(&self) -> Value {
        json!({ ELEMENT_KEY: self.0 })
    }

    /// The bare id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ElementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_survives_the_way_through_a_script() {
        let element = ElementId::new("e-1");
        assert_eq!(ElementId::from_json(&element.to_json()), Some(element));
        assert_eq!(ElementId::from_json(&json!({"ok": true})), None);
        assert_eq!(ElementId::from_json(&Value::Null), None);
    }
}

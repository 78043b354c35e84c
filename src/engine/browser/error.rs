//! What can go wrong between us and the page, one variant a cause, with the reason and the next thing to do.

use std::path::PathBuf;
use std::time::Duration;

/// An error of the browser layer. [`BrowserError::reason`] gives the word of the project's table of reasons,
/// [`BrowserError::hint`] what a person can do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrowserError {
    /// The element has left the document. Nothing was done; locate again.
    #[error("{doing}: the element is no longer in the document")]
    Stale {
        /// The verb.
        doing: &'static str,
    },

    /// The driver does not know the element: it belongs to another document, or to another session.
    #[error("{doing}: no such element in this document")]
    NoSuchElement {
        /// The verb.
        doing: &'static str,
    },

    /// The element's centre is outside the visible part of the page. Nothing was done; scroll, then again.
    #[error("{doing}: the element is outside the visible part of the page")]
    OutOfBounds {
        /// The verb.
        doing: &'static str,
    },

    /// The element cannot take this (hidden, disabled, not an option, not a file input).
    #[error("{doing}: the element cannot be used this way: {message}")]
    NotInteractable {
        /// The verb.
        doing: &'static str,
        /// The driver's words.
        message: String,
    },

    /// The document went away under the command, or Firefox gave no answer for it (`null`). Whether it took effect is
    /// unknown. Ask again once the page is ready.
    #[error("{doing}: the page was replaced meanwhile")]
    Interrupted {
        /// The verb.
        doing: &'static str,
    },

    /// The document that the command leads to took longer than the driver waits for one. The command itself was carried
    /// out.
    #[error("{doing}: the page that it leads to takes its time")]
    Slow {
        /// The verb.
        doing: &'static str,
    },

    /// The script threw, or its promise was rejected.
    #[error("script failed: {message}")]
    Script {
        /// The exception's text.
        message: String,
    },

    /// The script's promise was still pending after the script's time limit. The browser lives.
    #[error("script did not finish in {after:?}")]
    ScriptTimeout {
        /// The limit.
        after: Duration,
    },

    /// The page could not be loaded: the browser shows its own error page.
    #[error("load {address}: {cause}")]
    Unreachable {
        /// The address wanted.
        address: String,
        /// The browser's word for it, such as `connectionFailure` (Firefox) or `ERR_CONNECTION_REFUSED` (Chromium).
        cause: String,
    },

    /// A prompt of the browser (alert, confirm, prompt) is open and blocks the page. It is left as it is.
    #[error("{doing}: a prompt is open: {text:?}")]
    Prompt {
        /// The verb.
        doing: &'static str,
        /// The prompt's text.
        text: String,
    },

    /// The file to be uploaded is not there.
    #[error("upload {}: no such file", file.display())]
    File {
        /// Its path.
        file: PathBuf,
    },

    /// No answer within the command's deadline (then the browser was killed), or no browser within the start's.
    #[error("{doing}: no answer in {after:?}")]
    Timeout {
        /// The verb.
        doing: &'static str,
        /// The deadline.
        after: Duration,
    },

    /// The browser or its driver is gone. Whether the command took effect is unknown.
    #[error("{doing}: the browser is gone: {cause}")]
    Lost {
        /// The verb.
        doing: &'static str,
        /// What was noticed.
        cause: String,
    },

    /// A program is not installed, or not where the options say.
    #[error("start the browser: {what} not found{}", at.as_ref().map(|at| format!(" at {}", at.display())).unwrap_or_default())]
    NotFound {
        /// `firefox`, `chromium`, the driver of one of them, or `keeper`.
        what: &'static str,
        /// Where it should be; `None` for `PATH`.
        at: Option<PathBuf>,
    },

    /// A program was started and ended or refused at once.
    #[error("start {what}: {cause}")]
    NotStarted {
        /// `firefox`, `chromium`, the driver of one of them, `keeper` or `webdriver` (an endpoint that was given).
        what: &'static str,
        /// Its last words.
        cause: String,
    },

    /// The folder for profiles and records cannot be used.
    #[error("use the runtime folder {}: {cause}", path.display())]
    RuntimeDir {
        /// The folder, or the file in it.
        path: PathBuf,
        /// The system's error.
        cause: std::io::Error,
    },

    /// A process or the profile is still there after everything was tried.
    #[error("end the browser: still there: {}", left.join(", "))]
    NotGone {
        /// What is left, for people.
        left: Vec<String>,
    },

    /// The driver answered with an error that no caller is expected to handle.
    #[error("{doing}: {message}")]
    Driver {
        /// The verb.
        doing: &'static str,
        /// The driver's words.
        message: String,
    },
}

impl BrowserError {
    /// The word of the table of reasons (snake case).
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Stale { .. } | Self::NoSuchElement { .. } => "selector_missing",
            Self::OutOfBounds { .. } | Self::NotInteractable { .. } | Self::Prompt { .. } => {
                "blocked_by_overlay"
            }
            Self::Interrupted { .. }
            | Self::Slow { .. }
            | Self::ScriptTimeout { .. }
            | Self::Timeout { .. } => "timeout",
            Self::Unreachable { .. } => "console_down",
            Self::Lost { .. } | Self::NotStarted { .. } | Self::NotGone { .. } => "browser_lost",
            Self::NotFound { .. } | Self::RuntimeDir { .. } | Self::File { .. } => "unsupported",
            Self::Script { .. } | Self::Driver { .. } => "console_error",
        }
    }

    /// What to do next, for a person; `None` if there is nothing better than the message.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotFound { what: "firefox", .. } => {
                "install it (apt-get install firefox-esr), or name its path in SEATWRIGHT_FIREFOX"
            }
            Self::NotFound { what: "geckodriver", .. } => {
                "install it (cargo install --locked geckodriver) and put it on PATH, or name its path in SEATWRIGHT_GECKODRIVER"
            }
            Self::NotFound { what: "chromium", .. } => {
                "install it (apt-get install chromium), or name its path in SEATWRIGHT_CHROMIUM"
            }
            Self::NotFound { what: "chromedriver", .. } => {
                "install it (apt-get install chromium-driver), or name its path in SEATWRIGHT_CHROMEDRIVER; it has to be of Chromium's own version"
            }
            Self::NotFound { .. } => "name a program that exists",
            Self::NotStarted { what: "firefox", .. } => {
                "start it by hand (firefox-esr -headless) and look at what it prints; a driver and a browser of very different age do not fit"
            }
            Self::NotStarted { what: "chromium", .. } => {
                "start it by hand (chromium --headless=new --dump-dom about:blank, as root with --no-sandbox) and look at what it prints; its driver has to be of its own version"
            }
            Self::NotStarted { what: "webdriver", .. } => {
                "check that the endpoint is up and speaks W3C WebDriver"
            }
            Self::RuntimeDir { .. } => {
                "make it a folder on this machine that is writable for this user, or name another state folder with --state-dir"
            }
            Self::Unreachable { .. } => "check the console's address and that this machine reaches it",
            Self::Lost { .. } => "run it again; what was done so far is in the journal",
            Self::Timeout { .. } => "run it again, on a quieter machine if it happens again",
            Self::Prompt { .. } => "look at the console by hand: it asks something the map does not know",
            Self::NotGone { .. } => "end what is left by hand; the next start tries again",
            Self::File { .. } => "name a file that exists",
            _ => return None,
        })
    }

    /// Whether the browser behind it can be used no more. [`crate::engine::browser::Browser::end`] is all that is left.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Lost { .. }
                | Self::Timeout { .. }
                | Self::NotFound { .. }
                | Self::NotStarted { .. }
                | Self::RuntimeDir { .. }
                | Self::NotGone { .. }
        )
    }
}

/// An error and its causes in one line: the cause is where hyper says "connection refused".
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = std::fmt::Write::write_fmt(&mut text, format_args!(": {error}"));
        cause = error.source();
    }
    text
}

//! The environment variables the program reads, all in one list; `--help` and `docs/cli.md` show it.

use std::ffi::OsString;

/// A variable of the environment.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    /// What it is for, in a line.
    pub(crate) what: &'static str,
}

pub(crate) const CONFIG: Variable =
    Variable { name: "SEATWRIGHT_CONFIG", what: "the configuration file, as --config" };
pub(crate) const DATA: Variable =
    Variable { name: "SEATWRIGHT_DATA", what: "the folder of maps and recordings, as --data" };
pub(crate) const STATE_DIR: Variable =
    Variable { name: "SEATWRIGHT_STATE_DIR", what: "journal, locks and evidence, as --state-dir" };
pub(crate) const CACHE_DIR: Variable =
    Variable { name: "SEATWRIGHT_CACHE_DIR", what: "what makes the browser start sooner" };
pub(crate) const LOG: Variable =
    Variable { name: "SEATWRIGHT_LOG", what: "logged on stderr: info, or seatwright=debug, ..." };
pub(crate) const FIREFOX: Variable =
    Variable { name: "SEATWRIGHT_FIREFOX", what: "the Firefox to start, if not the one on PATH" };
pub(crate) const GECKODRIVER: Variable =
    Variable { name: "SEATWRIGHT_GECKODRIVER", what: "the geckodriver, if not the one on PATH" };
pub(crate) const BROWSER: Variable =
    Variable { name: "SEATWRIGHT_BROWSER", what: "firefox or chromium, as --browser" };
pub(crate) const CHROMIUM: Variable =
    Variable { name: "SEATWRIGHT_CHROMIUM", what: "the Chromium to start, if not the one on PATH" };
pub(crate) const CHROMEDRIVER: Variable =
    Variable { name: "SEATWRIGHT_CHROMEDRIVER", what: "the chromedriver, if not the one on PATH" };
pub(crate) const LOOPBACK_ONLY: Variable =
    Variable { name: "SEATWRIGHT_LOOPBACK_ONLY", what: "1: no connection leaves this machine (tests)" };
pub(crate) const DISPLAY: Variable =
    Variable { name: "DISPLAY", what: "the screen (X11) where login shows its browser" };
pub(crate) const WAYLAND_DISPLAY: Variable =
    Variable { name: "WAYLAND_DISPLAY", what: "the same of Wayland" };
pub(crate) const HEADLESS: Variable =
    Variable { name: "MOZ_HEADLESS", what: "1: Firefox shows no window, not even for login (tests)" };
pub(crate) const NO_COLOR: Variable = Variable { name: "NO_COLOR", what: "no colour, unless --color=always" };

/// Every one of them.
pub(crate) const ALL: [&Variable; 15] = [
    &CONFIG,
    &DATA,
    &STATE_DIR,
    &CACHE_DIR,
    &LOG,
    &BROWSER,
    &FIREFOX,
    &GECKODRIVER,
    &CHROMIUM,
    &CHROMEDRIVER,
    &LOOPBACK_ONLY,
    &DISPLAY,
    &WAYLAND_DISPLAY,
    &HEADLESS,
    &NO_COLOR,
];

impl Variable {
    /// Its value; an empty one counts as none.
    pub(crate) fn value(&self) -> Option<OsString> {
        std::env::var_os(self.name).filter(|value| !value.is_empty())
    }

    /// It is set to something other than 0.
    pub(crate) fn is_on(&self) -> bool {
        self.value().is_some_and(|value| value != "0")
    }
}

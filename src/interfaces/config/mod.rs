//! Turns flags, environment and file into values without an `Option` left: flag before environment before file
//! before default.
//!
//! [`Surroundings`] is what every command needs (folders, programs); [`Configuration`] is the file, and
//! [`Configuration::workspace`] what the engine manages. `file` reads `seatwright.toml`, [`mod@env`] lists the variables of
//! the environment, `show` tells each value's origin. Nothing here prints, and no secret is read here: only its place.

pub(crate) mod env;
mod error;
mod file;
mod priced;
mod resolve;
mod rostered;
mod show;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy;
use url::Url;

use crate::engine::app::reader::Read;
use crate::engine::browser::{BrowserKind, BrowserOptions};

pub(crate) use error::ConfigError;
pub(crate) use show::Setting;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag(&'static str),
    Environment(&'static str),
    /// A line of the configuration.
    File(usize),
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Environment(name) => f.write_str(name),
            Self::File(line) => write!(f, "line {line}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Given<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// What flags say; nothing is filled in yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    pub(crate) config: Option<PathBuf>,
    pub(crate) data: Option<PathBuf>,
    pub(crate) state_dir: Option<PathBuf>,
    pub(crate) webdriver: Option<Url>,
    pub(crate) browser: Option<BrowserKind>,
    pub(crate) headed: bool,
    pub(crate) deadline: Option<Duration>,
}

/// Folders and programs, resolved.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    pub(crate) config: Given<PathBuf>,
    pub(crate) state_dir: Given<PathBuf>,
    /// What can be thrown away. None for a user without a home folder who names none.
    pub(crate) cache_dir: Option<Given<PathBuf>>,
    /// A data folder for all workspaces; without it each has its own, or what is built in.
    pub(crate) data: Option<Given<PathBuf>>,
    pub(crate) webdriver: Option<Given<Url>>,
    /// The browser of all workspaces; without it the file says which.
    pub(crate) browser: Option<Given<BrowserKind>>,
    pub(crate) firefox: Option<Given<PathBuf>>,
    pub(crate) geckodriver: Option<Given<PathBuf>>,
    pub(crate) chromium: Option<Given<PathBuf>>,
    pub(crate) chromedriver: Option<Given<PathBuf>>,
    pub(crate) headed: Given<bool>,
    pub(crate) loopback_only: Given<bool>,
    /// How long any run may take; without it each workspace has its own, or the usual one.
    pub(crate) deadline: Option<Given<Duration>>,
}

impl Surroundings {
    /// Flag before environment before default.
    pub(crate) fn of(flags: &Flags) -> Result<Self, ConfigError> {
        let config = given(&flags.config, "--config", Some(&env::CONFIG));
        let state_dir = given(&flags.state_dir, "--state-dir", Some(&env::STATE_DIR));
        Ok(Self {
            config: or_default(config, "--config", |folders| {
                Some(folders.config_dir().join("seatwright").join("seatwright.toml"))
            })?,
            state_dir: or_default(state_dir, "--state-dir", |folders| {
                Some(folders.state_dir()?.join("seatwright"))
            })?,
            cache_dir: or_default(given(&None, "", Some(&env::CACHE_DIR)), env::CACHE_DIR.name, |folders| {
                Some(folders.cache_dir().join("seatwright"))
            })
            .ok(),
            data: given(&flags.data, "--data", Some(&env::DATA)),
            webdriver: flags
                .webdriver
                .clone()
                .map(|value| Given { value, origin: Origin::Flag("--webdriver") }),
            browser: browser(flags.browser)?,
            firefox: given(&None, "", Some(&env::FIREFOX)),
            geckodriver: given(&None, "", Some(&env::GECKODRIVER)),
            chromium: given(&None, "", Some(&env::CHROMIUM)),
            chromedriver: given(&None, "", Some(&env::CHROMEDRIVER)),
            headed: switch(flags.headed, Origin::Flag("--headed")),
            loopback_only: switch(env::LOOPBACK_ONLY.is_on(), Origin::Environment(env::LOOPBACK_ONLY.name)),
            deadline: flags.deadline.map(|value| Given { value, origin: Origin::Flag("--deadline") }),
        })
    }

    /// How browsers are started; `program` is this very program, which is also their keeper.
    pub(crate) fn browser_options(&self, program: &Path, browser: BrowserKind) -> BrowserOptions {
        let path = |given: &Option<Given<PathBuf>>| given.as_ref().map(|given| given.value.clone());
        BrowserOptions {
            cache_dir: path(&self.cache_dir),
            browser,
            firefox: path(&self.firefox),
            geckodriver: path(&self.geckodriver),
            chromium: path(&self.chromium),
            chromedriver: path(&self.chromedriver),
            headless: !self.headed.value,
            webdriver: self.webdriver.as_ref().map(|given| given.value.clone()),
            loopback_only: self.loopback_only.value,
            ..BrowserOptions::new(program, self.state_dir.value.join("browsers"))
        }
    }
}

fn given(
    flag: &Option<PathBuf>,
    name: &'static str,
    variable: Option<&'static env::Variable>,
) -> Option<Given<PathBuf>> {
    let flag = flag.as_ref().map(|path| (path.clone(), Origin::Flag(name)));
    let variable = || variable.and_then(|v| Some((PathBuf::from(v.value()?), Origin::Environment(v.name))));
    let (path, origin) = flag.or_else(variable)?;
    // An absolute path stays true whatever folder a message is read in. It can only fail for an empty path.
    Some(Given { value: std::path::absolute(&path).unwrap_or(path), origin })
}

fn browser(flag: Option<BrowserKind>) -> Result<Option<Given<BrowserKind>>, ConfigError> {
    if let Some(value) = flag {
        return Ok(Some(Given { value, origin: Origin::Flag("--browser") }));
    }
    let Some(word) = env::BROWSER.value() else { return Ok(None) };
    match BrowserKind::named(&word.to_string_lossy()) {
        Some(value) => Ok(Some(Given { value, origin: Origin::Environment(env::BROWSER.name) })),
        None => Err(ConfigError::Browser { word: word.to_string_lossy().into_owned() }),
    }
}

fn or_default(
    given: Option<Given<PathBuf>>,
    flag: &'static str,
    folder: impl FnOnce(&etcetera::base_strategy::Xdg) -> Option<PathBuf>,
) -> Result<Given<PathBuf>, ConfigError> {
    if let Some(given) = given {
        return Ok(given);
    }
    let folders = etcetera::base_strategy::Xdg::new().map_err(|_| ConfigError::NoHome { flag })?;
    let value = folder(&folders).ok_or(ConfigError::NoHome { flag })?;
    Ok(Given { value, origin: Origin::Default })
}

fn switch(on: bool, origin: Origin) -> Given<bool> {
    Given { value: on, origin: if on { origin } else { Origin::Default } }
}

/// The configuration file, read and without mistakes.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    path: PathBuf,
    /// A data folder that comes before those of the file.
    data: Option<Given<PathBuf>>,
    /// The same of how long a run may take.
    deadline: Option<Given<Duration>>,
    /// A browser that comes before those of the file.
    browser: Option<Given<BrowserKind>>,
    read: Read<file::File>,
}

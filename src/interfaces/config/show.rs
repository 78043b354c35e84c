//! What holds, and where each value comes from: `config show`.

use std::path::Path;

use serde::Serialize;

use super::file::Entry;
use super::priced::Priced;
use super::{ConfigError, Configuration, Given, Origin, Surroundings};
use crate::domain::Ceiling;
use crate::engine::deadline::in_words;
use crate::engine::secret::SecretSource;

/// One value as `config show` prints it. A secret is shown as its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Setting {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) origin: String,
}

impl Surroundings {
    /// Folders and programs.
    pub(crate) fn settings(&self) -> Vec<Setting> {
        let path = |given: &Given<std::path::PathBuf>| (given.value.display().to_string(), given.origin);
        let program = |given: &Option<Given<std::path::PathBuf>>| {
            given.as_ref().map_or(("looked for on PATH".to_owned(), Origin::Default), path)
        };
        let switch = |given: &Given<bool>| (if given.value { "yes" } else { "no" }.to_owned(), given.origin);
        let webdriver = self.webdriver.as_ref();
        let webdriver = webdriver
            .map_or(("none: a driver of its own".to_owned(), Origin::Default), |given| {
                (without_secrets(&given.value), given.origin)
            });
        let rows = [
            ("config", path(&self.config)),
            ("state_dir", path(&self.state_dir)),
            ("cache_dir", self.cache_dir.as_ref().map_or(("none".to_owned(), Origin::Default), path)),
            ("firefox", program(&self.firefox)),
            ("geckodriver", program(&self.geckodriver)),
            ("chromium", program(&self.chromium)),
            ("chromedriver", program(&self.chromedriver)),
            ("webdriver", webdriver),
            ("headed", switch(&self.headed)),
            ("loopback_only", switch(&self.loopback_only)),
        ];
        rows.into_iter().map(|(key, (value, origin))| setting(key, value, origin)).collect()
    }
}

impl Configuration {
    /// Everything about one workspace.
    ///
    /// # Errors
    /// As [`Configuration::workspace`].
    pub(crate) fn settings(&self, name: &str) -> Result<Vec<Setting>, ConfigError> {
        let workspace = self.workspace(Some(name))?;
        let entry = &self.read.value.workspaces[name];
        let mut rows = vec![
            ("app", workspace.app.map.app.clone()),
            ("console", format!("{} ({})", workspace.app.map.version, workspace.app.map.evidence.as_str())),
            ("url", workspace.url.to_string()),
            ("account.email", workspace.account.email.to_string()),
            ("account.password", place(workspace.account.password.as_ref(), "none: `seatwright login`")),
            ("account.totp", place(workspace.account.totp.as_ref(), "none")),
            ("session", if workspace.sessions.are_kept { "kept" } else { "none" }.to_owned()),
            ("session_key", workspace.sessions.key.place.place()),
            ("pace", in_words(workspace.pace)),
        ];
        rows.extend(policy(entry));
        rows.extend(entry.rostered.settings());
        let (deadline, data) = (self.deadline(name, entry), self.data(name, entry));
        if entry.prices.is_none() {
            rows.push(("prices", "none: plans say nothing of cost".to_owned()));
        }
        rows.push(("evidence.pictures", if entry.whole_pages { "page" } else { "crops" }.to_owned()));
        let row = |(key, value): (&str, String)| {
            let key = format!("workspaces.{name}.{key}");
            let origin = self.origin(&key);
            setting(&key, value, origin)
        };
        let mut settings: Vec<Setting> = rows.into_iter().map(row).collect();
        let key = format!("workspaces.{name}.deadline");
        settings.push(setting(&key, in_words(deadline.value), deadline.origin));
        for (key, value) in entry.prices.iter().flat_map(Priced::settings) {
            settings.push(row((&key, value)));
        }
        for (key, value) in &workspace.params {
            settings.push(row((&format!("params.{key}"), value.clone())));
        }
        for (key, choice) in &workspace.app.map.choices {
            let open = || format!("not made: {}", choice.values.join(" or "));
            let value = workspace.choices.get(key).cloned().unwrap_or_else(open);
            settings.push(row((&format!("choices.{key}"), value)));
        }
        let browser = self.browser(name);
        settings.push(setting(
            &format!("workspaces.{name}.browser"),
            browser.value.to_string(),
            browser.origin,
        ));
        let built_in = Given { value: "built in".into(), origin: Origin::Default };
        let data = data.unwrap_or(built_in);
        settings.push(setting(&format!("workspaces.{name}.data"), shown(&data.value), data.origin));
        Ok(settings)
    }
}

fn place(secret: Option<&SecretSource>, none: &str) -> String {
    secret.map_or_else(|| none.to_owned(), SecretSource::place)
}

fn policy(entry: &Entry) -> Vec<(&'static str, String)> {
    let policy = &entry.policy;
    let protected: Vec<&str> = policy.protected.iter().map(|email| email.as_str()).collect();
    vec![
        ("policy.protected", if protected.is_empty() { "nobody".to_owned() } else { protected.join(", ") }),
        ("policy.max_removals", ceiling(policy.max_removals)),
        ("policy.max_new_seats", policy.max_new_seats.to_string()),
        ("policy.max_privileged", policy.max_privileged.to_string()),
        ("policy.max_resends", policy.max_resends.to_string()),
        ("policy.seat_cap", policy.seat_cap.map_or("none".to_owned(), |cap| cap.to_string())),
        ("policy.failures_in_a_row", policy.failures_in_a_row.to_string()),
        (
            "policy.failure_percent",
            format!("{} (of at least {})", policy.failure_percent, policy.failure_least),
        ),
    ]
}

fn ceiling(ceiling: Ceiling) -> String {
    match ceiling {
        Ceiling::Count(count) => count.to_string(),
        Ceiling::Share { at_least, percent } => format!("{percent} % of the members, at least {at_least}"),
    }
}

/// The address of a Grid may carry a user and a password.
fn without_secrets(url: &url::Url) -> String {
    let mut url = url.clone();
    if !url.username().is_empty() || url.password().is_some() {
        // Neither can fail for an address that has a user.
        let _ = url.set_username("***");
        let _ = url.set_password(None);
    }
    url.to_string()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn setting(key: &str, value: String, origin: Origin) -> Setting {
    Setting { key: key.to_owned(), value, origin: origin.to_string() }
}

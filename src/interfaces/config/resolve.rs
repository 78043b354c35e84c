//! From the file to a [`Workspace`]: the app is loaded, and what the map asks of a workspace is checked.

use std::sync::Arc;
use std::time::Duration;

use super::file::{self, Entry, File};
use super::priced::Mistake;
use super::rostered::{NoRole, no_such_role};
use super::{ConfigError, Configuration, Given, Origin, Surroundings};
use crate::domain::Policy;
use crate::engine::account::KeySource;
use crate::engine::app::problem::{Hint, Problem, Severity, nearest};
use crate::engine::app::{App, Apps};
use crate::engine::browser::BrowserKind;
use crate::engine::deadline;
use crate::engine::pace;
use crate::engine::secret::SecretSource;
use crate::engine::workspace::{Account, Rostered, Sessions, Workspace};

impl Configuration {
    /// Reads the file; the one that is named or found, and no other.
    ///
    /// # Errors
    /// It is missing, cannot be read, or holds mistakes: then all of them.
    pub(crate) fn load(surroundings: &Surroundings) -> Result<Self, ConfigError> {
        let Given { value: path, origin } = &surroundings.config;
        let text = std::fs::read_to_string(path).map_err(|cause| match cause.kind() {
            std::io::ErrorKind::NotFound => ConfigError::Missing { path: path.clone(), origin: *origin },
            _ => ConfigError::Unreadable { path: path.clone(), cause },
        })?;
        let wrong = |problems| ConfigError::Wrong { path: path.clone(), problems };
        let (read, mut problems) = file::parse(path, &text);
        let Some(read) = read else {
            file::attach_excerpts(&mut problems, path, &text);
            return Err(wrong(problems));
        };
        let configuration = Self {
            path: path.clone(),
            data: surroundings.data.clone(),
            deadline: surroundings.deadline,
            browser: surroundings.browser,
            read,
        };
        if problems.is_empty() {
            return Ok(configuration);
        }
        // There are mistakes, so the others are told too, as far as they are in this file.
        for (name, entry) in &configuration.read.value.workspaces {
            if let Err(ConfigError::Wrong { problems: more, .. }) = configuration.app(name, entry) {
                problems.extend(more);
            }
        }
        problems.sort();
        file::attach_excerpts(&mut problems, path, &text);
        Err(wrong(problems))
    }

    /// The names there are.
    pub(crate) fn names(&self) -> Vec<String> {
        self.read.value.workspaces.keys().cloned().collect()
    }

    /// The workspace of that name; without one, the only one there is.
    ///
    /// # Errors
    /// No such workspace, or none can be chosen; its app cannot be loaded; what the map asks for is missing.
    pub(crate) fn workspace(&self, name: Option<&str>) -> Result<Workspace, ConfigError> {
        let known = self.names();
        let name = match (name, known.as_slice()) {
            (Some(name), _) => name,
            (None, [only]) => only,
            (None, _) => return Err(ConfigError::WhichWorkspace { known }),
        };
        let Some(entry) = self.read.value.workspaces.get(name) else {
            return Err(ConfigError::NoSuchWorkspace { name: name.to_owned(), known });
        };
        let app = self.app(name, entry).map_err(|error| self.with_excerpts(error))?;
        let read = "a file without mistakes has it";
        let workspace = Workspace {
            name: name.to_owned(),
            app: Arc::new(app),
            url: entry.url.clone().expect(read),
            account: Account {
                email: entry.email.clone().expect(read),
                password: entry.password.clone(),
                totp: entry.totp.clone(),
            },
            sessions: self.sessions(entry),
            params: entry.params.clone(),
            choices: entry.choices.clone(),
            policy: Policy { needs_approval: entry.rostered.needs_approval.clone(), ..entry.policy.clone() },
            rostered: Rostered::default(),
            prices: None,
            deadline: self.deadline(name, entry).value,
            pace: entry.pace.unwrap_or_else(|| pace::usual(entry.url.as_ref().expect(read))),
            whole_pages: entry.whole_pages,
        };
        let prices = entry.prices.as_ref().map(|prices| prices.resolve(&workspace)).transpose();
        match (entry.rostered.resolve(&workspace), prices) {
            (Ok(rostered), Ok(prices)) => Ok(Workspace { rostered, prices, ..workspace }),
            (rostered, prices) => {
                let (unknown, mistakes) =
                    (rostered.err().unwrap_or_default(), prices.err().unwrap_or_default());
                Err(self.with_excerpts(self.no_such_roles(&workspace, &unknown, mistakes)))
            }
        }
    }

    /// Where the roster of a workspace is, if its configuration says so.
    pub(crate) fn roster_file(&self, workspace: &str) -> Option<std::path::PathBuf> {
        self.read.value.workspaces.get(workspace)?.rostered.file.clone()
    }

    fn no_such_roles(
        &self,
        workspace: &Workspace,
        unknown: &[NoRole],
        mistakes: Vec<Mistake>,
    ) -> ConfigError {
        let of_prices = mistakes.into_iter().map(|(key, message, hint)| {
            let key = format!("workspaces.{}.{key}", workspace.name);
            self.read.problem(Severity::Error, &key, message, hint)
        });
        let problem = |unknown: &NoRole| {
            let (message, hint) = no_such_role(unknown, workspace);
            let key = format!("workspaces.{}.{}", workspace.name, unknown.key);
            self.read.problem(Severity::Error, &key, message, hint)
        };
        let mut problems: Vec<Problem> = unknown.iter().map(problem).chain(of_prices).collect();
        problems.sort();
        ConfigError::Wrong { path: self.path.clone(), problems }
    }

    /// Without a key of its own a workspace has the one beside the configuration, which is made when it is needed.
    fn sessions(&self, entry: &Entry) -> Sessions {
        let made = || KeySource {
            place: SecretSource::File(self.path.with_file_name("session.key")),
            is_made: true,
        };
        let named = |place: &SecretSource| KeySource { place: place.clone(), is_made: false };
        Sessions { key: entry.session_key.as_ref().map_or_else(made, named), are_kept: !entry.no_sessions }
    }

    /// The data folder of a workspace; none means what is built in.
    pub(super) fn data(&self, name: &str, entry: &Entry) -> Option<Given<std::path::PathBuf>> {
        let own = |value: &std::path::PathBuf| Given {
            value: value.clone(),
            origin: self.origin(&format!("workspaces.{name}.data")),
        };
        self.data.clone().or_else(|| entry.data.as_ref().map(own))
    }

    /// How long a run of a workspace may take.
    pub(super) fn deadline(&self, name: &str, entry: &Entry) -> Given<Duration> {
        let own = || {
            let origin = self.origin(&format!("workspaces.{name}.deadline"));
            Given { value: entry.deadline.unwrap_or(deadline::USUAL), origin }
        };
        self.deadline.unwrap_or_else(own)
    }

    /// The browser of a workspace that is known.
    pub(crate) fn browser(&self, name: &str) -> Given<BrowserKind> {
        let File { browser, workspaces } = &self.read.value;
        let own = workspaces.get(name).and_then(|entry| entry.browser);
        let of_file = |kind: Option<BrowserKind>, key: &str| {
            kind.map(|value| Given { value, origin: self.origin(key) })
        };
        self.browser
            .or_else(|| of_file(own, &format!("workspaces.{name}.browser")))
            .or_else(|| of_file(*browser, "browser"))
            .unwrap_or(Given { value: BrowserKind::default(), origin: Origin::Default })
    }

    /// Where a value of the file stands.
    pub(super) fn origin(&self, key: &str) -> Origin {
        self.read.line(key).map_or(Origin::Default, Origin::File)
    }

    fn app(&self, name: &str, entry: &Entry) -> Result<App, ConfigError> {
        let apps = match self.data(name, entry) {
            None => Apps::builtin(),
            Some(data) => Apps::from_dir(&data.value)
                .map_err(|cause| ConfigError::Data { origin: data.origin, cause })?,
        };
        let wrong = |key: &str, message: String, hint: Hint| {
            let key = format!("workspaces.{name}.{key}");
            let problem = self.read.problem(Severity::Error, &key, message, hint);
            ConfigError::Wrong { path: self.path.clone(), problems: vec![problem] }
        };
        let Some(app) = &entry.app else { return Err(self.nothing_more()) };
        let version = version(&apps, app, entry.console.as_deref())
            .map_err(|(key, message, hint)| wrong(key, message, hint))?;
        let loaded = apps.load(app, &version);
        let loaded =
            loaded.map_err(|problems| ConfigError::App { app: format!("{app}/{version}"), problems })?;
        let mut problems = self.wrong_params(name, entry, &loaded);
        problems.extend(self.wrong_choices(name, entry, &loaded));
        if problems.is_empty() {
            Ok(loaded)
        } else {
            Err(ConfigError::Wrong { path: self.path.clone(), problems })
        }
    }

    /// The text is not kept, for it may hold secrets in wrong places: it is read again where it is shown.
    fn with_excerpts(&self, error: ConfigError) -> ConfigError {
        let ConfigError::Wrong { path, mut problems } = error else { return error };
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        file::attach_excerpts(&mut problems, &path, &text);
        ConfigError::Wrong { path, problems }
    }

    /// What is wrong was reported already.
    fn nothing_more(&self) -> ConfigError {
        ConfigError::Wrong { path: self.path.clone(), problems: Vec::new() }
    }

    fn wrong_params(&self, name: &str, entry: &Entry, app: &App) -> Vec<Problem> {
        let wanted = &app.map.params;
        let at = |key: &str, message: String, hint: Hint| {
            self.read.problem(Severity::Error, &format!("workspaces.{name}{key}"), message, hint)
        };
        let missing = wanted.iter().filter(|(key, _)| !entry.params.contains_key(*key)).map(|(key, what)| {
            let hint = format!("add it: params = {{ {key} = \"...\" }}");
            at(".params", format!("{} needs the parameter `{key}`: {what}", app.id()), hint.into())
        });
        let unknown = entry.params.keys().filter(|key| !wanted.contains_key(*key)).map(|key| {
            let hint = match nearest(key, wanted.keys().map(String::as_str)) {
                Some(near) => Hint::meant(key, near),
                None if wanted.is_empty() => Hint::from("it has none: leave `params` out"),
                None => {
                    Hint::from(format!("it has: {}", wanted.keys().cloned().collect::<Vec<_>>().join(", ")))
                }
            };
            at(&format!(".params.{key}"), format!("{} has no parameter `{key}`", app.id()), hint)
        });
        missing.chain(unknown).collect()
    }

    /// What is decided has to be asked, and to be one of the answers. What is not decided is told by whoever needs it.
    fn wrong_choices(&self, name: &str, entry: &Entry, app: &App) -> Vec<Problem> {
        let known = &app.map.choices;
        let wrong = |(key, value): (&String, &String)| {
            let (message, hint) = match known.get(key) {
                Some(choice) if choice.values.contains(value) => return None,
                Some(choice) => {
                    let values: Vec<&str> = choice.values.iter().map(String::as_str).collect();
                    let hint = match nearest(value, values.iter().copied()) {
                        Some(near) => Hint::meant(value, near),
                        None => Hint::from(format!("{} It has: {}", choice.ask, values.join(", "))),
                    };
                    (format!("the choice `{key}` of {} has no value `{value}`", app.id()), hint)
                }
                None => {
                    let names: Vec<&str> = known.keys().map(String::as_str).collect();
                    let hint = match nearest(key, names.iter().copied()) {
                        Some(near) => Hint::meant(key, near),
                        None if names.is_empty() => Hint::from("it has none: leave `choices` out"),
                        None => Hint::from(format!("it has: {}", names.join(", "))),
                    };
                    (format!("{} has no choice `{key}`", app.id()), hint)
                }
            };
            let at = format!("workspaces.{name}.choices.{key}");
            Some(self.read.problem(Severity::Error, &at, message, hint))
        };
        entry.choices.iter().filter_map(wrong).collect()
    }
}

/// The version of the console: the one named, or the only one. An error is the key it is about, message and hint.
fn version(apps: &Apps, app: &str, console: Option<&str>) -> Result<String, (&'static str, String, Hint)> {
    let all = apps.list();
    let versions: Vec<&str> =
        all.iter().filter(|(known, _)| known == app).map(|(_, version)| version.as_str()).collect();
    let mut names: Vec<&str> = all.iter().map(|(app, _)| app.as_str()).collect();
    names.dedup();
    match (console, versions.as_slice()) {
        (_, []) => Err(("app", format!("there is no app `{app}`"), near_or_all(app, &names))),
        (Some(console), known) if known.contains(&console) => Ok(console.to_owned()),
        (Some(console), known) => {
            Err(("console", format!("{app} has no console version `{console}`"), near_or_all(console, known)))
        }
        (None, [only]) => Ok((*only).to_owned()),
        (None, known) => {
            let hint = format!("add console = \"...\", one of: {}", known.join(", "));
            Err(("app", format!("{app} has {} console versions", known.len()), hint.into()))
        }
    }
}

fn near_or_all(word: &str, known: &[&str]) -> Hint {
    match nearest(word, known.iter().copied()) {
        Some(near) => Hint::meant(word, near),
        None => Hint::from(format!("there are: {}", known.join(", "))),
    }
}

//! [`ConfigError`]: why there is no usable configuration.

use std::path::PathBuf;

use super::{Origin, env};
use crate::engine::app::problem::{Problem, nearest};
use crate::engine::app::{Apps, DataError};
use crate::engine::browser::BrowserKind;

/// Why there is no usable configuration. Nothing was done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("find the folder for {flag}: this user has no home folder")]
    NoHome { flag: &'static str },
    #[error("choose a browser: {} names none: `{}`", env::BROWSER.name, word.escape_debug())]
    Browser { word: String },
    #[error("read the configuration: there is no file {}{}", path.display(), named_by(*origin))]
    Missing { path: PathBuf, origin: Origin },
    #[error("read the configuration {}: {cause}", path.display())]
    Unreadable { path: PathBuf, cause: std::io::Error },
    #[error("read the configuration {}: {}", path.display(), mistakes(problems))]
    Wrong { path: PathBuf, problems: Vec<Problem> },
    #[error("load {app}: {}", mistakes(problems))]
    App { app: String, problems: Vec<Problem> },
    #[error("use the data folder{}: {cause}", named_by(*origin))]
    Data { origin: Origin, cause: DataError },
    #[error("choose a workspace: the configuration has {}", known.len())]
    WhichWorkspace { known: Vec<String> },
    #[error("choose a workspace: the configuration has no `{name}`")]
    NoSuchWorkspace { name: String, known: Vec<String> },
}

fn named_by(origin: Origin) -> String {
    match origin {
        Origin::Default => String::new(),
        origin => format!(" ({origin})"),
    }
}

fn mistakes(problems: &[Problem]) -> String {
    let count = problems.iter().filter(|problem| problem.is_error()).count();
    if count == 1 {
        "1 mistake, nothing was done".to_owned()
    } else {
        format!("{count} mistakes, nothing was done")
    }
}

impl ConfigError {
    /// The single mistakes, each with its place.
    pub(crate) fn problems(&self) -> &[Problem] {
        match self {
            Self::Wrong { problems, .. } | Self::App { problems, .. } => problems,
            _ => &[],
        }
    }

    /// What to do next.
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Browser { .. } => {
                format!("it is one of: {}", BrowserKind::ALL.map(BrowserKind::as_str).join(", "))
            }
            Self::NoHome { flag } => format!("set HOME, or name it with {flag}"),
            Self::Missing { path, origin } => missing(path, *origin),
            Self::Unreadable { path, .. } => format!("let this user read {}", path.display()),
            Self::Wrong { .. } => {
                "correct the file; `seatwright config show` checks it and starts nothing".to_owned()
            }
            Self::App { .. } => {
                "correct the map or the recording; `seatwright selectors check` checks all of them and starts nothing"
                    .to_owned()
            }
            Self::Data { cause, .. } => cause.hint().to_owned(),
            Self::WhichWorkspace { known } => format!("add -w NAME, one of: {}", known.join(", ")),
            Self::NoSuchWorkspace { name, known } => match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has: {}", known.join(", ")),
            },
        })
    }
}

/// Where it was looked for, and the smallest configuration that works.
fn missing(path: &std::path::Path, origin: Origin) -> String {
    let app = Apps::builtin().list().into_iter().next().map_or("APP".to_owned(), |(app, _)| app);
    let other = match origin {
        Origin::Default => format!(", or name another file with --config or {}", env::CONFIG.name),
        _ => String::new(),
    };
    format!(
        "make it{other}. The least that {} needs:\n\
         \n\
         [workspaces.acme]\n\
         app = \"{app}\"\n\
         url = \"https://CONSOLE-OF-YOUR-WORKSPACE/\"\n\
         account = {{ email = \"admin@example.com\", password = {{ file = \"acme.password\" }} }}\n\
         \n\
         The password goes into acme.password beside it, readable by you only (chmod 600).\n\
         To practise first: seatwright sandbox --write-config practice.toml",
        path.file_name()
            .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
    )
}

//! The commands, one file each: from arguments to the engine and back.

mod apply;
mod approve;
mod audit;
mod audit_log;
mod cancel;
mod cancel_invite;
mod change;
mod completions;
mod config_show;
mod deactivate;
mod doctor;
mod export;
mod import;
mod invite;
mod list;
mod login;
mod logout;
mod plan;
mod reactivate;
mod remove;
mod resend;
mod resume;
mod review;
mod runs;
mod sandbox;
mod seats;
mod selectors_check;
mod set_role;
mod show;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;

use super::args::{Command, Config, Global, Selectors};
use super::exit::Advice;
use super::printer::Printer;
use crate::engine::journal::{Clock, Journal, RunId};
use crate::engine::{Engine, OwnBrowsers, Settings};
use crate::interfaces::config::{ConfigError, Configuration, Surroundings};

/// What every command has.
pub(crate) struct Context {
    pub(crate) printer: Printer,
    pub(crate) global: Global,
}

/// Runs one command and gives the exit code.
pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<u8> {
    match command {
        Command::List(arguments) => list::run(context, &arguments).await,
        Command::Login(arguments) => login::run(context, &arguments).await,
        Command::Logout => logout::run(context).await,
        Command::Seats => seats::run(context).await,
        Command::Audit(arguments) => audit::run(context, arguments).await,
        Command::Export(arguments) => export::run(context, &arguments).await,
        Command::Invite(arguments) => invite::run(context, arguments).await,
        Command::Import(arguments) => import::run(context, arguments).await,
        Command::Resend(arguments) => resend::run(context, arguments).await,
        Command::CancelInvite(arguments) => cancel_invite::run(context, arguments).await,
        Command::SetRole(arguments) => set_role::run(context, arguments).await,
        Command::Deactivate(arguments) => deactivate::run(context, arguments).await,
        Command::Reactivate(arguments) => reactivate::run(context, arguments).await,
        Command::Remove(arguments) => remove::run(context, arguments).await,
        Command::Plan(arguments) => plan::run(context, arguments).await,
        Command::Explain(arguments) => plan::explain(context, arguments).await,
        Command::Review(arguments) => review::run(context, &arguments),
        Command::Approve(arguments) => approve::run(context, &arguments).await,
        Command::Apply(arguments) => apply::run(context, arguments).await,
        Command::Undo(arguments) => plan::undo(context, arguments).await,
        Command::Doctor(arguments) => doctor::run(context, &arguments).await,
        Command::Runs(arguments) => runs::run(context, &arguments).await,
        Command::Show(arguments) => show::run(context, &arguments).await,
        Command::Resume(arguments) => resume::run(context, &arguments).await,
        Command::Cancel(arguments) => cancel::run(context, &arguments).await,
        Command::AuditLog(command) => audit_log::run(context, &command).await,
        Command::Selectors(Selectors::Check(arguments)) => selectors_check::run(context, &arguments),
        Command::Config(Config::Show) => config_show::run(context),
        Command::Sandbox(arguments) => sandbox::run(context, arguments).await,
        Command::Completions(arguments) => Ok(completions::run(context, &arguments)),
    }
}

impl Context {
    /// Folders and programs.
    fn surroundings(&self) -> Result<Surroundings, ConfigError> {
        Surroundings::of(&self.global.flags())
    }

    /// The engine of the workspace that is asked for.
    async fn engine(&self) -> anyhow::Result<Engine> {
        open(&self.surroundings()?, self.global.workspace.as_deref()).await
    }

    /// The same, and where its roster is, if the configuration says so.
    async fn engine_and_roster(&self) -> anyhow::Result<(Engine, Option<PathBuf>)> {
        let engine = self.engine().await?;
        let roster = Configuration::load(&self.surroundings()?)?.roster_file(&engine.workspace.name);
        Ok((engine, roster))
    }

    /// What the journal says of a run's workspace has to be what was asked for, where something was.
    fn has_workspace(&self, doing: &str, id: &RunId, name: &str) -> Result<(), Advice> {
        let asked = self.global.workspace.as_deref().filter(|asked| *asked != name);
        asked.map_or(Ok(()), |asked| {
            let message = format!("{doing} {id}: it was a run of workspace {name}, not of {asked}");
            Err(Advice::usage(message, "leave -w out: the journal knows the workspace"))
        })
    }

    /// The journal alone: what it knows needs no configuration.
    async fn journal(&self, surroundings: &Surroundings) -> anyhow::Result<Journal> {
        let folder = &surroundings.state_dir.value;
        if nothing_ran_yet(surroundings) {
            let message = format!("look for runs: there is no state folder {}", folder.display());
            return Err(Advice::usage(message, "nothing ran yet; or name the folder with --state-dir").into());
        }
        Ok(Journal::open(folder, clock()).await?)
    }
}

/// A state folder that may not be looked into is another matter: opening the journal says why.
fn nothing_ran_yet(surroundings: &Surroundings) -> bool {
    matches!(surroundings.state_dir.value.try_exists(), Ok(false))
}

/// The engine of the workspace of that name, or of the only one.
async fn open(surroundings: &Surroundings, name: Option<&str>) -> anyhow::Result<Engine> {
    let configuration = Configuration::load(surroundings)?;
    let workspace = configuration.workspace(name)?;
    let browser = configuration.browser(&workspace.name).value;
    let program = std::env::current_exe().context("find this program, which also keeps the browsers")?;
    let mut options = surroundings.browser_options(&program, browser);
    options.languages = languages(&workspace.app.map.language);
    let settings = Settings {
        workspace,
        state_dir: surroundings.state_dir.value.clone(),
        browsers: Arc::new(OwnBrowsers::new(options)),
        clock: clock(),
        os_user: os_user(),
    };
    Ok(Engine::open(settings).await?)
}

/// What the browser asks the console to speak: the language the map's words are in, before signing in too.
fn languages(map: &str) -> String {
    match map.split('-').next() {
        Some("en") if map != "en" => format!("{map}, en"),
        Some("en") => "en-US, en".to_owned(),
        _ => format!("{map}, en-US, en"),
    }
}

fn clock() -> Clock {
    Arc::new(Timestamp::now)
}

/// Who runs this, by the operating system and not by a variable anybody can set.
fn os_user() -> String {
    let uid = rustix::process::getuid().as_raw();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid.to_string()).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("uid {uid}"))
}

/// The run a person typed.
fn run_id(text: &str) -> Result<RunId, Advice> {
    RunId::parse(text).ok_or_else(|| {
        let message = format!("`{}` is no run", text.escape_debug());
        Advice::usage(message, "a run is named like 20261121-213455-k3f9; `seatwright runs` lists them")
    })
}

fn no_such_run(run: &RunId, surroundings: &Surroundings) -> Advice {
    let folder = surroundings.state_dir.value.display();
    Advice::usage(
        format!("the journal in {folder} has no run {run}"),
        "`seatwright runs` lists the runs there are",
    )
}

/// A moment as people read it; run names are in UTC too.
fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_asks_for_the_language_of_the_map() {
        for (map, expected) in [("en", "en-US, en"), ("en-GB", "en-GB, en"), ("de", "de, en-US, en")] {
            assert_eq!(languages(map), expected);
        }
    }
}

//! `sandbox`: serves a practice console until SIGTERM or SIGINT.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Context;
use crate::interfaces::cli::args;
use crate::interfaces::cli::exit::Advice;
use crate::sandbox::{self, Options, Ready};

pub(super) async fn run(context: &Context, arguments: args::Sandbox) -> anyhow::Result<u8> {
    let defaults = Options::default();
    let options = Options {
        skin: arguments.skin.unwrap_or(defaults.skin),
        port: arguments.port,
        members: usize::try_from(arguments.members).expect("a u32 fits into a usize here"),
        seed: arguments.seed,
        faults: arguments.fault,
        ..Options::default()
    };
    let skin = options.skin.clone();
    let has_code = options.faults.iter().any(|fault| fault == "second_factor");
    // Asked for first: a signal that comes while it starts must not be missed.
    let until = told_to_stop().context("listen for SIGTERM and SIGINT")?;
    let sandbox = sandbox::start(options).await?;
    let ready = sandbox.ready();
    if let Some(path) = &arguments.write_config {
        write_config(path, &skin, &ready, has_code)?;
    }
    context.printer.value_line(&ready);
    sandbox.stopped(until).await;
    Ok(0)
}

fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut term: Signal = signal(SignalKind::terminate())?;
    let mut int: Signal = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}

/// A configuration that works as it stands, and the password in a file beside it.
fn write_config(path: &Path, skin: &str, ready: &Ready, has_code: bool) -> anyhow::Result<()> {
    let password = beside(path)?;
    write_private(&password, &ready.account.password)?;
    let secret = ready.account.totp.as_deref().filter(|_| has_code);
    let totp = match secret {
        None => String::new(),
        Some(secret) => {
            let file = path.with_extension("totp");
            write_private(&file, secret)?;
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            format!(", totp = {{ file = {} }}", quoted(&name))
        }
    };
    let (app, console) = skin.split_once('/').unwrap_or((skin, ""));
    let file_name = password.file_name().unwrap_or_default().to_string_lossy();
    let text = format!(
        "# Written by `seatwright sandbox`: good as long as it runs.\n\
         [workspaces.sandbox]\n\
         app = {}\n\
         console = {}\n\
         url = {}\n\
         account = {{ email = {}, password = {{ file = {} }}{totp} }}\n",
        quoted(app),
        quoted(console),
        quoted(&ready.url),
        quoted(&ready.account.email),
        quoted(&file_name),
    );
    write_private(path, &text)
}

/// `practice.toml` has its password in `practice.password`.
fn beside(path: &Path) -> Result<PathBuf, Advice> {
    let password = path.with_extension("password");
    if path.file_name().is_none() || password == path {
        let message = format!("write the configuration {}: this is no name for it", path.display());
        return Err(Advice::usage(message, "name a file: --write-config practice.toml"));
    }
    Ok(password)
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// For its owner only, also where the file was there before.
fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        file.write_all(text.as_bytes())
    };
    write().map_err(|error: std::io::Error| {
        let message = format!("write {}: {error}", path.display());
        Advice::usage(message, "name a file in a folder you may write to").into()
    })
}

//! `login`

use serde::Serialize;

use super::{Context, open};
use crate::domain::outcome::exit;
use crate::engine::report::{Report, SCHEMA_VERSION};
use crate::interfaces::cli::args::{Consent, Login};
use crate::interfaces::cli::ask::Asker;
use crate::interfaces::cli::exit::Advice;
use crate::interfaces::cli::render;
use crate::interfaces::config::{Configuration, env};

/// What `login --json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    schema_version: u32,
    report: &'a Report,
}

pub(super) async fn run(context: &Context, arguments: &Login) -> anyhow::Result<u8> {
    let mut surroundings = context.surroundings()?;
    let workspace = Configuration::load(&surroundings)?.workspace(context.global.workspace.as_deref())?;
    // A browser elsewhere has a screen of its own, or has not.
    if surroundings.webdriver.is_none() && !has_screen() {
        let message = "show a browser to sign in with: there is no screen here, neither DISPLAY nor WAYLAND_DISPLAY is set";
        let hint = "run it in a desktop session, or over `ssh -X`, as the user whose runs shall use the session; or on another \
                    machine with the same configuration, and bring its `sessions` folder and the session key here";
        return Err(Advice::usage(message, hint).into());
    }
    surroundings.headed.value = true;
    let account = workspace.account.email.clone();
    let engine = open(&surroundings, context.global.workspace.as_deref()).await?;
    let mut asker = Asker::new(&context.printer, Consent::default());
    let report = engine.login(arguments.timeout, &mut asker).await?;
    let printer = &context.printer;
    if printer.json() {
        printer.value(&Printed { schema_version: SCHEMA_VERSION, report: &report });
    } else if report.exit_code == exit::DONE {
        printer
            .line(&format!("signed in for {account}; later runs use this session until the console ends it"));
        printer.hint(&format!(
            "nobody can tell from here who signed in: if it was not {account}, `seatwright logout`, and again as {account}"
        ));
    }
    render::reading(printer, &report);
    Ok(report.exit_code)
}

/// Whether a window can be shown, or whoever runs this knows that none will be.
fn has_screen() -> bool {
    [&env::DISPLAY, &env::WAYLAND_DISPLAY].iter().any(|variable| variable.value().is_some())
        || env::HEADLESS.is_on()
}

//! `config show`

use serde::Serialize;

use super::Context;
use crate::engine::report::SCHEMA_VERSION;
use crate::interfaces::config::{Configuration, Setting};

/// What `config show --json` prints.
#[derive(Serialize)]
struct Printed {
    schema_version: u32,
    settings: Vec<Setting>,
}

pub(super) fn run(context: &Context) -> anyhow::Result<u8> {
    let surroundings = context.surroundings()?;
    let configuration = Configuration::load(&surroundings)?;
    let mut settings = surroundings.settings();
    let names = context.global.workspace.clone().map_or_else(|| configuration.names(), |name| vec![name]);
    for name in names {
        settings.extend(configuration.settings(&name)?);
    }
    if context.printer.json() {
        context.printer.value(&Printed { schema_version: SCHEMA_VERSION, settings });
        return Ok(0);
    }
    let row = |setting: Setting| vec![setting.key, setting.value, setting.origin];
    let rows: Vec<Vec<String>> = settings.into_iter().map(row).collect();
    context.printer.table(&["setting", "value", "from"], &rows);
    Ok(0)
}

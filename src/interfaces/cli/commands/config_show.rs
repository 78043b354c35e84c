//! `config show`

use serde::Serialize;

use super::Context;
use crate::engine::report::SCHEMA_VERSION;
use crate::interfaces::cli::printer::Style;
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
    let names = context.global.workspace.clone().map_or_else(|| configuration.names(), |name| vec![name]);
    let mut parts = vec![(None, surroundings.settings())];
    for name in names {
        let settings = configuration.settings(&name)?;
        parts.push((Some(name), settings));
    }
    let printer = &context.printer;
    if printer.json() {
        let settings = parts.into_iter().flat_map(|(_, settings)| settings).collect();
        printer.value(&Printed { schema_version: SCHEMA_VERSION, settings });
        return Ok(0);
    }
    for (name, settings) in parts {
        let prefix = name.map_or(String::new(), |name| format!("workspaces.{name}"));
        if !prefix.is_empty() {
            printer.line("");
            printer.styled_line(Style::Bold, &format!("[{prefix}]"), "");
        }
        let key = |key: &str| key.trim_start_matches(&prefix).trim_start_matches('.').to_owned();
        let row = |setting: &Setting| vec![key(&setting.key), setting.value.clone(), setting.origin.clone()];
        let rows: Vec<Vec<String>> = settings.iter().map(row).collect();
        printer.table(&["setting", "value", "from"], &rows, &[1]);
    }
    Ok(0)
}

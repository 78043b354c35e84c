//! `export [-o FILE]`

use std::path::Path;

use serde::Serialize;

use super::Context;
use crate::engine::report::{FileReport, Report, SCHEMA_VERSION};
use crate::engine::whole_file;
use crate::interfaces::cli::args::{Consent, Export};
use crate::interfaces::cli::ask::Asker;
use crate::interfaces::cli::exit::Advice;
use crate::interfaces::cli::render;

/// What `export --json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    schema_version: u32,
    report: &'a Report,
    /// Where it was written, if that was asked for.
    written: Option<&'a Path>,
    /// Where the run keeps it; nothing if there is none.
    kept: Option<&'a Path>,
}

pub(super) async fn run(context: &Context, arguments: &Export) -> anyhow::Result<u8> {
    let printer = &context.printer;
    let output = Some(arguments.output.as_path()).filter(|path| *path != Path::new("-"));
    if let Some(path) = output {
        whole_file::may_be_written(path, arguments.force)?;
    }
    let engine = context.engine().await?;
    let exported = engine.export(&mut Asker::new(printer, Consent::default())).await?;
    let (report, kept) = (&exported.report, exported.path.as_deref());
    if let (Some(kept), Some(file)) = (kept, &report.file) {
        let content = || {
            std::fs::read(kept)
                .map_err(|error| Advice::usage(format!("read {}: {error}", kept.display()), "run it again"))
        };
        match output {
            Some(path) => whole_file::write(path, &content()?, arguments.force)?,
            None if printer.json() => {}
            None => {
                if !printer.file(&content()?) {
                    let message = format!("{:?} is no text, so a terminal cannot show it", file.name);
                    let hint = format!("name a file with -o; this one is kept in {}", kept.display());
                    return Err(Advice::usage(message, hint).into());
                }
            }
        }
    }
    if printer.json() {
        printer.value(&Printed {
            schema_version: SCHEMA_VERSION,
            report,
            written: output.filter(|_| kept.is_some()),
            kept,
        });
    }
    render::reading(printer, report);
    if let Some(file) = &report.file {
        printer.say(&told(file));
    }
    Ok(report.exit_code)
}

/// What came, in a line.
fn told(file: &FileReport) -> String {
    format!("{}: {} bytes, sha256 {}", file.name, file.bytes, file.sha256)
}

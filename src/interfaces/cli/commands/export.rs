//! `export [-o FILE]`

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Context;
use crate::engine::report::{FileReport, Report, SCHEMA_VERSION};
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
        may_be_written(path, arguments.force)?;
    }
    let engine = context.engine().await?;
    let exported = engine.export(&mut Asker::new(printer, Consent::default())).await?;
    let (report, kept) = (&exported.report, exported.path.as_deref());
    if let (Some(kept), Some(file)) = (kept, &report.file) {
        match output {
            Some(path) => copy(kept, path, arguments.force)?,
            None if printer.json() => {}
            None => {
                let content = fs::read(kept).map_err(|error| {
                    Advice::usage(format!("read {}: {error}", kept.display()), "run it again")
                })?;
                if !printer.file(&content) {
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

/// Before a browser starts: afterwards the file would have been fetched for nothing.
fn may_be_written(path: &Path, force: bool) -> Result<(), Advice> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => Err(not_written(path, "it is a folder")),
        Ok(_) if !force => Err(is_there(path)),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = folder_of(path);
            if folder.is_dir() {
                Ok(())
            } else {
                Err(not_written(path, &format!("there is no folder {}", folder.display())))
            }
        }
        Err(error) => Err(not_written(path, &error.to_string())),
    }
}

/// Wholly or not at all: what was not finished has another name, and nobody is left with half a file.
fn copy(from: &Path, to: &Path, force: bool) -> Result<(), Advice> {
    let draft = folder_of(to).join(format!(".seatwright-export-{:016x}", fastrand::u64(..)));
    let failed = |error: &io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => is_there(to),
        _ => not_written(to, &error.to_string()),
    };
    let written = write(from, &draft).and_then(|()| match force {
        true => fs::rename(&draft, to),
        // A link is made only where nothing has the name yet.
        false => fs::hard_link(&draft, to),
    });
    let removed = fs::remove_file(&draft);
    match removed {
        Err(error) if written.is_ok() && error.kind() != io::ErrorKind::NotFound => Err(failed(&error)),
        _ => written.map_err(|error| failed(&error)),
    }
}

fn write(from: &Path, draft: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(&fs::read(from)?)?;
    file.sync_all()
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn is_there(path: &Path) -> Advice {
    let message = format!("write {}: there is a file of that name", path.display());
    Advice::usage(message, "name another one with -o, or replace it with --force")
}

fn not_written(path: &Path, why: &str) -> Advice {
    Advice::usage(format!("write {}: {why}", path.display()), "name a file that can be written with -o")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_there_wholly_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::write(&from, "new").unwrap();
        copy(&from, &to, false).unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), "new");
        assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&to, "old").unwrap();
        let refused = copy(&from, &to, false).unwrap_err().to_string();
        assert!(refused.contains("there is a file of that name"), "{refused}");
        assert!(may_be_written(&to, false).is_err() && may_be_written(&to, true).is_ok());
        assert_eq!(fs::read_to_string(&to).unwrap(), "old");
        copy(&from, &to, true).unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), "new");
        copy(&folder.path().join("missing"), &to, true).unwrap_err();
        assert_eq!(fs::read_to_string(&to).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no draft is left");
        assert!(may_be_written(folder.path(), true).is_err());
        assert!(may_be_written(&folder.path().join("none/to"), false).is_err());
    }
}

//! `export`: the file of members that the console itself gives, passed on as it is.
//!
//! Nothing vouches for what is in it: whether everybody is, is the console's word. It is never opened here, and it holds
//! people's data, so it is kept like other evidence, for its owner only.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::app::On;
use super::error::Error;
use super::report::{FileReport, Report};
use super::run::Run;
use super::runner::{Downloaded, Stop};
use super::session::Session;
use super::{Caller, Engine};
use crate::domain::outcome::{Reason, exit};

/// The endings by which a file is kept. Its name comes from the console and is none of ours.
const ENDINGS: [&str; 8] = ["csv", "tsv", "txt", "json", "xls", "xlsx", "ods", "zip"];

/// The file that the console gave, and the report of the run that fetched it.
#[derive(Debug)]
pub struct Exported {
    /// The report; [`Report::file`] tells of the file.
    pub report: Report,
    /// Where it is kept; `None` if the run failed.
    pub path: Option<PathBuf>,
}

impl Engine {
    /// Has the console give its file of members.
    ///
    /// # Errors
    /// As [`Engine::list`]; also a console without a recording for it. Everything later is in the report.
    pub async fn export(&self, caller: &mut dyn Caller) -> Result<Exported, Error> {
        if self.workspace.app.flow_for("export").is_none() {
            return Err(Error::Unsupported {
                operation: "export".to_owned(),
                console: self.workspace.app.id(),
            });
        }
        let mut run = Run::start(self, "export", json!({}), caller).await?;
        let mut path = None;
        match run.export(caller).await {
            Ok(file) => {
                path = Some(run.evidence.folder().join(&file.kept));
                run.report.file = Some(file);
                run.report.exit_code = exit::DONE;
            }
            Err(error) => run.failed(&error),
        }
        Ok(Exported { report: run.end().await?, path })
    }
}

impl Run<'_> {
    async fn export(&mut self, caller: &mut dyn Caller) -> Result<FileReport, Error> {
        let mut session = self.session(caller).await?;
        let mut downloaded = self.download(&mut session).await;
        if let Err(stop) = &downloaded
            && self.is_back(&mut session, stop).await
        {
            downloaded = self.download(&mut session).await;
        }
        let result = match downloaded {
            // The file goes with the browser, so it is kept first.
            Ok(file) => self.keep_file(&file),
            Err(stop) => Err(stop.into()),
        };
        if result.is_ok() {
            self.close(session).await;
            return result;
        }
        self.picture_of_failure(&mut session, "export").await;
        self.note_requests(&mut session);
        // What it is still writing must not be there when the next run looks into its folder.
        if let Err(error) = session.kill().await {
            tracing::warn!(%error, "the browser did not end as it should");
        }
        result
    }

    async fn download(&mut self, session: &mut Session) -> Result<Downloaded, Stop> {
        let app = Arc::clone(&self.engine.workspace.app);
        let recording = app.flow_for("export").expect("it was looked for before the run began");
        self.trail.about(None);
        let inputs = session.inputs();
        let mut flow = session.flow(&app, inputs, &mut self.trail);
        if recording.on == Some(On::List) {
            flow.open_members().await?;
        }
        let ran = flow.play(recording, None).await;
        match (ran.stop, flow.into_download()) {
            (Some(stop), _) => Err(stop),
            (None, Some(file)) => Ok(file),
            (None, None) => Err(Stop::new(Reason::Unsupported, "export", "its recording downloads nothing")),
        }
    }

    /// Takes the file over from the browser, into the run's folder.
    fn keep_file(&self, file: &Downloaded) -> Result<FileReport, Error> {
        let failed = |cause| Error::Evidence { path: self.evidence.folder().to_owned(), cause };
        let content = fs::read(&file.path).map_err(failed)?;
        let kept = format!("export.{}", ending(&file.name));
        self.evidence.save(&kept, &content).map_err(failed)?;
        // A browser that is kept for the next run must not keep people's data with it.
        fs::remove_file(&file.path).map_err(failed)?;
        Ok(FileReport {
            name: file.name.clone(),
            bytes: u64::try_from(content.len()).unwrap_or(u64::MAX),
            sha256: Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect(),
            kept,
        })
    }
}

/// The ending of a name if it is one of [`ENDINGS`].
fn ending(name: &str) -> &'static str {
    let given = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ENDINGS.into_iter().find(|known| Some(*known) == given.as_deref()).unwrap_or("bin")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_name_only_a_known_ending_is_taken() {
        for (name, expected) in [
            ("members-2026.csv", "csv"),
            ("Members.XLSX", "xlsx"),
            ("members", "bin"),
            ("a.csv/../../x.sh", "bin"),
            ("=cmd.csv\u{202e}.exe", "bin"),
            ("", "bin"),
        ] {
            assert_eq!(ending(name), expected, "{name:?}");
        }
    }
}

//! Finds browser and driver, starts the keeper, and holds its pipe for as long as the browser is wanted.

use std::env;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf, absolute};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

use super::keeper::{KeeperArguments, Said, Told};
use super::kind::BrowserKind;
use super::process::Process;
use super::record::{Place, make_private};
use super::sweep::sweep;
use super::{BrowserError, BrowserOptions};

/// How long the keeper may take to end everything before we do it ourselves.
const END_LIMIT: Duration = Duration::from_secs(10);

/// A driver that runs, and the pipe whose closing ends it.
pub(super) struct Kept {
    pub(super) port: u16,
    pub(super) driver: Process,
    pub(super) keeper: Process,
    pub(super) browser: Option<Process>,
    place: Place,
    child: Child,
    pipe: ChildStdin,
}

/// The programs of a browser on this machine.
pub(super) struct Programs {
    pub(super) browser: PathBuf,
    driver: PathBuf,
}

impl Programs {
    pub(super) fn find(options: &BrowserOptions) -> Result<Self, BrowserError> {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = env::split_paths(&path).collect();
        let kind = options.browser;
        let (browser, driver) = match kind {
            BrowserKind::Firefox => (&options.firefox, &options.geckodriver),
            BrowserKind::Chromium => (&options.chromium, &options.chromedriver),
        };
        Ok(Self {
            browser: find(kind.as_str(), browser.as_deref(), kind.programs(), &folders)?,
            driver: find(kind.driver(), driver.as_deref(), &[kind.driver()], &folders)?,
        })
    }
}

fn find(
    what: &'static str,
    wanted: Option<&Path>,
    names: &[&str],
    folders: &[PathBuf],
) -> Result<PathBuf, BrowserError> {
    let found = match wanted {
        Some(path) => is_program(path).then(|| path.to_owned()),
        None => names
            .iter()
            .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
            .find(|p| is_program(p)),
    };
    found
        .and_then(|path| absolute(path).ok())
        .ok_or_else(|| BrowserError::NotFound { what, at: wanted.map(Path::to_owned) })
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Sweeps the runtime folder, then starts keeper and driver.
pub(super) async fn start(options: &BrowserOptions, programs: &Programs) -> Result<Kept, BrowserError> {
    let runtime_dir = usable(&options.runtime_dir)?;
    let folder = runtime_dir.clone();
    tokio::task::spawn_blocking(move || sweep(&folder)).await.expect("a sweep does not panic");

    let arguments = KeeperArguments {
        runtime_dir: runtime_dir.clone(),
        kind: options.browser,
        driver: programs.driver.clone(),
        owner: Process::own(),
        loopback_only: options.loopback_only,
    };
    let mut child = Command::new(&options.keeper)
        .arg("browser-keeper")
        .args(arguments.to_arguments())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // Ctrl-C in a terminal goes to the whole foreground group: the keeper must not be in it.
        .process_group(0)
        .spawn()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                BrowserError::NotFound { what: "keeper", at: Some(options.keeper.clone()) }
            }
            _ => BrowserError::NotStarted { what: "keeper", cause: error.to_string() },
        })?;
    let pipe = child.stdin.take().expect("piped");
    let out = child.stdout.take().expect("piped");
    let keeper = child.id().and_then(Process::now);
    let mut line = String::new();
    let read = BufReader::new(out).read_line(&mut line).await;
    let said = read.ok().and_then(|_| serde_json::from_str(&line).ok());
    match (said, keeper) {
        (Some(Said::Ready { port, driver }), Some(keeper)) => {
            let place = Place::of_keeper(&runtime_dir, keeper);
            Ok(Kept { port, driver, keeper, browser: None, place, child, pipe })
        }
        (Some(Said::Failed { cause }), _) => {
            drop(pipe);
            let _ = timeout(END_LIMIT, child.wait()).await;
            Err(BrowserError::NotStarted { what: options.browser.driver(), cause })
        }
        _ => {
            drop(pipe);
            let status = timeout(END_LIMIT, child.wait()).await;
            Err(BrowserError::NotStarted {
                what: "keeper",
                cause: format!("it said {line:?} and ended: {status:?}"),
            })
        }
    }
}

/// Made if it is not there, and tried out: the keeper has no good way to say that it cannot write.
fn usable(folder: &Path) -> Result<PathBuf, BrowserError> {
    let failed = |cause| BrowserError::RuntimeDir { path: folder.to_owned(), cause };
    let folder = absolute(folder).map_err(failed)?;
    if folder.to_str().is_none() {
        // The driver is told of it in JSON.
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "its path is not UTF-8")));
    }
    make_private(&folder).map_err(failed)?;
    let probe = folder.join(format!("probe-{}", fastrand::u64(..)));
    std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)).map_err(failed)?;
    Ok(folder)
}

impl Kept {
    /// Where the browser's profile lies: made by the keeper, and removed by it.
    pub(super) fn profile(&self) -> PathBuf {
        self.place.profile()
    }

    /// Where the browser saves files.
    pub(super) fn downloads(&self) -> PathBuf {
        self.place.downloads()
    }

    /// Where an extension of ours lies, if the browser needs one.
    pub(super) fn extension(&self) -> PathBuf {
        self.place.extension()
    }

    /// Tells the keeper which process the browser is. A keeper that is gone is noticed in [`Kept::end`].
    pub(super) async fn tell(&mut self, browser: Process) {
        self.browser = Some(browser);
        let line = serde_json::to_string(&Told::Browser(browser)).expect("plain data");
        let _ = self.pipe.write_all(format!("{line}\n").as_bytes()).await;
    }

    /// Closes the pipe, and returns once browser and driver are proven gone and their files removed: by the keeper, or
    /// by us if it cannot.
    pub(super) async fn end(self) -> Result<(), BrowserError> {
        let Self { driver, keeper, browser, place, mut child, pipe, .. } = self;
        drop(pipe);
        let _ = timeout(END_LIMIT, child.wait()).await;
        // Normally there is nothing left to do; a keeper that hangs is ended as well.
        let named = [browser, Some(driver), Some(keeper)];
        let left = tokio::task::spawn_blocking(move || place.clear(&named, END_LIMIT))
            .await
            .expect("clearing does not panic");
        if left.is_empty() { Ok(()) } else { Err(BrowserError::NotGone { left }) }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    #[test]
    fn a_program_is_found_by_the_first_name_in_any_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        for (place, name) in [(&one, "firefox"), (&two, "firefox-esr")] {
            std::fs::create_dir(place).expect("made");
            let program = place.join(name);
            std::fs::write(&program, "").expect("written");
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("changed");
        }
        let folders = [one.clone(), two.clone()];
        let found = find("firefox", None, &["firefox-esr", "firefox"], &folders).expect("there");
        assert_eq!(found, two.join("firefox-esr"));
        let error = find("geckodriver", None, &["geckodriver"], &folders).expect_err("not there");
        assert_eq!(error.to_string(), "start the browser: geckodriver not found");
        let error =
            find("firefox", Some(Path::new("/nonexistent/ff")), &[], &folders).expect_err("not there");
        assert_eq!(error.to_string(), "start the browser: firefox not found at /nonexistent/ff");
        assert!(error.hint().is_some_and(|hint| hint.contains("firefox-esr")));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error_with_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        std::fs::write(&file, "").expect("written");
        let error = usable(&file).expect_err("a file is no folder");
        assert!(matches!(error, BrowserError::RuntimeDir { .. }), "{error}");
        let odd = folder.path().join(std::ffi::OsStr::from_bytes(b"\xff"));
        let error = usable(&odd).expect_err("not UTF-8");
        assert!(matches!(error, BrowserError::RuntimeDir { .. }) && !odd.exists(), "{error}");
    }
}

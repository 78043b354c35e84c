//! A practice console of its own with the configuration for it, and the program as a script calls it there.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use seatwright::sandbox::{self, Ready};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{BROWSER_CACHE, RUNTIME, Truth, browser_kind, control};
use crate::cli::{Came, came};

/// Which console the built-in one is, in a configuration.
const BUILT_IN: &str = "app = \"coassemble\"\n";

/// A console, and a user with a home, a configuration and a password for it.
pub(crate) struct Practice {
    home: TempDir,
    pub(crate) ready: Ready,
    serving: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Practice {
    /// A console with this many people, and faults that are on from the start.
    pub(crate) fn with(members: usize, faults: &[&str]) -> Self {
        let faults = faults.iter().map(|name| (*name).to_owned()).collect();
        let options = sandbox::Options { members, faults, ..Default::default() };
        let sandbox = RUNTIME.block_on(sandbox::start(options)).unwrap();
        let ready = sandbox.ready();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = RUNTIME.spawn(sandbox.stopped(async move {
            let _told_or_dropped = stopped.await;
        }));
        Self { serving: Some((stop, serving)), ..Self::at(ready, BUILT_IN) }
    }

    /// A user for a console that is served elsewhere; `lines` of the configuration tell which it is.
    pub(crate) fn at(ready: Ready, lines: &str) -> Self {
        let practice = Self { home: tempfile::tempdir().unwrap(), ready, serving: None };
        practice.write("acme.password", &format!("{}\n", practice.ready.account.password));
        practice.write("config/seatwright/seatwright.toml", &practice.config_with(lines));
        practice
    }

    /// The configuration as it is written first.
    pub(crate) fn config(&self) -> String {
        self.config_with(BUILT_IN)
    }

    fn config_with(&self, lines: &str) -> String {
        format!(
            "[workspaces.acme]\n{lines}url = \"{}\"\n\
             account = {{ email = \"{}\", password = {{ file = \"../../acme.password\" }} }}\n\
             evidence = {{ pictures = \"page\" }}\n",
            self.ready.url, self.ready.account.email
        )
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Journal, locks, evidence, browsers.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("state/seatwright")
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seatwright"));
        command.args(arguments).current_dir(self.home.path()).env_clear().stdin(Stdio::null());
        command.env("HOME", self.home.path()).env("PATH", std::env::var_os("PATH").unwrap());
        command.env("XDG_CONFIG_HOME", self.path("config")).env("XDG_STATE_HOME", self.path("state"));
        command.env("SEATWRIGHT_LOOPBACK_ONLY", "1").env("SEATWRIGHT_CACHE_DIR", BROWSER_CACHE);
        command.env("SEATWRIGHT_BROWSER", browser_kind().as_str());
        command
    }

    /// Runs it and checks the exit code; both streams are shown if it is another.
    pub(crate) fn check(&self, arguments: &[&str], code: i32) -> Came {
        self.check_command(&mut self.command(arguments), code)
    }

    /// The same for a command that was changed.
    pub(crate) fn check_command(&self, command: &mut Command, code: i32) -> Came {
        let came = came(command.output().unwrap());
        assert_eq!(came.code, code, "{command:?}\n--- stdout\n{}--- stderr\n{}", came.out, came.err);
        if std::env::var_os("SEATWRIGHT_TEST_OUTPUT").is_some() {
            eprintln!("$ {:?}\n{}{}", command.get_args(), came.out, came.err);
        }
        came
    }

    /// What `command --json` prints.
    pub(crate) fn json(&self, arguments: &[&str], code: i32) -> Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let came = self.check(&arguments, code);
        serde_json::from_str(&came.out).unwrap_or_else(|error| panic!("{error}: {}", came.out))
    }

    /// The report of the newest run.
    pub(crate) fn report(&self) -> Value {
        let runs = self.json(&["runs"], 0);
        self.json(&["show", runs["runs"][0]["run"].as_str().unwrap()], 0)
    }

    /// The files of a run's evidence.
    pub(crate) fn evidence(&self, run: &Value) -> Vec<String> {
        let folder = self.state().join("runs").join(run["run"].as_str().unwrap());
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn truth(&self) -> Truth {
        Truth(control(&self.ready, "GET", "/truth", &Value::Null))
    }

    pub(crate) fn faults(&self, names: &[&str], mode: Option<&str>) {
        control(&self.ready, "PUT", "/faults", &json!({ "names": names, "mode": mode }));
    }

    /// The console goes down, and nothing listens where it was.
    pub(crate) fn stop(&mut self) {
        if let Some((stop, serving)) = self.serving.take() {
            drop(stop);
            RUNTIME.block_on(serving).unwrap();
        }
    }

    /// Processes that have to do with this user and have not ended, once they had some seconds for it.
    pub(crate) fn nothing_is_left(&self) {
        let since = Instant::now();
        loop {
            let left = processes_of(self.home.path());
            let profiles = std::fs::read_dir(self.state().join("browsers")).map_or(0, Iterator::count);
            if left.is_empty() && profiles == 0 {
                return;
            }
            assert!(since.elapsed() < Duration::from_secs(15), "{profiles} files in browsers/, {left:#?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Every file and folder below the state folder, and the folder itself.
    pub(crate) fn kept(&self) -> Vec<PathBuf> {
        let mut found = vec![self.state()];
        let mut next = 0;
        while let Some(path) = found.get(next).cloned() {
            if path.is_dir() {
                found.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
            next += 1;
        }
        found
    }
}

/// A command that goes on by itself, and what it said on stderr so far.
pub(crate) struct Running {
    pub(crate) child: Child,
    said: String,
    lines: BufReader<std::process::ChildStderr>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap());
        Self { child, said: String::new(), lines }
    }

    /// Reads on until a line contains this, and gives that line.
    pub(crate) fn until(&mut self, part: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).unwrap();
            assert!(read > 0, "it ended and never said {part:?}:\n{}", self.said);
            self.said.push_str(&line);
            if line.contains(part) {
                return line;
            }
        }
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Came {
        let mut out = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        self.lines.read_to_string(&mut self.said).unwrap();
        let status = self.child.wait().unwrap();
        Came { code: status.code().unwrap_or(-1), out, err: std::mem::take(&mut self.said) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_waited_for = self.child.wait();
    }
}

fn processes_of(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    let pids = std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| *pid != std::process::id())
        .filter_map(|pid| {
            let read = |file: &str| std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
            let (line, environment) = (read("cmdline"), read("environ"));
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            let all = format!("{line} {}", String::from_utf8_lossy(&environment));
            all.contains(folder).then(|| format!("{pid} {line}"))
        })
        .collect()
}

//! Where the commands of one case are typed: a state folder, a configuration and maps of its own.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use super::console::Console;
use super::processes;

/// How long a command for one person may take; one that takes longer hangs.
pub(crate) const LIMIT: Duration = Duration::from_secs(240);
/// How long keeper, driver and browser may take to be gone.
const CLEARED: Duration = Duration::from_secs(15);
/// The wait before something in doubt is decided, short enough for a study.
const SETTLE_AFTER: &str = "settle_after = \"3s\"\n";
/// The map a case works with, a copy of the shipped one.
const MAP: &str = "data/selectors/coassemble/members-2026-03.toml";

pub(crate) struct Place {
    folder: TempDir,
    program: PathBuf,
    typed: usize,
}

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Came {
    /// None: it was killed by a signal.
    pub(crate) code: Option<i32>,
    /// The report, if it got that far.
    pub(crate) report: Option<Value>,
    pub(crate) err: String,
}

/// A command under way.
pub(crate) struct Running {
    pub(crate) child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Place {
    /// Limits that do not stand in a study's way; all other guards are as delivered.
    pub(crate) fn new(program: &Path, console: &Console) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("seatwright-study-").tempdir()?;
        let ready = &console.ready;
        let inside = |name: &str| folder.path().join(name);
        fs::write(inside("password"), &ready.account.password)?;
        fs::set_permissions(inside("password"), fs::Permissions::from_mode(0o600))?;
        let config = format!(
            "[workspaces.study]\napp = \"coassemble\"\nconsole = \"members-2026-03\"\nurl = {:?}\n\
             account = {{ email = {:?}, password = {{ file = \"password\" }} }}\n\n\
             [workspaces.study.policy]\nmax_removals = 1000\nmax_new_seats = 1000\nfailures_in_a_row = 1000\n\
             failure_percent = 100\n",
            ready.url, ready.account.email
        );
        fs::write(inside("config.toml"), config)?;
        let top = Path::new(env!("CARGO_MANIFEST_DIR"));
        for name in ["selectors", "recordings"] {
            copy(&top.join(name), &inside("data").join(name))?;
        }
        let map = fs::read_to_string(inside(MAP))?;
        ensure!(!map.contains("\nsettle_after"), "the map has its own settle_after");
        let place = Self { folder, program: program.to_owned(), typed: 0 };
        place.edit_map(&[("format   = 1\n", &format!("format   = 1\n{SETTLE_AFTER}"))])?;
        Ok(place)
    }

    /// Replaces each of these texts in the map, once.
    pub(crate) fn edit_map(&self, edits: &[(&str, &str)]) -> Result<()> {
        let map = self.folder.path().join(MAP);
        let mut text = fs::read_to_string(&map)?;
        for (old, new) in edits {
            ensure!(text.matches(old).count() == 1, "{old:?} is not once in {}", map.display());
            text = text.replace(old, new);
        }
        Ok(fs::write(&map, text)?)
    }

    /// Adds these lines to the configuration.
    pub(crate) fn append(&self, lines: &str) -> Result<()> {
        let path = self.path("config.toml");
        let text = fs::read_to_string(&path)?;
        Ok(fs::write(&path, format!("{text}{lines}"))?)
    }

    /// Writes a file of this name, and says where it is.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.path(name);
        fs::write(&path, text)?;
        Ok(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What is left of processes and their files some time after the last command: nothing, if all is well. What still runs
    /// is killed.
    pub(crate) fn left(&self) -> Vec<String> {
        let began = Instant::now();
        loop {
            let processes = processes::naming(&self.state());
            let files: Vec<_> = match fs::read_dir(self.browsers()) {
                Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
                Err(_) => Vec::new(),
            };
            if processes.is_empty() && files.is_empty() {
                return Vec::new();
            }
            if began.elapsed() > CLEARED {
                processes.iter().for_each(|found| processes::kill(found.pid));
                let running =
                    |found: &processes::Found| format!("left running: {} {}", found.pid, found.command);
                let lying = files.iter().map(|file| format!("left: {}", file.display()));
                return processes.iter().map(running).chain(lying).collect();
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Where running browsers have their files; empty when none runs.
    pub(crate) fn browsers(&self) -> PathBuf {
        self.state().join("browsers")
    }

    /// Starts a command; its answer comes as JSON.
    pub(crate) fn start(&mut self, words: &[String], environment: &[(&str, String)]) -> Result<Running> {
        self.typed += 1;
        let file = |name: &str| self.folder.path().join(format!("{}-{name}", self.typed));
        let (out, err) = (file("out.json"), file("err.txt"));
        let child = Command::new(&self.program)
            .args(words)
            .arg("--json")
            .arg("--data")
            .arg(self.folder.path().join("data"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("SEATWRIGHT_CONFIG", self.folder.path().join("config.toml"))
            .env("SEATWRIGHT_STATE_DIR", self.state())
            .env("SEATWRIGHT_LOOPBACK_ONLY", "1")
            .env("SEATWRIGHT_CACHE_DIR", self.program.with_file_name("browser-cache"))
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(File::create(&out)?)
            .stderr(File::create(&err)?)
            .spawn()
            .with_context(|| format!("start {}", self.program.display()))?;
        Ok(Running { child, out, err })
    }

    /// Types a command and waits for its end.
    pub(crate) fn run(&mut self, words: &[String], limit: Duration) -> Result<Came> {
        self.start(words, &[])?.wait(limit)
    }
}

impl Running {
    pub(crate) fn wait(mut self, limit: Duration) -> Result<Came> {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if began.elapsed() > limit {
                self.child.kill()?;
                self.child.wait()?;
                bail!("did not end within {limit:?}: {}", fs::read_to_string(&self.err)?);
            }
            thread::sleep(Duration::from_millis(20));
        };
        let out = fs::read_to_string(&self.out)?;
        Ok(Came {
            code: status.code(),
            report: serde_json::from_str(&out).ok(),
            err: fs::read_to_string(&self.err)?,
        })
    }
}

impl Came {
    /// What is said to have become of a person.
    pub(crate) fn outcome(&self, email: &str) -> Option<&str> {
        self.change(email)?["outcome"].as_str()
    }

    /// Everybody who is told of, and what became of them.
    pub(crate) fn outcomes(&self) -> Vec<(String, String)> {
        let changes = self.report.as_ref().and_then(|report| report["changes"].as_array());
        let word = |change: &Value, key: &str| change[key].as_str().unwrap_or_default().to_owned();
        changes.into_iter().flatten().map(|change| (word(change, "email"), word(change, "outcome"))).collect()
    }

    /// Why, where that is typed.
    pub(crate) fn reason(&self, email: &str) -> Option<&str> {
        self.change(email)?["reason"].as_str()
    }

    /// The particulars of it.
    pub(crate) fn detail(&self, email: &str) -> &str {
        self.change(email).and_then(|change| change["detail"].as_str()).unwrap_or_default()
    }

    fn change(&self, email: &str) -> Option<&Value> {
        let changes = self.report.as_ref()?["changes"].as_array()?;
        changes.iter().find(|change| change["email"] == email)
    }

    /// For a message: exit code, outcome, and the last line of what it said to people.
    pub(crate) fn brief(&self, email: &str) -> String {
        let code = self.code.map_or("killed".to_owned(), |code| format!("exit {code}"));
        format!("{code}, {}", self.outcome(email).unwrap_or("no outcome"))
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

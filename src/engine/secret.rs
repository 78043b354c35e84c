//! Where a secret comes from: the environment, a file or a command; never a flag, never the configuration itself.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use secrecy::SecretString;

/// How long a command may take: it may ask a person.
const LONGEST: Duration = Duration::from_secs(120);

/// The place of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// A variable of the environment.
    Env(String),
    /// A file; a final line break does not belong to the secret.
    File(PathBuf),
    /// A program and its arguments; what it prints is the secret, without a final line break.
    Command(Vec<String>),
}

/// A secret that could not be had.
#[derive(Debug, thiserror::Error)]
#[error("read the secret from {place}: {cause}")]
pub struct SecretError {
    place: String,
    cause: String,
    hint: String,
}

impl SecretError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        self.hint.clone()
    }
}

impl SecretSource {
    /// The place in words, without the secret.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Env(name) => format!("the environment variable {name}"),
            Self::File(path) => format!("the file {}", path.display()),
            Self::Command(words) => {
                format!("the command {}", words.first().map_or("(empty)", String::as_str))
            }
        }
    }

    /// What is there is not what it should be.
    pub(crate) fn unfit(&self, cause: String) -> SecretError {
        SecretError { place: self.place(), cause, hint: self.hint() }
    }

    /// How it comes to be there.
    fn hint(&self) -> String {
        match self {
            Self::Env(name) => format!(
                "set {name} where this is started from: cron and systemd give a program none of your shell's variables"
            ),
            Self::File(path) => {
                format!(
                    "put the secret into {}, readable for the user that runs this (chmod 600)",
                    path.display()
                )
            }
            Self::Command(_) => {
                "run the command by hand as the user that runs this: it has to print the secret".to_owned()
            }
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// It is not there, not readable, empty, or its command failed, or took more than two minutes.
    pub fn read(&self) -> Result<SecretString, SecretError> {
        self.read_within(LONGEST)
    }

    /// The same where there is less time; never more.
    ///
    /// # Errors
    /// As [`SecretSource::read`].
    pub fn read_within(&self, limit: Duration) -> Result<SecretString, SecretError> {
        let failed = |cause: String| SecretError { place: self.place(), cause, hint: self.hint() };
        let text = match self {
            Self::Env(name) => std::env::var(name).map_err(|error| failed(error.to_string()))?,
            Self::File(path) => std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?,
            Self::Command(words) => {
                let (program, arguments) =
                    words.split_first().ok_or_else(|| failed("it names no program".to_owned()))?;
                let mut command = Command::new(program);
                let output = output(command.args(arguments), limit.min(LONGEST)).map_err(failed)?;
                if !output.status.success() {
                    return Err(failed(format!("it ended with {}", output.status)));
                }
                String::from_utf8(output.stdout).map_err(|_| failed("it printed no text".to_owned()))?
            }
        };
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(failed("it is empty".to_owned()));
        }
        Ok(text.into())
    }
}

/// What a command prints; it is killed where it takes longer.
fn output(command: &mut Command, limit: Duration) -> Result<Output, String> {
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().map_err(|error| error.to_string())?;
    let pid = Pid::from_child(&child);
    let (sender, ended) = mpsc::channel();
    std::thread::spawn(move || {
        // Nobody waits any more for one that was killed.
        let _ = sender.send(child.wait_with_output());
    });
    match ended.recv_timeout(limit) {
        Ok(output) => output.map_err(|error| error.to_string()),
        Err(_) => {
            // It has not been waited for, so the pid is its own still.
            let _ = kill_process(pid, Signal::KILL);
            Err(format!("it did not end within {limit:?}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_final_line_break_does_not_belong_to_the_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "se cret\r\n").unwrap();
        assert_eq!(SecretSource::File(path.clone()).read().unwrap().expose_secret(), "se cret");
        std::fs::write(&path, "\n").unwrap();
        assert!(SecretSource::File(path).read().unwrap_err().to_string().contains("empty"));
        let echo = SecretSource::Command(vec!["printf".into(), "abc".into()]);
        assert_eq!(echo.read().unwrap().expose_secret(), "abc");
        assert!(SecretSource::Command(vec!["false".into()]).read().is_err());
        let sleeps = SecretSource::Command(vec!["sleep".into(), "60".into()]);
        let (since, limit) = (std::time::Instant::now(), Duration::from_millis(200));
        let told = sleeps.read_within(limit).unwrap_err().to_string();
        assert!(told.contains("did not end within 200ms"), "{told}");
        assert!(since.elapsed() < Duration::from_secs(30), "{:?}", since.elapsed());
        assert!(SecretSource::Env("SEATWRIGHT_NO_SUCH_VARIABLE".into()).read().is_err());
    }
}

//! A file that the console gives: the click it comes from, and the wait until it is there, whole.
//!
//! The browser saves into a folder of its own ([`Browser::downloads`](crate::engine::browser::Browser::downloads)), and
//! the state of that folder is what is waited for: one file, nothing beside it that is still being written, and the
//! same size in two looks. The name in it was chosen by the console, so it is only ever told, never used as a path of
//! ours; the content is not looked at.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, interval};

use super::flow::{Flow, STEP};
use super::locate::TRIES;
use super::stop::Stop;
use crate::domain::outcome::Reason;
use crate::engine::app::{Means, Target};
use crate::engine::browser::BrowserError;

/// The most a file may have: a hundred thousand people are a tenth of it.
const MOST_BYTES: u64 = 100 * 1024 * 1024;

/// How long the file may take unless the recording says otherwise: large workspaces are written out slowly.
const WAIT: Duration = Duration::from_secs(60);
/// How often the folder is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How long the page is asked, between two looks, whether it says why there is no file.
const ASK: Duration = Duration::from_millis(200);

/// A file that the console gave, still where the browser put it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downloaded {
    /// Where it lies.
    pub path: PathBuf,
    /// What the console calls it; a stranger may have chosen it.
    pub name: String,
    /// Its size.
    pub bytes: u64,
}

/// What a look into the folder found.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// Nothing yet, or something that is still being written.
    Unfinished,
    /// One file with something in it.
    One(Downloaded),
    /// More than one file.
    Several(Vec<String>),
    /// More than a file may have.
    TooLarge,
}

impl Flow<'_> {
    /// Clicks, and waits for the one file that comes of it.
    pub(super) async fn download(
        &mut self,
        doing: &str,
        target: &Target,
        timeout: Option<Duration>,
    ) -> Result<(), Stop> {
        let Some(folder) = self.page.browser().downloads() else {
            let cause =
                "the browser is not this program's own, so its files are out of reach; leave --webdriver out";
            return Err(Stop::new(Reason::Unsupported, doing, cause));
        };
        let unreadable = |error: io::Error| {
            let cause = format!("look into {}: {error}", folder.display());
            Stop::new(Reason::BrowserLost, doing, cause)
        };
        // What came unasked before is not what is asked for now.
        empty(&folder).map_err(unreadable)?;
        self.click(doing, target, &[], timeout.unwrap_or(STEP)).await?;
        let end = Instant::now() + timeout.unwrap_or(WAIT);
        let (mut before, mut lost) = (None, 0);
        let mut look = interval(LOOK);
        loop {
            look.tick().await;
            match look_into(&folder, MOST_BYTES).map_err(unreadable)? {
                Found::One(file) if before.as_ref() == Some(&file) => {
                    self.last_click = None;
                    self.downloaded = Some(file);
                    return Ok(());
                }
                Found::One(file) => {
                    before = Some(file);
                    continue;
                }
                Found::Unfinished => before = None,
                Found::Several(names) => {
                    let cause = format!("{} files came, expected 1: {}", names.len(), names.join(", "));
                    return Err(Stop::new(Reason::SelectorAmbiguous, doing, cause));
                }
                Found::TooLarge => {
                    let cause = format!("the file is larger than {} MB", MOST_BYTES / 1024 / 1024);
                    return Err(Stop::new(Reason::Unsupported, doing, cause));
                }
            }
            if Instant::now() >= end.min(self.deadline) {
                return Err(Stop::new(Reason::Timeout, doing, not_there(&folder)));
            }
            self.heard_instead(doing, &mut lost).await?;
        }
    }

    /// A message or an interrupt that tells why no file comes; a click that provably reached nobody is done again (F26).
    async fn heard_instead(&mut self, doing: &str, lost: &mut usize) -> Result<(), Stop> {
        let mut request = self.request("expect");
        request["any"] = json!([]);
        request["gone"] = json!([]);
        request["surely"] = json!(true);
        request["refusals"] = self.refusals();
        self.mark_lost_clicks(&mut request);
        let answer = match self.ask(doing, request, ASK).await {
            Ok(answer) => answer,
            Err(stop) => return Err(self.not_saved(doing).await.unwrap_or(stop)),
        };
        if let Some(stop) = self.said_no(doing, &answer) {
            return Err(stop);
        }
        if answer.why() != "lost_click" || answer.ok {
            return Ok(());
        }
        *lost += 1;
        if *lost > TRIES {
            let cause = "the click reached nobody, however often it was tried";
            return Err(Stop::new(Reason::Timeout, doing, cause));
        }
        self.click_again(doing, &answer).await
    }

    /// The browser tells in a prompt that the file broke off, or that there is no room for it.
    async fn not_saved(&mut self, doing: &str) -> Option<Stop> {
        match self.page.browser().address().await {
            Err(BrowserError::Prompt { text, .. }) => {
                let cause = format!("the file did not come whole, the browser says {text:?}");
                Some(Stop::new(Reason::ConsoleError, doing, cause))
            }
            _ => None,
        }
    }

    /// The messages that mean a refusal; others come and go while the file is made.
    fn refusals(&self) -> Value {
        let messages = self.app.map.messages.iter().enumerate();
        let refuses = messages.filter(|(_, message)| matches!(message.means, Means::Reason(_)));
        json!(refuses.map(|(index, _)| index).collect::<Vec<_>>())
    }
}

/// What the folder holds now. A symbolic link or a folder in it was not put there by a download.
fn look_into(folder: &Path, most: u64) -> io::Result<Found> {
    let (mut files, mut is_writing) = (Vec::new(), false);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A part that is done is renamed at any moment.
        let meta = match fs::symlink_metadata(entry.path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                is_writing = true;
                continue;
            }
            meta => meta?,
        };
        if !meta.is_file() {
            continue;
        }
        if meta.len() > most {
            return Ok(Found::TooLarge);
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_unfinished(&name) {
            is_writing = true;
            continue;
        }
        files.push(Downloaded { path: entry.path(), name, bytes: meta.len() });
    }
    if files.len() > 1 {
        let mut names: Vec<String> = files.into_iter().map(|file| file.name).collect();
        names.sort();
        return Ok(Found::Several(names));
    }
    // The name is taken by an empty file before the part beside it is there.
    let whole = files.pop().filter(|file| !is_writing && file.bytes > 0);
    Ok(whole.map_or(Found::Unfinished, Found::One))
}

/// A part beside the file it becomes (Firefox), or the file itself until it is whole (Chromium, which gives it a name of its
/// own first). What a console calls a file begins with no dot: browsers take it away.
fn is_unfinished(name: &str) -> bool {
    name.starts_with('.') || name.ends_with(".part") || name.ends_with(".crdownload")
}

/// Why the wait was in vain, as far as the folder tells.
fn not_there(folder: &Path) -> &'static str {
    match fs::read_dir(folder).map(Iterator::count) {
        Ok(0) | Err(_) => "no file came",
        Ok(_) => "the file was not finished in time, or has nothing in it",
    }
}

fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        match fs::remove_file(entry?.path()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_counts_once_nothing_is_written_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let look = || look_into(folder.path(), 10).unwrap();
        assert_eq!(look(), Found::Unfinished);
        write("people.csv", "");
        assert_eq!(look(), Found::Unfinished, "the name is only taken");
        write("x7Qa.csv.part", "a,b");
        assert_eq!(look(), Found::Unfinished);
        fs::rename(folder.path().join("x7Qa.csv.part"), folder.path().join("people.csv")).unwrap();
        let path = folder.path().join("people.csv");
        assert_eq!(look(), Found::One(Downloaded { path, name: "people.csv".to_owned(), bytes: 3 }));
        write("people(1).csv", "c");
        assert_eq!(look(), Found::Several(vec!["people(1).csv".to_owned(), "people.csv".to_owned()]));
        write("more.part", "more than ten");
        assert_eq!(look(), Found::TooLarge);
        empty(folder.path()).unwrap();
        assert_eq!(look(), Found::Unfinished);
    }

    #[test]
    fn a_link_is_no_file_of_a_download() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("people.csv")).unwrap();
        assert_eq!(look_into(folder.path(), 10).unwrap(), Found::Unfinished);
    }
}

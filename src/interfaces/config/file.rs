//! Reads `seatwright.toml`: all mistakes at once, each with its line, its column and what to do about it.
//!
//! What a file says is kept as it says it; defaults, flags and the environment come in `resolve`.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::priced::{Priced, priced};
use super::rostered::{self, Spelt};
use crate::domain::{Ceiling, Email, Policy};
use crate::engine::app::excerpt::{self, Shown};
use crate::engine::app::node::Node;
use crate::engine::app::problem::Problem;
use crate::engine::app::reader::{Read, Table, read};
use crate::engine::browser::BrowserKind;
use crate::engine::secret::SecretSource;
use crate::engine::workspace::is_this_machine;

/// What the file says.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    /// Of the workspaces that say nothing else.
    pub(super) browser: Option<BrowserKind>,
    pub(super) workspaces: BTreeMap<String, Entry>,
}

/// What the file says about one workspace. What could not be read is `None`; such a file is not used.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub(super) app: Option<String>,
    pub(super) console: Option<String>,
    pub(super) url: Option<Url>,
    pub(super) email: Option<Email>,
    /// No `password` is named: a person signs in.
    pub(super) only_by_hand: bool,
    pub(super) password: Option<SecretSource>,
    pub(super) totp: Option<SecretSource>,
    /// `session = "none"`.
    pub(super) no_sessions: bool,
    pub(super) session_key: Option<SecretSource>,
    pub(super) params: BTreeMap<String, String>,
    pub(super) choices: BTreeMap<String, String>,
    pub(super) policy: Policy,
    pub(super) rostered: Spelt,
    pub(super) prices: Option<Priced>,
    pub(super) deadline: Option<Duration>,
    pub(super) pace: Option<Duration>,
    pub(super) whole_pages: bool,
    pub(super) data: Option<PathBuf>,
    pub(super) browser: Option<BrowserKind>,
}

/// The keys whose values no secret ends up in by a slip: problems are told with them.
const PLAIN: [&str; 28] = [
    "browser",
    "app",
    "console",
    "data",
    "deadline",
    "pace",
    "email",
    "protected",
    "pictures",
    "session",
    "max_removals",
    "max_new_seats",
    "max_privileged",
    "max_resends",
    "seat_cap",
    "failures_in_a_row",
    "failure_percent",
    "file",
    "max_age",
    "max_shrink",
    "default_role",
    "domains",
    "adopted",
    "step",
    "role",
    "grace_days",
    "currency",
    "period",
];

/// Gives the problems of the file at `path` their lines, without what may be a secret.
pub(super) fn attach_excerpts(problems: &mut [Problem], path: &Path, text: &str) {
    excerpt::attach(problems, &path.display().to_string(), text, Shown::Only(&PLAIN));
}

/// Reads the text of the file at `path`; relative paths in it are relative to its folder.
pub(super) fn parse(path: &Path, text: &str) -> (Option<Read<File>>, Vec<Problem>) {
    let folder = path.parent().unwrap_or(Path::new(""));
    read(&path.display().to_string(), "the configuration", text, |table| file(table, folder))
}

fn file(table: &mut Table<'_>, folder: &Path) -> File {
    let mut file = File { browser: browser(table), ..File::default() };
    let Some(node) = table.require("workspaces") else { return file };
    let Some(mut workspaces) = node.table("`workspaces`") else { return file };
    if !workspaces.has_more() {
        node.key_error("there is no workspace", "add one: [workspaces.NAME]".to_owned());
    }
    for node in workspaces.rest() {
        let usual = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if node.key.is_empty() || !node.key.chars().all(usual) {
            let hint =
                "a workspace's name is made of letters, digits, - and _, for it is typed after -w".to_owned();
            node.key_error(format!("`{}` is no name for a workspace", node.key.escape_debug()), hint);
        }
        if let Some(mut table) = node.table("a workspace") {
            file.workspaces.insert(node.key.to_owned(), entry(&mut table, folder));
            table.finish();
        }
    }
    file
}

fn entry(table: &mut Table<'_>, folder: &Path) -> Entry {
    let mut entry = Entry {
        app: table.require("app").and_then(|node| app(&node)),
        console: table.take("console").and_then(|node| filled(&node)),
        url: table.require("url").and_then(|node| url(&node)),
        ..Entry::default()
    };
    let account = table.require("account");
    if let Some(mut account) = account.and_then(|node| node.table("`account`")) {
        entry.email = account.require("email").and_then(|node| email(&node));
        entry.only_by_hand = account.given(&["password"]).is_empty();
        entry.password = account.take("password").and_then(|node| secret(&node, folder));
        entry.totp = account.take("totp").and_then(|node| secret(&node, folder));
        account.finish();
    }
    let session = table.take("session");
    let read = |node: &Node<'_>| node.one_of("way with sessions", ["kept", "none"], sessions_of);
    entry.no_sessions = session.as_ref().and_then(read).unwrap_or_default();
    if let Some(node) = session.filter(|_| entry.no_sessions && entry.only_by_hand) {
        let hint = "leave it out, or give the account a `password`".to_owned();
        node.error("the account has no `password`, so all it has is a session that is kept", hint);
    }
    entry.session_key = table.take("session_key").and_then(|node| secret(&node, folder));
    entry.params = words(table, "params", "`params`");
    entry.choices = words(table, "choices", "`choices`");
    if let Some(mut table) = table.take("policy").and_then(|node| node.table("`policy`")) {
        entry.policy = policy(&mut table);
        table.finish();
    }
    entry.rostered = rostered::spelt(table, folder);
    entry.prices = priced(table);
    entry.deadline = table.take("deadline").and_then(|node| node.duration());
    entry.pace = table.take("pace").and_then(|node| node.duration_or_none());
    if let Some(mut evidence) = table.take("evidence").and_then(|node| node.table("`evidence`")) {
        let pictures = evidence.take("pictures");
        let read = |node: Node<'_>| node.one_of("choice of pictures", ["crops", "page"], pictures_of);
        entry.whole_pages = pictures.and_then(read).unwrap_or_default();
        evidence.finish();
    }
    entry.data = table.take("data").and_then(|node| path(&node, folder));
    entry.browser = browser(table);
    entry
}

fn browser(table: &mut Table<'_>) -> Option<BrowserKind> {
    let words = BrowserKind::ALL.map(BrowserKind::as_str);
    table.take("browser").and_then(|node| node.one_of("browser", words, BrowserKind::named))
}

/// A table of names and words; which there are, the map says.
fn words(table: &mut Table<'_>, key: &'static str, what: &'static str) -> BTreeMap<String, String> {
    let Some(mut given) = table.take(key).and_then(|node| node.table(what)) else { return BTreeMap::new() };
    let read = |node: Node<'_>| Some((node.key.to_owned(), filled(&node)?));
    given.rest().into_iter().filter_map(read).collect()
}

fn pictures_of(word: &str) -> Option<bool> {
    match word {
        "crops" => Some(false),
        "page" => Some(true),
        _ => None,
    }
}

fn sessions_of(word: &str) -> Option<bool> {
    match word {
        "kept" => Some(false),
        "none" => Some(true),
        _ => None,
    }
}

pub(super) fn filled(node: &Node<'_>) -> Option<String> {
    let text = node.string()?.trim();
    if text.is_empty() {
        node.error(format!("`{}` is empty", node.key), None);
        return None;
    }
    Some(text.to_owned())
}

fn app(node: &Node<'_>) -> Option<String> {
    let app = filled(node)?;
    if let Some((app, version)) = app.split_once('/') {
        let hint = format!("write app = \"{app}\" and console = \"{version}\"");
        node.error("the version of the console has a key of its own", hint);
        return None;
    }
    Some(app)
}

pub(super) fn email(node: &Node<'_>) -> Option<Email> {
    match Email::parse(node.string()?) {
        Ok(email) => Some(email),
        Err(error) => {
            node.error(error.to_string(), "a plain address: anna@example.com".to_owned());
            None
        }
    }
}

fn url(node: &Node<'_>) -> Option<Url> {
    let wrong = |message: &str, hint: &str| {
        node.error(message, hint.to_owned());
        None
    };
    let Ok(url) = Url::parse(node.string()?.trim()) else {
        return wrong(
            "`url` is no address",
            "the address of the console as the browser shows it: \"https://acme.example.com/\"",
        );
    };
    if !url.username().is_empty() || url.password().is_some() {
        return wrong(
            "`url` holds a user or a password",
            "leave them out; the account that signs in goes into `account`",
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong(
            "`url` goes on after the path",
            "leave out what begins with ? or #; only where the console begins is wanted",
        );
    }
    match url.scheme() {
        "https" => Some(url),
        "http" if is_this_machine(&url) => Some(url),
        "http" => wrong(
            "`url` is not encrypted: the password would travel in plain text",
            "write https://; http:// is taken for this machine only (127.0.0.1, localhost)",
        ),
        _ => wrong("`url` is no address of a web page", "it begins with https://"),
    }
}

fn secret(node: &Node<'_>, folder: &Path) -> Option<SecretSource> {
    if !node.is_table() {
        let key = node.key;
        let what = if key == "password" { "password" } else { "secret" };
        let hint = format!(
            "put the {what} into a file that only you can read, and its place here: {key} = {{ file = \"NAME.{key}\" }}; \
             or {{ env = \"VARIABLE\" }}, or {{ command = [\"program\", \"argument\"] }}"
        );
        node.error("a secret never stands in the configuration itself", hint);
        return None;
    }
    let mut table = node.table("the place of a secret")?;
    let given = table.given(&["env", "file", "command"]);
    if given.len() != 1 {
        table.error(
            format!("the place of a secret is one of env, file and command, not {}", given.len()),
            Some("password = { file = \"NAME.password\" }"),
        );
    }
    let env = table.take("env").and_then(|node| variable(&node)).map(SecretSource::Env);
    let file = table.take("file").and_then(|node| path(&node, folder)).map(SecretSource::File);
    let command = table.take("command").and_then(|node| command(&node, folder)).map(SecretSource::Command);
    table.finish();
    env.or(file).or(command)
}

fn variable(node: &Node<'_>) -> Option<String> {
    let name = filled(node)?;
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        // Not shown: somebody may have put the secret itself here.
        node.error(
            "this is no name of a variable",
            "the name only, not its value: { env = \"ACME_PASSWORD\" }".to_owned(),
        );
        return None;
    }
    Some(name)
}

fn command(node: &Node<'_>, folder: &Path) -> Option<Vec<String>> {
    if !node.is_list() {
        let hint = "no shell is involved: each word is a string of its own, { command = [\"pass\", \"show\", \"acme\"] }";
        node.error("`command` is a list of words", hint.to_owned());
        return None;
    }
    let mut words: Vec<String> = Vec::new();
    for word in node.filled_list() {
        words.push(word.string()?.to_owned());
    }
    let program = words.first_mut()?;
    if program.contains('/') {
        *program = folder.join(&*program).to_str()?.to_owned();
    }
    Some(words)
}

pub(super) fn path(node: &Node<'_>, folder: &Path) -> Option<PathBuf> {
    let path = PathBuf::from(filled(node)?);
    if path.components().next() == Some(Component::Normal("~".as_ref())) {
        let hint = "write the whole path, or one that begins at the folder of this file".to_owned();
        node.error("~ means nothing here", hint);
        return None;
    }
    Some(folder.join(path))
}

fn policy(table: &mut Table<'_>) -> Policy {
    let default = Policy::default();
    let protected = table.take("protected").map(|node| node.each(email)).unwrap_or_default();
    let mut number = |key, least, most| table.take(key).and_then(|node| count(&node, least, most));
    Policy {
        protected: protected.into_iter().collect(),
        max_removals: number("max_removals", 0, u32::MAX).map_or(default.max_removals, Ceiling::Count),
        max_new_seats: number("max_new_seats", 0, u32::MAX).unwrap_or(default.max_new_seats),
        max_privileged: number("max_privileged", 0, u32::MAX).unwrap_or(default.max_privileged),
        max_resends: number("max_resends", 0, u32::MAX).unwrap_or(default.max_resends),
        seat_cap: number("seat_cap", 0, u32::MAX),
        failures_in_a_row: number("failures_in_a_row", 1, u32::MAX).unwrap_or(default.failures_in_a_row),
        failure_percent: number("failure_percent", 1, 100).unwrap_or(default.failure_percent),
        failure_least: default.failure_least,
        needs_approval: default.needs_approval,
    }
}

pub(super) fn count(node: &Node<'_>, least: u32, most: u32) -> Option<u32> {
    let given = node.integer()?;
    let number = u32::try_from(given).ok().filter(|number| (least..=most).contains(number));
    if number.is_none() {
        let hint = if most == u32::MAX {
            format!("a whole number from {least} on")
        } else {
            format!("a whole number from {least} to {most}")
        };
        node.error(format!("`{}` cannot be {given}", node.key), hint);
    }
    number
}

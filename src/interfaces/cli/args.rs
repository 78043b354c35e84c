//! The arguments, as clap reads them; nothing is resolved here. Nothing else names clap.

mod audit_log;
mod manner;
mod rosters;
mod selectors;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::SignedDuration;
use url::Url;

pub(crate) use audit_log::{AuditLog, ExportLog, VerifyLog};
pub(crate) use manner::{Consent, Manner};
pub(crate) use rosters::{Apply, Approve, Audit, Explain, Plan, PlanTo, Review, Undo};
pub(crate) use selectors::{Check, Selectors};

use super::exit;
use crate::domain::Email;
use crate::domain::outcome::exit as code;
use crate::engine::browser::BrowserKind;
use crate::interfaces::config::{Flags, env};

/// Manages the people of a SaaS workspace that has no API for it, through its admin console in a real browser.
///
/// Commands that change something read the members first, show what they are about to do, and ask. What counts as
/// done was read back from a fresh page. Every run leaves a report: `seatwright show RUN`.
#[derive(Debug, Parser)]
#[command(name = "seatwright", version, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// The workspace; not needed where the configuration has only one
    #[arg(short, long, global = true, value_name = "NAME")]
    pub(crate) workspace: Option<String>,
    /// The configuration [default: seatwright/seatwright.toml in the user's config folder]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A folder with newer selectors/ and recordings/ than the built-in ones
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Journal, locks and evidence [default: seatwright in the user's state folder]
    #[arg(long, global = true, value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// Print JSON on stdout, and nothing else there
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Whether to use colour
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        help = "Whether to use colour: auto, always, never"
    )]
    pub(crate) color: Color,
    /// Say more on stderr; -vv: everything, addresses of people included
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say less on stderr: no progress, no closing line, no log but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Show the browser's window while it works
    #[arg(long, global = true)]
    headed: bool,
    /// Use the WebDriver that runs there, and start no driver
    #[arg(long, global = true, value_name = "URL")]
    webdriver: Option<Url>,
    /// The longest a run may take, as 30m or 2h [default: `deadline` of the workspace, else 1h]
    #[arg(long, global = true, value_name = "TIME", value_parser = duration)]
    deadline: Option<Duration>,
    /// The browser: firefox or chromium [default: what the configuration says, else firefox]
    #[arg(long, global = true, value_name = "NAME", value_parser = browser)]
    browser: Option<BrowserKind>,
}

impl Global {
    pub(crate) fn flags(&self) -> Flags {
        Flags {
            config: self.config.clone(),
            data: self.data.clone(),
            state_dir: self.state_dir.clone(),
            webdriver: self.webdriver.clone(),
            browser: self.browser,
            headed: self.headed,
            deadline: self.deadline,
        }
    }
}

fn browser(word: &str) -> Result<BrowserKind, String> {
    let known = BrowserKind::ALL.map(BrowserKind::as_str);
    BrowserKind::named(word).ok_or_else(|| format!("it is one of: {}", known.join(", ")))
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Only browser and sign-in page; no password is used
    #[arg(long, conflicts_with = "deep")]
    pub(crate) quick: bool,
    /// Open dialogs and menus too: each recording is played up to the click that would make it real
    #[arg(long)]
    pub(crate) deep: bool,
    /// Tell each element, also those that are in order
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the members, and say how certain it is that nobody is missing
    List(List),
    /// Tell how many paid seats are used, as the console's billing page says
    Seats,
    /// Tell what somebody should look at: who is there and should not be, seats nobody uses, invitations that lie there
    ///
    /// Beside a roster it also tells who is missing and who has another role. Nothing is changed. A question that the list
    /// cannot answer is named, with the reason; it is no all-clear.
    Audit(Audit),
    /// Fetch the console's own file of its members
    ///
    /// The file is passed on as the console gives it: it is not opened or checked, and may hold formulas that a
    /// spreadsheet would run. `list --csv` writes a file of our own, without.
    Export(Export),
    /// Invite people, with a role
    Invite(WithRole),
    /// Invite the people of a CSV file
    ///
    /// The file has a line with the names of its columns: email, role, name. All of it is checked before anything is
    /// done, and one mistake keeps all of it from being used. Where the console has an import of its own, many people
    /// go in at once. What became of each row is written into a file beside it.
    Import(Import),
    /// Send invitations again to people who have not accepted yet
    ///
    /// Whom: those named, or with --older-than everybody whose invitation is at least that old, where the console's list
    /// tells. Of whom it cannot be told is left out, and named.
    Resend(Resend),
    /// Take back the invitations of people who have not accepted yet
    CancelInvite(People),
    /// Give members another role, in place of those they have
    SetRole(WithRole),
    /// Take members' access and keep them in the list, where the console can
    Deactivate(People),
    /// Give access back to members who were deactivated
    Reactivate(People),
    /// Remove members; of people who have not accepted yet, their invitations
    Remove(People),
    /// Hold a roster against the workspace, and show what would have to be done
    ///
    /// A roster is a CSV or JSON file with the addresses of everybody who shall be a member, with role, name and state
    /// if you like. Nothing is changed: who is to be invited, removed or changed stands there with the reason, and so does
    /// everybody of whom that cannot be told. The exit code is 10 if there is anything to do.
    Plan(Plan),
    /// Tell what a roster comes to for one person, and why
    Explain(Explain),
    /// Make a page of a plan, to be read in a browser
    Review(Review),
    /// Say that what has to be approved in a plan shall be done
    ///
    /// Shows it, asks, and writes who said so beside the plan: a record, and no proof, for whoever can write the plan can
    /// write that too.
    Approve(Approve),
    /// Carry out a plan: what of it still stands, past the limits of the day
    ///
    /// A plan that was edited, has expired, is foreign or overtaken, or is not approved, is refused as a whole. Then the
    /// members are read, the roster is held against them again, and only what comes to the very same change is made.
    Apply(Apply),
    /// Plan what puts the people back as they were before a run
    ///
    /// A plan like any other: nothing is changed until it is carried out with `apply`, past approval and limits.
    Undo(Undo),
    /// Look whether all that a run needs is in order, and change nothing
    ///
    /// Browser, way in, sign-in, the elements of the map, the list, and what the account may do. The browser sends only
    /// what reads.
    Doctor(Doctor),
    /// List the last runs
    Runs(Runs),
    /// Tell what a run was asked, what became of each change, and how that is known
    Show(Show),
    /// Finish a run that died or left something in doubt
    ///
    /// Reads the members again to find out what became of each change that was under way, then shows what was never
    /// begun and asks whether to do it. Nothing is done twice.
    Resume(Resume),
    /// End a run at the next boundary between two changes
    ///
    /// What it is doing to somebody is finished and read back; nothing further is begun, not by `resume` either. Of a run
    /// that died, what was not begun is closed in the same way; what is in doubt stays for `resume`.
    Cancel(Cancel),
    /// Export the journal's events, and check that nothing of them was altered
    #[command(subcommand)]
    AuditLog(AuditLog),
    /// Sign in by hand, in a visible browser, and keep the session for later runs
    ///
    /// For what no program can do: single sign-on, an approval on a phone, a captcha. What the account's configuration and
    /// the console's recording can do is done first; then it waits until the console shows that somebody is signed in.
    Login(Login),
    /// Forget the session that is kept for the next run, and that the console refused the account
    ///
    /// At the console nothing changes: the session there ends by itself, or by hand.
    Logout,
    /// Check the files that describe consoles: selector maps and recordings
    #[command(subcommand)]
    Selectors(Selectors),
    /// Show the configuration, and where each value comes from
    #[command(subcommand)]
    Config(Config),
    /// Serve a practice console on this machine, to try everything without harm
    Sandbox(Sandbox),
    /// Print what lets your shell complete commands and options
    ///
    /// For bash: seatwright completions bash > ~/.local/share/bash-completion/completions/seatwright
    ///
    /// For zsh: seatwright completions zsh > a folder of $fpath, as _seatwright
    ///
    /// For fish: seatwright completions fish > ~/.config/fish/completions/seatwright.fish
    Completions(Completions),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Print the members as CSV on stdout
    #[arg(long)]
    pub(crate) csv: bool,
    /// Read everybody's own page too, where the list tells neither role nor status
    #[arg(long)]
    pub(crate) full: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Where to write the file, for you alone to read; -: stdout
    #[arg(short, long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub(crate) output: PathBuf,
    /// Replace a file that is there already
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WithRole {
    /// Whom, by e-mail address
    #[arg(required = true, value_name = "EMAIL", value_parser = Email::parse)]
    pub(crate) emails: Vec<Email>,
    /// The role, by its id or as the console calls it
    #[arg(short, long, value_name = "ROLE")]
    pub(crate) role: String,
    #[command(flatten)]
    pub(crate) manner: Manner,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The file
    #[arg(value_name = "FILE.csv")]
    pub(crate) file: PathBuf,
    /// The role of rows without one
    #[arg(short, long, value_name = "ROLE")]
    pub(crate) role: Option<String>,
    /// Where to write what became of each row [default: FILE.result.csv]
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    pub(crate) result: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) manner: Manner,
}

#[derive(Debug, Args)]
pub(crate) struct People {
    /// Whom, by e-mail address
    #[arg(required = true, value_name = "EMAIL", value_parser = Email::parse)]
    pub(crate) emails: Vec<Email>,
    #[command(flatten)]
    pub(crate) manner: Manner,
}

#[derive(Debug, Args)]
pub(crate) struct Resend {
    /// Whom, by e-mail address
    #[arg(
        required_unless_present = "older_than",
        conflicts_with = "older_than",
        value_name = "EMAIL",
        value_parser = Email::parse
    )]
    pub(crate) emails: Vec<Email>,
    /// Everybody who was invited at least this long ago: 7d, 2w, 36h
    #[arg(long, value_name = "TIME", value_parser = long_ago)]
    pub(crate) older_than: Option<Duration>,
    #[command(flatten)]
    pub(crate) manner: Manner,
}

/// A time in days, weeks and hours, a day being 24 hours.
pub(super) fn long_ago(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a number and a unit: 7d, 2w or 36h".to_owned();
    let span: jiff::Span = text.trim().parse().map_err(|_| wrong())?;
    let time = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    Duration::try_from(time).ok().filter(|time| !time.is_zero()).ok_or_else(wrong)
}

#[derive(Debug, Args)]
pub(crate) struct Runs {
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// How long to wait for you
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub(crate) timeout: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The run, as `seatwright runs` names it
    pub(crate) run: String,
    /// Print where its page is (report.html), to be read in a browser and passed on; if it is missing, it is written again
    #[arg(long, conflicts_with = "json")]
    pub(crate) html: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Resume {
    /// The run, as `seatwright runs` names it
    pub(crate) run: String,
    /// You looked into the console yourself: change ID was made, or was not. `seatwright show RUN` tells the IDs
    #[arg(long, value_name = "ID=done|not-done", value_parser = settlement, conflicts_with = "yes")]
    pub(crate) settle: Option<Settlement>,
    /// Do without asking what was never begun
    #[arg(short, long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Cancel {
    /// The run, as `seatwright runs` names it
    pub(crate) run: String,
}

/// A duration as people write it.
fn duration(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<SignedDuration>().ok().and_then(|parsed| Duration::try_from(parsed).ok());
    parsed.filter(|parsed| !parsed.is_zero()).ok_or_else(|| "expected a time like 90s, 30m or 2h".to_owned())
}

/// What a person says became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settlement {
    pub(crate) change: i64,
    pub(crate) done: bool,
}

fn settlement(text: &str) -> Result<Settlement, String> {
    let wrong = || "expected the change's number and what became of it: 7=done or 7=not-done".to_owned();
    let (change, word) = text.split_once('=').ok_or_else(wrong)?;
    let done = match word {
        "done" => true,
        "not-done" => false,
        _ => return Err(wrong()),
    };
    Ok(Settlement { change: change.trim().parse().map_err(|_| wrong())?, done })
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Show every value and where it comes from; of a secret, only its place
    Show,
}

#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// Which console it looks like [default: the first there is]
    #[arg(long, value_name = "APP/VERSION")]
    pub(crate) skin: Option<String>,
    /// The port of the pages; 0: any free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) port: u16,
    /// How many people the workspace has
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(3..=100_000))]
    pub(crate) members: u32,
    /// The same number gives the same people, password and faults
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// What shall go wrong; may be repeated, and a wrong name lists the right ones
    #[arg(long, value_name = "NAME")]
    pub(crate) fault: Vec<String>,
    /// Write a configuration for it (its workspace is named sandbox), and the password into a file beside it
    #[arg(long, value_name = "FILE")]
    pub(crate) write_config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

/// The script that makes a shell complete these arguments.
pub(crate) fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "seatwright", &mut script);
    String::from_utf8(script).expect("the arguments are texts, and so is a script of them")
}

/// What clap has to say instead of arguments: help, the version, or what is wrong.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) text: String,
    /// Help and version were asked for: they are data.
    pub(crate) asked_for: bool,
    pub(crate) code: u8,
}

/// Reads the arguments, the program's name first.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>, styled: bool) -> Result<Arguments, Said> {
    let said = |error: clap::Error| {
        let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        let text = error.render();
        Said {
            text: if styled { text.ansi().to_string() } else { text.to_string() },
            asked_for,
            code: if asked_for { code::DONE } else { code::USAGE },
        }
    };
    let matches = command().try_get_matches_from(arguments).map_err(said)?;
    Arguments::from_arg_matches(&matches).map_err(said)
}

fn command() -> clap::Command {
    Arguments::command()
        .after_long_help(format!("{BEGINNING}\n\n{}\n\n{}", exit_codes(), variables()))
        .after_help("--help says more: how to begin, exit codes, environment variables")
}

/// What somebody types who has never used it.
const BEGINNING: &str = "\
To begin, without harm:
  seatwright sandbox --write-config practice.toml &
  seatwright list --config practice.toml
  seatwright invite anna@example.com --role learner --config practice.toml --dry-run";

fn exit_codes() -> String {
    let lines = exit::CODES.map(|(code, meaning)| format!("  {code:>2}  {meaning}"));
    format!("Exit codes:\n{}", lines.join("\n"))
}

fn variables() -> String {
    let width = env::ALL.map(|variable| variable.name.len()).into_iter().max().unwrap_or_default();
    let lines = env::ALL.map(|variable| format!("  {:width$}  {}", variable.name, variable.what));
    format!(
        "Environment variables (a flag comes before, the configuration after them):\n{}",
        lines.join("\n")
    )
}

#[cfg(test)]
mod tests;

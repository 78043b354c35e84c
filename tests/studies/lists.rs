//! One long list of the lists study: everybody on it is read once by `list`, in pages or by scrolling, and held against
//! the truth; what that took is counted.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::console::{Console, Person};
use super::place::{Came, Place};
use super::processes::{self, Use};

/// How long a list may take; one that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(40 * 60);
/// How often the processes are looked at.
const LOOK: Duration = Duration::from_millis(500);
/// Tells how long each question to the page took.
const LOG: &str = "seatwright::engine::runner::page=trace";
/// More differences than these are only counted.
const MOST_TOLD: usize = 5;
/// What leads through the list in the shipped map, and what it needs instead where the list has no pages.
const PAGED: &str = "next   = \"members.next\"\n";
const SCROLLED: &str = "scroll = \"members.box\"\n";
const MEMBERS: &str = "[areas.members]\n";
const BOX: &str = "[areas.members]\nbox    = { css = \".virtual\" }\n";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Twenty-five people on a page.
    Paged,
    /// One box in which only the rows in view exist.
    Scrolled,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Paged => "paged",
            Self::Scrolled => "virtual",
        })
    }
}

/// What was read, and what it took.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) kind: Kind,
    pub(crate) people: usize,
    pub(crate) read: usize,
    pub(crate) grade: String,
    /// Where the reading is not the truth.
    pub(crate) wrong: Vec<String>,
    /// Questions to the page for a page of the list or a stretch of it.
    pub(crate) asked: u64,
    /// All driver requests, those of start and sign-in too.
    pub(crate) requests: u64,
    /// From the command to its end.
    pub(crate) seconds: f64,
    /// Of these, until the questions for the list were answered.
    pub(crate) in_page: f64,
    /// Of program, driver and browser together.
    pub(crate) usage: Use,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, people, read, grade, asked, requests, seconds, in_page, usage, wrong } = self;
        write!(
            f,
            "{kind}: {read} of {people} read, grade {grade}, {asked} pages asked, {requests} requests, "
        )?;
        write!(f, "{seconds:.1} s, {in_page:.1} s in the page, {:.1} CPU s, ", usage.cpu_seconds())?;
        write!(f, "{} MB; wrong: {wrong:?}", usage.memory_mb)
    }
}

/// Lists a workspace of this many people, who follow from the seed.
///
/// # Errors
/// The workspace could not be set up, or the command gave no report.
pub(crate) fn study(program: &Path, seed: u64, kind: Kind, people: usize) -> Result<Seen> {
    let console = Console::start(people, seed)?;
    let mut place = Place::new(program, &console)?;
    if kind == Kind::Scrolled {
        console.faults(&["virtual"], seed, 0)?;
        place.edit_map(&[(PAGED, SCROLLED), (MEMBERS, BOX)])?;
    }
    let began = Instant::now();
    let mut running = place.start(&["list".to_owned()], &[("SEATWRIGHT_LOG", LOG.to_owned())])?;
    let mut usage = Use::default();
    while running.child.try_wait()?.is_none() && began.elapsed() < LIMIT {
        usage.add(&processes::used(&place.state()));
        std::thread::sleep(LOOK);
    }
    let seconds = began.elapsed().as_secs_f64();
    let came = running.wait(Duration::ZERO)?;
    let printed = came.report.as_ref().with_context(|| format!("{:?}: {}", came.code, came.err))?;
    let truth = console.truth()?;
    ensure!(truth.people.len() == people, "the console has {} people", truth.people.len());
    let members = printed["members"].as_array().map_or(&[][..], Vec::as_slice);
    let mut wrong = differences(&truth.people, members);
    if let Some(error) = printed["report"]["error"]["message"].as_str() {
        wrong.push(format!("the run stopped: {error}"));
    }
    let counts = &printed["report"]["driver_requests"];
    let verbs = counts.as_object().into_iter().flatten().filter(|(verb, _)| !verb.contains('.'));
    let asked = |verb: &str| counts[verb].as_u64().unwrap_or_default();
    Ok(Seen {
        kind,
        people,
        read: members.len(),
        grade: printed["report"]["reading"]["grade"].as_str().unwrap_or("none").to_owned(),
        wrong,
        asked: asked("run.list") + asked("run.scroll"),
        requests: verbs.filter_map(|(_, count)| count.as_u64()).sum(),
        seconds,
        in_page: in_page(&came),
        usage,
    })
}

/// What each person looks like in a reading: address, role, status.
type Shown = (String, String, String);

/// Everybody who is missing, too many or other than they are.
fn differences(people: &[Person], members: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("unknown").to_owned();
    let read = members.iter().map(|member| -> Shown {
        let [roles, status] = ["roles", "status"].map(|key| member[key].as_array());
        let only = |words: Option<&Vec<Value>>| match words.map(Vec::as_slice) {
            Some([word]) => text(word),
            other => format!("{other:?}"),
        };
        (text(&member["email"]), only(roles), only(status))
    });
    let so = people.iter().map(|person| -> Shown {
        // The console says "Pending", which the map knows as an invitation.
        let status = if person.status == "pending" { "invited" } else { &person.status };
        (person.email.clone(), person.role.clone(), status.to_owned())
    });
    let mut counts: BTreeMap<Shown, i64> = BTreeMap::new();
    for one in so {
        *counts.entry(one).or_default() += 1;
    }
    for one in read {
        *counts.entry(one).or_default() -= 1;
    }
    let said = |(shown, count): (Shown, i64)| match count {
        0 => None,
        1.. => Some(format!("not read: {shown:?}")),
        _ => Some(format!("not so: {shown:?}")),
    };
    let mut all: Vec<String> = counts.into_iter().filter_map(said).collect();
    if all.len() > MOST_TOLD {
        let more = all.len() - MOST_TOLD;
        all.truncate(MOST_TOLD);
        all.push(format!("and {more} more"));
    }
    all
}

/// Seconds until the questions for the list were answered, added up from the log.
fn in_page(came: &Came) -> f64 {
    let took = |line: &str| -> Option<u64> {
        let is_list = ["verb=\"list\"", "verb=\"scroll\""].iter().any(|verb| line.contains(verb));
        let (_, milliseconds) = line.split_once("took_ms=").filter(|_| is_list)?;
        milliseconds.trim().parse().ok()
    };
    came.err.lines().filter_map(took).sum::<u64>() as f64 / 1000.0
}

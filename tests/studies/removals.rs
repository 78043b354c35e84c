//! One workspace of the removals study: people are removed while the page replaces its elements, moves its rows, and
//! shows people who differ by a few letters; every accepted change is held against what was asked.

use std::fmt;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::console::{Console, Person, Truth};
use super::place::{LIMIT, Place};

/// What stands in the way of finding the right row.
const FAULTS: [&str; 3] = ["rerender", "reorder", "lookalike"];

/// How large one workspace of the study is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// People before the lookalikes come: another two of five.
    pub(crate) people: usize,
    pub(crate) removals: usize,
}

/// What was asked, reported and done in one workspace.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) asked: usize,
    pub(crate) done: usize,
    pub(crate) in_doubt: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
    /// Accepted changes that nobody asked for, or not then.
    pub(crate) wrong: Vec<String>,
    /// Outcomes that are not so.
    pub(crate) lies: Vec<String>,
    /// Why somebody was not removed.
    pub(crate) reasons: Vec<String>,
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asked, done, in_doubt, failed, skipped, requests, seconds, .. } = self;
        write!(f, "{asked} asked, {done} done, {in_doubt} in doubt, {failed} failed, {skipped} skipped, ")?;
        write!(f, "{requests} requests, {seconds:.0} s; wrong: {:?}; ", self.wrong)?;
        write!(f, "untrue: {:?}; not removed: {:?}", self.lies, self.reasons)
    }
}

/// Removes as many people of the workspace that follows from the seed, in one run.
///
/// # Errors
/// The workspace could not be set up, or the run gave no report.
pub(crate) fn study(program: &Path, seed: u64, size: Size) -> Result<Seen> {
    let count = size.removals;
    let console = Console::start(size.people, seed)?;
    console.faults(&FAULTS, seed, 0)?;
    let asked = choose(&console.truth()?, seed, count);
    ensure!(asked.len() == count, "there are only {} people to remove", asked.len());
    let mut place = Place::new(program, &console)?;
    let mut words = vec!["remove".to_owned()];
    words.extend(asked.iter().cloned());
    words.push("--yes".to_owned());
    let began = Instant::now();
    let came = place.run(&words, LIMIT * u32::try_from(1 + count / 4)?)?;
    let seconds = began.elapsed().as_secs_f64();
    let report = came.report.as_ref().with_context(|| format!("{:?}: {}", came.code, came.err))?;
    let requests = report["driver_requests"].as_object().into_iter().flatten();
    let truth = console.truth()?;
    let mut seen = Seen {
        asked: count,
        wrong: wrong(&truth, &asked),
        requests: requests
            .filter(|(verb, _)| !verb.contains('.'))
            .filter_map(|(_, count)| count.as_u64())
            .sum(),
        seconds,
        ..Seen::default()
    };
    for email in &asked {
        let gone = truth.person(email).is_none();
        let outcome = came.outcome(email).unwrap_or("no outcome");
        let (counter, so) = match outcome {
            "done" => (&mut seen.done, gone),
            "in_doubt" => (&mut seen.in_doubt, true),
            "skipped" => (&mut seen.skipped, !gone),
            _ => (&mut seen.failed, !gone),
        };
        *counter += 1;
        if outcome != "done" {
            seen.reasons.push(format!("{email}: {outcome}: {}", came.detail(email)));
        }
        if !so {
            seen.lies.push(format!("{email}: {outcome}, and it is not so"));
        }
    }
    if let Some(error) = report["error"]["message"].as_str() {
        seen.reasons.push(format!("the run stopped: {error}"));
    }
    Ok(seen)
}

/// Half of them have a namesake in the list.
fn choose(truth: &Truth, seed: u64, count: usize) -> Vec<String> {
    let mut people = truth.changeable();
    fastrand::Rng::with_seed(seed).shuffle(&mut people);
    let has_namesake =
        |person: &&Person| truth.people.iter().filter(|other| other.name == person.name).count() > 1;
    let (namesakes, others): (Vec<&Person>, Vec<&Person>) = people.into_iter().partition(has_namesake);
    let half = (count / 2).min(namesakes.len());
    let mut chosen: Vec<&Person> = namesakes[..half].to_vec();
    chosen.extend(others.iter().chain(&namesakes[half..]).take(count - half));
    fastrand::Rng::with_seed(seed ^ 1).shuffle(&mut chosen);
    chosen.into_iter().map(|person| person.email.clone()).collect()
}

/// Removals happen in the order asked; somebody removed out of turn was removed by a click meant for another.
fn wrong(truth: &Truth, asked: &[String]) -> Vec<String> {
    let mut next = 0;
    let mut wrong = Vec::new();
    for (kind, email) in &truth.mutations {
        match asked.iter().skip(next).position(|wanted| wanted == email) {
            Some(ahead) if kind == "remove" => next += ahead + 1,
            _ => wrong.push(format!("{kind} {email}")),
        }
    }
    wrong
}

//! The study of plans on a bad day: newcomers by the console's import, roles and removals one by one, and people about whom
//! it fails: addresses that the console does not take, and writes that it answers and does not make, or makes nothing of
//! and does not answer. The report is held against the truth, person by person.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use serde_json::{Value, json};

use super::console::Console;
use super::place::{LIMIT, Place};
use super::rosters::{Parts, Roster};

/// How large a study is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) people: usize,
    pub(crate) parts: Parts,
    /// So many single changes meet a fault.
    pub(crate) faults: usize,
}

/// The faults a single change may meet, one after the other: nothing is done in either.
const FAULTS: [(&str, &str); 2] = [("toast_lies", "says_done"), ("lost_response", "not_applied")];

/// What was planned, reported and done.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) changes: usize,
    /// How many have each outcome, and why where that is typed.
    pub(crate) outcomes: BTreeMap<String, usize>,
    pub(crate) writes: usize,
    pub(crate) seconds: f64,
    /// What must not be; empty if all is well.
    pub(crate) violations: Vec<String>,
}

/// Carries out one plan.
///
/// # Errors
/// The workspace could not be set up, or the run gave no report.
pub(crate) fn study(program: &Path, seed: u64, size: Size) -> Result<Seen> {
    let console = Console::start(size.people, seed)?;
    let mut place = Place::new(program, &console)?;
    let mut dice = Rng::with_seed(seed);
    let oneself = console.ready.account.email.to_lowercase();
    let roster = Roster::new(&console.truth()?, &oneself, &mut dice, size.parts)?;
    place.append(&roster.tables())?;
    let people = place.write("people.csv", &roster.csv())?.display().to_string();
    let file = place.path("plan.json").display().to_string();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let came = place.run(&words(&["plan", &people, "--out", &file]), LIMIT)?;
    ensure!(came.code == Some(10), "plan: {:?} {}", came.code, came.err);
    let came = place.run(&words(&["approve", &file, "--yes"]), LIMIT)?;
    ensure!(came.code == Some(0), "approve: {:?} {}", came.code, came.err);
    let plan: Value = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
    let singles = singles(&plan);
    let victims = victims(&singles, size.faults, &mut dice)?;
    let changes = size.parts.changes();

    let began = Instant::now();
    let mut running = place.start(&words(&["apply", &file, "--yes"]), &[])?;
    let met = meet(&console, &singles, &victims, seed, || Ok(running.child.try_wait()?.is_some()))?;
    let came = running.wait(LIMIT * u32::try_from(1 + changes / 4)?)?;
    let mut seen = Seen { changes, seconds: began.elapsed().as_secs_f64(), ..Seen::default() };
    ensure!(came.report.is_some(), "apply: {:?} {}", came.code, came.err);

    let truth = console.truth()?;
    seen.writes = truth.writes;
    let failed: BTreeSet<String> = roster.bad.iter().cloned().chain(met).collect();
    if failed.len() != size.parts.bad + size.faults {
        seen.violations.push(format!("only {} met a fault: {failed:?}", failed.len()));
    }
    if came.code != Some(4) {
        seen.violations.push(format!("exit {:?}: {}", came.code, came.err.trim()));
    }
    seen.violations.extend(roster.differences(&truth, &failed));
    let told = came.outcomes();
    let of: BTreeMap<&String, &String> = told.iter().map(|(email, outcome)| (email, outcome)).collect();
    if told.len() != changes || of.keys().copied().ne(&roster.changed) {
        seen.violations.push(format!("{} people are told of, not the {changes} of the plan", told.len()));
    }
    for (email, outcome) in &told {
        let reason = came.reason(email);
        let fits = match outcome.as_str() {
            "done" | "pending" => roster.is_reached(email, &truth) && !failed.contains(email),
            "failed" => failed.contains(email) && reason.is_some(),
            _ => false,
        };
        if !fits {
            seen.violations.push(format!("{email}: {outcome} ({reason:?}): {}", came.detail(email)));
        }
        let class = reason.map_or_else(|| outcome.clone(), |reason| format!("{outcome}({reason})"));
        *seen.outcomes.entry(class).or_default() += 1;
    }
    seen.violations.extend(place.left());
    Ok(seen)
}

/// Whose changes are made one by one, in the plan's order: all but the newcomers.
fn singles(plan: &Value) -> Vec<String> {
    let actions = plan["plan"]["actions"].as_array().into_iter().flatten();
    let single = |action: &&Value| {
        let operation = &action["change"]["operation"];
        operation.is_string() && operation != "invite"
    };
    let email = |action: &Value| action["email"].as_str().unwrap_or_default().to_owned();
    actions.filter(single).map(email).collect()
}

/// Spread over the run, and never two after one another, for one shows that the next is about to come.
fn victims(singles: &[String], count: usize, dice: &mut Rng) -> Result<Vec<usize>> {
    let room = (singles.len() - 1) / count.max(1);
    ensure!(room >= 2, "{count} faults are too many for {} changes", singles.len());
    Ok((0..count).map(|number| 1 + number * room + dice.usize(..room - 1)).collect())
}

/// Turns a fault on once the change before its victim is made, and off once the victim's write has come. Gives those who
/// met one.
fn meet(
    console: &Console,
    singles: &[String],
    victims: &[usize],
    seed: u64,
    is_over: impl FnMut() -> Result<bool>,
) -> Result<Vec<String>> {
    let mut is_over = is_over;
    let mut met = Vec::new();
    for (number, at) in victims.iter().enumerate() {
        let before = &singles[at - 1];
        let Some(truth) =
            watch(console, &mut is_over, |truth| truth.mutations.iter().any(|(_, email)| email == before))?
        else {
            return Ok(met);
        };
        let (name, mode) = FAULTS[number % FAULTS.len()];
        console.turn_on(&json!({ "names": [name], "mode": mode, "seed": seed }))?;
        let writes = truth.writes;
        let came = watch(console, &mut is_over, |truth| truth.writes > writes)?;
        console.faults(&[], seed, 0)?;
        if came.is_none() {
            return Ok(met);
        }
        met.push(singles.get(*at).context("a victim is one of the changes")?.clone());
    }
    Ok(met)
}

/// Looks at what is so until it is as wanted; none if the run is over before.
fn watch(
    console: &Console,
    is_over: &mut impl FnMut() -> Result<bool>,
    wanted: impl Fn(&super::console::Truth) -> bool,
) -> Result<Option<super::console::Truth>> {
    loop {
        let ended = is_over()?;
        let truth = console.truth()?;
        if wanted(&truth) {
            return Ok(Some(truth));
        }
        if ended {
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(10));
    }
}

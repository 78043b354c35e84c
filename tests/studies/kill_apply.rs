//! One case of the study of killed plans: a plan of eight changes is carried out, killed after so much time, and taken up
//! until it is through; what is reported and what is so in the end are held against the roster.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use seatwright::engine::journal::{ChangeState, Journal, RunRecord};

use super::console::{Console, RUNTIME};
use super::place::{Came, LIMIT, Place};
use super::rosters::{Parts, Roster};

/// How often a run is resumed, and a plan made anew, before that counts as a violation.
const MOST: usize = 3;

#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) parts: Parts,
    pub(crate) people: usize,
    pub(crate) seed: u64,
}

/// What became of a case.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Each command and what it reported.
    pub(crate) steps: Vec<String>,
    /// How long the first `apply` ran, to its end or to its kill.
    pub(crate) seconds: f64,
    /// It ran when it was to be killed.
    pub(crate) was_killed: bool,
    /// How many changes were settled, and begun, when it was killed.
    pub(crate) settled: usize,
    pub(crate) begun: usize,
    /// What must not be; empty if all is well.
    pub(crate) violations: Vec<String>,
}

impl Case {
    /// Plays the case to its end. The first `apply` is killed after this time, or never.
    pub(crate) fn play(&self, program: &Path, killed_after: Option<Duration>) -> Result<Seen> {
        let console = Console::start(self.people, self.seed)?;
        let place = Place::new(program, &console)?;
        let mut dice = Rng::with_seed(self.seed);
        let oneself = console.ready.account.email.to_lowercase();
        let roster = Roster::new(&console.truth()?, &oneself, &mut dice, self.parts)?;
        place.append(&roster.tables())?;
        let people = place.write("people.csv", &roster.csv())?;
        let journal = RUNTIME.block_on(Journal::open(&place.state(), Arc::new(jiff::Timestamp::now)))?;
        let mut trial =
            Trial { console, place, roster, journal, people, steps: Vec::new(), violations: Vec::new() };
        trial.play(killed_after)
    }
}

/// A case being played.
struct Trial {
    console: Console,
    place: Place,
    roster: Roster,
    journal: Journal,
    people: PathBuf,
    steps: Vec<String>,
    violations: Vec<String>,
}

impl Trial {
    fn play(&mut self, killed_after: Option<Duration>) -> Result<Seen> {
        let planned = self.planned("plan.json")?;
        ensure!(planned == self.roster.changed.len(), "the plan makes {planned} changes");
        let began = Instant::now();
        let mut running = self.place.start(&self.apply("plan.json"), &[])?;
        let mut was_killed = false;
        if let Some(after) = killed_after {
            while began.elapsed() < after && running.child.try_wait()?.is_none() {
                thread::sleep(Duration::from_millis(5));
            }
            if running.child.try_wait()?.is_none() {
                running.child.kill()?;
                was_killed = true;
            }
        }
        let came = running.wait(LIMIT)?;
        let seconds = began.elapsed().as_secs_f64();
        // It may have ended in the very moment.
        was_killed &= came.code.is_none();
        self.judge("apply", &came)?;
        let record = self.last_run()?.filter(|record| record.began.operation == "apply");
        let changes = record.map(|record| record.changes).unwrap_or_default();
        let begun = changes.iter().filter(|change| change.state != ChangeState::Intended).count();
        let settled = changes.iter().filter(|change| change.state == ChangeState::Settled).count();
        self.through()?;
        let truth = self.console.truth()?;
        self.violations.extend(self.roster.differences(&truth, &BTreeSet::new()));
        self.violations.extend(self.place.left());
        if let Err(error) = RUNTIME.block_on(self.journal.verify()) {
            self.violations.push(format!("the journal's chain: {error}"));
        }
        let (steps, violations) = (std::mem::take(&mut self.steps), std::mem::take(&mut self.violations));
        Ok(Seen { steps, seconds, was_killed, settled, begun, violations })
    }

    /// Whoever finds a run that died resumes it; what is left to do then, a new plan tells.
    fn through(&mut self) -> Result<()> {
        let (mut resumes, mut plans) = (0, 0);
        loop {
            if let Some(record) = self.last_run()?.filter(is_open) {
                resumes += 1;
                if resumes > MOST {
                    self.violations.push(format!("still open after {MOST} resumes"));
                    return Ok(());
                }
                let words = ["resume", record.id.as_str(), "--yes"].map(str::to_owned);
                let came = self.place.run(&words, LIMIT)?;
                self.judge("resume", &came)?;
                continue;
            }
            plans += 1;
            if plans > MOST {
                self.violations.push(format!("not reached by {MOST} plans"));
                return Ok(());
            }
            let name = format!("plan{plans}.json");
            match self.planned(&name)? {
                0 => return Ok(()),
                _ => {
                    let came = self.place.run(&self.apply(&name), LIMIT)?;
                    self.judge("apply again", &came)?;
                }
            }
        }
    }

    /// Makes a plan into this file and approves it; how many changes it makes.
    fn planned(&mut self, name: &str) -> Result<usize> {
        let file = self.place.path(name);
        let plan = ["plan".into(), text(&self.people), "--out".into(), text(&file)];
        let came = self.place.run(&plan, LIMIT)?;
        self.steps.push(format!("plan: {}", ended(&came)));
        let report = came.report.as_ref().with_context(|| format!("plan: {:?} {}", came.code, came.err))?;
        ensure!(matches!(came.code, Some(0 | 10)), "plan: exit {:?}: {}", came.code, came.err);
        let changes = report["plan"]["changes"].as_u64().context("find the number of changes")?;
        if changes > 0 {
            let came = self.place.run(&["approve".into(), text(&file), "--yes".into()], LIMIT)?;
            ensure!(came.code == Some(0), "approve: {:?} {}", came.code, came.err);
        }
        Ok(usize::try_from(changes)?)
    }

    fn apply(&self, name: &str) -> Vec<String> {
        vec!["apply".to_owned(), text(&self.place.path(name)), "--yes".to_owned()]
    }

    fn last_run(&self) -> Result<Option<RunRecord>> {
        let runs = RUNTIME.block_on(self.journal.runs(None, 1))?;
        let Some(run) = runs.first() else { return Ok(None) };
        Ok(RUNTIME.block_on(self.journal.run(&run.id))?)
    }

    /// What a command reports must be so at the time.
    fn judge(&mut self, name: &str, came: &Came) -> Result<()> {
        let truth = self.console.truth()?;
        let told = came.outcomes();
        let mut counts = std::collections::BTreeMap::<&str, usize>::new();
        for (email, outcome) in &told {
            *counts.entry(outcome).or_default() += 1;
            let so = self.roster.is_reached(email, &truth);
            let lie = match outcome.as_str() {
                "done" | "pending" | "already_so" => !so,
                "failed" | "refused" => so,
                _ => false,
            };
            if lie {
                self.violations.push(format!("{name} reports {outcome} of {email}, so: {so}"));
            }
        }
        let counts: Vec<String> =
            counts.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
        let counts = if counts.is_empty() { "nobody told of".to_owned() } else { counts.join(", ") };
        self.steps.push(format!("{name}: {}, {counts}", ended(came)));
        if matches!(came.code, Some(1 | 101)) {
            self.violations.push(format!("{name} ended by an error nobody expected: {}", came.err.trim()));
        }
        Ok(())
    }
}

fn ended(came: &Came) -> String {
    came.code.map_or("killed".to_owned(), |code| format!("exit {code}"))
}

fn is_open(record: &RunRecord) -> bool {
    record.ended_at.is_none() || record.changes.iter().any(|change| change.state != ChangeState::Settled)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

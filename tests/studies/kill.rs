//! One case of the kill matrix: somebody is killed at a chosen moment of a change; what is reported, what `resume`
//! makes of it and what is left afterwards are held against the truth.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use seatwright::engine::journal::{ChangeState, Journal, RunRecord};

use super::console::{Console, RUNTIME, Truth};
use super::place::{Came, LIMIT, Place, Running};
use super::processes;

/// How often a run is resumed before that counts as a violation.
const RESUMES: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Invite,
    SetRole,
    Remove,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Victim {
    Program,
    Driver,
    Browser,
    /// Nobody is left to end the browser: the next start has to.
    ProgramAndKeeper,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Right after this write of the journal.
    After(&'static str),
    /// The console has the write and has not answered it. It may not have done it either, and does not if its caller goes
    /// away before; with `late` it does it a second and a half later in any case.
    BeforeAnswer { late: bool },
}

#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) operation: Operation,
    pub(crate) victim: Victim,
    pub(crate) moment: Moment,
    /// How many people the console has.
    pub(crate) people: usize,
    pub(crate) seed: u64,
}

/// What became of a case.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Each command and what it reported.
    pub(crate) steps: Vec<String>,
    /// `went on`, `resumed` or `again` (resumed, and asked for once more as the hint says).
    pub(crate) route: &'static str,
    /// What must not be; empty if all is well.
    pub(crate) violations: Vec<String>,
}

impl Operation {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::SetRole => "set-role",
            Self::Remove => "remove",
        }
    }

    /// The word of the console's record.
    fn mutation(self) -> &'static str {
        match self {
            Self::SetRole => "change_role",
            _ => self.word(),
        }
    }
}

impl Victim {
    /// The word of `SEATWRIGHT_CRASH_POINT`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Program => "self",
            Self::Driver => "driver",
            Self::Browser => "browser",
            Self::ProgramAndKeeper => "self+keeper",
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(point) => f.write_str(point),
            Self::BeforeAnswer { late: false } => f.write_str("click, no answer yet"),
            Self::BeforeAnswer { late: true } => f.write_str("click, effect is late"),
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {} / {} / {}", self.operation.word(), self.moment, self.victim.word(), self.seed)
    }
}

impl Case {
    /// Plays the case to its end.
    ///
    /// # Errors
    /// The case could not be played; what went wrong with the program is in `violations`.
    pub(crate) fn play(&self, program: &std::path::Path) -> Result<Seen> {
        let console = Console::start(self.people, self.seed)?;
        if let Moment::BeforeAnswer { late } = self.moment {
            let faults: &[&str] = if late { &["slow", "late_commit"] } else { &["slow"] };
            console.faults(faults, self.seed, 1500)?;
        }
        let place = Place::new(program, &console)?;
        let truth = console.truth()?;
        let who = match self.operation {
            Operation::Invite => "new.person@acme.example".to_owned(),
            Operation::SetRole => self.somebody(&truth, "learner")?,
            Operation::Remove => self.somebody(&truth, "author")?,
        };
        let mut trial = Trial {
            case: self,
            journal: RUNTIME.block_on(Journal::open(&place.state(), Arc::new(jiff::Timestamp::now)))?,
            console,
            place,
            who,
            steps: Vec::new(),
            violations: Vec::new(),
        };
        let route = trial.play()?;
        Ok(Seen { steps: trial.steps, route, violations: trial.violations })
    }

    fn somebody(&self, truth: &Truth, role: &str) -> Result<String> {
        let fitting: Vec<_> = truth.changeable().into_iter().filter(|person| person.role == role).collect();
        fastrand::Rng::with_seed(self.seed)
            .choice(fitting)
            .map(|person| person.email.clone())
            .with_context(|| format!("find an active {role}"))
    }
}

/// A case being played.
struct Trial<'a> {
    case: &'a Case,
    console: Console,
    place: Place,
    journal: Journal,
    who: String,
    steps: Vec<String>,
    violations: Vec<String>,
}

impl Trial<'_> {
    fn play(&mut self) -> Result<&'static str> {
        let came = self.disturbed()?;
        let mut last = self.judge("first", &came)?;
        let (mut resumes, mut repetitions) = (0, 0);
        loop {
            let record = self.last_run()?;
            let open = record.as_ref().is_some_and(|record| {
                record.ended_at.is_none()
                    || record.changes.iter().any(|change| change.state != ChangeState::Settled)
            });
            let untried = repetitions == 0 && resumes == 0;
            let (name, words) = match record {
                Some(_) if open && resumes == RESUMES => {
                    self.violations.push(format!("still open after {RESUMES} resumes"));
                    break;
                }
                Some(record) if open || untried => {
                    resumes += 1;
                    ("resume", vec!["resume".to_owned(), record.id.to_string(), "--yes".to_owned()])
                }
                _ if self.is_so()? => break,
                _ if repetitions == 1 => {
                    self.violations.push("not so, though it was asked for twice".to_owned());
                    break;
                }
                _ => {
                    repetitions += 1;
                    ("again", self.words())
                }
            };
            let came = self.place.run(&words, LIMIT)?;
            let now = self.judge(name, &came)?;
            if name == "again" && last.as_deref() == Some("failed") && now.as_deref() == Some("already_so") {
                self.violations.push("reported as failed, and it was done".to_owned());
            }
            last = now;
        }
        if last.as_deref() == Some("failed") && self.is_so()? {
            self.violations.push("reported as failed, and so a moment later".to_owned());
        }
        self.hold_against_truth()?;
        self.violations.extend(self.place.left());
        if let Err(error) = RUNTIME.block_on(self.journal.verify()) {
            self.violations.push(format!("the journal's chain: {error}"));
        }
        let first_was_fine = ["done", "pending"].iter().any(|fine| self.steps[0].ends_with(fine));
        Ok(match (repetitions, first_was_fine) {
            (0, true) => "went on",
            (0, false) => "resumed",
            _ => "again",
        })
    }

    fn words(&self) -> Vec<String> {
        let mut words = vec![self.case.operation.word(), &self.who];
        match self.case.operation {
            Operation::Invite => words.extend(["--role", "learner"]),
            Operation::SetRole => words.extend(["--role", "author"]),
            Operation::Remove => {}
        }
        words.push("--yes");
        words.into_iter().map(str::to_owned).collect()
    }

    /// The command in which somebody is killed.
    fn disturbed(&mut self) -> Result<Came> {
        let words = self.words();
        match self.case.moment {
            Moment::After(point) => {
                let order = format!("{point}={}", self.case.victim.word());
                self.place.start(&words, &[("SEATWRIGHT_CRASH_POINT", order)])?.wait(LIMIT)
            }
            Moment::BeforeAnswer { .. } => {
                let mut running = self.place.start(&words, &[])?;
                self.wait_for_write(&mut running)?;
                // The console takes at least 150 ms to answer.
                let wait = fastrand::Rng::with_seed(self.case.seed).u64(0..=120);
                thread::sleep(Duration::from_millis(wait));
                self.kill(&mut running)?;
                running.wait(LIMIT)
            }
        }
    }

    fn wait_for_write(&self, running: &mut Running) -> Result<()> {
        while self.console.truth()?.writes == 0 {
            if running.child.try_wait()?.is_some() {
                bail!("the command ended without a write");
            }
            thread::sleep(Duration::from_millis(3));
        }
        Ok(())
    }

    fn kill(&self, running: &mut Running) -> Result<()> {
        let browser = || -> Result<_> {
            let record = self.last_run()?.context("find the run in the journal")?;
            record.browsers.last().copied().context("find the browser in the journal")
        };
        match self.case.victim {
            Victim::Program => running.child.kill()?,
            Victim::Driver => processes::kill(browser()?.driver_pid),
            Victim::Browser => processes::kill(browser()?.pid),
            Victim::ProgramAndKeeper => {
                for found in processes::naming(&self.place.state()) {
                    if found.command.contains("browser-keeper") {
                        processes::kill(found.pid);
                    }
                }
                running.child.kill()?;
            }
        }
        Ok(())
    }

    fn last_run(&self) -> Result<Option<RunRecord>> {
        let runs = RUNTIME.block_on(self.journal.runs(None, 1))?;
        let Some(run) = runs.first() else { return Ok(None) };
        Ok(RUNTIME.block_on(self.journal.run(&run.id))?)
    }

    fn is_so(&self) -> Result<bool> {
        let truth = self.console.truth()?;
        let person = truth.person(&self.who);
        Ok(match self.case.operation {
            Operation::Invite => person.is_some_and(|person| person.role == "learner"),
            Operation::SetRole => person.is_some_and(|person| person.role == "author"),
            Operation::Remove => person.is_none(),
        })
    }

    /// What a command reports must be so at the time.
    fn judge(&mut self, name: &str, came: &Came) -> Result<Option<String>> {
        let so = self.is_so()?;
        let outcome = came.outcome(&self.who);
        let lie = match outcome {
            Some("done" | "pending" | "already_so") => !so,
            Some("failed" | "skipped" | "refused") => so,
            _ => false,
        };
        self.steps.push(format!("{name}: {}", came.brief(&self.who)));
        if lie {
            self.violations.push(format!("{name} reports {outcome:?}, so: {so}"));
        }
        if matches!(came.code, Some(1 | 101)) {
            self.violations.push(format!("{name} ended by an error nobody expected: {}", came.err.trim()));
        }
        Ok(outcome.map(str::to_owned))
    }

    fn hold_against_truth(&mut self) -> Result<()> {
        let truth = self.console.truth()?;
        if !self.is_so()? {
            self.violations.push("not so in the end".to_owned());
        }
        let expected = [(self.case.operation.mutation().to_owned(), self.who.clone())];
        if truth.mutations != expected {
            self.violations.push(format!("changes accepted: {:?}", truth.mutations));
        }
        let mails: &[String] =
            if self.case.operation == Operation::Invite { std::slice::from_ref(&self.who) } else { &[] };
        if truth.mails != mails {
            self.violations.push(format!("mails sent: {:?}", truth.mails));
        }
        Ok(())
    }
}

//! What the moments of a run come to: when it was confirmed and verified, what it asked the driver, and where the time went.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::timed::{Kind, Moment};
use crate::work::Times;

/// One command of ours.
pub(crate) struct Run {
    pub(crate) began: Instant,
    pub(crate) took: Duration,
    pub(crate) moments: Vec<Moment>,
    /// Driver requests by verb, as the report has them.
    pub(crate) requests: BTreeMap<String, u64>,
}

/// The look for the person's row begins.
const CHANGE: &str = "change";
const SIGNED_IN: &str = "take up the session";
const OUTCOME: &str = "outcome";
const READING: &str = "read the list";

/// A stretch of a run.
#[derive(Clone, Debug)]
pub(crate) struct Phase {
    pub(crate) name: String,
    pub(crate) took: Duration,
    pub(crate) in_page: Duration,
    pub(crate) requests: usize,
}

impl Run {
    fn at(&self, kind: Kind, name: &str) -> Option<usize> {
        self.moments.iter().position(|moment| moment.kind == kind && moment.what.starts_with(name))
    }

    /// From when it is signed in: the list was read, or the figures.
    pub(crate) fn of_reading(&self) -> Times {
        let signed_in = self.at(Kind::Step, SIGNED_IN).map_or(self.began, |at| self.moments[at].ended);
        let last = self.moments.iter().rfind(|moment| moment.kind == Kind::Step);
        Times { confirmed: None, verified: last.map(|moment| moment.ended.duration_since(signed_in)) }
    }

    /// From the look for the person's row on. A removal is verified by the final reading.
    pub(crate) fn of_change(&self) -> Option<Times> {
        let from = self.at(Kind::Progress, CHANGE)?;
        let outcome = self.at(Kind::Progress, OUTCOME)?;
        let began = self.moments[from].ended;
        let since = |moment: &Moment| moment.ended.duration_since(began);
        let heard = |moment: &&Moment| moment.kind == Kind::Request && moment.what.starts_with("expect");
        let confirmed = self.moments[from..outcome].iter().rfind(heard).map(since);
        let read = |moment: &&Moment| moment.kind == Kind::Step && moment.what.starts_with(READING);
        let verified = self.moments[outcome..].iter().find(read).unwrap_or(&self.moments[outcome]);
        Some(Times { confirmed, verified: Some(since(verified)) })
    }

    /// Driver requests of the change alone, those again that hit the page between two documents left out.
    pub(crate) fn requests_of_change(&self) -> Option<usize> {
        let from = self.at(Kind::Progress, CHANGE)?;
        let outcome = self.at(Kind::Progress, OUTCOME)?;
        Some(self.moments[from..outcome].iter().filter(|moment| moment.is_request()).map(Moment::cost).sum())
    }

    /// How often the page was asked anew because its document, or the script in it, was not there yet.
    pub(crate) fn asked_again(&self) -> usize {
        self.moments.iter().filter(|moment| moment.is_again()).count()
    }

    /// Everything in its order, from the beginning to the end.
    pub(crate) fn phases(&self) -> Vec<Phase> {
        let mut phases = Vec::new();
        let (mut since, mut first) = (self.began, 0);
        let changing = self.at(Kind::Progress, CHANGE);
        for (index, moment) in self.moments.iter().enumerate() {
            if moment.kind == Kind::Request {
                continue;
            }
            let within = &self.moments[first..index];
            let is_commit = within.iter().any(|moment| moment.what == "label");
            let name = match (moment.kind, moment.what.as_str()) {
                (Kind::Progress, "started") => "begin a run".to_owned(),
                (Kind::Progress, "signing in") => "take the browser".to_owned(),
                (Kind::Progress, CHANGE) => "plan, guards, journal".to_owned(),
                (Kind::Progress, OUTCOME) => "evidence, settle".to_owned(),
                (Kind::Progress, _) => "(to the next)".to_owned(),
                (_, step) if step.starts_with("look for") => {
                    let is_first = phases.iter().all(|phase: &Phase| !phase.name.starts_with("look for"));
                    if is_first { "look for the row".to_owned() } else { "look for the effect".to_owned() }
                }
                (_, step) if step.starts_with(READING) && changing.is_some_and(|at| index > at) => {
                    "read the list at the end".to_owned()
                }
                (_, step) if step.starts_with(READING) => "read the list".to_owned(),
                (_, step) => step.split(" (").next().unwrap_or(step).to_owned(),
            };
            phases.push(phase(name, moment.ended.duration_since(since), within));
            if is_commit {
                phases.extend(parts(since, moment.ended, within));
            }
            (since, first) = (moment.ended, index + 1);
        }
        let end = self.began + self.took;
        phases.push(phase(
            "keep the session, report".to_owned(),
            end.duration_since(since),
            &self.moments[first..],
        ));
        phases
    }
}

fn phase(name: String, took: Duration, within: &[Moment]) -> Phase {
    let requests = within.iter().filter(|moment| moment.kind == Kind::Request);
    Phase {
        name,
        took,
        in_page: Duration::from_millis(requests.clone().map(|moment| moment.waited_ms).sum()),
        requests: requests.map(Moment::cost).sum(),
    }
}

/// What a commit is made of, request by request.
fn parts(began: Instant, ended: Instant, within: &[Moment]) -> Vec<Phase> {
    let mut parts: Vec<Phase> = Vec::new();
    let mut ours = ended.duration_since(began);
    for moment in within.iter().filter(|moment| moment.kind == Kind::Request) {
        let took = moment.ended.duration_since(moment.began);
        ours -= took;
        parts.push(phase(format!("· {}", moment.what), took, std::slice::from_ref(moment)));
    }
    parts.push(phase("· journal, files and all between".to_owned(), ours, &[]));
    parts
}

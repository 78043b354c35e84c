//! Figures as markdown.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::phases::{Phase, Run};
use crate::work::Operation;

/// Median, least and most of some figures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    /// Nothing of nothing.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let (least, most) = (*figures.first()?, *figures.last()?);
        let middle = figures.len() / 2;
        let median = if figures.len().is_multiple_of(2) {
            (figures[middle - 1] + figures[middle]) / 2.0
        } else {
            figures[middle]
        };
        Some(Self { median, least, most })
    }

    pub(crate) fn in_ms(durations: impl IntoIterator<Item = Duration>) -> Option<Self> {
        Self::of(durations.into_iter().map(|duration| duration.as_secs_f64() * 1000.0))
    }

    /// As `0.48 (0.41 to 0.66)`.
    pub(crate) fn ratio(self) -> String {
        format!("**{:.2}** ({:.2} to {:.2})", self.median, self.least, self.most)
    }

    /// As `812 (790 to 1020)`.
    pub(crate) fn whole(self) -> String {
        format!("{:.0} ({:.0} to {:.0})", self.median, self.least, self.most)
    }

    pub(crate) fn median(self) -> f64 {
        self.median
    }
}

/// A table's head and the line below it.
pub(crate) fn head(columns: &[&str]) -> String {
    format!("| {} |\n|{}", columns.join(" | "), "---|".repeat(columns.len()))
}

/// Which driver requests each operation took, and where two runs differ.
pub(crate) fn requests(runs: &BTreeMap<Operation, Vec<Run>>) -> (Vec<String>, Vec<String>) {
    const VERBS: [&str; 9] =
        ["goto", "run", "click", "click_element", "keys", "label", "picture", "cookies", "forget"];
    let mut columns = vec!["operation"];
    columns.extend(VERBS);
    columns.extend(["all", "of these for the change", "asked again"]);
    let mut lines = vec![head(&columns)];
    let mut differences = Vec::new();
    for (operation, runs) in runs {
        let counts: Vec<Vec<usize>> = runs.iter().map(|run| counts(run, &VERBS)).collect();
        let Some(first) = counts.first() else { continue };
        let column = |at: usize| from_to(counts.iter().map(move |counts| counts[at]));
        let words: Vec<String> = (0..first.len()).map(column).collect();
        let unequal = counts.iter().filter(|counts| *counts != first).count();
        if unequal > 0 {
            differences.push(format!("{operation}: {unequal} of {} runs differ from the first", runs.len()));
        }
        let again = from_to(runs.iter().map(Run::asked_again));
        lines.push(format!("| {operation} | {} | {again} |", words.join(" | ")));
    }
    (lines, differences)
}

/// `3`, or `3 to 5` where they differ.
fn from_to(counts: impl Iterator<Item = usize> + Clone) -> String {
    match (counts.clone().min(), counts.max()) {
        (Some(least), Some(most)) if least == most => least.to_string(),
        (Some(least), Some(most)) => format!("{least} to {most}"),
        _ => String::new(),
    }
}

/// By verb, then all, then those of the change; without what was asked again between two documents.
fn counts(run: &Run, verbs: &[&str]) -> Vec<usize> {
    let again = run.asked_again();
    let of = |verb: &str| {
        let counted = run.requests.get(verb).copied().unwrap_or(0);
        let counted = usize::try_from(counted).unwrap_or(usize::MAX);
        if verb == "run" { counted.saturating_sub(again) } else { counted }
    };
    let all: usize = run.requests.keys().filter(|verb| !verb.contains('.')).map(|verb| of(verb)).sum();
    let mut counts: Vec<usize> = verbs.iter().map(|verb| of(verb)).collect();
    counts.extend([all, run.requests_of_change().unwrap_or(0)]);
    counts
}

/// Where the time of an operation went, phase by phase, of the runs that went the same way.
pub(crate) fn phases(runs: &[Run]) -> Vec<String> {
    let all: Vec<Vec<Phase>> = runs.iter().map(|run| merged(run.phases())).collect();
    let names = |phases: &[Phase]| phases.iter().map(|phase| phase.name.clone()).collect::<Vec<_>>();
    let ways: Vec<Vec<String>> = all.iter().map(|phases| names(phases)).collect();
    let count = |way: &Vec<String>| ways.iter().filter(|other| *other == way).count();
    let Some(way) = ways.iter().max_by_key(|way| count(way)) else { return Vec::new() };
    let same: Vec<&Vec<Phase>> = all.iter().filter(|phases| names(phases) == *way).collect();
    let mut lines = vec![head(&["phase", "ms", "of these waited in the page", "driver requests"])];
    for (index, name) in way.iter().enumerate() {
        let of = |what: fn(&Phase) -> Duration| Spread::in_ms(same.iter().map(|phases| what(&phases[index])));
        let requests = Spread::of(same.iter().map(|phases| phases[index].requests as f64));
        let (Some(took), Some(in_page), Some(requests)) =
            (of(|phase| phase.took), of(|phase| phase.in_page), requests)
        else {
            continue;
        };
        lines.push(format!(
            "| {name} | {} | {:.0} | {:.0} |",
            took.whole(),
            in_page.median(),
            requests.median()
        ));
    }
    if same.len() < all.len() {
        lines.push(format!("\nof {} of {} runs: the others went another way", same.len(), all.len()));
    }
    lines
}

/// Without stretches in which nothing is done but to go on.
fn merged(phases: Vec<Phase>) -> Vec<Phase> {
    let is_short = |phase: &Phase| phase.name == "(to the next)" && phase.requests == 0;
    phases.into_iter().filter(|phase| !is_short(phase)).collect()
}

//! What can be made to go wrong, and the dice that decide how.
//!
//! A fault is a habit of real consoles, exaggerated. The dice follow from the seed and from how often they were thrown for
//! that fault, never from time, so that a day can be had again. The control address turns faults on; the pages only meet
//! them where they ask what comes next.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;

use super::people;

/// How long a late change takes, unless the request says otherwise.
const LATE: Duration = Duration::from_secs(4);

/// A way in which the console misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Each page takes 150 to 1,200 ms, and comes in two pieces with a pause between them.
    Slow,
    /// Each list stands in another order; who is equal in it changes places besides.
    Reorder,
    /// There are people whose address or name contains that of somebody else, or is theirs.
    Lookalike,
    /// It says that it went well, and nothing was done.
    ToastLies,
    /// It is done, and the connection ends before the answer.
    LostResponse,
    /// It is accepted now, and done some seconds later.
    LateCommit,
    /// A page of the list leaves somebody out. The count stays.
    ShortList,
    /// The counts on the tabs are off by one to three.
    WrongTotal,
}

impl Fault {
    const ALL: [(&str, Self); 8] = [
        ("slow", Self::Slow),
        ("reorder", Self::Reorder),
        ("lookalike", Self::Lookalike),
        ("toast_lies", Self::ToastLies),
        ("lost_response", Self::LostResponse),
        ("late_commit", Self::LateCommit),
        ("short_list", Self::ShortList),
        ("wrong_total", Self::WrongTotal),
    ];

    fn named(name: &str) -> Result<Self, UnknownFault> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, fault)| *fault).ok_or_else(|| UnknownFault { name: name.to_owned() })
    }
}

/// No fault has this name.
#[derive(Debug, thiserror::Error)]
#[error("unknown fault {name:?}, expected one of {}", Fault::ALL.map(|(known, _)| known).join(", "))]
pub(crate) struct UnknownFault {
    name: String,
}

/// The whole set that is wanted from now on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    #[serde(default)]
    pub(crate) names: Vec<String>,
    pub(crate) seed: Option<u64>,
    pub(crate) late_ms: Option<u64>,
}

/// The faults that are on.
#[derive(Debug, Clone)]
pub(crate) struct Faults {
    on: BTreeSet<Fault>,
    seed: u64,
    late: Duration,
    thrown: BTreeMap<Fault, u64>,
}

/// How late an answer comes, and how long it stops in its middle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delay {
    pub(crate) before: Duration,
    pub(crate) within: Duration,
}

impl Faults {
    pub(crate) fn none(seed: u64) -> Self {
        Self { on: BTreeSet::new(), seed, late: LATE, thrown: BTreeMap::new() }
    }

    /// These faults; the seed is this one unless another is asked for.
    ///
    /// # Errors
    /// A name that no fault has.
    pub(crate) fn wanted(wanted: &Wanted, seed: u64) -> Result<Self, UnknownFault> {
        let on = wanted.names.iter().map(|name| Fault::named(name)).collect::<Result<_, _>>()?;
        let late = wanted.late_ms.map_or(LATE, Duration::from_millis);
        Ok(Self { on, late, ..Self::none(wanted.seed.unwrap_or(seed)) })
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        Fault::ALL.iter().filter(|(_, fault)| self.has(*fault)).map(|(name, _)| *name).collect()
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.on.contains(&fault)
    }

    /// How long what is accepted now takes to be done.
    pub(crate) fn late(&self) -> Option<Duration> {
        self.has(Fault::LateCommit).then_some(self.late)
    }

    /// Fresh dice for the next time this fault comes up; none while it is off.
    pub(crate) fn dice(&mut self, fault: Fault) -> Option<fastrand::Rng> {
        if !self.has(fault) {
            return None;
        }
        let thrown = self.thrown.entry(fault).or_default();
        *thrown += 1;
        Some(people::dice(self.seed.rotate_left(32) ^ ((fault as u64) << 20) ^ *thrown))
    }

    /// What delays the next answer.
    pub(crate) fn delay(&mut self) -> Option<Delay> {
        let mut dice = self.dice(Fault::Slow)?;
        // Most answers are a little late, few are very late.
        let mut between = |least: f64, most: f64| {
            let ms = least + (most - least) * dice.f64().powi(5);
            Duration::from_secs_f64(ms / 1000.0)
        };
        Some(Delay { before: between(150.0, 1200.0), within: between(80.0, 500.0) })
    }

    /// By how much the next count is off.
    pub(crate) fn miscount(&mut self, count: usize) -> usize {
        let Some(mut dice) = self.dice(Fault::WrongTotal) else { return count };
        let off = dice.usize(1..=3);
        // A tab that says it has nobody would not be there.
        if dice.bool() && count > off { count - off } else { count + off }
    }

    /// Which of the people on a page is left out: on most pages with several somebody is.
    pub(crate) fn left_out(&mut self, shown: usize) -> Option<usize> {
        let mut dice = self.dice(Fault::ShortList)?;
        (shown > 1 && dice.u8(..4) > 0).then(|| dice.usize(..shown))
    }
}

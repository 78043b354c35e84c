//! [`Policy`]: the limits a workspace's owner sets, and [`History`], what already counts against them.

use std::collections::BTreeSet;

use super::action::Approval;
use super::change::Change;
use super::email::Email;

/// The guards' settings for one workspace (D7.4). The default is what holds without any configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// People no change may touch.
    pub protected: BTreeSet<Email>,
    /// Removals, invitations taken back, deactivations and demotions in one run and in 24 hours; 5 % of the rows and at
    /// least 2.
    pub max_removals: Ceiling,
    /// New paid seats in one run and in 24 hours; 10.
    pub max_new_seats: u32,
    /// Privileged roles given in one run and in 24 hours; 1.
    pub max_privileged: u32,
    /// Invitations sent again in one run and in 24 hours; 20.
    pub max_resends: u32,
    /// The most paid seats the workspace may use; no limit.
    pub seat_cap: Option<u32>,
    /// So many failures one after the other end a run; 5.
    pub failures_in_a_row: u32,
    /// This share of failures, in percent, ends a run; 20.
    pub failure_percent: u32,
    /// The share counts from this many changes on; 10.
    pub failure_least: u32,
    /// What has to be approved beside what is anyway; nothing.
    pub needs_approval: BTreeSet<Approval>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            protected: BTreeSet::new(),
            max_removals: Ceiling::Share { at_least: 2, percent: 5 },
            max_new_seats: 10,
            max_privileged: 1,
            max_resends: 20,
            seat_cap: None,
            failures_in_a_row: 5,
            failure_percent: 20,
            failure_least: 10,
            needs_approval: BTreeSet::new(),
        }
    }
}

/// A limit, fixed or growing with the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceiling {
    /// A share of the rows of the reading, rounded down, but not less than `at_least`.
    Share {
        /// The least it comes to.
        at_least: u32,
        /// The share in percent.
        percent: u32,
    },
    /// This many, whatever the size of the workspace.
    Count(u32),
}

impl Ceiling {
    /// What it comes to for so many rows.
    #[must_use]
    pub fn limit(self, rows: usize) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Share { at_least, percent } => {
                let share = rows as u128 * u128::from(percent) / 100;
                at_least.max(u32::try_from(share).unwrap_or(u32::MAX))
            }
        }
    }

    /// How it came to that, for a message: `5 % of 60, at least 2`.
    pub(crate) fn explain(self, rows: usize) -> String {
        match self {
            Self::Count(_) => "fixed by the policy".to_owned(),
            Self::Share { at_least, percent } => format!("{percent} % of {rows}, at least {at_least}"),
        }
    }
}

/// What was committed in this workspace in the last 24 hours, by the journal, and what is in doubt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Removals, invitations taken back, deactivations and demotions.
    pub removals: u32,
    /// New paid seats.
    pub new_seats: u32,
    /// Privileged roles given.
    pub privileged: u32,
    /// Invitations sent again.
    pub resends: u32,
    /// Changes in doubt, however old: they may have been made, or be made yet.
    pub in_doubt: Vec<Change>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_down_and_has_a_floor() {
        let share = Ceiling::Share { at_least: 2, percent: 5 };
        for (rows, expected) in [(0, 2), (39, 2), (59, 2), (60, 3), (79, 3), (80, 4), (1000, 50)] {
            assert_eq!(share.limit(rows), expected, "{rows} rows");
        }
        assert_eq!(Ceiling::Count(0).limit(1000), 0);
    }
}

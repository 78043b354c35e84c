//! A roster for a practice console: everybody as they are but some, who join, leave or get another role; and what has to be
//! so once it is reached.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use fastrand::Rng;

use super::console::Truth;

/// How many of each kind a roster changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    pub(crate) newcomers: usize,
    /// So many of the newcomers have an address that no console takes.
    pub(crate) bad: usize,
    pub(crate) roles: usize,
    pub(crate) removals: usize,
    pub(crate) cancelled: usize,
}

#[derive(Debug)]
pub(crate) struct Roster {
    /// Everybody who was there, with their role.
    before: BTreeMap<String, String>,
    /// Everybody wanted, with their role.
    wanted: BTreeMap<String, String>,
    /// About whom something is to be done.
    pub(crate) changed: BTreeSet<String>,
    /// Of those, whose address no console takes.
    pub(crate) bad: BTreeSet<String>,
}

impl Parts {
    pub(crate) fn changes(self) -> usize {
        self.newcomers + self.roles + self.removals + self.cancelled
    }
}

impl Roster {
    /// Upon what is so, by these dice. Nobody who signs in or administers is touched.
    pub(crate) fn new(truth: &Truth, oneself: &str, dice: &mut Rng, parts: Parts) -> Result<Self> {
        let before: BTreeMap<String, String> =
            truth.people.iter().map(|person| (person.email.clone(), person.role.clone())).collect();
        let mut active: Vec<String> = truth
            .changeable()
            .into_iter()
            .map(|person| person.email.clone())
            .filter(|email| email != oneself)
            .collect();
        let mut pending: Vec<String> = truth
            .people
            .iter()
            .filter(|person| person.status == "pending" && person.role != "admin")
            .map(|person| person.email.clone())
            .collect();
        dice.shuffle(&mut active);
        dice.shuffle(&mut pending);
        ensure!(active.len() >= parts.roles + parts.removals, "there are only {} to change", active.len());
        ensure!(pending.len() >= parts.cancelled, "only {} are invited", pending.len());
        let (moved, rest) = active.split_at(parts.roles);
        let gone: Vec<&String> = rest[..parts.removals].iter().chain(&pending[..parts.cancelled]).collect();
        let mut wanted = before.clone();
        for email in moved {
            let other = if before[email] == "author" { "learner" } else { "author" };
            wanted.insert(email.clone(), other.to_owned());
        }
        for email in &gone {
            wanted.remove(*email);
        }
        let newcomer = |number: usize| {
            let top = if number < parts.bad { "invalid" } else { "example" };
            format!("newcomer{number}@acme.{top}")
        };
        let newcomers: Vec<String> = (0..parts.newcomers).map(newcomer).collect();
        wanted.extend(newcomers.iter().map(|email| (email.clone(), "learner".to_owned())));
        let changed = moved.iter().chain(gone).chain(&newcomers).cloned().collect();
        let bad = newcomers[..parts.bad].iter().cloned().collect();
        Ok(Self { before, wanted, changed, bad })
    }

    /// As a file.
    pub(crate) fn csv(&self) -> String {
        let rows = self.wanted.iter().map(|(email, role)| format!("{email},{role}\n"));
        format!("email,role\n{}", rows.collect::<String>())
    }

    /// What the configuration has to say for it: everybody is in scope, leavers are removed, and nobody is asked.
    pub(crate) fn tables(&self) -> String {
        let domain = |email: &String| email.rsplit_once('@').map(|(_, domain)| domain.to_owned());
        let domains: BTreeSet<String> = self.before.keys().filter_map(domain).collect();
        format!(
            "\n[workspaces.study.scope]\ndomains = {domains:?}\n\n[workspaces.study.leaver]\nstep = \"remove\"\n\n\
             [workspaces.study.approval]\nyes_approves = true\n"
        )
        .replace('{', "[")
        .replace('}', "]")
    }

    /// It is so for this person.
    pub(crate) fn is_reached(&self, email: &str, truth: &Truth) -> bool {
        truth.person(email).map(|person| &person.role) == self.wanted.get(email)
    }

    /// What is not as it has to be: everybody as the roster wants them but those about whom it `failed`, who are as they were;
    /// one change of each, one mail to each who is new, and nothing else.
    pub(crate) fn differences(&self, truth: &Truth, failed: &BTreeSet<String>) -> Vec<String> {
        let mut found = Vec::new();
        let there = truth.people.iter().map(|person| &person.email);
        let everybody: BTreeSet<&String> =
            there.chain(self.wanted.keys()).chain(self.before.keys()).collect();
        for email in everybody {
            let so = truth.person(email).map(|person| &person.role);
            let (changes, source) = match failed.contains(email) {
                true => (0, &self.before),
                false => (usize::from(self.changed.contains(email)), &self.wanted),
            };
            let expected = source.get(email);
            if so != expected {
                found.push(format!("{email} is {so:?}, not {expected:?}"));
            }
            let made = truth.mutations.iter().filter(|(_, whose)| whose == email).count();
            if made != changes {
                found.push(format!("{email} was changed {made} times, not {changes}"));
            }
            let is_new = !self.before.contains_key(email);
            let mails = truth.mails.iter().filter(|to| *to == email).count();
            if mails != usize::from(is_new && !failed.contains(email)) {
                found.push(format!("{email} got {mails} mails"));
            }
        }
        found
    }
}

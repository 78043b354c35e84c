//! What is known of one app, as data: its selector map (where things are and what they mean) and its recordings
//! (what to do).
//!
//! Read in this order: [`bundle`] finds the files and loads an app, [`borrow`] finds those of another version; [`map`] and [`recording`] are the two formats as
//! types, [`case`] tells which recording of an operation is for whom, [`element`], [`text`] and [`pattern`] what they are made of. A private reader each turns TOML into them and
//! collects all mistakes of a file as [`problem`]s; `check` holds the parts against each other. Nothing in here knows
//! a browser, and nothing knows one app's words.

pub mod borrow;
pub mod bundle;
pub mod case;
pub mod element;
pub mod excerpt;
pub mod map;
pub mod pattern;
pub mod problem;
pub mod recording;
pub mod text;

mod check;
mod element_reader;
mod map_reader;
mod network_reader;
pub(crate) mod node;
pub(crate) mod reader;
mod recording_reader;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use borrow::Borrowed;
pub use bundle::{Apps, DataError};
pub use case::{Case, When};
pub use element::{Candidate, Element, ReadAs, Separator, Within};
pub use map::{
    Area, Choice, Evidence, Interrupt, InterruptDoes, List, Map, Means, Message, Move, Never, Part,
    PersonPage, Recognise, RoleWords, Target,
};
pub use problem::{Problem, Severity};
pub use recording::{On, PeopleColumns, Proof, Recording, Step, Verb};
pub use recording_reader::OPERATIONS;
pub use text::{Fill, MissingPlaceholder, Pattern, Template, Text};

/// One version of one app's console: its map and what can be done in it.
#[derive(Clone, Debug, PartialEq)]
pub struct App {
    /// Where things are and what they mean.
    pub map: Map,
    /// The recordings, by the name of their file without `.toml`.
    pub flows: BTreeMap<String, Recording>,
    /// The SHA-256 over the map and its recordings, in hexadecimal; every run notes it.
    pub sha256: String,
    /// What could be better in the files, and does not keep them from being used.
    pub warnings: Vec<Problem>,
}

impl App {
    /// Its name in configurations and journals, `coassemble/members-2026-03`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.map.app, self.map.version)
    }

    /// Some recording carries out the operation, be it in some cases only; otherwise the console cannot do it.
    #[must_use]
    pub fn can(&self, operation: &str) -> bool {
        self.flows_of(operation).next().is_some()
    }

    /// The recordings that carry out an operation, one or, where they are for different cases, several.
    pub fn flows_of(&self, operation: &str) -> impl Iterator<Item = &Recording> {
        self.flows.values().filter(move |flow| flow.does.iter().any(|does| does == operation))
    }

    /// The recording that carries out an operation whatever the case.
    #[must_use]
    pub fn flow_for(&self, operation: &str) -> Option<&Recording> {
        self.flows_of(operation).find(|flow| flow.when.is_none())
    }

    /// The recording that carries out an operation in this case. No two do: loading sees to it.
    #[must_use]
    pub fn flow_in(&self, operation: &str, case: &Case<'_>) -> Option<&Recording> {
        self.flows_of(operation).find(|flow| flow.when.as_ref().is_none_or(|when| when.covers(case)))
    }
}

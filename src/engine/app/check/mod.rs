//! What must hold between the parts of a map, and between a map and its recordings; every violation is reported
//! at once, at the place where it is written.
//!
//! [`names`] looks at what refers to what, [`words`] at roles and statuses, [`placeholders`] at what can be known
//! where, [`by`] at what a person is found by, [`then`] at what takes two saves, [`controls`] at what a control takes, [`flow`] at the rules that make a flow safe, [`export`] at those of the
//! one flow that downloads, [`cases`] at which recording is for whom.

mod by;
mod cases;
mod controls;
mod export;
mod flow;
mod many;
mod names;
mod placeholders;
mod then;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use super::map::{Area, List, Map, Move, Target};
use super::problem::{Hint, Problem, Severity};
use super::reader::Read;
use super::recording::{Recording, Step};

/// Checks a map and its recordings together.
pub(super) fn check(map: &Read<Map>, flows: &BTreeMap<String, Read<Recording>>) -> Vec<Problem> {
    let mut check = Check { map, problems: Vec::new() };
    check.map_names();
    check.words();
    check.map_placeholders();
    for flow in flows.values() {
        check.flow_names(flow);
        check.flow_placeholders(flow);
        check.flow_controls(flow);
        check.cases(flow);
        if !flow.broken {
            check.flow_rules(flow);
        }
    }
    check.flows_together(flows);
    check.problems
}

/// The decisions of the customer that a recording goes by, those included that elements need on its way.
pub(super) fn choices_of(map: &Read<Map>, flow: &Recording) -> BTreeSet<String> {
    let check = Check { map, problems: Vec::new() };
    let used = check.placeholders_of(flow).into_iter();
    let used = used.filter_map(|name| Some(name.strip_prefix("choice.")?.to_owned()));
    used.chain(flow.choices.iter().cloned()).collect()
}

/// A check under way.
struct Check<'a> {
    map: &'a Read<Map>,
    problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    fn error<T>(&mut self, file: &Read<T>, path: &str, message: impl Into<String>, hint: impl Into<Hint>) {
        self.problems.push(file.problem(Severity::Error, path, message, hint));
    }

    fn map_error(&mut self, path: &str, message: impl Into<String>, hint: impl Into<Hint>) {
        let map = self.map;
        self.error(map, path, message, hint);
    }

    fn areas(&self) -> &'a BTreeMap<String, Area> {
        &self.map.value.areas
    }

    /// The list of members.
    fn members(&self) -> Option<&'a List> {
        self.map.value.lists.get("members")
    }

    /// An area and what it is within, from the inside out; stops where the chain breaks or closes.
    fn chain(&self, area: &str) -> Vec<&'a str> {
        let mut chain: Vec<&'a str> = Vec::new();
        let mut next = self.areas().get_key_value(area);
        while let Some((name, area)) = next
            && !chain.contains(&name.as_str())
        {
            chain.push(name);
            next = area.within.as_ref().and_then(|outer| self.areas().get_key_value(outer));
        }
        chain
    }

    /// Whether an area is a row of the list, or inside one.
    fn is_in_row(&self, area: &str) -> bool {
        let rows = self.members().map(List::all_rows).unwrap_or_default();
        self.chain(area).iter().any(|name| rows.contains(name))
    }

    /// Whether an area is a row of any list, or inside one.
    fn is_in_any_row(&self, area: &str) -> bool {
        let rows: Vec<&str> = self.map.value.lists.values().flat_map(List::all_rows).collect();
        self.chain(area).iter().any(|name| rows.contains(name))
    }

    /// A list by its name, the one of the members excepted: that is read by the program.
    fn is_other_list(&self, target: &Target) -> bool {
        target.as_str() != "members" && self.map.value.lists.contains_key(target.as_str())
    }

    /// The path of a part of a list in the file.
    fn part_path(&self, list: &str, index: usize) -> String {
        self.map.places.item(&format!("lists.{list}.parts"), index)
    }

    /// The moves of the map with their path in the file.
    fn moves(&self) -> Vec<(String, &'a Move)> {
        let areas = self.areas().iter();
        let mut moves: Vec<_> = areas
            .filter_map(|(name, area)| Some((format!("areas.{name}.open"), area.open.as_ref()?)))
            .collect();
        let person = self.map.value.person.as_ref().and_then(|person| person.open.as_ref());
        moves.extend(person.map(|movement| ("person.open".to_owned(), movement)));
        for (name, list) in &self.map.value.lists {
            for (key, movement) in [("search", &list.search), ("prepare", &list.prepare)] {
                moves.extend(movement.as_ref().map(|movement| (format!("lists.{name}.{key}"), movement)));
            }
            for (index, part) in list.parts.iter().enumerate() {
                let path = self.part_path(name, index);
                moves.extend(part.open.as_ref().map(|movement| (format!("{path}.open"), movement)));
            }
        }
        moves
    }
}

/// The steps of a move; an address has none.
fn steps(movement: &Move) -> &[Step] {
    match movement {
        Move::Address(_) => &[],
        Move::Steps(steps) => steps,
    }
}

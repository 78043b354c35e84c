//! Which recording is for whom: no two of an operation for the same case, and no case that cannot be.

use std::collections::BTreeMap;

use super::super::case::When;
use super::super::problem::{Hint, Problem, Severity, nearest};
use super::super::reader::Read;
use super::super::recording::{READING, Recording};
use super::Check;

impl Check<'_> {
    /// The cases of one recording: what they name exists, and can be known of whom it is about.
    pub(super) fn cases(&mut self, flow: &Read<Recording>) {
        let Some(when) = &flow.value.when else { return };
        for operation in &flow.value.does {
            if READING.contains(&operation.as_str()) {
                let message = format!("`when` in `{operation}`, which is about nobody");
                self.error(flow, "when", message, "it is carried out in one way only: leave `when` out");
            } else if when.statuses.is_some() && ["invite", "import"].contains(&operation.as_str()) {
                let message = format!("`status` in a case of `{operation}`");
                let hint = "who is not in the list yet has no status: go by role or choices";
                self.error(flow, "when.status", message, hint);
            }
        }
        self.case_roles(flow, when);
        self.case_choices(flow, when);
    }

    fn case_roles(&mut self, flow: &Read<Recording>, when: &When) {
        let map = &self.map.value;
        let ids: Vec<&str> = map.roles.iter().map(|role| role.role.id.as_str()).collect();
        for (index, role) in when.roles.iter().flatten().enumerate() {
            let id = role.as_str();
            if ids.contains(&id) {
                continue;
            }
            let hint = match (map.role_of(id), nearest(id, ids.iter().copied())) {
                (Some(known), _) => Hint::from(format!("name it by its id, `{}`", known.role.id))
                    .replacing(id, known.role.id.as_str()),
                (None, Some(near)) => Hint::meant(id, near),
                (None, None) => Hint::from(format!("the roles of the map: {}", ids.join(", "))).about(id),
            };
            self.error(flow, &format!("when.role.{index}"), format!("there is no role `{id}`"), hint);
        }
    }

    fn case_choices(&mut self, flow: &Read<Recording>, when: &When) {
        let map = self.map;
        let known = &map.value.choices;
        for (name, values) in &when.choices {
            let path = format!("when.choice.{name}");
            let Some(choice) = known.get(name) else {
                let names: Vec<&str> = known.keys().map(String::as_str).collect();
                let hint = match nearest(name, names.iter().copied()) {
                    Some(near) => Hint::meant(name, near),
                    None if names.is_empty() => {
                        Hint::from("the map has none: add `choices` to its head, or leave this out")
                    }
                    None => Hint::from(format!("the choices of the map: {}", names.join(", "))).about(name),
                };
                self.error(flow, &path, format!("there is no choice `{name}`"), hint);
                continue;
            };
            for (index, value) in
                values.iter().enumerate().filter(|(_, value)| !choice.values.contains(value))
            {
                let hint = match nearest(value, choice.values.iter().map(String::as_str)) {
                    Some(near) => Hint::meant(value, near),
                    None => Hint::from(format!("its values: {}", choice.values.join(", "))).about(value),
                };
                let message = format!("the choice `{name}` has no value `{value}`");
                self.error(flow, &format!("{path}.{index}"), message, hint);
            }
        }
    }

    /// For everybody there is one recording at most.
    pub(super) fn no_case_twice(&mut self, flows: &BTreeMap<String, Read<Recording>>) {
        let mut seen: BTreeMap<&str, Vec<&Read<Recording>>> = BTreeMap::new();
        // Of a `when` that could not be read nobody knows what it says.
        let is_read = |flow: &&Read<Recording>| flow.value.when.is_some() || flow.line("when").is_none();
        for flow in flows.values().filter(is_read) {
            for operation in &flow.value.does {
                let others = seen.entry(operation).or_default();
                for other in others.iter() {
                    self.problems.extend(overlap(operation, other, flow));
                }
                others.push(flow);
            }
        }
    }

    /// A choice that changes nothing would be asked of a customer for nothing.
    pub(super) fn choices_used(&mut self, flows: &BTreeMap<String, Read<Recording>>) {
        let map = self.map;
        if flows.values().any(|flow| flow.broken) {
            // What could not be read may have used it.
            return;
        }
        for name in map.value.choices.keys() {
            let is_used = |flow: &Read<Recording>| super::choices_of(map, &flow.value).contains(name);
            if !flows.values().any(is_used) {
                let message = format!("no recording goes by the choice `{name}`");
                let hint =
                    format!("use it: {{choice.{name}}} in a step, or `when = {{ choice.{name} = […] }}`");
                let path = format!("choices.{name}");
                self.problems.push(map.problem(Severity::Warning, &path, message, hint));
            }
        }
    }
}

/// What is wrong with two recordings of one operation, told at the second.
fn overlap(operation: &str, first: &Read<Recording>, second: &Read<Recording>) -> Option<Problem> {
    let name = &first.value.name;
    // Wherever the data folder is: this is told of the other file and not of the one the problem is in.
    let file = first.file.rfind("recordings/").map_or(first.file.as_str(), |at| &first.file[at..]);
    let place = |path: &str| format!("line {} of {file}", first.places.of(path).line);
    let any = When::default();
    let both =
        first.value.when.as_ref().unwrap_or(&any).overlap(second.value.when.as_ref().unwrap_or(&any))?;
    let (path, message, hint) = match (&first.value.when, &second.value.when) {
        (None, None) => (
            "does",
            format!("`{operation}` is carried out by `{name}` as well"),
            "one flow an operation; delete one, name another operation, or say in `when` which case each is for",
        ),
        (None, Some(_)) => (
            "when",
            format!("`{operation}` is carried out in all cases by `{name}` ({})", place("does")),
            "give that recording a `when` too, with the cases that are left",
        ),
        (Some(_), None) => (
            "does",
            format!("`{operation}` is carried out by `{name}` as well, for {both} ({})", place("when")),
            "give this recording a `when` too, with the cases that are left",
        ),
        (Some(_), Some(_)) => (
            "when",
            format!("`{operation}` is carried out by `{name}` as well, for {both} ({})", place("when")),
            "for each case there is one recording: take what is in both out of one of them",
        ),
    };
    Some(second.problem(Severity::Error, path, message, hint.to_owned()))
}

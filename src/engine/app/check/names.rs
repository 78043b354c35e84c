//! Every name has to exist, and the areas have to make sense together.

use std::collections::BTreeSet;

use super::super::element::{Candidate, Within};
use super::super::map::{Area, InterruptDoes, List, Map, Move, Never, PersonPage, Target};
use super::super::problem::{Hint, nearest};
use super::super::reader::Read;
use super::super::recording::{Recording, Step, Verb};
use super::{Check, steps};

/// What a target is wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// To see whether it is there: an area without a root will do.
    Presence,
    /// To click, fill or read it: it has to be an element.
    Element,
}

impl<'a> Check<'a> {
    pub(super) fn map_names(&mut self) {
        let map = &self.map.value;
        self.head_names(map);
        for (name, area) in self.areas() {
            self.area(name, area);
        }
        self.open_cycles();
        for (path, movement) in self.moves() {
            self.movement(&path, movement);
        }
        if let Some(person) = &map.person {
            self.person(person);
        }
        for (name, list) in &map.lists {
            self.list(&format!("lists.{name}"), list);
        }
    }

    pub(super) fn flow_names(&mut self, flow: &Read<Recording>) {
        for (index, step) in flow.value.steps.iter().enumerate() {
            self.step(flow, &flow.places.item("steps", index), step);
        }
    }

    fn head_names(&mut self, map: &'a Map) {
        for (index, entry) in map.recognise.iter().enumerate() {
            let path = self.map.places.item("recognise", index);
            self.known_area(self.map, &format!("{path}.at"), &entry.at);
            for (key, targets) in [("present", &entry.present), ("absent", &entry.absent)] {
                for target in targets {
                    self.target(self.map, &format!("{path}.{key}"), target, Use::Presence);
                }
            }
        }
        for (index, message) in map.messages.iter().enumerate() {
            let path = self.map.places.item("messages", index);
            self.target(self.map, &format!("{path}.at"), &message.at, Use::Presence);
        }
        for (index, interrupt) in map.interrupts.iter().enumerate() {
            let path = self.map.places.item("interrupts", index);
            self.target(self.map, &format!("{path}.at"), &interrupt.at, Use::Presence);
            if let InterruptDoes::Click(target) = &interrupt.does {
                self.target(self.map, &format!("{path}.click"), target, Use::Element);
            }
        }
        for (index, never) in map.never.iter().enumerate() {
            if let Never::At(target) = never {
                let path = self.map.places.item("never", index);
                self.target(self.map, &format!("{path}.at"), target, Use::Element);
            }
        }
    }

    fn area(&mut self, name: &'a str, area: &'a Area) {
        let path = format!("areas.{name}");
        if let Some(outer) = &area.within {
            let within = format!("{path}.within");
            self.known_area(self.map, &within, outer);
            if self.chain(outer).contains(&name) {
                let around = self.chain(name).join(" -> ");
                let hint = "an area is looked for in the one it is within; leave one `within` out";
                self.map_error(&within, format!("areas within each other: {around} -> {name}"), hint);
            }
        }
        match &area.ready {
            Some(ready) if !area.elements.contains_key(ready) => {
                let hint = match nearest(ready, area.elements.keys().map(String::as_str)) {
                    Some(near) => Hint::meant(ready, near),
                    None => self.element_hint(name, ready),
                };
                self.map_error(&format!("{path}.ready"), format!("`{name}` has no element `{ready}`"), hint);
            }
            None if area.root.is_none() => {
                let hint = "give it a `root`, or as `ready` the name of an element that only it shows";
                self.map_error(&path, format!("nothing tells that `{name}` is on the page"), hint);
            }
            _ => {}
        }
        let root = area.root.as_ref().map(|root| ("root", root));
        for (key, element) in
            root.into_iter().chain(area.elements.iter().map(|(key, element)| (key.as_str(), element)))
        {
            for candidate in element.candidates() {
                self.candidate(name, &format!("{path}.{key}"), candidate);
            }
        }
    }

    fn candidate(&mut self, area: &str, path: &str, candidate: &Candidate) {
        let has_rows = self.map.value.lists.values().any(|list| !list.all_rows().is_empty());
        if candidate.column.is_some() && has_rows && !self.is_in_any_row(area) {
            let hint = "a column is looked for in a row: name the area in `rows` of the list";
            self.map_error(path, format!("`column` in `{area}`, which is no row of a list"), hint);
        }
        match &candidate.within {
            Some(Within::Area(outer)) => self.area_with_root(path, outer),
            Some(Within::Candidate(outer)) => self.candidate(area, path, outer),
            None => {}
        }
    }

    fn area_with_root(&mut self, path: &str, area: &str) {
        if self.known_area(self.map, path, area) && self.areas()[area].root.is_none() {
            let hint = format!("give [areas.{area}] a `root`, or write a candidate");
            self.map_error(path, format!("`within` names `{area}`, which has no root"), hint);
        }
    }

    /// Areas that can only be opened from each other.
    fn open_cycles(&mut self) {
        for (name, area) in self.areas() {
            let mut reached = BTreeSet::new();
            let mut next: Vec<&str> = opened(area.open.as_ref());
            while let Some(area) = next.pop() {
                if reached.insert(area) {
                    next.extend(opened(self.areas().get(area).and_then(|area| area.open.as_ref())));
                }
            }
            if reached.contains(name.as_str()) {
                let hint = "an `open` has to begin somewhere, with an address in the end";
                self.map_error(
                    &format!("areas.{name}.open"),
                    format!("opening `{name}` begins with `{name}` open"),
                    hint,
                );
            }
        }
    }

    fn movement(&mut self, path: &str, movement: &Move) {
        let steps = steps(movement);
        for (index, step) in steps.iter().enumerate() {
            let path = self.map.places.item(path, index);
            if step.commits {
                let hint = "what changes something belongs into a recording";
                self.map_error(&path, "a move must not commit", hint);
            }
            if matches!(step.verb, Verb::Download(_)) {
                let hint = "a file is what an `export` ends with; a move only leads somewhere";
                self.map_error(&path, "a move must not download", hint);
            }
            if matches!(step.verb, Verb::Tick { .. }) {
                let hint = "rows are ticked in a recording with `many`";
                self.map_error(&path, "a move must not tick rows", hint);
            }
            self.step(self.map, &path, step);
        }
        if steps.last().is_some_and(|step| step.optional) {
            let hint = "a step is left out when the next one can be done; end with one that is not optional";
            self.map_error(
                &self.map.places.item(path, steps.len() - 1),
                "the last step cannot be optional",
                hint,
            );
        }
    }

    fn step<T>(&mut self, file: &Read<T>, path: &str, step: &Step) {
        let path = format!("{path}.{}", step.verb.name());
        if let Verb::Open(area) = &step.verb
            && self.known_area(file, &path, area)
            && self.areas()[area].open.is_none()
        {
            let hint = format!("give [areas.{area}] an `open`");
            self.error(file, &path, format!("`{area}` cannot be opened"), hint);
        }
        let wanted = match &step.verb {
            Verb::Expect { .. } | Verb::ExpectGone { .. } => Use::Presence,
            _ => Use::Element,
        };
        for target in step.verb.targets() {
            let is_list = matches!(step.verb, Verb::Prove { .. }) && self.is_other_list(target);
            if !is_list {
                self.target(file, &path, target, wanted);
            }
        }
    }

    fn list(&mut self, path: &str, list: &'a List) {
        let at = format!("{path}.at");
        let is_opened = path == "lists.members";
        if self.known_area(self.map, &at, &list.at) && is_opened && self.areas()[&list.at].open.is_none() {
            let hint = format!("give [areas.{}] an `open`", list.at);
            self.map_error(&at, format!("the list cannot be opened: `{}` has no `open`", list.at), hint);
        }
        for (index, row) in list.rows.iter().enumerate() {
            self.row(&self.map.places.item(&format!("{path}.rows"), index), list, row);
        }
        for (index, part) in list.parts.iter().enumerate() {
            let path = self.map.places.item(&format!("{path}.parts"), index);
            for (index, row) in part.rows.iter().enumerate() {
                self.row(&self.map.places.item(&format!("{path}.rows"), index), list, row);
            }
            if let Some(count) = &part.count {
                self.target(self.map, &format!("{path}.count"), count, Use::Element);
            }
        }
        if list.search.is_some() && !list.parts.is_empty() {
            let hint = "leave it out: a list in parts is walked part by part";
            self.map_error(&format!("{path}.search"), "what a search finds is of no part", hint);
        }
        if list.tabs.is_some() && !list.parts.iter().all(|part| matches!(part.open, Some(Move::Steps(_)))) {
            let hint = "give each part an `open` that clicks its tab, the first one too";
            self.map_error(&format!("{path}.tabs"), "not every part is a tab", hint);
        }
        if let Some(request) = list.request.as_ref().filter(|kind| !self.map.value.network.lets_read(kind)) {
            let hint = format!("name it in `reads` of [network]: reads = [\"{}\"]", request.as_str());
            let message = format!("`{}` is refused while the list is read", request.as_str());
            self.map_error(&format!("{path}.request"), message, hint);
        }
        let has_key =
            |row: &&str| self.areas().get(*row).is_none_or(|area| area.elements.contains_key(&list.key));
        let rows = list.all_rows();
        if !rows.is_empty() && !rows.iter().any(has_key) {
            let hint = format!("add `{} = {{ … }}` to the area of a row, or name another `key`", list.key);
            self.map_error(&format!("{path}.rows"), format!("no row has the key `{}`", list.key), hint);
        }
        for (key, target) in [
            ("total", &list.total),
            ("next", &list.next),
            ("more", &list.more),
            ("scroll", &list.scroll),
            ("busy", &list.busy),
            ("empty", &list.empty),
            ("tabs", &list.tabs),
        ] {
            if let Some(target) = target {
                self.target(self.map, &format!("{path}.{key}"), target, Use::Element);
            }
        }
    }

    /// The page of a person has to tell whose it is.
    fn person(&mut self, person: &PersonPage) {
        if !self.known_area(self.map, "person.at", &person.at) {
            return;
        }
        let key = self.members().map_or("email", |list| list.key.as_str());
        if !self.areas()[&person.at].elements.contains_key(key) {
            let hint =
                format!("add `{key} = {{ … }}` to [areas.{}]: the page has to tell whose it is", person.at);
            self.map_error("person.at", format!("`{}` has no element `{key}`", person.at), hint);
        }
    }

    fn row(&mut self, path: &str, list: &List, row: &str) {
        if !self.known_area(self.map, path, row) {
            return;
        }
        if self.areas()[row].root.is_none() {
            self.map_error(path, format!("the row `{row}` has no `root`"), "the root says what one row is");
        }
        if self.areas().contains_key(&list.at) && !self.chain(row).contains(&list.at.as_str()) {
            let hint = format!("add `within = \"{}\"` to [areas.{row}]", list.at);
            self.map_error(path, format!("the row `{row}` is not within `{}`", list.at), hint);
        }
    }

    fn known_area<T>(&mut self, file: &Read<T>, path: &str, name: &str) -> bool {
        let known = self.areas().contains_key(name);
        // An empty name was reported where it was read.
        if !known && !name.is_empty() {
            let names = self.areas().keys().map(String::as_str);
            let hint = match (name.split_once('.'), nearest(name, names)) {
                (Some((area, _)), _) if self.areas().contains_key(area) => {
                    Hint::from(format!("only an area can stand here: `{area}`")).replacing(name, area)
                }
                (_, Some(near)) => Hint::meant(name, near),
                _ => Hint::from(format!("add [areas.{name}] to the map")).about(name),
            };
            self.error(file, path, format!("there is no area `{name}`"), hint);
        }
        known
    }

    fn target<T>(&mut self, file: &Read<T>, path: &str, target: &Target, wanted: Use) {
        let Some(area) = self.areas().get(target.area()) else {
            let wanted_by = target.element().map(|_| format!(" for `{target}`")).unwrap_or_default();
            let message = format!("there is no area `{}`{wanted_by}", target.area());
            return self.error(file, path, message, self.target_hint(target));
        };
        match target.element() {
            Some(element) if !area.elements.contains_key(element) => {
                let hint = self.element_hint(target.area(), element);
                self.error(file, path, format!("there is no element `{target}`"), hint);
            }
            None if wanted == Use::Element && area.root.is_none() => {
                let hint = format!("name an element of it, `{target}.…`, or give it a `root`");
                self.error(file, path, format!("`{target}` is an area without a root, not an element"), hint);
            }
            _ => {}
        }
    }

    fn target_hint(&self, target: &Target) -> Hint {
        let elements = self
            .areas()
            .iter()
            .flat_map(|(name, area)| area.elements.keys().map(move |key| format!("{name}.{key}")));
        let names: Vec<_> = elements.chain(self.areas().keys().cloned()).collect();
        match nearest(target.as_str(), names.iter().map(String::as_str)) {
            Some(near) => Hint::meant(target.as_str(), near),
            None => Hint::from(format!("add [areas.{}] to the map", target.area())).about(target.as_str()),
        }
    }

    fn element_hint(&self, area: &str, element: &str) -> Hint {
        let names: Vec<_> = self
            .areas()
            .get(area)
            .map(|area| area.elements.keys().map(String::as_str).collect())
            .unwrap_or_default();
        let called = format!("{area}.{element}");
        match nearest(element, names.iter().copied()) {
            Some(near) => Hint::meant(called, format!("{area}.{near}")),
            None if names.is_empty() => {
                Hint::from(format!("[areas.{area}] has no elements yet")).about(called)
            }
            None => Hint::from(format!("[areas.{area}] has {}", names.join(", "))).about(called),
        }
    }
}

/// The areas that a move opens.
fn opened(movement: Option<&Move>) -> Vec<&str> {
    movement
        .map(steps)
        .unwrap_or_default()
        .iter()
        .filter_map(|step| match &step.verb {
            Verb::Open(area) => Some(area.as_str()),
            _ => None,
        })
        .collect()
}

//! What can be known where: a placeholder that never has a value at the place it is used is a mistake.

use std::collections::BTreeSet;

use super::super::element::{Candidate, Within};
use super::super::map::{InterruptDoes, List, Move, Never, Target};
use super::super::problem::{Hint, nearest};
use super::super::reader::Read;
use super::super::recording::{On, Recording, Step, Verb};
use super::super::text::Text;
use super::{Check, steps};

/// What is known at some point, beside the workspace's `params`.
#[derive(Clone, Copy)]
struct Known {
    /// For messages: "while the list is read".
    when: &'static str,
    email: bool,
    secrets: bool,
    role: bool,
    member: bool,
    /// Several people.
    people: bool,
    /// The file they are in.
    file: bool,
    /// What the customer decided.
    choice: bool,
}

const NOTHING: Known = Known {
    when: "while the console is read",
    email: false,
    secrets: false,
    role: false,
    member: false,
    people: false,
    file: false,
    choice: false,
};
const EACH_ROLE: Known = Known { when: "in a part for each role", role: true, ..NOTHING };
const PERSON: Known = Known { when: "on the way to a person's page", email: true, member: true, ..NOTHING };
const SEARCH: Known = Known { when: "in a search", email: true, ..NOTHING };

/// What an operation knows.
fn known_by(operation: &str) -> Option<Known> {
    let none = Known { email: true, choice: true, ..NOTHING };
    match operation {
        "sign_in" => Some(Known { when: "in sign_in", email: true, secrets: true, ..NOTHING }),
        "invite" => Some(Known { when: "in invite", role: true, ..none }),
        "change_role" => Some(Known { when: "in change_role", role: true, member: true, ..none }),
        "resend" => Some(Known { when: "in resend", member: true, ..none }),
        "cancel_invite" => Some(Known { when: "in cancel_invite", member: true, ..none }),
        "deactivate" => Some(Known { when: "in deactivate", member: true, ..none }),
        "reactivate" => Some(Known { when: "in reactivate", member: true, ..none }),
        "remove" => Some(Known { when: "in remove", member: true, ..none }),
        "import" => Some(Known { when: "in import", people: true, file: true, choice: true, ..NOTHING }),
        "seats" => Some(Known { when: "in seats", ..NOTHING }),
        "export" => Some(Known { when: "in export", ..NOTHING }),
        _ => None,
    }
}

/// Placeholders of the formats that the program cannot fill yet.
fn is_later(name: &str) -> bool {
    let owner = name.split('.').next().unwrap_or(name);
    matches!(name, "code") || matches!(owner, "name" | "generated")
}

impl<'a> Check<'a> {
    pub(super) fn map_placeholders(&mut self) {
        for (path, names) in self.map_uses() {
            self.existing(self.map, &path, &names);
        }
        let mut reached = Reached::default();
        for target in self.looked_at_always() {
            self.reach(&target, &mut reached);
        }
        if let Some(list) = self.members() {
            self.reach_area(&list.at, &mut reached);
            self.reach_open(&list.at, &mut reached);
            for row in list.all_rows() {
                self.reach_area(row, &mut reached);
                if let Some(area) = self.areas().get(row) {
                    area.columns().for_each(|(name, _)| {
                        self.reach(&Target::new(format!("{row}.{name}")), &mut reached)
                    });
                }
            }
            self.reach_move(list.prepare.as_ref(), "lists.members.prepare", &mut reached);
        }
        self.known_at_their_place(&reached, NOTHING);
        self.part_placeholders();
        self.person_placeholders();
        let mut searched = Reached::default();
        let search = self.members().and_then(|list| list.search.as_ref());
        self.reach_move(search, "lists.members.search", &mut searched);
        self.known_at_their_place(&searched, SEARCH);
        for (index, message) in self.map.value.messages.iter().enumerate() {
            for names in message.text.iter().flat_map(Text::placeholders) {
                let path = format!("{}.text", self.map.places.item("messages", index));
                self.existing(self.map, &path, &[names]);
                self.known(self.map, &path, names, NOTHING, None);
            }
        }
    }

    /// The way to a person's page begins at their row.
    fn person_placeholders(&mut self) {
        let Some(person) = &self.map.value.person else { return };
        let mut reached = Reached::default();
        self.reach_move(person.open.as_ref(), "person.open", &mut reached);
        self.reach_area(&person.at, &mut reached);
        self.known_at_their_place(&reached, PERSON);
    }

    /// What opens a part, and what all its rows are: a role is known only in a part for each.
    fn part_placeholders(&mut self) {
        let Some(list) = self.members() else { return };
        for (index, part) in list.parts.iter().enumerate() {
            let path = self.part_path("members", index);
            let known = if part.each_role { EACH_ROLE } else { NOTHING };
            let mut reached = Reached::default();
            self.reach_move(part.open.as_ref(), &format!("{path}.open"), &mut reached);
            if let Some(count) = &part.count {
                self.reach(count, &mut reached);
            }
            for (column, value) in &part.is {
                let path = format!("{path}.is.{column}");
                self.existing(self.map, &path, &value.placeholders());
                reached
                    .uses
                    .extend(value.placeholders().iter().map(|names| (path.clone(), (*names).to_owned())));
            }
            self.known_at_their_place(&reached, known);
        }
    }

    pub(super) fn flow_placeholders(&mut self, flow: &Read<Recording>) {
        let many = |known: Known| match flow.value.many {
            Some(_) => Known { email: false, member: false, people: true, ..known },
            // By the second of two saves they are in the list.
            None => Known { member: known.member || flow.value.is_second(), ..known },
        };
        let operations = flow.value.operations().iter().filter_map(|operation| known_by(operation));
        let operations: Vec<_> = operations.map(many).collect();
        for (index, step) in flow.value.steps.iter().enumerate() {
            let path = flow.places.item("steps", index);
            let names = step.verb.placeholders();
            self.existing(flow, &path, &names);
            let mut reached = Reached::default();
            self.reach_step(step, "", &mut reached);
            for known in &operations {
                for names in &names {
                    self.known(flow, &path, names, *known, None);
                }
                for (place, names) in &reached.uses {
                    // The step's own have no place in the map.
                    if !place.is_empty() {
                        self.known(flow, &path, names, *known, Some(place));
                    }
                }
            }
        }
    }

    /// The placeholders that a flow may fill at any of its steps.
    pub(super) fn placeholders_of(&self, flow: &Recording) -> BTreeSet<String> {
        let mut reached = Reached::default();
        if flow.on == Some(On::List)
            && let Some(list) = self.members()
        {
            self.reach_open(&list.at, &mut reached);
        }
        for step in &flow.steps {
            self.reach_step(step, "", &mut reached);
        }
        reached
            .uses
            .into_iter()
            .flat_map(|(_, names)| names.split('|').map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }

    /// Every placeholder in elements and moves, with its path.
    fn map_uses(&self) -> Vec<(String, Vec<&'a str>)> {
        let mut uses = Vec::new();
        for (name, area) in self.areas() {
            let root = area.root.as_ref().map(|root| ("root", root));
            let elements = area.elements.iter().map(|(key, element)| (key.as_str(), element));
            for (key, element) in root.into_iter().chain(elements) {
                let of_match = element.pattern.iter().flat_map(|pattern| pattern.placeholders());
                let names = element.candidates().flat_map(Candidate::placeholders).chain(of_match).collect();
                uses.push((format!("areas.{name}.{key}"), names));
            }
        }
        for (path, movement) in self.moves() {
            if let Move::Address(address) = movement {
                uses.push((path.clone(), address.placeholders()));
            }
            for (index, step) in steps(movement).iter().enumerate() {
                uses.push((self.map.places.item(&path, index), step.verb.placeholders()));
            }
        }
        uses
    }

    /// What is looked for whatever goes on.
    fn looked_at_always(&self) -> Vec<Target> {
        let map = &self.map.value;
        let mut targets: Vec<Target> = Vec::new();
        for entry in &map.recognise {
            targets.push(Target::new(entry.at.clone()));
            targets.extend(entry.present.iter().chain(&entry.absent).cloned());
        }
        targets.extend(map.messages.iter().map(|message| message.at.clone()));
        for interrupt in &map.interrupts {
            targets.push(interrupt.at.clone());
            if let InterruptDoes::Click(target) = &interrupt.does {
                targets.push(target.clone());
            }
        }
        for never in &map.never {
            if let Never::At(target) = never {
                targets.push(target.clone());
            }
        }
        if let Some(list) = self.members() {
            targets.extend(
                [&list.total, &list.next, &list.busy, &list.empty, &list.tabs].into_iter().flatten().cloned(),
            );
        }
        targets
    }

    fn known_at_their_place(&mut self, reached: &Reached, known: Known) {
        for (path, names) in &reached.uses {
            self.known(self.map, path, names, known, None);
        }
    }

    /// Reports names that are nowhere known.
    fn existing<T>(&mut self, file: &Read<T>, path: &str, placeholders: &[&str]) {
        for name in placeholders.iter().flat_map(|names| names.split('|')) {
            if is_later(name) {
                let hint = "leave it out; docs/formats.md lists the placeholders there are";
                self.error(file, path, format!("{{{name}}} is not supported by this version"), hint);
            } else if !self.names().contains(name) {
                let names = self.names();
                let hint = match nearest(name, names.iter().map(String::as_str)) {
                    Some(near) => Hint::from(format!("did you mean {{{near}}}?")).replacing(name, near),
                    None => Hint::from(format!("there are {}", braced(&names))).about(name),
                };
                self.error(file, path, format!("nothing ever gives {{{name}}} a value"), hint);
            }
        }
    }

    /// Reports a placeholder none of whose names is known at this point.
    fn known<T>(&mut self, file: &Read<T>, path: &str, placeholder: &str, known: Known, by: Option<&str>) {
        let names = self.names();
        let existing: Vec<_> = placeholder.split('|').filter(|name| names.contains(*name)).collect();
        let params = &self.map.value.params;
        let is_known = |name: &&str| match name.split_once('.').map_or(*name, |(owner, _)| owner) {
            "email" => known.email,
            "password" | "totp" => known.secrets,
            "role" | "roles" => known.role,
            "member" => known.member,
            "emails" | "count" => known.people,
            "file" => known.file,
            "choice" => known.choice,
            name => params.contains_key(name),
        };
        if existing.is_empty() || existing.iter().any(is_known) {
            return;
        }
        let at = by
            .map(|path| format!(", which `{}` needs,", path.trim_start_matches("areas.")))
            .unwrap_or_default();
        let message = format!("{{{placeholder}}}{at} cannot be known {}", known.when);
        let there: BTreeSet<String> = names.iter().filter(|name| is_known(&name.as_str())).cloned().collect();
        let hint = match there.is_empty() {
            true => Hint::from("no placeholder has a value there"),
            false => Hint::from(format!("what can be known there: {}", braced(&there))),
        };
        self.error(file, path, message, if by.is_none() { hint.about(placeholder) } else { hint });
    }

    /// The name of every placeholder that something can give a value.
    fn names(&self) -> BTreeSet<String> {
        let map = &self.map.value;
        let mut names: BTreeSet<String> =
            ["email", "emails", "count", "file", "password", "totp", "role", "roles"]
                .map(str::to_owned)
                .into();
        names.extend(
            map.roles.iter().flat_map(|role| role.fields.keys().map(|field| format!("role.{field}"))),
        );
        names.extend(map.params.keys().cloned());
        names.extend(map.choices.keys().map(|choice| format!("choice.{choice}")));
        for part in self.members().iter().flat_map(|list| &list.parts) {
            names.extend(part.is.keys().map(|column| format!("member.{column}")));
        }
        for row in self.members().map(List::all_rows).unwrap_or_default() {
            if let Some(area) = self.areas().get(row) {
                names.extend(area.columns().map(|(column, _)| format!("member.{column}")));
                names.extend(area.is.keys().map(|column| format!("member.{column}")));
            }
        }
        names
    }

    fn reach_step(&self, step: &Step, path: &str, reached: &mut Reached) {
        reached
            .uses
            .extend(step.verb.placeholders().into_iter().map(|names| (path.to_owned(), names.to_owned())));
        if let Verb::Open(area) = &step.verb {
            self.reach_area(area, reached);
            self.reach_open(area, reached);
        }
        for target in step.verb.targets() {
            self.reach(target, reached);
        }
    }

    fn reach_open(&self, area: &str, reached: &mut Reached) {
        if reached.opened.insert(area.to_owned()) {
            let open = self.areas().get(area).and_then(|area| area.open.as_ref());
            self.reach_move(open, &format!("areas.{area}.open"), reached);
        }
    }

    fn reach_move(&self, movement: Option<&Move>, path: &str, reached: &mut Reached) {
        match movement {
            Some(Move::Address(address)) => {
                reached.uses.extend(
                    address.placeholders().into_iter().map(|names| (path.to_owned(), names.to_owned())),
                );
            }
            Some(Move::Steps(steps)) => {
                for (index, step) in steps.iter().enumerate() {
                    self.reach_step(step, &self.map.places.item(path, index), reached);
                }
            }
            None => {}
        }
    }

    fn reach(&self, target: &Target, reached: &mut Reached) {
        self.reach_area(target.area(), reached);
        if let Some(key) = target.element() {
            self.reach_element(target.area(), key, reached);
        }
    }

    fn reach_area(&self, area: &str, reached: &mut Reached) {
        for name in self.chain(area) {
            self.reach_element(name, "root", reached);
            if let Some(ready) = self.areas().get(name).and_then(|area| area.ready.as_deref()) {
                self.reach_element(name, ready, reached);
            }
        }
    }

    fn reach_element(&self, area: &str, key: &str, reached: &mut Reached) {
        let path = format!("areas.{area}.{key}");
        let Some(area) = self.areas().get(area) else { return };
        let element = if key == "root" { area.root.as_ref() } else { area.elements.get(key) };
        let Some(element) = element.filter(|_| reached.elements.insert(path.clone())) else { return };
        let of_match = element.pattern.iter().flat_map(|pattern| pattern.placeholders());
        let names = element.candidates().flat_map(Candidate::placeholders).chain(of_match);
        reached.uses.extend(names.map(|names| (path.clone(), names.to_owned())));
        for candidate in element.candidates() {
            self.reach_within(candidate, reached);
        }
    }

    fn reach_within(&self, candidate: &Candidate, reached: &mut Reached) {
        match &candidate.within {
            Some(Within::Area(area)) => self.reach_area(area, reached),
            Some(Within::Candidate(candidate)) => self.reach_within(candidate, reached),
            None => {}
        }
    }
}

/// The placeholders met on the way, each with its path in the map.
#[derive(Default)]
struct Reached {
    elements: BTreeSet<String>,
    opened: BTreeSet<String>,
    uses: Vec<(String, String)>,
}

fn braced(names: &BTreeSet<String>) -> String {
    names.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(", ")
}

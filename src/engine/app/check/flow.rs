//! The rules that make a flow safe: who is changed is proved before the one commit, and nothing else commits.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::super::map::{Never, RoleWords, Target};
use super::super::problem::Severity;
use super::super::reader::Read;
use super::super::recording::{On, Proof, Recording, Step, Verb};
use super::super::text::{Template, Text};
use super::{Check, steps};

impl Check<'_> {
    /// The rules of a single flow.
    pub(super) fn flow_rules(&mut self, flow: &Read<Recording>) {
        if flow.value.operations().is_empty() {
            return; // what it is for is not known, which is told
        }
        self.on(flow);
        self.by(flow);
        self.many(flow);
        if flow.value.operations().iter().any(|operation| operation == "sign_in") {
            self.sign_in(flow);
        } else if flow.value.operations().iter().any(|operation| operation == "seats") {
            self.seats(flow);
        } else if flow.value.operations().iter().any(|operation| operation == "export") {
            self.export(flow);
        } else {
            self.commit(flow);
            self.proof(flow);
            self.response(flow);
            self.import(flow);
            self.role(flow);
        }
        self.results(flow);
        self.downloads(flow);
        self.never_clicked(flow);
    }

    /// The rules of all flows of a map.
    pub(super) fn flows_together(&mut self, flows: &BTreeMap<String, Read<Recording>>) {
        self.no_case_twice(flows);
        self.two_saves(flows);
        self.choices_used(flows);
        if flows.values().any(|flow| flow.value.changes()) && self.map.value.never.is_empty() {
            let map = self.map;
            let hint = "name what must never be clicked here: never = [\"/^Transfer ownership/i\", \"Delete workspace\"]";
            let message = "the map can change things and has no `never` list";
            self.problems.push(map.problem(Severity::Warning, "never", message, hint.to_owned()));
        }
    }

    fn on(&mut self, flow: &Read<Recording>) {
        if flow.value.on == Some(On::Person) && self.map.value.person.is_none() {
            let hint = "add [person] to the map: how to get from a row to that page, and which area it is";
            self.error(flow, "on", "the map knows no page of a person", hint);
        }
        if (flow.value.changes() || flow.value.on.is_some()) && self.members().is_none() {
            let path = if flow.value.on.is_some() { "on" } else { "does" };
            let hint = "every change is proved by reading the list back: add [lists.members] to the map";
            self.error(flow, path, "the map has no list of members", hint);
        }
        for (index, step) in flow.value.steps.iter().enumerate() {
            for target in step.verb.targets() {
                let is_found = matches!(step.verb, Verb::Tick { .. }) || flow.value.on == Some(On::Row);
                if self.is_in_row(target.area()) && !is_found {
                    let path = format!("{}.{}", flow.places.item("steps", index), step.verb.name());
                    let hint =
                        "add `on = \"row\"`, which finds and proves the person's row before the first step";
                    self.error(flow, &path, format!("`{target}` is in a row, and no row was found"), hint);
                }
            }
        }
    }

    fn sign_in(&mut self, flow: &Read<Recording>) {
        if flow.value.operations().len() > 1 {
            self.error(flow, "does", "`sign_in` is a flow of its own", "write a file for each");
        }
        if flow.value.on.is_some() {
            self.error(flow, "on", "nobody is signed in yet, so no list can be opened", "leave `on` out");
        }
        for (index, _) in commits(&flow.value) {
            let hint = "signing in changes nothing; leave `commits` out";
            self.error(flow, &flow.places.item("steps", index), "a sign-in does not commit", hint);
        }
        if flow.value.steps.last().is_some_and(|step| step.optional) {
            let hint = "end with what tells that it worked: { expect = \"home.…\" }";
            let last = flow.places.item("steps", flow.value.steps.len() - 1);
            self.error(flow, &last, "the last step cannot be optional", hint);
        }
    }

    fn seats(&mut self, flow: &Read<Recording>) {
        if flow.value.operations().len() > 1 {
            self.error(flow, "does", "`seats` is a flow of its own", "write a file for each");
        }
        if flow.value.on.is_some() {
            self.error(flow, "on", "`seats` is about nobody", "leave `on` out; begin with { open = \"…\" }");
        }
        for (index, step) in flow.value.steps.iter().enumerate() {
            let path = flow.places.item("steps", index);
            let looks = matches!(
                step.verb,
                Verb::Open(_)
                    | Verb::Read { .. }
                    | Verb::Prove { .. }
                    | Verb::Expect { .. }
                    | Verb::ExpectGone { .. }
            );
            if !looks || step.commits {
                let hint = "how to get to the page belongs into the area's `open`";
                self.error(
                    flow,
                    &path,
                    format!("`seats` only looks, and does not {}", step.verb.name()),
                    hint,
                );
            }
            if step.optional {
                self.error(flow, &path, "no step of `seats` is optional", "read only what always shows");
            }
        }
        let reads = |step: &Step| matches!(&step.verb, Verb::Read { r#as, .. } if r#as == "used");
        if !flow.value.steps.iter().any(reads) {
            let hint = "read it: { read = \"…\", as = \"used\" }; and `limit`, if the console shows one";
            self.error(flow, "steps", "the flow never reads how many seats are used", hint);
        }
    }

    /// What is read goes somewhere, under a name of its own.
    fn results(&mut self, flow: &Read<Recording>) {
        let has_results = flow.value.operations().iter().any(|operation| operation == "seats");
        let mut names = BTreeSet::new();
        for (index, step) in flow.value.steps.iter().enumerate() {
            let Verb::Read { r#as, .. } = &step.verb else { continue };
            let path = flow.places.item("steps", index);
            if !has_results {
                let hint = "to compare what an element says use `prove`";
                self.error(flow, &path, "`read` gives a result, which only `seats` hands on", hint);
            } else if !names.insert(r#as.as_str()) {
                self.error(
                    flow,
                    &path,
                    format!("`{as}` is read twice"),
                    "give each result a name of its own",
                );
            }
        }
    }

    /// One commit span, entered by a step that is there, and by no other key.
    fn commit(&mut self, flow: &Read<Recording>) {
        let Some(span) = flow.value.commit_span() else {
            let hint = "mark the click that makes the change real with `commits = true`";
            return self.error(flow, "steps", "the flow commits nothing", hint);
        };
        let path = |index| flow.places.item("steps", index);
        let steps = &flow.value.steps;
        if steps[span.start].optional {
            let hint = "only later steps of the same commit may be optional";
            self.error(flow, &path(span.start), "the step that commits cannot be optional", hint);
        }
        if let Some(between) = span.clone().find(|index| !steps[*index].commits) {
            let hint =
                "the steps that commit follow each other; what only waits comes after the last of them";
            self.error(flow, &path(between), "a step between two that commit does not commit", hint);
        }
        self.mentioned(flow);
        self.later_clicks(flow, span.clone());
        if span.start > 0 && steps[span.start - 1].optional {
            let hint = "what is clicked next has to be certain; put the optional step earlier";
            self.error(
                flow,
                &path(span.start - 1),
                "the last step before the commit cannot be optional",
                hint,
            );
        }
        for (index, step) in steps[..span.start].iter().enumerate() {
            if let Verb::Press { key, .. } = &step.verb
                && matches!(key.as_str(), "Enter" | "Space")
                && !step.harmless
            {
                let hint = "it may send a form; mark it `commits = true`, or `harmless = true` if it cannot";
                self.error(flow, &path(index), format!("{key} is pressed before the commit"), hint);
            }
        }
    }

    /// What a committing click is held against names somebody: any other word may stand there for anybody.
    fn mentioned(&mut self, flow: &Read<Recording>) {
        for (index, step) in commits(&flow.value) {
            let Verb::Click { mentions: Some(mentions), .. } = &step.verb else { continue };
            if !names_somebody(mentions) {
                let who = if flow.value.many.is_some() { "{emails}" } else { "{email}" };
                let path = format!("{}.mentions", flow.places.item("steps", index));
                let hint = format!("name whom it is about: mentions = \"{who}\"");
                self.error(flow, &path, "what has to be mentioned at the commit is nobody's", hint);
            }
        }
    }

    /// What is asked once more stands elsewhere than the first click, and names the person.
    fn later_clicks(&mut self, flow: &Read<Recording>, span: Range<usize>) {
        let steps = &flow.value.steps;
        for index in span.start + 1..span.end {
            // A step in between that does not commit is told as such.
            let Step { verb: Verb::Click { target, mentions }, commits: true, .. } = &steps[index] else {
                continue;
            };
            let path = flow.places.item("steps", index);
            if mentions.is_none() {
                let who = if flow.value.many.is_some() { "{emails}" } else { "{email}" };
                let hint = format!("add `mentions = \"{who}\"`: what is asked has to name whom it is about");
                self.error(flow, &path, "a later click of the commit does not check whom it is about", hint);
            }
            let earlier = steps[span.start..index].iter().flat_map(|step| step.verb.targets());
            if earlier.into_iter().any(|other| other.area() == target.area()) {
                let hint = "only a question that opens after the first click belongs to the same commit";
                self.error(flow, &path, format!("`{}` was clicked in before", target.area()), hint);
            }
        }
    }

    fn proof(&mut self, flow: &Read<Recording>) {
        let Some(span) = flow.value.commit_span() else { return };
        let is_named = matches!(&flow.value.steps[span.start].verb, Verb::Click { mentions: Some(mentions), .. } if names_somebody(mentions));
        let is_proved = matches!(flow.value.on, Some(On::Row | On::Person))
            || is_named
            || flow.value.steps[..span.start].iter().any(|step| self.proves(flow, step));
        let has_own_rule = flow.value.many.is_some()
            || flow.value.operations().iter().any(|operation| operation == "import");
        if !is_proved && !has_own_rule {
            let hint = "add `on = \"row\"`, or a step before the commit that fills in or proves \"{email}\"";
            let path = flow.places.item("steps", span.start);
            self.error(flow, &path, "nothing proves before the commit who is changed", hint);
        }
    }

    /// What decides has to fit what is done (F12).
    fn response(&mut self, flow: &Read<Recording>) {
        let resends = flow.value.operations().iter().any(|operation| operation == "resend");
        let hears = |span: Range<usize>| {
            let answers = |step: &Step| matches!(&step.verb, Verb::Expect { says: Some(_), .. });
            flow.value.steps[span.end..].iter().any(answers)
        };
        let path = if flow.value.proof == Proof::Response { "proof" } else { "does" };
        if resends && flow.value.operations().len() > 1 {
            self.error(flow, "does", "`resend` is a flow of its own", "write a file for each");
        } else if resends && flow.value.proof == Proof::Reading {
            let hint = "add `proof = \"response\"`: the console's own message decides";
            self.error(flow, path, "the list does not show that an invitation was sent again", hint);
        } else if !resends && flow.value.proof == Proof::Response {
            let hint = "leave it out: the list shows it, and what was read back decides";
            self.error(flow, path, "`proof = \"response\"` is for `resend` only", hint);
        } else if resends && flow.value.commit_span().is_some_and(|span| !hears(span)) {
            let hint =
                "end with the message that tells: { expect = \"toast\", says = \"/^invitation resent/i\" }";
            self.error(flow, path, "nothing after the commit waits for what the console answers", hint);
        }
    }

    /// After this step it is certain who is meant.
    fn proves(&self, flow: &Read<Recording>, step: &Step) -> bool {
        let is_email = |value: &Template| value.as_str().trim() == "{email}";
        match &step.verb {
            _ if self.proves_people(flow, step) => true,
            Verb::Prove { value, .. } => !step.optional && is_email(value),
            // What is typed into the search only asks.
            Verb::Fill { target, value } => {
                invites(flow) && !step.optional && is_email(value) && !self.is_searched(target)
            }
            _ => false,
        }
    }

    pub(super) fn is_searched(&self, target: &Target) -> bool {
        let search = self.members().and_then(|list| list.search.as_ref());
        let of_search = search.map(steps).unwrap_or_default().iter().flat_map(|step| step.verb.targets());
        of_search.into_iter().any(|searched| searched == target)
    }

    /// A role that is not chosen is the console's choice, perhaps the most powerful one.
    fn role(&mut self, flow: &Read<Recording>) {
        // Either of two saves may choose it: that is held against both.
        if flow.value.then.is_some() || flow.value.is_second() || self.uses_role(&flow.value) {
            return;
        }
        self.without_role(flow);
    }

    pub(super) fn uses_role(&self, flow: &Recording) -> bool {
        let is_role = |name: &String| ["role", "roles"].contains(&name.as_str()) || name.starts_with("role.");
        self.placeholders_of(flow).iter().any(is_role)
    }

    pub(super) fn without_role(&mut self, flow: &Read<Recording>) {
        let covered = |role: &RoleWords| {
            let when = flow.value.when.as_ref().and_then(|when| when.roles.as_ref());
            when.is_none_or(|these| these.contains(&role.role.id))
        };
        // A dialog that is for one role only has nothing to choose.
        let grantable =
            self.map.value.roles.iter().filter(|role| role.role.grantable && covered(role)).count();
        for operation in flow.value.operations() {
            let needs_role = operation == "change_role" || (operation == "invite" && grantable > 1);
            if needs_role {
                let hint = "choose it: { choose = \"…\", value = \"{role}\" }";
                self.error(flow, "steps", format!("`{operation}` never chooses the {{role}}"), hint);
            }
        }
    }

    fn never_clicked(&mut self, flow: &Read<Recording>) {
        for (index, step) in flow.value.steps.iter().enumerate() {
            for target in step.verb.targets().into_iter().filter(|_| clicks(&step.verb)) {
                if self.map.value.never.iter().any(|never| self.forbids(never, target)) {
                    let path = format!("{}.{}", flow.places.item("steps", index), step.verb.name());
                    let hint = "it would stop here each time; leave the step or the entry of `never` out";
                    self.error(flow, &path, format!("`never` forbids `{target}`"), hint);
                }
            }
        }
    }

    fn forbids(&self, never: &Never, target: &Target) -> bool {
        match never {
            Never::Request(_) => false,
            Never::At(forbidden) => forbidden == target,
            Never::Name(text) => {
                let element = self.map.value.element(target);
                let names = element
                    .into_iter()
                    .flat_map(|element| &element.find)
                    .filter_map(|candidate| candidate.name.as_ref().or(candidate.text.as_ref()));
                names.filter_map(exact).any(|name| text.matches(name))
            }
        }
    }
}

/// It asks somebody in: whom, is what is typed. Of anybody who is there already it only asks for them.
pub(super) fn invites(flow: &Read<Recording>) -> bool {
    flow.value.operations().iter().all(|operation| ["invite", "resend"].contains(&operation.as_str()))
}

/// The text is a person's, or all persons', when it is filled.
pub(super) fn names_somebody(text: &Template) -> bool {
    let is_theirs = |name: &str| ["email", "emails"].contains(&name) || name.starts_with("member.");
    text.names().into_iter().any(is_theirs)
}

fn commits(flow: &Recording) -> impl Iterator<Item = (usize, &Step)> {
    flow.steps.iter().enumerate().filter(|(_, step)| step.commits)
}

fn clicks(verb: &Verb) -> bool {
    matches!(
        verb,
        Verb::Click { .. }
            | Verb::Press { .. }
            | Verb::Choose { .. }
            | Verb::Check { .. }
            | Verb::Tick { .. }
            | Verb::Download(_)
    )
}

fn exact(text: &Text) -> Option<&str> {
    match text {
        Text::Exact(template) => Some(template.as_str()),
        Text::Pattern(_) => None,
    }
}

//! What takes two saves (F2): both recordings fit each other, and a reading can tell which of them comes next.

use std::collections::BTreeMap;

use super::super::case::When;
use super::super::problem::{Hint, nearest};
use super::super::reader::Read;
use super::super::recording::{On, Proof, Recording, Step, Verb};
use super::super::text::Template;
use super::Check;

/// What is no change of one person that the list shows.
const IN_ONE_SAVE: [&str; 5] = ["sign_in", "seats", "export", "import", "resend"];

impl Check<'_> {
    pub(super) fn two_saves(&mut self, flows: &BTreeMap<String, Read<Recording>>) {
        let mut named: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, flow) in flows {
            let Some(then) = &flow.value.then else { continue };
            if let Some(other) = named.insert(then, name) {
                let hint = "write a file for each: it finishes what the first of the two has begun";
                self.error(flow, "then", format!("`{then}` is the second save of `{other}` already"), hint);
            }
            match flows.get(then) {
                Some(second) => self.pair(flow, second),
                None => self.no_such_flow(flow, then, flows),
            }
        }
        for (name, flow) in flows {
            let is_missing = flow.line("does").is_none() && !named.contains_key(name.as_str());
            if is_missing {
                let hint = "name the operation it carries out, does = \"invite\"; or name it in the `then` of another recording";
                self.error(
                    flow,
                    "",
                    "a recording needs `does`; a free flow is not supported by this version",
                    hint,
                );
            }
        }
    }

    fn no_such_flow(
        &mut self,
        flow: &Read<Recording>,
        then: &str,
        flows: &BTreeMap<String, Read<Recording>>,
    ) {
        let hint = match nearest(then, flows.keys().map(String::as_str)) {
            Some(near) => Hint::meant(then, near),
            None => Hint::from(format!("write {then}.toml beside it")).about(then),
        };
        self.error(flow, "then", format!("there is no recording `{then}`"), hint);
    }

    fn pair(&mut self, first: &Read<Recording>, second: &Read<Recording>) {
        let then = &second.value.name;
        if !second.value.is_second() {
            let hint = "a second save belongs to the first: leave `does` out of it";
            return self.error(
                first,
                "then",
                format!("`{then}` is a recording of an operation of its own"),
                hint,
            );
        }
        if first.value.is_second() || second.value.then.is_some() {
            let hint = "a change has two saves at the most: one recording with `does` and `then`, and the one it names";
            return self.error(first, "then", "a second save is followed by none", hint);
        }
        if let Some(operation) = first.value.does.iter().find(|does| IN_ONE_SAVE.contains(&does.as_str())) {
            let message = format!("`{operation}` is made by one save");
            return self.error(first, "then", message, "leave `then` out");
        }
        if first.value.many.is_some() || second.value.many.is_some() {
            return self.error(
                first,
                "then",
                "two saves are made for one person at a time",
                "leave `many` out",
            );
        }
        if second.value.proof == Proof::Response {
            let hint = "leave it out: the list shows it, and what was read back decides";
            self.error(second, "proof", "`proof = \"response\"` is for `resend` only", hint);
        }
        if !matches!(second.value.on, Some(On::Row | On::Person)) {
            let hint = "add `on = \"row\"` or `on = \"person\"`: by then the person is in the list";
            self.error(second, "on", "nothing finds the person whom the first save was about", hint);
        }
        if !self.uses_role(&first.value) && !self.uses_role(&second.value) {
            self.without_role(first);
        }
        self.told_apart(first, second);
        self.found_after(first, second);
    }

    /// Which of the two comes next the list has to show.
    fn told_apart(&mut self, first: &Read<Recording>, second: &Read<Recording>) {
        if first.value.does.iter().all(|does| does == "invite") {
            return; // before the first save nobody is there
        }
        let any = When::default();
        let (one, other) =
            (first.value.when.as_ref().unwrap_or(&any), second.value.when.as_ref().unwrap_or(&any));
        if one.overlap(other).is_some() {
            let hint = "say in the `when` of each how somebody reads then, by status or role: { status = \"active\" } before the first \
                        save, { status = \"deactivated\" } after it";
            let message = format!("nothing in the list tells whether `{}` is done already", first.value.name);
            self.error(first, "then", message, hint);
        }
    }

    /// Somebody who has no address yet is found by what was typed for them.
    fn found_after(&mut self, first: &Read<Recording>, second: &Read<Recording>) {
        let (Some(column), Some(span)) = (&second.value.by, first.value.commit_span()) else { return };
        let invites = first.value.does.iter().any(|does| does == "invite");
        let tells =
            |step: &Step| typed_in(step, column).is_some_and(|value| !step.optional && is_theirs(value));
        if invites && !first.value.steps[..span.start].iter().any(tells) {
            let hint = format!(
                "the first save has to type it, with {{email}}, into an element of that name: {{ fill = \"….{column}\", value = \
                 \"{{email}}\" }}"
            );
            self.error(second, "by", format!("nothing tells which `{column}` is the person's"), hint);
        }
    }
}

/// What a step types into an element of this name.
fn typed_in<'s>(step: &'s Step, name: &str) -> Option<&'s Template> {
    match &step.verb {
        Verb::Fill { target, value } if target.element() == Some(name) => Some(value),
        _ => None,
    }
}

fn is_theirs(value: &Template) -> bool {
    value.names().contains(&"email")
}

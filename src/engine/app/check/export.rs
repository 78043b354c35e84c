//! The rules of `export`, the one flow that has the console give a file: it changes nothing, and ends with the file.

use super::super::reader::Read;
use super::super::recording::{On, Proof, Recording, Verb};
use super::Check;

impl Check<'_> {
    /// Everything in it only leads to the click that the file comes from.
    pub(super) fn export(&mut self, flow: &Read<Recording>) {
        if flow.value.operations().len() > 1 {
            self.error(flow, "does", "`export` is a flow of its own", "write a file for each");
        }
        if matches!(flow.value.on, Some(On::Row | On::Person)) {
            let hint = "leave `on` out, or begin at the list with `on = \"list\"`";
            self.error(flow, "on", "`export` is about nobody", hint);
        }
        if flow.value.proof == Proof::Response {
            self.error(flow, "proof", "`export` changes nothing to be proved", "leave it out");
        }
        if flow.value.many.is_some() {
            self.error(flow, "many", "`export` is about nobody, so not about many people", "leave it out");
        }
        if flow.value.file.is_some() {
            self.error(flow, "file", "`file` is for `import` only", "leave it out");
        }
        for (index, step) in flow.value.steps.iter().enumerate() {
            let path = flow.places.item("steps", index);
            if step.commits || matches!(step.verb, Verb::Upload { .. } | Verb::Tick { .. }) {
                let what = if step.commits { "commit" } else { step.verb.name() };
                let hint = "an export only reads; what changes something is a recording of another operation";
                self.error(flow, &path, format!("`export` does not {what}"), hint);
            }
            if matches!(&step.verb, Verb::Press { key, .. } if matches!(key.as_str(), "Enter" | "Space"))
                && !step.harmless
            {
                let hint = "mark it `harmless = true` if it sends no form here";
                self.error(flow, &path, "a key is pressed that may send a form", hint);
            }
        }
        self.ends_with_the_file(flow);
    }

    fn ends_with_the_file(&mut self, flow: &Read<Recording>) {
        let steps = &flow.value.steps;
        let Some(last) = steps.len().checked_sub(1) else { return };
        let hint = "end with the click that the file comes from: { download = \"…\" }";
        match steps.iter().position(|step| matches!(step.verb, Verb::Download(_))) {
            None => self.error(flow, "steps", "the flow never downloads the file", hint),
            Some(first) if first < last => {
                let path = flow.places.item("steps", first);
                self.error(flow, &path, "there is a step after the download", hint);
            }
            Some(_) if steps[last].optional => {
                let path = flow.places.item("steps", last);
                self.error(flow, &path, "the download cannot be optional", "leave `optional` out");
            }
            Some(_) => {}
        }
    }

    /// Only an export hands a file on.
    pub(super) fn downloads(&mut self, flow: &Read<Recording>) {
        if flow.value.operations().iter().any(|operation| operation == "export") {
            return;
        }
        for (index, step) in flow.value.steps.iter().enumerate() {
            if matches!(step.verb, Verb::Download(_)) {
                let path = flow.places.item("steps", index);
                let hint = "only a recording with `does = \"export\"` hands a file on; leave the step out";
                self.error(flow, &path, "`download` is for `export` only", hint);
            }
        }
    }
}

//! Whether a control takes what a step wants to put into it.

use super::super::reader::Read;
use super::super::recording::{Recording, Verb};
use super::super::text::Template;
use super::Check;

impl Check<'_> {
    pub(super) fn flow_controls(&mut self, flow: &Read<Recording>) {
        for (index, step) in flow.value.steps.iter().enumerate() {
            let path = format!("{}.value", flow.places.item("steps", index));
            match &step.verb {
                Verb::Fill { target, value } if names(value, "emails") => {
                    // A name that leads nowhere is told elsewhere.
                    let Some(element) = self.map.value.element(target) else { continue };
                    if element.sep.is_none() {
                        let hint = format!(
                            "say in the map what is typed between two: {} = {{ find = …, sep = \",\" }}",
                            target.element().unwrap_or("root")
                        );
                        self.error(flow, &path, format!("`{target}` takes one value, not several"), hint);
                    }
                }
                Verb::Fill { target, value } if names(value, "roles") => {
                    let hint = "roles are chosen: { choose = \"…\", value = \"{roles}\" }";
                    self.error(flow, &path, format!("{{roles}} is typed into `{target}`"), hint);
                }
                Verb::Choose { value, .. } if names(value, "roles") && value.as_str().trim() != "{roles}" => {
                    let hint = "a control is made to hold exactly these roles: value = \"{roles}\"";
                    self.error(flow, &path, "{roles} stands beside something else", hint);
                }
                _ => {}
            }
        }
    }
}

fn names(value: &Template, name: &str) -> bool {
    value.names().contains(&name)
}

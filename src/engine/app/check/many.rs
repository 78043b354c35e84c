//! The rules of flows that commit for many people at once: all of them are proved before it (F16).

use super::super::map::List;
use super::super::reader::Read;
use super::super::recording::{On, Recording, Step, Verb};
use super::super::text::Template;
use super::Check;
use super::flow::invites;

/// What nobody can do for several people by one commit.
const ONE_BY_ONE: [&str; 4] = ["sign_in", "resend", "import", "seats"];

impl Check<'_> {
    /// The console shows before the commit whom it took out of the file.
    pub(super) fn import(&mut self, flow: &Read<Recording>) {
        let imports = flow.value.operations().iter().any(|operation| operation == "import");
        if !imports {
            if flow.value.file.is_some() {
                self.error(flow, "file", "`file` is for `import` only", "leave it out");
            }
            return;
        }
        if flow.value.operations().len() > 1 {
            self.error(flow, "does", "`import` is a flow of its own", "write a file for each");
        }
        if flow.value.on != Some(On::List) {
            self.error(flow, "does", "`import` begins at the list", "add `on = \"list\"`");
        }
        if flow.value.file.is_none() {
            let hint = "add file = { columns = { email = \"Email\", role = \"Role\" }, rows = 500 }";
            self.error(flow, "does", "nothing tells which columns the console's file has", hint);
        }
        let Some(span) = flow.value.commit_span() else { return };
        let before = &flow.value.steps[..span.start];
        let uploads =
            |step: &Step| matches!(&step.verb, Verb::Upload { value, .. } if value.as_str() == "{file}");
        if !before.iter().any(uploads) {
            let hint = "add { upload = \"…\", value = \"{file}\", writes = true }";
            self.error(flow, "steps", "the flow never gives the console the file", hint);
        }
        let shows = |step: &Step| matches!(step.verb, Verb::Prove { .. }) && self.proves_people(flow, step);
        if !before.iter().any(shows) {
            let hint = "add { prove = \"LIST\", value = \"{emails}\" } before the commit, LIST being the preview, as [lists.LIST]";
            let path = flow.places.item("steps", span.start);
            self.error(
                flow,
                &path,
                "nothing shows before the commit whom the console took out of the file",
                hint,
            );
        }
    }

    /// People typed into one field, or rows that are ticked.
    pub(super) fn many(&mut self, flow: &Read<Recording>) {
        self.ticks(flow);
        if flow.value.many.is_none() {
            return;
        }
        if let Some(operation) =
            flow.value.operations().iter().find(|does| ONE_BY_ONE.contains(&does.as_str()))
        {
            let hint = if operation == "import" {
                "leave it out; how many people fit into a file says `file = { …, rows = 500 }`"
            } else {
                "leave it out: each is asked for, and proved, by itself"
            };
            return self.error(flow, "many", format!("`{operation}` is not for many people at once"), hint);
        }
        if flow.value.on != Some(On::List) {
            let hint = "write `on = \"list\"`: a row, or a page, is one person's";
            self.error(flow, "many", "a flow for many people begins at the list", hint);
        }
        let Some(span) = flow.value.commit_span() else { return };
        let (before, commit) = (&flow.value.steps[..span.start], &flow.value.steps[span.start]);
        let path = flow.places.item("steps", span.start);
        if !names_all(commit) && !before.iter().any(|step| self.proves_people(flow, step)) {
            let hint = "tick the rows of \"{emails}\", prove a list against \"{emails}\", or let the commit mention \"{emails}\"; \
                        an invitation may fill them in";
            return self.error(flow, &path, "nothing proves before the commit for whom it is", hint);
        }
        let is_tick = |step: &Step| matches!(step.verb, Verb::Tick { .. });
        let Some(last) = before.iter().rposition(is_tick) else { return };
        let tells = |step: &Step| {
            let counts = matches!(&step.verb, Verb::Prove { value, .. } if value.as_str() == "{count}");
            !step.optional && (counts || (!is_tick(step) && self.proves_people(flow, step)))
        };
        let has_more = |list: &List| list.next.is_some() || list.more.is_some() || !list.parts.is_empty();
        if self.members().is_some_and(has_more) && !names_all(commit) && !before[last..].iter().any(tells) {
            let hint = "prove what the console says of it, after the ticks: { prove = \"bar.selected\", value = \"{count}\" }; \
                        or let the commit mention \"{emails}\"";
            let message = "rows that are not on this page may be ticked too";
            self.error(flow, &path, message, hint);
        }
    }

    fn ticks(&mut self, flow: &Read<Recording>) {
        for (index, step) in flow.value.steps.iter().enumerate() {
            let Verb::Tick { target, rows } = &step.verb else { continue };
            let path = flow.places.item("steps", index);
            let list = self.members();
            let is_row = list.is_some_and(|list| list.all_rows().contains(&target.area()));
            let scrolls = list.is_some_and(|list| list.scroll.is_some());
            if flow.value.many.is_none() {
                let hint = "say for how many people at the most: many = 20; one row is ticked by `check` with `on = \"row\"`";
                self.error(flow, &path, "`tick` is for the rows of many people", hint);
            } else if !is_row {
                let hint = "name what is ticked in a row of the members: { tick = \"row.tick\", rows = \"{emails}\" }";
                self.error(flow, &path, format!("`{target}` is not in a row of the members"), hint);
            } else if rows.as_str() != "{emails}" {
                let hint = "write rows = \"{emails}\"";
                self.error(flow, &path, "only the rows of the people asked for can be ticked", hint);
            } else if flow.value.operations().iter().any(|operation| operation == "invite") {
                let hint = "fill them in: { fill = \"invite.emails\", value = \"{emails}\" }";
                self.error(flow, &path, "whoever is invited has no row to be ticked", hint);
            } else if scrolls {
                let hint = "do without `tick`: change one person after the other";
                let message = "the list draws only the rows in view, so nobody can tell which are ticked";
                self.error(flow, &path, message, hint);
            }
        }
    }

    /// After this step it is certain who all of them are.
    pub(super) fn proves_people(&self, flow: &Read<Recording>, step: &Step) -> bool {
        let is_all = match &step.verb {
            Verb::Prove { target, value } => self.is_other_list(target) && value.as_str() == "{emails}",
            Verb::Fill { target, value } => {
                invites(flow) && value.as_str() == "{emails}" && !self.is_searched(target)
            }
            Verb::Tick { rows, .. } => rows.as_str() == "{emails}",
            _ => false,
        };
        is_all && !step.optional
    }
}

/// The click is held against the address of each.
fn names_all(commit: &Step) -> bool {
    let is_all = |text: &Template| text.as_str() == "{emails}";
    matches!(&commit.verb, Verb::Click { mentions: Some(mentions), .. } if is_all(mentions))
}

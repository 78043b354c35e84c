//! The parts of a list as they are walked: one for a list that is shown at once, one for each tab, section or filter,
//! one for each role where the map says so (F8).

use std::collections::BTreeMap;

use super::flow::Flow;
use super::inputs::Inputs;
use super::stop::Stop;
use crate::engine::app::{App, List, Move, Part, Step, Target, Template, Verb};

/// One part of a list, for one role if it stands for each.
#[derive(Clone, Debug)]
pub(crate) struct Section<'a> {
    /// For messages: `part 2`, and nothing for a list without parts.
    pub(crate) name: Option<String>,
    /// Its kinds of row.
    pub(crate) rows: Vec<&'a str>,
    /// How to get from the list to it.
    pub(crate) open: Option<&'a Move>,
    /// Cells that all its rows have.
    pub(crate) is: BTreeMap<String, String>,
    /// Where the console says how many rows it has.
    pub(crate) count: Option<&'a Target>,
    /// Whether the total of the list counts its people.
    pub(crate) counted: bool,
    /// What opens it is not there as long as it is empty.
    pub(crate) optional: bool,
    /// What its placeholders stand for.
    pub(crate) inputs: Inputs,
}

impl<'a> Section<'a> {
    fn whole(list: &'a List, inputs: &Inputs) -> Self {
        Self {
            name: None,
            rows: list.rows.iter().map(String::as_str).collect(),
            open: None,
            is: BTreeMap::new(),
            count: None,
            counted: true,
            optional: false,
            inputs: inputs.clone(),
        }
    }

    /// `None`: something the part needs is not known, of a role say that has no such key.
    fn of(part: &'a Part, number: usize, list: &'a List, inputs: Inputs, app: &App) -> Option<Self> {
        if needed(part, app).iter().any(|names| !names.split('|').any(|name| inputs.get(name).is_some())) {
            return None;
        }
        let fill = |(column, value): (&String, &Template)| Some((column.clone(), inputs.fill(value).ok()?));
        let rows = if part.rows.is_empty() { &list.rows } else { &part.rows };
        Some(Self {
            name: Some(match opener(part.open.as_ref()) {
                Some(target) => format!("part {number} (\"{target}\")"),
                None => format!("part {number}"),
            }),
            rows: rows.iter().map(String::as_str).collect(),
            open: part.open.as_ref(),
            is: part.is.iter().filter_map(fill).collect(),
            count: part.count.as_ref(),
            counted: part.counted,
            optional: part.optional,
            inputs,
        })
    }

    /// Where a page of it stands, for messages: `page 2 of part 1`.
    pub(crate) fn place(&self, page: usize) -> String {
        match &self.name {
            Some(name) => format!("page {page} of {name}"),
            None => format!("page {page}"),
        }
    }
}

/// Every part of a list, in the order of the map. A role without a key that a part for each role needs has none.
pub(crate) fn sections<'a>(app: &'a App, list: &'a List, inputs: &Inputs) -> Vec<Section<'a>> {
    if list.parts.is_empty() {
        return vec![Section::whole(list, inputs)];
    }
    let of_part = |(index, part): (usize, &'a Part)| -> Vec<Section<'a>> {
        if !part.each_role {
            return Section::of(part, index + 1, list, inputs.clone(), app).into_iter().collect();
        }
        let roles = app.map.roles.iter();
        roles
            .filter_map(|role| Section::of(part, index + 1, list, inputs.clone().with_role(role), app))
            .map(|section| Section { name: section.inputs.get("role").or(section.name), ..section })
            .collect()
    };
    list.parts.iter().enumerate().flat_map(of_part).collect()
}

/// What stands between the braces of the placeholders that opening a part and its rows' cells need.
fn needed<'a>(part: &'a Part, app: &'a App) -> Vec<&'a str> {
    let mut needed: Vec<&str> = part.is.values().flat_map(Template::placeholders).collect();
    match &part.open {
        Some(Move::Address(address)) => needed.extend(address.placeholders()),
        Some(Move::Steps(steps)) => {
            for step in steps {
                needed.extend(step.verb.placeholders());
                let elements = step.verb.targets().into_iter().filter_map(|target| app.map.element(target));
                needed.extend(elements.flat_map(|element| element.placeholders()));
            }
        }
        None => {}
    }
    needed
}

/// What is clicked, or chosen in, to get to a part.
fn opener(open: Option<&Move>) -> Option<&Target> {
    let Some(Move::Steps(steps)) = open else { return None };
    let first = steps.iter().find(|step: &&Step| !matches!(step.verb, Verb::Open(_)));
    first?.verb.targets().first().copied()
}

impl Flow<'_> {
    /// Whether what opens a part is on the page. A part that may not be there is empty without it.
    pub(crate) async fn has_opener(&mut self, section: &Section<'_>) -> Result<bool, Stop> {
        let Some(target) = opener(section.open) else { return Ok(true) };
        let mut request = self.request("present");
        request["targets"] = serde_json::json!([target.as_str()]);
        let answer = self.ask("open a part of the list", request, std::time::Duration::from_secs(2)).await?;
        Ok(!answer.present.is_empty())
    }

    /// The move to a part. `false`: it was there already, as what leads to it said of itself.
    pub(crate) async fn open_section(&mut self, section: &Section<'_>) -> Result<Opened, Stop> {
        let name = section.name.as_deref().unwrap_or("the list");
        let doing = format!("open {name} of the list");
        match section.open {
            None => Ok(Opened::Shown),
            Some(Move::Address(address)) => {
                self.load(&doing, address).await?;
                Ok(Opened::NewDocument)
            }
            Some(Move::Steps(steps)) => {
                let Some((last, before)) = steps.split_last() else { return Ok(Opened::Shown) };
                self.make_steps(&doing, before).await?;
                if before.iter().all(|step| matches!(step.verb, Verb::Open(_)))
                    && self.is_chosen(&doing, last).await?
                {
                    return Ok(Opened::Shown);
                }
                self.make_steps(&doing, std::slice::from_ref(last)).await?;
                Ok(Opened::Changed)
            }
        }
    }
}

/// What opening a part came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// It is what the list shows at once.
    Shown,
    /// Another document shows it.
    NewDocument,
    /// The same document shows other rows from now on.
    Changed,
}

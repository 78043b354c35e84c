//! What was typed, chosen, ticked and proved before the commit, as it is held against the page once more at the click. The
//! script does that, in `page/held.js`.

use serde_json::{Value, json};

use super::flow::Flow;
use super::list::Reads;
use super::page::Answer;
use crate::engine::app::{List, Template};

impl Flow<'_> {
    /// Whom a value names, for as long as it is held: the addresses, and whether it tells the person at all.
    pub(super) fn told_by(&self, value: &Template, filled: &str) -> (Value, Value) {
        let is_address = ["{email}", "{emails}"].contains(&value.as_str().trim());
        let people = is_address.then(|| filled.lines().collect::<Vec<_>>());
        (json!(people), json!(is_address || value.names().iter().any(|name| name.starts_with("member."))))
    }

    /// What comes next may lead on to where what was filled before is no more.
    pub(super) fn leave_held(&mut self) {
        self.held.iter_mut().for_each(|held| held["is_left"] = json!(true));
    }

    /// What a list shows has to be so still at the commit, of those too whom it leaves out.
    pub(super) fn hold_list(&mut self, list: &List, name: &str, page: &Answer) {
        let row = |row: &super::page::RowSeen| {
            let cell = |column: &str| row.cells.get(column).cloned().flatten();
            json!([cell(&list.key).unwrap_or_default().to_ascii_lowercase(), cell("error")]).to_string()
        };
        let shows: Vec<String> = page.rows.iter().map(row).collect();
        let request = self.list_request(list, &Reads::all(list));
        let held = json!({ "target": name, "list": request["list"], "shows": shows, "people": self.people });
        self.held.push(held);
    }
}

//! Finding somebody by another column than the key: the column is there, and it is about somebody who is in the list.

use super::super::problem::{Hint, nearest};
use super::super::reader::Read;
use super::super::recording::{On, Recording};
use super::Check;

/// Whom these are about is in no list, or nobody.
const OF_NOBODY_LISTED: [&str; 5] = ["sign_in", "invite", "import", "seats", "export"];

impl Check<'_> {
    pub(super) fn by(&mut self, flow: &Read<Recording>) {
        let (Some(column), Some(list)) = (&flow.value.by, self.members()) else { return };
        if !matches!(flow.value.on, Some(On::Row | On::Person)) {
            let hint = "add `on = \"row\"` or `on = \"person\"`, or leave `by` out";
            return self.error(flow, "by", "`by` says how a row is found, and none is", hint);
        }
        // By then the first of two saves has put them into the list.
        let operations = if flow.value.is_second() { &[] } else { flow.value.operations() };
        if let Some(operation) = operations.iter().find(|does| OF_NOBODY_LISTED.contains(&does.as_str())) {
            let message = format!("`{operation}` is about nobody who is in the list");
            return self.error(flow, "by", message, "leave `by` out");
        }
        if *column == list.key {
            return self.error(flow, "by", format!("`{column}` is the key of the list"), "leave `by` out");
        }
        let kinds = list.all_rows().into_iter().filter_map(|row| self.areas().get(row));
        let columns: Vec<&str> = kinds.flat_map(|area| area.columns().map(|(name, _)| name)).collect();
        if !columns.contains(&column.as_str()) {
            let hint = match nearest(column, columns.iter().copied()) {
                Some(near) => Hint::meant(column, near),
                None => Hint::from(format!("the columns of the list: {}", columns.join(", "))).about(column),
            };
            return self.error(flow, "by", format!("no row has the column `{column}`"), hint);
        }
        let page = self.map.value.person.as_ref().map(|person| person.at.as_str());
        if flow.value.on == Some(On::Person)
            && let Some(page) = page
            && self.areas().get(page).is_some_and(|area| !area.elements.contains_key(column))
        {
            let hint = format!("add `{column} = {{ … }}` to [areas.{page}]: it tells there whose page it is");
            self.error(flow, "by", format!("`{page}` has no element `{column}`"), hint);
        }
    }
}

//! Roles and statuses: a word must not stand for two of them.

use super::super::map::RoleWords;
use super::super::problem::Hint;
use super::super::text::Text;
use super::Check;
use crate::domain::StatusMeaning;

impl<'a> Check<'a> {
    pub(super) fn words(&mut self) {
        for (index, role) in self.map.value.roles.iter().enumerate() {
            let path = self.map.places.item("roles", index);
            for other in &self.map.value.roles[..index] {
                self.two_roles(&path, other, role);
            }
        }
        self.statuses();
        self.constant_cells();
    }

    fn two_roles(&mut self, path: &str, other: &RoleWords, role: &RoleWords) {
        if other.role.id == role.role.id {
            let hint = "one entry a role; put all its words into one list";
            self.map_error(&format!("{path}.id"), format!("there are two roles `{}`", role.role.id), hint);
            return;
        }
        let clash = role.words.iter().find(|word| other.words.iter().any(|theirs| overlap(word, theirs)));
        if let Some(word) = clash {
            let message = format!("the word `{word}` is a word of the role `{}` too", other.role.id);
            let hint = Hint::from("a word must tell which role is meant").about(word.to_string());
            self.map_error(&format!("{path}.words"), message, hint);
        }
    }

    fn statuses(&mut self) {
        let statuses = &self.map.value.statuses;
        for (index, (word, _)) in statuses.iter().enumerate() {
            let is_same = |(other, _): &(Text, _)| match (word, other) {
                (Text::Exact(word), Text::Exact(_)) => other.matches(word.as_str()),
                _ => false,
            };
            if statuses[..index].iter().any(is_same) {
                let hint = "case does not matter; give one entry all meanings";
                self.map_error(
                    &format!("statuses.{word}"),
                    format!("the status `{word}` is there twice"),
                    hint,
                );
            }
        }
    }

    /// `is` of an area has to say something the map knows.
    fn constant_cells(&mut self) {
        for (name, area) in self.areas() {
            for (column, value) in &area.is {
                self.constant_cell(&format!("areas.{name}.is.{column}"), column, value);
            }
            if !area.is.is_empty() && !self.is_in_row(name) {
                let hint = "`is` gives cells to rows: name the area in `rows` of the list";
                self.map_error(
                    &format!("areas.{name}.is"),
                    format!("`is` in `{name}`, which is no row"),
                    hint,
                );
            }
        }
        for (index, part) in self.members().iter().flat_map(|list| &list.parts).enumerate() {
            let path = self.part_path("members", index);
            for (column, value) in part.is.iter().filter(|(_, value)| value.placeholders().is_empty()) {
                self.constant_cell(&format!("{path}.is.{column}"), column, value.as_str());
            }
        }
    }

    fn constant_cell(&mut self, path: &str, column: &str, value: &str) {
        let map = &self.map.value;
        match column {
            "role" | "roles" if map.role_of(value).is_none() && !map.has_role(value) => {
                let hint = "name the id of a role, or one of its words";
                self.map_error(path, format!("`{value}` is no role"), hint);
            }
            "status" if map.status_of(value).is_none() => {
                let hint = format!(
                    "a word of `statuses`, or one of {}",
                    StatusMeaning::ALL.map(StatusMeaning::as_str).join(", ")
                );
                self.map_error(path, format!("`{value}` is no status"), hint);
            }
            _ => {}
        }
    }
}

/// A text is known to match both.
fn overlap(one: &Text, other: &Text) -> bool {
    match (one, other) {
        (Text::Exact(word), text) | (text, Text::Exact(word)) => text.matches(word.as_str()),
        (one, other) => one == other,
    }
}

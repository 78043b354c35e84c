//! A row of a list as displayed, in the words of the domain. What the map does not know stays unknown, and nothing is
//! decided on it.

use std::collections::{BTreeMap, BTreeSet};

use super::page::RowSeen;
use crate::domain::email::Email;
use crate::domain::member::{Member, RoleId, Status};
use crate::engine::app::{App, Map};

/// A row as a member, and the column in which it contradicts what all rows of its part are (F8). `is` gives the cells
/// that they have without showing them.
pub(crate) fn member_of(row: &RowSeen, is: &BTreeMap<String, String>, app: &App) -> (Member, Option<String>) {
    let kind = app.map.areas.get(&row.area);
    let constants: BTreeMap<String, String> = kind
        .iter()
        .flat_map(|area| &area.is)
        .chain(is)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let read: BTreeMap<String, String> =
        row.cells.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?))).collect();
    let at_odds = constants.iter().find(|(column, value)| {
        read.get(*column).is_some_and(|cell| !is_same(column, cell, value, &app.map))
    });
    let at_odds = at_odds.map(|(column, _)| column.clone());
    let mut cells = constants;
    cells.extend(read);
    let split = |column: &str| {
        let element = kind.and_then(|area| area.elements.get(column));
        element.and_then(|element| element.split.clone())
    };
    let roles = ["roles", "role"].into_iter().find_map(|column| Some((column, cells.get(column)?)));
    let roles = roles.and_then(|(column, text)| roles_of(text, split(column).as_deref(), &app.map));
    let status =
        cells.get("status").and_then(|word| app.map.status_of(word)).map(|means| Status(means.clone()));
    let email = cells.get("email").and_then(|text| Email::parse(text).ok());
    (Member { email, name: cells.get("name").cloned(), roles, status, invited_for: None, cells }, at_odds)
}

/// Every role of a cell; one word the map does not know makes the whole set unknown.
fn roles_of(text: &str, split: Option<&str>, map: &Map) -> Option<BTreeSet<RoleId>> {
    let words: Vec<&str> = match split {
        Some(split) => text.split(split).map(str::trim).filter(|word| !word.is_empty()).collect(),
        None => vec![text],
    };
    words.into_iter().map(|word| role_of(word, map)).collect()
}

/// By the console's word, or by its id, as in `is`.
fn role_of(word: &str, map: &Map) -> Option<RoleId> {
    let by_id = || map.roles.iter().find(|known| known.role.id.as_str() == word);
    map.role_of(word).or_else(by_id).map(|known| known.role.id.clone())
}

/// What a person's own page shows, in the columns of which their row says nothing (F23).
pub(crate) fn complete(member: &mut Member, page: BTreeMap<String, Option<String>>, app: &App) {
    let kind = app.map.person.as_ref().and_then(|person| app.map.areas.get(&person.at));
    for (column, value) in page {
        let Some(value) = value.filter(|_| !member.cells.contains_key(&column)) else { continue };
        match column.as_str() {
            "role" | "roles" => {
                let split = kind
                    .and_then(|area| area.elements.get(&column))
                    .and_then(|element| element.split.as_deref());
                member.roles = roles_of(&value, split, &app.map);
            }
            "status" => member.status = app.map.status_of(&value).map(|means| Status(means.clone())),
            "name" => member.name = Some(value.clone()),
            _ => {}
        }
        member.cells.insert(column, value);
    }
}

fn is_same(column: &str, one: &str, other: &str, map: &Map) -> bool {
    let same_text = one.trim().eq_ignore_ascii_case(other.trim());
    match column {
        "role" | "roles" => {
            same_text || role_of(one, map).is_some_and(|role| Some(role) == role_of(other, map))
        }
        "status" => same_text || map.status_of(one).is_some_and(|means| Some(means) == map.status_of(other)),
        _ => same_text,
    }
}

/// The same person in two parts of a list is one: roles are a set, all else is equal or missing in one of them (F8).
/// Gives the column in which they contradict each other.
pub(crate) fn join(member: &mut Member, other: Member) -> Option<String> {
    let says_roles =
        |cells: &BTreeMap<String, String>| ["role", "roles"].iter().any(|column| cells.contains_key(*column));
    member.roles = match (says_roles(&member.cells), says_roles(&other.cells)) {
        (true, true) => member.roles.take().zip(other.roles).map(|(roles, more)| &roles | &more),
        (true, false) => member.roles.take(),
        (false, _) => other.roles,
    };
    member.name = member.name.take().or(other.name);
    member.status = member.status.take().or(other.status);
    let mut at_odds = None;
    for (column, value) in other.cells {
        match member.cells.get_mut(&column) {
            Some(known) if *known == value => {}
            Some(known) if column == "role" || column == "roles" => *known = format!("{known}, {value}"),
            Some(_) => at_odds = Some(column),
            None => drop(member.cells.insert(column, value)),
        }
    }
    at_odds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::app::Apps;

    fn app() -> App {
        Apps::builtin().load("coassemble", "members-2026-03").unwrap()
    }

    fn row(cells: &[(&str, &str)]) -> RowSeen {
        let cells = cells.iter().map(|(column, value)| ((*column).to_owned(), Some((*value).to_owned())));
        RowSeen { area: "row".to_owned(), cells: cells.collect() }
    }

    fn is(cells: &[(&str, &str)]) -> BTreeMap<String, String> {
        cells.iter().map(|(column, value)| ((*column).to_owned(), (*value).to_owned())).collect()
    }

    fn roles(member: &Member) -> Option<Vec<&str>> {
        member.roles.as_ref().map(|roles| roles.iter().map(RoleId::as_str).collect())
    }

    #[test]
    fn a_part_gives_what_its_rows_do_not_show() {
        let app = app();
        let seen = row(&[("email", "Ann@acme.example")]);
        let (member, at_odds) = member_of(&seen, &is(&[("role", "author"), ("status", "Pending")]), &app);
        assert_eq!((roles(&member), at_odds), (Some(vec!["author"]), None));
        assert!(member.is_only(&[crate::domain::StatusMeaning::Invited]));
        // What is shown wins, and a contradiction is told. The same meaning in another word is none.
        let shown = row(&[("email", "ann@acme.example"), ("role", "Admin"), ("status", "Invited")]);
        let (member, at_odds) = member_of(&shown, &is(&[("role", "author"), ("status", "Pending")]), &app);
        assert_eq!((roles(&member), at_odds.as_deref()), (Some(vec!["admin"]), Some("role")));
    }

    #[test]
    fn somebody_in_two_parts_is_one_person() {
        let app = app();
        let seen = row(&[("email", "ann@acme.example"), ("name", "Ann")]);
        let in_part = |role: &str| member_of(&seen, &is(&[("role", role)]), &app).0;
        let mut ann = in_part("author");
        assert_eq!(join(&mut ann, in_part("learner")), None);
        assert_eq!(roles(&ann), Some(vec!["author", "learner"]));
        // A part without a word on roles takes nothing away; one with an unknown word makes all unknown.
        let without = member_of(&seen, &is(&[]), &app).0;
        assert_eq!(join(&mut ann, without), None);
        assert_eq!(roles(&ann), Some(vec!["author", "learner"]));
        assert_eq!(join(&mut ann, in_part("king")), None);
        assert_eq!(roles(&ann), None);
        let other = row(&[("email", "ann@acme.example"), ("name", "Anna")]);
        assert_eq!(join(&mut ann, member_of(&other, &is(&[]), &app).0).as_deref(), Some("name"));
    }
}

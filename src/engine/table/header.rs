//! Which column of a table holds what, told from its first line.

use std::collections::BTreeMap;

use super::cells::{Record, records};
use super::findings::{Finding, shown};
use crate::domain::Email;

/// What may stand between two cells, the usual one first.
const DELIMITERS: [char; 3] = [',', ';', '\t'];

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Email,
    Role,
    Name,
    FirstName,
    LastName,
    /// Whether somebody shall have access.
    State,
    /// The address before this one.
    PreviousEmail,
}

/// The names of columns, in lower case and without anything but letters and digits.
pub(super) type Names = [(&'static str, Column)];

/// Those of a table of people to be invited.
pub(super) const OF_PEOPLE: [(&str, Column); 11] = [
    ("email", Column::Email),
    ("emailaddress", Column::Email),
    ("mail", Column::Email),
    ("role", Column::Role),
    ("access", Column::Role),
    ("name", Column::Name),
    ("fullname", Column::Name),
    ("firstname", Column::FirstName),
    ("givenname", Column::FirstName),
    ("lastname", Column::LastName),
    ("familyname", Column::LastName),
];

/// Those of a roster, as personnel systems and directories export them.
pub(super) const OF_ROSTER: [(&str, Column); 35] = [
    ("email", Column::Email),
    ("emailaddress", Column::Email),
    ("mail", Column::Email),
    ("workemail", Column::Email),
    ("primaryemail", Column::Email),
    ("businessemail", Column::Email),
    ("companyemail", Column::Email),
    ("userprincipalname", Column::Email),
    ("username", Column::Email),
    ("role", Column::Role),
    ("access", Column::Role),
    ("permission", Column::Role),
    ("name", Column::Name),
    ("fullname", Column::Name),
    ("displayname", Column::Name),
    ("employeename", Column::Name),
    ("firstname", Column::FirstName),
    ("givenname", Column::FirstName),
    ("lastname", Column::LastName),
    ("familyname", Column::LastName),
    ("surname", Column::LastName),
    ("state", Column::State),
    ("status", Column::State),
    ("active", Column::State),
    ("enabled", Column::State),
    ("accountenabled", Column::State),
    ("accountstatus", Column::State),
    ("employmentstatus", Column::State),
    ("employeestatus", Column::State),
    ("previousemail", Column::PreviousEmail),
    ("previousemailaddress", Column::PreviousEmail),
    ("formeremail", Column::PreviousEmail),
    ("oldemail", Column::PreviousEmail),
    ("oldemailaddress", Column::PreviousEmail),
    ("lastemail", Column::PreviousEmail),
];

/// The first line, understood.
#[derive(Debug)]
pub(super) struct Header {
    /// Where it is.
    pub(super) line: usize,
    pub(super) delimiter: char,
    /// Every column as it is written, trimmed.
    titles: Vec<String>,
    places: BTreeMap<Column, usize>,
}

impl Header {
    /// Reads the first line that is not empty; `None` if there is none. Findings that make it useless, and notes, are
    /// added to those given.
    pub(super) fn read(
        text: &str,
        names: &Names,
        errors: &mut Vec<Finding>,
        notes: &mut Vec<Finding>,
    ) -> Option<Self> {
        let (delimiter, record) = first_record(text, names)?;
        let titles: Vec<String> = record.cells.iter().map(|cell| cell.text.trim().to_owned()).collect();
        let mut header = Self { line: record.line, delimiter, titles, places: BTreeMap::new() };
        let mut unknown = Vec::new();
        for (place, title) in header.titles.iter().enumerate() {
            let Some(column) = column_of(title, names) else {
                unknown.push(title);
                continue;
            };
            match header.places.get(&column) {
                None => drop(header.places.insert(column, place)),
                Some(first) => errors.push(twice(header.line, &header.titles[*first], title)),
            }
        }
        if record.fault.is_some() {
            let hint = "a quote within a cell is written twice, and the cell stands in quotes";
            errors.push(Finding::of_line(header.line, "the quotes of the first line do not match", hint));
        } else if !header.has(Column::Email) {
            errors.push(header.no_addresses());
        }
        notes.extend(ignored(header.line, &unknown));
        Some(header)
    }

    /// There is a column of this.
    pub(super) fn has(&self, column: Column) -> bool {
        self.places.contains_key(&column)
    }

    /// The place of a column, and its name as it is written.
    pub(super) fn place(&self, column: Column) -> Option<(usize, &str)> {
        self.places.get(&column).map(|place| (*place, self.titles[*place].as_str()))
    }

    /// How many columns there are.
    pub(super) fn width(&self) -> usize {
        self.titles.len()
    }

    /// The name of a column for people, also of one that has none.
    pub(super) fn title(&self, place: usize) -> String {
        match self.titles.get(place).filter(|title| !title.is_empty()) {
            Some(title) => title.clone(),
            None => format!("column {}", place + 1),
        }
    }

    fn no_addresses(&self) -> Finding {
        if self.titles.iter().any(|title| Email::parse(title).is_ok()) {
            let hint = "put a line with the names of the columns first: email,role,name";
            return Finding::of_line(self.line, "the first line is somebody, not the names of columns", hint);
        }
        let titles: Vec<String> =
            self.titles.iter().filter(|title| !title.is_empty()).map(|title| shown(title)).collect();
        let what = format!("no column holds addresses; there are: {}", titles.join(", "));
        Finding::of_line(self.line, what, "name the column `email` (or e-mail, email address, mail)")
    }
}

/// The first record that says something, split by what makes the most sense of it.
fn first_record(text: &str, names: &Names) -> Option<(char, Record)> {
    let first = |delimiter| Some((delimiter, records(text, delimiter).find(says_something)?));
    // Of equals the last counts: the usual one.
    DELIMITERS.into_iter().rev().filter_map(first).max_by_key(|(_, record)| {
        let known = record.cells.iter().filter(|cell| column_of(&cell.text, names).is_some()).count();
        (known, record.cells.len())
    })
}

/// A line of nothing but commas is empty, even while it is read as one with semicolons.
fn says_something(record: &Record) -> bool {
    let is_empty = |c: char| c.is_whitespace() || DELIMITERS.contains(&c);
    record.fault.is_some() || !record.cells.iter().all(|cell| cell.text.chars().all(is_empty))
}

/// What a column of this title holds.
pub(super) fn column_of(title: &str, names: &Names) -> Option<Column> {
    let plain: String = title.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    names.iter().find(|(name, _)| *name == plain).map(|(_, column)| *column)
}

fn twice(line: usize, first: &str, second: &str) -> Finding {
    let what = format!("{} and {} mean the same column", shown(first), shown(second));
    Finding::of_line(line, what, "take one of them out, or give it a name of its own")
}

fn ignored(line: usize, unknown: &[&String]) -> Option<Finding> {
    let named: Vec<String> =
        unknown.iter().filter(|title| !title.is_empty()).map(|title| shown(title)).collect();
    let columns = if named.len() == 1 { "column" } else { "columns" };
    let what = format!("not used: {columns} {}", named.join(", "));
    (!named.is_empty()).then_some(Finding { line, column: None, what, hint: None })
}

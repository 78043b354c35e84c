//! [`PeopleFile`]: a CSV file with people to be invited, read with everything that is wrong with it at once.
//!
//! The first line names the columns, in any order and case: `email` (e-mail, email address, mail), `role` (access),
//! `name` (full name), or `first name` and `last name`, which are joined. Others are not looked at, and named once.
//! The cells stand between commas, semicolons or tabs, as the first line has them. The text is UTF-8, with a byte order
//! mark or without. Empty lines, and rows with nothing in them, are skipped.
//!
//! A file with a single mistake is not used at all: half a list is not what somebody meant.

use std::collections::HashMap;

use super::cells::{Cell, Fault, Record, records};
use super::encoding;
use super::findings::{Finding, Findings, shown};
use super::header::{Column, Header};
use super::writer::unguarded;
use crate::domain::{Email, EmailError, RoleId};

/// The most people in a file. More are a mistake about the file, and no console takes them in one go.
pub const MOST_ROWS: usize = 10_000;

/// Everybody in a file, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleFile {
    /// At least one; no address twice.
    pub people: Vec<PersonRow>,
    /// What is only to be known: columns that are not used.
    pub notes: Vec<Finding>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// Where it begins in the file, counted from 1.
    pub line: usize,
    /// The address, normalised.
    pub email: Email,
    /// The role, the file's own or the one given for all.
    pub role: RoleId,
    /// The name; runs of white space, line breaks among them, are one space.
    pub name: Option<String>,
}

/// The roles a file may name.
pub struct Roles<'a> {
    /// The role a word stands for; `None` if it is no role.
    pub of: &'a dyn Fn(&str) -> Option<RoleId>,
    /// The names there are, for hints.
    pub known: &'a [&'a str],
    /// The role of rows without one.
    pub default: Option<RoleId>,
}

impl PeopleFile {
    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// A file that is no UTF-8 text or has no column with addresses: that alone, for nothing else can be told then.
    /// Else all at once: a column named twice, too many rows, nobody, rows with too many or too few cells, quotes that do
    /// not match, control characters, missing or wrong addresses, addresses named twice, missing or unknown roles.
    pub fn read(bytes: &[u8], roles: &Roles<'_>) -> Result<Self, Findings> {
        let mut reader = Reader { roles, seen: HashMap::new(), people: Vec::new(), errors: Vec::new() };
        let mut notes = Vec::new();
        match encoding::text(bytes) {
            Err(finding) => reader.errors.push(finding),
            Ok(text) => reader.file(text, &mut notes),
        }
        let Reader { people, errors, .. } = reader;
        if errors.is_empty() { Ok(Self { people, notes }) } else { Err(Findings { errors, notes }) }
    }
}

struct Reader<'a> {
    roles: &'a Roles<'a>,
    /// The line each address was first seen in.
    seen: HashMap<Email, usize>,
    people: Vec<PersonRow>,
    errors: Vec<Finding>,
}

impl Reader<'_> {
    fn file(&mut self, text: &str, notes: &mut Vec<Finding>) {
        let Some(header) = Header::read(text, &mut self.errors, notes) else {
            let hint = "put a line with the names of the columns first: email,role,name";
            return self.errors.push(Finding::of_file("the file is empty", hint));
        };
        if !header.has(Column::Email) {
            return;
        }
        if !header.has(Column::Role) && self.roles.default.is_none() {
            let hint = format!("add a column `role`, or give one role for all: {}", self.known());
            self.errors.push(Finding::of_line(header.line, "no column holds roles", hint));
        }
        let is_row = |record: &Record| record.line > header.line && !record.is_blank();
        let mut count = 0;
        for record in records(text, header.delimiter).filter(is_row) {
            count += 1;
            if count > MOST_ROWS {
                let what = format!("more than {MOST_ROWS} people; the rest was not read");
                return self.errors.push(Finding::of_line(record.line, what, "make it several files"));
            }
            self.row(&header, &record);
        }
        if count == 0 && self.errors.is_empty() {
            let what = "nobody is in it: the names of the columns, and no rows";
            self.errors.push(Finding::of_line(header.line, what, "add a row for each person"));
        }
    }

    fn row(&mut self, header: &Header, record: &Record) {
        if let Some(fault) = record.fault {
            return self.errors.push(quotes(header, record, fault));
        }
        if record.cells.len() != header.width() {
            return self.errors.push(ragged(header, record));
        }
        let before = self.errors.len();
        let email = self.email(header, record);
        let role = self.role(header, record);
        let name = self.name(header, record);
        if let (Some(email), Some(role)) = (email, role)
            && self.errors.len() == before
        {
            self.people.push(PersonRow { line: record.line, email, role, name });
        }
    }

    fn email(&mut self, header: &Header, record: &Record) -> Option<Email> {
        let (place, title) = header.place(Column::Email)?;
        let text = self.cell(title, &record.cells[place])?;
        let line = record.cells[place].line;
        let email = match Email::parse(&text) {
            Ok(email) => email,
            Err(error) => {
                let hint = hint_for(&text, &error);
                self.errors.push(Finding::of_cell(line, title, error.to_string(), hint));
                return None;
            }
        };
        if let Some(first) = self.seen.get(&email) {
            let what = format!("{email} is in line {first} too");
            self.errors.push(Finding::of_cell(line, title, what, Some("keep one of the two".to_owned())));
            return None;
        }
        self.seen.insert(email.clone(), line);
        Some(email)
    }

    /// The role of the row; that there is no column for it has been said once.
    fn role(&mut self, header: &Header, record: &Record) -> Option<RoleId> {
        let Some((place, title)) = header.place(Column::Role) else { return self.roles.default.clone() };
        let word = self.cell(title, &record.cells[place])?;
        let word = word.trim();
        let role = if word.is_empty() { self.roles.default.clone() } else { (self.roles.of)(word) };
        if role.is_none() {
            let what =
                if word.is_empty() { "no role".to_owned() } else { format!("{} is no role", shown(word)) };
            let hint = format!("use one of: {}", self.known());
            self.errors.push(Finding::of_cell(record.cells[place].line, title, what, Some(hint)));
        }
        role
    }

    /// The name, else first and last name; what is empty counts as not given.
    fn name(&mut self, header: &Header, record: &Record) -> Option<String> {
        let mut part = |column| {
            let (place, title) = header.place(column)?;
            let text = self.cell(title, &record.cells[place])?;
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            (!text.is_empty()).then_some(text)
        };
        let [name, first, last] = [Column::Name, Column::FirstName, Column::LastName].map(&mut part);
        let joined = || match (first, last) {
            (Some(first), Some(last)) => Some(format!("{first} {last}")),
            (first, last) => first.or(last),
        };
        name.or_else(joined)
    }

    /// The text of a cell, unless there is something in it that nobody writes.
    fn cell(&mut self, title: &str, cell: &Cell) -> Option<String> {
        let text = unguarded(&cell.text);
        let odd = text.chars().find(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\n'));
        if let Some(odd) = odd {
            let what = format!("a control character is in it, U+{:04X}", u32::from(odd));
            let hint = Some("write the cell anew: the file may be damaged".to_owned());
            self.errors.push(Finding::of_cell(cell.line, title, what, hint));
            return None;
        }
        Some(text.to_owned())
    }

    fn known(&self) -> String {
        self.roles.known.join(", ")
    }
}

fn quotes(header: &Header, record: &Record, fault: Fault) -> Finding {
    let (place, what) = match fault {
        Fault::Unclosed(place) => (place, "a quote opens here and never closes; the rest was not read"),
        Fault::TextBehindQuote(place) => (place, "something stands behind the closing quote"),
    };
    let hint = "a quote within a cell is written twice, and the cell stands in quotes".to_owned();
    Finding::of_cell(record.cells[place].line, &header.title(place), what, Some(hint))
}

fn ragged(header: &Header, record: &Record) -> Finding {
    let (cells, columns) = (record.cells.len(), header.width());
    let what = format!(
        "{}, and the first line names {}",
        count(cells, "cell", "cells"),
        count(columns, "column", "columns")
    );
    let delimiter = match header.delimiter {
        ';' => "semicolon",
        '\t' => "tab",
        _ => "comma",
    };
    let hint = if cells > columns {
        format!("a cell with a {delimiter} in it stands in quotes")
    } else {
        format!("what is left empty has its {delimiter} all the same")
    };
    Finding::of_line(record.line, what, hint)
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn hint_for(text: &str, error: &EmailError) -> Option<String> {
    let hint = match error {
        EmailError::Empty => "every row needs an address",
        _ if text.contains(['<', '>', ',', ';', ' ', '\n']) => "write one address, and nothing else",
        _ => return None,
    };
    Some(hint.to_owned())
}

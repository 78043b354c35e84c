//! [`PeopleFile`]: a CSV file with people to be invited, read with everything that is wrong with it at once.
//!
//! The first line names the columns, in any order and case: `email` (e-mail, email address, mail), `role` (access),
//! `name` (full name), or `first name` and `last name`, which are joined. Others are not looked at, and named once.
//! The cells stand between commas, semicolons or tabs, as the first line has them. The text is UTF-8, with a byte order
//! mark or without. Empty lines, and rows with nothing in them, are skipped.
//!
//! A file with a single mistake is not used at all: half a list is not what somebody meant.

use std::collections::HashMap;

use super::cells::Record;
use super::findings::{Finding, Findings, shown};
use super::header::{Column, Header, OF_PEOPLE};
use super::rows::Rows;
use crate::domain::{Email, RoleId};

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
        let mut rows = Rows::of_at_most(MOST_ROWS, "make it several files");
        let mut reader = Reader { roles, seen: HashMap::new(), people: Vec::new() };
        let begin = |rows: &mut Rows, header: &Header| {
            if !header.has(Column::Role) && roles.default.is_none() {
                let hint =
                    format!("add a column `role`, or give one role for all: {}", roles.known.join(", "));
                rows.errors.push(Finding::of_line(header.line, "no column holds roles", hint));
            }
        };
        rows.read(bytes, &OF_PEOPLE, "email,role,name", begin, |rows, header, record| {
            reader.row(rows, header, record);
        });
        rows.end(|notes| Self { people: reader.people, notes })
    }
}

struct Reader<'a> {
    roles: &'a Roles<'a>,
    /// The line each address was first seen in.
    seen: HashMap<Email, usize>,
    people: Vec<PersonRow>,
}

impl Reader<'_> {
    fn row(&mut self, rows: &mut Rows, header: &Header, record: &Record) {
        let before = rows.errors.len();
        let email = self.email(rows, header, record);
        let role = self.role(rows, header, record);
        let name = rows.name(header, record);
        if let (Some(email), Some(role)) = (email, role)
            && rows.errors.len() == before
        {
            self.people.push(PersonRow { line: record.line, email, role, name });
        }
    }

    fn email(&mut self, rows: &mut Rows, header: &Header, record: &Record) -> Option<Email> {
        let (place, title) = header.place(Column::Email)?;
        let email = rows.email(header, record, Column::Email)?;
        if let Some(first) = self.seen.get(&email) {
            let what = format!("{email} is in line {first} too");
            rows.wrong(record, place, title, what, Some("keep one of the two".to_owned()));
            return None;
        }
        self.seen.insert(email.clone(), record.cells[place].line);
        Some(email)
    }

    /// The role of the row; that there is no column for it has been said once.
    fn role(&self, rows: &mut Rows, header: &Header, record: &Record) -> Option<RoleId> {
        let Some((place, title)) = header.place(Column::Role) else { return self.roles.default.clone() };
        let word = rows.cell(title, &record.cells[place])?;
        let word = word.trim();
        let role = if word.is_empty() { self.roles.default.clone() } else { (self.roles.of)(word) };
        if role.is_none() {
            let what =
                if word.is_empty() { "no role".to_owned() } else { format!("{} is no role", shown(word)) };
            rows.wrong(record, place, title, what, Some(self.roles.hint()));
        }
        role
    }
}

impl Roles<'_> {
    /// What to write instead of a word that is no role.
    pub(super) fn hint(&self) -> String {
        format!("use one of: {}", self.known.join(", "))
    }
}

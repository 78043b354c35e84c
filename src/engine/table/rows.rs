//! Goes through the rows of a table of people, and reads their cells; what is wrong is collected.

use super::cells::{Cell, Fault, Record, records};
use super::encoding;
use super::findings::{Finding, Findings};
use super::header::{Column, Header, Names};
use super::writer::unguarded;
use crate::domain::{Email, EmailError};

/// What is wrong with a table so far.
pub(super) struct Rows {
    most: usize,
    too_many: &'static str,
    pub(super) errors: Vec<Finding>,
    pub(super) notes: Vec<Finding>,
}

impl Rows {
    /// No more than so many, and what to do where there are.
    pub(super) fn of_at_most(most: usize, too_many: &'static str) -> Self {
        Self { most, too_many, errors: Vec::new(), notes: Vec::new() }
    }

    /// Calls `row` for each row that can be taken apart. `begin` looks at the first line, and says whether to go on.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        names: &Names,
        columns: &str,
        begin: impl FnOnce(&mut Self, &Header),
        mut row: impl FnMut(&mut Self, &Header, &Record),
    ) {
        let text = match encoding::text(bytes) {
            Ok(text) => text,
            Err(finding) => return self.errors.push(finding),
        };
        let Some(header) = Header::read(text, names, &mut self.errors, &mut self.notes) else {
            let hint = format!("put a line with the names of the columns first: {columns}");
            return self.errors.push(Finding::of_file("the file is empty", hint));
        };
        if !header.has(Column::Email) {
            return;
        }
        begin(self, &header);
        let is_row = |record: &Record| record.line > header.line && !record.is_blank();
        let mut count = 0;
        for record in records(text, header.delimiter).filter(is_row) {
            count += 1;
            if count > self.most {
                let what = format!("more than {} people; the rest was not read", self.most);
                return self.errors.push(Finding::of_line(record.line, what, self.too_many));
            }
            if let Some(fault) = record.fault {
                self.errors.push(quotes(&header, &record, fault));
            } else if record.cells.len() != header.width() {
                self.errors.push(ragged(&header, &record));
            } else {
                row(self, &header, &record);
            }
        }
        if count == 0 && self.errors.is_empty() {
            let what = "nobody is in it: the names of the columns, and no rows";
            self.errors.push(Finding::of_line(header.line, what, "add a row for each person"));
        }
    }

    /// What was read, unless something is wrong.
    pub(super) fn end<T>(self, read: impl FnOnce(Vec<Finding>) -> T) -> Result<T, Findings> {
        let Self { errors, notes, .. } = self;
        if errors.is_empty() { Ok(read(notes)) } else { Err(Findings { errors, notes }) }
    }

    /// The address in a column, which has to be one.
    pub(super) fn email(&mut self, header: &Header, record: &Record, column: Column) -> Option<Email> {
        let (place, title) = header.place(column)?;
        let text = self.cell(title, &record.cells[place])?;
        match Email::parse(&text) {
            Ok(email) => Some(email),
            Err(error) => {
                let hint = hint_for(&text, &error);
                self.wrong(record, place, title, error.to_string(), hint);
                None
            }
        }
    }

    /// The name, else first and last name; what is empty counts as not given.
    pub(super) fn name(&mut self, header: &Header, record: &Record) -> Option<String> {
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
    pub(super) fn cell(&mut self, title: &str, cell: &Cell) -> Option<String> {
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

    /// Something is wrong with a cell.
    pub(super) fn wrong(
        &mut self,
        record: &Record,
        place: usize,
        title: &str,
        what: String,
        hint: Option<String>,
    ) {
        self.errors.push(Finding::of_cell(record.cells[place].line, title, what, hint));
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

pub(super) fn hint_for(text: &str, error: &EmailError) -> Option<String> {
    let hint = match error {
        EmailError::Empty => "every row needs an address",
        _ if text.contains(['<', '>', ',', ';', ' ', '\n']) => "write one address, and nothing else",
        _ => return None,
    };
    Some(hint.to_owned())
}

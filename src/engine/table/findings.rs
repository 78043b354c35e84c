//! [`Finding`]: one thing about a table, with its place and what to do about it.

use std::fmt;

/// Characters of a cell that a finding shows.
const SHOWN: usize = 80;

/// One thing found in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The line of the file, counted from 1; 0 when it is the file itself.
    pub line: usize,
    /// The column, as the header names it.
    pub column: Option<String>,
    /// What it is.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Why a table of people is not used: everything found in it, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read the people: {}", count(.errors.len()))]
pub struct Findings {
    /// What has to be mended; at least one.
    pub errors: Vec<Finding>,
    /// What is only to be known, as in [`PeopleFile::notes`](super::PeopleFile::notes).
    pub notes: Vec<Finding>,
}

fn count(errors: usize) -> String {
    if errors == 1 { "1 mistake in the file".to_owned() } else { format!("{errors} mistakes in the file") }
}

impl Finding {
    /// About the file as a whole.
    pub(super) fn of_file(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { line: 0, column: None, what: what.into(), hint: Some(hint.into()) }
    }

    /// About a line.
    pub(super) fn of_line(line: usize, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { line, column: None, what: what.into(), hint: Some(hint.into()) }
    }

    /// About a cell.
    pub(super) fn of_cell(line: usize, column: &str, what: impl Into<String>, hint: Option<String>) -> Self {
        Self { line, column: Some(column.to_owned()), what: what.into(), hint }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, &self.column) {
            (0, _) => {}
            (line, None) => write!(f, "line {line}: ")?,
            (line, Some(column)) => write!(f, "line {line}, {}: ", shown(column))?,
        }
        f.write_str(&self.what)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// A text of the file within a message: in quotes, control characters escaped, and not endless.
pub(super) fn shown(text: &str) -> String {
    let mut start: String = text.chars().take(SHOWN).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    format!("{start:?}")
}

//! Tables written as CSV: RFC 4180 with a comma, in UTF-8 without a byte order mark, a line feed at the end of each row.
//!
//! Names come from strangers, and spreadsheets take a cell that begins with `=`, `+`, `-` or `@` for a formula, which
//! may send the whole sheet away (OWASP: CSV injection). So:
//!
//! - such a cell gets an apostrophe before it, and so does one where only white space or apostrophes come before the
//!   sign, or where the sign is one of full width. [`unguarded`] takes it away again, exactly; a file that is read
//!   ([`people_file`](super::people_file)) loses it in its cells;
//! - every control character becomes a space, tab and line breaks too: a row is one line. So does U+2028 and U+2029.
//!
//! Quotes alone would not do: spreadsheets take them away first. What stands in a cell exactly, JSON tells.

use super::people_file::PersonRow;
use crate::domain::Outcome;

/// What makes a cell a formula.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// The columns of [`results`].
pub const RESULT_COLUMNS: [&str; 7] = ["line", "email", "role", "name", "outcome", "reason", "detail"];

/// A table with its header.
#[must_use]
pub fn table<C: AsRef<str>>(header: &[C], rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    push_row(&mut text, header.iter().map(AsRef::as_ref));
    for row in rows {
        push_row(&mut text, row.iter().map(String::as_str));
    }
    text
}

/// A table for another program, as it stands: nothing is guarded against spreadsheets, and only control characters are
/// lost. Not for files that people open.
#[must_use]
pub fn plain<C: AsRef<str>>(header: &[C], rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    let all = std::iter::once(header.iter().map(|cell| cell.as_ref().to_owned()).collect())
        .chain(rows.iter().cloned());
    for row in all {
        let cells: Vec<String> = row.iter().map(|cell| in_one_line(cell)).collect();
        push_cells(&mut text, cells.iter().map(String::as_str));
    }
    text
}

/// What became of the people of a file: a row for each that is given, in the same order.
#[must_use]
pub fn results<'a>(people: impl IntoIterator<Item = (&'a PersonRow, &'a Outcome)>) -> String {
    let rows: Vec<Vec<String>> =
        people.into_iter().map(|(person, outcome)| result(person, outcome)).collect();
    table(&RESULT_COLUMNS, &rows)
}

fn result(person: &PersonRow, outcome: &Outcome) -> Vec<String> {
    vec![
        person.line.to_string(),
        person.email.to_string(),
        person.role.to_string(),
        person.name.clone().unwrap_or_default(),
        outcome.kind.to_string(),
        outcome.reason.map(|reason| reason.to_string()).unwrap_or_default(),
        outcome.detail.clone().unwrap_or_default(),
    ]
}

/// The text of a cell without the apostrophe that kept it from being a formula; other texts as they are.
#[must_use]
pub fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(text)
}

/// With an apostrophe, if a spreadsheet would take it for a formula now or once somebody took white space away.
fn guarded(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// Apostrophes are looked through, so that of two cells that differ by one both are told from each other.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches(|c: char| c == '\'' || c.is_whitespace()).starts_with(FORMULA)
}

fn push_row<'a>(text: &mut String, cells: impl ExactSizeIterator<Item = &'a str>) {
    let cells: Vec<String> = cells.map(|cell| guarded(&in_one_line(cell))).collect();
    push_cells(text, cells.iter().map(String::as_str));
}

fn push_cells<'a>(text: &mut String, cells: impl ExactSizeIterator<Item = &'a str>) {
    let alone = cells.len() == 1;
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            text.push(',');
        }
        // An empty cell that is alone would be an empty line, which is no row.
        if cell.contains([',', '"']) || cell.trim() != cell || (alone && cell.is_empty()) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push('\n');
}

fn in_one_line(cell: &str) -> String {
    let is_odd = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    cell.chars().map(|c| if is_odd(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Email, Reason, RoleId};

    #[track_caller]
    fn check(cell: &str, expected: &str) {
        assert_eq!(
            table(&["x", "y"], &[vec![cell.to_owned(), String::new()]]),
            format!("x,y\n{expected},\n")
        );
    }

    #[test]
    fn a_cell_is_quoted_where_it_has_to_be() {
        check("Ann", "Ann");
        check("O'Connor, \"Jo\"", "\"O'Connor, \"\"Jo\"\"\"");
        check(" Ann", "\" Ann\"");
        check("Zoë 👩\u{200d}💻", "Zoë 👩\u{200d}💻");
        assert_eq!(table(&["x"], &[vec![String::new()]]), "x\n\"\"\n");
    }

    #[test]
    fn no_cell_is_a_formula() {
        check("=HYPERLINK(\"http://x.example\")", "\"'=HYPERLINK(\"\"http://x.example\"\")\"");
        check("+1", "'+1");
        check("-1", "'-1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\t=1", "' =1");
        check("\r\n=1", "'  =1");
        check("\u{ff1d}1", "'\u{ff1d}1");
        check("'=1", "''=1");
        check("a=1", "a=1");
        check("'s-Gravenhage", "'s-Gravenhage");
    }

    #[test]
    fn a_row_is_one_line() {
        check("two\nlines\u{2028}\u{1b}[31m\u{0}", "\"two lines  [31m \"");
    }

    #[test]
    fn everybody_of_a_file_has_a_result_in_its_order() {
        let person = |line, email, name: &str| PersonRow {
            line,
            email: Email::parse(email).unwrap(),
            role: RoleId::new("author"),
            name: (!name.is_empty()).then(|| name.to_owned()),
        };
        let people = [person(2, "zoe@x.example", "Zoë"), person(5, "+ann@x.example", "")];
        let outcomes = [
            Outcome::done(),
            Outcome::failed(Reason::SeatLimit).with_detail("the console says \"no seats, sorry\""),
        ];
        assert_eq!(
            results(people.iter().zip(&outcomes)),
            "line,email,role,name,outcome,reason,detail\n\
             2,zoe@x.example,author,Zoë,done,,\n\
             5,'+ann@x.example,author,,failed,seat_limit,\"the console says \"\"no seats, sorry\"\"\"\n"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_apostrophe_goes_as_it_came(text in "['=+@ a-]{0,6}|.{0,20}") {
            let written = guarded(&text);
            prop_assert_eq!(unguarded(&written), &text);
        }

        #[test]
        fn another_program_reads_what_is_written(rows in prop::collection::vec(prop::collection::vec("[a,\"' =é-]{0,6}|.{0,12}", 3), 0..5)) {
            let text = table(&["a", "b", "c"], &rows);
            prop_assert_eq!(text.lines().count(), rows.len() + 1, "a row is one line");
            let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
            let read: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(|cell| unguarded(cell).to_owned()).collect())
                .collect();
            let written: Vec<Vec<String>> =
                rows.iter().map(|row| row.iter().map(|cell| in_one_line(cell)).collect()).collect();
            prop_assert_eq!(read, written);
        }
    }
}

//! A text split into records and cells, as RFC 4180 has it, with the line each of them begins in.
//!
//! Lines end with LF, CRLF or CR. A quote within a cell that does not begin with one stands for itself, as spreadsheets
//! read it. A quote that is never closed, and text behind a closing one, are faults: nobody can tell what was meant.

use std::iter::Peekable;
use std::str::Chars;

/// One record, its cells in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Where it begins.
    pub(super) line: usize,
    pub(super) cells: Vec<Cell>,
    /// What is wrong with its quotes, first of all.
    pub(super) fault: Option<Fault>,
}

/// One cell, its quotes resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Where it begins.
    pub(super) line: usize,
    pub(super) text: String,
}

/// What is wrong with the quotes of a record, and in which of its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The cell has an opening quote and no closing one: the rest of the file is in it.
    Unclosed(usize),
    /// Something follows the closing quote.
    TextBehindQuote(usize),
}

impl Record {
    /// Nothing is in it but white space.
    pub(super) fn is_blank(&self) -> bool {
        self.fault.is_none() && self.cells.iter().all(|cell| cell.text.trim().is_empty())
    }
}

/// The records of a text.
pub(super) struct Records<'a> {
    chars: Peekable<Chars<'a>>,
    line: usize,
    delimiter: char,
}

/// Splits a text; empty lines are records of one empty cell.
pub(super) fn records(text: &str, delimiter: char) -> Records<'_> {
    Records { chars: text.chars().peekable(), line: 1, delimiter }
}

/// The line a byte stands in, counted from 1.
pub(super) fn line_of(bytes: &[u8], at: usize) -> usize {
    let is_end = |(place, byte): (usize, &u8)| match byte {
        b'\n' => true,
        b'\r' => bytes.get(place + 1) != Some(&b'\n'),
        _ => false,
    };
    1 + bytes[..at].iter().enumerate().filter(|byte| is_end(*byte)).count()
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        self.chars.peek()?;
        let mut record = Record { line: self.line, cells: Vec::new(), fault: None };
        while self.cell(&mut record) {}
        Some(record)
    }
}

impl Records<'_> {
    /// Reads one more cell of the record, and says whether there are others.
    fn cell(&mut self, record: &mut Record) -> bool {
        let place = record.cells.len();
        let mut cell = Cell { line: self.line, text: String::new() };
        let quoted = self.chars.next_if_eq(&'"').is_some();
        if quoted && !self.quoted(&mut cell.text) {
            record.fault.get_or_insert(Fault::Unclosed(place));
        }
        let goes_on = loop {
            match self.take() {
                None | Some('\n') => break false,
                Some('\r') => {
                    if self.chars.peek() == Some(&'\n') {
                        self.take();
                    }
                    break false;
                }
                Some(c) if c == self.delimiter => break true,
                Some(c) if quoted && c.is_whitespace() => {}
                Some(c) => {
                    if quoted {
                        record.fault.get_or_insert(Fault::TextBehindQuote(place));
                    }
                    cell.text.push(c);
                }
            }
        };
        record.cells.push(cell);
        goes_on
    }

    /// Reads up to the closing quote, and says whether there was one.
    fn quoted(&mut self, text: &mut String) -> bool {
        while let Some(c) = self.take() {
            if c != '"' {
                text.push(c);
            } else if self.chars.next_if_eq(&'"').is_some() {
                text.push('"');
            } else {
                return true;
            }
        }
        false
    }

    fn take(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        if c == '\n' || (c == '\r' && self.chars.peek() != Some(&'\n')) {
            self.line += 1;
        }
        Some(c)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(usize, &[&str])]) {
        let read: Vec<Record> = records(text, ',').collect();
        let read: Vec<(usize, Vec<&str>)> = read
            .iter()
            .map(|record| (record.line, record.cells.iter().map(|cell| cell.text.as_str()).collect()))
            .collect();
        let expected: Vec<(usize, Vec<&str>)> =
            expected.iter().map(|(line, cells)| (*line, cells.to_vec())).collect();
        assert_eq!(read, expected, "{text:?}");
        assert!(records(text, ',').all(|record| record.fault.is_none()), "{text:?}");
    }

    #[test]
    fn cells_are_split_and_lines_counted() {
        check("", &[]);
        check("a,b\nc,\n", &[(1, &["a", "b"]), (2, &["c", ""])]);
        check("a\r\n\r\nb\r\n", &[(1, &["a"]), (2, &[""]), (3, &["b"])]);
        check("a\rb\r\rc", &[(1, &["a"]), (2, &["b"]), (3, &[""]), (4, &["c"])]);
        check(
            "\"two\nlines\",b\nc,\"\r\n\"\nd",
            &[(1, &["two\nlines", "b"]), (3, &["c", "\r\n"]), (5, &["d"])],
        );
        check("\"a,\"\"b\"\"\" ,5\" disk", &[(1, &["a,\"b\"", "5\" disk"])]);
    }

    #[test]
    fn a_cell_has_its_own_line() {
        let record = records("\"two\nlines\",b,\"\n\",c", ',').next().unwrap();
        assert_eq!(record.cells.iter().map(|cell| cell.line).collect::<Vec<_>>(), [1, 2, 2, 3]);
    }

    #[test]
    fn quotes_that_nobody_understands_are_faults() {
        let faults = |text| records(text, ',').map(|record| record.fault).collect::<Vec<_>>();
        assert_eq!(faults("a,\"b\nc,d\n"), [Some(Fault::Unclosed(1))]);
        assert_eq!(
            faults("\"a\"b,c\nd,\"e\"f\n"),
            [Some(Fault::TextBehindQuote(0)), Some(Fault::TextBehindQuote(1))]
        );
        assert_eq!(faults("a,\""), [Some(Fault::Unclosed(1))]);
    }

    fn rows() -> impl Strategy<Value = Vec<Vec<String>>> {
        let cell = prop_oneof!["[a-z@. ]{0,6}", "[a\",;\t\r\n'é]{0,6}"];
        prop::collection::vec(prop::collection::vec(cell, 2..5), 1..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_another_program_wrote_is_read(rows in rows(), delimiter in prop::sample::select(vec![',', ';', '\t']), crlf: bool) {
            let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let mut writer = csv::WriterBuilder::new();
            writer.delimiter(delimiter as u8).terminator(terminator).flexible(true);
            let mut writer = writer.from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let mut line = 1;
            for (record, row) in records(&text, delimiter).zip(&rows) {
                prop_assert_eq!(record.fault, None);
                prop_assert_eq!(record.line, line);
                let cells: Vec<String> = record.cells.into_iter().map(|cell| cell.text).collect();
                prop_assert_eq!(&cells, row);
                line += 1 + row.iter().map(|cell| line_of(cell.as_bytes(), cell.len()) - 1).sum::<usize>();
            }
            prop_assert_eq!(records(&text, delimiter).count(), rows.len());
        }

        #[test]
        fn no_text_makes_it_panic_and_no_line_is_invented(text in "[a\",\r\n]{0,30}") {
            let last = line_of(text.as_bytes(), text.len());
            let mut before = 0;
            for record in records(&text, ',') {
                prop_assert!(record.line > before && record.line <= last);
                before = record.line;
            }
        }
    }
}

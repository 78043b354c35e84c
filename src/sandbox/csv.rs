//! Comma-separated values as spreadsheets write and read them (RFC 4180).
//!
//! Reading is lenient, as products are: a quote that is never closed ends with the file.

/// One line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// The row as a spreadsheet numbers it: 1 is the first, empty ones count.
    pub(crate) row: usize,
    pub(crate) fields: Vec<String>,
}

/// All lines that are not empty; fields are trimmed, a byte order mark is no part of the first.
pub(crate) fn read(text: &str) -> Vec<Record> {
    let mut records = Vec::new();
    let mut fields = vec![String::new()];
    let (mut row, mut quoted) = (1, false);
    let mut letters = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(letter) = letters.next() {
        let field = fields.last_mut().expect("a line has a field from the start");
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' if quoted => quoted = false,
            '"' if field.trim().is_empty() => quoted = true,
            ',' if !quoted => fields.push(String::new()),
            '\n' if !quoted => {
                keep(&mut records, row, std::mem::replace(&mut fields, vec![String::new()]));
                row += 1;
            }
            other => field.push(other),
        }
    }
    keep(&mut records, row, fields);
    records
}

fn keep(records: &mut Vec<Record>, row: usize, fields: Vec<String>) {
    let fields: Vec<String> = fields.iter().map(|field| field.trim().to_owned()).collect();
    if fields.iter().any(|field| !field.is_empty()) {
        records.push(Record { row, fields });
    }
}

/// One line with its end, quoted where it has to be.
pub(crate) fn line(fields: &[&str]) -> String {
    let quoted = |field: &&str| match field.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => (*field).to_owned(),
    };
    fields.iter().map(quoted).collect::<Vec<_>>().join(",") + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(usize, &[&str])]) {
        let found = read(text);
        let found: Vec<(usize, Vec<&str>)> =
            found.iter().map(|one| (one.row, one.fields.iter().map(String::as_str).collect())).collect();
        let expected: Vec<(usize, Vec<&str>)> =
            expected.iter().map(|(row, fields)| (*row, fields.to_vec())).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn files_are_read_as_spreadsheets_write_them() {
        check("", &[]);
        check("a,b\r\nc,d\r\n", &[(1, &["a", "b"]), (2, &["c", "d"])]);
        check("\u{feff}a , b\n\n,,\nc", &[(1, &["a", "b"]), (4, &["c"])]);
        check("\"x, y\",\"say \"\"so\"\"\"\n", &[(1, &["x, y", "say \"so\""])]);
        check("\"two\nlines\",b\nc", &[(1, &["two\nlines", "b"]), (2, &["c"])]);
        check("a,\"never closed\nb", &[(1, &["a", "never closed\nb"])]);
    }

    #[test]
    fn what_is_written_is_read_again() {
        for fields in [["plain", "with, comma"], ["say \"so\"", "two\nlines"], ["", "x"]] {
            let written = line(&fields);
            assert_eq!(read(&written)[0].fields, fields, "{written:?}");
        }
    }
}

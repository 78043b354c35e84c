//! [`Problem`]: one mistake in a map or a recording, with its place and what to do about it.

use std::fmt;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file is not used.
    Error,
    /// The file is used, with less safety than it could have.
    Warning,
}

/// One mistake. Problems sort by file and place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Problem {
    /// The file, as the reader was told its name.
    pub file: String,
    /// Counted from 1; 0 when the problem is the file itself.
    pub line: usize,
    /// In characters, counted from 1; 0 when the problem is the file itself.
    pub column: usize,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Problem {
    /// An error about a file as a whole.
    pub fn of_file(file: impl Into<String>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: 0,
            column: 0,
            severity: Severity::Error,
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// The file cannot be used.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, ": {severity}: {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// The name nearest to a mistyped one, if any is near.
#[must_use]
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    let by_distance = names.into_iter().map(|name| (distance(word, name), name));
    by_distance
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many characters have to be put in, taken out, replaced or swapped with the next to make `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_finds_the_one_that_was_meant() {
        let names = ["label", "login.email", "members", "members.next"];
        assert_eq!(nearest("lable", names), Some("label"));
        assert_eq!(nearest("login.emial", names), Some("login.email"));
        assert_eq!(nearest("member", names), Some("members"));
        assert_eq!(nearest("settings", names), None);
        assert_eq!(nearest("", names), None);
    }

    #[test]
    fn a_problem_reads_like_a_compilers() {
        let mut problem = Problem::of_file("a.toml", "is not UTF-8", "save it as UTF-8");
        assert_eq!(problem.to_string(), "a.toml: error: is not UTF-8\n  hint: save it as UTF-8");
        (problem.line, problem.column, problem.severity, problem.hint) = (3, 7, Severity::Warning, None);
        assert_eq!(problem.to_string(), "a.toml:3:7: warning: is not UTF-8");
    }
}

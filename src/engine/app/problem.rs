//! [`Problem`]: one mistake in a map or a recording, with its place and what to do about it. Its [`Hint`] may know the
//! very word that is wrong, and the one that was meant; [`super::excerpt`] then shows where it stands.

use std::fmt;

use super::excerpt::Excerpt;

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
    /// The word that is wrong, where one is.
    pub word: Option<Box<Word>>,
    /// The line it stands in, for people; none for a file as a whole.
    pub excerpt: Option<Box<Excerpt>>,
}

/// A word of a file that is wrong, as it stands there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word {
    /// The word.
    pub wrong: String,
    /// What was meant, if that can be told.
    pub right: Option<String>,
}

/// What to do about a mistake. A plain text is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    pub(crate) text: Option<String>,
    pub(crate) word: Option<Box<Word>>,
}

impl Hint {
    /// The word nearest to a wrong one is most likely the one that was meant.
    #[must_use]
    pub fn meant(wrong: impl Into<String>, right: impl Into<String>) -> Self {
        let right = right.into();
        Self::from(format!("did you mean `{right}`?")).replacing(wrong, right)
    }

    /// The word that is wrong; nobody knows what was meant.
    #[must_use]
    pub fn about(self, wrong: impl Into<String>) -> Self {
        Self { word: Some(Box::new(Word { wrong: wrong.into(), right: None })), ..self }
    }

    /// Another word in the place of a wrong one mends it.
    #[must_use]
    pub fn replacing(self, wrong: impl Into<String>, right: impl Into<String>) -> Self {
        Self { word: Some(Box::new(Word { wrong: wrong.into(), right: Some(right.into()) })), ..self }
    }
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self { text: Some(text), word: None }
    }
}

impl From<&str> for Hint {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<Option<String>> for Hint {
    fn from(text: Option<String>) -> Self {
        Self { text, word: None }
    }
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
            word: None,
            excerpt: None,
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

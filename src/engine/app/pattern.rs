//! [`Pattern`]: a regular expression that the page's engine and Rust's read the same way.
//!
//! The subset: characters, `.`, `^`, `$`, `|`, groups `(…)` and `(?:…)`, classes `[…]`, the repetitions
//! `* + ? {2} {2,} {2,5}` with a `?` behind them, and after a backslash `d w s D W S b t n r` or punctuation. The
//! one flag is `i`. Letters of `\d \w \b` are ASCII, as in the page; Rust's engine is told so in
//! `for_rust`.

use std::fmt;
use std::iter::Peekable;
use std::str::Chars;
use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};
use serde_json::{Value, json};

use super::text::{Fill, MissingPlaceholder, Piece, TextError, pieces, placeholders, substitute};

/// A pattern, `/source/` or `/source/i` in a file.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// What stands between the slashes.
    pub source: String,
    /// The flag `i`.
    pub ignore_case: bool,
    compiled: OnceLock<Option<Regex>>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.ignore_case == other.ignore_case
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// Reads `/source/` or `/source/i`.
    ///
    /// # Errors
    /// Anything outside the subset, or what Rust's engine refuses.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let closed = text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
        let Some((source, flags)) = closed else {
            return Err(TextError::new(
                format!("`{text}` begins like a pattern and has no closing /"),
                r"a pattern is written '/…/' or '/…/i'; for a text that begins with a slash write '/^\/…$/'",
            ));
        };
        if !matches!(flags, "" | "i") {
            return Err(TextError::new(
                format!("`{flags}` behind the pattern is not known"),
                "the only flag is i (ignore case)",
            ));
        }
        if source.is_empty() {
            return Err(TextError::new("the pattern is empty", "leave the key out if any text will do"));
        }
        check_subset(source)?;
        let pattern = Self::new(source.to_owned(), flags == "i");
        let sample = pieces(source).into_iter().map(|piece| match piece {
            Piece::Literal(text) => text,
            Piece::Placeholder(_) => "x",
        });
        compile(&sample.collect::<String>(), pattern.ignore_case).map_err(|error| TextError {
            message: format!("`{text}` is not a pattern: {}", last_line(&error)),
            hint: None,
        })?;
        Ok(pattern)
    }

    fn new(source: String, ignore_case: bool) -> Self {
        Self { source, ignore_case, compiled: OnceLock::new() }
    }

    /// What stands between the braces of each placeholder, `a|b` in one.
    #[must_use]
    pub fn placeholders(&self) -> Vec<&str> {
        placeholders(&self.source)
    }

    /// How many groups `(…)` it has.
    #[must_use]
    pub fn groups(&self) -> usize {
        check_subset(&self.source).unwrap_or(0)
    }

    /// Whether it is found in the text; for patterns without placeholders.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    /// Its first group, where the pattern is found in the text.
    #[must_use]
    pub fn capture<'t>(&self, text: &'t str) -> Option<&'t str> {
        Some(self.regex()?.captures(text)?.get(1)?.as_str())
    }

    /// The pattern with its placeholders replaced, each value as plain text.
    ///
    /// # Errors
    /// A placeholder that is not known.
    pub fn filled(&self, fill: Fill<'_>) -> Result<Self, MissingPlaceholder> {
        let source = substitute(&self.source, fill, |value| escape(&value))?;
        Ok(Self::new(source, self.ignore_case))
    }

    /// For the page: `{"re": source, "flags": "i" or ""}`.
    ///
    /// # Errors
    /// A placeholder that is not known.
    pub fn to_json(&self, fill: Fill<'_>) -> Result<Value, MissingPlaceholder> {
        let flags = if self.ignore_case { "i" } else { "" };
        Ok(json!({ "re": self.filled(fill)?.source, "flags": flags }))
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.source, self.ignore_case).ok()).as_ref()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/{}", self.source, if self.ignore_case { "i" } else { "" })
    }
}

/// Plain text as a pattern for both engines.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if r"\^$.|?*+()[]{}/".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn compile(source: &str, ignore_case: bool) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&for_rust(source)).case_insensitive(ignore_case).build()
}

/// The same pattern for Rust's engine, whose `\d`, `\w` and `\b` would otherwise know all of Unicode.
fn for_rust(source: &str) -> String {
    let mut translated = String::new();
    let mut in_class = false;
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match (chars.next(), in_class) {
                (Some('d'), false) => translated.push_str("[0-9]"),
                (Some('D'), false) => translated.push_str("[^0-9]"),
                (Some('w'), false) => translated.push_str("[0-9A-Za-z_]"),
                (Some('W'), false) => translated.push_str("[^0-9A-Za-z_]"),
                (Some('b'), false) => translated.push_str(r"(?-u:\b)"),
                (Some('d'), true) => translated.push_str("0-9"),
                (Some('w'), true) => translated.push_str("0-9A-Za-z_"),
                (next, _) => {
                    translated.push('\\');
                    translated.extend(next);
                }
            },
            '[' => {
                in_class = true;
                translated.push(c);
            }
            ']' => {
                in_class = false;
                translated.push(c);
            }
            _ => translated.push(c),
        }
    }
    translated
}

/// Holds a source to the subset, and counts its groups.
fn check_subset(source: &str) -> Result<usize, TextError> {
    let mut groups = 0;
    let mut open = 0_usize;
    let mut repeatable = false;
    for piece in pieces(source) {
        let Piece::Literal(text) = piece else {
            // Only its last character would be repeated.
            repeatable = false;
            continue;
        };
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            repeatable = match c {
                '\\' => check_escape(chars.next(), false)?,
                '(' => {
                    open += 1;
                    groups += check_group(&mut chars)?;
                    false
                }
                ')' => {
                    open =
                        open.checked_sub(1).ok_or_else(|| outside("a ) that closes nothing", r"write \)"))?;
                    true
                }
                '[' => check_class(&mut chars)?,
                '*' | '+' | '?' | '{' => {
                    if c == '{' {
                        check_count(&mut chars)?;
                    }
                    if !repeatable {
                        return Err(outside(
                            &format!("a {c} with nothing to repeat before it"),
                            &format!(
                                r"repeat one character, class or group; for the character itself write \{c}"
                            ),
                        ));
                    }
                    chars.next_if_eq(&'?');
                    false
                }
                '}' | ']' => return Err(outside(&format!("a stray {c}"), &format!(r"write \{c}"))),
                '|' | '^' | '$' => false,
                _ => true,
            };
        }
    }
    if open > 0 {
        return Err(outside("a ( that is not closed", r"close it, or write \("));
    }
    Ok(groups)
}

/// Reads what follows a backslash; tells whether it may be repeated.
fn check_escape(next: Option<char>, in_class: bool) -> Result<bool, TextError> {
    match next {
        Some('d' | 'w' | 's' | 't' | 'n' | 'r') => Ok(true),
        Some('D' | 'W' | 'S') if !in_class => Ok(true),
        Some('b') if !in_class => Ok(false),
        Some('1'..='9' | 'k') => Err(outside("a back-reference", "say in words what has to follow")),
        Some(c) if c.is_ascii_punctuation() && !"<>_".contains(c) => Ok(true),
        Some(c) => Err(outside(
            &format!(r"\{c}"),
            r"after a backslash only d w s D W S b t n r and punctuation have one meaning everywhere",
        )),
        None => Err(outside(r"a \ at its end", r"for the character itself write \\")),
    }
}

/// Reads what follows an opening bracket; counts the group if it captures.
fn check_group(chars: &mut Peekable<Chars<'_>>) -> Result<usize, TextError> {
    if chars.next_if_eq(&'?').is_none() {
        return Ok(1);
    }
    let kind: String = chars.clone().take(2).collect();
    match kind.as_str() {
        kind if kind.starts_with(':') => {
            chars.next();
            Ok(0)
        }
        "<=" | "<!" => {
            Err(outside("a look-behind", "match the words around it as well, or use another candidate"))
        }
        kind if kind.starts_with(['=', '!']) => {
            Err(outside("a look-ahead", "match the words around it as well, or use another candidate"))
        }
        kind if kind.starts_with(['<', 'P']) => Err(outside("a named group", "write a plain group (…)")),
        _ => Err(outside("flags inside the pattern", "write the flag i behind the closing slash")),
    }
}

/// Reads a class up to its end.
fn check_class(chars: &mut Peekable<Chars<'_>>) -> Result<bool, TextError> {
    chars.next_if_eq(&'^');
    if chars.peek() == Some(&']') {
        return Err(outside("an empty class", r"for the character itself write \]"));
    }
    // The page takes a range to or from \d for its three characters, Rust's engine for something else.
    let mut is_first = true;
    let mut after_dash = false;
    while let Some(c) = chars.next() {
        let is_dash = c == '-' && !is_first;
        match c {
            ']' => return Ok(true),
            '\\' => {
                let next = chars.next();
                check_escape(next, true)?;
                let is_set = matches!(next, Some('d' | 'w' | 's'));
                let before_dash = chars.peek() == Some(&'-');
                if is_set && (before_dash || after_dash) {
                    return Err(outside(
                        "a - beside \\d, \\w or \\s in a class",
                        r"write \- for the character itself",
                    ));
                }
            }
            '[' => return Err(outside("a [ inside a class", r"write \[")),
            '&' | '~' | '-' if chars.peek() == Some(&c) => {
                return Err(outside(&format!("{c}{c} inside a class"), &format!(r"write \{c}")));
            }
            _ => {}
        }
        (is_first, after_dash) = (false, is_dash);
    }
    Err(outside("a class [ that is not closed, or one with a placeholder in it", r"close it, or write \["))
}

/// Reads `2}`, `2,}` or `2,5}`.
fn check_count(chars: &mut Peekable<Chars<'_>>) -> Result<(), TextError> {
    let count: String = chars.by_ref().take_while(|c| *c != '}').collect();
    let (least, most) = count.split_once(',').unwrap_or((&count, ""));
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    if is_number(least) && (most.is_empty() || is_number(most)) {
        return Ok(());
    }
    Err(outside(
        "a { that begins neither a placeholder nor a count",
        r"write {email}, {2,5}, or \{ for the character itself",
    ))
}

fn outside(what: &str, hint: &str) -> TextError {
    TextError::new(
        format!("the pattern has {what}"),
        format!("{hint}; docs/formats.md tells what patterns may have"),
    )
}

fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_the_subset_are_taken() {
        for text in [
            "/^e-?mail/i",
            r"/^[\d,]+ members?$/",
            "/(Admin|Owner)/",
            r"/(\S+@\S+)/",
            "/a{2}b{2,}c{2,5}?/",
            r"/^\/users\/\{\d+\}$/",
            "/[^a-z.-]/",
            "/(?:a|b)+?/",
            "/{email} as {role}/",
            "/^Zurück$/i",
        ] {
            let pattern = Pattern::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(pattern.to_string(), text);
        }
    }

    #[test]
    fn what_the_engines_read_differently_is_refused() {
        for (text, part) in [
            ("/(?=a)/", "look-ahead"),
            ("/(?!a)/", "look-ahead"),
            ("/(?<=a)b/", "look-behind"),
            ("/(?<!a)b/", "look-behind"),
            ("/(?<n>a)/", "named group"),
            ("/(?P<n>a)/", "named group"),
            (r"/(a)\1/", "back-reference"),
            (r"/(?<n>a)\k<n>/", "named group"),
            ("/(?i)a/", "flags inside"),
            (r"/\p{L}/", r"\p"),
            (r"/\u0041/", r"\u"),
            (r"/\Aa/", r"\A"),
            (r"/\<a/", r"\<"),
            ("/a**/", "nothing to repeat"),
            ("/a++/", "nothing to repeat"),
            ("/^*/", "nothing to repeat"),
            ("/{email}+/", "nothing to repeat"),
            ("/[]a]/", "empty class"),
            ("/[[:alpha:]]/", "inside a class"),
            ("/[a&&b]/", "inside a class"),
            (r"/[.-\w]/", "a - beside"),
            (r"/[\d-x]/", "a - beside"),
            ("/[{email}]/", "placeholder"),
            ("/a{x,}/", "neither a placeholder"),
            ("/a}/", "stray }"),
            ("/(a/", "not closed"),
            ("/a)/", "closes nothing"),
            ("/a/g", "`g`"),
            ("/a", "closing /"),
            ("//", "empty"),
            ("/[z-a]/", "not a pattern"),
            (r"/a\/", r"\ at its end"),
        ] {
            let error = Pattern::parse(text).expect_err(text);
            assert!(error.message.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn digits_letters_and_word_ends_are_ascii_as_in_the_page() {
        let is_match = |pattern: &str, text: &str| Pattern::parse(pattern).unwrap().is_match(text);
        assert!(!is_match(r"/\d/", "\u{663}"));
        assert!(!is_match(r"/^[\w]$/", "ä"));
        assert!(is_match(r"/\D/", "\u{663}"));
        assert!(is_match(r"/caf\b/", "café"));
    }

    #[test]
    fn the_group_is_the_value() {
        let pattern = Pattern::parse(r"/^([\d,]+) members?$/").unwrap();
        assert_eq!(pattern.groups(), 1);
        assert_eq!(pattern.capture("1,204 members"), Some("1,204"));
        assert_eq!(pattern.capture("members"), None);
    }
}

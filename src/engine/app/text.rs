//! The three kinds of text in the formats: [`Template`] (a text with `{placeholders}`), [`Pattern`] (`/re/i`), and
//! [`Text`], which is either.
//!
//! A pattern is run by two engines, the page's and Rust's. So it is held to what both read the same way; see
//! [`super::pattern`].

use std::fmt;

use serde_json::{Value, json};

pub use super::pattern::Pattern;

/// What a placeholder is filled from: the name in, the value out, `None` when it is not known.
pub type Fill<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A placeholder whose value is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing is known for {{{0}}}")]
pub struct MissingPlaceholder(pub String);

/// A mistake in a text, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TextError {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl TextError {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: Some(hint.into()) }
    }
}

/// A text that may hold `{placeholders}`; `{a|b}` stands for the first of its names that is known (F5).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Template(String);

/// A piece of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Literal(&'a str),
    /// What stands between the braces.
    Placeholder(&'a str),
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// A `{` that begins no placeholder.
    pub fn parse(source: &str) -> Result<Self, TextError> {
        let stray = pieces(source)
            .into_iter()
            .any(|piece| matches!(piece, Piece::Literal(text) if text.contains('{')));
        if stray {
            return Err(TextError::new(
                format!("`{source}` has a {{ that begins no placeholder"),
                "a placeholder is a name in lower case between braces, {email} or {member.name}; \
                 a brace itself can only stand in a pattern, as \\{",
            ));
        }
        Ok(Self(source.to_owned()))
    }

    /// The text as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names of all placeholders, those of `{a|b}` one by one.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        placeholders(&self.0).into_iter().flat_map(|names| names.split('|')).collect()
    }

    /// What stands between the braces of each placeholder, `a|b` in one.
    #[must_use]
    pub fn placeholders(&self) -> Vec<&str> {
        placeholders(&self.0)
    }

    /// The text with every placeholder replaced.
    ///
    /// # Errors
    /// A placeholder that is not known.
    pub fn fill(&self, fill: Fill<'_>) -> Result<String, MissingPlaceholder> {
        substitute(&self.0, fill, |value| value)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text to compare with what a page shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Text {
    /// The whole text, trimmed, case ignored.
    Exact(Template),
    /// A pattern found anywhere in it.
    Pattern(Pattern),
}

impl Text {
    /// Reads `text`, `/pattern/` or `/pattern/i`.
    ///
    /// # Errors
    /// An empty text, a stray brace, a pattern outside the shared subset.
    pub fn parse(source: &str) -> Result<Self, TextError> {
        if source.trim().is_empty() {
            return Err(TextError::new("the text is empty", "leave the key out if any text will do"));
        }
        if source.starts_with('/') {
            return Pattern::parse(source).map(Self::Pattern);
        }
        Template::parse(source).map(Self::Exact)
    }

    /// What stands between the braces of each placeholder, `a|b` in one.
    #[must_use]
    pub fn placeholders(&self) -> Vec<&str> {
        match self {
            Self::Exact(template) => template.placeholders(),
            Self::Pattern(pattern) => pattern.placeholders(),
        }
    }

    /// Whether this is what the page shows; for texts without placeholders.
    #[must_use]
    pub fn matches(&self, shown: &str) -> bool {
        match self {
            Self::Exact(template) => normal(template.as_str()) == normal(shown),
            Self::Pattern(pattern) => pattern.is_match(&collapse(shown)),
        }
    }

    /// As [`Text::matches`], with the placeholders filled in.
    ///
    /// # Errors
    /// A placeholder that is not known.
    pub fn matches_with(&self, shown: &str, fill: Fill<'_>) -> Result<bool, MissingPlaceholder> {
        match self {
            Self::Exact(template) => Ok(normal(&template.fill(fill)?) == normal(shown)),
            Self::Pattern(pattern) => Ok(pattern.filled(fill)?.is_match(&collapse(shown))),
        }
    }

    /// For the page: `{"is": text}` or `{"re": source, "flags": "i" or ""}`.
    ///
    /// # Errors
    /// A placeholder that is not known.
    pub fn to_json(&self, fill: Fill<'_>) -> Result<Value, MissingPlaceholder> {
        match self {
            Self::Exact(template) => Ok(json!({ "is": template.fill(fill)? })),
            Self::Pattern(pattern) => pattern.to_json(fill),
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(template) => template.fmt(f),
            Self::Pattern(pattern) => pattern.fmt(f),
        }
    }
}

/// Spaces collapsed and trimmed, as the page does it before it compares.
#[must_use]
pub fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn normal(text: &str) -> String {
    collapse(text).to_lowercase()
}

/// Cuts a source into literals and placeholders. Whatever is no placeholder stays literal.
pub(super) fn pieces(source: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut literal = 0;
    let mut at = 0;
    while let Some(open) = source[at..].find('{').map(|offset| at + offset) {
        at = open + 1;
        let escaped = source[..open].chars().rev().take_while(|c| *c == '\\').count() % 2 == 1;
        if escaped {
            continue;
        }
        if let Some(close) = placeholder_end(&source[at..]).map(|length| at + length) {
            if literal < open {
                pieces.push(Piece::Literal(&source[literal..open]));
            }
            pieces.push(Piece::Placeholder(&source[at..close]));
            literal = close + 1;
            at = literal;
        }
    }
    if literal < source.len() {
        pieces.push(Piece::Literal(&source[literal..]));
    }
    pieces
}

pub(super) fn placeholders(source: &str) -> Vec<&str> {
    let names = |piece| match piece {
        Piece::Placeholder(names) => Some(names),
        Piece::Literal(_) => None,
    };
    pieces(source).into_iter().filter_map(names).collect()
}

/// Replaces the placeholders of a source, each value passed through `escape` first.
pub(super) fn substitute(
    source: &str,
    fill: Fill<'_>,
    escape: impl Fn(String) -> String,
) -> Result<String, MissingPlaceholder> {
    let mut filled = String::new();
    for piece in pieces(source) {
        match piece {
            Piece::Literal(text) => filled.push_str(text),
            Piece::Placeholder(names) => {
                let value = names.split('|').find_map(fill);
                filled.push_str(&escape(value.ok_or_else(|| MissingPlaceholder(names.to_owned()))?));
            }
        }
    }
    Ok(filled)
}

/// Where the placeholder ends whose names begin the text: the place of its closing brace.
fn placeholder_end(text: &str) -> Option<usize> {
    let (names, _) = text.split_once('}')?;
    names.split('|').all(is_name).then_some(names.len())
}

/// `email`, `member.last_active`: letters in lower case, digits and `_`, at most one dot.
pub(super) fn is_name(name: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    match name.split_once('.') {
        Some((owner, field)) => is_word(owner) && is_word(field),
        None => is_word(name),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known(name: &str) -> Option<String> {
        match name {
            "email" => Some("a+b@x.com".to_owned()),
            "role" => Some("Author".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn a_placeholder_takes_the_first_of_its_names_that_is_known() {
        let template = Template::parse("{member.role|role} for {email}").unwrap();
        assert_eq!(template.names(), ["member.role", "role", "email"]);
        assert_eq!(template.placeholders(), ["member.role|role", "email"]);
        assert_eq!(template.fill(&known).unwrap(), "Author for a+b@x.com");
        let missing = Template::parse("{member.role}").unwrap().fill(&known).unwrap_err();
        assert_eq!(missing.to_string(), "nothing is known for {member.role}");
    }

    #[test]
    fn a_stray_brace_is_a_mistake() {
        for source in ["{Email}", "{", "{a b}", "{a.b.c}", "{|a}", "{email"] {
            assert!(Template::parse(source).is_err(), "{source}");
        }
        assert!(Template::parse("a } b").is_ok());
    }

    #[test]
    fn exact_texts_ignore_case_and_spacing() {
        let text = Text::parse("Last  Active").unwrap();
        assert!(text.matches(" last\n active "));
        assert!(!text.matches("last active now"));
        assert_eq!(text.to_json(&known).unwrap(), json!({ "is": "Last  Active" }));
    }

    #[test]
    fn what_is_filled_into_a_pattern_is_escaped() {
        let text = Text::parse("/^remove {email}$/i").unwrap();
        assert_eq!(text.to_json(&known).unwrap(), json!({ "re": r"^remove a\+b@x\.com$", "flags": "i" }));
        assert!(text.matches_with("Remove A+B@X.COM", &known).unwrap());
        assert!(!text.matches_with("remove aab@x.com", &known).unwrap());
    }

    proptest! {
        #[test]
        fn every_text_is_read_back_as_it_was_written(source in "[ -~äß]{1,20}") {
            if let Ok(text) = Text::parse(&source) {
                prop_assert_eq!(text.to_string(), source.clone());
                prop_assert_eq!(Text::parse(&text.to_string()), Ok(text));
            }
        }

        #[test]
        fn the_pieces_of_a_template_are_the_template(source in r"[a-c{}|.\\ ]{0,16}") {
            let joined: String = pieces(&source).into_iter().map(|piece| match piece {
                Piece::Literal(text) => text.to_owned(),
                Piece::Placeholder(names) => format!("{{{names}}}"),
            }).collect();
            prop_assert_eq!(joined, source);
        }

        #[test]
        fn a_value_never_acts_as_a_pattern(value in "[ -~]{1,12}", other in "[ -~]{1,12}") {
            let pattern = Pattern::parse("/^{email}$/").unwrap();
            let fill = |_: &str| Some(value.clone());
            prop_assert!(pattern.filled(&fill).unwrap().is_match(&value));
            prop_assert_eq!(pattern.filled(&fill).unwrap().is_match(&other), other == value);
        }
    }
}

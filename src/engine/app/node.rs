//! [`Node`]: one value of a file, which becomes what it should be or a mistake at its place.

use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::problem::{Hint, nearest};
use super::reader::{Place, Source, Table, join, unsupported};
use super::text::{Piece, Template, Text, TextError, pieces};

/// A value being read.
#[derive(Clone)]
pub(crate) struct Node<'s> {
    pub(crate) source: &'s Source<'s>,
    pub(crate) path: String,
    /// The key it stands under; for an item of a list, that of the list.
    pub(crate) key: &'s str,
    pub(crate) key_place: Place,
    pub(crate) place: Place,
    pub(crate) value: &'s DeValue<'s>,
}

impl<'s> Node<'s> {
    /// Reports a mistake in the value.
    pub(crate) fn error(&self, message: impl Into<String>, hint: impl Into<Hint>) {
        self.source.note(self.place, message, hint);
    }

    /// Reports a mistake in the key.
    pub(crate) fn key_error(&self, message: impl Into<String>, hint: impl Into<Hint>) {
        self.source.note(self.key_place, message, hint);
    }

    /// Reports something of the formats that the program cannot act on yet.
    pub(crate) fn unsupported(&self, what: &str) {
        unsupported(self.source, self.place, what);
    }

    fn expected(&self, what: &str) {
        self.expected_or(what, None.into());
    }

    /// With a hint, where it can be seen what was meant.
    fn expected_or(&self, what: &str, hint: Hint) {
        let found = match self.value {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.error(format!("`{}` is {what}, not {found}", self.key), hint);
    }

    pub(crate) fn is_table(&self) -> bool {
        self.value.is_table()
    }

    pub(crate) fn is_list(&self) -> bool {
        self.value.is_array()
    }

    pub(crate) fn string(&self) -> Option<&'s str> {
        let string = self.value.as_str();
        if string.is_none() {
            self.expected("a string");
        }
        string
    }

    /// A string that is not empty and is used as it stands: no placeholders.
    pub(crate) fn plain(&self) -> Option<String> {
        let string = self.string()?;
        if string.trim().is_empty() {
            self.error(format!("`{}` is empty", self.key), None);
            return None;
        }
        if let Some(Piece::Placeholder(names)) =
            pieces(string).into_iter().find(|piece| matches!(piece, Piece::Placeholder(_)))
        {
            let hint = "this value is used as it stands; find the element by role, text or label to use placeholders";
            self.error(
                format!("the placeholder {{{names}}} is not filled in `{}`", self.key),
                hint.to_owned(),
            );
            return None;
        }
        Some(string.to_owned())
    }

    pub(crate) fn boolean(&self) -> Option<bool> {
        let boolean = self.value.as_bool();
        if boolean.is_none() {
            let hint = match self.value.as_str() {
                Some(word @ ("true" | "false")) => self.without_quotes(word),
                _ => Hint::default(),
            };
            self.expected_or("true or false", hint);
        }
        boolean
    }

    fn without_quotes(&self, word: &str) -> Hint {
        Hint::from(format!("written without quotes: {word}")).replacing(format!("\"{word}\""), word)
    }

    pub(crate) fn integer(&self) -> Option<i64> {
        let integer = self.value.as_integer().and_then(|integer| integer.to_string().parse().ok());
        if integer.is_none() {
            self.expected("an integer");
        }
        integer
    }

    /// A day, written without quotes.
    pub(crate) fn day(&self) -> Option<String> {
        let day = self.value.as_datetime().filter(|day| day.date.is_some() && day.time.is_none());
        if day.is_none() {
            let quoted = self.value.as_str().filter(|word| word.parse::<jiff::civil::Date>().is_ok());
            let example = || Hint::from("written without quotes: 2026-03-09");
            self.error(
                format!("`{}` is a day", self.key),
                quoted.map_or_else(example, |word| self.without_quotes(word)),
            );
        }
        day.map(ToString::to_string)
    }

    /// A duration as people write it.
    pub(crate) fn duration(&self) -> Option<Duration> {
        self.duration_that(|duration| !duration.is_zero())
    }

    /// The same, where none at all is one too: `0s`.
    pub(crate) fn duration_or_none(&self) -> Option<Duration> {
        self.duration_that(|_| true)
    }

    fn duration_that(&self, fits: impl Fn(&Duration) -> bool) -> Option<Duration> {
        let string = self.string()?;
        let parsed =
            string.parse::<jiff::SignedDuration>().ok().and_then(|duration| duration.try_into().ok());
        let duration = parsed.filter(fits);
        if duration.is_none() {
            let hint = "a number and a unit: \"500ms\", \"60s\", \"2m\"".to_owned();
            self.error(format!("`{string}` is not a duration"), hint);
        }
        duration
    }

    /// The items of a list.
    pub(crate) fn list(&self) -> Vec<Node<'s>> {
        let Some(items) = self.value.as_array() else {
            let hint = self.value.as_str().map(|word| format!("\"{word}\"")).map(|quoted| {
                let list = format!("[{quoted}]");
                Hint::from(format!("write {list}")).replacing(quoted, list)
            });
            self.expected_or("a list", hint.unwrap_or_default());
            return Vec::new();
        };
        let node = |(index, item): (usize, &'s Spanned<DeValue<'s>>)| Node {
            source: self.source,
            path: join(&self.path, &index.to_string()),
            key: self.key,
            key_place: self.key_place,
            place: self.source.place(item.span().start),
            value: item.get_ref(),
        };
        items.iter().enumerate().map(node).collect()
    }

    /// The items of a list that can be read.
    pub(crate) fn each<T>(&self, read: impl Fn(&Node<'s>) -> Option<T>) -> Vec<T> {
        let nodes = self.list();
        let read = nodes.iter().enumerate().filter_map(|(index, node)| Some((index, read(node)?)));
        let (indices, items) = read.unzip();
        self.source.items.borrow_mut().insert(self.path.clone(), indices);
        items
    }

    /// Reports a list without items.
    pub(crate) fn refuse_empty(&self) {
        if self.value.as_array().is_some_and(|items| items.is_empty()) {
            self.error(
                format!("`{}` is empty", self.key),
                "name at least one, or leave the key out".to_owned(),
            );
        }
    }

    /// The items of a list that must have some.
    pub(crate) fn filled_list(&self) -> Vec<Node<'s>> {
        self.refuse_empty();
        self.list()
    }

    /// One value, or a list that must have some.
    pub(crate) fn one_or_more(&self) -> Vec<Node<'s>> {
        if self.is_list() { self.filled_list() } else { vec![self.clone()] }
    }

    /// The value as a table; `what` names it in messages.
    pub(crate) fn table(&self, what: &'static str) -> Option<Table<'s>> {
        let table = self.value.as_table();
        if table.is_none() {
            self.expected("a table");
        }
        // A table with a header is best shown by its key, an inline one by its brace.
        let place =
            if self.source.text[self.offset()..].starts_with('{') { self.place } else { self.key_place };
        Some(Table::new(self.source, table?, self.path.clone(), place, what))
    }

    fn offset(&self) -> usize {
        let line = self.source.starts[self.place.line - 1];
        let skipped = self.source.text[line..].chars().take(self.place.column - 1).map(char::len_utf8);
        line + skipped.sum::<usize>()
    }

    /// A string read by `parse`, whose mistakes are reported here.
    pub(crate) fn parsed<T>(&self, parse: impl FnOnce(&str) -> Result<T, TextError>) -> Option<T> {
        match parse(self.string()?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.error(error.message, error.hint);
                None
            }
        }
    }

    pub(crate) fn text(&self) -> Option<Text> {
        self.parsed(Text::parse)
    }

    /// A text that is compared as it stands: no placeholders.
    pub(crate) fn word(&self) -> Option<Text> {
        self.text().filter(|text| self.without_placeholders(text))
    }

    /// The key as such a text.
    pub(crate) fn key_word(&self) -> Option<Text> {
        match Text::parse(self.key) {
            Ok(text) => Some(text).filter(|text| self.without_placeholders(text)),
            Err(error) => {
                self.key_error(error.message, error.hint);
                None
            }
        }
    }

    fn without_placeholders(&self, text: &Text) -> bool {
        match text.placeholders().first() {
            Some(names) => {
                self.error(
                    format!("{{{names}}} cannot be known here"),
                    "write the console's words as they are".to_owned(),
                );
                false
            }
            None => true,
        }
    }

    /// A text with placeholders.
    pub(crate) fn template(&self) -> Option<Template> {
        if self.is_list() {
            self.unsupported(&format!("a list as `{}`", self.key));
            return None;
        }
        self.parsed(Template::parse)
    }

    /// A text with placeholders that says something.
    pub(crate) fn filled_template(&self) -> Option<Template> {
        let template = self.template()?;
        if template.as_str().trim().is_empty() {
            self.error(format!("`{}` is empty", self.key), None);
            return None;
        }
        Some(template)
    }

    /// One of the words that `parse` knows; `words` are for the hint.
    pub(crate) fn one_of<T>(
        &self,
        what: &str,
        words: impl IntoIterator<Item = &'static str>,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let string = self.string()?;
        let value = parse(string);
        if value.is_none() {
            let words: Vec<_> = words.into_iter().collect();
            let hint = match nearest(string, words.iter().copied()) {
                Some(near) => Hint::meant(string, near),
                None => Hint::from(format!("one of {}", words.join(", "))),
            };
            self.error(format!("`{string}` is no {what}"), hint);
        }
        value
    }
}

//! The one reader of both formats: TOML with places, from which everything asked for is taken, and which reports
//! what was left over.
//!
//! A file is read to its end whatever is wrong with it; each mistake is noted and reading goes on with the rest.
//! It is done by hand and not by serde because serde stops at the first mistake and loses the place of values.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, Severity, nearest};
use super::text::{Piece, Template, Text, TextError, pieces};

/// A place in a file: line and column in characters, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Where each value stands, by its path: `areas.row.email`, `steps.2.click`.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    values: BTreeMap<String, Place>,
    /// Of lists that were read item by item: the index in the file of each item that could be read.
    items: BTreeMap<String, Vec<usize>>,
}

impl Places {
    /// The place of a value, or of the nearest thing around it.
    pub(super) fn of(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(place) = self.values.get(path) {
                return *place;
            }
            match path.rsplit_once('.') {
                Some((outer, _)) => path = outer,
                None => return Place { line: 1, column: 1 },
            }
        }
    }

    /// The path of an item of a list as it was read, which is further on in the file if items before it could not
    /// be read.
    pub(super) fn item(&self, list: &str, index: usize) -> String {
        let index = self.items.get(list).and_then(|items| items.get(index)).unwrap_or(&index);
        join(list, &index.to_string())
    }
}

/// What a file says, and where it says it.
#[derive(Clone, Debug)]
pub(super) struct Read<T> {
    pub(super) value: T,
    pub(super) file: String,
    pub(super) places: Places,
    /// Something of it could not be read, so rules about the whole would only add noise.
    pub(super) broken: bool,
}

impl<T> Read<T> {
    /// A problem at the value of that path.
    pub(super) fn problem(
        &self,
        severity: Severity,
        path: &str,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) -> Problem {
        let Place { line, column } = self.places.of(path);
        Problem {
            file: self.file.clone(),
            line,
            column,
            severity,
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// Reads a file; `what` names it in messages, "a map". There is no value only where the file is not TOML.
pub(super) fn read<T>(
    file: &str,
    what: &'static str,
    text: &str,
    read: impl FnOnce(&mut Table<'_>) -> T,
) -> (Option<Read<T>>, Vec<Problem>) {
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let source = Source { file, text, starts, found: RefCell::default(), items: RefCell::default() };
    let (document, mistakes) = DeTable::parse_recoverable(text);
    for mistake in &mistakes {
        let place = source.place(mistake.span().map_or(text.len(), |span| span.start));
        let hint = mistake
            .message()
            .contains("duplicate key")
            .then(|| "each key may stand once in a table".to_owned());
        source.note(place, format!("not TOML: {}", mistake.message()), hint);
    }
    if !mistakes.is_empty() {
        return (None, source.found.into_inner());
    }
    let mut places = Places::default();
    source.note_places(document.get_ref(), "", &mut places);
    let mut table = Table::new(&source, document.get_ref(), "", Place { line: 1, column: 1 }, what);
    let value = read(&mut table);
    table.finish();
    places.items = source.items.into_inner();
    let problems = source.found.into_inner();
    let broken = !problems.is_empty();
    (Some(Read { value, file: file.to_owned(), places, broken }), problems)
}

struct Source<'s> {
    file: &'s str,
    text: &'s str,
    /// Where each line begins.
    starts: Vec<usize>,
    found: RefCell<Vec<Problem>>,
    items: RefCell<BTreeMap<String, Vec<usize>>>,
}

impl Source<'_> {
    fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset);
        let column = self.text[self.starts[line - 1]..offset].chars().count() + 1;
        Place { line, column }
    }

    fn note(&self, place: Place, message: impl Into<String>, hint: Option<String>) {
        self.found.borrow_mut().push(Problem {
            file: self.file.to_owned(),
            line: place.line,
            column: place.column,
            severity: Severity::Error,
            message: message.into(),
            hint,
        });
    }

    fn note_places(&self, table: &DeTable<'_>, path: &str, places: &mut Places) {
        for (key, value) in table {
            let place = match value.get_ref() {
                // The place of a table with a header of its own is that header; its key says more.
                DeValue::Table(_) => self.place(key.span().start),
                _ => self.place(value.span().start),
            };
            self.note_place(value.get_ref(), join(path, key.get_ref()), place, places);
        }
    }

    fn note_place(&self, value: &DeValue<'_>, path: String, place: Place, places: &mut Places) {
        match value {
            DeValue::Table(table) => self.note_places(table, &path, places),
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let place = self.place(item.span().start);
                    self.note_place(item.get_ref(), join(&path, &index.to_string()), place, places);
                }
            }
            _ => {}
        }
        places.values.insert(path, place);
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A table being read: keys are taken out of it, and what nobody asked for is reported by [`Table::finish`].
pub(super) struct Table<'s> {
    source: &'s Source<'s>,
    path: String,
    place: Place,
    /// What it is, for messages: "a step".
    what: &'static str,
    entries: Vec<Entry<'s>>,
    known: Vec<&'static str>,
}

struct Entry<'s> {
    key: &'s str,
    place: Place,
    value: &'s Spanned<DeValue<'s>>,
}

impl<'s> Table<'s> {
    fn new(
        source: &'s Source<'s>,
        table: &'s DeTable<'s>,
        path: impl Into<String>,
        place: Place,
        what: &'static str,
    ) -> Self {
        let entry = |(key, value): (&'s Spanned<std::borrow::Cow<'s, str>>, _)| {
            (key.span().start, Entry { key: key.get_ref(), place: source.place(key.span().start), value })
        };
        let mut entries: Vec<_> = table.iter().map(entry).collect();
        entries.sort_by_key(|(offset, _)| *offset);
        let entries = entries.into_iter().map(|(_, entry)| entry).collect();
        Self { source, path: path.into(), place, what, entries, known: Vec::new() }
    }

    /// Takes the value of a key, if it is given.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Node<'s>> {
        self.known.push(key);
        let index = self.entries.iter().position(|entry| entry.key == key)?;
        let entry = self.entries.remove(index);
        Some(self.node(entry))
    }

    /// Takes the value of a key that has to be given.
    pub(super) fn require(&mut self, key: &'static str) -> Option<Node<'s>> {
        let node = self.take(key);
        if node.is_none() {
            self.error(format!("{} needs `{key}`", self.what), None);
        }
        node
    }

    /// Those of the keys that are given and not yet taken.
    pub(super) fn given(&self, keys: &[&'static str]) -> Vec<&'static str> {
        keys.iter().copied().filter(|key| self.entries.iter().any(|entry| entry.key == *key)).collect()
    }

    /// Reports keys of the formats that the program cannot act on yet.
    pub(super) fn unsupported(&mut self, keys: &[&'static str]) {
        for key in keys {
            let Some(index) = self.entries.iter().position(|entry| entry.key == *key) else { continue };
            let entry = self.entries.remove(index);
            unsupported(self.source, entry.place, &format!("`{key}` in {}", self.what));
        }
    }

    /// Takes everything that is left, in the file's order.
    pub(super) fn rest(&mut self) -> Vec<Node<'s>> {
        let entries = std::mem::take(&mut self.entries);
        entries.into_iter().map(|entry| self.node(entry)).collect()
    }

    /// Reports what is left as unknown.
    pub(super) fn finish(self) {
        for entry in &self.entries {
            let hint = match nearest(entry.key, self.known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", self.known.join(", ")),
            };
            self.source.note(
                entry.place,
                format!("unknown key `{}` in {}", entry.key, self.what),
                Some(hint),
            );
        }
    }

    /// Reports a mistake of the table as a whole.
    pub(super) fn error(&self, message: impl Into<String>, hint: Option<&str>) {
        self.source.note(self.place, message, hint.map(str::to_owned));
    }

    /// Something is left that nobody took.
    pub(super) fn has_more(&self) -> bool {
        !self.entries.is_empty()
    }

    /// The line it begins in.
    pub(super) fn line(&self) -> usize {
        self.place.line
    }

    fn node(&self, entry: Entry<'s>) -> Node<'s> {
        Node {
            source: self.source,
            path: join(&self.path, entry.key),
            key: entry.key,
            key_place: entry.place,
            place: self.source.place(entry.value.span().start),
            value: entry.value.get_ref(),
        }
    }
}

fn unsupported(source: &Source<'_>, place: Place, what: &str) {
    let hint =
        "leave it out, or use a version of the program that has it; docs/formats.md lists what this one has";
    source.note(place, format!("{what} is not supported by this version"), Some(hint.to_owned()));
}

/// A value being read.
#[derive(Clone)]
pub(super) struct Node<'s> {
    source: &'s Source<'s>,
    path: String,
    /// The key it stands under; for an item of a list, that of the list.
    pub(super) key: &'s str,
    key_place: Place,
    place: Place,
    value: &'s DeValue<'s>,
}

impl<'s> Node<'s> {
    /// Reports a mistake in the value.
    pub(super) fn error(&self, message: impl Into<String>, hint: impl Into<Option<String>>) {
        self.source.note(self.place, message, hint.into());
    }

    /// Reports a mistake in the key.
    pub(super) fn key_error(&self, message: impl Into<String>, hint: impl Into<Option<String>>) {
        self.source.note(self.key_place, message, hint.into());
    }

    /// Reports something of the formats that the program cannot act on yet.
    pub(super) fn unsupported(&self, what: &str) {
        unsupported(self.source, self.place, what);
    }

    fn expected(&self, what: &str) {
        let found = match self.value {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.error(format!("`{}` is {what}, not {found}", self.key), None);
    }

    pub(super) fn is_table(&self) -> bool {
        self.value.is_table()
    }

    pub(super) fn is_list(&self) -> bool {
        self.value.is_array()
    }

    pub(super) fn string(&self) -> Option<&'s str> {
        let string = self.value.as_str();
        if string.is_none() {
            self.expected("a string");
        }
        string
    }

    /// A string that is not empty and is used as it stands: no placeholders.
    pub(super) fn plain(&self) -> Option<String> {
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

    pub(super) fn boolean(&self) -> Option<bool> {
        let boolean = self.value.as_bool();
        if boolean.is_none() {
            self.expected("true or false");
        }
        boolean
    }

    pub(super) fn integer(&self) -> Option<i64> {
        let integer = self.value.as_integer().and_then(|integer| integer.to_string().parse().ok());
        if integer.is_none() {
            self.expected("an integer");
        }
        integer
    }

    /// A day, written without quotes.
    pub(super) fn day(&self) -> Option<String> {
        let day = self.value.as_datetime().filter(|day| day.date.is_some() && day.time.is_none());
        if day.is_none() {
            self.error(format!("`{}` is a day", self.key), "written without quotes: 2026-03-09".to_owned());
        }
        day.map(ToString::to_string)
    }

    /// A duration as people write it.
    pub(super) fn duration(&self) -> Option<Duration> {
        let string = self.string()?;
        let parsed =
            string.parse::<jiff::SignedDuration>().ok().and_then(|duration| duration.try_into().ok());
        let duration = parsed.filter(|duration: &Duration| !duration.is_zero());
        if duration.is_none() {
            let hint = "a number and a unit: \"500ms\", \"60s\", \"2m\"".to_owned();
            self.error(format!("`{string}` is not a duration"), hint);
        }
        duration
    }

    /// The items of a list.
    pub(super) fn list(&self) -> Vec<Node<'s>> {
        let Some(items) = self.value.as_array() else {
            self.expected("a list");
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
    pub(super) fn each<T>(&self, read: impl Fn(&Node<'s>) -> Option<T>) -> Vec<T> {
        let nodes = self.list();
        let read = nodes.iter().enumerate().filter_map(|(index, node)| Some((index, read(node)?)));
        let (indices, items) = read.unzip();
        self.source.items.borrow_mut().insert(self.path.clone(), indices);
        items
    }

    /// Reports a list without items.
    pub(super) fn refuse_empty(&self) {
        if self.value.as_array().is_some_and(|items| items.is_empty()) {
            self.error(
                format!("`{}` is empty", self.key),
                "name at least one, or leave the key out".to_owned(),
            );
        }
    }

    /// The items of a list that must have some.
    pub(super) fn filled_list(&self) -> Vec<Node<'s>> {
        self.refuse_empty();
        self.list()
    }

    /// One value, or a list that must have some.
    pub(super) fn one_or_more(&self) -> Vec<Node<'s>> {
        if self.is_list() { self.filled_list() } else { vec![self.clone()] }
    }

    /// The value as a table; `what` names it in messages.
    pub(super) fn table(&self, what: &'static str) -> Option<Table<'s>> {
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
    pub(super) fn parsed<T>(&self, parse: impl FnOnce(&str) -> Result<T, TextError>) -> Option<T> {
        match parse(self.string()?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.error(error.message, error.hint);
                None
            }
        }
    }

    pub(super) fn text(&self) -> Option<Text> {
        self.parsed(Text::parse)
    }

    /// A text that is compared as it stands: no placeholders.
    pub(super) fn word(&self) -> Option<Text> {
        self.text().filter(|text| self.without_placeholders(text))
    }

    /// The key as such a text.
    pub(super) fn key_word(&self) -> Option<Text> {
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
    pub(super) fn template(&self) -> Option<Template> {
        if self.is_list() {
            self.unsupported(&format!("a list as `{}`", self.key));
            return None;
        }
        self.parsed(Template::parse)
    }

    /// A text with placeholders that says something.
    pub(super) fn filled_template(&self) -> Option<Template> {
        let template = self.template()?;
        if template.as_str().trim().is_empty() {
            self.error(format!("`{}` is empty", self.key), None);
            return None;
        }
        Some(template)
    }

    /// One of the words that `parse` knows; `words` are for the hint.
    pub(super) fn one_of<T>(
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
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("one of {}", words.join(", ")),
            };
            self.error(format!("`{string}` is no {what}"), hint);
        }
        value
    }
}

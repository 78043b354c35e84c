//! The one reader of both formats: TOML with places, from which everything asked for is taken, and which reports
//! what was left over.
//!
//! A file is read to its end whatever is wrong with it; each mistake is noted and reading goes on with the rest.
//! It is done by hand and not by serde because serde stops at the first mistake and loses the place of values.

use std::cell::RefCell;
use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::node::Node;
use super::problem::{Hint, Problem, Severity, nearest};

/// A place in a file: line and column in characters, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Where each value stands, by its path: `areas.row.email`, `steps.2.click`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    values: BTreeMap<String, Place>,
    /// Of lists that were read item by item: the index in the file of each item that could be read.
    items: BTreeMap<String, Vec<usize>>,
}

impl Places {
    /// The place of a value, or of the nearest thing around it.
    pub(crate) fn of(&self, path: &str) -> Place {
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
    pub(crate) fn item(&self, list: &str, index: usize) -> String {
        let index = self.items.get(list).and_then(|items| items.get(index)).unwrap_or(&index);
        join(list, &index.to_string())
    }
}

/// What a file says, and where it says it.
#[derive(Clone, Debug)]
pub(crate) struct Read<T> {
    pub(crate) value: T,
    pub(crate) file: String,
    pub(crate) places: Places,
    /// Something of it could not be read, so rules about the whole would only add noise.
    pub(crate) broken: bool,
}

impl<T> Read<T> {
    /// The line of a value; none where the file does not give it.
    pub(crate) fn line(&self, path: &str) -> Option<usize> {
        self.places.values.get(path).map(|place| place.line)
    }

    /// A problem at the value of that path.
    pub(crate) fn problem(
        &self,
        severity: Severity,
        path: &str,
        message: impl Into<String>,
        hint: impl Into<Hint>,
    ) -> Problem {
        let Place { line, column } = self.places.of(path);
        let hint = hint.into();
        Problem {
            file: self.file.clone(),
            line,
            column,
            severity,
            message: message.into(),
            hint: hint.text,
            word: hint.word,
            excerpt: None,
        }
    }
}

/// Reads a file; `what` names it in messages, "a map". There is no value only where the file is not TOML.
pub(crate) fn read<T>(
    file: &str,
    what: &'static str,
    text: &str,
    read: impl FnOnce(&mut Table<'_>) -> T,
) -> (Option<Read<T>>, Vec<Problem>) {
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let source = Source { file, text, starts, found: RefCell::default(), items: RefCell::default() };
    let (document, mistakes) = DeTable::parse_recoverable(text);
    // After the first slip the rest of the file looks wrong; only keys given twice are mistakes of their own.
    let is_duplicate = |mistake: &toml::de::Error| mistake.message().contains("duplicate key");
    let first = mistakes.iter().position(|mistake| !is_duplicate(mistake));
    let told =
        mistakes.iter().enumerate().filter(|(index, mistake)| Some(*index) == first || is_duplicate(mistake));
    for (_, mistake) in told {
        let place = source.place(mistake.span().map_or(text.len(), |span| span.start));
        source.note(place, format!("not TOML: {}", mistake.message()), syntax_hint(mistake.message()));
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

/// What to do about what the TOML reader says.
fn syntax_hint(message: &str) -> Option<String> {
    const HINTS: [(&str, &str); 7] = [
        ("duplicate key", "a key may stand once in a table, and a [table] once in a file"),
        ("escape", r#"a backslash in "…" begins an escape; write patterns between single quotes: '/^\d+$/'"#),
        ("unclosed", "what was opened before this place is not closed, or a comma is missing there"),
        ("missing comma", "put a comma behind what stands before this place, or close the list there"),
        ("must be quoted", "put the text between quotes; give a key without a value one, or take it out"),
        ("basic string", "close the string with the quote it begins with, in the same line"),
        ("literal string", "close the string with the quote it begins with, in the same line"),
    ];
    HINTS.iter().find(|(part, _)| message.contains(part)).map(|(_, hint)| (*hint).to_owned())
}

pub(crate) struct Source<'s> {
    file: &'s str,
    pub(crate) text: &'s str,
    /// Where each line begins.
    pub(crate) starts: Vec<usize>,
    found: RefCell<Vec<Problem>>,
    pub(crate) items: RefCell<BTreeMap<String, Vec<usize>>>,
}

impl Source<'_> {
    pub(crate) fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset);
        let column = self.text[self.starts[line - 1]..offset].chars().count() + 1;
        Place { line, column }
    }

    pub(crate) fn note(&self, place: Place, message: impl Into<String>, hint: impl Into<Hint>) {
        let hint = hint.into();
        self.found.borrow_mut().push(Problem {
            file: self.file.to_owned(),
            line: place.line,
            column: place.column,
            severity: Severity::Error,
            message: message.into(),
            hint: hint.text,
            word: hint.word,
            excerpt: None,
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

pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// More known keys than that are no help in a hint.
const MANY_KEYS: usize = 20;

/// A table being read: keys are taken out of it, and what nobody asked for is reported by [`Table::finish`].
pub(crate) struct Table<'s> {
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
    pub(crate) fn new(
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
    pub(crate) fn take(&mut self, key: &'static str) -> Option<Node<'s>> {
        self.known.push(key);
        let index = self.entries.iter().position(|entry| entry.key == key)?;
        let entry = self.entries.remove(index);
        Some(self.node(entry))
    }

    /// Takes the value of a key that has to be given.
    pub(crate) fn require(&mut self, key: &'static str) -> Option<Node<'s>> {
        let node = self.take(key);
        if node.is_none() {
            self.error(format!("{} needs `{key}`", self.what), None);
        }
        node
    }

    /// Those of the keys that are given and not yet taken.
    pub(crate) fn given(&self, keys: &[&'static str]) -> Vec<&'static str> {
        keys.iter().copied().filter(|key| self.entries.iter().any(|entry| entry.key == *key)).collect()
    }

    /// Reports keys of the formats that the program cannot act on yet.
    pub(crate) fn unsupported(&mut self, keys: &[&'static str]) {
        for key in keys {
            let Some(index) = self.entries.iter().position(|entry| entry.key == *key) else { continue };
            let entry = self.entries.remove(index);
            unsupported(self.source, entry.place, &format!("`{key}` in {}", self.what));
        }
    }

    /// Takes everything that is left, in the file's order.
    pub(crate) fn rest(&mut self) -> Vec<Node<'s>> {
        let entries = std::mem::take(&mut self.entries);
        entries.into_iter().map(|entry| self.node(entry)).collect()
    }

    /// Reports what is left as unknown.
    pub(crate) fn finish(self) {
        #[cfg(test)]
        super::tests::schema::asked(self.what, &self.known);
        for entry in &self.entries {
            let hint = match nearest(entry.key, self.known.iter().copied()) {
                Some(near) => Hint::meant(entry.key, near),
                None => Hint::from(format!("known here: {}", self.known_keys())),
            };
            self.source.note(entry.place, format!("unknown key `{}` in {}", entry.key, self.what), hint);
        }
    }

    fn known_keys(&self) -> String {
        match self.known.split_at_checked(MANY_KEYS) {
            Some((first, [_, ..])) => format!("{}, and others: see docs/formats.md", first.join(", ")),
            _ => self.known.join(", "),
        }
    }

    /// Reports a mistake of the table as a whole.
    pub(crate) fn error(&self, message: impl Into<String>, hint: Option<&str>) {
        self.source.note(self.place, message, hint.map(str::to_owned));
    }

    /// Something is left that nobody took.
    pub(crate) fn has_more(&self) -> bool {
        !self.entries.is_empty()
    }

    /// The line it begins in.
    pub(crate) fn line(&self) -> usize {
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

pub(crate) fn unsupported(source: &Source<'_>, place: Place, what: &str) {
    let hint =
        "leave it out, or use a version of the program that has it; docs/formats.md lists what this one has";
    source.note(place, format!("{what} is not supported by this version"), hint);
}

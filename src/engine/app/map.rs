//! [`Map`]: where things are in one version of one console, and what its words mean.
//!
//! Only the types and the questions asked of them. Reading TOML into them is `map_reader`; what must
//! hold between a map and its recordings is `check`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use crate::domain::{Reason, Role, RoleId, StatusMeaning};

use super::borrow::Borrowed;
use super::element::Element;
use super::recording::Step;
use super::text::{Template, Text};
use crate::engine::traffic::{RequestPattern, Rules};

/// Everything known of one version of one console.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// The product, and the name of the folder.
    pub app: String,
    /// The console's version, and the name of the file.
    pub version: String,
    /// For people.
    pub title: String,
    /// The console's language, as in `<html lang>`.
    pub language: String,
    /// The day of the evidence, `2026-03-09`.
    pub observed: String,
    /// How sure the map is.
    pub evidence: Evidence,
    /// The attribute that `test_id` reads; `data-testid` unless said.
    pub test_attribute: String,
    /// How long a change may take to show in the list; 60 s unless said (promise 2).
    pub settle_after: Duration,
    /// Values each workspace has to give, with what they are.
    pub params: BTreeMap<String, String>,
    /// The recordings of other versions of the app that serve here too.
    pub recordings: Vec<Borrowed>,
    /// What tells this console from others.
    pub recognise: Vec<Recognise>,
    /// The console's roles, highest first.
    pub roles: Vec<RoleWords>,
    /// Status words in the file's order, followed by the meanings as words of themselves.
    pub statuses: Vec<(Text, BTreeSet<StatusMeaning>)>,
    /// What the console's messages mean.
    pub messages: Vec<Message>,
    /// What may come in between, and what to do about it.
    pub interrupts: Vec<Interrupt>,
    /// What is never clicked, and what is never sent.
    pub never: Vec<Never>,
    /// What its page may send (F4).
    pub network: Rules,
    /// What an operation brings with it, shown beside the plan; by operation.
    pub consequences: BTreeMap<String, String>,
    /// What the customer has to decide, by name.
    pub choices: BTreeMap<String, Choice>,
    /// Lists of people; the one of the members is `members`.
    pub lists: BTreeMap<String, List>,
    /// The own page or panel of each person, where there is one.
    pub person: Option<PersonPage>,
    /// What is found together, by name.
    pub areas: BTreeMap<String, Area>,
}

/// A decision of the customer that recordings go by: it is asked for, and nothing is decided for them (F15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The question, for people.
    pub ask: String,
    /// The answers there are.
    pub values: Vec<String>,
}

/// The own page or panel of a person (F23).
#[derive(Clone, Debug, PartialEq)]
pub struct PersonPage {
    /// How to get there from the person's row.
    pub open: Option<Move>,
    /// The area it is. Its elements that are named like columns are the person's; its key tells whose page it is.
    pub at: String,
}

/// How sure a map is of what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Written from documents; nobody has held it against the console.
    Documented,
    /// Its elements were found in the real console.
    Calibrated,
    /// Its operations were carried out in the real console.
    Verified,
}

impl Evidence {
    /// All of them, weakest first.
    pub const ALL: [Self; 3] = [Self::Documented, Self::Calibrated, Self::Verified];

    /// The word used in maps.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Calibrated => "calibrated",
            Self::Verified => "verified",
        }
    }
}

/// A role and the words the console has for it.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleWords {
    /// What guards and plans know of it.
    pub role: Role,
    /// All are understood on reading; any is accepted on choosing.
    pub words: Vec<Text>,
    /// Free words of the map for `{role.KEY}`.
    pub fields: BTreeMap<String, String>,
}

impl RoleWords {
    /// The console's word for the role, for `{role}`: the first that is not a pattern.
    #[must_use]
    pub fn word(&self) -> Option<&str> {
        self.words.iter().find_map(|word| match word {
            Text::Exact(template) => Some(template.as_str()),
            Text::Pattern(_) => None,
        })
    }
}

/// One statement about an area that tells this console from others (F18).
#[derive(Clone, Debug, PartialEq)]
pub struct Recognise {
    /// The area it is judged in.
    pub at: String,
    /// What has to be there.
    pub present: Vec<Target>,
    /// What must not be there.
    pub absent: Vec<Target>,
}

/// A message of the console and its meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Where it shows.
    pub at: Target,
    /// What it says; `None` when being there is enough.
    pub text: Option<Text>,
    /// What follows.
    pub means: Means,
}

/// The meaning of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// The console refused, and why.
    Reason(Reason),
    /// The console says it did it; the read-back decides all the same.
    Done,
    /// The console says there was nothing to do.
    AlreadySo,
}

/// Something that comes in between.
#[derive(Clone, Debug, PartialEq)]
pub struct Interrupt {
    /// Where it shows.
    pub at: Target,
    /// What to do about it.
    pub does: InterruptDoes,
}

/// What to do about an interrupt.
#[derive(Clone, Debug, PartialEq)]
pub enum InterruptDoes {
    /// Click this and go on.
    Click(Target),
    /// Stop, for this reason.
    Means(Reason),
}

/// Something that is never clicked, or never sent (F22, F29).
#[derive(Clone, Debug, PartialEq)]
pub enum Never {
    /// Whatever has this name or visible text.
    Name(Text),
    /// This element.
    At(Target),
    /// Never sent, whatever was clicked.
    Request(RequestPattern),
}

/// The name of an element (`row.menu`), or of an area and thereby of its root (`row`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target(String);

impl Target {
    /// A target by its name, `area` or `area.element`. Whether it exists is checked on load.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The area it is in.
    #[must_use]
    pub fn area(&self) -> &str {
        self.0.split_once('.').map_or(self.0.as_str(), |(area, _)| area)
    }

    /// The element in the area; `None` for the area's root.
    #[must_use]
    pub fn element(&self) -> Option<&str> {
        self.0.split_once('.').map(|(_, element)| element)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A list of people, and how to get at all of it.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// The area that holds it.
    pub at: String,
    /// The areas that are its kinds of row.
    pub rows: Vec<String>,
    /// The column that tells rows apart; `email` unless said.
    pub key: String,
    /// Where the console says how many there are.
    pub total: Option<Target>,
    /// What leads to the next page.
    pub next: Option<Target>,
    /// What makes the list longer, until it is all there.
    pub more: Option<Target>,
    /// What is scrolled, where only the rows in view are on the page.
    pub scroll: Option<Target>,
    /// How to look for one person, with `{email}`; helps to find, proves nothing.
    pub search: Option<Move>,
    /// How to bring the list to its full state before each reading.
    pub prepare: Option<Move>,
    /// Shown while the list loads.
    pub busy: Option<Target>,
    /// Shown when the list has no rows.
    pub empty: Option<Target>,
    /// The request that fills it: once that is answered, the list has come.
    pub request: Option<RequestPattern>,
    /// All the tabs there are, each of which has to be a part's: then a part without one is empty.
    pub tabs: Option<Target>,
    /// The tabs, sections or filters that show it piece by piece; none for a list that is shown at once.
    pub parts: Vec<Part>,
}

/// A part of a list: what one tab, section or filter shows of it (F8).
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// How to get from the list to it; it shows at once unless said.
    pub open: Option<Move>,
    /// The areas that are its kinds of row; the list's own unless said.
    pub rows: Vec<String>,
    /// Cells that all its rows have without showing them.
    pub is: BTreeMap<String, Template>,
    /// Where the console says how many rows it has.
    pub count: Option<Target>,
    /// Whether the total of the list counts its people.
    pub counted: bool,
    /// It stands for one part a role, with `{role}`.
    pub each_role: bool,
    /// What opens it is not there as long as it is empty.
    pub optional: bool,
}

impl List {
    /// Every area that is a kind of row, of the list itself or of a part.
    #[must_use]
    pub fn all_rows(&self) -> Vec<&str> {
        let mut rows: Vec<&str> = Vec::new();
        for row in self.rows.iter().chain(self.parts.iter().flat_map(|part| &part.rows)) {
            if !rows.contains(&row.as_str()) {
                rows.push(row);
            }
        }
        rows
    }
}

/// What is found together: a page, a dialog, a menu, a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Area {
    /// How to get there.
    pub open: Option<Move>,
    /// What holds its elements; the document unless said.
    pub root: Option<Element>,
    /// The area its root is looked for in.
    pub within: Option<String>,
    /// The element that has to be there as well before the area counts as present.
    pub ready: Option<String>,
    /// Cells that every row of this kind has without showing them.
    pub is: BTreeMap<String, String>,
    /// Everything in it that has a name.
    pub elements: BTreeMap<String, Element>,
}

/// How to get somewhere; never commits anything (F11).
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// An address on the workspace's host, beginning with `/`.
    Address(Template),
    /// Steps as in a recording.
    Steps(Vec<Step>),
}

/// The names that columns have in every console, for people and for the reading.
pub const COLUMNS: [&str; 8] =
    ["email", "name", "role", "roles", "status", "last_active", "invited_at", "id"];

impl Area {
    /// The elements that are columns when the area is a kind of row: those named like a column, and those found
    /// by a column or with a reading key. The others (a row's menu button) are only there to be used.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &Element)> {
        let is_column =
            |(name, element): &(&String, &Element)| COLUMNS.contains(&name.as_str()) || element.is_reading();
        self.elements.iter().filter(is_column).map(|(name, element)| (name.as_str(), element))
    }
}

impl Map {
    /// What its page may send, with what it never may, and what its lists are filled by.
    #[must_use]
    pub fn rules(&self) -> Rules {
        let forbidden = self.never.iter().filter_map(|never| match never {
            Never::Request(request) => Some(request.clone()),
            Never::Name(_) | Never::At(_) => None,
        });
        let fills = self.lists.values().filter_map(|list| list.request.clone()).collect();
        Rules { never: forbidden.collect(), fills, ..self.network.clone() }
    }

    /// The columns that decide something, are in no row of the members, and stand on the page of each person (F23).
    #[must_use]
    pub fn columns_of_person(&self) -> Vec<&str> {
        let (Some(person), Some(list)) = (&self.person, self.lists.get("members")) else { return Vec::new() };
        let Some(page) = self.areas.get(&person.at) else { return Vec::new() };
        let of_part = |column: &str| {
            !list.parts.is_empty() && list.parts.iter().all(|part| part.is.contains_key(column))
        };
        let in_row = |column: &str| {
            let in_kind = |area: &Area| area.elements.contains_key(column) || area.is.contains_key(column);
            of_part(column) || list.all_rows().iter().filter_map(|row| self.areas.get(*row)).all(in_kind)
        };
        let decides = |column: &&str| ["role", "roles", "status"].contains(column) && !in_row(column);
        page.columns().map(|(column, _)| column).filter(decides).collect()
    }

    /// A role by its name in the map.
    #[must_use]
    pub fn role(&self, id: &RoleId) -> Option<&RoleWords> {
        self.roles.iter().find(|role| role.role.id == *id)
    }

    /// Whether a role has this id.
    #[must_use]
    pub fn has_role(&self, id: &str) -> bool {
        self.roles.iter().any(|known| known.role.id.as_str() == id)
    }

    /// What guards and plans know of the roles, highest first.
    #[must_use]
    pub fn domain_roles(&self) -> Vec<Role> {
        self.roles.iter().map(|role| role.role.clone()).collect()
    }

    /// The role the console shows with this word: trimmed, case ignored. `None` if the map does not know the
    /// word, or if it could be two roles.
    #[must_use]
    pub fn role_of(&self, word: &str) -> Option<&RoleWords> {
        let candidates = self.roles.iter().flat_map(|role| role.words.iter().map(move |text| (text, role)));
        best_match(word, candidates, |a, b| a.role.id == b.role.id)
    }

    /// What a status word means: trimmed, case ignored. `None` if the map does not know the word, or if two of
    /// its patterns disagree.
    #[must_use]
    pub fn status_of(&self, word: &str) -> Option<&BTreeSet<StatusMeaning>> {
        best_match(word, self.statuses.iter().map(|(text, meanings)| (text, meanings)), |a, b| a == b)
    }

    /// The element a target names; for an area its root. `None` also for an area that has no root of its own.
    #[must_use]
    pub fn element(&self, target: &Target) -> Option<&Element> {
        let area = self.areas.get(target.area())?;
        match target.element() {
            Some(name) => area.elements.get(name),
            None => area.root.as_ref(),
        }
    }
}

/// What a word stands for: exact words come before patterns, and words that disagree stand for nothing.
fn best_match<'a, T>(
    word: &str,
    candidates: impl Iterator<Item = (&'a Text, &'a T)> + Clone,
    same: impl Fn(&T, &T) -> bool,
) -> Option<&'a T> {
    let (exact, patterns): (Vec<_>, Vec<_>) = candidates
        .filter(|(text, _)| text.matches(word))
        .partition(|(text, _)| matches!(text, Text::Exact(_)));
    let found = if exact.is_empty() { patterns } else { exact };
    let (_, first) = *found.first()?;
    found.iter().all(|(_, other)| same(first, other)).then_some(first)
}

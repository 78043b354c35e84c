//! What is taken out of everything that may be passed on (D5.10): secrets, and who other people are. Pure; what is known
//! of secrets and people is told by whoever met them.
//!
//! - A **secret** goes wherever it stands and however it is written, in parts of six characters as well: `[secret]`.
//! - An **address** becomes another one of like shape, whether or not it was met before. Only those that are to be kept,
//!   the people a change is about, stay as they are; `xann@acme.example` is not one of them for ending like one.
//! - A **name** becomes another one, as a whole and word by word. A word of the console's own map stays: somebody called
//!   "Members" is not told by it, and without it nothing on the page could be found any more.
//! - What looks like a **token** (long, letters and digits) becomes another one, too, whatever it is.
//!
//! The same text becomes the same other text all through a run, so that rows are still told apart and found.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::pseudonym::Key;
use super::seen::{Seen, lower, plain, read};

/// Parts of a secret that are this long are taken out by themselves.
const PART: usize = 6;
/// What is as long and has letters and digits may be a token.
const TOKEN: usize = 24;
/// Stands for a secret.
const SECRET: &str = "[secret]";

/// Knows the secrets and the people of a run, and takes them out of texts.
pub(super) struct Redactor {
    key: Key,
    /// Words of the console's map, in lower case.
    vocabulary: HashSet<String>,
    /// Parts of secrets, without spaces; those of secrets that are shorter, as a whole.
    parts: HashSet<Vec<char>>,
    shortest: usize,
    /// The local parts that stand for those of the addresses met, by the address.
    addresses: HashMap<String, Vec<char>>,
    taken: HashSet<String>,
    names: Names,
    words: HashSet<String>,
    names_of: HashMap<String, Vec<Vec<char>>>,
}

/// Who may be told in a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    addresses: HashSet<String>,
    names: Names,
}

/// Full names, by their first two characters.
type Names = HashMap<(char, char), BTreeSet<Vec<char>>>;

impl Redactor {
    /// Knows nobody yet. Words of `vocabulary` are no names.
    pub(super) fn new(key: Key, vocabulary: impl IntoIterator<Item = String>) -> Self {
        let words = vocabulary.into_iter().flat_map(|text| words_in(&plain(&text)));
        Self {
            key,
            vocabulary: words.collect(),
            parts: HashSet::new(),
            shortest: PART,
            addresses: HashMap::new(),
            taken: HashSet::new(),
            names: HashMap::new(),
            words: HashSet::new(),
            names_of: HashMap::new(),
        }
    }

    /// This is a secret, and so is each part of it.
    pub(super) fn learn_secret(&mut self, secret: &str) {
        for secret in [plain(secret), secret.chars().map(lower).collect()] {
            let secret: Vec<char> = secret.into_iter().filter(|c| !is_spacing(*c)).collect();
            if secret.len() < 2 {
                continue; // one character stands everywhere
            }
            self.shortest = self.shortest.min(secret.len());
            let length = secret.len().min(PART);
            self.parts.extend(secret.windows(length).map(<[char]>::to_vec));
        }
    }

    /// There is somebody with this address, or this name, or both. `false`: they were known.
    pub(super) fn learn_person(&mut self, email: Option<&str>, name: Option<&str>) -> bool {
        let email: Option<String> = email.map(|email| plain(email).into_iter().collect());
        let name = name.map(|name| squeezed(&plain(name))).filter(|name| !name.is_empty());
        let mut is_new = false;
        if let Some(email) = email.as_ref().filter(|email| email.contains('@')) {
            is_new |= !self.addresses.contains_key(email);
            self.local_for(email);
            let local: Vec<char> = email.rsplit_once('@').unwrap_or((email, "")).0.chars().collect();
            self.learn_words(&local, 3);
        }
        let Some(name) = name else { return is_new };
        self.learn_words(&name, 2);
        if let Some(email) = email {
            let names = self.names_of.entry(email).or_default();
            if !names.contains(&name) {
                names.push(name.clone());
            }
        }
        let only_words = words_in(&name).iter().all(|word| self.vocabulary.contains(word));
        let begins = beginning(&name);
        if !only_words || !name.iter().all(char::is_ascii) {
            is_new |= self.names.entry(begins).or_default().insert(name);
        }
        is_new
    }

    fn learn_words(&mut self, text: &[char], shortest: usize) {
        let is_name = |word: &String| {
            let length = word.chars().count();
            let is_number = word.chars().all(char::is_numeric);
            length >= if is_number { shortest + 2 } else { shortest } && !self.vocabulary.contains(word)
        };
        let words: Vec<String> = words_in(text).into_iter().filter(is_name).collect();
        self.words.extend(words);
    }

    fn local_for(&mut self, email: &str) -> Vec<char> {
        if let Some(known) = self.addresses.get(email) {
            return known.clone();
        }
        let made = self.key.local(email, &mut self.taken);
        self.addresses.insert(email.to_owned(), made.clone());
        made
    }

    /// These people may be told, with the names they were met with.
    pub(super) fn keep<'e>(&self, emails: impl IntoIterator<Item = &'e str>) -> Kept {
        let addresses: HashSet<String> =
            emails.into_iter().map(|email| plain(email).into_iter().collect()).collect();
        let mut names = Names::new();
        for name in addresses.iter().filter_map(|email| self.names_of.get(email)).flatten() {
            names.entry(beginning(name)).or_default().insert(name.clone());
        }
        Kept { addresses, names }
    }

    /// The text as it may be passed on.
    pub(super) fn text(&self, text: &str, kept: &Kept) -> String {
        let seen = read(text);
        let low: Vec<char> = seen.iter().map(|seen| lower(seen.c)).collect();
        let mut marks = Marks::of(&seen, &low);
        self.secrets(&mut marks);
        self.emails(&mut marks, kept);
        self.full_names(&mut marks, kept);
        self.single_words(&mut marks);
        self.tokens(&mut marks);
        marks.write(text)
    }

    /// The text without secrets; people stand in it as they are.
    pub(super) fn without_secrets(&self, text: &str) -> String {
        let seen = read(text);
        let low: Vec<char> = seen.iter().map(|seen| lower(seen.c)).collect();
        let mut marks = Marks::of(&seen, &low);
        self.secrets(&mut marks);
        marks.write(text)
    }

    /// The same for a text that as a whole is what its place says: a token, a session.
    pub(super) fn whole(&self, text: &str) -> String {
        self.key.word(&text.chars().collect::<Vec<_>>()).into_iter().collect()
    }

    fn secrets(&self, marks: &mut Marks<'_>) {
        if self.parts.is_empty() {
            return;
        }
        let places: Vec<usize> = (0..marks.low.len()).filter(|at| !is_spacing(marks.low[*at])).collect();
        let solid: Vec<char> = places.iter().map(|at| marks.low[*at]).collect();
        let mut is_part = vec![false; solid.len()];
        for length in self.shortest..=PART {
            for at in 0..(solid.len() + 1).saturating_sub(length) {
                if self.parts.contains(&solid[at..at + length]) {
                    is_part[at..at + length].fill(true);
                }
            }
        }
        let mut at = 0;
        while at < solid.len() {
            let end = at + is_part[at..].iter().take_while(|part| **part).count();
            if end > at {
                let (first, last) = (places[at], places[end - 1]);
                // Part of a word of the map: a password may have one in it.
                if !self.is_within_known_word(marks.low, first, last) {
                    marks.replace(first, last + 1, SECRET);
                }
            }
            at = end + 1;
        }
    }

    fn is_within_known_word(&self, low: &[char], first: usize, last: usize) -> bool {
        if !low[first..=last].iter().all(|c| c.is_alphanumeric()) {
            return false;
        }
        let (start, end) = word_around(low, first);
        end > last && self.vocabulary.contains(&low[start..end].iter().collect::<String>())
    }

    fn emails(&self, marks: &mut Marks<'_>, kept: &Kept) {
        let signs: Vec<usize> =
            (0..marks.low.len()).filter(|at| matches!(marks.low[*at], '@' | '\u{ff20}')).collect();
        for at in signs {
            let mut end = at + 1;
            while end < marks.low.len() && is_of_domain(marks.low[end]) {
                end += 1;
            }
            while end > at + 1 && matches!(marks.low[end - 1], '.' | '-') {
                end -= 1;
            }
            if end == at + 1 {
                continue;
            }
            let reach = |is_part: fn(char) -> bool| {
                marks.low[..at].iter().rev().take(64).take_while(|c| is_part(**c)).count()
            };
            let address = |start: usize| {
                marks.low[start..end]
                    .iter()
                    .map(|c| if *c == '\u{ff20}' { '@' } else { *c })
                    .collect::<String>()
            };
            let usual = at - reach(is_of_local);
            // Whoever was met is told by their address also where it has signs that others have not.
            let known = (at - reach(|c| !c.is_whitespace())..at).map(|start| (start, address(start))).find(
                |(_, address)| self.addresses.contains_key(address) || kept.addresses.contains(address),
            );
            match known {
                Some((start, address)) if start <= usual && kept.addresses.contains(&address) => {
                    marks.keep(start, end);
                }
                Some((start, address)) if start <= usual => {
                    let local = self.addresses.get(&address).cloned().unwrap_or_default();
                    marks.replace_with(start, at, &local);
                    marks.replace_with(at + 1, end, &self.key.domain(&marks.low[at + 1..end]));
                }
                _ if usual < at => {
                    let local = self.key.local(&address(usual), &mut HashSet::new());
                    marks.replace_with(usual, at, &local);
                    marks.replace_with(at + 1, end, &self.key.domain(&marks.low[at + 1..end]));
                }
                _ => {}
            }
        }
    }

    fn full_names(&self, marks: &mut Marks<'_>, kept: &Kept) {
        for at in 0..marks.low.len() {
            let begins = beginning(&marks.low[at..]);
            let mut own = kept.names.get(&begins).into_iter().flatten().rev();
            if let Some(end) =
                own.find_map(|name| marks.is_there(at, name, true)).filter(|_| marks.is_free(at))
            {
                marks.keep(at, end);
                continue;
            }
            let Some(names) = self.names.get(&begins) else { continue };
            // A name of letters that know no words stands anywhere; `Al` does not stand in `also`.
            let there = |name: &Vec<char>| {
                let is_anywhere = name.len() >= 5 || !name.iter().all(char::is_ascii);
                marks.is_there(at, name, !is_anywhere)
            };
            if let Some(end) = names.iter().rev().find_map(there).filter(|end| marks.are_free(at, *end)) {
                for (start, end) in words_of(&marks.low[at..end]) {
                    let word = self.key.word(&marks.original(at + start, at + end));
                    marks.replace_with(at + start, at + end, &word);
                }
            }
        }
    }

    fn single_words(&self, marks: &mut Marks<'_>) {
        for (start, end) in words_of(marks.low) {
            let word: String = marks.low[start..end].iter().collect();
            if marks.are_free(start, end) && self.words.contains(&word) {
                marks.replace_with(start, end, &self.key.word(&marks.original(start, end)));
            }
        }
    }

    fn tokens(&self, marks: &mut Marks<'_>) {
        let is_of_token =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '/' | '~');
        let mut at = 0;
        while at < marks.low.len() {
            let end = at + marks.low[at..].iter().take_while(|c| is_of_token(**c)).count();
            for (start, end) in parts_of_token(marks.low, at, end) {
                let run = &marks.low[start..end];
                let digits = run.iter().filter(|c| c.is_ascii_digit()).count();
                let letters = run.iter().filter(|c| c.is_ascii_alphabetic()).count();
                if end - start >= TOKEN && digits >= 2 && letters >= 2 && marks.are_free(start, end) {
                    marks.replace_with(start, end, &self.key.word(&marks.original(start, end)));
                }
            }
            at = end + 1;
        }
    }
}

/// A path is no token, though its parts may be.
fn parts_of_token(low: &[char], start: usize, end: usize) -> Vec<(usize, usize)> {
    let mut from = start;
    let parts = low[start..end].split(|c| *c == '/').map(|part| {
        let begins = from;
        from += part.len() + 1;
        (begins, begins + part.len())
    });
    parts.collect()
}

/// A text under way: what becomes of each of its characters.
struct Marks<'s> {
    seen: &'s [Seen],
    low: &'s [char],
    new: Vec<Option<String>>,
    kept: Vec<bool>,
}

impl<'s> Marks<'s> {
    fn of(seen: &'s [Seen], low: &'s [char]) -> Self {
        Self { seen, low, new: vec![None; seen.len()], kept: vec![false; seen.len()] }
    }

    fn is_free(&self, at: usize) -> bool {
        self.new[at].is_none() && !self.kept[at]
    }

    fn are_free(&self, start: usize, end: usize) -> bool {
        (start..end).all(|at| self.is_free(at))
    }

    fn keep(&mut self, start: usize, end: usize) {
        for at in start..end {
            self.kept[at] |= self.new[at].is_none();
        }
    }

    /// One text in place of all of it.
    fn replace(&mut self, start: usize, end: usize, text: &str) {
        for at in start..end {
            self.new[at] = Some(String::new());
        }
        self.new[start] = Some(text.to_owned());
    }

    /// Character by character; what is more goes behind the last, and what is the same stays as it is written.
    fn replace_with(&mut self, start: usize, end: usize, text: &[char]) {
        for at in start..end {
            let c = text[(at - start).min(text.len() - 1)];
            if self.is_free(at) && c != self.low[at] {
                let is_capital = self.seen[at].c.is_uppercase();
                self.new[at] = Some(if is_capital { c.to_ascii_uppercase() } else { c }.to_string());
            } else if self.is_free(at) {
                self.kept[at] = true;
            }
        }
        if let (Some(more), Some(last)) = (text.get(end - start..), end.checked_sub(1))
            && !more.is_empty()
        {
            let before = self.new[last].clone().unwrap_or_else(|| self.seen[last].c.to_string());
            self.new[last] = Some(before + &more.iter().collect::<String>());
        }
    }

    fn original(&self, start: usize, end: usize) -> Vec<char> {
        self.seen[start..end].iter().map(|seen| seen.c).collect()
    }

    /// Where a name that begins here ends; any space stands for any other.
    fn is_there(&self, start: usize, name: &[char], between_words: bool) -> Option<usize> {
        let mut at = start;
        for c in name {
            if *c == ' ' {
                let spaces = self.low[at.min(self.low.len())..].iter().take_while(|c| is_gap(**c)).count();
                if spaces == 0 {
                    return None;
                }
                at += spaces;
            } else if self.low.get(at) == Some(c) {
                at += 1;
            } else {
                return None;
            }
        }
        let is_word = |at: Option<&char>| at.is_some_and(|c| c.is_alphanumeric());
        let before = start.checked_sub(1).and_then(|at| self.low.get(at));
        let stands_alone = !is_word(before) && !is_word(self.low.get(at));
        (stands_alone || !between_words).then_some(at)
    }

    fn write(&self, text: &str) -> String {
        let mut written = String::with_capacity(text.len());
        let mut from = 0;
        for (seen, new) in self.seen.iter().zip(&self.new) {
            if let Some(new) = new {
                written.push_str(&text[from..seen.start]);
                written.push_str(new);
                from = seen.end;
            }
        }
        written.push_str(&text[from..]);
        written
    }
}

fn beginning(text: &[char]) -> (char, char) {
    (text[0], text.get(1).copied().unwrap_or(' '))
}

fn is_spacing(c: char) -> bool {
    c.is_whitespace() || c == '-'
}

/// What stands between the words of a name: spaces, and what takes their place in addresses of pages.
fn is_gap(c: char) -> bool {
    c.is_whitespace() || matches!(c, '+' | '_' | '-' | '.')
}

fn is_of_domain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-')
}

/// What a local part nearly always is made of; an address of other signs is known only once it was met.
fn is_of_local(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+')
}

/// Spaces, in a row, as one.
fn squeezed(text: &[char]) -> Vec<char> {
    let text: String = text.iter().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect()
}

/// Where each run of letters and digits begins and ends.
fn words_of(low: &[char]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < low.len() {
        let end = at + low[at..].iter().take_while(|c| c.is_alphanumeric()).count();
        if end > at {
            found.push((at, end));
        }
        at = end + 1;
    }
    found
}

fn words_in(low: &[char]) -> Vec<String> {
    words_of(low).into_iter().map(|(start, end)| low[start..end].iter().collect()).collect()
}

fn word_around(low: &[char], at: usize) -> (usize, usize) {
    let start = at - low[..at].iter().rev().take_while(|c| c.is_alphanumeric()).count();
    (start, at + low[at..].iter().take_while(|c| c.is_alphanumeric()).count())
}

//! [`RosterFile`]: the people wanted, out of a CSV file or JSON, read with everything that is wrong with it at once.
//!
//! The columns are those of [`PeopleFile`](super::PeopleFile), under the names that personnel systems and directories give
//! them, and two more: the state of somebody (`state`, `status`, `active`, `account enabled`, `employment status` ...) and the
//! address they had before (`previous email`, `old email` ...). JSON is a list of objects with the same keys, or an object
//! whose one list it is.
//!
//! Unlike there, a row without a role is none too few (a member keeps theirs), and two rows of one person are no mistake of
//! the file: who it is stays doubtful, and is left alone. A file with a mistake is not used at all: half a roster is a
//! roster in which people are missing.

use serde_json::{Map, Value};

use super::cells::Record;
use super::findings::{Finding, Findings, shown};
use super::header::{Column, Header, OF_ROSTER, column_of};
use super::people_file::Roles;
use super::rows::{Rows, hint_for};
use crate::domain::{Email, Presence, Roster, Wanted};

/// A roster as a file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterFile {
    /// The people.
    pub roster: Roster,
    /// What is only to be known: columns that are not used.
    pub notes: Vec<Finding>,
}

/// A file of more people is the wrong one.
const MOST_PEOPLE: usize = 200_000;
const TOO_MANY: &str = "a roster is one file of one workspace's people: look whether this is the right one";

/// The words for a state, in lower case. Whoever is only called inactive comes back, as far as anybody knows: what cannot
/// be undone needs a word that says so.
const STATES: [(Presence, &[&str]); 3] = [
    (
        Presence::Active,
        &["active", "enabled", "employed", "current", "hired", "working", "true", "yes", "y", "1", "on", ""],
    ),
    (
        Presence::Suspended,
        &[
            "suspended",
            "inactive",
            "disabled",
            "deactivated",
            "on leave",
            "leave",
            "leave of absence",
            "paused",
            "false",
            "no",
            "n",
            "0",
            "off",
        ],
    ),
    (
        Presence::Left,
        &[
            "left",
            "leaver",
            "terminated",
            "former",
            "offboarded",
            "resigned",
            "dismissed",
            "retired",
            "deleted",
        ],
    ),
];

impl RosterFile {
    /// Reads the bytes of a file; what begins with `[` or `{` is JSON.
    ///
    /// # Errors
    /// As [`PeopleFile::read`](super::PeopleFile::read), but for roles that are missing and addresses in two rows; also
    /// states that are no known word.
    pub fn read(bytes: &[u8], roles: &Roles<'_>) -> Result<Self, Findings> {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        if text.starts_with(b"[") || text.starts_with(b"{") {
            return from_json(text, roles);
        }
        let (mut rows, mut people) = (Rows::of_at_most(MOST_PEOPLE, TOO_MANY), Vec::new());
        rows.read(
            bytes,
            &OF_ROSTER,
            "email,role,name,state",
            |_, _| {},
            |rows, header, record| {
                people.extend(wanted(rows, header, record, roles));
            },
        );
        rows.end(|notes| Self { roster: Roster::new(people), notes })
    }
}

fn wanted(rows: &mut Rows, header: &Header, record: &Record, roles: &Roles<'_>) -> Option<Wanted> {
    let before = rows.errors.len();
    let email = rows.email(header, record, Column::Email);
    let role = word(rows, header, record, Column::Role).and_then(|(place, title, word)| {
        let role = (roles.of)(&word);
        if role.is_none() {
            rows.wrong(record, place, &title, no_role(&word), Some(roles.hint()));
        }
        role
    });
    let state =
        word(rows, header, record, Column::State).map_or(Some(Presence::Active), |(place, title, word)| {
            let state = state_of(&word);
            if state.is_none() {
                rows.wrong(record, place, &title, no_state(&word), Some(states()));
            }
            state
        });
    let previous_email = word(rows, header, record, Column::PreviousEmail)
        .and_then(|_| rows.email(header, record, Column::PreviousEmail));
    let name = rows.name(header, record);
    let (email, state) = (email?, state?);
    (rows.errors.len() == before).then_some(Wanted { email, role, name, state, previous_email })
}

/// Where a cell is, what its column is called, and what stands in it, if anything does.
fn word(
    rows: &mut Rows,
    header: &Header,
    record: &Record,
    column: Column,
) -> Option<(usize, String, String)> {
    let (place, title) = header.place(column)?;
    let text = rows.cell(title, &record.cells[place])?;
    let text = text.trim();
    (!text.is_empty()).then(|| (place, title.to_owned(), text.to_owned()))
}

fn state_of(word: &str) -> Option<Presence> {
    let word = word.trim().to_lowercase().replace(['_', '-'], " ");
    STATES.into_iter().find(|(_, words)| words.contains(&word.as_str())).map(|(state, _)| state)
}

fn no_role(word: &str) -> String {
    format!("{} is no role", shown(word))
}

fn no_state(word: &str) -> String {
    format!("{} is no state", shown(word))
}

fn states() -> String {
    let words = STATES.map(|(state, words)| {
        let others: Vec<&str> = words.iter().copied().filter(|word| word.len() > 2).take(4).collect();
        format!("{} ({})", state.as_str(), others.join(", "))
    });
    format!("use one of: {}", words.join("; "))
}

fn from_json(text: &[u8], roles: &Roles<'_>) -> Result<RosterFile, Findings> {
    let mut errors = Vec::new();
    let list = match serde_json::from_slice::<Value>(text) {
        Err(error) => {
            let what = format!("no JSON: {error}");
            let finding = Finding::of_line(
                error.line().max(1),
                what,
                "have it written anew by the program it comes from",
            );
            return Err(Findings { errors: vec![finding], notes: Vec::new() });
        }
        Ok(Value::Array(list)) => list,
        Ok(Value::Object(whole)) => {
            if let Some(finding) = part_of_more(&whole) {
                return Err(Findings { errors: vec![finding], notes: Vec::new() });
            }
            let mut lists = whole.into_iter().filter_map(|(_, value)| match value {
                Value::Array(list) => Some(list),
                _ => None,
            });
            match (lists.next(), lists.next()) {
                (Some(list), None) => list,
                _ => {
                    let hint = "write a list of people: [ { \"email\": \"…\", \"role\": \"…\" } ]";
                    let finding =
                        Finding::of_file("an object without a list of people, or with several", hint);
                    return Err(Findings { errors: vec![finding], notes: Vec::new() });
                }
            }
        }
        Ok(_) => unreachable!("it begins with a bracket or a brace"),
    };
    if list.is_empty() {
        errors.push(Finding::of_file(
            "nobody is in it",
            "have it written anew: an empty roster removes everybody",
        ));
    }
    if list.len() > MOST_PEOPLE {
        let what = format!("more than {MOST_PEOPLE} people");
        errors.push(Finding::of_file(what, TOO_MANY));
    }
    let mut people = Vec::new();
    for (index, entry) in list.iter().enumerate() {
        let mut wrong = |key: &str, what: String, hint: Option<String>| {
            let column = Some(format!("person {}, {key}", index + 1));
            errors.push(Finding {
                line: 0,
                column,
                what: format!("person {}, {key}: {what}", index + 1),
                hint,
            });
        };
        match entry {
            Value::Object(fields) => people.extend(of_object(fields, roles, &mut wrong)),
            _ => wrong("entry", "no object".to_owned(), Some("each person is an object".to_owned())),
        }
    }
    if errors.is_empty() {
        return Ok(RosterFile { roster: Roster::new(people), notes: Vec::new() });
    }
    Err(Findings { errors, notes: Vec::new() })
}

/// One page of several is not the roster: whoever is on the others would be missing.
fn part_of_more(whole: &Map<String, Value>) -> Option<Finding> {
    let people = whole.values().filter_map(Value::as_array).map(Vec::len).sum::<usize>();
    let tells_of_more = |(key, value): (&String, &Value)| {
        let key = key.to_lowercase();
        let leads_on = key.contains("next") && !matches!(value, Value::Null | Value::Bool(false));
        let is_total =
            ["total", "totalresults", "totalcount", "count", "@odata.count"].contains(&key.as_str());
        leads_on || (is_total && value.as_u64().is_some_and(|total| total != people as u64))
    };
    whole.iter().any(tells_of_more).then(|| {
        let hint = "put the people of all pages into one list";
        Finding::of_file("one page of several: it tells of more people than are in it", hint)
    })
}

type Wrong<'a> = dyn FnMut(&str, String, Option<String>) + 'a;

fn of_object(fields: &Map<String, Value>, roles: &Roles<'_>, wrong: &mut Wrong<'_>) -> Option<Wanted> {
    let mut text = |column: Column| -> Option<(&str, String)> {
        let mut named = fields.iter().filter(|(key, _)| column_of(key, &OF_ROSTER) == Some(column));
        let (key, value) = named.next()?;
        if let Some((other, _)) = named.next() {
            wrong(key, format!("`{other}` means the same"), Some("take one of them out".to_owned()));
            return None;
        }
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Bool(on) => on.to_string(),
            Value::Null => String::new(),
            _ => {
                wrong(
                    key,
                    "neither a text nor true or false".to_owned(),
                    Some("write it in quotes".to_owned()),
                );
                return None;
            }
        };
        if text.chars().any(char::is_control) {
            wrong(key, "a control character is in it".to_owned(), Some("write it anew".to_owned()));
            return None;
        }
        (!text.is_empty()).then_some((key.as_str(), text))
    };
    let [email, role, name, first, last, state, before] = [
        Column::Email,
        Column::Role,
        Column::Name,
        Column::FirstName,
        Column::LastName,
        Column::State,
        Column::PreviousEmail,
    ]
    .map(&mut text);
    let mut address = |given: Option<(&str, String)>| {
        let (key, text) = given?;
        Email::parse(&text).map_err(|error| wrong(key, error.to_string(), hint_for(&text, &error))).ok()
    };
    let has_email = email.is_some();
    let (email, previous_email) = (address(email), address(before.clone()));
    if !has_email {
        wrong("email", "is missing".to_owned(), Some("every person needs an address".to_owned()));
    }
    let role = match role {
        None => Some(None),
        Some((key, word)) => match (roles.of)(&word) {
            Some(role) => Some(Some(role)),
            None => {
                wrong(key, no_role(&word), Some(roles.hint()));
                None
            }
        },
    };
    let state = match state {
        None => Some(Presence::Active),
        Some((key, word)) => state_of(&word).or_else(|| {
            wrong(key, no_state(&word), Some(states()));
            None
        }),
    };
    if before.is_some() && previous_email.is_none() {
        return None;
    }
    let joined: Vec<String> = [first, last].into_iter().flatten().map(|(_, part)| part).collect();
    let name = name.map(|(_, name)| name).or_else(|| (!joined.is_empty()).then(|| joined.join(" ")));
    Some(Wanted { email: email?, role: role?, name, state: state?, previous_email })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Listed, RoleId};

    const KNOWN: [&str; 2] = ["author", "learner"];

    fn read(text: &str) -> Result<RosterFile, Findings> {
        let of = |word: &str| {
            let word = word.to_lowercase();
            KNOWN.contains(&word.as_str()).then(|| RoleId::new(word))
        };
        RosterFile::read(text.as_bytes(), &Roles { of: &of, known: &KNOWN, default: None })
    }

    /// Everybody as `EMAIL ROLE STATE NAME BEFORE`.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let file = read(text).unwrap_or_else(|findings| panic!("{text}: {findings:#?}"));
        let line = |wanted: &Wanted| {
            let or = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
            let role = or(wanted.role.as_ref().map(ToString::to_string));
            let before = or(wanted.previous_email.as_ref().map(ToString::to_string));
            format!("{} {role} {} {} {before}", wanted.email, wanted.state.as_str(), or(wanted.name.clone()))
        };
        assert_eq!(file.roster.people().map(line).collect::<Vec<_>>(), expected, "{text}");
    }

    #[track_caller]
    fn wrong(text: &str, expected: &[&str]) {
        let findings = read(text).expect_err(text);
        let told: Vec<String> = findings.errors.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.contains(expected), "{told:?} has no {expected:?}");
        }
    }

    #[test]
    fn exports_are_read_as_they_come() {
        check("email\nAnn@X.example\n", &["ann@x.example - active - -"]);
        check(
            "\u{feff}Work Email;First Name;Last Name;Employment Status;Role\r\nann@x.example;Ann;Lee;On leave;Author\r\nbo@x.example;Bo;;Terminated;\r\n",
            &["ann@x.example author suspended Ann Lee -", "bo@x.example - left Bo -"],
        );
        check(
            "userPrincipalName,displayName,accountEnabled,previous_email\nann@x.example,Ann,TRUE,anna@x.example\nbo@x.example,Bo,False,\n",
            &["ann@x.example - active Ann anna@x.example", "bo@x.example - suspended Bo -"],
        );
        check(
            r#"{ "total": 2, "users": [ { "email": "ann@x.example", "role": "learner", "active": true, "givenName": "Ann", "surname": "Lee" },
                 { "mail": "BO@x.example", "active": false, "oldEmail": null } ] }"#,
            &["ann@x.example learner active Ann Lee -", "bo@x.example - suspended - -"],
        );
    }

    #[test]
    fn who_is_in_it_twice_is_kept_as_doubtful() {
        let file = read("email,role\nann@x.example,author\nANN@x.example,learner\n").unwrap();
        assert_eq!(file.roster.find(&Email::parse("ann@x.example").unwrap()), Listed::Twice);
        assert_eq!(file.roster.len(), 1);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        wrong("", &["the file is empty"]);
        wrong("[]", &["nobody is in it"]);
        let one = r#"{ "email": "ann@x.example" }"#;
        wrong(&format!(r#"{{ "totalResults": 2, "Resources": [{one}] }}"#), &["one page of several"]);
        wrong(&format!(r#"{{ "@odata.nextLink": "x", "value": [{one}] }}"#), &["one page of several"]);
        wrong("[ { \"email\": ", &["line 1: no JSON"]);
        wrong("{ \"a\": [], \"b\": [] }", &["or with several"]);
        wrong(
            "email,role,status,previous email\nann,author,active,\nbo@x.example,boss,active,\ncy@x.example,author,maybe,\ndee@x.example,,,dee\n",
            &["exactly one @", "\"boss\" is no role", "\"maybe\" is no state", "exactly one @"],
        );
        wrong(
            r#"[ { "email": "ann", "role": "author" }, { "role": "boss" }, { "email": "cy@x.example", "status": "maybe" }, 7,
                 { "email": "dee@x.example", "mail": "dee@x.example" }, { "email": "eva@x.example", "role": 3 } ]"#,
            &[
                "person 1, email",
                "person 2, email: is missing",
                "person 2, role: \"boss\" is no role",
                "person 3, status",
                "person 4, entry",
                "`mail` means the same",
                "person 5, email: is missing",
                "person 6, role: neither",
            ],
        );
    }

    #[test]
    fn every_word_for_a_state_means_one() {
        let all: Vec<&str> = STATES.iter().flat_map(|(_, words)| *words).copied().collect();
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), all.len());
        for (state, words) in STATES {
            assert!(words.iter().all(|word| state_of(&word.to_uppercase()) == Some(state)));
        }
        assert_eq!(state_of("On-Leave"), Some(Presence::Suspended));
        assert_eq!(state_of("gone fishing"), None);
    }
}

//! Files of people as they come: from a hand, from a spreadsheet, from another program, from a stranger.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::cells::line_of;
use super::people_file::MOST_ROWS;
use super::*;
use crate::domain::RoleId;

const KNOWN: [&str; 3] = ["admin", "author", "learner"];

fn role(word: &str) -> Option<RoleId> {
    let word = word.trim().to_lowercase();
    KNOWN.contains(&word.as_str()).then(|| RoleId::new(word))
}

fn read_with(bytes: &[u8], default: Option<&str>) -> Result<PeopleFile, Findings> {
    let roles = Roles { of: &role, known: &KNOWN, default: default.map(RoleId::new) };
    PeopleFile::read(bytes, &roles)
}

fn read(text: &str) -> Result<PeopleFile, Findings> {
    read_with(text.as_bytes(), None)
}

/// Checks who is read, each as `LINE EMAIL ROLE NAME`.
#[track_caller]
fn people(text: &str, expected: &[&str]) -> Vec<Finding> {
    let file = read(text).unwrap_or_else(|findings| panic!("{text:?}: {findings:#?}"));
    let row = |person: &PersonRow| {
        let name = person.name.as_deref().unwrap_or("-");
        format!("{} {} {} {name}", person.line, person.email, person.role)
    };
    assert_eq!(file.people.iter().map(row).collect::<Vec<_>>(), expected, "{text:?}");
    file.notes
}

/// Checks that exactly these findings are made, each by how it begins.
#[track_caller]
fn findings(text: &str, expected: &[&str]) {
    found(&read(text).expect_err(text), expected);
}

#[track_caller]
fn found(findings: &Findings, expected: &[&str]) {
    let told: Vec<String> = findings.errors.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told:?} does not begin with {expected:?}");
    }
    assert!(findings.errors.iter().all(|finding| finding.hint.is_some() || finding.what.contains('@')));
}

#[test]
fn columns_are_told_by_their_names() {
    people("email,role,name\nann@x.example,author,Ann\n", &["2 ann@x.example author Ann"]);
    people("Name;E-Mail;ACCESS\nAnn;Ann@X.example;Author", &["2 ann@x.example author Ann"]);
    people("Role\tEmail Address\r\nadmin\tann@x.example\r\n", &["2 ann@x.example admin -"]);
    people(
        "mail,First name,last_name,role\nann@x.example,Ann,Lee,author\nbob@x.example,,Ray,author\ncy@x.example,,,author\n",
        &["2 ann@x.example author Ann Lee", "3 bob@x.example author Ray", "4 cy@x.example author -"],
    );
    people(
        "email,role,full name,first name\nann@x.example,author,Ann Lee,A\nbob@x.example,author,,Bob\n",
        &["2 ann@x.example author Ann Lee", "3 bob@x.example author Bob"],
    );
    people("\u{feff}\"email\",\"role\"\n\"ann@x.example\",\"author\"\n", &["2 ann@x.example author -"]);
    people("email;role;name\nann@x.example;author;Lee, Ann\n", &["2 ann@x.example author Lee, Ann"]);
}

#[test]
fn a_column_nobody_knows_is_named_once() {
    let notes = people(
        "email,phone,role,,\"cost, \u{7}\"\na@x.example,1\u{0},author,,9\nb@x.example,2,author,x,9\n",
        &["2 a@x.example author -", "3 b@x.example author -"],
    );
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].to_string(), "line 1: not used: columns \"phone\", \"cost, \\u{7}\"");
    assert_eq!(people("email,role\na@x.example,author\n", &["2 a@x.example author -"]), []);
    let refused = read("email,phone,role\na,1,author\n").unwrap_err();
    assert_eq!(refused.notes[0].what, "not used: column \"phone\"", "also where there are mistakes");
}

#[test]
fn lines_are_those_of_the_file() {
    people(
        "\r\n\nemail,name,role\r\n\r\n , ,\na@x.example,\"Ann\r\nof two \nlines\",author\r\n\rb@x.example,Bob,author",
        &["6 a@x.example author Ann of two lines", "10 b@x.example author Bob"],
    );
    findings(
        "email,name,role\na@x.example,\"two\nlines\",boss\nb,B,author\n",
        &[
            "line 3, \"role\": \"boss\" is no role\n  hint: use one of: admin, author, learner",
            "line 4, \"email\": `b` needs exactly one @",
        ],
    );
}

#[test]
fn all_mistakes_come_at_once_and_in_order() {
    findings(
        "E-mail,role,name\n,author,A\nann@x.example,author,Ann\nAnn <a@x.example>,boss,A\nc@x.example,author\n\
         d@x.example,,D\nANN@x.example,boss,A\ne@x.example,author,E\u{0}\nf@x.example,author,Fay,Lee\n\"g\"@x.example,author,G\n",
        &[
            "line 2, \"E-mail\": the address is empty\n  hint: every row needs an address",
            "line 4, \"E-mail\": `Ann <a@x.example>` has nothing usable before the @",
            "line 4, \"role\": \"boss\" is no role",
            "line 5: 2 cells, and the first line names 3 columns\n  hint: what is left empty has its comma",
            "line 6, \"role\": no role\n  hint: use one of:",
            "line 7, \"E-mail\": ann@x.example is in line 3 too\n  hint: keep one",
            "line 7, \"role\": \"boss\" is no role",
            "line 8, \"name\": a control character is in it, U+0000",
            "line 9: 4 cells, and the first line names 3 columns\n  hint: a cell with a comma in it stands in quotes",
            "line 10, \"E-mail\": something stands behind the closing quote",
        ],
    );
    let refused = read("email,role\na,author\nb,author\n").unwrap_err();
    assert_eq!(refused.to_string(), "read the people: 2 mistakes in the file");
}

#[test]
fn an_address_given_three_times_is_found_twice_whatever_else_is_wrong_with_its_rows() {
    findings(
        "email,role\na@x.example,boss\nA@X.example,author\na@x.example,author\n",
        &[
            "line 2, \"role\": \"boss\"",
            "line 3, \"email\": a@x.example is in line 2 too",
            "line 4, \"email\": a@x.example is in line 2 too",
        ],
    );
}

#[test]
fn a_quote_that_never_closes_does_not_swallow_people_in_silence() {
    findings(
        "email,name,role\na@x.example,Ann,author\nb@x.example,\"Bob,author\nc@x.example,Cy,author\n",
        &["line 3, \"name\": a quote opens here and never closes"],
    );
}

#[test]
fn a_header_that_does_not_help_is_told_alone() {
    findings("", &["the file is empty"]);
    findings("\u{feff}\n \r\n,,\n", &["the file is empty"]);
    findings("email,role\n\n", &["line 1: nobody is in it"]);
    findings(
        "login,role\nann@x.example,boss\n",
        &[
            "line 1: no column holds addresses; there are: \"login\", \"role\"\n  hint: name the column `email`",
        ],
    );
    findings("ann@x.example,author\nbob@x.example,author\n", &["line 1: the first line is somebody"]);
    findings("\"email,role\nann@x.example,author\n", &["line 1: the quotes of the first line"]);
    found(&read_with(b"email\nM\xfcller\nb\n", None).unwrap_err(), &["line 2: not UTF-8: the byte 0xFC"]);
}

#[test]
fn a_column_named_twice_is_found_and_the_rows_are_read_on() {
    findings(
        "email,role,E-Mail\na@x.example,boss,b@x.example\n",
        &["line 1: \"email\" and \"E-Mail\" mean the same column", "line 2, \"role\": \"boss\" is no role"],
    );
    findings("email,role,access\na@x.example,author,author\n", &["line 1: \"role\" and \"access\" mean"]);
}

#[test]
fn a_role_for_all_serves_the_rows_without_one() {
    let roles = |text: &str| {
        let file = read_with(text.as_bytes(), Some("learner")).unwrap();
        file.people.iter().map(|person| person.role.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(roles("email\na@x.example\nb@x.example\n"), ["learner", "learner"]);
    assert_eq!(roles("email,role\na@x.example,\nb@x.example,Admin\n"), ["learner", "admin"]);
    let refused = read_with(b"email,role\na@x.example,boss\n", Some("learner")).unwrap_err();
    found(&refused, &["line 2, \"role\": \"boss\" is no role"]);
    findings(
        "email\na@x.example\nb\n",
        &[
            "line 1: no column holds roles\n  hint: add a column `role`, or give one role for all: admin, author, learner",
            "line 3, \"email\": `b`",
        ],
    );
}

#[test]
fn ten_thousand_people_are_read_and_not_one_more() {
    let rows = |count: usize| {
        let rows = (0..count).map(|number| format!("p{number}@x.example,author\n"));
        format!("email,role\n{}", rows.collect::<String>())
    };
    assert_eq!(read(&rows(MOST_ROWS)).unwrap().people.len(), MOST_ROWS);
    findings(&rows(MOST_ROWS + 2), &["line 10002: more than 10000 people"]);
}

#[test]
fn what_the_writer_wrote_is_read() {
    let header = ["name", "email", "role", "status"];
    let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
    let rows =
        [row(["=1+1", "=ann@x.example", "author", "active"]), row(["'=1", "-bob@x.example", "admin", "-"])];
    let notes = people(
        &writer::table(&header, &rows),
        &["2 =ann@x.example author =1+1", "3 -bob@x.example admin '=1"],
    );
    assert_eq!(notes[0].what, "not used: column \"status\"");
}

/// Bytes that look like a table, or like nothing.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "email",
            "role",
            "name",
            ",",
            ";",
            "\t",
            "\n",
            "\r\n",
            "\r",
            "\"",
            "'",
            "=",
            " ",
            "a@x.example",
            "b@x.example",
            "author",
            "boss",
            "\0",
            "é",
            "\u{feff}",
            "@",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..3),
    ];
    let start =
        prop::sample::select(vec!["", "email,role\n", "name;email;role\r\n", "\u{feff}email\trole\n"]);
    (start, prop::collection::vec(piece, 0..40))
        .prop_map(|(start, pieces)| [start.as_bytes(), &pieces.concat()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_bytes_it_is_people_or_findings(bytes in bytes(), default: bool) {
        let last = line_of(&bytes, bytes.len());
        match read_with(&bytes, default.then_some("learner")) {
            Ok(file) => {
                prop_assert!(!file.people.is_empty());
                prop_assert!(file.people.windows(2).all(|two| two[0].line < two[1].line));
                prop_assert!(file.people.iter().all(|person| person.line > 1 && person.line <= last));
                let emails: BTreeSet<_> = file.people.iter().map(|person| &person.email).collect();
                prop_assert_eq!(emails.len(), file.people.len());
            }
            Err(findings) => {
                prop_assert!(!findings.errors.is_empty());
                prop_assert!(findings.errors.iter().all(|finding| finding.line <= last));
                prop_assert!(findings.errors.windows(2).all(|two| two[0].line <= two[1].line));
                let told = findings.errors.iter().map(ToString::to_string).collect::<String>();
                prop_assert!(told.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", told);
            }
        }
    }

    /// A row is either somebody or has a finding, and a good row is never missing.
    #[test]
    fn every_row_is_accounted_for(kinds in prop::collection::vec(0..6_usize, 1..30)) {
        let mut text = "email,name,role\n".to_owned();
        let (mut good, mut bad, mut line) = (Vec::new(), Vec::new(), 2);
        for (number, kind) in kinds.iter().enumerate() {
            let email = format!("p{number}@x.example");
            let (row, lines) = match kind {
                0 => (format!("{email},P,author\n"), 1),
                1 => (format!("{email},\"two\r\nlines, \"\"P\"\"\",admin\r\n"), 2),
                2 => ("\r\n".to_owned(), 1),
                3 => (format!("{email},P\n"), 1),
                4 => (format!("{email},P,boss\n"), 1),
                _ => (format!("p{number},P,author\n"), 1),
            };
            match kind {
                0 | 1 => good.push((line, email)),
                2 => {}
                _ => bad.push(line),
            }
            text.push_str(&row);
            line += lines;
        }
        match read(&text) {
            Ok(file) => {
                prop_assert!(bad.is_empty());
                let read: Vec<_> = file.people.iter().map(|person| (person.line, person.email.to_string())).collect();
                prop_assert_eq!(read, good);
            }
            Err(findings) if bad.is_empty() => prop_assert!(good.is_empty() && findings.errors.len() == 1),
            Err(findings) => {
                let lines: Vec<usize> = findings.errors.iter().map(|finding| finding.line).collect();
                prop_assert_eq!(lines, bad);
            }
        }
    }
}

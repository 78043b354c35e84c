//! A file of people, taken in by the console's own import: proved before the commit, read back after it, and told row by
//! row.

use std::time::Instant;

use serde_json::json;

use crate::cli::contains;
use crate::support::practice::Practice;
use crate::support::{Desk, control};

/// A file of this many people, some of whom the console does not take.
fn people(rows: usize, bad: usize) -> String {
    let mut text = "email;role;name\n".to_owned();
    for row in 0..rows {
        text.push_str(&format!("{};Learner;\"Person; {row}\"\n", address(row, rows, bad)));
    }
    text
}

/// The bad ones stand evenly among the others.
fn address(row: usize, rows: usize, bad: usize) -> String {
    let every = rows / bad;
    let is_bad = row.is_multiple_of(every) && row / every < bad;
    format!("person{row}@acme.{}", if is_bad { "invalid" } else { "example" })
}

fn practice() -> Practice {
    let practice = Practice::with(5, &[]);
    let config = practice.config();
    practice
        .write("config/seatwright/seatwright.toml", &format!("{config}policy = {{ max_new_seats = 50 }}\n"));
    practice
}

fn results(practice: &Practice) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(practice.path("people.result.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap().iter().next(), Some("line"));
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn a_file_comes_in_at_once_and_each_row_is_told_what_became_of_it() {
    comes_in(40, 5);
}

/// `make soak NAME=import`.
#[test]
#[ignore = "takes minutes"]
fn five_hundred_rows_come_in_at_once() {
    comes_in(500, 37);
}

fn comes_in(count: usize, bad: usize) {
    let practice = practice();
    practice.write("people.csv", &people(count, bad));
    let before = practice.truth().emails().len();
    // Rehearsed first: nothing is sent, and no result is written.
    let came = practice.check(&["import", "people.csv", "--dry-run"], 10);
    contains(&came.out, &["planned", &format!("{count} people")]);
    assert_eq!(practice.truth().writes(), 0);
    assert!(!practice.path("people.result.csv").exists());

    let since = Instant::now();
    let came = practice.check(&["import", "people.csv", "--yes"], 4);
    let good = count - bad;
    eprintln!("{good} of {count} rows came in, {bad} did not, in {:.1} s", since.elapsed().as_secs_f64());
    contains(
        &came.out,
        &["pending", &format!("{good} people"), "failed", &address(0, count, bad), "invalid_email"],
    );
    contains(&came.err, &["people.result.csv"]);
    let truth = practice.truth();
    assert_eq!((truth.emails().len(), truth.mutations().len()), (before + good, good));
    for row in 0..count {
        let mails = usize::from(address(row, count, bad).ends_with("example"));
        assert_eq!(truth.mails_to(&address(row, count, bad)), mails, "row {row}");
    }
    let writes = truth.0["writes"].as_array().unwrap().len();
    assert_eq!(writes, 2, "one upload and one commit: {:#}", truth.0["writes"]);

    let rows = results(&practice);
    assert_eq!(rows.len(), count);
    for (index, row) in rows.iter().enumerate() {
        let address = address(index, count, bad);
        let expected: [&str; 2] =
            if address.ends_with("invalid") { ["failed", "invalid_email"] } else { ["pending", ""] };
        assert_eq!((&row[0], &row[1]), (&(index + 2).to_string(), &address), "in the order of the file");
        assert_eq!([row[4].as_str(), row[5].as_str()], expected, "{row:?}");
    }

    // A second time nobody is invited again, and nothing but the bad rows is given to the console.
    let came = practice.check(&["import", "people.csv", "--yes"], 4);
    contains(&came.out, &["already_so", &format!("{good} people")]);
    assert_eq!(practice.truth().mutations().len(), good);
    practice.nothing_is_left();
}

#[test]
fn a_file_with_mistakes_is_told_all_of_them_and_starts_nothing() {
    let practice = practice();
    let text = "email,role\nann@acme.example,Learner\nnobody,Learner\nben@acme.example,King\nann@acme.example,Author\n";
    practice.write("people.csv", text);
    let came = practice.check(&["import", "people.csv", "--yes"], 2);
    contains(
        &came.err,
        &[
            "people.csv: line 3, ",
            "nobody",
            "people.csv: line 4, ",
            "\"King\" is no role",
            "admin, author, learner",
            "people.csv: line 5, ",
            "is in line 2 too",
            "3 mistakes in people.csv, nothing was done",
        ],
    );
    assert_eq!(practice.truth().0["requests"], 0);
    practice.write("people.csv", "email\nann@acme.example\n");
    contains(&practice.check(&["import", "people.csv", "--yes"], 2).err, &["no column holds roles"]);
    let came = practice.check(&["import", "people.csv", "--role", "learner", "--result", "people.csv"], 2);
    contains(&came.err, &["would overwrite people.csv"]);
    contains(&practice.check(&["import", "nowhere.csv"], 2).err, &["read nowhere.csv"]);
}

/// Two people come in by a file; what became of each.
fn two_come_in(desk: &Desk) -> (Vec<(String, Option<String>)>, seatwright::engine::report::Report) {
    let role = seatwright::domain::RoleId::new("author");
    let emails = ["ann.new@acme.example", "ben.new@acme.example"].map(crate::support::email);
    let newcomer = seatwright::domain::Newcomer { role, name: None };
    let people = emails.iter().map(|email| (email.clone(), newcomer.clone())).collect();
    let report = desk.change(seatwright::domain::Request::Import { emails: emails.to_vec(), people });
    let outcomes =
        report.changes.iter().map(|change| (change.outcome.clone(), change.reason.clone())).collect();
    (outcomes, report)
}

#[test]
fn a_console_that_refuses_the_file_or_lies_about_it_is_found_out() {
    let mut desk = Desk::with(5);
    desk.settles_after(1);
    control(desk.ready(), "PUT", "/faults", &json!({ "names": [], "seat_limit": 1 }));
    let (outcomes, report) = two_come_in(&desk);
    let full = ("failed".to_owned(), Some("seat_limit".to_owned()));
    assert_eq!(outcomes, [full.clone(), full], "{report:#?}");
    desk.faults(&["toast_lies"], json!({ "mode": "says_done" }));
    let (outcomes, report) = two_come_in(&desk);
    let lied = ("failed".to_owned(), Some("not_applied".to_owned()));
    assert_eq!(outcomes, [lied.clone(), lied], "{report:#?}");
    assert_eq!(desk.truth().mutations(), []);
}

#[test]
#[ignore = "long: make soak NAME=import"]
fn an_unkind_console_takes_a_file_all_the_same() {
    let mut desk = Desk::with(5);
    desk.settles_after(1);
    desk.faults(&["slow", "rerender", "lookalike"], json!({ "seat_limit": 100 }));
    let (outcomes, report) = two_come_in(&desk);
    let invited = ("pending".to_owned(), None);
    assert_eq!(outcomes, [invited.clone(), invited], "{report:#?}");
    assert_eq!(desk.truth().mutations().len(), 2);
}

/// Who is to get which role decides by which recording they come in: each has a file of its own.
#[test]
fn people_of_different_cases_come_in_by_different_files() {
    use seatwright::domain::{Newcomer, Request, RoleId};
    use seatwright::engine::app::{Recording, When};
    let mut desk = Desk::with(5);
    let app = std::sync::Arc::make_mut(&mut desk.app);
    let import = app.flows.remove("import").unwrap();
    for (name, role) in [("import_authors", "author"), ("import_learners", "learner")] {
        let when = Some(When { roles: Some(vec![RoleId::new(role)]), ..When::default() });
        app.flows.insert(name.to_owned(), Recording { name: name.to_owned(), when, ..import.clone() });
    }
    let asked = |given: &[(&str, &str)]| {
        let person = |(name, role): &(&str, &str)| {
            let newcomer = Newcomer { role: RoleId::new(*role), name: None };
            (crate::support::email(&format!("{name}@acme.example")), newcomer)
        };
        let people: Vec<_> = given.iter().map(person).collect();
        let emails = people.iter().map(|(email, _)| email.clone()).collect();
        Request::Import { emails, people: people.into_iter().collect() }
    };
    let report =
        desk.change(asked(&[("ann", "learner"), ("ben", "author"), ("cy", "learner"), ("di", "admin")]));
    let outcomes: Vec<_> =
        report.changes.iter().map(|change| (change.outcome.as_str(), change.reason.as_deref())).collect();
    let (came, left) = (("pending", None), ("failed", Some("unsupported")));
    assert_eq!(outcomes, [came, came, came, left], "{report:#?}");
    let truth = desk.truth();
    assert_eq!(truth.role("ann@acme.example").as_deref(), Some("learner"));
    assert_eq!(truth.role("ben@acme.example").as_deref(), Some("author"));
    assert_eq!(
        (truth.mutations().len(), truth.writes()),
        (3, 4),
        "an upload and a commit for each of two files"
    );
    // Nobody of this file is of a case: no browser is started for it.
    let request = asked(&[("ed", "admin")]);
    let engine = desk.engine();
    let agrees = &mut crate::support::Agrees;
    let error = crate::support::RUNTIME.block_on(engine.change(request, agrees)).unwrap_err();
    let told = "import: coassemble/members-2026-03 has no recording for this case: role admin";
    assert_eq!((error.to_string().as_str(), error.exit_code()), (told, 2));
}

/// What a resumed import has still to do it does as it was agreed to: by the file, with the names in it.
#[cfg(feature = "crash-points")]
#[test]
fn an_import_that_died_before_its_commit_is_resumed_by_the_file() {
    let practice = practice();
    practice.write("people.csv", &people(4, 1));
    let import = ["import", "people.csv", "--yes"];
    let mut dies = practice.command(&import);
    practice.check_command(dies.env("SEATWRIGHT_CRASH_POINT", "intended=self"), -1);
    assert_eq!(practice.truth().writes(), 0);
    let run = practice.report()["run"].as_str().unwrap().to_owned();
    let came = practice.check(&["resume", &run, "--yes"], 4);
    contains(&came.out, &["pending       person3@acme.example", "invalid_email"]);
    let truth = practice.truth();
    assert_eq!((truth.writes(), truth.mutations().len()), (2, 3), "one upload and one commit");
    assert_eq!(truth.member(&address(1, 4, 1)).unwrap()["name"], "Person; 1");
    practice.nothing_is_left();
}

//! Many people at once: an uploaded file is looked through first, and imported only when somebody says so.
//!
//! The upload changes nothing; it is kept, and one later request invites everybody in it who can be invited.
//! Here too is the way out: the export of all members.

use std::collections::BTreeSet;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::app::{App, problem};
use super::csv;
use super::person::{Person, Role, Status, date, looks_like_address, normal};
use super::state::State;

/// How many people one file may have.
const MOST_PEOPLE: usize = 500;
const MOST_BYTES: usize = 1 << 20;

/// Somebody of a file who can be invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Newcomer {
    pub(crate) email: String,
    pub(crate) role: Role,
    /// Guessed from the address if the file has none.
    pub(crate) name: Option<String>,
}

/// A line of the preview, as the file has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Listed {
    row: usize,
    email: String,
    role: String,
    name: String,
    /// Empty if the person can be invited.
    problem: &'static str,
}

/// Takes a file and answers what would become of its rows.
pub(crate) async fn upload(Shared(app): Shared<App>, body: Bytes) -> Response {
    if body.len() > MOST_BYTES {
        return problem(413, "This file is too large. Choose a CSV file of up to 1 MB.");
    }
    let Ok(text) = std::str::from_utf8(&body) else {
        return problem(422, "This file can't be read. Save it as CSV (UTF-8) and try again.");
    };
    app.with(|state| match look_through(text, state) {
        Err(message) => problem(422, &message),
        Ok((rows, newcomers)) => {
            let good = newcomers.len();
            let id = state.keep_import(newcomers);
            Json(json!({ "id": id, "rows": rows, "good": good })).into_response()
        }
    })
}

/// The rows with what is wrong with each, and those with whom nothing is wrong.
fn look_through(text: &str, state: &State) -> Result<(Vec<Listed>, Vec<Newcomer>), String> {
    let records = csv::read(text);
    let (titles, people) = records.split_first().ok_or("This file is empty.")?;
    let column = |name: &str| titles.fields.iter().position(|title| title.eq_ignore_ascii_case(name));
    let (Some(email), Some(role)) = (column("email"), column("role")) else {
        return Err(
            "This file has no Email or no Role column. The first row must have the column names.".into()
        );
    };
    let name = column("name");
    if people.is_empty() {
        return Err("There are no people in this file.".into());
    }
    if people.len() > MOST_PEOPLE {
        return Err(format!(
            "This file has {} people. You can import at most {MOST_PEOPLE} at once.",
            people.len()
        ));
    }
    let mut seen = BTreeSet::new();
    let mut newcomers = Vec::new();
    let rows = people.iter().map(|record| {
        let field = |at: usize| record.fields.get(at).cloned().unwrap_or_default();
        let mut listed = Listed {
            row: record.row,
            email: field(email),
            role: field(role),
            name: name.map(field).unwrap_or_default(),
            problem: "",
        };
        match newcomer(&listed, &mut seen, state) {
            Ok(newcomer) => newcomers.push(newcomer),
            Err(problem) => listed.problem = problem,
        }
        listed
    });
    let rows = rows.collect();
    Ok((rows, newcomers))
}

fn newcomer(listed: &Listed, seen: &mut BTreeSet<String>, state: &State) -> Result<Newcomer, &'static str> {
    if !looks_like_address(&listed.email) {
        return Err("Not a valid email address");
    }
    let email = normal(&listed.email);
    if !seen.insert(email.clone()) {
        return Err("Listed twice in this file");
    }
    match state.by_email(&email).map(|person| person.status) {
        Some(Status::Active) => return Err("Already a member"),
        Some(Status::Pending | Status::Expired) => return Err("Already invited"),
        None => {}
    }
    let role = Role::ALL.into_iter().find(|role| role.word().eq_ignore_ascii_case(&listed.role));
    let role = role.ok_or("Unknown role")?;
    Ok(Newcomer { email, role, name: Some(listed.name.clone()).filter(|name| !name.is_empty()) })
}

/// All members as a file, by name.
pub(crate) async fn export(Shared(app): Shared<App>) -> Response {
    app.with(|state| {
        let mut people: Vec<&Person> = state.people.iter().collect();
        people.sort_by_cached_key(|person| (person.name.to_lowercase(), person.email.clone()));
        let mut text = csv::line(&["Name", "Email", "Role", "Status"]);
        for person in people {
            text += &csv::line(&[&person.name, &person.email, person.role.word(), person.status.word()]);
        }
        let file = format!("attachment; filename=\"members-{}.csv\"", date(state.now()));
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, file),
        ];
        (headers, text).into_response()
    })
}

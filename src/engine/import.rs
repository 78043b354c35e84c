//! The file that the console's own import takes, as its recording says it has to be (F16).

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::apply::Item;
use super::evidence::Evidence;
use super::runner::Stop;
use super::table::writer;
use crate::domain::email::Email;
use crate::domain::outcome::Reason;
use crate::domain::request::Newcomer;
use crate::engine::app::{App, PeopleColumns};

/// Writes the file into the run's folder, where it is kept.
pub(super) fn write_file(
    evidence: &Evidence,
    file: &PeopleColumns,
    people: &BTreeMap<Email, Newcomer>,
    some: &[Item],
    app: &App,
) -> Result<PathBuf, Stop> {
    let name = some.first().map(|item| format!("{}-import.csv", item.id)).unwrap_or_default();
    let written = evidence.save(&name, content(file, people, some, app).as_bytes());
    let doing = "write the file for the console";
    written.map_err(|error| Stop::new(Reason::Unsupported, doing, error.to_string()))?;
    Ok(evidence.folder().join(name))
}

/// The file as the console wants it.
fn content(file: &PeopleColumns, people: &BTreeMap<Email, Newcomer>, some: &[Item], app: &App) -> String {
    let titles: Vec<&str> = file.columns.iter().map(|(title, _)| title.as_str()).collect();
    let cell = |item: &Item, what: &str| {
        let newcomer = people.get(item.change.email());
        match what {
            "email" => item.change.email().to_string(),
            "role" => {
                let role = newcomer.and_then(|newcomer| app.map.role(&newcomer.role));
                role.and_then(|role| role.word()).unwrap_or_default().to_owned()
            }
            _ => newcomer.and_then(|newcomer| newcomer.name.clone()).unwrap_or_default(),
        }
    };
    let row = |item: &Item| file.columns.iter().map(|(_, what)| cell(item, what)).collect();
    let rows: Vec<Vec<String>> = some.iter().map(row).collect();
    writer::plain(&titles, &rows)
}

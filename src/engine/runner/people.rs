//! Many people in one commit: the file given to the console, and the proof that it took just these people out of it
//! (F16).

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::flow::{Flow, unknown};
use super::list::{Reads, members_list};
use super::locate::{Need, TRIES, element_of, moved};
use super::parts::sections;
use super::stop::Stop;
use crate::domain::outcome::Reason;
use crate::engine::app::{List, Target, Template};

/// How many addresses a message names.
const NAMED: usize = 3;

/// Somebody the console leaves out of a commit, and what it says of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The address, in lower case.
    pub email: String,
    /// The console's words.
    pub says: String,
}

impl Flow<'_> {
    /// Says whom the flow is about, where it is about many.
    pub fn set_people(&mut self, emails: Vec<String>) {
        self.people = emails;
    }

    /// Those of them whom the console leaves out, as far as it was proved.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Opens the list of the members in its full state, for a flow that begins there.
    ///
    /// # Errors
    /// A page that cannot be read.
    pub async fn open_members(&mut self) -> Result<(), Stop> {
        let app = self.app;
        let list = members_list(app)?;
        let sections = sections(app, list, &self.inputs);
        if let Some(first) = sections.first() {
            self.open_list(list, first).await?;
        }
        Ok(())
    }

    pub(super) async fn upload(
        &mut self,
        doing: &str,
        target: &Target,
        file: &Template,
        wait: Duration,
    ) -> Result<(), Stop> {
        let path = self.inputs.fill(file).map_err(|missing| unknown(doing, &missing.0))?;
        for _ in 0..TRIES {
            // A file input is hidden under what people click: it takes a file all the same.
            let found = self.locate(doing, target, Need::Present, json!({ "give": true }), wait).await?;
            self.last_click = None;
            match self.page.browser().upload(&element_of(doing, &found)?, Path::new(&path)).await {
                Ok(()) => return Ok(()),
                Err(error) if moved(&error) => {}
                Err(error) => return Err(Stop::browser(doing, &error)),
            }
        }
        Err(Stop::new(
            Reason::Timeout,
            doing,
            "the file input was replaced each time it was about to get the file",
        ))
    }

    /// The list shows just the people of the flow; whoever has something in the column `error` is left out.
    pub(super) async fn prove_list(&mut self, doing: &str, list: &List, wait: Duration) -> Result<(), Stop> {
        let wanted: BTreeSet<String> = self.people.iter().cloned().collect();
        let end = Instant::now() + wait;
        loop {
            let rest = end.saturating_duration_since(Instant::now());
            let page = self.read_page(list, Reads { wait: rest, ..Reads::all(list) }).await?;
            let cell = |row: &super::page::RowSeen, column: &str| row.cells.get(column).cloned().flatten();
            let shown: Vec<String> =
                page.rows.iter().map(|row| cell(row, &list.key).unwrap_or_default().to_lowercase()).collect();
            let distinct: BTreeSet<String> = shown.iter().cloned().collect();
            if page.fresh && distinct == wanted && distinct.len() == shown.len() {
                let left_out = page.rows.iter().zip(shown);
                self.left_out = left_out
                    .filter_map(|(row, email)| Some(LeftOut { email, says: cell(row, "error")? }))
                    .collect();
                // Nothing is left to be committed, and what would commit may never be enabled.
                return match self.left_out.first() {
                    Some(first) if self.left_out.len() == wanted.len() => {
                        let cause = format!("the console takes nobody: {:?}", first.says);
                        Err(Stop::new(Reason::ConsoleError, doing, cause))
                    }
                    _ => Ok(()),
                };
            }
            if Instant::now() >= end {
                return Err(Stop::new(Reason::Ambiguous, doing, differs(&wanted, &shown)));
            }
        }
    }
}

/// How what is shown differs from what was asked for.
fn differs(wanted: &BTreeSet<String>, shown: &[String]) -> String {
    let distinct: BTreeSet<String> = shown.iter().cloned().collect();
    let some = |emails: Vec<&String>| {
        let named: Vec<&str> = emails.iter().take(NAMED).map(|email| email.as_str()).collect();
        let more = emails.len().saturating_sub(NAMED);
        if more > 0 { format!("{} and {more} more", named.join(", ")) } else { named.join(", ") }
    };
    let mut what = vec![format!("the list shows {} rows of {} people asked for", shown.len(), wanted.len())];
    let missing: Vec<&String> = wanted.difference(&distinct).collect();
    let strange: Vec<&String> = distinct.difference(wanted).collect();
    if !missing.is_empty() {
        what.push(format!("missing: {}", some(missing)));
    }
    if !strange.is_empty() {
        what.push(format!("not asked for: {}", some(strange)));
    }
    what.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_that_differs_is_told_by_name() {
        let wanted = ["a", "b", "c", "d", "e"].map(|name| format!("{name}@x.example")).into();
        let shown = ["a@x.example".to_owned(), "z@x.example".to_owned()];
        assert_eq!(
            differs(&wanted, &shown),
            "the list shows 2 rows of 5 people asked for; missing: b@x.example, c@x.example, d@x.example and 1 more; \
             not asked for: z@x.example"
        );
    }
}

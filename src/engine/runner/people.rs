//! Many people in one commit: the file given to the console, and the proof that it took just these people out of it
//! (F16).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::find::{Sought, Wanted};
use super::flow::Flow;
use super::list::{Reads, members_list};
use super::locate::{Need, TRIES, element_of, moved};
use super::page::Answer;
use super::parts::{Section, sections};
use super::stop::Stop;
use super::words::unknown;
use crate::domain::email::Email;
use crate::domain::member::Member;
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

    /// Turns to the first page of the members that shows any of these people. Gives how each of those stands there, and
    /// nobody where no page shows any. `kind`: the kind of row that they have to be.
    ///
    /// # Errors
    /// A page that cannot be read, or pages that end otherwise than with the last of the list.
    pub async fn turn_to_any(
        &mut self,
        emails: &BTreeSet<Email>,
        kind: &str,
    ) -> Result<BTreeMap<Email, Stands>, Stop> {
        let app = self.app;
        let list = members_list(app)?;
        let own = self.inputs.clone();
        let mut shown = BTreeMap::new();
        for section in &sections(app, list, &self.inputs) {
            self.set_inputs(section.inputs.clone());
            let mut page = self.open_list(list, section).await?;
            while let Some(some) = page {
                shown = self.of_these(emails, kind, &some, list, section);
                let next = some.next.as_deref();
                let is_last = next.is_none_or(|next| ["none", "absent", "disabled"].contains(&next));
                if !shown.is_empty() || (is_last && some.fresh) {
                    break;
                }
                if next != Some("enabled") || !some.fresh {
                    let cause = format!("{} did not settle, or has no one next page", section.place(1));
                    return Err(Stop::new(Reason::ReadingUnstable, "look for the rows", cause));
                }
                page = Some(self.next_page(list, section, &some.signature).await?);
            }
            if !shown.is_empty() {
                break;
            }
        }
        self.set_inputs(own);
        Ok(shown)
    }

    /// How each of these people stands on a page, if they do.
    fn of_these(
        &self,
        emails: &BTreeSet<Email>,
        kind: &str,
        page: &Answer,
        list: &List,
        section: &Section<'_>,
    ) -> BTreeMap<Email, Stands> {
        let stands = |email: &Email| match self.on_page(page, &Wanted::of(email), list, section) {
            Sought::NotSeen => None,
            Sought::Found(member, person) if person.row_area == kind => Some(Stands::Row(member)),
            Sought::Found(..) => Some(Stands::Otherwise),
            Sought::Several => Some(Stands::Several),
        };
        emails.iter().filter_map(|email| Some((email.clone(), stands(email)?))).collect()
    }

    /// Ticks the rows of the flow's people, all of which have to be on the page, and sees that nobody else's is.
    pub(super) async fn tick(&mut self, doing: &str, target: &Target, wait: Duration) -> Result<(), Stop> {
        let app = self.app;
        let list = members_list(app)?;
        let page = self.read_page(list, Reads { wait, ..Reads::all(list) }).await?;
        let section = sections(app, list, &self.inputs).into_iter().next();
        let section =
            section.ok_or_else(|| Stop::new(Reason::Unsupported, doing, "the list has no parts"))?;
        let mut people = Vec::new();
        for email in &self.people {
            let email = Email::parse(email)
                .map_err(|error| Stop::new(Reason::InvalidEmail, doing, error.to_string()))?;
            match self.on_page(
                &page,
                &Wanted::of(&email),
                list,
                &Section { is: BTreeMap::new(), ..section.clone() },
            ) {
                Sought::Found(_, person) if person.row_area == target.area() => people.push(person),
                Sought::Several => return Err(several(doing)),
                Sought::Found(..) | Sought::NotSeen => {
                    let cause = format!("no row of {:?} shows {email}", target.area());
                    return Err(Stop::new(Reason::NotFound, doing, cause));
                }
            }
        }
        let held = self.held.len();
        let keys: Vec<Vec<String>> = people.iter().map(|person| person.keys.clone()).collect();
        for person in people {
            self.set_person(Some(person));
            let ticked = self.check(doing, target, true, wait).await;
            self.set_person(None);
            ticked?;
        }
        // Each was held against its own row; what counts from now on is that just these are ticked.
        self.held.truncate(held);
        let element = target.as_str().split_once('.').map(|(_, element)| element).unwrap_or_default();
        let ticks =
            json!({ "areas": list.all_rows(), "element": element, "column": list.key, "people": keys });
        let mut request = self.request("ticked");
        request["ticks"] = ticks.clone();
        let answer = self.ask(doing, request, Duration::from_secs(2)).await?;
        if !answer.ok {
            return Err(self.explain(doing, &answer).await);
        }
        self.last_click = None;
        self.held.push(json!({ "ticks": ticks }));
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
    pub(super) async fn prove_list(
        &mut self,
        doing: &str,
        name: &str,
        list: &List,
        wait: Duration,
    ) -> Result<(), Stop> {
        let wanted: BTreeSet<String> = self.people.iter().cloned().collect();
        let end = Instant::now() + wait;
        loop {
            let rest = end.saturating_duration_since(Instant::now());
            let page = self.read_page(list, Reads { wait: rest, ..Reads::all(list) }).await?;
            let cell = |row: &super::page::RowSeen, column: &str| row.cells.get(column).cloned().flatten();
            let shown: Vec<String> = page
                .rows
                .iter()
                .map(|row| cell(row, &list.key).unwrap_or_default().to_ascii_lowercase())
                .collect();
            let distinct: BTreeSet<String> = shown.iter().cloned().collect();
            if page.fresh && distinct == wanted && distinct.len() == shown.len() {
                self.hold_list(list, name, &page);
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

fn several(doing: &str) -> Stop {
    Stop::new(Reason::Ambiguous, doing, "more than one row shows the address")
}

/// How somebody stands on a page of the list.
#[derive(Clone, Debug)]
pub enum Stands {
    /// In a row of the kind that was asked for.
    Row(Box<Member>),
    /// In a row of another kind.
    Otherwise,
    /// In more than one row.
    Several,
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

//! Reads the members: page by page, pass by pass, until the reading is proven or it is known why it is not (D7.1, F6).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::flow::Flow;
use super::page::{Answer, RowSeen};
use super::stop::Stop;
use crate::domain::email::Email;
use crate::domain::member::{Member, RoleId, Status, StatusMeaning};
use crate::domain::outcome::Reason;
use crate::domain::reading::{Grade, Reading};
use crate::engine::app::{App, List};

/// How long a page of the list may take to settle.
const SETTLE: Duration = Duration::from_secs(15);
/// A list of more pages than this is a loop.
const MOST_PAGES: usize = 2_000;
/// Two passes have to agree; this many are made at the most.
const MOST_PASSES: usize = 3;
/// Walks that contradict themselves are made again, up to this many in all.
const MOST_WALKS: usize = 6;
/// A page that never settles takes its full time in each walk, and seldom does better in the next.
const MOST_UNSETTLED: usize = 2;
/// The list an administrator means by "members".
pub(crate) const MEMBERS: &str = "members";

/// One walk over all pages.
#[derive(Debug)]
struct Pass {
    members: Vec<Member>,
    total: Option<u64>,
    reached_end: bool,
    /// A page went on changing, or loading, for as long as was waited.
    unsettled: bool,
    doubts: Vec<String>,
}

/// What two passes have to agree on, and nothing else.
type Agreed = BTreeSet<(Option<Email>, Option<BTreeSet<RoleId>>, Option<BTreeSet<StatusMeaning>>)>;

impl Flow<'_> {
    /// Reads the members until two passes agree, three at the most, and says how well the list is proven. A walk that
    /// contradicts itself (somebody twice, another total than rows) is no pass and is made again, unless it contradicts
    /// itself in the same way once more.
    ///
    /// # Errors
    /// A page that cannot be read at all. A list that can be read and not be proven is a reading of grade `none`.
    pub async fn read_members(&mut self) -> Result<Reading, Stop> {
        let mut passes: Vec<Pass> = Vec::new();
        let mut broken: Vec<Pass> = Vec::new();
        while passes.len() < MOST_PASSES
            && passes.len() + broken.len() < MOST_WALKS
            && broken.iter().filter(|pass| pass.unsettled).count() < MOST_UNSETTLED
        {
            let pass = self.read_pass().await?;
            if !pass.doubts.is_empty() {
                // The same contradiction twice is the console's own: it does not go away by looking.
                let is_lasting = broken.iter().any(|earlier| earlier.is_as(&pass));
                broken.push(pass);
                if is_lasting {
                    break;
                }
            } else if passes.iter().any(|earlier| earlier.agreed() == pass.agreed()) {
                return Ok(pass.into_reading(None));
            } else {
                passes.push(pass);
            }
        }
        let mut doubts: Vec<String> = broken.iter().flat_map(|pass| pass.doubts.clone()).collect();
        doubts.sort();
        doubts.dedup();
        if passes.len() == MOST_PASSES {
            let counts: Vec<String> = passes.iter().map(|pass| pass.members.len().to_string()).collect();
            doubts.insert(0, format!("{MOST_PASSES} readings disagree ({} rows)", counts.join(", ")));
        }
        doubts.truncate(4);
        let last = passes.pop().or_else(|| broken.pop()).expect("at least one walk was made");
        if last.has_no_address() {
            // Of nobody it could be said that they are there or not: the map no longer fits.
            let key = &members_list(self.app)?.key;
            let cause = format!(
                "none of the {} rows shows an address; is `{key}` of the row still right?",
                last.members.len()
            );
            return Err(Stop::new(Reason::SelectorMissing, "read the members", cause));
        }
        Ok(last.into_reading(Some(doubts.join("; "))))
    }

    /// One walk from a new document to the last page.
    async fn read_pass(&mut self) -> Result<Pass, Stop> {
        let app = self.app;
        let list = members_list(app)?;
        let mut page = self.open_list(list).await?;
        let mut pass = Pass {
            members: Vec::new(),
            total: None,
            reached_end: false,
            unsettled: false,
            doubts: Vec::new(),
        };
        for number in 1..=MOST_PAGES {
            pass.take(&page, app, list, number);
            if page.next.as_deref() != Some("enabled") {
                pass.reached_end = page.next.as_deref() != Some("ambiguous");
                break;
            }
            if !page.fresh {
                break;
            }
            page = self.next_page(list, &page.signature).await?;
        }
        pass.judge(list);
        Ok(pass)
    }

    /// Opens the list by a new document, in its full state, and reads its first page.
    pub(crate) async fn open_list(&mut self, list: &List) -> Result<Answer, Stop> {
        self.open(&list.at, true).await?;
        if let Some(prepare) = &list.prepare {
            self.make_move("prepare the list", prepare).await?;
        }
        self.read_page(list, None, SETTLE).await
    }

    /// Turns the page. The click is done again only where it provably reached nobody: a page turned twice would leave
    /// people out.
    pub(crate) async fn next_page(&mut self, list: &List, before: &str) -> Result<Answer, Stop> {
        let doing = "turn the page";
        let next = list
            .next
            .as_ref()
            .ok_or_else(|| Stop::new(Reason::SelectorMissing, doing, "the list has no `next`"))?;
        self.click(doing, next, &[], SETTLE).await?;
        let end = Instant::now() + SETTLE;
        while Instant::now() < end {
            let page = self.read_page(list, Some(before), SETTLE).await?;
            if page.why() != "lost_click" {
                return Ok(page);
            }
            self.click_again(doing, &page).await?;
        }
        Err(Stop::new(Reason::Timeout, doing, "the click reached nobody, however often it was tried"))
    }

    /// Reads the page shown, once it can be believed; `before` is what the keys must differ from (none: new document).
    pub(crate) async fn read_page(
        &mut self,
        list: &List,
        before: Option<&str>,
        wait: Duration,
    ) -> Result<Answer, Stop> {
        let doing = format!("read \"{}\"", list.at);
        let mut request = self.request("list");
        if before.is_some() {
            self.mark_lost_clicks(&mut request);
            request["surely"] = json!(true);
        }
        let columns: BTreeSet<&str> = list
            .rows
            .iter()
            .filter_map(|area| self.app.map.areas.get(area))
            .flat_map(|area| area.columns().map(|(name, _)| name))
            .collect();
        request["list"] = json!({
            "at": list.at, "rows": list.rows, "key": list.key, "columns": columns,
            "total": list.total.as_ref().map(|target| target.as_str()),
            "next": list.next.as_ref().map(|target| target.as_str()),
            "busy": list.busy.as_ref().map(|target| target.as_str()),
            "empty": list.empty.as_ref().map(|target| target.as_str()),
        });
        request["before"] = json!(before);
        let answer = self.ask(&doing, request, wait).await?;
        if answer.ok || answer.why() == "lost_click" {
            return Ok(answer);
        }
        self.last_click = None;
        Err(self.explain(&doing, &answer).await)
    }
}

pub(crate) fn members_list(app: &App) -> Result<&List, Stop> {
    app.map
        .lists
        .get(MEMBERS)
        .ok_or_else(|| Stop::new(Reason::Unsupported, "read the members", "the map has no [lists.members]"))
}

impl Pass {
    fn take(&mut self, page: &Answer, app: &App, list: &List, number: usize) {
        if !page.fresh {
            self.unsettled = true;
            self.doubts.push(format!("page {number} did not settle"));
        }
        if let Some(stranger) = page.strangers.first() {
            self.doubts.push(format!("a row of page {number} is of no known kind, or of two: {stranger}"));
        }
        if page.next.as_deref() == Some("ambiguous") {
            self.doubts.push(format!(
                "more than one \"{}\" on page {number}",
                list.next.as_ref().map_or("next", |next| next.as_str())
            ));
        }
        let total = page.total.as_deref().and_then(number_in);
        match (self.total, total) {
            (Some(before), Some(now)) if before != now => {
                self.doubts.push(format!("the total changed from {before} to {now} while reading"))
            }
            (None, Some(now)) => self.total = Some(now),
            _ => {}
        }
        // Whoever is sought may be in one of these: nobody is missing from a list in which somebody cannot be read.
        let unread = page.rows.iter().filter(|row| row.cells.get(&list.key).is_none_or(Option::is_none));
        match unread.count() {
            0 => {}
            1 => self.doubts.push(format!("a row of page {number} has no `{}`", list.key)),
            unread => self.doubts.push(format!("{unread} rows of page {number} have no `{}`", list.key)),
        }
        if list.total.is_some() && total.is_none() {
            self.doubts.push(format!("the total is not shown on page {number}"));
        }
        self.members.extend(page.rows.iter().map(|row| member_of(row, app)));
    }

    fn judge(&mut self, list: &List) {
        let mut keys = BTreeSet::new();
        if let Some(twice) = self
            .members
            .iter()
            .filter_map(|member| member.email.as_ref())
            .find(|email| !keys.insert((*email).clone()))
        {
            self.doubts.push(format!("{twice} was read twice"));
        }
        if !self.reached_end {
            self.doubts.push("the last page was not reached".to_owned());
        }
        if self.has_no_address() {
            self.doubts.push("no row shows an address".to_owned());
        }
        let rows = self.members.len() as u64;
        // A total that contradicts the rows is worse than none: it is not outvoted by "the last page was reached".
        if let Some(total) = self.total.filter(|total| *total != rows) {
            self.doubts.push(format!("the console says {total} members and shows {rows}"));
        }
        if self.total.is_none() && list.next.is_none() {
            self.doubts.push(
                "the map names neither a total nor a next page, so nothing tells where the list ends"
                    .to_owned(),
            );
        }
        if rows == 0 && list.total.is_none() && list.empty.is_none() {
            self.doubts.push("no rows, and nothing on the page says that it is empty".to_owned());
        }
    }

    /// Rows, and an address in none of them.
    fn has_no_address(&self) -> bool {
        !self.members.is_empty() && self.members.iter().all(|member| member.email.is_none())
    }

    /// Whether both walks saw the same and doubt it for the same reason.
    fn is_as(&self, other: &Self) -> bool {
        self.doubts == other.doubts && self.agreed() == other.agreed()
    }

    fn agreed(&self) -> Agreed {
        self.members
            .iter()
            .map(|member| {
                (member.email.clone(), member.roles.clone(), member.status.clone().map(|status| status.0))
            })
            .collect()
    }

    fn into_reading(self, unproven: Option<String>) -> Reading {
        let grade = match (&unproven, self.total) {
            (Some(_), _) => Grade::None,
            (None, Some(_)) => Grade::Total,
            (None, None) => Grade::End,
        };
        let mut seen = BTreeSet::new();
        let ambiguous = self
            .members
            .iter()
            .filter_map(|member| member.email.clone())
            .filter(|email| !seen.insert(email.clone()))
            .collect();
        let without_address = self.members.iter().filter(|member| member.email.is_none()).count();
        Reading { members: self.members, grade, unproven, total: self.total, without_address, ambiguous }
    }
}

/// A row in the words of the domain. What the map does not know stays unknown, and nothing is decided on it.
pub(crate) fn member_of(row: &RowSeen, app: &App) -> Member {
    let constant = app.map.areas.get(&row.area).map(|area| &area.is);
    let mut cells: BTreeMap<String, String> =
        constant.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect();
    cells.extend(row.cells.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?))));
    let roles = cells
        .get("role")
        .and_then(|word| app.map.role_of(word))
        .map(|known| BTreeSet::from([known.role.id.clone()]));
    let status =
        cells.get("status").and_then(|word| app.map.status_of(word)).map(|meanings| Status(meanings.clone()));
    Member {
        email: cells.get("email").and_then(|text| Email::parse(text).ok()),
        name: cells.get("name").cloned(),
        roles,
        status,
        cells,
    }
}

/// The number in a text like "1,204".
fn number_in(text: &str) -> Option<u64> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(emails: &[&str], total: Option<u64>, reached_end: bool) -> Pass {
        let members = emails
            .iter()
            .map(|email| Member {
                email: Email::parse(email).ok(),
                name: None,
                roles: None,
                status: None,
                cells: BTreeMap::new(),
            })
            .collect();
        Pass { members, total, reached_end, unsettled: false, doubts: Vec::new() }
    }

    fn doubts(mut pass: Pass) -> String {
        let list = List {
            at: "members".into(),
            rows: vec![],
            key: "email".into(),
            total: None,
            next: None,
            search: None,
            prepare: None,
            busy: None,
            empty: None,
        };
        pass.judge(&list);
        pass.doubts.join("; ")
    }

    #[test]
    fn a_pass_is_doubted_for_what_contradicts_it() {
        assert_eq!(doubts(pass(&["a@x.example"], Some(1), true)), "");
        assert_eq!(doubts(pass(&["a@x.example"], Some(2), true)), "the console says 2 members and shows 1");
        assert!(doubts(pass(&["a@x.example"], None, false)).starts_with("the last page was not reached"));
        assert!(doubts(pass(&["a@x.example"], None, true)).contains("nothing tells where the list ends"));
        assert_eq!(
            doubts(pass(&["a@x.example", "A@x.example"], Some(2), true)),
            "a@x.example was read twice"
        );
        assert!(doubts(pass(&[], None, true)).contains("no rows"));
    }

    #[test]
    fn a_list_in_which_nobody_has_an_address_proves_nothing() {
        assert_eq!(doubts(pass(&["Ann", "Ben"], Some(2), true)), "no row shows an address");
        assert_eq!(
            doubts(pass(&["Ann", "ben@x.example"], Some(2), true)),
            "",
            "some have none, and are left alone"
        );
    }

    #[test]
    fn a_row_that_cannot_be_read_may_be_anybody() {
        let app = crate::engine::app::Apps::builtin().load("coassemble", "members-2026-03").unwrap();
        let list = &app.map.lists[MEMBERS];
        let taken = |key: serde_json::Value| {
            let page = json!({
                "ok": true, "fresh": true, "total": "1", "next": "disabled",
                "rows": [{ "area": list.rows[0], "cells": { "email": key } }],
            });
            let mut taken = pass(&[], None, true);
            taken.take(&serde_json::from_value(page).unwrap(), &app, list, 1);
            taken.doubts.join("; ")
        };
        assert_eq!(taken(json!("ann@x.example")), "");
        assert_eq!(taken(json!("by invitation")), "", "it reads, and says something else");
        assert_eq!(taken(json!(null)), "a row of page 1 has no `email`");
    }

    #[test]
    fn a_total_reads_with_separators() {
        assert_eq!(number_in("1,204"), Some(1204));
        assert_eq!(number_in("none"), None);
    }
}

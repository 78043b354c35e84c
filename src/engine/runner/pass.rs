//! One walk over all pages of a list: what was read, and every reason to doubt it (D7.1, F8).

use std::collections::{BTreeMap, BTreeSet};

use super::page::{Answer, RowSeen};
use super::parts::Section;
use super::rows::{join, member_of};
use crate::domain::email::Email;
use crate::domain::member::{Member, RoleId, StatusMeaning};
use crate::domain::reading::{Grade, Reading};
use crate::engine::app::{App, List};

/// One walk over all pages of all parts.
#[derive(Debug, Default)]
pub(super) struct Pass {
    /// Every row; somebody who is in several parts once.
    pub(super) members: Vec<Member>,
    /// Where somebody with an address stands.
    places: BTreeMap<Email, Place>,
    /// Who was read twice in one part, or contradicts themselves.
    ambiguous: BTreeSet<Email>,
    /// How many people the total should say.
    counted: u64,
    /// The part that is being read, and its rows so far.
    part: usize,
    rows_of_part: u64,
    /// The page that is being read, through all parts.
    page: u64,
    /// How many rows were read on one page and on another as well.
    moved: usize,
    /// Parts whose own count was read and is right.
    parts_proven: usize,
    total: Option<u64>,
    /// Parts that show only where they have somebody, and were not there.
    missing: Vec<String>,
    /// How many parts were there to be opened, and how many tabs the page shows.
    opened: usize,
    tabs: Option<usize>,
    pub(super) reached_end: bool,
    /// A page went on changing, or loading, for as long as was waited.
    pub(super) unsettled: bool,
    pub(super) doubts: Vec<String>,
}

/// Where somebody was read: the row in `members`, and the last part that showed them.
#[derive(Debug)]
struct Place {
    index: usize,
    part: usize,
    page: u64,
    is_counted: bool,
}

/// What two passes have to agree on, and nothing else.
pub(super) type Agreed = BTreeSet<(Option<Email>, Option<BTreeSet<RoleId>>, Option<BTreeSet<StatusMeaning>>)>;

impl Pass {
    pub(super) fn new() -> Self {
        Self { reached_end: true, ..Self::default() }
    }

    /// What follows is the next part.
    pub(super) fn begin_part(&mut self) {
        self.part += 1;
        self.rows_of_part = 0;
    }

    /// A part that shows only where it has somebody is not there.
    pub(super) fn miss_part(&mut self, section: &Section<'_>) {
        self.missing.extend(section.name.clone());
    }

    /// A part was there to be opened.
    pub(super) fn open_part(&mut self) {
        self.opened += 1;
    }

    /// Every tab that is shown is a part's: a part without one has nobody.
    fn knows_all_tabs(&self) -> bool {
        self.tabs == Some(self.opened)
    }

    /// Each part is as the console's own numbers say, or has no tab among those that are all known.
    fn is_proven_by_parts(&self) -> bool {
        let missing = if self.knows_all_tabs() { self.missing.len() } else { 0 };
        self.parts_proven > 0 && self.parts_proven + missing == self.part
    }

    /// Holds the rows of a part against the number that the console says it has.
    pub(super) fn end_part(&mut self, section: &Section<'_>, count: Option<&str>) {
        if section.count.is_none() {
            return;
        }
        let (name, rows) = (section.name.as_deref().unwrap_or("the list"), self.rows_of_part);
        match count.and_then(number_in) {
            Some(count) if count == rows => self.parts_proven += 1,
            Some(count) => self.doubts.push(format!("the console says {count} in {name} and shows {rows}")),
            None => self.doubts.push(format!("the count of {name} is not shown")),
        }
    }

    /// What a page shows beside its rows: whether it can be believed, and the total.
    pub(super) fn note_page(&mut self, page: &Answer, list: &List, place: &str) {
        if !page.fresh {
            self.unsettled = true;
            self.doubts.push(format!("{place} did not settle"));
        }
        if let Some(stranger) = page.strangers.first() {
            self.doubts.push(format!("a row of {place} is of no known kind, or of two: {stranger}"));
        }
        if page.next.as_deref() == Some("ambiguous") {
            let turns = list.next.as_ref().or(list.more.as_ref()).map_or("next", |target| target.as_str());
            self.doubts.push(format!("more than one \"{turns}\" on {place}"));
        }
        match (self.tabs, page.tabs) {
            (Some(before), Some(now)) if before != now => {
                self.doubts.push(format!("there were {before} tabs, and {now} on {place}"));
            }
            (_, now) => self.tabs = now.or(self.tabs),
        }
        let total = page.total.as_deref().and_then(number_in);
        match (self.total, total) {
            (Some(before), Some(now)) if before != now => {
                self.doubts.push(format!("the total changed from {before} to {now} while reading"));
            }
            (None, Some(now)) => self.total = Some(now),
            _ => {}
        }
        if list.parts.is_empty() && list.total.is_some() && total.is_none() {
            self.doubts.push(format!("the total is not shown on {place}"));
        }
    }

    /// Takes up the rows of a page.
    pub(super) fn take(
        &mut self,
        rows: &[RowSeen],
        section: &Section<'_>,
        app: &App,
        list: &List,
        place: &str,
    ) {
        // Whoever is sought may be in one of these: nobody is missing from a list in which somebody cannot be read.
        let unread = rows.iter().filter(|row| row.cells.get(&list.key).is_none_or(Option::is_none));
        match unread.count() {
            0 => {}
            1 => self.doubts.push(format!("a row of {place} has no `{}`", list.key)),
            unread => self.doubts.push(format!("{unread} rows of {place} have no `{}`", list.key)),
        }
        self.page += 1;
        for row in rows {
            self.take_row(row, section, app);
        }
    }

    fn take_row(&mut self, row: &RowSeen, section: &Section<'_>, app: &App) {
        self.rows_of_part += 1;
        let (member, at_odds) = member_of(row, &section.is, app);
        let part = self.part;
        let Some(email) = member.email.clone() else {
            self.counted += u64::from(section.counted);
            return self.members.push(member);
        };
        if let Some(column) = at_odds {
            self.contradicts(&email, &column);
        }
        match self.places.get_mut(&email) {
            Some(place) if place.part != part => {
                (place.part, place.page) = (part, self.page);
                self.counted += u64::from(section.counted && !place.is_counted);
                place.is_counted |= section.counted;
                if let Some(column) = join(&mut self.members[place.index], member) {
                    self.contradicts(&email, &column);
                }
            }
            Some(place) => {
                self.moved += usize::from(place.page != self.page);
                self.doubts.push(format!("{email} was read twice"));
                self.ambiguous.insert(email);
                self.counted += u64::from(section.counted);
                self.members.push(member);
            }
            None => {
                let place =
                    Place { index: self.members.len(), part, page: self.page, is_counted: section.counted };
                self.places.insert(email, place);
                self.counted += u64::from(section.counted);
                self.members.push(member);
            }
        }
    }

    fn contradicts(&mut self, email: &Email, column: &str) {
        self.doubts.push(format!("{email} is shown with two values of `{column}`"));
        self.ambiguous.insert(email.clone());
    }

    /// How many people the total has to say, as far as was read.
    pub(super) fn counted(&self) -> u64 {
        self.counted
    }

    pub(super) fn judge(&mut self, list: &List, sections: usize) {
        if !self.reached_end {
            self.doubts.push("the last page was not reached".to_owned());
        }
        if self.has_no_address() {
            self.doubts.push("no row shows an address".to_owned());
        }
        // A total that contradicts the rows is worse than none: it is not outvoted by "the last page was reached".
        let rows = self.counted;
        if let Some(total) = self.total.filter(|total| *total != rows) {
            self.doubts.push(format!("the console says {total} members and shows {rows}"));
        }
        if list.total.is_some() && self.total.is_none() && !list.parts.is_empty() {
            self.doubts.push("the total is shown in no part".to_owned());
        }
        let by_counts = self.is_proven_by_parts() && self.part == sections && !list.parts.is_empty();
        if let Some(tabs) = self.tabs.filter(|_| !self.knows_all_tabs()) {
            let opened = self.opened;
            self.doubts.push(format!("the page shows {tabs} tabs, and the parts of the map open {opened}"));
        }
        if self.total.is_none() && !by_counts {
            let why = if list.scroll.is_some() {
                Some("the map names no total, and nothing else tells where a scrolled list ends")
            } else if list.next.is_none() && list.more.is_none() {
                Some("the map names neither a total nor a next page, so nothing tells where the list ends")
            } else {
                None
            };
            self.doubts.extend(why.map(str::to_owned));
            if let Some(missing) = self.missing.first().filter(|_| !self.knows_all_tabs()) {
                self.doubts.push(format!("{missing} is not there, and no total tells that it is empty"));
            }
        }
        if self.members.is_empty() && list.total.is_none() && list.empty.is_none() && !by_counts {
            self.doubts.push("no rows, and nothing on the page says that it is empty".to_owned());
        }
    }

    /// Rows, and an address in none of them.
    pub(super) fn has_no_address(&self) -> bool {
        !self.members.is_empty() && self.members.iter().all(|member| member.email.is_none())
    }

    /// Nothing speaks against the walk but that rows were read on two pages: they may have changed sides meanwhile.
    pub(super) fn may_be_order(&self) -> bool {
        self.moved > 0 && self.moved == self.doubts.len()
    }

    /// How many pages were read.
    pub(super) fn pages(&self) -> u64 {
        self.page
    }

    /// Whether both walks saw the same and doubt it for the same reason.
    pub(super) fn is_as(&self, other: &Self) -> bool {
        self.doubts == other.doubts && self.agreed() == other.agreed()
    }

    pub(super) fn agreed(&self) -> Agreed {
        self.members
            .iter()
            .map(|member| {
                (member.email.clone(), member.roles.clone(), member.status.clone().map(|status| status.0))
            })
            .collect()
    }

    pub(super) fn into_reading(self, unproven: Option<String>) -> Reading {
        let grade = match (&unproven, self.total) {
            (Some(_), _) => Grade::None,
            (None, Some(_)) => Grade::Total,
            (None, None) if self.is_proven_by_parts() => Grade::Total,
            (None, None) => Grade::End,
        };
        let without_address = self.members.iter().filter(|member| member.email.is_none()).count();
        Reading {
            members: self.members.into(),
            grade,
            unproven,
            total: self.total,
            without_address,
            ambiguous: self.ambiguous,
        }
    }
}

/// The number in a text like "1,204".
pub(super) fn number_in(text: &str) -> Option<u64> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::app::Apps;
    use crate::engine::runner::inputs::Inputs;
    use crate::engine::runner::list::MEMBERS;
    use crate::engine::runner::parts::sections;

    fn app() -> App {
        Apps::builtin().load("coassemble", "members-2026-03").unwrap()
    }

    /// The doubts of a walk over one part that shows these addresses, for a list without a next page.
    fn doubts(keys: &[Option<&str>], total: Option<u64>, reached_end: bool) -> String {
        let app = app();
        let list = &List { total: None, next: None, empty: None, ..app.map.lists[MEMBERS].clone() };
        let rows: Vec<RowSeen> = keys.iter().map(|key| row(list, *key)).collect();
        let mut pass = Pass { total, reached_end, ..Pass::new() };
        let sections = sections(&app, list, &Inputs::new());
        pass.begin_part();
        pass.take(&rows, &sections[0], &app, list, "page 1");
        pass.judge(list, 1);
        pass.doubts.join("; ")
    }

    fn row(list: &List, key: Option<&str>) -> RowSeen {
        serde_json::from_value(json!({ "area": list.rows[0], "cells": { "email": key } })).unwrap()
    }

    #[test]
    fn a_pass_is_doubted_for_what_contradicts_it() {
        assert_eq!(doubts(&[Some("a@x.example")], Some(1), true), "");
        assert_eq!(doubts(&[Some("a@x.example")], Some(2), true), "the console says 2 members and shows 1");
        assert!(doubts(&[Some("a@x.example")], None, false).starts_with("the last page was not reached"));
        assert!(doubts(&[Some("a@x.example")], None, true).contains("nothing tells where the list ends"));
        assert_eq!(
            doubts(&[Some("a@x.example"), Some("A@x.example")], Some(2), true),
            "a@x.example was read twice"
        );
        assert!(doubts(&[], None, true).contains("no rows"));
    }

    #[test]
    fn who_is_on_two_pages_may_have_changed_sides_and_who_is_twice_on_one_has_not() {
        let app = app();
        let list = &List { total: None, empty: None, ..app.map.lists[MEMBERS].clone() };
        let sections = sections(&app, list, &Inputs::new());
        let read = |pages: &[&[Option<&str>]]| {
            let mut pass = Pass { reached_end: true, ..Pass::new() };
            pass.begin_part();
            for keys in pages {
                let rows: Vec<RowSeen> = keys.iter().map(|key| row(list, *key)).collect();
                pass.take(&rows, &sections[0], &app, list, "a page");
            }
            pass.judge(list, 1);
            (pass.may_be_order(), pass.pages(), pass.doubts.len())
        };
        let (ann, ben) = (Some("ann@x.example"), Some("ben@x.example"));
        assert_eq!(read(&[&[ann], &[ben]]), (false, 2, 0));
        assert_eq!(read(&[&[ann, ben], &[ben]]), (true, 2, 1));
        assert_eq!(read(&[&[ann, ann], &[ben]]), (false, 2, 1));
        assert_eq!(read(&[&[ann, ben], &[ben, None]]), (false, 2, 2), "something else is odd as well");
    }

    #[test]
    fn a_list_in_which_nobody_has_an_address_proves_nothing() {
        assert_eq!(doubts(&[Some("Ann"), Some("Ben")], Some(2), true), "no row shows an address");
        let some = doubts(&[Some("Ann"), Some("ben@x.example")], Some(2), true);
        assert_eq!(some, "", "some have none, and are left alone");
    }

    #[test]
    fn a_row_that_cannot_be_read_may_be_anybody() {
        assert_eq!(doubts(&[Some("ann@x.example")], Some(1), true), "");
        let unread = doubts(&[Some("ann@x.example"), None], Some(2), true);
        assert_eq!(unread, "a row of page 1 has no `email`");
    }

    #[test]
    fn parts_are_counted_once_a_person_and_held_against_their_own_count() {
        let app = app();
        let mut list = app.map.lists[MEMBERS].clone();
        let part = crate::engine::app::Part {
            open: None,
            rows: Vec::new(),
            is: BTreeMap::new(),
            count: list.total.clone(),
            counted: true,
            each_role: false,
            optional: false,
        };
        let owner = crate::engine::app::Part { counted: false, ..part.clone() };
        list.parts = vec![part, owner];
        (list.total, list.next) = (None, None);
        let sections = sections(&app, &list, &Inputs::new());
        let read = |second: &[&str], counts: [&str; 2]| {
            let mut pass = Pass::new();
            for ((keys, section), count) in
                [&["a@x.example", "b@x.example"], second].iter().zip(&sections).zip(counts)
            {
                let rows: Vec<RowSeen> = keys.iter().map(|key| row(&list, Some(key))).collect();
                pass.begin_part();
                pass.take(&rows, section, &app, &list, "page 1");
                pass.end_part(section, Some(count));
            }
            pass.judge(&list, 2);
            pass
        };
        let pass = read(&["b@x.example", "o@x.example"], ["2", "2"]);
        assert_eq!((pass.doubts.join("; "), pass.counted(), pass.members.len()), (String::new(), 2, 3));
        assert_eq!(pass.into_reading(None).grade, Grade::Total);
        let pass = read(&["o@x.example"], ["2", "2"]);
        assert!(pass.doubts.join("; ").starts_with("the console says 2 in part 2 and shows 1"), "{pass:?}");
    }

    #[test]
    fn a_total_reads_with_separators() {
        assert_eq!(number_in("1,204"), Some(1204));
        assert_eq!(number_in("none"), None);
    }
}

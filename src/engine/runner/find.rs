//! Finds one person in the list: by search if the map has one, then page by page (F13). The row is not kept.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use super::flow::{Flow, Person};
use super::list::{Reads, Scroll, members_list};
use super::locate::Need;
use super::page::{Answer, RowSeen};
use super::parts::{Section, sections};
use super::rows::{join, member_of};
use super::stop::Stop;
use crate::domain::email::Email;
use crate::domain::member::Member;
use crate::domain::outcome::Reason;
use crate::engine::app::{List, Move, Target};

/// How long a search may leave the list unchanged before that is taken for its answer.
const SEARCH: Duration = Duration::from_secs(6);

/// A list that was opened so recently may be searched where it stands.
const JUST_READ: Duration = Duration::from_secs(10);

/// How long a snapshot may take.
const SNAPSHOT: Duration = Duration::from_secs(5);

/// What became of looking for a person. The page is left where the person shows.
#[derive(Clone, Debug)]
pub enum Sought {
    /// Exactly one row on the page shown.
    Found(Box<Member>, Person),
    /// Not seen. Not a proof of absence: that takes a proven reading.
    NotSeen,
    /// More than one row with this address.
    Several,
}

/// Who is sought, and by what their row is told from the others.
pub(super) struct Wanted<'a> {
    email: &'a Email,
    /// Another column than the key, and what stands there.
    by: Option<(&'a str, &'a str)>,
}

impl<'a> Wanted<'a> {
    /// By the key.
    pub(super) fn of(email: &'a Email) -> Self {
        Self { email, by: None }
    }

    /// By another column.
    pub(super) fn by(email: &'a Email, column: &'a str, value: &'a str) -> Self {
        Self { email, by: Some((column, value)) }
    }

    fn is(&self, member: &Member) -> bool {
        match self.by {
            Some((column, value)) => member.has(column, value),
            None => member.email.as_ref() == Some(self.email),
        }
    }
}

impl Flow<'_> {
    /// The same from where the page stands, as long as that is the list and only just read.
    #[must_use]
    pub(crate) fn going_on(mut self) -> Self {
        self.goes_on = true;
        self
    }

    /// Looks for a person from a new document. `thorough`: also page by page where the search shows nobody.
    ///
    /// # Errors
    /// A page that cannot be read.
    pub async fn seek(&mut self, email: &Email, thorough: bool) -> Result<Sought, Stop> {
        self.seek_wanted(&Wanted::of(email), thorough).await
    }

    pub(super) async fn seek_wanted(&mut self, wanted: &Wanted<'_>, thorough: bool) -> Result<Sought, Stop> {
        self.set_person(None);
        let app = self.app;
        let list = members_list(app)?;
        let sections = sections(app, list, &self.inputs);
        let own = self.inputs.clone();
        let sought = match &sections[..] {
            [section] => Box::pin(self.seek_in(wanted, list, section, thorough)).await,
            sections => Box::pin(self.seek_in_parts(wanted, list, sections, thorough)).await,
        };
        self.set_inputs(own);
        sought
    }

    /// Somebody may be in several parts: what all of them say together is what is so (F8). The page is left at a part
    /// that shows the person.
    async fn seek_in_parts(
        &mut self,
        wanted: &Wanted<'_>,
        list: &List,
        sections: &[Section<'_>],
        thorough: bool,
    ) -> Result<Sought, Stop> {
        let mut known: Option<(Box<Member>, Person, &Section<'_>)> = None;
        let mut is_shown = false;
        for section in sections {
            let sought = self.seek_in(wanted, list, section, thorough).await?;
            is_shown = matches!(sought, Sought::Found(..));
            match (sought, &mut known) {
                (Sought::NotSeen, _) => {}
                (Sought::Several, _) => return Ok(Sought::Several),
                (Sought::Found(member, person), None) => known = Some((member, person, section)),
                (Sought::Found(member, person), Some((all, first, at))) => {
                    if join(all, *member).is_some() {
                        return Ok(Sought::Several);
                    }
                    (*first, *at) = (person, section);
                }
            }
        }
        let Some((member, person, section)) = known else { return Ok(Sought::NotSeen) };
        if !is_shown && !matches!(self.seek_in(wanted, list, section, thorough).await?, Sought::Found(..)) {
            return Ok(Sought::NotSeen);
        }
        Ok(Sought::Found(member, person))
    }

    async fn seek_in(
        &mut self,
        wanted: &Wanted<'_>,
        list: &List,
        section: &Section<'_>,
        thorough: bool,
    ) -> Result<Sought, Stop> {
        self.set_inputs(section.inputs.clone());
        // What a search finds in a list of parts is of no part, and it asks for the address.
        let search = list.search.as_ref().filter(|_| list.parts.is_empty() && wanted.by.is_none());
        if let Some(search) = search.filter(|_| self.goes_on) {
            match Box::pin(self.seek_where_it_stands(search, wanted, list, section)).await {
                Ok(Some(seen)) if !thorough || !matches!(seen, Sought::NotSeen) => return Ok(seen),
                // What is in the way there a new document does not have.
                Err(stop) if stop.is_lost || !is_about_the_page(stop.reason) => return Err(stop),
                Ok(_) | Err(_) => {}
            }
        }
        let Some(first) = self.open_list(list, section).await? else { return Ok(Sought::NotSeen) };
        let seen = self.on_page(&first, wanted, list, section);
        if !matches!(seen, Sought::NotSeen) {
            return Ok(seen);
        }
        if let Some(search) = search {
            let page = self.search(search, list, section, &first).await?;
            let seen = self.on_page(&page, wanted, list, section);
            if !matches!(seen, Sought::NotSeen) || !thorough {
                return Ok(seen);
            }
        }
        // A search has to be undone first.
        let page = match search {
            Some(_) => self.open_list(list, section).await?,
            None => Some(first),
        };
        match page {
            Some(page) => self.walk_to(wanted, list, section, page).await,
            None => Ok(Sought::NotSeen),
        }
    }

    /// Searches where the page stands. `None`: it does not show the list, or the search brought nothing new: perhaps the
    /// console does not answer any more.
    async fn seek_where_it_stands(
        &mut self,
        search: &Move,
        wanted: &Wanted<'_>,
        list: &List,
        section: &Section<'_>,
    ) -> Result<Option<Sought>, Stop> {
        let Some(shown) = self.list_as_it_stands(list, section, wanted).await? else { return Ok(None) };
        let page = self.search(search, list, section, &shown).await?;
        Ok(page.fresh.then(|| self.on_page(&page, wanted, list, section)))
    }

    /// Searches from a page that shows the list, and gives what comes.
    async fn search(
        &mut self,
        search: &Move,
        list: &List,
        section: &Section<'_>,
        shown: &Answer,
    ) -> Result<Answer, Stop> {
        self.make_move("search the list", search).await?;
        let before = matches!(search, Move::Steps(_)).then_some(shown.signature.as_str());
        let reads = Reads { before, wait: SEARCH, is_search: true, ..Reads::view(section) };
        self.read_page(list, reads).await
    }

    /// What the page shows of the list, if that was read only just now and nothing else was done there (F20). It is only the
    /// place from which to search: its rows may be as old as the reading. A page that shows nobody but the one who is
    /// sought would show the same after the search, and is none.
    async fn list_as_it_stands(
        &mut self,
        list: &List,
        section: &Section<'_>,
        wanted: &Wanted<'_>,
    ) -> Result<Option<Answer>, Stop> {
        if !self.page.has_list_of(JUST_READ) {
            return Ok(None);
        }
        if !self.is_there(&format!("open \"{}\"", list.at), &list.at).await? {
            return Ok(None);
        }
        let shown = self.read_page(list, Reads { wait: SEARCH, ..Reads::view(section) }).await?;
        let is_only =
            shown.rows.len() == 1 && !matches!(self.on_page(&shown, wanted, list, section), Sought::NotSeen);
        Ok(Some(shown).filter(|shown| shown.fresh && !is_only))
    }

    /// A picture of the row of the flow's person, or of their page if that is what shows.
    pub async fn picture_of_row(&mut self) -> Option<Vec<u8>> {
        let person = self.person.as_ref()?;
        let area = person.page.clone().unwrap_or_else(|| person.row_area.clone());
        let found = self
            .locate(
                "picture of the row",
                &Target::new(area),
                Need::Present,
                json!({ "give": true }),
                Duration::from_secs(2),
            )
            .await
            .ok()?;
        let row = found.element()?;
        self.page.browser().picture(Some(&row)).await.ok()
    }

    /// Keeps a snapshot of these areas and of the person's row, for evidence. One that cannot be had stops nothing.
    pub(crate) async fn keep_snapshot(&mut self, name: &str, areas: &[&str]) {
        if !self.trail.is_kept() {
            return;
        }
        let mut request = self.request("snapshot");
        let row =
            self.person.as_ref().map(|person| person.page.as_ref().unwrap_or(&person.row_area).as_str());
        let areas: BTreeSet<&str> = areas.iter().copied().chain(row).collect();
        request["areas"] = json!(areas);
        match self.page.ask(request, SNAPSHOT).await {
            Ok(Answer { taken: Some(taken), .. }) => self.trail.snapshot_of_change(name, &taken),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "no snapshot of the page could be had"),
        }
    }

    async fn walk_to(
        &mut self,
        wanted: &Wanted<'_>,
        list: &List,
        section: &Section<'_>,
        mut page: Answer,
    ) -> Result<Sought, Stop> {
        if list.scroll.is_some() {
            return self.scroll_to(wanted, list, section).await;
        }
        loop {
            let seen = self.on_page(&page, wanted, list, section);
            if !matches!(seen, Sought::NotSeen) || page.next.as_deref() != Some("enabled") || !page.fresh {
                return Ok(seen);
            }
            page = self.next_page(list, section, &page.signature).await?;
        }
    }

    /// Scrolls until the person's row is in view.
    async fn scroll_to(
        &mut self,
        wanted: &Wanted<'_>,
        list: &List,
        section: &Section<'_>,
    ) -> Result<Sought, Stop> {
        let mut walk = Scroll::to(wanted.by.map_or(wanted.email.as_str(), |(_, value)| value));
        while let Some(window) = self.scroll(list, section, &mut walk).await? {
            let seen = self.on_page(&window, wanted, list, section);
            if !matches!(seen, Sought::NotSeen) {
                return Ok(seen);
            }
        }
        Ok(Sought::NotSeen)
    }

    pub(super) fn on_page(
        &self,
        page: &Answer,
        wanted: &Wanted<'_>,
        list: &List,
        section: &Section<'_>,
    ) -> Sought {
        let member = |row: &RowSeen| member_of(row, &section.is, self.app);
        let is_it = |row: &&RowSeen| wanted.is(&member(row).0);
        let rows: Vec<_> = page.rows.iter().filter(is_it).collect();
        match rows[..] {
            [] => Sought::NotSeen,
            [row] => {
                let (member, at_odds) = member(row);
                let is_anothers = member.email.as_ref().is_some_and(|email| email != wanted.email);
                if at_odds.is_some() || is_anothers {
                    return Sought::Several;
                }
                let column = wanted.by.map_or(list.key.as_str(), |(column, _)| column);
                let shown = row.cells.get(column).cloned().flatten().unwrap_or_default().to_ascii_lowercase();
                let keys = match wanted.by {
                    None if shown != wanted.email.as_str() => vec![wanted.email.as_str().to_owned(), shown],
                    _ => vec![shown],
                };
                let person = Person {
                    email: wanted.email.clone(),
                    keys,
                    row_area: row.area.clone(),
                    column: column.to_owned(),
                    page: None,
                };
                Sought::Found(Box::new(member), person)
            }
            _ => Sought::Several,
        }
    }
}

/// What a page may have in the way, and another document not.
fn is_about_the_page(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::BlockedByOverlay | Reason::SelectorAmbiguous | Reason::SelectorMissing | Reason::Timeout
    )
}

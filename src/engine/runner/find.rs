//! Finds one person in the list: by search if the map has one, then page by page (F13). The row is not kept.

use std::time::Duration;

use serde_json::json;

use super::flow::{Flow, Person};
use super::list::{member_of, members_list};
use super::locate::Need;
use super::page::Answer;
use super::stop::Stop;
use crate::domain::email::Email;
use crate::domain::member::Member;
use crate::engine::app::{List, Target};

/// How long a search may leave the list unchanged before that is taken for its answer.
const SEARCH: Duration = Duration::from_secs(6);

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

impl Flow<'_> {
    /// Looks for a person from a new document. `thorough`: also page by page where the search shows nobody.
    ///
    /// # Errors
    /// A page that cannot be read.
    pub async fn seek(&mut self, email: &Email, thorough: bool) -> Result<Sought, Stop> {
        self.set_person(None);
        let app = self.app;
        let list = members_list(app)?;
        let first = self.open_list(list).await?;
        let seen = self.on_page(&first, email, list);
        if !matches!(seen, Sought::NotSeen) {
            return Ok(seen);
        }
        if let Some(search) = &list.search {
            self.make_move("search the list", search).await?;
            let page = self.read_page(list, Some(&first.signature), SEARCH).await?;
            let seen = self.on_page(&page, email, list);
            if !matches!(seen, Sought::NotSeen) || !thorough {
                return Ok(seen);
            }
        }
        self.walk_to(email, list).await
    }

    /// A picture of the row of the flow's person, if it shows.
    pub async fn picture_of_row(&mut self) -> Option<Vec<u8>> {
        let area = self.person.as_ref()?.row_area.clone();
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

    async fn walk_to(&mut self, email: &Email, list: &List) -> Result<Sought, Stop> {
        let mut page = self.open_list(list).await?;
        loop {
            let seen = self.on_page(&page, email, list);
            if !matches!(seen, Sought::NotSeen) || page.next.as_deref() != Some("enabled") || !page.fresh {
                return Ok(seen);
            }
            page = self.next_page(list, &page.signature).await?;
        }
    }

    fn on_page(&self, page: &Answer, email: &Email, list: &List) -> Sought {
        let rows: Vec<_> =
            page.rows.iter().filter(|row| member_of(row, self.app).email.as_ref() == Some(email)).collect();
        match rows[..] {
            [] => Sought::NotSeen,
            [row] => {
                let member = member_of(row, self.app);
                let shown =
                    row.cells.get(&list.key).cloned().flatten().unwrap_or_default().to_ascii_lowercase();
                let mut keys = vec![email.as_str().to_owned(), shown];
                keys.dedup();
                let person = Person {
                    email: email.clone(),
                    keys,
                    row_area: row.area.clone(),
                    column: list.key.clone(),
                };
                Sought::Found(Box::new(member), person)
            }
            _ => Sought::Several,
        }
    }
}

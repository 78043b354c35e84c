//! The own page or panel of a person: opened from their row, and believed only once it says whose it is (F23).

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::find::Sought;
use super::flow::{Flow, Person};
use super::locate::Need;
use super::rows::complete;
use super::stop::Stop;
use crate::domain::email::Email;
use crate::domain::member::Member;
use crate::domain::outcome::Reason;
use crate::engine::app::{On, Recording, Target};

/// How long a panel may show somebody else while it slides in.
const THEIRS: Duration = Duration::from_secs(8);

impl Flow<'_> {
    /// Looks for a person as [`Flow::seek`] does, and on their own page too where the list does not show what decides.
    /// The page is left there then.
    ///
    /// # Errors
    /// A page that cannot be read, or that turns out to be somebody else's.
    pub async fn look_up(&mut self, email: &Email, thorough: bool) -> Result<Sought, Stop> {
        let sought = self.seek(email, thorough).await?;
        if self.app.map.columns_of_person().is_empty() {
            return Ok(sought);
        }
        let Sought::Found(mut member, person) = sought else { return Ok(sought) };
        let person = self.open_person(&member, &person).await?;
        let cells = self.read_person(&person).await?;
        complete(&mut member, cells, self.app);
        Ok(Sought::Found(member, person))
    }

    /// Brings the page to where a flow begins: the person's row, or their own page.
    ///
    /// # Errors
    /// A page that cannot be read, or that is somebody else's; a row that is no longer there.
    pub async fn stand(
        &mut self,
        recording: &Recording,
        member: &Member,
        person: Person,
    ) -> Result<(), Stop> {
        let Some(on) = recording.on else { return Ok(()) };
        let person = match &recording.by {
            Some(column) if person.column != *column => self.stand_by(column, member, &person).await?,
            _ => person,
        };
        match (on, &person.page) {
            (On::List, _) => {}
            (On::Row, None) | (On::Person, Some(_)) => self.set_person(Some(person)),
            (On::Person, None) => drop(self.open_person(member, &person).await?),
            // Their page was read, so the list is gone.
            (On::Row, Some(_)) => match self.seek(&person.email, true).await? {
                Sought::Found(_, person) => self.set_person(Some(person)),
                Sought::NotSeen | Sought::Several => {
                    let doing = format!("go back to the row of {}", person.email);
                    return Err(Stop::new(
                        Reason::NotFound,
                        doing,
                        "it is no longer the one row of this address",
                    ));
                }
            },
        }
        Ok(())
    }

    /// Opens the page of somebody whose row is on the page, and waits until it says that it is theirs.
    pub async fn open_person(&mut self, member: &Member, person: &Person) -> Result<Person, Stop> {
        let app = self.app;
        let doing = format!("open the page of {}", person.email);
        let unknown = || Stop::new(Reason::Unsupported, &doing, "the map has no [person]");
        let page = app.map.person.as_ref().ok_or_else(unknown)?;
        self.set_person(Some(person.clone()));
        if let Some(way) = &page.open {
            let own = self.inputs.clone();
            self.set_inputs(own.clone().with("email", person.email.as_str()).with_member(&member.cells));
            let opened = self.go(&doing, way).await;
            self.set_inputs(own);
            opened?;
        }
        let wait = Duration::from_secs(20);
        self.locate(&doing, &Target::new(&page.at), Need::Present, json!({}), wait).await?;
        let theirs = Person { page: Some(page.at.clone()), ..person.clone() };
        self.read_person(&theirs).await?;
        self.set_person(Some(theirs.clone()));
        Ok(theirs)
    }

    /// What the page of a person shows in its columns, while it says that it is theirs.
    async fn read_person(&mut self, person: &Person) -> Result<BTreeMap<String, Option<String>>, Stop> {
        let doing = format!("read the page of {}", person.email);
        let area = person.page.as_deref().unwrap_or_default();
        let columns: Vec<&str> = self
            .app
            .map
            .areas
            .get(area)
            .into_iter()
            .flat_map(|area| area.columns())
            .map(|(name, _)| name)
            .collect();
        let mut request = self.request("person");
        request["target"] = json!(format!("{area}.{}", person.column));
        request["keys"] = json!(person.keys);
        request["columns"] = json!(columns);
        let shown = self.ask(&doing, request, THEIRS).await?;
        if shown.ok {
            return Ok(shown.cells);
        }
        let whose = shown.value.map_or("nobody's address".to_owned(), |value| format!("{value:?}"));
        Err(Stop::new(Reason::Ambiguous, &doing, format!("it shows {whose}")))
    }
}

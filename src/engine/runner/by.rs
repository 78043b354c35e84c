//! Finds somebody by another column than the one that tells people apart (`by`): their user name, where their row shows no
//! address, or none yet.
//!
//! That column is no key: nothing says that it is different for everybody. So it has to be, in a list that is proven to
//! show everybody, and its one row must not show anybody else's address. What is clicked is then held against it as
//! against the key: compared whole, and looked up again at the moment of the click.

use super::find::{Sought, Wanted};
use super::flow::{Flow, Person};
use super::stop::Stop;
use super::words::unknown;
use crate::domain::email::Email;
use crate::domain::member::Member;
use crate::domain::outcome::Reason;
use crate::domain::reading::Found;

impl Flow<'_> {
    /// Turns to the one row of the list that has this value in a column.
    ///
    /// # Errors
    /// A list that cannot be read or is not proven complete; a row that shows another address.
    pub async fn find_by(&mut self, column: &str, value: &str, email: &Email) -> Result<Sought, Stop> {
        let doing = format!("find {email} by `{column}`");
        let reading = self.read_members().await?;
        if !reading.grade.is_proven() {
            let why = reading.unproven.as_deref().unwrap_or("the list is not proven complete");
            let cause = format!("another row may have it as well: {why}");
            return Err(Stop::new(Reason::ReadingUnstable, doing, cause));
        }
        match reading.find_by(column, value) {
            Found::No => Ok(Sought::NotSeen),
            Found::Many => Ok(Sought::Several),
            Found::One(Member { email: Some(other), .. }) if other != email => {
                let cause = format!("the row with `{column}` {value:?} shows another address");
                Err(Stop::new(Reason::Ambiguous, doing, cause))
            }
            Found::One(_) => self.seek_wanted(&Wanted::by(email, column, value), true).await,
        }
    }

    /// The person whose row was found by the key, by this column from here on.
    pub(super) async fn stand_by(
        &mut self,
        column: &str,
        member: &Member,
        person: &Person,
    ) -> Result<Person, Stop> {
        let doing = format!("find {} by `{column}`", person.email);
        let value = member.cells.get(column).ok_or_else(|| unknown(&doing, &format!("member.{column}")))?;
        match self.find_by(column, value, &person.email).await? {
            Sought::Found(_, person) => Ok(person),
            Sought::NotSeen => {
                Err(Stop::new(Reason::NotFound, doing, format!("no row has {value:?} in it any more")))
            }
            Sought::Several => {
                Err(Stop::new(Reason::Ambiguous, doing, format!("more than one row has {value:?} in it")))
            }
        }
    }
}

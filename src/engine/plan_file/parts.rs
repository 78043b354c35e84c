//! The parts of a plan's file, and the way between them and the domain, which has no form on disk.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::planned::{Planned, Seen};
use crate::domain::{
    Approval, Change, Email, Listed, Presence, Reading, RoleId, Roster, Status, StatusMeaning, Wanted,
};

/// What is to be done about one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionPart {
    /// The address.
    pub email: String,
    /// What the list calls them, or else the roster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `add`, `role`, `remove` ...: see docs/cli.md.
    pub action: String,
    /// The change; none where somebody only should look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangePart>,
    /// How the list showed them.
    pub seen: SeenPart,
    /// Why.
    pub why: String,
    /// What has to be approved about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
    /// What the map says follows from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consequence: Option<String>,
    /// Paid seats more (or fewer) by it.
    pub seat_delta: i64,
    /// What it costs more (or less), in currency and period of the plan's cost: a decimal such as `-12.50`; none where it
    /// costs as much as before, where that is not known, and where no prices were configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
    /// Why that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpriced: Option<String>,
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangePart {
    /// `invite`, `change_role`, `remove` ...
    pub operation: String,
    /// The roles it takes the place of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Vec<String>>,
    /// The role it gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// How the list showed somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenPart {
    /// In how many rows: 0, 1, or 2 for several.
    pub rows: u8,
    /// The roles of the one row; none where they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// What its status may mean; none where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Vec<String>>,
}

/// The people wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterPart {
    /// When the roster was written, RFC 3339; none where nobody knows.
    pub written_at: Option<String>,
    /// Everybody who stands in it once, by address.
    pub people: Vec<PersonPart>,
    /// Who stands in it more than once.
    pub twice: Vec<String>,
}

/// One person of a roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonPart {
    /// The address.
    pub email: String,
    /// The role they shall have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What they are called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `active`, `suspended` or `left`.
    pub state: String,
    /// The address they had before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_email: Option<String>,
}

impl ActionPart {
    /// The change as it was planned; `None` where there is none.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn planned(&self) -> Result<Option<Planned>, String> {
        let Some(part) = &self.change else { return Ok(None) };
        let seen = self.seen.read()?;
        let change = part.read(email(&self.email)?)?;
        let word = self.approval.as_deref();
        let approval =
            word.map(|word| Approval::parse(word).ok_or_else(|| format!("{word:?} is no class of approval")));
        Ok(Some(Planned { change, seen, approval: approval.transpose()? }))
    }

    /// What is done, in words: the change, or else the kind of action.
    #[must_use]
    pub fn words(&self) -> String {
        match self.planned() {
            Ok(Some(planned)) => planned.change.to_string(),
            Ok(None) | Err(_) => format!("{} {}", self.action, self.email),
        }
    }
}

impl ChangePart {
    /// Of a change.
    #[must_use]
    pub fn of(change: &Change) -> Self {
        Self {
            operation: change.operation().to_owned(),
            from: change.from().map(words),
            to: change.role().map(|role| role.as_str().to_owned()),
        }
    }

    fn read(&self, email: Email) -> Result<Change, String> {
        let from = self.from.as_ref().map(|roles| roles.iter().map(RoleId::new).collect());
        Change::named(&self.operation, email, from, self.to.as_ref().map(RoleId::new))
            .ok_or_else(|| format!("{:?} with these roles is no change", self.operation))
    }
}

/// How a reading shows somebody.
pub(crate) fn seen_part(seen: &Seen) -> SeenPart {
    let of = |rows| SeenPart { rows, roles: None, status: None };
    match seen {
        Seen::No => of(0),
        Seen::Twice => of(2),
        Seen::As { roles, status } => SeenPart {
            rows: 1,
            roles: roles.as_ref().map(words),
            status: status
                .as_ref()
                .map(|status| status.0.iter().map(|meaning| meaning.as_str().to_owned()).collect()),
        },
    }
}

/// The same, as JSON.
pub(crate) fn row_of(email: &Email, reading: &Reading) -> Value {
    serde_json::to_value(seen_part(&Seen::of(email, reading))).expect("it is plain data")
}

impl SeenPart {
    fn read(&self) -> Result<Seen, String> {
        let roles = self.roles.as_ref().map(|roles| roles.iter().map(RoleId::new).collect::<BTreeSet<_>>());
        let meaning =
            |word: &String| StatusMeaning::parse(word).ok_or_else(|| format!("{word:?} is no status"));
        let status = self.status.as_ref().map(|words| words.iter().map(meaning).collect::<Result<_, _>>());
        Ok(match self.rows {
            0 => Seen::No,
            1 => Seen::As { roles, status: status.transpose()?.map(Status) },
            _ => Seen::Twice,
        })
    }
}

impl RosterPart {
    /// Of a roster.
    #[must_use]
    pub fn of(roster: &Roster, written_at: Option<String>) -> Self {
        let twice = roster.emails().filter(|email| roster.find(email) == Listed::Twice);
        Self {
            written_at,
            twice: twice.map(ToString::to_string).collect(),
            people: roster.people().map(PersonPart::of).collect(),
        }
    }

    /// The people.
    pub(super) fn people(&self) -> Result<Roster, String> {
        let once = self.people.iter().map(PersonPart::read).collect::<Result<Vec<_>, _>>()?;
        let mut twice = Vec::new();
        for address in &self.twice {
            let email = email(address)?;
            let row = || Wanted {
                email: email.clone(),
                role: None,
                name: None,
                state: Presence::Active,
                previous_email: None,
            };
            twice.extend([row(), row()]);
        }
        Ok(Roster::new(once.into_iter().chain(twice)))
    }
}

impl PersonPart {
    fn of(wanted: &Wanted) -> Self {
        Self {
            email: wanted.email.to_string(),
            role: wanted.role.as_ref().map(|role| role.as_str().to_owned()),
            name: wanted.name.clone(),
            state: wanted.state.as_str().to_owned(),
            previous_email: wanted.previous_email.as_ref().map(ToString::to_string),
        }
    }

    fn read(&self) -> Result<Wanted, String> {
        let state = Presence::ALL.into_iter().find(|state| state.as_str() == self.state);
        Ok(Wanted {
            email: email(&self.email)?,
            role: self.role.as_ref().map(RoleId::new),
            name: self.name.clone(),
            state: state.ok_or_else(|| format!("{:?} is no state", self.state))?,
            previous_email: self.previous_email.as_deref().map(email).transpose()?,
        })
    }
}

pub(super) fn email(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(|error| error.to_string())
}

fn words(roles: &BTreeSet<RoleId>) -> Vec<String> {
    roles.iter().map(|role| role.as_str().to_owned()).collect()
}

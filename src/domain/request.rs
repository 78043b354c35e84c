//! [`Request`]: what a caller asks for, before anybody has looked at the workspace.

use super::email::Email;
use super::member::RoleId;

/// One operation on named people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// These people shall be members with this role.
    Invite {
        /// Who.
        emails: Vec<Email>,
        /// As what.
        role: RoleId,
    },
    /// These members shall have exactly this role.
    SetRole {
        /// Who.
        emails: Vec<Email>,
        /// The only role they shall have.
        role: RoleId,
    },
    /// These people shall not be members.
    Remove {
        /// Who.
        emails: Vec<Email>,
    },
}

impl Request {
    /// The people named, in the order of the request, repetitions included.
    #[must_use]
    pub fn emails(&self) -> &[Email] {
        match self {
            Self::Invite { emails, .. } | Self::SetRole { emails, .. } | Self::Remove { emails } => emails,
        }
    }
}

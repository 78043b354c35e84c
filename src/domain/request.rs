//! [`Request`]: what a caller asks for, before anybody has looked at the workspace.

use std::collections::BTreeMap;
use std::time::Duration;

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
    /// These people, out of a file, shall be members, each with a role of their own.
    Import {
        /// Who, in the order of the file.
        emails: Vec<Email>,
        /// As what, each of them.
        people: BTreeMap<Email, Newcomer>,
    },
    /// These members shall have exactly this role.
    SetRole {
        /// Who.
        emails: Vec<Email>,
        /// The only role they shall have.
        role: RoleId,
    },
    /// These people, who were invited, shall get their invitation once more.
    Resend {
        /// Who.
        emails: Vec<Email>,
    },
    /// Everybody whose invitation has waited for so long shall get it once more.
    ResendOlder {
        /// At least for this long.
        than: Duration,
    },
    /// The invitations of these people shall no longer hold.
    CancelInvite {
        /// Who.
        emails: Vec<Email>,
    },
    /// These members shall keep their place in the list and have no access.
    Deactivate {
        /// Who.
        emails: Vec<Email>,
    },
    /// These people, who were deactivated, shall have access again.
    Reactivate {
        /// Who.
        emails: Vec<Email>,
    },
    /// These people shall not be members.
    Remove {
        /// Who.
        emails: Vec<Email>,
    },
}

/// Somebody who is to be invited out of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newcomer {
    /// As what.
    pub role: RoleId,
    /// What the file calls them.
    pub name: Option<String>,
}

impl Request {
    /// The operation a recording has to serve: `invite`, `import`, `change_role`, `resend`, `cancel_invite`, `deactivate`, `reactivate`
    /// or `remove`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Self::Invite { .. } => "invite",
            Self::Import { .. } => "import",
            Self::SetRole { .. } => "change_role",
            Self::Resend { .. } | Self::ResendOlder { .. } => "resend",
            Self::CancelInvite { .. } => "cancel_invite",
            Self::Deactivate { .. } => "deactivate",
            Self::Reactivate { .. } => "reactivate",
            Self::Remove { .. } => "remove",
        }
    }

    /// The people named, nobody where the list tells who they are; in the order of the request, repetitions included.
    #[must_use]
    pub fn emails(&self) -> &[Email] {
        match self {
            Self::Invite { emails, .. }
            | Self::Import { emails, .. }
            | Self::SetRole { emails, .. }
            | Self::Resend { emails }
            | Self::CancelInvite { emails }
            | Self::Deactivate { emails }
            | Self::Reactivate { emails }
            | Self::Remove { emails } => emails,
            Self::ResendOlder { .. } => &[],
        }
    }
}

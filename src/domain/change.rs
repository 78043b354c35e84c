//! [`Change`]: one unit that is applied, and settled, by itself.

use std::collections::BTreeSet;
use std::fmt;

use super::email::Email;
use super::member::RoleId;
use super::request::Request;

/// One change to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Invite somebody who is not a member.
    Invite {
        /// Who.
        email: Email,
        /// As what.
        role: RoleId,
    },
    /// Give a member another role.
    ChangeRole {
        /// Who.
        email: Email,
        /// The roles held by the reading the change was planned on.
        from: BTreeSet<RoleId>,
        /// The only role afterwards.
        to: RoleId,
    },
    /// Send somebody's invitation once more.
    Resend {
        /// Who.
        email: Email,
    },
    /// Take somebody's invitation back.
    CancelInvite {
        /// Who.
        email: Email,
    },
    /// Take a member's access, and keep them in the list.
    Deactivate {
        /// Who.
        email: Email,
    },
    /// Give access back to somebody who was deactivated.
    Reactivate {
        /// Who.
        email: Email,
    },
    /// Take a member, or somebody invited, out of the workspace.
    Remove {
        /// Who.
        email: Email,
    },
}

impl Change {
    /// The change of that operation, with the roles it has where it has any; `None` if it is none of these, or a role is
    /// missing.
    #[must_use]
    pub fn named(
        operation: &str,
        email: Email,
        from: Option<BTreeSet<RoleId>>,
        to: Option<RoleId>,
    ) -> Option<Self> {
        Some(match operation {
            "invite" => Self::Invite { email, role: to? },
            "change_role" => Self::ChangeRole { email, from: from?, to: to? },
            "resend" => Self::Resend { email },
            "cancel_invite" => Self::CancelInvite { email },
            "deactivate" => Self::Deactivate { email },
            "reactivate" => Self::Reactivate { email },
            "remove" => Self::Remove { email },
            _ => return None,
        })
    }

    /// The roles it takes away, where it names them.
    #[must_use]
    pub fn from(&self) -> Option<&BTreeSet<RoleId>> {
        match self {
            Self::ChangeRole { from, .. } => Some(from),
            _ => None,
        }
    }

    /// Whom it is about.
    #[must_use]
    pub fn email(&self) -> &Email {
        match self {
            Self::Invite { email, .. }
            | Self::ChangeRole { email, .. }
            | Self::Resend { email }
            | Self::CancelInvite { email }
            | Self::Deactivate { email }
            | Self::Reactivate { email }
            | Self::Remove { email } => email,
        }
    }

    /// The request that asks for just this change.
    #[must_use]
    pub fn request(&self) -> Request {
        let emails = vec![self.email().clone()];
        match self {
            Self::Invite { role, .. } => Request::Invite { emails, role: role.clone() },
            Self::ChangeRole { to, .. } => Request::SetRole { emails, role: to.clone() },
            Self::Resend { .. } => Request::Resend { emails },
            Self::CancelInvite { .. } => Request::CancelInvite { emails },
            Self::Deactivate { .. } => Request::Deactivate { emails },
            Self::Reactivate { .. } => Request::Reactivate { emails },
            Self::Remove { .. } => Request::Remove { emails },
        }
    }

    /// The operation a recording has to serve, as [`Request::operation`].
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.request().operation()
    }

    /// The list can tell whether it has taken effect. Of an invitation sent again it shows nothing.
    #[must_use]
    pub fn shows_in_list(&self) -> bool {
        !matches!(self, Self::Resend { .. })
    }

    /// Done when the person is no longer in the list.
    #[must_use]
    pub fn ends_in_absence(&self) -> bool {
        matches!(self, Self::CancelInvite { .. } | Self::Remove { .. })
    }

    /// The role given, if one is.
    #[must_use]
    pub fn role(&self) -> Option<&RoleId> {
        match self {
            Self::Invite { role, .. } => Some(role),
            Self::ChangeRole { to, .. } => Some(to),
            Self::Resend { .. }
            | Self::CancelInvite { .. }
            | Self::Deactivate { .. }
            | Self::Reactivate { .. }
            | Self::Remove { .. } => None,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invite { email, role } => write!(f, "invite {email} as {role}"),
            Self::ChangeRole { email, from, to } => {
                let from = if from.is_empty() { "no role".to_owned() } else { role_list(from) };
                write!(f, "change the role of {email} from {from} to {to}")
            }
            Self::Resend { email } => write!(f, "send the invitation of {email} again"),
            Self::CancelInvite { email } => write!(f, "take back the invitation of {email}"),
            Self::Deactivate { email } => write!(f, "deactivate {email}"),
            Self::Reactivate { email } => write!(f, "reactivate {email}"),
            Self::Remove { email } => write!(f, "remove {email}"),
        }
    }
}

/// Roles in words: `admin, editor`.
pub(crate) fn role_list(roles: &BTreeSet<RoleId>) -> String {
    roles.iter().map(RoleId::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_reads_as_a_sentence() {
        let email = Email::parse("anna@example.com").unwrap();
        let role = RoleId::new;
        let change = Change::ChangeRole {
            email: email.clone(),
            from: BTreeSet::from([role("admin"), role("editor")]),
            to: role("viewer"),
        };
        assert_eq!(change.to_string(), "change the role of anna@example.com from admin, editor to viewer");
        assert_eq!(Change::Remove { email: email.clone() }.to_string(), "remove anna@example.com");
        assert_eq!(
            Change::Invite { email, role: role("viewer") }.to_string(),
            "invite anna@example.com as viewer"
        );
    }
}

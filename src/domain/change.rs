//! [`Change`]: one unit that is applied, and settled, by itself.

use std::collections::BTreeSet;
use std::fmt;

use super::email::Email;
use super::member::RoleId;

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
    /// Take a member, or somebody invited, out of the workspace.
    Remove {
        /// Who.
        email: Email,
    },
}

impl Change {
    /// Whom it is about.
    #[must_use]
    pub fn email(&self) -> &Email {
        match self {
            Self::Invite { email, .. } | Self::ChangeRole { email, .. } | Self::Remove { email } => email,
        }
    }

    /// The operation a recording has to serve: `invite`, `change_role` or `remove`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Self::Invite { .. } => "invite",
            Self::ChangeRole { .. } => "change_role",
            Self::Remove { .. } => "remove",
        }
    }

    /// The role given, if one is.
    #[must_use]
    pub fn role(&self) -> Option<&RoleId> {
        match self {
            Self::Invite { role, .. } => Some(role),
            Self::ChangeRole { to, .. } => Some(to),
            Self::Remove { .. } => None,
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

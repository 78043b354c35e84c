//! [`Scope`]: whom a roster speaks for, and [`Leavers`], what becomes of those it no longer names.

use std::collections::BTreeSet;

use super::email::Email;
use super::member::RoleId;

/// Who is managed by a roster (D7.3). Everybody else is left alone, whatever the roster says or leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Domains in ASCII and lower case; those below them are domains of their own.
    pub domains: BTreeSet<String>,
    /// People of other domains who are managed all the same.
    pub adopted: BTreeSet<Email>,
}

impl Scope {
    /// Whether somebody whom the roster does not name is managed.
    #[must_use]
    pub fn covers(&self, email: &Email) -> bool {
        self.domains.contains(email.domain()) || self.adopted.contains(email)
    }
}

/// What becomes of people who are managed and not, or no longer, wanted (D7.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leavers {
    /// The last step.
    pub step: Leave,
    /// So many days pass before a removal. The reversible step comes at once where the console has one.
    pub grace_days: u32,
}

/// The last step that is taken with a leaver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Leave {
    /// They are only told of.
    #[default]
    Report,
    /// They get this role.
    Downgrade(RoleId),
    /// They lose access and stay in the list.
    Deactivate,
    /// They are taken out.
    Remove,
}

impl Leave {
    /// The word of configurations.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Downgrade(_) => "downgrade",
            Self::Deactivate => "deactivate",
            Self::Remove => "remove",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_domains_and_names() {
        let email = |text| Email::parse(text).unwrap();
        let scope = Scope {
            domains: BTreeSet::from(["acme.example".to_owned()]),
            adopted: BTreeSet::from([email("Ann@Partner.example")]),
        };
        for (address, covered) in [
            ("bo@acme.example", true),
            ("BO@ACME.EXAMPLE", true),
            ("bo@mail.acme.example", false),
            ("bo@acme.example.org", false),
            ("ann@partner.example", true),
            ("bo@partner.example", false),
        ] {
            assert_eq!(scope.covers(&email(address)), covered, "{address}");
        }
        assert!(!Scope::default().covers(&email("bo@acme.example")), "without any nobody is managed");
    }
}

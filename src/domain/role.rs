//! [`Role`]: what a role of the console means to the rules.

use super::member::RoleId;

/// One role of the console, as its selector map describes it. Roles are given as a slice, the highest first;
/// that order says what a demotion is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name in the map.
    pub id: RoleId,
    /// Who holds it takes a paid seat.
    pub seat: bool,
    /// Who holds it administers other people; the last such person is never taken away.
    pub privileged: bool,
    /// The console offers it to be given.
    pub grantable: bool,
}

/// The role of that name, or `None`.
#[must_use]
pub fn find<'a>(roles: &'a [Role], id: &RoleId) -> Option<&'a Role> {
    roles.iter().find(|role| role.id == *id)
}

/// The place of a role in the order, 0 for the highest; `None` for a role the map does not have.
#[must_use]
pub fn rank(roles: &[Role], id: &RoleId) -> Option<usize> {
    roles.iter().position(|role| role.id == *id)
}

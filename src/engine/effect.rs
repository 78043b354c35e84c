//! What the list says about a change: whether it has taken effect.

use super::runner::Sought;
use crate::domain::change::Change;
use crate::domain::member::{Member, StatusMeaning};
use crate::domain::outcome::{Outcome, OutcomeKind};

/// What a look at the list says about a change.
pub(crate) enum Effect {
    /// The person's row shows it.
    Seen(Outcome),
    /// There is no row any more, as far as was looked.
    SeemsGone,
    NotSeen,
}

pub(crate) fn effect(change: &Change, sought: &Sought) -> Effect {
    match (change, sought) {
        (_, Sought::NotSeen) if change.ends_in_absence() => Effect::SeemsGone,
        (_, Sought::NotSeen | Sought::Several) => Effect::NotSeen,
        (_, Sought::Found(member, _)) => effect_on(change, member).map_or(Effect::NotSeen, Effect::Seen),
    }
}

/// Whether a row shows that a change of it has taken effect.
pub(crate) fn effect_on(change: &Change, member: &Member) -> Option<Outcome> {
    let holds = |role| member.roles.as_ref().is_some_and(|roles| roles.len() == 1 && roles.contains(role));
    let is_only = |meaning| member.status.as_ref().is_some_and(|status| status.is_only(&[meaning]));
    let is_over = [StatusMeaning::Removed, StatusMeaning::Deactivated, StatusMeaning::Expired];
    match change {
        Change::Invite { .. } if is_over.into_iter().any(is_only) => None,
        Change::Invite { role, .. } if holds(role) && is_only(StatusMeaning::Active) => Some(Outcome::done()),
        Change::Invite { role, .. } if holds(role) => {
            Some(Outcome::new(OutcomeKind::Pending).with_detail("invited; waits for the person to accept"))
        }
        // Some consoles keep the row and say so.
        Change::CancelInvite { .. } | Change::Remove { .. } if is_only(StatusMeaning::Removed) => {
            Some(Outcome::done())
        }
        Change::ChangeRole { to, .. } if holds(to) => Some(Outcome::done()),
        _ => None,
    }
}

/// Still invited, or invited once and expired: what sending an invitation again leaves as it was.
pub(crate) fn invitation_holds(member: &Member) -> bool {
    member.is_only(&[StatusMeaning::Invited, StatusMeaning::Expired])
}

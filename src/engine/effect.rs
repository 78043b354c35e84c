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
    let may_be = |meaning| member.status.as_ref().is_some_and(|status| status.0.contains(&meaning));
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
        // "Inactive" may stand for invited as well, which somebody active does not become.
        Change::Deactivate { .. } if may_be(StatusMeaning::Deactivated) && !may_be(StatusMeaning::Active) => {
            Some(Outcome::done())
        }
        Change::Reactivate { .. } if is_only(StatusMeaning::Active) => Some(Outcome::done()),
        Change::Reactivate { .. } if is_only(StatusMeaning::Invited) => Some(
            Outcome::new(OutcomeKind::Pending).with_detail("invited again; waits for the person to accept"),
        ),
        Change::ChangeRole { to, .. } if holds(to) => Some(Outcome::done()),
        _ => None,
    }
}

/// Still invited, or invited once and expired: what sending an invitation again leaves as it was.
pub(crate) fn invitation_holds(member: &Member) -> bool {
    member.is_only(&[StatusMeaning::Invited, StatusMeaning::Expired])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::email::Email;
    use crate::domain::member::Status;

    #[test]
    fn access_taken_and_given_back_is_told_from_the_status() {
        let email = Email::parse("ann@acme.example").unwrap();
        let (deactivate, reactivate) =
            (Change::Deactivate { email: email.clone() }, Change::Reactivate { email: email.clone() });
        let shows = |change: &Change, meanings: &[StatusMeaning]| {
            let status = Some(Status(meanings.iter().copied().collect::<BTreeSet<_>>()));
            let member = Member { email: Some(email.clone()), status, ..Member::default() };
            effect_on(change, &member).map(|outcome| outcome.kind)
        };
        use StatusMeaning::{Active, Deactivated, Invited};
        let done = Some(OutcomeKind::Done);
        assert_eq!(shows(&deactivate, &[Deactivated]), done);
        assert_eq!(shows(&deactivate, &[Deactivated, Invited]), done, "nobody active becomes invited");
        assert_eq!(shows(&deactivate, &[Deactivated, Active]), None);
        assert_eq!(shows(&deactivate, &[Active]), None);
        assert_eq!(shows(&reactivate, &[Active]), done);
        assert_eq!(shows(&reactivate, &[Invited]), Some(OutcomeKind::Pending));
        assert_eq!(shows(&reactivate, &[Deactivated]), None);
        assert_eq!(shows(&reactivate, &[Active, Invited]), None);
        assert_eq!(effect_on(&deactivate, &Member { status: None, ..Member::default() }), None);
    }
}

//! [`requested`]: what a request comes to, person by person, as a plan that can be written down (D7.7): with a reason for
//! each, and what somebody has to agree to before.

use super::action::Action;
use super::approving::{Classes, class_of};
use super::change::{Change, role_list};
use super::email::Email;
use super::outcome::{Outcome, OutcomeKind};
use super::plan::Plan;
use super::reconcile::{PlanItem, Reconciliation};
use super::request::Request;

/// The plan of a request, in its order. Nothing is added to what [`plan`](super::plan()) said and the guards let through.
#[must_use]
pub fn requested(request: &Request, plan: &Plan, by: &Classes<'_>) -> Reconciliation {
    let changed = plan.changes.iter().map(|change| PlanItem {
        email: change.email().clone(),
        action: action_of(change),
        change: Some(change.clone()),
        why: why(request, change),
        approval: class_of(change, by),
    });
    let items = changed.chain(plan.settled.iter().map(settled)).collect();
    Reconciliation {
        items,
        refusals: plan.refusals.clone(),
        seat_delta: plan.seat_delta,
        without_address: by.reading.without_address,
    }
}

fn action_of(change: &Change) -> Action {
    match change {
        Change::Invite { .. } => Action::Add,
        Change::Resend { .. } => Action::Resend,
        Change::CancelInvite { .. } => Action::CancelInvite,
        Change::ChangeRole { .. } => Action::Role,
        Change::Deactivate { .. } => Action::Deactivate,
        Change::Reactivate { .. } => Action::Reactivate,
        Change::Remove { .. } => Action::Remove,
    }
}

fn why(request: &Request, change: &Change) -> String {
    match (request, change) {
        (Request::Import { .. }, Change::Invite { role, .. }) => {
            format!("in the file as {role}, and no member")
        }
        (_, Change::Invite { role, .. }) => format!("asked for as {role}, and no member"),
        (_, Change::ChangeRole { from, to, .. }) if from.is_empty() => {
            format!("asked for as {to}, and no role")
        }
        (_, Change::ChangeRole { from, to, .. }) => format!("asked for as {to}, and {}", role_list(from)),
        (Request::ResendOlder { .. }, Change::Resend { .. }) => {
            "has waited for as long as was asked for".to_owned()
        }
        (_, Change::Resend { .. } | Change::CancelInvite { .. }) => {
            "asked for, and the invitation is not accepted".to_owned()
        }
        (_, Change::Deactivate { .. }) => "asked for, and active".to_owned(),
        (_, Change::Reactivate { .. }) => "asked for, and deactivated".to_owned(),
        (_, Change::Remove { .. }) => "asked for by name".to_owned(),
    }
}

/// Somebody about whom nothing is done.
fn settled((email, outcome): &(Email, Outcome)) -> PlanItem {
    let action = if outcome.kind == OutcomeKind::AlreadySo { Action::Keep } else { Action::NeedsPerson };
    PlanItem { email: email.clone(), action, change: None, why: outcome.to_string(), approval: None }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::StatusMeaning::{Active, Invited};
    use crate::domain::tests::{email, member, reading, role, roles};
    use crate::domain::{Approval, History, Policy, plan};

    /// The kind of action about each, and what has to be approved.
    fn told(request: &Request, is_first: bool) -> Vec<(String, &'static str, Option<Approval>)> {
        let list = reading(vec![
            member("root", "owner", Active),
            member("chief", "owner", Active),
            member("edit", "editor", Active),
            member("pend", "viewer", Invited),
        ]);
        let policy = Policy { needs_approval: [Approval::NewSeat].into(), ..Policy::default() };
        let roles = roles();
        let costly = BTreeSet::from(["remove".to_owned()]);
        let classes = Classes { reading: &list, roles: &roles, policy: &policy, costly: &costly, is_first };
        let planned = plan(request, &list, &roles, &policy, &History::default(), &email("root"));
        let all = requested(request, &planned, &classes);
        assert_eq!(all.refusals, planned.refusals);
        assert_eq!(all.seat_delta, planned.seat_delta);
        let changes: Vec<Change> = all.items.iter().filter_map(|item| item.change.clone()).collect();
        assert_eq!(changes, planned.changes, "the same changes in the same order");
        let name = |item: &PlanItem| item.email.as_str().split('@').next().unwrap_or_default().to_owned();
        all.items.iter().map(|item| (name(item), item.action.as_str(), item.approval)).collect()
    }

    fn people(names: &[&str]) -> Vec<Email> {
        names.iter().map(|name| email(name)).collect()
    }

    #[test]
    fn a_request_has_the_classes_of_every_other_plan() {
        let remove = Request::Remove { emails: people(&["edit", "new"]) };
        let item = |name: &str, action, approval| (name.to_owned(), action, approval);
        let expected = [item("edit", "remove", Some(Approval::DataLoss)), item("new", "keep", None)];
        assert_eq!(told(&remove, false), expected);
        let cancel = Request::CancelInvite { emails: people(&["pend", "edit"]) };
        let told_of_first = told(&cancel, true);
        assert_eq!(told_of_first[0], item("pend", "cancel_invite", Some(Approval::FirstRemoval)));
        assert_eq!(told_of_first[1], item("edit", "needs_person", None));
        assert_eq!(told(&cancel, false)[0].2, None);
        let rise = Request::SetRole { emails: people(&["edit"]), role: role("admin") };
        assert_eq!(told(&rise, false), [item("edit", "role", Some(Approval::PrivilegedGrant))]);
        let invite = Request::Invite { emails: people(&["new"]), role: role("editor") };
        assert_eq!(told(&invite, false), [item("new", "add", Some(Approval::NewSeat))]);
    }
}

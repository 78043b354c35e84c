//! [`plan`]: a request and a reading become the changes to make, and everything that is settled without one.
//!
//! A change is planned only where one is needed and the person is beyond doubt. The three rules of presence and
//! absence are here: who is in the list is told by one row; who is in none is absent only if the list is proven
//! complete; who is in several is never acted on.

use std::collections::BTreeSet;

use super::change::{Change, role_list};
use super::email::Email;
use super::guard::{self, Refusal};
use super::member::{Member, RoleId, StatusMeaning};
use super::outcome::{Outcome, OutcomeKind, Reason};
use super::policy::{History, Policy};
use super::reading::{Found, Reading};
use super::request::Request;
use super::role::{self, Role};

/// What is to be done about a request. With any refusal nothing of it may be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The changes, in the order of the request.
    pub changes: Vec<Change>,
    /// The people nothing is done about, and why, in the order of the request.
    pub settled: Vec<(Email, Outcome)>,
    /// What the guards say no to.
    pub refusals: Vec<Refusal>,
    /// How many paid seats the workspace uses more (or fewer) afterwards.
    pub seat_delta: i64,
}

/// Plans a request on a reading. Pure: the same arguments give the same plan. Repeated people count once.
#[must_use]
pub fn plan(
    request: &Request,
    reading: &Reading,
    roles: &[Role],
    policy: &Policy,
    history: &History,
    oneself: &Email,
) -> Plan {
    let mut plan = Plan::default();
    let mut seen = BTreeSet::new();
    for email in people(request, reading).into_iter().filter(|email| seen.insert(*email)) {
        let change = match request {
            Request::Invite { role, .. } => invite(email, role, reading, roles),
            Request::Import { people, .. } => match people.get(email) {
                Some(newcomer) => invite(email, &newcomer.role, reading, roles),
                None => Err(Outcome::new(OutcomeKind::NeedsPerson).with_detail("the file gives no role")),
            },
            Request::SetRole { role, .. } => set_role(email, role, reading, roles),
            Request::Resend { .. } => resend(email, reading),
            Request::ResendOlder { .. } => resend_waiting(email, reading),
            Request::CancelInvite { .. } => cancel_invite(email, reading),
            Request::Deactivate { .. } => deactivate(email, reading),
            Request::Reactivate { .. } => reactivate(email, reading),
            Request::Remove { .. } => remove(email, reading),
        };
        match change {
            Ok(change) => plan.changes.push(change),
            Err(outcome) => plan.settled.push((email.clone(), outcome)),
        }
    }
    plan.refusals = guard::check(&plan.changes, reading, roles, policy, history, oneself);
    plan.seat_delta = guard::seat_delta(&plan.changes, reading, roles);
    plan
}

/// Whom a request is about: who is named, or who the list shows to be.
fn people<'a>(request: &'a Request, reading: &'a Reading) -> Vec<&'a Email> {
    let Request::ResendOlder { than } = request else { return request.emails().iter().collect() };
    let waits =
        |member: &&Member| invited(member).is_ok() && member.invited_for.is_none_or(|waited| waited >= *than);
    reading.members.iter().filter(waits).filter_map(|member| member.email.as_ref()).collect()
}

fn invite(email: &Email, role: &RoleId, reading: &Reading, roles: &[Role]) -> Result<Change, Outcome> {
    grantable(role, roles)?;
    match reading.find(email) {
        Found::Many => Err(ambiguous(email)),
        Found::One(member) if !member.is_only(&[StatusMeaning::Removed]) => Err(invite_member(member, role)),
        // Who is not seen may be there all the same, unless the list is complete.
        Found::One(_) | Found::No if !reading.grade.is_proven() => {
            Err(unproven(reading, &format!("whether {email} is a member already")))
        }
        Found::One(_) | Found::No => Ok(Change::Invite { email: email.clone(), role: role.clone() }),
    }
}

/// What an invitation comes to for somebody who is in the list.
fn invite_member(member: &Member, role: &RoleId) -> Outcome {
    let already = |detail: String| Outcome::failed(Reason::AlreadyMember).with_detail(detail);
    let unclear = |what: &str| {
        Outcome::new(OutcomeKind::NeedsPerson).with_detail(format!(
            "is in the list already, and {what}: look at the row in the console before deciding"
        ))
    };
    if member.is_only(&[StatusMeaning::Deactivated]) {
        return already(
            "is in the list, deactivated: reactivate the person instead of inviting them".to_owned(),
        );
    }
    if member.is_only(&[StatusMeaning::Expired]) {
        return already("was invited, and the invitation expired: send it again with `resend`".to_owned());
    }
    if !member.is_only(&[StatusMeaning::Active, StatusMeaning::Invited]) {
        return unclear("the status shown does not tell whether the person has access");
    }
    let Some(held) = &member.roles else {
        return unclear("the role shown is not one the selector map knows");
    };
    if held.len() == 1 && held.contains(role) {
        return Outcome::already_so();
    }
    already(format!("is in the list as {}: to make that {role}, change the role instead", held_words(held)))
}

fn set_role(email: &Email, role: &RoleId, reading: &Reading, roles: &[Role]) -> Result<Change, Outcome> {
    if role::find(roles, role).is_none() {
        return Err(not_offered(role, roles));
    }
    let member = match reading.find(email) {
        Found::Many => return Err(ambiguous(email)),
        Found::One(member) if !member.is_only(&[StatusMeaning::Removed]) => member,
        Found::No if !reading.grade.is_proven() => {
            return Err(unproven(reading, &format!("whether {email} is a member")));
        }
        Found::One(_) | Found::No => return Err(Outcome::failed(Reason::NotFound)),
    };
    let Some(held) = &member.roles else {
        return Err(Outcome::new(OutcomeKind::NeedsPerson).with_detail(
            "the role shown is not one the selector map knows: look at the row in the console before deciding",
        ));
    };
    if held.len() == 1 && held.contains(role) {
        return Err(Outcome::already_so());
    }
    grantable(role, roles)?;
    Ok(Change::ChangeRole { email: email.clone(), from: held.clone(), to: role.clone() })
}

fn resend(email: &Email, reading: &Reading) -> Result<Change, Outcome> {
    let member = match reading.find(email) {
        Found::Many => return Err(ambiguous(email)),
        Found::One(member) => member,
        Found::No if !reading.grade.is_proven() => {
            return Err(unproven(reading, &format!("whether {email} is invited")));
        }
        Found::No => return Err(Outcome::failed(Reason::NotFound)),
    };
    if member.is_only(&[StatusMeaning::Active]) {
        return Err(Outcome::already_so().with_detail("the invitation was accepted: the person is active"));
    }
    invited(member)?;
    Ok(Change::Resend { email: email.clone() })
}

/// Of whom nobody can tell how long they have waited, nothing follows.
fn resend_waiting(email: &Email, reading: &Reading) -> Result<Change, Outcome> {
    if let Found::One(Member { invited_for: None, cells, .. }) = reading.find(email) {
        let shown = cells.get("invited_at").map_or("nothing".to_owned(), |text| format!("{text:?}"));
        let detail = format!("when they were invited cannot be told: the list shows {shown}");
        return Err(Outcome::new(OutcomeKind::Skipped).with_detail(detail));
    }
    resend(email, reading)
}

fn cancel_invite(email: &Email, reading: &Reading) -> Result<Change, Outcome> {
    match reading.find(email) {
        Found::Many => Err(ambiguous(email)),
        Found::One(member) if member.is_only(&[StatusMeaning::Removed]) => Err(Outcome::already_so()),
        Found::One(member) if member.is_only(&[StatusMeaning::Active]) => {
            Err(Outcome::failed(Reason::AlreadyMember)
                .with_detail("the invitation was accepted: to take access away, remove the person instead"))
        }
        Found::One(member) => {
            invited(member)?;
            Ok(Change::CancelInvite { email: email.clone() })
        }
        Found::No if reading.grade.is_proven() => Err(absent()),
        Found::No => Err(unproven(reading, &format!("whether {email} is invited"))),
    }
}

/// Stands in the list with an invitation that is not accepted, and for certain: of several meanings of a status the
/// careful one counts (F14).
fn invited(member: &Member) -> Result<(), Outcome> {
    if member.is_only(&[StatusMeaning::Invited, StatusMeaning::Expired]) {
        return Ok(());
    }
    if member.is_only(&[StatusMeaning::Deactivated, StatusMeaning::Removed]) {
        return Err(
            Outcome::failed(Reason::NotFound).with_detail("is in the list, and not as somebody invited")
        );
    }
    Err(Outcome::new(OutcomeKind::NeedsPerson).with_detail(
        "the status shown does not tell whether the invitation was accepted: look at the row in the console \
         before deciding",
    ))
}

fn deactivate(email: &Email, reading: &Reading) -> Result<Change, Outcome> {
    let member = in_list(email, reading)?;
    let not_active = |detail: &str| Err(Outcome::failed(Reason::NotFound).with_detail(detail));
    if member.is_only(&[StatusMeaning::Active]) {
        return Ok(Change::Deactivate { email: email.clone() });
    }
    if member.is_only(&[StatusMeaning::Deactivated]) {
        return Err(Outcome::already_so());
    }
    if member.is_only(&[StatusMeaning::Invited, StatusMeaning::Expired]) {
        return not_active("was invited and has not accepted: take the invitation back with `cancel-invite`");
    }
    if member.is_only(&[StatusMeaning::Removed]) {
        return not_active("is in the list as somebody removed");
    }
    Err(unclear_access())
}

fn reactivate(email: &Email, reading: &Reading) -> Result<Change, Outcome> {
    let member = in_list(email, reading)?;
    let not_deactivated = |detail: &str| Err(Outcome::failed(Reason::NotFound).with_detail(detail));
    if member.is_only(&[StatusMeaning::Deactivated]) {
        return Ok(Change::Reactivate { email: email.clone() });
    }
    if member.is_only(&[StatusMeaning::Active]) {
        return Err(Outcome::already_so());
    }
    if member.is_only(&[StatusMeaning::Invited, StatusMeaning::Expired]) {
        return not_deactivated("was invited and has not accepted: send the invitation again with `resend`");
    }
    if member.is_only(&[StatusMeaning::Removed]) {
        return not_deactivated("is in the list as somebody removed: invite the person instead");
    }
    Err(unclear_access())
}

/// The one row of somebody who has to be in the list.
fn in_list<'r>(email: &Email, reading: &'r Reading) -> Result<&'r Member, Outcome> {
    match reading.find(email) {
        Found::One(member) => Ok(member),
        Found::Many => Err(ambiguous(email)),
        Found::No if reading.grade.is_proven() => Err(Outcome::failed(Reason::NotFound)),
        Found::No => Err(unproven(reading, &format!("whether {email} is a member"))),
    }
}

fn unclear_access() -> Outcome {
    Outcome::new(OutcomeKind::NeedsPerson).with_detail(
        "the status shown does not tell whether the person has access: look at the row in the console before \
         deciding",
    )
}

fn absent() -> Outcome {
    Outcome::already_so().with_detail("nobody with this address is in the list")
}

fn remove(email: &Email, reading: &Reading) -> Result<Change, Outcome> {
    match reading.find(email) {
        Found::Many => Err(ambiguous(email)),
        Found::One(member) if member.is_only(&[StatusMeaning::Removed]) => Err(Outcome::already_so()),
        Found::One(_) => Ok(Change::Remove { email: email.clone() }),
        Found::No if reading.grade.is_proven() => Err(absent()),
        Found::No => Err(unproven(reading, &format!("whether {email} is gone"))),
    }
}

fn grantable(role: &RoleId, roles: &[Role]) -> Result<(), Outcome> {
    if role::find(roles, role).is_some_and(|role| role.grantable) {
        return Ok(());
    }
    Err(not_offered(role, roles))
}

fn not_offered(role: &RoleId, roles: &[Role]) -> Outcome {
    let offered: Vec<_> = roles.iter().filter(|role| role.grantable).map(|role| role.id.as_str()).collect();
    Outcome::failed(Reason::RoleNotOffered)
        .with_detail(format!("{role} cannot be given here; roles that can: {}", offered.join(", ")))
}

fn ambiguous(email: &Email) -> Outcome {
    Outcome::failed(Reason::Ambiguous).with_detail(format!("more than one row shows {email}"))
}

fn unproven(reading: &Reading, unknown: &str) -> Outcome {
    let why = reading.unproven.as_deref().unwrap_or("the list is not proven complete");
    Outcome::failed(Reason::ReadingUnstable).with_detail(format!("nobody knows {unknown}: {why}"))
}

fn held_words(held: &BTreeSet<RoleId>) -> String {
    if held.is_empty() { "somebody without a role".to_owned() } else { role_list(held) }
}

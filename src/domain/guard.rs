//! The guards (D7.4): what no plan may do, on whatever path it came. All refusals are given at once.
//!
//! One rule runs through all of them: what is unknown about a person counts as the worse of the two. A member
//! whose roles cannot be read is treated as privileged when something would be taken from them, and not counted
//! as privileged when somebody privileged has to be left.

use std::collections::BTreeSet;
use std::fmt;

use super::change::Change;
use super::email::Email;
use super::member::{Member, RoleId, StatusMeaning};
use super::outcome::OutcomeKind;
use super::policy::{History, Policy};
use super::reading::{Found, Grade, Reading};
use super::role::{self, Role};

/// A rule that can forbid a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// The person is protected by the policy.
    Protected,
    /// It is the account the program itself signs in with.
    Oneself,
    /// Nobody privileged would be left.
    LastPrivileged,
    /// More than one row carries the address.
    Ambiguous,
    /// The list is not proven, and the person is privileged or may be.
    Unproven,
    /// Too many removals, deactivations and demotions.
    Removals,
    /// Too many new paid seats.
    NewSeats,
    /// Too many privileged roles given.
    PrivilegedGrants,
    /// Too many invitations sent again.
    Resends,
    /// More paid seats than the workspace may use.
    SeatCap,
    /// Too many changes failed.
    Failures,
    /// The roster cannot be believed.
    Roster,
    /// The plan's file may not be carried out.
    Plan,
}

impl Guard {
    /// The word of reports and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::Oneself => "oneself",
            Self::LastPrivileged => "last_privileged",
            Self::Ambiguous => "ambiguous",
            Self::Unproven => "unproven",
            Self::Removals => "removals",
            Self::NewSeats => "new_seats",
            Self::PrivilegedGrants => "privileged_grants",
            Self::Resends => "resends",
            Self::SeatCap => "seat_cap",
            Self::Failures => "failures",
            Self::Roster => "roster",
            Self::Plan => "plan",
        }
    }

    /// A limit on how many: a person may pass it for one plan that they name. Nothing else is ever passed.
    #[must_use]
    pub fn is_limit(self) -> bool {
        matches!(self, Self::Removals | Self::NewSeats | Self::PrivilegedGrants | Self::Resends)
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a guard says no to, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Whom it is about; `None` for a limit on the whole plan.
    pub email: Option<Email>,
    /// The rule.
    pub guard: Guard,
    /// What was asked, with the figures.
    pub message: String,
    /// What a person does next.
    pub hint: String,
}

/// What a change counts as, against the rolling limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// A removal, an invitation taken back, a deactivation or a demotion.
    pub removal: bool,
    /// A paid seat more.
    pub new_seat: bool,
    /// A privileged role given.
    pub privileged: bool,
    /// An invitation sent again.
    pub resend: bool,
}

/// Every reason why these changes may not be made, all at once; with any, none of them is.
#[must_use]
pub fn check(
    changes: &[Change],
    reading: &Reading,
    roles: &[Role],
    policy: &Policy,
    history: &History,
    oneself: &Email,
) -> Vec<Refusal> {
    let mut refusals: Vec<Refusal> =
        changes.iter().flat_map(|change| check_person(change, reading, roles, policy, oneself)).collect();
    refusals.extend(check_last_privileged(changes, reading, roles, history));
    refusals.extend(check_limits(changes, reading, roles, policy, history));
    refusals.extend(check_seat_cap(changes, reading, roles, policy));
    refusals
}

/// What a change counts as against the limits.
#[must_use]
pub fn counts(change: &Change, reading: &Reading, roles: &[Role]) -> Counts {
    match change {
        Change::Invite { role, .. } => {
            let (new_seat, privileged) = (is_seat(roles, role), is_privileged(roles, role));
            Counts { new_seat, privileged, ..Counts::default() }
        }
        Change::Resend { .. } => Counts { resend: true, ..Counts::default() },
        Change::CancelInvite { .. } | Change::Deactivate { .. } | Change::Remove { .. } => {
            Counts { removal: true, ..Counts::default() }
        }
        Change::Reactivate { email } => {
            let held = held(reading, email);
            Counts {
                new_seat: holds(held, |id| is_seat(roles, id)) != Some(false),
                privileged: holds(held, |id| is_privileged(roles, id)) != Some(false),
                ..Counts::default()
            }
        }
        Change::ChangeRole { email, to, .. } => {
            let held = held(reading, email);
            let rises = is_privileged(roles, to)
                && (holds(held, |id| is_privileged(roles, id)) != Some(true)
                    || is_promotion(roles, held, to));
            Counts {
                removal: is_demotion(roles, held, to),
                new_seat: is_seat(roles, to) && holds(held, |id| is_seat(roles, id)) != Some(true),
                privileged: rises,
                ..Counts::default()
            }
        }
    }
}

/// How many paid seats the workspace uses more (or fewer) after these changes.
#[must_use]
pub fn seat_delta(changes: &[Change], reading: &Reading, roles: &[Role]) -> i64 {
    let seat = |email: &Email| match reading.find(email) {
        Found::One(member) if takes_part(member) => {
            holds(member.roles.as_ref(), |id| is_seat(roles, id)).map(i64::from)
        }
        Found::One(_) | Found::No | Found::Many => None,
    };
    let delta = |change: &Change| match change {
        Change::Invite { role, .. } => i64::from(is_seat(roles, role)),
        Change::ChangeRole { email, to, .. } => {
            seat(email).map_or(0, |before| i64::from(is_seat(roles, to)) - before)
        }
        Change::Resend { .. } => 0,
        Change::Reactivate { .. } => i64::from(counts(change, reading, roles).new_seat),
        Change::CancelInvite { email } | Change::Deactivate { email } | Change::Remove { email } => {
            -seat(email).unwrap_or(0)
        }
    };
    changes.iter().map(delta).sum()
}

/// Whether so many changes of a run failed that the rest must not be tried. Takes what became of the changes that
/// were tried, in their order.
#[must_use]
pub fn check_failures(tried: &[OutcomeKind], policy: &Policy) -> Option<Refusal> {
    let failed = |kind: &&OutcomeKind| matches!(kind, OutcomeKind::Failed | OutcomeKind::InDoubt);
    let in_a_row = tried.iter().rev().take_while(failed).count();
    let all = tried.iter().filter(failed).count();
    let row_reached = in_a_row > 0 && in_a_row >= policy.failures_in_a_row as usize;
    let share_reached = all > 0
        && tried.len() >= policy.failure_least as usize
        && all * 100 >= policy.failure_percent as usize * tried.len();
    (row_reached || share_reached).then(|| Refusal {
        email: None,
        guard: Guard::Failures,
        message: format!(
            "{all} of {} changes failed, {in_a_row} of them in a row; the run stops at {} in a row or {} % of at least {}",
            tried.len(), policy.failures_in_a_row, policy.failure_percent, policy.failure_least
        ),
        hint: "see why the first of them failed before running this again for the rest".to_owned(),
    })
}

fn check_person(
    change: &Change,
    reading: &Reading,
    roles: &[Role],
    policy: &Policy,
    oneself: &Email,
) -> Vec<Refusal> {
    let email = change.email();
    let mut refusals = Vec::new();
    let mut refuse = |guard, message: String, hint: &str| {
        refusals.push(Refusal { email: Some(email.clone()), guard, message, hint: hint.to_owned() });
    };
    if policy.protected.contains(email) {
        refuse(
            Guard::Protected,
            format!("{email} is protected by the policy"),
            "leave this person out; if they need no protection any more, take them from `policy.protected`",
        );
    }
    if email == oneself {
        refuse(
            Guard::Oneself,
            format!("{email} is the account seatwright signs in with, which never changes itself"),
            "leave this account out; change it by hand, signed in as somebody else",
        );
    }
    if reading.find(email) == Found::Many {
        refuse(
            Guard::Ambiguous,
            format!("more than one row shows {email}"),
            "open the console, see which row is the right one, and settle it there by hand",
        );
    }
    if reading.grade == Grade::None && lowers_privileged(change, reading, roles) {
        let why = reading.unproven.as_deref().unwrap_or("no reason was given");
        refuse(
            Guard::Unproven,
            format!("{email} is privileged or may be, and the list is not proven complete ({why})"),
            "run this again when nobody else is changing the workspace; nobody privileged is demoted or removed on an unproven list",
        );
    }
    refusals
}

/// The last privileged member stays: of those now active and privileged for certain, somebody is left alone.
/// People promoted by the same plan do not count, for their promotion may fail; nor do those whose leaving is in doubt.
fn check_last_privileged(
    changes: &[Change],
    reading: &Reading,
    roles: &[Role],
    history: &History,
) -> Vec<Refusal> {
    let takes = |change: &&Change| takes_privilege(change, reading, roles);
    let leaving: BTreeSet<&Email> = changes.iter().filter(takes).map(Change::email).collect();
    if leaving.is_empty() {
        return Vec::new();
    }
    let active = |member: &&Member| {
        member.is_only(&[StatusMeaning::Active])
            && holds(member.roles.as_ref(), |id| is_privileged(roles, id)) == Some(true)
            && member.email.as_ref().is_some_and(|email| matches!(reading.find(email), Found::One(_)))
    };
    let privileged: Vec<&Email> =
        reading.members.iter().filter(active).filter_map(|member| member.email.as_ref()).collect();
    let in_doubt: BTreeSet<&Email> = history.in_doubt.iter().filter(takes).map(Change::email).collect();
    if privileged.iter().any(|email| !leaving.contains(*email) && !in_doubt.contains(*email)) {
        return Vec::new();
    }
    let refusal = |email: &&Email| Refusal {
        email: Some((*email).clone()),
        guard: Guard::LastPrivileged,
        message: format!(
            "nobody privileged would be left: {} active and known to be privileged, {} asked to go or to be demoted{}",
            privileged.len(),
            leaving.len(),
            if in_doubt.is_empty() {
                String::new()
            } else {
                format!(", and {} in doubt whether they have left", in_doubt.len())
            }
        ),
        hint:
            "leave one of them in place, or give somebody else a privileged role first, in a run of its own"
                .to_owned(),
    };
    leaving.iter().map(refusal).collect()
}

fn check_limits(
    changes: &[Change],
    reading: &Reading,
    roles: &[Role],
    policy: &Policy,
    history: &History,
) -> Vec<Refusal> {
    let counted: Vec<Counts> = changes.iter().map(|change| counts(change, reading, roles)).collect();
    let asked = |what: fn(&Counts) -> bool| counted.iter().filter(|counts| what(counts)).count();
    let rows = reading.rows();
    let limit = |guard, what: &str, asked: usize, past: u32, ceiling: u32, why: &str, key: &str| {
        let room = ceiling.saturating_sub(past);
        (asked > room as usize).then(|| Refusal {
            email: None,
            guard,
            message: format!("{asked} {what} asked, {past} in the last 24 h, ceiling {ceiling} ({why})"),
            hint: match room {
                0 => format!("wait until the last 24 hours have room again, or raise `{key}`"),
                _ => format!("split the request: {room} fit now; or raise `{key}`"),
            },
        })
    };
    let fixed = "fixed by the policy";
    [
        limit(
            Guard::Removals,
            "removals and demotions",
            asked(|counts| counts.removal),
            history.removals,
            policy.max_removals.limit(rows),
            &policy.max_removals.explain(rows),
            "policy.max_removals",
        ),
        limit(
            Guard::NewSeats,
            "new paid seats",
            asked(|counts| counts.new_seat),
            history.new_seats,
            policy.max_new_seats,
            fixed,
            "policy.max_new_seats",
        ),
        limit(
            Guard::PrivilegedGrants,
            "privileged roles",
            asked(|counts| counts.privileged),
            history.privileged,
            policy.max_privileged,
            fixed,
            "policy.max_privileged",
        ),
        limit(
            Guard::Resends,
            "invitations to be sent again",
            asked(|counts| counts.resend),
            history.resends,
            policy.max_resends,
            fixed,
            "policy.max_resends",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn check_seat_cap(changes: &[Change], reading: &Reading, roles: &[Role], policy: &Policy) -> Option<Refusal> {
    let cap = policy.seat_cap?;
    let more = seat_delta(changes, reading, roles);
    let asks = changes.iter().any(|change| counts(change, reading, roles).new_seat);
    if !asks || (more <= 0 && reading.grade.is_proven()) {
        return None;
    }
    let refusal = |message, hint: &str| {
        Some(Refusal { email: None, guard: Guard::SeatCap, message, hint: hint.to_owned() })
    };
    if !reading.grade.is_proven() {
        return refusal(
            format!(
                "paid seats are asked for, the cap is {cap}, and an unproven list does not tell how many are used"
            ),
            "run this again when nobody else is changing the workspace",
        );
    }
    let used = seats_used(reading, roles);
    (used as i64 + more > i64::from(cap))
        .then(|| {
            refusal(
                format!("{used} paid seats used, {more} more asked, cap {cap}"),
                "ask for fewer people, remove somebody first, or raise `policy.seat_cap`",
            )
        })
        .flatten()
}

/// The paid seats in use: everybody who holds, or may hold, a role with a seat.
fn seats_used(reading: &Reading, roles: &[Role]) -> usize {
    let uses = |member: &&Member| {
        takes_part(member) && holds(member.roles.as_ref(), |id| is_seat(roles, id)) != Some(false)
    };
    reading.members.iter().filter(uses).count()
}

/// Not known to be without access for good. Somebody invited counts: most apps reserve the seat.
fn takes_part(member: &Member) -> bool {
    !member.is_only(&[StatusMeaning::Expired, StatusMeaning::Deactivated, StatusMeaning::Removed])
}

/// The change takes a privileged role away, or may.
fn takes_privilege(change: &Change, reading: &Reading, roles: &[Role]) -> bool {
    let may_be = |email| holds(held(reading, email), |id| is_privileged(roles, id)) != Some(false);
    match change {
        Change::Invite { .. } | Change::Resend { .. } | Change::Reactivate { .. } => false,
        Change::CancelInvite { email } | Change::Deactivate { email } | Change::Remove { email } => {
            may_be(email)
        }
        Change::ChangeRole { email, to, .. } => {
            may_be(email) && !role::find(roles, to).is_some_and(|role| role.privileged)
        }
    }
}

/// The change takes something from somebody privileged, be it for a lower privileged role, or may.
fn lowers_privileged(change: &Change, reading: &Reading, roles: &[Role]) -> bool {
    let demotes_privileged = |email: &Email| {
        counts(change, reading, roles).removal
            && holds(held(reading, email), |id| is_privileged(roles, id)) != Some(false)
    };
    takes_privilege(change, reading, roles) || demotes_privileged(change.email())
}

/// The roles of the one row with this address; `None` if they are not known.
fn held<'a>(reading: &'a Reading, email: &Email) -> Option<&'a BTreeSet<RoleId>> {
    match reading.find(email) {
        Found::One(member) => member.roles.as_ref(),
        Found::No | Found::Many => None,
    }
}

/// Whether any of the roles is such a one; `None` if the roles are not known.
fn holds(held: Option<&BTreeSet<RoleId>>, such: impl Fn(&RoleId) -> bool) -> Option<bool> {
    held.map(|ids| ids.iter().any(such))
}

fn is_seat(roles: &[Role], id: &RoleId) -> bool {
    role::find(roles, id).is_none_or(|role| role.seat)
}

fn is_privileged(roles: &[Role], id: &RoleId) -> bool {
    role::find(roles, id).is_none_or(|role| role.privileged)
}

/// The new role is lower than the highest one held, or may be.
fn is_demotion(roles: &[Role], held: Option<&BTreeSet<RoleId>>, to: &RoleId) -> bool {
    let Some((to, held)) = ranks(roles, held, to) else { return true };
    held.iter().min().is_some_and(|highest| to > *highest)
}

/// The new role is higher than every one held, or may be.
fn is_promotion(roles: &[Role], held: Option<&BTreeSet<RoleId>>, to: &RoleId) -> bool {
    let Some((to, held)) = ranks(roles, held, to) else { return true };
    held.iter().min().is_none_or(|highest| to < *highest)
}

/// The places of the new role and of those held in the order; `None` if any is not known.
fn ranks(roles: &[Role], held: Option<&BTreeSet<RoleId>>, to: &RoleId) -> Option<(usize, Vec<usize>)> {
    let held: Option<Vec<usize>> = held?.iter().map(|id| role::rank(roles, id)).collect();
    Some((role::rank(roles, to)?, held?))
}

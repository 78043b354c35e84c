//! [`reconcile`]: a roster and a reading become what is to be done about everybody, person by person (D7.6).
//!
//! Whoever is in either is in the result, with a reason. A change is planned only for somebody who is beyond doubt: in one
//! row of the list and one of the roster, managed, protected by nothing, and with a status and a role that are known. All
//! else is told and left alone. One change a person: whoever needs two (access again, then another role) gets the second
//! from the next plan.

use std::collections::{BTreeMap, BTreeSet};

use super::action::{Action, Approval};
use super::approving::{Classes, class_of};
use super::change::{Change, role_list};
use super::email::Email;
use super::guard::{self, Guard, Refusal};
use super::member::{Member, RoleId, StatusMeaning};
use super::policy::{History, Policy};
use super::reading::{Found, Reading};
use super::role::{self, Role};
use super::roster::{Listed, Presence, Roster, RosterFacts, RosterRules, Wanted};
use super::scope::{Leave, Leavers, Scope};

/// What the workspace is to be held against, and what may be done about it.
#[derive(Clone, Copy, Debug)]
pub struct Aim<'a> {
    /// The people wanted.
    pub roster: &'a Roster,
    /// Where it comes from.
    pub facts: RosterFacts,
    /// What must hold of it.
    pub rules: RosterRules,
    /// Whom it speaks for.
    pub scope: &'a Scope,
    /// What becomes of those it no longer names.
    pub leavers: &'a Leavers,
    /// The role of newcomers of whom it says none.
    pub default_role: Option<&'a RoleId>,
    /// For how many days somebody has been a leaver, as far as earlier plans saw.
    pub days_away: &'a BTreeMap<Email, u32>,
    /// What the console can do, by operation.
    pub operations: &'a BTreeSet<String>,
    /// Operations that may cost somebody their data, as the map says.
    pub costly: &'a BTreeSet<String>,
}

/// What is to be done. With any refusal nothing of it may be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// One for each address of the reading and of the roster: changes first, in the order in which they are made.
    pub items: Vec<PlanItem>,
    /// What speaks against all of it.
    pub refusals: Vec<Refusal>,
    /// How many paid seats the workspace uses more (or fewer) afterwards.
    pub seat_delta: i64,
    /// Rows of the list without an address: they are never touched.
    pub without_address: usize,
}

impl Reconciliation {
    /// Something is to be done.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.items.iter().any(|item| item.change.is_some())
    }
}

/// What is to be done about one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanItem {
    /// Whom it is about.
    pub email: Email,
    /// What it is.
    pub action: Action,
    /// The change, if it is one.
    pub change: Option<Change>,
    /// Why, in words for people.
    pub why: String,
    /// What somebody has to agree to before it is made, if anything.
    pub approval: Option<Approval>,
}

/// Plans. Pure: the same arguments give the same plan.
#[must_use]
pub fn reconcile(
    aim: &Aim<'_>,
    reading: &Reading,
    roles: &[Role],
    policy: &Policy,
    history: &History,
    oneself: &Email,
) -> Reconciliation {
    let planner = Planner { aim, reading, roles, policy, oneself, renamed: renamed(aim, reading) };
    let members = reading.members.iter().filter_map(|member| member.email.as_ref());
    let everybody: BTreeSet<&Email> = members.chain(aim.roster.emails()).collect();
    let mut items: Vec<PlanItem> = everybody.into_iter().map(|email| planner.item(email)).collect();
    items.sort_by_key(|item| item.action);
    let changes: Vec<Change> = items.iter().filter_map(|item| item.change.clone()).collect();
    let mut refusals = guard::check(&changes, reading, roles, policy, history, oneself);
    if !changes.is_empty() {
        refusals.extend(doubted(aim));
    }
    Reconciliation {
        seat_delta: guard::seat_delta(&changes, reading, roles),
        without_address: reading.without_address,
        items,
        refusals,
    }
}

/// Everybody who is managed, in the list, and not or no longer wanted. Since when they are, somebody has to remember: the
/// days of grace are counted from there.
#[must_use]
pub fn leavers<'a>(roster: &Roster, scope: &Scope, reading: &'a Reading) -> BTreeSet<&'a Email> {
    let leaves = |email: &&Email| match (reading.find(email), roster.find(email)) {
        (Found::One(member), _) if member.is_only(&[StatusMeaning::Removed]) => false,
        (Found::One(_), Listed::Once(wanted)) => wanted.state == Presence::Left,
        (Found::One(_), Listed::No) => scope.covers(email),
        (Found::One(_), Listed::Twice) | (Found::No | Found::Many, _) => false,
    };
    reading.members.iter().filter_map(|member| member.email.as_ref()).filter(leaves).collect()
}

/// Nothing is done because of a roster that cannot be believed (D7.2).
fn doubted(aim: &Aim<'_>) -> Option<Refusal> {
    let doubts = aim.rules.doubts(aim.roster, &aim.facts);
    (!doubts.is_empty()).then(|| Refusal {
        email: None,
        guard: Guard::Roster,
        message: format!("the roster cannot be believed: {}", doubts.join("; ")),
        hint: "have it made anew, and whole; if it is right all the same, raise `roster.max_age` or `roster.max_shrink`"
            .to_owned(),
    })
}

struct Planner<'a> {
    aim: &'a Aim<'a>,
    reading: &'a Reading,
    roles: &'a [Role],
    policy: &'a Policy,
    oneself: &'a Email,
    /// Whom somebody may be under another address.
    renamed: Pairs<'a>,
}

/// Whom somebody may be under another address.
type Pairs<'a> = BTreeMap<&'a Email, BTreeSet<&'a Email>>;

/// What is to be done about somebody, and the change that does it.
type Verdict = (Action, Option<Change>, String);

impl Planner<'_> {
    fn item(&self, email: &Email) -> PlanItem {
        let (action, change, why) = self.verdict(email);
        let (action, change, why) = match (change, self.untouchable(email)) {
            (Some(_), Some(because)) => (Action::Protected, None, format!("{because}; otherwise: {why}")),
            (change, _) => (action, change, why),
        };
        let approval = change.as_ref().and_then(|change| self.approval(change));
        PlanItem { email: email.clone(), action, change, why, approval }
    }

    /// Why no change may touch somebody.
    fn untouchable(&self, email: &Email) -> Option<&'static str> {
        if email == self.oneself {
            return Some("this is the account seatwright signs in with, which never changes itself");
        }
        self.policy.protected.contains(email).then_some("protected by the policy")
    }

    fn verdict(&self, email: &Email) -> Verdict {
        let listed = self.aim.roster.find(email);
        match self.reading.find(email) {
            Found::Many => ambiguous("more than one row of the list shows this address"),
            _ if listed == Listed::Twice => ambiguous("more than one row of the roster has this address"),
            _ if self.renamed.contains_key(email) => {
                let others: Vec<&str> = self.renamed[email].iter().map(|other| other.as_str()).collect();
                let others = others.join(" or ");
                let why = format!(
                    "may be {others} under another address: settle it by hand, in the console or the roster"
                );
                (Action::Renamed, None, why)
            }
            Found::One(member) if !member.is_only(&[StatusMeaning::Removed]) => match listed {
                Listed::Once(wanted) => self.wanted_member(wanted, member),
                Listed::No | Listed::Twice if self.aim.scope.covers(email) => {
                    self.leaver(email, member, "not in the roster")
                }
                Listed::No | Listed::Twice => {
                    (Action::Unmanaged, None, "neither in the roster nor of a managed domain".to_owned())
                }
            },
            Found::One(_) | Found::No => match listed {
                Listed::Once(wanted) => self.wanted_stranger(wanted),
                Listed::No | Listed::Twice => keep("removed already"),
            },
        }
    }

    /// In the roster, and nobody of the list.
    fn wanted_stranger(&self, wanted: &Wanted) -> Verdict {
        if wanted.state != Presence::Active {
            return keep(&format!("{} in the roster, and no member", wanted.state.as_str()));
        }
        if !self.reading.grade.is_proven() {
            return needs_person(format!(
                "not seen, and the list is not proven complete: {}",
                self.unproven()
            ));
        }
        let Some(role) = wanted.role.as_ref().or(self.aim.default_role) else {
            return needs_person("the roster gives no role, and no `roster.default_role` is set".to_owned());
        };
        if let Some(verdict) = self.not_grantable(role).or_else(|| self.cannot("invite")) {
            return verdict;
        }
        let change = Change::Invite { email: wanted.email.clone(), role: role.clone() };
        (Action::Add, Some(change), format!("in the roster as {role}, and no member"))
    }

    /// In the roster, and in the list.
    fn wanted_member(&self, wanted: &Wanted, member: &Member) -> Verdict {
        match wanted.state {
            Presence::Left => self.leaver(&wanted.email, member, "left, by the roster"),
            Presence::Suspended => self.suspended(&wanted.email, member),
            Presence::Active => self.staying(wanted, member),
        }
    }

    fn staying(&self, wanted: &Wanted, member: &Member) -> Verdict {
        let email = || wanted.email.clone();
        if member.is_only(&[StatusMeaning::Deactivated]) {
            let change = Change::Reactivate { email: email() };
            let why = "active in the roster, and deactivated".to_owned();
            return self.cannot("reactivate").unwrap_or((Action::Reactivate, Some(change), why));
        }
        if member.is_only(&[StatusMeaning::Expired]) {
            let change = Change::Resend { email: email() };
            let why = "in the roster, and the invitation has expired".to_owned();
            return self.cannot("resend").unwrap_or((Action::Resend, Some(change), why));
        }
        if !member.is_only(&[StatusMeaning::Active]) && !member.is_only(&[StatusMeaning::Invited]) {
            return unclear();
        }
        let invited = if member.is_only(&[StatusMeaning::Invited]) { ", invited" } else { "" };
        let Some(role) = &wanted.role else { return keep(&format!("in the roster without a role{invited}")) };
        let Some(held) = &member.roles else { return unknown_role() };
        if held.len() == 1 && held.contains(role) {
            return keep(&format!("{role}, as in the roster{invited}"));
        }
        let change = Change::ChangeRole { email: email(), from: held.clone(), to: role.clone() };
        if let Some(verdict) = self.not_grantable(role).or_else(|| self.cannot("change_role")) {
            return verdict;
        }
        if !self.reading.grade.is_proven() && self.takes_something(&change) {
            return needs_person(format!(
                "a lower role, and the list is not proven complete: {}",
                self.unproven()
            ));
        }
        let held = if held.is_empty() { "no role".to_owned() } else { role_list(held) };
        (Action::Role, Some(change), format!("{role} in the roster, and {held}"))
    }

    fn suspended(&self, email: &Email, member: &Member) -> Verdict {
        if member.is_only(&[StatusMeaning::Deactivated]) {
            return keep("suspended in the roster, and deactivated");
        }
        if member.is_only(&[StatusMeaning::Invited, StatusMeaning::Expired]) {
            return keep("suspended in the roster, and has not accepted an invitation");
        }
        if !member.is_only(&[StatusMeaning::Active]) {
            return unclear();
        }
        if let Some(verdict) = self.unproven_taking().or_else(|| self.cannot("deactivate")) {
            return verdict;
        }
        let change = Change::Deactivate { email: email.clone() };
        (Action::Deactivate, Some(change), "suspended in the roster, and active".to_owned())
    }

    /// Managed, in the list, and not wanted.
    fn leaver(&self, email: &Email, member: &Member, because: &str) -> Verdict {
        let never_accepted = member.is_only(&[StatusMeaning::Invited, StatusMeaning::Expired]);
        let is_away = member.is_only(&[StatusMeaning::Deactivated]);
        if !never_accepted && !is_away && !member.is_only(&[StatusMeaning::Active]) {
            return unclear();
        }
        let Leavers { step, grace_days } = self.aim.leavers;
        if *step == Leave::Report {
            return (Action::Leaver, None, format!("{because}; `leaver.step` is \"report\""));
        }
        if let Some(verdict) = self.unproven_taking() {
            return verdict;
        }
        if never_accepted {
            let change = Change::CancelInvite { email: email.clone() };
            let why = format!("{because}, and the invitation was not accepted");
            return self.cannot("cancel_invite").unwrap_or((Action::CancelInvite, Some(change), why));
        }
        match step {
            Leave::Report => unreachable!("it was told above"),
            Leave::Downgrade(to) => self.downgrade(email, member, to, because),
            Leave::Deactivate if is_away => keep(&format!("{because}, and deactivated")),
            Leave::Deactivate => self.cannot("deactivate").unwrap_or_else(|| deactivate(email, because)),
            Leave::Remove => {
                let days = self.aim.days_away.get(email).copied().unwrap_or_default();
                if days < *grace_days {
                    let left = grace_days - days;
                    let when = format!("to be removed in {left} {}", if left == 1 { "day" } else { "days" });
                    if !is_away && self.aim.operations.contains("deactivate") {
                        return deactivate(email, &format!("{because}, {when}"));
                    }
                    return (Action::Waits, None, format!("{because}, {when}"));
                }
                let change = Change::Remove { email: email.clone() };
                let why = match days {
                    0 => because.to_owned(),
                    days => format!("{because}, for {days} days"),
                };
                self.cannot("remove").unwrap_or((Action::Remove, Some(change), why))
            }
        }
    }

    fn downgrade(&self, email: &Email, member: &Member, to: &RoleId, because: &str) -> Verdict {
        let Some(held) = &member.roles else { return unknown_role() };
        if let Some(verdict) = self.not_grantable(to).or_else(|| self.cannot("change_role")) {
            return verdict;
        }
        let rank = |id: &RoleId| role::rank(self.roles, id);
        let highest = held.iter().map(rank).collect::<Option<Vec<_>>>();
        let is_low = highest.is_some_and(|ranks| ranks.iter().all(|held| Some(*held) >= rank(to)));
        if is_low {
            return keep(&format!("{because}, and {to} or less already"));
        }
        let change = Change::ChangeRole { email: email.clone(), from: held.clone(), to: to.clone() };
        (Action::Downgrade, Some(change), format!("{because}: {to} in place of {}", role_list(held)))
    }

    /// Nobody loses anything by a list that leaves people out, or shows some twice (D7.1).
    fn unproven_taking(&self) -> Option<Verdict> {
        if self.reading.grade.is_proven() {
            return None;
        }
        let why =
            format!("something is to be taken, and the list is not proven complete: {}", self.unproven());
        Some(needs_person(why))
    }

    fn unproven(&self) -> &str {
        self.reading.unproven.as_deref().unwrap_or("no reason is known")
    }

    fn cannot(&self, operation: &str) -> Option<Verdict> {
        let can = self.aim.operations.contains(operation);
        (!can).then(|| needs_person(format!("this console has no recording of {operation}: do it by hand")))
    }

    fn not_grantable(&self, role: &RoleId) -> Option<Verdict> {
        let can = role::find(self.roles, role).is_some_and(|role| role.grantable);
        (!can).then(|| needs_person(format!("{role} cannot be given here: do it by hand")))
    }

    fn takes_something(&self, change: &Change) -> bool {
        guard::counts(change, self.reading, self.roles).removal
    }

    fn approval(&self, change: &Change) -> Option<Approval> {
        let classes = Classes {
            reading: self.reading,
            roles: self.roles,
            policy: self.policy,
            costly: self.aim.costly,
            is_first: self.aim.facts.before.is_none(),
        };
        class_of(change, &classes)
    }
}

/// Who may be whom under another address: the roster says so, or both are called the same. Each of the two is told.
fn renamed<'a>(aim: &Aim<'a>, reading: &'a Reading) -> Pairs<'a> {
    let is_member = |email: &Email| match reading.find(email) {
        Found::One(member) => !member.is_only(&[StatusMeaning::Removed]),
        Found::No => false,
        Found::Many => true,
    };
    let mut pairs: Vec<(&Email, &Email)> = Vec::new();
    let active = || aim.roster.people().filter(|wanted| wanted.state == Presence::Active);
    for wanted in active() {
        let before = wanted.previous_email.as_ref();
        pairs.extend(
            before
                .filter(|before| **before != wanted.email && is_member(before))
                .map(|before| (&wanted.email, before)),
        );
    }
    let called = |email: &'a Email| match reading.find(email) {
        Found::One(member) => Some((plain(member.name.as_deref()?)?, email)),
        Found::No | Found::Many => None,
    };
    let mut leaving: BTreeMap<String, Vec<&Email>> = BTreeMap::new();
    for (name, email) in leavers(aim.roster, aim.scope, reading).into_iter().filter_map(called) {
        leaving.entry(name).or_default().push(email);
    }
    for wanted in active().filter(|wanted| !is_member(&wanted.email)) {
        let Some(name) = wanted.name.as_deref().and_then(plain) else { continue };
        let namesakes = leaving.get(&name).into_iter().flatten();
        pairs.extend(namesakes.map(|email| (&wanted.email, *email)));
    }
    let mut renamed = Pairs::new();
    for (new, old) in pairs {
        renamed.entry(new).or_default().insert(old);
        renamed.entry(old).or_default().insert(new);
    }
    renamed
}

/// A name without what two lists of the same people write differently.
fn plain(name: &str) -> Option<String> {
    let name: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    (!name.is_empty()).then(|| name.join(" "))
}

fn keep(why: &str) -> Verdict {
    (Action::Keep, None, why.to_owned())
}

fn ambiguous(why: &str) -> Verdict {
    (Action::Ambiguous, None, why.to_owned())
}

fn needs_person(why: String) -> Verdict {
    (Action::NeedsPerson, None, why)
}

fn unclear() -> Verdict {
    needs_person("the status shown does not tell whether the person has access: look at the row".to_owned())
}

fn unknown_role() -> Verdict {
    needs_person("the role shown is not one the selector map knows: look at the row".to_owned())
}

fn deactivate(email: &Email, why: &str) -> Verdict {
    (Action::Deactivate, Some(Change::Deactivate { email: email.clone() }), why.to_owned())
}

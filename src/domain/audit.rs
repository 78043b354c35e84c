//! [`audit`]: what somebody should look at in a list of members, and, if there is one, in the roster beside it.
//!
//! Nothing is decided here, and nothing changed: each [`Finding`] names one person, says what is odd about them and why. A
//! question that the list cannot answer is no finding and no all-clear: it is [`Unanswered`], with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::change::role_list;
use super::email::Email;
use super::member::{Member, StatusMeaning};
use super::reading::{Found, Reading};
use super::role::{self, Role};
use super::roster::{Listed, Presence, Roster};
use super::scope::Scope;

#[cfg(test)]
mod tests;

/// What can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// In the list and managed, and not, or no longer, wanted by the roster.
    Orphan,
    /// Wanted by the roster, and not in the list.
    Missing,
    /// Another role than the roster's.
    WrongRole,
    /// Invited long ago, and still not a member.
    StaleInvitation,
    /// Invited, and not a member yet; since when is not known, or not for long.
    NotAccepted,
    /// Holds a paid seat, and was not active for long, or never.
    IdleSeat,
    /// More than one row has this address.
    Duplicate,
    /// Others have the very same name.
    SameName,
    /// The account seatwright signs in with stands in the roster as a person.
    ServiceAccount,
    /// Holds a role that administers others.
    Privileged,
    /// Their role or state is a word the map does not know, or they have no address: nothing can be said of them.
    Unclear,
}

impl FindingKind {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 11] = [
        Self::Orphan,
        Self::Missing,
        Self::WrongRole,
        Self::StaleInvitation,
        Self::NotAccepted,
        Self::IdleSeat,
        Self::Duplicate,
        Self::SameName,
        Self::ServiceAccount,
        Self::Privileged,
        Self::Unclear,
    ];

    /// The word of reports and of `--fail-on`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Orphan => "orphan",
            Self::Missing => "missing",
            Self::WrongRole => "wrong_role",
            Self::StaleInvitation => "stale_invitation",
            Self::NotAccepted => "not_accepted",
            Self::IdleSeat => "idle_seat",
            Self::Duplicate => "duplicate",
            Self::SameName => "same_name",
            Self::ServiceAccount => "service_account",
            Self::Privileged => "privileged",
            Self::Unclear => "unclear",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Only a roster tells.
    #[must_use]
    pub fn needs_roster(self) -> bool {
        matches!(self, Self::Orphan | Self::Missing | Self::WrongRole | Self::ServiceAccount)
    }
}

/// One thing to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// Whom it is about; `None` for a row without an address.
    pub email: Option<Email>,
    /// What they are called.
    pub name: Option<String>,
    /// What is odd, in words for people.
    pub why: String,
}

/// A question without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// What was to be found.
    pub kind: FindingKind,
    /// Why nobody can tell.
    pub why: Unknown,
}

/// Why a question has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// There is no roster to hold the list against.
    NoRoster,
    /// The console's list does not show it.
    NotShown,
    /// The list is not proven complete, so nobody's absence says anything.
    NotProven,
}

impl Unknown {
    /// The word of reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoRoster => "no_roster",
            Self::NotShown => "not_shown",
            Self::NotProven => "not_proven",
        }
    }

    /// The same for people.
    #[must_use]
    pub fn why(self) -> &'static str {
        match self {
            Self::NoRoster => "no roster was given",
            Self::NotShown => "the console's list does not show it",
            Self::NotProven => "the list is not proven complete",
        }
    }
}

/// What a list is looked at by.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Who shall be a member, if somebody said so.
    pub roster: Option<&'a Roster>,
    /// Whom it speaks for.
    pub scope: &'a Scope,
    /// The roles there are.
    pub roles: &'a [Role],
    /// The account seatwright signs in with.
    pub oneself: &'a Email,
    /// For how long an invitation may lie there.
    pub stale_after: Duration,
    /// For how long a paid seat may be unused.
    pub idle_after: Duration,
    /// When everybody was active last, if the list shows it.
    pub activity: Option<&'a BTreeMap<Email, Activity>>,
    /// The list shows when people were invited.
    pub shows_invited: bool,
}

/// When somebody was active last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// At least so long ago.
    Ago(Duration),
    /// Never.
    Never,
    /// Something is shown that tells no time.
    Unreadable,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// By kind, and by address within each.
    pub findings: Vec<Finding>,
    /// What could not be asked.
    pub unanswered: Vec<Unanswered>,
    /// How many hold each role, the highest first; who may hold several stands in each.
    pub by_role: Vec<(Role, usize)>,
}

impl Audit {
    /// How many findings there are of a kind.
    #[must_use]
    pub fn count(&self, kind: FindingKind) -> usize {
        self.findings.iter().filter(|finding| finding.kind == kind).count()
    }

    /// Why a kind could not be asked, if it could not.
    #[must_use]
    pub fn unknown(&self, kind: FindingKind) -> Option<Unknown> {
        self.unanswered.iter().find(|unanswered| unanswered.kind == kind).map(|unanswered| unanswered.why)
    }
}

/// Looks at a list. Pure: the same arguments give the same findings.
#[must_use]
pub fn audit(question: &Question<'_>, reading: &Reading) -> Audit {
    let auditor = Auditor { question, reading };
    let mut findings = auditor.of_rows();
    findings.extend(auditor.of_roster());
    findings.extend(auditor.same_names());
    findings.sort();
    findings.dedup();
    Audit { findings, unanswered: auditor.unanswered(), by_role: auditor.by_role() }
}

struct Auditor<'a> {
    question: &'a Question<'a>,
    reading: &'a Reading,
}

/// Whoever is not, or no longer, a member in fact.
fn is_gone(member: &Member) -> bool {
    member.is_only(&[StatusMeaning::Removed])
}

fn is_invited(member: &Member) -> bool {
    member.is_only(&[StatusMeaning::Invited, StatusMeaning::Expired])
}

/// May sign in, as far as the list tells.
fn has_access(member: &Member) -> bool {
    !is_gone(member) && !is_invited(member) && !member.is_only(&[StatusMeaning::Deactivated])
}

impl Auditor<'_> {
    fn of_rows(&self) -> Vec<Finding> {
        self.reading
            .members
            .iter()
            .filter(|member| !is_gone(member))
            .flat_map(|member| self.of_row(member))
            .collect()
    }

    fn of_row(&self, member: &Member) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut note = |kind, why: String| {
            found.push(Finding { kind, email: member.email.clone(), name: member.name.clone(), why });
        };
        let Some(email) = &member.email else {
            note(FindingKind::Unclear, "the row has no address".to_owned());
            return found;
        };
        if self.reading.find(email) == Found::Many {
            let rows =
                self.reading.members.iter().filter(|other| other.email.as_ref() == Some(email)).count();
            note(FindingKind::Duplicate, format!("{rows} rows of the list have this address"));
        }
        if member.roles.is_none() {
            note(FindingKind::Unclear, "their role is not known".to_owned());
        }
        if member.status.is_none() {
            note(FindingKind::Unclear, "whether they have access is not known".to_owned());
        }
        let privileged = self.held(member, |role| role.privileged);
        if !privileged.is_empty() {
            let so_far = if is_invited(member) { ", once they accept" } else { "" };
            note(FindingKind::Privileged, format!("holds {}{so_far}", privileged.join(", ")));
        }
        if is_invited(member) {
            let (kind, why) = self.invitation(member);
            note(kind, why);
        }
        let paid = self.held(member, |role| role.seat);
        if has_access(member)
            && !paid.is_empty()
            && let Some(why) = self.idle(email)
        {
            note(FindingKind::IdleSeat, format!("{} takes a seat, {why}", paid.join(", ")));
        }
        found
    }

    /// The roles of somebody that are such.
    fn held<'m>(&self, member: &'m Member, is_such: impl Fn(&Role) -> bool) -> Vec<&'m str> {
        let held = member.roles.iter().flatten();
        held.filter(|id| role::find(self.question.roles, id).is_some_and(&is_such))
            .map(super::member::RoleId::as_str)
            .collect()
    }

    fn invitation(&self, member: &Member) -> (FindingKind, String) {
        let is_expired = member.is_only(&[StatusMeaning::Expired]);
        let expired = if is_expired { ", and it cannot be accepted any more" } else { "" };
        match member.invited_for {
            Some(ago) if ago >= self.question.stale_after => {
                (FindingKind::StaleInvitation, format!("invited {} ago or longer{expired}", days(ago)))
            }
            _ if is_expired => {
                (FindingKind::StaleInvitation, "invited, and it cannot be accepted any more".to_owned())
            }
            Some(ago) => (FindingKind::NotAccepted, format!("invited {} ago", days(ago))),
            None => (FindingKind::NotAccepted, "invited, since when is not known".to_owned()),
        }
    }

    /// Why a seat counts as unused.
    fn idle(&self, email: &Email) -> Option<String> {
        match self.question.activity?.get(email)? {
            Activity::Never => Some("and they were never active".to_owned()),
            Activity::Ago(ago) if *ago >= self.question.idle_after => {
                Some(format!("and they were active {} ago or longer", days(*ago)))
            }
            Activity::Ago(_) | Activity::Unreadable => None,
        }
    }

    // ---- beside a roster ----

    fn of_roster(&self) -> Vec<Finding> {
        let Some(roster) = self.question.roster else { return Vec::new() };
        let mut everybody: BTreeSet<&Email> = roster.emails().collect();
        everybody.extend(self.reading.members.iter().filter_map(|member| member.email.as_ref()));
        everybody.into_iter().flat_map(|email| self.beside(roster, email)).collect()
    }

    fn beside(&self, roster: &Roster, email: &Email) -> Vec<Finding> {
        let listed = roster.find(email);
        let found = self.reading.find(email);
        let name = match (found, listed) {
            (Found::One(Member { name: Some(name), .. }), _) => Some(name.clone()),
            (_, Listed::Once(wanted)) => wanted.name.clone(),
            _ => None,
        };
        let finding =
            |kind, why: String| Finding { kind, email: Some(email.clone()), name: name.clone(), why };
        if email == self.question.oneself {
            let is_listed = listed != Listed::No;
            let why = "seatwright signs in with this account, and the roster has it as a person".to_owned();
            return is_listed.then(|| finding(FindingKind::ServiceAccount, why)).into_iter().collect();
        }
        let mut findings = Vec::new();
        if listed == Listed::Twice {
            let why = "more than one row of the roster has this address".to_owned();
            findings.push(finding(FindingKind::Duplicate, why));
        }
        let odd = match (found, listed) {
            (Found::One(member), Listed::Once(wanted)) if !is_gone(member) => match wanted.state {
                Presence::Active => self.other_role(member, wanted).map(|why| (FindingKind::WrongRole, why)),
                Presence::Suspended if member.is_only(&[StatusMeaning::Deactivated]) => None,
                state => Some((
                    FindingKind::Orphan,
                    format!("{} in the roster, {}", state.as_str(), standing(member)),
                )),
            },
            (Found::One(member), Listed::No) if !is_gone(member) && self.question.scope.covers(email) => {
                Some((FindingKind::Orphan, format!("not in the roster, {}", standing(member))))
            }
            (Found::No, Listed::Once(wanted)) => self.missing(wanted.state),
            (Found::One(member), Listed::Once(wanted)) if is_gone(member) => self.missing(wanted.state),
            _ => None,
        };
        findings.extend(odd.map(|(kind, why)| finding(kind, why)));
        findings
    }

    fn missing(&self, state: Presence) -> Option<(FindingKind, String)> {
        let is_missing = state == Presence::Active && self.reading.grade.is_proven();
        is_missing.then(|| (FindingKind::Missing, "in the roster, and no member".to_owned()))
    }

    fn other_role(&self, member: &Member, wanted: &super::roster::Wanted) -> Option<String> {
        let (wanted, held) = (wanted.role.as_ref()?, member.roles.as_ref()?);
        let is_so = held.len() == 1 && held.contains(wanted);
        (!is_so).then(|| format!("{} in the roster, {} in the list", wanted, role_list(held)))
    }

    // ---- all of them together ----

    /// A name of one word says too little: everybody knows an Anna.
    fn same_names(&self) -> Vec<Finding> {
        let mut by_name: BTreeMap<String, Vec<&Member>> = BTreeMap::new();
        for member in self.reading.members.iter().filter(|member| !is_gone(member) && member.email.is_some())
        {
            let words: Vec<String> =
                member.name.iter().flat_map(|name| name.split_whitespace()).map(str::to_lowercase).collect();
            if words.len() > 1 {
                by_name.entry(words.join(" ")).or_default().push(member);
            }
        }
        let mut found = Vec::new();
        for members in by_name.values() {
            for member in members {
                let others: BTreeSet<&str> = members
                    .iter()
                    .filter(|other| other.email != member.email)
                    .filter_map(|other| other.email.as_ref())
                    .map(Email::as_str)
                    .collect();
                if !others.is_empty() {
                    let others: Vec<&str> = others.into_iter().collect();
                    let why = format!("has the name of {}", others.join(", "));
                    let (email, name) = (member.email.clone(), member.name.clone());
                    found.push(Finding { kind: FindingKind::SameName, email, name, why });
                }
            }
        }
        found
    }

    fn unanswered(&self) -> Vec<Unanswered> {
        let why = |kind: FindingKind| match kind {
            kind if kind.needs_roster() && self.question.roster.is_none() => Some(Unknown::NoRoster),
            FindingKind::Missing if !self.reading.grade.is_proven() => Some(Unknown::NotProven),
            FindingKind::IdleSeat if self.question.activity.is_none() => Some(Unknown::NotShown),
            FindingKind::StaleInvitation if !self.question.shows_invited => Some(Unknown::NotShown),
            _ => None,
        };
        FindingKind::ALL.into_iter().filter_map(|kind| Some(Unanswered { kind, why: why(kind)? })).collect()
    }

    fn by_role(&self) -> Vec<(Role, usize)> {
        let holds = |role: &Role, member: &&Member| {
            !is_gone(member) && member.roles.as_ref().is_some_and(|held| held.contains(&role.id))
        };
        let count = |role: &Role| self.reading.members.iter().filter(|member| holds(role, member)).count();
        self.question.roles.iter().map(|role| (role.clone(), count(role))).collect()
    }
}

/// What somebody is in the list, in words.
fn standing(member: &Member) -> String {
    let status = member.status.as_ref().map_or_else(|| "of unknown state".to_owned(), ToString::to_string);
    let role = member.roles.as_ref().map_or_else(|| "an unknown role".to_owned(), role_list);
    format!("{status} as {role}")
}

fn days(ago: Duration) -> String {
    match ago.as_secs() / (24 * 60 * 60) {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

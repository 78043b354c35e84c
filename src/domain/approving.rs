//! Approvals (D7.7): what somebody has to agree to before it is done ([`class_of`]), whose word counts for it ([`Word`]), and
//! what becomes of a word that was given before ([`Given::stands_against`]).

use std::collections::BTreeSet;

use super::action::Approval;
use super::change::Change;
use super::guard::{self, Guard, Refusal};
use super::policy::Policy;
use super::reading::Reading;
use super::role::Role;

/// What decides whether a change has to be approved, beside the change itself.
#[derive(Clone, Copy, Debug)]
pub struct Classes<'a> {
    /// The list it is planned on.
    pub reading: &'a Reading,
    /// The roles there are.
    pub roles: &'a [Role],
    /// What the policy adds.
    pub policy: &'a Policy,
    /// Operations that may cost somebody their data, as the map says.
    pub costly: &'a BTreeSet<String>,
    /// No roster was carried out in this workspace before.
    pub is_first: bool,
}

/// Why somebody has to agree to a change before it is made; `None`: nobody has to.
#[must_use]
pub fn class_of(change: &Change, by: &Classes<'_>) -> Option<Approval> {
    let counts = guard::counts(change, by.reading, by.roles);
    let asked = |class| by.policy.needs_approval.contains(&class);
    let is = |class: &Approval| match class {
        Approval::PrivilegedGrant => counts.privileged,
        Approval::DataLoss => by.costly.contains(change.operation()),
        Approval::FirstRemoval => by.is_first && counts.removal,
        Approval::Removal => asked(Approval::Removal) && counts.removal,
        Approval::NewSeat => asked(Approval::NewSeat) && counts.new_seat,
        Approval::Change => asked(Approval::Change),
    };
    Approval::ALL.into_iter().find(is)
}

/// How somebody who was to approve gave their word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// They were asked, and said yes.
    Yes,
    /// They were asked, and did not.
    No,
    /// They said yes beforehand, without being asked (`--yes`).
    Beforehand,
    /// Nobody could be asked, for this reason.
    NobodyToAsk(String),
}

/// A word that does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("approve: {why}")]
pub struct NoWord {
    /// Why not.
    pub why: String,
    /// What to do next.
    pub hint: String,
}

impl Word {
    /// Whether it approves. `yes_approves` is the policy's.
    ///
    /// # Errors
    /// Nobody was asked, or `--yes` where the policy does not let it count.
    pub fn counts(self, yes_approves: bool) -> Result<bool, NoWord> {
        let no = |why: &str, hint: &str| Err(NoWord { why: why.to_owned(), hint: hint.to_owned() });
        match self {
            Self::Yes => Ok(true),
            Self::No => Ok(false),
            Self::Beforehand if yes_approves => Ok(true),
            Self::Beforehand => no(
                "--yes approves nothing in this workspace",
                "leave --yes out and answer at a terminal; or set approval = { yes_approves = true } in the configuration",
            ),
            Self::NobodyToAsk(why) => no(
                &why,
                "run it at a terminal; or set approval = { yes_approves = true } in the configuration and say --yes",
            ),
        }
    }
}

/// Somebody's word about a plan, as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The plan, by its hash.
    pub plan: String,
    /// What is approved: the person, the change in words, and why it had to be.
    pub items: BTreeSet<[String; 3]>,
    /// Who gave it.
    pub approver: String,
    /// When, in words.
    pub at: String,
}

impl Given {
    /// What speaks against `later` taking the place of this word, which was given before; nothing where the same person says
    /// the same about the same plan once more.
    #[must_use]
    pub fn stands_against(&self, later: &Self) -> Option<Refusal> {
        let by = format!("{} on {}", self.approver, self.at);
        let short = |hash: &str| hash.get(..12).unwrap_or(hash).to_owned();
        let message = if self.plan != later.plan {
            format!("there is an approval already, by {by}, of another plan, {}", short(&self.plan))
        } else if self.items != later.items {
            let (was, is) = (self.items.len(), later.items.len());
            format!(
                "there is an approval already, by {by}, of other changes of this plan: {was}, not these {is}"
            )
        } else if self.approver != later.approver {
            format!("there is an approval already, by {by}: this plan is approved")
        } else {
            return None;
        };
        let hint = "look whether it is still needed; --force puts yours in its place";
        Some(Refusal { email: None, guard: Guard::Plan, message, hint: hint.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_nobody_was_asked_for_counts_where_the_policy_says_so() {
        for yes_approves in [true, false] {
            assert_eq!(Word::Yes.counts(yes_approves), Ok(true));
            assert_eq!(Word::No.counts(yes_approves), Ok(false));
            assert_eq!(Word::Beforehand.counts(yes_approves).is_ok(), yes_approves);
            let nobody = Word::NobodyToAsk("there is no terminal to ask at".to_owned());
            assert_eq!(nobody.counts(yes_approves).unwrap_err().why, "there is no terminal to ask at");
        }
    }

    fn given(plan: &str, people: &[&str], approver: &str) -> Given {
        let item = |who: &&str| [(*who).to_owned(), format!("remove {who}"), "data_loss".to_owned()];
        let items = people.iter().map(item).collect();
        Given { plan: plan.to_owned(), items, approver: approver.to_owned(), at: "Monday".to_owned() }
    }

    #[track_caller]
    fn check(later: &Given, expected: Option<&str>) {
        let before = given("0123456789abcdef", &["ann", "bo"], "mia");
        let told = before.stands_against(later).map(|refusal| refusal.message);
        match (told, expected) {
            (None, None) => {}
            (Some(told), Some(part)) => {
                assert!(told.contains(part) && told.contains("mia on Monday"), "{told}")
            }
            (told, expected) => panic!("{told:?}, not {expected:?}"),
        }
    }

    #[test]
    fn only_the_same_word_of_the_same_person_is_given_twice() {
        check(&given("0123456789abcdef", &["bo", "ann"], "mia"), None);
        check(&given("0123456789abcdef", &["bo", "ann"], "tom"), Some("this plan is approved"));
        check(&given("fedcba9876543210", &["bo", "ann"], "mia"), Some("of another plan, 0123456789ab"));
        check(
            &given("0123456789abcdef", &["ann"], "mia"),
            Some("other changes of this plan: 2, not these 1"),
        );
    }
}

//! [`Purpose`]: what a plan is made for, a roster that is to be reached or a request that somebody else shall agree to. Both
//! are held against a list the same way, when they are planned and once more when the plan is carried out.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Engine;
use super::error::Error;
use super::ordered::APPLIED;
use super::rostering::GivenRoster;
use crate::domain::approving::Classes;
use crate::domain::change::Change;
use crate::domain::email::Email;
use crate::domain::plan::{Plan, plan};
use crate::domain::reading::Reading;
use crate::domain::reconcile::Reconciliation;
use crate::domain::request::{Newcomer, Request};
use crate::domain::requested;
use crate::domain::roster::Listed;

/// A request that is written down instead of being carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenRequest {
    /// The request.
    pub request: Request,
    /// What it is called, in the plan: the file of an import, else the operation.
    pub name: String,
}

/// What a plan is made for.
#[derive(Clone, Debug)]
pub(super) enum Purpose<'a> {
    /// The people of a roster shall be members.
    Roster(Cow<'a, GivenRoster>),
    /// This shall be done.
    Request(Cow<'a, GivenRequest>),
}

impl Purpose<'_> {
    /// What it is called.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Roster(given) => &given.name,
            Self::Request(given) => &given.name,
        }
    }

    /// What it calls somebody.
    pub(super) fn name_of(&self, email: &Email) -> Option<String> {
        match self {
            Self::Roster(given) => match given.roster.find(email) {
                Listed::Once(wanted) => wanted.name.clone(),
                Listed::No | Listed::Twice => None,
            },
            Self::Request(given) => match &given.request {
                Request::Import { people, .. } => people.get(email)?.name.clone(),
                _ => None,
            },
        }
    }

    /// Whom these changes bring in, with the name it has for them.
    pub(super) fn newcomers<'c>(
        &self,
        changes: impl Iterator<Item = &'c Change>,
    ) -> BTreeMap<Email, Newcomer> {
        let newcomer = |change: &Change| {
            let Change::Invite { email, role } = change else { return None };
            Some((email.clone(), Newcomer { role: role.clone(), name: self.name_of(email) }))
        };
        changes.filter_map(newcomer).collect()
    }

    /// The limits on how many may be passed for it: by a roster, which says what everybody shall be. What a request asks for
    /// has no more room in a plan than without one.
    pub(super) fn may_pass_limits(&self) -> bool {
        matches!(self, Self::Roster(_))
    }
}

impl Engine {
    /// What a plan's purpose comes to on a reading, by all that is known now.
    pub(super) async fn comes_to(
        &self,
        purpose: &Purpose<'_>,
        reading: &Reading,
    ) -> Result<Reconciliation, Error> {
        match purpose {
            Purpose::Roster(given) => Ok(self.held_against(given, reading).await?.0),
            Purpose::Request(given) => {
                let (policy, oneself) = (&self.workspace.policy, &self.workspace.account.email);
                let history = self.history().await?;
                let planned = plan(&given.request, reading, &self.roles(), policy, &history, oneself);
                self.as_items(&given.request, &planned, reading).await
            }
        }
    }

    /// The plan of a request, person by person.
    pub(super) async fn as_items(
        &self,
        request: &Request,
        planned: &Plan,
        reading: &Reading,
    ) -> Result<Reconciliation, Error> {
        let costly: BTreeSet<String> = self.workspace.app.map.consequences.keys().cloned().collect();
        let classes = Classes {
            reading,
            roles: &self.roles(),
            policy: &self.workspace.policy,
            costly: &costly,
            is_first: self.staying().await?.is_none(),
        };
        Ok(requested(request, planned, &classes))
    }

    /// How many people the roster that was carried out last wants to stay; `None` if none was carried out yet. A plan of a
    /// request hands the number on.
    pub(super) async fn staying(&self) -> Result<Option<u64>, Error> {
        let applied = self.journal.told(&self.workspace.name, APPLIED, 1).await?;
        Ok(applied.first().and_then(|(_, data)| data["staying"].as_u64()))
    }
}

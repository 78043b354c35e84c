//! [`Asked`]: what a run carries out, a request or a plan that was written down before. From the plan on both go the same
//! way.

use std::collections::BTreeMap;

use super::error::Error;
use super::ordered::Opened;
use super::run::Run;
use crate::domain::change::Change;
use crate::domain::email::Email;
use crate::domain::guard;
use crate::domain::plan::{Plan, plan};
use crate::domain::reading::Reading;
use crate::domain::request::{Newcomer, Request};

/// What a run carries out.
pub(super) enum Asked<'a> {
    /// What somebody asked for just now.
    Request(&'a Request),
    /// A plan that was made before.
    Plan(&'a Opened<'a>),
}

impl Asked<'_> {
    /// Whom it names.
    pub(super) fn emails(&self) -> &[Email] {
        match self {
            Self::Request(request) => request.emails(),
            Self::Plan(opened) => &opened.people,
        }
    }

    /// Whom it is about, once it is planned: where nobody is named, whom the plan is about.
    pub(super) fn people(&self, plan: &Plan) -> Vec<Email> {
        let found = plan.changes.iter().map(Change::email).chain(plan.settled.iter().map(|(email, _)| email));
        match self {
            Self::Request(Request::ResendOlder { .. }) => found.cloned().collect(),
            asked => asked.emails().to_vec(),
        }
    }

    /// The change to somebody in words, where nothing is to be done about them.
    pub(super) fn words(&self, operation: &str, email: &Email) -> String {
        let change = match self {
            Self::Request(_) => None,
            Self::Plan(opened) => opened.planned.iter().find(|planned| planned.change.email() == email),
        };
        change.map_or_else(|| format!("{operation} {email}"), |planned| planned.change.to_string())
    }

    /// What a file says of those it brings in.
    pub(super) fn newcomers(&self) -> BTreeMap<Email, Newcomer> {
        match self {
            Self::Request(Request::Import { people, .. }) => people.clone(),
            Self::Request(_) => BTreeMap::new(),
            Self::Plan(opened) => opened.newcomers(),
        }
    }
}

impl Run<'_> {
    /// People come in by the console's own import where that is asked for, and where a plan has several of them and the
    /// console takes each of these out of a file.
    pub(super) fn goes_by_file(&mut self, asked: &Asked<'_>) {
        self.by_file = match asked {
            Asked::Request(request) => self.engine.serves_by_file(request),
            Asked::Plan(opened) => opened.goes_by_file(self.engine),
        };
    }

    /// The changes on this reading, past the guards of the day.
    pub(super) async fn plan(&mut self, asked: &Asked<'_>, reading: &Reading) -> Result<Plan, Error> {
        let engine = self.engine;
        let (policy, oneself) = (&engine.workspace.policy, &engine.workspace.account.email);
        let (roles, history) = (engine.roles(), engine.history().await?);
        let mut planned = match asked {
            Asked::Request(request) => plan(request, reading, &roles, policy, &history, oneself),
            Asked::Plan(opened) => self.plan_again(opened, reading).await?,
        };
        let has_less = self.leave_uncovered_out(&mut planned, reading);
        match asked {
            Asked::Plan(opened) => self.guarded(opened, &mut planned, reading).await?,
            Asked::Request(_) if has_less => {
                planned.refusals = guard::check(&planned.changes, reading, &roles, policy, &history, oneself);
                planned.seat_delta = guard::seat_delta(&planned.changes, reading, &roles);
            }
            Asked::Request(_) => {}
        }
        self.leave_doubtful_people_alone(&mut planned).await?;
        Ok(planned)
    }
}

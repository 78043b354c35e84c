//! `approve`: somebody's word that what has to be approved in a plan shall be done (D7.7). Whose word counts, and what becomes
//! of one that was given before, [`crate::domain::approving`] says.

use async_trait::async_trait;

use super::Engine;
use super::error::Error;
use super::plan_file::{ActionPart, ApprovalFile, PlanFile, PlanFileError};
use crate::domain::Approval;
use crate::domain::approving::Word;
use crate::domain::guard::{Guard, Refusal};
use crate::domain::outcome::exit;

/// Whoever may approve: is shown what has to be, and asked.
#[async_trait]
pub trait Approver: Send {
    /// Shall all of this be done? There is something.
    async fn word(&mut self, plan: &PlanFile, items: &[(&ActionPart, Approval)]) -> Word;
}

/// An approval that lies beside the plan already.
#[derive(Clone, Debug)]
pub struct Before {
    /// What it says, or why it says nothing.
    pub approval: Result<ApprovalFile, PlanFileError>,
    /// It is to be replaced, whatever it says.
    pub is_given_up: bool,
}

/// What came of asking.
#[derive(Clone, Debug)]
pub struct Approved {
    /// What speaks against the plan, or against another approval of it. With any, nobody was asked.
    pub refusals: Vec<Refusal>,
    /// The word, to be written beside the plan; none where nothing has to be approved, or it was not.
    pub approval: Option<ApprovalFile>,
    /// The approval whose place it takes.
    pub replaced: Option<ApprovalFile>,
    /// 0, 3 (refused) or 12 (not approved).
    pub exit_code: u8,
}

impl Engine {
    /// Asks for the word of the one who runs this that all of a plan that has to be approved shall be done. No browser is
    /// started, and nothing is written.
    ///
    /// # Errors
    /// The journal cannot be read; the word does not count: nobody could be asked, or it was given without being asked
    /// where the policy does not let that count.
    pub async fn approve(
        &self,
        plan: &PlanFile,
        before: Option<Before>,
        approver: &mut dyn Approver,
    ) -> Result<Approved, Error> {
        let nothing = |exit_code, refusals| Approved { refusals, approval: None, replaced: None, exit_code };
        let refusals = self.objections(plan).await?;
        if !refusals.is_empty() {
            return Ok(nothing(exit::REFUSED, refusals));
        }
        let items: Vec<_> = plan.to_approve().collect();
        if items.is_empty() {
            return Ok(nothing(exit::DONE, Vec::new()));
        }
        let approval = ApprovalFile::of(plan, &self.os_user, (self.clock)());
        if let Some(refusal) = before.as_ref().and_then(|before| before.stands_against(&approval)) {
            return Ok(nothing(exit::REFUSED, vec![refusal]));
        }
        if !approver.word(plan, &items).await.counts(self.workspace.rostered.yes_approves)? {
            return Ok(nothing(exit::CANCELLED, Vec::new()));
        }
        let replaced = before.and_then(|before| before.approval.ok());
        Ok(Approved { refusals: Vec::new(), approval: Some(approval), replaced, exit_code: exit::DONE })
    }
}

impl Before {
    fn stands_against(&self, later: &ApprovalFile) -> Option<Refusal> {
        if self.is_given_up {
            return None;
        }
        match &self.approval {
            Ok(before) => before.given().stands_against(&later.given()),
            Err(error) => Some(Refusal {
                email: None,
                guard: Guard::Plan,
                message: format!("where the approval would be written, there is a file already: {error}"),
                hint: "look what it is; --force puts the approval in its place".to_owned(),
            }),
        }
    }
}

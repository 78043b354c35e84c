//! The pure rules of member management, written for someone who knows members but not browsers.
//!
//! No IO, no clock, no async, no serde: time and identifiers come in as arguments, so every rule can be
//! tested by calling it. In reading order: [`plan()`] turns a request and a reading into changes, [`reconcile()`] a roster
//! and a reading, [`requested()`] gives a request the form of such a plan, [`planned`] says what of that still stands when it is
//! carried out later, [`approving`] what somebody has to agree to before, [`guard`] says which of them may not be made,
//! [`price`] what they cost, [`outcome`] holds what can become of a change, [`reason`] the one
//! table of reasons; the rest are the words these speak in.

pub mod plan;
pub mod reconcile;
pub mod requested;

pub mod planned;

pub mod approving;

pub mod action;
pub mod audit;
pub mod guard;
pub mod price;

pub mod outcome;
pub mod reason;

pub mod change;
pub mod policy;
pub mod request;
pub mod roster;
pub mod scope;

pub mod reading;

pub mod email;
pub mod member;
pub mod members;
pub mod role;

#[cfg(test)]
mod laws;
#[cfg(test)]
pub(crate) mod reconcile_laws;
#[cfg(test)]
mod reconcile_tests;
#[cfg(test)]
mod tests;

pub use action::{Action, Approval};
pub use change::Change;
pub use email::{Email, EmailError};
pub use guard::{Counts, Guard, Refusal};
pub use member::{Member, RoleId, Status, StatusMeaning};
pub use outcome::{Class, Outcome, OutcomeKind, Reason};
pub use plan::{Plan, plan};
pub use planned::{Condition, Override, Planned, Seen, Terms, still, unapproved};
pub use policy::{Ceiling, History, Policy};
pub use price::{Cost, Prices};
pub use reading::{Found, Grade, Reading};
pub use reconcile::{Aim, PlanItem, Reconciliation, leavers, reconcile};
pub use request::{Newcomer, Request};
pub use requested::requested;
pub use role::Role;
pub use roster::{Listed, Presence, Roster, RosterFacts, RosterRules, Wanted};
pub use scope::{Leave, Leavers, Scope};

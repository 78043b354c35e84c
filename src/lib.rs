//! Seatwright manages the people of a SaaS workspace whose app has no API for it, by driving the app's own admin
//! console in a real browser (WebDriver: fantoccini, geckodriver, Firefox; or chromedriver, Chromium).
//!
//! # The life of one request
//!
//! ```text
//! interface   interfaces/cli/commands/remove.rs   arguments become domain::Request::Remove
//! operation   engine/operations.rs                reads the members, asks for a plan, asks the caller
//! plan        domain/plan.rs, guard.rs            pure: the changes, and every refusal with its reason
//!             domain/reconcile.rs, planned.rs     the same of a roster, and of a plan that was written down
//!             domain/approving.rs                 what somebody has to agree to before, and whose word counts
//! apply       engine/apply.rs                     journal: intended -> committing -> run -> read back -> settled
//!             engine/boundary.rs                  between two changes: time, pace, and whether somebody cancelled
//! settle      engine/settle.rs                    what is in doubt: two readings of a fresh browser decide
//! runner      engine/runner/flow.rs               the steps of recordings/<app>/<version>/remove.toml
//! element     engine/runner/locate.rs, page/*.js  a name -> candidates of selectors/<app>/<version>.toml -> one element
//! browser     engine/browser/webdriver.rs         fantoccini -> geckodriver -> Firefox, under a keeper
//! evidence    engine/evidence.rs                  the step log, pictures of what was proven
//! report      engine/report.rs                    what was asked, what became of each change, what to do next
//! ```
//!
//! # Where things are
//!
//! [`domain`] holds the pure rules, for someone who knows members but not browsers. [`engine`] does the work.
//! [`interfaces`] translate and render; they hold no rule of their own. [`sandbox`] is the practice console.
//! Imports go `domain <- engine <- interfaces`; the sandbox imports nothing of ours. Everything known of a console is
//! data: `selectors/` (where things are and what they mean) and `recordings/` (what to do), see `docs/formats.md`.
//!
//! # What never happens
//!
//! - A click that changes something without `committing` being durable in the journal before it.
//! - A committing click that reaches the page while anything it was proven by no longer holds: row, dialog, typed
//!   address, chosen role (`engine/runner/page/guard.js` looks again when the browser delivers the event).
//! - A second try of a change that may have reached the console.
//! - A success that was not read back from a new document, or a conclusion from somebody's absence in a list that is
//!   not proven complete.
//! - A change past a guard of [`domain::guard`], on any path.
//! - A run that goes on after its time (`engine/deadline.rs`), or ends without a report.
//! - A browser that outlives the process that started it (`engine/browser/keeper.rs`).
//! - An app's name, selector or label in Rust outside the sandbox.
//!
//! `tests/it/tidy.rs` checks those that can be checked by reading the sources.

pub mod domain;
pub mod engine;
pub mod interfaces;
pub mod sandbox;

#[cfg(test)]
mod tests;

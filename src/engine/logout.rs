//! Forgetting a session, and what the console refused.

use super::Engine;
use super::account::{Memory, SessionStore};
use super::error::Error;

/// What was forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// How many kept sessions there were.
    pub sessions: usize,
    /// The console had refused the account's password or code in the last day; it is tried again now.
    pub refusal: bool,
}

impl Engine {
    /// Forgets the kept sessions of the workspace, and that the console refused its account. At the console nothing
    /// changes: a session there ends by itself.
    ///
    /// # Errors
    /// Another run holds the workspace, or the state folder cannot be used.
    pub fn logout(&self) -> Result<Forgotten, Error> {
        let _held = self.lock("logout")?;
        let workspace = &self.workspace;
        let memory = Memory::of(&self.state_dir, &workspace.url, &workspace.account.email);
        let refusal = memory.refusal()?.is_some();
        memory.set_refusal(None)?;
        let sessions = SessionStore::forget_all(&self.state_dir, &workspace.name);
        let sessions =
            sessions.map_err(|cause| Error::Evidence { path: self.state_dir.join("sessions"), cause })?;
        Ok(Forgotten { sessions, refusal })
    }
}

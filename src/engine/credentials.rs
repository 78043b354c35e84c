//! What a run signs in with, read before its browser starts; and what the console said of it the last time.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::Engine;
use super::account::{Memory, Refusal, SecondFactor};
use super::error::Error;
use super::journal::Clock;
use super::workspace::Workspace;

/// Password and second factor of an account.
pub(crate) struct Credentials {
    /// None where only a person signs in.
    password: Option<SecretString>,
    second_factor: Option<Arc<SecondFactor>>,
    memory: Memory,
    /// By what both are known again; nothing where there is no key.
    mark: Option<String>,
    clock: Clock,
}

impl Credentials {
    /// A command that gives one of them has so long.
    pub(crate) fn read(engine: &Engine, limit: Duration) -> Result<Self, Error> {
        let Workspace { account, sessions, url, .. } = &engine.workspace;
        let password = account.password.as_ref().map(|place| place.read_within(limit)).transpose()?;
        let memory = Memory::of(&engine.state_dir, url, &account.email);
        let secret = account
            .totp
            .as_ref()
            .map(|place| Ok::<_, Error>((place, place.read_within(limit)?)))
            .transpose()?;
        let second_factor = secret.as_ref().map(|(place, text)| {
            let parsed = SecondFactor::parse(text, Arc::clone(&engine.clock), memory.clone());
            parsed.map(Arc::new).map_err(|cause| place.unfit(cause))
        });
        let mark = match sessions.key.key() {
            Ok(key) => {
                let totp = secret.as_ref().map_or("", |(_, text)| text.expose_secret());
                let password = password.as_ref().map_or("", |password| password.expose_secret());
                Some(key.mark(&["sign-in", password, totp]))
            }
            Err(error) => {
                tracing::warn!(%error, hint = error.hint(), "no key: a refused password is taken for the same for a day");
                None
            }
        };
        let second_factor = second_factor.transpose()?;
        Ok(Self { password, second_factor, memory, mark, clock: Arc::clone(&engine.clock) })
    }

    pub(crate) fn password(&self) -> Option<SecretString> {
        self.password.clone()
    }

    pub(crate) fn second_factor(&self) -> Option<Arc<SecondFactor>> {
        self.second_factor.clone()
    }

    /// They may be tried: the console did not refuse these in the last day.
    pub(crate) fn check(&self, workspace: &Workspace) -> Result<(), Error> {
        let now = (self.clock)();
        match self.memory.refusal()? {
            Some(refusal) if refusal.holds(now, self.mark.as_deref()) => Err(Error::RefusedBefore {
                account: workspace.account.email.clone(),
                at: moment(refusal.at()),
                until: moment(refusal.until()),
                what: refusal.what,
                workspace: workspace.name.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// The console took them.
    pub(crate) fn were_taken(&self) -> Result<(), Error> {
        Ok(self.memory.set_refusal(None)?)
    }

    /// The console refused them: no later run tries them again, nor does this one.
    pub(crate) fn were_refused(&self, what: &str) -> Result<(), Error> {
        let at_s = (self.clock)().as_second();
        let refusal = Refusal { at_s, what: what.to_owned(), mark: self.mark.clone() };
        Ok(self.memory.set_refusal(Some(refusal))?)
    }
}

fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

//! Signed out in mid-run: one new sign-in, and the same change goes on from its beginning, as long as it was not committed
//! (D6.1). After the commit, looking for the effect goes on; nothing is done twice.

use tokio::time::Instant;

use super::apply::Applying;
use super::error::Error;
use super::run::Run;
use super::runner::Stop;
use super::session::Session;
use crate::domain::outcome::Reason;
use crate::domain::reading::Reading;

impl Applying<'_, '_> {
    /// Whether what stopped like this can be begun anew, because the console takes the account again. Once a change: a
    /// console that signs out again and again has its reason.
    pub(super) async fn signed_in_again(&mut self, stop: &Stop) -> bool {
        if stop.reason != Reason::SignedOut || self.was_signed_out {
            return false;
        }
        self.was_signed_out = true;
        let Some(session) = self.session.as_mut() else { return false };
        self.run.is_back(session, stop).await
    }
}

impl Run<'_> {
    /// Signs in where the console has forgotten the session, and notes it.
    pub(crate) async fn sign_in_again(&mut self, session: &mut Session) -> Result<(), Error> {
        tracing::info!("the console signed the account out; signing in again");
        self.engine.journal.event(&self.id, None, "signed_out", serde_json::json!({})).await?;
        session.sign_in_again(&mut self.trail).await
    }

    /// Whether the console had signed the account out, and takes it again.
    pub(super) async fn is_back(&mut self, session: &mut Session, stop: &Stop) -> bool {
        if stop.reason != Reason::SignedOut {
            return false;
        }
        let result = self.sign_in_again(session).await;
        if let Err(error) = &result {
            tracing::warn!(%error, "signed out, and not in again");
        }
        result.is_ok()
    }

    /// The members as the list shows them; from its beginning if the console signs out on the way.
    pub(super) async fn read_list(&mut self, session: &mut Session) -> Result<Reading, Error> {
        let first = self.read_list_once(session).await;
        match first {
            Err(stop) if stop.reason == Reason::SignedOut => {
                self.sign_in_again(session).await?;
                Ok(self.read_list_once(session).await?)
            }
            read => Ok(read?),
        }
    }

    async fn read_list_once(&mut self, session: &mut Session) -> Result<Reading, Stop> {
        let inputs = session.inputs();
        let app = &self.engine.workspace.app;
        let (mut flow, since) = (session.flow(app, inputs, &mut self.trail), Instant::now());
        let read = flow.read_members().await;
        flow.log("read the list, in two passes at least", since, read.as_ref().err());
        read
    }
}

//! `login`: a person signs in, in a visible browser, where no recording can: single sign-on, an approval on a phone, a
//! captcha (D6.1). What comes of it is kept for later runs.
//!
//! The recording is played as far as it goes. From there on nothing is clicked or typed: the page is only looked at, until
//! it shows what the sign-in ends with.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::app::{Recording, Step, Verb};
use super::error::Error;
use super::report::Report;
use super::run::Run;
use super::session::Session;
use super::{Caller, Engine, Progress};
use crate::domain::outcome::exit;

/// How long a person is waited for unless they say otherwise.
pub const WAIT: Duration = Duration::from_secs(10 * 60);
/// How often the page is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(500);

impl Engine {
    /// Has a person sign in within `wait`, and keeps the session for later runs. The browsers of this engine have to be
    /// visible, or nobody can.
    ///
    /// # Errors
    /// As [`Engine::list`]; also a workspace that keeps no sessions, or has no key for them. Everything later is in the
    /// report.
    pub async fn login(&self, wait: Duration, caller: &mut dyn Caller) -> Result<Report, Error> {
        let sessions = &self.workspace.sessions;
        if !sessions.are_kept {
            let hint = "leave `session = \"none\"` out of the configuration of this workspace";
            return Err(Error::not_kept("the configuration says that none is kept", hint));
        }
        sessions.key.key().map_err(|error| Error::not_kept(&error.to_string(), &error.hint()))?;
        let mut run = Run::start(self, "login", json!({}), caller).await?;
        run.deadline.extend(wait);
        match run.login(wait, caller).await {
            Ok(()) => run.report.exit_code = exit::DONE,
            Err(error) => run.failed(&error),
        }
        run.end().await
    }
}

impl Run<'_> {
    async fn login(&mut self, wait: Duration, caller: &mut dyn Caller) -> Result<(), Error> {
        let mut session = self.browser().await?;
        caller.progress(&Progress::SigningIn);
        let result = self.login_in(&mut session, wait, caller).await;
        // No picture of where it stood: what is on the page then is the person's own.
        self.close(session).await;
        result
    }

    async fn login_in(
        &mut self,
        session: &mut Session,
        wait: Duration,
        caller: &mut dyn Caller,
    ) -> Result<(), Error> {
        if !session.sign_in_as_far_as_it_goes(&mut self.trail).await? {
            caller.progress(&Progress::WaitingForPerson { wait });
            let since = Instant::now();
            let waited = self.wait_for_person(session, wait).await;
            let found = waited.as_ref().err().map(ToString::to_string);
            self.trail.step("wait until somebody has signed in", since.elapsed(), found);
            waited?;
        }
        session.is_let_in(&mut self.trail).await
    }

    async fn wait_for_person(&mut self, session: &mut Session, wait: Duration) -> Result<(), Error> {
        let end = Instant::now() + wait;
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = None;
        while Instant::now() < end {
            look.tick().await;
            match session.shows_inside(&mut self.trail).await {
                Ok(true) => return Ok(()),
                Ok(false) => last = None,
                Err(stop) if stop.is_lost => return Err(stop.into()),
                // Between two pages, or on one in another language: what it is when the time is over is told.
                Err(stop) => last = Some(stop.cause),
            }
        }
        let last = last.map(|cause| format!(" ({cause})")).unwrap_or_default();
        let why = format!("nobody had signed in when {} were over{last}", super::deadline::in_words(wait));
        Err(session.only_a_person(why))
    }
}

/// What can be played without a password: all before it is typed.
pub(super) fn without_password(recording: &Recording) -> Recording {
    let steps = recording.steps.iter().take_while(|step| !types_password(step)).cloned().collect();
    Recording { steps, ..recording.clone() }
}

/// Whether a step types the account's password.
pub(super) fn types_password(step: &Step) -> bool {
    matches!(&step.verb, Verb::Fill { value, .. } if value.names().contains(&"password"))
}

//! The engine as the commands run it, in one browser that is kept from round to round.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, ensure};
use async_trait::async_trait;
use seatwright::domain::email::Email;
use seatwright::domain::member::RoleId;
use seatwright::domain::outcome::exit;
use seatwright::domain::policy::{Ceiling, Policy};
use seatwright::domain::request::Request;
use seatwright::engine::account::KeySource;
use seatwright::engine::app::Apps;
use seatwright::engine::browser::{self, Browser, BrowserError, BrowserOptions};
use seatwright::engine::deadline::USUAL;
use seatwright::engine::report::Report;
use seatwright::engine::secret::SecretSource;
use seatwright::engine::workspace::{Account, Sessions, Workspace};
use seatwright::engine::{Agreement, Browsers, Caller, Engine, Progress, Proposal, Settings};
use seatwright::sandbox::Ready;

use crate::timed::{Kind, Moments, Timed};
use crate::work::{Operation, Work};

/// The engine, and when what happened in it.
pub(crate) struct Ours {
    engine: Engine,
    browsers: Arc<Kept>,
    pub(crate) moments: Moments,
}

impl Ours {
    /// Its limits do not stand in a bench's way; the session is kept from run to run as on a machine with a configuration.
    pub(crate) async fn new(ready: &Ready, folder: &Path, options: BrowserOptions) -> Result<Self> {
        let moments = Moments::default();
        let browsers =
            Arc::new(Kept { idle: tokio::sync::Mutex::new(None), options, moments: moments.clone() });
        let password = folder.join("password");
        std::fs::write(&password, &ready.account.password)?;
        let app = Apps::builtin().load("coassemble", "members-2026-03");
        let workspace = Workspace {
            name: "bench".to_owned(),
            app: Arc::new(app.map_err(|problems| anyhow!("load the map: {problems:?}"))?),
            url: ready.url.parse()?,
            account: Account {
                email: Email::parse(&ready.account.email)?,
                password: Some(SecretSource::File(password)),
                totp: None,
            },
            sessions: Sessions {
                key: KeySource { place: SecretSource::File(folder.join("session.key")), is_made: true },
                are_kept: true,
            },
            params: Default::default(),
            choices: Default::default(),
            policy: Policy {
                max_removals: Ceiling::Count(1000),
                max_new_seats: 1000,
                max_privileged: 1000,
                max_resends: 1000,
                ..Policy::default()
            },
            rostered: Default::default(),
            prices: None,
            deadline: USUAL,
            pace: std::time::Duration::ZERO,
            whole_pages: false,
        };
        let settings = Settings {
            workspace,
            state_dir: folder.join("state"),
            browsers: Arc::clone(&browsers) as Arc<dyn Browsers>,
            clock: Arc::new(jiff::Timestamp::now),
            os_user: "bench".to_owned(),
        };
        Ok(Self { engine: Engine::open(settings).await?, browsers, moments })
    }

    /// Signs in where the console has forgotten who was, so that what comes next takes up that session.
    pub(crate) async fn sign_in(&self) -> Result<()> {
        let listed = self.engine.list(&mut Watching(self.moments.clone())).await?;
        self.moments.take();
        check(&listed.report)
    }

    /// One command.
    pub(crate) async fn run(&self, work: &Work) -> Result<Report> {
        let mut caller = Watching(self.moments.clone());
        let email = || Email::parse(&work.email);
        let role = || RoleId::new(&work.role);
        let report = match work.operation {
            Operation::List => self.engine.list(&mut caller).await?.report,
            Operation::Seats => self.engine.seats(&mut caller).await?.report,
            Operation::SetRole => {
                let request = Request::SetRole { emails: vec![email()?], role: role() };
                self.engine.change(request, &mut caller).await?
            }
            Operation::Invite => {
                let request = Request::Invite { emails: vec![email()?], role: role() };
                self.engine.change(request, &mut caller).await?
            }
            Operation::Resend => {
                self.engine.change(Request::Resend { emails: vec![email()?] }, &mut caller).await?
            }
            Operation::CancelInvite => {
                self.engine.change(Request::CancelInvite { emails: vec![email()?] }, &mut caller).await?
            }
            Operation::Remove => {
                self.engine.change(Request::Remove { emails: vec![email()?] }, &mut caller).await?
            }
        };
        check(&report)?;
        Ok(report)
    }

    /// Ends the browser.
    pub(crate) async fn end(self) -> Result<()> {
        match self.browsers.idle.lock().await.take() {
            Some(browser) => Ok(browser.end().await?),
            None => Ok(()),
        }
    }
}

fn check(report: &Report) -> Result<()> {
    let told = || serde_json::to_string(report).context("a report is plain data");
    ensure!(report.exit_code == exit::DONE, "{}", told()?);
    ensure!(report.drift.is_empty(), "{}", told()?);
    Ok(())
}

/// Agrees to everything, and notes how far it is.
struct Watching(Moments);

#[async_trait]
impl Caller for Watching {
    async fn agree(&mut self, _: &Proposal<'_>) -> Agreement {
        Agreement::Yes
    }

    fn progress(&mut self, progress: &Progress) {
        let what = match progress {
            Progress::Started { .. } => "started",
            Progress::SigningIn => "signing in",
            Progress::WaitingForPerson { .. } => "waiting for a person",
            Progress::Reading => "reading",
            Progress::Change { .. } => "change",
            Progress::Outcome { .. } => "outcome",
            Progress::Settling { .. } => "settling",
        };
        self.0.note(Kind::Progress, what.to_owned(), Instant::now());
    }
}

/// One browser, taken and given back.
struct Kept {
    idle: tokio::sync::Mutex<Option<Box<dyn Browser>>>,
    options: BrowserOptions,
    moments: Moments,
}

#[async_trait]
impl Browsers for Kept {
    async fn take(&self) -> Result<Box<dyn Browser>, BrowserError> {
        match self.idle.lock().await.take() {
            Some(browser) => Ok(browser),
            None => {
                let browser = browser::start(&self.options).await?;
                Ok(Box::new(Timed::new(browser, self.moments.clone())))
            }
        }
    }

    async fn give_back(&self, mut browser: Box<dyn Browser>) -> Result<(), BrowserError> {
        if let Some(traffic) = browser.traffic() {
            traffic.end();
        }
        browser.forget().await?;
        *self.idle.lock().await = Some(browser);
        Ok(())
    }
}

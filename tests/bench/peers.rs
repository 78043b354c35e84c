//! The browser of those ours is compared with: a geckodriver and a Firefox as one starts them by hand.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use seatwright::sandbox::Ready;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::script::{Script, Way};
use crate::work::{Operation, PEOPLE, Times, Work};

const INSIDE: &str = include_str!("inside.js");

pub(crate) struct Peers {
    pub(crate) client: Client,
    ready: Ready,
    _driver: Child,
}

impl Peers {
    /// Default capabilities but for: headless, the window of ours, and no motion, which the console would have
    /// its dialogs and messages slide in with.
    pub(crate) async fn start(ready: &Ready) -> Result<Self> {
        let mut driver = Command::new("geckodriver")
            .args(["--port", "0"])
            .env("MOZ_DISABLE_NONLOCAL_CONNECTIONS", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("start geckodriver")?;
        let port = port_of(&mut driver).await?;
        let capabilities = json!({ "moz:firefoxOptions": {
            "args": ["-headless", "--width=1280", "--height=900"],
            "prefs": { "ui.prefersReducedMotion": 1 },
        } });
        let Value::Object(capabilities) = capabilities else { bail!("an object literal is an object") };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await?;
        Ok(Self { client, ready: ready.clone(), _driver: driver })
    }

    pub(crate) fn script(&self, way: Way) -> Script<'_> {
        Script { client: &self.client, console: &self.ready.url, way }
    }

    /// Signs in, and opens the list that ours stands at, too.
    pub(crate) async fn prepare(&self) -> Result<()> {
        let script = self.script(Way::Address);
        self.client.delete_all_cookies().await?;
        script.sign_in(&self.ready.account.email, &self.ready.account.password).await?;
        script.members().await?;
        Ok(())
    }

    /// By a script inside the page, which is loaded before and again after.
    pub(crate) async fn inside(&self, work: &Work) -> Result<Times> {
        let began = Instant::now();
        let confirmed = if work.operation.changes() {
            self.part(work, "do").await?;
            Some(began.elapsed())
        } else {
            None
        };
        if work.operation == Operation::Resend {
            return Ok(Times { confirmed, verified: None });
        }
        let seen = self.part(work, "verify").await?;
        let verified = Some(began.elapsed());
        let expected = match work.operation {
            Operation::SetRole => json!("Author, Active"),
            Operation::Invite => json!("Learner, Pending"),
            Operation::List => json!(PEOPLE),
            Operation::Seats => seen.clone(),
            _ => json!("absent"),
        };
        ensure!(seen == expected, "{work:?}: {seen}");
        Ok(Times { confirmed, verified })
    }

    async fn part(&self, work: &Work, part: &str) -> Result<Value> {
        let page = if work.operation == Operation::Seats { "billing" } else { "members" };
        self.client.goto(&format!("{}/settings/{page}", self.ready.url)).await?;
        let request = json!({
            "part": part, "operation": work.operation.to_string(), "email": work.email, "role": work.role,
        });
        let answer =
            tokio::time::timeout(Duration::from_secs(30), self.client.execute_async(INSIDE, vec![request]));
        Ok(answer.await.with_context(|| format!("{part} {work:?}"))??)
    }

    /// Ends Firefox, then the driver.
    pub(crate) async fn end(self) -> Result<()> {
        Ok(self.client.close().await?)
    }
}

/// The free port it chose: `... Listening on 127.0.0.1:45201`.
async fn port_of(driver: &mut Child) -> Result<u16> {
    let mut lines = BufReader::new(driver.stdout.take().context("it is piped")?).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, port)) = line.rsplit_once("Listening on 127.0.0.1:") {
            // What else it says is nobody's business, but its pipe must not be full.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return port.trim().parse().context("a port");
        }
    }
    bail!("geckodriver does not listen")
}

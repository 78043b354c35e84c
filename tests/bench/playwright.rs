//! The same work by a plain Playwright script in Chromium (`make bench-peers`), a process of its own that is told what to do
//! line by line.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use seatwright::sandbox::Ready;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::work::{Times, Work};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/playwright.mjs");
/// How long it may take for one thing; what takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Playwright {
    process: Child,
    tell: ChildStdin,
    told: Lines<BufReader<ChildStdout>>,
}

impl Playwright {
    /// `modules` is the folder in which npm has put playwright-core.
    pub(crate) fn start(ready: &Ready, modules: &Path) -> Result<Self> {
        let mut process = Command::new("node")
            .arg(SCRIPT)
            .arg(modules)
            .args([&ready.url, &ready.account.email, &ready.account.password])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("start node")?;
        let tell = process.stdin.take().context("it is piped")?;
        let told = BufReader::new(process.stdout.take().context("it is piped")?).lines();
        Ok(Self { process, tell, told })
    }

    /// Signs in, and opens the list.
    pub(crate) async fn prepare(&mut self) -> Result<()> {
        self.ask(json!({})).await.map(drop)
    }

    pub(crate) async fn run(&mut self, work: &Work) -> Result<Times> {
        let task = json!({ "operation": work.operation.to_string(), "email": work.email, "role": work.role });
        let times = self.ask(task).await?;
        let of = |key: &str| times[key].as_f64().map(|ms| Duration::from_secs_f64(ms / 1000.0));
        Ok(Times { confirmed: of("confirmed"), verified: of("verified") })
    }

    async fn ask(&mut self, task: Value) -> Result<Value> {
        self.tell.write_all(format!("{task}\n").as_bytes()).await?;
        let line =
            tokio::time::timeout(LIMIT, self.told.next_line()).await.context("wait for playwright")??;
        let answer: Value = serde_json::from_str(&line.context("playwright ended")?)?;
        ensure!(answer["error"].is_null(), "playwright: {}", answer["error"]);
        Ok(answer)
    }

    /// Without anything more to do it ends its browser, and itself.
    pub(crate) async fn end(self) -> Result<()> {
        let Self { mut process, tell, .. } = self;
        drop(tell);
        tokio::time::timeout(LIMIT, process.wait()).await.context("wait for playwright's end")??;
        Ok(())
    }
}

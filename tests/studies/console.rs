//! A practice console of its own for one case, in this process, and what is so on it.

use std::sync::LazyLock;

use anyhow::{Context, Result};
use seatwright::sandbox::{self, Options, Ready, Sandbox};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// Consoles and journals are async, the studies are not.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

/// A console; dropping it ends it.
pub(crate) struct Console {
    _sandbox: Sandbox,
    pub(crate) ready: Ready,
}

impl Console {
    /// People, password and dice follow from the seed.
    pub(crate) fn start(members: usize, seed: u64) -> Result<Self> {
        let options = Options { members, seed, ..Options::default() };
        let sandbox = RUNTIME.block_on(sandbox::start(options))?;
        Ok(Self { ready: sandbox.ready(), _sandbox: sandbox })
    }

    /// Turns these faults on, and all others off.
    pub(crate) fn faults(&self, names: &[&str], seed: u64, late_ms: u64) -> Result<()> {
        self.turn_on(&json!({ "names": names, "seed": seed, "late_ms": late_ms }))
    }

    /// Turns on the faults of this request, and all others off.
    pub(crate) fn turn_on(&self, body: &Value) -> Result<()> {
        ureq::put(format!("{}/faults", self.ready.control))
            .header("authorization", format!("Bearer {}", self.ready.token))
            .send_json(body)
            .with_context(|| format!("turn faults on: {body}"))?;
        Ok(())
    }

    /// What is so.
    pub(crate) fn truth(&self) -> Result<Truth> {
        let mut answer = ureq::get(format!("{}/truth", self.ready.control))
            .header("authorization", format!("Bearer {}", self.ready.token))
            .call()
            .context("ask for the truth")?;
        Ok(Truth::of(&answer.body_mut().read_json()?))
    }
}

/// A person, in lower case throughout.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) status: String,
}

/// What is so on the console, and what happened on it.
#[derive(Debug)]
pub(crate) struct Truth {
    pub(crate) people: Vec<Person>,
    /// Who was sent a mail.
    pub(crate) mails: Vec<String>,
    /// Accepted changes of membership: kind and address.
    pub(crate) mutations: Vec<(String, String)>,
    /// Requests that may have changed something.
    pub(crate) writes: usize,
}

impl Truth {
    fn of(answer: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
        let list = |key: &str| answer[key].as_array().cloned().unwrap_or_default();
        let person = |member: &Value| Person {
            email: text(&member["email"]),
            name: text(&member["name"]),
            role: text(&member["roles"][0]),
            status: text(&member["status"]),
        };
        Self {
            people: list("members").iter().map(person).collect(),
            mails: list("mails").iter().map(|mail| text(&mail["to"])).collect(),
            mutations: list("mutations")
                .iter()
                .map(|entry| (text(&entry["kind"]), text(&entry["email"])))
                .collect(),
            writes: list("writes").len(),
        }
    }

    pub(crate) fn person(&self, email: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.email == email)
    }

    /// Accepted people who are no admins and may therefore be changed and removed.
    pub(crate) fn changeable(&self) -> Vec<&Person> {
        self.people.iter().filter(|person| person.status == "active" && person.role != "admin").collect()
    }
}

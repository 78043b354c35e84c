//! What is to be done, and the practice console it is done on.

use std::fmt;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use seatwright::sandbox::{self, Options, Ready, Sandbox};
use serde_json::{Value, json};

/// How many people there are: three pages of the console's list.
pub(crate) const PEOPLE: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    SetRole,
    Remove,
    Invite,
    Resend,
    CancelInvite,
    List,
    Seats,
}

impl Operation {
    pub(crate) const ALL: [Self; 7] = [
        Self::SetRole,
        Self::Remove,
        Self::Invite,
        Self::Resend,
        Self::CancelInvite,
        Self::List,
        Self::Seats,
    ];

    /// Changes something on the console.
    pub(crate) fn changes(self) -> bool {
        !matches!(self, Self::List | Self::Seats)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SetRole => "set-role",
            Self::Remove => "remove",
            Self::Invite => "invite",
            Self::Resend => "resend",
            Self::CancelInvite => "cancel-invite",
            Self::List => "list",
            Self::Seats => "seats",
        })
    }
}

/// One thing to do, the same for everybody who does it.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) operation: Operation,
    /// Whom it is about; of no meaning where it is about all.
    pub(crate) email: String,
    /// As the console names it, in lower case.
    pub(crate) role: String,
}

/// The console, in this process.
pub(crate) struct Console {
    pub(crate) ready: Ready,
    seed: u64,
    _sandbox: Sandbox,
}

impl Console {
    pub(crate) async fn start(seed: u64) -> Result<Self> {
        let sandbox = sandbox::start(Options { members: PEOPLE, seed, ..Options::default() }).await?;
        Ok(Self { ready: sandbox.ready(), seed, _sandbox: sandbox })
    }

    /// The same people as in the beginning, and nobody signed in.
    pub(crate) fn reset(&self) -> Result<()> {
        let body = json!({ "members": PEOPLE, "seed": self.seed });
        ureq::post(format!("{}/reset", self.ready.control))
            .header("authorization", format!("Bearer {}", self.ready.token))
            .send_json(&body)
            .context("reset the console")?;
        Ok(())
    }

    fn truth(&self) -> Result<Value> {
        let answer = ureq::get(format!("{}/truth", self.ready.control))
            .header("authorization", format!("Bearer {}", self.ready.token))
            .call();
        Ok(answer.context("ask for the truth")?.body_mut().read_json()?)
    }

    /// What a person of a list's last page is in for: whoever does it has to look for them.
    pub(crate) fn work(&self, operation: Operation) -> Result<Work> {
        let truth = self.truth()?;
        let text = |member: &Value, key: &str| member[key].as_str().unwrap_or_default().to_owned();
        let status = match operation {
            Operation::Resend | Operation::CancelInvite => "Pending",
            _ => "Active",
        };
        let members = truth["members"].as_array().context("find the members")?;
        let fits = |member: &&Value| member["status"] == status && member["roles"][0] == "Learner";
        let last = members
            .iter()
            .filter(fits)
            .max_by_key(|member| text(member, "name").to_lowercase())
            .context("find somebody")?;
        let email = match operation {
            Operation::Invite => "zoe.newcomer@northwind.example".to_owned(),
            _ => text(last, "email"),
        };
        let role = if operation == Operation::SetRole { "author" } else { "learner" };
        Ok(Work { operation, email, role: role.to_owned() })
    }

    /// Whether it was done, once, and nothing else.
    pub(crate) fn check(&self, work: &Work) -> Result<()> {
        let truth = self.truth()?;
        let of_person = |key: &str, field: &str| {
            let all = truth[key].as_array().map(Vec::as_slice).unwrap_or_default();
            (all.len(), all.iter().filter(|one| one[field] == work.email.as_str()).count())
        };
        let expected = usize::from(work.operation.changes());
        ensure!(of_person("mutations", "email") == (expected, expected), "{work:?}: {}", truth["mutations"]);
        let mails = usize::from(matches!(work.operation, Operation::Invite | Operation::Resend));
        ensure!(of_person("mails", "to") == (mails, mails), "{work:?}: {}", truth["mails"]);
        Ok(())
    }
}

/// When somebody was done with something, from the beginning of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// The console confirmed it.
    pub(crate) confirmed: Option<Duration>,
    /// It was seen to be so.
    pub(crate) verified: Option<Duration>,
}

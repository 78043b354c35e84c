//! The true record of what happened, in the form the other practice console gives it.

use jiff::Timestamp;
use serde::Serialize;

use super::person::{Person, Role, Standing};

/// Everything that is only ever added to; emptied by a reset.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    mails: Vec<Mail>,
    mutations: Vec<Mutation>,
    writes: Vec<WriteSeen>,
    requests: u64,
    sign_ins: u64,
}

#[derive(Debug, Clone, Serialize)]
struct Mail {
    to: String,
    kind: &'static str,
    at: String,
}

#[derive(Debug, Clone, Serialize)]
struct Mutation {
    at: String,
    kind: &'static str,
    email: String,
}

#[derive(Debug, Clone, Serialize)]
struct WriteSeen {
    method: String,
    path: String,
    at: String,
}

/// The true state, as the control address tells it.
#[derive(Debug, Serialize)]
pub(crate) struct Truth {
    members: Vec<TrueMember>,
    mails: Vec<Mail>,
    mutations: Vec<Mutation>,
    writes: Vec<WriteSeen>,
    requests: u64,
    sign_ins: u64,
}

#[derive(Debug, Serialize)]
struct TrueMember {
    email: String,
    name: String,
    roles: [Role; 1],
    status: Standing,
    last_active: Option<String>,
}

impl Record {
    pub(crate) fn mailed(&mut self, to: &str, kind: &'static str, at: Timestamp) {
        self.mails.push(Mail { to: to.to_owned(), kind, at: at.to_string() });
    }

    pub(crate) fn mutated(&mut self, email: &str, kind: &'static str, at: Timestamp) {
        self.mutations.push(Mutation { at: at.to_string(), kind, email: email.to_owned() });
    }

    /// One request. Signing in and out changes nothing about the crew.
    pub(crate) fn requested(&mut self, method: &str, path: &str, writes: bool) {
        self.requests += 1;
        if writes && !path.starts_with("/sign-") {
            let (method, path, at) = (method.to_owned(), path.to_owned(), Timestamp::now().to_string());
            self.writes.push(WriteSeen { method, path, at });
        }
    }

    pub(crate) fn signed_in(&mut self) {
        self.sign_ins += 1;
    }

    pub(crate) fn truth(&self, people: &[Person]) -> Truth {
        let member = |person: &Person| TrueMember {
            email: person.email.clone(),
            name: person.name.clone(),
            roles: [person.role],
            status: person.standing,
            last_active: person.last_aboard.map(|at| at.strftime("%Y-%m-%d").to_string()),
        };
        Truth {
            members: people.iter().map(member).collect(),
            mails: self.mails.clone(),
            mutations: self.mutations.clone(),
            writes: self.writes.clone(),
            requests: self.requests,
            sign_ins: self.sign_ins,
        }
    }
}

//! The true record of what happened, whatever the pages were told.

use jiff::Timestamp;
use serde::Serialize;

use super::person::{Person, Role, Status, date};

/// Everything that is only ever added to; emptied by a reset.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    mails: Vec<Mail>,
    mutations: Vec<Mutation>,
    writes: Vec<WriteSeen>,
    requests: u64,
    sign_ins: u64,
    codes: u64,
    at_wall: u64,
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
    codes: u64,
    at_wall: u64,
}

#[derive(Debug, Serialize)]
struct TrueMember {
    email: String,
    name: String,
    roles: Vec<Role>,
    status: Status,
    last_active: Option<String>,
}

impl Record {
    pub(crate) fn mailed(&mut self, to: &str, kind: &'static str, at: Timestamp) {
        self.mails.push(Mail { to: to.to_owned(), kind, at: at.to_string() });
    }

    pub(crate) fn mutated(&mut self, email: &str, kind: &'static str, at: Timestamp) {
        self.mutations.push(Mutation { at: at.to_string(), kind, email: email.to_owned() });
    }

    /// One request; `write` unless it only reads or signs in or out.
    pub(crate) fn requested(&mut self, method: &str, path: &str, write: bool, at: Timestamp) {
        self.requests += 1;
        self.sign_ins += u64::from(method == "POST" && path == "/api/session");
        self.codes += u64::from(path == "/api/session/code");
        if write {
            let (method, path) = (method.to_owned(), path.to_owned());
            self.writes.push(WriteSeen { method, path, at: at.to_string() });
        }
    }

    /// Somebody asked for more after they were shown the wall.
    pub(crate) fn went_on_at_wall(&mut self) {
        self.at_wall += 1;
    }

    pub(crate) fn truth(&self, people: &[Person]) -> Truth {
        let members = people.iter().map(|person| TrueMember {
            email: person.email.clone(),
            name: person.name.clone(),
            roles: vec![person.role],
            status: person.status,
            last_active: person.last_active.map(date),
        });
        Truth {
            members: members.collect(),
            mails: self.mails.clone(),
            mutations: self.mutations.clone(),
            writes: self.writes.clone(),
            requests: self.requests,
            sign_ins: self.sign_ins,
            codes: self.codes,
            at_wall: self.at_wall,
        }
    }
}

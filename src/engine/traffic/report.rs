//! What a run sent and did not send, for its report.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Exchange, Refusal, Verdict};

/// Requests that might have changed something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writes {
    /// Why nothing can be said of what was sent beside the rest; nothing if all of it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unproven: Option<String>,
    /// Sent, and not known to change nothing.
    pub sent: u64,
    /// Refused in the browser: none of them reached the console.
    pub refused: u64,
    /// Sent, because the map says that they change nothing.
    pub allowed: u64,
    /// The same by kind, without what the map has dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<Sent>,
    /// Hosts beside the console's own that something was read from.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub elsewhere: BTreeSet<String>,
}

/// Requests of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Method and path, such as `POST /members/{…}/role`; with the host where it is not the console's own.
    pub request: String,
    /// `sent`, `allowed`, or why it was refused.
    pub what: String,
    /// How many.
    pub count: u64,
}

/// Kinds are told up to here; what comes later is counted only.
const MOST_KINDS: usize = 40;

impl Writes {
    /// Nothing is known of what was sent, for this reason.
    #[must_use]
    pub fn unproven(why: &str) -> Self {
        Self { unproven: Some(why.to_owned()), ..Self::default() }
    }

    /// Counts one more.
    pub fn note(&mut self, exchange: &Exchange, verdict: Verdict) {
        let what = match verdict {
            Verdict::Read => {
                self.elsewhere.extend(exchange.host.clone().filter(|_| exchange.is_elsewhere));
                return;
            }
            Verdict::Refused(Refusal::Dropped) => return,
            Verdict::Refused(refusal) => {
                self.refused += 1;
                refusal.as_str()
            }
            Verdict::Allowed => {
                self.allowed += 1;
                "allowed"
            }
            Verdict::Unseen => {
                self.allowed += 1;
                let why = "the map tells some requests from writes by their bodies, which cannot be seen";
                self.unproven.get_or_insert_with(|| why.to_owned());
                "allowed"
            }
            Verdict::Write => {
                self.sent += 1;
                "sent"
            }
        };
        let host = exchange.host.as_deref().map(|host| format!("//{host}")).unwrap_or_default();
        self.add(&Sent {
            request: format!("{} {host}{}", exchange.method, exchange.path),
            what: what.to_owned(),
            count: 1,
        });
    }

    fn add(&mut self, more: &Sent) {
        let is_same = |known: &Sent| known.request == more.request && known.what == more.what;
        match self.requests.iter().position(is_same) {
            Some(at) => self.requests[at].count += more.count,
            None if self.requests.len() < MOST_KINDS => self.requests.push(more.clone()),
            None => {}
        }
    }

    /// Adds what another browser of the same run sent.
    pub fn extend(&mut self, other: &Self) {
        self.unproven = self.unproven.take().or_else(|| other.unproven.clone());
        self.sent += other.sent;
        self.refused += other.refused;
        self.allowed += other.allowed;
        other.requests.iter().for_each(|more| self.add(more));
        self.elsewhere.extend(other.elsewhere.iter().cloned());
    }

    /// How many there were of each kind that was refused, for a hint.
    #[must_use]
    pub fn refused_by_request(&self) -> BTreeMap<&str, u64> {
        let mut all = BTreeMap::new();
        for known in self.requests.iter().filter(|known| !["sent", "allowed"].contains(&known.what.as_str()))
        {
            *all.entry(known.request.as_str()).or_default() += known.count;
        }
        all
    }
}

/// `writes sent: 0 (2 refused, 1 allowed by the map)`, and no more than that is claimed.
impl std::fmt::Display for Writes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sent, refused, allowed, .. } = self;
        match &self.unproven {
            Some(why) if sent + refused + allowed == 0 => write!(f, "writes: unproven ({why})"),
            Some(why) => write!(
                f,
                "writes sent: {sent}, unproven ({refused} refused, {allowed} allowed by the map; {why})"
            ),
            None => write!(f, "writes sent: {sent} ({refused} refused, {allowed} allowed by the map)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(path: &str, host: Option<&str>) -> Exchange {
        Exchange {
            method: "POST".to_owned(),
            host: host.map(str::to_owned),
            path: path.to_owned(),
            status: None,
            took_ms: None,
            is_harmless: false,
            is_elsewhere: false,
        }
    }

    #[test]
    fn what_was_sent_is_counted_by_kind() {
        let mut writes = Writes::default();
        assert_eq!(writes.to_string(), "writes sent: 0 (0 refused, 0 allowed by the map)");
        writes.note(&exchange("/a", None), Verdict::Refused(Refusal::Write));
        writes.note(&exchange("/a", None), Verdict::Refused(Refusal::Write));
        writes.note(&exchange("/count", Some("other.example")), Verdict::Refused(Refusal::Dropped));
        let elsewhere = Exchange { is_elsewhere: true, ..exchange("/font", Some("other.example")) };
        writes.note(&elsewhere, Verdict::Read);
        writes.note(&exchange("/font", Some("api.example")), Verdict::Read);
        writes.note(&exchange("/token", None), Verdict::Allowed);
        assert_eq!(writes.to_string(), "writes sent: 0 (2 refused, 1 allowed by the map)");
        assert_eq!(writes.refused_by_request(), BTreeMap::from([("POST /a", 2)]));
        assert_eq!(writes.elsewhere, BTreeSet::from(["other.example".to_owned()]));
        let mut both = Writes::default();
        both.extend(&writes);
        both.extend(&writes);
        assert_eq!((both.refused, both.requests[0].count), (4, 4));
        writes.note(&exchange("/graphql", None), Verdict::Unseen);
        assert!(writes.to_string().starts_with("writes sent: 0, unproven (2 refused, 2 allowed"), "{writes}");
        assert!(Writes::unproven("no").to_string().starts_with("writes: unproven (no)"));
    }
}

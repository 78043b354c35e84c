//! What a page may send: which requests only read, which change something, and which of them the guard lets through.
//!
//! Pure. The rules come from a map's `[network]`; `browser/watch.rs` asks them about every request of a page before the
//! browser sends it, and keeps what it decided.

mod exchange;
mod pattern;
mod report;

use std::collections::BTreeMap;

use url::Url;

pub use exchange::{Exchange, path_template};
pub use pattern::{HostPattern, RequestPattern};
pub use report::{Sent, Writes};

/// Methods that read by definition (RFC 9110, section 9.2.1; RFC 5323 SEARCH, RFC 3253 REPORT, RFC 4918 PROPFIND, and the
/// HTTP QUERY method).
const READS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "SEARCH", "QUERY", "REPORT", "PROPFIND"];

/// A request that looks like a write and is known to change nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Harmless {
    /// Which one.
    pub request: RequestPattern,
    /// It changes nothing only with a body that looks like this. Bodies cannot be seen before they are sent, so it is let
    /// through, and nothing is claimed about it.
    pub body: bool,
}

/// What a map says of the requests of its console (`[network]`), and where the console is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// Hosts that belong to the console beside the workspace's own.
    pub hosts: Vec<HostPattern>,
    /// Nothing is asked of any other host.
    pub strict_hosts: bool,
    /// They look like writes and change nothing.
    pub reads: Vec<Harmless>,
    /// View settings, a token's renewal: they change nothing that anybody cares about.
    pub habits: Vec<RequestPattern>,
    /// Never sent, and not worth a word: what counts visitors, say.
    pub drop: Vec<RequestPattern>,
    /// Never sent, whatever the method, also while a change is made.
    pub never: Vec<RequestPattern>,
    /// Web sockets only bring news.
    pub sockets_push: bool,
    /// What fills a list: its answers tell that the list has come.
    pub fills: Vec<RequestPattern>,
    /// All that a commit of an operation may send; an operation that is not here may send anything.
    pub writes: BTreeMap<String, Vec<RequestPattern>>,
}

/// How much is allowed right now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Guard {
    /// Signing in: everything but what is never sent.
    #[default]
    Open,
    /// Only what changes nothing.
    Reading,
    /// A change is being made: also what these operations may send, of which one recording serves several at times.
    Lifted {
        /// The operations.
        operations: Vec<String>,
    },
}

/// A request that the page is about to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// In capitals.
    pub method: String,
    /// Where to.
    pub url: Url,
    /// The page itself would be another one.
    pub is_page: bool,
    /// The handshake of a web socket.
    pub is_socket: bool,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It reads.
    Read,
    /// The map says that it changes nothing.
    Allowed,
    /// The map says that it changes nothing if its body is of a kind, and the body cannot be seen.
    Unseen,
    /// A write of a sign-in, or of a change that is being made.
    Write,
    /// Refused.
    Refused(Refusal),
}

/// Why a request was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// It may change something, and nothing is being changed.
    Write,
    /// It may change something, and the operation that is going on does not send it.
    OtherWrite,
    /// What is sent over a socket cannot be seen.
    Socket,
    /// It leads to a host that is not the console's.
    Elsewhere,
    /// The map forbids it.
    Never,
    /// The map has it dropped.
    Dropped,
}

impl Refusal {
    /// In words, for reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Write => "may change something",
            Self::OtherWrite => "not sent by this operation",
            Self::Socket => "web socket",
            Self::Elsewhere => "another host",
            Self::Never => "forbidden by the map",
            Self::Dropped => "dropped",
        }
    }
}

impl Rules {
    /// Whether a host belongs to the console.
    #[must_use]
    pub fn is_of_console(&self, home: &Url, url: &Url) -> bool {
        let is_home =
            url.host_str() == home.host_str() && url.port_or_known_default() == home.port_or_known_default();
        is_home || self.hosts.iter().any(|host| host.matches(url))
    }

    /// Whether requests of this kind can be sent while nothing is being changed, as far as their method tells.
    #[must_use]
    pub fn lets_read(&self, kind: &RequestPattern) -> bool {
        let is_alike =
            |known: &RequestPattern| known.method().is_none_or(|method| kind.method() == Some(method));
        kind.method().is_none_or(is_read)
            || self.habits.iter().any(is_alike)
            || self.reads.iter().any(|harmless| is_alike(&harmless.request))
    }

    /// Whether a cookie of this domain is sent to a host of the console.
    #[must_use]
    pub fn takes_cookies_of(&self, home: &Url, domain: &str) -> bool {
        let domain = domain.trim_start_matches('.');
        let is_below = |host: &str| host == domain || host.ends_with(&format!(".{domain}"));
        home.host_str().is_some_and(is_below) || self.hosts.iter().any(|host| host.takes_cookies_of(domain))
    }

    /// What becomes of a request of the console at `home`.
    #[must_use]
    pub fn judge(&self, home: &Url, guard: &Guard, request: &Request) -> Verdict {
        let is_of_console = self.is_of_console(home, &request.url);
        let fits = |pattern: &RequestPattern| pattern.matches(&request.method, &request.url, is_of_console);
        if self.drop.iter().any(fits) {
            return Verdict::Refused(Refusal::Dropped);
        }
        if self.never.iter().any(fits) {
            return Verdict::Refused(Refusal::Never);
        }
        if *guard == Guard::Open {
            return if is_read(&request.method) { Verdict::Read } else { Verdict::Write };
        }
        if !is_of_console && (request.is_page || self.strict_hosts) {
            return Verdict::Refused(Refusal::Elsewhere);
        }
        if request.is_socket {
            return if self.sockets_push { Verdict::Allowed } else { Verdict::Refused(Refusal::Socket) };
        }
        if is_read(&request.method) {
            return Verdict::Read;
        }
        if self.habits.iter().any(fits) {
            return Verdict::Allowed;
        }
        let harmless: Vec<&Harmless> = self.reads.iter().filter(|read| fits(&read.request)).collect();
        if harmless.iter().any(|read| !read.body) {
            return Verdict::Allowed;
        }
        let verdict = match guard {
            Guard::Lifted { operations } if !operations.is_empty() => {
                let mut known =
                    operations.iter().filter_map(|operation| self.writes.get(operation)).peekable();
                if known.peek().is_none() || known.flatten().any(fits) {
                    return Verdict::Write;
                }
                Verdict::Refused(Refusal::OtherWrite)
            }
            _ => Verdict::Refused(Refusal::Write),
        };
        if harmless.is_empty() { verdict } else { Verdict::Unseen }
    }
}

fn is_read(method: &str) -> bool {
    READS.contains(&method)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> RequestPattern {
        RequestPattern::parse(text).expect("a pattern")
    }

    fn rules() -> Rules {
        Rules {
            hosts: vec![HostPattern::parse("*.console.example").expect("a host")],
            reads: vec![
                Harmless { request: pattern("POST /search"), body: false },
                Harmless { request: pattern("POST /graphql"), body: true },
            ],
            habits: vec![pattern("POST /token")],
            drop: vec![pattern("POST //*.counts.example/**")],
            never: vec![pattern("GET /activate/*")],
            writes: BTreeMap::from([("remove".to_owned(), vec![pattern("DELETE /members/*")])]),
            ..Rules::default()
        }
    }

    #[track_caller]
    fn check(guard: &Guard, request: &str, expected: Verdict) {
        let (method, address) = request.split_once(' ').expect("method and address");
        let home = Url::parse("https://acme.example/").expect("an address");
        let request = Request {
            method: method.to_owned(),
            url: home.join(address).expect("an address"),
            is_page: false,
            is_socket: false,
        };
        assert_eq!(rules().judge(&home, guard, &request), expected, "{request:?} {guard:?}");
    }

    #[test]
    fn a_reading_sends_only_what_changes_nothing() {
        let guard = Guard::Reading;
        check(&guard, "GET /members", Verdict::Read);
        check(&guard, "QUERY /members", Verdict::Read);
        check(&guard, "POST /members", Verdict::Refused(Refusal::Write));
        check(&guard, "DELETE /members/7", Verdict::Refused(Refusal::Write));
        check(&guard, "POST /search", Verdict::Allowed);
        check(&guard, "POST //api.console.example/token", Verdict::Allowed);
        check(&guard, "POST /graphql", Verdict::Unseen);
        check(&guard, "GET /activate/ann", Verdict::Refused(Refusal::Never));
        check(&guard, "POST https://eu.counts.example/visit", Verdict::Refused(Refusal::Dropped));
        check(&guard, "POST https://other.example/search", Verdict::Refused(Refusal::Write));
        // What an unknown method does nobody knows.
        check(&guard, "MKCOL /members", Verdict::Refused(Refusal::Write));
    }

    #[test]
    fn a_change_sends_what_its_operation_may() {
        let guard = |operation: &str| Guard::Lifted { operations: vec![operation.to_owned()] };
        check(&guard("remove"), "DELETE /members/7", Verdict::Write);
        check(&guard("remove"), "DELETE /members/7?why=left", Verdict::Write);
        check(&guard("remove"), "POST /owner", Verdict::Refused(Refusal::OtherWrite));
        check(&guard("remove"), "POST /graphql", Verdict::Unseen);
        check(&guard("remove"), "GET /activate/ann", Verdict::Refused(Refusal::Never));
        check(&guard("invite"), "POST /owner", Verdict::Write);
    }

    #[test]
    fn cookies_of_the_consoles_hosts_are_its_own() {
        let rules = Rules {
            hosts: ["*.console.example", "login.corp.example:8443"]
                .map(|text| HostPattern::parse(text).expect("a host"))
                .into(),
            ..Rules::default()
        };
        let home = Url::parse("https://acme.example:81/").expect("an address");
        for (domain, expected) in [
            ("acme.example", true),
            (".acme.example", true),
            ("other.acme.example", false),
            ("api.console.example", true),
            (".console.example", true),
            ("login.corp.example", true),
            (".corp.example", true),
            ("mail.corp.example", false),
            ("me.example", false),
            ("evil-console.example", false),
        ] {
            assert_eq!(rules.takes_cookies_of(&home, domain), expected, "{domain}");
        }
    }

    #[test]
    fn a_sign_in_goes_anywhere_but_where_nobody_may() {
        check(&Guard::Open, "POST https://login.example/", Verdict::Write);
        check(&Guard::Open, "GET /activate/ann", Verdict::Refused(Refusal::Never));
    }

    #[test]
    fn the_page_stays_where_the_console_is() {
        let home = Url::parse("http://127.0.0.1:81/").expect("an address");
        let judge = |rules: &Rules, address: &str, is_page, is_socket| {
            let url = Url::parse(address).expect("an address");
            let request = Request { method: "GET".to_owned(), url, is_page, is_socket };
            rules.judge(&home, &Guard::Reading, &request)
        };
        let plain = rules();
        assert_eq!(judge(&plain, "http://127.0.0.1:81/x", true, false), Verdict::Read);
        assert_eq!(judge(&plain, "http://127.0.0.1:82/x", true, false), Verdict::Refused(Refusal::Elsewhere));
        assert_eq!(judge(&plain, "http://127.0.0.1:82/x", false, false), Verdict::Read);
        assert_eq!(judge(&plain, "https://a.console.example/x", true, false), Verdict::Read);
        let strict = Rules { strict_hosts: true, ..rules() };
        assert_eq!(
            judge(&strict, "http://127.0.0.1:82/x", false, false),
            Verdict::Refused(Refusal::Elsewhere)
        );
        assert_eq!(judge(&plain, "http://127.0.0.1:81/live", false, true), Verdict::Refused(Refusal::Socket));
        let push = Rules { sockets_push: true, ..rules() };
        assert_eq!(judge(&push, "http://127.0.0.1:81/live", false, true), Verdict::Allowed);
    }
}

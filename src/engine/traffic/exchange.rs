//! One request and its answer, without anything that is somebody's own.

use serde::{Deserialize, Serialize};
use url::Url;

/// A request that may have changed something, and how the console answered it. No body, no query, no token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The host, where it is not the workspace's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The path, with `{…}` for each part that looks like a number, a token or an address.
    pub path: String,
    /// The status of the answer (RFC 9110, section 15); none if there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long the answer took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
    /// The map says that it changes nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_harmless: bool,
    /// It went to a host that is none of the console's: what counts visitors, say.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_elsewhere: bool,
}

impl Exchange {
    /// The console said that it did it.
    #[must_use]
    pub fn went_well(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// The console said that it did not do it.
    #[must_use]
    pub fn was_refused(&self) -> bool {
        self.status.is_some_and(|status| status >= 400)
    }
}

impl std::fmt::Display for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = self.host.as_deref().map(|host| format!("//{host}")).unwrap_or_default();
        write!(f, "{} {host}{}", self.method, self.path)?;
        match self.status {
            Some(status) => write!(f, " {status}"),
            None => f.write_str(" without an answer"),
        }
    }
}

/// The path of an address without what is about one person or one session.
#[must_use]
pub fn path_template(url: &Url) -> String {
    let part = |part: &str| if is_somebodys(part) { "{…}".to_owned() } else { part.to_owned() };
    url.path().split('/').map(part).collect::<Vec<_>>().join("/")
}

/// A number, a token, a name or an address, rather than a word of the console's own.
fn is_somebodys(part: &str) -> bool {
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let is_plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    // `aB3xY9`, and not `getMembers`: a token changes its case more often than words do.
    let cases: Vec<bool> =
        part.bytes().filter(u8::is_ascii_alphabetic).map(|byte| byte.is_ascii_uppercase()).collect();
    let changes = cases.windows(2).filter(|pair| pair[0] != pair[1]).count();
    !is_plain
        || changes > 4
        || part.len() > 32
        || (digits > 0 && (digits == part.len() || digits >= 3 || part.len() > 12))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_somebodys_is_left_in_a_path() {
        let check = |path: &str, expected: &str| {
            let url = Url::parse(&format!("https://acme.example{path}?token=secret")).expect("an address");
            assert_eq!(path_template(&url), expected);
        };
        check("/api/v2/members/4711/role", "/api/v2/members/{…}/role");
        check("/m/ann.lee%40acme.example", "/m/{…}");
        check("/m/ann@acme.example", "/m/{…}");
        check("/w/3f2b8c1e-77aa-4c0e-9d55-0a1b2c3d4e5f/invite", "/w/{…}/invite");
        check("/m/Ann%20Lee", "/m/{…}");
        check("/m/ann.lee/role", "/m/{…}/role");
        check("/s/aBxYqZ", "/s/{…}");
        check("/api/getTeamMembers", "/api/getTeamMembers");
        check("/oauth2/token", "/oauth2/token");
        check("/", "/");
    }
}

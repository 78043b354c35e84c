//! Which requests and hosts a map means.

use regex::Regex;
use url::Url;

/// Requests of one kind: `POST /members/*/role`, `DELETE //api.acme.example/**`, `* /graphql`.
///
/// A method or `*`, then a path in which `*` stands for a part between two slashes and `**` for any number of them. It is
/// about the hosts of the console, or about the one it names after `//`. The part behind the question mark counts only
/// if the pattern has one.
#[derive(Clone, Debug)]
pub struct RequestPattern {
    text: String,
    method: Option<String>,
    host: Option<HostPattern>,
    path: Regex,
    has_query: bool,
}

impl PartialEq for RequestPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl RequestPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (method, target) = text.trim().split_once(' ').ok_or("a method and a path are needed")?;
        let target = target.trim();
        let is_method = method == "*" || method.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_method || method.is_empty() {
            return Err(format!("`{method}` is no method: capitals only, or * for any"));
        }
        let (host, path) = match target.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find('/').ok_or("behind the host a path is needed, `/**` for all of them")?;
                (Some(HostPattern::parse(&rest[..end])?), &rest[end..])
            }
            None => (None, target),
        };
        if !path.starts_with('/') {
            return Err(format!("`{path}` is no path: it begins with /"));
        }
        Ok(Self {
            text: text.trim().to_owned(),
            method: (method != "*").then(|| method.to_owned()),
            host,
            path: glob(path, '/')?,
            has_query: path.contains('?'),
        })
    }

    /// As it stands in the map.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The method; nothing where it may be any.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    /// A pattern of whole addresses with such a path, whatever the host.
    #[must_use]
    pub fn address_pattern(&self) -> String {
        let path = self.path.as_str().trim_start_matches('^').trim_end_matches('$');
        let query = if self.has_query { "" } else { r"(\?.*)?" };
        format!("^[a-z]+://[^/]+{path}{query}$")
    }

    /// Whether it means this request. `is_of_console`: whether it goes to one of the console's hosts.
    #[must_use]
    pub fn matches(&self, method: &str, url: &Url, is_of_console: bool) -> bool {
        let path = match url.query() {
            Some(query) if self.has_query => format!("{}?{query}", url.path()),
            _ => url.path().to_owned(),
        };
        self.method.as_deref().is_none_or(|known| known == method)
            && self.host.as_ref().map_or(is_of_console, |host| host.matches(url))
            && self.path.is_match(&path)
    }
}

/// A host, or all below a domain: `api.acme.example`, `*.acme.example`, `127.0.0.1:8080`.
#[derive(Clone, Debug)]
pub struct HostPattern {
    text: String,
    host: Regex,
    port: Option<u16>,
}

impl PartialEq for HostPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl HostPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.contains('/') => {
                (host, Some(port.parse().map_err(|_| format!("`{port}` is no port number"))?))
            }
            _ => (text, None),
        };
        let is_host = |character: char| character.is_ascii_alphanumeric() || ".-*".contains(character);
        if host.is_empty() || !host.chars().all(is_host) || host.trim_matches(['*', '.']).is_empty() {
            return Err(format!("`{text}` is no host: say api.acme.example, or *.acme.example"));
        }
        Ok(Self { text: text.to_owned(), host: glob(&host.to_ascii_lowercase(), '.')?, port })
    }

    /// Whether an address is on it. Without a port it means the one that is usual for the scheme.
    #[must_use]
    pub fn matches(&self, url: &Url) -> bool {
        let is_port = match self.port {
            Some(port) => url.port_or_known_default() == Some(port),
            None => url.port().is_none(),
        };
        is_port && url.host_str().is_some_and(|host| self.host.is_match(host))
    }
}

impl HostPattern {
    /// Whether a cookie of this domain, of a host or of all below it, is sent to one of these hosts.
    pub(super) fn takes_cookies_of(&self, domain: &str) -> bool {
        let own = self.text.split(':').next().unwrap_or_default();
        self.host.is_match(domain) || own.to_ascii_lowercase().ends_with(&format!(".{domain}"))
    }
}

/// `*` for anything but the separator, `**` for anything.
fn glob(text: &str, separator: char) -> Result<Regex, String> {
    let part = format!("[^{}]*", regex::escape(&separator.to_string()));
    let pieces: Vec<String> = text
        .split("**")
        .map(|piece| piece.split('*').map(regex::escape).collect::<Vec<_>>().join(&part))
        .collect();
    Regex::new(&format!("^{}$", pieces.join(".*"))).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, method: &str, address: &str, expected: bool) {
        let url = Url::parse("https://acme.example").and_then(|home| home.join(address)).expect("an address");
        let is_of_console = url.host_str() == Some("acme.example");
        let pattern = RequestPattern::parse(pattern).expect("a pattern");
        assert_eq!(pattern.matches(method, &url, is_of_console), expected, "{pattern:?} {address}");
    }

    #[test]
    fn stars_stand_for_one_part_or_for_many() {
        check("POST /members/*", "POST", "/members/7", true);
        check("POST /members/*", "POST", "/members/7/role", false);
        check("POST /members/**", "POST", "/members/7/role", true);
        check("POST /members/**", "GET", "/members/7", false);
        check("* /members/*/role", "PUT", "/members/7/role?now=1", true);
        check("POST /x?do=save", "POST", "/x?do=save", true);
        check("POST /x?do=save", "POST", "/x?do=drop", false);
        check("POST /a.b", "POST", "/axb", false);
        check("POST /x", "POST", "https://other.example/x", false);
        check("POST //other.example/x", "POST", "https://other.example/x", true);
        check("POST //*.example/**", "POST", "https://other.example/x/y", true);
        check("POST //other.example/**", "POST", "https://evil-other.example/x", false);
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        let wrong = |text: &str| RequestPattern::parse(text).expect_err("a mistake");
        assert_eq!(wrong("/members"), "a method and a path are needed");
        assert_eq!(wrong("post /members"), "`post` is no method: capitals only, or * for any");
        assert_eq!(wrong("POST members"), "`members` is no path: it begins with /");
        assert_eq!(wrong("POST //host"), "behind the host a path is needed, `/**` for all of them");
        assert_eq!(wrong("POST //*/**"), "`*` is no host: say api.acme.example, or *.acme.example");
    }
}

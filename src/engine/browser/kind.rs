//! Which browser: the names of its programs, and how its driver is started and says that it listens. Pure.

use std::fmt;

/// A browser that can be driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BrowserKind {
    /// Firefox, by geckodriver.
    #[default]
    Firefox,
    /// Chromium, by chromedriver.
    Chromium,
}

impl BrowserKind {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::Firefox, Self::Chromium];

    /// Its name, as it is written everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Firefox => "firefox",
            Self::Chromium => "chromium",
        }
    }

    /// The browser of that name.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What its program is called, the one to be preferred first.
    pub(super) fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Firefox => &["firefox-esr", "firefox"],
            Self::Chromium => &["chromium", "chromium-browser"],
        }
    }

    /// Its driver's program.
    pub(super) fn driver(self) -> &'static str {
        match self {
            Self::Firefox => "geckodriver",
            Self::Chromium => "chromedriver",
        }
    }

    /// Its driver listens on loopback only, on a port that is free.
    pub(super) fn driver_arguments(self) -> &'static [&'static str] {
        match self {
            Self::Firefox => &["--host", "127.0.0.1", "--port", "0", "--websocket-port", "0"],
            // Without --allowed-ips it takes connections from this machine only.
            Self::Chromium => &["--port=0"],
        }
    }

    /// The port, if this line of the driver tells that it listens.
    pub(super) fn port_of(self, line: &str) -> Option<u16> {
        let (begin, end) = match self {
            // `<time> geckodriver INFO Listening on 127.0.0.1:40555`
            Self::Firefox => ("Listening on 127.0.0.1:", ""),
            // `ChromeDriver was started successfully on port 40555.`
            Self::Chromium => ("started successfully on port ", "."),
        };
        line.trim_end().rsplit_once(begin)?.1.strip_suffix(end)?.parse().ok()
    }
}

impl fmt::Display for BrowserKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_the_drivers_line() {
        let line = "1732221000000\tgeckodriver\tINFO\tListening on 127.0.0.1:40555\n";
        assert_eq!(BrowserKind::Firefox.port_of(line), Some(40555));
        assert_eq!(
            BrowserKind::Firefox.port_of("1732221000000\tmozrunner::runner\tINFO\tRunning command\n"),
            None
        );
        let line = "ChromeDriver was started successfully on port 40555.\n";
        assert_eq!(BrowserKind::Chromium.port_of(line), Some(40555));
        assert_eq!(BrowserKind::Chromium.port_of("Starting ChromeDriver 156.0 (abc) on port 0\n"), None);
    }

    #[test]
    fn a_browser_is_known_by_its_name_only() {
        assert_eq!(
            BrowserKind::ALL.map(|kind| BrowserKind::named(kind.as_str())),
            BrowserKind::ALL.map(Some)
        );
        assert_eq!(BrowserKind::named("Chrome"), None);
    }
}

//! What is asked of a new session in Chromium: capabilities, and the switches and preferences of a quiet, hardened
//! browser. What it does otherwise than Firefox is written down in `docs/browsers.md`.
//!
//! Chromium sends again by itself what fails on a connection that it has used before, a POST as well, as often as it has
//! such connections, and nothing switches that off. So it is never left with one: each request asks for its connection to
//! be closed (`Connection: close`, put in by an extension of ours, which reaches workers too), nothing is connected ahead
//! of a request, and HTTP/2 and HTTP/3, which know one connection only, are off.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::BrowserOptions;
use super::record::make_private;
use super::session::Own;

/// `own` is `None` for an endpoint that has its own browser.
pub(super) fn capabilities(options: &BrowserOptions, own: Option<Own<'_>>) -> Map<String, Value> {
    let mut chrome = json!({
        "args": arguments(options, own),
        "prefs": preferences(options, own),
        // chromedriver's own: a form that was sent once is not sent again by a reload without a question, a page opens no
        // windows unasked, and nothing is logged that nobody reads.
        "excludeSwitches": ["disable-prompt-on-repost", "disable-popup-blocking", "enable-logging"],
    });
    if let Some(own) = own {
        chrome["binary"] = json!(own.program);
    }
    let script = u64::try_from(options.script_deadline().as_millis()).unwrap_or(u64::MAX);
    let all = json!({
        "browserName": "chrome",
        "acceptInsecureCerts": false,
        // With any other, each command waits for a page that waits for what is decided over BiDi, which waits for the
        // command.
        "pageLoadStrategy": "none",
        // A prompt is not ours to answer: it is reported.
        "unhandledPromptBehavior": "ignore",
        // WebDriver BiDi beside it: what the page sends is watched, and scripts are run.
        "webSocketUrl": true,
        "timeouts": { "script": script, "pageLoad": script, "implicit": 0 },
        "goog:chromeOptions": chrome,
    });
    match all {
        Value::Object(all) => all,
        _ => unreachable!("an object literal is an object"),
    }
}

/// What Chromium would do without being asked.
const UNWANTED: [&str; 11] = [
    "AutofillServerCommunication",
    "CertificateTransparencyComponentUpdater",
    "DialMediaRouteProvider",
    // Without it an extension on the command line is not loaded.
    "DisableLoadExtensionCommandLineSwitch",
    // What is sent once nobody looks any more.
    "FetchLaterAPI",
    "InterestFeedContentSuggestions",
    "MediaRouter",
    "OptimizationHints",
    // Pages that nobody asked for yet.
    "Prerender2",
    "SpeculationRulesPrefetchFuture",
    "Translate",
];

fn arguments(options: &BrowserOptions, own: Option<Own<'_>>) -> Vec<String> {
    let quiet = "no-first-run no-default-browser-check no-pings disable-background-networking disable-component-update \
                 disable-sync disable-domain-reliability disable-breakpad disable-crash-reporter \
                 disable-component-extensions-with-background-pages metrics-recording-only disable-gpu \
                 disable-auto-reload disable-http2 disable-quic force-prefers-reduced-motion";
    let mut arguments: Vec<String> = quiet.split_whitespace().map(|word| format!("--{word}")).collect();
    arguments.push(format!("--window-size={},{}", options.window.0, options.window.1));
    arguments.push(format!("--disable-features={}", UNWANTED.join(",")));
    if options.headless {
        arguments.push("--headless=new".to_owned());
    }
    if is_without_sandbox() {
        arguments.push("--no-sandbox".to_owned());
    }
    if options.loopback_only {
        let rules = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]";
        arguments.push(format!("--host-resolver-rules={rules}"));
    }
    if let Some(own) = own {
        arguments.push(format!("--user-data-dir={}", own.profile.display()));
        let extension = own.extension.display();
        // No extension that is installed on this machine takes part.
        arguments.push(format!("--disable-extensions-except={extension}"));
        arguments.push(format!("--load-extension={extension}"));
    }
    arguments
}

/// Chromium refuses to start as root with its sandbox.
pub(super) fn is_without_sandbox() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether chromedriver says that there is no browser any more.
pub(super) fn is_gone(message: &str) -> bool {
    [
        "not connected to DevTools",
        "chrome not reachable",
        "browser has closed the connection",
        "target window already closed",
    ]
    .iter()
    .any(|part| message.contains(part))
}

fn preferences(options: &BrowserOptions, own: Option<Own<'_>>) -> Value {
    let languages = options.languages.replace(' ', "");
    // Of a browser that is not ours nobody could fetch the file.
    let downloads = own.map_or(Path::new("/dev/null"), |own| own.downloads);
    json!({
        "intl": { "accept_languages": languages, "selected_languages": languages },
        // 2: never. A connection made ahead of its request counts as used: what fails on it would be sent again.
        "net": { "network_prediction_options": 2 },
        "download": {
            "default_directory": downloads,
            "prompt_for_download": false,
            "directory_upgrade": true,
        },
        "plugins": { "always_open_pdf_externally": true },
        "safebrowsing": { "enabled": false, "enhanced": false },
        // Nothing of ours is offered to be saved, filled in, translated or asked about.
        "credentials_enable_service": false,
        "autofill": { "profile_enabled": false, "credit_card_enabled": false },
        "translate": { "enabled": false },
        "browser": { "enable_spellchecking": false },
        "search": { "suggest_enabled": false },
        "webrtc": { "ip_handling_policy": "disable_non_proxied_udp" },
        "profile": {
            "password_manager_enabled": false,
            "password_manager_leak_detection": false,
            // 2: refused without a question.
            "default_content_setting_values": {
                "notifications": 2, "geolocation": 2, "media_stream_camera": 2, "media_stream_mic": 2,
            },
        },
    })
}

/// The kinds of requests an extension can change. Not web sockets: they are made by `Connection: Upgrade`.
pub(super) const KINDS: [&str; 12] = [
    "main_frame",
    "sub_frame",
    "stylesheet",
    "script",
    "image",
    "font",
    "object",
    "xmlhttprequest",
    "ping",
    "csp_report",
    "media",
    "other",
];

/// The rules that are in force from the start.
pub(super) const RULES: &str = "connections";
/// The page from which others are set (`fence.rs`).
pub(super) const PAGE: &str = "page.html";

/// Writes the extension that has each connection closed after its answer, and refuses what it is told to.
pub(super) fn write_extension(folder: &Path) -> io::Result<()> {
    make_private(folder)?;
    let manifest = json!({
        "manifest_version": 3,
        "name": "seatwright",
        "version": "1",
        "permissions": ["declarativeNetRequest", "declarativeNetRequestFeedback"],
        "host_permissions": ["<all_urls>"],
        "declarative_net_request": {
            "rule_resources": [{ "id": RULES, "enabled": true, "path": "rules.json" }],
        },
    });
    let rules = json!([{
        "id": 1,
        "action": {
            "type": "modifyHeaders",
            "requestHeaders": [{ "header": "connection", "operation": "set", "value": "close" }],
        },
        "condition": { "resourceTypes": KINDS },
    }]);
    fs::write(folder.join(PAGE), "<!doctype html><title>seatwright</title>")?;
    fs::write(folder.join("manifest.json"), manifest.to_string())?;
    fs::write(folder.join("rules.json"), rules.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_quiet_and_keeps_no_connection() {
        let options = BrowserOptions {
            loopback_only: true,
            ..BrowserOptions::new("/bin/seatwright", "/run/seatwright")
        };
        let own = Own {
            program: Path::new("/usr/bin/chromium"),
            profile: Path::new("/run/p"),
            downloads: Path::new("/run/d"),
            extension: Path::new("/run/e"),
        };
        let caps = capabilities(&options, Some(own));
        assert_eq!((&caps["browserName"], &caps["pageLoadStrategy"]), (&json!("chrome"), &json!("none")));
        assert_eq!(caps["unhandledPromptBehavior"], "ignore");
        let chrome = &caps["goog:chromeOptions"];
        assert_eq!(chrome["binary"], "/usr/bin/chromium");
        let arguments: Vec<&str> =
            chrome["args"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        for wanted in [
            "--headless=new",
            "--window-size=1280,900",
            "--user-data-dir=/run/p",
            "--load-extension=/run/e",
            "--disable-http2",
            "--disable-quic",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]",
        ] {
            assert!(arguments.contains(&wanted), "{wanted}: {arguments:?}");
        }
        assert_eq!(arguments.contains(&"--no-sandbox"), is_without_sandbox());
        assert_eq!(chrome["prefs"]["net"]["network_prediction_options"], 2);
        assert_eq!(chrome["prefs"]["intl"]["accept_languages"], "en-US,en");
        assert_eq!(chrome["prefs"]["download"]["default_directory"], "/run/d");
        let remote = capabilities(&options, None);
        assert_eq!(remote["goog:chromeOptions"].get("binary"), None);
        assert_eq!(remote["goog:chromeOptions"]["prefs"]["download"]["default_directory"], "/dev/null");
    }
}

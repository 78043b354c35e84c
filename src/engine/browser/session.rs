//! What is asked of a new session: capabilities, and the preferences of a quiet, hardened Firefox (`chromium.rs` has
//! those of Chromium). Pure.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{BrowserKind, BrowserOptions, chromium};

/// How long Element Click may wait for the document that it leads to, in milliseconds: what was clicked is clicked, and
/// whoever clicked looks for what comes of it.
const PAGE_LOAD_MS: u64 = 5000;

/// The browser to start, the folder of its profile, that of what it downloads, and that of Chromium's extension.
#[derive(Clone, Copy)]
pub(super) struct Own<'a> {
    pub(super) program: &'a Path,
    pub(super) profile: &'a Path,
    pub(super) downloads: &'a Path,
    pub(super) extension: &'a Path,
}

/// `own` is `None` for an endpoint that has its own browser.
pub(super) fn capabilities(options: &BrowserOptions, own: Option<Own<'_>>) -> Map<String, Value> {
    match options.browser {
        BrowserKind::Firefox => firefox(options, own),
        BrowserKind::Chromium => chromium::capabilities(options, own),
    }
}

fn firefox(options: &BrowserOptions, own: Option<Own<'_>>) -> Map<String, Value> {
    let script = u64::try_from(options.script_deadline().as_millis()).unwrap_or(u64::MAX);
    let mut arguments =
        vec![format!("--width={}", options.window.0), format!("--height={}", options.window.1)];
    if options.headless {
        arguments.push("-headless".to_owned());
    }
    if let Some(own) = own {
        // A profile with the startup cache of a newer Firefox: without it Firefox ends at once.
        arguments.push("--allow-downgrade".to_owned());
        arguments.extend(["-profile".to_owned(), own.profile.display().to_string()]);
    }
    let mut firefox_options = json!({ "args": arguments, "prefs": preferences(options) });
    let prefs = firefox_options["prefs"].as_object_mut().expect("preferences are an object");
    prefs.extend(downloads(own));
    if let Some(own) = own {
        firefox_options["binary"] = json!(own.program);
    }
    let all = json!({
        "browserName": "firefox",
        "acceptInsecureCerts": false,
        // Element Click waits for a navigation that may come: a quarter of a second under `none`, a fifth of that here.
        "pageLoadStrategy": "eager",
        // A prompt is not ours to answer: it is reported.
        "unhandledPromptBehavior": "ignore",
        // WebDriver BiDi beside it: what the page sends is watched.
        "webSocketUrl": true,
        "timeouts": { "script": script, "pageLoad": PAGE_LOAD_MS, "implicit": 0 },
        "moz:firefoxOptions": firefox_options,
    });
    match all {
        Value::Object(all) => all,
        _ => unreachable!("an object literal is an object"),
    }
}

/// Over and above what geckodriver sets by itself.
fn preferences(options: &BrowserOptions) -> Value {
    json!({
        "intl.accept_languages": options.languages,
        // Nothing of the page outlives it, or writes where nobody looks.
        "dom.serviceWorkers.enabled": false,
        "dom.push.enabled": false,
        // What goes over these is no request that could be held.
        "media.peerconnection.enabled": false,
        "network.webtransport.enabled": false,
        "pdfjs.disabled": true,
        // What fails on a connection that was used before Firefox sends again by itself, a POST as well: the console may
        // have done the first one. So each request is sent once, and what comes of a lost answer is for us to find out.
        "network.http.request.max-attempts": 1,
        // Where a console offers HTTP/3 and a network does not, falling back is such a second attempt.
        "network.http.http3.enable": false,
        // Nothing of ours is offered to be saved, filled in, translated or asked about.
        "signon.rememberSignons": false,
        "signon.autofillForms": false,
        "signon.generation.enabled": false,
        "signon.management.page.breach-alerts.enabled": false,
        "extensions.formautofill.addresses.enabled": false,
        "extensions.formautofill.creditCards.enabled": false,
        "browser.formfill.enable": false,
        "browser.translations.enable": false,
        "browser.translations.automaticallyPopup": false,
        "permissions.default.desktop-notification": 2,
        "permissions.default.geo": 2,
        "permissions.default.camera": 2,
        "permissions.default.microphone": 2,
        "geo.enabled": false,
        "layout.spellcheckDefault": 0,
        // No extension that is installed on this machine takes part.
        "extensions.enabledScopes": 0,
        // Nothing is counted or prepared that nobody will see.
        "browser.newtab.preload": false,
        "browser.newtabpage.enabled": false,
        "toolkit.telemetry.enabled": false,
        "toolkit.telemetry.unified": false,
        "datareporting.healthreport.uploadEnabled": false,
        "datareporting.policy.dataSubmissionEnabled": false,
        // After an Element Click the driver waits 50 ms for a navigation that may come. What a click leads to is waited
        // for by us, for as long as it takes. Firefox 153 reads the name with its beginning doubled; one of both serves.
        "marionette.marionette.navigate-after-click.timeout": 1,
        "marionette.navigate-after-click.timeout": 1,
        // The page holds still sooner.
        "ui.prefersReducedMotion": 1,
        // Fewer processes.
        "dom.ipc.processPrelaunch.enabled": false,
        "media.rdd-process.enabled": false,
        "media.utility-process.enabled": false,
        "network.process.enabled": false,
        "layers.gpu-process.enabled": false,
    })
}

/// What the page has the browser save goes into a folder of ours without a question, and is never opened. The folder
/// goes with the profile.
fn downloads(own: Option<Own<'_>>) -> Map<String, Value> {
    // Of a browser that is not ours nobody could fetch the file.
    let folder = own.map_or(Path::new("/dev/null"), |own| own.downloads);
    let all = json!({
        "browser.download.folderList": 2,
        "browser.download.useDownloadDir": true,
        "browser.download.dir": folder,
        // The part is written beside the file: while there is one, the file is not whole.
        "browser.download.start_downloads_in_tmp_dir": false,
        "browser.download.always_ask_before_handling_new_types": false,
        "browser.helperApps.neverAsk.saveToDisk": "",
        "browser.download.open_pdf_attachments_inline": false,
        "browser.download.forbid_open_with": true,
        "browser.download.alwaysOpenPanel": false,
        "browser.download.manager.addToRecentDocs": false,
        "browser.safebrowsing.downloads.enabled": false,
        "browser.safebrowsing.downloads.remote.enabled": false,
    });
    match all {
        Value::Object(all) => all,
        _ => unreachable!("an object literal is an object"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_quiet_and_waits_for_no_page_for_long() {
        let options = BrowserOptions::new("/bin/seatwright", "/run/seatwright");
        let own = Own {
            program: Path::new("/usr/bin/firefox-esr"),
            profile: Path::new("/run/p"),
            downloads: Path::new("/run/d"),
            extension: Path::new("/run/e"),
        };
        let caps = capabilities(&options, Some(own));
        assert_eq!(caps["pageLoadStrategy"], "eager");
        assert_eq!(caps["unhandledPromptBehavior"], "ignore");
        assert_eq!(caps["timeouts"]["script"], 24_000);
        let firefox = &caps["moz:firefoxOptions"];
        assert_eq!(firefox["binary"], "/usr/bin/firefox-esr");
        let arguments = "--width=1280 --height=900 -headless --allow-downgrade -profile /run/p";
        assert_eq!(firefox["args"], json!(arguments.split(' ').collect::<Vec<_>>()));
        assert_eq!(firefox["prefs"]["browser.download.dir"], "/run/d");
        assert_eq!(firefox["prefs"]["dom.serviceWorkers.enabled"], false);
        assert_eq!(firefox["prefs"]["network.http.request.max-attempts"], 1);
        assert_eq!(firefox["prefs"]["intl.accept_languages"], "en-US, en");
        let remote = capabilities(&options, None);
        assert_eq!(remote["moz:firefoxOptions"].get("binary"), None);
        assert_eq!(remote["moz:firefoxOptions"]["prefs"]["browser.download.dir"], "/dev/null");
    }
}

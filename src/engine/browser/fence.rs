//! A second net below the watch on what a page sends, for Chromium: an extension of ours refuses in the browser itself what
//! the watch does not get to see (measured in Chromium 156: requests of service workers, shared workers and workers of
//! workers, of windows and frames that have only just begun, what is sent as a page is left, and web sockets).
//!
//! It is coarser than the watch, which judges each request that it sees: while nothing is being changed no page sends
//! anything but what reads, and what the map calls harmless; web sockets only where the map says that they bring news. Its
//! rules are set from a page of the extension in a tab of its own, before the next command, and what they refuse is told from
//! there: the watch never hears of it.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::bidi::{Bidi, Listener};
use super::chromium::{KINDS, PAGE, RULES};
use super::watch::Traffic;
use crate::engine::traffic::{Guard, Request, RequestPattern, Rules};

/// Where rules that allow begin to be numbered.
const FIRST_ALLOWED: usize = 10;
/// What reads (RFC 9110, section 9.2.1), as the extension calls it.
const READS: [&str; 3] = ["get", "head", "options"];
/// Those it can tell apart.
const METHODS: [&str; 8] = ["connect", "delete", "get", "head", "options", "patch", "post", "put"];

const SET: &str = "async text => {
  const addRules = JSON.parse(text);
  const old = await chrome.declarativeNetRequest.getSessionRules();
  await chrome.declarativeNetRequest.updateSessionRules({ removeRuleIds: old.map(rule => rule.id), addRules });
}";

/// Tells of each request that a rule of this session refuses; gives what is in force from the start.
const TELL: &str = "tell => {
  chrome.declarativeNetRequest.onRuleMatchedDebug.addListener(({ request, rule }) => {
    if (rule.rulesetId === '_session' && rule.ruleId < 10) tell(JSON.stringify(request));
  });
  return chrome.declarativeNetRequest.getEnabledRulesets();
}";

/// Who is told of what was refused.
type Told = Arc<OnceLock<Traffic>>;

pub(super) struct Fence {
    bidi: Bidi,
    tab: String,
    told: Told,
    /// What was set last; `None` while it is being set.
    set: Option<u64>,
}

impl Fence {
    /// Opens the page of the extension that lies in this folder, and makes sure that its rules are in force.
    ///
    /// # Errors
    /// Why not, in words.
    pub(super) async fn open(address: &str, extension: &Path) -> Result<Self, String> {
        let told = Told::default();
        let bidi = Bidi::connect(address, Ear(Arc::clone(&told))).await?;
        bidi.send("session.subscribe", json!({ "events": ["script.message"] })).await?;
        let created =
            bidi.send("browsingContext.create", json!({ "type": "tab", "background": true })).await?;
        let tab = created["context"].as_str().ok_or("there is no tab for its extension")?.to_owned();
        let url = format!("chrome-extension://{}/{PAGE}", name_of(extension));
        let go = json!({ "context": tab, "url": url, "wait": "complete" });
        bidi.send("browsingContext.navigate", go).await?;
        let fence = Self { bidi, tab, told, set: None };
        let channel = json!({ "type": "channel", "value": { "channel": "refused" } });
        let in_force = fence.call(TELL, channel).await?;
        if in_force["value"][0]["value"] == RULES {
            Ok(fence)
        } else {
            Err(format!("the rules of its extension are not in force: {in_force}"))
        }
    }

    /// Tells of what is refused from now on.
    pub(super) fn tell(&self, traffic: &Traffic) {
        let _already_told = self.told.set(traffic.clone());
    }

    /// Has the browser refuse what may not be sent now, if that is not so already.
    ///
    /// # Errors
    /// What it said against it, in words.
    pub(super) async fn keep_up(&mut self, traffic: &Traffic) -> Result<(), String> {
        let version = traffic.version();
        if self.set == Some(version) {
            return Ok(());
        }
        self.set = None;
        let rules = traffic.with_rules(rules);
        self.call(SET, json!({ "type": "string", "value": rules.to_string() })).await?;
        self.set = Some(version);
        Ok(())
    }

    async fn call(&self, function: &str, argument: Value) -> Result<Value, String> {
        let call = json!({
            "functionDeclaration": function,
            "arguments": [argument],
            "awaitPromise": true,
            "target": { "context": self.tab },
        });
        let answer = self.bidi.send("script.callFunction", call).await?;
        match answer["exceptionDetails"]["text"].as_str() {
            Some(thrown) => Err(format!("its extension says: {thrown}")),
            None => Ok(answer["result"].clone()),
        }
    }
}

struct Ear(Told);

impl Listener for Ear {
    fn event(&mut self, _: &str, params: &Value) -> Option<(&'static str, Value)> {
        let request = serde_json::from_str(params["data"]["value"].as_str()?).ok()?;
        self.0.get()?.refused(&refused(&request)?);
        None
    }

    fn gone(&mut self, cause: String) {
        tracing::debug!(cause, "the connection to the extension is gone");
    }
}

/// A request as `declarativeNetRequest` tells of it.
fn refused(request: &Value) -> Option<Request> {
    let kind = request["type"].as_str()?;
    Some(Request {
        method: request["method"].as_str()?.to_ascii_uppercase(),
        url: Url::parse(request["url"].as_str()?).ok()?,
        is_page: kind == "main_frame",
        is_socket: kind == "websocket",
    })
}

/// Chromium names an extension that is not packed after its folder: the first half of a hash, with letters for digits.
fn name_of(folder: &Path) -> String {
    let hash = Sha256::digest(folder.as_os_str().as_bytes());
    let letters = hash.iter().take(16).flat_map(|byte| [byte >> 4, byte & 15]);
    letters.map(|digit| char::from(b'a' + digit)).collect()
}

/// The rules of this moment, as `declarativeNetRequest` has them.
fn rules(rules: Option<&Rules>, guard: &Guard) -> Value {
    let Some(rules) = rules.filter(|_| *guard != Guard::Open) else { return json!([]) };
    let mut all = Vec::new();
    if !rules.sockets_push {
        all.push(rule(1, "block", json!({ "resourceTypes": ["websocket", "webtransport"] })));
    }
    if *guard == Guard::Reading {
        all.push(rule(2, "block", json!({ "excludedRequestMethods": READS, "resourceTypes": KINDS })));
        let harmless = rules.habits.iter().chain(rules.reads.iter().map(|read| &read.request));
        all.extend(harmless.enumerate().map(|(number, request)| allowed(FIRST_ALLOWED + number, request)));
    }
    Value::Array(all)
}

fn allowed(number: usize, request: &RequestPattern) -> Value {
    let mut condition = json!({ "regexFilter": request.address_pattern(), "resourceTypes": KINDS });
    if let Some(method) = request.method() {
        let method = method.to_ascii_lowercase();
        let known = METHODS.contains(&method.as_str());
        condition["requestMethods"] = json!([if known { method.as_str() } else { "other" }]);
    }
    rule(number, "allow", condition)
}

fn rule(number: usize, action: &str, condition: Value) -> Value {
    let priority = if action == "allow" { 2 } else { 1 };
    json!({ "id": number, "priority": priority, "action": { "type": action }, "condition": condition })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_is_named_after_its_folder() {
        // As chromium 156 called it.
        assert_eq!(name_of(Path::new("/tmp/chr/ext2")), "cpfafdkbahfdjhckcnbckhkdcbdcjpec");
    }

    #[test]
    fn only_what_may_be_sent_is_let_through() {
        let map = Rules { habits: vec![RequestPattern::parse("POST /token/*").unwrap()], ..Rules::default() };
        let numbers = |map: Option<&Rules>, guard| {
            let all = rules(map, &guard);
            let number = |rule: &Value| rule["id"].as_u64().unwrap();
            all.as_array().unwrap().iter().map(number).collect::<Vec<_>>()
        };
        let lifted = Guard::Lifted { operations: Vec::new() };
        assert_eq!(numbers(None, Guard::Reading), [0; 0], "nothing is judged yet");
        assert_eq!(numbers(Some(&map), Guard::Open), [0; 0], "one signs in");
        assert_eq!(numbers(Some(&map), Guard::Reading), [1, 2, 10]);
        assert_eq!(numbers(Some(&map), lifted.clone()), [1]);
        let pushed = Rules { sockets_push: true, ..map.clone() };
        assert_eq!(numbers(Some(&pushed), lifted), [0; 0]);
        let token = &rules(Some(&map), &Guard::Reading)[2];
        assert_eq!(
            (&token["action"]["type"], &token["condition"]["requestMethods"]),
            (&json!("allow"), &json!(["post"]))
        );
        let pattern = regex::Regex::new(token["condition"]["regexFilter"].as_str().unwrap()).unwrap();
        assert!(pattern.is_match("https://acme.example/token/7?now=1"));
        assert!(!pattern.is_match("https://acme.example/members/token/7"));
    }
}

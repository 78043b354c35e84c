//! What a browser holds of a session: the cookies of the console's hosts, and the storage of its pages.
//!
//! Cookies of a host that the map does not name, those of a company's sign-in page say, are not kept.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

use super::browser::BrowserError;
use super::runner::Page;
use super::traffic::Rules;

/// How long the page may take until it can be asked.
const WAIT: Duration = Duration::from_secs(20);
/// How often a page that is on its way is asked.
const BREATH: Duration = Duration::from_millis(20);
/// A page that every host has and that runs no script: cookies are put back there, before the console's first page.
const QUIET: &str = "/robots.txt";

const READ: &str =
    "const read = (storage) => { try { return Object.entries(storage()); } catch { return []; } };
return { origin: location.origin, local: read(() => localStorage), session: read(() => sessionStorage) };";

const WRITE: &str = "const { origin, local, session } = arguments[0];
if (location.origin !== origin) return { ok: false };
window.stop();
const write = (storage, entries) => {
  try { storage().clear(); for (const [key, value] of entries) storage().setItem(key, value); } catch { /* it has none */ }
};
write(() => localStorage, local);
write(() => sessionStorage, session);
return { ok: true };";

const FORMAT: u32 = 1;

/// A session as it is kept. It does not print: all of it is secret.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct HeldSession {
    format: u32,
    cookies: Vec<Value>,
    local: Vec<(String, String)>,
    session: Vec<(String, String)>,
}

impl HeldSession {
    /// Of the page as it stands; nothing if it is none of the console's.
    pub(crate) async fn of(
        page: &mut Page,
        console: &Url,
        rules: &Rules,
    ) -> Result<Option<Self>, BrowserError> {
        let value = when_there(page, READ, json!({})).await?;
        if value["origin"] != json!(console.origin().ascii_serialization()) {
            return Ok(None);
        }
        let entries = |key: &str| serde_json::from_value(value[key].clone()).unwrap_or_default();
        let (local, session) = (entries("local"), entries("session"));
        let is_ours = |cookie: &Value| {
            cookie["domain"].as_str().is_none_or(|domain| rules.takes_cookies_of(console, domain))
        };
        let cookies = page.browser().cookies().await?.into_iter().filter(is_ours).collect();
        Ok(Some(Self { format: FORMAT, cookies, local, session }))
    }

    pub(crate) fn parse(bytes: &SecretSlice<u8>) -> Option<Self> {
        serde_json::from_slice(bytes.expose_secret()).ok().filter(|held: &Self| held.format == FORMAT)
    }

    pub(crate) fn to_bytes(&self) -> SecretSlice<u8> {
        serde_json::to_vec(self).expect("plain data").into()
    }

    /// Puts it in place of what the browser has. `false` if the console's host leads elsewhere, where nothing is put.
    pub(crate) async fn put_back(&self, page: &mut Page, console: &Url) -> Result<bool, BrowserError> {
        let quiet = console.join(QUIET).expect("a path is an address of any host");
        page.load(&quiet).await?;
        let request = json!({
            "origin": console.origin().ascii_serialization(), "local": self.local, "session": self.session,
        });
        if when_there(page, WRITE, request).await?["ok"] != json!(true) {
            return Ok(false);
        }
        page.browser().forget().await?;
        for cookie in &self.cookies {
            set(page, cookie).await?;
        }
        Ok(true)
    }
}

async fn set(page: &mut Page, cookie: &Value) -> Result<(), BrowserError> {
    match page.browser().set_cookie(cookie).await {
        Err(error) if error.is_final() => Err(error),
        // What is missing then the console tells: it asks to sign in. The error may hold the value.
        Err(_) => {
            tracing::warn!("the browser did not take a cookie of the kept session back");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

async fn when_there(page: &mut Page, script: &str, argument: Value) -> Result<Value, BrowserError> {
    let end = Instant::now() + WAIT;
    let mut breath = tokio::time::interval(BREATH);
    loop {
        breath.tick().await;
        match page.browser().run(script, argument.clone()).await {
            Err(BrowserError::Interrupted { .. }) if Instant::now() < end => {}
            answered => return answered,
        }
    }
}

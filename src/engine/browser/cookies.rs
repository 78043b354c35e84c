//! The cookies of a browser, of whatever host (W3C WebDriver BiDi, module "storage"), in the form in which classic WebDriver
//! has those of the current page's host alone.
//!
//! Where there is no BiDi only those can be had and set.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::{Instant, timeout_at};

use super::bidi::Bidi;
use super::{BrowserError, Traffic};

/// The way to all cookies.
pub(super) struct Storage {
    bidi: Bidi,
    end: Instant,
}

impl Storage {
    /// Nothing where the browser has no BiDi. What is not answered by `end` is an error.
    pub(super) fn of(
        traffic: Option<&Traffic>,
        lost: Option<&str>,
        end: Option<Instant>,
        doing: &'static str,
    ) -> Result<Option<Self>, BrowserError> {
        if let Some(cause) = lost {
            return Err(BrowserError::Lost { doing, cause: cause.to_owned() });
        }
        let usual = Instant::now() + Duration::from_secs(10);
        let end = end.map_or(usual, |end| end.min(usual));
        Ok(traffic.and_then(Traffic::connection).map(|bidi| Self { bidi, end }))
    }

    /// All there are.
    pub(super) async fn all(&self) -> Result<Vec<Value>, BrowserError> {
        let result = self.send("cookies", "storage.getCookies", json!({})).await?;
        Ok(result["cookies"].as_array().into_iter().flatten().filter_map(classic).collect())
    }

    /// Sets one, of the host that is its domain, or with a dot before it of those below too.
    pub(super) async fn set(&self, cookie: &Value) -> Result<(), BrowserError> {
        self.send("set_cookie", "storage.setCookie", json!({ "cookie": of_bidi(cookie) })).await.map(drop)
    }

    /// Deletes all of them.
    pub(super) async fn forget(&self) -> Result<(), BrowserError> {
        self.send("forget", "storage.deleteCookies", json!({})).await.map(drop)
    }

    async fn send(
        &self,
        doing: &'static str,
        method: &'static str,
        params: Value,
    ) -> Result<Value, BrowserError> {
        let answer = timeout_at(self.end, self.bidi.send(method, params)).await;
        let answer = answer.unwrap_or_else(|_| Err("no answer in time".to_owned()));
        // Not what the browser has against it: that may hold the value.
        answer.map_err(|error| BrowserError::Driver {
            doing,
            message: error.split(": ").take(2).collect::<Vec<_>>().join(": "),
        })
    }
}

/// A cookie as classic WebDriver has it. One that is no text is left out: none that a server reads is.
fn classic(cookie: &Value) -> Option<Value> {
    let mut fields = Map::new();
    fields.insert("value".to_owned(), Value::from(cookie["value"]["value"].as_str()?));
    if cookie["value"]["type"] != "string" {
        return None;
    }
    for key in ["name", "domain", "path", "secure", "httpOnly", "expiry"] {
        fields.extend(cookie.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    let same_site = match cookie["sameSite"].as_str() {
        Some("strict") => Some("Strict"),
        Some("lax") => Some("Lax"),
        Some("none") => Some("None"),
        _ => None,
    };
    fields.extend(same_site.map(|word| ("sameSite".to_owned(), Value::from(word))));
    Some(Value::Object(fields))
}

/// The other way round. `SameSite=None` is not taken without `Secure`, and Firefox says it also where none was said.
fn of_bidi(cookie: &Value) -> Value {
    let mut fields = Map::new();
    fields.insert("value".to_owned(), json!({ "type": "string", "value": cookie["value"] }));
    for key in ["name", "domain", "path", "secure", "httpOnly", "expiry"] {
        fields.extend(cookie.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    let same_site = cookie["sameSite"].as_str().map(str::to_ascii_lowercase);
    let same_site = same_site.filter(|word| word != "none" || cookie["secure"] == json!(true));
    fields.extend(same_site.map(|word| ("sameSite".to_owned(), Value::from(word))));
    Value::Object(fields)
}

/// Whether it can be set that way: Firefox (153) encodes what is no ASCII twice.
pub(super) fn is_plain(cookie: &Value) -> bool {
    cookie["value"].as_str().is_some_and(str::is_ascii)
}

/// What classic WebDriver takes: of a cookie of one host alone the domain would make it one of the hosts below too, and
/// `SameSite=None` is not taken without `Secure`.
pub(super) fn for_classic(cookie: &Value) -> Value {
    let mut cookie = cookie.clone();
    let Some(fields) = cookie.as_object_mut() else { return cookie };
    if !fields.get("domain").and_then(Value::as_str).is_some_and(|domain| domain.starts_with('.')) {
        fields.remove("domain");
    }
    if fields.get("sameSite") == Some(&json!("None")) && fields.get("secure") != Some(&json!(true)) {
        fields.insert("sameSite".to_owned(), json!("Lax"));
    }
    cookie
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_survives_the_way_there_and_back() {
        let known = json!({
            "name": "seat", "value": { "type": "string", "value": "e=1" }, "domain": ".id.example", "path": "/", "size": 6,
            "httpOnly": true, "secure": true, "sameSite": "none", "expiry": 1_900_000_000,
        });
        let kept = classic(&known).unwrap();
        assert_eq!(
            (&kept["value"], &kept["sameSite"], kept.get("size")),
            (&json!("e=1"), &json!("None"), None)
        );
        let mut again = of_bidi(&kept);
        again["size"] = json!(6);
        assert_eq!(again, known);
        assert_eq!(for_classic(&kept), kept);
    }

    #[test]
    fn what_a_browser_does_not_take_is_left_out() {
        let cookie =
            json!({ "name": "a", "value": "b", "domain": "id.example", "sameSite": "None", "secure": false });
        assert_eq!(of_bidi(&cookie).get("sameSite"), None);
        let classic_form = for_classic(&cookie);
        assert_eq!((classic_form.get("domain"), &classic_form["sameSite"]), (None, &json!("Lax")));
        let bytes = json!({ "name": "a", "value": { "type": "base64", "value": "/w==" } });
        assert_eq!(classic(&bytes), None);
    }
}

//! Which document answers. With page load strategy `none` a script sent after a navigation may still run in the old
//! document, in neither (Firefox answers `null`), or in Firefox's error page. The wrapper put around each script tells
//! these apart, in the same request. Pure.

use serde_json::Value;
use url::Url;

use super::BrowserError;

/// One document, told apart from the next one in the same window by the moment it began.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Document(Value);

impl Document {
    pub(super) fn to_json(&self) -> Value {
        self.0.clone()
    }
}

/// Asks which document is there.
pub(super) const WHICH: &str = "return { began: performance.timeOrigin, address: location.href };";

pub(super) fn which(value: &Value) -> Option<(Document, String)> {
    let began = value.get("began").filter(|began| began.is_number())?;
    Some((Document(began.clone()), value.get("address")?.as_str()?.to_owned()))
}

/// Wraps a script (`arguments[0]`: its own argument, `arguments[1]`: the document that was left, or null). The result
/// is boxed, so that a `null` of the script is not the `null` of Firefox.
pub(super) fn guarded(script: &str) -> String {
    format!(
        "const at = document.documentURI;
if (/^about:(net|cert|httpsonly)?error/.test(at)) return {{ error: at }};
if (performance.timeOrigin === arguments[1]) return {{ old: true }};
const value = (function () {{
{script}
}}).call(this, arguments[0]);
return value && typeof value.then === 'function' ? value.then(value => ({{ value }})) : {{ value }};"
    )
}

/// Unpacks the answer to a guarded script.
pub(super) fn answer(mut answer: Value) -> Result<Value, BrowserError> {
    if let Some(value) = answer.get_mut("value") {
        return Ok(value.take());
    }
    if let Some(at) = answer.get("error").and_then(Value::as_str) {
        return Err(unreachable(at));
    }
    if answer.as_object().is_some_and(serde_json::Map::is_empty) {
        // `undefined` has no form in JSON, so the box came empty.
        return Ok(Value::Null);
    }
    Err(BrowserError::Interrupted { doing: "run" })
}

/// The error behind Firefox's own error page, `about:neterror?e=connectionFailure&u=http%3A//127.0.0.1%3A9/&…`.
pub(super) fn unreachable(text: &str) -> BrowserError {
    let from = text.find("about:").unwrap_or_default();
    let page = Url::parse(text[from..].split_whitespace().next().unwrap_or_default()).ok();
    let part = |name: &str| {
        page.as_ref()
            .and_then(|page| page.query_pairs().find(|(key, _)| key == name))
            .map(|(_, value)| value.into_owned())
    };
    BrowserError::Unreachable {
        address: part("u").unwrap_or_else(|| "the page".to_owned()),
        cause: part("e").unwrap_or_else(|| "unknown error".to_owned()),
    }
}

/// Whether going from one address to the other stays in the same document: they differ at most in the fragment, and
/// the new one has one.
pub(super) fn same_document(from: &str, to: &Url) -> bool {
    let Ok(mut from) = Url::parse(from) else { return false };
    let mut to = to.clone();
    let has_fragment = to.fragment().is_some();
    from.set_fragment(None);
    to.set_fragment(None);
    has_fragment && from == to
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_told_apart() {
        assert_eq!(answer(json!({ "value": { "ok": 1 } })).expect("a value"), json!({ "ok": 1 }));
        assert_eq!(answer(json!({ "value": null })).expect("a value"), Value::Null);
        assert_eq!(answer(json!({})).expect("undefined"), Value::Null);
        assert!(matches!(answer(Value::Null), Err(BrowserError::Interrupted { .. })));
        assert!(matches!(answer(json!({ "old": true })), Err(BrowserError::Interrupted { .. })));
        let error = answer(
            json!({ "error": "about:neterror?e=connectionFailure&u=http%3A//127.0.0.1%3A9/&c=UTF-8" }),
        );
        let error = error.expect_err("an error page");
        assert_eq!(error.to_string(), "load http://127.0.0.1:9/: connectionFailure");
        assert_eq!(error.reason(), "console_down");
    }

    #[test]
    fn a_document_is_known_by_its_beginning() {
        let (document, address) =
            which(&json!({ "began": 17.5, "address": "http://127.0.0.1/" })).expect("a document");
        assert_eq!((document.to_json(), address.as_str()), (json!(17.5), "http://127.0.0.1/"));
        assert_eq!(which(&Value::Null), None);
    }

    #[test]
    fn only_a_fragment_keeps_the_document() {
        let check = |from: &str, to: &str, expected: bool| {
            assert_eq!(same_document(from, &Url::parse(to).expect("an address")), expected, "{from} -> {to}");
        };
        check("http://a.test/x#one", "http://a.test/x#two", true);
        check("http://a.test/x", "http://a.test/x#two", true);
        check("http://a.test/x#one", "http://a.test/x#one", true);
        check("http://a.test/x", "http://a.test/x", false);
        check("http://a.test/x#one", "http://a.test/x", false);
        check("http://a.test/x", "http://a.test/y#two", false);
    }
}

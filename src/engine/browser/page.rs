//! Which document answers. A script sent after a navigation that takes its time may still run in the old
//! document, in neither (Firefox answers `null`), or in Firefox's error page. The wrapper put around each script tells
//! these apart, in the same request. Pure.

use serde_json::Value;
use url::Url;

use super::BrowserError;

/// Marks the document as left, and gives its address (that of Firefox's error page begins with `about:`).
///
/// The mark is a property of the document, which the page could see but has no reason to look for. The moment the
/// document began (`performance.timeOrigin`) will not do: Firefox ESR 153 gives the document after an error page the
/// error page's own.
pub(super) const LEAVE: &str =
    "document[Symbol.for('left')] = true; return { address: document.documentURI };";

/// Reads the answer to [`LEAVE`]; `None` if the document was being replaced.
pub(super) fn address(value: &Value) -> Option<&str> {
    value.get("address")?.as_str()
}

/// Loads the current document afresh at an address that differs from its own in the fragment at most. Navigating there
/// would stay in the old document, and a refresh sent after it can be lost (seen: one overtakes the other).
pub(super) const RELOAD: &str =
    "history.replaceState(null, '', arguments[0]); location.reload(); return { reloading: true };";

/// The same without the loading.
pub(super) const REPLACE: &str = "history.replaceState(null, '', arguments[0]); return { replaced: true };";

/// Wraps a script (`arguments[0]`: its own argument, `arguments[1]`: whether a navigation is under way, in which neither
/// the document that was left, nor the blank one that comes first in a new process, nor one without a body yet may
/// answer). The result
/// is boxed, so that a `null` of the script is not the `null` of Firefox, and half characters in it (an emoji that the
/// page cut in two) become U+FFFD: they have no form in UTF-8, so the whole answer would be lost.
pub(super) fn guarded(script: &str) -> String {
    format!(
        "const at = document.documentURI;
const begun = document.body || document.readyState !== 'loading';
if (arguments[1] && (document[Symbol.for('left')] || at === 'about:blank' || !begun)) return {{ early: true }};
if (/^about:(net|cert|httpsonly)?error/.test(at)) return {{ error: at }};
const whole = value => {{
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(whole);
  if (Object.prototype.toString.call(value) !== '[object Object]') return value;
  return Object.fromEntries(Object.entries(value).map(([key, value]) => [whole(key), whole(value)]));
}};
const boxed = value => ({{ value: whole(value) }});
const value = (function () {{
{script}
}}).call(this, arguments[0]);
return value && typeof value.then === 'function' ? value.then(boxed) : boxed(value);"
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

/// Whether a script's error says that its document went away, and nothing of the script itself: it was cut off, or
/// (Firefox out of words, seen on a document that had only just begun) could not be put into the page at all.
pub(super) fn is_interruption(message: &str) -> bool {
    message.contains("Document was unloaded")
        || (message.starts_with("[Exception") && message.contains("evalInSandbox"))
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
        assert!(matches!(answer(json!({ "early": true })), Err(BrowserError::Interrupted { .. })));
        let error = answer(
            json!({ "error": "about:neterror?e=connectionFailure&u=http%3A//127.0.0.1%3A9/&c=UTF-8" }),
        );
        let error = error.expect_err("an error page");
        assert_eq!(error.to_string(), "load http://127.0.0.1:9/: connectionFailure");
        assert_eq!(error.reason(), "console_down");
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

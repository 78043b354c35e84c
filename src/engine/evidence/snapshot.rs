//! What the page's script took of its nodes, written as HTML that can be passed on, and in which the map's elements are
//! still found: without secrets and other people, without scripts, styles and addresses of files.

use serde::Deserialize;
use serde_json::Value;

use super::redact::{Kept, Redactor};

/// A snapshot as the page's script took it (`runner/page/snapshot.js`): people and secrets are in it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Taken {
    title: String,
    path: String,
    language: String,
    body: Value,
    cut: bool,
    /// Whom the page shows.
    pub(super) people: Vec<Shown>,
    /// What it keeps of its session, and what was typed into password fields.
    pub(super) secrets: Vec<String>,
}

/// Somebody the page shows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
}

/// Elements without an end.
const VOID: [&str; 9] = ["area", "br", "col", "hr", "img", "input", "source", "track", "wbr"];
/// Elements that no snapshot needs, whatever the page says that it has.
const NEVER: [&str; 9] =
    ["script", "style", "link", "meta", "base", "object", "embed", "template", "noscript"];
/// Attributes that may run or fetch something.
const NO_ATTRIBUTES: [&str; 6] = ["src", "srcset", "srcdoc", "action", "formaction", "nonce"];
/// What an attribute is called whose value is a secret as a whole.
const SECRET: [&str; 9] =
    ["token", "csrf", "xsrf", "secret", "passw", "session", "cookie", "apikey", "credential"];
/// Nothing is loaded or run by a snapshot, whatever got into it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'";

/// The snapshot as a page of its own.
pub(super) fn to_html(taken: &Taken, redactor: &Redactor, kept: &Kept) -> String {
    let mut writer = Writer { redactor, kept, html: String::new() };
    writer.html.push_str("<!doctype html>\n<html");
    writer.attribute("lang", &taken.language);
    writer.html.push_str("><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\"");
    writer.attribute("content", POLICY);
    writer.html.push_str("><meta name=\"page\"");
    writer.attribute("content", &taken.path);
    writer.html.push_str("><title>");
    writer.text(&taken.title);
    writer.html.push_str("</title></head>\n");
    writer.node(&taken.body);
    if taken.cut {
        writer.html.push_str("\n<!-- the page has more nodes than a snapshot holds -->");
    }
    writer.html.push_str("</html>\n");
    writer.html
}

struct Writer<'a> {
    redactor: &'a Redactor,
    kept: &'a Kept,
    html: String,
}

impl Writer<'_> {
    fn node(&mut self, node: &Value) {
        if let Value::String(text) = node {
            return self.text(text);
        }
        let Some([tag, attributes, children, more]) = node.as_array().map(Vec::as_slice) else { return };
        let Some(tag) = tag.as_str().filter(|tag| is_name(tag) && !NEVER.contains(tag)) else { return };
        self.html.push('<');
        self.html.push_str(tag);
        for (name, value) in attributes.as_object().into_iter().flatten() {
            if let Some(value) = value.as_str() {
                self.attribute_of_page(name, value);
            }
        }
        if !more["frame"].is_null() {
            let mut inside = Writer { html: String::new(), ..*self };
            inside.nodes(&more["frame"]);
            // What is in it is redacted already; only its signs are still to be escaped.
            self.html.push_str(&format!(" srcdoc=\"{}\"", escaped(&inside.html)));
        }
        self.html.push('>');
        if !more["shadow"].is_null() {
            self.html.push_str("<template shadowrootmode=\"open\">");
            self.nodes(&more["shadow"]);
            self.html.push_str("</template>");
        }
        if VOID.contains(&tag) {
            return;
        }
        self.nodes(children);
        self.html.push_str(&format!("</{tag}>"));
    }

    fn nodes(&mut self, nodes: &Value) {
        for node in nodes.as_array().into_iter().flatten() {
            self.node(node);
        }
    }

    fn text(&mut self, text: &str) {
        let text = self.redactor.text(text, self.kept);
        self.html.push_str(&escaped(&text));
    }

    fn attribute_of_page(&mut self, name: &str, value: &str) {
        let is_unwanted = name.starts_with("on") || NO_ATTRIBUTES.contains(&name);
        // A name of an attribute that tells somebody is left out with it.
        if is_unwanted || !is_name(name) || self.redactor.text(name, self.kept) != name {
            return;
        }
        let is_secret = SECRET.iter().any(|word| name.contains(word)) && !name.starts_with("aria-");
        let value = if is_secret { self.redactor.whole(value) } else { value.to_owned() };
        self.attribute(name, &value);
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let value = self.redactor.text(value, self.kept);
        self.html.push_str(&format!(" {name}=\"{}\"", escaped(&value)));
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | ':' | '.'))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\0' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::pseudonym::Key;
    use super::*;

    fn html(body: Value) -> String {
        let mut redactor = Redactor::new(Key::of_test(1), ["Remove member".to_owned()]);
        redactor.learn_secret("hunter2-and-more");
        redactor.learn_person(Some("bo@acme.example"), Some("Bo <b>Lund"));
        redactor.learn_person(Some("ann@acme.example"), Some("Ann Lee"));
        let kept = redactor.keep(["ann@acme.example"]);
        to_html(&Taken { body, ..Taken::default() }, &redactor, &kept)
    }

    #[test]
    fn the_person_it_is_about_stays_and_all_others_go() {
        let text = html(json!(["body", {}, [
            ["tr", { "data-who": "ann@acme.example" }, ["Ann Lee"], {}],
            ["tr", { "data-who": "bo@acme.example", "title": "Bo <b>Lund", "data-bo": "1" }, ["Bo <b>Lund", ["button", {}, ["Remove member"], {}]], {}],
        ], {}]));
        assert!(text.contains("<tr data-who=\"ann@acme.example\">Ann Lee</tr>"), "{text}");
        assert!(text.contains("<button>Remove member</button>"), "{text}");
        assert!(!text.contains("bo@") && !text.contains("Lund") && !text.contains("Bo "), "{text}");
        assert!(text.contains(" &lt;") && text.contains("&gt;"), "its shape stays, and is harmless: {text}");
    }

    #[test]
    fn what_runs_or_fetches_or_is_secret_is_not_written() {
        let text = html(json!(["body", { "onload": "alert(1)" }, [
            ["script", {}, ["alert(2)"], {}],
            ["img", { "src": "https://elsewhere.example/", "alt": "hunter2-and-more" }, [], {}],
            ["div", { "data-csrf-token": "zuzu", "x\"y": "1", "data-a": "\"><script>alert(3)</script>" }, [], {}],
            ["sc<ript", {}, ["alert(4)"], {}],
        ], {}]));
        for gone in ["alert(1)", "alert(2)", "alert(4)", "elsewhere", "hunter2", "zuzu", "x\"y", "<script"] {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
    }

    #[test]
    fn shadow_roots_and_frames_are_in_it() {
        let text = html(json!(["body", {}, [
            ["my-box", {}, ["light"], { "shadow": [["b", {}, ["dark"], {}]] }],
            ["iframe", {}, [], { "frame": [["p", { "title": "a\"b" }, ["bo@acme.example"], {}]] }],
        ], {}]));
        assert!(
            text.contains("<my-box><template shadowrootmode=\"open\"><b>dark</b></template>light</my-box>"),
            "{text}"
        );
        assert!(
            text.contains("srcdoc=\"&lt;p title=&quot;a&amp;quot;b&quot;&gt;") && !text.contains("bo@"),
            "{text}"
        );
    }
}

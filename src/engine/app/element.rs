//! [`Element`]: how one thing on a page is found and read, and the form of it that the page's script gets.

use serde_json::{Map as Object, Value, json};

use super::text::{Fill, MissingPlaceholder, Pattern, Text};

/// A thing on a page that has a name in the map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Element {
    /// The ways to find it, best first.
    pub find: Vec<Candidate>,
    /// What of it is its value.
    pub read: ReadAs,
    /// The key `match`: group 1 is the value; where the pattern is not found, there is none.
    pub pattern: Option<Pattern>,
    /// What stands between several values.
    pub split: Option<String>,
    /// Values that mean "nothing".
    pub blank: Vec<String>,
    /// The value when there is no such element.
    pub absent: Option<String>,
    /// The value is a date.
    pub date: bool,
    /// What to click when the element itself takes no value.
    pub opens: Vec<Candidate>,
    /// One option, once the element is open.
    pub options: Vec<Candidate>,
    /// What is typed between several values, and after each that becomes a chip.
    pub sep: Option<Separator>,
    /// What the control shows of each value it has taken; any number of them.
    pub chips: Vec<Candidate>,
    /// It is a row of inputs, each of which takes one character.
    pub cells: bool,
}

/// What stands between the values of a field that takes several (F10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Separator {
    /// The key Enter: each value is a line of its own.
    Enter,
    /// The key Tab.
    Tab,
    /// Commas, semicolons and spaces, which no address holds.
    Text(String),
}

impl Separator {
    /// Reads `Enter`, `Tab`, or what is typed.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "Enter" => Some(Self::Enter),
            "Tab" => Some(Self::Tab),
            "" => None,
            text => text.chars().all(|c| ",; ".contains(c)).then(|| Self::Text(text.to_owned())),
        }
    }

    /// What the field itself holds between two values.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Enter => "\n",
            Self::Tab => "\t",
            Self::Text(text) => text,
        }
    }
}

/// What of an element is its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ReadAs {
    /// Its text; for a form control its value.
    #[default]
    Text,
    /// Its value.
    Value,
    /// This attribute.
    Attribute(String),
    /// Whether it is ticked.
    Checked,
    /// The labels of the chosen options.
    Options,
    /// How many there are.
    Count,
}

impl ReadAs {
    /// Reads the word used in maps.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "text" => Some(Self::Text),
            "value" => Some(Self::Value),
            "checked" => Some(Self::Checked),
            "options" => Some(Self::Options),
            "count" => Some(Self::Count),
            _ => {
                let name = word.strip_prefix("attr:")?;
                let usual = |c: char| c.is_ascii_alphanumeric() || "-_:".contains(c);
                (!name.is_empty() && name.chars().all(usual)).then(|| Self::Attribute(name.to_owned()))
            }
        }
    }

    /// The word used in maps.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Value => "value".to_owned(),
            Self::Attribute(name) => format!("attr:{name}"),
            Self::Checked => "checked".to_owned(),
            Self::Options => "options".to_owned(),
            Self::Count => "count".to_owned(),
        }
    }
}

/// One way to find an element: all that is given has to hold (F21).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidate {
    /// The ARIA role.
    pub role: Option<String>,
    /// The accessible name.
    pub name: Option<Text>,
    /// The label of a form control.
    pub label: Option<Text>,
    /// The innermost element with this text.
    pub text: Option<Text>,
    /// The placeholder of an input.
    pub placeholder: Option<Text>,
    /// The title attribute.
    pub title: Option<Text>,
    /// The alternative text of a picture.
    pub alt: Option<Text>,
    /// The map's test attribute.
    pub test_id: Option<Text>,
    /// The cell under this column header, inside a row.
    pub column: Option<Text>,
    /// A CSS selector.
    pub css: Option<String>,
    /// An XPath expression.
    pub xpath: Option<String>,
    /// It contains this text.
    pub has: Option<Text>,
    /// It is inside this.
    pub within: Option<Within>,
}

/// What a candidate is inside of.
#[derive(Clone, Debug, PartialEq)]
pub enum Within {
    /// The root of this area.
    Area(String),
    /// What this finds.
    Candidate(Box<Candidate>),
}

impl Element {
    /// What stands between the braces of each placeholder of its candidates.
    #[must_use]
    pub fn placeholders(&self) -> Vec<&str> {
        let of_match = self.pattern.iter().flat_map(|pattern| pattern.placeholders());
        self.candidates().flat_map(Candidate::placeholders).chain(of_match).collect()
    }

    /// It has a reading key, or a candidate by column: it is there to be read.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        self.find.iter().any(|candidate| candidate.column.is_some())
            || self.read != ReadAs::Text
            || self.pattern.is_some()
            || self.split.is_some()
            || self.absent.is_some()
            || !self.blank.is_empty()
            || self.date
    }

    /// For the page: `find` (candidates), `read`, and where given `match`, `split`, `blank`, `absent`, `opens`,
    /// `options`, `sep`, `chips`, `cells`.
    ///
    /// # Errors
    /// A placeholder that is not known.
    pub fn to_json(&self, fill: Fill<'_>) -> Result<Value, MissingPlaceholder> {
        let mut object = Object::new();
        object.insert("find".to_owned(), all_to_json(&self.find, fill)?);
        object.insert("read".to_owned(), json!(self.read.word()));
        if let Some(pattern) = &self.pattern {
            object.insert("match".to_owned(), pattern.to_json(fill)?);
        }
        if let Some(split) = &self.split {
            object.insert("split".to_owned(), json!(split));
        }
        if !self.blank.is_empty() {
            object.insert("blank".to_owned(), json!(self.blank));
        }
        if let Some(absent) = &self.absent {
            object.insert("absent".to_owned(), json!(absent));
        }
        if let Some(sep) = &self.sep {
            object.insert("sep".to_owned(), json!(sep.text()));
        }
        if self.cells {
            object.insert("cells".to_owned(), json!(true));
        }
        for (key, candidates) in [("opens", &self.opens), ("options", &self.options), ("chips", &self.chips)]
        {
            if !candidates.is_empty() {
                object.insert(key.to_owned(), all_to_json(candidates, fill)?);
            }
        }
        Ok(Value::Object(object))
    }

    /// Every candidate, those of the writing keys included.
    pub(super) fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.find.iter().chain(&self.opens).chain(&self.options).chain(&self.chips)
    }
}

impl Candidate {
    /// For the page: the keys as in a map, texts as `{"is": …}` or `{"re": …, "flags": …}`, `within` as
    /// `{"area": name}` or `{"candidate": {…}}`.
    ///
    /// # Errors
    /// A placeholder that is not known.
    pub fn to_json(&self, fill: Fill<'_>) -> Result<Value, MissingPlaceholder> {
        let mut object = Object::new();
        for (key, text) in self.texts() {
            if let Some(text) = text {
                object.insert(key.to_owned(), text.to_json(fill)?);
            }
        }
        for (key, text) in [("role", &self.role), ("css", &self.css), ("xpath", &self.xpath)] {
            if let Some(text) = text {
                object.insert(key.to_owned(), json!(text));
            }
        }
        match &self.within {
            Some(Within::Area(area)) => {
                object.insert("within".to_owned(), json!({ "area": area }));
            }
            Some(Within::Candidate(candidate)) => {
                object.insert("within".to_owned(), json!({ "candidate": candidate.to_json(fill)? }));
            }
            None => {}
        }
        Ok(Value::Object(object))
    }

    /// Its texts by their key.
    pub(super) fn texts(&self) -> [(&'static str, Option<&Text>); 9] {
        [
            ("name", self.name.as_ref()),
            ("label", self.label.as_ref()),
            ("text", self.text.as_ref()),
            ("placeholder", self.placeholder.as_ref()),
            ("title", self.title.as_ref()),
            ("alt", self.alt.as_ref()),
            ("test_id", self.test_id.as_ref()),
            ("column", self.column.as_ref()),
            ("has", self.has.as_ref()),
        ]
    }

    /// What stands between the braces of each placeholder, those of `within` included.
    pub(super) fn placeholders(&self) -> Vec<&str> {
        let mut names: Vec<_> =
            self.texts().into_iter().filter_map(|(_, text)| text).flat_map(Text::placeholders).collect();
        if let Some(Within::Candidate(candidate)) = &self.within {
            names.extend(candidate.placeholders());
        }
        names
    }
}

fn all_to_json(candidates: &[Candidate], fill: Fill<'_>) -> Result<Value, MissingPlaceholder> {
    candidates
        .iter()
        .map(|candidate| candidate.to_json(fill))
        .collect::<Result<Vec<_>, _>>()
        .map(Value::Array)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> Option<Text> {
        Some(Text::parse(source).unwrap())
    }

    #[test]
    fn a_separator_is_nothing_an_address_may_hold() {
        assert_eq!(Separator::parse("Enter").map(|sep| sep.text().to_owned()), Some("\n".to_owned()));
        assert_eq!(Separator::parse(", "), Some(Separator::Text(", ".to_owned())));
        for no in ["", "and", "|", "-", ",a"] {
            assert_eq!(Separator::parse(no), None, "{no:?}");
        }
    }

    #[test]
    fn the_page_gets_what_the_map_says() {
        let element = Element {
            find: vec![Candidate {
                role: Some("button".to_owned()),
                name: text("/^remove {email}/i"),
                within: Some(Within::Candidate(Box::new(Candidate {
                    css: Some("tr".to_owned()),
                    ..Candidate::default()
                }))),
                ..Candidate::default()
            }],
            pattern: Some(Pattern::parse("/(.+)/").unwrap()),
            blank: vec!["-".to_owned()],
            sep: Some(Separator::Enter),
            chips: vec![Candidate { css: Some(".chip".to_owned()), ..Candidate::default() }],
            options: vec![Candidate {
                within: Some(Within::Area("menu".to_owned())),
                ..Candidate::default()
            }],
            ..Element::default()
        };
        let fill = |name: &str| (name == "email").then(|| "a@x.com".to_owned());
        assert_eq!(
            element.to_json(&fill).unwrap(),
            json!({
                "find": [{
                    "role": "button",
                    "name": { "re": r"^remove a@x\.com", "flags": "i" },
                    "within": { "candidate": { "css": "tr" } },
                }],
                "read": "text",
                "match": { "re": "(.+)", "flags": "" },
                "blank": ["-"],
                "options": [{ "within": { "area": "menu" } }],
                "sep": "\n",
                "chips": [{ "css": ".chip" }],
            })
        );
        assert_eq!(element.to_json(&|_| None), Err(MissingPlaceholder("email".to_owned())));
    }
}

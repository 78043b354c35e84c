//! [`Email`]: the one key of a person, normalised so that two spellings of one address are equal.

use std::fmt;

/// A mail address in its one normal form: trimmed, lower case, the domain as IDNA in ASCII.
///
/// The part before the `@` has to be plain ASCII. Consoles show addresses that differ by a letter of another
/// alphabet alike, and a person taken for another is the worst that can happen here; a row with such an
/// address is listed as one without address and left alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// Why a text is no mail address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing but white space.
    #[error("the address is empty")]
    Empty,
    /// No `@`, or more than one.
    #[error("`{0}` needs exactly one @")]
    At(String),
    /// The part before the `@` is empty, too long, or has a character we do not take.
    #[error("`{0}` has nothing usable before the @ (letters, digits and .!#$%&'*+/=?^_`{{|}}~- in ASCII)")]
    Local(String),
    /// The part after the `@` is no internet domain.
    #[error("`{0}` has no valid domain after the @")]
    Domain(String),
}

impl Email {
    /// Reads an address and normalises it.
    ///
    /// # Errors
    /// Anything that is not `local@domain.tld`, comments, quotes and display names included.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        let shown = || text.chars().flat_map(char::escape_default).take(320).collect::<String>();
        let (local, domain) = text.split_once('@').ok_or_else(|| EmailError::At(shown()))?;
        if domain.contains('@') {
            return Err(EmailError::At(shown()));
        }
        if !is_local(local) {
            return Err(EmailError::Local(shown()));
        }
        let domain = ascii_domain(domain).ok_or_else(|| EmailError::Domain(shown()))?;
        Ok(Self(format!("{}@{domain}", local.to_ascii_lowercase())))
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

fn is_local(local: &str) -> bool {
    let usual = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    (1..=64).contains(&local.len())
        && local.chars().all(usual)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
}

fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    (ascii.contains('.') && ascii.split('.').all(|label| !label.is_empty())).then_some(ascii)
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(Email::parse(text).ok().as_ref().map(Email::as_str), expected, "{text:?}");
    }

    #[test]
    fn spellings_of_one_address_are_equal() {
        check(" Anna.Berg@Example.COM\n", Some("anna.berg@example.com"));
        check("anna+news@example.com", Some("anna+news@example.com"));
        check("anna@BÜCHER.example", Some("anna@xn--bcher-kva.example"));
        check("anna@xn--bcher-kva.example", Some("anna@xn--bcher-kva.example"));
    }

    #[test]
    fn what_is_no_address_is_an_error() {
        for text in [
            "",
            "  ",
            "anna",
            "@example.com",
            "anna@",
            "anna@example",
            "a@b@example.com",
            "anna@.com",
            "anna@a..com",
            "an na@example.com",
            "anna@exa mple.com",
            "Anna <anna@example.com>",
            "\u{430}nna@example.com",
            "anna\u{200b}@example.com",
            ".anna@example.com",
            "an..na@example.com",
            "\"anna\"@example.com",
            "anna@example.com.",
            "anna@[127.0.0.1]",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn an_error_shows_control_characters_escaped() {
        let error = Email::parse("an\u{1b}[31mna").unwrap_err();
        assert_eq!(error.to_string(), "`an\\u{1b}[31mna` needs exactly one @");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_normal_form_is_stable(text in "[A-Za-z0-9.+_-]{1,10}@[A-Za-zäöü0-9-]{1,10}\\.[a-z]{2,5}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
                prop_assert_eq!(Email::parse(&text.to_uppercase()), Ok(email));
            }
        }
    }
}

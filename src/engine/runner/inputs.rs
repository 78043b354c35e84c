//! What the placeholders of a flow stand for. Secrets are kept apart: they can be typed, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::engine::account::SecondFactor;
use crate::engine::app::{MissingPlaceholder, RoleWords, Template};

/// The values of a flow's placeholders.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    values: BTreeMap<String, String>,
    secrets: BTreeMap<String, SecretString>,
    /// The roles wanted: one, or several where somebody may hold several.
    roles: Vec<RoleWords>,
    /// Where `{totp}` comes from: each code is made when it is typed.
    second_factor: Option<Arc<SecondFactor>>,
}

/// A value to be typed or chosen.
pub(crate) struct Filled {
    pub(crate) text: SecretString,
    pub(crate) is_secret: bool,
}

impl Filled {
    pub(crate) fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}

impl Inputs {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a value for `{name}`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }

    /// With a secret for `{name}`.
    #[must_use]
    pub fn with_secret(mut self, name: &str, value: SecretString) -> Self {
        self.secrets.insert(name.to_owned(), value);
        self
    }

    /// With `{totp}`, from this second factor.
    #[must_use]
    pub(crate) fn with_second_factor(mut self, second_factor: Option<Arc<SecondFactor>>) -> Self {
        self.second_factor = second_factor;
        self
    }

    pub(crate) fn second_factor(&self) -> Option<Arc<SecondFactor>> {
        self.second_factor.clone()
    }

    pub(crate) fn has_code(&self) -> bool {
        self.secrets.contains_key("totp")
    }

    /// Sets `{totp}` to a code that is good now.
    pub(crate) fn set_code(&mut self, code: SecretString) {
        self.secrets.insert("totp".to_owned(), code);
    }

    /// With `{role}`: the console's word for it, `{role.KEY}` its further keys, and `{roles}`: this one and no other.
    #[must_use]
    pub fn with_role(mut self, role: &RoleWords) -> Self {
        if let Some(word) = role.word() {
            self.values.insert("role".to_owned(), word.to_owned());
            self.values.insert("roles".to_owned(), word.to_owned());
        }
        for (key, value) in &role.fields {
            self.values.insert(format!("role.{key}"), value.clone());
        }
        self.roles = vec![role.clone()];
        self
    }

    /// With `{member.COLUMN}` for every cell as last read.
    #[must_use]
    pub fn with_member(mut self, cells: &BTreeMap<String, String>) -> Self {
        for (column, value) in cells {
            self.values.insert(format!("member.{column}"), value.clone());
        }
        self
    }

    /// The value of a placeholder that is not secret.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned()
    }

    /// What must not be told anywhere.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        self.secrets.values()
    }

    /// Fills a template that must not hold secrets.
    pub(crate) fn fill(&self, template: &Template) -> Result<String, MissingPlaceholder> {
        template.fill(&|name| self.get(name))
    }

    /// Fills a template that may hold secrets.
    pub(crate) fn fill_any(&self, template: &Template) -> Result<Filled, MissingPlaceholder> {
        let is_secret = template.names().iter().any(|name| self.secrets.contains_key(*name));
        let text = template.fill(&|name| {
            self.secrets.get(name).map(|secret| secret.expose_secret().to_owned()).or_else(|| self.get(name))
        })?;
        Ok(Filled { text: text.into(), is_secret })
    }

    /// The texts that count as the chosen value: for `{role}` every word the map knows for the role (F9).
    pub(crate) fn accepted(&self, template: &Template) -> Result<Vec<Value>, MissingPlaceholder> {
        match self.roles.as_slice() {
            [role] if template.as_str().trim() == "{role}" => self.words_of(role),
            _ => Ok(vec![json!({ "is": self.fill(template)? })]),
        }
    }

    /// The same of a control that takes several, each with the texts that count as it; `None` where one is wanted.
    pub(crate) fn accepted_set(
        &self,
        template: &Template,
    ) -> Result<Option<Vec<Vec<Value>>>, MissingPlaceholder> {
        if template.as_str().trim() != "{roles}" {
            return Ok(None);
        }
        if self.roles.is_empty() {
            return Err(MissingPlaceholder("roles".to_owned()));
        }
        self.roles.iter().map(|role| self.words_of(role)).collect::<Result<_, _>>().map(Some)
    }

    fn words_of(&self, role: &RoleWords) -> Result<Vec<Value>, MissingPlaceholder> {
        role.words.iter().map(|word| word.to_json(&|name| self.get(name))).collect()
    }
}

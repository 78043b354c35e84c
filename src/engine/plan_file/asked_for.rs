//! A request as a part of a plan's file.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::parts::email;
use crate::domain::{Email, Newcomer, Request, RoleId};

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestPart {
    /// `invite`, `import`, `change_role`, `resend`, `cancel_invite`, `deactivate`, `reactivate` or `remove`.
    pub operation: String,
    /// Whom, in the order asked for, each once; nobody where the list tells who they are.
    pub people: Vec<AskedPart>,
    /// The role that all of them shall have, of `invite` and `change_role`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Everybody whose invitation is at least so many seconds old, of `resend`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub older_than_s: Option<u64>,
}

/// Somebody whom it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedPart {
    /// The address.
    pub email: String,
    /// The role, of `import`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What they are called, of `import`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl RequestPart {
    /// Of a request.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        let (mut people, mut seen) = (Vec::new(), BTreeSet::new());
        for email in request.emails().iter().filter(|email| seen.insert(*email)) {
            let newcomer = match request {
                Request::Import { people, .. } => people.get(email),
                _ => None,
            };
            people.push(AskedPart {
                email: email.to_string(),
                role: newcomer.map(|newcomer| newcomer.role.as_str().to_owned()),
                name: newcomer.and_then(|newcomer| newcomer.name.clone()),
            });
        }
        let (role, older_than_s) = match request {
            Request::Invite { role, .. } | Request::SetRole { role, .. } => {
                (Some(role.as_str().to_owned()), None)
            }
            Request::ResendOlder { than } => (None, Some(than.as_secs())),
            _ => (None, None),
        };
        Self { operation: request.operation().to_owned(), people, role, older_than_s }
    }

    /// The request.
    pub(super) fn request(&self) -> Result<Request, String> {
        let emails: Vec<Email> =
            self.people.iter().map(|person| email(&person.email)).collect::<Result<_, _>>()?;
        let role = self.role.as_ref().map(RoleId::new);
        let no_request = || format!("{:?} with these people and roles is no request", self.operation);
        let is_import = self.operation == "import";
        let has_own = self.people.iter().any(|person| person.role.is_some() || person.name.is_some());
        if has_own && !is_import {
            return Err(no_request());
        }
        let request = match (self.operation.as_str(), role, self.older_than_s) {
            ("invite", Some(role), None) => Request::Invite { emails, role },
            ("change_role", Some(role), None) => Request::SetRole { emails, role },
            ("import", None, None) => {
                let newcomer = |(email, part): (&Email, &AskedPart)| {
                    let role = RoleId::new(part.role.as_ref()?);
                    Some((email.clone(), Newcomer { role, name: part.name.clone() }))
                };
                let people = emails.iter().zip(&self.people).map(newcomer).collect::<Option<_>>();
                Request::Import { people: people.ok_or_else(no_request)?, emails }
            }
            ("resend", None, Some(seconds)) if emails.is_empty() => {
                Request::ResendOlder { than: Duration::from_secs(seconds) }
            }
            ("resend", None, None) => Request::Resend { emails },
            ("cancel_invite", None, None) => Request::CancelInvite { emails },
            ("deactivate", None, None) => Request::Deactivate { emails },
            ("reactivate", None, None) => Request::Reactivate { emails },
            ("remove", None, None) => Request::Remove { emails },
            _ => return Err(no_request()),
        };
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn people() -> Vec<Email> {
        ["ann@example.com", "bo@example.com"].map(|text| email(text).unwrap()).into()
    }

    #[test]
    fn every_request_is_read_back_as_it_was() {
        let emails = people;
        let newcomer = |role: &str, name: Option<&str>| Newcomer {
            role: RoleId::new(role),
            name: name.map(str::to_owned),
        };
        let role = || RoleId::new("editor");
        let each = [newcomer("editor", Some("Ann, \"Lee\"")), newcomer("viewer", None)];
        let requests = [
            Request::Invite { emails: emails(), role: role() },
            Request::Import { emails: emails(), people: emails().into_iter().zip(each).collect() },
            Request::SetRole { emails: emails(), role: role() },
            Request::Resend { emails: emails() },
            Request::ResendOlder { than: Duration::from_secs(604_800) },
            Request::CancelInvite { emails: emails() },
            Request::Deactivate { emails: emails() },
            Request::Reactivate { emails: emails() },
            Request::Remove { emails: emails() },
        ];
        for request in requests {
            let text = serde_json::to_string(&RequestPart::of(&request)).unwrap();
            let back: RequestPart = serde_json::from_str(&text).unwrap();
            assert_eq!(back.request(), Ok(request), "{text}");
        }
        let twice = Request::Remove { emails: [people(), people()].concat() };
        assert_eq!(RequestPart::of(&twice).request(), Ok(Request::Remove { emails: people() }));
    }

    #[test]
    fn what_is_no_request_is_told_as_that() {
        let ann = json!([{ "email": "ann@example.com" }]);
        for wrong in [
            json!({ "operation": "sing", "people": ann }),
            json!({ "operation": "invite", "people": ann }),
            json!({ "operation": "import", "people": ann }),
            json!({ "operation": "remove", "people": ann, "role": "editor" }),
            json!({ "operation": "remove", "people": [{ "email": "ann@example.com", "role": "editor" }] }),
            json!({ "operation": "remove", "people": [{ "email": "ann" }] }),
            json!({ "operation": "resend", "people": ann, "older_than_s": 60 }),
            json!({ "operation": "remove", "people": [], "older_than_s": 60 }),
        ] {
            let part: RequestPart = serde_json::from_value(wrong.clone()).unwrap();
            assert!(part.request().is_err(), "{wrong}");
        }
    }
}

//! One customer's account of an app, with everything the configuration says about it, resolved.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use url::{Host, Url};

use super::account::KeySource;
use super::app::App;
use super::secret::SecretSource;
use crate::domain::email::Email;
use crate::domain::member::RoleId;
use crate::domain::policy::Policy;
use crate::domain::price::Prices;
use crate::domain::roster::RosterRules;
use crate::domain::scope::{Leavers, Scope};

/// A workspace to be managed.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Its name in the configuration.
    pub name: String,
    /// What is known of its console.
    pub app: Arc<App>,
    /// Where its console is; addresses of the map are relative to it.
    pub url: Url,
    /// The account that signs in, and that is never changed by itself.
    pub account: Account,
    /// What becomes of its sessions.
    pub sessions: Sessions,
    /// Values for the map's `params`.
    pub params: BTreeMap<String, String>,
    /// What its owner decided of the map's `choices`; what is not there is not decided.
    pub choices: BTreeMap<String, String>,
    /// The limits of its owner.
    pub policy: Policy,
    /// What a roster says, and what it does not.
    pub rostered: Rostered,
    /// What its seats cost, if its owner wrote that down. They allow and want nothing, so they are no part of the policy.
    pub prices: Option<Prices>,
    /// How long a run may take.
    pub deadline: Duration,
    /// The least time between two changes ([`pace`](super::pace)).
    pub pace: Duration,
    /// A picture of the whole page on failure, not only of what was proven (`evidence.pictures = "page"`).
    pub whole_pages: bool,
}

/// How a roster is understood.
#[derive(Clone, Debug)]
pub struct Rostered {
    /// What must hold of it.
    pub rules: RosterRules,
    /// Whom it speaks for.
    pub scope: Scope,
    /// What becomes of those it no longer names. A role in it is the configuration's word until the app is known.
    pub leavers: Leavers,
    /// The role of newcomers of whom it says none.
    pub default_role: Option<RoleId>,
    /// For how long a plan may be carried out; a day.
    pub plan_expires: Duration,
    /// `--yes` approves, where nobody is asked.
    pub yes_approves: bool,
}

impl Default for Rostered {
    fn default() -> Self {
        Self {
            rules: RosterRules::default(),
            scope: Scope::default(),
            leavers: Leavers::default(),
            default_role: None,
            plan_expires: Duration::from_secs(24 * 3600),
            yes_approves: false,
        }
    }
}

/// The account a workspace is managed with.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its address; also who "oneself" is.
    pub email: Email,
    /// Where its password is; none where only a person signs in (`login`).
    pub password: Option<SecretSource>,
    /// Where the secret of its second factor is (TOTP), if it has one: in base32, or as an `otpauth://totp/` address.
    pub totp: Option<SecretSource>,
}

/// Whether a session is used again by the next run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// The key of this machine: sessions are kept under it, and a refused password is known again by it.
    pub key: KeySource,
    /// They are kept.
    pub are_kept: bool,
}

/// The address is one of this machine, where practice consoles are; never one of a vendor.
#[must_use]
pub fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

impl Workspace {
    /// The role a person means by this word: its id, or one of the console's own words for it.
    #[must_use]
    pub fn role(&self, word: &str) -> Option<RoleId> {
        let by_id =
            self.app.map.roles.iter().find(|known| known.role.id.as_str().eq_ignore_ascii_case(word.trim()));
        by_id.or_else(|| self.app.map.role_of(word)).map(|known| known.role.id.clone())
    }

    /// The ids of the roles there are, highest first.
    #[must_use]
    pub fn role_names(&self) -> Vec<&str> {
        self.app.map.roles.iter().map(|known| known.role.id.as_str()).collect()
    }
}

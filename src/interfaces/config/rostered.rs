//! The tables `roster`, `scope`, `leaver` and `approval` of a workspace: how a roster is understood, for whom, and what of
//! its plans somebody has to approve.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::file::{count, email, path};
use crate::domain::{Approval, Email, Leave, Leavers, RoleId, RosterRules, Scope};
use crate::engine::app::node::Node;
use crate::engine::app::problem::Hint;
use crate::engine::app::reader::Table;
use crate::engine::deadline::in_words;
use crate::engine::workspace::{Rostered, Workspace};

/// What the file says; roles are words until the app is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Spelt {
    /// Where the roster is, if the command line names none.
    pub(super) file: Option<PathBuf>,
    pub(super) rules: RosterRules,
    pub(super) default_role: Option<String>,
    pub(super) scope: Scope,
    pub(super) step: Step,
    pub(super) leaver_role: Option<String>,
    pub(super) grace_days: u32,
    /// For how long a plan stands, if it is said.
    pub(super) plan_expires: Option<Duration>,
    /// What has to be approved beside what is anyway.
    pub(super) needs_approval: BTreeSet<Approval>,
    pub(super) yes_approves: bool,
}

/// The last step with a leaver, as the file says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Step {
    #[default]
    Report,
    Downgrade,
    Deactivate,
    Remove,
}

impl Step {
    const WORDS: [(&'static str, Self); 4] = [
        ("report", Self::Report),
        ("downgrade", Self::Downgrade),
        ("deactivate", Self::Deactivate),
        ("remove", Self::Remove),
    ];
}

/// A role that the app does not have: the key it stands under, and the word.
pub(super) struct NoRole {
    pub(super) key: &'static str,
    pub(super) word: String,
}

pub(super) fn spelt(table: &mut Table<'_>, folder: &Path) -> Spelt {
    let mut spelt = Spelt::default();
    if let Some(mut roster) = table.take("roster").and_then(|node| node.table("`roster`")) {
        spelt.file = roster.take("file").and_then(|node| path(&node, folder));
        spelt.rules.max_age_hours =
            roster.take("max_age").and_then(|node| hours(&node)).unwrap_or(spelt.rules.max_age_hours);
        spelt.rules.max_shrink_percent = roster
            .take("max_shrink")
            .and_then(|node| count(&node, 0, 100))
            .unwrap_or(spelt.rules.max_shrink_percent);
        spelt.default_role = roster.take("default_role").and_then(|node| word(&node));
        spelt.plan_expires = roster.take("plan_expires").and_then(|node| node.duration());
        roster.finish();
    }
    if let Some(mut scope) = table.take("scope").and_then(|node| node.table("`scope`")) {
        let domains = scope.take("domains").map(|node| node.each(domain)).unwrap_or_default();
        let adopted = scope.take("adopted").map(|node| node.each(email)).unwrap_or_default();
        spelt.scope =
            Scope { domains: domains.into_iter().collect(), adopted: adopted.into_iter().collect() };
        scope.finish();
    }
    if let Some(mut leaver) = table.take("leaver").and_then(|node| node.table("`leaver`")) {
        leave(&mut leaver, &mut spelt);
        leaver.finish();
    }
    if let Some(mut approval) = table.take("approval").and_then(|node| node.table("`approval`")) {
        let needed = approval.take("needed").map(|node| node.each(class)).unwrap_or_default();
        spelt.needs_approval = needed.into_iter().collect();
        let yes = approval.take("yes_approves");
        spelt.yes_approves = yes.and_then(|node| node.boolean()).unwrap_or_default();
        approval.finish();
    }
    spelt
}

fn leave(table: &mut Table<'_>, spelt: &mut Spelt) {
    let of = |word: &str| Step::WORDS.into_iter().find(|(known, _)| *known == word).map(|(_, step)| step);
    let words = Step::WORDS.map(|(word, _)| word);
    spelt.step =
        table.take("step").and_then(|node| node.one_of("step with leavers", words, of)).unwrap_or_default();
    let role = table.take("role");
    let grace = table.take("grace_days");
    match (&role, spelt.step) {
        (None, Step::Downgrade) => {
            table.error("which role leavers get is not said", Some("add it: role = \"...\""));
        }
        (Some(node), step) if step != Step::Downgrade => {
            node.key_error("only `step = \"downgrade\"` gives leavers a role", "leave it out".to_owned());
        }
        _ => {}
    }
    if let Some(node) = grace.as_ref().filter(|_| spelt.step != Step::Remove) {
        node.key_error("only `step = \"remove\"` waits", "leave it out".to_owned());
    }
    spelt.leaver_role = role.and_then(|node| word(&node));
    spelt.grace_days = grace.and_then(|node| count(&node, 0, 3650)).unwrap_or_default();
}

/// What a policy may want to be approved beside what is anyway.
fn class(node: &Node<'_>) -> Option<Approval> {
    let of = |word: &str| Approval::ADDED.into_iter().find(|class| class.as_str() == word);
    node.one_of("class of approval", Approval::ADDED.map(Approval::as_str), of)
}

fn word(node: &Node<'_>) -> Option<String> {
    node.refuse_empty();
    node.string().map(str::to_owned)
}

/// Whole hours, of a duration such as "36h".
fn hours(node: &Node<'_>) -> Option<u32> {
    let hours = node.duration()?.as_secs() / 3600;
    let hours = u32::try_from(hours).ok().filter(|hours| *hours > 0);
    if hours.is_none() {
        node.error("at least an hour, and less than an age", "write it like \"36h\"".to_owned());
    }
    hours
}

/// A domain in its one normal form, as addresses have it.
fn domain(node: &Node<'_>) -> Option<String> {
    let text = node.string()?.trim();
    if let Ok(email) = Email::parse(&format!("x@{}", text.trim_start_matches('@'))) {
        return Some(email.domain().to_owned());
    }
    node.error(
        format!("`{}` is no domain", text.escape_debug()),
        "what stands behind the @: \"example.com\"".to_owned(),
    );
    None
}

impl Spelt {
    /// With the roles of the app, whose other facts the workspace has already.
    pub(super) fn resolve(&self, workspace: &Workspace) -> Result<Rostered, Vec<NoRole>> {
        let mut unknown = Vec::new();
        let mut role = |key: &'static str, word: &Option<String>| -> Option<RoleId> {
            let word = word.as_ref()?;
            let role = workspace.role(word);
            if role.is_none() {
                unknown.push(NoRole { key, word: word.clone() });
            }
            role
        };
        let default_role = role("roster.default_role", &self.default_role);
        let lower = role("leaver.role", &self.leaver_role);
        if !unknown.is_empty() {
            return Err(unknown);
        }
        let step = match (self.step, lower) {
            (Step::Deactivate, _) => Leave::Deactivate,
            (Step::Remove, _) => Leave::Remove,
            (Step::Downgrade, Some(role)) => Leave::Downgrade(role),
            (Step::Downgrade, None) | (Step::Report, _) => Leave::Report,
        };
        Ok(Rostered {
            rules: self.rules,
            scope: self.scope.clone(),
            leavers: Leavers { step, grace_days: self.grace_days },
            default_role,
            plan_expires: self.plan_expires(),
            yes_approves: self.yes_approves,
        })
    }

    fn plan_expires(&self) -> Duration {
        self.plan_expires.unwrap_or(Rostered::default().plan_expires)
    }

    /// Everything, as `config show` tells it.
    pub(super) fn settings(&self) -> Vec<(&'static str, String)> {
        let all = |words: &BTreeSet<String>| match words.is_empty() {
            true => "none".to_owned(),
            false => words.iter().cloned().collect::<Vec<_>>().join(", "),
        };
        let adopted = self.scope.adopted.iter().map(ToString::to_string).collect();
        let step =
            Step::WORDS.into_iter().find(|(_, step)| *step == self.step).map_or("report", |(word, _)| word);
        let classes = self.needs_approval.iter().map(|class| class.as_str().to_owned()).collect();
        let file = self.file.as_ref().map_or("none".to_owned(), |file| file.display().to_string());
        let mut rows = vec![
            ("roster.file", file),
            ("roster.max_age", format!("{} h", self.rules.max_age_hours)),
            ("roster.max_shrink", format!("{} %", self.rules.max_shrink_percent)),
            ("roster.default_role", self.default_role.clone().unwrap_or_else(|| "none".to_owned())),
            ("roster.plan_expires", in_words(self.plan_expires())),
            ("approval.needed", all(&classes)),
            ("approval.yes_approves", self.yes_approves.to_string()),
            ("scope.domains", all(&self.scope.domains)),
            ("scope.adopted", all(&adopted)),
            ("leaver.step", step.to_owned()),
        ];
        rows.extend(self.leaver_role.clone().map(|role| ("leaver.role", role)));
        rows.extend((self.step == Step::Remove).then(|| ("leaver.grace_days", self.grace_days.to_string())));
        rows
    }
}

/// What to write instead of a role that there is not.
pub(super) fn no_such_role(unknown: &NoRole, workspace: &Workspace) -> (String, Hint) {
    let message = format!("{} has no role `{}`", workspace.app.id(), unknown.word.escape_debug());
    (message, Hint::from(format!("it has: {}", workspace.role_names().join(", "))))
}

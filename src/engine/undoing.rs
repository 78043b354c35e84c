//! `undo RUN`: the people as they were before a run, as a roster. From there on it is a plan like any other, to be looked
//! at, approved and carried out.
//!
//! Everybody whom the run did not change is in that roster as the list shows them now, so nothing else is planned. What a
//! run did to somebody is known from the journal: the role before from the change, of somebody removed from the plan that
//! the run carried out. Where it is not known the roster gives none, and the planner says that a person has to decide.

use std::collections::BTreeMap;

use serde_json::Value;

use super::journal::RunRecord;
use super::rostering::GivenRoster;
use crate::domain::change::Change;
use crate::domain::email::Email;
use crate::domain::member::{Member, RoleId, StatusMeaning};
use crate::domain::outcome::OutcomeKind;
use crate::domain::reading::Reading;
use crate::domain::roster::{Presence, Roster, Wanted};

/// The people as a run found them, on this list.
pub(super) fn before(record: &RunRecord, reading: &Reading, now: jiff::Timestamp) -> GivenRoster {
    let mut people: BTreeMap<Email, Wanted> = reading.members.iter().filter_map(as_shown).collect();
    for change in undoable(record) {
        let email = change.email();
        let known = people.remove(email);
        let back = |role: Option<RoleId>, state| Wanted {
            role: role.or_else(|| known.as_ref()?.role.clone()),
            state,
            ..known.clone().unwrap_or_else(|| nobody(email))
        };
        let was = match change {
            Change::Invite { .. } => back(None, Presence::Left),
            Change::ChangeRole { from, .. } => back(only(from), Presence::Active),
            Change::Remove { .. } | Change::CancelInvite { .. } => {
                back(role_before(record, email), Presence::Active)
            }
            Change::Deactivate { .. } => back(None, Presence::Active),
            Change::Reactivate { .. } => back(None, Presence::Suspended),
            Change::Resend { .. } => continue,
        };
        people.insert(email.clone(), was);
    }
    let name = format!("the people before run {}", record.id);
    GivenRoster::new(Roster::new(people.into_values()), name, record.id.as_str().as_bytes(), Some(now))
}

/// What the run did for certain, the last thing first.
fn undoable(record: &RunRecord) -> impl Iterator<Item = &Change> {
    let is_done = |kind| matches!(kind, OutcomeKind::Done | OutcomeKind::Pending);
    record
        .changes
        .iter()
        .rev()
        .filter(move |change| {
            change.outcome.as_ref().is_some_and(|outcome| is_done(outcome.kind))
                && !matches!(change.change, Change::Resend { .. })
        })
        .map(|change| &change.change)
}

/// Somebody as they are: whoever has no access now keeps having none.
fn as_shown(member: &Member) -> Option<(Email, Wanted)> {
    let email = member.email.clone()?;
    if member.is_only(&[StatusMeaning::Removed]) {
        return None;
    }
    let has_none = member.is_only(&[StatusMeaning::Deactivated, StatusMeaning::Expired]);
    let wanted = Wanted {
        role: member.roles.as_ref().and_then(only),
        name: member.name.clone(),
        state: if has_none { Presence::Suspended } else { Presence::Active },
        ..nobody(&email)
    };
    Some((email, wanted))
}

fn nobody(email: &Email) -> Wanted {
    Wanted { email: email.clone(), role: None, name: None, state: Presence::Active, previous_email: None }
}

/// The role of somebody who has one.
fn only(roles: &std::collections::BTreeSet<RoleId>) -> Option<RoleId> {
    let mut roles = roles.iter();
    roles.next().filter(|_| roles.next().is_none()).cloned()
}

/// The role somebody had by the plan that the run carried out.
fn role_before(record: &RunRecord, email: &Email) -> Option<RoleId> {
    match record.began.arguments["rows"][email.as_str()]["roles"].as_array()?.as_slice() {
        [Value::String(role)] => Some(RoleId::new(role.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{Counts, Grade, Outcome, Status};
    use crate::engine::journal::{ChangeId, ChangeRecord, ChangeState, NewRun, ProcessMark, RunId};

    fn email(name: &str) -> Email {
        Email::parse(&format!("{name}@example.com")).unwrap()
    }

    fn member(name: &str, role: &str, status: StatusMeaning) -> Member {
        Member {
            email: Some(email(name)),
            roles: Some([RoleId::new(role)].into()),
            status: Some(Status::from(status)),
            ..Member::default()
        }
    }

    fn record(changes: Vec<(Change, Option<Outcome>)>) -> RunRecord {
        let at = "2026-12-01T12:00:00Z".parse().unwrap();
        let run = RunId::parse("20261201-120000-abcd").unwrap();
        let change = |(change, outcome): (Change, Option<Outcome>)| ChangeRecord {
            id: ChangeId(1),
            run: run.clone(),
            seq: 1,
            change,
            counts: Counts::default(),
            flow: None,
            state: ChangeState::Settled,
            seen_gone: false,
            outcome,
            settled_by: None,
            intended_at: at,
            committing_at: Some(at),
            settled_at: Some(at),
            browser: None,
        };
        RunRecord {
            began: NewRun {
                workspace: "acme".to_owned(),
                operation: "apply".to_owned(),
                arguments: json!({ "rows": { "gone@example.com": { "rows": 1, "roles": ["editor"] } } }),
                app: "a/b".to_owned(),
                map_sha256: String::new(),
                os_user: "root".to_owned(),
                process: ProcessMark { pid: 1, start_time: 1 },
                key: None,
            },
            started_at: at,
            ended_at: Some(at),
            exit_code: Some(0),
            report: None,
            browsers: Vec::new(),
            changes: changes.into_iter().map(change).collect(),
            id: run.clone(),
        }
    }

    #[test]
    fn the_people_are_wanted_as_the_run_found_them() {
        let done = || Some(Outcome::done());
        let remove = |name: &str| Change::Remove { email: email(name) };
        let changes = vec![
            (Change::Invite { email: email("new"), role: RoleId::new("editor") }, done()),
            (remove("gone"), done()),
            (remove("unknown"), done()),
            (remove("failed"), Some(Outcome::failed(crate::domain::Reason::NotApplied))),
            (
                Change::ChangeRole {
                    email: email("moved"),
                    from: [RoleId::new("owner")].into(),
                    to: RoleId::new("editor"),
                },
                done(),
            ),
        ];
        let reading = Reading {
            members: vec![
                member("new", "editor", StatusMeaning::Invited),
                member("failed", "viewer", StatusMeaning::Active),
                member("moved", "editor", StatusMeaning::Active),
                member("late", "editor", StatusMeaning::Expired),
            ]
            .into(),
            grade: Grade::Total,
            unproven: None,
            total: None,
            without_address: 0,
            ambiguous: Default::default(),
        };
        let given = before(&record(changes), &reading, "2026-12-01T13:00:00Z".parse().unwrap());
        let told: BTreeMap<String, (Option<String>, Presence)> = given
            .roster
            .people()
            .map(|wanted| {
                let role = wanted.role.as_ref().map(|role| role.as_str().to_owned());
                (wanted.email.to_string().replace("@example.com", ""), (role, wanted.state))
            })
            .collect();
        let as_told = |role: Option<&str>, state| (role.map(str::to_owned), state);
        let expected = [
            ("failed", as_told(Some("viewer"), Presence::Active)),
            ("gone", as_told(Some("editor"), Presence::Active)),
            ("late", as_told(Some("editor"), Presence::Suspended)),
            ("moved", as_told(Some("owner"), Presence::Active)),
            ("new", as_told(Some("editor"), Presence::Left)),
            ("unknown", as_told(None, Presence::Active)),
        ];
        assert_eq!(told, expected.map(|(name, wanted)| (name.to_owned(), wanted)).into());
    }
}

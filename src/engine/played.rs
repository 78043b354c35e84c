//! One recording played for one person: on the page where they were found, with what is known of them, and with the
//! journal before its commit.

use super::app::{App, On};
use super::apply::{Applying, Item};
use super::gate::JournalGate;
use super::journal::ProcessMark;
use super::runner::{Inputs, Person, Ran, Stop};
use super::twice::Save;
use crate::domain::change::Change;
use crate::domain::member::Member;
use crate::domain::outcome::Reason;
use crate::domain::reading::Reading;

impl Applying<'_, '_> {
    /// Plays the recording of a change on the page where its person was found. Also says whether the journal holds it
    /// as `committing`.
    pub(super) async fn play(&mut self, item: &Item, before: Option<(Member, Person)>) -> (Ran, bool) {
        let engine = self.run.engine;
        let app = &engine.workspace.app;
        let nothing = |stop| (Ran::nothing(stop), false);
        let recording = match &item.save {
            Save::Second(flow) => app.flows.get(flow).ok_or_else(|| format!("there is no recording {flow}")),
            Save::Only | Save::First(_) => {
                engine.recording_of(&item.change, before.as_ref().map(|(member, _)| member))
            }
        };
        let recording = match recording {
            Ok(recording) => recording,
            Err(why) => return nothing(Stop::new(Reason::Unsupported, item.change.to_string(), why)),
        };
        let Some(session) = self.session.as_mut() else {
            return nothing(Stop::new(Reason::BrowserLost, item.change.to_string(), "no browser"));
        };
        let process = session.process().browser;
        let member = before.as_ref().map(|(member, _)| without_shared_name(member, &self.reading));
        let inputs = inputs_for(&item.change, member.as_ref(), session.inputs(), app);
        let mut gate = JournalGate {
            journal: &engine.journal,
            evidence: &self.run.evidence,
            changes: vec![(item.change.email().to_string(), item.id)],
            browser: process.map_or(ProcessMark { pid: 0, start_time: 0 }, |p| ProcessMark {
                pid: p.pid,
                start_time: p.start_time,
            }),
            passed: false,
        };
        let mut flow = session.flow(app, inputs, &mut self.run.trail);
        let stood = match (recording.on, before) {
            (Some(On::Row | On::Person), None) => Err(Stop::new(
                Reason::NotFound,
                item.change.to_string(),
                "the flow starts at a row, and there is none",
            )),
            (_, Some((member, person))) => flow.stand(recording, &member, person).await,
            (_, None) => Ok(()),
        };
        if let Err(stop) = stood {
            return nothing(stop);
        }
        let ran = flow.play(recording, Some(&mut gate)).await;
        (ran, gate.passed)
    }
}

/// A name tells who somebody is only while nobody else's contains it (F1), in a list that is proven to show everybody:
/// otherwise it is not known to the flow.
fn without_shared_name(member: &Member, reading: &Reading) -> Member {
    let mut member = member.clone();
    let lower = |name: &str| name.trim().to_lowercase();
    let own = member.name.as_deref().map(lower).unwrap_or_default();
    let alike = reading
        .members
        .iter()
        .filter_map(|other| other.name.as_deref())
        .filter(|name| lower(name).contains(&own));
    if own.is_empty() || !reading.grade.is_proven() || alike.count() != 1 {
        member.cells.remove("name");
    }
    member
}

pub(super) fn inputs_for(change: &Change, member: Option<&Member>, inputs: Inputs, app: &App) -> Inputs {
    let mut inputs = inputs.with("email", change.email().as_str());
    if let Some(member) = member {
        inputs = inputs.with_member(&member.cells);
    }
    let role = change.role().and_then(|id| app.map.roles.iter().find(|known| known.role.id == *id));
    role.map_or(inputs.clone(), |role| inputs.with_role(role))
}

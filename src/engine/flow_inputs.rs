//! What a flow is told of the change it makes, and of the person it is about.

use super::app::App;
use super::runner::Inputs;
use crate::domain::change::Change;
use crate::domain::member::Member;
use crate::domain::reading::Reading;

/// A name tells who somebody is only while nobody else's contains it (F1), in a list that is proven to show everybody:
/// otherwise it is not known to the flow.
pub(super) fn without_shared_name(member: &Member, reading: &Reading) -> Member {
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

/// Whom the change is about, which role it gives, and what the row shows of them.
pub(super) fn inputs_for(change: &Change, member: Option<&Member>, inputs: Inputs, app: &App) -> Inputs {
    let mut inputs = inputs.with("email", change.email().as_str());
    if let Some(member) = member {
        inputs = inputs.with_member(&member.cells);
    }
    let role = change.role().and_then(|id| app.map.roles.iter().find(|known| known.role.id == *id));
    role.map_or(inputs.clone(), |role| inputs.with_role(role))
}

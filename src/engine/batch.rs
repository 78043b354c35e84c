//! Which changes of a run are made by one commit (F16): as many as a recording takes, in the order asked for.

use std::collections::BTreeMap;

use super::apply::Item;
use crate::domain::change::Change;
use crate::domain::outcome::OutcomeKind;
use crate::engine::app::{PeopleColumns, Recording};

/// Changes that are made one after the other, or by one commit.
pub(super) struct Batch<'a> {
    /// How they are made by one.
    pub(super) together: Option<Together<'a>>,
    pub(super) items: Vec<Item>,
}

/// How several changes share a commit.
#[derive(Clone, Copy)]
pub(super) struct Together<'a> {
    pub(super) recording: &'a Recording,
    /// The console takes the people out of a file like this.
    pub(super) file: Option<&'a PeopleColumns>,
    /// How many people it takes at once.
    most: usize,
}

impl<'a> Together<'a> {
    /// `None`: what this recording does is done for one person at a time.
    fn of(recording: &'a Recording) -> Option<Self> {
        let file = recording.file.as_ref();
        let most = file.map(|file| file.rows).or(recording.many)?;
        Some(Self { recording, file, most })
    }

    /// A file says the role of each; what is typed or ticked gets one for all. People of different cases have different
    /// recordings.
    fn takes(&self, first: &Change, other: &Change, by: &Recording) -> bool {
        let is_same = (first.operation(), first.role()) == (other.operation(), other.role());
        self.recording.name == by.name && (self.file.is_some() || is_same)
    }
}

/// In the order asked for; what is made together stands where the first of it stood. `serving` gives the recording that
/// carries out a change.
pub(super) fn batches<'a>(
    items: Vec<Item>,
    serving: impl Fn(&Change) -> Option<&'a Recording>,
) -> Vec<Batch<'a>> {
    let mut batches: Vec<Batch<'a>> = Vec::new();
    for item in items {
        let Some(together) = serving(&item.change).and_then(Together::of) else {
            batches.push(Batch { together: None, items: vec![item] });
            continue;
        };
        let fits = |batch: &&mut Batch<'_>| {
            let first = batch.items.first().map(|first| &first.change);
            let by = batch.together.map(|together| together.recording);
            batch.items.len() < together.most
                && first.zip(by).is_some_and(|(first, by)| together.takes(first, &item.change, by))
        };
        match batches.iter_mut().find(fits) {
            Some(batch) => batch.items.push(item),
            None => batches.push(Batch { together: Some(together), items: vec![item] }),
        }
    }
    batches
}

impl Batch<'_> {
    /// In words, for progress.
    pub(super) fn words(&self) -> String {
        match &self.items[..] {
            [item] => item.words(),
            items => {
                let is_file = self.together.is_some_and(|together| together.file.is_some());
                let operation = items.first().map_or("change", |item| item.change.operation());
                format!("{} {} people", if is_file { "import" } else { operation }, items.len())
            }
        }
    }
}

/// What became of several, in words: `12 pending, 1 failed`.
pub(super) fn counted(kinds: &[OutcomeKind]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for kind in kinds {
        *counts.entry(kind.as_str()).or_default() += 1;
    }
    counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::email::Email;
    use crate::domain::member::RoleId;
    use crate::engine::app::Apps;
    use crate::engine::journal::ChangeId;
    use crate::engine::twice::Save;

    fn email(name: &str) -> Email {
        Email::parse(&format!("{name}@acme.example")).unwrap()
    }

    fn invite(number: i64, role: &str) -> Item {
        let change = Change::Invite { email: email(&format!("p{number}")), role: RoleId::new(role) };
        Item::new(ChangeId(number), change, Save::Only)
    }

    /// The numbers of the changes of each batch.
    fn numbers(batches: &[Batch<'_>]) -> Vec<Vec<i64>> {
        batches.iter().map(|batch| batch.items.iter().map(|item| item.id.0).collect()).collect()
    }

    #[test]
    fn what_gets_one_role_goes_together_up_to_what_the_console_takes() {
        let mut app = Apps::builtin().load("coassemble", "members-2026-03").unwrap();
        let items = || {
            let roles = ["author", "author", "learner", "author", "learner"];
            roles.iter().zip(1..).map(|(role, number)| invite(number, role)).collect::<Vec<_>>()
        };
        let one_by_one = batches(items(), |change| app.flow_for(change.operation()));
        assert_eq!(numbers(&one_by_one), [[1], [2], [3], [4], [5]]);
        // A file says the role of each.
        let file = batches(items(), |_| app.flow_for("import"));
        assert_eq!(
            (numbers(&file), file[0].words()),
            (vec![vec![1, 2, 3, 4, 5]], "import 5 people".to_owned())
        );
        let invite = app.flows.values_mut().find(|flow| flow.does.contains(&"invite".to_owned())).unwrap();
        invite.many = Some(2);
        let together = batches(items(), |change| app.flow_for(change.operation()));
        assert_eq!(numbers(&together), [vec![1, 2], vec![3, 5], vec![4]]);
        assert_eq!(together[0].words(), "invite 2 people");
        // Each case has its own file.
        let import = app.flow_for("import").unwrap();
        let other = Recording { name: "import_learners".to_owned(), ..import.clone() };
        let is_learner = |change: &Change| change.role().is_some_and(|role| role.as_str() == "learner");
        let files = batches(items(), |change| Some(if is_learner(change) { &other } else { import }));
        assert_eq!(numbers(&files), [vec![1, 2, 4], vec![3, 5]]);
    }
}

//! Which changes of a run are made by one commit (F16): as many as a recording takes, in the order asked for.

use super::apply::Item;
use crate::domain::change::Change;
use crate::engine::app::{App, PeopleColumns, Recording};

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
    /// `None`: this change is made by itself.
    fn of(change: &Change, app: &'a App, is_import: bool) -> Option<Self> {
        let import = app.flow_for("import").filter(|_| is_import);
        if let Some((recording, file)) = import.and_then(|flow| Some((flow, flow.file.as_ref()?))) {
            return Some(Self { recording, file: Some(file), most: file.rows });
        }
        let recording = app.flow_for(change.operation())?;
        Some(Self { recording, file: None, most: recording.many? })
    }

    /// A file says the role of each; what is typed or ticked gets one for all.
    fn takes(&self, first: &Change, other: &Change) -> bool {
        self.file.is_some() || (first.operation(), first.role()) == (other.operation(), other.role())
    }
}

/// In the order asked for; what is made together stands where the first of it stood.
pub(super) fn batches(items: Vec<Item>, app: &App, is_import: bool) -> Vec<Batch<'_>> {
    let mut batches: Vec<Batch<'_>> = Vec::new();
    for item in items {
        let Some(together) = Together::of(&item.change, app, is_import) else {
            batches.push(Batch { together: None, items: vec![item] });
            continue;
        };
        let fits = |batch: &&mut Batch<'_>| {
            let first = batch.items.first().map(|first| &first.change);
            batch.together.is_some()
                && batch.items.len() < together.most
                && first.is_some_and(|first| together.takes(first, &item.change))
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
            [item] => item.change.to_string(),
            items => {
                let is_file = self.together.is_some_and(|together| together.file.is_some());
                let operation = items.first().map_or("change", |item| item.change.operation());
                format!("{} {} people", if is_file { "import" } else { operation }, items.len())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::email::Email;
    use crate::domain::member::RoleId;
    use crate::engine::app::Apps;
    use crate::engine::journal::ChangeId;

    fn email(name: &str) -> Email {
        Email::parse(&format!("{name}@acme.example")).unwrap()
    }

    fn invite(number: i64, role: &str) -> Item {
        let change = Change::Invite { email: email(&format!("p{number}")), role: RoleId::new(role) };
        Item::new(ChangeId(number), change)
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
        assert_eq!(numbers(&batches(items(), &app, false)), [[1], [2], [3], [4], [5]]);
        // A file says the role of each.
        let file = batches(items(), &app, true);
        assert_eq!(
            (numbers(&file), file[0].words()),
            (vec![vec![1, 2, 3, 4, 5]], "import 5 people".to_owned())
        );
        let invite = app.flows.values_mut().find(|flow| flow.does.contains(&"invite".to_owned())).unwrap();
        invite.many = Some(2);
        let together = batches(items(), &app, false);
        assert_eq!(numbers(&together), [vec![1, 2], vec![3, 5], vec![4]]);
        assert_eq!(together[0].words(), "invite 2 people");
    }
}

//! `seats`: how many paid places are used, as the console's own billing page has it.

use std::collections::BTreeMap;

use serde_json::json;

use super::app::Recording;
use super::error::Error;
use super::report::Report;
use super::run::Run;
use super::runner::Stop;
use super::session::Session;
use super::{Caller, Engine};
use crate::domain::outcome::{Reason, exit};

/// The paid places of a workspace, and the report of the run that read them.
#[derive(Debug)]
pub struct Seats {
    /// The report.
    pub report: Report,
    /// How many are used; `None` if the run failed.
    pub used: Option<u64>,
    /// How many there are, if the console says so.
    pub limit: Option<u64>,
}

impl Engine {
    /// Reads how many seats are used.
    ///
    /// # Errors
    /// As [`Engine::list`]; also a console without a recording for it. Everything later is in the report.
    pub async fn seats(&self, caller: &mut dyn Caller) -> Result<Seats, Error> {
        if !self.workspace.app.can("seats") {
            return Err(Error::Unsupported {
                operation: "seats".to_owned(),
                console: self.workspace.app.id(),
            });
        }
        let mut run = Run::start(self, "seats", json!({}), caller).await?;
        let (mut used, mut limit) = (None, None);
        match run.seats(caller).await {
            Ok((now, most)) => {
                (used, limit) = (Some(now), most);
                run.report.exit_code = exit::DONE;
            }
            Err(error) => run.failed(&error),
        }
        Ok(Seats { report: run.end().await?, used, limit })
    }
}

impl Run<'_> {
    async fn seats(&mut self, caller: &mut dyn Caller) -> Result<(u64, Option<u64>), Error> {
        let mut session = self.session(caller).await?;
        let app = std::sync::Arc::clone(&self.engine.workspace.app);
        let recording = app.flow_for("seats").expect("it was looked for before the run began");
        self.trail.about(None);
        let mut played = self.look_at_seats(&mut session, recording).await;
        if let (Some(stop), _) = &played
            && self.is_back(&mut session, stop).await
        {
            played = self.look_at_seats(&mut session, recording).await;
        }
        let (stop, read) = played;
        let result = match stop {
            Some(stop) => Err(stop),
            None => figures(&read),
        };
        if result.is_err() {
            self.picture_of_failure(&mut session, "seats").await;
        }
        self.close(session).await;
        Ok(result?)
    }

    async fn look_at_seats(
        &mut self,
        session: &mut Session,
        recording: &Recording,
    ) -> (Option<Stop>, BTreeMap<String, Option<String>>) {
        let app = &self.engine.workspace.app;
        let inputs = session.inputs();
        let mut flow = session.flow(app, inputs, &mut self.trail);
        let stop = flow.play(recording, None).await.stop;
        (stop, flow.into_results())
    }
}

/// Used and limit, from what was read.
fn figures(read: &BTreeMap<String, Option<String>>) -> Result<(u64, Option<u64>), Stop> {
    let of = |name: &str| match read.get(name).and_then(Option::as_deref) {
        None => Ok(None),
        Some(shown) => figure(shown).map(Some).ok_or_else(|| {
            let cause = format!("it reads {shown:?}, which is no number of seats");
            Stop::new(Reason::SelectorMissing, format!("read `{name}` (seats)"), cause)
        }),
    };
    let nothing =
        || Stop::new(Reason::SelectorMissing, "read `used` (seats)", "the element is there and says nothing");
    Ok((of("used")?.ok_or_else(nothing)?, of("limit")?))
}

/// A whole number as people write it: `1204`, `1,204`, `1 204`, `1.204`. No fractions.
fn figure(shown: &str) -> Option<u64> {
    let groups: Vec<&str> = shown.trim().split([',', '.', '\'', ' ', '\u{a0}', '\u{202f}']).collect();
    let (first, rest) = groups.split_first()?;
    let fits =
        rest.is_empty() || ((1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3));
    let digits = groups.concat();
    (fits && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_a_whole_number_as_people_write_it() {
        for (shown, expected) in [
            ("41", Some(41)),
            (" 1204 ", Some(1204)),
            ("1,204", Some(1204)),
            ("1.204.000", Some(1_204_000)),
            ("1\u{202f}204", Some(1204)),
            ("1.5", None),
            ("12,34", None),
            ("-4", None),
            ("", None),
            ("many", None),
            (",204", None),
        ] {
            assert_eq!(figure(shown), expected, "{shown:?}");
        }
    }

    #[test]
    fn what_is_no_figure_is_drift() {
        let read = |used: Option<&str>, limit: Option<&str>| {
            figures(&BTreeMap::from([
                ("used".to_owned(), used.map(str::to_owned)),
                ("limit".to_owned(), limit.map(str::to_owned)),
            ]))
        };
        assert_eq!(read(Some("41"), Some("50")).unwrap(), (41, Some(50)));
        assert_eq!(read(Some("41"), None).unwrap(), (41, None));
        for wrong in [read(None, Some("50")), read(Some("41 of"), None), read(Some("41"), Some("none"))] {
            assert_eq!(wrong.unwrap_err().reason, Reason::SelectorMissing);
        }
    }
}

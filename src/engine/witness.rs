//! Three voices about a commit: what the console's page said, what its server answered, and what was read back (D5.9).
//! The reading decides; that the others say otherwise is told.

use std::time::Duration;

use super::apply::Applying;
use super::browser::Mark;
use super::journal::ChangeId;
use super::run::Run;
use super::session::Session;
use crate::domain::change::Change;
use crate::domain::outcome::{OutcomeKind, Reason};
use crate::engine::app::Means;
use crate::engine::traffic::Exchange;

/// How long the console's server may take to answer what the commit sent, where its answer decides.
const ANSWERS: Duration = Duration::from_secs(10);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(20);

/// What was heard of a commit beside the reading.
#[derive(Clone, Debug, Default)]
pub(crate) struct Voices {
    /// By the page: a message of the map, and its text.
    pub(crate) said: Option<(Means, String)>,
    /// By the server: what was sent from the commit on and may have changed something.
    pub(crate) answers: Vec<Exchange>,
    /// The map tells what the operation sends, so that nothing else is taken for it.
    pub(crate) is_known: bool,
    /// The list shows what became of it.
    pub(crate) shows_in_list: bool,
}

/// What the server's answers come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    /// It did it.
    Done(String),
    /// It did not do it.
    Refused(String, Reason),
    /// It is at fault itself, or gave several answers that contradict each other: it may have done it.
    Unclear(String),
    /// Nothing was heard that is an answer to this.
    Nothing,
}

/// What these answers come to; nothing where the map does not say what the operation sends (`is_known`): something else
/// could be taken for it.
pub(crate) fn answered(answers: &[Exchange], is_known: bool) -> Answered {
    let own: Vec<&Exchange> =
        answers.iter().filter(|answer| !answer.is_harmless && !answer.is_elsewhere).collect();
    let words = || own.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let refused: Vec<u16> =
        own.iter().filter(|answer| answer.was_refused()).filter_map(|answer| answer.status).collect();
    if let Some(first) = refused.first() {
        // Signed out, too late, in conflict, too many: the page may send it again.
        let is_final = |status: &u16| *status < 500 && ![401, 408, 409, 429].contains(status);
        return if !is_known {
            Answered::Nothing
        } else if refused.len() == own.len() && refused.iter().all(is_final) {
            Answered::Refused(words(), reason_of(*first))
        } else {
            Answered::Unclear(words())
        };
    }
    if is_known && !own.is_empty() && own.iter().all(|answer| answer.went_well()) {
        return Answered::Done(words());
    }
    Answered::Nothing
}

/// Status codes of RFC 9110 (15.5) and RFC 6585 that say why.
fn reason_of(status: u16) -> Reason {
    match status {
        402 => Reason::PlanLimit,
        403 => Reason::NotPermitted,
        404 | 410 => Reason::NotFound,
        _ => Reason::ConsoleError,
    }
}

impl Voices {
    /// Where page, server and reading do not say the same; `None` where they do, or one of them says nothing.
    pub(crate) fn disagreement(&self, outcome: OutcomeKind) -> Option<String> {
        let server = answered(&self.answers, self.is_known);
        let by_page = self
            .said
            .as_ref()
            .map(|(means, text)| (!matches!(means, Means::Reason(_)), format!("the page said {text:?}")));
        let by_server = match server {
            Answered::Done(words) => Some((true, format!("the server answered {words}"))),
            Answered::Refused(words, _) | Answered::Unclear(words) => {
                Some((false, format!("the server answered {words}")))
            }
            Answered::Nothing => None,
        };
        let by_list = match outcome {
            _ if !self.shows_in_list => None,
            OutcomeKind::Done | OutcomeKind::Pending => Some((true, "the list shows it".to_owned())),
            OutcomeKind::Failed => Some((false, "the list does not show it".to_owned())),
            _ => None,
        };
        let voices: Vec<(bool, String)> = [by_page, by_server, by_list].into_iter().flatten().collect();
        let differ = voices.iter().any(|(yes, _)| *yes) && voices.iter().any(|(yes, _)| !yes);
        differ.then(|| voices.into_iter().map(|(_, words)| words).collect::<Vec<_>>().join("; "))
    }
}

impl Session {
    /// What was sent since and may have changed something; waits for answers that are still under way, up to `wait`.
    pub(crate) async fn answers_since(&self, since: Mark, wait: Duration) -> Vec<Exchange> {
        let Some(traffic) = self.traffic() else { return Vec::new() };
        let mut look = tokio::time::interval(LOOK);
        let waited = async {
            while traffic.sent_since(since).iter().any(|sent| sent.took_ms.is_none()) {
                look.tick().await;
            }
        };
        // What has no answer by then has none.
        let end = (tokio::time::Instant::now() + wait).min(self.deadline().end());
        let _ = tokio::time::timeout_at(end, waited).await;
        traffic.sent_since(since)
    }
}

impl Applying<'_, '_> {
    /// What was heard of the commit of a change.
    pub(super) async fn voices(
        &self,
        change: &Change,
        said: Option<(Means, String)>,
        since: Option<Mark>,
    ) -> Voices {
        let network = &self.run.engine.workspace.app.map.network;
        // Where bodies tell reads from writes, an answer may be that of a read.
        let is_known =
            network.writes.contains_key(change.operation()) && !network.reads.iter().any(|read| read.body);
        let shows_in_list = change.shows_in_list();
        Voices { said, answers: self.answers(since, !shows_in_list).await, is_known, shows_in_list }
    }

    /// The server's answers to what the commit sent.
    async fn answers(&self, since: Option<Mark>, is_decisive: bool) -> Vec<Exchange> {
        let wait = if is_decisive { ANSWERS } else { Duration::ZERO };
        match (&self.session, since) {
            (Some(session), Some(since)) => session.answers_since(since, wait).await,
            _ => Vec::new(),
        }
    }

    /// Keeps what was heard of a commit, for the report and in the journal.
    pub(super) async fn keep_voices(&mut self, change: ChangeId, voices: Voices) -> Result<(), super::Error> {
        if voices.said.is_none() && voices.answers.is_empty() {
            return Ok(());
        }
        let told = serde_json::json!({
            "said": voices.said.as_ref().map(|(_, text)| text),
            "answers": &voices.answers,
        });
        self.run.engine.journal.event(&self.run.id, Some(change), "voices", told).await?;
        self.run.voices.insert(change, voices);
        Ok(())
    }
}

impl Run<'_> {
    /// Adds up what the page of a browser sent and did not send.
    pub(crate) fn note_writes(&mut self, session: &Session) {
        let writes = match session.traffic() {
            Some(traffic) => traffic.writes(),
            None => super::traffic::Writes::unproven("this browser has no WebDriver BiDi"),
        };
        match &mut self.report.writes {
            Some(known) => known.extend(&writes),
            None => self.report.writes = Some(writes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: Option<u16>) -> Exchange {
        Exchange {
            method: "POST".to_owned(),
            host: None,
            path: "/invite".to_owned(),
            status,
            took_ms: Some(3),
            is_harmless: false,
            is_elsewhere: false,
        }
    }

    #[test]
    fn one_refusal_outweighs_what_went_well() {
        let check = |statuses: &[u16], expected: &str| {
            let answers: Vec<Exchange> = statuses.iter().map(|status| answer(Some(*status))).collect();
            let told = format!("{:?}", answered(&answers, true));
            assert!(told.starts_with(expected), "{statuses:?}: {told}");
        };
        check(&[], "Nothing");
        check(&[200], "Done");
        check(&[200, 204], "Done");
        check(&[200, 403], "Unclear");
        check(&[429], "Unclear");
        check(&[403], "Refused(\"POST /invite 403\", NotPermitted)");
        check(&[500], "Unclear");
        // What leads elsewhere says nothing: it may be the way to the sign-in page.
        check(&[303], "Nothing");
        assert_eq!(answered(&[answer(Some(200))], false), Answered::Nothing);
        assert_eq!(answered(&[answer(Some(404))], false), Answered::Nothing);
        assert_eq!(answered(&[answer(None)], true), Answered::Nothing);
        let harmless = Exchange { is_harmless: true, ..answer(Some(200)) };
        let elsewhere = Exchange { is_elsewhere: true, ..answer(Some(200)) };
        assert_eq!(answered(&[harmless, elsewhere], true), Answered::Nothing);
    }

    #[test]
    fn voices_that_differ_are_told() {
        let voices = |said, status| Voices {
            said,
            answers: vec![answer(Some(status))],
            is_known: true,
            shows_in_list: true,
        };
        let done = || Some((Means::Done, "Invited".to_owned()));
        assert_eq!(voices(done(), 200).disagreement(OutcomeKind::Pending), None);
        assert_eq!(voices(None, 200).disagreement(OutcomeKind::InDoubt), None);
        let told = voices(done(), 500).disagreement(OutcomeKind::Failed).expect("they differ");
        let expected =
            "the page said \"Invited\"; the server answered POST /invite 500; the list does not show it";
        assert_eq!(told, expected);
        let refused = Some((Means::Reason(Reason::SeatLimit), "Full".to_owned()));
        assert!(voices(refused, 200).disagreement(OutcomeKind::Done).is_some());
    }
}

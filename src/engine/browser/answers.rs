//! What came of the requests that fill a list (F6): whether they are on their way, answered well, or failed. Pure.

use std::collections::VecDeque;

use super::watch::Mark;

/// So many of the last ones are known.
const MOST: usize = 200;

/// What was heard of the requests of one kind since a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    begun: usize,
    ended: usize,
    /// The one that began last ended well.
    went_well: bool,
}

impl Heard {
    /// None was sent.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        self.begun == 0
    }

    /// One was sent and is not answered yet.
    #[must_use]
    pub fn is_under_way(self) -> bool {
        self.begun > self.ended
    }

    /// All were answered, the last one well: what an earlier one came to is overtaken.
    #[must_use]
    pub fn is_answered(self) -> bool {
        self.begun > 0 && self.begun == self.ended && self.went_well
    }
}

/// The requests of a map's lists, in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Answers(VecDeque<Asked>);

#[derive(Debug)]
struct Asked {
    number: Mark,
    /// The patterns it is meant by, as they stand in the map.
    kinds: Vec<String>,
    /// Whether it went well; nothing as long as it is under way.
    end: Option<bool>,
}

impl Answers {
    /// A request of these kinds is sent.
    pub(super) fn begin(&mut self, number: Mark, kinds: Vec<String>) {
        if kinds.is_empty() {
            return;
        }
        self.0.push_back(Asked { number, kinds, end: None });
        if self.0.len() > MOST {
            self.0.pop_front();
        }
    }

    /// It was answered with this status, or came to nothing.
    pub(super) fn end(&mut self, number: Mark, status: Option<u16>) {
        // 304: what the browser has is still so (RFC 9110, section 15.4.5).
        let went_well = status.is_some_and(|status| (200..300).contains(&status) || status == 304);
        if let Some(asked) = self.0.iter_mut().rev().find(|asked| asked.number == number) {
            asked.end = Some(went_well);
        }
    }

    pub(super) fn heard(&self, kind: &str, since: Mark) -> Heard {
        let is_meant = |asked: &&Asked| asked.number > since && asked.kinds.iter().any(|known| known == kind);
        let all = self.0.iter().filter(is_meant);
        all.fold(Heard::default(), |heard, asked| Heard {
            begun: heard.begun + 1,
            ended: heard.ended + usize::from(asked.end.is_some()),
            went_well: asked.end == Some(true),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(heard: Heard) -> [bool; 3] {
        [heard.is_nothing(), heard.is_under_way(), heard.is_answered()]
    }

    #[test]
    fn the_answer_to_what_was_asked_last_is_what_counts() {
        let at = Mark::at;
        let mut answers = Answers::default();
        answers.begin(at(1), vec!["GET /x".to_owned()]);
        answers.begin(at(2), Vec::new());
        assert_eq!(words(answers.heard("GET /x", at(0))), [false, true, false]);
        assert_eq!(words(answers.heard("GET /x", at(1))), [true, false, false], "it began before");
        assert_eq!(words(answers.heard("GET /y", at(0))), [true, false, false], "of another kind");
        answers.end(at(1), Some(200));
        assert_eq!(words(answers.heard("GET /x", at(0))), [false, false, true]);
        answers.begin(at(3), vec!["GET /x".to_owned()]);
        assert_eq!(words(answers.heard("GET /x", at(0))), [false, true, false], "another one is under way");
        answers.end(at(3), Some(500));
        assert_eq!(words(answers.heard("GET /x", at(0))), [false, false, false], "it failed");
        // What is typed on calls off the search for what was typed before.
        answers.begin(at(4), vec!["GET /x".to_owned()]);
        answers.begin(at(5), vec!["GET /x".to_owned()]);
        answers.end(at(5), Some(304));
        answers.end(at(4), None);
        assert_eq!(words(answers.heard("GET /x", at(3))), [false, false, true]);
    }
}

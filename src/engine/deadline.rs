//! By when a run has to be over, and the change that is being made (D5.6): no step, reading or wait goes on for longer.
//!
//! A run that has no time left begins no further change. One that is under way ends before its commit, or is left in
//! doubt for `resume`. Time in which a person is waited for does not count: nothing hangs then.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::Instant;

use super::report::ErrorReport;
use crate::domain::outcome::{Outcome, Reason};

/// How long a run may take unless its workspace says otherwise. A list of 10,000 people takes some three minutes, and a
/// change reads it two to four times (docs/measurements.md).
pub const USUAL: Duration = Duration::from_secs(60 * 60);
/// How long a change may take beside what takes longer the longer the list is.
const CHANGE: Duration = Duration::from_secs(6 * 60);
/// The same of each further one that shares its commit.
const FURTHER: Duration = Duration::from_secs(5);
/// So long before the end the work does, for the browser to tell where it stood. Then it is killed.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The clones of a run's deadline are one.
#[derive(Clone, Debug)]
pub(crate) struct Deadline(Arc<Mutex<Ends>>);

#[derive(Debug)]
struct Ends {
    limit: Duration,
    run: Instant,
    change: Option<(Instant, Instant)>,
    /// The longest change so far.
    longest: Duration,
    /// What the last reading of the list took.
    reading: Duration,
}

impl Deadline {
    /// So long from now.
    pub(crate) fn after(limit: Duration) -> Self {
        let run = Instant::now() + limit.saturating_sub(LAST_WORDS);
        let none = Duration::ZERO;
        Self(Arc::new(Mutex::new(Ends { limit, run, change: None, longest: none, reading: none })))
    }

    /// When whatever is done now has to be over: the change, if there is one, or the run.
    pub(crate) fn end(&self) -> Instant {
        let ends = self.ends();
        ends.change.map_or(ends.run, |(_, end)| end.min(ends.run))
    }

    /// When the browser is killed that has not answered by then.
    pub(crate) fn last_words(&self) -> Instant {
        self.ends().run + LAST_WORDS
    }

    /// The run's time is over.
    pub(crate) fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// What is left of it.
    pub(crate) fn left(&self) -> Duration {
        self.ends().run.saturating_duration_since(Instant::now())
    }

    /// A person was waited for, for so long.
    pub(crate) fn extend(&self, by: Duration) {
        self.ends().run += by;
    }

    /// The list was read, which took so long.
    pub(crate) fn has_read(&self, took: Duration) {
        self.ends().reading = took;
    }

    /// What the last reading took.
    pub(crate) fn of_reading(&self) -> Duration {
        self.ends().reading
    }

    /// Whether there is time for one more change that may begin after this wait, going by the longest so far, and for the
    /// reading that some of them are proven by.
    pub(crate) fn has_time(&self, wait: Duration, ends_with_reading: bool) -> bool {
        let (longest, reading) = {
            let ends = self.ends();
            (ends.longest, ends.reading)
        };
        let proof = if ends_with_reading { reading } else { Duration::ZERO };
        self.left() > wait + longest.max(reading) + proof
    }

    /// A change begins, or so many in one commit. In a long list to find somebody takes as long as to read it.
    pub(crate) fn begin_change(&self, count: usize) {
        let mut ends = self.ends();
        let further = FURTHER * u32::try_from(count.saturating_sub(1)).unwrap_or(u32::MAX);
        let now = Instant::now();
        ends.change = Some((now, now + CHANGE + further + ends.reading * 4));
    }

    /// It is over.
    pub(crate) fn end_change(&self) {
        let mut ends = self.ends();
        if let Some((began, _)) = ends.change.take() {
            ends.longest = ends.longest.max(began.elapsed());
        }
    }

    /// What is true of a change that was never begun because of it.
    pub(crate) fn not_begun(&self) -> Outcome {
        let limit = self.in_words();
        Outcome::failed(Reason::Timeout)
            .with_detail(format!("not begun: the run's time ({limit}) was nearly over"))
    }

    /// Why a run ended before its work was done.
    pub(crate) fn error(&self, message: &str) -> ErrorReport {
        let limit = self.in_words();
        ErrorReport {
            reason: Some(Reason::Timeout.as_str().to_owned()),
            message: format!("{message}; the run had {limit}, which are over"),
            hint: format!(
                "open the console by hand to see whether it answers; if it does and there is much to do, give a run more than \
                 {limit} (`deadline` in the configuration, or --deadline), then run this again"
            ),
            retryable: true,
        }
    }

    fn in_words(&self) -> String {
        in_words(self.ends().limit)
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().expect("nobody panics while holding it")
    }
}

/// A duration as people write it: `30m`.
#[must_use]
pub fn in_words(duration: Duration) -> String {
    SignedDuration::try_from(duration)
        .map_or_else(|_| "for ever".to_owned(), |duration| format!("{duration:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pass(seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_begun_only_while_there_is_time_for_it() {
        let deadline = Deadline::after(Duration::from_secs(100));
        let none = Duration::ZERO;
        assert!(deadline.has_time(none, false));
        deadline.has_read(Duration::from_secs(10));
        deadline.begin_change(1);
        pass(30).await;
        deadline.end_change();
        pass(35).await;
        assert_eq!(deadline.left(), Duration::from_secs(35) - LAST_WORDS);
        assert!(deadline.has_time(none, false), "the longest took 30 s");
        assert!(!deadline.has_time(none, true), "and its proof takes another 10");
        assert!(!deadline.has_time(Duration::from_secs(5), false), "and its turn comes in 5");
        pass(6).await;
        assert!(!deadline.has_time(none, false));
        deadline.extend(Duration::from_secs(60));
        assert!(deadline.has_time(none, true), "a person was waited for");
        pass(90).await;
        assert!(deadline.is_over());
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_ends_with_its_own_time_or_the_runs() {
        let deadline = Deadline::after(Duration::from_secs(1000));
        let now = Instant::now();
        deadline.has_read(Duration::from_secs(5));
        deadline.begin_change(1);
        assert_eq!(deadline.end() - now, Duration::from_secs(380));
        deadline.begin_change(11);
        assert_eq!(deadline.end() - now, Duration::from_secs(430));
        deadline.end_change();
        let end = Duration::from_secs(1000);
        assert_eq!((deadline.end() - now, deadline.last_words() - now), (end - LAST_WORDS, end));
        pass(900).await;
        deadline.begin_change(1);
        assert_eq!(deadline.end() - now, end - LAST_WORDS);
    }

    #[test]
    fn durations_read_as_people_write_them() {
        assert_eq!(
            [30, 1800, 5400].map(|seconds| in_words(Duration::from_secs(seconds))),
            ["30s", "30m", "1h 30m"]
        );
    }
}

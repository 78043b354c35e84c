//! How fast changes follow one another (D7.8): a real console is not to be hurried, and may refuse whoever does.

use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::workspace::is_this_machine;

/// The least time between two changes on a console of somebody else.
pub const USUAL: Duration = Duration::from_secs(1);

/// The pace on a console at this address where nothing is said: [`USUAL`], and none on this machine, where only a practice
/// console is.
#[must_use]
pub fn usual(url: &Url) -> Duration {
    if is_this_machine(url) { Duration::ZERO } else { USUAL }
}

/// The changes of a run as they follow one another. From the beginning of one to the beginning of the next, and from the
/// commit of one to whatever comes after it, there is at least this much time, so no two commits are closer either.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    least: Duration,
    from: Option<Instant>,
}

impl Pace {
    /// Before the first change.
    pub(super) fn of(least: Duration) -> Self {
        Self { least, from: None }
    }

    /// A change begins, or was committed.
    pub(super) fn mark(&mut self) {
        self.from = Some(Instant::now());
    }

    /// When the next change may begin; `None`: at once.
    pub(super) fn next(&self) -> Option<Instant> {
        self.from.map(|from| from + self.least).filter(|next| *next > Instant::now())
    }

    /// How long it is until then.
    pub(super) fn wait(&self) -> Duration {
        self.next().map_or(Duration::ZERO, |next| next.saturating_duration_since(Instant::now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn only_this_machine_is_hurried() {
        let of = |url: &str| usual(&url.parse().unwrap());
        for here in ["http://127.0.0.1:8080/", "http://localhost/", "http://[::1]:1/", "https://a.localhost/"]
        {
            assert_eq!(of(here), Duration::ZERO, "{here}");
        }
        for there in ["https://acme.example.com/", "https://10.0.0.1/", "https://localhost.example.com/"] {
            assert_eq!(of(there), SECOND, "{there}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_waits_for_its_turn_from_the_last_beginning_or_commit() {
        let mut pace = Pace::of(SECOND * 3);
        assert_eq!(pace.wait(), Duration::ZERO, "nothing came before");
        pace.mark();
        tokio::time::advance(SECOND).await;
        assert_eq!(pace.wait(), SECOND * 2);
        pace.mark();
        assert_eq!(pace.wait(), SECOND * 3, "it was committed only now");
        tokio::time::advance(SECOND * 3).await;
        assert_eq!(pace.next(), None);
        let mut none = Pace::of(Duration::ZERO);
        none.mark();
        assert_eq!(none.next(), None);
    }
}

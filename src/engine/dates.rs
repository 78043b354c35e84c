//! How long ago something was, from what a console writes: `12 Mar 2026`, `March 12, 2026`, `3 days ago`.
//!
//! A date says less than it seems to: not at what time, and not where on earth. So the answer is how long ago it was *at
//! least*, which is the careful one where something is done to who waited for too long. What could be read in two ways
//! (`03/04/2026`) or is in a language of which no word is known is not read at all.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::Engine;
use super::journal::JournalError;
use crate::domain::email::Email;
use crate::domain::member::Member;
use crate::domain::reading::Reading;
use crate::engine::app::Map;

/// The place where a day ends last.
const WEST: i8 = -12;
/// The place where a day begins first.
const EAST: i8 = 14;

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

/// With the name of the month, as people write it in English.
const IN_WORDS: [&str; 8] =
    ["%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d %b. %Y", "%b. %d %Y", "%a %d %b %Y", "%a %b %d %Y"];

/// How long ago it was at least; `None` where that cannot be told. `language` is the console's, as in `<html lang>`.
pub(crate) fn ago_at_least(text: &str, now: Timestamp, language: &str) -> Option<Duration> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_english = language.split('-').next().is_some_and(|language| language.eq_ignore_ascii_case("en"));
    if is_english && let Some(ago) = in_words(&text.to_lowercase()) {
        return Some(ago);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return since(moment, moment, now);
    }
    let (first, last) = if let Some(time) = moment_of(&text) {
        (time, time)
    } else if let Ok(date) = text.parse::<Date>() {
        whole(date)
    } else {
        whole(Some(&text).filter(|_| is_english).and_then(|text| named(text))?)
    };
    since(at(first, EAST)?, at(last, WEST)?, now)
}

/// The first and the last moment of a day.
fn whole(date: Date) -> (DateTime, DateTime) {
    (date.to_datetime(Time::midnight()), date.to_datetime(Time::MAX))
}

/// A date with a time and without a place.
fn moment_of(text: &str) -> Option<DateTime> {
    text.contains(':').then(|| text.parse().ok()).flatten()
}

fn at(time: DateTime, offset: i8) -> Option<Timestamp> {
    time.to_zoned(TimeZone::fixed(Offset::constant(offset))).ok().map(|zoned| zoned.timestamp())
}

/// It was between these two; what is yet to come was not.
fn since(earliest: Timestamp, latest: Timestamp, now: Timestamp) -> Option<Duration> {
    if earliest > now {
        return None;
    }
    let ago: SignedDuration = now.duration_since(latest);
    Some(Duration::try_from(ago).unwrap_or_default())
}

/// `12 Mar 2026`, `Mar 12, 2026`, with a weekday or without.
fn named(text: &str) -> Option<Date> {
    let text = text.replace(',', "");
    IN_WORDS.iter().find_map(|format| Date::strptime(format, &text).ok())
}

/// `3 days ago`, `an hour ago`, `yesterday`.
fn in_words(text: &str) -> Option<Duration> {
    let text = ["about ", "over ", "almost "].iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text);
    if ["today", "yesterday", "just now", "now"].contains(&text) {
        return Some(Duration::ZERO); // a minute before midnight was yesterday
    }
    let (count, unit) = text.strip_suffix(" ago")?.split_once(' ')?;
    let count: u64 = match count {
        "a" | "an" => 1,
        count => count.parse().ok()?,
    };
    let seconds = match unit.trim_end_matches('s') {
        "second" | "sec" => 1,
        "minute" | "min" => 60,
        "hour" | "hr" => HOUR,
        "day" => DAY,
        "week" => 7 * DAY,
        "month" => 28 * DAY, // it may be a short one
        "year" => 365 * DAY,
        _ => return None,
    };
    // Two and a half are rounded up to three.
    Some(Duration::from_secs(count.checked_mul(seconds)?.saturating_sub(seconds / 2)))
}

/// Notes of everybody how long ago they were invited at least, where the map says that it is a date (F3). A console may go
/// on showing the first time: what was sent again since stands in the journal.
pub(crate) async fn note_invited(engine: &Engine, reading: &mut Reading) -> Result<(), JournalError> {
    let map = &engine.workspace.app.map;
    if !tells_invited(map) {
        return Ok(());
    }
    let now = (engine.clock)();
    let resent: BTreeMap<Email, Timestamp> =
        engine.journal.resends(&engine.workspace.name).await?.into_iter().collect();
    let note = |member: &mut Member| {
        let shown = member.cells.get(INVITED).and_then(|text| ago_at_least(text, now, &map.language));
        let by_us = member.email.as_ref().and_then(|email| resent.get(email));
        let by_us = by_us.and_then(|sent| Duration::try_from(now.duration_since(*sent)).ok());
        member.invited_for = shown.map(|shown| by_us.map_or(shown, |by_us| by_us.min(shown)));
    };
    reading.members.change(|rows| rows.iter_mut().for_each(note));
    Ok(())
}

/// The column that says when somebody was invited.
const INVITED: &str = "invited_at";

/// Whether the list tells when people were invited, as a date.
pub(crate) fn tells_invited(map: &Map) -> bool {
    map.areas.values().filter_map(|area| area.elements.get(INVITED)).any(|element| element.date)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole hours, at a moment in the middle of a day.
    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        let now: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        let hours = ago_at_least(text, now, "en-US").map(|ago| ago.as_secs() / HOUR);
        assert_eq!(hours, expected, "{text}");
    }

    #[test]
    fn a_date_is_at_least_so_long_ago() {
        check("2026-11-29T12:00:00Z", Some(24));
        check("2026-11-29T12:00:00+02:00", Some(26));
        check("2026-11-29 12:00:00", Some(12));
        // It ends at noon of the next day, far in the west.
        for date in [
            "2026-11-19",
            "19 Nov 2026",
            "Nov 19, 2026",
            "November 19, 2026",
            "19 November 2026",
            "Thu, 19 Nov 2026",
        ] {
            check(date, Some(10 * 24));
        }
        check("9 Nov 2026", Some(20 * 24));
        check("29 Nov 2026", Some(0));
        check("30 Nov 2026", Some(0));
        // It has begun in the east; the next has not.
        check("1 Dec 2026", Some(0));
        check("2 Dec 2026", None);
        check("3 days ago", Some(60));
        check("a week ago", Some(84));
        check("about 2 months ago", Some(42 * 24));
        check("5 minutes ago", Some(0));
        check("Yesterday", Some(0));
    }

    #[test]
    fn what_may_mean_two_days_is_none() {
        for text in [
            "03/04/2026",
            "11.12.2026",
            "12 Mar",
            "-",
            "",
            "soon",
            "3 moons ago",
            "-3 days ago",
            "2026",
            "31 Feb 2026",
        ] {
            check(text, None);
        }
        let now: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        for (text, is_read) in [("3 days ago", false), ("19 Nov 2026", false), ("2026-11-19", true)] {
            assert_eq!(ago_at_least(text, now, "de").is_some(), is_read, "{text}");
        }
    }
}

//! What arguments are taken, and what is said against others.

use super::*;

#[test]
fn clap_finds_nothing_to_complain_about() {
    command().debug_assert();
}

#[test]
fn a_time_is_written_as_people_do() {
    assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
    assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
    for wrong in ["", "0s", "-5m", "30", "soon"] {
        assert!(duration(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_age_is_told_in_days_weeks_or_hours() {
    for (text, hours) in [("7d", 168), ("2w", 336), ("36h", 36), ("1d 12h", 36), ("7 days", 168)] {
        assert_eq!(long_ago(text), Ok(Duration::from_secs(hours * 3600)), "{text}");
    }
    for wrong in ["", "7", "0d", "-7d", "1 month", "1y", "soon"] {
        assert!(long_ago(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_settlement_names_the_change_and_what_became_of_it() {
    assert_eq!(settlement("7=done"), Ok(Settlement { change: 7, done: true }));
    assert_eq!(settlement("7=not-done"), Ok(Settlement { change: 7, done: false }));
    for wrong in ["", "7", "done", "7=", "7=undone", "x=done", "7=done=done"] {
        assert!(settlement(wrong).is_err(), "{wrong}");
    }
}

//! How fast changes follow one another on a console (`pace`), by the console's own clock.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::cli::contains;
use crate::support::practice::Practice;

const PLACE: &str = "config/seatwright/seatwright.toml";

/// Twelve people, a configuration with these lines, and three of the people who have a plain role.
pub(crate) fn practice(lines: &str) -> (Practice, Vec<String>) {
    let practice = Practice::with(12, &[]);
    practice.write(PLACE, &format!("{}{lines}", practice.config()));
    let people = practice.truth().everybody("learner", "active").into_iter();
    let people: Vec<String> = people.filter(|email| *email != practice.ready.account.email).take(3).collect();
    assert_eq!(people.len(), 3);
    (practice, people)
}

fn set_role<'a>(people: &[&'a str]) -> Vec<&'a str> {
    [&["set-role"], people, &["--role", "author", "--yes"]].concat()
}

/// When the console took each change.
fn taken(practice: &Practice) -> Vec<Timestamp> {
    let truth = practice.truth();
    let mutations = truth.0["mutations"].as_array().unwrap().iter();
    mutations.map(|one| one["at"].as_str().unwrap().parse().unwrap()).collect()
}

#[test]
fn so_much_time_is_between_two_commits() {
    let (practice, people) = practice("pace = \"6s\"\n");
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    practice.check(&set_role(&people), 0);
    let taken = taken(&practice);
    let between: Vec<SignedDuration> = taken.windows(2).map(|two| two[1].duration_since(two[0])).collect();
    println!("{between:?}");
    assert_eq!(between.len(), 2, "{taken:?}");
    assert!(between.iter().all(|between| *between >= SignedDuration::from_secs(6)), "{between:?}");
}

/// Where the next turn comes after the run's time is over, nobody waits for it.
#[test]
fn a_turn_that_comes_too_late_is_not_waited_for() {
    let (practice, people) = practice("pace = \"30m\"\ndeadline = \"10m\"\n");
    let since = Instant::now();
    let report = practice.json(&set_role(&[&people[0], &people[1]]), 4);
    assert!(since.elapsed() < Duration::from_secs(300), "{:?}", since.elapsed());
    let outcome = |at: usize| report["changes"][at]["outcome"].as_str().unwrap().to_owned();
    assert_eq!((outcome(0), outcome(1)), ("done".to_owned(), "failed".to_owned()), "{report:#}");
    contains(&report["changes"][1].to_string(), &["not begun", "timeout"]);
    assert_eq!(taken(&practice).len(), 1);
    practice.nothing_is_left();
}

/// This machine is not waited for, for only practice consoles are there.
#[test]
fn a_practice_console_has_no_pace_of_its_own() {
    let (practice, _) = practice("");
    let pace = |practice: &Practice| {
        let shown = practice.check(&["config", "show"], 0).out;
        let line = shown.lines().find(|line| line.starts_with("pace ")).map(str::to_owned);
        line.unwrap_or_else(|| panic!("{shown}"))
    };
    contains(&pace(&practice), &["0s", "default"]);
    let elsewhere = practice.config().replace(&*practice.ready.url, "https://acme.example.com/");
    practice.write(PLACE, &elsewhere);
    contains(&pace(&practice), &["1s", "default"]);
    practice.write(PLACE, &format!("{elsewhere}pace = \"0s\"\n"));
    contains(&pace(&practice), &["0s", "line "]);
    practice.write(PLACE, &format!("{elsewhere}pace = \"fast\"\n"));
    contains(&practice.check(&["config", "show"], 2).err, &["`fast` is not a duration"]);
}

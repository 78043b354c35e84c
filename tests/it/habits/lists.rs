//! Lists that are read to their end in all parts, and searches that show nothing new.

use std::time::{Duration, Instant};

use seatwright::engine::runner::Sought;

use crate::quirks::answers::ann_is_made_admin;
use crate::quirks::console::{Console, lines};

const IDA: &str = "it@acme.example|Ida Tell|owner|active";
const ANN: &str = "ann@acme.example|Ann Lee|member|active";
const BO: &str = "bo@acme.example|Bo Ray|admin|active";
const CY: &str = "cy@acme.example|Cy Day|member|invited";

#[track_caller]
fn check(console: &Console, grade: &str, expected: &[&str]) {
    let reading = console.read();
    assert_eq!(reading.grade.as_str(), grade, "{:?}", reading.unproven);
    assert_eq!(lines(&reading), expected);
}

#[test]
fn a_role_by_tab_is_read_for_everybody() {
    check(&Console::of("role-by-tab"), "total", &[IDA, BO, "cy@acme.example|-|-|invited", ANN]);
}

#[test]
fn a_role_by_filter_is_read_for_everybody() {
    let console = Console::of("role-by-filter");
    check(&console, "total", &[IDA, BO, ANN, CY]);
    console.does("remove", "bo@acme.example", None, "remove bo@acme.example");
}

/// Each of them shows what is not so for a while.
#[test]
fn lists_that_come_late_are_read_for_everybody() {
    for quirk in ["old-rows", "loading-empty", "tab-late"] {
        check(&Console::of(quirk), "total", &[IDA, ANN, BO, CY]);
    }
}

#[test]
fn somebody_behind_a_button_is_found() {
    Console::of("more-button").does("remove", "bo@acme.example", None, "remove bo@acme.example");
}

#[test]
fn the_last_of_two_pages_tells_where_a_list_ends() {
    check(&Console::with("total-without-pending", "pages"), "end", &[IDA, ANN, BO, CY]);
}

/// The search finds somebody else than was sought, and they were there before: nothing on the page tells that it is over.
#[test]
fn a_search_that_shows_who_was_there_before_is_over() {
    let started = Instant::now();
    let sought = Console::of("loading-unsaid").seek("zed@acme.example");
    assert!(matches!(sought, Sought::NotSeen), "{sought:?}");
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
}

#[test]
fn a_second_role_is_chosen_instead_of_the_first() {
    let acted = "ann@acme.example is Admin";
    Console::of("several-roles").does("change_role", "ann@acme.example", Some("admin"), acted);
}

#[test]
fn a_list_that_scrolls_in_its_box_is_read_to_its_end() {
    let reading = Console::of("endless").read();
    assert_eq!((reading.grade.as_str(), reading.rows()), ("total", 24), "{:?}", reading.unproven);
}

/// Of two filters the first shows whom the page showed before, nobody.
#[test]
fn filters_that_show_the_same_are_read_for_everybody() {
    check(&Console::of("same-again"), "total", &[IDA, ANN, BO]);
}

#[test]
fn what_an_address_alone_loads_nothing_of_is_read_back() {
    ann_is_made_admin("hash-routes");
}

/// What is read is clicked as well, and acts on nobody else.
#[test]
fn somebody_of_a_list_is_removed_where_they_stand() {
    for (quirk, who) in [
        ("generated", "bo"),
        ("odd-test-attribute", "bo"),
        ("shadow-roots", "bo"),
        ("sections", "ann"),
        ("virtual-rows", "p20"),
    ] {
        let who = format!("{who}@acme.example");
        Console::of(quirk).does("remove", &who, None, &format!("remove {who}"));
    }
    let who = "cy@acme.example";
    Console::of("pending-rows").does("cancel_invite", who, None, "remove cy@acme.example");
}

//! How lists read: what stands in cells, which rows there are, when a list can be believed, and who is found in it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use seatwright::domain::reading::Reading;
use seatwright::engine::runner::{Committed, Sought};

use super::console::{Console, lines};

const IDA: &str = "it@acme.example|Ida Tell|owner|active";
const ANN: &str = "ann@acme.example|Ann Lee|member|active";
const BO: &str = "bo@acme.example|Bo Ray|admin|active";
const CY: &str = "cy@acme.example|Cy Day|member|invited";
const ALL: [&str; 4] = [IDA, ANN, BO, CY];

/// Reads the list of the page, which has to be proven.
#[track_caller]
fn check(quirk: &str, expected: &[&str]) -> (Console, Reading) {
    let console = Console::of(quirk);
    let reading = console.read();
    assert!(reading.grade.is_proven(), "{quirk}: {:?}", reading.unproven);
    assert_eq!(lines(&reading), expected, "{quirk}");
    (console, reading)
}

#[test]
fn header_case() {
    check("header-case", &ALL);
}

#[test]
fn cell_badges() {
    let (_, reading) = check("cell-badges", &ALL);
    let active: Vec<_> = reading.members.iter().map(|member| member.cells.get("last_active")).collect();
    assert_eq!(active, [None, None, Some(&"3 Nov 2026".to_owned()), None]);
}

#[test]
fn pending_rows() {
    check("pending-rows", &[IDA, ANN, BO, "cy@acme.example|-|member|invited"]);
}

#[test]
fn owner_outside() {
    check("owner-outside", &ALL);
}

#[test]
fn sections() {
    check("sections", &[IDA, BO, ANN, "cy@acme.example|Cy Day|member|active"]);
}

#[test]
fn total_without_pending() {
    assert_eq!(check("total-without-pending", &ALL).1.grade.as_str(), "end");
}

#[test]
fn old_rows() {
    assert_eq!(Console::of("old-rows").found("cy@acme.example"), CY);
}

#[test]
fn last_page_link() {
    assert!(check("last-page-link", &ALL).0.acted().is_empty());
}

#[test]
fn loading_empty() {
    assert_eq!(Console::of("loading-empty").found("cy@acme.example"), CY);
}

/// That the second filter shows whom the first did, nobody, is known from the answer and not from the page.
#[test]
fn same_again() {
    let mut console = Console::of("same-again");
    Arc::make_mut(&mut console.desk.app).map.lists.get_mut("members").unwrap().parts.truncate(1);
    let started = Instant::now();
    let sought = console.seek("ann@acme.example");
    assert!(matches!(sought, Sought::NotSeen), "{sought:?}");
    assert!(started.elapsed() < Duration::from_secs(7), "{:?}", started.elapsed());
}

#[test]
fn loading_unsaid() {
    check("loading-unsaid", &ALL);
}

#[test]
fn unstable_order() {
    check("unstable-order", &ALL);
}

#[test]
fn filter_remembered() {
    check("filter-remembered", &ALL);
}

#[test]
fn hash_routes() {
    let console = Console::of("hash-routes");
    let (ran, reading) = console.play_and_read("change_role", "ann@acme.example", "admin");
    assert!(ran.stop.is_none() && ran.committed == Committed::Yes, "{ran:?}");
    assert_eq!(console.acted(), ["ann@acme.example is Admin"]);
    assert_eq!(lines(&reading)[1], "ann@acme.example|Ann Lee|admin|active");
}

#[test]
fn substring_search() {
    Console::of("substring-search").does("remove", "ann@acme.example", None, "remove ann@acme.example");
}

#[test]
fn search_old_rows() {
    Console::of("search-old-rows").does("remove", "cy@acme.example", None, "remove cy@acme.example");
}

#[test]
fn generated() {
    let read = ["it@acme.example|Ida Tell|owner|active", ANN, BO, "cy@acme.example|Cy Day|member|active"];
    check("generated", &read);
}

#[test]
fn odd_test_attribute() {
    check("odd-test-attribute", &ALL);
}

#[test]
fn shadow_roots() {
    check("shadow-roots", &ALL);
}

#[test]
fn role_by_tab() {
    assert_eq!(Console::of("role-by-tab").found("ann@acme.example"), ANN);
}

#[test]
fn tab_late() {
    assert_eq!(Console::of("tab-late").found("cy@acme.example"), CY);
}

#[test]
fn role_by_filter() {
    assert_eq!(Console::of("role-by-filter").found("ann@acme.example"), ANN);
}

#[test]
fn more_button() {
    check("more-button", &ALL);
}

/// What they are chosen from stays open over the page, and over the button that saves.
#[test]
fn several_roles() {
    let (console, _) = check("several-roles", &[IDA, ANN, "bo@acme.example|Bo Ray|admin+member|active"]);
    console.does("change_role", "bo@acme.example", Some("member"), "bo@acme.example is Member");
}

/// Twenty-four people, of whom eight are in the document at a time.
#[test]
fn virtual_rows() {
    let reading = Console::of("virtual-rows").read();
    assert_eq!((reading.grade.as_str(), reading.rows()), ("total", 24), "{:?}", reading.unproven);
}

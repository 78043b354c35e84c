//! The dice, rolled without a server.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::sandbox::faults::*;

fn faults(names: &[&str], seed: u64, mode: Option<&str>) -> Faults {
    let request = FaultRequest {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        mode: mode.map(str::to_owned),
        ..FaultRequest::default()
    };
    Faults::from_request(&request, seed).expect("known names")
}

fn fates(faults: &mut Faults) -> Vec<Fate> {
    (0..40).map(|_| faults.next_write()).collect()
}

#[test]
fn an_unknown_name_lists_what_there_is() {
    let request = FaultRequest { names: vec!["gremlins".into()], ..FaultRequest::default() };
    let message = Faults::from_request(&request, 1).expect_err("an unknown name").to_string();
    assert!(message.contains("\"gremlins\"") && message.contains("slow, rerender"), "{message}");
    let request = FaultRequest { mode: Some("loud".into()), ..FaultRequest::default() };
    assert!(
        Faults::from_request(&request, 1).expect_err("an unknown name").to_string().contains("says_done")
    );
}

#[test]
fn the_same_seed_rolls_the_same() {
    for name in ["lost_response", "toast_lies"] {
        assert_eq!(fates(&mut faults(&[name], 7, None)), fates(&mut faults(&[name], 7, None)));
        assert_ne!(fates(&mut faults(&[name], 7, None)), fates(&mut faults(&[name], 8, None)));
    }
    let delays = |seed| (0..20).map(|_| faults(&["slow"], seed, None).next_delay()).collect::<Vec<_>>();
    assert_eq!(delays(3), delays(3));
}

#[test]
fn both_ways_happen_unless_a_mode_says_otherwise() {
    let both = fates(&mut faults(&["toast_lies"], 1, None));
    assert!(both.contains(&Fate::SaysDone) && both.contains(&Fate::SaysFailed));
    let one = fates(&mut faults(&["toast_lies"], 1, Some("says_failed")));
    assert!(one.iter().all(|fate| *fate == Fate::SaysFailed));
    let cut = fates(&mut faults(&["lost_response"], 1, Some("applied,says_done")));
    assert!(cut.iter().all(|fate| *fate == Fate::Cut { applied: true }));
}

#[test]
fn no_fault_changes_nothing() {
    let mut none = Faults::none(1);
    assert_eq!(none.next_delay(), Duration::ZERO);
    assert_eq!(none.next_write(), Fate::Plain);
    let list = none.next_list();
    assert!(list.reorder.is_none() && list.short.is_none() && list.total_off == 0);
}

#[test]
fn the_server_breaks_down_now_and_then_or_each_time() {
    let broken = |mode| {
        let mut faults = faults(&["errors"], 3, mode);
        (0..40)
            .filter(|_| {
                faults.next_delay();
                faults.breaks_down()
            })
            .count()
    };
    assert!((5..25).contains(&broken(None)), "{}", broken(None));
    assert_eq!(broken(Some("always")), 40);
}

#[test]
fn something_lies_over_a_page_now_and_then_or_each_time() {
    let seen = |names: &[&str], mode| {
        let mut faults = faults(names, 2, mode);
        let all: Vec<_> = (0..60).map(|_| faults.next_announcement()).collect();
        let count = |what: fn(&Announcement) -> bool| all.iter().filter(|one| what(one)).count();
        [count(|one| one.news), count(|one| one.cookies), count(|one| one.news && one.cookies)]
    };
    let [news, cookies, both] = seen(&["overlay"], None);
    assert!((8..35).contains(&news) && (8..35).contains(&cookies) && both < news.min(cookies));
    assert_eq!(seen(&["overlay"], None), seen(&["overlay"], None));
    assert_eq!(seen(&["overlay"], Some("always")), [60, 60, 60]);
    assert_eq!(seen(&["slow"], Some("always")), [0, 0, 0]);
}

#[test]
fn labels_drift_together_or_one_by_one() {
    let renamed = |names: &[&str], mode| {
        let flags = serde_json::to_value(faults(names, 1, mode).flags()).expect("flags are plain data");
        ["invite", "remove", "email"].map(|label| flags["renamed"][label] == true)
    };
    assert_eq!(renamed(&["drift"], None), [true, true, true]);
    assert_eq!(renamed(&["drift"], Some("always")), [true, true, true]);
    assert_eq!(renamed(&["drift"], Some("delete_member")), [false, true, false]);
    assert_eq!(renamed(&["drift"], Some("add_people, email_address")), [true, false, true]);
    assert_eq!(renamed(&["slow"], Some("add_people")), [false, false, false]);
}

#[test]
fn the_total_is_off_consistently_or_not() {
    let offs = |mode| {
        let mut faults = faults(&["wrong_total"], 5, Some(mode));
        (0..20).map(|_| faults.next_list().total_off).collect::<BTreeSet<_>>()
    };
    assert_eq!(offs("same").len(), 1);
    assert!(!offs("same").contains(&0));
    assert!(offs("varies").len() > 2);
}

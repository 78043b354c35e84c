//! What a long study shows of the pure rules, which print nothing themselves: `make soak NAME=laws`.

use crate::domain::reconcile_laws::classes;

/// A table of the classes of worlds in which the laws of a roster's plan were tried, and the share of each.
#[test]
#[expect(clippy::print_stdout, reason = "a table for people")]
#[ignore = "a table for people: make soak NAME=laws"]
fn the_classes_of_the_laws_worlds_are_shown_with_their_shares() {
    let classes = classes();
    println!("| of {} worlds | have it | share |\n|---|---|---|", classes.worlds);
    for (class, count) in &classes.seen {
        println!("| {class} | {count} | {:.1} % |", 100.0 * f64::from(*count) / f64::from(classes.worlds));
    }
    classes.check();
}

//! A sample of the long studies (`make soak`): kills at the moments that matter most, a few removals on a page that
//! moves, and lists of more than a page.

#[cfg(feature = "crash-points")]
#[path = "../studies/mod.rs"]
mod studies;

#[cfg(not(feature = "crash-points"))]
#[test]
fn kills_are_left_out_without_the_feature_crash_points() {
    use std::io::Write as _;
    // Not eprintln!: what a passing test prints with that is not shown.
    writeln!(std::io::stderr(), "left out: tests/it/crash.rs needs --features crash-points").unwrap();
}

#[cfg(feature = "crash-points")]
mod sample {
    use std::path::Path;
    use std::time::Duration;

    use super::studies::apply_faults;
    use super::studies::kill::{Case, Moment, Operation, Victim};
    use super::studies::lists::{self, Kind};
    use super::studies::rosters::Parts;
    use super::studies::{kill_apply, removals};

    const PROGRAM: &str = env!("CARGO_BIN_EXE_seatwright");

    fn check(operation: Operation, moment: Moment, victim: Victim) {
        let case = Case { operation, victim, moment, people: 12, seed: 11 };
        let seen = case.play(Path::new(PROGRAM)).unwrap_or_else(|error| panic!("{case}: {error:#}"));
        assert!(
            seen.violations.is_empty(),
            "{case}: {}: {:#?}\n{}",
            seen.route,
            seen.violations,
            seen.steps.join("\n")
        );
    }

    #[test]
    fn a_removal_whose_browser_is_killed_before_the_click() {
        check(Operation::Remove, Moment::After("committing"), Victim::Browser);
    }

    #[test]
    fn a_role_change_whose_driver_is_killed_once_it_is_settled() {
        check(Operation::SetRole, Moment::After("settled"), Victim::Driver);
    }

    #[test]
    fn a_role_change_whose_program_is_killed_before_anything_is_done() {
        check(Operation::SetRole, Moment::After("intended"), Victim::Program);
    }

    #[test]
    fn an_invite_whose_program_and_keeper_are_killed_before_a_late_effect() {
        check(Operation::Invite, Moment::BeforeAnswer { late: true }, Victim::ProgramAndKeeper);
    }

    #[test]
    fn a_plan_with_an_import_that_is_killed_in_the_middle_is_taken_up() {
        let parts = Parts { newcomers: 4, bad: 0, roles: 1, removals: 1, cancelled: 1 };
        let case = kill_apply::Case { parts, people: 16, seed: 11 };
        let seen = case.play(Path::new(PROGRAM), Some(Duration::from_secs(9))).unwrap();
        let told = format!("{:.1} s, {} settled of {} begun", seen.seconds, seen.settled, seen.begun);
        assert!(
            seen.was_killed && seen.violations.is_empty(),
            "{told}: {:#?}\n{:#?}",
            seen.violations,
            seen.steps
        );
    }

    #[test]
    fn what_is_reported_of_a_plan_some_of_which_fails_is_so() {
        let parts = Parts { newcomers: 5, bad: 1, roles: 3, removals: 2, cancelled: 0 };
        let size = apply_faults::Size { people: 16, parts, faults: 2 };
        let seen = apply_faults::study(Path::new(PROGRAM), 11, size).unwrap();
        assert!(seen.violations.is_empty(), "{:.1} s: {:#?}", seen.seconds, seen.violations);
        let count = |outcome: &str| seen.outcomes.get(outcome).copied().unwrap_or_default();
        assert_eq!((seen.changes, count("pending"), count("done")), (10, 4, 3), "{:?}", seen.outcomes);
        assert!(seen.writes <= 2 + 5, "an import, and one for each other: {}", seen.writes);
    }

    #[test]
    fn only_those_asked_for_are_removed_where_rows_move_and_look_alike() {
        let seen =
            removals::study(Path::new(PROGRAM), 11, removals::Size { people: 12, removals: 2 }).unwrap();
        assert!(seen.wrong.is_empty() && seen.lies.is_empty(), "{seen}");
        // A page as bad as this one may be too much now and then: how many get through is for the study to measure.
        assert!(seen.done > 0, "{seen}");
    }

    /// Two readings have to agree, and each may ask twice for a page: for it, and whether the click that led there was
    /// lost. More than `asked` questions to the page mean that rows are read over and over.
    fn read(kind: Kind, people: usize, asked: u64) {
        let seen = lists::study(Path::new(PROGRAM), 11, kind, people).unwrap();
        assert!(seen.wrong.is_empty() && seen.grade == "total", "{seen}");
        assert!(seen.asked <= asked, "{seen}");
        assert!(seen.in_page > 0.0 && seen.usage.memory_mb > 0, "nothing was measured: {seen}");
    }

    #[test]
    fn a_list_of_pages_is_read_as_it_is_in_so_many_questions() {
        read(Kind::Paged, 120, 2 * 2 * 5);
    }

    #[test]
    fn a_list_that_is_scrolled_is_read_as_it_is_in_so_many_questions() {
        read(Kind::Scrolled, 200, 2 * 2 * 2);
    }
}

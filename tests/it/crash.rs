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

    use super::studies::kill::{Case, Moment, Operation, Victim};
    use super::studies::lists::{self, Kind};
    use super::studies::removals;

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

//! Crash points, for the kill matrix only: with the feature `crash-points`, the program, its driver or its browser
//! is killed when a named point is reached. Without the feature the calls compile to nothing.
//!
//! `SEATWRIGHT_CRASH_POINT` is `<point>[:n]=<self|driver|browser>`; `committing:2=driver` kills the driver when
//! `committing` is reached for the second time. A process is killed only if its start time is still the one given
//! to [`processes`].

/// Says which processes `driver` and `browser` are, each as pid and start time (clock ticks after boot, field 22
/// of `/proc/PID/stat`).
#[cfg(not(feature = "crash-points"))]
#[inline]
pub fn processes(_driver: (u32, u64), _browser: (u32, u64)) {}

/// This point is reached.
#[cfg(not(feature = "crash-points"))]
#[inline]
pub fn point(_name: &str) {}

#[cfg(feature = "crash-points")]
pub use armed::{point, processes};

#[cfg(feature = "crash-points")]
mod armed {
    use std::collections::HashMap;
    use std::sync::{LazyLock, Mutex};

    use rustix::process::{Pid, Signal, getpid, kill_process};

    /// What the environment asks for.
    #[derive(Debug, PartialEq, Eq)]
    struct Order {
        point: String,
        nth: u32,
        victim: Victim,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Victim {
        Oneself,
        Driver,
        Browser,
    }

    #[derive(Default)]
    struct State {
        driver: Option<(u32, u64)>,
        browser: Option<(u32, u64)>,
        reached: HashMap<String, u32>,
    }

    static STATE: LazyLock<Mutex<State>> = LazyLock::new(Mutex::default);
    static ORDER: LazyLock<Option<Order>> = LazyLock::new(|| {
        let text = std::env::var("SEATWRIGHT_CRASH_POINT").ok()?;
        Some(parse(&text).unwrap_or_else(|| panic!("SEATWRIGHT_CRASH_POINT is no crash point: {text}")))
    });

    /// Says which processes `driver` and `browser` are, each as pid and start time (clock ticks after boot,
    /// field 22 of `/proc/PID/stat`).
    pub fn processes(driver: (u32, u64), browser: (u32, u64)) {
        let mut state = STATE.lock().expect("nothing panics while it holds this lock");
        state.driver = Some(driver);
        state.browser = Some(browser);
    }

    /// This point is reached.
    pub fn point(name: &str) {
        let Some(order) = ORDER.as_ref().filter(|order| order.point == name) else { return };
        let mut state = STATE.lock().expect("nothing panics while it holds this lock");
        let reached = state.reached.entry(name.to_owned()).or_default();
        *reached += 1;
        if *reached != order.nth {
            return;
        }
        match order.victim {
            Victim::Oneself => kill(getpid()),
            Victim::Driver => kill_if_still(state.driver),
            Victim::Browser => kill_if_still(state.browser),
        }
    }

    fn parse(text: &str) -> Option<Order> {
        let (point, victim) = text.split_once('=')?;
        let (point, nth) = match point.split_once(':') {
            Some((point, nth)) => (point, nth.parse().ok().filter(|nth| *nth > 0)?),
            None => (point, 1),
        };
        let victim = match victim {
            "self" => Victim::Oneself,
            "driver" => Victim::Driver,
            "browser" => Victim::Browser,
            _ => return None,
        };
        (!point.is_empty()).then(|| Order { point: point.to_owned(), nth, victim })
    }

    fn kill_if_still(process: Option<(u32, u64)>) {
        let Some((pid, started)) = process else { return };
        if start_time(pid) != Some(started) {
            return;
        }
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            kill(pid);
        }
    }

    fn kill(pid: Pid) {
        // Whoever is gone already needs no killing.
        let _ = kill_process(pid, Signal::KILL);
    }

    /// The command in field 2 may hold spaces and brackets, so fields are counted from its last bracket.
    fn start_time(pid: u32) -> Option<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use std::os::unix::process::ExitStatusExt;

        #[test]
        fn an_order_names_point_count_and_victim() {
            let order = |point: &str, nth, victim| Some(Order { point: point.to_owned(), nth, victim });
            assert_eq!(parse("settled=self"), order("settled", 1, Victim::Oneself));
            assert_eq!(parse("committing:2=driver"), order("committing", 2, Victim::Driver));
            for wrong in ["", "settled", "=self", "settled=him", "settled:0=self", "settled:x=self"] {
                assert_eq!(parse(wrong), None, "{wrong}");
            }
        }

        #[test]
        fn only_the_very_process_is_killed() {
            let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
            let started = start_time(child.id()).unwrap();
            kill_if_still(Some((child.id(), started + 1)));
            assert_eq!(child.try_wait().unwrap(), None);
            kill_if_still(Some((child.id(), started)));
            assert_eq!(child.wait().unwrap().signal(), Some(9));
        }
    }
}

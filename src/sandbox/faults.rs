//! What can be made to go wrong, and the dice that decide when.
//!
//! A fault is a habit of real consoles, exaggerated. The dice depend on the seed and on the number of the
//! list answer or write they are rolled for, never on time, so that a run can be repeated. Faults that need
//! the page's help reach it as flags of its session (see [`Faults::flags`]); all others stay in the server.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A way in which the console misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// Every answer of the server takes 150 to 1200 ms.
    Slow,
    /// The page replaces its table, menus and dialogs by fresh elements several times a second.
    Rerender,
    /// Rows change places, on the page (elements reused) and between pages.
    Reorder,
    /// People with nearly the same address or the same name, and hidden copies of every row's menu.
    Lookalike,
    /// The page says done where nothing was done, or failed where it was (mode says_done, says_failed).
    ToastLies,
    /// The connection of a write is cut without an answer (mode applied, not_applied).
    LostResponse,
    /// A write is answered at once and takes effect after late_ms.
    LateCommit,
    /// Rows are missing from list answers, sometimes all of them.
    ShortList,
    /// The displayed total is off by a few (mode same, varies).
    WrongTotal,
    /// The server answers 500 and does nothing: now and then, or each time (mode always).
    Errors,
    /// The second person of each list answer has two rows, and counts twice.
    Doubled,
    /// The list has no pages: only the rows in view exist, and they are fetched as one scrolls.
    Virtual,
    /// Now and then news, or a bar about cookies, come to lie over a page (mode always: both, on each).
    Overlay,
    /// Labels have other words (mode add_people, delete_member, email_address: only these).
    Drift,
    /// Every paid seat is in use from the moment this is turned on.
    SeatLimit,
    /// The server forgets all sessions, once: before the request of this number (at).
    SessionDrop,
    /// The account has a second factor: a code is asked for after the password (mode split, auto_submit), or that
    /// somebody approves the sign-in on a phone (mode phone).
    SecondFactor,
    /// Instead of any page somebody has to prove that they are human.
    BotWall,
    /// The account sees the console in German.
    Locale,
    /// Everything after the sign-in is answered 429 (at: from the request of this number on).
    RateLimit,
    /// Requests are accepted and never answered (at: from the request of this number on).
    Hung,
}

impl Fault {
    /// All faults there are.
    pub const ALL: [Fault; 21] = [
        Fault::Slow,
        Fault::Rerender,
        Fault::Reorder,
        Fault::Lookalike,
        Fault::ToastLies,
        Fault::LostResponse,
        Fault::LateCommit,
        Fault::ShortList,
        Fault::WrongTotal,
        Fault::Errors,
        Fault::Doubled,
        Fault::Virtual,
        Fault::Overlay,
        Fault::Drift,
        Fault::SeatLimit,
        Fault::SessionDrop,
        Fault::SecondFactor,
        Fault::BotWall,
        Fault::Locale,
        Fault::RateLimit,
        Fault::Hung,
    ];

    /// The name by which the fault is switched on.
    pub fn name(self) -> &'static str {
        match self {
            Fault::Slow => "slow",
            Fault::Rerender => "rerender",
            Fault::Reorder => "reorder",
            Fault::Lookalike => "lookalike",
            Fault::ToastLies => "toast_lies",
            Fault::LostResponse => "lost_response",
            Fault::LateCommit => "late_commit",
            Fault::ShortList => "short_list",
            Fault::WrongTotal => "wrong_total",
            Fault::Errors => "errors",
            Fault::Doubled => "doubled",
            Fault::Virtual => "virtual",
            Fault::Overlay => "overlay",
            Fault::Drift => "drift",
            Fault::SeatLimit => "seat_limit",
            Fault::SessionDrop => "session_drop",
            Fault::SecondFactor => "second_factor",
            Fault::BotWall => "bot_wall",
            Fault::Locale => "locale",
            Fault::RateLimit => "rate_limit",
            Fault::Hung => "hung",
        }
    }

    fn parse(name: &str) -> Result<Fault, FaultError> {
        Fault::ALL
            .into_iter()
            .find(|fault| fault.name() == name)
            .ok_or_else(|| FaultError::UnknownFault { name: name.to_owned() })
    }
}

/// Narrows a fault down to one of its ways; without a mode the dice choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    SaysDone,
    SaysFailed,
    Applied,
    NotApplied,
    Same,
    Varies,
    Always,
    AddPeople,
    DeleteMember,
    EmailAddress,
    Split,
    AutoSubmit,
    Phone,
}

const MODES: [(&str, Mode); 13] = [
    ("says_done", Mode::SaysDone),
    ("says_failed", Mode::SaysFailed),
    ("applied", Mode::Applied),
    ("not_applied", Mode::NotApplied),
    ("same", Mode::Same),
    ("varies", Mode::Varies),
    ("always", Mode::Always),
    ("add_people", Mode::AddPeople),
    ("delete_member", Mode::DeleteMember),
    ("email_address", Mode::EmailAddress),
    ("split", Mode::Split),
    ("auto_submit", Mode::AutoSubmit),
    ("phone", Mode::Phone),
];

/// Why a set of faults could not be switched on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No fault has this name.
    #[error("unknown fault {name:?}, expected one of {}", Fault::ALL.map(Fault::name).join(", "))]
    UnknownFault {
        /// The name that was given.
        name: String,
    },
    /// No mode has this name.
    #[error("unknown mode {name:?}, expected one of {}", MODES.map(|(name, _)| name).join(", "))]
    UnknownMode {
        /// The name that was given.
        name: String,
    },
}

/// The body of `PUT /faults`: the whole set wanted from now on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultRequest {
    #[serde(default)]
    pub(crate) names: Vec<String>,
    pub(crate) seed: Option<u64>,
    pub(crate) late_ms: Option<u64>,
    pub(crate) seat_limit: Option<usize>,
    /// The number of the request at which a fault sets in, counted from 1 when it is turned on.
    pub(crate) at: Option<u64>,
    /// One mode, or several with commas between them when several faults have modes.
    pub(crate) mode: Option<String>,
}

/// The faults that are on, and how often their dice were rolled.
#[derive(Debug, Clone)]
pub(crate) struct Faults {
    on: BTreeSet<Fault>,
    modes: BTreeSet<Mode>,
    seed: u64,
    pub(crate) late: Duration,
    lists: u64,
    writes: u64,
    answers: u64,
    announcements: u64,
    at: Option<u64>,
    requests: u64,
}

/// What becomes of one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Applied or refused, and answered truthfully.
    Plain,
    /// The connection is cut; the write is applied or not.
    Cut { applied: bool },
    /// Nothing is done and success is answered.
    SaysDone,
    /// It is done and a failure is answered.
    SaysFailed,
}

/// What the page has to do by itself; part of its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Flags {
    live_table: bool,
    live_sort: bool,
    prerender_menus: bool,
    #[serde(rename = "virtual")]
    virtual_list: bool,
    overlay: bool,
    renamed: Renamed,
    german: bool,
}

/// Which labels have other words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Renamed {
    invite: bool,
    remove: bool,
    email: bool,
}

/// What comes to lie over a page, and how long after the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Announcement {
    pub(crate) news: bool,
    pub(crate) cookies: bool,
    pub(crate) after_ms: u64,
}

/// What becomes of a request before anything is done for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passage {
    /// It is looked at.
    Free,
    /// All sessions are forgotten first.
    Forgotten,
    /// It is one too many.
    SlowDown,
    /// Nobody ever answers.
    NoAnswer,
}

/// How the code of a second factor is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct CodeForm {
    /// A field for each character.
    pub(crate) split: bool,
    /// The last character sends it.
    pub(crate) auto_submit: bool,
}

/// The tricks played on one list answer.
#[derive(Debug, Clone)]
pub(crate) struct ListFate {
    /// Shuffles equals and moves rows over the borders of pages.
    pub(crate) reorder: Option<fastrand::Rng>,
    /// Drops rows.
    pub(crate) short: Option<fastrand::Rng>,
    /// Added to the total.
    pub(crate) total_off: i64,
}

impl Faults {
    pub(crate) fn none(seed: u64) -> Faults {
        Faults {
            on: BTreeSet::new(),
            modes: BTreeSet::new(),
            seed,
            late: Duration::from_millis(1500),
            lists: 0,
            writes: 0,
            answers: 0,
            announcements: 0,
            at: None,
            requests: 0,
        }
    }

    pub(crate) fn from_request(request: &FaultRequest, seed: u64) -> Result<Faults, FaultError> {
        let mut faults = Faults { at: request.at, ..Faults::none(request.seed.unwrap_or(seed)) };
        for name in &request.names {
            faults.on.insert(Fault::parse(name)?);
        }
        for name in request.mode.iter().flat_map(|modes| modes.split(',')).map(str::trim) {
            let unknown = || FaultError::UnknownMode { name: name.to_owned() };
            let (_, mode) = MODES.into_iter().find(|(known, _)| *known == name).ok_or_else(unknown)?;
            faults.modes.insert(mode);
        }
        if let Some(late_ms) = request.late_ms {
            faults.late = Duration::from_millis(late_ms);
        }
        Ok(faults)
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.on.contains(&fault)
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.on.iter().map(|fault| fault.name()).collect()
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) fn flags(&self) -> Flags {
        Flags {
            live_table: self.has(Fault::Rerender),
            live_sort: self.has(Fault::Reorder),
            prerender_menus: self.has(Fault::Lookalike),
            virtual_list: self.has(Fault::Virtual),
            overlay: self.has(Fault::Overlay),
            renamed: Renamed {
                invite: self.renames(Mode::AddPeople),
                remove: self.renames(Mode::DeleteMember),
                email: self.renames(Mode::EmailAddress),
            },
            german: self.has(Fault::Locale),
        }
    }

    /// What becomes of the next request of somebody who is past the sign-in, or seems to be.
    pub(crate) fn next_request(&mut self) -> Passage {
        if self.hangs() {
            return Passage::NoAnswer;
        }
        self.requests += 1;
        if self.has(Fault::RateLimit) && self.requests >= self.at.unwrap_or(1) {
            return Passage::SlowDown;
        }
        let by_dice = self.dice(Fault::SessionDrop, 0).u64(2..=9);
        if self.has(Fault::SessionDrop) && self.requests == self.at.unwrap_or(by_dice) {
            return Passage::Forgotten;
        }
        Passage::Free
    }

    /// Whether the next request is one nobody answers.
    pub(crate) fn hangs(&self) -> bool {
        self.has(Fault::Hung) && self.requests + 1 >= self.at.unwrap_or(1)
    }

    /// Whether the sign-in has to be approved on a phone, in place of a code.
    pub(crate) fn asks_phone(&self) -> bool {
        self.has(Fault::SecondFactor) && self.modes.contains(&Mode::Phone)
    }

    /// How the code of the second factor is asked for; `None` if there is no second factor.
    pub(crate) fn second_factor(&self) -> Option<CodeForm> {
        let asks = |mode| self.modes.contains(&mode);
        self.has(Fault::SecondFactor)
            .then(|| CodeForm { split: asks(Mode::Split), auto_submit: asks(Mode::AutoSubmit) })
    }

    /// All labels, unless modes name some of them.
    fn renames(&self, label: Mode) -> bool {
        let named = [Mode::AddPeople, Mode::DeleteMember, Mode::EmailAddress];
        let all = !named.iter().any(|mode| self.modes.contains(mode));
        self.has(Fault::Drift) && (all || self.modes.contains(&label))
    }

    /// What comes to lie over the next page.
    pub(crate) fn next_announcement(&mut self) -> Announcement {
        self.announcements += 1;
        let mut dice = self.dice(Fault::Overlay, self.announcements);
        let (on, always) = (self.has(Fault::Overlay), self.modes.contains(&Mode::Always));
        let mut comes = || dice.u8(0..3) == 0;
        let (news, cookies) = (comes(), comes());
        Announcement {
            news: on && (always || news),
            cookies: on && (always || cookies),
            after_ms: dice.u64(50..1500),
        }
    }

    /// How long the next answer takes.
    pub(crate) fn next_delay(&mut self) -> Duration {
        self.answers += 1;
        if !self.has(Fault::Slow) {
            return Duration::ZERO;
        }
        Duration::from_millis(self.dice(Fault::Slow, self.answers).u64(150..=1200))
    }

    /// Whether the answer whose delay was rolled last is an error of the server.
    pub(crate) fn breaks_down(&self) -> bool {
        self.has(Fault::Errors)
            && (self.modes.contains(&Mode::Always) || self.dice(Fault::Errors, self.answers).u8(0..3) == 0)
    }

    /// What becomes of the next write.
    pub(crate) fn next_write(&mut self) -> Fate {
        self.writes += 1;
        if self.has(Fault::LostResponse) {
            let by_dice = self.dice(Fault::LostResponse, self.writes).bool();
            return Fate::Cut { applied: self.either(Mode::Applied, Mode::NotApplied, by_dice) };
        }
        if self.has(Fault::ToastLies) {
            let by_dice = self.dice(Fault::ToastLies, self.writes).bool();
            let says_done = self.either(Mode::SaysDone, Mode::SaysFailed, by_dice);
            return if says_done { Fate::SaysDone } else { Fate::SaysFailed };
        }
        Fate::Plain
    }

    /// The tricks played on the next list answer.
    pub(crate) fn next_list(&mut self) -> ListFate {
        self.lists += 1;
        let rolled = |fault| self.has(fault).then(|| self.dice(fault, self.lists));
        ListFate {
            reorder: rolled(Fault::Reorder),
            short: rolled(Fault::ShortList),
            total_off: if self.has(Fault::WrongTotal) { self.total_off() } else { 0 },
        }
    }

    fn total_off(&self) -> i64 {
        let mut always = self.dice(Fault::WrongTotal, 0);
        let same = self.either(Mode::Same, Mode::Varies, always.bool());
        if same {
            return if always.bool() { always.i64(1..=3) } else { -always.i64(1..=3) };
        }
        self.dice(Fault::WrongTotal, self.lists).i64(-3..=3)
    }

    /// Whether `yes` rather than `no`: as the modes say, else as the dice say.
    fn either(&self, yes: Mode, no: Mode, by_dice: bool) -> bool {
        match (self.modes.contains(&yes), self.modes.contains(&no)) {
            (true, false) => true,
            (false, true) => false,
            _ => by_dice,
        }
    }

    fn dice(&self, fault: Fault, number: u64) -> fastrand::Rng {
        let salt = (fault as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        fastrand::Rng::with_seed(scatter(scatter(self.seed ^ salt).wrapping_add(number)))
    }
}

/// Spreads neighbouring seeds far apart (the finisher of SplitMix64).
pub(crate) fn scatter(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

//! The workspace behind the pages: its people, its rules, and a true record of what happened.
//!
//! Everything is in memory under one lock. Whatever a fault tells the page, [`State::truth`] tells what is so.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::door::Door;
use super::faults::{Fault, Faults, scatter};
use super::import::Newcomer;
use super::people::{self, Identity};
use super::person::{Given, Person, Refusal, Role, Status, Write, looks_like_address, normal};
use super::truth::{Record, Truth};

/// The address of the account that signs in; always an Admin.
pub(crate) const ACCOUNT_EMAIL: &str = "morgan.ellery@acme.example";
const ACCOUNT_NAME: &str = "Morgan Ellery";
const SESSION_HOURS: i64 = 12;
const INVITATION_LIFE: SignedDuration = SignedDuration::from_hours(24 * 7);

/// What makes a workspace: the start options, or those of the last reset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seeding {
    pub(crate) members: usize,
    pub(crate) seed: u64,
    pub(crate) seat_limit: Option<usize>,
}

/// Time as the sandbox sees it: real time, moved forward by `POST /clock`.
#[derive(Debug, Clone)]
struct Clock {
    base: Timestamp,
    since: Instant,
    ahead: Duration,
}

impl Clock {
    fn now(&self) -> Timestamp {
        let passed = self.since.elapsed() + self.ahead;
        self.base + SignedDuration::try_from(passed).expect("the clock is advanced by years at most")
    }
}

#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) people: Vec<Person>,
    pub(crate) faults: Faults,
    pub(crate) door: Door,
    initial: Seeding,
    current: Seeding,
    seat_limit: usize,
    clock: Clock,
    sessions: BTreeMap<String, Timestamp>,
    later: Vec<(Timestamp, Write)>,
    imports: BTreeMap<String, Vec<Newcomer>>,
    pub(crate) record: Record,
    ids: fastrand::Rng,
}

impl State {
    pub(crate) fn new(seeding: Seeding, started_at: Timestamp) -> State {
        State::with_clock(seeding, Clock { base: started_at, since: Instant::now(), ahead: Duration::ZERO })
    }

    fn with_clock(seeding: Seeding, clock: Clock) -> State {
        let mut state = State {
            people: Vec::new(),
            faults: Faults::none(seeding.seed),
            door: Door::default(),
            initial: seeding,
            current: seeding,
            seat_limit: 0,
            clock,
            sessions: BTreeMap::new(),
            later: Vec::new(),
            imports: BTreeMap::new(),
            record: Record::default(),
            ids: fastrand::Rng::with_seed(scatter(seeding.seed ^ 0x1d5)),
        };
        state.populate();
        state
    }

    /// Back to the beginning; what is given replaces the start options until the next reset.
    pub(crate) fn reset(&mut self, members: Option<usize>, seed: Option<u64>, seat_limit: Option<usize>) {
        let seeding = Seeding {
            members: members.unwrap_or(self.initial.members),
            seed: seed.unwrap_or(self.initial.seed),
            seat_limit: seat_limit.or(self.initial.seat_limit),
        };
        let clock = Clock { ahead: Duration::ZERO, ..self.clock.clone() };
        *self = State { initial: self.initial, ..State::with_clock(seeding, clock) };
    }

    fn populate(&mut self) {
        let mut dice = fastrand::Rng::with_seed(scatter(self.current.seed));
        self.ids = fastrand::Rng::with_seed(scatter(self.current.seed ^ 0x1d5));
        let mut taken = BTreeSet::from([ACCOUNT_EMAIL.to_owned()]);
        let account = Identity { name: ACCOUNT_NAME.to_owned(), email: ACCOUNT_EMAIL.to_owned() };
        let count = self.current.members.max(3);
        let others = people::invent(count - 1, &mut dice, &mut taken);
        let admins = (count / 30).max(3);
        self.people.clear();
        for (number, identity) in std::iter::once(account).chain(others).enumerate() {
            let role = match dice.u8(0..100) {
                _ if number < admins => Role::Admin,
                0..20 => Role::Author,
                _ => Role::Learner,
            };
            let pending = number >= admins && dice.u8(0..100) < 13;
            let person = self.somebody(identity, role, pending, &mut dice);
            self.people.push(person);
        }
        self.set_seat_limit(self.current.seat_limit);
    }

    /// The account and these people, as they are given: nothing in them is checked.
    pub(crate) fn has_only(&mut self, given: Vec<Given>) {
        let mut dice = fastrand::Rng::with_seed(scatter(self.current.seed));
        self.people.retain(|person| person.email == ACCOUNT_EMAIL);
        for Given { email, name, role, pending, idle_days } in given {
            let role = role.unwrap_or(Role::Learner);
            let mut person = self.somebody(Identity { name, email }, role, pending, &mut dice);
            if let Some(days) = idle_days.filter(|_| !pending) {
                person.last_active = Some(self.now() - SignedDuration::from_hours(24 * i64::from(days)));
            }
            self.people.push(person);
        }
        self.set_seat_limit(None);
    }

    fn somebody(&mut self, who: Identity, role: Role, pending: bool, dice: &mut fastrand::Rng) -> Person {
        let ago = |days: i64| self.now() - SignedDuration::from_hours(24 * days);
        let days = if dice.u8(0..4) == 0 { dice.i64(30..400) } else { dice.i64(0..30) };
        let never = pending || (role == Role::Learner && dice.u8(0..100) < 4);
        let account = who.email == ACCOUNT_EMAIL;
        Person {
            last_active: (!never || account).then(|| ago(if account { 0 } else { days })),
            // So that everybody who was invited has a day left at least.
            invited_at: pending.then(|| ago(days % 6)),
            status: if pending { Status::Pending } else { Status::Active },
            id: self.new_id(),
            email: who.email,
            name: who.name,
            role,
        }
    }

    fn new_id(&mut self) -> String {
        format!("mem_{:012x}", self.ids.u64(..) >> 16)
    }

    /// Without a number: comfortably above what is used.
    pub(crate) fn set_seat_limit(&mut self, limit: Option<usize>) {
        self.current.seat_limit = limit.or(self.current.seat_limit);
        let used = self.seats_used();
        self.seat_limit = self.current.seat_limit.unwrap_or((used + used / 2 + 20).next_multiple_of(10));
    }

    pub(crate) fn set_faults(&mut self, faults: Faults) {
        let begins = |fault| faults.has(fault) && !self.faults.has(fault);
        let (doubles, fills) = (begins(Fault::Lookalike), begins(Fault::SeatLimit));
        if doubles {
            self.add_lookalikes(faults.seed());
        }
        if faults.has(Fault::SeatLimit) {
            // Lookalikes take seats too, and were there all along.
            if doubles || fills {
                self.seat_limit = self.seats_used();
            }
        } else if self.faults.has(Fault::SeatLimit) {
            self.set_seat_limit(None);
        }
        self.faults = faults;
    }

    /// For every tenth person: one with a longer address, one with a longer local part, a namesake, and
    /// somebody whose name is that person's address. These are no mutations: they were there all along.
    fn add_lookalikes(&mut self, seed: u64) {
        let mut dice = fastrand::Rng::with_seed(scatter(seed ^ 0x100c));
        let mut taken: BTreeSet<String> = self.people.iter().map(|person| person.email.clone()).collect();
        let mut originals: Vec<Person> = self.people.clone();
        dice.shuffle(&mut originals);
        originals.truncate((self.people.len() / 10).max(1));
        for person in originals {
            let (local, domain) = person.email.split_once('@').expect("every address has an @");
            let twins = [
                (person.name.clone(), format!("{local}@{domain}.au")),
                (person.name.clone(), format!("jo{local}@{domain}")),
                (person.name.clone(), format!("{local}@contractors.{domain}")),
                (person.email.clone(), format!("shared-{local}@{domain}")),
            ];
            for (name, email) in twins {
                if taken.insert(email.clone()) {
                    let role = if dice.u8(0..4) == 0 { Role::Author } else { Role::Learner };
                    let pending = dice.u8(0..6) == 0;
                    let twin = self.somebody(Identity { name, email }, role, pending, &mut dice);
                    self.people.push(twin);
                }
            }
        }
        self.set_seat_limit(None);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.clock.ahead += by;
        self.settle();
    }

    pub(crate) fn seats_used(&self) -> usize {
        self.people.iter().filter(|person| person.role.takes_seat()).count()
    }

    pub(crate) fn seat_limit(&self) -> usize {
        self.seat_limit
    }

    pub(crate) fn account(&self) -> &Person {
        self.by_email(ACCOUNT_EMAIL).expect("the account can neither be removed nor renamed")
    }

    pub(crate) fn by_email(&self, email: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.email == email)
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    /// Notes one request; `write` unless it only reads or signs in or out.
    pub(crate) fn saw(&mut self, method: &str, path: &str, write: bool) {
        let now = self.now();
        self.record.requested(method, path, write, now);
        self.count_at_wall();
    }

    pub(crate) fn sign_in(&mut self) -> String {
        let session = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        let now = self.now();
        self.sessions.insert(session.clone(), now);
        if let Some(account) = self.people.iter_mut().find(|person| person.email == ACCOUNT_EMAIL) {
            account.last_active = Some(now);
        }
        session
    }

    /// Nobody is signed in any more.
    pub(crate) fn forget_sessions(&mut self) {
        self.sessions.clear();
    }

    pub(crate) fn sign_out(&mut self, session: &str) {
        self.sessions.remove(session);
    }

    /// Whether the session is known and was used in the last hours; using it renews it.
    pub(crate) fn signed_in(&mut self, session: &str) -> bool {
        let now = self.now();
        self.sessions.retain(|_, used| now.duration_since(*used) < SignedDuration::from_hours(SESSION_HOURS));
        self.sessions.get_mut(session).map(|used| *used = now).is_some()
    }

    /// Somebody accepts their invitation.
    pub(crate) fn accept(&mut self, email: &str) -> Result<(), Refusal> {
        let now = self.now();
        let found = self.people.iter_mut().find(|person| person.email.eq_ignore_ascii_case(email));
        let Some(person) = found else { return Err(refusal(404, "There is no such person.")) };
        match person.status {
            Status::Pending => {}
            Status::Active => return Err(refusal(409, "This invitation was accepted before.")),
            Status::Expired => return Err(refusal(410, "This invitation has expired.")),
        }
        person.status = Status::Active;
        person.last_active = Some(now);
        person.invited_at = None;
        Ok(())
    }

    /// Keeps an uploaded file until it is imported; gives the name it is kept by.
    pub(crate) fn keep_import(&mut self, newcomers: Vec<Newcomer>) -> String {
        let id = format!("imp_{:012x}", self.ids.u64(..) >> 16);
        self.imports.insert(id.clone(), newcomers);
        id
    }

    /// Whether the write would be accepted now.
    pub(crate) fn check(&self, write: &Write) -> Result<(), Refusal> {
        let person =
            |id: &str| self.by_id(id).ok_or_else(|| refusal(404, "This person is no longer a member."));
        match write {
            Write::Invite { email, role } => {
                if !looks_like_address(email) {
                    return Err(refusal(422, "Enter a valid email address."));
                }
                if let Some(known) = self.by_email(&normal(email)) {
                    let what = match known.status {
                        Status::Active => "is already a member",
                        Status::Pending | Status::Expired => "has already been invited",
                    };
                    return Err(refusal(409, format!("{} {what}.", known.email)));
                }
                self.check_seats(role.takes_seat().into())
            }
            Write::Import { id } => {
                let gone = || refusal(410, "This import is no longer available. Choose the file again.");
                let kept = self.imports.get(id).ok_or_else(gone)?;
                let wanted = kept.iter().filter(|one| one.role.takes_seat() && self.is_new(one)).count();
                self.check_seats(wanted)
            }
            Write::ChangeRole { id, role } => {
                let person = person(id)?;
                if person.email == ACCOUNT_EMAIL {
                    return Err(refusal(403, "You can't change your own role. Ask another admin to do it."));
                }
                self.check_seats((role.takes_seat() && !person.role.takes_seat()).into())
            }
            Write::Remove { id } if person(id)?.email == ACCOUNT_EMAIL => {
                Err(refusal(403, "You can't remove yourself from the workspace."))
            }
            Write::Remove { .. } => Ok(()),
            Write::Resend { id } | Write::CancelInvite { id } => match person(id)?.status {
                Status::Pending | Status::Expired => Ok(()),
                Status::Active => Err(refusal(409, "This invitation has been accepted in the meantime.")),
            },
        }
    }

    fn is_new(&self, newcomer: &Newcomer) -> bool {
        self.by_email(&newcomer.email).is_none()
    }

    fn check_seats(&self, wanted: usize) -> Result<(), Refusal> {
        let free = self.seat_limit.saturating_sub(self.seats_used());
        if wanted <= free {
            return Ok(());
        }
        let limit = self.seat_limit;
        let message = match free {
            0 => format!(
                "You've reached your plan's seat limit ({limit} seats). Upgrade to add more admins or authors."
            ),
            _ => format!(
                "This needs {wanted} seats and only {free} are left of your plan's seat limit ({limit} seats). \
                 Upgrade to add more admins or authors."
            ),
        };
        Err(refusal(409, message))
    }

    /// Does what is asked, or says why not. Gives the people as they are afterwards, or were before leaving.
    pub(crate) fn apply(&mut self, write: &Write) -> Result<Vec<Person>, Refusal> {
        let now = self.now();
        self.apply_at(write, now)
    }

    /// The same, once `late` has passed.
    pub(crate) fn apply_later(&mut self, write: Write, late: Duration) {
        let late = SignedDuration::try_from(late).unwrap_or(SignedDuration::MAX);
        self.later.push((self.now().saturating_add(late).expect("a duration is no calendar span"), write));
    }

    /// Applies the late writes that are due, and lets invitations expire. Each look at the state begins with this.
    pub(crate) fn settle(&mut self) {
        let now = self.now();
        let (due, later) = std::mem::take(&mut self.later).into_iter().partition(|(at, _)| *at <= now);
        self.later = later;
        let mut due: Vec<(Timestamp, Write)> = due;
        due.sort_by_key(|(at, _)| *at);
        for (at, write) in due {
            self.expire(at);
            // Nobody is there to hear a refusal: what became impossible meanwhile just does not happen.
            let _unheard = self.apply_at(&write, at);
        }
        self.expire(now);
    }

    /// Expired invitations are no mutations: nobody asked for them.
    fn expire(&mut self, now: Timestamp) {
        for person in self.people.iter_mut().filter(|person| person.status == Status::Pending) {
            if person.invited_at.is_some_and(|sent| now.duration_since(sent) > INVITATION_LIFE) {
                person.status = Status::Expired;
            }
        }
    }

    fn apply_at(&mut self, write: &Write, at: Timestamp) -> Result<Vec<Person>, Refusal> {
        self.check(write)?;
        let (kind, mail, person) = match write {
            Write::Invite { email, role } => {
                let newcomer = Newcomer { email: normal(email), role: *role, name: None };
                return Ok(vec![self.admit(newcomer, at)]);
            }
            Write::Import { id } => {
                let newcomers = self.imports.remove(id).unwrap_or_default();
                let admitted = newcomers.into_iter().filter_map(|one| {
                    // Who came in by another way since the upload is left alone.
                    self.is_new(&one).then(|| self.admit(one, at))
                });
                return Ok(admitted.collect());
            }
            Write::ChangeRole { id, role } => {
                let person = self.by_id_mut(id);
                if person.role == *role {
                    return Ok(vec![person.clone()]);
                }
                person.role = *role;
                ("change_role", false, person.clone())
            }
            Write::Resend { id } => {
                let person = self.by_id_mut(id);
                person.invited_at = Some(at);
                person.status = Status::Pending;
                ("resend", true, person.clone())
            }
            Write::Remove { id } => ("remove", false, self.take(id)),
            Write::CancelInvite { id } => ("cancel_invite", false, self.take(id)),
        };
        if mail {
            self.record.mailed(&person.email, kind, at);
        }
        self.record.mutated(&person.email, kind, at);
        Ok(vec![person])
    }

    fn admit(&mut self, newcomer: Newcomer, at: Timestamp) -> Person {
        let person = Person {
            id: self.new_id(),
            name: newcomer.name.unwrap_or_else(|| people::name_from_address(&newcomer.email)),
            email: newcomer.email,
            role: newcomer.role,
            status: Status::Pending,
            last_active: None,
            invited_at: Some(at),
        };
        self.people.push(person.clone());
        self.record.mailed(&person.email, "invite", at);
        self.record.mutated(&person.email, "invite", at);
        person
    }

    fn by_id_mut(&mut self, id: &str) -> &mut Person {
        self.people.iter_mut().find(|person| person.id == id).expect("checked before")
    }

    fn take(&mut self, id: &str) -> Person {
        let place = self.people.iter().position(|person| person.id == id).expect("checked before");
        self.people.remove(place)
    }

    pub(crate) fn truth(&self) -> Truth {
        self.record.truth(&self.people)
    }
}

fn refusal(status: u16, message: impl Into<String>) -> Refusal {
    Refusal { status, message: message.into() }
}

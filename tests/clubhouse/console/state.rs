//! The club behind the pages: its people, its rules, who is signed in, and a true record of what happened.

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use super::faults::{Fault, Faults};
use super::people;
use super::person::{Person, Role, Standing, Write};
use super::record::{Record, Truth};

/// The address of the account that signs in; always a captain.
pub(crate) const ACCOUNT_EMAIL: &str = "ines.calloway@quay.example";
pub(crate) const ACCOUNT_NAME: &str = "Ines Calloway";
const FIRST_ID: u32 = 2041;
const SESSION_HOURS: i64 = 8;
/// A message is on the page an action leads to, and on the one after it.
const FLASH_PAGES: u8 = 2;

/// What makes a club: the start options, or those of the last reset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seeding {
    pub(crate) members: usize,
    pub(crate) seed: u64,
    pub(crate) berths: Option<usize>,
}

/// A message about the last action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flash {
    pub(crate) text: String,
    pub(crate) good: bool,
    pages: u8,
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
struct Session {
    /// Every form carries it: forms of other sites do not.
    stamp: String,
    used: Timestamp,
    flash: Option<Flash>,
    /// Whom the last action wrote to, for the page that says so.
    called: Option<u32>,
}

#[derive(Debug, Clone)]
pub(crate) struct Club {
    people: Vec<Person>,
    pub(crate) faults: Faults,
    has_lookalikes: bool,
    /// What was accepted and is done later.
    later: Vec<(Instant, Write)>,
    initial: Seeding,
    berths: usize,
    next_id: u32,
    /// Addresses given on the first page of the sign-in, by visit.
    visits: BTreeMap<String, String>,
    sessions: BTreeMap<String, Session>,
    /// What the account searched for last: kept beyond the session.
    filter: String,
    record: Record,
}

impl Club {
    pub(crate) fn new(seeding: Seeding) -> Self {
        let people = people::crew(seeding.members, seeding.seed, FIRST_ID, Timestamp::now());
        let used = people.iter().filter(|person| person.takes_berth()).count();
        Self {
            berths: seeding.berths.unwrap_or((used + used / 2 + 5).next_multiple_of(5)),
            next_id: people.last().map_or(FIRST_ID, |person| person.id + 1),
            people,
            faults: Faults::none(seeding.seed),
            has_lookalikes: false,
            later: Vec::new(),
            initial: seeding,
            visits: BTreeMap::new(),
            sessions: BTreeMap::new(),
            filter: String::new(),
            record: Record::default(),
        }
    }

    pub(crate) fn reset(&mut self, members: Option<usize>, seed: Option<u64>, berths: Option<usize>) {
        let initial = self.initial;
        let seeding = Seeding {
            members: members.unwrap_or(initial.members),
            seed: seed.unwrap_or(initial.seed),
            berths: berths.or(initial.berths),
        };
        *self = Self { initial, ..Self::new(seeding) };
    }

    /// Turns exactly these on. Lookalikes stay until the next reset: they were there all along, which is no mutation.
    pub(crate) fn set_faults(&mut self, faults: Faults) {
        if faults.has(Fault::Lookalike) && !std::mem::replace(&mut self.has_lookalikes, true) {
            let alike = people::lookalikes(&self.people, faults.seed(), self.next_id, Timestamp::now());
            self.next_id += u32::try_from(alike.len()).expect("a club is not that large");
            self.berths += alike.iter().filter(|person| person.takes_berth()).count();
            self.people.extend(alike);
        }
        self.faults = faults;
    }

    pub(crate) fn people(&self) -> &[Person] {
        &self.people
    }

    pub(crate) fn person(&self, id: u32) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    pub(crate) fn berths(&self) -> usize {
        self.berths
    }

    pub(crate) fn berths_taken(&self) -> usize {
        self.people.iter().filter(|person| person.takes_berth()).count()
    }

    pub(crate) fn filter(&self) -> &str {
        &self.filter
    }

    pub(crate) fn remember_filter(&mut self, filter: &str) {
        filter.clone_into(&mut self.filter);
    }

    /// Everybody the remembered search lets through, the newest first.
    pub(crate) fn found(&mut self) -> Vec<Person> {
        let wanted = self.filter.to_lowercase();
        let fits = |text: &str| text.to_lowercase().contains(&wanted);
        let fitting = self.people.iter().filter(|person| fits(&person.name) || fits(&person.email));
        let mut found: Vec<Person> = fitting.cloned().collect();
        found.sort_by_key(|person| std::cmp::Reverse((person.since, person.id)));
        if let Some(mut dice) = self.faults.dice(Fault::Reorder) {
            dice.shuffle(&mut found);
            match dice.u8(..4) {
                0 => found.sort_by_key(|person| std::cmp::Reverse(person.since)),
                1 => found.sort_by_key(|person| person.since),
                2 => found.sort_by_cached_key(|person| person.shown().to_lowercase()),
                _ => {}
            }
        }
        found
    }

    // Who is there

    pub(crate) fn begin_visit(&mut self, email: &str) -> String {
        let visit = secret();
        self.visits.insert(visit.clone(), email.to_owned());
        visit
    }

    pub(crate) fn visitor(&self, visit: &str) -> Option<&str> {
        self.visits.get(visit).map(String::as_str)
    }

    pub(crate) fn sign_in(&mut self, visit: &str) -> String {
        self.visits.remove(visit);
        let (session, now) = (secret(), Timestamp::now());
        self.sessions
            .insert(session.clone(), Session { stamp: secret(), used: now, flash: None, called: None });
        self.record.signed_in();
        if let Some(account) = self.people.iter_mut().find(|person| person.email == ACCOUNT_EMAIL) {
            account.last_aboard = Some(now);
        }
        session
    }

    pub(crate) fn sign_out(&mut self, session: &str) {
        self.sessions.remove(session);
    }

    /// Whether the session was used in the last hours; using it renews it.
    pub(crate) fn is_signed_in(&mut self, session: &str) -> bool {
        let now = Timestamp::now();
        let hours = SignedDuration::from_hours(SESSION_HOURS);
        self.sessions.retain(|_, known| now.duration_since(known.used) < hours);
        self.sessions.get_mut(session).map(|known| known.used = now).is_some()
    }

    pub(crate) fn stamp(&self, session: &str) -> &str {
        self.sessions.get(session).map_or("", |known| &known.stamp)
    }

    pub(crate) fn say(&mut self, session: &str, text: impl Into<String>, good: bool) {
        if let Some(known) = self.sessions.get_mut(session) {
            known.flash = Some(Flash { text: text.into(), good, pages: FLASH_PAGES });
        }
    }

    /// The message for a page that is about to be shown.
    pub(crate) fn flash(&mut self, session: &str) -> Option<Flash> {
        let known = self.sessions.get_mut(session)?;
        let mut flash = known.flash.take()?;
        let shown = flash.clone();
        flash.pages -= 1;
        known.flash = Some(flash).filter(|flash| flash.pages > 0);
        Some(shown)
    }

    pub(crate) fn note_call(&mut self, session: &str, id: u32) {
        if let Some(known) = self.sessions.get_mut(session) {
            (known.called, known.flash) = (Some(id), None);
        }
    }

    /// Whether the last action wrote to this person; asked once.
    pub(crate) fn take_call(&mut self, session: &str, id: u32) -> bool {
        self.sessions
            .get_mut(session)
            .is_some_and(|known| known.called.take_if(|called| *called == id).is_some())
    }

    // What happens

    pub(crate) fn saw(&mut self, method: &str, path: &str, writes: bool) {
        self.record.requested(method, path, writes);
    }

    pub(crate) fn truth(&self) -> Truth {
        self.record.truth(&self.people)
    }

    /// Answers what is asked: gives the person as they are afterwards, or were before leaving, or says why not.
    pub(crate) fn apply(&mut self, write: Write) -> Result<Person, String> {
        let late = self.faults.late();
        if late.is_none() && !self.faults.has(Fault::ToastLies) {
            return self.carry_out(write);
        }
        // What is answered is what would be so.
        let answer = self.clone().carry_out(write.clone())?;
        self.later.extend(late.map(|late| (Instant::now() + late, write)));
        Ok(answer)
    }

    /// Does what was accepted earlier and is due. Each look at the club begins with this.
    pub(crate) fn catch_up(&mut self) {
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) = self.later.drain(..).partition(|(at, _)| *at <= now);
        self.later = later;
        for (_, write) in due {
            // Nobody is there to hear a refusal: what became impossible meanwhile just does not happen.
            let _unheard = self.carry_out(write);
        }
    }

    fn carry_out(&mut self, write: Write) -> Result<Person, String> {
        self.check(&write)?;
        let now = Timestamp::now();
        let (kind, person) = match write {
            Write::Invite { email, role } => ("invite", self.add(email.to_lowercase(), role, now)),
            Write::CallAgain { id } => ("resend", self.change(id, |_| ())),
            Write::Withdraw { id } => ("cancel_invite", self.take(id)),
            Write::ChangeRole { id, role } => {
                let known = self.change(id, |_| ());
                if known.role == role {
                    return Ok(known);
                }
                ("change_role", self.change(id, |person| person.role = role))
            }
            Write::PutAshore { id, reason } => {
                let ashore = |person: &mut Person| {
                    (person.standing, person.reason) = (Standing::Ashore, Some(reason));
                };
                ("deactivate", self.change(id, ashore))
            }
            Write::BringAboard { id } => {
                let aboard = |person: &mut Person| {
                    (person.standing, person.reason) = (Standing::Aboard, None);
                };
                ("reactivate", self.change(id, aboard))
            }
            Write::StrikeOff { id } => ("remove", self.take(id)),
        };
        if ["invite", "resend"].contains(&kind) {
            self.record.mailed(&person.email, kind, now);
        }
        self.record.mutated(&person.email, kind, now);
        Ok(person)
    }

    fn check(&self, write: &Write) -> Result<(), String> {
        match write {
            Write::Invite { email, role } => {
                if !looks_like_address(email) {
                    return Err("That does not look like an e-mail address.".to_owned());
                }
                match self.people.iter().find(|person| person.email.eq_ignore_ascii_case(email)) {
                    Some(known) if known.standing == Standing::Awaiting => {
                        Err(format!("{} has been invited already.", known.email))
                    }
                    Some(known) => Err(format!("{} is in the crew already.", known.email)),
                    None => self.check_berth(role.takes_berth()),
                }
            }
            Write::CallAgain { id } | Write::Withdraw { id } => self.known(*id, Standing::Awaiting).map(drop),
            Write::ChangeRole { id, role } => {
                let person = self.others(*id)?;
                if person.standing == Standing::Ashore {
                    return Err(format!("{} is ashore.", person.shown()));
                }
                self.check_berth(role.takes_berth() && !person.role.takes_berth())
            }
            Write::PutAshore { id, .. } => {
                self.others(*id)?;
                self.known(*id, Standing::Aboard).map(drop)
            }
            Write::BringAboard { id } => {
                let person = self.known(*id, Standing::Ashore)?;
                self.check_berth(person.role.takes_berth())
            }
            Write::StrikeOff { id } => {
                let person = self.others(*id)?;
                let invited = person.standing == Standing::Awaiting;
                if invited { Err(format!("{} has not come aboard yet.", person.email)) } else { Ok(()) }
            }
        }
    }

    fn check_berth(&self, takes_one: bool) -> Result<(), String> {
        if takes_one && self.berths_taken() >= self.berths {
            return Err(format!(
                "All {} berths are taken. Free one first, or take a larger plan.",
                self.berths
            ));
        }
        Ok(())
    }

    /// Somebody else than the account: nobody judges about themselves.
    fn others(&self, id: u32) -> Result<&Person, String> {
        let person = self.person(id).ok_or_else(gone)?;
        if person.email == ACCOUNT_EMAIL {
            return Err("You cannot do this to yourself. Ask another captain.".to_owned());
        }
        Ok(person)
    }

    fn known(&self, id: u32, standing: Standing) -> Result<&Person, String> {
        let person = self.person(id).ok_or_else(gone)?;
        if person.standing == standing {
            return Ok(person);
        }
        Err(match person.standing {
            Standing::Aboard => format!("{} is aboard.", person.shown()),
            Standing::Awaiting => format!("{} has not come aboard yet.", person.shown()),
            Standing::Ashore => format!("{} is ashore.", person.shown()),
        })
    }

    fn add(&mut self, email: String, role: Role, now: Timestamp) -> Person {
        let person = Person {
            id: self.next_id,
            email,
            name: String::new(),
            role,
            standing: Standing::Awaiting,
            since: now,
            last_aboard: None,
            reason: None,
        };
        self.next_id += 1;
        self.people.push(person.clone());
        person
    }

    fn change(&mut self, id: u32, change: impl FnOnce(&mut Person)) -> Person {
        let person = self.people.iter_mut().find(|person| person.id == id).expect("checked before");
        change(person);
        person.clone()
    }

    fn take(&mut self, id: u32) -> Person {
        let place = self.people.iter().position(|person| person.id == id).expect("checked before");
        self.people.remove(place)
    }
}

fn gone() -> String {
    "This person is not in the crew any more.".to_owned()
}

fn secret() -> String {
    format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..))
}

fn looks_like_address(email: &str) -> bool {
    let parts = email.split_once('@');
    let good_domain =
        |domain: &str| domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
    !email.contains(char::is_whitespace)
        && parts
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.contains('@') && good_domain(domain))
}

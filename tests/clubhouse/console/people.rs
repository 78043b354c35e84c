//! The crew of a club: made from a seed, with what makes them hard to tell apart.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::person::{Person, REASONS, Role, Standing};
use super::state::{ACCOUNT_EMAIL, ACCOUNT_NAME};

const GIVEN: [&str; 24] = [
    "Maren", "Tobias", "Ífe", "Hollis", "Renée", "Stellan", "Padraig", "Yuki", "Odalys", "Bram", "Saoirse",
    "Kofi", "Linnea", "Mateus", "Zofia", "Anselm", "Noor", "Greer", "Ivo", "Delphine", "Ruaridh", "Tamsin",
    "Emeka", "Solveig",
];
const FAMILY: [&str; 24] = [
    "Hallgren",
    "O'Dowd",
    "Castellane",
    "Brightwell",
    "Nakagawa",
    "Penhaligon",
    "Osei",
    "van Aert",
    "Kestrel",
    "Lindqvist",
    "Moraes",
    "Szymańska",
    "Farrow",
    "Ackerley",
    "Dunmore",
    "Thackeray",
    "Vidal",
    "Quennell",
    "Ràfols",
    "Strand",
    "Eze",
    "Whitlock",
    "Marchetti",
    "Tregenza",
];

/// The first people of every club, so that a small one has somebody of each kind, too.
const FIRST: [(Role, Standing); 8] = [
    (Role::Captain, Standing::Aboard),
    (Role::Captain, Standing::Aboard),
    (Role::Mate, Standing::Aboard),
    (Role::Deckhand, Standing::Aboard),
    (Role::Deckhand, Standing::Awaiting),
    (Role::Mate, Standing::Ashore),
    (Role::Deckhand, Standing::Aboard),
    (Role::Mate, Standing::Aboard),
];

/// Dice for a seed; seeds that lie close together give unlike throws.
pub(crate) fn dice(seed: u64) -> fastrand::Rng {
    fastrand::Rng::with_seed(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// A crew of that size, the account first; ids count up from `id`.
pub(crate) fn crew(count: usize, seed: u64, id: u32, now: Timestamp) -> Vec<Person> {
    let mut dice = dice(seed);
    let mut taken = BTreeSet::from([ACCOUNT_EMAIL.to_owned()]);
    let mut crew: Vec<Person> = Vec::with_capacity(count);
    for (number, id) in (0..count.max(FIRST.len())).zip(id..) {
        let (role, standing) = FIRST.get(number).copied().unwrap_or_else(|| kind(&mut dice));
        let (name, local) = match number {
            0 => (ACCOUNT_NAME.to_owned(), "ines.calloway".to_owned()),
            // A couple with one membership, a namesake of the one before, and somebody who gave an address for a name.
            9 => ("Tess & Bo Larkin".to_owned(), "larkins".to_owned()),
            10 | 19 => (crew[3].name.clone(), local_part(&crew[3].name)),
            11 => (crew[8].email.clone(), "boathouse".to_owned()),
            _ => {
                let name =
                    format!("{} {}", GIVEN[dice.usize(..GIVEN.len())], FAMILY[dice.usize(..FAMILY.len())]);
                let local = local_part(&name);
                (name, local)
            }
        };
        let email = if number == 0 { ACCOUNT_EMAIL.to_owned() } else { free(&local, &mut dice, &mut taken) };
        let days = |days: i64| now - SignedDuration::from_hours(24 * days);
        let joined = if standing == Standing::Awaiting { dice.i64(1..30) } else { dice.i64(40..2000) };
        let seen = dice.i64(0..40);
        crew.push(Person {
            id,
            email,
            name: if standing == Standing::Awaiting { String::new() } else { name },
            role,
            standing,
            since: days(joined),
            last_aboard: (standing != Standing::Awaiting && dice.u8(..20) > 0).then(|| days(seen)),
            reason: (standing == Standing::Ashore).then(|| REASONS[dice.usize(..REASONS.len())].0),
        });
    }
    crew
}

/// People who are easily taken for somebody else: two for every fourth of the crew, for two of them at least. The ids count
/// up from `id`.
///
/// For one there is a namesake with a letter more in the address, and somebody whose name goes on where theirs ends. For
/// the next, somebody whose name is their address, and somebody whose address goes on where theirs ends. All of them
/// stand on the same tab.
pub(crate) fn lookalikes(crew: &[Person], seed: u64, id: u32, now: Timestamp) -> Vec<Person> {
    let mut dice = dice(seed ^ 0xa11e);
    let mut taken: BTreeSet<String> = crew.iter().map(|person| person.email.clone()).collect();
    let mut originals: Vec<&Person> = crew.iter().filter(|person| person.email != ACCOUNT_EMAIL).collect();
    dice.shuffle(&mut originals);
    // Whoever is aboard first: a small club has few of the others.
    originals.sort_by_key(|person| person.standing != Standing::Aboard);
    originals.truncate((crew.len() / 4).max(2));
    let alike = originals.iter().enumerate().flat_map(|(number, person)| {
        let Person { name, email, .. } = person;
        let (local, domain) = email.split_once('@').expect("every address has an @");
        let twins = match number % 2 {
            0 => {
                [(name.clone(), format!("x{email}")), (format!("{name} Jr"), format!("{local}.jr@{domain}"))]
            }
            _ => [(email.clone(), format!("cabin@{local}.example")), (String::new(), format!("{email}.au"))],
        };
        twins.map(|(name, email)| (*person, name, email))
    });
    let alike: Vec<_> = alike.filter(|(_, _, email)| taken.insert(email.clone())).collect();
    let twin = |((person, name, email), id): ((&Person, String, String), u32)| {
        let own = format!("{} {}", GIVEN[dice.usize(..GIVEN.len())], FAMILY[dice.usize(..FAMILY.len())]);
        let name = if name.is_empty() { own } else { name };
        let name = if person.standing == Standing::Awaiting { String::new() } else { name };
        let since = now - SignedDuration::from_hours(24 * dice.i64(1..30));
        Person { id, email, name, since, ..person.clone() }
    };
    alike.into_iter().zip(id..).map(twin).collect()
}

fn kind(dice: &mut fastrand::Rng) -> (Role, Standing) {
    let role = match dice.u8(..100) {
        0..4 => Role::Captain,
        4..26 => Role::Mate,
        _ => Role::Deckhand,
    };
    let standing = match dice.u8(..100) {
        0..12 => Standing::Awaiting,
        12..20 => Standing::Ashore,
        _ => Standing::Aboard,
    };
    (role, standing)
}

fn free(local: &str, dice: &mut fastrand::Rng, taken: &mut BTreeSet<String>) -> String {
    let domain = if dice.u8(..5) == 0 { "mail.example" } else { "quay.example" };
    let mut numbered = (1u32..).map(|number| match number {
        1 => format!("{local}@{domain}"),
        _ => format!("{local}{number}@{domain}"),
    });
    let email = numbered.find(|email| !taken.contains(email)).expect("numbers do not end");
    taken.insert(email.clone());
    email
}

fn local_part(name: &str) -> String {
    let plain = |letter: char| match letter.to_lowercase().next().unwrap_or(letter) {
        'í' => Some('i'),
        'é' => Some('e'),
        'ń' => Some('n'),
        'à' => Some('a'),
        ' ' => Some('.'),
        letter if letter.is_ascii_alphabetic() => Some(letter),
        _ => None,
    };
    name.chars().filter_map(plain).collect()
}

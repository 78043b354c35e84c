//! The people of a practice workspace: made from a seed, as mixed as a real company's.
//!
//! Names come from many languages and scripts; some people share a full name, some addresses have a plus,
//! an apostrophe or another domain. All domains are reserved ones (RFC 2606).

use std::collections::BTreeSet;

/// Somebody's name and address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) email: String,
}

/// Given and family names that go together.
const CULTURES: [(&[&str], &[&str]); 12] = [
    (
        &["Amelia", "Oliver", "Grace", "Harriet", "Callum", "Niamh", "Siobhán", "Ewan"],
        &["Whitfield", "O'Connor", "Ashworth", "MacLeod", "Pemberton-Hale", "D'Arcy", "Okafor-Lane", "Byrne"],
    ),
    (
        &["Lukas", "Anneliese", "Jürgen", "Katharina", "Matthias", "Zoë"],
        &["Müller", "Schönfeld", "Weiß", "Brandt", "von der Heide", "Krüger"],
    ),
    (
        &["Chloé", "Étienne", "Anaïs", "Jean-Baptiste", "Océane", "François"],
        &["Lefèvre", "Dubois", "L'Hôte", "Moreau", "Béranger", "Saint-Clair"],
    ),
    (
        &["Lucía", "Mateo", "Íñigo", "Valentina", "Andrés", "María José"],
        &["García Márquez", "Núñez", "Ibáñez", "Rojas", "Quispe Mamani", "Ortega"],
    ),
    (
        &["João", "Beatriz", "Thiago", "Conceição", "Rafaela"],
        &["da Silva", "Gonçalves", "Araújo", "Nascimento", "Falcão"],
    ),
    (
        &["Agnieszka", "Łukasz", "Jiří", "Zdeněk", "Małgorzata", "Oľga"],
        &["Wójcik", "Kowalczyk", "Dvořák", "Nováková", "Śliwa", "Horváth"],
    ),
    (
        &["Søren", "Åsa", "Bjørn", "Sigríður", "Lærke", "Mikael"],
        &["Østergård", "Lindström", "Nygård", "Jónsdóttir", "Bäckström", "Holm"],
    ),
    (
        &["Adaeze", "Chinonso", "Kwame", "Folasade", "Thandiwe", "Abebe"],
        &["Okonkwo", "Mensah", "Adéyẹmí", "Dlamini", "Tesfaye", "Nwachukwu"],
    ),
    (
        &["Priya", "Arjun", "Lakshmi", "Imran", "Farhana", "Rohan"],
        &["Raghunathan", "Iyer", "Chaudhary", "Rahman", "Desai", "Kaur Sandhu"],
    ),
    (
        &["Nguyễn", "Thị Mai", "Minh Anh", "Quốc Bảo", "Somchai", "Siti"],
        &["Trần", "Phạm", "Lê", "Srisai", "Nurhaliza", "Đặng"],
    ),
    (
        &["Mei-Ling", "Wei", "Haruto", "Sakura", "Ji-woo", "Seo-yeon"],
        &["Chen", "Zhang", "Tanaka", "Kobayashi", "Park", "Kim"],
    ),
    (
        &["Yusuf", "Elif", "Ayşe", "Leila", "Omar", "Dariush"],
        &["Yılmaz", "Çelik", "Haddad", "al-Rashid", "Öztürk", "Farahani"],
    ),
];

/// Names in other scripts, with the local part of the address their owners use.
const OTHER_SCRIPTS: [(&str, &str); 10] = [
    ("محمد الحسيني", "mohammed.alhusseini"),
    ("שרה לוי", "sara.levi"),
    ("李 娜", "na.li"),
    ("佐藤 健", "takeru.sato"),
    ("Ольга Кузнецова", "olga.kuznetsova"),
    ("Αικατερίνη Παπαδοπούλου", "katerina.papadopoulou"),
    ("김민준", "minjun.kim"),
    ("สมชาย ใจดี", "somchai.jaidee"),
    ("نور الهدى", "nour.alhuda"),
    ("अनिल शर्मा", "anil.sharma"),
];

/// `count` people with different addresses, none of them in `taken`; the same for the same dice.
pub(crate) fn invent(count: usize, dice: &mut fastrand::Rng, taken: &mut BTreeSet<String>) -> Vec<Identity> {
    let mut people: Vec<Identity> = Vec::with_capacity(count);
    for number in 0..count {
        let (name, local) = match dice.u8(0..100) {
            0..8 => {
                let (name, local) = OTHER_SCRIPTS[dice.usize(0..OTHER_SCRIPTS.len())];
                (name.to_owned(), local.to_owned())
            }
            8..12 if number > 25 => {
                let name = people[dice.usize(0..number)].name.clone();
                let local = local_part(&name);
                (name, local)
            }
            _ => {
                let (given, family) = CULTURES[dice.usize(0..CULTURES.len())];
                let (given, family) =
                    (given[dice.usize(0..given.len())], family[dice.usize(0..family.len())]);
                (format!("{given} {family}"), local_part(&format!("{given} {family}")))
            }
        };
        let local = if local.is_empty() { format!("user{number}") } else { local };
        let email = free_address(&local, domain(dice), taken);
        people.push(Identity { name, email });
    }
    people
}

/// A name for somebody of whom only the address is known.
pub(crate) fn name_from_address(email: &str) -> String {
    let local = email.split('@').next().unwrap_or(email);
    let words = local.split(['.', '_', '-', '+']).filter(|word| !word.is_empty()).map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    });
    words.collect::<Vec<_>>().join(" ")
}

fn free_address(local: &str, domain: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (1u32..).map(|number| match number {
        1 => format!("{local}@{domain}"),
        _ => format!("{local}{number}@{domain}"),
    });
    let mut free = numbered.skip_while(|email| taken.contains(email));
    let email = free.next().expect("there are endless numbers");
    taken.insert(email.clone());
    email
}

fn domain(dice: &mut fastrand::Rng) -> &'static str {
    match dice.u8(0..100) {
        0..86 => "acme.example",
        86..94 => "contractors.acme.example",
        94..98 => "partner.example.org",
        _ => "example.net",
    }
}

fn local_part(name: &str) -> String {
    let words = name.split(' ').map(|word| word.chars().filter_map(plain_letter).collect::<String>());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(".")
}

/// The letter as it is written in addresses; none if it has no plain form.
fn plain_letter(letter: char) -> Option<char> {
    let plain = match letter {
        'a'..='z' | '0'..='9' | '-' | '\'' => letter,
        'A'..='Z' => letter.to_ascii_lowercase(),
        'á' | 'à' | 'ã' | 'â' | 'ä' | 'å' | 'Å' | 'ạ' | 'ầ' | 'ả' | 'Đ' | 'đ' | 'ð' | 'Ä' | 'ặ' => {
            match letter {
                'Đ' | 'đ' | 'ð' => 'd',
                _ => 'a',
            }
        }
        'æ' => 'e',
        'ç' | 'Ç' | 'č' => 'c',
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'ě' | 'ẹ' | 'ễ' => 'e',
        'í' | 'ì' | 'ï' | 'Í' | 'ı' | 'ị' => 'i',
        'ł' | 'Ł' | 'ľ' => 'l',
        'ñ' | 'ń' => 'n',
        'ó' | 'ò' | 'õ' | 'ô' | 'ö' | 'ø' | 'Ø' | 'Ö' | 'Ó' | 'ố' => 'o',
        'ř' => 'r',
        'ś' | 'Ś' | 'ş' | 'š' | 'ß' => 's',
        'ú' | 'ù' | 'ü' | 'û' => 'u',
        'ý' => 'y',
        'ż' | 'ź' | 'ž' => 'z',
        _ => return None,
    };
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_unique_and_plain() {
        let mut taken = BTreeSet::new();
        let people = invent(2000, &mut fastrand::Rng::with_seed(1), &mut taken);
        assert_eq!(taken.len(), 2000);
        for person in &people {
            assert!(person.email.is_ascii() && person.email.contains('@'), "{person:?}");
            assert!(!person.email.starts_with(['.', '@']) && !person.name.is_empty(), "{person:?}");
        }
    }

    #[test]
    fn many_people_means_shared_names() {
        let people = invent(200, &mut fastrand::Rng::with_seed(4), &mut BTreeSet::new());
        let names: BTreeSet<_> = people.iter().map(|person| &person.name).collect();
        assert!(names.len() < people.len());
    }

    #[test]
    fn a_name_is_guessed_from_the_address() {
        assert_eq!(name_from_address("jo.van_dyk@acme.example"), "Jo Van Dyk");
    }
}

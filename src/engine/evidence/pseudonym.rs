//! Other words in place of somebody's: of like shape, the same each time within a run, and not to be undone by trying
//! all names without the run's key.

use std::collections::HashSet;
use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// What pseudonyms are made with: of one run, kept where only its user reads it.
#[derive(Clone)]
pub(super) struct Key([u8; 32]);

impl Key {
    /// A new one.
    ///
    /// # Errors
    /// The system has no random bytes to give.
    pub(super) fn new() -> io::Result<Self> {
        let mut bytes = [0; 32];
        std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        Ok(Self(bytes))
    }

    #[cfg(test)]
    pub(super) fn of_test(byte: u8) -> Self {
        Self([byte; 32])
    }

    /// As it is written down.
    pub(super) fn to_hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// As it was written down.
    pub(super) fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// Bytes that follow from the key and this, as many as are asked for.
    fn stream(&self, text: &str, number: u32) -> impl Iterator<Item = u8> {
        let inner = Sha256::new()
            .chain_update(self.0)
            .chain_update(number.to_le_bytes())
            .chain_update(text)
            .finalize();
        let seed = Sha256::new().chain_update(self.0).chain_update(inner).finalize();
        (0_u32..).flat_map(move |block| {
            Sha256::new().chain_update(seed).chain_update(block.to_le_bytes()).finalize()
        })
    }

    /// A word of the same shape: letters for letters, capitals for capitals, digits for digits, and all else as it is.
    /// The same for the same letters in another case.
    pub(super) fn word(&self, word: &[char]) -> Vec<char> {
        let canonical: String = word.iter().map(|c| super::seen::lower(*c)).collect();
        self.shaped(&canonical, 0, word)
    }

    fn shaped(&self, seed: &str, number: u32, word: &[char]) -> Vec<char> {
        let mut letters = 0;
        let mut replace = |(c, byte): (&char, u8)| {
            let of = |letters: &[u8]| char::from(letters[usize::from(byte) % letters.len()]);
            if c.is_numeric() {
                return of(b"0123456789");
            }
            if !c.is_alphabetic() {
                return *c;
            }
            letters += 1;
            // Every other letter is a vowel, so that it can be read aloud.
            let letter = if letters % 2 == 1 { of(b"bcdfghjklmnprstvwz") } else { of(b"aeiou") };
            if c.is_uppercase() { letter.to_ascii_uppercase() } else { letter }
        };
        word.iter().zip(self.stream(seed, number)).map(&mut replace).collect()
    }

    /// A local part for an address that no other person of the run has; longer than the one it stands for where that is
    /// too short for all of them. The whole address decides, so that one local part of two domains becomes two.
    pub(super) fn local(&self, address: &str, taken: &mut HashSet<String>) -> Vec<char> {
        let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
        let mut number = 0;
        loop {
            let longer = std::iter::repeat_n('a', usize::try_from(number / 8).unwrap_or(0));
            let word: Vec<char> = local.chars().chain(longer).collect();
            let made = self.shaped(address, number, &word);
            let text: String = made.iter().collect();
            if text != local && taken.insert(format!("{text}@{domain}")) {
                return made;
            }
            number += 1;
        }
    }

    /// A domain of the same shape: each label another word, but for the last.
    pub(super) fn domain(&self, domain: &[char]) -> Vec<char> {
        let labels: Vec<&[char]> = domain.split(|c| *c == '.').collect();
        let last = labels.len() - 1;
        let replaced = labels
            .iter()
            .enumerate()
            .map(|(index, label)| if index == last && index > 0 { label.to_vec() } else { self.word(label) });
        replaced.collect::<Vec<_>>().join(&'.')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(key: &Key, text: &str) -> String {
        key.word(&text.chars().collect::<Vec<_>>()).into_iter().collect()
    }

    #[test]
    fn a_word_keeps_its_shape_and_follows_from_the_key() {
        let key = Key::of_test(1);
        let made = word(&key, "O'Brien-Lee 42");
        let shape = |text: &str| -> Vec<u8> {
            let kind = |c: char| match c {
                c if c.is_uppercase() => b'A',
                c if c.is_alphabetic() => b'a',
                c if c.is_numeric() => b'0',
                _ => b'.',
            };
            text.chars().map(kind).collect()
        };
        assert_eq!(shape(&made), shape("O'Brien-Lee 42"));
        assert_ne!(made, "O'Brien-Lee 42");
        assert_eq!(made, word(&key, "O'Brien-Lee 42"));
        assert_eq!(made.to_lowercase(), word(&key, "o'brien-lee 42"));
        assert_ne!(made, word(&Key::of_test(2), "O'Brien-Lee 42"));
    }

    #[test]
    fn no_two_addresses_share_a_pseudonym_however_short_they_are() {
        let (key, mut taken) = (Key::of_test(1), HashSet::new());
        let made: HashSet<String> = ('a'..='z')
            .chain('0'..='9')
            .chain(['+', '=', '?'])
            .map(|c| key.local(&format!("{c}@x.example"), &mut taken).into_iter().collect())
            .collect();
        assert_eq!(made.len(), 39);
    }

    #[test]
    fn a_domain_keeps_its_labels_and_its_end() {
        let made: String =
            Key::of_test(1).domain(&"mail.acme.example".chars().collect::<Vec<_>>()).into_iter().collect();
        let labels: Vec<usize> = made.split('.').map(str::len).collect();
        assert_eq!(labels, [4, 4, 7]);
        assert!(made.ends_with(".example") && !made.contains("acme"), "{made}");
    }

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let key = Key::new().unwrap();
        assert_eq!(Key::from_hex(&key.to_hex()).unwrap().0, key.0);
        assert_ne!(Key::new().unwrap().0, key.0);
        assert!(Key::from_hex("ab").is_none() && Key::from_hex(&"é".repeat(32)).is_none());
    }
}

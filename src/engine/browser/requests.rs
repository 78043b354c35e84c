//! Counts driver requests, so that a test can say what an operation costs.

use std::ops::Sub;

#[cfg(doc)]
use super::Browser;

/// Driver requests, by verb. Subtract an earlier count to get those of one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Requests {
    /// [`Browser::goto`].
    pub goto: u64,
    /// [`Browser::address`].
    pub address: u64,
    /// [`Browser::run`].
    pub run: u64,
    /// [`Browser::click`].
    pub click: u64,
    /// [`Browser::hover`].
    pub hover: u64,
    /// [`Browser::keys`].
    pub keys: u64,
    /// [`Browser::click_element`].
    pub click_element: u64,
    /// [`Browser::upload`].
    pub upload: u64,
    /// [`Browser::label`].
    pub label: u64,
    /// [`Browser::picture`].
    pub picture: u64,
    /// [`Browser::cookies`] and [`Browser::set_cookie`].
    pub cookies: u64,
    /// [`Browser::forget`].
    pub forget: u64,
}

impl Requests {
    /// All requests together.
    pub fn total(&self) -> u64 {
        self.by_verb().iter().map(|(_, count)| count).sum()
    }

    /// Name and count of each verb, in the order of the trait.
    pub fn by_verb(&self) -> [(&'static str, u64); 12] {
        [
            ("goto", self.goto),
            ("address", self.address),
            ("run", self.run),
            ("click", self.click),
            ("hover", self.hover),
            ("keys", self.keys),
            ("click_element", self.click_element),
            ("upload", self.upload),
            ("label", self.label),
            ("picture", self.picture),
            ("cookies", self.cookies),
            ("forget", self.forget),
        ]
    }
}

impl Sub for Requests {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            goto: self.goto - earlier.goto,
            address: self.address - earlier.address,
            run: self.run - earlier.run,
            click: self.click - earlier.click,
            hover: self.hover - earlier.hover,
            keys: self.keys - earlier.keys,
            click_element: self.click_element - earlier.click_element,
            upload: self.upload - earlier.upload,
            label: self.label - earlier.label,
            picture: self.picture - earlier.picture,
            cookies: self.cookies - earlier.cookies,
            forget: self.forget - earlier.forget,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_one_operation_are_the_difference() {
        let before = Requests { run: 3, click: 1, ..Requests::default() };
        let after = Requests { run: 5, click: 2, keys: 1, ..Requests::default() };
        assert_eq!((after - before).total(), 4);
        assert_eq!((after - before).keys, 1);
    }
}

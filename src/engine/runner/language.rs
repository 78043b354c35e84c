//! Whether a page speaks the language that the map's words are in (F31). One that says it does not is left before anything
//! is concluded from what its words are not.

use super::flow::Flow;
use super::stop::Stop;
use crate::domain::outcome::Reason;

/// Words for "no language, or not one" (ISO 639-2).
const NONE: [&str; 4] = ["", "und", "mul", "zxx"];

impl Flow<'_> {
    /// The page says nothing of its language, or that it is the map's.
    pub(super) fn is_understood(&self, doing: &str, page: &str) -> Result<(), Stop> {
        let map = &self.app.map.language;
        if fits(map, page) {
            return Ok(());
        }
        let cause = format!(
            "the page is in another language: it says {page:?}, and the words of {} are in {map:?}; set the account's \
             language to that in the console",
            self.app.id()
        );
        Err(Stop::new(Reason::UnknownConsole, doing, cause))
    }
}

/// Whether one of two language tags (BCP 47) is the beginning of the other: `en` and `en-GB`, and not `pt-BR` and `pt-PT`.
fn fits(map: &str, page: &str) -> bool {
    let parts = |tag: &str| -> Vec<String> {
        tag.trim().to_ascii_lowercase().split(['-', '_']).map(str::to_owned).collect()
    };
    let (map, page) = (parts(map), parts(page));
    let is_none = |tag: &[String]| NONE.contains(&tag[0].as_str());
    is_none(&map) || is_none(&page) || map.iter().zip(&page).all(|(one, other)| one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_fits_its_own_kinds_and_no_other() {
        for (map, page, expected) in [
            ("en", "en", true),
            ("en", "en-GB", true),
            ("en-US", "EN_us", true),
            ("en-GB", "en", true),
            ("en", "", true),
            ("en", " ", true),
            ("en", "und", true),
            ("en", "de", false),
            ("en", "enm", false),
            ("pt-BR", "pt-PT", false),
            ("de", "en-US", false),
        ] {
            assert_eq!(fits(map, page), expected, "{map:?} {page:?}");
        }
    }
}

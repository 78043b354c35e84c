//! Keys without a character, as W3C WebDriver names them (section "Keyboard actions").

/// Lets go of every modifier held.
pub const RELEASE: char = '\u{E000}';
/// Backspace.
pub const BACKSPACE: char = '\u{E003}';
/// Tab.
pub const TAB: char = '\u{E004}';
/// Enter.
pub const ENTER: char = '\u{E007}';
/// Shift, held.
pub const SHIFT: char = '\u{E008}';
/// Control, held.
pub const CONTROL: char = '\u{E009}';
/// Alt, held.
pub const ALT: char = '\u{E00A}';
/// Meta (Command), held.
pub const META: char = '\u{E03D}';
/// Escape.
pub const ESCAPE: char = '\u{E00C}';
/// The space bar.
pub const SPACE: char = '\u{E00D}';
/// Page up.
pub const PAGE_UP: char = '\u{E00E}';
/// Page down.
pub const PAGE_DOWN: char = '\u{E00F}';
/// End.
pub const END: char = '\u{E010}';
/// Home.
pub const HOME: char = '\u{E011}';
/// Arrow left.
pub const LEFT: char = '\u{E012}';
/// Arrow up.
pub const UP: char = '\u{E013}';
/// Arrow right.
pub const RIGHT: char = '\u{E014}';
/// Arrow down.
pub const DOWN: char = '\u{E015}';
/// Delete.
pub const DELETE: char = '\u{E017}';

/// The code point of a key by its name on the keyboard, as recordings write it (`Enter`, `Escape`, `ArrowDown`);
/// a single character stands for itself.
pub fn by_name(name: &str) -> Option<char> {
    let mut characters = name.chars();
    if let (Some(only), None) = (characters.next(), characters.next()) {
        return Some(only);
    }
    Some(match name {
        "Backspace" => BACKSPACE,
        "Tab" => TAB,
        "Enter" => ENTER,
        "Shift" => SHIFT,
        "Control" => CONTROL,
        "Alt" => ALT,
        "Meta" => META,
        "Escape" => ESCAPE,
        "Space" => SPACE,
        "PageUp" => PAGE_UP,
        "PageDown" => PAGE_DOWN,
        "End" => END,
        "Home" => HOME,
        "ArrowLeft" => LEFT,
        "ArrowUp" => UP,
        "ArrowRight" => RIGHT,
        "ArrowDown" => DOWN,
        "Delete" => DELETE,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_by_name() {
        assert_eq!(by_name("Enter"), Some(ENTER));
        assert_eq!(by_name("a"), Some('a'));
        assert_eq!(by_name("F1"), None);
    }
}

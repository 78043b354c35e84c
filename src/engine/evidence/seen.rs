//! A text as a person or a browser would read it: escapes of addresses, HTML and JSON undone, each character with the
//! bytes it stands in. So what is looked for is found however it is written, and replaced where it stands.

/// One character as read, and the bytes of the source it is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) c: char,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// How often escapes are undone: an address in a link in a JSON text is written with three.
const ROUNDS: usize = 4;

/// Longest name or number of an HTML reference that is looked at.
const LONGEST_REFERENCE: usize = 10;

/// References that stand for what separates or belongs to addresses and names.
const REFERENCES: [(&str, char); 14] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("commat", '@'),
    ("period", '.'),
    ("nbsp", ' '),
    ("lowbar", '_'),
    ("plus", '+'),
    ("hyphen", '-'),
    ("sol", '/'),
    ("colon", ':'),
    ("num", '#'),
];

/// Reads a text. What shows nowhere (zero-width characters, soft hyphens) is left out.
pub(super) fn read(text: &str) -> Vec<Seen> {
    let mut seen: Vec<Seen> =
        text.char_indices().map(|(start, c)| Seen { c, start, end: start + c.len_utf8() }).collect();
    for _ in 0..ROUNDS {
        let before = seen.len();
        seen = undo(&seen);
        if seen.len() == before {
            break;
        }
    }
    seen.retain(|seen| !is_unseen(seen.c));
    seen
}

/// The same without its escapes, in lower case: what two texts are compared by.
pub(super) fn plain(text: &str) -> Vec<char> {
    read(text).into_iter().map(|seen| lower(seen.c)).collect()
}

/// One character in lower case; of those that become several, the first.
pub(super) fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{feff}')
}

fn undo(seen: &[Seen]) -> Vec<Seen> {
    let mut found = Vec::with_capacity(seen.len());
    let mut at = 0;
    while let Some(&here) = seen.get(at) {
        let escape = match here.c {
            '%' => percent(&seen[at..]),
            '&' => reference(&seen[at..]),
            '\\' => backslash(&seen[at..]),
            _ => None,
        };
        let (c, length) = escape.unwrap_or((here.c, 1));
        found.push(Seen { c, start: here.start, end: seen[at + length - 1].end });
        at += length;
    }
    found
}

/// `%40`, and `%C3%A9` for a letter of two bytes.
fn percent(seen: &[Seen]) -> Option<(char, usize)> {
    let byte = |at: usize| match seen.get(at..at + 3)? {
        [sign, high, low] if sign.c == '%' => {
            u8::try_from(high.c.to_digit(16)? * 16 + low.c.to_digit(16)?).ok()
        }
        _ => None,
    };
    let bytes: Vec<u8> = (0..4).map_while(|index| byte(index * 3)).collect();
    let first = *bytes.first()?;
    let length = match first {
        0x00..=0x7f => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    let text = std::str::from_utf8(bytes.get(..length)?).ok()?;
    Some((text.chars().next()?, length * 3))
}

/// `&#64;`, `&#x40;`, `&commat;`.
fn reference(seen: &[Seen]) -> Option<(char, usize)> {
    let end = seen.iter().take(LONGEST_REFERENCE).position(|seen| seen.c == ';')?;
    let name: String = seen[1..end].iter().map(|seen| seen.c).collect();
    let c = match name.strip_prefix('#') {
        Some(number) => {
            let hexadecimal = number.strip_prefix(['x', 'X']).map(|digits| u32::from_str_radix(digits, 16));
            char::from_u32(hexadecimal.unwrap_or_else(|| number.parse()).ok()?)?
        }
        None => REFERENCES.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((c, end + 1))
}

/// `\u0040`, `\x40`, `\"`; two halves of a character beyond the first plane as one.
fn backslash(seen: &[Seen]) -> Option<(char, usize)> {
    let digits = |at: usize, length: usize| {
        let text: String = seen.get(at..at + length)?.iter().map(|seen| seen.c).collect();
        u32::from_str_radix(&text, 16).ok()
    };
    match seen.get(1)?.c {
        'u' => {
            let unit = digits(2, 4)?;
            if (0xd800..0xdc00).contains(&unit) && seen.get(6)?.c == '\\' && seen.get(7)?.c == 'u' {
                let low = digits(8, 4)?.checked_sub(0xdc00)?;
                return Some((char::from_u32(0x10000 + ((unit - 0xd800) << 10) + low)?, 12));
            }
            Some((char::from_u32(unit)?, 6))
        }
        'x' => Some((char::from_u32(digits(2, 2)?)?, 4)),
        'n' | 't' | 'r' => Some((' ', 2)),
        c @ ('"' | '\'' | '/' | '\\') => Some((c, 2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let seen = read(text);
        assert_eq!(seen.iter().map(|seen| seen.c).collect::<String>(), expected, "{text}");
        assert!(seen.iter().all(|seen| text.get(seen.start..seen.end).is_some()), "{seen:?}");
        assert!(seen.windows(2).all(|pair| pair[0].end <= pair[1].start), "{seen:?}");
    }

    #[test]
    fn escapes_are_read_as_what_they_stand_for() {
        check("a@x.y", "a@x.y");
        check("a%40x%2ey", "a@x.y");
        check("a%2540x", "a@x");
        check("a&#64;x&#x2E;y&commat;", "a@x.y@");
        check("a&amp;#64;x", "a@x");
        check(r"a\u0040x \x41 \ud83d\ude00", "a@x A \u{1f600}");
        check("Zo%C3%AB", "Zoë");
        check("a\u{200b}b", "ab");
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in
            ["100 %", "%4", "%zz", "&", "&;", "&unknown;", "&#999999999;", r"\", r"\u12", "%ff", "%C3"]
        {
            check(text, text);
        }
    }
}

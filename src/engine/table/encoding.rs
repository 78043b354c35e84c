//! From the bytes of a file to its text; what is no UTF-8 is told by what it looks like.

use super::findings::Finding;

/// The largest file read: ten thousand people with long names take a tenth of it.
const MOST_BYTES: usize = 16 << 20;
/// Bytes looked at to tell UTF-16 that does not say so.
const LOOKED_AT: usize = 256;

const AS_UTF8: &str = "save it as UTF-8: in Excel as \"CSV UTF-8 (Comma delimited)\", in LibreOffice with the character \
                       set \"Unicode (UTF-8)\"";

/// The text of a file, without its byte order mark.
///
/// # Errors
/// A file that is too large, a workbook, UTF-16, or anything else that is not UTF-8. It is the only finding then: what
/// the text would say is not known.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Finding> {
    if bytes.len() > MOST_BYTES {
        let what = format!("{} bytes, the most is {MOST_BYTES}", bytes.len());
        return Err(Finding::of_file(what, "take what is not needed out of it, or make it several files"));
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        let hint = "open it in the spreadsheet program and save the sheet as CSV, in UTF-8";
        return Err(Finding::of_file("a workbook or another packed file, no CSV", hint));
    }
    if is_utf16(bytes) {
        return Err(Finding::of_file("the text is UTF-16, not UTF-8", AS_UTF8));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| no_utf8(bytes, error.valid_up_to()))
}

/// By its byte order mark, or because every other byte is NUL, as in Latin text.
fn is_utf16(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return true;
    }
    let start = &bytes[..bytes.len().min(LOOKED_AT)];
    let nuls = |parity: usize| start.iter().skip(parity).step_by(2).all(|byte| *byte == 0);
    start.len() >= 4 && nuls(0) != nuls(1)
}

fn no_utf8(bytes: &[u8], at: usize) -> Finding {
    let line = super::cells::line_of(bytes, at);
    let what =
        format!("not UTF-8: the byte 0x{:02X}, as Latin-1 and Windows-1252 write some letters", bytes[at]);
    Finding::of_line(line, what, AS_UTF8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], line: usize, what: &str) {
        let finding = text(bytes).unwrap_err();
        assert_eq!(finding.line, line, "{finding}");
        assert!(finding.what.contains(what), "{finding}");
        assert!(finding.hint.as_deref().unwrap().contains("save"), "{finding}");
    }

    #[test]
    fn utf_8_is_read_with_its_mark_and_without() {
        assert_eq!(text("email\nzoë@x.example".as_bytes()), Ok("email\nzoë@x.example"));
        assert_eq!(text("\u{feff}email".as_bytes()), Ok("email"));
        assert_eq!(text(b""), Ok(""));
        assert_eq!(text(b"ab\0c\0\n"), Ok("ab\0c\0\n"), "NULs here and there are found in their cells");
    }

    #[test]
    fn another_encoding_is_named() {
        let wide = |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(order).collect()
        };
        check(&wide("\u{feff}email,role\n", u16::to_le_bytes), 0, "UTF-16");
        check(&wide("\u{feff}email,role\n", u16::to_be_bytes), 0, "UTF-16");
        check(&wide("email,role\n", u16::to_le_bytes), 0, "UTF-16");
        check(&wide("email,role\n", u16::to_be_bytes), 0, "UTF-16");
        check(b"email,name\r\na@x.example,A\r\nb@x.example,M\xfcller\r\n", 3, "0xFC, as Latin-1");
        check(b"PK\x03\x04\x14\0", 0, "a workbook");
    }

    #[test]
    fn a_file_without_end_is_not_read() {
        assert!(text(&vec![b'a'; MOST_BYTES]).is_ok());
        assert!(text(&vec![b'a'; MOST_BYTES + 1]).unwrap_err().what.contains("the most is"));
    }
}

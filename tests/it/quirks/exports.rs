//! Files that a console gives: made in the page, or answered to a link; whole, cut, refused, or more than one.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use seatwright::engine::Exported;
use seatwright::engine::browser::BrowserKind;

use super::console::Console;
use crate::support::{Agrees, RUNTIME, browser_kind};

/// What every file here holds. Nobody looks into it, so that formulas pass as they are.
const PEOPLE: &str = "Email,Name\r\nit@acme.example,Ida Tell\r\nann@acme.example,Ann Lee\r\nbo@acme.example,Bo Ray\r\n\
                      cy@acme.example,Cy Day\r\n=1+1@evil.example,=HYPERLINK(1)";

fn export(console: &Console) -> Exported {
    RUNTIME.block_on(console.engine().export(&mut Agrees)).expect("the run starts")
}

/// The file came whole, is kept for its owner alone, and is called as the console chose in the report only.
#[track_caller]
fn came(exported: &Exported, name: &str, kept: &str) {
    let file = exported.report.file.as_ref().unwrap_or_else(|| panic!("{:#?}", exported.report));
    let path = exported.path.as_ref().unwrap();
    assert_eq!((file.name.as_str(), file.kept.as_str()), (name, kept));
    assert_eq!(path.file_name().unwrap(), kept);
    assert_eq!(std::fs::read_to_string(path).unwrap(), PEOPLE);
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(file.bytes, u64::try_from(PEOPLE.len()).unwrap());
    assert_eq!(exported.report.exit_code, 0);
}

/// Nothing was taken for the file, for this reason.
#[track_caller]
fn failed(exported: &Exported, reason: &str, says: &str) {
    let error = exported.report.error.as_ref().unwrap_or_else(|| panic!("{:#?}", exported.report));
    assert_eq!(error.reason.as_deref(), Some(reason), "{error:?}");
    assert!(error.message.contains(says), "{error:?}");
    assert!(exported.path.is_none() && exported.report.file.is_none());
}

#[test]
fn export_blob() {
    let console = Console::of("export-blob");
    came(&export(&console), "people.csv", "export.csv");
    assert_eq!(console.acted(), ["made CSV"], "once, and of the kind that was chosen");
    // What an earlier run had the same browser fetch is not taken for the file of this one.
    came(&export(&console), "people.csv", "export.csv");

    let console = Console::with("export-blob", "refused");
    failed(&export(&console), "not_permitted", "You are not allowed to do this");
    failed(&export(&Console::with("export-blob", "two")), "selector_ambiguous", "people.csv, roles.csv");
    failed(&export(&Console::with("export-blob", "empty")), "timeout", "has nothing in it");
}

#[test]
fn export_link() {
    let given = |how: How, head: &str| {
        let console = Console::with("export-link", &FileServer::start(how, head).habit());
        (export(&console), console)
    };
    let attached =
        "Content-Type: text/csv\r\nContent-Disposition: attachment; filename=\"all people.csv\"\r\n";
    came(&given(How::Whole, attached).0, "all people.csv", "export.csv");
    // For as long as it is still being written, it is not there.
    came(&given(How::InTwoParts, attached).0, "all people.csv", "export.csv");
    let nameless =
        "Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\".sh\"\r\n";
    let (exported, _console) = given(How::Whole, nameless);
    came(&exported, &exported.report.file.as_ref().unwrap().name, "export.bin");
    // Firefox says in a prompt that it broke off; Chromium throws it away.
    let (reason, says) = match browser_kind() {
        BrowserKind::Firefox => ("console_error", "did not come whole"),
        BrowserKind::Chromium => ("timeout", "no file came"),
    };
    failed(&given(How::Cut, attached).0, reason, says);
}

/// How the file is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Whole,
    InTwoParts,
    /// The connection ends in the middle.
    Cut,
}

/// Answers each request with the file, byte by byte as it says, which no framework would.
struct FileServer {
    address: String,
}

impl FileServer {
    fn start(how: How, head: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = format!("http://{}/members", listener.local_addr().unwrap());
        let head =
            format!("HTTP/1.1 200 OK\r\n{head}Content-Length: {}\r\nConnection: close\r\n\r\n", PEOPLE.len());
        // It ends with the tests; a browser may ask again at any time.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let _closed_early = stream.and_then(|stream| answer(stream, how, &head));
            }
        });
        Self { address }
    }

    fn habit(&self) -> String {
        self.address.replace(':', "%3A").replace('/', "%2F")
    }
}

fn answer(mut stream: TcpStream, how: How, head: &str) -> std::io::Result<()> {
    let (mut request, mut byte) = (Vec::new(), [0]);
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        request.push(byte[0]);
    }
    let (first, rest) = PEOPLE.as_bytes().split_at(PEOPLE.len() / 2);
    stream.write_all(head.as_bytes())?;
    stream.write_all(first)?;
    stream.flush()?;
    if how == How::Cut {
        return Ok(());
    }
    if how == How::InTwoParts {
        std::thread::sleep(Duration::from_millis(700));
    }
    stream.write_all(rest)
}

//! Files that a console gives: made in the page, or answered to a link; whole, cut, refused, or more than one.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use seatwright::engine::Exported;

use super::console::Console;
use crate::support::{Agrees, RUNTIME};

/// What every file here holds. Nobody looks into it, so that formulas pass as they are.
const PEOPLE: &str = "Email,Name\r\nit@acme.example,Ida Tell\r\nann@acme.example,Ann Lee\r\nbo@acme.example,Bo Ray\r\n\
                      cy@acme.example,Cy Day\r\n=1+1@evil.example,=HYPERLINK(1)";

/// What a console says of a file that has a name.
pub(crate) const ATTACHED: &str =
    "Content-Type: text/csv\r\nContent-Disposition: attachment; filename=\"all people.csv\"\r\n";

pub(crate) fn export(console: &Console) -> Exported {
    RUNTIME.block_on(console.engine().export(&mut Agrees)).expect("the run starts")
}

/// The file came whole, is kept for its owner alone, and is called as the console chose in the report only.
#[track_caller]
pub(crate) fn came(exported: &Exported, name: &str, kept: &str) {
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
pub(crate) fn failed(exported: &Exported, reason: &str, says: &str) {
    let error = exported.report.error.as_ref().unwrap_or_else(|| panic!("{:#?}", exported.report));
    assert_eq!(error.reason.as_deref(), Some(reason), "{error:?}");
    assert!(error.message.contains(says), "{error:?}");
    assert!(exported.path.is_none() && exported.report.file.is_none());
}

/// Exports what a link is answered with.
pub(crate) fn linked(how: How, head: &str) -> (Exported, Console) {
    let console = Console::with("export-link", &FileServer::start(how, head).habit());
    (export(&console), console)
}

#[test]
fn export_blob() {
    let console = Console::of("export-blob");
    came(&export(&console), "people.csv", "export.csv");
    assert_eq!(console.acted(), ["made CSV"], "once, and of the kind that was chosen");
}

/// For as long as it is still being written, it is not there.
#[test]
fn export_link() {
    let (exported, _console) = linked(How::InTwoParts, ATTACHED);
    came(&exported, "all people.csv", "export.csv");
}

/// How the file is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Whole,
    InTwoParts,
    /// The connection ends in the middle.
    Cut,
}

/// Answers each request with the file, byte by byte as it says, which no framework would.
pub(crate) struct FileServer {
    address: String,
}

impl FileServer {
    pub(crate) fn start(how: How, head: &str) -> Self {
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

    pub(crate) fn habit(&self) -> String {
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
        std::thread::sleep(Duration::from_millis(300));
    }
    stream.write_all(rest)
}

//! What a page sends by itself while it is only read.

use std::collections::BTreeMap;

use super::console::{Console, arrived};
use crate::support::{Agrees, RUNTIME};

/// Firefox has none; in Chromium it is refused what it sends.
const SERVICE_WORKER: &str = "POST /sent/service-worker";

/// Nothing of it arrives, each try is told, and the token that is renewed all the same has the page go on.
#[test]
fn sends() {
    let console = Console::of("sends");
    let listed = RUNTIME.block_on(console.engine().list(&mut Agrees)).unwrap();
    assert_eq!((listed.members.len(), listed.report.exit_code), (4, 0), "{:#?}", listed.report);
    let writes = listed.report.writes.unwrap();
    let kinds: BTreeMap<&str, &str> =
        writes.requests.iter().map(|sent| (sent.request.as_str(), sent.what.as_str())).collect();
    let refused = "may change something";
    for (request, what) in [
        ("POST /sent/fetch", refused),
        ("PUT /sent/kept", refused),
        ("POST //localhost/sent/elsewhere", refused),
        ("POST /sent/beacon", refused),
        ("POST /sent/form", refused),
        ("POST /sent/worker", refused),
        ("GET /sent/socket", "web socket"),
        ("GET /sent/forbidden", "forbidden by the map"),
        ("POST /sent/farewell", refused),
        ("POST /token", "allowed"),
    ] {
        assert_eq!(kinds.get(request), Some(&what), "{request}: {kinds:#?}");
    }
    let more = usize::from(kinds.contains_key(SERVICE_WORKER));
    assert_eq!((kinds.len() - more, writes.sent, &writes.unproven), (10, 0, &None), "{writes:#?}");
    // It is loaded for two readings, and sends each time; the second of them may be left before all of it was tried.
    assert_eq!(writes.allowed, 2, "{writes:#?}");
    assert_eq!((arrived("/sent/"), arrived("/token").len()), (Vec::new(), 2));

    drop(console);

    // Nor is it led anywhere else.
    let strays = Console::with("sends", "strays");
    let error = RUNTIME.block_on(strays.engine().list(&mut Agrees)).unwrap().report.error.unwrap();
    assert_eq!(error.reason.as_deref(), Some("unknown_console"), "{error:?}");
    assert!(error.message.contains("about to go to localhost, which is none of"), "{error:?}");
}

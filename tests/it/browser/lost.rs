//! A console that takes a request and closes the connection instead of an answer: browsers send it again by themselves, if
//! they had used the connection before. Here none does, whoever sends it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use seatwright::engine::browser::{self, BrowserKind};
use serde_json::Value;
use url::Url;

use super::{Stage, ready};
use crate::support::browser_kind;

/// A page that makes connections ahead of its requests, and sends what nobody answers.
const PAGE: &str = r#"<!doctype html><title>page</title><link rel="preconnect" href="/">
<form method="post" action="/lost/form"><button id="send">send</button></form>
<script>
  const code = text => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const asked = fetch('/read').then(answer => answer.text());
  const lost = way => fetch(`/lost/${way}`, { method: 'POST', body: 'x' }).catch(() => null);
  window.sent = asked.then(() => lost('fetch')).then(() => {
    navigator.sendBeacon('/lost/beacon', 'x');
    if (location.search !== '?worker') return null;
    const at = JSON.stringify(new URL('/lost/worker', location).href);
    const told = new Worker(code(`fetch(${at}, { method: 'POST' }).catch(() => null).then(() => postMessage(1))`));
    return new Promise(done => (told.onmessage = done));
  }).then(() => (document.title = 'sent'));
</script>"#;

type Log = Arc<Mutex<Vec<String>>>;

/// Keeps its connections, as long as it is not asked to close them.
fn serve(connection: TcpStream, log: &Log) -> std::io::Result<()> {
    let mut lines = BufReader::new(connection.try_clone()?);
    loop {
        let (mut request, mut length, mut closes) = (String::new(), 0, false);
        if lines.read_line(&mut request)? == 0 {
            return Ok(());
        }
        loop {
            let mut line = String::new();
            lines.read_line(&mut line)?;
            let line = line.trim().to_ascii_lowercase();
            match line.split_once(": ") {
                Some(("content-length", number)) => length = number.parse().unwrap_or(0),
                Some(("connection", word)) => closes = word == "close",
                Some(_) => {}
                None => break,
            }
        }
        lines.read_exact(&mut vec![0; length])?;
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        log.lock().unwrap().push(path.clone());
        if path.starts_with("/lost/") {
            return Ok(());
        }
        let word = if closes { "close" } else { "keep-alive" };
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: {word}\r\n");
        let mut answer = &connection;
        write!(answer, "{head}Content-Length: {}\r\n\r\n{PAGE}", PAGE.len())?;
        if closes {
            return Ok(());
        }
    }
}

fn console() -> (Url, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let log = Log::default();
    let heard = Arc::clone(&log);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let log = Arc::clone(&heard);
            thread::spawn(move || serve(connection, &log));
        }
    });
    (url, log)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_answered_is_sent_once() {
    let stage = Stage::new().await;
    let (url, log) = console();
    let mut browser = browser::start(&stage.options()).await.unwrap();
    let page = &mut *browser;
    // In Chromium what a worker asks for is held for ever at times (docs/browsers.md).
    let has_worker = browser_kind() == BrowserKind::Firefox;
    page.goto(&url.join(if has_worker { "/?worker" } else { "/" }).unwrap()).await.unwrap();
    ready(page, "return document.title === 'sent'").await;
    page.run("document.getElementById('send').click()", Value::Null).await.unwrap();
    let lost = || {
        let mut lost: Vec<String> =
            log.lock().unwrap().iter().filter(|path| path.starts_with("/lost/")).cloned().collect();
        lost.sort();
        lost
    };
    let since = Instant::now();
    let expected = ["/lost/beacon", "/lost/fetch", "/lost/form", "/lost/worker"];
    let expected = &expected[..expected.len() - usize::from(!has_worker)];
    while since.elapsed() < Duration::from_secs(5) && lost().len() < expected.len() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // A second try comes at once, where there is one.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(lost(), expected, "{:?}", log.lock());
    browser.end().await.unwrap();
}

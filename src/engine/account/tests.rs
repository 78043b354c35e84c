//! Codes, refusals and kept sessions, without a browser.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};

use super::second_factor::CodeError;
use super::*;
use crate::domain::email::Email;
use crate::engine::journal::Clock;
use crate::engine::secret::SecretSource;

/// The secret of RFC 6238, appendix B: `12345678901234567890`.
const RFC: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn email() -> Email {
    Email::parse("admin@example.com").unwrap()
}

fn memory(state: &Path) -> Memory {
    Memory::of(state, &"https://a.example.com/x".parse().unwrap(), &email())
}

fn key_in(folder: &Path) -> KeySource {
    KeySource { place: SecretSource::File(folder.join("config/session.key")), is_made: true }
}

/// A clock that begins there and goes on with the paused time of tokio.
fn clock_from(second: i64) -> Clock {
    let since = tokio::time::Instant::now();
    Arc::new(move || {
        Timestamp::from_second(second).unwrap() + SignedDuration::try_from(since.elapsed()).unwrap()
    })
}

fn factor(text: &str, state: &Path, second: i64) -> Result<SecondFactor, String> {
    SecondFactor::parse(&SecretString::from(text), clock_from(second), memory(state))
}

async fn code(factor: &SecondFactor) -> (String, u64) {
    let (code, waited) = factor.code().await.unwrap();
    (code.expose_secret().to_owned(), waited.as_secs())
}

#[tokio::test(start_paused = true)]
async fn codes_are_those_of_the_standard() {
    // RFC 6238, appendix B; of SHA1 with a secret of 20 bytes, of SHA256 with one of 32.
    let long = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA====";
    for (secret, algorithm, second, expected) in [
        (RFC, "SHA1", 1_111_111_109, "07081804"),
        (RFC, "SHA1", 1_234_567_890, "89005924"),
        (RFC, "SHA1", 20_000_000_000, "65353130"),
        (long, "SHA256", 1_111_111_111, "67062674"),
        (long, "SHA256", 2_000_000_000, "90698825"),
    ] {
        let state = tempfile::tempdir().unwrap();
        let text = format!("otpauth://totp/A:b?secret={secret}&digits=8&algorithm={algorithm}");
        let window = second / 30 * 30;
        assert_eq!(code(&factor(&text, state.path(), window).unwrap()).await.0, expected, "{second}");
    }
    let state = tempfile::tempdir().unwrap();
    // The last six digits; as people copy it.
    let grouped = "gezd gnbv gy3t qojq gezd gnbv gy3t qojq";
    assert_eq!(code(&factor(grouped, state.path(), 1_234_567_890).unwrap()).await.0, "005924");
}

#[tokio::test(start_paused = true)]
async fn a_code_is_given_once_and_never_at_the_end_of_its_window() {
    let state = tempfile::tempdir().unwrap();
    let begin = 1_800_000_000; // a window begins there
    let first = factor(RFC, state.path(), begin).unwrap();
    assert_eq!(code(&first).await.1, 0);
    assert_eq!(code(&first).await.1, 30, "the next window is waited for");
    // Another run, half a minute later: what was used is remembered.
    assert_eq!(code(&factor(RFC, state.path(), begin + 40).unwrap()).await.1, 20);
    assert_eq!(code(&factor(RFC, state.path(), begin + 118).unwrap()).await.1, 2, "2 s are too few");
    assert_eq!(code(&factor(RFC, state.path(), begin + 177).unwrap()).await.1, 0, "3 s are enough");
    let back = factor(RFC, state.path(), begin - 600).unwrap();
    let error = back.code().await.unwrap_err();
    assert!(matches!(error, CodeError::ClockSetBack { ahead: 750 }), "{error}");
}

#[test]
fn what_is_no_secret_is_told_without_repeating_it() {
    let state = tempfile::tempdir().unwrap();
    let clock: Clock = Arc::new(Timestamp::now);
    let check = |text: &str, expected: &str| {
        let parsed = SecondFactor::parse(&SecretString::from(text), Arc::clone(&clock), memory(state.path()));
        let told = parsed.unwrap_err();
        assert!(told.contains(expected) && !told.contains("HUNTER"), "{text}: {told}");
    };
    check("HUNTER1", "neither base32");
    check("HUNTERHUNTER", "too short");
    check("otpauth://hotp/A?secret=HUNTERHUNTERHUNTER", "not one of codes by time");
    check("otpauth://totp/A", "no `secret`");
    check("otpauth://totp/HUNTER?secret=HUNTER1HUNTER1HUNTER", "neither base32");
    check(&format!("otpauth://totp/A?secret={RFC}&digits=5"), "`digits`");
    check(&format!("otpauth://totp/A?secret={RFC}&period=0"), "`period`");
    check(&format!("otpauth://totp/A?secret={RFC}&algorithm=MD5"), "`algorithm`");
}

#[test]
fn a_refusal_holds_for_a_day_or_until_something_else_is_given() {
    let state = tempfile::tempdir().unwrap();
    let key = key_in(state.path()).key().unwrap();
    let mark = key.mark(&["password", "totp"]);
    assert_ne!(mark, key.mark(&["passwordt", "otp"]));
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let refusal = Refusal { at_s: now.as_second(), what: "password".to_owned(), mark: Some(mark.clone()) };
    memory(state.path()).set_refusal(Some(refusal)).unwrap();

    let known = memory(state.path()).refusal().unwrap().unwrap();
    let later = |hours| now + SignedDuration::from_hours(hours);
    assert!(known.holds(later(23), Some(&mark)));
    assert!(!known.holds(later(24), Some(&mark)));
    assert!(!known.holds(later(1), Some(&key.mark(&["another", "totp"]))));
    assert!(known.holds(later(1), None), "without a key nobody can tell");
    memory(state.path()).set_refusal(None).unwrap();
    assert_eq!(memory(state.path()).refusal().unwrap(), None);
}

#[test]
fn of_runs_at_the_same_time_one_takes_the_code() {
    let state = tempfile::tempdir().unwrap();
    let take = || memory(state.path()).take_code(7).unwrap();
    let taken = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(take)).collect();
        all.into_iter().map(|one| one.join().unwrap()).filter(|taken| *taken).count()
    });
    assert_eq!(taken, 1);
}

#[test]
fn a_kept_session_is_read_by_its_owner_only() {
    let state = tempfile::tempdir().unwrap();
    let key = key_in(state.path()).key().unwrap();
    let store = |workspace: &str, email: &str| {
        let console = "https://a.example.com/".parse().unwrap();
        SessionStore::of(state.path(), workspace, &console, &Email::parse(email).unwrap())
    };
    let acme = store("acme", "admin@example.com");
    assert!(matches!(acme.open(&key).unwrap(), Opened::Nothing));
    acme.keep(&key, &b"cf_session=abcdefgh".to_vec().into()).unwrap();
    let Opened::Session(session) = acme.open(&key).unwrap() else { panic!("it is there") };
    assert_eq!(session.expose_secret(), b"cf_session=abcdefgh");

    let files = |workspace: &str| {
        let folder = state.path().join("sessions").join(workspace);
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let [path] = files("acme").try_into().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert!(!bytes.windows(8).any(|part| part == b"abcdefgh"), "it is encrypted");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(
        std::fs::metadata(state.path().join("config/session.key")).unwrap().permissions().mode() & 0o777,
        0o600
    );

    // The file of one in the place of another's, a byte that changed, another key: put aside, once.
    let other = store("beta", "admin@example.com");
    other.keep(&key, &b"x".to_vec().into()).unwrap();
    let [at] = files("beta").try_into().unwrap();
    std::fs::copy(&path, &at).unwrap();
    assert!(matches!(other.open(&key).unwrap(), Opened::Aside(_)));
    assert!(matches!(other.open(&key).unwrap(), Opened::Nothing));
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    std::fs::write(&path, damaged).unwrap();
    assert!(matches!(acme.open(&key).unwrap(), Opened::Aside(_)));
    std::fs::write(&path, bytes).unwrap();
    std::fs::remove_file(state.path().join("config/session.key")).unwrap();
    assert!(matches!(acme.open(&key_in(state.path()).key().unwrap()).unwrap(), Opened::Aside(_)));

    acme.keep(&key, &b"y".to_vec().into()).unwrap();
    assert_eq!(
        SessionStore::forget_all(state.path(), "acme").unwrap(),
        2,
        "what was put aside is one of them"
    );
    assert!(matches!(acme.open(&key).unwrap(), Opened::Nothing));
    assert_eq!(SessionStore::forget_all(state.path(), "acme").unwrap(), 0);
}

#[test]
fn a_key_is_made_once_and_what_is_none_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let source = key_in(folder.path());
    let mark = source.key().unwrap().mark(&["a"]);
    assert_eq!(source.key().unwrap().mark(&["a"]), mark);
    std::fs::write(folder.path().join("config/session.key"), "hunter2").unwrap();
    let told = source.key().err().unwrap();
    assert!(told.to_string().contains("not 32 bytes in base64") && !told.to_string().contains("hunter2"));
    let named = KeySource { place: SecretSource::File(folder.path().join("none.key")), is_made: false };
    assert!(matches!(named.key().err().unwrap(), KeyError::Secret(_)));
}

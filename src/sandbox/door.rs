//! What stands between a client and the rest: the password, the second factor, the session, and the faults that bite there.
//!
//! Codes go by the sandbox's own clock. A code is good in its window of 30 seconds and in the one after it, and for one
//! sign-in only.

use axum::body::Bytes;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Json, http::Method};
use serde::Deserialize;
use serde_json::json;
use totp_rs::{Builder, Secret, Totp};

use super::app::{App, problem};
use super::faults::{Fault, Passage};
use super::state::{ACCOUNT_EMAIL, State};

const SESSION_COOKIE: &str = "cf_session";
/// How often a code may be wrong before the password is asked for again.
const CODES: u8 = 3;
/// Seconds after which whoever was told to slow down may come back.
const SLOW_DOWN: &str = "30";

/// Who gave the right password and nothing else yet, how often a code was wrong, which codes were used, and which
/// sign-ins were approved on the phone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Door {
    tickets: std::collections::BTreeMap<String, u8>,
    last_step: Option<u64>,
    approvals: std::collections::BTreeMap<String, bool>,
    wall_shown: bool,
}

impl State {
    /// A page is asked for while the wall is up. From the first time on each request is one too many, and counted.
    pub(crate) fn meets_wall(&mut self) -> bool {
        let up = self.faults.has(Fault::BotWall);
        self.door.wall_shown |= up;
        up
    }

    /// Notes one request of whoever was shown the wall before.
    pub(crate) fn count_at_wall(&mut self) {
        if self.door.wall_shown {
            self.record.went_on_at_wall();
        }
    }

    fn ticket(&mut self) -> String {
        let ticket = format!("{:016x}", fastrand::u64(..));
        self.door.tickets.insert(ticket.clone(), CODES);
        ticket
    }

    fn asks_for_approval(&mut self) -> String {
        let ticket = format!("{:016x}", fastrand::u64(..));
        self.door.approvals.insert(ticket.clone(), false);
        ticket
    }

    /// Somebody approves, on the phone, whoever waits for it. Gives how many there were.
    pub(crate) fn approve(&mut self) -> usize {
        let waiting = self.door.approvals.values_mut().filter(|approved| !**approved);
        waiting.map(|approved| *approved = true).count()
    }

    /// The code is right and was not used before; its ticket is good for nothing afterwards.
    fn takes_code(&mut self, secret: &[u8], ticket: &str, code: &str) -> Result<(), &'static str> {
        let Some(tries) = self.door.tickets.get_mut(ticket) else {
            return Err("Log in again to get a new code.");
        };
        *tries -= 1;
        if *tries == 0 {
            self.door.tickets.remove(ticket);
        }
        let now = u64::try_from(self.now().as_second()).unwrap_or_default();
        let step = step_of(secret, code, now).ok_or("That code is incorrect or has expired.")?;
        if self.door.last_step.is_some_and(|last| step <= last) {
            return Err("That code was used before. Wait for the next one.");
        }
        self.door.last_step = Some(step);
        self.door.tickets.remove(ticket);
        Ok(())
    }
}

/// The number of the window a code belongs to, if that is the present one or the one before.
fn step_of(secret: &[u8], code: &str, now: u64) -> Option<u64> {
    let totp = codes(secret);
    let step = now / 30;
    [step, step.saturating_sub(1)]
        .into_iter()
        .find(|step| totp.generate(step * 30).to_string() == code.trim())
}

fn codes(secret: &[u8]) -> Totp {
    Builder::new().with_secret(Secret::new(secret.into())).build_noncompliant()
}

/// What faults do with a request before anybody looks at it. Signing in is let through, but for a server that hangs.
pub(crate) async fn passage(Shared(app): Shared<App>, request: Request, next: Next) -> Response {
    let signs_in = request.uri().path().ends_with("/session") && request.method() == Method::POST;
    let further = ["/session/code", "/session/approval"];
    let signs_in = signs_in || further.iter().any(|path| request.uri().path().ends_with(path));
    let passage = app.with(|state| match state.faults.has(Fault::Hung) || !signs_in {
        true => state.faults.next_request(),
        false => Passage::Free,
    });
    match passage {
        Passage::Free => next.run(request).await,
        Passage::Forgotten => {
            app.with(State::forget_sessions);
            next.run(request).await
        }
        Passage::SlowDown => {
            let mut answer = problem(429, "Too many requests. Please slow down and try again in a moment.");
            answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static(SLOW_DOWN));
            answer
        }
        Passage::NoAnswer => std::future::pending().await,
    }
}

/// Nobody gets further without a session.
pub(crate) async fn needs_session(Shared(app): Shared<App>, request: Request, next: Next) -> Response {
    let known = cookie(request.headers()).is_some_and(|session| app.with(|state| state.signed_in(&session)));
    if known { next.run(request).await } else { problem(401, "Please log in.") }
}

/// The session a request belongs to.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(name, _)| *name == SESSION_COOKIE).map(|(_, value)| value.to_owned())
}

#[derive(Deserialize)]
struct Credentials {
    email: String,
    password: String,
}

/// Address and password. With a second factor the answer is how the code is asked for, and a ticket.
pub(crate) async fn sign_in(Shared(app): Shared<App>, body: Bytes) -> Response {
    let Ok(given) = serde_json::from_slice::<Credentials>(&body) else {
        return problem(400, "Enter your email and password.");
    };
    let email_fits = given.email.trim().eq_ignore_ascii_case(ACCOUNT_EMAIL);
    if !email_fits || given.password != *app.password {
        return problem(401, "Incorrect email or password.");
    }
    app.with(|state| match state.faults.second_factor() {
        Some(_) if state.faults.asks_phone() => {
            Json(json!({ "approval": state.asks_for_approval() })).into_response()
        }
        Some(form) => Json(json!({ "code": form, "ticket": state.ticket() })).into_response(),
        None => welcome(state),
    })
}

#[derive(Deserialize)]
struct Code {
    ticket: String,
    code: String,
}

/// The code, and the ticket that says who gave the right password.
pub(crate) async fn enter_code(Shared(app): Shared<App>, body: Bytes) -> Response {
    let Ok(given) = serde_json::from_slice::<Code>(&body) else {
        return problem(400, "Enter the code from your authenticator app.");
    };
    app.with(|state| match state.takes_code(&app.totp, &given.ticket, &given.code) {
        Ok(()) => welcome(state),
        Err(message) => problem(401, message),
    })
}

#[derive(Deserialize)]
struct Waiting {
    ticket: String,
}

/// Whether the sign-in was approved on the phone by now; the page asks again and again.
pub(crate) async fn approval(Shared(app): Shared<App>, body: Bytes) -> Response {
    let ticket = serde_json::from_slice::<Waiting>(&body).map(|given| given.ticket).unwrap_or_default();
    app.with(|state| match state.door.approvals.get(&ticket) {
        Some(true) => {
            state.door.approvals.remove(&ticket);
            welcome(state)
        }
        Some(false) => (StatusCode::ACCEPTED, Json(json!({ "waiting": true }))).into_response(),
        None => problem(401, "Log in again to get a new notification."),
    })
}

fn welcome(state: &mut State) -> Response {
    let session = state.sign_in();
    let cookie = format!("{SESSION_COOKIE}={session}; Path=/; HttpOnly; SameSite=Lax");
    ([(header::SET_COOKIE, cookie)], Json(json!({}))).into_response()
}

pub(crate) async fn sign_out(Shared(app): Shared<App>, headers: HeaderMap) -> Response {
    if let Some(session) = cookie(&headers) {
        app.with(|state| state.sign_out(&session));
    }
    let gone = format!("{SESSION_COOKIE}=; Path=/; Max-Age=0");
    ([(header::SET_COOKIE, gone)], Json(json!({}))).into_response()
}

/// The page that asks whether somebody is there.
pub(crate) fn wall() -> Response {
    const PAGE: &str = "<!doctype html><html lang=\"en\"><title>One moment</title>\
        <link rel=\"icon\" href=\"data:,\"><main><h1>Verify you are human</h1>\
        <p>Coursefield needs to check the security of your connection before you go on.</p>\
        <label><input type=\"checkbox\"> I am not a robot</label></main></html>";
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (StatusCode::FORBIDDEN, kind, PAGE).into_response()
}

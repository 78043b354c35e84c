//! The product's own server: its pages, and the private API they call.
//!
//! `/api/...` answers JSON, needs the session cookie and is where the faults bite; every other address gets
//! the single page, which draws itself. Each answer, that with a file of the page too, closes its connection: browsers
//! silently repeat a request that fails on a connection they have used before, a POST as well, and a cut one must stay cut.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, Request, State as Shared};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::door::{self, cookie};
use super::faults::{Announcement, Fate, Fault};
use super::import::{export, upload};
use super::list::{list, row};
use super::listener::Line;
use super::person::{Person, Refusal, Role, Status, Write, date, renewal};
use super::skins::Skin;
use super::state::{ACCOUNT_EMAIL, State};

const SEAT_PRICE: usize = 18;
/// Title, lessons, minutes, completion in percent.
const COURSES: [(&str, u32, u32, u32); 6] = [
    ("Welcome to Northwind", 8, 35, 92),
    ("Security awareness 2026", 12, 50, 74),
    ("Giving useful feedback", 6, 25, 61),
    ("Working safely on site", 14, 70, 48),
    ("Data protection basics", 9, 40, 83),
    ("Managing your first team", 11, 65, 27),
];

#[derive(Clone)]
pub(crate) struct App {
    pub(crate) state: Arc<Mutex<State>>,
    pub(crate) password: Arc<str>,
    /// What the codes of the second factor are made of.
    pub(crate) totp: Arc<[u8]>,
    pub(crate) skin: &'static Skin,
}

/// The app server's routes.
pub(crate) fn router(app: App) -> Router {
    let members = Router::new()
        .route("/members", get(list).post(invite))
        .route("/members/{id}", patch(change_role).delete(remove))
        .route("/members/{id}/invitation", post(resend).delete(cancel_invite))
        .route("/members/export", get(export))
        .route("/imports", post(upload))
        .route("/imports/{id}", post(import))
        .route("/overview", get(overview))
        .route("/billing", get(billing))
        .route("/announcements", get(announcements))
        .layer(middleware::from_fn_with_state(app.clone(), door::needs_session));
    let api = Router::new()
        .route("/session", get(session).post(door::sign_in).delete(door::sign_out))
        .route("/session/code", post(door::enter_code))
        .route("/session/approval", post(door::approval))
        .merge(members)
        .fallback(|| async { problem(404, "Not found") })
        .layer(middleware::from_fn_with_state(app.clone(), take_time))
        .layer(middleware::from_fn_with_state(app.clone(), door::passage));
    Router::new()
        .nest("/api", api)
        .fallback(page)
        .layer(middleware::from_fn_with_state(app.clone(), note))
        .with_state(app)
}

impl App {
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock().expect("no handler panics while it holds the state");
        state.settle();
        act(&mut state)
    }
}

/// Every request is counted; those that may change something are kept for the truth.
async fn note(Shared(app): Shared<App>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    let write = !method.is_safe() && !path.starts_with("/api/session");
    app.with(|state| state.saw(method.as_str(), path, write));
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Half of the delay of `slow` lies before the work and half behind it; under `errors` there may be no work. Work is left
/// undone if whoever asked goes away before its turn, but for what `late_commit` does later in any case.
async fn take_time(Shared(app): Shared<App>, request: Request, next: Next) -> Response {
    let (delay, broken, in_any_case) = app.with(|state| {
        let faults = &mut state.faults;
        (faults.next_delay(), faults.breaks_down(), faults.has(Fault::LateCommit))
    });
    let half = delay / 2;
    let work = async move {
        tokio::time::sleep(half).await;
        if broken { problem(500, "Internal server error") } else { next.run(request).await }
    };
    let mut response = match in_any_case {
        true => tokio::spawn(work).await.unwrap_or_else(|_| problem(500, "Internal server error")),
        false => work.await,
    };
    tokio::time::sleep(half).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn page(Shared(app): Shared<App>, uri: Uri) -> Response {
    if app.with(|state| state.faults.hangs()) {
        return std::future::pending().await;
    }
    // No pages: walls let them through.
    match uri.path() {
        "/robots.txt" => return "User-agent: *\nDisallow: /\n".into_response(),
        "/favicon.ico" => return StatusCode::NOT_FOUND.into_response(),
        _ => {}
    }
    if app.with(State::meets_wall) {
        return door::wall();
    }
    let file = app.skin.files.iter().find(|file| file.path == uri.path());
    match file {
        Some(file) => ([(header::CONTENT_TYPE, file.content_type)], file.text).into_response(),
        None if uri.path().starts_with("/assets/") => StatusCode::NOT_FOUND.into_response(),
        None => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], app.skin.index).into_response(),
    }
}

async fn session(Shared(app): Shared<App>, headers: HeaderMap) -> Response {
    let known = cookie(&headers).is_some_and(|session| app.with(|state| state.signed_in(&session)));
    if !known {
        return problem(401, "Please log in.");
    }
    app.with(|state| {
        let account = state.account();
        let user = json!({ "email": account.email, "name": account.name, "role": account.role });
        let workspace = json!({ "name": "Northwind Learning", "domain": "acme.example", "plan": "Business" });
        Json(json!({ "user": user, "workspace": workspace, "flags": state.faults.flags() })).into_response()
    })
}

async fn overview(Shared(app): Shared<App>) -> Json<Value> {
    app.with(|state| {
        let pending = state.people.iter().filter(|person| person.status == Status::Pending).count();
        let week = state.now() - jiff::SignedDuration::from_hours(24 * 7);
        let recent =
            state.people.iter().filter(|person| person.last_active.is_some_and(|at| at > week)).count();
        let seats = json!({ "used": state.seats_used(), "limit": state.seat_limit() });
        let courses = COURSES.map(|(title, lessons, minutes, done)| {
            json!({ "title": title, "lessons": lessons, "minutes": minutes, "done": done })
        });
        let mut latest: Vec<&Person> = state.people.iter().filter(|one| one.email != ACCOUNT_EMAIL).collect();
        latest.sort_by_key(|person| std::cmp::Reverse(person.last_active));
        let activity = latest.iter().zip(COURSES).take(5).filter_map(|(person, (title, ..))| {
            Some(json!({ "name": person.name, "course": title, "date": date(person.last_active?) }))
        });
        Json(json!({
            "activity": activity.collect::<Vec<_>>(),
            "people": state.people.len(), "pending": pending, "active_week": recent, "seats": seats,
            "courses": courses, "hours": [31, 44, 38, 57, 52, 66, 61, 78],
        }))
    })
}

async fn billing(Shared(app): Shared<App>) -> Json<Value> {
    app.with(|state| {
        let invoices = [0, 1, 2, 3].map(|months: i64| {
            let number = format!("CF-{:04}", 4182 - 61 * months);
            let paid = state.now() - jiff::SignedDuration::from_hours(24 * (11 + 30 * months));
            let seats = state.seats_used().saturating_sub(usize::try_from(months).unwrap_or(0));
            json!({ "date": date(paid), "number": number, "amount": SEAT_PRICE * seats })
        });
        Json(json!({
            "plan": "Business",
            "price_per_seat": SEAT_PRICE,
            "invoices": invoices,
            "seats": { "used": state.seats_used(), "limit": state.seat_limit() },
            "renews": renewal(state.now()),
        }))
    })
}

#[derive(Deserialize)]
struct Invitation {
    email: String,
    role: Role,
}

async fn announcements(Shared(app): Shared<App>) -> Json<Announcement> {
    Json(app.with(|state| state.faults.next_announcement()))
}

async fn invite(app: Shared<App>, line: ConnectInfo<Line>, body: Bytes) -> Response {
    match serde_json::from_slice::<Invitation>(&body) {
        Ok(given) => commit(&app, &line, Write::Invite { email: given.email, role: given.role }),
        Err(_) => problem(422, "Enter a valid email address."),
    }
}

async fn import(app: Shared<App>, line: ConnectInfo<Line>, id: Path<String>) -> Response {
    commit(&app, &line, Write::Import { id: id.0 })
}

#[derive(Deserialize)]
struct NewRole {
    role: Role,
}

async fn change_role(app: Shared<App>, line: ConnectInfo<Line>, id: Path<String>, body: Bytes) -> Response {
    match serde_json::from_slice::<NewRole>(&body) {
        Ok(given) => commit(&app, &line, Write::ChangeRole { id: id.0, role: given.role }),
        Err(_) => problem(422, "Choose a role."),
    }
}

async fn remove(app: Shared<App>, line: ConnectInfo<Line>, id: Path<String>) -> Response {
    commit(&app, &line, Write::Remove { id: id.0 })
}

async fn resend(app: Shared<App>, line: ConnectInfo<Line>, id: Path<String>) -> Response {
    commit(&app, &line, Write::Resend { id: id.0 })
}

async fn cancel_invite(app: Shared<App>, line: ConnectInfo<Line>, id: Path<String>) -> Response {
    commit(&app, &line, Write::CancelInvite { id: id.0 })
}

/// The one place where a write meets its fate.
fn commit(app: &App, line: &Line, write: Write) -> Response {
    app.with(|state| match state.faults.next_write() {
        Fate::Plain => settle(state, write),
        Fate::Cut { applied } => {
            if applied {
                settle(state, write);
            }
            line.cut();
            StatusCode::OK.into_response()
        }
        Fate::SaysDone => match state.clone().apply(&write) {
            Ok(people) => done(&write, &people),
            Err(_) => Json(json!({})).into_response(),
        },
        Fate::SaysFailed => {
            let answer = settle(state, write);
            let done = answer.status().is_success();
            if done { problem(500, "Something went wrong. Please try again.") } else { answer }
        }
    })
}

fn settle(state: &mut State, write: Write) -> Response {
    if state.faults.has(Fault::LateCommit) {
        return match state.check(&write) {
            Err(refusal) => refused(&refusal),
            Ok(()) => {
                let late = state.faults.late;
                state.apply_later(write, late);
                (StatusCode::ACCEPTED, Json(json!({}))).into_response()
            }
        };
    }
    match state.apply(&write) {
        Ok(people) => done(&write, &people),
        Err(refusal) => refused(&refusal),
    }
}

fn done(write: &Write, people: &[Person]) -> Response {
    let answer = match write {
        Write::Import { .. } => json!({ "invited": people.len() }),
        _ => json!({ "member": people.first().map(row) }),
    };
    Json(answer).into_response()
}

fn refused(refusal: &Refusal) -> Response {
    problem(refusal.status, &refusal.message)
}

/// An answer that something cannot be done, with the sentence the page shows.
pub(crate) fn problem(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(json!({ "message": message }))).into_response()
}

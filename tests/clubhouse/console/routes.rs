//! The addresses of the pages, and what the forms on them do.
//!
//! A form that did something leads to another page by a redirect; one that was refused is drawn again with the reason.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Extension, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, http::Method};

use super::faults::Fault;
use super::form::{Fields, cookie};
use super::line::Line;
use super::pages::ask::{self, Question};
use super::pages::{crew, gate, invite, office, person};
use super::person::{Person, REASONS, Role, Standing, Write};
use super::state::{ACCOUNT_EMAIL, Club};

const SESSION: &str = "clubhouse_session";
const VISIT: &str = "clubhouse_visit";
/// What has to be typed before somebody is struck off.
const STRIKE: &str = "STRIKE";

#[derive(Clone)]
struct App {
    club: Arc<Mutex<Club>>,
    password: Arc<str>,
}

/// Who is signed in, for handlers behind the gate.
#[derive(Clone)]
struct Signed(String);

/// What a handler behind the gate gets.
type Here = (State<App>, Extension<Signed>);

/// The routes of the pages.
pub(crate) fn router(club: Arc<Mutex<Club>>, password: &str) -> Router {
    let app = App { club, password: password.into() };
    let inside = Router::new()
        .route("/", get(async || redirect("/harbour")))
        .route("/harbour", get(harbour))
        .route("/berths", get(berths))
        .route("/crew", get(list))
        .route("/crew/invite", get(invitation).post(send_invitation))
        .route("/crew/{id}", get(one))
        .route("/crew/{id}/role", post(save_role))
        .route("/crew/{id}/call", post(call_again))
        .route("/crew/{id}/called", get(called))
        .route("/crew/{id}/aboard", post(bring_aboard))
        .route("/crew/{id}/ashore", get(ask_ashore).post(put_ashore))
        .route("/crew/{id}/strike", get(ask_strike).post(strike_off))
        .route("/crew/{id}/withdraw", get(ask_withdraw).post(withdraw))
        .fallback(missing)
        .layer(middleware::from_fn_with_state(app.clone(), gatekeeper));
    Router::new()
        .route("/sign-in", get(ask_address).post(take_address))
        .route("/sign-in/password", get(ask_password).post(take_password))
        .route("/sign-out", post(sign_out))
        .merge(inside)
        .layer(middleware::from_fn_with_state(app.clone(), take_time))
        .route("/assets/clubhouse.css", get(style))
        .layer(middleware::from_fn_with_state(app.clone(), note))
        .with_state(app)
}

impl App {
    fn with<T>(&self, act: impl FnOnce(&mut Club) -> T) -> T {
        let mut club = self.club.lock().expect("no handler panics while it holds the club");
        club.catch_up();
        act(&mut club)
    }
}

fn html(page: String) -> Response {
    html_as(StatusCode::OK, page)
}

fn html_as(status: StatusCode, page: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, page).into_response()
}

fn redirect(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, to.to_owned())]).into_response()
}

fn with_cookie(mut response: Response, name: &str, value: &str) -> Response {
    let age = if value.is_empty() { "; Max-Age=0" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}");
    let value = HeaderValue::from_str(&text).expect("our secrets are hexadecimal");
    response.headers_mut().append(header::SET_COOKIE, value);
    response
}

/// Every request is counted; those that may change something are kept for the truth.
async fn note(State(app): State<App>, request: Request, next: Next) -> Response {
    let writes = !request.method().is_safe();
    app.with(|club| club.saw(request.method().as_str(), request.uri().path(), writes));
    next.run(request).await
}

/// A page may be slow to come.
async fn take_time(
    State(app): State<App>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(delay) = app.with(|club| club.faults.delay()) {
        line.pause(delay.within);
        tokio::time::sleep(delay.before).await;
    }
    next.run(request).await
}

/// Lets in who is signed in. A form has to carry the session's stamp.
async fn gatekeeper(
    State(app): State<App>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
    next: Next,
) -> Response {
    let session =
        cookie(request.headers(), SESSION).filter(|known| app.with(|club| club.is_signed_in(known)));
    let Some(session) = session else {
        let wanted = match *request.method() {
            Method::GET => request.uri().path_and_query().map_or("/", |path| path.as_str()),
            _ => "/harbour",
        };
        let next: String = url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
        return redirect(&format!("/sign-in?next={next}"));
    };
    let (mut parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 64 * 1024).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    if !parts.method.is_safe()
        && Fields::of(&body).text("stamp") != app.with(|club| club.stamp(&session).to_owned())
    {
        let stale = |club: &mut Club| office::stale(club, &session);
        return html_as(StatusCode::UNPROCESSABLE_ENTITY, app.with(stale));
    }
    parts.extensions.insert(Signed(session));
    let is_lost = !parts.method.is_safe() && app.with(|club| club.faults.has(Fault::LostResponse));
    let response = next.run(Request::from_parts(parts, body.into())).await;
    if is_lost {
        line.cut();
    }
    response
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("style.css")).into_response()
}

async fn missing((State(app), Extension(Signed(session))): Here) -> Response {
    html_as(StatusCode::NOT_FOUND, app.with(|club| office::missing(club, &session)))
}

// Signing in

async fn ask_address(uri: Uri) -> Response {
    let fields = query(&uri);
    html(gate::address(fields.text("next"), None))
}

async fn take_address(State(app): State<App>, body: Bytes) -> Response {
    let fields = Fields::of(&body);
    let (email, next) = (fields.text("address"), fields.text("next"));
    if !email.contains('@') {
        let page = gate::address(next, Some("Enter the address you joined the club with."));
        return html_as(StatusCode::UNPROCESSABLE_ENTITY, page);
    }
    let visit = app.with(|club| club.begin_visit(email));
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    with_cookie(redirect(&format!("/sign-in/password?next={next}")), VISIT, &visit)
}

async fn ask_password(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    match visitor(&app, &headers) {
        Some((_, email)) => html(gate::password(&email, query(&uri).text("next"), None)),
        None => redirect("/sign-in"),
    }
}

async fn take_password(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let Some((visit, email)) = visitor(&app, &headers) else { return redirect("/sign-in") };
    let fields = Fields::of(&body);
    let next = fields.text("next");
    // A space at its end belongs to a password, and this console's never have one.
    if !email.eq_ignore_ascii_case(ACCOUNT_EMAIL) || fields.text("password") != &*app.password {
        let page = gate::password(&email, next, Some("That address and password do not go together."));
        return html_as(StatusCode::UNPROCESSABLE_ENTITY, page);
    }
    let session = app.with(|club| club.sign_in(&visit));
    let own_page = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\');
    let response = redirect(if own_page { next } else { "/harbour" });
    with_cookie(with_cookie(response, VISIT, ""), SESSION, &session)
}

async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Response {
    if let Some(session) = cookie(&headers, SESSION) {
        app.with(|club| club.sign_out(&session));
    }
    with_cookie(redirect("/sign-in"), SESSION, "")
}

/// The visit and the address given on the page before.
fn visitor(app: &App, headers: &HeaderMap) -> Option<(String, String)> {
    let visit = cookie(headers, VISIT)?;
    let email = app.with(|club| club.visitor(&visit).map(str::to_owned))?;
    Some((visit, email))
}

fn query(uri: &Uri) -> Fields {
    Fields::of(uri.query().unwrap_or_default().as_bytes())
}

// Looking

async fn harbour((State(app), Extension(Signed(session))): Here) -> Response {
    html(app.with(|club| office::harbour(club, &session)))
}

async fn berths((State(app), Extension(Signed(session))): Here) -> Response {
    html(app.with(|club| office::berths(club, &session)))
}

async fn list((State(app), Extension(Signed(session))): Here, uri: Uri) -> Response {
    let fields = query(&uri);
    app.with(|club| {
        if let Some(filter) = fields.get("q").or(fields.get("clear").map(|_| "")) {
            club.remember_filter(filter);
        }
        let page = fields.text("page").parse().unwrap_or(1);
        html(crew::page(club, &session, fields.text("role"), page))
    })
}

async fn one((State(app), Extension(Signed(session))): Here, Path(id): Path<String>) -> Response {
    app.with(|club| match find(club, &id) {
        Some(found) => html(person::page(club, &session, &found, None)),
        None => gone(club, &session),
    })
}

fn find(club: &Club, id: &str) -> Option<Person> {
    club.person(id.parse().ok()?).cloned()
}

fn gone(club: &mut Club, session: &str) -> Response {
    html_as(StatusCode::NOT_FOUND, office::missing(club, session))
}

// Inviting

async fn invitation((State(app), Extension(Signed(session))): Here) -> Response {
    html(app.with(|club| invite::page(club, &session, "", Role::Captain, None)))
}

async fn send_invitation((State(app), Extension(Signed(session))): Here, body: Bytes) -> Response {
    let fields = Fields::of(&body);
    let email = fields.text("address").to_owned();
    let role = Role::of(fields.text("role")).unwrap_or(Role::Captain);
    app.with(|club| match club.apply(Write::Invite { email: email.clone(), role }) {
        Ok(person) => {
            club.say(&session, format!("An invitation is on its way to {}.", person.email), true);
            redirect("/crew?role=awaiting")
        }
        Err(why) => {
            let page = invite::page(club, &session, &email, role, Some(&why));
            html_as(StatusCode::UNPROCESSABLE_ENTITY, page)
        }
    })
}

// What is done to one person

/// Does it and goes to `to` with these words, or shows the person's page with the reason why not.
fn done(
    club: &mut Club,
    session: &str,
    write: Write,
    to: impl FnOnce(&Person) -> String,
    words: impl FnOnce(&Person) -> String,
) -> Response {
    let about = match &write {
        Write::Invite { .. } => None,
        Write::CallAgain { id }
        | Write::Withdraw { id }
        | Write::ChangeRole { id, .. }
        | Write::PutAshore { id, .. }
        | Write::BringAboard { id }
        | Write::StrikeOff { id } => club.person(*id).cloned(),
    };
    match (club.apply(write), about) {
        (Ok(person), _) => {
            club.say(session, words(&person), true);
            redirect(&to(&person))
        }
        (Err(why), Some(about)) => {
            let page = person::page(club, session, &about, Some(&why));
            html_as(StatusCode::UNPROCESSABLE_ENTITY, page)
        }
        (Err(_), None) => gone(club, session),
    }
}

fn own_page(person: &Person) -> String {
    format!("/crew/{}", person.id)
}

async fn save_role(
    (State(app), Extension(Signed(session))): Here,
    Path(id): Path<u32>,
    body: Bytes,
) -> Response {
    let role = Role::of(Fields::of(&body).text("role"));
    app.with(|club| match role {
        Some(role) => done(club, &session, Write::ChangeRole { id, role }, own_page, |person| {
            format!("{} is a {} now.", person.shown(), person.role.word().to_lowercase())
        }),
        None => redirect(&format!("/crew/{id}")),
    })
}

async fn bring_aboard((State(app), Extension(Signed(session))): Here, Path(id): Path<u32>) -> Response {
    app.with(|club| {
        done(club, &session, Write::BringAboard { id }, own_page, |person| {
            format!("{} is aboard again.", person.shown())
        })
    })
}

async fn call_again((State(app), Extension(Signed(session))): Here, Path(id): Path<u32>) -> Response {
    app.with(|club| {
        let response = done(
            club,
            &session,
            Write::CallAgain { id },
            |person| format!("/crew/{}/called", person.id),
            |_| String::new(),
        );
        if response.status() == StatusCode::SEE_OTHER {
            club.note_call(&session, id);
        }
        response
    })
}

/// Says so once; whoever comes by again is shown the person.
async fn called((State(app), Extension(Signed(session))): Here, Path(id): Path<u32>) -> Response {
    app.with(|club| match club.person(id).cloned() {
        Some(person) if club.take_call(&session, id) => html(person::called(club, &session, &person)),
        _ => redirect(&format!("/crew/{id}")),
    })
}

// What is asked about first

/// The page that asks; the person's own where the question does not arise.
fn question(app: &App, session: &str, id: u32, question: Question, arises: fn(&Person) -> bool) -> Response {
    app.with(|club| match club.person(id).cloned() {
        None => gone(club, session),
        Some(person) if person.email == ACCOUNT_EMAIL || !arises(&person) => redirect(&own_page(&person)),
        Some(person) => html(ask::page(club, session, &person, question, None)),
    })
}

/// The same page again, because something is missing from the answer.
fn ask_again(club: &mut Club, session: &str, id: u32, question: Question, why: &str) -> Response {
    match club.person(id).cloned() {
        None => gone(club, session),
        Some(person) => {
            let page = ask::page(club, session, &person, question, Some(why));
            html_as(StatusCode::UNPROCESSABLE_ENTITY, page)
        }
    }
}

async fn ask_ashore((State(app), Extension(Signed(session))): Here, Path(id): Path<u32>) -> Response {
    question(&app, &session, id, Question::Ashore, |person| person.standing == Standing::Aboard)
}

async fn put_ashore(
    (State(app), Extension(Signed(session))): Here,
    Path(id): Path<u32>,
    body: Bytes,
) -> Response {
    let fields = Fields::of(&body);
    let reason = REASONS.iter().map(|(slug, _)| *slug).find(|slug| *slug == fields.text("reason"));
    app.with(|club| match reason {
        None => ask_again(club, &session, id, Question::Ashore, "Choose a reason."),
        Some(reason) => done(club, &session, Write::PutAshore { id, reason }, own_page, |person| {
            format!("{} is ashore now.", person.shown())
        }),
    })
}

async fn ask_strike((State(app), Extension(Signed(session))): Here, Path(id): Path<u32>) -> Response {
    question(&app, &session, id, Question::Strike, |person| person.standing != Standing::Awaiting)
}

async fn strike_off(
    (State(app), Extension(Signed(session))): Here,
    Path(id): Path<u32>,
    body: Bytes,
) -> Response {
    let typed = Fields::of(&body).text("word") == STRIKE;
    app.with(|club| match typed {
        false => ask_again(club, &session, id, Question::Strike, "Type STRIKE, in capitals."),
        true => done(
            club,
            &session,
            Write::StrikeOff { id },
            |_| "/crew".to_owned(),
            |person| format!("{} is off the list.", person.shown()),
        ),
    })
}

async fn ask_withdraw((State(app), Extension(Signed(session))): Here, Path(id): Path<u32>) -> Response {
    question(&app, &session, id, Question::Withdraw, |person| person.standing == Standing::Awaiting)
}

async fn withdraw((State(app), Extension(Signed(session))): Here, Path(id): Path<u32>) -> Response {
    app.with(|club| {
        done(
            club,
            &session,
            Write::Withdraw { id },
            |_| "/crew".to_owned(),
            |_| "The invitation is withdrawn.".to_owned(),
        )
    })
}

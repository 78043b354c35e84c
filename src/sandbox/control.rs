//! The control address: what a test may see and do behind the console's back.
//!
//! Every call needs `Authorization: Bearer TOKEN`. Nothing here is known to the pages.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Request, State as Shared};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::faults::{FaultRequest, Faults};
use super::person::Given;
use super::state::State;
use super::truth::Truth;

#[derive(Clone)]
struct Control {
    state: Arc<Mutex<State>>,
    token: Arc<str>,
}

/// The control server's routes.
pub(crate) fn router(state: Arc<Mutex<State>>, token: &str) -> Router {
    let control = Control { state, token: token.into() };
    Router::new()
        .route("/truth", get(truth))
        .route("/faults", put(faults))
        .route("/reset", post(reset))
        .route("/clock", post(clock))
        .route("/accept", post(accept))
        .route("/drop", post(drop_sessions))
        .route("/approve", post(approve))
        .layer(middleware::from_fn_with_state(control.clone(), authorize))
        .with_state(control)
}

impl Control {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock().expect("no handler panics while it holds the state");
        state.settle();
        act(&mut state)
    }
}

async fn authorize(Shared(control): Shared<Control>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given.and_then(|value| value.strip_prefix("Bearer ")) != Some(&*control.token) {
        return problem(StatusCode::UNAUTHORIZED, "missing or wrong bearer token");
    }
    next.run(request).await
}

async fn truth(Shared(control): Shared<Control>) -> Json<Truth> {
    Json(control.with(|state| state.truth()))
}

async fn faults(Shared(control): Shared<Control>, body: Bytes) -> Response {
    let request: FaultRequest = match parse(&body) {
        Ok(request) => request,
        Err(error) => return malformed(&error),
    };
    control.with(|state| match Faults::from_request(&request, state.faults.seed()) {
        Err(error) => problem(StatusCode::BAD_REQUEST, &error.to_string()),
        Ok(faults) => {
            state.set_faults(faults);
            if request.seat_limit.is_some() {
                state.set_seat_limit(request.seat_limit);
            }
            let (names, seed) = (state.faults.names(), state.faults.seed());
            Json(json!({ "names": names, "seed": seed, "seat_limit": state.seat_limit() })).into_response()
        }
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResetRequest {
    members: Option<usize>,
    seed: Option<u64>,
    seat_limit: Option<usize>,
    people: Option<Vec<Given>>,
}

async fn reset(Shared(control): Shared<Control>, body: Bytes) -> Response {
    let request: ResetRequest = match parse(&body) {
        Ok(request) => request,
        Err(error) => return malformed(&error),
    };
    control.with(|state| {
        state.reset(request.members, request.seed, request.seat_limit);
        if let Some(people) = request.people {
            state.has_only(people);
        }
        Json(json!({ "members": state.people.len(), "seat_limit": state.seat_limit() })).into_response()
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockRequest {
    seconds: u32,
}

async fn clock(Shared(control): Shared<Control>, body: Bytes) -> Response {
    match parse::<ClockRequest>(&body) {
        Err(error) => malformed(&error),
        Ok(request) => control.with(|state| {
            state.advance(Duration::from_secs(request.seconds.into()));
            Json(json!({ "now": state.now().to_string() })).into_response()
        }),
    }
}

/// The server forgets who is signed in, as when it is restarted.
async fn drop_sessions(Shared(control): Shared<Control>) -> Response {
    control.with(State::forget_sessions);
    Json(json!({})).into_response()
}

/// Somebody approves, on the phone, every sign-in that waits for it.
async fn approve(Shared(control): Shared<Control>) -> Response {
    Json(json!({ "approved": control.with(State::approve) })).into_response()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AcceptRequest {
    email: String,
}

async fn accept(Shared(control): Shared<Control>, body: Bytes) -> Response {
    match parse::<AcceptRequest>(&body) {
        Err(error) => malformed(&error),
        Ok(request) => match control.with(|state| state.accept(&request.email)) {
            Ok(()) => Json(json!({ "email": request.email, "status": "Active" })).into_response(),
            Err(refusal) => {
                let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
                problem(status, &refusal.message)
            }
        },
    }
}

/// A JSON body; an empty one stands for `{}`.
fn parse<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(if body.is_empty() { b"{}" } else { body })
}

fn malformed(error: &serde_json::Error) -> Response {
    problem(StatusCode::BAD_REQUEST, &error.to_string())
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}

//! The control address: what a test may see and do behind the console's back.
//!
//! Every call needs `Authorization: Bearer TOKEN`. The pages know nothing of it.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::faults::{Faults, Wanted};
use super::record::Truth;
use super::state::Club;

#[derive(Clone)]
struct Control {
    club: Arc<Mutex<Club>>,
    token: Arc<str>,
}

/// The control server's routes.
pub(crate) fn router(club: Arc<Mutex<Club>>, token: &str) -> Router {
    let control = Control { club, token: token.into() };
    Router::new()
        .route("/truth", get(truth))
        .route("/faults", put(faults))
        .route("/reset", post(reset))
        .layer(middleware::from_fn_with_state(control.clone(), authorize))
        .with_state(control)
}

impl Control {
    fn with<T>(&self, act: impl FnOnce(&mut Club) -> T) -> T {
        let mut club = self.club.lock().expect("no handler panics while it holds the club");
        club.catch_up();
        act(&mut club)
    }
}

async fn authorize(State(control): State<Control>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given.and_then(|value| value.strip_prefix("Bearer ")) != Some(&*control.token) {
        let problem = json!({ "error": "missing or wrong bearer token" });
        return (StatusCode::UNAUTHORIZED, Json(problem)).into_response();
    }
    next.run(request).await
}

async fn truth(State(control): State<Control>) -> Json<Truth> {
    Json(control.with(|club| club.truth()))
}

/// What is given replaces the start options until the next reset.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResetRequest {
    members: Option<usize>,
    seed: Option<u64>,
    seat_limit: Option<usize>,
}

async fn reset(State(control): State<Control>, body: Bytes) -> Response {
    match parse::<ResetRequest>(&body) {
        Err(error) => problem(&error),
        Ok(request) => control.with(|club| {
            club.reset(request.members, request.seed, request.seat_limit);
            Json(json!({ "members": club.people().len(), "seat_limit": club.berths() })).into_response()
        }),
    }
}

async fn faults(State(control): State<Control>, body: Bytes) -> Response {
    let wanted = match parse::<Wanted>(&body) {
        Ok(wanted) => wanted,
        Err(error) => return problem(&error),
    };
    control.with(|club| match Faults::wanted(&wanted, club.faults.seed()) {
        Err(error) => problem(&error),
        Ok(faults) => {
            club.set_faults(faults);
            Json(json!({ "names": club.faults.names(), "seed": club.faults.seed() })).into_response()
        }
    })
}

/// A JSON body; an empty one stands for `{}`.
fn parse<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(if body.is_empty() { b"{}" } else { body })
}

fn problem(error: &dyn std::error::Error) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error.to_string() }))).into_response()
}

//! The list of the people as the page asks for it: searched, sorted, in pages, with the tricks of its faults.

use std::cmp::Reverse;

use axum::Json;
use axum::extract::{Query, State as Shared};
use serde::Deserialize;
use serde_json::{Value, json};

use super::app::App;
use super::faults::{Fault, ListFate};
use super::person::{Person, SortBy, Status, date};
use super::state::{ACCOUNT_EMAIL, State};

const PAGE_SIZE: usize = 25;
/// More than this the page never asks for at once.
const MOST_ROWS: usize = 100;

/// What the page asks for.
#[derive(Deserialize)]
pub(crate) struct ListQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    page: usize,
    size: Option<usize>,
    #[serde(default)]
    sort: SortBy,
    #[serde(default)]
    dir: String,
}

impl ListQuery {
    fn size(&self) -> usize {
        self.size.unwrap_or(PAGE_SIZE).clamp(1, MOST_ROWS)
    }
}

/// One page of the list.
pub(crate) async fn list(Shared(app): Shared<App>, Query(query): Query<ListQuery>) -> Json<Value> {
    app.with(|state| {
        let fate = state.faults.next_list();
        let mut found = ordered(state, &query, fate.reorder.clone());
        if state.faults.has(Fault::Doubled) && found.len() > 1 {
            found.insert(1, found[1]);
        }
        let mut answer = page_of(&found, &query, &fate);
        answer["flags"] = json!(state.faults.flags());
        Json(answer)
    })
}

/// Everybody who matches, in the order asked for. Reordering shuffles equals, and at one border in
/// eight between pages it lets two neighbours change sides.
fn ordered<'a>(state: &'a State, query: &ListQuery, reorder: Option<fastrand::Rng>) -> Vec<&'a Person> {
    let wanted = query.q.trim().to_lowercase();
    let matches = |person: &&Person| {
        wanted.is_empty()
            || person.name.to_lowercase().contains(&wanted)
            || person.email.to_lowercase().contains(&wanted)
    };
    let mut found: Vec<&Person> = state.people.iter().filter(matches).collect();
    found.sort_by(|one, other| one.email.cmp(&other.email));
    let mut dice = reorder;
    if let Some(dice) = &mut dice {
        dice.shuffle(&mut found);
    }
    match query.dir == "desc" {
        true => found.sort_by_cached_key(|person| Reverse(query.sort.key(person))),
        false => found.sort_by_cached_key(|person| query.sort.key(person)),
    }
    if let Some(dice) = &mut dice {
        for border in (query.size()..found.len()).step_by(query.size()) {
            if dice.u8(..8) == 0 {
                found.swap(border - 1, border);
            }
        }
    }
    found
}

fn page_of(found: &[&Person], query: &ListQuery, fate: &ListFate) -> Value {
    let (page, size) = (query.page.max(1), query.size());
    let from = (page - 1).saturating_mul(size).min(found.len());
    let to = (from + size).min(found.len());
    let mut shown: Vec<&Person> = found[from..to].to_vec();
    let mut total = found.len();
    let mut more = to < found.len();
    if let Some(mut dice) = fate.short.clone() {
        let before = shown.len();
        match dice.u8(0..10) {
            0..4 => {}
            4..8 => {
                for _ in 0..dice.usize(1..=(before / 4).max(1)).min(before) {
                    shown.remove(dice.usize(0..shown.len()));
                }
            }
            _ => {
                shown.clear();
                more = more && dice.bool();
            }
        }
        if dice.bool() {
            total -= before - shown.len();
        }
    }
    let total = total.saturating_add_signed(fate.total_off as isize);
    let mut rows: Vec<Value> = shown.into_iter().map(row).collect();
    for index in 1..rows.len() {
        if rows[index]["id"] == rows[index - 1]["id"] {
            rows[index]["id"] = json!(format!("{}-2", rows[index]["id"].as_str().unwrap_or_default()));
        }
    }
    json!({ "rows": rows, "total": total, "page": page, "from": from, "more": more })
}

/// A person as the page knows them.
pub(crate) fn row(person: &Person) -> Value {
    let last_active = match (person.last_active, person.status) {
        (Some(at), _) => json!(date(at)),
        (None, Status::Active) => json!("never"),
        (None, Status::Pending | Status::Expired) => Value::Null,
    };
    json!({
        "id": person.id, "email": person.email, "name": person.name, "role": person.role,
        "status": person.status, "last_active": last_active, "you": person.email == ACCOUNT_EMAIL,
    })
}

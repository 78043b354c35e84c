//! Steps, targets and keys in words, for requests to the page and for people.

use serde_json::{Value, json};

use super::stop::Stop;
use crate::domain::outcome::Reason;
use crate::engine::app::{Step, Target, Verb};
use crate::engine::browser::key;

pub(super) fn names(targets: &[Target]) -> Value {
    json!(targets.iter().map(Target::as_str).collect::<Vec<_>>())
}

pub(super) fn unknown(doing: &str, name: &str) -> Stop {
    match name {
        "member.name" => Stop::new(
            Reason::Ambiguous,
            doing,
            "{member.name} does not tell who is meant: the list shows no name, another person's contains it, or may \
             for all that was read",
        ),
        _ => Stop::new(Reason::SelectorMissing, doing, format!("{{{name}}} is not known for this person")),
    }
}

/// A step in words: `click "row.menu" (step 1 of 4, remove)`.
pub(super) fn doing(step: &Step, place: &str) -> String {
    let what = match &step.verb {
        Verb::Open(area) => format!("\"{area}\""),
        Verb::Press { key, .. } => format!("\"{key}\""),
        verb => verb.targets().iter().map(|target| format!("\"{target}\"")).collect::<Vec<_>>().join(" or "),
    };
    format!("{} {what} ({place})", step.verb.name())
}

pub(super) fn key_named(name: &str) -> char {
    match name {
        "Enter" => key::ENTER,
        "Escape" => key::ESCAPE,
        "Tab" => key::TAB,
        "Backspace" => key::BACKSPACE,
        "Space" => key::SPACE,
        "PageUp" => key::PAGE_UP,
        "PageDown" => key::PAGE_DOWN,
        "Home" => key::HOME,
        "End" => key::END,
        "ArrowLeft" => key::LEFT,
        "ArrowUp" => key::UP,
        "ArrowRight" => key::RIGHT,
        "ArrowDown" => key::DOWN,
        _ => key::DELETE,
    }
}

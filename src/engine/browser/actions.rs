//! Bodies of WebDriver's Perform Actions: one request for a whole click or a whole text. Pure.

use serde_json::{Value, json};

use super::{Point, key};

/// The source of pointer events; the same name throughout, so that the driver knows where the pointer is.
const POINTER: &str = "pointer";
const KEYBOARD: &str = "keyboard";

pub(super) fn click(at: Point) -> Value {
    pointer(&[
        move_to(at),
        json!({ "type": "pointerDown", "button": 0 }),
        json!({ "type": "pointerUp", "button": 0 }),
    ])
}

/// In the middle of an element, wherever that is by then (WebDriver BiDi).
pub(super) fn click_element(element: &Value) -> Value {
    let origin = json!({ "type": "element", "element": element });
    pointer(&[
        json!({ "type": "pointerMove", "duration": 0, "origin": origin, "x": 0, "y": 0 }),
        json!({ "type": "pointerDown", "button": 0 }),
        json!({ "type": "pointerUp", "button": 0 }),
    ])
}

pub(super) fn hover(at: Point) -> Value {
    pointer(&[move_to(at)])
}

/// Each character is pressed and let go. A modifier is held for what follows, as in WebDriver's Element Send Keys.
pub(super) fn keys(text: &str) -> Value {
    let mut actions = Vec::new();
    let mut held = Vec::new();
    let up = |key: char| json!({ "type": "keyUp", "value": key });
    for character in text.chars() {
        match character {
            key::RELEASE => actions.extend(held.drain(..).rev().map(up)),
            modifier if is_modifier(modifier) => {
                if !held.contains(&modifier) {
                    actions.push(json!({ "type": "keyDown", "value": modifier }));
                    held.push(modifier);
                }
            }
            character => {
                actions.push(json!({ "type": "keyDown", "value": character }));
                actions.push(up(character));
            }
        }
    }
    actions.extend(held.drain(..).rev().map(up));
    json!({ "actions": [{ "type": "key", "id": KEYBOARD, "actions": actions }] })
}

fn is_modifier(character: char) -> bool {
    matches!(character, key::SHIFT | key::CONTROL | key::ALT | key::META)
}

fn move_to(at: Point) -> Value {
    json!({ "type": "pointerMove", "duration": 0, "origin": "viewport", "x": at.x, "y": at.y })
}

fn pointer(actions: &[Value]) -> Value {
    json!({ "actions": [{
        "type": "pointer", "id": POINTER, "parameters": { "pointerType": "mouse" }, "actions": actions,
    }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let body = keys(text);
        let actions = body["actions"][0]["actions"].as_array().expect("a list").clone();
        let short: Vec<String> = actions
            .iter()
            .map(|action| {
                let sign = if action["type"] == "keyDown" { '+' } else { '-' };
                let value = action["value"].as_str().expect("a key");
                format!("{sign}{}", value.replace(key::CONTROL, "ctrl").replace(key::SHIFT, "shift"))
            })
            .collect();
        assert_eq!(short.join(" "), expected);
    }

    #[test]
    fn characters_are_pressed_and_let_go() {
        check("aB", "+a -a +B -B");
        check("ü🙂", "+ü -ü +🙂 -🙂");
    }

    #[test]
    fn modifiers_are_held_until_released_or_the_end() {
        check("\u{E009}a", "+ctrl +a -a -ctrl");
        check("\u{E009}a\u{E000}b", "+ctrl +a -a -ctrl +b -b");
        check("\u{E009}\u{E008}a", "+ctrl +shift +a -a -shift -ctrl");
    }
}

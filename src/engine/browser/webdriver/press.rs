//! Element Click in Chromium, over BiDi: chromedriver waits for what the page does at a click, and if the page waits for an
//! answer then, it gets none.
//!
//! An option of a native select is chosen as a person at the keyboard does. chromedriver does it by a script of its own, so
//! that the page gets events that no person caused, and may not believe them.
//!
//! While the list of options is open the browser keeps all keys from the page, and the select changes once, with the last
//! of them. Keys that come to the page all the same (the list was closed meanwhile) are swallowed there.

use serde_json::{Value, json};

use super::WebDriver;
use crate::engine::browser::{BrowserError, ElementId, Point, actions, key};

/// Focuses the select of an option, and gives how far down the option is, or null where it is none of a list that opens.
const BEGIN: &str = "const option = arguments[0];
const select = option.localName === 'option' ? option.closest('select') : null;
if (!select || select.multiple || select.size > 1) return null;
const isShown = each => !each.matches(':disabled') && getComputedStyle(each).display !== 'none';
const down = [...select.options].filter(isShown).indexOf(option);
const swallow = event => {
  if (!event.isTrusted || (event.key === ' ' && event.target === select)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
};
const kinds = ['keydown', 'keypress', 'keyup'];
for (const kind of kinds) addEventListener(kind, swallow, true);
window[Symbol.for('choosing')] = () => { for (const kind of kinds) removeEventListener(kind, swallow, true); };
select.scrollIntoView({ block: 'nearest', behavior: 'instant' });
select.focus();
return { down: document.activeElement === select ? down : -1 };";

const IS_OPEN: &str = "const select = arguments[0].closest('select');
return Boolean(select) && select.isConnected && document.activeElement === select && select.matches(':open');";

/// Gives whether the option is chosen.
const END: &str = "window[Symbol.for('choosing')]?.();
delete window[Symbol.for('choosing')];
return arguments[0].selected;";

/// Scrolls an element into view, and tells what is in the way of a click in its middle.
const REACH: &str = "const element = arguments[0];
if (!element.isConnected) return { stale: true };
element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
const box = element.getClientRects()[0];
if (!box) return { why: 'it is not displayed' };
const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
const hit = element.getRootNode().elementFromPoint((left + right) / 2, (top + bottom) / 2);
if (!hit || !(element.contains(hit) || hit.contains(element))) return { why: `${hit?.localName ?? 'nothing'} would take the click` };
return {};";

const IN_VIEW: &str = "return arguments[0].x >= 0 && arguments[0].y >= 0 && arguments[0].x < innerWidth && arguments[0].y < innerHeight;";

impl WebDriver {
    /// Element Click.
    pub(super) async fn press_element(&mut self, element: &ElementId) -> Result<(), BrowserError> {
        let doing = "click_element";
        if self.choose(element).await? {
            return Ok(());
        }
        let reached = self.script(REACH, element.to_json()).await?;
        if reached["stale"] == true {
            return Err(BrowserError::Stale { doing });
        }
        if let Some(why) = reached["why"].as_str() {
            return Err(BrowserError::NotInteractable { doing, message: why.to_owned() });
        }
        self.act(doing, actions::click_element(&json!({ "sharedId": element.as_str() }))).await
    }

    /// Over BiDi Chromium presses outside of what is visible as well.
    pub(super) async fn is_in_view(&mut self, doing: &'static str, at: Point) -> Result<(), BrowserError> {
        if self.scripts.is_some()
            && self.script(IN_VIEW, json!({ "x": at.x, "y": at.y })).await? != Value::Bool(true)
        {
            return Err(BrowserError::OutOfBounds { doing });
        }
        Ok(())
    }

    /// Chooses the option, if it is one of a list that opens; gives whether it was.
    pub(super) async fn choose(&mut self, option: &ElementId) -> Result<bool, BrowserError> {
        let begun = self.script(BEGIN, option.to_json()).await?;
        if begun.is_null() {
            return Ok(false);
        }
        let chosen = match begun["down"].as_u64() {
            Some(down) => self.choose_by_keys(option, usize::try_from(down).unwrap_or(0)).await,
            None => Ok(()),
        };
        let is_chosen = self.script(END, option.to_json()).await;
        chosen?;
        if is_chosen? == Value::Bool(true) {
            return Ok(true);
        }
        let message = "the option did not become the chosen one".to_owned();
        Err(BrowserError::NotInteractable { doing: "click_element", message })
    }

    async fn choose_by_keys(&mut self, option: &ElementId, down: usize) -> Result<(), BrowserError> {
        self.press(&key::SPACE.to_string()).await?;
        if self.script(IS_OPEN, option.to_json()).await? != Value::Bool(true) {
            return Ok(());
        }
        let downwards: String = std::iter::repeat_n(key::DOWN, down).collect();
        self.press(&format!("{}{downwards}{}", key::HOME, key::ENTER)).await
    }

    async fn press(&mut self, keys: &str) -> Result<(), BrowserError> {
        self.act("click_element", actions::keys(keys)).await
    }
}

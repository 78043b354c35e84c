//! Chooses an option of a native select in Chromium as a person at the keyboard does. chromedriver does it by a script of
//! its own, so that the page gets events that no person caused, and may not believe them.
//!
//! While the list of options is open the browser keeps all keys from the page, and the select changes once, with the last
//! of them. Keys that come to the page all the same (the list was closed meanwhile) are swallowed there.

use serde_json::Value;

use super::WebDriver;
use crate::engine::browser::{BrowserError, ElementId, actions, key};

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

impl WebDriver {
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
        self.post("click_element", "actions".to_owned(), actions::keys(keys)).await.map(drop)
    }
}

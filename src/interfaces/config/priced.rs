//! The table `prices` of a workspace: what a paid seat costs, in whose currency and for which time. Without it no plan says
//! anything of cost.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::file::filled;
use super::rostered::{NoRole, no_such_role};
use crate::domain::Prices;
use crate::engine::app::node::Node;
use crate::engine::app::problem::Hint;
use crate::engine::app::reader::Table;
use crate::engine::workspace::Workspace;

/// What the file says; roles are words until the app is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Priced {
    currency: String,
    period: String,
    seats: Vec<(String, Decimal)>,
}

/// A mistake that shows only once the app is known: the key it stands under, what is wrong, what to do.
pub(super) type Mistake = (String, String, Hint);

pub(super) fn priced(table: &mut Table<'_>) -> Option<Priced> {
    let mut prices = table.take("prices")?.table("`prices`")?;
    let mut word = |key| prices.require(key).and_then(|node| filled(&node)).unwrap_or_default();
    let (currency, period) = (word("currency"), word("period"));
    let seats = prices.require("seats");
    prices.finish();
    let seats = seats?;
    let mut roles = seats.table("`seats`")?;
    if !roles.has_more() {
        let hint = "add one: seats = { ROLE = \"12.50\" }, or leave `prices` out".to_owned();
        seats.error("no role has a price", hint);
    }
    let price = |node: Node<'_>| Some((node.key.to_owned(), price(&node)?));
    Some(Priced { currency, period, seats: roles.rest().into_iter().filter_map(price).collect() })
}

/// A price in exact decimals: a text, or a whole number. A number with a point would be read as a float, which has no tenth.
fn price(node: &Node<'_>) -> Option<Decimal> {
    let text = match node.value {
        toml::de::DeValue::Integer(_) => node.integer()?.to_string(),
        toml::de::DeValue::Float(_) => {
            let hint = format!("write it in quotes: {} = \"12.50\"", node.key);
            node.error("a price is not rounded, and a number with a point would be", hint);
            return None;
        }
        _ => node.string()?.trim().to_owned(),
    };
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let price = Decimal::from_str_exact(&text).ok().filter(|_| is_plain);
    let fits = |price: &Decimal| *price <= Prices::MOST && price.scale() <= Prices::MOST_DECIMALS;
    let Some(price) = price.filter(fits) else {
        let hint = format!(
            "digits and one point, from 0 to {}, with up to {} decimals: {} = \"12.50\"; the currency stands in `currency`",
            Prices::MOST,
            Prices::MOST_DECIMALS,
            node.key
        );
        node.error(format!("`{}` is no price", text.escape_debug()), hint);
        return None;
    };
    Some(price)
}

impl Priced {
    /// With the roles of the app.
    pub(super) fn resolve(&self, workspace: &Workspace) -> Result<Prices, Vec<Mistake>> {
        let (mut seats, mut mistakes) = (BTreeMap::new(), Vec::new());
        for (word, price) in &self.seats {
            let mut wrong = |message: String, hint: Hint| {
                mistakes.push((format!("prices.seats.{word}"), message, hint));
            };
            let known = workspace.role(word);
            let Some(role) =
                known.and_then(|id| workspace.app.map.roles.iter().find(|known| known.role.id == id))
            else {
                let (message, hint) =
                    no_such_role(&NoRole { key: "prices.seats", word: word.clone() }, workspace);
                wrong(message, hint);
                continue;
            };
            let id = &role.role.id;
            if !role.role.seat {
                let message = format!("{id} takes no paid seat by the map of {}", workspace.app.id());
                wrong(message, Hint::from("leave it out: nothing is counted for it".to_owned()));
            } else if seats.insert(id.clone(), *price).is_some() {
                wrong(format!("{id} has two prices"), Hint::from("leave one of them out".to_owned()));
            }
        }
        let (currency, period) = (self.currency.clone(), self.period.clone());
        if mistakes.is_empty() { Ok(Prices { currency, period, seats }) } else { Err(mistakes) }
    }

    /// Everything, as `config show` tells it.
    pub(super) fn settings(&self) -> Vec<(String, String)> {
        let of = |key: &str, value: &str| (format!("prices.{key}"), value.to_owned());
        let mut rows = vec![of("currency", &self.currency), of("period", &self.period)];
        rows.extend(self.seats.iter().map(|(word, price)| of(&format!("seats.{word}"), &price.to_string())));
        rows
    }
}

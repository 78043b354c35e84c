//! What a plan costs, as it stands in its file: amounts are texts, for JSON has no exact decimals.

use serde::{Deserialize, Serialize};

use crate::domain::Cost;

/// What all changes of a plan cost more (or less) in a period, by the prices of the day it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostPart {
    /// The currency, in the configuration's word.
    pub currency: String,
    /// The billing period, in the configuration's word.
    pub period: String,
    /// The sum of what has a known price, a decimal such as `-12.50`; none where nothing has.
    pub amount: Option<String>,
    /// Why changes are not in the sum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unpriced: Vec<UnpricedPart>,
}

/// Changes without a known price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnpricedPart {
    /// Why it is not known.
    pub why: String,
    /// How many changes.
    pub changes: usize,
}

impl CostPart {
    /// Of a cost.
    #[must_use]
    pub fn of(cost: &Cost) -> Self {
        let unpriced =
            |(why, changes): (&String, &usize)| UnpricedPart { why: why.clone(), changes: *changes };
        Self {
            currency: cost.currency.clone(),
            period: cost.period.clone(),
            amount: cost.amount.map(|amount| amount.to_string()),
            unpriced: cost.unpriced.iter().map(unpriced).collect(),
        }
    }

    /// The cost again.
    ///
    /// # Errors
    /// An amount that is none.
    pub fn read(&self) -> Result<Cost, String> {
        let amount =
            self.amount.as_ref().map(|amount| amount.parse().map_err(|_| format!("{amount:?} is no amount")));
        Ok(Cost {
            currency: self.currency.clone(),
            period: self.period.clone(),
            amount: amount.transpose()?,
            unpriced: self.unpriced.iter().map(|part| (part.why.clone(), part.changes)).collect(),
        })
    }
}

/// An amount with its sign: `+12.50`.
pub(crate) fn signed(amount: &str) -> String {
    if amount.starts_with('-') { amount.to_owned() } else { format!("+{amount}") }
}

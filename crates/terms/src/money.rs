use crate::decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount of one currency, exact.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The amount, with the places it was written with.
    pub amount: Decimal,
    /// Three letters of ISO 4217.
    pub currency: String,
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.amount, self.currency)
    }
}

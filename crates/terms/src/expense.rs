use crate::clause::Clause;
use crate::condition::Condition;
use crate::facts::FactValue;
use crate::figure::Figure;
use crate::label::Label;
use crate::layered::{Choice, Cited, FromFact};
use crate::ratio::RoundMode;
use serde::{Deserialize, Serialize};

/// What outlays of the provider cost the customer: which, on what terms, and where they land. It
/// stands beside the debits of work and never follows from their rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpenseRule {
    /// Name in the document.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// The clause.
    pub clause: Clause,
    /// Kinds of outlays it speaks of (`lodging`, `travel`); all of them when none is named.
    pub of: Vec<String>,
    /// When such outlays may be charged at all; not while that is unknown.
    pub when: Condition,
    /// When they may not; they may while that is unknown.
    pub unless: Condition,
    /// At cost, or as a flat sum.
    pub charged: Cited<Choice<Charged>>,
    /// What outlays at cost ask for.
    pub at_cost: Option<Cited<ExpenseTerms>>,
    /// What a flat sum asks for.
    pub flat: Option<Cited<ExpenseTerms>>,
    /// Where they land when they are debited from prepaid units; on the next invoice without it.
    pub debit: Option<Cited<ExpenseDebit>>,
    /// What becomes of them when the customer cancels.
    pub on_cancellation: Cited<OnCancellation>,
    /// Interpretations in force that speak of it.
    pub interpretations: Vec<String>,
}

/// How the amount of an outlay is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Charged {
    /// What it cost.
    AtCost,
    /// A sum fixed or approved beforehand.
    Flat,
}

impl FromFact for Charged {
    fn from_fact(value: &FactValue) -> Option<Self> {
        match value.as_key()? {
            "at-cost" | "at_cost" => Some(Self::AtCost),
            "flat" => Some(Self::Flat),
            _ => None,
        }
    }
}

/// What one way of charging asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpenseTerms {
    /// Facts that must be true: a receipt, an approval.
    pub needs: Vec<String>,
    /// The sum, or the units; what was spent or approved where the document gives none.
    pub give: Option<Choice<Figure>>,
    /// The most that is charged for one outlay; the rest stays with the provider.
    pub at_most: Option<Choice<Figure>>,
}

/// Outlays taken from prepaid units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpenseDebit {
    /// The ledger, by name.
    pub ledger: String,
    /// The money that one unit pays; the worth of a unit where the ledger counts money.
    pub unit_price: Option<Choice<Figure>>,
    /// Rounded to multiples of this, in units.
    pub step: Option<Choice<Figure>>,
    /// How.
    pub round: RoundMode,
}

/// What becomes of outlays when the customer cancels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnCancellation {
    /// All of them stay due.
    #[default]
    Due,
    /// Those that the provider cannot get back stay due.
    DueUnlessRefundable,
    /// None of them is due.
    Waived,
}

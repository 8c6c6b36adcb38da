//! How long a contract runs, how it is billed, and what formal notices open.

use crate::clause::Clause;
use crate::layered::{Choice, Cited};
use crate::measure::{EndDay, RoundTo};
use calendar::{LocalDate, Period, Span};
use serde::{Deserialize, Serialize};

/// How long a contract runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermRule {
    /// The clause.
    pub clause: Clause,
    /// How long: days, months or years.
    pub length: Choice<Span>,
    /// The event it runs from (`signed`, `effective`).
    pub from: String,
    /// What its last day is.
    pub ends: TermEnd,
    /// Month and day of the last valid day when the term began on 29 February and the year of its
    /// end has none.
    pub leap_day: Option<(u8, u8)>,
    /// What happens then.
    pub renewal: Option<Renewal>,
    /// The parameter of the last day, both days included, when days stand in the contract itself;
    /// `from` then names the parameter of the first.
    #[serde(default)]
    pub to: Option<crate::facts::FactName>,
    /// Interpretations in force that speak of it.
    pub interpretations: Vec<String>,
}

/// What the last day of a term is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TermEnd {
    /// The eve of the anniversary.
    #[default]
    Eve,
    /// The anniversary itself.
    SameDay,
    /// The last day of the civil period of the anniversary's eve.
    EndOf(TermPeriod),
}

/// A civil period that a term may be drawn out to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TermPeriod {
    /// A calendar month.
    Month,
    /// Three months.
    Quarter,
    /// Six months.
    HalfYear,
    /// A calendar year.
    Year,
}

impl TermPeriod {
    /// The period of the calendar that it is.
    #[must_use]
    pub fn period(self) -> Period {
        match self {
            Self::Month => Period::Month,
            Self::Quarter => Period::Quarter,
            Self::HalfYear => Period::HalfYear,
            Self::Year => Period::Year,
        }
    }
}

/// Renewal without a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// By how long.
    pub by: Span,
    /// Unless notice is given so long before.
    pub unless_notice: Option<Span>,
    /// In which form.
    pub form: Option<String>,
    /// The clause.
    pub clause: Clause,
}

/// How the contract is billed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceRule {
    /// The clause.
    pub clause: Clause,
    /// The event that issues an invoice (`ordered`).
    pub issue: Option<String>,
    /// When it is to be paid.
    pub pay: Option<Cited<Pay>>,
    /// Parts and the events that call for them.
    pub schedule: Vec<Instalment>,
    /// Whether prices are before tax.
    pub tax: Option<Cited<TaxRule>>,
    /// Whether the electronic form is allowed.
    pub electronic: Option<bool>,
    /// Whether no other form is.
    #[serde(default)]
    pub electronic_required: bool,
    /// Name of the numbering.
    pub numbering: Option<String>,
    /// Rounding of amounts.
    pub round: Option<RoundTo>,
    /// Whether an invoice that is disputed stays payable, and which clause says so.
    pub disputed_payable: Option<Cited<bool>>,
}

/// The money of a contract: its taxes and how amounts are rounded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyRule {
    /// The clause.
    pub clause: Clause,
    /// Three letters of the currency (ISO 4217).
    pub currency: String,
    /// Taxes, each on its own line.
    pub taxes: Vec<TaxDue>,
    /// Rounding of each amount.
    pub round: Option<RoundTo>,
}

/// A tax on what is invoiced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxDue {
    /// Name of the dated rate.
    pub rate: String,
    /// Who bears it: `customer` or `provider`.
    pub on: String,
    /// The clause.
    pub clause: Clause,
}

/// When and how an invoice is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pay {
    /// How soon.
    pub within: Choice<Span>,
    /// From which event (`issued`).
    pub from: String,
    /// By which means.
    pub by: Vec<String>,
    /// Discount for early payment; none when the document grants none.
    pub discount: Option<String>,
}

/// A part of a price that an event calls for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// Which share, as the document writes it.
    pub share: crate::figure::Figure,
    /// The event.
    pub on: String,
}

/// How prices stand to tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaxRule {
    /// Taxes come on top.
    Excluded,
    /// Taxes are in the price.
    Included,
}

/// An act that becomes possible so long after an event, such as a formal notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AfterEvent {
    /// The event (`formal_notice`).
    pub event: String,
    /// How long must pass first.
    pub wait: Span,
    /// Whether the day of the event is the first of the days waited.
    pub first_day: EndDay,
    /// The calendar of business days.
    pub calendar: Option<String>,
    /// Attributes that say when the event took effect, the first that is given; the event itself
    /// when none is.
    #[serde(default)]
    pub counted_from: Vec<String>,
    /// An event that ends the wait for good.
    #[serde(default)]
    pub unless: Option<String>,
    /// The clause that sets the wait.
    pub clause: Clause,
}

/// A stretch of whole civil days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Days {
    /// First day.
    pub first: LocalDate,
    /// Last day.
    pub last: LocalDate,
}

use crate::clause::Clause;
use crate::condition::Condition;
use crate::contract_terms::TermPeriod;
use crate::decimal::Decimal;
use crate::facts::FactValue;
use crate::figure::Figure;
use crate::label::Label;
use crate::layered::{Choice, Cited, FromFact, Layered};
use crate::money::Money;
use crate::promise::EventPattern;
use crate::ratio::RoundMode;
use calendar::Span;
use serde::{Deserialize, Serialize};

/// Prepaid work: what a unit buys, how units come, how they are used, and when they lapse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Name in the document.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// What one unit is called (`ticket`).
    pub unit: Label,
    /// The clause that opens it.
    pub clause: Clause,
    /// What one unit buys.
    pub worth: Cited<Worth>,
    /// Packs on sale.
    pub packs: Vec<Pack>,
    /// The smallest order, in units.
    pub minimum: Option<Cited<Decimal>>,
    /// Units included in the fee of a term.
    pub included: Option<Cited<Decimal>>,
    /// Units that arrive by themselves.
    pub accrue: Option<Cited<Accrual>>,
    /// The event that opens a pack.
    pub opens: Option<EventPattern>,
    /// When the units of a pack lapse; the name of the pack is the fact `pack`.
    pub lapses: Layered<Lapse>,
    /// Which units are used first.
    pub use_order: Cited<UseOrder>,
    /// What is kept when units lapse.
    pub carry_over: Cited<CarryOver>,
    /// What happens when units are short.
    pub overdraft: Cited<Overdraft>,
    /// The most that may be used per period and per head.
    pub cap: Option<Cited<LedgerCap>>,
    /// How work becomes units; rows add up.
    pub debits: Vec<Debit>,
    /// Work that needs an accepted estimate.
    pub estimate: Option<Cited<EstimateRule>>,
    /// What is told on the way.
    pub warnings: Vec<LedgerWarning>,
    /// What is deemed used at a boundary.
    pub close_period: Option<Cited<ClosePeriod>>,
    /// Acts that the document rules out.
    pub forbids: Vec<Cited<LedgerAct>>,
    /// Interpretations in force that speak of it.
    pub interpretations: Vec<String>,
}

/// What one unit buys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Worth {
    /// So much work.
    Time(Span),
    /// So much money.
    Money(Money),
    /// So many of something: `incident`, `visit`.
    Count {
        /// How many.
        count: Decimal,
        /// Of what.
        of: String,
    },
}

/// Units sold together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pack {
    /// Name, where the document gives one; else the number of units.
    pub name: String,
    /// How many.
    pub units: Decimal,
    /// For how much, before tax.
    pub price: Option<Money>,
    /// The clause.
    pub clause: Clause,
}

/// Units that arrive by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accrual {
    /// How many.
    pub give: Figure,
    /// When: `start of month`, `start of quarter`, ….
    pub on: String,
    /// How long they live.
    pub life: Option<Span>,
}

/// When units lapse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lapse {
    /// Never.
    Never,
    /// With the term that their opening began, by the rule of the term.
    EndOfTerm,
    /// So long after they opened.
    After(Span),
    /// At the end of the civil period in which they opened.
    EndOf(TermPeriod),
}

impl FromFact for Lapse {
    fn from_fact(value: &FactValue) -> Option<Self> {
        match value {
            FactValue::Span(span) => Some(Self::After(*span)),
            FactValue::Text(text) if text == "never" => Some(Self::Never),
            FactValue::Text(text) if text == "end of term" => Some(Self::EndOfTerm),
            _ => None,
        }
    }
}

/// Which units are used first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UseOrder {
    /// Those that lapse soonest.
    #[default]
    EarliestExpiry,
    /// Those that opened first.
    Oldest,
    /// Those that lapse last; those that never do, before all others.
    // What agreements that stand already call it.
    #[serde(alias = "newest")]
    LatestExpiry,
}

/// What is kept when units lapse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CarryOver {
    /// Nothing.
    None,
    /// Everything, for as long as the lapse then gives.
    All,
    /// A share, for a time of its own or as long as the lapse then gives.
    Part {
        /// Which share.
        share: Figure,
        /// Of which packs.
        when: Box<Condition>,
        /// How long what is kept lives on, after which nothing more is kept of it.
        life: Option<Span>,
    },
}

/// What happens when units are short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overdraft {
    /// The work waits for an order.
    Forbidden,
    /// The balance may fall below zero.
    Allowed {
        /// By how many units at most.
        at_most: Option<Decimal>,
        /// After how long it is billed.
        bill_after: Option<Span>,
        /// At which price per unit.
        price: Option<Money>,
    },
}

/// The most that may be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerCap {
    /// How many units.
    pub units: Decimal,
    /// Per `month`, `quarter`, `year`, ….
    pub per: String,
    /// Per `site`, `account`, …; for all together when not said.
    pub each: Option<String>,
}

/// How one kind of work becomes units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debit {
    /// The clause.
    pub clause: Clause,
    /// What is counted: `work`, `travel`, `planned`, `waiting`, `incident`.
    pub of: String,
    /// What is rounded together.
    pub per: DebitPer,
    /// When the row applies.
    pub when: Condition,
    /// When nothing is debited; debited while that is not known.
    #[serde(default = "Condition::never")]
    pub unless: Condition,
    /// Counted from which event (`booked`), where it is not the work itself.
    pub from: Option<String>,
    /// Least that is taken once there is any, as time or units.
    pub minimum: Option<Choice<Figure>>,
    /// Rounded to multiples of this, as time or units.
    pub step: Option<Choice<Figure>>,
    /// How.
    pub round: RoundMode,
    /// Taken so many times.
    pub times: Option<Choice<Figure>>,
    /// Whether rounding comes before the multiplication.
    pub order: DebitOrder,
    /// A price of its own per unit.
    pub price: Option<Choice<Figure>>,
}

/// What a debit rounds together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DebitPer {
    /// Each stretch of work.
    Session,
    /// All work on one request.
    Request,
    /// Each visit.
    Visit,
    /// Each leg of a journey.
    Leg,
    /// All work of one civil day.
    Day,
}

/// Rounding and multiplication of a debit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DebitOrder {
    /// Rounded, then multiplied.
    #[default]
    RoundThenTimes,
    /// Multiplied, then rounded.
    TimesThenRound,
}

/// Work that needs an accepted estimate first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EstimateRule {
    /// Work longer than this; all work when not said.
    pub above: Option<Figure>,
    /// Work longer than this needs an offer of its own.
    pub offer_above: Option<Figure>,
}

/// Something told while units are used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerWarning {
    /// Name in the document.
    pub name: String,
    /// The clause.
    pub clause: Clause,
    /// What is watched.
    pub of: LedgerWatch,
    /// From where on: a share used, a number of units left, a span before the lapse.
    pub at: Choice<Figure>,
    /// Roles to tell.
    pub tell: Vec<String>,
}

/// What a warning watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerWatch {
    /// The share of a request's estimate that is used.
    Estimate,
    /// The share of the packs that is used, or the units left.
    Balance,
    /// The time until units lapse.
    Expiry,
}

/// What is deemed used at a boundary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosePeriod {
    /// The boundary: `end of half-year`.
    pub on: Span,
    /// Which share.
    pub share: Figure,
}

/// Acts on a ledger that a document may rule out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerAct {
    /// Money back for units.
    Refund,
    /// Units given to another contract.
    Transfer,
    /// Planned work moved to another day.
    Postpone,
}

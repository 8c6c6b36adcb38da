use crate::clause::Clause;
use crate::condition::Condition;
use crate::facts::{FactName, FactValue};
use crate::figure::Figure;
use crate::label::Label;
use crate::layered::{Choice, Cited, FromFact, Layered};
use crate::promise::{EventPattern, Strength};
use crate::ratio::{Ratio, RoundMode};
use calendar::{Span, Zone};
use serde::{Deserialize, Serialize};

/// A number over a period, by which a clause judges or pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// Name in the document.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// The clause that defines it.
    pub clause: Clause,
    /// What is counted.
    pub kind: MeasureKind,
    /// What it looks at: `promise.X`, `ledger.X`, `measure.X`, a fact.
    pub of: Option<String>,
    /// To which cases it applies.
    pub when: Condition,
    /// Over what stretch of time.
    pub period: MeasurePeriod,
    /// Where the period begins and ends; the agreement's zone when not said.
    pub zone: Option<Zone>,
    /// One figure per `component`, `account`, `site`, ….
    pub each: Option<String>,
    /// One figure over several components.
    pub total: Option<Total>,
    /// A fact whose change splits the period.
    pub split_on: Option<FactName>,
    /// Which events are counted.
    pub population: Option<EventPattern>,
    /// Which of them count (`where`).
    pub counted: Condition,
    /// The percentile, as a share.
    pub at: Option<Figure>,
    /// What counts as downtime.
    pub down: Down,
    /// Causes that do not count, by name.
    pub exclude: Vec<String>,
    /// Counted only in the opening hours of a calendar.
    pub counted_in: Option<CountedIn>,
    /// The fact of each outage that weighs it (`users`).
    pub weight: Option<FactName>,
    /// What becomes of the part of a period outside the term.
    pub outside_term: OutsideTerm,
    /// The parameter that holds the first day measured, in the zone of the measure.
    #[serde(default)]
    pub begins: Option<Cited<FactName>>,
    /// How the figure is rounded before it is compared; exact when not said.
    #[serde(default)]
    pub compare: Option<Show>,
    /// How binding the target is; binding when not said.
    #[serde(default)]
    pub strength: Option<Strength>,
    /// What is promised: all must hold.
    pub target: Vec<Layered<MeasureBounds>>,
    /// How the time that the target leaves is rounded.
    pub permitted: Option<RoundTo>,
    /// From which event, for `time` and `overrun`.
    pub from: Option<EventPattern>,
    /// To which event.
    pub to: Option<EventPattern>,
    /// In what unit: `days`, `business days`, `hours`, `minutes`.
    pub unit: MeasureUnit,
    /// The calendar of business units.
    pub calendar: Option<Choice<String>>,
    /// Whether the day of the first event counts.
    pub first_day: EndDay,
    /// Whether the day of the last event counts.
    pub last_day: EndDay,
    /// How it is shown, in percent for a share; never used to compare.
    pub show: Option<Show>,
    /// What the document claims without promising it.
    pub claimed: Option<MeasureBounds>,
    /// The promise beside which it is shown.
    pub shown_with: Option<String>,
    /// Interpretations in force that speak of it.
    pub interpretations: Vec<String>,
}

/// What a measure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeasureKind {
    /// The share of a period during which a service was up.
    Availability,
    /// The time it was down.
    Downtime,
    /// The longest time it was down in one go.
    Longest,
    /// By how much a promise was passed.
    Overrun,
    /// The time between two events.
    Time,
    /// How many.
    Count,
    /// Which part of a population.
    Share,
    /// The value below which a share of the population lies.
    Percentile,
    /// The mean.
    Mean,
    /// The sum.
    Sum,
    /// Bad periods in a row.
    Run,
    /// What is left of prepaid work.
    Balance,
}

/// The stretch of time that a measure looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeasurePeriod {
    /// The life of one request or one contract event.
    #[default]
    Ticket,
    /// An hour of the clock.
    Hour,
    /// A civil day.
    Day,
    /// A calendar month.
    CalendarMonth,
    /// Three calendar months from January.
    Quarter,
    /// Six calendar months from January.
    HalfYear,
    /// A calendar year.
    Year,
    /// A year from the start of the contract.
    ContractYear,
    /// The billing period of the contract.
    BillingPeriod,
    /// So many calendar months up to and including the one asked about.
    RollingMonths(u32),
}

/// Components taken together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// Down when any is down, or only when all are.
    pub over: TotalOver,
    /// Only the components marked primary.
    pub primary_only: bool,
    /// Only the components of this group.
    pub group: Option<String>,
}

/// How the downtime of several components makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TotalOver {
    /// Down when any of them is.
    Union,
    /// Down when all of them are.
    Intersection,
}

/// What counts as downtime.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Down {
    /// Whose record counts (`monitor`); any when not said.
    pub source: Option<String>,
    /// Where it starts: `fault`, `detected`, `ticket`.
    pub starts: Option<String>,
    /// Outages shorter than this do not count; how long one is does not end with the period.
    pub minimum: Option<Span>,
    /// Which outages count.
    pub when: Condition,
    /// Sampled instead of recorded: how often, and which sample is bad.
    pub sample: Option<Sample>,
}

/// Downtime known by samples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// How often a sample is taken.
    pub every: Span,
    /// Which sample counts as down.
    pub bad_when: Condition,
}

/// Only time inside, or only time outside, a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedIn {
    /// While it is open.
    Inside(Choice<String>),
    /// While it is closed.
    Outside(Choice<String>),
}

/// The part of a period before the contract began or after it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutsideTerm {
    /// It is no part of the period.
    #[default]
    LeftOut,
    /// It counts as time without fault.
    CountedGood,
}

/// Whether an end day is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndDay {
    /// The day itself counts (`same` for a first day).
    #[serde(alias = "same")]
    Counts,
    /// It does not (`next` for a first day: counting starts with the day after).
    #[default]
    #[serde(alias = "next")]
    Left,
}

/// The unit of a measure of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeasureUnit {
    /// Seconds.
    #[default]
    Second,
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Civil days.
    Day,
    /// Days on which the calendar opens.
    BusinessDay,
    /// Hours during which the calendar is open.
    BusinessHour,
}

/// Bounds of a measured number, compared exactly; an absent bound does not limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureBounds {
    /// Which quantity is bounded, where the measure has several.
    #[serde(default)]
    pub quantity: Option<String>,
    /// Lowest value allowed.
    #[serde(default)]
    pub at_least: Option<Figure>,
    /// Values must be greater than this.
    #[serde(default)]
    pub above: Option<Figure>,
    /// Highest value allowed.
    #[serde(default)]
    pub at_most: Option<Figure>,
    /// Values must be less than this.
    #[serde(default)]
    pub below: Option<Figure>,
}

impl MeasureBounds {
    /// Whether a value lies within; a bound without a fixed length holds nothing out.
    #[must_use]
    pub fn hold(&self, value: Ratio) -> bool {
        let side = |bound: &Option<Figure>, holds: fn(&Ratio, &Ratio) -> bool| {
            bound.as_ref().and_then(Figure::ratio).is_none_or(|bound| holds(&value, &bound))
        };
        side(&self.at_least, Ratio::ge)
            && side(&self.above, Ratio::gt)
            && side(&self.at_most, Ratio::le)
            && side(&self.below, Ratio::lt)
    }
}

/// Bounds stand in the document; no fact supplies them whole.
impl FromFact for MeasureBounds {
    fn from_fact(_: &FactValue) -> Option<Self> {
        None
    }
}

/// Display rounding of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Show {
    /// Places behind the point.
    pub decimals: u32,
    /// How it is rounded.
    #[serde(default)]
    pub mode: RoundMode,
}

/// Rounding to a multiple of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundTo {
    /// The step (`0.01`, `1 minute`).
    pub to: Figure,
    /// How.
    #[serde(default)]
    pub mode: RoundMode,
}

/// Why an outage does not count, or of what kind it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Name in the document.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// The clause that knows the cause, with its item.
    pub clause: Clause,
    /// The calendar in which such work usually happens; outside it, whoever plans is warned.
    pub usual: Option<Choice<String>>,
    /// Such work longer than this is to be announced.
    pub announce_above: Option<Span>,
    /// Roles told of it.
    pub announce_to: Vec<String>,
    /// What must be given with it (`reason`), or the outage counts.
    #[serde(default)]
    pub needs: Vec<String>,
}

/// A part of the service that is measured by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentRule {
    /// Name in the document.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// The clause that names it.
    pub clause: Clause,
    /// Whether the whole service depends on it.
    pub primary: bool,
}

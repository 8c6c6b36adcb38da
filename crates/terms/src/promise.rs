use crate::clause::Clause;
use crate::condition::Condition;
use crate::facts::FactName;
use crate::label::Label;
use crate::layered::{Choice, Layered};
use calendar::{DayReading, Span};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How binding a promise is. Strength is data: a miss of an objective is not a breach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// Owed.
    Binding,
    /// Aimed at.
    Objective,
    /// Expected.
    Estimate,
    /// Done as well as can be.
    BestEffort,
    /// Promised, and the document gives no figure.
    WithoutFigure,
}

impl Strength {
    /// Every strength with its name in documents and in JSON.
    pub const NAMES: [(Self, &'static str); 5] = [
        (Self::Binding, "binding"),
        (Self::Objective, "objective"),
        (Self::Estimate, "estimate"),
        (Self::BestEffort, "best-effort"),
        (Self::WithoutFigure, "without-figure"),
    ];
}

impl fmt::Display for Strength {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, name) =
            Self::NAMES.iter().find(|(strength, _)| strength == self).expect("every strength is listed");
        formatter.write_str(name)
    }
}

impl FromStr for Strength {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::NAMES.iter().find(|(_, name)| *name == text).map(|(strength, _)| *strength).ok_or(())
    }
}

/// An event, perhaps narrowed by a condition on its attributes
/// (`replied` when `technical` and not `automatic`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPattern {
    /// Name of the event.
    pub event: String,
    /// Condition on the attributes that the event carries and on the facts of the case.
    pub when: Condition,
}

impl EventPattern {
    /// The event, whatever its attributes.
    #[must_use]
    pub fn any(event: &str) -> Self {
        Self { event: event.to_owned(), when: Condition::Always }
    }
}

/// For which requests a promise is owed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owed {
    /// For every request received, covered or not.
    Always,
    /// Not for a request that is not covered.
    #[default]
    WhenCovered,
}

/// What a change of a fact does to a running clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnChange {
    /// Time used is kept, the new target applies.
    #[default]
    Keep,
    /// The new target counts from where the clock first started.
    FromOpening,
    /// The new target counts from the change.
    Restart,
    /// The earlier of the old due instant and the new one.
    Earlier,
    /// The change does not touch a running clock.
    Fixed,
}

/// One clock that one clause promises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// `acknowledgement`, `response`, `take_up`, `callback`, `resolution`, `update`, or a name of
    /// the document's own.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// The clause that makes the promise.
    pub clause: Clause,
    /// Who owes it: `provider` or `customer`.
    pub owed_by: String,
    /// To whom it is owed.
    pub owed_to: String,
    /// For which requests, by coverage.
    pub owed: Owed,
    /// For which requests, by facts.
    pub when: Condition,
    /// Requests taken out again.
    pub unless: Condition,
    /// What starts it: the first of these.
    pub start: Vec<EventPattern>,
    /// What starts a clock of its own each time it happens, beside those that run already.
    #[serde(default)]
    pub each: Vec<EventPattern>,
    /// What stops it: the first of these.
    pub stop: Vec<EventPattern>,
    /// For a recurring promise, what makes the next one due.
    pub reset: Vec<EventPattern>,
    /// Pauses that touch it, by name.
    pub pause: Layered<Vec<String>>,
    /// The target.
    pub within: Layered<Span>,
    /// For a recurring promise, how often: due again so long after each reset, or after the due
    /// instant that passed without one, whichever is later. A day without update is a miss of its own.
    pub every: Layered<Span>,
    /// The calendar of business units; elapsed units do not look at it.
    pub calendar: Layered<String>,
    /// How business days are understood.
    pub day: DayReading,
    /// How binding.
    pub strength: Layered<Strength>,
    /// What a change of a fact does.
    pub on_change: Vec<(FactName, OnChange)>,
    /// The planned event before which it must be kept: the target counts backwards from its instant.
    #[serde(default)]
    pub ahead_of: Option<String>,
    /// What it waits for instead of a figure.
    pub defer_to: Option<String>,
    /// Whether it may be replaced on one request, and by whose consent.
    pub agreed: Option<Agreed>,
    /// For an effort commitment, how long without work is a miss.
    pub idle: Option<Span>,
    /// Must hold when the clock is judged; else nothing was owed.
    pub requires: Condition,
    /// What is told before the due instant.
    pub warn: Vec<Step>,
    /// What follows a miss.
    pub missed: Vec<Step>,
    /// Interpretations in force that speak of this promise.
    pub interpretations: Vec<String>,
}

/// An agreed rhythm or target that may replace the default on one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// Roles that must all consent.
    pub consent: Vec<String>,
    /// The shortest that may be agreed.
    #[serde(default)]
    pub at_least: Option<Span>,
    /// The longest that may be agreed.
    #[serde(default)]
    pub at_most: Option<Span>,
    /// The clause that allows it; the promise's own when not said.
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// When a step is taken, relative to the due instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepAt {
    /// So long before it, in the promise's calendar when the span is a business span.
    Left(Span),
    /// At it.
    Due,
    /// So long after it.
    After(Span),
}

/// Something to do before or after the due instant: tell people, climb a ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When.
    pub at: StepAt,
    /// Roles to tell: `owner`, `lead`, `team`, `requester`, or a role of the document.
    pub tell: Vec<String>,
    /// The role that the request climbs to, where the step escalates.
    pub climb: Option<String>,
    /// The clause that asks for the step.
    pub clause: Clause,
}

/// What a waiting does to a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The clock stands still.
    Pause,
    /// The clock runs on and its due instant moves by the time waited.
    Extend,
}

/// To whom time is counted in which several parties are waited for at once. The clock stands still
/// once, whoever it is counted to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Together {
    /// To each of them.
    #[default]
    Each,
    /// To the one that was waited for first.
    First,
}

impl Together {
    /// Whether it is counted to each of them.
    #[must_use]
    pub fn is_each(&self) -> bool {
        *self == Self::Each
    }
}

/// A waiting: what begins and ends it, on whom, and what it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseRule {
    /// Name in the document.
    pub name: String,
    /// What people read (`chez l'éditeur`).
    pub label: Label,
    /// The clause that allows it.
    pub clause: Clause,
    /// What begins it.
    pub begin: Vec<EventPattern>,
    /// What ends it.
    pub end: Vec<EventPattern>,
    /// Whose waiting it is: `customer`, `vendor`, `third_party`. A pause of several parties stands
    /// as one rule per party under one name, each with an end of its own.
    pub party: String,
    /// To whom time is counted in which several are waited for at once.
    #[serde(default)]
    pub together: Together,
    /// What it does.
    pub effect: Effect,
    /// Duties whose lack justifies it.
    #[serde(default)]
    pub tasks: Vec<String>,
    /// For an extension, the calendar in which the waiting is measured; elapsed time without one.
    pub measured_in: Option<Choice<String>>,
}

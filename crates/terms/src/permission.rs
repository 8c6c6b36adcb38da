use crate::clause::Clause;
use crate::condition::Condition;
use crate::contract_terms::AfterEvent;
use crate::label::Label;
use crate::layered::Choice;
use calendar::{DayReading, Span};
use serde::{Deserialize, Serialize};

/// What a clause lets whom do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// The act: `close`, `set_severity`, `pass_to_vendor`, ….
    pub act: String,
    /// What people read.
    #[serde(default)]
    pub label: Label,
    /// The clause that grants it.
    pub clause: Clause,
    /// Roles that may: `agent`, `customer`, or roles of the document.
    pub who: Vec<String>,
    /// Targets allowed, where the act has one; empty when any.
    pub to: Vec<String>,
    /// Roles whose consent is needed as well.
    pub consent: Vec<String>,
    /// Roles that decide on what is asked.
    pub decided_by: Vec<String>,
    /// What must be given with the act (`vendor_reference`, `ground`).
    pub needs: Vec<String>,
    /// Whether a reason must be given and is kept.
    pub reason: bool,
    /// Calendar during which the act is possible; none for always.
    pub during: Option<String>,
    /// When the permission holds.
    pub when: Condition,
    /// Promises whose verdict so far is kept by the act.
    pub keeps: Vec<String>,
    /// What silence of the one asked means.
    pub silence: Option<Silence>,
    /// What must have happened, and how long ago.
    #[serde(default)]
    pub after: Option<AfterEvent>,
    /// The path that opens while the act is not possible, such as `order`.
    #[serde(default)]
    pub else_offer: Option<String>,
}

/// What silence means, after how long, and how it is reminded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// How long silence lasts before it counts.
    pub after: Choice<Span>,
    /// The event that it follows, [`Silence::SOLUTION`] without one; any later word of the customer starts it anew.
    #[serde(default)]
    pub from: Option<String>,
    /// Reminders on the way, counted like `after`.
    pub remind: Vec<Span>,
    /// What it then counts as.
    pub counts_as: String,
    /// Whether an answer afterwards reopens the request.
    pub reopens: bool,
    /// Calendar of business days; elapsed time without one.
    #[serde(default)]
    pub calendar: Option<String>,
    /// How business days are understood.
    #[serde(default)]
    pub day: DayReading,
}

impl Silence {
    /// The event that a silence follows where the document names none.
    pub const SOLUTION: &'static str = "resolved";

    /// The event that it follows.
    #[must_use]
    pub fn follows(&self) -> &str {
        self.from.as_deref().unwrap_or(Self::SOLUTION)
    }
}

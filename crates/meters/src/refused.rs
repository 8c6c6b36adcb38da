use calendar::{CalendarError, LocalDate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use terms::{Answer, Clause, Condition, Evaluation, FactName, LedgerAct, Ratio, TermsError};

/// What an agreement does not grant, why, and by which clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Why.
    pub why: Why,
    /// The clause that says so.
    pub clause: Box<Clause>,
}

/// Why something is not granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A condition does not hold; these facts decide it.
    ConditionFails {
        /// The facts asked about.
        facts: BTreeSet<FactName>,
    },
    /// A condition cannot be answered.
    Unknown {
        /// The facts that would decide.
        facts: BTreeSet<FactName>,
    },
    /// The measured number lies in no band: the promise was kept.
    NothingDue,
    /// Someone else may do this.
    NotBy {
        /// The roles that may.
        roles: Vec<String>,
    },
    /// It comes by another way.
    NotThrough {
        /// The ways that are open.
        channels: Vec<String>,
    },
    /// The last day has passed.
    TooLate {
        /// The last day, in the zone of the measure.
        last_day: LocalDate,
    },
    /// The first day has not come.
    TooEarly {
        /// The first day.
        first_day: LocalDate,
    },
    /// Something was not given.
    Missing {
        /// What.
        names: Vec<String>,
    },
    /// What is claimed was granted for this period before.
    GrantedAlready,
    /// An outage named in a claim lies outside the period claimed.
    OutsidePeriod {
        /// Place of the outage in the claim, from 0.
        outage: usize,
    },
    /// Fewer units than the smallest order.
    BelowMinimum {
        /// The smallest order.
        minimum: Ratio,
    },
    /// No pack of that size.
    NoSuchPack {
        /// The packs on sale, by name.
        packs: Vec<String>,
    },
    /// Others must consent first.
    NeedsConsent {
        /// Roles whose consent is missing.
        of: Vec<String>,
        /// The path that opens meanwhile.
        offer: Option<String>,
    },
    /// An estimate must be accepted first.
    NeedsEstimate,
    /// The balance is short: an order is needed.
    NeedsOrder {
        /// By how many units.
        short_by: Ratio,
        /// The path that opens.
        offer: Option<String>,
    },
    /// The document rules the act out.
    Forbidden {
        /// The act.
        act: LedgerAct,
    },
    /// A wait is not over.
    Waiting {
        /// The first day on which the act is possible.
        first_day: LocalDate,
    },
    /// An event has not happened.
    NeedsEvent {
        /// Its name.
        event: String,
    },
    /// More of something than the template allows.
    OverCap {
        /// Of what.
        of: String,
        /// The most.
        at_most: u32,
        /// What was asked.
        asked: u32,
    },
    /// The document does not say what this would need (a base, a table, a rate for that day).
    Unsaid {
        /// What is missing.
        what: String,
    },
    /// Outside what was agreed as possible.
    OutOfBounds,
    /// A number too great to be reckoned exactly.
    TooGreat,
    /// The calendar that counts cannot be had.
    Calendar {
        /// What is wrong with it, in English, for whoever keeps the agreement.
        text: String,
    },
}

impl Refused {
    pub(crate) fn new(why: Why, clause: &Clause) -> Self {
        Self { why, clause: Box::new(clause.clone()) }
    }

    pub(crate) fn too_great(clause: &Clause) -> Self {
        Self::new(Why::TooGreat, clause)
    }

    pub(crate) fn unsaid(what: &str, clause: &Clause) -> Self {
        Self::new(Why::Unsaid { what: what.to_owned() }, clause)
    }

    pub(crate) fn terms(error: &TermsError, clause: &Clause) -> Self {
        Self::new(Why::Calendar { text: error.to_string() }, clause)
    }

    pub(crate) fn calendar(error: &CalendarError, clause: &Clause) -> Self {
        Self::new(Why::Calendar { text: error.to_string() }, clause)
    }

    /// Asks a condition; anything but yes refuses, by the clause that sets the condition.
    pub(crate) fn unless_holds(
        condition: &Condition,
        evaluation: &Evaluation<'_>,
        clause: &Clause,
    ) -> Result<(), Self> {
        match condition.ask(evaluation) {
            Answer::Yes => Ok(()),
            Answer::No => Err(Self::new(Why::ConditionFails { facts: condition.facts() }, clause)),
            Answer::Unknown(facts) => Err(Self::new(Why::Unknown { facts }, clause)),
        }
    }
}

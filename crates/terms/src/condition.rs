use crate::evaluation::Evaluation;
use crate::facts::{FactName, FactValue};
use crate::layered::Choice;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// When a rule applies. Asked of a case, it answers yes, no or unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "conditions are few, and read far more than moved")]
pub enum Condition {
    /// Holds for every case.
    #[default]
    Always,
    /// All must hold; the empty list holds.
    All(Vec<Condition>),
    /// One must hold; the empty list does not.
    Any(Vec<Condition>),
    /// Holds when the inner condition does not.
    Not(Box<Condition>),
    /// One question about one fact.
    Test {
        /// The fact asked about.
        fact: FactName,
        /// The question.
        test: Test,
    },
}

/// One question about the value of one fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// Equal to one of these values.
    OneOf(Vec<FactValue>),
    /// A set that shares a value with these.
    HasAny(Choice<BTreeSet<String>>),
    /// A set that holds all of these.
    HasAll(BTreeSet<String>),
    /// A product found in a list, which may itself depend on a fact.
    ListedIn(Choice<String>),
    /// A release at most so many lines behind the current one.
    BehindAtMost(u32),
    /// Within bounds.
    Within(Bounds),
    /// An instant inside the opening hours of a calendar.
    During(String),
    /// A number, amount or span at least as great as that of another fact (a balance that covers an
    /// estimate).
    Covers(FactName),
    /// Whether the fact is known at all; never itself unknown.
    Known(bool),
}

/// Bounds of a number, a span, an amount or a date; an absent bound does not limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Lowest value allowed.
    pub at_least: Option<FactValue>,
    /// Values must be greater than this.
    pub above: Option<FactValue>,
    /// Highest value allowed.
    pub at_most: Option<FactValue>,
    /// Values must be less than this.
    pub below: Option<FactValue>,
}

/// The answer to a condition. An unknown answer names the facts that would decide it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It holds.
    Yes,
    /// It does not hold.
    No,
    /// It cannot be said until these facts are known (none named: a person must judge).
    Unknown(BTreeSet<FactName>),
}

impl Answer {
    /// Yes or no from a comparison that could be made.
    #[must_use]
    pub fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    /// Unknown for want of one fact.
    #[must_use]
    pub fn wants(fact: &FactName) -> Self {
        Self::Unknown(BTreeSet::from([fact.clone()]))
    }

    fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            unknown @ Self::Unknown(_) => unknown,
        }
    }
}

impl Condition {
    /// The condition that no case meets.
    #[must_use]
    pub fn never() -> Self {
        Self::Any(Vec::new())
    }

    /// One fact equal to one value.
    #[must_use]
    pub fn is(fact: &str, value: FactValue) -> Self {
        Self::Test { fact: fact.into(), test: Test::OneOf(vec![value]) }
    }

    /// Asks the condition of a case (three-valued: a no decides a conjunction whatever is unknown).
    #[must_use]
    pub fn ask(&self, evaluation: &Evaluation<'_>) -> Answer {
        match self {
            Self::Always => Answer::Yes,
            Self::All(parts) => conjunction(parts.iter().map(|part| part.ask(evaluation))),
            Self::Any(parts) => {
                conjunction(parts.iter().map(|part| part.ask(evaluation).negated())).negated()
            }
            Self::Not(inner) => inner.ask(evaluation).negated(),
            Self::Test { fact, test } => evaluation.test(fact, test),
        }
    }

    /// Every fact that the condition asks about.
    #[must_use]
    pub fn facts(&self) -> BTreeSet<FactName> {
        let mut names = BTreeSet::new();
        self.collect_facts(&mut names);
        names
    }

    fn collect_facts(&self, names: &mut BTreeSet<FactName>) {
        match self {
            Self::Always => {}
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.collect_facts(names)),
            Self::Not(inner) => inner.collect_facts(names),
            Self::Test { fact, test } => {
                names.insert(fact.clone());
                if let Test::Covers(other) = test {
                    names.insert(other.clone());
                }
            }
        }
    }
}

fn conjunction(answers: impl Iterator<Item = Answer>) -> Answer {
    let mut unknown: Option<BTreeSet<FactName>> = None;
    for answer in answers {
        match answer {
            Answer::Yes => {}
            Answer::No => return Answer::No,
            Answer::Unknown(facts) => unknown.get_or_insert_default().extend(facts),
        }
    }
    unknown.map_or(Answer::Yes, Answer::Unknown)
}

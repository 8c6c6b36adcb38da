use crate::clause::Clause;
use crate::condition::{Answer, Condition};
use crate::evaluation::Evaluation;
use crate::facts::{FactName, FactValue};
use calendar::LocalDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A value together with the clause that gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cited<T> {
    /// The value.
    pub value: T,
    /// The clause that gives it.
    pub clause: Clause,
}

/// A value that may depend on facts of the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice<T> {
    /// The same for every case.
    Plain(T),
    /// One value per value of a fact.
    By {
        /// The fact that decides.
        fact: FactName,
        /// Key of the fact (`yes` and `no` for a yes-no) and what then holds.
        of: Vec<(String, Choice<T>)>,
        /// What holds for every other value, and while the fact is unknown.
        otherwise: Option<Box<Choice<T>>>,
    },
    /// Taken from a fact of the case or a parameter of the contract.
    Fact(FactName),
}

/// What a choice came to for one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved<T> {
    /// The value, and the clause that gives it.
    pub cited: Cited<T>,
    /// Facts that are unknown and could still change it; empty for a value that stands.
    pub provisional: BTreeSet<FactName>,
}

/// The values of one key: a default, and cases that except it, the most specific first.
///
/// The compiler proved the order of the cases, so the first that holds wins. A case whose condition
/// is unknown leaves what follows it standing, and is named in [`Resolved::provisional`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layered<T> {
    /// Exceptions, most specific first.
    pub cases: Vec<Case<T>>,
    /// What holds when no case does.
    pub default: Option<Cited<Choice<T>>>,
}

/// One exception: when it holds, from when until when, and what it gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case<T> {
    /// When the case holds.
    pub when: Condition,
    /// First day on which it holds, in the agreement's zone.
    pub since: Option<LocalDate>,
    /// Last day on which it holds, in the agreement's zone.
    pub until: Option<LocalDate>,
    /// What it gives.
    pub value: Cited<Choice<T>>,
}

impl<T> Layered<T> {
    /// Nothing said.
    #[must_use]
    pub fn unsaid() -> Self {
        Self { cases: Vec::new(), default: None }
    }

    /// One value for every case.
    #[must_use]
    pub fn plain(value: T, clause: Clause) -> Self {
        Self { cases: Vec::new(), default: Some(Cited { value: Choice::Plain(value), clause }) }
    }

    /// Whether the document says nothing here.
    #[must_use]
    pub fn is_unsaid(&self) -> bool {
        self.cases.is_empty() && self.default.is_none()
    }
}

impl<T: Clone + FromFact> Layered<T> {
    /// The value for one case, or none when nothing said applies to it.
    #[must_use]
    pub fn resolve(&self, evaluation: &Evaluation<'_>) -> Option<Resolved<T>> {
        let mut provisional = BTreeSet::new();
        for case in &self.cases {
            if !evaluation.is_in_force(case.since, case.until) {
                continue;
            }
            match case.when.ask(evaluation) {
                Answer::Yes => {
                    if let Some(value) = case.value.value.resolve(evaluation, &mut provisional) {
                        let clause = case.value.clause.clone();
                        return Some(Resolved { cited: Cited { value, clause }, provisional });
                    }
                }
                Answer::No => {}
                Answer::Unknown(facts) => provisional.extend(facts),
            }
        }
        let default = self.default.as_ref()?;
        let value = default.value.resolve(evaluation, &mut provisional)?;
        Some(Resolved { cited: Cited { value, clause: default.clause.clone() }, provisional })
    }
}

impl<T: Clone + FromFact> Choice<T> {
    /// The value for one case; unknown facts that could change it are added to `provisional`.
    #[must_use]
    pub fn resolve(&self, evaluation: &Evaluation<'_>, provisional: &mut BTreeSet<FactName>) -> Option<T> {
        match self {
            Self::Plain(value) => Some(value.clone()),
            Self::Fact(fact) => match evaluation.value(fact) {
                Some(value) => T::from_fact(value),
                None => {
                    provisional.insert(fact.clone());
                    None
                }
            },
            Self::By { fact, of, otherwise } => {
                let chosen = match evaluation.value(fact).and_then(FactValue::as_key) {
                    Some(key) => of.iter().find(|(wanted, _)| wanted == key).map(|(_, choice)| choice),
                    None => {
                        provisional.insert(fact.clone());
                        of.iter().find(|(wanted, _)| wanted == "unknown").map(|(_, choice)| choice)
                    }
                };
                chosen.or(otherwise.as_deref())?.resolve(evaluation, provisional)
            }
        }
    }

    /// Adds every fact that the choice asks about.
    pub(crate) fn collect_facts(&self, names: &mut BTreeSet<FactName>) {
        match self {
            Self::Plain(_) => {}
            Self::Fact(fact) => {
                names.insert(fact.clone());
            }
            Self::By { fact, of, otherwise } => {
                names.insert(fact.clone());
                of.iter()
                    .map(|(_, choice)| choice)
                    .chain(otherwise.as_deref())
                    .for_each(|choice| choice.collect_facts(names));
            }
        }
    }

    /// Every value that the choice can come to.
    pub fn values(&self) -> Vec<&T> {
        match self {
            Self::Plain(value) => vec![value],
            Self::Fact(_) => Vec::new(),
            Self::By { of, otherwise, .. } => of
                .iter()
                .map(|(_, choice)| choice)
                .chain(otherwise.as_deref())
                .flat_map(Choice::values)
                .collect(),
        }
    }
}

impl<T> Choice<T> {
    /// The value as the document holds it, for one case; none where another fact would supply it.
    pub(crate) fn stored(&self, evaluation: &Evaluation<'_>) -> Option<&T> {
        match self {
            Self::Plain(value) => Some(value),
            Self::Fact(_) => None,
            Self::By { fact, of, otherwise } => {
                let key = evaluation.value(fact).and_then(FactValue::as_key).unwrap_or("unknown");
                let chosen = of.iter().find(|(wanted, _)| wanted == key).map(|(_, choice)| choice);
                chosen.or(otherwise.as_deref())?.stored(evaluation)
            }
        }
    }
}

/// Values that a fact or a parameter can supply.
pub trait FromFact: Sized {
    /// The value, when the fact holds one of this kind.
    fn from_fact(value: &FactValue) -> Option<Self>;
}

impl FromFact for FactValue {
    fn from_fact(value: &FactValue) -> Option<Self> {
        Some(value.clone())
    }
}

impl FromFact for String {
    fn from_fact(value: &FactValue) -> Option<Self> {
        value.as_text().map(str::to_owned)
    }
}

impl FromFact for calendar::Span {
    fn from_fact(value: &FactValue) -> Option<Self> {
        match value {
            FactValue::Span(span) => Some(*span),
            _ => None,
        }
    }
}

impl FromFact for BTreeSet<String> {
    fn from_fact(value: &FactValue) -> Option<Self> {
        match value {
            FactValue::Names(names) => Some(names.clone()),
            _ => None,
        }
    }
}

impl FromFact for Vec<String> {
    fn from_fact(value: &FactValue) -> Option<Self> {
        match value {
            FactValue::Names(names) => Some(names.iter().cloned().collect()),
            _ => None,
        }
    }
}

impl FromFact for crate::promise::Strength {
    fn from_fact(value: &FactValue) -> Option<Self> {
        value.as_text().and_then(|text| text.parse().ok())
    }
}

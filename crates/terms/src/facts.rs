use crate::decimal::Decimal;
use crate::money::Money;
use calendar::{Instant, LocalDate, Span};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// The name of what a clause may ask of a case: `severity`, `channel`, `promise.response`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FactName(pub String);

impl FactName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for FactName {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for FactName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for FactName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The value of a fact. A fact that is not given is unknown; there is no value for "unknown".
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactValue {
    /// Yes (`true`) or no.
    YesNo(bool),
    /// A value of a vocabulary, a product, a release, or free text.
    Text(String),
    /// Several values of a vocabulary.
    Names(BTreeSet<String>),
    /// A number, exact.
    Number(Decimal),
    /// An amount of time.
    Span(Span),
    /// An amount of money.
    Money(Money),
    /// A day.
    Date(LocalDate),
    /// A moment.
    Instant(Instant),
    /// A table of names with lists of names: the release lines of each product, newest first. Shared, because what a
    /// contract says is copied into every request.
    Table(Arc<BTreeMap<String, Vec<String>>>),
    /// Words of a person that stand elsewhere, where they can be erased. Once they are, it is still known that
    /// something was said.
    Words(Box<KeptWords>),
}

/// Where the words of a fact stand, and a salted digest of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeptWords {
    /// The id under which they are kept.
    pub id: String,
    /// Digest of salt and words, in hexadecimal.
    pub digest: String,
}

impl FactValue {
    /// A text value.
    #[must_use]
    pub fn text(value: &str) -> Self {
        Self::Text(value.to_owned())
    }

    /// The text, when this is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value as a key of a choice: `yes`, `no`, or the name.
    #[must_use]
    pub fn as_key(&self) -> Option<&str> {
        match self {
            Self::YesNo(true) => Some("yes"),
            Self::YesNo(false) => Some("no"),
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for FactValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::YesNo(yes) => formatter.write_str(if *yes { "yes" } else { "no" }),
            Self::Text(text) => formatter.write_str(text),
            Self::Names(names) => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                formatter.write_str(&names.join(","))
            }
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Span(span) => write!(formatter, "{span}"),
            Self::Money(money) => write!(formatter, "{money}"),
            Self::Date(date) => write!(formatter, "{date}"),
            Self::Instant(instant) => write!(formatter, "{instant}"),
            Self::Table(table) => write!(formatter, "{} entries", table.len()),
            Self::Words(_) => formatter.write_str("…"),
        }
    }
}

/// What is known of a case. What is absent is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<FactName, FactValue>);

impl Facts {
    /// Nothing known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a fact, if it is known.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&FactValue> {
        self.0.get(name)
    }

    /// The text of a fact, if it is known and a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(FactValue::as_text)
    }

    /// Learns a fact; a later value replaces an earlier one.
    pub fn set(&mut self, name: impl Into<FactName>, value: FactValue) {
        self.0.insert(name.into(), value);
    }

    /// The same facts and one more; for building cases in one expression.
    #[must_use]
    pub fn with(mut self, name: impl Into<FactName>, value: FactValue) -> Self {
        self.set(name, value);
        self
    }

    /// Puts words that stand elsewhere in their places, as people read the facts. What was erased stays a mark that
    /// something was said.
    pub fn speak(&mut self, words: impl Fn(&KeptWords) -> Option<String>) {
        for value in self.0.values_mut() {
            if let FactValue::Words(kept) = value
                && let Some(said) = words(kept)
            {
                *value = FactValue::Text(said);
            }
        }
    }

    /// Forgets a fact: it is unknown again.
    pub fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Learns all facts of `later`, which win over those already known.
    pub fn extend(&mut self, later: &Self) {
        for (name, value) in &later.0 {
            self.0.insert(name.clone(), value.clone());
        }
    }

    /// Every known fact in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&FactName, &FactValue)> {
        self.0.iter()
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(FactName, FactValue)> for Facts {
    fn from_iter<I: IntoIterator<Item = (FactName, FactValue)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

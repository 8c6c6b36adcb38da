use crate::clause::Clause;
use crate::decimal::Decimal;
use crate::figure::Figure;
use crate::label::Label;
use crate::layered::{Choice, Cited};
use calendar::Span;
use serde::{Deserialize, Serialize};

/// A template of work: what it needs, how far it goes, what it delivers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Name in the document.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// The clause, with its item.
    pub clause: Clause,
    /// Templates whose lines it inherits.
    pub includes: Vec<String>,
    /// The part of the catalogue.
    #[serde(default)]
    pub range: Label,
    /// What stands in it for people: the part (`scope`, `work`, `tests`, `deliver`, `excludes`,
    /// `related`) and the words.
    #[serde(default)]
    pub texts: Vec<(String, Label)>,
    /// The ledger that pays for it.
    pub ledger: Option<String>,
    /// Advised number of units.
    pub units: Option<Decimal>,
    /// What must be in place before it is planned.
    pub requires: Vec<Cited<String>>,
    /// Products it is for.
    pub software: Vec<String>,
    /// The most of each thing (`workstations = 5`).
    pub caps: Vec<Cited<ServiceCap>>,
    /// A choice among several things, each with its own most.
    pub choose: Option<Cited<Choose>>,
    /// Steps in order.
    pub phases: Vec<Cited<String>>,
    /// What is handed over.
    pub deliver: Vec<String>,
    /// What the customer does.
    pub customer: Vec<Cited<String>>,
    /// Needs beside it, counted apart and only when asked.
    pub related: Vec<Cited<String>>,
    /// How long faults of it are mended without debit.
    pub warranty: Option<Cited<Warranty>>,
}

/// The most of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCap {
    /// Of what.
    pub of: String,
    /// The most by another fact, where it depends on one.
    #[serde(default)]
    pub varies: Option<Choice<Figure>>,
    /// The most.
    pub at_most: u32,
}

/// A choice among several things.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choose {
    /// How many of them at most.
    pub at_most: u32,
    /// The most of each.
    pub caps: Vec<ServiceCap>,
}

/// How long faults of delivered work are mended without debit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warranty {
    /// Not at all: mending is new work.
    None,
    /// So long after delivery.
    For(Span),
}

impl Service {
    /// The template with everything it inherits laid under it: lists add up, single values are its
    /// own or the first inherited. `services` are all templates of the agreement.
    #[must_use]
    pub fn with_inherited(&self, services: &[Self]) -> Self {
        let mut whole = self.clone();
        let mut waiting = self.includes.clone();
        let mut seen = vec![self.name.clone()];
        while let Some(name) = waiting.pop() {
            if seen.contains(&name) {
                continue;
            }
            if let Some(parent) = services.iter().find(|service| service.name == name) {
                whole.ledger = whole.ledger.or_else(|| parent.ledger.clone());
                whole.units = whole.units.or(parent.units);
                whole.choose = whole.choose.or_else(|| parent.choose.clone());
                whole.warranty = whole.warranty.or_else(|| parent.warranty.clone());
                prepend(&mut whole.requires, &parent.requires);
                prepend(&mut whole.caps, &parent.caps);
                prepend(&mut whole.phases, &parent.phases);
                prepend(&mut whole.customer, &parent.customer);
                prepend(&mut whole.related, &parent.related);
                prepend(&mut whole.software, &parent.software);
                prepend(&mut whole.deliver, &parent.deliver);
                waiting.extend(parent.includes.iter().cloned());
            }
            seen.push(name);
        }
        whole
    }
}

fn prepend<T: Clone>(list: &mut Vec<T>, before: &[T]) {
    list.splice(0..0, before.iter().cloned());
}

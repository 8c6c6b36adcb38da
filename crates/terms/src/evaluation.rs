use crate::condition::{Answer, Bounds, Test};
use crate::facts::{FactName, FactValue, Facts};
use crate::layered::Choice;
use crate::product_list::ProductList;
use crate::terms::Terms;
use calendar::{Instant, LocalDate, Span};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// One case under one agreement at one instant: what conditions are asked of.
///
/// A fact that the case does not give takes what the document presumes, else the default of the
/// parameter of that name, else it is unknown.
#[derive(Clone, Copy)]
pub struct Evaluation<'a> {
    terms: &'a Terms,
    facts: &'a Facts,
    attributes: Option<&'a Facts>,
    at: Instant,
    /// How many facts that follow from others may still be looked up one from the other.
    depth: u8,
}

/// How far a fact may follow from a fact that follows from others.
const DEPTH: u8 = 4;

impl<'a> Evaluation<'a> {
    /// The case at an instant, which decides between dated versions of a rule.
    #[must_use]
    pub fn new(terms: &'a Terms, facts: &'a Facts, at: Instant) -> Self {
        Self { terms, facts, attributes: None, at, depth: DEPTH }
    }

    /// The same case while an event with these attributes happens; attributes win over facts.
    #[must_use]
    pub fn during_event(self, attributes: &'a Facts) -> Self {
        Self { attributes: Some(attributes), ..self }
    }

    /// The agreement asked.
    #[must_use]
    pub fn terms(&self) -> &'a Terms {
        self.terms
    }

    /// What is known of the case itself, without presumptions.
    #[must_use]
    pub fn facts(&self) -> &'a Facts {
        self.facts
    }

    /// The instant of the question.
    #[must_use]
    pub fn at(&self) -> Instant {
        self.at
    }

    /// The value of a fact: attribute of the event, fact of the case, presumption, default.
    #[must_use]
    pub fn value(&self, fact: &FactName) -> Option<&'a FactValue> {
        self.attributes
            .and_then(|attributes| attributes.get(fact.as_str()))
            .or_else(|| self.facts.get(fact.as_str()))
            .or_else(|| self.derived(fact))
            .or_else(|| self.terms.presumed(fact))
    }

    /// The value of a fact that follows from others: by a choice, or the answer of a condition.
    fn derived(&self, fact: &FactName) -> Option<&'a FactValue> {
        let inside = Self { depth: self.depth.checked_sub(1)?, ..*self };
        let rule = self.terms.facts.iter().find(|rule| rule.name == *fact);
        if let Some(choice) = rule.and_then(|rule| rule.derived.as_ref()) {
            return match choice {
                Choice::Fact(other) => inside.value(other),
                choice => choice.stored(&inside),
            };
        }
        let found = self.terms.derived.iter().find(|derived| derived.fact == *fact)?;
        match found.holds.ask(&inside) {
            Answer::Yes => Some(&FactValue::YesNo(true)),
            Answer::No => Some(&FactValue::YesNo(false)),
            Answer::Unknown(_) => None,
        }
    }

    /// The day of the question, in the agreement's zone: that of the receipt, once it is known.
    fn today(&self) -> FactValue {
        let at = match self.facts.get("received_at") {
            Some(FactValue::Instant(received_at)) => *received_at,
            _ => self.at,
        };
        FactValue::Date(self.terms.zone.local(at).date)
    }

    /// A product list of the agreement.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<&'a ProductList> {
        self.terms.lists.iter().find(|list| list.name == name)
    }

    /// Whether a dated rule is in force on the day of the question, in the agreement's zone.
    #[must_use]
    pub fn is_in_force(&self, since: Option<LocalDate>, until: Option<LocalDate>) -> bool {
        if since.is_none() && until.is_none() {
            return true;
        }
        let today = self.terms.zone.local(self.at).date;
        since.is_none_or(|first| first <= today) && until.is_none_or(|last| today <= last)
    }

    /// Answers one question about one fact.
    pub(crate) fn test(&self, fact: &FactName, test: &Test) -> Answer {
        let today = self.today();
        let known = |name: &FactName| {
            self.value(name).cloned().or_else(|| (name.as_str() == "date").then(|| today.clone()))
        };
        if let Test::Covers(other) = test {
            return match (known(fact), known(other)) {
                (Some(value), Some(wanted)) => compare(&value, &wanted)
                    .map_or_else(|| Answer::wants(other), |order| Answer::of(order.is_ge())),
                (None, _) => Answer::wants(fact),
                (_, None) => Answer::wants(other),
            };
        }
        let value = known(fact);
        let value = value.as_ref();
        match test {
            Test::Known(wanted) => Answer::of(value.is_some() == *wanted),
            Test::BehindAtMost(lines) => self.behind_at_most(fact, *lines),
            _ => match value {
                Some(value) => self.test_value(fact, value, test),
                None => Answer::wants(fact),
            },
        }
    }

    fn test_value(&self, fact: &FactName, value: &FactValue, test: &Test) -> Answer {
        match test {
            Test::OneOf(wanted) => Answer::of(wanted.contains(value)),
            Test::HasAny(choice) => {
                let mut provisional = BTreeSet::new();
                match (names(value), choice.resolve(self, &mut provisional)) {
                    (Some(held), Some(wanted)) => Answer::of(!held.is_disjoint(&wanted)),
                    _ if !provisional.is_empty() => Answer::Unknown(provisional),
                    _ => Answer::No,
                }
            }
            Test::HasAll(wanted) => {
                names(value).map_or(Answer::No, |held| Answer::of(wanted.is_subset(&held)))
            }
            Test::ListedIn(choice) => {
                let mut provisional = BTreeSet::new();
                let list = choice.resolve(self, &mut provisional);
                match (value.as_text(), list.and_then(|name| self.list(&name))) {
                    (Some(product), Some(list)) => list.holds(product, self),
                    _ if !provisional.is_empty() => Answer::Unknown(provisional),
                    _ => Answer::No,
                }
            }
            Test::Within(bounds) => within(value, bounds).map_or_else(|| Answer::wants(fact), Answer::of),
            Test::During(calendar) => match value {
                FactValue::Instant(instant) => match self.terms.calendar(calendar, self.facts) {
                    Ok(calendar) => Answer::of(calendar.is_open(*instant)),
                    Err(_) => Answer::wants(fact),
                },
                _ => Answer::No,
            },
            Test::Known(_) | Test::BehindAtMost(_) | Test::Covers(_) => {
                unreachable!("answered before the value is needed")
            }
        }
    }

    /// A product without release lines is always current; a release that is not listed is behind
    /// them all. Source: the interpretation that a version is a named release line.
    fn behind_at_most(&self, fact: &FactName, lines: u32) -> Answer {
        let product = self.value(&FactName::from("product")).and_then(FactValue::as_text);
        let releases = match (self.value(&FactName::from("releases")), product) {
            (Some(FactValue::Table(table)), Some(product)) => table.get(product),
            _ => None,
        };
        if releases.is_some_and(Vec::is_empty) {
            return Answer::Yes;
        }
        let Some(version) = self.value(fact).and_then(FactValue::as_text) else {
            return Answer::wants(fact);
        };
        let behind = match version.strip_prefix('N') {
            Some("") => Some(0),
            Some(rest) => rest.strip_prefix('-').and_then(|number| number.parse::<usize>().ok()),
            None => None,
        };
        let behind =
            behind.or_else(|| releases.and_then(|lines| lines.iter().position(|line| line == version)));
        match (behind, releases) {
            (Some(behind), _) => Answer::of(behind <= lines as usize),
            (None, Some(_)) => Answer::No,
            (None, None) => Answer::wants(&FactName::from("releases")),
        }
    }
}

fn names(value: &FactValue) -> Option<BTreeSet<String>> {
    match value {
        FactValue::Names(names) => Some(names.clone()),
        FactValue::Text(name) => Some(BTreeSet::from([name.clone()])),
        _ => None,
    }
}

fn within(value: &FactValue, bounds: &Bounds) -> Option<bool> {
    let side = |bound: &Option<FactValue>, holds: fn(Ordering) -> bool| match bound {
        Some(bound) => compare(value, bound).map(holds),
        None => Some(true),
    };
    Some(
        side(&bounds.at_least, Ordering::is_ge)?
            && side(&bounds.above, Ordering::is_gt)?
            && side(&bounds.at_most, Ordering::is_le)?
            && side(&bounds.below, Ordering::is_lt)?,
    )
}

impl FactValue {
    /// How a value stands to another of its kind; none where the two do not compare.
    #[must_use]
    pub fn compared_with(&self, other: &Self) -> Option<Ordering> {
        compare(self, other)
    }
}

fn compare(left: &FactValue, right: &FactValue) -> Option<Ordering> {
    match (left, right) {
        (FactValue::Number(left), FactValue::Number(right)) => Some(left.cmp(right)),
        (FactValue::Date(left), FactValue::Date(right)) => Some(left.cmp(right)),
        (FactValue::Instant(left), FactValue::Instant(right)) => Some(left.cmp(right)),
        (FactValue::Money(left), FactValue::Money(right)) if left.currency == right.currency => {
            Some(left.amount.cmp(&right.amount))
        }
        (FactValue::Span(left), FactValue::Span(right)) => compare_spans(left, right),
        _ => None,
    }
}

/// Spans compare only within one kind of unit: business time and elapsed time are never converted
/// into each other, nor days into hours.
fn compare_spans(left: &Span, right: &Span) -> Option<Ordering> {
    let (Span::Of { count: left_count, unit: left_unit }, Span::Of { count: right_count, unit: right_unit }) =
        (left, right)
    else {
        return None;
    };
    if left_unit == right_unit {
        return Some(left_count.cmp(right_count));
    }
    if left_unit.is_business() != right_unit.is_business() {
        return None;
    }
    let (left_seconds, right_seconds) = (left_unit.seconds()?, right_unit.seconds()?);
    Some((i64::from(*left_count) * left_seconds).cmp(&(i64::from(*right_count) * right_seconds)))
}

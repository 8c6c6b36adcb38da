//! Which of several exceptions is the more specific, and which can hold together.

use crate::declared::Declared;
use crate::node::Entry;
use crate::place::Place;
use calendar::LocalDate;
use std::collections::{BTreeMap, BTreeSet};
use terms::{Bounds, Condition, FactName, FactValue, Test};

/// An exception as far as its rank is concerned.
#[derive(Clone, Debug)]
pub(crate) struct Ranked {
    pub(crate) name: Option<String>,
    pub(crate) except: Vec<String>,
    pub(crate) when: Condition,
    pub(crate) since: Option<LocalDate>,
    pub(crate) until: Option<LocalDate>,
    pub(crate) place: Place,
    pub(crate) section: usize,
    pub(crate) keys: Vec<Entry>,
}

/// An order of exceptions, the most specific first, and the pairs that have none although both can
/// hold.
pub(crate) struct Ranking {
    pub(crate) order: Vec<usize>,
    pub(crate) tied: Vec<(usize, usize)>,
}

/// Ranks exceptions: each stands before those it is more specific than, else as the document has
/// them.
pub(crate) fn rank(cases: &[&Ranked], declared: &Declared) -> Ranking {
    let count = cases.len();
    let mut beats = vec![vec![false; count]; count];
    for (at, row) in beats.iter_mut().enumerate() {
        for (other, cell) in row.iter_mut().enumerate() {
            *cell = at != other && wins(cases[at], cases[other]);
        }
    }
    let mut tied = Vec::new();
    for left in 0..count {
        for right in left + 1..count {
            let ordered = beats[left][right] != beats[right][left];
            if !ordered && can_meet(cases[left], cases[right], declared) {
                tied.push((left, right));
            }
        }
    }
    let mut left: Vec<usize> = (0..count).collect();
    let mut order = Vec::with_capacity(count);
    while !left.is_empty() {
        let free =
            left.iter().position(|at| left.iter().all(|other| !beats[*other][*at] || beats[*at][*other]));
        order.push(left.remove(free.unwrap_or(0)));
    }
    Ranking { order, tied }
}

/// Whether one exception stands before another: it says so, or every line of the other follows from
/// its own.
fn wins(case: &Ranked, other: &Ranked) -> bool {
    let says =
        |case: &Ranked, other: &Ranked| other.name.as_ref().is_some_and(|name| case.except.contains(name));
    if says(case, other) != says(other, case) {
        return says(case, other);
    }
    let (there, back) = (implies(&case.when, &other.when), implies(&other.when, &case.when));
    match (there, back) {
        (true, false) => true,
        // The same circumstances: a later version stands before an earlier one, a dated one before
        // an undated one.
        (true, true) => {
            case.since > other.since
                || (case.since == other.since && case.until.is_some() && other.until.is_none())
        }
        _ => false,
    }
}

fn can_meet(left: &Ranked, right: &Ranked, declared: &Declared) -> bool {
    let apart = |first: &Ranked, second: &Ranked| match (first.until, second.since) {
        (Some(until), Some(since)) => until < since,
        _ => false,
    };
    !apart(left, right) && !apart(right, left) && can_hold(&[&left.when, &right.when], declared)
}

/// Whether a condition follows from another, as far as that can be seen from their lines.
pub(crate) fn implies(from: &Condition, to: &Condition) -> bool {
    if from == to {
        return true;
    }
    match (from, to) {
        (_, Condition::Always) => true,
        (_, Condition::All(parts)) => parts.iter().all(|part| implies(from, part)),
        (Condition::Any(parts), _) if !parts.is_empty() => parts.iter().all(|part| implies(part, to)),
        (_, Condition::Any(parts)) if parts.iter().any(|part| implies(from, part)) => true,
        (Condition::All(parts), _) => parts.iter().any(|part| implies(part, to)),
        (Condition::Not(from), Condition::Not(to)) => implies(to, from),
        (Condition::Test { fact, test }, Condition::Test { fact: other, test: wider }) => {
            fact == other && test_implies(test, wider)
        }
        _ => false,
    }
}

fn test_implies(test: &Test, wider: &Test) -> bool {
    match (test, wider) {
        (Test::Known(_), _) => false,
        (_, Test::Known(true)) => true,
        (Test::OneOf(values), Test::OneOf(more)) => values.iter().all(|value| more.contains(value)),
        (Test::BehindAtMost(lines), Test::BehindAtMost(more)) => lines <= more,
        (Test::HasAll(values), Test::HasAll(fewer)) => fewer.is_subset(values),
        (Test::Within(bounds), Test::Within(wider)) => bounds_imply(bounds, wider),
        _ => test == wider,
    }
}

fn bounds_imply(narrow: &Bounds, wide: &Bounds) -> bool {
    let low = |bounds: &Bounds| match (&bounds.at_least, &bounds.above) {
        (_, Some(FactValue::Number(number))) => Some((*number, true)),
        (Some(FactValue::Number(number)), None) => Some((*number, false)),
        _ => None,
    };
    let high = |bounds: &Bounds| match (&bounds.at_most, &bounds.below) {
        (_, Some(FactValue::Number(number))) => Some((*number, true)),
        (Some(FactValue::Number(number)), None) => Some((*number, false)),
        _ => None,
    };
    let low_holds = match (low(narrow), low(wide)) {
        (_, None) => wide.at_least.is_none() && wide.above.is_none(),
        (None, Some(_)) => false,
        (Some((at, open)), Some((wide_at, wide_open))) => {
            at > wide_at || (at == wide_at && (open || !wide_open))
        }
    };
    let high_holds = match (high(narrow), high(wide)) {
        (_, None) => wide.at_most.is_none() && wide.below.is_none(),
        (None, Some(_)) => false,
        (Some((at, open)), Some((wide_at, wide_open))) => {
            at < wide_at || (at == wide_at && (open || !wide_open))
        }
    };
    low_holds && high_holds
}

/// Most conjunctions looked at before giving up and calling the conditions possible.
const MOST_CONJUNCTIONS: usize = 2048;

type Literal<'a> = (&'a FactName, &'a Test, bool);

/// Whether all of these conditions can hold of one case, by the vocabularies they use. When it is
/// too much to look at, the answer is yes.
pub(crate) fn can_hold(conditions: &[&Condition], declared: &Declared) -> bool {
    let mut conjunctions: Vec<Vec<Literal<'_>>> = vec![Vec::new()];
    for condition in conditions {
        let Some(expanded) = expand(condition, true) else { return true };
        let mut joined = Vec::new();
        for left in &conjunctions {
            for right in &expanded {
                let mut both = left.clone();
                both.extend(right.iter().copied());
                joined.push(both);
                if joined.len() > MOST_CONJUNCTIONS {
                    return true;
                }
            }
        }
        conjunctions = joined;
    }
    conjunctions.iter().any(|literals| literals_can_hold(literals, declared))
}

fn expand(condition: &Condition, positive: bool) -> Option<Vec<Vec<Literal<'_>>>> {
    match (condition, positive) {
        (Condition::Always, true) => Some(vec![Vec::new()]),
        (Condition::Always, false) => Some(Vec::new()),
        (Condition::Not(inner), _) => expand(inner, !positive),
        (Condition::Test { fact, test }, _) => Some(vec![vec![(fact, test, positive)]]),
        (Condition::All(parts), true) | (Condition::Any(parts), false) => {
            let mut all: Vec<Vec<Literal<'_>>> = vec![Vec::new()];
            for part in parts {
                let expanded = expand(part, positive)?;
                let mut joined = Vec::new();
                for left in &all {
                    for right in &expanded {
                        let mut both = left.clone();
                        both.extend(right.iter().copied());
                        joined.push(both);
                        if joined.len() > MOST_CONJUNCTIONS {
                            return None;
                        }
                    }
                }
                all = joined;
            }
            Some(all)
        }
        (Condition::Any(parts), true) | (Condition::All(parts), false) => {
            let mut any = Vec::new();
            for part in parts {
                any.extend(expand(part, positive)?);
                if any.len() > MOST_CONJUNCTIONS {
                    return None;
                }
            }
            Some(any)
        }
    }
}

fn literals_can_hold(literals: &[Literal<'_>], declared: &Declared) -> bool {
    let mut by_fact: BTreeMap<&FactName, Vec<(&Test, bool)>> = BTreeMap::new();
    for (fact, test, positive) in literals {
        by_fact.entry(fact).or_default().push((test, *positive));
    }
    by_fact.iter().all(|(fact, tests)| tests_can_hold(fact, tests, declared))
}

fn tests_can_hold(fact: &FactName, tests: &[(&Test, bool)], declared: &Declared) -> bool {
    let contradicts =
        |(left, left_yes): &(&Test, bool), (right, right_yes): &(&Test, bool)| match (left_yes, right_yes) {
            (true, false) => test_implies(left, right),
            (false, true) => test_implies(right, left),
            (true, true) => match (left, right) {
                (Test::Known(false), Test::Known(true)) | (Test::Known(true), Test::Known(false)) => true,
                (Test::Known(false), other) | (other, Test::Known(false)) => !matches!(other, Test::Known(_)),
                (Test::Within(left), Test::Within(right)) => {
                    bounds_apart(left, right) || bounds_apart(right, left)
                }
                (Test::OneOf(values), Test::Within(bounds)) | (Test::Within(bounds), Test::OneOf(values)) => {
                    values.iter().all(|value| outside(value, bounds))
                }
                _ => false,
            },
            (false, false) => false,
        };
    for (at, left) in tests.iter().enumerate() {
        if tests[at + 1..].iter().any(|right| contradicts(left, right)) {
            return false;
        }
    }
    let mut allowed: Option<BTreeSet<String>> =
        declared.values(fact).map(|values| values.into_iter().collect());
    let keys =
        |values: &[FactValue]| -> BTreeSet<String> { values.iter().map(ToString::to_string).collect() };
    for (test, positive) in tests {
        let Test::OneOf(values) = test else { continue };
        let values = keys(values);
        allowed = match (allowed, positive) {
            (Some(allowed), true) => Some(allowed.intersection(&values).cloned().collect()),
            (None, true) => Some(values),
            (Some(allowed), false) => Some(allowed.difference(&values).cloned().collect()),
            (None, false) => None,
        };
    }
    // Values that are no text are compared by their printed form, which is one per value.
    allowed.is_none_or(|allowed| !allowed.is_empty())
}

fn bounds_apart(low: &Bounds, high: &Bounds) -> bool {
    let top = match (&low.at_most, &low.below) {
        (_, Some(FactValue::Number(number))) => Some((*number, true)),
        (Some(FactValue::Number(number)), None) => Some((*number, false)),
        _ => None,
    };
    let bottom = match (&high.at_least, &high.above) {
        (_, Some(FactValue::Number(number))) => Some((*number, true)),
        (Some(FactValue::Number(number)), None) => Some((*number, false)),
        _ => None,
    };
    match (top, bottom) {
        (Some((top, top_open)), Some((bottom, bottom_open))) => {
            top < bottom || (top == bottom && (top_open || bottom_open))
        }
        _ => false,
    }
}

fn outside(value: &FactValue, bounds: &Bounds) -> bool {
    let FactValue::Number(number) = value else { return false };
    let exact = Bounds {
        at_least: Some(FactValue::Number(*number)),
        at_most: Some(FactValue::Number(*number)),
        ..Bounds::default()
    };
    bounds_apart(&exact, bounds) || bounds_apart(bounds, &exact)
}

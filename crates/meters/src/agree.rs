use crate::refused::{Refused, Why};
use calendar::{Span, Unit};
use std::collections::BTreeSet;
use terms::{Agreed, Clause, FactName, FactValue, Promise};

/// The fact that holds the rhythm or target agreed on one request instead of the promise's own.
#[must_use]
pub fn agreed_fact(promise: &str) -> FactName {
    FactName(format!("agreed.{promise}"))
}

/// Replaces the rhythm or target of a promise on one request: the fact to learn, once all whose
/// consent the document asks have given it.
///
/// # Errors
/// The document does not let it be replaced, a consent is missing, or the span is out of bounds.
pub fn agree(
    promise: &Promise,
    span: Span,
    consents: &BTreeSet<String>,
) -> Result<(FactName, FactValue, Clause), Refused> {
    let Some(agreed) = &promise.agreed else {
        return Err(Refused::unsaid("agreed", &promise.clause));
    };
    let clause = clause_of(agreed, promise);
    let of: Vec<String> = agreed.consent.iter().filter(|role| !consents.contains(*role)).cloned().collect();
    if !of.is_empty() {
        return Err(Refused::new(Why::NeedsConsent { of, offer: None }, clause));
    }
    let too_short = agreed.at_least.is_some_and(|least| shorter(&span, &least) == Some(true));
    let too_long = agreed.at_most.is_some_and(|most| shorter(&most, &span) == Some(true));
    if too_short || too_long || matches!(span, Span::Unstated) {
        return Err(Refused::new(Why::OutOfBounds, clause));
    }
    Ok((agreed_fact(&promise.name), FactValue::Span(span), clause.clone()))
}

/// The clause that lets a promise be replaced.
pub(crate) fn clause_of<'a>(agreed: &'a Agreed, promise: &'a Promise) -> &'a Clause {
    agreed.clause.as_ref().unwrap_or(&promise.clause)
}

/// Whether one span is shorter than another of the same unit; none when they do not compare.
fn shorter(one: &Span, other: &Span) -> Option<bool> {
    match (one, other) {
        (Span::Of { count, unit }, Span::Of { count: other_count, unit: other_unit }) => {
            if unit == other_unit {
                return Some(count < other_count);
            }
            let seconds = |count: &u32, unit: &Unit| Some(i64::from(*count) * unit.seconds()?);
            (unit.is_business() == other_unit.is_business())
                .then(|| Some(seconds(count, unit)? < seconds(other_count, other_unit)?))?
        }
        (Span::EndOfBusinessDay { day }, Span::EndOfBusinessDay { day: other_day }) => Some(day < other_day),
        _ => None,
    }
}

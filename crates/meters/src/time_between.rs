use crate::refused::{Refused, Why};
use calendar::{Calendar, Instant, LocalDate};
use std::collections::BTreeSet;
use terms::{EndDay, Evaluation, Facts, Measure, MeasureUnit, Ratio, Terms};

/// The time between two events, in the unit of a measure: days as dates in the agreement's zone (or
/// the measure's), hours and minutes as they passed, or as they were open in the calendar of the measure.
///
/// Negative when the second event comes first.
///
/// # Errors
/// The calendar of a measure in business units cannot be had.
pub fn time_between(
    terms: &Terms,
    measure: &Measure,
    from: Instant,
    to: Instant,
    facts: &Facts,
) -> Result<Ratio, Refused> {
    let zone = measure.zone.as_ref().unwrap_or(&terms.zone);
    let passed = |unit_seconds: i128| {
        let milliseconds = if measure.calendar.is_some() || measure.unit == MeasureUnit::BusinessHour {
            i128::from(calendar_of(terms, measure, facts, from)?.between(from, to)) * 1000
        } else {
            i128::from(to.milliseconds()) - i128::from(from.milliseconds())
        };
        Ratio::new(milliseconds, unit_seconds * 1000).ok_or_else(|| Refused::too_great(&measure.clause))
    };
    match measure.unit {
        MeasureUnit::Second => passed(1),
        MeasureUnit::Minute => passed(60),
        MeasureUnit::Hour | MeasureUnit::BusinessHour => passed(3600),
        MeasureUnit::Day | MeasureUnit::BusinessDay => {
            days_between(terms, measure, zone.local(from).date, zone.local(to).date, facts).map(Ratio::whole)
        }
    }
}

/// The days between two dates, by the end days that the measure counts; business days when it is in
/// business days. Negative or zero when the second date is not later.
///
/// # Errors
/// The calendar of a measure in business days cannot be had.
pub fn days_between(
    terms: &Terms,
    measure: &Measure,
    from: LocalDate,
    to: LocalDate,
    facts: &Facts,
) -> Result<i64, Refused> {
    let after = if measure.first_day == EndDay::Counts { from.plus_days(-1) } else { from };
    let until = if measure.last_day == EndDay::Counts { to } else { to.plus_days(-1) };
    if measure.unit != MeasureUnit::BusinessDay {
        return Ok(i64::from(after.days_until(until)));
    }
    let noon = terms.zone.instant_of(from, calendar::LocalTime::MIDNIGHT);
    let calendar = calendar_of(terms, measure, facts, noon)?;
    Ok(i64::from(calendar.business_days_between(after, until)))
}

fn calendar_of(
    terms: &Terms,
    measure: &Measure,
    facts: &Facts,
    at: Instant,
) -> Result<std::sync::Arc<Calendar>, Refused> {
    let mut wants = BTreeSet::new();
    let choice = measure.calendar.as_ref().ok_or_else(|| Refused::unsaid("calendar", &measure.clause))?;
    let name = choice
        .resolve(&Evaluation::new(terms, facts, at), &mut wants)
        .ok_or_else(|| Refused::new(Why::Unknown { facts: wants }, &measure.clause))?;
    terms.calendar(&name, facts).map_err(|error| Refused::terms(&error, &measure.clause))
}

use crate::refused::{Refused, Why};
use crate::term::plus;
use calendar::{Instant, Span, Unit};
use terms::{AfterEvent, EndDay, FactValue, Facts, Permission, Terms};

/// When the event that an act waits for took effect: by the first of its attributes that the
/// document names and that is given (received, else sent), else when it happened.
#[must_use]
pub fn took_effect(after: &AfterEvent, attributes: &Facts, happened: Instant) -> Instant {
    let given = after.counted_from.iter().find_map(|name| match attributes.get(name) {
        Some(FactValue::Instant(at)) => Some(*at),
        _ => None,
    });
    given.unwrap_or(happened)
}

/// Whether an act is possible now, after the event that it waits for. `effective` is when that event
/// took effect (see [`took_effect`]), none when it never happened; `ended` is when the event that
/// ends the wait for good happened after it, such as payment.
///
/// Full days are waited: with `first_day` left out, eight days after a notice received on the 2nd
/// are over when the 10th ends.
///
/// # Errors
/// The event has not happened, has had its effect, or its wait still runs: until when, by the clause
/// that sets it.
pub fn possible_after(
    terms: &Terms,
    permission: &Permission,
    effective: Option<Instant>,
    ended: Option<Instant>,
    now: Instant,
    facts: &Facts,
) -> Result<(), Refused> {
    let Some(after) = &permission.after else { return Ok(()) };
    let needs = || Refused::new(Why::NeedsEvent { event: after.event.clone() }, &after.clause);
    let happened = effective.ok_or_else(needs)?;
    if after.unless.is_some() && ended.is_some_and(|ended| ended >= happened && ended <= now) {
        return Err(needs());
    }
    let zone = &terms.zone;
    let day = zone.local(happened).date;
    let last_waited = match (&after.wait, &after.calendar) {
        (Span::Of { count, unit: Unit::BusinessDay }, Some(name)) => {
            let calendar =
                terms.calendar(name, facts).map_err(|error| Refused::terms(&error, &after.clause))?;
            let from = if after.first_day == EndDay::Counts { day.plus_days(-1) } else { day };
            let last = calendar.business_day_after(from, *count);
            last.ok_or_else(|| Refused::unsaid("that many business days", &after.clause))?
        }
        (wait, _) => {
            let last = plus(day, wait, &after.clause)?;
            if after.first_day == EndDay::Counts { last.plus_days(-1) } else { last }
        }
    };
    let first_day = last_waited.plus_days(1);
    if zone.local(now).date < first_day {
        return Err(Refused::new(Why::Waiting { first_day }, &after.clause));
    }
    Ok(())
}

/// Whether an act at an instant falls in the hours that a permission names.
///
/// # Errors
/// It does not: the hours are said by the permission's clause; or the calendar cannot be had.
pub fn possible_during(
    terms: &Terms,
    permission: &Permission,
    from: Instant,
    to: Instant,
    facts: &Facts,
) -> Result<(), Refused> {
    let Some(name) = &permission.during else { return Ok(()) };
    let calendar = terms.calendar(name, facts).map_err(|error| Refused::terms(&error, &permission.clause))?;
    if calendar.is_open(from) && calendar.between(from, to) >= to.seconds_since(from) {
        return Ok(());
    }
    let zone = calendar.zone();
    let first_day =
        calendar.next_opening(from).map_or_else(|| zone.local(from).date, |at| zone.local(at).date);
    Err(Refused::new(Why::TooEarly { first_day }, &permission.clause))
}

use crate::refused::{Refused, Why};
use calendar::{LocalDate, Span, Unit};
use std::collections::BTreeSet;
use terms::{Clause, Days, Evaluation, FactName, FactValue, TermEnd, TermPeriod, TermRule};

/// The days of a term that begins on a day, both ends included. Where its days stand in the contract
/// itself, they are those of its parameters, and the day given only stands in for a first day that
/// is not filled in.
///
/// # Errors
/// The length or the last day is not known, or is no number of days, months or years.
pub fn term_days(rule: &TermRule, first: LocalDate, evaluation: &Evaluation<'_>) -> Result<Days, Refused> {
    if let Some(to) = &rule.to {
        let day = |name: &FactName| match evaluation.value(name) {
            Some(FactValue::Date(date)) => Some(*date),
            _ => None,
        };
        let unknown = || Refused::new(Why::Unknown { facts: BTreeSet::from([to.clone()]) }, &rule.clause);
        let first = day(&FactName::from(rule.from.as_str())).unwrap_or(first);
        return Ok(Days { first, last: day(to).ok_or_else(unknown)? });
    }
    let mut wants = BTreeSet::new();
    let length = rule
        .length
        .resolve(evaluation, &mut wants)
        .ok_or_else(|| Refused::new(Why::Unknown { facts: wants }, &rule.clause))?;
    let anniversary = plus(first, &length, &rule.clause)?;
    let eve = anniversary.plus_days(-1);
    let has_no_leap_day = first.month() == 2 && first.day() == 29 && anniversary.day() == 28;
    let leap = rule
        .leap_day
        .filter(|_| has_no_leap_day)
        .and_then(|(month, day)| LocalDate::new(anniversary.year(), month, day));
    let last = match rule.ends {
        TermEnd::Eve => leap.unwrap_or(eve),
        TermEnd::SameDay => leap.unwrap_or(anniversary),
        TermEnd::EndOf(period) => end_of(period, eve),
    };
    Ok(Days { first, last })
}

/// The last day on which notice still keeps a term that ends on a day from renewing; none when it
/// does not renew by itself.
///
/// # Errors
/// The notice is no number of days, months or years.
pub fn notice_by(rule: &TermRule, last: LocalDate) -> Result<Option<LocalDate>, Refused> {
    let Some(renewal) = &rule.renewal else { return Ok(None) };
    let Some(notice) = &renewal.unless_notice else { return Ok(None) };
    minus(last, notice, &renewal.clause).map(Some)
}

/// So many days, weeks, months or years after a day.
pub(crate) fn plus(date: LocalDate, span: &Span, clause: &Clause) -> Result<LocalDate, Refused> {
    moved(date, span, 1).ok_or_else(|| Refused::unsaid(&format!("a date {span} later"), clause))
}

/// So many days, weeks, months or years before a day.
pub(crate) fn minus(date: LocalDate, span: &Span, clause: &Clause) -> Result<LocalDate, Refused> {
    moved(date, span, -1).ok_or_else(|| Refused::unsaid(&format!("a date {span} earlier"), clause))
}

fn moved(date: LocalDate, span: &Span, sign: i32) -> Option<LocalDate> {
    let Span::Of { count, unit } = span else { return None };
    let count = i32::try_from(*count).ok()?.checked_mul(sign)?;
    match unit {
        Unit::Day => Some(date.plus_days(count)),
        Unit::Week => Some(date.plus_days(count.checked_mul(7)?)),
        Unit::Month => Some(date.plus_months(count)),
        Unit::Year => Some(date.plus_months(count.checked_mul(12)?)),
        _ => None,
    }
}

/// The last day of the civil period that holds a day.
pub(crate) fn end_of(period: TermPeriod, date: LocalDate) -> LocalDate {
    let months = period.period().months();
    let into = (i32::from(date.month()) - 1) % months;
    date.first_of_month().plus_months(months - into).plus_days(-1)
}

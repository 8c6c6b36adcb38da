use crate::award::{Amount, AmountUnit, AwardQuestion, finished, held};
use crate::refused::{Refused, Why};
use calendar::{LocalDate, LocalTime};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use terms::{
    Clause, Consequence, ConsequenceAmount, Evaluation, Facts, Figure, Money, RateDay, RatePer, Ratio,
    RoundMode, Terms,
};

/// Interest on one late invoice, each day at the rate that the document says holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interest {
    /// Days late.
    pub days: i64,
    /// Stretches of days under one rate, in order.
    pub stretches: Vec<InterestStretch>,
    /// The interest, exact.
    pub exact: Ratio,
    /// The interest, rounded at the very end.
    pub amount: Money,
    /// The clause.
    pub clause: Clause,
}

/// Days under one rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterestStretch {
    /// First day of lateness in it.
    pub first: LocalDate,
    /// How many days.
    pub days: i64,
    /// The rate per year: that of the table and what is added, as a part of one.
    pub rate: Ratio,
    /// The row of the table.
    pub since: LocalDate,
}

/// The interest on an amount that was due on one day and paid on another (today, while it is not
/// paid): the days after the first, up to and including the second, each at the rate
/// of its day, of the day payment was due, or of the half-year it was due in. Conditions, floors and
/// caps of the consequence hold as for any other.
///
/// A dispute does not stop it. Source: the clause that keeps a disputed invoice payable.
///
/// # Errors
/// - a condition fails or is not known;
/// - the consequence is no rate from a dated table, or the table has no row for a day;
/// - nothing is due, because the second day is not later, or too little came of it.
pub fn late_interest(
    terms: &Terms,
    consequence: &Consequence,
    owed: &Money,
    due_on: LocalDate,
    paid_on: LocalDate,
    facts: &Facts,
) -> Result<Interest, Refused> {
    let clause = &consequence.clause;
    let ConsequenceAmount::Rate(rate) = &consequence.amount else {
        return Err(Refused::unsaid("rate", clause));
    };
    let RatePer::YearOfDays(year_days) = rate.per else {
        return Err(Refused::unsaid("per: a year of so many days", clause));
    };
    let table = rate.table.as_deref().and_then(|name| terms.rate(name));
    let table = table.ok_or_else(|| Refused::unsaid("table", clause))?;
    let at = terms.zone.instant_of(due_on, LocalTime::MIDNIGHT);
    let evaluation = Evaluation::new(terms, facts, at);
    for condition in &consequence.when {
        Refused::unless_holds(&condition.value, &evaluation, &condition.clause)?;
    }
    let mut wants = BTreeSet::new();
    let plus = match &rate.plus {
        None => Ratio::ZERO,
        Some(plus) => plus
            .resolve(&evaluation, &mut wants)
            .as_ref()
            .and_then(Figure::ratio)
            .ok_or_else(|| Refused::new(Why::Unknown { facts: wants }, clause))?,
    };
    let days = i64::from(due_on.days_until(paid_on));
    if days <= 0 {
        return Err(Refused::new(Why::NothingDue, clause));
    }
    let mut stretches: Vec<InterestStretch> = Vec::new();
    let mut day = due_on.plus_days(1);
    while day <= paid_on {
        let as_of = match rate.as_of {
            RateDay::EachDay => day,
            RateDay::PaymentDue => due_on,
            RateDay::StartOfHalfYear => half_year_of(due_on),
        };
        let row = table
            .on(as_of)
            .ok_or_else(|| Refused::unsaid(&format!("a row of {} for {as_of}", table.name), &table.clause))?;
        // The next row, where it matters, or the day of payment ends the stretch.
        let next = table.rows.iter().map(|row| row.since).filter(|since| *since > day).min();
        let next = next.filter(|_| rate.as_of == RateDay::EachDay);
        let end = next.map_or(paid_on, |next| next.plus_days(-1).min(paid_on));
        let yearly = row.value.ratio().and_then(|value| value.plus(plus));
        stretches.push(InterestStretch {
            first: day,
            days: i64::from(day.days_until(end)) + 1,
            rate: yearly.ok_or_else(|| Refused::too_great(clause))?,
            since: row.since,
        });
        day = end.plus_days(1);
    }
    let too_great = || Refused::too_great(clause);
    let mut value = Ratio::ZERO;
    for stretch in &stretches {
        let share = Ratio::new(i128::from(stretch.days), i128::from(year_days)).ok_or_else(too_great)?;
        let part = Ratio::from(owed.amount).times(stretch.rate).and_then(|part| part.times(share));
        value = part.and_then(|part| value.plus(part)).ok_or_else(too_great)?;
    }
    let question =
        AwardQuestion { feeds: &[], proportion: Ratio::ONE, given_before: &BTreeMap::new(), evaluation };
    let unit = AmountUnit::Money(owed.currency.clone());
    let (exact, _) = held(consequence, &question, Amount { value, unit })?;
    let rounded = finished(consequence, &question, exact.clone())?;
    let rounded = rounded.ok_or_else(|| Refused::new(Why::NothingDue, clause))?.value;
    // What the document does not round is rounded to cents.
    let amount = rounded.to_decimal(2, RoundMode::HalfUp).ok_or_else(too_great)?;
    let amount = Money { amount, currency: owed.currency.clone() };
    Ok(Interest { days, stretches, exact: exact.value, amount, clause: clause.clone() })
}

/// The first of January or July before a day.
fn half_year_of(date: LocalDate) -> LocalDate {
    let into = (i32::from(date.month()) - 1) % 6;
    date.first_of_month().plus_months(-into)
}

use crate::award::{Award, AwardQuestion, Feed, award};
use crate::refused::{Refused, Why};
use crate::uptime::UptimeReading;
use calendar::{
    BillingPeriods, Calendar, CalendarDefinition, DayReading, Instant, LocalDate, LocalTime, Span, Unit,
    Zone, due,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use terms::{Clause, Consequence, Days, Evaluation, FactValue, Facts, Ratio, Terms};

/// A claim as the customer makes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimMade {
    /// When.
    pub at: Instant,
    /// By which role.
    pub by: String,
    /// Through which channel.
    pub through: String,
    /// Fields given (`account`, `application`, `contact`).
    pub fields: BTreeSet<String>,
    /// Outages alleged.
    pub outages: Vec<ClaimedOutage>,
    /// Periods for which the same was granted before.
    #[serde(default)]
    pub granted: Vec<Days>,
}

/// One outage that a claim alleges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedOutage {
    /// Beginning.
    pub from: Instant,
    /// End.
    pub to: Instant,
    /// Fields given (`date`, `time`, `description`, `service`).
    pub fields: BTreeSet<String>,
}

/// What stands against a claim, all of it; empty when it may be decided. Where the document shows a
/// late claim as late instead of refusing it, [`claim_window`] says that it is.
///
/// `period` is the period claimed, its days in `zone` (that of the measure, else the agreement's).
#[must_use]
pub fn objections(
    terms: &Terms,
    consequence: &Consequence,
    claim: &ClaimMade,
    period: Days,
    zone: &Zone,
    facts: &Facts,
) -> Vec<Refused> {
    let mut found = Vec::new();
    let evaluation = Evaluation::new(terms, facts, claim.at);
    for condition in &consequence.when {
        found.extend(Refused::unless_holds(&condition.value, &evaluation, &condition.clause).err());
    }
    let Some(rule) = &consequence.claim else { return found };
    if claim.granted.contains(&period) {
        found.push(Refused::new(Why::GrantedAlready, &rule.clause));
    }
    if !rule.by.is_empty() && !rule.by.contains(&claim.by) {
        found.push(Refused::new(Why::NotBy { roles: rule.by.clone() }, &rule.clause));
    }
    if !rule.through.is_empty() && !rule.through.contains(&claim.through) {
        found.push(Refused::new(Why::NotThrough { channels: rule.through.clone() }, &rule.clause));
    }
    let missing = |needed: &[String], given: &BTreeSet<String>, clause: &Clause| {
        let names: Vec<String> = needed.iter().filter(|name| !given.contains(*name)).cloned().collect();
        (!names.is_empty()).then(|| Refused::new(Why::Missing { names }, clause))
    };
    found.extend(missing(&rule.needs.value, &claim.fields, &rule.needs.clause));
    let start = zone.instant_of(period.first, LocalTime::MIDNIGHT);
    let end = zone.instant_of(period.last.plus_days(1), LocalTime::MIDNIGHT);
    for (place, outage) in claim.outages.iter().enumerate() {
        found.extend(missing(&rule.each_outage.value, &outage.fields, &rule.each_outage.clause));
        if outage.from < start || outage.to > end || outage.from >= outage.to {
            found.push(Refused::new(Why::OutsidePeriod { outage: place }, &rule.each_outage.clause));
        }
    }
    if let Some(within) = &rule.within {
        let window = claim_window(consequence, period, zone, &evaluation);
        let day = zone.local(claim.at).date;
        match window {
            Err(refused) => found.push(refused),
            Ok(Some(window)) if day > window.last && rule.late_is_shown => {}
            Ok(Some(window)) if day > window.last => {
                found.push(Refused::new(Why::TooLate { last_day: window.last }, &within.clause));
            }
            Ok(Some(window)) if day < window.first => {
                found.push(Refused::new(Why::TooEarly { first_day: window.first }, &within.clause));
            }
            Ok(_) => {}
        }
    }
    found
}

/// The days on which a period can be claimed, in `zone`; none when the document sets no window.
///
/// # Errors
/// The length of the window is not known or cannot be reckoned.
pub fn claim_window(
    consequence: &Consequence,
    period: Days,
    zone: &Zone,
    evaluation: &Evaluation<'_>,
) -> Result<Option<Days>, Refused> {
    let Some(within) = consequence.claim.as_ref().and_then(|claim| claim.within.as_ref()) else {
        return Ok(None);
    };
    let mut wants = BTreeSet::new();
    let span = within
        .value
        .resolve(evaluation, &mut wants)
        .ok_or_else(|| Refused::new(Why::Unknown { facts: wants }, &within.clause))?;
    let last = last_day(&span, period.last, zone, billing_periods(evaluation))
        .map_err(|error| Refused::calendar(&error, &within.clause))?;
    Ok(last.map(|last| Days { first: period.last.plus_days(1), last }))
}

/// The billing periods of a contract whose first day stands in a parameter of its term, and whose
/// length in the standard parameter `billing_period`; none where either is not known.
#[must_use]
pub fn billing_periods(evaluation: &Evaluation<'_>) -> Option<BillingPeriods> {
    let term = evaluation.terms().term.as_ref().filter(|term| term.to.is_some())?;
    let Some(FactValue::Date(starts_on)) = evaluation.value(&term.from.as_str().into()) else { return None };
    let months = match evaluation.value(&"billing_period".into()) {
        Some(FactValue::Span(Span::Of { count, unit: Unit::Month })) => *count,
        Some(FactValue::Span(Span::Of { count, unit: Unit::Year })) => count.checked_mul(12)?,
        _ => return None,
    };
    Some(BillingPeriods { starts_on: *starts_on, months })
}

/// The last day of a span of whole days or periods that counts from the end of a day.
fn last_day(
    span: &Span,
    after: LocalDate,
    zone: &Zone,
    billing: Option<BillingPeriods>,
) -> Result<Option<LocalDate>, calendar::CalendarError> {
    let days = Calendar::build(CalendarDefinition::always("elapsed", zone.clone()))?;
    // The last moment of the period itself: the month after it is the next month.
    let end = zone.instant_of(after.plus_days(1), LocalTime::MIDNIGHT).plus_milliseconds(-1);
    let reading = DayReading { billing, ..DayReading::default() };
    let found = due(end, span, &reading, &days, &[])?;
    Ok(found.map(|at| zone.local(at.plus_milliseconds(-1)).date))
}

/// What an approved claim is worth: by the provider's measurement of the period, one figure over
/// all (`on = "measure.X.total"`) or one per component.
///
/// # Errors
/// Everything that stands against the claim; or that nothing is due.
pub fn decide_claim(
    terms: &Terms,
    consequence: &Consequence,
    claim: &ClaimMade,
    reading: &UptimeReading,
    given_before: &BTreeMap<String, Ratio>,
    facts: &Facts,
) -> Result<Award, Vec<Refused>> {
    let measure = terms.measure(&reading.measure);
    let zone = measure.and_then(|measure| measure.zone.as_ref()).unwrap_or(&terms.zone);
    let against = objections(terms, consequence, claim, reading.period, zone, facts);
    if !against.is_empty() {
        return Err(against);
    }
    let question = AwardQuestion {
        feeds: &feeds_of(consequence, reading),
        proportion: reading.proportion,
        given_before,
        evaluation: Evaluation::new(terms, facts, claim.at),
    };
    award(consequence, &question).map_err(|refused| vec![refused])
}

/// The numbers of a reading that a consequence looks at.
#[must_use]
pub fn feeds_of(consequence: &Consequence, reading: &UptimeReading) -> Vec<Feed> {
    let total = reading.total.iter().filter(|_| consequence.on.ends_with(".total"));
    let components = reading.components.iter().filter(|_| !consequence.on.ends_with(".total"));
    total.chain(components).map(|figure| Feed { name: figure.name.clone(), value: figure.value }).collect()
}

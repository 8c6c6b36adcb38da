use crate::refused::{Refused, Why};
use crate::term::end_of;
use calendar::{Calendar, Instant, LocalDate, LocalTime, Span, Unit};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use terms::{
    Answer, Clause, CountedIn, Days, Decimal, Evaluation, FactValue, Facts, Label, Measure, MeasureKind,
    MeasurePeriod, OutsideTerm, Ratio, RoundMode, Strength, TermPeriod, Terms, Total, TotalOver,
};

/// A part of a service that can be up or down by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Whether its loss is a loss of the service.
    pub primary: bool,
    /// The group it belongs to.
    pub group: Option<String>,
}

/// A time during which a component was down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// The component.
    pub component: String,
    /// Beginning.
    pub from: Instant,
    /// End; none while it lasts.
    pub to: Option<Instant>,
    /// Why, by the name of a cause of the agreement.
    pub cause: Option<String>,
    /// Who recorded it (`monitor`, `customer`).
    pub source: String,
    /// What else is known of it.
    pub facts: Facts,
}

/// Which availability is asked for.
#[derive(Clone, Copy, Debug)]
pub struct UptimeQuestion<'a> {
    /// Any day of the period asked for.
    pub on: LocalDate,
    /// The days of the contract; none when it has neither beginning nor end.
    pub term: Option<Days>,
    /// The components.
    pub components: &'a [Component],
    /// Every outage known, in any order.
    pub outages: &'a [Outage],
    /// What is known of the contract.
    pub facts: &'a Facts,
    /// Up to when an outage without end has lasted.
    pub now: Instant,
}

/// What a measure of availability reads for one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UptimeReading {
    /// Name of the measure.
    pub measure: String,
    /// The clause that defines it.
    pub clause: Clause,
    /// The whole period.
    pub period: Days,
    /// The part of it that is counted.
    pub counted: Days,
    /// Which part of the whole period is counted; fees of the period follow it.
    pub proportion: Ratio,
    /// One figure per component, in the order given.
    pub components: Vec<UptimeFigure>,
    /// The figure over several components, where the measure has one.
    pub total: Option<UptimeFigure>,
    /// Outages that count for nothing because another record is the one that counts.
    pub unrecorded: Vec<Outage>,
    /// How binding the target is.
    pub strength: Strength,
    /// Interpretations in force that speak of it.
    pub interpretations: Vec<String>,
}

/// Availability and downtime of one component, or of several together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UptimeFigure {
    /// Name of the component; `total` for several.
    pub name: String,
    /// Whether it is primary; true for several.
    pub primary: bool,
    /// Time counted, in milliseconds.
    pub total_milliseconds: i64,
    /// Time down that counts, in milliseconds.
    pub down_milliseconds: i64,
    /// The longest time down in one go, in milliseconds.
    pub longest_milliseconds: i64,
    /// How often it went down.
    pub outages: u32,
    /// Time down that does not count, by cause.
    pub excluded: Vec<ExcludedTime>,
    /// Availability, exact.
    pub availability: Ratio,
    /// Availability in percent, rounded for display only.
    pub shown_percent: Decimal,
    /// The number of the measure's kind: a share, seconds, a count.
    pub value: Ratio,
    /// Whether the target holds, and the clause of the target; none without target.
    pub meets: Option<(bool, Clause)>,
}

/// Time down that a clause leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcludedTime {
    /// Name of the cause.
    pub cause: String,
    /// What people read.
    pub label: Label,
    /// The clause.
    pub clause: Clause,
    /// How much, in milliseconds, without what counts anyway.
    pub milliseconds: i64,
    /// Whether some of it fell outside the hours in which such work usually happens.
    pub outside_usual: bool,
}

/// Sorted stretches of time, in milliseconds, that neither touch nor overlap.
type Stretches = Vec<(i64, i64)>;

/// The period of a measure that holds a day. None for measures without civil periods.
#[must_use]
pub fn period_of(period: MeasurePeriod, on: LocalDate, contract: Option<Days>) -> Option<Days> {
    let civil = |period: TermPeriod| {
        let last = end_of(period, on);
        let months = period.period().months();
        Days { first: last.first_of_month().plus_months(1 - months), last }
    };
    Some(match period {
        MeasurePeriod::Ticket | MeasurePeriod::Hour | MeasurePeriod::BillingPeriod => return None,
        MeasurePeriod::Day => Days { first: on, last: on },
        MeasurePeriod::CalendarMonth => civil(TermPeriod::Month),
        MeasurePeriod::Quarter => civil(TermPeriod::Quarter),
        MeasurePeriod::HalfYear => civil(TermPeriod::HalfYear),
        MeasurePeriod::Year => civil(TermPeriod::Year),
        MeasurePeriod::RollingMonths(months) => {
            let months = i32::try_from(months.max(1)).ok()?;
            Days { first: on.first_of_month().plus_months(1 - months), last: on.last_of_month() }
        }
        MeasurePeriod::ContractYear => {
            let first = contract?.first;
            let mut years = on.year() - first.year();
            if first.plus_months(12 * years) > on {
                years -= 1;
            }
            Days {
                first: first.plus_months(12 * years),
                last: first.plus_months(12 * (years + 1)).plus_days(-1),
            }
        }
    })
}

/// Reads a measure of availability for the period that holds a day; none when the period lies wholly
/// outside the contract, or the measure has no civil period.
///
/// # Errors
/// A calendar that the measure counts in cannot be had, or a number is too great.
pub fn uptime(
    terms: &Terms,
    measure: &Measure,
    question: &UptimeQuestion<'_>,
) -> Result<Option<UptimeReading>, Refused> {
    let Some(period) = period_of(measure.period, question.on, question.term) else { return Ok(None) };
    let mut within = match question.term {
        None => period,
        Some(term) => Days { first: period.first.max(term.first), last: period.last.min(term.last) },
    };
    if let Some(begins) = &measure.begins
        && let Some(FactValue::Date(begins)) =
            Evaluation::new(terms, question.facts, question.now).value(&begins.value)
    {
        within.first = within.first.max(*begins);
    }
    if within.first > within.last {
        return Ok(None);
    }
    let zone = measure.zone.as_ref().unwrap_or(&terms.zone);
    let edges = |days: Days| {
        let start = zone.instant_of(days.first, LocalTime::MIDNIGHT);
        let end = zone.instant_of(days.last.plus_days(1), LocalTime::MIDNIGHT);
        (start.milliseconds(), end.milliseconds())
    };
    let counted = if measure.outside_term == OutsideTerm::CountedGood { period } else { within };
    let scale = Scale::of(terms, measure, question)?;
    let (whole, total) = (scale.length(&[edges(period)]), scale.length(&[edges(counted)]));
    let too_great = || Refused::too_great(&measure.clause);
    let proportion = if whole == 0 {
        Ratio::ONE
    } else {
        Ratio::new(i128::from(total), i128::from(whole)).ok_or_else(too_great)?
    };
    // An outage counts only inside the contract, however the rest of the period is taken.
    let sorted = Sorted::of(terms, measure, question, edges(within));
    let figure = |name: &str, primary: bool, down: &Stretches, left_out: &BTreeMap<String, Stretches>| {
        sorted.figure(terms, measure, question, &scale, total, (name, primary), down, left_out)
    };
    let nothing = (Stretches::new(), BTreeMap::new());
    let mut components = Vec::with_capacity(question.components.len());
    for component in question.components {
        let (down, left_out) = sorted.by_component.get(&component.name).unwrap_or(&nothing);
        components.push(figure(&component.name, component.primary, down, left_out).ok_or_else(too_great)?);
    }
    let total_figure = match &measure.total {
        None => None,
        Some(over) => {
            let (down, left_out) = sorted.together(over, question.components);
            Some(figure("total", true, &down, &left_out).ok_or_else(too_great)?)
        }
    };
    Ok(Some(UptimeReading {
        measure: measure.name.clone(),
        clause: measure.clause.clone(),
        period,
        counted,
        proportion,
        components,
        total: total_figure,
        unrecorded: sorted.unrecorded,
        strength: measure.strength.unwrap_or(Strength::Binding),
        interpretations: measure.interpretations.clone(),
    }))
}

/// How long a stretch is: as it passed, or only inside or outside opening hours.
enum Scale {
    Elapsed,
    Inside(Arc<Calendar>),
    Outside(Arc<Calendar>),
}

impl Scale {
    fn of(terms: &Terms, measure: &Measure, question: &UptimeQuestion<'_>) -> Result<Self, Refused> {
        let (choice, inside) = match &measure.counted_in {
            None => return Ok(Self::Elapsed),
            Some(CountedIn::Inside(choice)) => (choice, true),
            Some(CountedIn::Outside(choice)) => (choice, false),
        };
        let mut wants = BTreeSet::new();
        let evaluation = Evaluation::new(terms, question.facts, question.now);
        let name = choice
            .resolve(&evaluation, &mut wants)
            .ok_or_else(|| Refused::new(Why::Unknown { facts: wants }, &measure.clause))?;
        let calendar =
            terms.calendar(&name, question.facts).map_err(|error| Refused::terms(&error, &measure.clause))?;
        Ok(if inside { Self::Inside(calendar) } else { Self::Outside(calendar) })
    }

    fn length(&self, stretches: &[(i64, i64)]) -> i64 {
        stretches
            .iter()
            .map(|(from, to)| {
                let open = |calendar: &Calendar| {
                    let (from, to) = (Instant::from_milliseconds(*from), Instant::from_milliseconds(*to));
                    let windows = calendar.windows(from, to).into_iter();
                    windows
                        .map(|(start, end)| end.min(to).milliseconds() - start.max(from).milliseconds())
                        .sum::<i64>()
                };
                match self {
                    Self::Elapsed => to - from,
                    Self::Inside(calendar) => open(calendar),
                    Self::Outside(calendar) => to - from - open(calendar),
                }
            })
            .sum()
    }
}

/// The outages of a period, per component, those that count apart from those that a cause excludes.
struct Sorted {
    by_component: BTreeMap<String, (Stretches, BTreeMap<String, Stretches>)>,
    unrecorded: Vec<Outage>,
}

impl Sorted {
    fn of(terms: &Terms, measure: &Measure, question: &UptimeQuestion<'_>, edges: (i64, i64)) -> Self {
        let mut by_component: BTreeMap<String, (Stretches, BTreeMap<String, Stretches>)> = BTreeMap::new();
        let mut unrecorded = Vec::new();
        for outage in question.outages {
            let from = outage.from.milliseconds();
            let to = outage.to.unwrap_or(question.now).milliseconds();
            if from >= to {
                continue;
            }
            if measure.down.source.as_ref().is_some_and(|source| *source != outage.source) {
                if from < edges.1 && to > edges.0 {
                    unrecorded.push(outage.clone());
                }
                continue;
            }
            let mut attributes = outage.facts.clone();
            if let Some(cause) = &outage.cause {
                attributes.set("outage_cause", FactValue::text(cause));
            }
            let evaluation = Evaluation::new(terms, question.facts, outage.from).during_event(&attributes);
            if measure.down.when.ask(&evaluation) == Answer::No {
                continue;
            }
            let (down, left_out) = by_component.entry(outage.component.clone()).or_default();
            match &outage.cause {
                Some(cause) if measure.exclude.contains(cause) && explained(terms, cause, outage) => {
                    left_out.entry(cause.clone()).or_default().push((from, to));
                }
                _ => down.push((from, to)),
            }
        }
        let minimum = measure.down.minimum.as_ref().and_then(milliseconds_of).unwrap_or(0);
        for (down, left_out) in by_component.values_mut() {
            // Joined before the shortest are dropped, and cut to the period afterwards: two records of one
            // outage are one outage, on whichever side of midnight they stand.
            let mut whole = joined(std::mem::take(down));
            whole.retain(|(from, to)| to - from >= minimum);
            *down = common(&whole, &[edges]);
            for stretches in left_out.values_mut() {
                *stretches = common(&joined(std::mem::take(stretches)), &[edges]);
            }
            left_out.retain(|_, stretches| !stretches.is_empty());
        }
        Self { by_component, unrecorded }
    }

    /// The downtime of several components taken together.
    fn together(&self, total: &Total, components: &[Component]) -> (Stretches, BTreeMap<String, Stretches>) {
        let counted: Vec<&Component> = components
            .iter()
            .filter(|component| component.primary || !total.primary_only)
            .filter(|component| total.group.is_none() || component.group == total.group)
            .collect();
        let nothing = Stretches::new();
        let mut down: Option<Stretches> = None;
        let mut left_out: BTreeMap<String, Stretches> = BTreeMap::new();
        for component in counted {
            let found = self.by_component.get(&component.name);
            let own = found.map_or(&nothing, |(down, _)| down);
            down = Some(match (down, total.over) {
                (None, _) => own.clone(),
                (Some(so_far), TotalOver::Union) => joined([so_far, own.clone()].concat()),
                (Some(so_far), TotalOver::Intersection) => common(&so_far, own),
            });
            for (cause, stretches) in found.map(|(_, left_out)| left_out).into_iter().flatten() {
                let all = left_out.entry(cause.clone()).or_default();
                all.extend(stretches.iter().copied());
                *all = joined(std::mem::take(all));
            }
        }
        (down.unwrap_or_default(), left_out)
    }

    #[expect(clippy::too_many_arguments, reason = "one figure needs the whole question")]
    fn figure(
        &self,
        terms: &Terms,
        measure: &Measure,
        question: &UptimeQuestion<'_>,
        scale: &Scale,
        total: i64,
        (name, primary): (&str, bool),
        down: &Stretches,
        left_out: &BTreeMap<String, Stretches>,
    ) -> Option<UptimeFigure> {
        let down_milliseconds = scale.length(down);
        let longest = down.iter().map(|stretch| scale.length(&[*stretch])).max().unwrap_or(0);
        // A period without counted time has no time to be down in.
        let availability = if total == 0 {
            Ratio::ONE
        } else {
            Ratio::new(i128::from(total - down_milliseconds), i128::from(total))?
        };
        let value = match measure.kind {
            MeasureKind::Downtime | MeasureKind::Sum => Ratio::new(i128::from(down_milliseconds), 1000)?,
            MeasureKind::Longest => Ratio::new(i128::from(longest), 1000)?,
            MeasureKind::Count => Ratio::whole(i64::try_from(down.len()).ok()?),
            _ => availability,
        };
        let (places, mode) = measure.show.map_or((3, RoundMode::HalfUp), |show| (show.decimals, show.mode));
        let evaluation = Evaluation::new(terms, question.facts, question.now);
        let mut meets: Option<(bool, Clause)> = None;
        let compared = match measure.compare {
            None => value,
            // Rounded in percent, as the document prints it.
            Some(show) if measure.kind == MeasureKind::Availability => {
                let percent = value.times(Ratio::whole(100))?.to_decimal(show.decimals, show.mode)?;
                Ratio::from(percent).over(Ratio::whole(100))?
            }
            Some(show) => Ratio::from(value.to_decimal(show.decimals, show.mode)?),
        };
        for target in &measure.target {
            let Some(bounds) = target.resolve(&evaluation) else { continue };
            let holds = bounds.cited.value.hold(compared);
            // The first target that fails is the one to cite.
            if meets.as_ref().is_none_or(|(so_far, _)| *so_far) {
                meets = Some((holds, bounds.cited.clause));
            }
        }
        let excluded = left_out
            .iter()
            .filter_map(|(cause, stretches)| {
                let rule = terms.cause(cause)?;
                let alone = without(stretches, down);
                let usual = rule.usual.as_ref().and_then(|usual| {
                    let name = usual.resolve(&evaluation, &mut BTreeSet::new())?;
                    terms.calendar(&name, question.facts).ok()
                });
                let outside_usual = usual.is_some_and(|usual| Scale::Outside(usual).length(stretches) > 0);
                Some(ExcludedTime {
                    cause: cause.clone(),
                    label: rule.label.clone(),
                    clause: rule.clause.clone(),
                    milliseconds: scale.length(&alone),
                    outside_usual,
                })
            })
            .collect();
        Some(UptimeFigure {
            name: name.to_owned(),
            primary,
            total_milliseconds: total,
            down_milliseconds,
            longest_milliseconds: longest,
            outages: u32::try_from(down.len()).ok()?,
            excluded,
            availability,
            shown_percent: availability.times(Ratio::whole(100))?.to_decimal(places, mode)?,
            value,
            meets,
        })
    }
}

/// Whether everything is given that the document asks before a cause leaves an outage out.
fn explained(terms: &Terms, cause: &str, outage: &Outage) -> bool {
    let needs = terms.cause(cause).map(|rule| rule.needs.as_slice()).unwrap_or_default();
    needs.iter().all(|name| outage.facts.get(name).is_some())
}

/// How long a planned outage of a cause may be before it is to be announced, and to whom: the roles,
/// and the clause. None when it need not be.
#[must_use]
pub fn announcement(terms: &Terms, cause: &str, from: Instant, to: Instant) -> Option<(Vec<String>, Clause)> {
    let rule = terms.cause(cause)?;
    let above = milliseconds_of(rule.announce_above.as_ref()?)?;
    (to.milliseconds() - from.milliseconds() > above).then(|| (rule.announce_to.clone(), rule.clause.clone()))
}

fn milliseconds_of(span: &Span) -> Option<i64> {
    match span {
        Span::Of { count, unit: Unit::Day } => Some(i64::from(*count) * 86_400_000),
        Span::Of { count, unit } => Some(i64::from(*count) * unit.seconds()? * 1000),
        _ => None,
    }
}

fn joined(mut stretches: Stretches) -> Stretches {
    stretches.sort_unstable();
    let mut whole = Stretches::with_capacity(stretches.len());
    for (from, to) in stretches {
        match whole.last_mut() {
            Some((_, end)) if from <= *end => *end = (*end).max(to),
            _ => whole.push((from, to)),
        }
    }
    whole
}

fn common(left: &[(i64, i64)], right: &[(i64, i64)]) -> Stretches {
    let mut both = Stretches::new();
    for (from, to) in left {
        for (other_from, other_to) in right {
            let (from, to) = (*from.max(other_from), *to.min(other_to));
            if from < to {
                both.push((from, to));
            }
        }
    }
    both
}

fn without(stretches: &Stretches, taken: &Stretches) -> Stretches {
    let mut left = Stretches::new();
    for (from, to) in stretches {
        let mut start = *from;
        for (taken_from, taken_to) in taken {
            if *taken_to <= start || taken_from >= to {
                continue;
            }
            if *taken_from > start {
                left.push((start, *taken_from));
            }
            start = start.max(*taken_to);
        }
        if start < *to {
            left.push((start, *to));
        }
    }
    left
}

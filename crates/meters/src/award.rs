use crate::refused::{Refused, Why};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use terms::{
    Accumulate, Answer, Band, Choice, Clause, Consequence, ConsequenceAmount, Decimal, Evaluation, FactValue,
    Figure, Gives, Money, RateAmount, RateCount, RatePer, Ratio, RightOpened, Settle, Slice,
};

/// An amount, exact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// How much.
    pub value: Ratio,
    /// Of what.
    pub unit: AmountUnit,
}

/// What an amount is an amount of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountUnit {
    /// Money, by its currency.
    Money(String),
    /// Prepaid units.
    Units,
    /// A bare number: points, days.
    Number,
}

/// A measured number that feeds a consequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// Of what (`total`, the name of a component).
    pub name: String,
    /// The number, exact: a share as a part of one, time in seconds or in the measure's unit.
    pub value: Ratio,
}

/// What a consequence is asked.
#[derive(Clone, Copy)]
pub struct AwardQuestion<'a> {
    /// The numbers of one period.
    pub feeds: &'a [Feed],
    /// Which part of the period is counted; bases that the document prorates follow it.
    pub proportion: Ratio,
    /// What was given before and counts against the same cap, per kind of cap (`invoice`, `contract year`).
    pub given_before: &'a BTreeMap<String, Ratio>,
    /// The contract: its facts supply the bases by name.
    pub evaluation: Evaluation<'a>,
}

/// What a consequence gives, step by step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Award {
    /// Name of the consequence.
    pub consequence: String,
    /// What it gives.
    pub gives: Gives,
    /// How much, exact and rounded as the document says; none for a right or a report.
    pub amount: Option<Amount>,
    /// How much before rounding.
    pub exact: Option<Amount>,
    /// Where it comes from: one line per feed that gave something, or per slice of it.
    pub parts: Vec<AwardPart>,
    /// The cap that bit, by its clause.
    pub capped_by: Option<Clause>,
    /// A limit that is passed and only warned of, by its clause.
    pub warned_by: Option<Clause>,
    /// The clause of the first part, else of the consequence.
    pub clause: Clause,
    /// The right that opens.
    pub right: Option<RightOpened>,
    /// Where and when it lands, and the clause.
    pub settle: Option<(Settle, Clause)>,
    /// The clause that makes it the only remedy.
    pub exclusive: Option<Clause>,
    /// Interpretations in force that speak of it.
    pub interpretations: Vec<String>,
}

impl Award {
    /// The amount as money, with the places that rounding left (at least two).
    #[must_use]
    pub fn money(&self) -> Option<Money> {
        let amount = self.amount.as_ref()?;
        let AmountUnit::Money(currency) = &amount.unit else { return None };
        let places = if currency == "JPY" { 0 } else { 2 };
        let value = amount.value.to_decimal(places, terms::RoundMode::HalfUp)?;
        Some(Money { amount: value, currency: currency.clone() })
    }
}

/// What one feed gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwardPart {
    /// Name of the feed.
    pub feed: String,
    /// Its number.
    pub value: Ratio,
    /// The figure of the document that applied.
    pub give: Figure,
    /// What it came to, exact.
    pub amount: Amount,
    /// The clause of the band or rate.
    pub clause: Clause,
}

/// What a consequence gives for the numbers of one period.
///
/// Computed on exact values; several feeds accumulate, then the floor applies to what is more than
/// nothing, then caps from the narrowest to the widest, then rounding; small amounts are dropped.
///
/// # Errors
/// A condition fails, nothing is due (also where nothing feeds it), a base or a figure is not known,
/// or amounts meet that are not of one currency.
pub fn award(consequence: &Consequence, question: &AwardQuestion<'_>) -> Result<Award, Refused> {
    for condition in &consequence.when {
        Refused::unless_holds(&condition.value, &question.evaluation, &condition.clause)?;
    }
    let nothing_due = || Refused::new(Why::NothingDue, &consequence.clause);
    let counts = !matches!(consequence.amount, ConsequenceAmount::Nothing);
    let mut by_feed = Vec::with_capacity(question.feeds.len());
    for feed in question.feeds {
        let parts = parts_of(consequence, feed, question)?;
        if !(counts && parts.is_empty()) {
            by_feed.push(parts);
        }
    }
    if by_feed.is_empty() {
        return Err(nothing_due());
    }
    let parts = accumulated(consequence, by_feed)?;
    let (exact, limits) = if counts {
        let (amount, limits) = held(consequence, question, total_of(consequence, &parts)?)?;
        (Some(amount), limits)
    } else {
        (None, Limits::default())
    };
    let amount = match exact.clone() {
        Some(exact) => Some(finished(consequence, question, exact)?.ok_or_else(nothing_due)?),
        None => None,
    };
    Ok(Award {
        consequence: consequence.name.clone(),
        gives: consequence.gives,
        amount,
        exact,
        clause: parts.first().map_or(&consequence.clause, |part| &part.clause).clone(),
        parts,
        capped_by: limits.capped_by,
        warned_by: limits.warned_by,
        right: consequence.right.as_ref().map(|right| right.value.clone()),
        settle: consequence.settle.as_ref().map(|settle| (settle.value.clone(), settle.clause.clone())),
        exclusive: consequence.exclusive.clone(),
        interpretations: consequence.interpretations.clone(),
    })
}

fn parts_of(
    consequence: &Consequence,
    feed: &Feed,
    question: &AwardQuestion<'_>,
) -> Result<Vec<AwardPart>, Refused> {
    let part = |give: Figure, count: Ratio, clause: &Clause| -> Result<AwardPart, Refused> {
        let of = consequence.of.as_deref();
        let amount = worth(&give, of, proportion_of(of, question), question, clause)?;
        let value = amount.value.times(count).ok_or_else(|| Refused::too_great(clause))?;
        Ok(AwardPart {
            feed: feed.name.clone(),
            value: feed.value,
            give,
            amount: Amount { value, ..amount },
            clause: clause.clone(),
        })
    };
    match &consequence.amount {
        ConsequenceAmount::Nothing => Ok(Vec::new()),
        ConsequenceAmount::Fixed(give) => {
            let give = figure(give, question, &consequence.clause)?;
            Ok(vec![part(give, Ratio::ONE, &consequence.clause)?])
        }
        ConsequenceAmount::Bands(bands) => {
            let bands = bands
                .resolve(&question.evaluation)
                .ok_or_else(|| Refused::unsaid("band", &consequence.clause))?
                .cited
                .value;
            match band_of(&bands, feed.value).and_then(|band| Some((band.give.as_ref()?, &band.clause))) {
                None => Ok(Vec::new()),
                Some((give, clause)) => {
                    let give = figure(give, question, clause)?;
                    Ok(vec![part(give, Ratio::ONE, clause)?])
                }
            }
        }
        ConsequenceAmount::Rate(rate) => {
            let give = rate.give.as_ref().ok_or_else(|| {
                Refused::unsaid("give: a rate from a table is for interest", &consequence.clause)
            })?;
            let give = figure(give, question, &consequence.clause)?;
            let count = counts(rate, feed.value, &consequence.clause)?;
            if count.is_zero() || count.is_negative() {
                return Ok(Vec::new());
            }
            Ok(vec![part(give, count, &consequence.clause)?])
        }
        ConsequenceAmount::Slices(slices) => {
            let mut parts = Vec::new();
            for slice in slices {
                let too_great = || Refused::too_great(&slice.clause);
                let Some(inside) = inside(slice, feed.value, &slice.clause)? else { continue };
                let per = slice.per.ratio().ok_or_else(|| Refused::unsaid("per", &slice.clause))?;
                let count = inside.over(per).ok_or_else(too_great)?;
                parts.push(part(figure(&slice.give, question, &slice.clause)?, count, &slice.clause)?);
            }
            Ok(parts)
        }
    }
}

/// The parts that count of those that each feed gave: all, or those of one feed.
fn accumulated(consequence: &Consequence, by_feed: Vec<Vec<AwardPart>>) -> Result<Vec<AwardPart>, Refused> {
    let kept = match consequence.accumulate {
        Accumulate::Sum => return Ok(by_feed.into_iter().flatten().collect()),
        Accumulate::First => 0,
        Accumulate::Highest => {
            let mut sums = Vec::with_capacity(by_feed.len());
            for parts in &by_feed {
                sums.push(total_of(consequence, parts)?.value);
            }
            let highest = sums.iter().max();
            sums.iter().position(|sum| Some(sum) == highest).unwrap_or(0)
        }
    };
    Ok(by_feed.into_iter().nth(kept).unwrap_or_default())
}

/// What parts come to together.
fn total_of(consequence: &Consequence, parts: &[AwardPart]) -> Result<Amount, Refused> {
    let unit = parts.first().map_or(AmountUnit::Number, |part| part.amount.unit.clone());
    let mut value = Ratio::ZERO;
    for part in parts {
        if part.amount.unit != unit {
            return Err(Refused::unsaid("one unit for all its parts", &part.clause));
        }
        value = value.plus(part.amount.value).ok_or_else(|| Refused::too_great(&consequence.clause))?;
    }
    Ok(Amount { value, unit })
}

/// The first band in which a number lies, compared exactly.
#[must_use]
pub fn band_of(bands: &[Band], value: Ratio) -> Option<&Band> {
    bands.iter().find(|band| band.bounds.hold(value))
}

/// How many counts of a rate a number holds.
fn counts(rate: &RateAmount, value: Ratio, clause: &Clause) -> Result<Ratio, Refused> {
    let per = match &rate.per {
        RatePer::Figure(per) => per.ratio().ok_or_else(|| Refused::unsaid("per", clause))?,
        RatePer::YearOfDays(days) => Ratio::whole(i64::from(*days)),
    };
    let exact = value.over(per).ok_or_else(|| Refused::too_great(clause))?;
    let whole = |number: i128| Ratio::new(number, 1).ok_or_else(|| Refused::too_great(clause));
    match rate.count {
        RateCount::Exact => Ok(exact),
        RateCount::Whole => whole(exact.floor()),
        RateCount::Started => whole(exact.ceiling()),
    }
}

/// The part of a number that lies between the bounds of a slice.
fn inside(slice: &Slice, value: Ratio, clause: &Clause) -> Result<Option<Ratio>, Refused> {
    let end = |one: &Option<Figure>, other: &Option<Figure>| {
        one.as_ref().or(other.as_ref()).and_then(Figure::ratio)
    };
    let low = end(&slice.bounds.at_least, &slice.bounds.above).unwrap_or(Ratio::ZERO);
    let high = end(&slice.bounds.at_most, &slice.bounds.below).map_or(value, |high| high.min(value));
    let length = high.minus(low).ok_or_else(|| Refused::too_great(clause))?;
    Ok((length > Ratio::ZERO).then_some(length))
}

fn figure(give: &Choice<Figure>, question: &AwardQuestion<'_>, clause: &Clause) -> Result<Figure, Refused> {
    let mut wants = BTreeSet::new();
    give.resolve(&question.evaluation, &mut wants)
        .ok_or_else(|| Refused::new(Why::Unknown { facts: wants }, clause))
}

/// Which part of its base a share applies to: the part of the period that is counted, for a base
/// that follows it.
fn proportion_of(of: Option<&str>, question: &AwardQuestion<'_>) -> Ratio {
    let bases = &question.evaluation.terms().bases;
    let follows =
        of.and_then(|name| bases.iter().find(|base| base.name == name)).is_some_and(|base| base.prorated);
    if follows { question.proportion } else { Ratio::ONE }
}

/// What a figure comes to: a share of its base, or itself.
fn worth(
    give: &Figure,
    of: Option<&str>,
    proportion: Ratio,
    question: &AwardQuestion<'_>,
    clause: &Clause,
) -> Result<Amount, Refused> {
    let value = give.ratio().ok_or_else(|| Refused::unsaid(&format!("a length for {give}"), clause))?;
    match give {
        Figure::Share(_) => {
            let base = base(of, question, clause)?;
            let value = value.times(base.value).and_then(|value| value.times(proportion));
            Ok(Amount { value: value.ok_or_else(|| Refused::too_great(clause))?, unit: base.unit })
        }
        Figure::Money(money) => Ok(Amount { value, unit: AmountUnit::Money(money.currency.clone()) }),
        Figure::Units(_) => Ok(Amount { value, unit: AmountUnit::Units }),
        // Points given are points; hundredths they are only where they are added to a rate.
        Figure::Points(points) => Ok(Amount { value: (*points).into(), unit: AmountUnit::Number }),
        Figure::Number(_) | Figure::Span(_) => Ok(Amount { value, unit: AmountUnit::Number }),
    }
}

/// The amount of a base, which the contract supplies as a fact of the base's name.
fn base(of: Option<&str>, question: &AwardQuestion<'_>, clause: &Clause) -> Result<Amount, Refused> {
    let name = of.ok_or_else(|| Refused::unsaid("of: the base of a share", clause))?;
    let unknown = || Refused::new(Why::Unknown { facts: BTreeSet::from([name.into()]) }, clause);
    match question.evaluation.value(&name.into()) {
        Some(FactValue::Money(money)) => {
            Ok(Amount { value: money.amount.into(), unit: AmountUnit::Money(money.currency.clone()) })
        }
        Some(FactValue::Number(number)) => Ok(Amount { value: (*number).into(), unit: AmountUnit::Units }),
        _ => Err(unknown()),
    }
}

/// The limits that an amount met.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) capped_by: Option<Clause>,
    pub(crate) warned_by: Option<Clause>,
}

/// An amount lifted to the floor where there is any, and held down by each cap in turn; and the last
/// limits it met.
pub(crate) fn held(
    consequence: &Consequence,
    question: &AwardQuestion<'_>,
    amount: Amount,
) -> Result<(Amount, Limits), Refused> {
    let Amount { mut value, unit } = amount;
    let of = consequence.of.as_deref();
    if let Some(up_to) = &consequence.ignore_total_up_to
        && value <= limit(&up_to.value, of, question, &unit, &up_to.clause)?
    {
        return Err(Refused::new(Why::NothingDue, &up_to.clause));
    }
    if let Some(floor) = consequence.at_least.as_ref().filter(|_| value > Ratio::ZERO) {
        value = value.max(limit(&floor.value, of, question, &unit, &floor.clause)?);
    }
    let mut limits = Limits::default();
    for cap in &consequence.caps {
        if cap.unless.ask(&question.evaluation) == Answer::Yes {
            continue;
        }
        let give = figure(&cap.give, question, &cap.clause)?;
        let most = limit(&give, cap.of.as_deref().or(of), question, &unit, &cap.clause)?;
        let before = question.given_before.get(&cap.per).copied().unwrap_or(Ratio::ZERO);
        let room = most.minus(before).ok_or_else(|| Refused::too_great(&cap.clause))?.max(Ratio::ZERO);
        if value > room && cap.only_warns {
            limits.warned_by = Some(cap.clause.clone());
        } else if value > room {
            value = room;
            limits.capped_by = Some(cap.clause.clone());
        }
    }
    Ok((Amount { value, unit }, limits))
}

/// A limit of the document, in the unit of what it limits; a bare number is one of any unit.
fn limit(
    give: &Figure,
    of: Option<&str>,
    question: &AwardQuestion<'_>,
    unit: &AmountUnit,
    clause: &Clause,
) -> Result<Ratio, Refused> {
    let limit = worth(give, of, proportion_of(of, question), question, clause)?;
    if limit.unit != *unit && limit.unit != AmountUnit::Number {
        return Err(Refused::unsaid("a limit in the unit of what it limits", clause));
    }
    Ok(limit.value)
}

/// An amount rounded as the document says; none when nothing is left of it, or it is too small.
pub(crate) fn finished(
    consequence: &Consequence,
    question: &AwardQuestion<'_>,
    amount: Amount,
) -> Result<Option<Amount>, Refused> {
    let Amount { mut value, unit } = amount;
    if let Some(round) = &consequence.round {
        let step = round.value.to.ratio().ok_or_else(|| Refused::unsaid("to", &round.clause))?;
        value = value.rounded_to(step, round.value.mode).ok_or_else(|| Refused::too_great(&round.clause))?;
    }
    let small = match &consequence.ignore_below {
        Some(below) => {
            let of = consequence.of.as_deref();
            value < limit(&below.value, of, question, &unit, &below.clause)?
        }
        None => false,
    };
    Ok((value > Ratio::ZERO && !small).then_some(Amount { value, unit }))
}

/// A fee per month, exact, when the document says only the fee per year.
///
/// ```
/// # use terms::{Money, Ratio};
/// let yearly = Money { amount: 1000.into(), currency: "CAD".to_owned() };
/// assert_eq!(meters::monthly_fee(&yearly).value, Ratio::new(250, 3).expect("a fraction"));
/// ```
#[must_use]
pub fn monthly_fee(yearly: &Money) -> Amount {
    let twelfth = Ratio::new(1, 12).expect("twelve is not zero");
    let value = Ratio::from(yearly.amount).times(twelfth).unwrap_or(Ratio::ZERO);
    Amount { value, unit: AmountUnit::Money(yearly.currency.clone()) }
}

/// The price of one unit of a pack, exact; none for a pack without price or units.
#[must_use]
pub fn unit_price(pack: &terms::Pack) -> Option<Amount> {
    let price = pack.price.as_ref()?;
    let value = Ratio::from(price.amount).over(pack.units.into())?;
    Some(Amount { value, unit: AmountUnit::Money(price.currency.clone()) })
}

/// A decimal for people from an exact number of units, with as many places as it takes, at most four.
#[must_use]
pub fn shown(value: Ratio) -> Option<Decimal> {
    (0..=4)
        .filter_map(|places| value.to_decimal(places, terms::RoundMode::HalfUp))
        .find(|decimal| Ratio::from(*decimal) == value)
        .or_else(|| value.to_decimal(4, terms::RoundMode::HalfUp))
}

use crate::refused::{Refused, Why};
use crate::term::plus;
use calendar::LocalDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use terms::{Clause, Evaluation, Liability, Ratio};

/// How the damages of one contract year stand to the limit of liability.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiabilityReading {
    /// Damages recorded that the limit touches.
    pub recorded: Ratio,
    /// The limit.
    pub most: Ratio,
    /// What may still be granted; none is left when it is zero.
    pub left: Ratio,
    /// Whether the recorded damages pass the limit: a warning, not a refusal.
    pub passed: bool,
    /// The clause of the limit.
    pub clause: Clause,
}

/// Sums the damages of a contract year (what, how much) against the limit; cases without limit are
/// left out. `base` is the amount that a share applies to, such as the price paid that year.
///
/// # Errors
/// The limit is not known, or a number is too great.
pub fn liability(
    rule: &Liability,
    base: Ratio,
    damages: &[(String, Ratio)],
    evaluation: &Evaluation<'_>,
) -> Result<LiabilityReading, Refused> {
    let too_great = || Refused::too_great(&rule.clause);
    let mut wants = BTreeSet::new();
    let give = rule
        .cap
        .give
        .resolve(evaluation, &mut wants)
        .ok_or_else(|| Refused::new(Why::Unknown { facts: wants }, &rule.clause))?;
    let value = give.ratio().ok_or_else(too_great)?;
    let most = match give {
        terms::Figure::Share(_) => value.times(base).ok_or_else(too_great)?,
        _ => value,
    };
    let mut recorded = Ratio::ZERO;
    for (_, amount) in damages.iter().filter(|(kind, _)| !rule.except.contains(kind)) {
        recorded = recorded.plus(*amount).ok_or_else(too_great)?;
    }
    let left = most.minus(recorded).ok_or_else(too_great)?.max(Ratio::ZERO);
    Ok(LiabilityReading { recorded, most, left, passed: recorded > most, clause: rule.cap.clause.clone() })
}

/// Whether damage of one day can still be claimed on another.
///
/// # Errors
/// It comes too late: the last day, by the clause of the limitation.
pub fn in_time_to_claim(
    rule: &Liability,
    damage_on: LocalDate,
    claimed_on: LocalDate,
) -> Result<(), Refused> {
    let Some(limitation) = &rule.limitation else { return Ok(()) };
    let last_day = plus(damage_on, &limitation.value, &limitation.clause)?;
    if claimed_on > last_day {
        return Err(Refused::new(Why::TooLate { last_day }, &limitation.clause));
    }
    Ok(())
}

use crate::reading::Reading;
use terms::{Measure, MeasureKind, Ratio};

/// The number of a measure over a population: its count, sum, mean, percentile, longest run.
///
/// For a run the values are those of the periods in order, and a period is bad when its value misses
/// the target; `is_bad` says so. None for an empty population (a count and a sum of nothing are
/// zero), and for kinds that are no figure over a population.
#[must_use]
pub fn figure_of(measure: &Measure, values: &[Ratio], is_bad: impl Fn(Ratio) -> bool) -> Option<Ratio> {
    let count = || i64::try_from(values.len()).ok().map(Ratio::whole);
    let sum = || values.iter().copied().try_fold(Ratio::ZERO, Ratio::plus);
    match measure.kind {
        MeasureKind::Count => count(),
        MeasureKind::Sum => sum(),
        MeasureKind::Mean => sum()?.over(count()?),
        MeasureKind::Longest => values.iter().copied().max(),
        MeasureKind::Percentile => {
            // The nearest rank: the least value that so large a share of the population does not pass.
            let mut sorted = values.to_vec();
            sorted.sort_unstable();
            let rank = measure.at.as_ref()?.ratio()?.times(count()?)?.ceiling().max(1);
            sorted.get(usize::try_from(rank - 1).ok()?).copied()
        }
        MeasureKind::Run => {
            let mut longest = 0_i64;
            let mut run = 0_i64;
            for value in values {
                run = if is_bad(*value) { run + 1 } else { 0 };
                longest = longest.max(run);
            }
            Some(Ratio::whole(longest))
        }
        _ => None,
    }
}

/// Which part of a population counts; none when there is nobody to count.
#[must_use]
pub fn share_of(counted: u64, population: u64) -> Option<Ratio> {
    Ratio::new(i128::from(counted), i128::from(population))
}

/// By how much a promise was passed, in seconds of its calendar; zero while it was not.
#[must_use]
pub fn overrun_seconds(reading: &Reading) -> i64 {
    if !reading.missed {
        return 0;
    }
    reading.left_seconds.map_or(0, |left| (-left).max(0))
}

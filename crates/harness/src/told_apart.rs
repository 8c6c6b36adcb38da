//! Whether two ways take so unlike that somebody could tell them apart.

use std::cmp::Ordering;
use std::time::Duration;

/// How far apart ranks may lie: as far as they do by chance once in a hundred times, to both sides.
const BY_CHANCE: f64 = 2.576;
/// How far apart medians may lie, in seconds, whatever the ranks say.
const MEDIANS_APART: f64 = 0.001;
/// How far apart medians lie before ranks count, in seconds: within one process ranks tell even whether a row was read or
/// none, and so little no network carries as far as somebody who asks.
const RANKS_COUNT_FROM: f64 = 0.000_02;

/// Which of two samples is the longer one: `Greater` the first, `Less` the second, `Equal` where nobody can tell.
///
/// They are told apart by their ranks (Mann-Whitney U, with the normal approximation and a correction for ties, beyond
/// what chance does once in a hundred times) where their medians lie at least 20 microseconds apart, or by medians a
/// millisecond apart.
///
/// # Panics
/// When a sample is empty.
#[must_use]
pub fn longer(first: &[Duration], second: &[Duration]) -> Ordering {
    let medians = median(first) - median(second);
    let ranks = ranks_apart(first, second);
    if medians.abs() >= MEDIANS_APART {
        medians.total_cmp(&0.0)
    } else if ranks.abs() >= BY_CHANCE && medians.abs() >= RANKS_COUNT_FROM {
        ranks.total_cmp(&0.0)
    } else {
        Ordering::Equal
    }
}

/// The middle of a sample, in seconds.
///
/// # Panics
/// When it is empty.
#[must_use]
pub fn median(sample: &[Duration]) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2].as_secs_f64()
}

/// How many standard deviations the ranks of the first lie above what chance gives.
///
/// Source: H. B. Mann and D. R. Whitney, "On a test of whether one of two random variables is stochastically larger than
/// the other", 1947.
fn ranks_apart(first: &[Duration], second: &[Duration]) -> f64 {
    let mut all: Vec<(Duration, bool)> = first.iter().map(|one| (*one, true)).collect();
    all.extend(second.iter().map(|one| (*one, false)));
    all.sort_unstable();
    let (mut ranks_of_first, mut ties, mut before) = (0.0, 0.0, 0.0);
    for tied in all.chunk_by(|one, next| one.0 == next.0) {
        let count = as_number(tied.len());
        // Those that are alike share the middle of their ranks.
        let rank = before + f64::midpoint(count, 1.0);
        ranks_of_first += rank * as_number(tied.iter().filter(|(_, is_first)| *is_first).count());
        ties += count.powi(3) - count;
        before += count;
    }
    let (one, other) = (as_number(first.len()), as_number(second.len()));
    let whole = one + other;
    let above = ranks_of_first - one * (one + 1.0) / 2.0 - one * other / 2.0;
    let variance = one * other / 12.0 * (whole + 1.0 - ties / (whole * (whole - 1.0)));
    if variance > 0.0 { above / variance.sqrt() } else { 0.0 }
}

fn as_number(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("a sample is no longer than that"))
}

#[cfg(test)]
mod tests {
    use super::{longer, median, ranks_apart};
    use crate::chance::Chance;
    use std::cmp::Ordering;
    use std::time::Duration;

    fn milliseconds(all: &[u64]) -> Vec<Duration> {
        all.iter().map(|one| Duration::from_millis(*one)).collect()
    }

    /// Microseconds as a program that waits for others takes them: most near the least, some far beyond.
    fn sample(seed: u64, more: u64) -> Vec<Duration> {
        let mut chance = Chance(seed);
        let mut part = || chance.draw() % 1_000;
        (0..2_000).map(|_| Duration::from_micros(5_000 + more + part() * part() / 1_000 + part())).collect()
    }

    #[test]
    fn ranks_are_what_the_book_says() {
        // U is 0 of 9, where chance gives 4.5 with a deviation of the root of 5.25.
        let (low, high) = (milliseconds(&[1, 2, 3]), milliseconds(&[4, 5, 6]));
        assert!((ranks_apart(&low, &high) + 4.5 / 5.25_f64.sqrt()).abs() < 1e-9);
        assert!((ranks_apart(&high, &low) - 4.5 / 5.25_f64.sqrt()).abs() < 1e-9);
        // U is 1.5 + 2 + 2.5 of 9, and two pairs are alike.
        let (one, other) = (milliseconds(&[2, 3, 4]), milliseconds(&[1, 2, 4]));
        let variance: f64 = 9.0 / 12.0 * (7.0 - 12.0 / 30.0);
        assert!((ranks_apart(&one, &other) - (6.0 - 4.5) / variance.sqrt()).abs() < 1e-9);
        assert!(ranks_apart(&milliseconds(&[5, 5]), &milliseconds(&[5, 5])).abs() < 1e-9);
        assert!((median(&milliseconds(&[9, 1, 5])) - 0.005).abs() < 1e-9);
    }

    #[test]
    fn a_difference_is_told_and_chance_is_not() {
        let found =
            (0..100).filter(|seed| longer(&sample(*seed, 0), &sample(*seed + 1_000, 0)).is_ne()).count();
        assert!(found <= 6, "chance alone was told apart {found} times of a hundred");
        for seed in 0..20 {
            assert_eq!(longer(&sample(seed, 100), &sample(seed + 1_000, 0)), Ordering::Greater);
            assert_eq!(longer(&sample(seed, 0), &sample(seed + 1_000, 1_500)), Ordering::Less);
        }
        // A microsecond is none, however often it shows.
        let alike = [Duration::from_micros(5_000); 2_000];
        assert_eq!(longer(&[Duration::from_micros(5_001); 2_000], &alike), Ordering::Equal);
    }
}

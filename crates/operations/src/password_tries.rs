use crate::error::Failure;
use calendar::Instant;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

/// Passwords that did not fit lately, in this process, by where they were tried: an address from one network, or in one
/// browser that its owner came in by before. So whoever guesses keeps nobody else out.
#[derive(Debug, Default)]
pub(crate) struct PasswordTries(Mutex<HashMap<u64, Vec<i64>>>);

/// A try under way. It counts as a wrong one until it is taken back, so that many at once are no more than many in turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Try {
    place: u64,
    at: i64,
}

/// Wrong ones without a wait between them (CNIL, deliberation 2022-100 on passwords: a wait after five, and no more
/// than twenty-five in a day).
const WITHOUT_WAIT: usize = 5;
const IN_A_DAY: usize = 25;
const WAIT_MILLISECONDS: i64 = 61_000;
const DAY_MILLISECONDS: i64 = 86_400_000;

/// Places that are watched at most. Beyond, those of a single wrong one are forgotten first.
const WATCHED_AT_MOST: usize = 50_000;

/// Wrong ones after which their owner is told of the right one.
pub(crate) const MANY: usize = 5;

impl PasswordTries {
    /// Begins a try at a place, or says when to come back.
    ///
    /// # Errors
    /// [`Failure::TooMany`] when it is one too many; it is not counted then.
    pub(crate) fn begin(&self, place: &str, now: Instant) -> Result<Try, Failure> {
        let (place, now) = (hashed(place), now.milliseconds());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut known, now);
        let wrong = known.entry(place).or_default();
        wrong.retain(|at| *at > now - DAY_MILLISECONDS);
        let next = match (wrong.len(), wrong.first(), wrong.last()) {
            (IN_A_DAY.., Some(first), _) => first + DAY_MILLISECONDS,
            (WITHOUT_WAIT.., _, Some(last)) => last + WAIT_MILLISECONDS,
            _ => now,
        };
        if next > now {
            return Err(Failure::TooMany { retry_after_seconds: (next - now).div_euclid(1000) + 1 });
        }
        wrong.push(now);
        Ok(Try { place, at: now })
    }

    /// Takes a try back: the password was right.
    pub(crate) fn take_back(&self, done: Try) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wrong) = known.get_mut(&done.place) {
            if let Some(place) = wrong.iter().position(|at| *at == done.at) {
                wrong.remove(place);
            }
            if wrong.is_empty() {
                known.remove(&done.place);
            }
        }
    }

    /// Counts one more of a kind that nothing stops: how many there were within a day, and this one.
    pub(crate) fn count(&self, place: &str, now: Instant) -> usize {
        let (place, now) = (hashed(place), now.milliseconds());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut known, now);
        let times = known.entry(place).or_default();
        times.retain(|at| *at > now - DAY_MILLISECONDS);
        if times.len() < IN_A_DAY {
            times.push(now);
        }
        times.len()
    }

    /// Forgets what was counted at a place. Gives how many there were within a day.
    pub(crate) fn forget(&self, place: &str, now: Instant) -> usize {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let times = known.remove(&hashed(place)).unwrap_or_default();
        times.iter().filter(|at| **at > now.milliseconds() - DAY_MILLISECONDS).count()
    }
}

fn hashed(place: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    place.hash(&mut hasher);
    hasher.finish()
}

fn make_room(known: &mut HashMap<u64, Vec<i64>>, now: i64) {
    if known.len() < WATCHED_AT_MOST {
        return;
    }
    known.retain(|_, times| times.last().is_some_and(|last| *last > now - DAY_MILLISECONDS));
    if known.len() >= WATCHED_AT_MOST {
        known.retain(|_, times| times.len() > 1);
    }
    if known.len() >= WATCHED_AT_MOST {
        known.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{PasswordTries, WATCHED_AT_MOST};
    use crate::error::Failure;
    use calendar::Instant;

    fn at(seconds: i64) -> Instant {
        Instant::from_milliseconds(1_000_000 + seconds * 1000)
    }

    #[test]
    fn five_are_wrong_at_once_then_each_waits_and_a_day_has_twenty_five() {
        let tries = PasswordTries::default();
        for _ in 0..5 {
            tries.begin("a", at(0)).unwrap();
        }
        let refused = tries.begin("a", at(0)).unwrap_err();
        assert!(matches!(refused, Failure::TooMany { retry_after_seconds: 62 }), "{refused:?}");
        assert!(tries.begin("b", at(0)).is_ok(), "elsewhere it is another matter");
        let day = (1..86_400).filter(|seconds| tries.begin("a", at(*seconds)).is_ok()).count();
        assert_eq!(day, 20);
        assert!(tries.begin("a", at(86_401)).is_ok());
    }

    #[test]
    fn a_right_one_is_no_try() {
        let tries = PasswordTries::default();
        for _ in 0..100 {
            let done = tries.begin("a", at(0)).unwrap();
            tries.take_back(done);
        }
        for _ in 0..5 {
            tries.begin("a", at(0)).unwrap();
        }
        assert!(tries.begin("a", at(0)).is_err());
    }

    #[test]
    fn a_flood_of_places_costs_no_more_memory_and_frees_no_place_that_waits() {
        let tries = PasswordTries::default();
        for _ in 0..5 {
            tries.begin("a", at(0)).unwrap();
        }
        for number in 0..WATCHED_AT_MOST * 2 {
            tries.begin(&number.to_string(), at(0)).unwrap();
        }
        assert!(tries.0.lock().unwrap().len() <= WATCHED_AT_MOST);
        assert!(tries.begin("a", at(1)).is_err());
    }
}

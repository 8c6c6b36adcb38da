use crate::environment::Environment;
use crate::keep_journal::{Deed, DeedOutcome, note_deed};
use desk::{PersonId, ProviderId};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

/// An attempt to come in, or to have something done, that was refused.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// At whose desk; none where nothing of it says so.
    pub provider: Option<&'a ProviderId>,
    /// As whom; none where nobody is known.
    pub person: Option<PersonId>,
    /// By what, and why not: never what was given.
    pub by: &'a str,
    /// From which network.
    pub network: &'a str,
}

/// How often what was refused within one minute.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    minute: i64,
    times: HashMap<u64, u64>,
}

/// Kinds of attempts that are told apart in one minute. Of those beyond, one line stands for all.
const TOLD_APART: usize = 600;

const MINUTE_MILLISECONDS: i64 = 60_000;

/// Tells of an attempt: in the journal of the desk, or in the log where it is nobody's (ASVS 5.0, 16.3.1). Of the same
/// from the same network within a minute the first, the tenth, the hundredth and so on are told, each with how many
/// they are, so that a flood of them fills no disk.
pub fn note_attempt(environment: &Arc<Environment>, attempt: &Attempt<'_>) {
    let Attempt { provider, person, by, network } = *attempt;
    let minute = environment.now().milliseconds().div_euclid(MINUTE_MILLISECONDS);
    let Some((is_one_of_many, times)) = environment.attempts.count(minute, attempt) else { return };
    let network = if is_one_of_many { "" } else { network };
    let Some(provider) = provider else {
        tracing::warn!(by, network, times, "somebody was refused");
        return;
    };
    let object = if times == 1 { by.to_owned() } else { format!("{by} ×{times}") };
    note_deed(
        environment,
        &Deed { provider, person, deed: "sign_in", object: &object, outcome: DeedOutcome::Refused, network },
    );
}

impl Attempts {
    /// Counts one more. How many that makes, where it is to be told, and whether they are of many kinds.
    fn count(&self, minute: i64, attempt: &Attempt<'_>) -> Option<(bool, u64)> {
        let mut hasher = DefaultHasher::new();
        (attempt.provider, attempt.person, attempt.by, attempt.network).hash(&mut hasher);
        let mut key = hasher.finish();
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.minute != minute {
            *counted = Counted { minute, times: HashMap::new() };
        }
        let is_one_of_many = counted.times.len() >= TOLD_APART && !counted.times.contains_key(&key);
        if is_one_of_many {
            let mut hasher = DefaultHasher::new();
            (attempt.provider, "the others").hash(&mut hasher);
            key = hasher.finish();
        }
        let times = counted.times.entry(key).or_default();
        *times += 1;
        is_power_of_ten(*times).then_some((is_one_of_many, *times))
    }
}

fn is_power_of_ten(mut number: u64) -> bool {
    while number >= 10 && number.is_multiple_of(10) {
        number /= 10;
    }
    number == 1
}

#[cfg(test)]
mod tests {
    use super::{Attempt, Attempts, TOLD_APART};

    #[test]
    fn a_flood_of_attempts_is_told_in_a_few_lines() {
        let attempts = Attempts::default();
        let told = |minute: i64, network: &str| {
            let attempt = Attempt { provider: None, person: None, by: "password", network };
            attempts.count(minute, &attempt)
        };
        let times: Vec<u64> =
            (0..10_000).filter_map(|_| told(1, "192.0.2.0/24")).map(|told| told.1).collect();
        assert_eq!(times, [1, 10, 100, 1000, 10_000]);
        assert_eq!(told(2, "192.0.2.0/24"), Some((false, 1)), "each minute anew");
        let lines = (0..100_000).filter_map(|number| told(3, &number.to_string())).count();
        assert!(lines <= TOLD_APART + 5, "{lines}");
    }
}

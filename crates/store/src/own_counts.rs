use desk::{PersonId, ProviderId};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How many people's counts are kept.
const KEPT: usize = 1_024;

/// How many live requests each person has, as counted at a place of the provider's log. The same place
/// gives the same count; any commit moves the place on. Losing it costs a count.
#[derive(Debug, Default)]
pub(crate) struct OwnCounts(Mutex<HashMap<(ProviderId, PersonId), (i64, u64)>>);

impl OwnCounts {
    /// The count at a place, if it was made there.
    pub(crate) fn at(&self, provider: &ProviderId, person: PersonId, position: i64) -> Option<u64> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&(provider.clone(), person)).filter(|(at, _)| *at == position).map(|(_, count)| *count)
    }

    /// Keeps a count. One made after the place was read is no harm: that place does not come back.
    pub(crate) fn keep(&self, provider: &ProviderId, person: PersonId, position: i64, count: u64) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert((provider.clone(), person), (position, count));
    }
}

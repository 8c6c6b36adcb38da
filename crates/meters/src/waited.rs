use crate::clock::Clock;
use crate::progress::Progress;
use calendar::{Calendar, Instant};
use serde::{Deserialize, Serialize};
use terms::Together;

/// For how long a clock was kept waiting, and by whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// Seconds of the clock's calendar in which anybody was waited for.
    pub total_seconds: i64,
    /// Seconds in which several were waited for at once; part of the total.
    pub together_seconds: i64,
    /// Seconds counted to each party, in the order in which they were first waited for. They add up
    /// to more than the total where time together is counted to each.
    pub by_party: Vec<(String, i64)>,
}

/// The time that waits took from a clock until `now`, in the clock's calendar, counted to the parties
/// that were waited for. A clock that was kept or stopped waits no longer.
#[must_use]
pub fn waited(progress: &Progress, clock: &Clock, calendar: &Calendar, now: Instant) -> Waited {
    let end = clock.met_at.or(clock.stopped.map(|(at, _)| at)).unwrap_or(now).min(now);
    let mut waits: Vec<(Instant, Instant, &str, Together)> = progress
        .waits_of(clock)
        .map(|wait| (wait.from.max(clock.started_at), wait.to.unwrap_or(end).min(end), wait))
        .filter(|(from, to, _)| from < to)
        .map(|(from, to, wait)| (from, to, wait.party.as_str(), wait.together))
        .collect();
    waits.sort_by_key(|(from, ..)| *from);
    let mut edges: Vec<Instant> = waits.iter().flat_map(|(from, to, ..)| [*from, *to]).collect();
    edges.sort_unstable();
    edges.dedup();
    let mut found = Waited::default();
    for (from, to) in edges.iter().zip(edges.iter().skip(1)) {
        let held: Vec<_> = waits.iter().filter(|(begun, ended, ..)| begun <= from && ended >= to).collect();
        let Some((_, _, first, together)) = held.first() else { continue };
        let mut parties: Vec<&str> = Vec::new();
        for (_, _, party, _) in &held {
            if !parties.contains(party) {
                parties.push(party);
            }
        }
        let seconds = calendar.between(*from, *to);
        found.total_seconds += seconds;
        if parties.len() > 1 {
            found.together_seconds += seconds;
            if *together == Together::First {
                parties = vec![first];
            }
        }
        for party in parties {
            match found.by_party.iter_mut().find(|(known, _)| known == party) {
                Some((_, counted)) => *counted += seconds,
                None => found.by_party.push((party.to_owned(), seconds)),
            }
        }
    }
    found
}

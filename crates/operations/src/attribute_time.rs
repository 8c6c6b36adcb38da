//! Whose time a request took: the desk's, the customer's, a third party's, and the hours in which nobody
//! works. From the same clocks, waits and calendars as the explanations of its deadlines.

use calendar::Instant;
use desk::Ticket;
use meters::{Course, waited};
use terms::{Clause, Label, Terms};

/// Whose time a request took, along the clock that ran longest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeTaken {
    /// The promise whose clock it is.
    pub promise: String,
    /// What the document calls it.
    pub label: Label,
    /// Its clause.
    pub clause: Clause,
    /// Seconds of the clock's hours that were the desk's.
    pub provider_seconds: i64,
    /// Seconds of the same hours by whoever was waited for, in the order in which they first were:
    /// `customer`, `vendor`, `third_party`. Time together counts as the document says.
    pub waited_seconds: Vec<(String, i64)>,
    /// Seconds outside of these hours.
    pub closed_seconds: i64,
}

/// Whose time it was until `now`, or until another request went on for it; none where no clock ever ran.
pub(crate) fn attribute_time(ticket: &Ticket, terms: &Terms, now: Instant) -> Option<TimeTaken> {
    let now = ticket.merged_at.map_or(now, |merged| merged.min(now));
    let end =
        |clock: &meters::Clock| clock.met_at.or(clock.stopped.map(|(at, _)| at)).unwrap_or(now).min(now);
    let ran = |clock: &meters::Clock| end(clock).seconds_since(clock.started_at);
    // Of clocks that ran as long the first counts.
    let clock = ticket.progress.clocks.iter().rev().max_by_key(|clock| ran(clock))?;
    let calendar = Course::new(terms).calendar_of(clock, &ticket.facts);
    let open_seconds = calendar.between(clock.started_at, end(clock));
    let waits = waited(&ticket.progress, clock, &calendar, now);
    Some(TimeTaken {
        promise: clock.key.promise.clone(),
        label: clock.label.clone(),
        clause: clock.clause.clone(),
        provider_seconds: (open_seconds - waits.total_seconds).max(0),
        waited_seconds: waits.by_party,
        closed_seconds: (ran(clock) - open_seconds).max(0),
    })
}

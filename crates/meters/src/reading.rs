use crate::clock::{Clock, StopReason};
use crate::course::{Course, used_seconds};
use crate::progress::Progress;
use calendar::{Calendar, Instant, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use terms::{Clause, FactName, Facts, Label, Strength};

/// What a clock shows at an instant, and by which clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Name of the promise.
    pub promise: String,
    /// What people read.
    pub label: Label,
    /// How binding.
    pub strength: Strength,
    /// How it stands.
    pub state: ClockState,
    /// Where the customer's time began.
    pub started_at: Instant,
    /// When it falls due; while paused, when it would have without the running wait.
    pub due_at: Option<Instant>,
    /// When it was kept.
    pub met_at: Option<Instant>,
    /// Since when it stands paused.
    pub paused_since: Option<Instant>,
    /// On whom the pause waits.
    pub waiting_for: Option<String>,
    /// On whom else it waits at the same time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting_also_for: Vec<String>,
    /// What the pause is called.
    pub pause_label: Option<Label>,
    /// Time used, in seconds of its calendar.
    pub used_seconds: i64,
    /// Time left, in seconds of its calendar; negative once overdue; none without a due instant.
    pub left_seconds: Option<i64>,
    /// The target as the document writes it.
    pub target: Option<Span>,
    /// The clause that gives the target.
    pub clause: Clause,
    /// Calendar in force; `elapsed` for wall-clock time.
    pub calendar: String,
    /// Whether the due instant passed before it was kept.
    pub missed: bool,
    /// Why it is no longer owed.
    pub stopped: Option<StopReason>,
    /// Unknown facts that could still change the target.
    pub provisional: BTreeSet<FactName>,
    /// Interpretations in force that speak of it.
    pub interpretations: Vec<String>,
}

/// How a clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// Time is counted.
    Running,
    /// Time stands still.
    Paused,
    /// Kept in time.
    Met,
    /// The due instant passed; `met_at` says when it was kept late.
    Missed,
    /// No longer owed.
    Stopped,
}

/// Reads one clock of a request at `now`.
///
/// A clock whose due instant lies before `now` reads as missed even before a round has recorded
/// the miss: the log is evidence, the instant is the truth.
#[must_use]
pub fn read(course: &Course<'_>, progress: &Progress, clock: &Clock, facts: &Facts, now: Instant) -> Reading {
    read_in(&course.calendar_of(clock, facts), progress, clock, now)
}

/// As [`read`], in a calendar that the caller already has: the clock's own, from
/// [`Course::calendar_of`].
#[must_use]
pub fn read_in(calendar: &Calendar, progress: &Progress, clock: &Clock, now: Instant) -> Reading {
    let open_wait = progress.waits_of(clock).find(|wait| wait.to.is_none());
    let paused = open_wait.filter(|wait| wait.effect == terms::Effect::Pause && clock.is_open());
    let end = clock.met_at.or(clock.stopped.map(|(at, _)| at)).unwrap_or(now);
    let counted_to = paused.map_or(end, |wait| end.min(wait.from));
    let used_seconds = used_seconds(progress, clock, calendar, counted_to);
    // A wait that ended while another goes on has moved the due instant, and is no time left.
    let ended: Vec<(Instant, Instant)> = match paused {
        Some(_) => {
            let pauses = progress.waits_of(clock).filter(|wait| wait.effect == terms::Effect::Pause);
            pauses.filter_map(|wait| Some((wait.from, wait.to?))).collect()
        }
        None => Vec::new(),
    };
    let left_seconds = clock.due_at.map(|due| calendar.between_with_pauses(counted_to, due, &ended));
    let overdue = clock.is_open() && open_wait.is_none() && clock.due_at.is_some_and(|due| now > due);
    let missed = clock.missed_at.is_some() || overdue;
    let state = if clock.stopped.is_some() {
        ClockState::Stopped
    } else if missed {
        ClockState::Missed
    } else if clock.met_at.is_some() {
        ClockState::Met
    } else if paused.is_some() {
        ClockState::Paused
    } else {
        ClockState::Running
    };
    Reading {
        promise: clock.key.promise.clone(),
        label: clock.label.clone(),
        strength: clock.strength,
        state,
        started_at: clock.started_at,
        due_at: clock.due_at,
        met_at: clock.met_at,
        paused_since: paused.map(|wait| standing_since(progress, clock, wait.from)),
        waiting_for: paused.map(|wait| wait.party.clone()),
        waiting_also_for: if paused.is_some() { also_waiting_for(progress, clock) } else { Vec::new() },
        pause_label: paused.map(|wait| wait.label.clone()),
        used_seconds,
        left_seconds,
        target: clock.target,
        clause: clock.clause.clone(),
        calendar: clock.calendar.clone(),
        missed,
        stopped: clock.stopped.map(|(_, reason)| reason),
        provisional: clock.provisional.clone(),
        interpretations: clock.interpretations.clone(),
    }
}

/// Since when a clock stands still, where waits that ended meanwhile lead up to the one that runs.
fn standing_since(progress: &Progress, clock: &Clock, from: Instant) -> Instant {
    let mut since = from;
    while let Some(earlier) = progress
        .waits_of(clock)
        .filter(|wait| wait.effect == terms::Effect::Pause && wait.from < since)
        .find(|wait| wait.to.is_some_and(|to| to >= since))
    {
        since = earlier.from;
    }
    since
}

/// The parties of the open waits beside that of the first.
fn also_waiting_for(progress: &Progress, clock: &Clock) -> Vec<String> {
    let open = progress.waits_of(clock).filter(|wait| wait.to.is_none());
    let mut parties: Vec<String> = Vec::new();
    for wait in open {
        if !parties.contains(&wait.party) {
            parties.push(wait.party.clone());
        }
    }
    parties.into_iter().skip(1).collect()
}

use calendar::{DayReading, Instant, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use terms::{Clause, Effect, FactName, Label, Strength, Together};

/// Which clock of a request: a promise, and which of its instances (recurring promises have many).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClockKey {
    /// Name of the promise.
    pub promise: String,
    /// 0 for the first clock of the promise.
    pub instance: u32,
}

/// A promise set running.
///
/// It carries its promise, its clause and its calendar, so that reading a deadline needs no
/// agreement. All spans are in the unit of `target`; business units count in `calendar`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Which clock this is.
    pub key: ClockKey,
    /// What people read.
    pub label: Label,
    /// The clause that gives the target in force.
    pub clause: Clause,
    /// Name of the calendar in force; `elapsed` for wall-clock time.
    pub calendar: String,
    /// The target; none when the promise has no figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Span>,
    /// How business days are understood.
    pub day: DayReading,
    /// How binding.
    pub strength: Strength,
    /// Where the customer's time began.
    pub started_at: Instant,
    /// Where the target in force counts from; later than `started_at` after a restart.
    pub counted_from: Instant,
    /// Time used before `counted_from` that still counts, in seconds of the calendar.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub carried_seconds: i64,
    /// What waits before `counted_from` put it off by, each as it was measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
    /// The instant of the planned event before which it must be kept.
    #[serde(default)]
    pub planned_at: Option<Instant>,
    /// When it falls due, all closed waits considered; none without figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Instant>,
    /// Pauses that touch it, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<String>,
    /// When it was kept, perhaps late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met_at: Option<Instant>,
    /// The due instant that passed without it being kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_at: Option<Instant>,
    /// When and why it ceased to be owed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<(Instant, StopReason)>,
    /// Steps before and after the due instant already taken, by their place in the promise
    /// (`warn.0`, `missed.1`).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub steps_taken: BTreeSet<String>,
    /// Unknown facts that could still change the target.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub provisional: BTreeSet<FactName>,
    /// Interpretations in force that speak of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interpretations: Vec<String>,
    /// Whether the next one begins when this one is kept.
    #[serde(default, skip_serializing_if = "is_false")]
    pub recurring: bool,
}

pub(crate) fn is_zero(seconds: &i64) -> bool {
    *seconds == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Clock {
    /// Whether it still runs or stands paused: neither kept nor stopped. A missed clock stays open
    /// until it is kept late; one of a recurring promise does not, for the next has begun.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_unsettled() && !(self.recurring && self.missed_at.is_some())
    }

    /// Whether it was neither kept nor stopped, so that what follows a miss is still due.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.met_at.is_none() && self.stopped.is_none()
    }
}

/// By how much a wait put a deadline off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// The calendar it is measured in; elapsed without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_in: Option<String>,
    /// How long, in milliseconds of that calendar.
    pub milliseconds: i64,
}

/// Why a clock is no longer owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// Coverage was refused.
    NotCovered,
    /// A changed fact took the request out of the promise.
    NoLongerApplies,
    /// The request was closed.
    Closed,
    /// A machine wrote, and machines are not answered.
    Automatic,
    /// The request goes on in another. Read and never recorded: taken apart, the clock runs as if nothing had been.
    Merged,
}

/// A waiting: on whom, from when, until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Name of the pause in the agreement.
    pub pause: String,
    /// What people read.
    pub label: Label,
    /// The clause that allows it.
    pub clause: Clause,
    /// Whose waiting it is.
    pub party: String,
    /// To whom time is counted in which several are waited for at once.
    #[serde(default, skip_serializing_if = "Together::is_each")]
    pub together: Together,
    /// What it does to the clocks it touches.
    pub effect: Effect,
    /// For an extension, the calendar it is measured in; elapsed without one.
    pub measured_in: Option<String>,
    /// Beginning.
    pub from: Instant,
    /// End; none while it lasts.
    pub to: Option<Instant>,
}

use crate::clock::{Clock, ClockKey, Extension, StopReason, Wait, is_zero};
use crate::deed::Happening;
use calendar::{Instant, Span};
use serde::{Deserialize, Serialize};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use terms::{Clause, FactName, Facts, Strength};

/// All meters of one request: its clocks, its waits, and when each event first happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Clocks in the order they started.
    pub clocks: Vec<Clock>,
    /// Waits in the order they began.
    pub waits: Vec<Wait>,
    /// First instant of each event.
    pub happened: BTreeMap<String, Instant>,
    /// Last instant of each event that a silence follows, once it happened again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub last: BTreeMap<String, Instant>,
    /// How each event happened of which a promise asks that: the first of every kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told_apart: Vec<Happening>,
}

/// A change of the meters, as the log records it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockChange {
    /// An event happened for the first time, once more where a silence follows it, or for the first time so
    /// where a promise asks how it happened.
    Happened {
        /// Its name.
        event: String,
        /// When.
        at: Instant,
        /// How, where a promise asks that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attributes: Option<Facts>,
    },
    /// A clock began.
    Started {
        /// The clock as it begins.
        clock: Box<Clock>,
    },
    /// A waiting began.
    WaitBegan {
        /// The wait, without end.
        wait: Wait,
    },
    /// A waiting ended.
    WaitEnded {
        /// Name of the pause.
        pause: String,
        /// Whose waiting ended, of a pause of several parties.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        party: Option<String>,
        /// When.
        at: Instant,
    },
    /// A due instant moved because time was waited, or because its hours are others.
    DueMoved {
        /// Which clock.
        key: ClockKey,
        /// The new due instant.
        due_at: Option<Instant>,
        /// Whether its hours are others.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        recounted: bool,
    },
    /// A changed fact gave a clock another target.
    Retargeted {
        /// Which clock.
        key: ClockKey,
        /// When the fact changed.
        at: Instant,
        /// The new target.
        target: Option<Span>,
        /// The clause that gives it.
        clause: Clause,
        /// The calendar in force.
        calendar: String,
        /// The strength in force.
        strength: Strength,
        /// Where the new target counts from.
        counted_from: Instant,
        /// Time used before that still counts, in seconds.
        carried_seconds: i64,
        /// What waits before that put it off by.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        extensions: Vec<Extension>,
        /// The new due instant.
        due_at: Option<Instant>,
        /// Unknown facts that could still change it.
        provisional: BTreeSet<FactName>,
    },
    /// A clock kept its target and its due instant, and goes on by another clause, or counted otherwise.
    Stood {
        /// Which clock.
        key: ClockKey,
        /// The clause that gives the target.
        clause: Clause,
        /// Where it counts from.
        counted_from: Instant,
        /// Time used before that still counts, in seconds.
        #[serde(default, skip_serializing_if = "is_zero")]
        carried_seconds: i64,
        /// What waits before that put it off by.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        extensions: Vec<Extension>,
        /// Unknown facts that could still change the target.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        provisional: BTreeSet<FactName>,
    },
    /// A warning step before the due instant was reached.
    Warned {
        /// Which clock.
        key: ClockKey,
        /// Place of the step in the promise.
        step: String,
        /// When it was to be told.
        at: Instant,
        /// The due instant warned of.
        due_at: Instant,
        /// Roles to tell.
        tell: Vec<String>,
        /// The clause.
        clause: Clause,
    },
    /// The due instant passed without the promise being kept.
    Missed {
        /// Which clock.
        key: ClockKey,
        /// The due instant that passed.
        due_at: Instant,
        /// The clause.
        clause: Clause,
        /// How binding the promise was.
        strength: Strength,
    },
    /// A step after a miss was reached.
    MissFollowed {
        /// Which clock.
        key: ClockKey,
        /// Place of the step in the promise.
        step: String,
        /// When it was to be taken.
        at: Instant,
        /// Roles to tell.
        tell: Vec<String>,
        /// The role that the request climbs to.
        climb: Option<String>,
        /// The clause.
        clause: Clause,
    },
    /// The promise was kept, perhaps late.
    Met {
        /// Which clock.
        key: ClockKey,
        /// When.
        at: Instant,
    },
    /// The promise is no longer owed.
    Stopped {
        /// Which clock.
        key: ClockKey,
        /// When.
        at: Instant,
        /// Why.
        reason: StopReason,
    },
}

impl ClockChange {
    /// The clock that it happened to; none where it touched all or none.
    #[must_use]
    pub fn key(&self) -> Option<&ClockKey> {
        match self {
            Self::Started { clock } => Some(&clock.key),
            Self::DueMoved { key, .. }
            | Self::Retargeted { key, .. }
            | Self::Stood { key, .. }
            | Self::Warned { key, .. }
            | Self::Missed { key, .. }
            | Self::MissFollowed { key, .. }
            | Self::Met { key, .. }
            | Self::Stopped { key, .. } => Some(key),
            Self::Happened { .. } | Self::WaitBegan { .. } | Self::WaitEnded { .. } => None,
        }
    }

    /// The clause behind it, where it names one.
    #[must_use]
    pub fn clause(&self) -> Option<&Clause> {
        match self {
            Self::Started { clock } => Some(&clock.clause),
            Self::WaitBegan { wait } => Some(&wait.clause),
            Self::Retargeted { clause, .. }
            | Self::Stood { clause, .. }
            | Self::Warned { clause, .. }
            | Self::Missed { clause, .. }
            | Self::MissFollowed { clause, .. } => Some(clause),
            Self::Happened { .. }
            | Self::WaitEnded { .. }
            | Self::DueMoved { .. }
            | Self::Met { .. }
            | Self::Stopped { .. } => None,
        }
    }
}

impl Progress {
    /// A clock by its key.
    #[must_use]
    pub fn clock(&self, key: &ClockKey) -> Option<&Clock> {
        self.clocks.iter().find(|clock| clock.key == *key)
    }

    /// The latest clock of a promise.
    #[must_use]
    pub fn latest(&self, promise: &str) -> Option<&Clock> {
        self.clocks.iter().rev().find(|clock| clock.key.promise == promise)
    }

    /// The same with every open clock stopped at an instant, for whoever reads it.
    #[must_use]
    pub fn stopped_at(&self, at: Instant, reason: StopReason) -> Self {
        let mut stopped = self.clone();
        for clock in stopped.clocks.iter_mut().filter(|clock| clock.is_open()) {
            clock.stopped = Some((at, reason));
        }
        stopped
    }

    /// When an event happened last, of those that a silence follows; of others, when it happened first.
    #[must_use]
    pub fn last_of(&self, event: &str) -> Option<Instant> {
        self.last.get(event).or_else(|| self.happened.get(event)).copied()
    }

    /// The open wait of a pause.
    #[must_use]
    pub fn open_wait(&self, pause: &str) -> Option<&Wait> {
        self.waits.iter().find(|wait| wait.pause == pause && wait.to.is_none())
    }

    /// The open wait of a pause for one of its parties.
    #[must_use]
    pub fn open_wait_for(&self, pause: &str, party: &str) -> Option<&Wait> {
        self.waits.iter().find(|wait| wait.pause == pause && wait.party == party && wait.to.is_none())
    }

    /// The waits that touch a clock.
    pub fn waits_of<'a>(&'a self, clock: &'a Clock) -> impl Iterator<Item = &'a Wait> {
        self.waits.iter().filter(|wait| clock.pauses.contains(&wait.pause))
    }

    /// Folds one change. A change that names an unknown clock or wait changes nothing: the fold of
    /// any prefix of a log is a valid state.
    pub fn apply(&mut self, change: &ClockChange) {
        match change {
            ClockChange::Happened { event, at, attributes } => {
                if let Some(attributes) = attributes {
                    let (event, attributes) = (event.clone(), attributes.clone());
                    self.told_apart.push(Happening { at: *at, event, attributes });
                }
                match self.happened.entry(event.clone()) {
                    Entry::Vacant(first) => {
                        first.insert(*at);
                    }
                    Entry::Occupied(_) => {
                        self.last.insert(event.clone(), *at);
                    }
                }
            }
            ClockChange::Started { clock } => self.clocks.push(clock.as_ref().clone()),
            ClockChange::WaitBegan { wait } => self.waits.push(wait.clone()),
            ClockChange::WaitEnded { pause, party, at } => {
                let ends = |wait: &&mut Wait| {
                    let meant = party.as_ref().is_none_or(|party| wait.party == *party);
                    wait.pause == *pause && meant && wait.to.is_none()
                };
                if let Some(wait) = self.waits.iter_mut().find(ends) {
                    wait.to = Some(*at);
                }
            }
            ClockChange::DueMoved { key, due_at, recounted } => self.change(key, |clock| {
                // After a wait as much is left as before it, of which everybody was warned.
                if *recounted {
                    warn_again_before(clock, *due_at);
                }
                clock.due_at = *due_at;
            }),
            ClockChange::Retargeted {
                key,
                target,
                clause,
                calendar,
                strength,
                counted_from,
                carried_seconds,
                extensions,
                due_at,
                provisional,
                ..
            } => self.change(key, |clock| {
                warn_again_before(clock, *due_at);
                clock.target = *target;
                clock.clause = clause.clone();
                clock.calendar.clone_from(calendar);
                clock.strength = *strength;
                clock.counted_from = *counted_from;
                clock.carried_seconds = *carried_seconds;
                clock.extensions.clone_from(extensions);
                clock.due_at = *due_at;
                clock.provisional.clone_from(provisional);
            }),
            ClockChange::Stood { key, clause, counted_from, carried_seconds, extensions, provisional } => {
                self.change(key, |clock| {
                    clock.clause = clause.clone();
                    clock.counted_from = *counted_from;
                    clock.carried_seconds = *carried_seconds;
                    clock.extensions.clone_from(extensions);
                    clock.provisional.clone_from(provisional);
                });
            }
            ClockChange::Warned { key, step, .. } | ClockChange::MissFollowed { key, step, .. } => {
                self.change(key, |clock| {
                    clock.steps_taken.insert(step.clone());
                });
            }
            ClockChange::Missed { key, due_at, .. } => {
                self.change(key, |clock| clock.missed_at = Some(*due_at))
            }
            ClockChange::Met { key, at } => self.change(key, |clock| clock.met_at = Some(*at)),
            ClockChange::Stopped { key, at, reason } => {
                self.change(key, |clock| clock.stopped = Some((*at, *reason)));
            }
        }
    }

    fn change(&mut self, key: &ClockKey, change: impl FnOnce(&mut Clock)) {
        if let Some(clock) = self.clocks.iter_mut().find(|clock| clock.key == *key) {
            change(clock);
        }
    }
}

/// Who was warned of a deadline is warned of a later one again.
fn warn_again_before(clock: &mut Clock, due_at: Option<Instant>) {
    if clock.due_at.zip(due_at).is_some_and(|(was, due_at)| due_at > was) {
        clock.steps_taken.retain(|step| !step.starts_with("warn."));
    }
}

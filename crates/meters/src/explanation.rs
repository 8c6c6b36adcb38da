use crate::clock::{Clock, Wait};
use crate::course::Course;
use crate::progress::Progress;
use calendar::{DayCounted, Instant, trace};
use serde::{Deserialize, Serialize};
use terms::{Clause, Effect, Facts, Label, TermsError};

/// The steps that lead from the start of a clock to its due instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// Name of the promise.
    pub promise: String,
    /// Where counting began.
    pub counted_from: Instant,
    /// Time already used before that, in seconds.
    pub carried_seconds: i64,
    /// The due instant explained.
    pub due_at: Option<Instant>,
    /// Calendar that counts; `elapsed` for wall-clock time.
    pub calendar: String,
    /// What the calendar is called.
    pub calendar_label: Label,
    /// The clause that gives the hours; none for wall-clock time.
    pub calendar_clause: Option<Clause>,
    /// Zone whose wall shows the days.
    pub zone: String,
    /// Day by day: what was open, what was paused, what counted.
    pub days: Vec<CountedDay>,
    /// Waits that touched the clock.
    pub waits: Vec<Wait>,
}

/// One day of the count.
pub type CountedDay = DayCounted;

/// Explains the due instant of a clock.
///
/// # Errors
/// When the clock's calendar cannot be had for these facts.
pub fn explain(
    course: &Course<'_>,
    progress: &Progress,
    clock: &Clock,
    facts: &Facts,
) -> Result<Explanation, TermsError> {
    let terms = course.terms();
    let calendar = terms.calendar(&clock.calendar, facts)?;
    let rule = terms.calendar_rule(&clock.calendar, facts).ok();
    let waits: Vec<Wait> = progress.waits_of(clock).cloned().collect();
    let pauses: Vec<(Instant, Instant)> = waits
        .iter()
        .filter(|wait| wait.effect == Effect::Pause)
        .filter_map(|wait| Some((wait.from, wait.to?)))
        .collect();
    let days = match clock.due_at {
        Some(due_at) => trace(clock.counted_from, due_at, &calendar, &pauses),
        None => Vec::new(),
    };
    Ok(Explanation {
        promise: clock.key.promise.clone(),
        counted_from: clock.counted_from,
        carried_seconds: clock.carried_seconds,
        due_at: clock.due_at,
        calendar: clock.calendar.clone(),
        calendar_label: rule.map(|rule| rule.label.clone()).unwrap_or_default(),
        calendar_clause: rule.map(|rule| rule.clause.clone()),
        zone: calendar.zone().name().to_owned(),
        days,
        waits,
    })
}

use crate::refused::{Refused, Why};
use calendar::{Instant, Span, due};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use terms::{Evaluation, Facts, Permission, Silence, Terms};

/// When a silence is reminded and when it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilenceCourse {
    /// Reminders, in order; those that would come after the end are left out.
    pub remind_at: Vec<Instant>,
    /// When silence counts.
    pub ends_at: Instant,
    /// What it then counts as.
    pub counts_as: String,
    /// Whether an answer afterwards reopens the request.
    pub reopens: bool,
}

/// When the silence of someone asked at an instant is reminded and when it counts.
///
/// # Errors
/// The calendar cannot be had, or the span has no figure or is not known.
pub fn silence_course(
    terms: &Terms,
    permission: &Permission,
    silence: &Silence,
    asked_at: Instant,
    facts: &Facts,
) -> Result<SilenceCourse, Refused> {
    let clause = &permission.clause;
    let calendar = match &silence.calendar {
        Some(name) => terms.calendar(name, facts).map_err(|error| Refused::terms(&error, clause))?,
        None => terms.elapsed(),
    };
    let count = |span: &Span| -> Result<Instant, Refused> {
        due(asked_at, span, &silence.day, &calendar, &[])
            .map_err(|error| Refused::calendar(&error, clause))?
            .ok_or_else(|| Refused::unsaid("after", clause))
    };
    let mut wants = BTreeSet::new();
    let after = silence
        .after
        .resolve(&Evaluation::new(terms, facts, asked_at), &mut wants)
        .ok_or_else(|| Refused::new(Why::Unknown { facts: wants }, clause))?;
    let ends_at = count(&after)?;
    let mut remind_at = Vec::with_capacity(silence.remind.len());
    for span in &silence.remind {
        remind_at.push(count(span)?);
    }
    remind_at.retain(|at| *at < ends_at);
    remind_at.sort_unstable();
    let (counts_as, reopens) = (silence.counts_as.clone(), silence.reopens);
    Ok(SilenceCourse { remind_at, ends_at, counts_as, reopens })
}

use calendar::{DayReading, Instant, due};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use terms::{Clause, DataDuty, Evaluation, Facts, Terms};

/// What a duty about data comes to on one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destruction {
    /// When the data is destroyed; none until its event has happened.
    pub destroyed_at: Option<Instant>,
    /// What is destroyed.
    pub what: Vec<String>,
    /// What is kept.
    pub keep: Vec<String>,
    /// When the last backup that holds it has expired; none where the document does not say.
    pub backups_gone_at: Option<Instant>,
    /// The clause.
    pub clause: Clause,
}

/// What is destroyed of a request and when, given when the event that the duty names happened.
#[must_use]
pub fn destruction(
    terms: &Terms,
    duty: &DataDuty,
    happened_at: Option<Instant>,
    facts: &Facts,
) -> Destruction {
    let backups = duty.backups.as_ref().zip(happened_at).and_then(|(backups, at)| {
        let span = backups.resolve(&Evaluation::new(terms, facts, at), &mut BTreeSet::new())?;
        due(at, &span, &DayReading::default(), &terms.elapsed(), &[]).ok().flatten()
    });
    Destruction {
        destroyed_at: happened_at,
        what: duty.what.clone(),
        keep: duty.keep.clone(),
        backups_gone_at: backups,
        clause: duty.clause.clone(),
    }
}

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
    /// Where counting began: of what is owed ahead of a planned event, that event.
    pub counted_from: Instant,
    /// Which way it counts from there.
    #[serde(default)]
    pub direction: CountDirection,
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
    /// Day by day: what was open, what was paused, what counted, in the order of counting.
    pub days: Vec<CountedDay>,
    /// Waits that touched the clock.
    pub waits: Vec<Wait>,
}

/// Which way a clock counts to its due instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountDirection {
    /// From what happened to what is owed after it.
    #[default]
    Forward,
    /// From a planned event back to what is owed ahead of it.
    Back,
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
    // What is planned does not move because somebody is waited for.
    let waits: Vec<Wait> = match clock.planned_at {
        Some(_) => Vec::new(),
        None => progress.waits_of(clock).cloned().collect(),
    };
    let pauses: Vec<(Instant, Instant)> = waits
        .iter()
        .filter(|wait| wait.effect == Effect::Pause)
        .filter_map(|wait| Some((wait.from, wait.to?)))
        .collect();
    let days = match (clock.due_at, clock.planned_at) {
        (Some(due_at), Some(planned_at)) => counted_back(trace(due_at, planned_at, &calendar, &[])),
        (Some(due_at), None) => trace(clock.counted_from, due_at, &calendar, &pauses),
        (None, _) => Vec::new(),
    };
    Ok(Explanation {
        promise: clock.key.promise.clone(),
        counted_from: clock.planned_at.unwrap_or(clock.counted_from),
        direction: match clock.planned_at {
            Some(_) => CountDirection::Back,
            None => CountDirection::Forward,
        },
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

/// The same days from the last to the first, what counted added up in that order.
fn counted_back(mut days: Vec<CountedDay>) -> Vec<CountedDay> {
    days.reverse();
    let mut total_seconds = 0;
    for day in &mut days {
        total_seconds += day.counted_seconds;
        day.total_seconds = total_seconds;
    }
    days
}

#[cfg(test)]
mod tests {
    use super::{CountDirection, explain};
    use crate::clock::{Clock, ClockKey};
    use crate::course::Course;
    use crate::progress::Progress;
    use calendar::{BusinessDay, DayOne, DayReading, Instant, LocalDate, Zone};
    use std::collections::BTreeSet;
    use terms::{AgreementName, Clause, ClauseName, Facts, Label, Strength, Terms};

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    /// A notice asked for on the 2nd, perhaps ahead of something planned.
    fn notice(planned_at: Option<Instant>, due_at: Instant) -> Clock {
        Clock {
            key: ClockKey { promise: "notice".to_owned(), instance: 0 },
            label: Label::default(),
            clause: Clause::from(ClauseName {
                agreement: "k".to_owned(),
                version: "1".to_owned(),
                number: "1".to_owned(),
                item: None,
                heading: String::new(),
            }),
            calendar: "elapsed".to_owned(),
            target: None,
            day: DayReading {
                business_day: BusinessDay::Length,
                day_one: DayOne::Next,
                cut_off: None,
                billing: None,
            },
            strength: Strength::Binding,
            started_at: at("2026-03-02T12:00:00+01:00"),
            counted_from: at("2026-03-02T12:00:00+01:00"),
            carried_seconds: 0,
            extensions: Vec::new(),
            planned_at,
            due_at: Some(due_at),
            pauses: Vec::new(),
            met_at: None,
            missed_at: None,
            stopped: None,
            steps_taken: BTreeSet::new(),
            provisional: BTreeSet::new(),
            interpretations: Vec::new(),
            recurring: false,
        }
    }

    fn told(clock: &Clock) -> (CountDirection, Instant, Vec<(String, i64, i64)>) {
        let name = AgreementName { key: "k".to_owned(), version: "1".to_owned() };
        let terms = Terms::empty(name, LocalDate::EPOCH, Zone::parse("Europe/Paris").unwrap());
        let found = explain(&Course::new(&terms), &Progress::default(), clock, &Facts::new()).unwrap();
        let days = found.days.iter();
        let days =
            days.map(|day| (day.date.to_string(), day.counted_seconds / 3600, day.total_seconds / 3600));
        (found.direction, found.counted_from, days.collect())
    }

    #[test]
    fn what_is_owed_ahead_is_counted_back_from_what_is_planned() {
        let (planned_at, due_at) = (at("2026-03-09T10:00:00+01:00"), at("2026-03-08T20:00:00+01:00"));
        let (direction, from, days) = told(&notice(Some(planned_at), due_at));
        assert_eq!((direction, from), (CountDirection::Back, planned_at));
        assert_eq!(days, [("2026-03-09".to_owned(), 10, 10), ("2026-03-08".to_owned(), 4, 14)]);
    }

    #[test]
    fn without_a_planned_event_counting_goes_forward() {
        let clock = notice(None, at("2026-03-03T06:00:00+01:00"));
        let (direction, from, days) = told(&clock);
        assert_eq!((direction, from), (CountDirection::Forward, clock.counted_from));
        assert_eq!(days, [("2026-03-02".to_owned(), 12, 12), ("2026-03-03".to_owned(), 6, 18)]);
    }
}

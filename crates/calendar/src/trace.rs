//! The days that lead from a start to a due instant.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::holidays::Labels;
use crate::instant::Instant;
use crate::local_date::LocalDate;
use crate::local_time::LocalTime;
use crate::resolve::{merge, subtract};

/// One local day of a count, with what it gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCounted {
    /// The day on the wall of the calendar's zone.
    pub date: LocalDate,
    /// The open intervals of the day that lie between start and due instant.
    pub windows: Vec<(Instant, Instant)>,
    /// The parts of them during which nothing counted.
    pub paused: Vec<(Instant, Instant)>,
    /// Seconds the day gave: open and not paused.
    pub counted_seconds: i64,
    /// Seconds counted from the start to the end of this day.
    pub total_seconds: i64,
    /// Holidays that closed a day on which the calendar would have opened.
    pub holidays: Vec<Labels>,
}

/// Day by day, how the open time between a start and a due instant adds up.
///
/// Only days with something to say are listed: open, paused, or closed by a holiday.
///
/// ```
/// # use calendar::{Calendar, CalendarDefinition, Instant, Weekday, Window, Zone, trace};
/// let week = Weekday::MONDAY_TO_FRIDAY;
/// let hours = [Window::parse("09:00-17:00")?];
/// let office = CalendarDefinition::weekly("office", Zone::parse("Europe/Paris")?, week, &hours);
/// let office = Calendar::build(office)?;
/// let friday = Instant::parse("2026-03-06T16:00:00+01:00")?;
/// let due = office.add(friday, 3 * 3600)?;
/// let days = trace(friday, due, &office, &[]);
/// let counted: Vec<_> = days.iter().map(|day| (day.date.to_string(), day.counted_seconds)).collect();
/// assert_eq!(counted, [("2026-03-06".to_string(), 3600), ("2026-03-09".to_string(), 7200)]);
/// # Ok::<(), calendar::CalendarError>(())
/// ```
pub fn trace(
    start: Instant,
    due: Instant,
    calendar: &Calendar,
    pauses: &[(Instant, Instant)],
) -> Vec<DayCounted> {
    let zone = calendar.zone();
    let (first, last) = (zone.local(start).date, zone.local(due).date);
    let pauses = merge(pauses.to_vec());
    let mut holidays = BTreeMap::new();
    for (date, labels) in calendar.holidays_felt_between(first, last) {
        holidays.entry(date).or_insert_with(Vec::new).push(labels);
    }
    let mut open = BTreeMap::new();
    for (from, to) in calendar.windows(start, due) {
        for (date, part) in by_day(from, to, calendar) {
            open.entry(date).or_insert_with(Vec::new).push(part);
        }
    }
    let mut dates: Vec<LocalDate> = holidays.keys().chain(open.keys()).copied().collect();
    dates.sort();
    dates.dedup();
    let mut total_milliseconds = 0;
    let mut days = Vec::with_capacity(dates.len());
    for date in dates {
        let windows = open.remove(&date).unwrap_or_default();
        let counted = subtract(&windows, &pauses);
        let before = total_milliseconds / 1000;
        for (from, to) in &counted {
            total_milliseconds += to.milliseconds() - from.milliseconds();
        }
        days.push(DayCounted {
            date,
            paused: subtract(&windows, &counted),
            windows,
            counted_seconds: total_milliseconds / 1000 - before,
            total_seconds: total_milliseconds / 1000,
            holidays: holidays.remove(&date).unwrap_or_default(),
        });
    }
    days
}

/// An interval cut at the midnights of the calendar's zone.
fn by_day(from: Instant, to: Instant, calendar: &Calendar) -> Vec<(LocalDate, (Instant, Instant))> {
    let mut parts = Vec::new();
    let mut start = from;
    while start < to {
        let date = calendar.zone().local(start).date;
        let mut next = date;
        // A zone that skipped a whole day has a date without any instant.
        let end = loop {
            next = next.plus_days(1);
            let midnight = calendar.zone().instant_of(next, LocalTime::MIDNIGHT);
            if midnight > start {
                break midnight.min(to);
            }
        };
        parts.push((date, (start, end)));
        start = end;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::trace;
    use crate::calendar::Calendar;
    use crate::definition::{CalendarDefinition, CalendarRule};
    use crate::holidays::{DayRule, Holiday, HolidaySet, Labels};
    use crate::instant::Instant;
    use crate::weekday::Weekday;
    use crate::window::Window;
    use crate::zone::Zone;

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    #[test]
    fn a_deadline_across_easter_is_explained() {
        let mut definition = CalendarDefinition::weekly(
            "office",
            Zone::parse("Europe/Paris").unwrap(),
            Weekday::MONDAY_TO_FRIDAY,
            &[Window::parse("09:00-17:00").unwrap()],
        );
        let easter_monday = Holiday::new(
            DayRule::Easter { days: 1 },
            Labels::of(&[("fr", "Lundi de Pâques"), ("en", "Easter Monday")]),
        );
        let easter = Holiday::new(DayRule::Easter { days: 0 }, Labels::of(&[("en", "Easter")]));
        if let CalendarRule::Hours { hours, .. } = &mut definition.rule {
            hours.holidays = vec![HolidaySet {
                name: "fr".into(),
                days: vec![easter, easter_monday],
                ..HolidaySet::default()
            }];
        }
        let calendar = Calendar::build(definition).unwrap();
        let start = at("2026-04-03T16:00:00+02:00");
        let pauses = [(at("2026-04-07T10:00:00+02:00"), at("2026-04-07T11:30:00+02:00"))];
        let due = calendar.add_with_pauses(start, 4 * 3600, &pauses).unwrap();
        let days = trace(start, due, &calendar, &pauses);
        let rows: Vec<String> = days
            .iter()
            .map(|day| {
                let holidays = day.holidays.iter().filter_map(|labels| labels.in_language("fr"));
                format!(
                    "{} {} {} {} {}",
                    day.date,
                    day.counted_seconds,
                    day.total_seconds,
                    day.paused.len(),
                    holidays.collect::<String>()
                )
            })
            .collect();
        // Easter Sunday says nothing: a Sunday is closed anyway.
        assert_eq!(
            rows,
            ["2026-04-03 3600 3600 0 ", "2026-04-06 0 3600 0 Lundi de Pâques", "2026-04-07 10800 14400 1 ",]
        );
        assert_eq!(days[0].windows, [(start, at("2026-04-03T17:00:00+02:00"))]);
        assert_eq!(days[2].paused, pauses);
    }
}

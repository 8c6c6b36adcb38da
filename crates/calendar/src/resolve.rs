//! From a definition to a sorted list of open intervals.

use std::collections::BTreeMap;

use crate::definition::{CalendarDefinition, CalendarRule, Closure, DatedHours, Hours, SlidingBreakCounted};
use crate::holidays::Labels;
use crate::local_date::LocalDate;
use crate::local_time::LocalTime;
use crate::weekday::Weekday;
use crate::window::Window;
use crate::zone::{Transitions, Zone};

/// Seconds since the epoch, half open.
pub(crate) type Interval = (i64, i64);

/// How far a window may reach from the UTC day of its date: a day for crossing
/// midnight and 26 hours for either zone.
const REACH_DAYS: i32 = 4;

/// What a definition gives for a range of days.
pub(crate) struct Resolved {
    /// Sorted, apart from one another, and clipped to the range.
    pub(crate) intervals: Vec<Interval>,
    /// The dates with open time of their own, in order.
    pub(crate) business_dates: Vec<LocalDate>,
}

/// Resolves a definition for so many days from a first one: intervals in UTC days, dates on its own wall.
pub(crate) fn resolve(definition: &CalendarDefinition, first: LocalDate, days: i32) -> Resolved {
    let last = first.plus_days(days - 1);
    let from = i64::from(first.days()) * 86_400;
    let to = from + i64::from(days) * 86_400;
    match &definition.rule {
        CalendarRule::Hours { hours, later } => {
            let (found, business_dates) = hours_between(definition, hours, later, from, to);
            let on_wall = |date: &LocalDate| (first..=last).contains(date);
            Resolved {
                intervals: clip(merge(found), from, to),
                business_dates: business_dates.into_iter().filter(on_wall).collect(),
            }
        }
        _ => {
            // The wall is up to a day off UTC, so the days at either end need a little more.
            let found = open_intervals(definition, from - 172_800, to + 172_800);
            let wall = Transitions::between(&definition.zone, from - 172_800, to + 172_800);
            let date_at = |seconds: i64| (seconds + wall.offset_at(seconds)).div_euclid(86_400) as i32;
            let mut business_dates = Vec::new();
            let mut next = first.days();
            for (start, end) in &found {
                let until = date_at(end - 1).min(last.days());
                business_dates.extend((date_at(*start).max(next)..=until).map(LocalDate::from_days));
                next = next.max(until + 1);
            }
            Resolved { intervals: clip(found, from, to), business_dates }
        }
    }
}

/// The open intervals of a definition between two counts of seconds: sorted,
/// apart from one another, and clipped to the range.
pub(crate) fn open_intervals(definition: &CalendarDefinition, from: i64, to: i64) -> Vec<Interval> {
    match &definition.rule {
        CalendarRule::Always => vec![(from, to)],
        CalendarRule::Hours { hours, later } => {
            let (found, _) = hours_between(definition, hours, later, from, to);
            clip(merge(found), from, to)
        }
        CalendarRule::Union { of } => union(of, from, to),
        CalendarRule::Minus { from: first, without } => {
            subtract(&open_intervals(first, from, to), &union(without, from, to))
        }
        CalendarRule::Complement { of } => subtract(&[(from, to)], &open_intervals(of, from, to)),
    }
}

/// The windows of all dates that may reach into a range, and which of the dates have any.
fn hours_between(
    definition: &CalendarDefinition,
    hours: &Hours,
    later: &[DatedHours],
    from: i64,
    to: i64,
) -> (Vec<Interval>, Vec<LocalDate>) {
    let first = LocalDate::from_days(from.div_euclid(86_400) as i32 - REACH_DAYS);
    let last = LocalDate::from_days(to.div_euclid(86_400) as i32 + REACH_DAYS);
    let days = Days::prepare(definition, hours, later, first, last);
    let (mut found, mut dates) = (Vec::new(), Vec::new());
    for date in (first.days()..=last.days()).map(LocalDate::from_days) {
        let already = found.len();
        days.windows_on(date, &mut found);
        if found.len() > already {
            dates.push(date);
        }
    }
    (found, dates)
}

fn union(of: &[CalendarDefinition], from: i64, to: i64) -> Vec<Interval> {
    merge(of.iter().flat_map(|part| open_intervals(part, from, to)).collect())
}

/// Opening hours made ready to be asked for any date of a range.
pub(crate) struct Days<'a> {
    home: Transitions,
    abroad: Vec<(&'a Zone, Transitions)>,
    versions: Vec<Version<'a>>,
}

struct Version<'a> {
    since: Option<LocalDate>,
    hours: &'a Hours,
    /// Windows by day of the week, Monday first.
    weekly: [&'a [Window]; 7],
    closed: BTreeMap<LocalDate, Labels>,
    open_on: BTreeMap<LocalDate, Vec<&'a Window>>,
    extra: BTreeMap<LocalDate, Vec<&'a Window>>,
    cuts: Vec<Interval>,
}

impl<'a> Days<'a> {
    pub(crate) fn prepare(
        definition: &'a CalendarDefinition,
        hours: &'a Hours,
        later: &'a [DatedHours],
        first: LocalDate,
        last: LocalDate,
    ) -> Days<'a> {
        let from = i64::from(first.days() - REACH_DAYS) * 86_400;
        let to = i64::from(last.days() + REACH_DAYS) * 86_400;
        let home = Transitions::between(&definition.zone, from, to);
        let mut versions: Vec<Version<'a>> = vec![Version::prepare(None, hours, first, last, &home)];
        versions.extend(
            later.iter().map(|dated| Version::prepare(Some(dated.since), &dated.hours, first, last, &home)),
        );
        versions.sort_by_key(|version| version.since);
        let mut abroad: Vec<(&Zone, Transitions)> = Vec::new();
        let written = versions.iter().flat_map(|version| windows_of(version.hours));
        for zone in written.flat_map(|window| [&window.from_zone, &window.to_zone]) {
            if let Some(zone) = zone
                && abroad.iter().all(|(known, _)| *known != zone)
            {
                abroad.push((zone, Transitions::between(zone, from, to)));
            }
        }
        Days { home, abroad, versions }
    }

    /// Adds the resolved windows that open on a date.
    pub(crate) fn windows_on(&self, date: LocalDate, found: &mut Vec<Interval>) {
        let version = self.version_on(date);
        let already = found.len();
        self.windows_despite_holidays(version, date, found);
        if found.len() > already && version.closed.contains_key(&date) {
            found.truncate(already);
        }
    }

    /// The holidays that keep the calendar closed on a date it would otherwise open on.
    pub(crate) fn holiday_felt_on(&self, date: LocalDate) -> Option<&Labels> {
        let version = self.version_on(date);
        let labels = version.closed.get(&date)?;
        let mut found = Vec::new();
        self.windows_despite_holidays(version, date, &mut found);
        (!found.is_empty()).then_some(labels)
    }

    fn version_on(&self, date: LocalDate) -> &Version<'a> {
        // The first version has no date, so there is always one.
        let index = self.versions.partition_point(|version| version.since.is_none_or(|since| since <= date));
        &self.versions[index - 1]
    }

    fn windows_despite_holidays(&self, version: &Version<'a>, date: LocalDate, found: &mut Vec<Interval>) {
        let already = found.len();
        if let Some(windows) = version.extra.get(&date) {
            windows.iter().for_each(|window| self.push(window, date, found));
        } else {
            let weekly = version.weekly[date.weekday().index()];
            if !weekly.is_empty() && is_week_open(version.hours, date) {
                weekly.iter().for_each(|window| self.push(window, date, found));
            }
            if let Some(windows) = version.open_on.get(&date) {
                windows.iter().for_each(|window| self.push(window, date, found));
            }
        }
        if version.hours.sliding_break.is_none() && version.cuts.is_empty() {
            return;
        }
        let mut windows = merge(found.split_off(already));
        if let Some(pause) = version.hours.sliding_break {
            let start = self.home.resolve(wall(date, pause.from));
            let end = self.home.resolve(wall(date, pause.to));
            let length = i64::from(pause.length_seconds);
            let taken = match pause.counted {
                SlidingBreakCounted::Earliest => (start, end.min(start + length)),
                SlidingBreakCounted::Latest => (start.max(end - length), end),
            };
            windows = subtract(&windows, &[taken]);
        }
        found.extend(subtract(&windows, &version.cuts));
    }

    fn push(&self, window: &Window, date: LocalDate, found: &mut Vec<Interval>) {
        let (opens, closes) = (self.zone(&window.from_zone), self.zone(&window.to_zone));
        let start = opens.resolve(wall(date, window.from));
        let same_day = |days| closes.resolve(wall(date.plus_days(days), window.to));
        let end = if window.has_one_zone() {
            same_day(i32::from(window.to < window.from))
        } else {
            // Clocks of two zones do not compare, so the first closing after the opening is meant.
            match same_day(0) {
                end if end > start => end,
                _ => same_day(1),
            }
        };
        if end > start {
            found.push((start, end));
        }
    }

    fn zone(&self, zone: &Option<Zone>) -> &Transitions {
        let Some(zone) = zone else { return &self.home };
        self.abroad
            .iter()
            .find(|(known, _)| *known == zone)
            .map_or(&self.home, |(_, transitions)| transitions)
    }
}

impl<'a> Version<'a> {
    fn prepare(
        since: Option<LocalDate>,
        hours: &'a Hours,
        first: LocalDate,
        last: LocalDate,
        home: &Transitions,
    ) -> Version<'a> {
        let years = first.year()..=last.year();
        let mut closed = BTreeMap::new();
        for set in &hours.holidays {
            for (date, labels) in set.dates_between(*years.start(), *years.end()) {
                closed.entry(date).or_insert(labels);
            }
        }
        let mut cuts = Vec::new();
        for closure in &hours.closed {
            match closure {
                Closure::On { on } => {
                    closed.entry(*on).or_default();
                }
                Closure::Dates { first: start, last: end } => {
                    let days = (*start).max(first).days()..=(*end).min(last).days();
                    for date in days.map(LocalDate::from_days) {
                        closed.entry(date).or_default();
                    }
                }
                Closure::Between { from, to } => {
                    cuts.push((home.resolve(wall(from.0, from.1)), home.resolve(wall(to.0, to.1))))
                }
            }
        }
        let mut open_on: BTreeMap<LocalDate, Vec<&Window>> = BTreeMap::new();
        for rule in &hours.open_on {
            for date in years.clone().flat_map(|year| rule.day.dates_in(year)) {
                open_on.entry(date).or_default().extend(&rule.windows);
            }
        }
        let mut extra: BTreeMap<LocalDate, Vec<&Window>> = BTreeMap::new();
        for day in &hours.extra {
            extra.entry(day.on).or_default().extend(&day.windows);
        }
        let weekly = Weekday::ALL.map(|day| hours.weekly.get(&day).map_or(&[][..], Vec::as_slice));
        Version { since, hours, weekly, closed, open_on, extra, cuts: merge(cuts) }
    }
}

fn wall(date: LocalDate, time: LocalTime) -> i64 {
    i64::from(date.days()) * 86_400 + i64::from(time.seconds_of_day())
}

fn is_week_open(hours: &Hours, date: LocalDate) -> bool {
    let Some(weeks) = hours.weeks.filter(|weeks| weeks.every > 1) else {
        return true;
    };
    let monday = |date: LocalDate| i64::from(date.days()) - date.weekday().index() as i64;
    (monday(date) - monday(weeks.anchor)) / 7 % i64::from(weeks.every) == 0
}

/// Every window written in some hours.
pub(crate) fn windows_of(hours: &Hours) -> impl Iterator<Item = &Window> {
    let weekly = hours.weekly.values().flatten();
    let recurring = hours.open_on.iter().flat_map(|rule| &rule.windows);
    let extra = hours.extra.iter().flat_map(|day| &day.windows);
    weekly.chain(recurring).chain(extra)
}

/// Sorts intervals and joins those that overlap or touch; drops empty ones.
pub(crate) fn merge<T: Ord + Copy>(mut intervals: Vec<(T, T)>) -> Vec<(T, T)> {
    intervals.retain(|(start, end)| start < end);
    intervals.sort_unstable();
    let mut merged: Vec<(T, T)> = Vec::with_capacity(intervals.len());
    for (start, end) in intervals {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

/// What is in the first list and not in the second; both must be merged.
pub(crate) fn subtract<T: Ord + Copy>(kept: &[(T, T)], cut: &[(T, T)]) -> Vec<(T, T)> {
    let mut left = Vec::with_capacity(kept.len());
    let mut next = 0;
    for &(mut start, end) in kept {
        while next < cut.len() && cut[next].1 <= start {
            next += 1;
        }
        let mut index = next;
        while index < cut.len() && cut[index].0 < end {
            if start < cut[index].0 {
                left.push((start, cut[index].0));
            }
            start = start.max(cut[index].1);
            index += 1;
        }
        if start < end {
            left.push((start, end));
        }
    }
    left
}

/// The parts of sorted intervals inside a range.
pub(crate) fn clip<T: Ord + Copy>(intervals: Vec<(T, T)>, from: T, to: T) -> Vec<(T, T)> {
    intervals
        .into_iter()
        .map(|(start, end)| (start.max(from), end.min(to)))
        .filter(|(start, end)| start < end)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{clip, merge, subtract};

    #[test]
    fn intervals_are_joined_cut_and_clipped() {
        assert_eq!(merge(vec![(5, 7), (1, 3), (3, 4), (2, 2), (6, 9)]), [(1, 4), (5, 9)]);
        assert_eq!(subtract(&[(0, 10), (20, 30)], &[(2, 3), (8, 22), (29, 40)]), [(0, 2), (3, 8), (22, 29)]);
        assert_eq!(subtract(&[(0, 2), (3, 5)], &[(0, 9)]), []);
        assert_eq!(clip(vec![(0, 5), (6, 9)], 2, 7), [(2, 5), (6, 7)]);
    }
}

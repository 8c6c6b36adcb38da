//! A calendar that can be asked.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::definition::{CalendarDefinition, CalendarRule, Hours};
use crate::error::CalendarError;
use crate::holidays::Labels;
use crate::instant::Instant;
use crate::local_date::LocalDate;
use crate::local_time::LocalTime;
use crate::resolve::{Days, Interval, clip, merge, open_intervals, windows_of};
use crate::table::{COMMON_ERA, ERAS, Era, RANGE_END, RANGE_START, era_of, instant_in, is_business_in};
use crate::weekday::Weekday;
use crate::window::Window;
use crate::zone::Zone;

/// Opening time, ready to be asked; a copy is cheap and shares the table.
///
/// A calendar answers for the years 1900 to 2199. Instants are exact to the
/// millisecond, durations are whole seconds. Any question costs two binary
/// searches, whatever the span.
#[derive(Clone)]
pub struct Calendar {
    inner: Arc<Inner>,
}

struct Inner {
    definition: CalendarDefinition,
    ordinary_day_seconds: Option<i64>,
    eras: [OnceLock<Era>; ERAS],
    /// Days lately asked for one by one: pages draw and explain the same few again and again.
    days: RwLock<HashMap<LocalDate, Arc<Day>>>,
}

/// A date of a calendar with hours of its own.
struct Day {
    windows: Vec<(Instant, Instant)>,
    holiday_felt: Option<Labels>,
}

const DAYS_AT_MOST: usize = 512;

/// Days prepared together when one is asked for.
const DAYS_AT_ONCE: i32 = 14;

/// Two windows of one day that share time; it counts once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// Name of the calendar the windows stand in.
    pub calendar: String,
    /// The day of the week, or the date of an exceptional opening.
    pub day: OverlapDay,
    /// The window that opens first.
    pub first: Window,
    /// The one that opens before the first has closed.
    pub second: Window,
}

/// The day two windows share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverlapDay {
    /// A day of every week.
    Weekday(Weekday),
    /// One exceptional date.
    Date(LocalDate),
    /// The days of a recurring rule.
    Recurring,
}

const DEEPEST: usize = 16;

impl Calendar {
    /// Builds the calendar of a definition.
    ///
    /// # Errors
    /// - A calendar that never opens.
    /// - A day rule that names a day no year has.
    /// - More than sixteen calendars inside one another.
    ///
    /// ```
    /// # use calendar::{Calendar, CalendarDefinition, CalendarError, Zone};
    /// let never = CalendarDefinition::weekly("never", Zone::utc(), &[], &[]);
    /// assert!(matches!(Calendar::build(never), Err(CalendarError::NeverOpens { .. })));
    /// let elapsed = Calendar::build(CalendarDefinition::always("elapsed", Zone::utc()))?;
    /// assert_eq!(elapsed.name(), "elapsed");
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn build(definition: CalendarDefinition) -> Result<Calendar, CalendarError> {
        let calendar = Calendar::assemble(definition)?;
        if calendar.opens() {
            Ok(calendar)
        } else {
            Err(CalendarError::NeverOpens { calendar: calendar.name().into() })
        }
    }

    /// As [`Calendar::build`], but a calendar that never opens is accepted: measuring it gives zero.
    pub(crate) fn assemble(definition: CalendarDefinition) -> Result<Calendar, CalendarError> {
        check(&definition, 0)?;
        let ordinary_day_seconds = ordinary_day(&definition);
        Ok(Calendar {
            inner: Arc::new(Inner {
                definition,
                ordinary_day_seconds,
                eras: [const { OnceLock::new() }; ERAS],
                days: RwLock::default(),
            }),
        })
    }

    /// Whether any instant the calendar answers for is open.
    pub(crate) fn opens(&self) -> bool {
        // The common era first: nearly every calendar opens in it.
        (COMMON_ERA..ERAS).chain(0..COMMON_ERA).any(|era| self.era(era).total() > 0)
    }

    /// Name of the calendar in its document.
    pub fn name(&self) -> &str {
        &self.inner.definition.name
    }

    /// The zone whose wall shows this calendar's days.
    pub fn zone(&self) -> &Zone {
        &self.inner.definition.zone
    }

    /// What the calendar was built from.
    pub fn definition(&self) -> &CalendarDefinition {
        &self.inner.definition
    }

    /// Whether an instant lies in the years the calendar answers for.
    pub fn covers(&self, instant: Instant) -> bool {
        (RANGE_START..RANGE_END).contains(&instant.milliseconds())
    }

    /// The earliest instant t, not before `start`, with so many open seconds between `start` and t.
    ///
    /// A span used up exactly at closing time ends at closing time. Zero gives `start` itself.
    ///
    /// # Errors
    /// - A negative duration.
    /// - A start or an answer outside the years the calendar answers for.
    ///
    /// ```
    /// # let zone = calendar::Zone::parse("Europe/Paris")?;
    /// # let hours = [calendar::Window::parse("09:00-12:00")?, calendar::Window::parse("13:00-17:00")?];
    /// # let week = calendar::Weekday::MONDAY_TO_FRIDAY;
    /// # let office = calendar::CalendarDefinition::weekly("office", zone, week, &hours);
    /// # let office = calendar::Calendar::build(office)?;
    /// # let at = calendar::Instant::parse;
    /// let friday = at("2026-03-06T16:00:00+01:00")?;
    /// assert_eq!(office.add(friday, 3600)?, at("2026-03-06T17:00:00+01:00")?);
    /// assert_eq!(office.add(friday, 3660)?, at("2026-03-09T09:01:00+01:00")?);
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn add(&self, start: Instant, seconds: i64) -> Result<Instant, CalendarError> {
        let left = self.milliseconds_to_count(start, seconds)?;
        self.add_milliseconds(start, left)
    }

    fn add_milliseconds(&self, start: Instant, mut left: i64) -> Result<Instant, CalendarError> {
        if left == 0 {
            return Ok(start);
        }
        if !self.covers(start) {
            return Err(self.out_of_range(start));
        }
        let (mut index, offset) = era_of(start.milliseconds());
        let mut used = self.era(index).open_before(offset);
        loop {
            let era = self.era(index);
            let rest = era.total() - used;
            if left <= rest {
                let offset = era.earliest_with(used + left);
                return Ok(Instant::from_milliseconds(instant_in(index, offset)));
            }
            left -= rest;
            used = 0;
            index += 1;
            if index == ERAS {
                return Err(self.out_of_range(start));
            }
        }
    }

    /// The latest instant t, not after `start`, with so many open seconds between t and `start`.
    ///
    /// A span used up exactly at opening time gives the opening time. Zero gives `start` itself.
    ///
    /// # Errors
    /// As for [`Calendar::add`].
    ///
    /// ```
    /// # let zone = calendar::Zone::parse("Europe/Paris")?;
    /// # let hours = [calendar::Window::parse("09:00-12:00")?, calendar::Window::parse("13:00-17:00")?];
    /// # let week = calendar::Weekday::MONDAY_TO_FRIDAY;
    /// # let office = calendar::CalendarDefinition::weekly("office", zone, week, &hours);
    /// # let office = calendar::Calendar::build(office)?;
    /// # let at = calendar::Instant::parse;
    /// let monday = at("2026-03-09T10:00:00+01:00")?;
    /// assert_eq!(office.sub(monday, 3600)?, at("2026-03-09T09:00:00+01:00")?);
    /// assert_eq!(office.sub(monday, 3660)?, at("2026-03-06T16:59:00+01:00")?);
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn sub(&self, start: Instant, seconds: i64) -> Result<Instant, CalendarError> {
        let left = self.milliseconds_to_count(start, seconds)?;
        self.sub_milliseconds(start, left)
    }

    fn sub_milliseconds(&self, start: Instant, mut left: i64) -> Result<Instant, CalendarError> {
        if left == 0 {
            return Ok(start);
        }
        if !self.covers(start) {
            return Err(self.out_of_range(start));
        }
        let (mut index, offset) = era_of(start.milliseconds());
        let mut before = self.era(index).open_before(offset);
        loop {
            if left <= before {
                let offset = self.era(index).latest_with(before - left);
                return Ok(Instant::from_milliseconds(instant_in(index, offset)));
            }
            left -= before;
            if index == 0 {
                return Err(self.out_of_range(start));
            }
            index -= 1;
            before = self.era(index).total();
        }
    }

    /// Whole open seconds from one instant to another, negative when the other is earlier.
    ///
    /// Instants before 1900 and after 2199 count as the ends of that range.
    ///
    /// ```
    /// # let zone = calendar::Zone::parse("Europe/Paris")?;
    /// # let hours = [calendar::Window::parse("09:00-12:00")?, calendar::Window::parse("13:00-17:00")?];
    /// # let week = calendar::Weekday::MONDAY_TO_FRIDAY;
    /// # let office = calendar::CalendarDefinition::weekly("office", zone, week, &hours);
    /// # let office = calendar::Calendar::build(office)?;
    /// # let at = calendar::Instant::parse;
    /// let (friday, monday) = (at("2026-03-06T16:00:00+01:00")?, at("2026-03-09T09:30:00+01:00")?);
    /// assert_eq!(office.between(friday, monday), 5400);
    /// assert_eq!(office.between(monday, friday), -5400);
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn between(&self, from: Instant, to: Instant) -> i64 {
        self.open_milliseconds(from, to) / 1000
    }

    /// As [`Calendar::add`], counting nothing during the pauses, which may overlap.
    ///
    /// # Errors
    /// As for [`Calendar::add`].
    ///
    /// ```
    /// # let zone = calendar::Zone::parse("Europe/Paris")?;
    /// # let hours = [calendar::Window::parse("09:00-12:00")?, calendar::Window::parse("13:00-17:00")?];
    /// # let week = calendar::Weekday::MONDAY_TO_FRIDAY;
    /// # let office = calendar::CalendarDefinition::weekly("office", zone, week, &hours);
    /// # let office = calendar::Calendar::build(office)?;
    /// # let at = calendar::Instant::parse;
    /// let pause = (at("2026-03-06T10:00:00+01:00")?, at("2026-03-06T11:30:00+01:00")?);
    /// let due = office.add_with_pauses(at("2026-03-06T09:30:00+01:00")?, 3600, &[pause])?;
    /// assert_eq!(due, at("2026-03-06T12:00:00+01:00")?);
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn add_with_pauses(
        &self,
        start: Instant,
        seconds: i64,
        pauses: &[(Instant, Instant)],
    ) -> Result<Instant, CalendarError> {
        let left = self.milliseconds_to_count(start, seconds)?;
        self.add_milliseconds_with_pauses(start, left, pauses)
    }

    fn add_milliseconds_with_pauses(
        &self,
        start: Instant,
        mut left: i64,
        pauses: &[(Instant, Instant)],
    ) -> Result<Instant, CalendarError> {
        if left == 0 {
            return Ok(start);
        }
        let mut from = start;
        for (pause_from, pause_to) in merge(pauses.to_vec()) {
            if pause_to <= from {
                continue;
            }
            let until = pause_from.max(from);
            let open = self.open_milliseconds(from, until);
            if left <= open {
                break;
            }
            left -= open;
            from = pause_to;
        }
        self.add_milliseconds(from, left)
    }

    /// As [`Calendar::sub`], counting nothing during the pauses, which may overlap.
    ///
    /// # Errors
    /// As for [`Calendar::add`].
    ///
    /// ```
    /// # let zone = calendar::Zone::parse("Europe/Paris")?;
    /// # let hours = [calendar::Window::parse("09:00-12:00")?, calendar::Window::parse("13:00-17:00")?];
    /// # let week = calendar::Weekday::MONDAY_TO_FRIDAY;
    /// # let office = calendar::CalendarDefinition::weekly("office", zone, week, &hours);
    /// # let office = calendar::Calendar::build(office)?;
    /// # let at = calendar::Instant::parse;
    /// let pause = (at("2026-03-06T10:00:00+01:00")?, at("2026-03-06T11:30:00+01:00")?);
    /// let start = office.sub_with_pauses(at("2026-03-06T12:00:00+01:00")?, 3600, &[pause])?;
    /// assert_eq!(start, at("2026-03-06T09:30:00+01:00")?);
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn sub_with_pauses(
        &self,
        start: Instant,
        seconds: i64,
        pauses: &[(Instant, Instant)],
    ) -> Result<Instant, CalendarError> {
        let mut left = self.milliseconds_to_count(start, seconds)?;
        if left == 0 {
            return Ok(start);
        }
        let mut from = start;
        for (pause_from, pause_to) in merge(pauses.to_vec()).into_iter().rev() {
            if pause_from >= from {
                continue;
            }
            let until = pause_to.min(from);
            let open = self.open_milliseconds(until, from);
            if left <= open {
                break;
            }
            left -= open;
            from = pause_from;
        }
        self.sub_milliseconds(from, left)
    }

    /// As [`Calendar::between`], counting nothing during the pauses, which may overlap.
    ///
    /// ```
    /// # let zone = calendar::Zone::parse("Europe/Paris")?;
    /// # let hours = [calendar::Window::parse("09:00-12:00")?, calendar::Window::parse("13:00-17:00")?];
    /// # let week = calendar::Weekday::MONDAY_TO_FRIDAY;
    /// # let office = calendar::CalendarDefinition::weekly("office", zone, week, &hours);
    /// # let office = calendar::Calendar::build(office)?;
    /// # let at = calendar::Instant::parse;
    /// let pause = (at("2026-03-06T10:00:00+01:00")?, at("2026-03-06T14:00:00+01:00")?);
    /// let (from, to) = (at("2026-03-06T09:00:00+01:00")?, at("2026-03-06T17:00:00+01:00")?);
    /// assert_eq!(office.between_with_pauses(from, to, &[pause]), 4 * 3600);
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn between_with_pauses(&self, from: Instant, to: Instant, pauses: &[(Instant, Instant)]) -> i64 {
        if to < from {
            return -self.between_with_pauses(to, from, pauses);
        }
        (self.open_milliseconds(from, to) - self.paused_milliseconds(from, to, pauses)) / 1000
    }

    fn paused_milliseconds(&self, from: Instant, to: Instant, pauses: &[(Instant, Instant)]) -> i64 {
        clip(merge(pauses.to_vec()), from, to)
            .into_iter()
            .map(|(start, end)| self.open_milliseconds(start, end))
            .sum()
    }

    /// A due instant found without regard to pauses, moved on by the open time they took.
    pub(crate) fn postpone(
        &self,
        start: Instant,
        due: Instant,
        pauses: &[(Instant, Instant)],
    ) -> Result<Instant, CalendarError> {
        // A due instant in closed time, such as the same time on a short day, stays unless time was lost.
        if self.paused_milliseconds(start, due, pauses) == 0 {
            return Ok(due);
        }
        let owed = self.open_milliseconds(start, due);
        self.add_milliseconds_with_pauses(start, owed, pauses)
    }

    /// Whether the calendar is open at an instant; a closing instant is closed, and so is
    /// every instant outside the years the calendar answers for.
    ///
    /// ```
    /// # let zone = calendar::Zone::parse("Europe/Paris")?;
    /// # let hours = [calendar::Window::parse("09:00-12:00")?, calendar::Window::parse("13:00-17:00")?];
    /// # let week = calendar::Weekday::MONDAY_TO_FRIDAY;
    /// # let office = calendar::CalendarDefinition::weekly("office", zone, week, &hours);
    /// # let office = calendar::Calendar::build(office)?;
    /// # let at = calendar::Instant::parse;
    /// assert!(office.is_open(at("2026-03-06T09:00:00+01:00")?));
    /// assert!(!office.is_open(at("2026-03-06T12:00:00+01:00")?));
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn is_open(&self, at: Instant) -> bool {
        if !self.covers(at) {
            return false;
        }
        let (index, offset) = era_of(at.milliseconds());
        let interval = self.era(index).interval_from(offset);
        interval.is_some_and(|(start, _)| start <= offset)
    }

    /// The first open instant not before `at`: `at` itself when open. None when there is none before 2200.
    ///
    /// ```
    /// # let zone = calendar::Zone::parse("Europe/Paris")?;
    /// # let hours = [calendar::Window::parse("09:00-12:00")?, calendar::Window::parse("13:00-17:00")?];
    /// # let week = calendar::Weekday::MONDAY_TO_FRIDAY;
    /// # let office = calendar::CalendarDefinition::weekly("office", zone, week, &hours);
    /// # let office = calendar::Calendar::build(office)?;
    /// # let at = calendar::Instant::parse;
    /// let saturday = at("2026-03-07T10:00:00+01:00")?;
    /// assert_eq!(office.next_opening(saturday), Some(at("2026-03-09T09:00:00+01:00")?));
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn next_opening(&self, at: Instant) -> Option<Instant> {
        let (start, _) = self.interval_from(at)?;
        Some(start.max(at))
    }

    /// The first closing after `at`: of the interval it lies in, else of the next. None when
    /// there is none before 2200.
    ///
    /// ```
    /// # let zone = calendar::Zone::parse("Europe/Paris")?;
    /// # let hours = [calendar::Window::parse("09:00-12:00")?, calendar::Window::parse("13:00-17:00")?];
    /// # let week = calendar::Weekday::MONDAY_TO_FRIDAY;
    /// # let office = calendar::CalendarDefinition::weekly("office", zone, week, &hours);
    /// # let office = calendar::Calendar::build(office)?;
    /// # let at = calendar::Instant::parse;
    /// let saturday = at("2026-03-07T10:00:00+01:00")?;
    /// assert_eq!(office.next_closing(saturday), Some(at("2026-03-09T12:00:00+01:00")?));
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn next_closing(&self, at: Instant) -> Option<Instant> {
        let (_, mut end) = self.interval_from(at)?;
        // An interval cut in two by the border of an era closes where its last part does.
        while self.is_open(end) {
            (_, end) = self.interval_from(end)?;
        }
        (end.milliseconds() < RANGE_END).then_some(end)
    }

    /// The open intervals between two instants, in order, clipped to them.
    ///
    /// ```
    /// # let zone = calendar::Zone::parse("Europe/Paris")?;
    /// # let hours = [calendar::Window::parse("09:00-12:00")?, calendar::Window::parse("13:00-17:00")?];
    /// # let week = calendar::Weekday::MONDAY_TO_FRIDAY;
    /// # let office = calendar::CalendarDefinition::weekly("office", zone, week, &hours);
    /// # let office = calendar::Calendar::build(office)?;
    /// # let at = calendar::Instant::parse;
    /// let (from, to) = (at("2026-03-06T11:00:00+01:00")?, at("2026-03-06T14:00:00+01:00")?);
    /// let noon = (at("2026-03-06T12:00:00+01:00")?, at("2026-03-06T13:00:00+01:00")?);
    /// assert_eq!(office.windows(from, to), [(from, noon.0), (noon.1, to)]);
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn windows(&self, from: Instant, to: Instant) -> Vec<(Instant, Instant)> {
        let mut found = Vec::new();
        let mut at = from;
        while at < to
            && let Some((start, end)) = self.interval_from(at)
        {
            found.push((start, end));
            at = end;
        }
        clip(merge(found), from, to)
    }

    /// The open intervals that belong to a local date: those that open on it, where the
    /// calendar has hours; else what is open between its midnights.
    ///
    /// ```
    /// # let zone = calendar::Zone::parse("Europe/Paris")?;
    /// # let hours = [calendar::Window::parse("09:00-12:00")?, calendar::Window::parse("13:00-17:00")?];
    /// # let week = calendar::Weekday::MONDAY_TO_FRIDAY;
    /// # let office = calendar::CalendarDefinition::weekly("office", zone, week, &hours);
    /// # let office = calendar::Calendar::build(office)?;
    /// # let at = calendar::Instant::parse;
    /// let friday = calendar::LocalDate::parse("2026-03-06")?;
    /// assert_eq!(office.windows_on(friday)[1].1, at("2026-03-06T17:00:00+01:00")?);
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn windows_on(&self, date: LocalDate) -> Vec<(Instant, Instant)> {
        if let Some(day) = self.day(date) {
            return day.windows.clone();
        }
        let start = self.zone().instant_of(date, LocalTime::MIDNIGHT);
        let end = self.zone().instant_of(date, LocalTime::END_OF_DAY);
        self.windows(start, end)
    }

    /// Whether at least one open interval belongs to a local date.
    ///
    /// ```
    /// # let zone = calendar::Zone::parse("Europe/Paris")?;
    /// # let hours = [calendar::Window::parse("09:00-12:00")?, calendar::Window::parse("13:00-17:00")?];
    /// # let week = calendar::Weekday::MONDAY_TO_FRIDAY;
    /// # let office = calendar::CalendarDefinition::weekly("office", zone, week, &hours);
    /// # let office = calendar::Calendar::build(office)?;
    /// # let at = calendar::Instant::parse;
    /// assert!(office.is_business_day(calendar::LocalDate::parse("2026-03-06")?));
    /// assert!(!office.is_business_day(calendar::LocalDate::parse("2026-03-07")?));
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn is_business_day(&self, date: LocalDate) -> bool {
        is_business_in(|index| self.era(index), date)
    }

    /// The n-th business day after a date (1 is the first), or none before 2200.
    ///
    /// ```
    /// # let zone = calendar::Zone::parse("Europe/Paris")?;
    /// # let hours = [calendar::Window::parse("09:00-12:00")?, calendar::Window::parse("13:00-17:00")?];
    /// # let week = calendar::Weekday::MONDAY_TO_FRIDAY;
    /// # let office = calendar::CalendarDefinition::weekly("office", zone, week, &hours);
    /// # let office = calendar::Calendar::build(office)?;
    /// # let at = calendar::Instant::parse;
    /// let date = calendar::LocalDate::parse;
    /// assert_eq!(office.business_day_after(date("2026-03-06")?, 2), Some(date("2026-03-10")?));
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn business_day_after(&self, date: LocalDate, nth: u32) -> Option<LocalDate> {
        let mut date = date;
        for _ in 0..nth {
            date = date.plus_days(1);
            while !self.is_business_day(date) {
                if !self.covers(Instant::from_seconds(i64::from(date.days()) * 86_400)) {
                    return None;
                }
                date = date.plus_days(1);
            }
        }
        Some(date)
    }

    /// Business days after one date, up to and including another; zero when the other is not later.
    ///
    /// ```
    /// # let zone = calendar::Zone::parse("Europe/Paris")?;
    /// # let hours = [calendar::Window::parse("09:00-12:00")?, calendar::Window::parse("13:00-17:00")?];
    /// # let week = calendar::Weekday::MONDAY_TO_FRIDAY;
    /// # let office = calendar::CalendarDefinition::weekly("office", zone, week, &hours);
    /// # let office = calendar::Calendar::build(office)?;
    /// # let at = calendar::Instant::parse;
    /// let date = calendar::LocalDate::parse;
    /// assert_eq!(office.business_days_between(date("2026-03-06")?, date("2026-03-10")?), 2);
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn business_days_between(&self, after: LocalDate, until: LocalDate) -> u32 {
        let last = until.min(LocalDate::from_days((RANGE_END / 86_400_000) as i32));
        let first = after.max(LocalDate::from_days((RANGE_START / 86_400_000) as i32));
        (first.days() + 1..=last.days())
            .filter(|days| self.is_business_day(LocalDate::from_days(*days)))
            .count() as u32
    }

    /// Length of the ordinary business day in seconds: what the definition says, else the length
    /// all its days have in common; none when they differ.
    ///
    /// ```
    /// # let zone = calendar::Zone::parse("Europe/Paris")?;
    /// # let hours = [calendar::Window::parse("09:00-12:00")?, calendar::Window::parse("13:00-17:00")?];
    /// # let week = calendar::Weekday::MONDAY_TO_FRIDAY;
    /// # let office = calendar::CalendarDefinition::weekly("office", zone, week, &hours);
    /// # let office = calendar::Calendar::build(office)?;
    /// # let at = calendar::Instant::parse;
    /// assert_eq!(office.ordinary_day_seconds(), Some(7 * 3600));
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn ordinary_day_seconds(&self) -> Option<i64> {
        self.inner.ordinary_day_seconds
    }

    /// The ordinary day in force on a date, for calendars whose hours have changed.
    pub fn ordinary_day_seconds_on(&self, date: LocalDate) -> Option<i64> {
        let definition = &self.inner.definition;
        if let CalendarRule::Hours { later, .. } = &definition.rule {
            let in_force = later.iter().filter(|dated| dated.since <= date).max_by_key(|dated| dated.since);
            if let Some(dated) = in_force {
                return dated
                    .business_day_seconds
                    .or_else(|| common_length(&dated.hours, &definition.zone))
                    .or(definition.business_day_seconds);
            }
        }
        self.inner.ordinary_day_seconds
    }

    /// The holidays between two dates, both included, each with its labels.
    pub fn holidays_between(&self, from: LocalDate, to: LocalDate) -> Vec<(LocalDate, Labels)> {
        let mut found = std::collections::BTreeMap::new();
        for_each_hours(&self.inner.definition, &mut |since, until, hours| {
            for set in &hours.holidays {
                let dates = set.dates_between(from.year(), to.year());
                for (date, labels) in dates.into_iter().filter(|(date, _)| {
                    (from..=to).contains(date)
                        && since.is_none_or(|since| since <= *date)
                        && until.is_none_or(|until| *date < until)
                }) {
                    found.entry(date).or_insert(labels);
                }
            }
        });
        found.into_iter().collect()
    }

    /// The holidays that close days of a range (both included) on which the calendar would have opened.
    pub(crate) fn holidays_felt_between(&self, from: LocalDate, to: LocalDate) -> Vec<(LocalDate, Labels)> {
        if !matches!(self.inner.definition.rule, CalendarRule::Hours { .. }) {
            return self.holidays_between(from, to);
        }
        (from.days()..=to.days())
            .map(LocalDate::from_days)
            .filter_map(|date| Some((date, self.day(date)?.holiday_felt.clone()?)))
            .collect()
    }

    /// A date, lately asked for or prepared with those after it; none for a calendar made of others.
    fn day(&self, date: LocalDate) -> Option<Arc<Day>> {
        let CalendarRule::Hours { hours, later } = &self.inner.definition.rule else { return None };
        if let Some(day) = self.inner.days.read().unwrap_or_else(PoisonError::into_inner).get(&date) {
            return Some(Arc::clone(day));
        }
        let last = date.plus_days(DAYS_AT_ONCE - 1);
        let days = Days::prepare(&self.inner.definition, hours, later, date, last);
        let instants = |(start, end): Interval| (Instant::from_seconds(start), Instant::from_seconds(end));
        let mut kept = self.inner.days.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() + DAYS_AT_ONCE as usize > DAYS_AT_MOST {
            kept.clear();
        }
        for date in (date.days()..=last.days()).map(LocalDate::from_days) {
            let mut found = Vec::new();
            days.windows_on(date, &mut found);
            let day = Day {
                windows: merge(found).into_iter().map(instants).collect(),
                holiday_felt: days.holiday_felt_on(date).cloned(),
            };
            kept.insert(date, Arc::new(day));
        }
        kept.get(&date).map(Arc::clone)
    }

    /// Last date every holiday set has data for; none when all hold for ever.
    pub fn data_ends_on(&self) -> Option<LocalDate> {
        let mut earliest = None;
        for_each_hours(&self.inner.definition, &mut |_, _, hours| {
            let ends = hours.holidays.iter().filter_map(|set| set.data_ends_on);
            earliest = ends.chain(earliest).min();
        });
        earliest
    }

    /// Pairs of windows of one day that share time. The shared time counts once; the author of
    /// the calendar should be told.
    pub fn overlaps(&self) -> Vec<Overlap> {
        let mut found = Vec::new();
        collect_overlaps(&self.inner.definition, &mut found);
        found
    }

    /// Bytes of the tables built so far, for watching the memory of a server.
    pub fn table_bytes(&self) -> usize {
        let built = self.inner.eras.iter().filter_map(OnceLock::get);
        built.map(Era::heap_bytes).sum()
    }

    fn open_milliseconds(&self, from: Instant, to: Instant) -> i64 {
        if to < from {
            return -self.open_milliseconds(to, from);
        }
        let held = |at: Instant| at.milliseconds().clamp(RANGE_START, RANGE_END - 1);
        let (first, first_offset) = era_of(held(from));
        let (last, last_offset) = era_of(held(to));
        let between: i64 = (first..last).map(|index| self.era(index).total()).sum();
        between + self.era(last).open_before(last_offset) - self.era(first).open_before(first_offset)
    }

    /// The interval that holds an instant, else the first after it; cut at the borders of eras.
    fn interval_from(&self, at: Instant) -> Option<(Instant, Instant)> {
        if at.milliseconds() >= RANGE_END {
            return None;
        }
        let (first, mut offset) = era_of(at.milliseconds().max(RANGE_START));
        for index in first..ERAS {
            if let Some((start, end)) = self.era(index).interval_from(offset) {
                let instant = |offset| Instant::from_milliseconds(instant_in(index, offset));
                return Some((instant(start), instant(end)));
            }
            offset = 0;
        }
        None
    }

    fn era(&self, index: usize) -> &Era {
        self.inner.eras[index].get_or_init(|| Era::build(&self.inner.definition, index))
    }

    fn milliseconds_to_count(&self, start: Instant, seconds: i64) -> Result<i64, CalendarError> {
        if seconds < 0 {
            return Err(CalendarError::NegativeDuration { seconds });
        }
        if !self.covers(start) {
            return Err(self.out_of_range(start));
        }
        Ok(seconds.saturating_mul(1000))
    }

    fn out_of_range(&self, at: Instant) -> CalendarError {
        CalendarError::OutOfRange { calendar: self.name().into(), at }
    }
}

impl std::fmt::Debug for Calendar {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Calendar").field(&self.name()).finish()
    }
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Calendar) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.definition() == other.definition()
    }
}

impl Eq for Calendar {}

fn check(definition: &CalendarDefinition, depth: usize) -> Result<(), CalendarError> {
    if depth > DEEPEST {
        return Err(CalendarError::TooDeep { calendar: definition.name.clone() });
    }
    match &definition.rule {
        CalendarRule::Always => Ok(()),
        CalendarRule::Hours { hours, later } => {
            let all = std::iter::once(&**hours).chain(later.iter().map(|dated| &dated.hours));
            for hours in all {
                for set in &hours.holidays {
                    if set.days.iter().any(|day| !day.rule.is_possible()) {
                        return Err(CalendarError::DayRule { what: set.name.clone() });
                    }
                }
                if hours.open_on.iter().any(|rule| !rule.day.is_possible()) {
                    return Err(CalendarError::DayRule { what: definition.name.clone() });
                }
            }
            Ok(())
        }
        CalendarRule::Union { of } => of.iter().try_for_each(|part| check(part, depth + 1)),
        CalendarRule::Minus { from, without } => {
            check(from, depth + 1)?;
            without.iter().try_for_each(|part| check(part, depth + 1))
        }
        CalendarRule::Complement { of } => check(of, depth + 1),
    }
}

/// Monday of the week ordinary days are measured in: no zone of importance changes its offset then.
const ORDINARY_WEEK: LocalDate = LocalDate::from_days(19_737);

fn ordinary_day(definition: &CalendarDefinition) -> Option<i64> {
    if definition.business_day_seconds.is_some() {
        return definition.business_day_seconds;
    }
    match &definition.rule {
        CalendarRule::Always => Some(86_400),
        CalendarRule::Hours { hours, .. } => common_length(hours, &definition.zone),
        _ => {
            let day = |date: LocalDate, time| definition.zone.instant_of(date, time).seconds();
            let lengths = (0..7).map(|days| {
                let date = ORDINARY_WEEK.plus_days(days);
                let start = day(date, LocalTime::MIDNIGHT);
                let end = day(date, LocalTime::END_OF_DAY);
                total(&open_intervals(definition, start, end))
            });
            the_only_length(lengths)
        }
    }
}

/// The length all days of some hours have in common, holidays and exceptions aside.
fn common_length(hours: &Hours, zone: &Zone) -> Option<i64> {
    let plain =
        Hours { weekly: hours.weekly.clone(), sliding_break: hours.sliding_break, ..Hours::default() };
    // Windows of one zone are measured on a wall that never jumps.
    let one_zone = windows_of(&plain).all(|window| window.has_one_zone());
    let zone = if one_zone { Zone::utc() } else { zone.clone() };
    let definition = CalendarDefinition::hours("", zone, Hours::default());
    let last = ORDINARY_WEEK.plus_days(6);
    let days = Days::prepare(&definition, &plain, &[], ORDINARY_WEEK, last);
    let lengths = (0..7).map(|offset| {
        let mut found = Vec::new();
        days.windows_on(ORDINARY_WEEK.plus_days(offset), &mut found);
        total(&merge(found))
    });
    the_only_length(lengths)
}

fn total(intervals: &[Interval]) -> i64 {
    intervals.iter().map(|(start, end)| end - start).sum()
}

fn the_only_length(lengths: impl Iterator<Item = i64>) -> Option<i64> {
    let mut lengths: Vec<i64> = lengths.filter(|length| *length > 0).collect();
    lengths.sort_unstable();
    lengths.dedup();
    match lengths.as_slice() {
        [length] => Some(*length),
        _ => None,
    }
}

/// Calls with every set of hours whose opening the calendar takes part in, and the dates it holds for.
fn for_each_hours<'a>(
    definition: &'a CalendarDefinition,
    visit: &mut impl FnMut(Option<LocalDate>, Option<LocalDate>, &'a Hours),
) {
    match &definition.rule {
        CalendarRule::Always => {}
        CalendarRule::Hours { hours, later } => {
            let mut later: Vec<_> = later.iter().collect();
            later.sort_by_key(|dated| dated.since);
            visit(None, later.first().map(|dated| dated.since), hours);
            for (index, dated) in later.iter().enumerate() {
                let until = later.get(index + 1).map(|next| next.since);
                visit(Some(dated.since), until, &dated.hours);
            }
        }
        CalendarRule::Union { of } => of.iter().for_each(|part| for_each_hours(part, visit)),
        CalendarRule::Minus { from, .. } => for_each_hours(from, visit),
        CalendarRule::Complement { of } => for_each_hours(of, visit),
    }
}

fn collect_overlaps(definition: &CalendarDefinition, found: &mut Vec<Overlap>) {
    let mut compare = |day: OverlapDay, windows: &[Window]| {
        for (place, one) in windows.iter().enumerate() {
            for other in &windows[place + 1..] {
                let (first, second) = if one.from <= other.from { (one, other) } else { (other, one) };
                if share_time(first, second) {
                    found.push(Overlap {
                        calendar: definition.name.clone(),
                        day,
                        first: first.clone(),
                        second: second.clone(),
                    });
                }
            }
        }
    };
    match &definition.rule {
        CalendarRule::Always => {}
        CalendarRule::Hours { hours, later } => {
            let all = std::iter::once(&**hours).chain(later.iter().map(|dated| &dated.hours));
            for hours in all {
                for (day, windows) in &hours.weekly {
                    compare(OverlapDay::Weekday(*day), windows);
                }
                for day in &hours.extra {
                    compare(OverlapDay::Date(day.on), &day.windows);
                }
                for rule in &hours.open_on {
                    compare(OverlapDay::Recurring, &rule.windows);
                }
            }
        }
        CalendarRule::Union { of } => of.iter().for_each(|part| collect_overlaps(part, found)),
        CalendarRule::Minus { from, without } => {
            collect_overlaps(from, found);
            without.iter().for_each(|part| collect_overlaps(part, found));
        }
        CalendarRule::Complement { of } => collect_overlaps(of, found),
    }
}

/// Whether two windows of one day overlap on the wall; windows between two zones are not compared.
fn share_time(first: &Window, second: &Window) -> bool {
    let comparable = first.has_one_zone()
        && second.has_one_zone()
        && first.from_zone == second.from_zone
        && first.from != first.to
        && second.from != second.to;
    comparable && (second.from < first.to || first.to < first.from)
}

#[cfg(test)]
mod tests;

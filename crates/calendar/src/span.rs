//! Amounts of time as an agreement writes them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::CalendarError;
use crate::read_text::read_text;
use crate::zone::distance;

/// An amount of time in the one unit it was promised in.
///
/// The unit is kept as written: `90 minutes` stays 90 minutes. Printing gives
/// the form the document uses, and reading that form gives the span back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// `none`: there is no target here.
    None,
    /// `unstated`: promised, but the figure is missing.
    Unstated,
    /// `immediately`: due when it starts.
    Immediately,
    /// `4 business hours`.
    Of {
        /// How many.
        count: u32,
        /// Of what.
        unit: Unit,
    },
    /// `2 to 4 hours`: due by the greater.
    Range {
        /// The lesser figure, announced but not owed.
        least: u32,
        /// The greater figure, which is owed.
        most: u32,
        /// Of what.
        unit: Unit,
    },
    /// `end of business day 3`.
    EndOfBusinessDay {
        /// Which business day, from 1.
        day: u32,
    },
    /// `end of month`, `end of next month`.
    EndOf {
        /// The period of the civil year.
        period: Period,
        /// Whether the period after the present one is meant.
        next: bool,
    },
    /// `end of billing period 2`.
    EndOfBillingPeriod {
        /// Which period, the present one being 1.
        period: u32,
    },
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Elapsed seconds.
    Second,
    /// Elapsed minutes.
    Minute,
    /// Elapsed hours.
    Hour,
    /// Calendar days: the same civil time so many days later.
    Day,
    /// Seven calendar days.
    Week,
    /// Calendar months: the same day and civil time, or the month's last day.
    Month,
    /// Twelve calendar months.
    Year,
    /// Minutes counted while the calendar is open.
    BusinessMinute,
    /// Hours counted while the calendar is open.
    BusinessHour,
    /// Business days of the calendar.
    BusinessDay,
}

/// A period of the civil year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// A calendar month.
    Month,
    /// Three months from January, April, July or October.
    Quarter,
    /// Six months from January or July.
    HalfYear,
    /// A calendar year.
    Year,
}

impl Unit {
    /// Every unit, in the order documents list them.
    pub const ALL: [Unit; 10] = [
        Unit::Second,
        Unit::Minute,
        Unit::Hour,
        Unit::Day,
        Unit::Week,
        Unit::Month,
        Unit::Year,
        Unit::BusinessMinute,
        Unit::BusinessHour,
        Unit::BusinessDay,
    ];

    /// The unit in the singular, as documents write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Unit::Second => "second",
            Unit::Minute => "minute",
            Unit::Hour => "hour",
            Unit::Day => "day",
            Unit::Week => "week",
            Unit::Month => "month",
            Unit::Year => "year",
            Unit::BusinessMinute => "business minute",
            Unit::BusinessHour => "business hour",
            Unit::BusinessDay => "business day",
        }
    }

    /// Whether the unit is counted in open time only.
    pub const fn is_business(self) -> bool {
        matches!(self, Unit::BusinessMinute | Unit::BusinessHour | Unit::BusinessDay)
    }

    /// Length in seconds, for units that always have the same.
    pub const fn seconds(self) -> Option<i64> {
        match self {
            Unit::Second => Some(1),
            Unit::Minute | Unit::BusinessMinute => Some(60),
            Unit::Hour | Unit::BusinessHour => Some(3600),
            Unit::Day | Unit::Week | Unit::Month | Unit::Year | Unit::BusinessDay => None,
        }
    }

    fn read(text: &str) -> Option<Unit> {
        Unit::ALL
            .into_iter()
            .find(|unit| text.strip_prefix(unit.as_str()).is_some_and(|rest| rest.is_empty() || rest == "s"))
    }
}

impl Period {
    /// Every period, shortest first.
    pub const ALL: [Period; 4] = [Period::Month, Period::Quarter, Period::HalfYear, Period::Year];

    /// The period as documents write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Period::Month => "month",
            Period::Quarter => "quarter",
            Period::HalfYear => "half-year",
            Period::Year => "year",
        }
    }

    /// Length in months.
    pub const fn months(self) -> i32 {
        match self {
            Period::Month => 1,
            Period::Quarter => 3,
            Period::HalfYear => 6,
            Period::Year => 12,
        }
    }
}

impl Span {
    /// A span of a count and a unit.
    pub const fn of(count: u32, unit: Unit) -> Span {
        Span::Of { count, unit }
    }

    /// Reads a span as documents write it.
    ///
    /// # Errors
    /// Anything else; the error says what to write.
    ///
    /// ```
    /// # use calendar::{Span, Unit};
    /// assert_eq!(Span::parse("4 business hours")?, Span::of(4, Unit::BusinessHour));
    /// let error = Span::parse("4 bussiness hours").unwrap_err();
    /// assert!(error.to_string().contains("did you mean “4 business hours”?"));
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Span, CalendarError> {
        read(text).map_err(|advice| CalendarError::Span { text: text.into(), advice })
    }

    /// Whether the span is counted in the open time or the business days of a calendar.
    pub const fn is_business(self) -> bool {
        match self {
            Span::Of { unit, .. } | Span::Range { unit, .. } => unit.is_business(),
            Span::EndOfBusinessDay { .. } => true,
            _ => false,
        }
    }

    /// Whether the span counts business days, so that their meaning must be stated.
    pub const fn counts_business_days(self) -> bool {
        match self {
            Span::Of { unit, .. } | Span::Range { unit, .. } => matches!(unit, Unit::BusinessDay),
            Span::EndOfBusinessDay { .. } => true,
            _ => false,
        }
    }

    /// Whether the span gives an instant at all: neither `none` nor `unstated`.
    pub const fn has_figure(self) -> bool {
        !matches!(self, Span::None | Span::Unstated)
    }
}

const FORMS: &str = "write a number and a unit such as “10 minutes”, “4 business hours” or “2 business days”, or “end of business day 3”, “end of month”, “2 to 4 hours”, “immediately”, “none” or “unstated”";

fn read(text: &str) -> Result<Span, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["none"] => Ok(Span::None),
        ["unstated"] => Ok(Span::Unstated),
        ["immediately"] => Ok(Span::Immediately),
        ["end", "of", rest @ ..] => read_end(rest),
        [least, "to", most, unit @ ..] => {
            let (least, most) = (number(least)?, number(most)?);
            let unit = read_unit(unit, &format!("{least} to {most}"))?;
            if least >= most {
                return Err(format!(
                    "the lesser figure comes first: “{}”",
                    Span::Range { least: most, most: least, unit }
                ));
            }
            Ok(Span::Range { least, most, unit })
        }
        [count, unit @ ..] if count.starts_with(|letter: char| letter.is_ascii_digit()) => {
            let count = number(count)?;
            let unit = read_unit(unit, &count.to_string())?;
            Ok(Span::Of { count, unit })
        }
        _ => Err(FORMS.into()),
    }
}

fn read_end(words: &[&str]) -> Result<Span, String> {
    let ordinal = |text: &str| match number(text)? {
        0 => Err("the first one is 1".to_string()),
        count => Ok(count),
    };
    match words {
        ["business", "day", day] => Ok(Span::EndOfBusinessDay { day: ordinal(day)? }),
        ["business", "day"] => Err("say which one: “end of business day 1”".into()),
        ["billing", "period", period] => Ok(Span::EndOfBillingPeriod {
            period: ordinal(period)?,
        }),
        ["billing", "period"] => Err("say which one: “end of billing period 1”".into()),
        [name] | ["next", name] => Period::ALL
            .into_iter()
            .find(|period| period.as_str() == *name)
            .map(|period| Span::EndOf {
                period,
                next: words.len() == 2,
            })
            .ok_or_else(|| {
                "“end of” is followed by month, quarter, half-year or year, with “next” before it if need be, or by “business day 3” or “billing period 2”".into()
            }),
        _ => Err(FORMS.into()),
    }
}

fn number(word: &str) -> Result<u32, String> {
    if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(if word.contains(['.', ',']) {
            "write a whole number in a smaller unit, “90 minutes” for an hour and a half".into()
        } else {
            FORMS.into()
        });
    }
    // The bound keeps every product of a count and a unit far inside 64 bits.
    word.parse()
        .ok()
        .filter(|count| *count <= 100_000_000)
        .ok_or_else(|| "the number is too great".to_string())
}

fn read_unit(words: &[&str], figure: &str) -> Result<Unit, String> {
    let name = words.join(" ");
    if let Some(unit) = Unit::read(&name) {
        return Ok(unit);
    }
    if name.is_empty() {
        return Err(format!("say of what: “{figure} hours” or “{figure} business hours”"));
    }
    let nearest = Unit::ALL
        .into_iter()
        .map(|unit| format!("{}s", unit.as_str()))
        .min_by_key(|unit| distance(&name.to_lowercase(), unit));
    match nearest {
        Some(unit) if distance(&name.to_lowercase(), &unit) <= 4 => {
            Err(format!("did you mean “{figure} {unit}”?"))
        }
        _ => Err(FORMS.into()),
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Span::None => out.write_str("none"),
            Span::Unstated => out.write_str("unstated"),
            Span::Immediately => out.write_str("immediately"),
            Span::Of { count: 1, unit } => write!(out, "1 {}", unit.as_str()),
            Span::Of { count, unit } => write!(out, "{count} {}s", unit.as_str()),
            Span::Range { least, most, unit } => {
                write!(out, "{least} to {most} {}s", unit.as_str())
            }
            Span::EndOfBusinessDay { day } => write!(out, "end of business day {day}"),
            Span::EndOf { period, next: false } => write!(out, "end of {}", period.as_str()),
            Span::EndOf { period, next: true } => {
                write!(out, "end of next {}", period.as_str())
            }
            Span::EndOfBillingPeriod { period } => write!(out, "end of billing period {period}"),
        }
    }
}

impl std::str::FromStr for Span {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Span, CalendarError> {
        Span::parse(text)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        read_text(deserializer, Span::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::Span;

    #[test]
    fn every_form_is_printed_as_it_is_written() {
        for text in [
            "10 minutes",
            "1 minute",
            "4 hours",
            "3 days",
            "90 days",
            "1 year",
            "2 weeks",
            "4 business hours",
            "30 business minutes",
            "1 business day",
            "2 business days",
            "end of business day 3",
            "end of month",
            "end of next month",
            "end of next half-year",
            "end of billing period 2",
            "2 to 4 hours",
            "1 to 2 business days",
            "immediately",
            "none",
            "unstated",
            "0 minutes",
        ] {
            assert_eq!(Span::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Span::parse(" 1   hours ").unwrap().to_string(), "1 hour");
    }

    #[test]
    fn a_wrong_span_is_told_what_to_write() {
        for (text, advice) in [
            ("4 bussiness hours", "“4 business hours”"),
            ("4 working hours", "write a number and a unit"),
            ("4", "“4 hours”"),
            ("1.5 hours", "“90 minutes”"),
            ("4 to 2 hours", "“2 to 4 hours”"),
            ("end of business day", "“end of business day 1”"),
            ("end of business day 0", "the first one is 1"),
            ("end of week", "month, quarter"),
            ("soon", "“immediately”"),
            ("-4 hours", "write a number"),
            ("99999999999 hours", "too great"),
            ("", "write a number"),
        ] {
            let error = Span::parse(text).unwrap_err().to_string();
            assert!(error.contains(advice), "{text}: {error}");
        }
    }
}

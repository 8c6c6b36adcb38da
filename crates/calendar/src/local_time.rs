//! Times of day on the wall.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::digits::{put_digits, text_of};
use crate::error::CalendarError;
use crate::local_date::digits;
use crate::read_text::read_text;

/// A time on the wall, to the second, from `00:00` to `24:00` included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalTime(u32);

impl LocalTime {
    /// The start of the day, `00:00`.
    pub const MIDNIGHT: LocalTime = LocalTime(0);
    /// The end of the day, `24:00`.
    pub const END_OF_DAY: LocalTime = LocalTime(86_400);

    /// The time of an hour and a minute; none outside `00:00` to `24:00`.
    pub const fn new(hour: u8, minute: u8) -> Option<LocalTime> {
        let seconds = hour as u32 * 3600 + minute as u32 * 60;
        if minute < 60 && seconds <= 86_400 { Some(LocalTime(seconds)) } else { None }
    }

    /// The time so many seconds after midnight; none beyond 86,400.
    pub const fn from_seconds(seconds: u32) -> Option<LocalTime> {
        if seconds <= 86_400 { Some(LocalTime(seconds)) } else { None }
    }

    /// Reads `09:00`, `09:00:30` or `24:00`.
    ///
    /// # Errors
    /// Another shape, or a time no day has.
    pub fn parse(text: &str) -> Result<LocalTime, CalendarError> {
        let fail = || CalendarError::Time { text: text.into() };
        let bytes = text.as_bytes();
        if !(bytes.len() == 5 || bytes.len() == 8) || bytes[2] != b':' {
            return Err(fail());
        }
        let hour = digits(&bytes[0..2]).ok_or_else(fail)?;
        let minute = digits(&bytes[3..5]).ok_or_else(fail)?;
        let second = if bytes.len() == 8 {
            if bytes[5] != b':' {
                return Err(fail());
            }
            digits(&bytes[6..8]).ok_or_else(fail)?
        } else {
            0
        };
        if minute > 59 || second > 59 {
            return Err(fail());
        }
        LocalTime::from_seconds(hour * 3600 + minute * 60 + second).ok_or_else(fail)
    }

    /// Seconds since the start of the day, 0 to 86,400.
    pub const fn seconds_of_day(self) -> u32 {
        self.0
    }

    /// Whole minutes since the start of the day, 0 to 1,440.
    pub const fn minutes_of_day(self) -> u32 {
        self.0 / 60
    }

    /// The hour, 0 to 24.
    pub const fn hour(self) -> u8 {
        (self.0 / 3600) as u8
    }

    /// The minute of the hour.
    pub const fn minute(self) -> u8 {
        (self.0 / 60 % 60) as u8
    }

    /// The second of the minute.
    pub const fn second(self) -> u8 {
        (self.0 % 60) as u8
    }
}

impl LocalTime {
    /// As a clock without a second hand shows it: `09:05`.
    pub fn to_minute(self) -> String {
        text_of(&self.places()[..5]).to_owned()
    }

    /// `09:05:30`.
    pub(crate) fn places(self) -> [u8; 8] {
        let mut text = *b"00:00:00";
        put_digits(&mut text[0..2], i64::from(self.hour()));
        put_digits(&mut text[3..5], i64::from(self.minute()));
        put_digits(&mut text[6..8], i64::from(self.second()));
        text
    }
}

/// `09:05`, and `09:05:30` where it is not a whole minute.
impl std::fmt::Display for LocalTime {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let length = if self.second() == 0 { 5 } else { 8 };
        out.write_str(text_of(&self.places()[..length]))
    }
}

impl std::str::FromStr for LocalTime {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<LocalTime, CalendarError> {
        LocalTime::parse(text)
    }
}

impl Serialize for LocalTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LocalTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<LocalTime, D::Error> {
        read_text(deserializer, LocalTime::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::LocalTime;

    #[test]
    fn times_are_read_and_printed() {
        for (text, seconds) in [("00:00", 0), ("09:00", 32_400), ("23:59:59", 86_399), ("24:00", 86_400)] {
            let time = LocalTime::parse(text).unwrap();
            assert_eq!(time.seconds_of_day(), seconds);
            assert_eq!(time.to_string(), text);
        }
        for text in ["24:01", "9:00", "09:60", "09h00", "", "0900", "09:00:60", "09:00-", "é:00"] {
            assert!(LocalTime::parse(text).is_err(), "{text}");
        }
    }
}

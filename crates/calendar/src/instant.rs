//! Points on the one time line everybody shares.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::digits::{put_digits, text_of};
use crate::error::CalendarError;
use crate::local_date::{LocalDate, digits};
use crate::read_text::read_text;

/// An instant, as milliseconds since 1970-01-01T00:00:00Z.
///
/// Written as RFC 3339 in UTC, with milliseconds only when there are any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Instant = Instant(0);

    /// The last instant that can be written, 9999-12-31T23:59:59.999Z.
    pub const LAST: Instant = Instant(253_402_300_799_999);

    /// The instant so many milliseconds after the epoch.
    pub const fn from_milliseconds(milliseconds: i64) -> Instant {
        Instant(milliseconds)
    }

    /// The instant so many seconds after the epoch.
    pub const fn from_seconds(seconds: i64) -> Instant {
        Instant(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch, negative before.
    pub const fn milliseconds(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The instant so many seconds later, earlier when negative.
    pub const fn plus_seconds(self, seconds: i64) -> Instant {
        Instant(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// The instant so many milliseconds later, earlier when negative.
    pub const fn plus_milliseconds(self, milliseconds: i64) -> Instant {
        Instant(self.0.saturating_add(milliseconds))
    }

    /// Whole elapsed seconds since an earlier instant, towards zero; negative when that one is later.
    pub const fn seconds_since(self, earlier: Instant) -> i64 {
        self.0.saturating_sub(earlier.0) / 1000
    }

    /// Reads an RFC 3339 instant with any offset; digits past the millisecond are dropped.
    ///
    /// Source: RFC 3339 section 5.6. A leap second is read as the second before it.
    ///
    /// # Errors
    /// Another shape, a missing offset, or a day that does not exist.
    ///
    /// ```
    /// # use calendar::Instant;
    /// let instant = Instant::parse("2026-03-06T16:30:00+01:00")?;
    /// assert_eq!(instant.to_string(), "2026-03-06T15:30:00Z");
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Instant, CalendarError> {
        read(text).ok_or_else(|| CalendarError::Instant { text: text.into() })
    }
}

fn read(text: &str) -> Option<Instant> {
    let bytes = text.as_bytes();
    if bytes.len() < 20 || !matches!(bytes[10], b'T' | b't' | b' ') {
        return None;
    }
    let date = LocalDate::parse(text.get(0..10)?).ok()?;
    if bytes[13] != b':' || bytes[16] != b':' {
        return None;
    }
    let hour = digits(&bytes[11..13])?;
    let minute = digits(&bytes[14..16])?;
    let second = digits(&bytes[17..19])?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut rest = &bytes[19..];
    let mut milliseconds = 0i64;
    if let [b'.', fraction @ ..] = rest {
        let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 {
            return None;
        }
        // Digits that are not written are zero, those past the third are dropped.
        let written = fraction[..length].iter().map(|digit| digit - b'0');
        for digit in written.chain([0, 0]).take(3) {
            milliseconds = milliseconds * 10 + i64::from(digit);
        }
        rest = &fraction[length..];
    }
    let offset_seconds = match rest {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let hours = digits(&[*h1, *h2])?;
            let minutes = digits(&[*m1, *m2])?;
            if hours > 23 || minutes > 59 {
                return None;
            }
            let size = i64::from(hours * 3600 + minutes * 60);
            if *sign == b'-' { -size } else { size }
        }
        _ => return None,
    };
    let seconds = i64::from(date.days()) * 86_400 + i64::from(hour * 3600 + minute * 60 + second.min(59))
        - offset_seconds;
    Some(Instant(seconds * 1000 + milliseconds))
}

impl std::fmt::Display for Instant {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.seconds();
        // A count of days that fits no date is clamped: such instants are never computed, only guarded.
        let days = seconds.div_euclid(86_400).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
        let of_day = seconds.rem_euclid(86_400);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        let milliseconds = self.0.rem_euclid(1000);
        let (year, month, day) = LocalDate::from_days(days).civil();
        if !(0..10_000).contains(&year) {
            write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
            return if milliseconds == 0 { out.write_str("Z") } else { write!(out, ".{milliseconds:03}Z") };
        }
        let mut text = *b"0000-00-00T00:00:00.000Z";
        put_digits(&mut text[0..4], i64::from(year));
        put_digits(&mut text[5..7], i64::from(month));
        put_digits(&mut text[8..10], i64::from(day));
        put_digits(&mut text[11..13], hour);
        put_digits(&mut text[14..16], minute);
        put_digits(&mut text[17..19], second);
        put_digits(&mut text[20..23], milliseconds);
        let written = if milliseconds == 0 {
            text[19] = b'Z';
            &text[..20]
        } else {
            &text[..]
        };
        out.write_str(text_of(written))
    }
}

impl std::str::FromStr for Instant {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Instant, CalendarError> {
        Instant::parse(text)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Instant, D::Error> {
        read_text(deserializer, Instant::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::Instant;

    #[test]
    fn any_offset_is_read_and_utc_is_printed() {
        for (text, printed) in [
            ("2026-03-06T16:30:00+01:00", "2026-03-06T15:30:00Z"),
            ("2026-03-06T00:30:00.5+05:45", "2026-03-05T18:45:00.500Z"),
            ("2026-03-06t00:30:00.123456789z", "2026-03-06T00:30:00.123Z"),
            ("1969-12-31T23:59:59.999-00:00", "1969-12-31T23:59:59.999Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ] {
            let instant = Instant::parse(text).unwrap();
            assert_eq!(instant.to_string(), printed);
            assert_eq!(Instant::parse(printed).unwrap(), instant);
        }
    }

    #[test]
    fn an_instant_needs_a_whole_date_time_and_offset() {
        for text in [
            "",
            "2026-03-06",
            "2026-03-06T16:30:00",
            "2026-03-06T16:30Z",
            "2026-02-30T16:30:00Z",
            "2026-03-06T24:00:00Z",
            "2026-03-06T16:30:00.Z",
            "2026-03-06T16:30:00+0100",
            "2026-03-06T16:30:00+24:00",
            "2026-03-06T16:30:00ZZ",
            "éééééééééééééééééééé",
        ] {
            assert!(Instant::parse(text).is_err(), "{text}");
        }
    }
}

//! Dates of the civil (Gregorian) calendar.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::digits::{put_digits, text_of};
use crate::error::CalendarError;
use crate::read_text::read_text;
use crate::weekday::Weekday;

/// A date on the wall, without a zone: `2026-12-25`.
///
/// Kept as a count of days from 1970-01-01, so that comparing and adding
/// days cost nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDate(i32);

impl LocalDate {
    /// 1970-01-01.
    pub const EPOCH: LocalDate = LocalDate(0);

    /// The date of a year, a month from 1 and a day from 1; none when there is no such day.
    pub fn new(year: i32, month: u8, day: u8) -> Option<LocalDate> {
        let fits = (-9999..=9999).contains(&year)
            && (1..=12).contains(&month)
            && day >= 1
            && day <= days_in_month(year, month);
        fits.then(|| LocalDate(days_from_civil(year, month, day)))
    }

    /// -9999-01-01, before which there is no date.
    pub const FIRST: LocalDate = LocalDate(-4_371_587);
    /// 9999-12-31, after which there is no date.
    pub const LAST: LocalDate = LocalDate(2_932_896);

    /// The date a number of days after 1970-01-01, held between the first date and the last.
    pub const fn from_days(days: i32) -> LocalDate {
        if days < LocalDate::FIRST.0 {
            LocalDate::FIRST
        } else if days > LocalDate::LAST.0 {
            LocalDate::LAST
        } else {
            LocalDate(days)
        }
    }

    /// Days since 1970-01-01, negative before.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// Reads `2026-12-25`.
    ///
    /// # Errors
    /// Another shape, or a day that does not exist.
    pub fn parse(text: &str) -> Result<LocalDate, CalendarError> {
        let fail = || CalendarError::Date { text: text.into() };
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(fail());
        }
        let number = |from: usize, to: usize| digits(&bytes[from..to]);
        match (number(0, 4), number(5, 7), number(8, 10)) {
            (Some(year), Some(month), Some(day)) => {
                LocalDate::new(year as i32, month as u8, day as u8).ok_or_else(fail)
            }
            _ => Err(fail()),
        }
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.civil().0
    }

    /// The month, 1 to 12.
    pub fn month(self) -> u8 {
        self.civil().1
    }

    /// The day of the month, 1 to 31.
    pub fn day(self) -> u8 {
        self.civil().2
    }

    /// Year, month and day in one go.
    pub fn civil(self) -> (i32, u8, u8) {
        civil_from_days(self.0)
    }

    /// The day of the week.
    pub const fn weekday(self) -> Weekday {
        // 1970-01-01 was a Thursday.
        Weekday::from_index((self.0 as i64 + 3).rem_euclid(7) as usize)
    }

    /// The date so many days later, earlier when negative.
    pub const fn plus_days(self, days: i32) -> LocalDate {
        LocalDate::from_days(self.0.saturating_add(days))
    }

    /// The date so many months later (earlier when negative); a day the month
    /// does not have becomes its last, so 31 January plus one month is 28 or 29 February.
    pub fn plus_months(self, months: i32) -> LocalDate {
        let (year, month, day) = self.civil();
        let total = i64::from(year) * 12 + i64::from(month) - 1 + i64::from(months);
        let year = (total.div_euclid(12)).clamp(-9999, 9999) as i32;
        let month = total.rem_euclid(12) as u8 + 1;
        LocalDate(days_from_civil(year, month, day.min(days_in_month(year, month))))
    }

    /// Days from this date to another, negative when the other is earlier.
    pub const fn days_until(self, other: LocalDate) -> i32 {
        other.0 - self.0
    }

    /// The first day of this date's month.
    pub fn first_of_month(self) -> LocalDate {
        let (year, month, _) = self.civil();
        LocalDate(days_from_civil(year, month, 1))
    }

    /// The last day of this date's month.
    pub fn last_of_month(self) -> LocalDate {
        let (year, month, _) = self.civil();
        LocalDate(days_from_civil(year, month, days_in_month(year, month)))
    }

    /// Easter Sunday of a year, by the Gregorian reckoning.
    ///
    /// Source: the anonymous Gregorian computus (Meeus, Jones, Butcher).
    ///
    /// ```
    /// # use calendar::LocalDate;
    /// assert_eq!(LocalDate::easter(2026).to_string(), "2026-04-05");
    /// ```
    pub fn easter(year: i32) -> LocalDate {
        let a = year.rem_euclid(19);
        let (b, c) = (year.div_euclid(100), year.rem_euclid(100));
        let (d, e) = (b.div_euclid(4), b.rem_euclid(4));
        let g = (8 * b + 13).div_euclid(25);
        let h = (19 * a + b - d - g + 15).rem_euclid(30);
        let (i, k) = (c / 4, c % 4);
        let l = (32 + 2 * e + 2 * i - h - k).rem_euclid(7);
        let m = (a + 11 * h + 19 * l).div_euclid(433);
        let month = (h + l - 7 * m + 90).div_euclid(25);
        let day = (h + l - 7 * m + 33 * month + 19).rem_euclid(32);
        LocalDate(days_from_civil(year, month as u8, day as u8))
    }

    /// The n-th weekday of a month, counted from its start (1 to 5) or, when
    /// negative, from its end (-1 is the last); none when the month has no such day.
    pub fn nth_weekday_of_month(year: i32, month: u8, nth: i8, weekday: Weekday) -> Option<LocalDate> {
        let first = LocalDate::new(year, month, 1)?;
        let last = first.last_of_month();
        let found = match nth {
            1..=5 => first.on_or_after(weekday).plus_days(7 * (i32::from(nth) - 1)),
            -5..=-1 => last.on_or_before(weekday).plus_days(7 * (i32::from(nth) + 1)),
            _ => return None,
        };
        (first..=last).contains(&found).then_some(found)
    }

    /// This date or the next one that is such a weekday.
    pub const fn on_or_after(self, weekday: Weekday) -> LocalDate {
        let ahead = (weekday.index() + 7 - self.weekday().index()) % 7;
        self.plus_days(ahead as i32)
    }

    /// This date or the last one before it that is such a weekday.
    pub const fn on_or_before(self, weekday: Weekday) -> LocalDate {
        let back = (self.weekday().index() + 7 - weekday.index()) % 7;
        self.plus_days(-(back as i32))
    }
}

/// Number of days of a month.
pub(crate) fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Reads decimal digits and nothing else.
pub(crate) fn digits(bytes: &[u8]) -> Option<u32> {
    let mut value = 0u32;
    for byte in bytes {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
    }
    (!bytes.is_empty()).then_some(value)
}

// Both conversions count years from March, so that the leap day ends a year,
// and eras of 400 years, which all have 146,097 days.

fn days_from_civil(year: i32, month: u8, day: u8) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (i32::from(month) + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + i32::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i32) -> (i32, u8, u8) {
    let shifted = i64::from(days) + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u8;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 } as u8;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as i32, month, day)
}

impl std::fmt::Display for LocalDate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = self.civil();
        if !(0..10_000).contains(&year) {
            return write!(out, "{year:04}-{month:02}-{day:02}");
        }
        let mut text = *b"0000-00-00";
        put_digits(&mut text[0..4], i64::from(year));
        put_digits(&mut text[5..7], i64::from(month));
        put_digits(&mut text[8..10], i64::from(day));
        out.write_str(text_of(&text))
    }
}

impl std::str::FromStr for LocalDate {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<LocalDate, CalendarError> {
        LocalDate::parse(text)
    }
}

impl Serialize for LocalDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LocalDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<LocalDate, D::Error> {
        read_text(deserializer, LocalDate::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::LocalDate;
    use crate::weekday::Weekday;

    fn date(text: &str) -> LocalDate {
        LocalDate::parse(text).unwrap()
    }

    #[test]
    fn every_day_of_four_centuries_is_printed_and_read_back() {
        let mut expected = Weekday::Sat;
        for days in date("1800-02-01").days()..date("2200-03-01").days() {
            let day = LocalDate::from_days(days);
            assert_eq!(date(&day.to_string()), day);
            assert_eq!(day.weekday(), expected);
            expected = Weekday::from_index(expected.index() + 1);
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "2026-4-3",
            "26-04-03",
            "2026-04-03T",
            "",
            "２026-04-03",
        ] {
            assert!(LocalDate::parse(text).is_err(), "{text}");
        }
        assert!(LocalDate::parse("2024-02-29").is_ok());
    }

    #[test]
    fn dates_are_held_between_the_first_and_the_last() {
        assert_eq!(Some(LocalDate::FIRST), LocalDate::new(-9999, 1, 1));
        assert_eq!(Some(LocalDate::LAST), LocalDate::new(9999, 12, 31));
        assert_eq!(LocalDate::from_days(i32::MAX), LocalDate::LAST);
        assert_eq!(LocalDate::EPOCH.plus_days(i32::MIN), LocalDate::FIRST);
        assert_eq!(LocalDate::LAST.plus_months(1).year(), 9999);
    }

    #[test]
    fn easter_falls_where_it_was_kept() {
        // Source: published tables of Easter, extremes included.
        for text in [
            "1818-03-22",
            "1943-04-25",
            "2000-04-23",
            "2008-03-23",
            "2024-03-31",
            "2025-04-20",
            "2026-04-05",
            "2027-03-28",
            "2038-04-25",
        ] {
            assert_eq!(LocalDate::easter(date(text).year()), date(text));
        }
    }

    #[test]
    fn weekdays_of_a_month_are_counted_from_either_end() {
        let nth = LocalDate::nth_weekday_of_month;
        assert_eq!(nth(2026, 9, 1, Weekday::Mon), Some(date("2026-09-07")));
        assert_eq!(nth(2026, 5, -1, Weekday::Mon), Some(date("2026-05-25")));
        assert_eq!(nth(2026, 5, 5, Weekday::Fri), Some(date("2026-05-29")));
        assert_eq!(nth(2026, 2, 5, Weekday::Mon), None);
        assert_eq!(nth(2026, 2, 0, Weekday::Mon), None);
    }

    #[test]
    fn months_are_added_to_their_last_day_at_most() {
        assert_eq!(date("2026-01-31").plus_months(1), date("2026-02-28"));
        assert_eq!(date("2024-02-29").plus_months(12), date("2025-02-28"));
        assert_eq!(date("2026-03-31").plus_months(-13), date("2025-02-28"));
    }
}

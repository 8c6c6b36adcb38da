//! Amounts of time already measured, in words.
//!
//! Rounding is to whole minutes and always against who promised: what is left and by how much a
//! deadline was kept are rounded down ([`duration`]), how late something is is rounded up
//! ([`duration_up`]). So « reste 45 min » never promises time that is not there, and something late
//! never reads « 0 min ».

use crate::catalogue::{Value, text, text_with};
use crate::language::Language;

/// « 3 h 20 », « 45 min », rounded down to the minute; hours are never turned into days, because the
/// day of a calendar has not 24 hours. Under a minute: « moins de 1 min ». The sign is dropped.
#[must_use]
pub fn duration(language: Language, seconds: i64) -> String {
    let minutes = whole_minutes(seconds);
    match minutes {
        0 if seconds == 0 => text_with(language, "duration-minutes", &[("minutes", Value::Number(0))]),
        0 => text(language, "duration-under-a-minute").into_owned(),
        minutes => of_minutes(language, minutes, "duration-hours"),
    }
}

/// As [`duration`], rounded up to the minute and never less than one: for lateness.
#[must_use]
pub fn duration_up(language: Language, seconds: i64) -> String {
    of_minutes(language, whole_minutes(seconds.saturating_abs().saturating_add(59)).max(1), "duration-hours")
}

/// As [`duration`], for columns: whole hours keep their minutes, « 4 h 00 ».
#[must_use]
pub fn duration_in_table(language: Language, seconds: i64) -> String {
    of_minutes(language, whole_minutes(seconds), "duration-hours-minutes")
}

/// Elapsed time, where a day is 24 hours: « 2 j 4 h » from 24 hours on, else as [`duration`].
#[must_use]
pub fn elapsed_duration(language: Language, seconds: i64) -> String {
    let hours = whole_minutes(seconds) / 60;
    match (hours / 24, hours % 24) {
        (0, _) => duration(language, seconds),
        (days, 0) => text_with(language, "duration-days", &[("days", Value::Number(days))]),
        (days, hours) => text_with(
            language,
            "duration-days-hours",
            &[("days", Value::Number(days)), ("hours", Value::Number(hours))],
        ),
    }
}

fn whole_minutes(seconds: i64) -> i64 {
    seconds.saturating_abs() / 60
}

fn of_minutes(language: Language, minutes: i64, whole_hours: &str) -> String {
    let (hours, rest) = (minutes / 60, minutes % 60);
    let two_digits = format!("{rest:02}");
    let hours_and = [("hours", Value::Number(hours)), ("minutes", Value::Text(&two_digits))];
    match (hours, rest) {
        (0, _) => text_with(language, "duration-minutes", &[("minutes", Value::Number(rest))]),
        (_, 0) if whole_hours == "duration-hours" => text_with(language, whole_hours, &hours_and[..1]),
        _ => text_with(language, "duration-hours-minutes", &hours_and),
    }
}

#[cfg(test)]
mod tests {
    use super::{duration, duration_in_table, duration_up, elapsed_duration};
    use crate::language::Language::{English, French};

    #[test]
    fn left_is_rounded_down_and_late_is_rounded_up() {
        for (seconds, down, up) in [
            (12_000, "3\u{a0}h\u{a0}20", "3\u{a0}h\u{a0}20"),
            (12_059, "3\u{a0}h\u{a0}20", "3\u{a0}h\u{a0}21"),
            (2_700, "45\u{a0}min", "45\u{a0}min"),
            (14_400, "4\u{a0}h", "4\u{a0}h"),
            (3_599, "59\u{a0}min", "1\u{a0}h"),
            (30, "moins de 1\u{a0}min", "1\u{a0}min"),
            (0, "0\u{a0}min", "1\u{a0}min"),
            (-12_000, "3\u{a0}h\u{a0}20", "3\u{a0}h\u{a0}20"),
            (200_000, "55\u{a0}h\u{a0}33", "55\u{a0}h\u{a0}34"),
            (3_900, "1\u{a0}h\u{a0}05", "1\u{a0}h\u{a0}05"),
        ] {
            assert_eq!(duration(French, seconds), down);
            assert_eq!(duration_up(French, seconds), up);
        }
        assert_eq!(duration(English, 12_000), "3\u{a0}h\u{a0}20\u{a0}min");
    }

    #[test]
    fn only_elapsed_time_has_days_and_only_tables_keep_zeroes() {
        assert_eq!(elapsed_duration(French, 2 * 86_400 + 4 * 3600 + 1800), "2\u{a0}j\u{a0}4\u{a0}h");
        assert_eq!(elapsed_duration(English, 86_400), "1\u{a0}d");
        assert_eq!(elapsed_duration(French, 86_399), "23\u{a0}h\u{a0}59");
        assert_eq!(duration_in_table(French, 14_400), "4\u{a0}h\u{a0}00");
        assert_eq!(duration_in_table(French, 1_500), "25\u{a0}min");
    }
}

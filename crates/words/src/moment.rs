//! Instants and dates in words.

use crate::catalogue::{Value, text, text_with};
use crate::city::{offset_in_words, zone_in_words};
use crate::language::Language;
use crate::phrase::{mark_bold, mark_instant, unmark};
use crate::reader::Reader;
use calendar::{Instant, LocalDate, Weekday, Zone};

/// How a sentence looks at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// As something to come: « 14:30 aujourd’hui », « mardi 1er décembre à 14:30 ».
    Ahead,
    /// As something that a sentence goes on with: « depuis aujourd’hui 14:30 », « le 12 mars 14:40 ».
    Sentence,
    /// As something merely named, in parentheses or after a colon: « aujourd’hui 14:30 », « 12 mars
    /// 14:40 ».
    Named,
    /// As [`Look::Named`], in few words: today is left out.
    Brief,
}

/// An instant on the wall of a zone, marked for a phrase, and whether it is told by a full date.
pub(crate) struct Told {
    /// The marked words.
    pub marked: String,
    /// Whether the words are a date (« lundi 7 décembre à 13:30 »), which French introduces by « le ».
    pub dated: bool,
}

/// An instant in the reader's own zone: « lundi 14:40 », « aujourd’hui 08:52 », « 12 mars 14:40 », with
/// the year when it is not the present one. On paper, or when the reader's zone is not known (UTC is
/// then told), the city follows.
#[must_use]
pub fn instant_in_words(reader: &Reader, instant: Instant, now: Instant) -> String {
    let zone = reader.zone.clone().unwrap_or_else(Zone::utc);
    let told = tell(reader, instant, &zone, now, Look::Named);
    format!("{}{}", unmark(&told.marked), zone_suffix(reader, &zone, instant, now))
}

/// A date: « mardi 1er décembre », with the year when it is not that of `today`.
#[must_use]
pub fn date_in_words(language: Language, date: LocalDate, today: LocalDate) -> String {
    let (year, month, day) = date.civil();
    let weekday = weekday_in_words(language, date.weekday());
    let (month, day, year_text) =
        (month_in_words(language, month), day_in_words(language, day), year.to_string());
    let values = [
        ("weekday", Value::Text(&weekday)),
        ("day", Value::Text(&day)),
        ("month", Value::Text(&month)),
        ("year", Value::Text(&year_text)),
    ];
    if year == today.year() {
        text_with(language, "date", &values[..3])
    } else {
        text_with(language, "date-with-year", &values)
    }
}

/// A day of the week: « lundi ».
#[must_use]
pub fn weekday_in_words(language: Language, weekday: Weekday) -> String {
    text(language, &format!("weekday-{weekday}")).into_owned()
}

/// A day in a table: « lun. 23 ».
pub(crate) fn day_in_table(language: Language, date: LocalDate) -> String {
    let weekday = text(language, &format!("weekday-short-{}", date.weekday()));
    let day = i64::from(date.day());
    text_with(language, "day-in-table", &[("weekday", Value::Text(&weekday)), ("day", Value::Number(day))])
}

/// A clock time alone, with its offset when the wall shows it twice: « 14:40 », « 01:30 (UTC−4) ».
pub(crate) fn clock_time(language: Language, instant: Instant, zone: &Zone) -> String {
    with_offset(language, &zone.local(instant).time.to_minute(), instant, zone)
}

/// Words for an instant on the wall of `zone`, marked.
pub(crate) fn tell(reader: &Reader, instant: Instant, zone: &Zone, now: Instant, look: Look) -> Told {
    let language = reader.language;
    let (local, today) = (zone.local(instant), zone.local(now).date);
    let (year, month, day) = local.date.civil();
    let ahead = today.days_until(local.date);
    let bold = mark_bold(&local.time.to_minute());
    let time = with_offset(language, &bold, instant, zone);
    let weekday = weekday_in_words(language, local.date.weekday());
    let (month, day, year_text) =
        (month_in_words(language, month), day_in_words(language, day), year.to_string());
    let values = [
        ("time", Value::Text(&time)),
        ("weekday", Value::Text(&weekday)),
        ("day", Value::Text(&day)),
        ("month", Value::Text(&month)),
        ("year", Value::Text(&year_text)),
    ];
    // « demain » misleads a reader whose wall shows another date: the weekday says it for both.
    let relative = reader.shares_today(zone, now).then_some(ahead);
    let (key, dated) = match (relative, look) {
        (Some(0), Look::Ahead) => ("when-today-ahead", false),
        (Some(0), Look::Named | Look::Sentence) => ("when-today", false),
        (Some(0), Look::Brief) => ("when-today-brief", false),
        (Some(1), _) => ("when-tomorrow", false),
        _ if (-6..=6).contains(&ahead) => ("when-weekday", false),
        (_, Look::Ahead) if year == today.year() => ("when-date-ahead", true),
        (_, Look::Ahead) => ("when-date-with-year-ahead", true),
        (_, Look::Sentence) if year == today.year() => ("when-date-in-sentence", true),
        (_, Look::Sentence) => ("when-date-with-year-in-sentence", true),
        _ if year == today.year() => ("when-date", true),
        _ => ("when-date-with-year", true),
    };
    Told { marked: mark_instant(&text_with(language, key, &values)), dated }
}

/// « , heure de Montréal » where the reader must be told, else nothing.
pub(crate) fn zone_suffix(reader: &Reader, zone: &Zone, instant: Instant, now: Instant) -> String {
    if !reader.names_city(zone, instant, now) {
        return String::new();
    }
    let zone = zone_in_words(zone, reader.language);
    text_with(reader.language, "with-zone", &[("zone", Value::Text(&zone))])
}

fn with_offset(language: Language, time: &str, instant: Instant, zone: &Zone) -> String {
    if !is_at_clock_change(instant, zone) {
        return time.to_owned();
    }
    let offset = offset_in_words(zone, instant);
    text_with(language, "with-offset", &[("time", Value::Text(time)), ("offset", Value::Text(&offset))])
}

/// Whether the wall shows this time twice that night, or skipped an hour just before it, so that what
/// was reckoned inside the skipped hour landed here.
fn is_at_clock_change(instant: Instant, zone: &Zone) -> bool {
    // No zone shifts its wall by more than three hours at once, but for days skipped whole.
    const REACH_SECONDS: i64 = 3 * 3600;
    let offset = |at: Instant| i64::from(zone.local(at).offset_seconds);
    let own = offset(instant);
    [instant.plus_seconds(-REACH_SECONDS), instant.plus_seconds(REACH_SECONDS)].into_iter().any(|near| {
        let other = offset(near);
        if other == own {
            return false;
        }
        // The same wall time under the other offset.
        let twin = instant.plus_seconds(own - other);
        let repeated = offset(twin) == other;
        let after_gap = near < instant && other < own && offset(instant.plus_seconds(other - own)) == other;
        repeated || after_gap
    })
}

fn month_in_words(language: Language, month: u8) -> String {
    text(language, &format!("month-{month}")).into_owned()
}

fn day_in_words(language: Language, day: u8) -> String {
    if day == 1 { text(language, "day-first").into_owned() } else { day.to_string() }
}

#[cfg(test)]
mod tests {
    use super::{date_in_words, instant_in_words, is_at_clock_change};
    use crate::language::Language::{English, French};
    use crate::reader::Reader;
    use calendar::{Instant, LocalDate, Zone};

    #[test]
    fn instants_are_told_by_how_far_they_are() {
        let zone = Zone::parse("America/Montreal").unwrap();
        let reader = |language, paper| Reader { language, zone: Some(zone.clone()), paper };
        let now = Instant::parse("2026-11-24T11:20:00-05:00").unwrap();
        for (at, french, english) in [
            ("2026-11-24T08:52:00-05:00", "aujourd’hui 08:52", "today 08:52"),
            ("2026-11-23T14:40:00-05:00", "lundi 14:40", "Monday 14:40"),
            ("2026-11-18T14:40:00-05:00", "mercredi 14:40", "Wednesday 14:40"),
            ("2026-11-17T14:40:00-05:00", "17 novembre 14:40", "17 November 14:40"),
            ("2026-03-12T14:40:00-04:00", "12 mars 14:40", "12 March 14:40"),
            ("2025-03-01T14:40:00-05:00", "1er mars 2025 14:40", "1 March 2025 14:40"),
        ] {
            let at = Instant::parse(at).unwrap();
            assert_eq!(instant_in_words(&reader(French, false), at, now), french);
            assert_eq!(instant_in_words(&reader(English, false), at, now), english);
        }
        let at = Instant::parse("2026-11-23T14:40:00-05:00").unwrap();
        assert_eq!(instant_in_words(&reader(French, true), at, now), "lundi 14:40, heure de Montréal");
        let nowhere = Reader { language: French, zone: None, paper: false };
        assert_eq!(instant_in_words(&nowhere, at, now), "lundi 19:40, UTC");
    }

    #[test]
    fn dates_name_the_year_only_when_it_is_another() {
        let (today, day) = (LocalDate::new(2026, 11, 24).unwrap(), LocalDate::new(2026, 12, 1).unwrap());
        assert_eq!(date_in_words(French, day, today), "mardi 1er décembre");
        assert_eq!(
            date_in_words(English, day, LocalDate::new(2025, 1, 1).unwrap()),
            "Tuesday 1 December 2026"
        );
    }

    #[test]
    fn only_the_hours_around_a_clock_change_need_their_offset() {
        for (zone, at, expected) in [
            ("America/Montreal", "2026-11-01T01:30:00-04:00", true),
            ("America/Montreal", "2026-11-01T01:30:00-05:00", true),
            ("America/Montreal", "2026-11-01T00:59:00-04:00", false),
            ("America/Montreal", "2026-11-01T02:00:00-05:00", false),
            ("America/Montreal", "2026-03-08T03:30:00-04:00", true),
            ("America/Montreal", "2026-03-08T04:00:00-04:00", false),
            ("America/Montreal", "2026-03-08T01:59:00-05:00", false),
            ("Australia/Lord_Howe", "2026-04-05T01:45:00+10:30", true),
            ("Europe/Paris", "2026-10-25T02:00:00+01:00", true),
            ("+05:30", "2026-10-25T02:00:00+05:30", false),
        ] {
            let found = is_at_clock_change(Instant::parse(at).unwrap(), &Zone::parse(zone).unwrap());
            assert_eq!(found, expected, "{at} in {zone}");
        }
    }
}

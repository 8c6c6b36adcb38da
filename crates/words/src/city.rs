//! What a zone is called: by its city, never by an abbreviation.

use crate::catalogue::{Value, has_text, text, text_with};
use crate::language::Language;
use calendar::{Instant, Zone};

/// The city of a zone (« Montréal », « Londres »); for a fixed offset, the offset (`UTC−5`).
#[must_use]
pub fn city_of(zone: &Zone, language: Language) -> String {
    if let Some(offset) = fixed_offset(zone) {
        return offset;
    }
    let key = format!("city-{}", zone.name().replace('/', "-"));
    if has_text(language, &key) {
        return text(language, &key).into_owned();
    }
    zone.name().rsplit('/').next().unwrap_or(zone.name()).replace('_', " ")
}

/// How a time says on whose wall it stands: « heure de Montréal », « heure d’Amsterdam », `UTC−5`.
#[must_use]
pub fn zone_in_words(zone: &Zone, language: Language) -> String {
    if let Some(offset) = fixed_offset(zone) {
        return offset;
    }
    let key = format!("city-time-{}", zone.name().replace('/', "-"));
    if has_text(language, &key) {
        return text(language, &key).into_owned();
    }
    let city = city_of(zone, language);
    let key = if begins_with_vowel(&city) { "zone-time-before-vowel" } else { "zone-time" };
    text_with(language, key, &[("city", Value::Text(&city))])
}

/// The offset of a zone at an instant: `UTC−4`, `UTC+5:30`, `UTC`.
pub(crate) fn offset_in_words(zone: &Zone, at: Instant) -> String {
    let seconds = zone.local(at).offset_seconds;
    let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() / 60 % 60);
    let sign = if seconds < 0 { '−' } else { '+' };
    match (hours, minutes) {
        (0, 0) => "UTC".to_owned(),
        (_, 0) => format!("UTC{sign}{hours}"),
        _ => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

fn fixed_offset(zone: &Zone) -> Option<String> {
    let is_fixed = zone.name().starts_with(['+', '-'])
        || zone.name().starts_with("Etc/")
        || matches!(zone.name(), "UTC" | "GMT" | "UCT" | "Zulu" | "Universal" | "Greenwich");
    is_fixed.then(|| offset_in_words(zone, Instant::EPOCH))
}

fn begins_with_vowel(city: &str) -> bool {
    city.chars().next().is_some_and(|first| "AEIOUÉÈÊÂÎÔÅÖ".contains(first))
}

#[cfg(test)]
mod tests {
    use super::{city_of, zone_in_words};
    use crate::language::Language::{English, French};
    use calendar::Zone;

    #[test]
    fn cities_are_called_as_the_reader_calls_them() {
        for (zone, french, english) in [
            ("America/Montreal", "heure de Montréal", "Montréal time"),
            ("America/Toronto", "heure de Toronto", "Toronto time"),
            ("Europe/London", "heure de Londres", "London time"),
            ("Europe/Amsterdam", "heure d’Amsterdam", "Amsterdam time"),
            ("Africa/Cairo", "heure du Caire", "Cairo time"),
            ("America/New_York", "heure de New York", "New York time"),
            ("America/Argentina/Buenos_Aires", "heure de Buenos Aires", "Buenos Aires time"),
            ("Africa/Ouagadougou", "heure d’Ouagadougou", "Ouagadougou time"),
            ("-05:00", "UTC−5", "UTC−5"),
            ("+05:30", "UTC+5:30", "UTC+5:30"),
            ("UTC", "UTC", "UTC"),
        ] {
            let zone = Zone::parse(zone).unwrap();
            assert_eq!(zone_in_words(&zone, French), french);
            assert_eq!(zone_in_words(&zone, English), english);
        }
        assert_eq!(city_of(&Zone::parse("America/Moncton").unwrap(), French), "Moncton");
    }
}

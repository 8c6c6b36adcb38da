//! Opening hours in words.

use crate::catalogue::{Value, text, text_with};
use crate::city::zone_in_words;
use crate::language::Language;
use crate::moment::weekday_in_words;
use calendar::{Calendar, CalendarRule, LocalDate, LocalTime, Weekday, Window, Zone};

/// « du lundi au vendredi de 09:00 à 20:00, heure de Toronto »: equal days are told together.
///
/// Weekly hours are told as the document writes them, holidays apart. Hours that are joined from
/// others are read off the seven days from `week`, a date of the week that is told.
#[must_use]
pub fn hours_in_words(language: Language, calendar: &Calendar, week: LocalDate) -> String {
    let days = days_of(calendar, week.on_or_before(Weekday::Mon));
    if days.iter().all(|windows| windows.iter().any(is_whole_day)) {
        return text(language, "hours-always").into_owned();
    }
    let mut groups: Vec<(Vec<Weekday>, &Vec<Window>)> = Vec::new();
    for (weekday, windows) in Weekday::ALL.into_iter().zip(&days).filter(|(_, windows)| !windows.is_empty()) {
        match groups.iter_mut().find(|(_, told)| *told == windows) {
            Some((weekdays, _)) => weekdays.push(weekday),
            None => groups.push((vec![weekday], windows)),
        }
    }
    if groups.is_empty() {
        return text(language, "hours-none").into_owned();
    }
    let told: Vec<String> = groups
        .iter()
        .map(|(weekdays, windows)| {
            let days = weekdays_in_words(language, weekdays);
            let times: Vec<String> = windows.iter().map(|window| window_in_words(language, window)).collect();
            let times = joined(language, &times);
            text_with(
                language,
                "hours-days-times",
                &[("days", Value::Text(&days)), ("times", Value::Text(&times))],
            )
        })
        .collect();
    let told = told.join(&text(language, "hours-separator"));
    // Windows that name their own zones leave nothing to say at the end.
    if days.iter().flatten().all(|window| window.from_zone.is_some() && window.to_zone.is_some()) {
        return told;
    }
    let zone = zone_in_words(calendar.zone(), language);
    text_with(language, "hours-in-zone", &[("hours", Value::Text(&told)), ("zone", Value::Text(&zone))])
}

/// The windows of the seven days from a Monday.
fn days_of(calendar: &Calendar, monday: LocalDate) -> Vec<Vec<Window>> {
    if let CalendarRule::Hours { hours, later } = &calendar.definition().rule {
        let hours = later
            .iter()
            .rev()
            .find(|dated| dated.since <= monday)
            .map_or(hours.as_ref(), |dated| &dated.hours);
        if !hours.weekly.is_empty() {
            return Weekday::ALL
                .map(|weekday| hours.weekly.get(&weekday).cloned().unwrap_or_default())
                .to_vec();
        }
    }
    let zone = calendar.zone();
    let on_wall = |date: LocalDate| {
        calendar
            .windows_on(date)
            .into_iter()
            .map(|(from, to)| {
                let (from, to) = (zone.local(from), zone.local(to));
                let ends_at_midnight = to.time == LocalTime::MIDNIGHT && to.date > from.date;
                Window::new(from.time, if ends_at_midnight { LocalTime::END_OF_DAY } else { to.time })
            })
            .collect()
    };
    (0..7).map(|day| on_wall(monday.plus_days(day))).collect()
}

fn is_whole_day(window: &Window) -> bool {
    window.from == LocalTime::MIDNIGHT
        && window.to == LocalTime::END_OF_DAY
        && window.from_zone == window.to_zone
}

fn weekdays_in_words(language: Language, weekdays: &[Weekday]) -> String {
    let name = |weekday: Weekday| weekday_in_words(language, weekday);
    if weekdays.len() == 7 {
        return text(language, "hours-every-day").into_owned();
    }
    let consecutive = weekdays.windows(2).all(|pair| pair[1].index() == pair[0].index() + 1);
    match weekdays {
        [first, .., last] if consecutive && weekdays.len() > 2 => text_with(
            language,
            "hours-from-day-to-day",
            &[("first", Value::Text(&name(*first))), ("last", Value::Text(&name(*last)))],
        ),
        _ => {
            let names: Vec<String> = weekdays
                .iter()
                .map(|weekday| text_with(language, "hours-on-day", &[("day", Value::Text(&name(*weekday)))]))
                .collect();
            joined(language, &names)
        }
    }
}

fn window_in_words(language: Language, window: &Window) -> String {
    let at = |time: LocalTime, zone: &Option<Zone>| match zone {
        Some(zone) => {
            let zone = zone_in_words(zone, language);
            text_with(
                language,
                "hours-time-in-zone",
                &[("time", Value::Text(&time.to_string())), ("zone", Value::Text(&zone))],
            )
        }
        None => time.to_string(),
    };
    text_with(
        language,
        "hours-from-to",
        &[
            ("from", Value::Text(&at(window.from, &window.from_zone))),
            ("to", Value::Text(&at(window.to, &window.to_zone))),
        ],
    )
}

/// « a, b et c ».
pub(crate) fn joined(language: Language, parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => {
            let first = first.join(", ");
            text_with(language, "list-and", &[("first", Value::Text(&first)), ("last", Value::Text(last))])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::hours_in_words;
    use crate::language::Language::{English, French};
    use calendar::{Calendar, CalendarDefinition, CalendarRule, Hours, LocalDate, Weekday, Window, Zone};
    use std::collections::BTreeMap;

    fn told(weekly: &[(&[Weekday], &[&str])]) -> (String, String) {
        let mut days = BTreeMap::new();
        for (weekdays, windows) in weekly {
            for weekday in *weekdays {
                let windows = windows.iter().map(|window| Window::parse(window).unwrap()).collect();
                days.insert(*weekday, windows);
            }
        }
        let definition = CalendarDefinition {
            name: "office".to_owned(),
            zone: Zone::parse("America/Toronto").unwrap(),
            rule: CalendarRule::Hours {
                hours: Box::new(Hours { weekly: days, ..Hours::default() }),
                later: vec![],
            },
            business_day_seconds: None,
        };
        let calendar = Calendar::build(definition).unwrap();
        let week = LocalDate::new(2026, 11, 24).unwrap();
        (hours_in_words(French, &calendar, week), hours_in_words(English, &calendar, week))
    }

    #[test]
    fn equal_days_are_told_together() {
        use Weekday::{Fri, Mon, Sat, Thu, Tue, Wed};
        assert_eq!(
            told(&[(&[Mon, Tue, Wed, Thu, Fri], &["09:00-20:00"])]).0,
            "du lundi au vendredi de 09:00 à 20:00, heure de Toronto"
        );
        let (french, english) = told(&[
            (&[Mon, Tue, Thu], &["08:00-12:00", "13:00-17:00"]),
            (&[Wed], &["08:00-12:00"]),
            (&[Sat], &["00:00-24:00"]),
        ]);
        assert_eq!(
            french.replace('\u{a0}', " "),
            "le lundi, le mardi et le jeudi de 08:00 à 12:00 et de 13:00 à 17:00 ; le mercredi de 08:00 à 12:00 ; \
             le samedi de 00:00 à 24:00, heure de Toronto"
        );
        assert!(
            english.starts_with("Monday, Tuesday and Thursday from 08:00 to 12:00 and from 13:00 to 17:00;")
        );
        assert_eq!(told(&[(&Weekday::ALL, &["00:00-24:00"])]).0, "jour et nuit, tous les jours");
    }
}

//! Holiday sets that come with the program, one file each in `holidays/`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::holidays::{DayRule, Holiday, HolidaySet, Labels, Observed};
use crate::local_date::{LocalDate, digits};
use crate::weekday::Weekday;

/// Names and texts, by name.
const FILES: [(&str, &str); 10] = [
    ("au-nsw", include_str!("../holidays/au-nsw.toml")),
    ("ca", include_str!("../holidays/ca.toml")),
    ("ca-qc", include_str!("../holidays/ca-qc.toml")),
    ("de", include_str!("../holidays/de.toml")),
    ("fr", include_str!("../holidays/fr.toml")),
    ("gb-eng", include_str!("../holidays/gb-eng.toml")),
    ("jp", include_str!("../holidays/jp.toml")),
    ("my", include_str!("../holidays/my.toml")),
    ("nl", include_str!("../holidays/nl.toml")),
    ("us", include_str!("../holidays/us.toml")),
];

static SETS: LazyLock<Vec<HolidaySet>> = LazyLock::new(|| {
    let read = |(name, text): &(&str, &str)| {
        let file: SetFile = toml_edit::de::from_str(text)
            .unwrap_or_else(|error| panic!("the shipped holidays of {name} are well written: {error}"));
        file.into_set()
    };
    FILES.iter().map(read).collect()
});

/// The names of the shipped holiday sets, by country and region, in order.
pub fn shipped_names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

impl HolidaySet {
    /// The shipped set of a country or region: `fr`, `ca-qc`; see [`shipped_names`].
    ///
    /// ```
    /// # use calendar::{HolidaySet, LocalDate};
    /// let quebec = HolidaySet::shipped("ca-qc").expect("Quebec is shipped");
    /// let dates = quebec.dates_between(2026, 2026);
    /// let national = &dates[&LocalDate::parse("2026-06-24")?];
    /// assert_eq!(national.in_language("fr"), Some("Fête nationale du Québec"));
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn shipped(name: &str) -> Option<HolidaySet> {
        SETS.iter().find(|set| set.name == name).cloned()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetFile {
    name: String,
    fr: String,
    en: String,
    covers: Covers,
    observed: Option<Observed>,
    days: Vec<DayRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Covers {
    from: LocalDate,
    to: LocalDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DayRow {
    date: Option<MonthDay>,
    #[serde(default)]
    dates: Vec<LocalDate>,
    easter: Option<i32>,
    nth: Option<i8>,
    weekday: Option<Weekday>,
    month: Option<u8>,
    before: Option<MonthDay>,
    after: Option<MonthDay>,
    observed: Option<Observed>,
    since_year: Option<i32>,
    until_year: Option<i32>,
    fr: String,
    en: String,
}

/// A month and a day, written `12-25`.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct MonthDay {
    month: u8,
    day: u8,
}

impl TryFrom<String> for MonthDay {
    type Error = String;

    fn try_from(text: String) -> Result<MonthDay, String> {
        let read = || {
            let (month, day) = text.split_once('-')?;
            let month = u8::try_from(digits(month.as_bytes())?).ok()?;
            let day = u8::try_from(digits(day.as_bytes())?).ok()?;
            Some(MonthDay { month, day })
        };
        read().ok_or_else(|| format!("“{text}” is not a month and a day: write it like 12-25"))
    }
}

impl SetFile {
    fn into_set(self) -> HolidaySet {
        HolidaySet {
            name: self.name,
            labels: Labels::of(&[("fr", &self.fr), ("en", &self.en)]),
            days: self.days.into_iter().map(DayRow::into_holiday).collect(),
            observed: self.observed,
            data_starts_on: Some(self.covers.from),
            data_ends_on: Some(self.covers.to),
        }
    }
}

impl DayRow {
    fn into_holiday(self) -> Holiday {
        let rule = match self {
            DayRow { date: Some(MonthDay { month, day }), .. } => DayRule::Yearly { month, day },
            DayRow { easter: Some(days), .. } => DayRule::Easter { days },
            DayRow { nth: Some(nth), weekday: Some(weekday), month, .. } => {
                DayRule::Nth { nth, weekday, month }
            }
            DayRow { weekday: Some(weekday), before: Some(MonthDay { month, day }), .. } => {
                DayRule::Before { weekday, month, day }
            }
            DayRow { weekday: Some(weekday), after: Some(MonthDay { month, day }), .. } => {
                DayRule::After { weekday, month, day }
            }
            DayRow { dates, .. } => DayRule::Dates { dates },
        };
        Holiday {
            rule,
            labels: Labels::of(&[("fr", &self.fr), ("en", &self.en)]),
            observed: self.observed,
            first_year: self.since_year,
            last_year: self.until_year,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shipped_names;
    use crate::holidays::{DayRule, HolidaySet};
    use crate::local_date::LocalDate;

    #[test]
    fn every_set_is_whole() {
        for name in shipped_names() {
            let set = HolidaySet::shipped(name).unwrap();
            assert_eq!(set.name, name);
            let (Some(from), Some(to)) = (set.data_starts_on, set.data_ends_on) else {
                panic!("{name} says what it covers");
            };
            assert!(from.plus_days(3 * 365) < to, "{name}");
            for day in &set.days {
                assert!(day.rule.is_possible(), "{name}: {day:?}");
                assert!(day.labels.0.values().all(|label| !label.is_empty()));
                if let DayRule::Dates { dates } = &day.rule {
                    assert!(!dates.is_empty() && dates.is_sorted(), "{name}: {day:?}");
                    assert!(dates.iter().all(|date| (from..=to).contains(date)), "{name}: {day:?}");
                }
            }
        }
        assert_eq!(HolidaySet::shipped("atlantis"), None);
    }

    #[test]
    fn days_are_kept_where_the_law_has_them() {
        // Source: the published calendars named in each file.
        for (name, kept, not_kept) in [
            (
                "ca-qc",
                &["2026-01-01", "2026-04-03", "2026-05-18", "2026-06-24", "2026-10-12", "2029-07-02"][..],
                &["2026-04-06", "2026-11-11", "2026-12-26"][..],
            ),
            ("ca", &["2026-05-18", "2026-07-01", "2027-05-24"], &["2026-06-24", "2026-11-11"]),
            ("fr", &["2026-04-06", "2026-05-14", "2026-05-25", "2026-11-11"], &["2026-04-03"]),
            (
                "gb-eng",
                &["2026-12-28", "2027-12-27", "2027-12-28", "2022-06-02", "2022-12-27", "2020-05-08"],
                &["2020-05-04", "2022-05-30", "2026-12-29", "2022-12-28"],
            ),
            ("de", &["2026-10-03", "2026-12-26", "2017-10-31"], &["2026-10-31", "2026-11-01"]),
            ("nl", &["2025-04-26", "2026-04-27", "2025-05-05"], &["2025-04-27", "2026-05-05"]),
            (
                "au-nsw",
                &["2026-04-27", "2026-01-26", "2026-06-08", "2026-12-28", "2025-01-27"],
                &["2026-08-03", "2028-04-26"],
            ),
            ("my", &["2026-03-23", "2026-11-09", "2025-09-15"], &["2026-01-01"]),
            ("jp", &["2026-05-06", "2026-09-22", "2025-11-24", "2027-03-22"], &["2026-05-07"]),
            ("us", &["2026-07-03", "2027-12-31", "2026-06-19"], &["2020-06-19", "2026-07-06"]),
        ] {
            let dates = HolidaySet::shipped(name).unwrap().dates_between(2015, 2040);
            let has = |text: &&str| dates.contains_key(&LocalDate::parse(text).unwrap());
            for text in kept {
                assert!(has(text), "{name} keeps {text}");
            }
            for text in not_kept {
                assert!(!has(text), "{name} does not keep {text}");
            }
        }
    }
}

//! Holiday sets that come with the program, one file for each country in `holidays/`.
//!
//! Source: each file names its laws and the data it was checked against, with its version;
//! `tests/holidays.tsv` keeps those dates and a test compares every year from 2015 to 2040.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::holidays::{Certainty, DayRule, Holiday, HolidaySet, Labels, Observed};
use crate::local_date::{LocalDate, digits};
use crate::weekday::Weekday;

/// The texts of the files, each with the sets of one country.
const FILES: [(&str, &str); 9] = [
    ("au", include_str!("../holidays/au.toml")),
    ("ca", include_str!("../holidays/ca.toml")),
    ("de", include_str!("../holidays/de.toml")),
    ("fr", include_str!("../holidays/fr.toml")),
    ("gb", include_str!("../holidays/gb.toml")),
    ("jp", include_str!("../holidays/jp.toml")),
    ("my", include_str!("../holidays/my.toml")),
    ("nl", include_str!("../holidays/nl.toml")),
    ("us", include_str!("../holidays/us.toml")),
];

/// Each country’s sets, read when first asked for: most processes need one or two countries.
static SETS: [LazyLock<Vec<HolidaySet>>; FILES.len()] = [
    LazyLock::new(|| read(0)),
    LazyLock::new(|| read(1)),
    LazyLock::new(|| read(2)),
    LazyLock::new(|| read(3)),
    LazyLock::new(|| read(4)),
    LazyLock::new(|| read(5)),
    LazyLock::new(|| read(6)),
    LazyLock::new(|| read(7)),
    LazyLock::new(|| read(8)),
];

fn read(index: usize) -> Vec<HolidaySet> {
    let (name, text) = FILES[index];
    let file: CountryFile = toml_edit::de::from_str(text)
        .unwrap_or_else(|error| panic!("the shipped holidays of {name} are well written: {error}"));
    file.sets()
}

/// The names of the shipped holiday sets, by country and region, in order.
pub fn shipped_names() -> impl Iterator<Item = &'static str> {
    FILES.iter().flat_map(|(country, _)| shipped_names_of(country))
}

/// The names of the shipped holiday sets of a country (`de`, two small letters of ISO 3166) and its regions.
pub fn shipped_names_of(country: &str) -> impl Iterator<Item = &'static str> {
    sets_of(country).iter().map(|set| set.name.as_str())
}

fn sets_of(country: &str) -> &'static [HolidaySet] {
    let index = FILES.iter().position(|(known, _)| *known == country);
    index.map_or(&[], |index| SETS[index].as_slice())
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
        let country = name.split('-').next().unwrap_or(name);
        sets_of(country).iter().find(|set| set.name == name).cloned()
    }
}

/// The sets of one country: those of its regions share most of their rows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountryFile {
    /// What the dates were checked against, with its version.
    #[allow(dead_code, reason = "read by people and by the test that compares the dates")]
    source: String,
    covers: Covers,
    predicted_fr: Option<String>,
    predicted_en: Option<String>,
    sets: BTreeMap<String, SetName>,
    table: Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetName {
    fr: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
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
    #[serde(default)]
    predicted: Vec<LocalDate>,
    /// The sets that keep the day; all of the country when empty.
    #[serde(default)]
    only: Vec<String>,
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

impl CountryFile {
    fn sets(&self) -> Vec<HolidaySet> {
        let set = |(name, labels): (&String, &SetName)| {
            let kept = |row: &&DayRow| row.only.is_empty() || row.only.contains(name);
            HolidaySet {
                name: name.clone(),
                labels: Labels::of(&[("fr", &labels.fr), ("en", &labels.en)]),
                days: self.table.days.iter().filter(kept).flat_map(|row| self.holidays(row)).collect(),
                observed: self.table.observed,
                worked: Vec::new(),
                data_starts_on: Some(self.covers.from),
                data_ends_on: Some(self.covers.to),
            }
        };
        self.sets.iter().map(set).collect()
    }

    /// The dates a row knows, then those it predicts.
    fn holidays(&self, row: &DayRow) -> impl Iterator<Item = Holiday> {
        let holiday = |rule: DayRule, fr: &str, en: &str, certainty: Certainty| Holiday {
            rule,
            labels: Labels::of(&[("fr", fr), ("en", en)]),
            observed: row.observed,
            certainty,
            first_year: row.since_year,
            last_year: row.until_year,
        };
        let known = row.rule().map(|rule| holiday(rule, &row.fr, &row.en, Certainty::Known));
        let predicted = (!row.predicted.is_empty()).then(|| {
            let note = |label: &str, note: &Option<String>| match note {
                Some(note) => format!("{label} ({note})"),
                None => label.to_owned(),
            };
            let (fr, en) = (note(&row.fr, &self.predicted_fr), note(&row.en, &self.predicted_en));
            holiday(DayRule::Dates { dates: row.predicted.clone() }, &fr, &en, Certainty::Predicted)
        });
        known.into_iter().chain(predicted)
    }
}

impl DayRow {
    /// The rule of the days that are known; none for a row that only predicts.
    fn rule(&self) -> Option<DayRule> {
        Some(match self {
            DayRow { date: Some(MonthDay { month, day }), .. } => {
                DayRule::Yearly { month: *month, day: *day }
            }
            DayRow { easter: Some(days), .. } => DayRule::Easter { days: *days },
            DayRow { nth: Some(nth), weekday: Some(weekday), month, .. } => {
                DayRule::Nth { nth: *nth, weekday: *weekday, month: *month }
            }
            DayRow { weekday: Some(weekday), before: Some(MonthDay { month, day }), .. } => {
                DayRule::Before { weekday: *weekday, month: *month, day: *day }
            }
            DayRow { weekday: Some(weekday), after: Some(MonthDay { month, day }), .. } => {
                DayRule::After { weekday: *weekday, month: *month, day: *day }
            }
            DayRow { dates, .. } if !dates.is_empty() => DayRule::Dates { dates: dates.clone() },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{FILES, shipped_names};
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

    /// Differences that are meant, where the law reads otherwise than the package: Ontario keeps
    /// Canada Day on 2 July when the 1st is a Sunday (Holidays Act, section 5); in Quebec a holiday
    /// on a day of rest gives the employee another day off and closes no other day (N-1.1, section 61).
    const MEANT: &[(&str, &[&str])] = &[
        ("ca-on", &["+2018-07-02", "+2029-07-02", "+2035-07-02", "+2040-07-02"]),
        (
            "ca-qc",
            &[
                "-2016-12-26",
                "-2017-01-02",
                "-2021-12-27",
                "-2022-01-03",
                "-2022-12-26",
                "-2023-01-02",
                "-2027-12-27",
                "-2028-01-03",
                "-2032-12-27",
                "-2033-01-03",
                "-2033-12-26",
                "-2034-01-02",
                "-2038-12-27",
                "-2039-01-03",
                "-2039-12-26",
                "-2040-01-02",
            ],
        ),
    ];

    #[test]
    fn every_date_agrees_with_the_maintained_source() {
        let kept = include_str!("../tests/holidays.tsv");
        let edition = "holidays 0.109";
        assert!(kept.contains("“holidays”, version 0.109"));
        for (name, text) in FILES {
            assert!(text.contains(&format!("source = \"{edition} ")), "{name} was checked against {edition}");
        }
        let mut compared: BTreeMap<&str, usize> = BTreeMap::new();
        let mut differences = Vec::new();
        for line in kept.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let (name, year, days) = (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap());
            let set = HolidaySet::shipped(name).unwrap_or_else(|| panic!("{name} is shipped"));
            let ours = set.dates_between(year.parse().unwrap(), year.parse().unwrap());
            let ours: Vec<String> = ours.keys().map(|date| date.to_string()[5..].to_owned()).collect();
            let theirs: Vec<&str> = days.split(' ').collect();
            let missing = theirs.iter().filter(|day| !ours.iter().any(|own| own == *day));
            differences.extend(missing.map(|day| (name, format!("-{year}-{day}"))));
            let extra = ours.iter().filter(|day| !theirs.contains(&day.as_str()));
            differences.extend(extra.map(|day| (name, format!("+{year}-{day}"))));
            *compared.entry(name).or_default() += 1;
        }
        let meant = MEANT.iter().flat_map(|(name, days)| days.iter().map(|day| (*name, day.to_string())));
        assert_eq!(differences, meant.collect::<Vec<_>>());
        let names: Vec<&str> = shipped_names().collect();
        assert_eq!(compared.keys().copied().collect::<Vec<_>>(), names);
        assert!(compared.values().all(|years| *years == 26), "each set is compared from 2015 to 2040");
    }

    #[test]
    fn what_is_only_predicted_is_marked() {
        for (name, known_until) in [("my", 2027), ("my-14", 2027), ("jp", 2027)] {
            let set = HolidaySet::shipped(name).unwrap();
            assert!(set.predicted_between(2015, known_until).is_empty(), "{name}");
            for year in known_until + 1..=2040 {
                let predicted = set.predicted_between(year, year);
                assert!(predicted.len() >= 2, "{name} {year}");
                let dates = set.dates_between(year, year);
                for date in predicted {
                    let (fr, en) = (dates[&date].in_language("fr"), dates[&date].in_language("en"));
                    assert!(fr.unwrap().ends_with("(date prévue)"), "{name} {date}: {fr:?}");
                    assert!(en.unwrap().ends_with("(predicted date)"), "{name} {date}: {en:?}");
                }
            }
        }
        assert!(HolidaySet::shipped("fr").unwrap().predicted_between(2015, 2040).is_empty());
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
            ("ca", &["2026-05-18", "2026-07-01", "2026-09-30", "2026-11-11"], &["2026-06-24", "2020-09-30"]),
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
            ("my-14", &["2026-01-01", "2026-02-01", "2026-02-02"], &["2026-01-14"]),
            ("fr-alsace-moselle", &["2026-04-03", "2026-12-26"], &["2026-12-27"]),
            ("gb-sct", &["2026-01-02", "2026-06-15", "2026-11-30"], &["2026-04-06"]),
            ("de-by", &["2026-01-06", "2026-06-04"], &["2026-10-31"]),
            ("ca-on", &["2026-02-16", "2026-12-28"], &["2026-06-24"]),
            ("au-vic", &["2026-11-03"], &["2026-10-05"]),
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

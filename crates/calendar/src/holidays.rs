//! Named closed days: by rule, by list, by shipped set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::local_date::{LocalDate, days_in_month};
use crate::weekday::Weekday;

/// What something is called, by language (`fr`, `en`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Labels(pub BTreeMap<String, String>);

impl Labels {
    /// The labels of pairs of language and text.
    pub fn of(pairs: &[(&str, &str)]) -> Labels {
        let owned = |(language, text): &(&str, &str)| (language.to_string(), text.to_string());
        Labels(pairs.iter().map(owned).collect())
    }

    /// The label in a language, else in English, else in any.
    pub fn in_language(&self, language: &str) -> Option<&str> {
        self.0
            .get(language)
            .or_else(|| self.0.get("en"))
            .or_else(|| self.0.values().next())
            .map(String::as_str)
    }

    /// Whether there is no label in any language.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Which days of a year a rule names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum DayRule {
    /// The same month and day each year; 29 February in leap years only.
    Yearly {
        /// Month, 1 to 12.
        month: u8,
        /// Day of the month.
        day: u8,
    },
    /// These dates and no other.
    Dates {
        /// The dates.
        dates: Vec<LocalDate>,
    },
    /// So many days after Easter Sunday (Gregorian), before it when negative.
    Easter {
        /// Days after Easter Sunday.
        days: i32,
    },
    /// The n-th weekday of a month, or of every month.
    Nth {
        /// 1 to 5 from the start, -1 to -5 from the end.
        nth: i8,
        /// The day of the week.
        weekday: Weekday,
        /// Month, 1 to 12; every month when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        month: Option<u8>,
    },
    /// The last such weekday strictly before a month and day.
    Before {
        /// The day of the week.
        weekday: Weekday,
        /// Month, 1 to 12.
        month: u8,
        /// Day of the month.
        day: u8,
    },
    /// The first such weekday strictly after a month and day.
    After {
        /// The day of the week.
        weekday: Weekday,
        /// Month, 1 to 12.
        month: u8,
        /// Day of the month.
        day: u8,
    },
}

impl DayRule {
    /// The dates the rule names in a year, in order; each once.
    pub fn dates_in(&self, year: i32) -> Vec<LocalDate> {
        let mut dates: Vec<LocalDate> = match self {
            DayRule::Yearly { month, day } => LocalDate::new(year, *month, *day).into_iter().collect(),
            DayRule::Dates { dates } => dates.iter().copied().filter(|date| date.year() == year).collect(),
            DayRule::Easter { days } => vec![LocalDate::easter(year).plus_days(*days)],
            DayRule::Nth { nth, weekday, month } => match month {
                Some(month) => {
                    LocalDate::nth_weekday_of_month(year, *month, *nth, *weekday).into_iter().collect()
                }
                None => (1..=12)
                    .filter_map(|month| LocalDate::nth_weekday_of_month(year, month, *nth, *weekday))
                    .collect(),
            },
            DayRule::Before { weekday, month, day } => LocalDate::new(year, *month, *day)
                .map(|date| date.plus_days(-1).on_or_before(*weekday))
                .into_iter()
                .collect(),
            DayRule::After { weekday, month, day } => LocalDate::new(year, *month, *day)
                .map(|date| date.plus_days(1).on_or_after(*weekday))
                .into_iter()
                .collect(),
        };
        dates.sort();
        dates.dedup();
        dates
    }

    /// Whether at least one year could have a day of this rule.
    pub fn is_possible(&self) -> bool {
        // 2024 is a leap year, the most generous of all.
        let exists = |month: &u8, day: &u8| {
            (1..=12).contains(month) && (1..=days_in_month(2024, *month)).contains(day)
        };
        match self {
            DayRule::Yearly { month, day }
            | DayRule::Before { month, day, .. }
            | DayRule::After { month, day, .. } => exists(month, day),
            DayRule::Dates { .. } => true,
            DayRule::Easter { days } => (-200..=200).contains(days),
            DayRule::Nth { nth, month, .. } => {
                (-5..=5).contains(nth) && *nth != 0 && month.is_none_or(|month| (1..=12).contains(&month))
            }
        }
    }
}

/// What happens when a holiday falls on a weekend (Saturday and Sunday).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observed {
    /// The next weekday that is no holiday of the set is closed as well.
    NextWeekday,
    /// Saturday's is also kept on Friday, Sunday's on Monday.
    NearestWeekday,
    /// Sunday's alone is also kept, on the next day that is no holiday of the set.
    AfterSunday,
}

/// How sure the dates of a holiday are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// Fixed by law or announced.
    #[default]
    Known,
    /// Computed, by the moon or the sun, and still to be announced.
    Predicted,
}

impl Certainty {
    fn is_known(&self) -> bool {
        *self == Certainty::Known
    }
}

/// One holiday of a set.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Holiday {
    /// When it falls.
    #[serde(flatten)]
    pub rule: DayRule,
    /// What it is called, by language.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// What happens on a weekend, when it differs from the set's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Observed>,
    /// How sure its dates are.
    #[serde(default, skip_serializing_if = "Certainty::is_known")]
    pub certainty: Certainty,
    /// First year it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_year: Option<i32>,
    /// Last year it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_year: Option<i32>,
}

impl Holiday {
    /// A holiday by its rule and labels, kept every year.
    pub fn new(rule: DayRule, labels: Labels) -> Holiday {
        Holiday {
            rule,
            labels,
            observed: None,
            certainty: Certainty::Known,
            first_year: None,
            last_year: None,
        }
    }

    fn is_kept_in(&self, year: i32) -> bool {
        self.first_year.is_none_or(|first| first <= year) && self.last_year.is_none_or(|last| year <= last)
    }
}

/// Holidays that belong together: those of a country, a region or a contract.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct HolidaySet {
    /// Name used in documents, `fr` or `ca-qc`.
    pub name: String,
    /// What the set is called, by language.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// The holidays.
    pub days: Vec<Holiday>,
    /// What happens on a weekend, for those that do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Observed>,
    /// Days that would be holidays by the rules above and are worked all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub worked: Vec<DayRule>,
    /// First date the data is known for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_starts_on: Option<LocalDate>,
    /// Last date the data is known for; without it the rules hold for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_ends_on: Option<LocalDate>,
}

impl HolidaySet {
    /// A set of plain dates without labels.
    pub fn of_dates(name: &str, dates: Vec<LocalDate>) -> HolidaySet {
        HolidaySet {
            name: name.into(),
            days: vec![Holiday::new(DayRule::Dates { dates }, Labels::default())],
            ..HolidaySet::default()
        }
    }

    /// The closed dates of a range of years (both included), each with its labels;
    /// observed days bear the labels of the day they stand for.
    pub fn dates_between(&self, first_year: i32, last_year: i32) -> BTreeMap<LocalDate, Labels> {
        let days = self.days_between(first_year, last_year).into_iter();
        days.map(|(date, holiday)| (date, holiday.labels.clone())).collect()
    }

    /// The closed dates of a range of years (both included) that are only predicted, in order.
    ///
    /// ```
    /// # use calendar::{HolidaySet, LocalDate};
    /// let japan = HolidaySet::shipped("jp").expect("Japan is shipped");
    /// let predicted = japan.predicted_between(2027, 2028);
    /// assert_eq!(predicted, [LocalDate::parse("2028-03-20")?, LocalDate::parse("2028-09-22")?]);
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn predicted_between(&self, first_year: i32, last_year: i32) -> Vec<LocalDate> {
        let days = self.days_between(first_year, last_year).into_iter();
        days.filter(|(_, holiday)| !holiday.certainty.is_known()).map(|(date, _)| date).collect()
    }

    fn days_between(&self, first_year: i32, last_year: i32) -> BTreeMap<LocalDate, &Holiday> {
        let mut dates: BTreeMap<LocalDate, &Holiday> = BTreeMap::new();
        let mut moved: Vec<(LocalDate, Observed, &Holiday)> = Vec::new();
        // A day may be observed in the year before or after its own.
        let years = first_year - 1..=last_year + 1;
        for year in years.clone() {
            for holiday in self.days.iter().filter(|holiday| holiday.is_kept_in(year)) {
                for date in holiday.rule.dates_in(year) {
                    // Of two that share a date the one that is known is named.
                    let known = dates.entry(date).or_insert(holiday);
                    if known.certainty > holiday.certainty {
                        *known = holiday;
                    }
                    if let Some(observed) = holiday.observed.or(self.observed) {
                        moved.push((date, observed, holiday));
                    }
                }
            }
        }
        moved.sort_by_key(|(date, ..)| *date);
        for (date, observed, holiday) in moved {
            if let Some(kept_on) = observe(date, observed, &dates) {
                dates.entry(kept_on).or_insert(holiday);
            }
        }
        for rule in &self.worked {
            for worked in years.clone().flat_map(|year| rule.dates_in(year)) {
                dates.remove(&worked);
            }
        }
        dates.retain(|date, _| (first_year..=last_year).contains(&date.year()));
        dates
    }
}

fn observe(date: LocalDate, observed: Observed, taken: &BTreeMap<LocalDate, &Holiday>) -> Option<LocalDate> {
    let weekend = |date: LocalDate| matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    match observed {
        Observed::NextWeekday if weekend(date) => {
            (1..30).map(|days| date.plus_days(days)).find(|day| !weekend(*day) && !taken.contains_key(day))
        }
        Observed::NearestWeekday if date.weekday() == Weekday::Sat => Some(date.plus_days(-1)),
        Observed::NearestWeekday if date.weekday() == Weekday::Sun => Some(date.plus_days(1)),
        Observed::AfterSunday if date.weekday() == Weekday::Sun => {
            (1..30).map(|days| date.plus_days(days)).find(|day| !taken.contains_key(day))
        }
        _ => None,
    }
}

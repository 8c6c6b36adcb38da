//! What a calendar may say, as plain data.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::holidays::{DayRule, HolidaySet};
use crate::local_date::LocalDate;
use crate::local_time::LocalTime;
use crate::weekday::Weekday;
use crate::window::Window;
use crate::zone::Zone;

/// Everything a compiled agreement stores about one calendar.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CalendarDefinition {
    /// Name in the document, `office`.
    pub name: String,
    /// The zone whose wall shows the days of this calendar.
    pub zone: Zone,
    /// When it is open.
    pub rule: CalendarRule,
    /// Length of the ordinary business day in seconds, for calendars whose days differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_day_seconds: Option<i64>,
}

/// How the open time of a calendar is said.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CalendarRule {
    /// Open without end: wall-clock time.
    Always,
    /// Opening hours on the wall of the calendar's zone.
    Hours {
        /// The hours in force from the beginning.
        hours: Box<Hours>,
        /// Later hours, each from its date on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        later: Vec<DatedHours>,
    },
    /// Open when at least one of these is.
    Union {
        /// The calendars joined.
        of: Vec<CalendarDefinition>,
    },
    /// Open when the first is and none of the others.
    Minus {
        /// The calendar cut into.
        from: Box<CalendarDefinition>,
        /// The calendars cut out.
        without: Vec<CalendarDefinition>,
    },
    /// Open exactly when the other is not.
    Complement {
        /// The calendar turned around.
        of: Box<CalendarDefinition>,
    },
}

/// Opening hours of a week, with everything that departs from them.
///
/// For each date: a holiday or a closed date has no window; otherwise
/// exceptional windows replace those of the week and of recurring days.
/// A window belongs to the date it opens on, so the night shift of the 24th
/// still ends on the morning of the 25th.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Hours {
    /// Windows by day of the week.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weekly: BTreeMap<Weekday, Vec<Window>>,
    /// Limits the weekly windows to every n-th week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weeks: Option<EveryWeeks>,
    /// Recurring days with windows of their own, added to those of the week.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_on: Vec<OpenOn>,
    /// Days closed all day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<HolidaySet>,
    /// Exceptional closings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<Closure>,
    /// Exceptional openings, in place of the ordinary windows of their dates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<ExtraDay>,
    /// A break taken somewhere in the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sliding_break: Option<SlidingBreak>,
}

/// Hours that take the place of earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DatedHours {
    /// First local date these hours hold.
    pub since: LocalDate,
    /// The hours.
    pub hours: Hours,
    /// Length of their ordinary business day in seconds, when it changes too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_day_seconds: Option<i64>,
}

/// Every n-th week, counted from the week of an anchor date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EveryWeeks {
    /// 2 for every other week; 0 and 1 mean every week.
    pub every: u32,
    /// A date in a week that is open. Weeks start on Monday.
    pub anchor: LocalDate,
}

/// Recurring days with their windows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OpenOn {
    /// Which days.
    pub day: DayRule,
    /// Their windows.
    pub windows: Vec<Window>,
}

/// An exceptional closing, in the calendar's zone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Closure {
    /// One date: no window opens on it.
    On {
        /// The date.
        on: LocalDate,
    },
    /// A stretch between two wall times; what is open in it is cut out.
    Between {
        /// Date and time the closing starts.
        from: (LocalDate, LocalTime),
        /// Date and time it ends.
        to: (LocalDate, LocalTime),
    },
    /// Dates from the first to the last, both included: no window opens on them.
    Dates {
        /// First date.
        first: LocalDate,
        /// Last date.
        last: LocalDate,
    },
}

/// The windows of one exceptional date.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ExtraDay {
    /// The date.
    pub on: LocalDate,
    /// Its windows, in place of the ordinary ones.
    pub windows: Vec<Window>,
}

/// A break of fixed length that may be taken anywhere in a window, and where it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SlidingBreak {
    /// Length of the break in seconds.
    pub length_seconds: u32,
    /// Start of the time it may be taken in.
    pub from: LocalTime,
    /// End of the time it may be taken in.
    pub to: LocalTime,
    /// Where it is counted.
    pub counted: SlidingBreakCounted,
}

/// Where a sliding break is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SlidingBreakCounted {
    /// At the start of the time it may be taken in.
    Earliest,
    /// At its end.
    Latest,
}

impl CalendarDefinition {
    /// A calendar that is always open: wall-clock time, its days read on the wall of a zone.
    pub fn always(name: &str, zone: Zone) -> CalendarDefinition {
        CalendarDefinition { name: name.into(), zone, rule: CalendarRule::Always, business_day_seconds: None }
    }

    /// A calendar of opening hours.
    pub fn hours(name: &str, zone: Zone, hours: Hours) -> CalendarDefinition {
        CalendarDefinition {
            name: name.into(),
            zone,
            rule: CalendarRule::Hours { hours: Box::new(hours), later: Vec::new() },
            business_day_seconds: None,
        }
    }

    /// A calendar with the same windows on each of the given days of the week.
    pub fn weekly(name: &str, zone: Zone, days: &[Weekday], windows: &[Window]) -> CalendarDefinition {
        let weekly = days.iter().map(|day| (*day, windows.to_vec())).collect();
        let hours = Hours { weekly, ..Hours::default() };
        CalendarDefinition::hours(name, zone, hours)
    }

    /// The days from which other hours hold, of this calendar or of those that it is made of, in order.
    pub fn changes_on(&self) -> BTreeSet<LocalDate> {
        match &self.rule {
            CalendarRule::Always => BTreeSet::new(),
            CalendarRule::Hours { later, .. } => later.iter().map(|dated| dated.since).collect(),
            CalendarRule::Union { of } => of.iter().flat_map(Self::changes_on).collect(),
            CalendarRule::Minus { from, without } => {
                std::iter::once(from.as_ref()).chain(without).flat_map(Self::changes_on).collect()
            }
            CalendarRule::Complement { of } => of.changes_on(),
        }
    }

    /// Every set of weekly hours of its own: the first and the later, also where other calendars are cut out of
    /// them. None where it is always open, or made of others.
    pub fn own_hours_mut(&mut self) -> Vec<&mut Hours> {
        match &mut self.rule {
            CalendarRule::Hours { hours, later } => std::iter::once(hours.as_mut())
                .chain(later.iter_mut().map(|dated| &mut dated.hours))
                .collect(),
            CalendarRule::Minus { from, .. } => from.own_hours_mut(),
            CalendarRule::Always | CalendarRule::Union { .. } | CalendarRule::Complement { .. } => Vec::new(),
        }
    }
}

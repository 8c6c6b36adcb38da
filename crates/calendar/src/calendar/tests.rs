//! What a calendar answers, as tables of cases.

use super::{Calendar, OverlapDay};
use crate::definition::{
    CalendarDefinition, CalendarRule, Closure, DatedHours, EveryWeeks, ExtraDay, Hours, OpenOn, SlidingBreak,
    SlidingBreakCounted,
};
use crate::error::CalendarError;
use crate::holidays::{DayRule, Holiday, HolidaySet, Labels};
use crate::instant::Instant;
use crate::local_date::LocalDate;
use crate::local_time::LocalTime;
use crate::weekday::Weekday;
use crate::window::Window;
use crate::zone::Zone;

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn date(text: &str) -> LocalDate {
    LocalDate::parse(text).unwrap()
}

fn time(text: &str) -> LocalTime {
    LocalTime::parse(text).unwrap()
}

fn windows(texts: &[&str]) -> Vec<Window> {
    texts.iter().map(|text| Window::parse(text).unwrap()).collect()
}

fn weekdays(zone: &str, texts: &[&str]) -> CalendarDefinition {
    let zone = Zone::parse(zone).unwrap();
    CalendarDefinition::weekly("office", zone, Weekday::MONDAY_TO_FRIDAY, &windows(texts))
}

fn every_day(zone: &str, texts: &[&str]) -> CalendarDefinition {
    let zone = Zone::parse(zone).unwrap();
    CalendarDefinition::weekly("daily", zone, &Weekday::ALL, &windows(texts))
}

fn with(mut definition: CalendarDefinition, change: impl FnOnce(&mut Hours)) -> Calendar {
    if let CalendarRule::Hours { hours, .. } = &mut definition.rule {
        change(hours);
    }
    Calendar::build(definition).unwrap()
}

/// Each row: start, seconds, and the instant they lead to.
#[track_caller]
fn check_add(calendar: &Calendar, rows: &[(&str, i64, &str)]) {
    for (start, seconds, expected) in rows {
        let found = calendar.add(at(start), *seconds).unwrap();
        assert_eq!(found.to_string(), *expected, "{seconds} s from {start}");
    }
}

#[track_caller]
fn check_windows(calendar: &Calendar, from: &str, to: &str, expected: &[(&str, &str)]) {
    let found: Vec<_> = calendar
        .windows(at(from), at(to))
        .into_iter()
        .map(|(from, to)| (from.to_string(), to.to_string()))
        .collect();
    let expected: Vec<_> = expected.iter().map(|(from, to)| (from.to_string(), to.to_string())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_result_at_closing_stays_there() {
    let office = Calendar::build(weekdays("UTC", &["09:00-12:00", "13:00-17:00"])).unwrap();
    check_add(
        &office,
        &[
            ("2026-03-06T10:00:00Z", 7200, "2026-03-06T12:00:00Z"),
            ("2026-03-06T10:00:00Z", 7201, "2026-03-06T13:00:01Z"),
            ("2026-03-06T12:00:00Z", 4 * 3600, "2026-03-06T17:00:00Z"),
            ("2026-03-06T16:59:59.250Z", 1, "2026-03-09T09:00:00.250Z"),
            ("2026-03-07T10:00:00Z", 0, "2026-03-07T10:00:00Z"),
            ("2026-03-07T10:00:00Z", 1, "2026-03-09T09:00:01Z"),
        ],
    );
    for (start, seconds, expected) in [
        ("2026-03-09T09:00:00Z", 3600, "2026-03-06T16:00:00Z"),
        ("2026-03-09T10:00:00Z", 3600, "2026-03-09T09:00:00Z"),
        ("2026-03-09T10:00:00Z", 3601, "2026-03-06T16:59:59Z"),
        ("2026-03-08T10:00:00Z", 0, "2026-03-08T10:00:00Z"),
    ] {
        let found = office.sub(at(start), seconds).unwrap();
        assert_eq!(found.to_string(), expected, "{seconds} s before {start}");
    }
    let (friday, monday) = (at("2026-03-06T16:00:00.600Z"), at("2026-03-09T09:30:00Z"));
    assert_eq!(office.between(friday, monday), 3599 + 1800);
    assert_eq!(office.between(monday, friday), -(3599 + 1800));
}

#[test]
fn the_eastern_desk_and_its_pacific_closing_differ_at_dusk() {
    // Source: AMB-01. The interpretation in force closes at 20:00 Eastern, the alternative
    // at 16:30 Pacific, half an hour earlier.
    let eastern = Calendar::build(weekdays("America/Toronto", &["09:00-20:00"])).unwrap();
    let pacific = Window {
        to_zone: Some(Zone::parse("America/Vancouver").unwrap()),
        ..Window::parse("09:00-16:30").unwrap()
    };
    let mut definition = weekdays("America/Toronto", &[]);
    if let CalendarRule::Hours { hours, .. } = &mut definition.rule {
        for day in hours.weekly.values_mut() {
            *day = vec![pacific.clone()];
        }
    }
    let western = Calendar::build(definition).unwrap();
    let dusk = "2026-05-12T19:45:00-04:00";
    check_add(&eastern, &[(dusk, 600, "2026-05-12T23:55:00Z")]);
    check_add(&western, &[(dusk, 600, "2026-05-13T13:10:00Z")]);
    let noon = "2026-05-12T12:00:00-04:00";
    check_add(&eastern, &[(noon, 600, "2026-05-12T16:10:00Z")]);
    check_add(&western, &[(noon, 600, "2026-05-12T16:10:00Z")]);
    assert_eq!(eastern.ordinary_day_seconds(), Some(11 * 3600));
    assert_eq!(western.ordinary_day_seconds(), Some(10 * 3600 + 1800));
}

#[test]
fn civil_time_and_a_fixed_offset_differ_in_summer() {
    // Source: AMB-07, 08:00 in July is 12:00Z in civil time; AMB-02, AMB-25.
    for (zone, expected) in [("America/Montreal", "2026-07-07T12:00:00Z"), ("-05:00", "2026-07-07T13:00:00Z")]
    {
        let office = Calendar::build(weekdays(zone, &["08:00-17:00"])).unwrap();
        let opening = office.next_opening(at("2026-07-07T05:00:00Z")).unwrap();
        assert_eq!(opening.to_string(), expected);
    }
}

#[test]
fn time_between_two_ends_counts_as_it_elapses() {
    // One night of each year has an hour less or more; on Lord Howe half an hour.
    for (zone, night, seconds) in [
        ("America/Toronto", "2026-03-08", 3 * 3600),
        ("America/Toronto", "2026-11-01", 5 * 3600),
        ("America/Toronto", "2026-06-01", 4 * 3600),
        ("Europe/Paris", "2026-03-29", 3 * 3600),
        ("Europe/Paris", "2026-10-25", 5 * 3600),
        ("Australia/Lord_Howe", "2026-10-04", 3 * 3600 + 1800),
        ("Australia/Lord_Howe", "2026-04-05", 4 * 3600 + 1800),
        ("America/St_Johns", "2026-03-08", 3 * 3600),
        ("Asia/Kathmandu", "2026-03-29", 4 * 3600),
        ("Asia/Kabul", "2026-03-29", 4 * 3600),
    ] {
        let nights = Calendar::build(every_day(zone, &["00:00-04:00"])).unwrap();
        let windows = nights.windows_on(date(night));
        let sum: i64 = windows.iter().map(|(from, to)| to.seconds_since(*from)).sum();
        assert_eq!(sum, seconds, "{zone} {night}");
        // The ordinary night does not depend on the season.
        assert_eq!(nights.ordinary_day_seconds(), Some(4 * 3600));
    }
}

#[test]
fn window_ends_in_a_gap_move_forward_and_in_a_fold_are_the_first() {
    let gap = |text| Calendar::build(every_day("Europe/Paris", &[text])).unwrap();
    let on = date("2026-03-29");
    // The wall jumps from 02:00 to 03:00.
    assert_eq!(gap("02:00-03:00").windows_on(on), []);
    assert_eq!(
        gap("02:30-04:00").windows_on(on),
        [(at("2026-03-29T03:30:00+02:00"), at("2026-03-29T04:00:00+02:00"))]
    );
    assert!(!gap("02:00-03:00").is_business_day(on));
    // The wall shows 02:00 to 03:00 twice.
    assert_eq!(
        gap("02:30-02:45").windows_on(date("2026-10-25")),
        [(at("2026-10-25T00:30:00Z"), at("2026-10-25T00:45:00Z"))]
    );
}

#[test]
fn holidays_win_over_extra_days_and_extra_over_the_week() {
    let office = with(weekdays("UTC", &["09:00-17:00"]), |hours| {
        let closed = vec![date("2026-12-25"), date("2026-12-31")];
        hours.holidays = vec![HolidaySet::of_dates("closed", closed)];
        let extra = |on, texts| ExtraDay { on: date(on), windows: windows(texts) };
        hours.extra = vec![
            extra("2026-12-24", &["09:00-12:00"]),
            extra("2026-12-26", &["10:00-11:00"]),
            extra("2026-12-31", &["09:00-12:00"]),
            extra("2026-12-30", &[]),
        ];
    });
    check_windows(
        &office,
        "2026-12-24T00:00:00Z",
        "2027-01-01T00:00:00Z",
        &[
            ("2026-12-24T09:00:00Z", "2026-12-24T12:00:00Z"),
            ("2026-12-26T10:00:00Z", "2026-12-26T11:00:00Z"),
            ("2026-12-28T09:00:00Z", "2026-12-28T17:00:00Z"),
            ("2026-12-29T09:00:00Z", "2026-12-29T17:00:00Z"),
        ],
    );
    assert!(office.is_business_day(date("2026-12-26")));
    assert!(!office.is_business_day(date("2026-12-25")));
    // Source: AMB-20, working days after one day up to and including another.
    assert_eq!(office.business_days_between(date("2026-12-22"), date("2026-12-29")), 5);
    assert_eq!(office.business_day_after(date("2026-12-24"), 2), Some(date("2026-12-28")));
}

#[test]
fn a_window_across_midnight_belongs_to_the_day_it_opens() {
    let night = with(weekdays("Europe/Paris", &["22:00-06:00"]), |hours| {
        hours.holidays = vec![HolidaySet::of_dates("closed", vec![date("2026-12-24")])];
    });
    check_windows(
        &night,
        "2026-12-23T12:00:00Z",
        "2026-12-27T12:00:00Z",
        &[("2026-12-23T21:00:00Z", "2026-12-24T05:00:00Z"), ("2026-12-25T21:00:00Z", "2026-12-26T05:00:00Z")],
    );
    assert!(night.is_business_day(date("2026-12-23")));
    assert!(!night.is_business_day(date("2026-12-24")));
    assert!(!night.is_business_day(date("2026-12-26")));
    assert_eq!(night.ordinary_day_seconds(), Some(8 * 3600));
}

#[test]
fn closings_recurring_days_and_breaks() {
    let sundays = with(every_day("UTC", &[]), |hours| {
        let day = DayRule::Nth { nth: 1, weekday: Weekday::Sun, month: None };
        hours.open_on = vec![OpenOn { day, windows: windows(&["02:00-06:00"]) }];
    });
    check_windows(
        &sundays,
        "2026-01-01T00:00:00Z",
        "2026-03-01T03:00:00Z",
        &[
            ("2026-01-04T02:00:00Z", "2026-01-04T06:00:00Z"),
            ("2026-02-01T02:00:00Z", "2026-02-01T06:00:00Z"),
            ("2026-03-01T02:00:00Z", "2026-03-01T03:00:00Z"),
        ],
    );
    let fortnight = with(weekdays("UTC", &["09:00-10:00"]), |hours| {
        hours.weekly.retain(|day, _| *day == Weekday::Thu);
        hours.weeks = Some(EveryWeeks { every: 2, anchor: date("2026-01-08") });
    });
    let opening = |from| fortnight.next_opening(at(from)).unwrap().to_string();
    assert_eq!(opening("2026-01-09T00:00:00Z"), "2026-01-22T09:00:00Z");
    assert_eq!(opening("2025-12-20T00:00:00Z"), "2025-12-25T09:00:00Z");
    let summer = with(weekdays("UTC", &["09:00-17:00"]), |hours| {
        hours.closed = vec![
            Closure::Dates { first: date("2026-08-03"), last: date("2026-08-14") },
            Closure::On { on: date("2026-08-17") },
            Closure::Between {
                from: (date("2026-08-18"), time("14:00")),
                to: (date("2026-08-19"), time("10:00")),
            },
        ];
    });
    check_windows(
        &summer,
        "2026-07-31T00:00:00Z",
        "2026-08-20T00:00:00Z",
        &[
            ("2026-07-31T09:00:00Z", "2026-07-31T17:00:00Z"),
            ("2026-08-18T09:00:00Z", "2026-08-18T14:00:00Z"),
            ("2026-08-19T10:00:00Z", "2026-08-19T17:00:00Z"),
        ],
    );
    for (counted, first, second) in [
        (SlidingBreakCounted::Earliest, "12:00:00", "12:45:00"),
        (SlidingBreakCounted::Latest, "13:15:00", "14:00:00"),
    ] {
        let sliding = with(weekdays("UTC", &["09:00-17:00"]), |hours| {
            hours.sliding_break = Some(SlidingBreak {
                length_seconds: 45 * 60,
                from: time("12:00"),
                to: time("14:00"),
                counted,
            });
        });
        assert_eq!(
            sliding.windows_on(date("2026-03-06")),
            [
                (at("2026-03-06T09:00:00Z"), at(&format!("2026-03-06T{first}Z"))),
                (at(&format!("2026-03-06T{second}Z")), at("2026-03-06T17:00:00Z")),
            ]
        );
        assert_eq!(sliding.ordinary_day_seconds(), Some(7 * 3600 + 900));
    }
}

#[test]
fn later_hours_hold_from_their_date() {
    let mut definition = weekdays("Europe/Paris", &["09:00-17:00"]);
    if let CalendarRule::Hours { later, .. } = &mut definition.rule {
        for (since, texts) in [("2026-09-01", ["10:00-16:00"]), ("2026-07-01", ["08:00-12:00"])] {
            let CalendarRule::Hours { hours, .. } = weekdays("UTC", &texts).rule else {
                unreachable!("weekly hours are hours")
            };
            later.push(DatedHours { since: date(since), hours: *hours, business_day_seconds: None });
        }
    }
    let office = Calendar::build(definition).unwrap();
    for (day, opens, seconds) in [
        ("2026-06-30", "2026-06-30T07:00:00Z", 8 * 3600),
        ("2026-07-01", "2026-07-01T06:00:00Z", 4 * 3600),
        ("2026-09-01", "2026-09-01T08:00:00Z", 6 * 3600),
    ] {
        assert_eq!(office.windows_on(date(day))[0].0.to_string(), opens);
        assert_eq!(office.ordinary_day_seconds_on(date(day)), Some(seconds));
    }
}

#[test]
fn calendars_are_composed() {
    let compose = |rule| CalendarDefinition {
        name: "composed".into(),
        zone: Zone::parse("Europe/Paris").unwrap(),
        rule,
        business_day_seconds: None,
    };
    let office = weekdays("Europe/Paris", &["09:00-17:00"]);
    let other_hours = compose(CalendarRule::Complement { of: Box::new(office.clone()) });
    let other_hours = Calendar::build(other_hours).unwrap();
    check_windows(
        &other_hours,
        "2026-03-06T12:00:00Z",
        "2026-03-09T12:00:00Z",
        &[("2026-03-06T16:00:00Z", "2026-03-09T08:00:00Z")],
    );
    let sydney = weekdays("Australia/Sydney", &["09:00-17:00"]);
    let both = compose(CalendarRule::Union { of: vec![office.clone(), sydney] });
    let both = Calendar::build(both).unwrap();
    check_windows(
        &both,
        "2026-03-05T20:00:00Z",
        "2026-03-06T20:00:00Z",
        &[("2026-03-05T22:00:00Z", "2026-03-06T06:00:00Z"), ("2026-03-06T08:00:00Z", "2026-03-06T16:00:00Z")],
    );
    let lunch = every_day("Europe/Paris", &["12:00-13:00"]);
    let from = Box::new(office);
    let minus = compose(CalendarRule::Minus { from, without: vec![lunch] });
    let minus = Calendar::build(minus).unwrap();
    assert_eq!(minus.ordinary_day_seconds(), Some(7 * 3600));
    assert_eq!(minus.windows_on(date("2026-03-06")).len(), 2);
    assert!(!minus.is_business_day(date("2026-03-07")));
}

#[test]
fn wall_clock_time_never_closes() {
    let always = CalendarDefinition::always("elapsed", Zone::parse("Europe/Paris").unwrap());
    let always = Calendar::build(always).unwrap();
    check_add(
        &always,
        &[
            ("2026-03-06T10:00:00.5Z", 600, "2026-03-06T10:10:00.500Z"),
            ("2020-03-06T10:00:00Z", 86_400 * 8_000, "2042-01-30T10:00:00Z"),
        ],
    );
    assert_eq!(always.next_closing(at("2026-03-06T10:00:00Z")), None);
    let (from, to) = (at("1950-01-01T00:00:00Z"), at("2150-01-01T00:00:00Z"));
    assert_eq!(always.windows(from, to), [(from, to)]);
    assert_eq!(always.between(from, to), to.seconds_since(from));
    assert_eq!(always.ordinary_day_seconds(), Some(86_400));
    // A day on the wall, of twenty-three hours.
    let day = always.windows_on(date("2026-03-29"))[0];
    assert_eq!(day.1.seconds_since(day.0), 23 * 3600);
    assert!(always.is_business_day(date("2026-03-29")));
}

#[test]
fn spans_cross_the_borders_of_eras() {
    let office = Calendar::build(weekdays("Europe/Paris", &["09:00-17:00"])).unwrap();
    let start = at("2019-12-31T15:00:00+01:00");
    let due = office.add(start, 4 * 3600).unwrap();
    assert_eq!(due, at("2020-01-01T11:00:00+01:00"));
    assert_eq!(office.sub(due, 4 * 3600).unwrap(), start);
    assert_eq!(office.between(start, due), 4 * 3600);
    let (from, to) = (at("1999-01-01T00:00:00Z"), at("2040-01-01T00:00:00Z"));
    let by_window: i64 = office.windows(from, to).iter().map(|(from, to)| to.seconds_since(*from)).sum();
    assert_eq!(office.between(from, to), by_window);
    // A night that runs over the border closes once.
    let night = Calendar::build(every_day("UTC", &["22:00-06:00"])).unwrap();
    let closing = night.next_closing(at("2031-12-31T23:00:00Z")).unwrap();
    assert_eq!(closing.to_string(), "2032-01-01T06:00:00Z");
}

#[test]
fn openings_and_closings_are_found() {
    let office = Calendar::build(weekdays("UTC", &["09:00-12:00", "12:00-17:00"])).unwrap();
    for (instant, open, opening, closing) in [
        ("2026-03-06T08:59:59.999Z", false, "2026-03-06T09:00:00Z", "2026-03-06T17:00:00Z"),
        ("2026-03-06T09:00:00Z", true, "2026-03-06T09:00:00Z", "2026-03-06T17:00:00Z"),
        ("2026-03-06T12:00:00Z", true, "2026-03-06T12:00:00Z", "2026-03-06T17:00:00Z"),
        ("2026-03-06T17:00:00Z", false, "2026-03-09T09:00:00Z", "2026-03-09T17:00:00Z"),
    ] {
        assert_eq!(office.is_open(at(instant)), open, "{instant}");
        assert_eq!(office.next_opening(at(instant)), Some(at(opening)), "{instant}");
        assert_eq!(office.next_closing(at(instant)), Some(at(closing)), "{instant}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let never = Calendar::build(weekdays("UTC", &["09:00-09:00"]));
    assert_eq!(never, Err(CalendarError::NeverOpens { calendar: "office".into() }));
    let mut impossible = weekdays("UTC", &["09:00-17:00"]);
    if let CalendarRule::Hours { hours, .. } = &mut impossible.rule {
        let rule = DayRule::Yearly { month: 2, day: 30 };
        hours.holidays = vec![HolidaySet {
            name: "mistaken".into(),
            days: vec![Holiday::new(rule, Labels::default())],
            ..HolidaySet::default()
        }];
    }
    let refused = Calendar::build(impossible);
    assert_eq!(refused, Err(CalendarError::DayRule { what: "mistaken".into() }));
    let office = Calendar::build(weekdays("UTC", &["09:00-17:00"])).unwrap();
    let start = at("2026-03-06T10:00:00Z");
    assert!(matches!(office.add(start, i64::MAX), Err(CalendarError::OutOfRange { .. })));
    assert!(matches!(office.add(start, -1), Err(CalendarError::NegativeDuration { .. })));
    assert!(matches!(office.sub(at("1850-01-01T00:00:00Z"), 60), Err(CalendarError::OutOfRange { .. })));
    let mut deep = weekdays("UTC", &["09:00-17:00"]);
    for _ in 0..20 {
        deep.rule = CalendarRule::Complement { of: Box::new(deep.clone()) };
    }
    assert!(matches!(Calendar::build(deep), Err(CalendarError::TooDeep { .. })));
}

#[test]
fn overlapping_windows_count_once_and_are_reported() {
    let texts = ["09:00-13:00", "12:00-17:00", "22:00-02:00"];
    let mut definition = weekdays("UTC", &texts);
    if let CalendarRule::Hours { hours, .. } = &mut definition.rule {
        hours.weekly.retain(|day, _| *day == Weekday::Mon);
    }
    let office = Calendar::build(definition).unwrap();
    assert_eq!(office.ordinary_day_seconds(), Some(12 * 3600));
    let overlaps = office.overlaps();
    assert_eq!(overlaps.len(), 1);
    assert_eq!(overlaps[0].day, OverlapDay::Weekday(Weekday::Mon));
    assert_eq!(overlaps[0].first.to_string(), "09:00-13:00");
    assert_eq!(overlaps[0].second.to_string(), "12:00-17:00");
}

#[test]
fn holidays_are_named_and_their_data_ends() {
    let office = with(weekdays("Asia/Kuala_Lumpur", &["09:00-17:00"]), |hours| {
        hours.holidays = ["my", "fr"].map(|name| HolidaySet::shipped(name).unwrap()).to_vec();
    });
    assert_eq!(office.data_ends_on(), Some(date("2040-12-31")));
    let named: Vec<_> = office
        .holidays_between(date("2026-11-08"), date("2026-11-11"))
        .into_iter()
        .map(|(date, labels)| format!("{date} {}", labels.in_language("fr").unwrap()))
        .collect();
    assert_eq!(
        named,
        ["2026-11-08 Deepavali", "2026-11-09 Deepavali (jour reporté)", "2026-11-11 Armistice de 1918"]
    );
}

#[test]
fn a_calendar_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Calendar>();
    shared::<CalendarDefinition>();
}

#[test]
fn a_table_stays_small() {
    let office = Calendar::build(weekdays("UTC", &["09:00-12:00", "13:00-17:00"])).unwrap();
    let copy = office.clone();
    assert_eq!(copy, office);
    assert!(office.table_bytes() < 60_000, "{}", office.table_bytes());
}

//! What must hold for every calendar, start and span: equality with a walk that goes minute by
//! minute, with one that goes day by day over years, and the laws of counting.
//!
//! With `ENTENTE_LONG` set, a million questions are asked; each run says how many it asked.

#![allow(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

use calendar::{
    BillingPeriods, BusinessDay, Calendar, CalendarDefinition, CalendarRule, DayOne, DayReading, ExtraDay,
    HolidaySet, Hours, Instant, LocalDate, LocalTime, Questions, Span, Unit, Weekday, Window, Zone,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cell::Cell;

/// Places whose walls jump in unlike ways: by an hour, by half an hour, at
/// midnight, over a whole day, or never; and offsets that are no whole hour.
const ZONES: &[&str] = &[
    "America/Toronto",
    "Europe/Paris",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Kabul",
    "America/St_Johns",
    "Africa/Cairo",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Asia/Tehran",
    "Pacific/Apia",
    "Europe/London",
    "-05:00",
    "+05:45",
    "UTC",
];

const QUESTIONS_EACH: usize = 10;

/// One calendar with questions about it, as plain data.
#[derive(Debug, Clone)]
struct Case {
    zone: &'static str,
    /// Minutes of the day, by day of the week.
    weekly: Vec<Vec<(u32, u32)>>,
    /// Days from the middle date.
    holidays: Vec<i32>,
    extra: Vec<(i32, Vec<(u32, u32)>)>,
    /// The middle date.
    year: i32,
    day_of_year: i32,
    /// Whether the middle is moved to the next jump of the wall.
    at_jump: bool,
    questions: Vec<Asked>,
}

#[derive(Debug, Clone)]
struct Asked {
    /// Milliseconds from the middle date.
    start: i64,
    /// Seconds.
    length: i64,
    /// Minutes from the start, and lengths in minutes.
    pauses: Vec<(i64, i64)>,
}

fn minutes() -> impl Strategy<Value = u32> {
    // Whole and half hours often, so that ends meet; any minute at times.
    prop_oneof![3 => (0u32..=48).prop_map(|half| half * 30), 1 => 0u32..=1440]
}

fn windows() -> impl Strategy<Value = Vec<(u32, u32)>> {
    let ordinary = (minutes(), minutes()).prop_map(|(one, other)| (one.min(other), one.max(other)));
    let window = prop_oneof![6 => ordinary, 1 => (minutes(), minutes())];
    prop::collection::vec(window, 0..3)
}

fn case() -> impl Strategy<Value = Case> {
    let asked = (
        -4 * 86_400_000i64..4 * 86_400_000,
        prop_oneof![1 => Just(0i64), 2 => (0i64..200).prop_map(|half| half * 1800), 4 => 0i64..200_000],
        prop::collection::vec((-600i64..4000, 0i64..1500), 0..3),
    )
        .prop_map(|(start, length, pauses)| Asked { start, length, pauses });
    (
        prop::sample::select(ZONES),
        prop::collection::vec(windows(), 7),
        prop::collection::vec(-12i32..12, 0..4),
        prop::collection::vec((-12i32..12, windows()), 0..3),
        2010i32..2036,
        0i32..365,
        any::<bool>(),
        prop::collection::vec(asked, QUESTIONS_EACH),
    )
        .prop_map(|(zone, weekly, holidays, extra, year, day_of_year, at_jump, questions)| Case {
            zone,
            weekly,
            holidays,
            extra,
            year,
            day_of_year,
            at_jump,
            questions,
        })
}

fn time(minutes: u32) -> LocalTime {
    LocalTime::from_seconds(minutes * 60).unwrap()
}

fn to_windows(pairs: &[(u32, u32)]) -> Vec<Window> {
    let window = |(from, to): &(u32, u32)| Window::new(time(*from), time(*to));
    pairs.iter().map(window).collect()
}

impl Case {
    fn rules(&self) -> jiff::tz::TimeZone {
        match self.zone {
            "-05:00" => jiff::tz::TimeZone::fixed(jiff::tz::offset(-5)),
            "+05:45" => {
                jiff::tz::TimeZone::fixed(jiff::tz::Offset::from_seconds(5 * 3600 + 45 * 60).unwrap())
            }
            name => jiff::tz::TimeZone::get(name).unwrap(),
        }
    }

    fn middle(&self) -> LocalDate {
        let date = LocalDate::new(self.year, 1, 1).unwrap().plus_days(self.day_of_year);
        if !self.at_jump {
            return date;
        }
        let from = jiff::Timestamp::from_second(i64::from(date.days()) * 86_400).unwrap();
        match self.rules().following(from).next() {
            Some(jump) if jump.timestamp().as_second() < 4_000_000_000 => {
                LocalDate::from_days((jump.timestamp().as_second() / 86_400) as i32)
            }
            _ => date,
        }
    }

    fn definition(&self) -> CalendarDefinition {
        let middle = self.middle();
        let weekly = Weekday::ALL.into_iter().zip(self.weekly.iter().map(|day| to_windows(day)));
        let holidays = self.holidays.iter().map(|days| middle.plus_days(*days)).collect();
        let extra = self
            .extra
            .iter()
            .map(|(days, pairs)| ExtraDay { on: middle.plus_days(*days), windows: to_windows(pairs) });
        let hours = Hours {
            weekly: weekly.collect(),
            holidays: vec![HolidaySet::of_dates("closed", holidays)],
            extra: extra.collect(),
            ..Hours::default()
        };
        CalendarDefinition::hours("case", Zone::parse(self.zone).unwrap(), hours)
    }
}

/// The rules of the batch questions, walked a minute at a time. Window ends are
/// resolved by the time library itself, so nothing is shared with what is proved.
struct Walk {
    first_minute: i64,
    open: Vec<bool>,
}

/// Days on either side of the middle that the walk can see.
const SIGHT_DAYS: i32 = 24;

impl Walk {
    fn of(case: &Case) -> Walk {
        let rules = case.rules();
        let middle = case.middle();
        let first_minute = i64::from(middle.days() - SIGHT_DAYS) * 1440;
        let mut open = vec![false; 2 * SIGHT_DAYS as usize * 1440];
        for days in -SIGHT_DAYS - 2..SIGHT_DAYS + 2 {
            if case.holidays.contains(&days) {
                continue;
            }
            let date = middle.plus_days(days);
            let special: Vec<_> = case.extra.iter().filter(|(on, _)| *on == days).collect();
            let pairs: Vec<(u32, u32)> = if special.is_empty() {
                case.weekly[date.weekday().index()].clone()
            } else {
                special.into_iter().flat_map(|(_, pairs)| pairs.clone()).collect()
            };
            for (from, to) in pairs {
                let start = resolve(&rules, date, from);
                let end = resolve(&rules, date.plus_days(i32::from(to < from)), to);
                for minute in start..end {
                    if let Some(slot) = open.get_mut((minute - first_minute) as usize) {
                        *slot = true;
                    }
                }
            }
        }
        Walk { first_minute, open }
    }

    fn is_open(&self, milliseconds: i64, pauses: &[(i64, i64)]) -> bool {
        let minute = milliseconds.div_euclid(60_000);
        let paused = pauses.iter().any(|(from, to)| (*from..*to).contains(&milliseconds));
        self.open[(minute - self.first_minute) as usize] && !paused
    }

    /// Steps that end on whole minutes, where alone anything can change.
    fn between(&self, from: i64, to: i64, pauses: &[(i64, i64)]) -> i64 {
        let mut at = from;
        let mut counted = 0;
        while at < to {
            let next = ((at.div_euclid(60_000) + 1) * 60_000).min(to);
            if self.is_open(at, pauses) {
                counted += next - at;
            }
            at = next;
        }
        counted
    }

    /// The answer to `add`, or none when it lies out of sight.
    fn add(&self, from: i64, length: i64, pauses: &[(i64, i64)]) -> Option<i64> {
        let end = (self.first_minute + self.open.len() as i64) * 60_000;
        let (mut at, mut left) = (from, length);
        while left > 0 {
            if at >= end {
                return None;
            }
            let next = (at.div_euclid(60_000) + 1) * 60_000;
            if self.is_open(at, pauses) {
                if left <= next - at {
                    return Some(at + left);
                }
                left -= next - at;
            }
            at = next;
        }
        Some(at)
    }

    /// The answer to `sub`, or none when it lies out of sight.
    fn sub(&self, from: i64, length: i64, pauses: &[(i64, i64)]) -> Option<i64> {
        let (mut at, mut left) = (from, length);
        while left > 0 {
            if at <= self.first_minute * 60_000 {
                return None;
            }
            let next = (at - 1).div_euclid(60_000) * 60_000;
            if self.is_open(next, pauses) {
                if left <= at - next {
                    return Some(at - left);
                }
                left -= at - next;
            }
            at = next;
        }
        Some(at)
    }
}

fn resolve(rules: &jiff::tz::TimeZone, date: LocalDate, minutes: u32) -> i64 {
    let date = date.plus_days((minutes / 1440) as i32);
    let (year, month, day) = date.civil();
    let (hour, minute) = (minutes % 1440 / 60, minutes % 60);
    let wall = jiff::civil::date(year as i16, month as i8, day as i8).at(hour as i8, minute as i8, 0, 0);
    let instant = rules.to_ambiguous_timestamp(wall).compatible().unwrap();
    assert_eq!(instant.as_second() % 60, 0, "the zones of this test change on whole minutes");
    instant.as_second() / 60
}

/// The same cases each time, unless many are asked for.
#[expect(clippy::disallowed_methods, reason = "how many cases to try is a setting of the test alone")]
fn runner(cases: u32, many: u32) -> TestRunner {
    let cases = if std::env::var("ENTENTE_LONG").is_ok() { many } else { cases };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

#[test]
fn answers_equal_a_walk_minute_by_minute() {
    let asked_in_all = Cell::new(0_u64);
    let outcome = runner(300, 13_000).run(&case(), |case| {
        let definition = case.definition();
        let Ok(calendar) = Calendar::build(definition) else {
            return Ok(());
        };
        let walk = Walk::of(&case);
        let noon = i64::from(case.middle().days()) * 86_400_000;
        for asked in &case.questions {
            let start = noon + asked.start;
            let minute = start.div_euclid(60_000);
            let raw: Vec<(i64, i64)> = asked
                .pauses
                .iter()
                .map(|(from, length)| ((minute + from) * 60_000, (minute + from + length) * 60_000))
                .collect();
            let at = Instant::from_milliseconds;
            let pauses: Vec<_> = raw.iter().map(|(from, to)| (at(*from), at(*to))).collect();
            let length = asked.length * 1000;

            let end = start + length;
            prop_assert_eq!(
                calendar.between_with_pauses(at(start), at(end), &pauses),
                walk.between(start, end, &raw) / 1000
            );
            prop_assert_eq!(calendar.between(at(end), at(start)), -(walk.between(start, end, &[]) / 1000));
            prop_assert_eq!(calendar.is_open(at(start)), walk.is_open(start, &[]));
            asked_in_all.set(asked_in_all.get() + 3);
            for (pauses, raw) in [(&pauses[..], &raw[..]), (&[], &[])] {
                if let Some(expected) = walk.add(start, length, raw) {
                    asked_in_all.set(asked_in_all.get() + 1);
                    let found = calendar.add_with_pauses(at(start), asked.length, pauses);
                    prop_assert_eq!(found, Ok(at(expected)));
                }
                if let Some(expected) = walk.sub(start, length, raw) {
                    asked_in_all.set(asked_in_all.get() + 1);
                    let found = calendar.sub_with_pauses(at(start), asked.length, pauses);
                    prop_assert_eq!(found, Ok(at(expected)));
                }
            }
        }
        Ok(())
    });
    outcome.unwrap();
    println!("{} questions answered as the walk by minutes does", asked_in_all.get());
}

/// The open stretches of many years, day by day, in milliseconds: each day's windows resolved by the
/// time library itself, merged and laid end to end.
fn open_stretches(case: &Case, days: i32) -> Vec<(i64, i64)> {
    let (rules, middle) = (case.rules(), case.middle());
    let mut found: Vec<(i64, i64)> = Vec::new();
    for day in -days - 2..days + 2 {
        if case.holidays.contains(&day) {
            continue;
        }
        let date = middle.plus_days(day);
        let special: Vec<_> = case.extra.iter().filter(|(on, _)| *on == day).collect();
        let pairs: Vec<(u32, u32)> = if special.is_empty() {
            case.weekly[date.weekday().index()].clone()
        } else {
            special.into_iter().flat_map(|(_, pairs)| pairs.clone()).collect()
        };
        for (from, to) in pairs {
            let start = resolve(&rules, date, from) * 60_000;
            let end = resolve(&rules, date.plus_days(i32::from(to < from)), to) * 60_000;
            if start < end {
                found.push((start, end));
            }
        }
    }
    found.sort_unstable();
    let mut merged: Vec<(i64, i64)> = Vec::with_capacity(found.len());
    for (from, to) in found {
        match merged.last_mut() {
            Some((_, end)) if from <= *end => *end = (*end).max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

/// Days on either side of the middle that the walk by days can see.
const YEARS_IN_DAYS: i32 = 4 * 366;

#[test]
fn answers_over_years_equal_a_walk_day_by_day() {
    let lengths = prop::collection::vec((15i64..3 * 365, 0i64..86_400_000), QUESTIONS_EACH);
    let asked_in_all = Cell::new(0_u64);
    let outcome = runner(12, 6_000).run(&(case(), lengths), |(case, lengths)| {
        let Ok(calendar) = Calendar::build(case.definition()) else {
            return Ok(());
        };
        let stretches = open_stretches(&case, YEARS_IN_DAYS);
        let noon = i64::from(case.middle().days()) * 86_400_000;
        let at = Instant::from_milliseconds;
        for (asked, (days, more)) in case.questions.iter().zip(&lengths) {
            // Whole seconds, which are what the questions count in.
            let start = (noon + asked.start).div_euclid(1000) * 1000;
            let end = start + days * 86_400_000 + more / 1000 * 1000;
            let counted = |from: i64, to: i64| -> i64 {
                stretches.iter().map(|(open, close)| (*close.min(&to) - *open.max(&from)).max(0)).sum()
            };
            let length = counted(start, end);
            prop_assert_eq!(calendar.between(at(start), at(end)), length / 1000);
            prop_assert_eq!(calendar.between(at(end), at(start)), -(length / 1000));
            asked_in_all.set(asked_in_all.get() + 2);
            if length == 0 {
                continue;
            }
            // The first instant by which so much is counted, and the last from which it is.
            let mut left = length;
            let mut due = start;
            for (open, close) in stretches.iter().filter(|(_, close)| *close > start) {
                let open = start.max(*open);
                if left <= close - open {
                    due = open + left;
                    break;
                }
                left -= close - open;
            }
            prop_assert_eq!(calendar.add(at(start), length / 1000), Ok(at(due)));
            let mut left = length;
            let mut begun = end;
            for (open, close) in stretches.iter().rev().filter(|(open, _)| *open < end) {
                let close = end.min(*close);
                if left <= close - open {
                    begun = close - left;
                    break;
                }
                left -= close - open;
            }
            prop_assert_eq!(calendar.sub(at(end), length / 1000), Ok(at(begun)));
            asked_in_all.set(asked_in_all.get() + 2);
        }
        Ok(())
    });
    outcome.unwrap();
    println!("{} questions answered as the walk by days does", asked_in_all.get());
}

#[test]
fn counting_obeys_its_laws() {
    let outcome = runner(150, 3_000).run(&(case(), any::<u16>()), |(case, split)| {
        let Ok(calendar) = Calendar::build(case.definition()) else {
            return Ok(());
        };
        let noon = i64::from(case.middle().days()) * 86_400_000;
        for asked in &case.questions {
            let start = Instant::from_milliseconds(noon + asked.start);
            let Ok(due) = calendar.add(start, asked.length) else {
                continue;
            };
            // Advancing and then measuring gives the span back, and so does going back from there.
            prop_assert_eq!(calendar.between(start, due), asked.length);
            let back = calendar.sub(due, asked.length).unwrap();
            prop_assert!(back >= start && calendar.between(back, due) == asked.length);
            // It is the first such instant: a millisecond earlier, less is counted.
            if asked.length > 0 {
                let before = due.plus_milliseconds(-1);
                prop_assert!(calendar.between(start, before) < asked.length);
            }
            // Splitting a span changes nothing.
            let part = asked.length * i64::from(split) / i64::from(u16::MAX);
            let halfway = calendar.add(start, part).unwrap();
            prop_assert_eq!(calendar.add(halfway, asked.length - part).unwrap(), due);
            // The windows of a stretch hold exactly what is counted in it.
            let windows = calendar.windows(start, due);
            let sum: i64 = windows.iter().map(|(from, to)| to.milliseconds() - from.milliseconds()).sum();
            prop_assert_eq!(sum, asked.length * 1000);
            prop_assert!(windows.windows(2).all(|pair| pair[0].1 < pair[1].0));
            // And so do the days that explain it.
            let days = calendar::trace(start, due, &calendar, &[]);
            let last = days.last().map_or(0, |day| day.total_seconds);
            prop_assert_eq!(last, asked.length);
        }
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn whole_weeks_shift_deadlines_alike() {
    let outcome = runner(200, 2_000).run(&(case(), -200i64..200), |(mut case, weeks)| {
        case.holidays.clear();
        case.extra.clear();
        case.zone = "+05:45";
        let Ok(calendar) = Calendar::build(case.definition()) else {
            return Ok(());
        };
        let shift = weeks * 7 * 86_400;
        for asked in &case.questions {
            let start = Instant::from_milliseconds(1_700_000_000_000 + asked.start);
            let due = calendar.add(start, asked.length).unwrap();
            let shifted = calendar.add(start.plus_seconds(shift), asked.length).unwrap();
            prop_assert_eq!(shifted, due.plus_seconds(shift));
        }
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn whole_weeks_shift_the_wall_alike_across_summer_time() {
    let office = CalendarDefinition::weekly(
        "office",
        Zone::parse("Europe/Paris").unwrap(),
        Weekday::MONDAY_TO_FRIDAY,
        &[Window::parse("08:00-12:00").unwrap(), Window::parse("13:00-17:00").unwrap()],
    );
    let office = Calendar::build(office).unwrap();
    let paris = office.zone().clone();
    let monday = LocalDate::parse("2026-01-05").unwrap();
    for weeks in 0..52 {
        let start = paris.instant_of(monday.plus_days(weeks * 7), LocalTime::new(9, 30).unwrap());
        let due = paris.local(office.add(start, 12 * 3600).unwrap());
        assert_eq!(due.date, monday.plus_days(weeks * 7 + 1), "{due:?}");
        assert_eq!(due.time.to_string(), "14:30");
    }
}

#[test]
fn any_text_is_read_or_refused_without_panic() {
    let texts = prop_oneof![
        any::<String>(),
        "[0-9T:Z+.-]{0,32}",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})",
        "[0-9]{0,12} ?(to )?[0-9]{0,3} ?(business )?(hours|days|month|éternité)?",
        "end of .{0,24}",
        "[+-]?[0-9]{0,2}:[0-9]{0,2}",
        "[{}\\[\\]\":,a-z0-9]{0,60}",
    ];
    let outcome = runner(3_000, 300_000).run(&(texts, any::<Vec<u8>>()), |(text, bytes)| {
        let _ = Instant::parse(&text);
        let _ = LocalDate::parse(&text);
        let _ = LocalTime::parse(&text);
        let _ = Window::parse(&text);
        let _ = Weekday::parse_stretch(&text);
        let _ = Span::parse(&text);
        let event = format!("BEGIN:VEVENT\nDTSTART:20261225\n{text}\nEND:VEVENT");
        let _ = HolidaySet::read_icalendar("any", &text, "fr");
        let _ = HolidaySet::read_icalendar("any", &event, "fr");
        let answer = Questions::default().answer(&text);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&answer).is_ok(), "{}", answer);
        let answer = Questions::default().answer_bytes(&bytes);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&answer).is_ok(), "{}", answer);
        Ok(())
    });
    outcome.unwrap();
    // Looking for the nearest zone reads the whole list, so fewer of these.
    let outcome = runner(100, 2_000).run(&any::<String>(), |text| {
        let _ = Zone::parse(&text);
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn any_question_is_answered_without_panic() {
    let value = || {
        prop_oneof![
            Just("null".to_string()),
            Just("-1".to_string()),
            Just("1e300".to_string()),
            Just(i64::MAX.to_string()),
            Just("\"9999-12-31T23:59:59Z\"".to_string()),
            Just("\"0000-01-01T00:00:00+23:59\"".to_string()),
            Just("\"2026-03-08T02:30:00-05:00\"".to_string()),
            Just("[[\"2026-03-08T02:30:00Z\",\"1700-03-08T02:30:00Z\"]]".to_string()),
            Just("[[\"0001-03-08T02:30:00Z\",\"9999-03-08T02:30:00Z\"]]".to_string()),
            Just("{\"zone\":\"UTC\",\"weekly\":{\"mon\":[[\"24:00\",\"00:00\"]]}}".to_string()),
            Just("{\"zone\":\"-23:59\",\"extra\":{\"9999-12-31\":[[\"00:00\",\"24:00\"]]}}".to_string()),
            Just("{\"zone\":\"Pacific/Apia\",\"weekly\":{\"fri\":[[\"23:00\",\"01:00\"]]},\"holidays\":[\"0000-01-01\"]}".to_string()),
        ]
    };
    let question = (
        prop::sample::select(&["add", "sub", "between", "open"][..]),
        value(),
        value(),
        value(),
        value(),
        value(),
    );
    let outcome = runner(500, 20_000).run(&question, |(op, calendar, start, length, end, pauses)| {
        let line = format!(
            r#"{{"id":7,"op":"{op}","calendar":{calendar},"start":{start},"duration_s":{length},"end":{end},"pauses":{pauses}}}"#
        );
        let answer = Questions::default().answer(&line);
        prop_assert!(answer.starts_with(r#"{"id":7,"#), "{}", answer);
        Ok(())
    });
    outcome.unwrap();
}

fn spans() -> impl Strategy<Value = Span> {
    let unit = || prop::sample::select(&Unit::ALL[..]);
    prop_oneof![
        (0u32..=100_000_000, unit()).prop_map(|(count, unit)| Span::of(count, unit)),
        (0u32..1000, 1u32..1000, unit()).prop_map(|(least, more, unit)| Span::Range {
            least,
            most: least + more,
            unit
        }),
        (1u32..10_000).prop_map(|day| Span::EndOfBusinessDay { day }),
        (1u32..10_000).prop_map(|period| Span::EndOfBillingPeriod { period }),
        (prop::sample::select(&calendar::Period::ALL[..]), any::<bool>())
            .prop_map(|(period, next)| Span::EndOf { period, next }),
        prop::sample::select(&[Span::None, Span::Unstated, Span::Immediately][..]),
    ]
}

#[test]
fn spans_are_printed_as_they_are_read() {
    let outcome = runner(2_000, 100_000).run(&spans(), |span| {
        prop_assert_eq!(Span::parse(&span.to_string()), Ok(span));
        let json = serde_json::to_string(&span).unwrap();
        prop_assert_eq!(serde_json::from_str::<Span>(&json).unwrap(), span);
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn any_span_is_due_after_its_start_or_refused() {
    let calendars: Vec<Calendar> = [
        CalendarDefinition::always("elapsed", Zone::parse("Europe/Paris").unwrap()),
        CalendarDefinition::weekly(
            "office",
            Zone::parse("America/St_Johns").unwrap(),
            Weekday::MONDAY_TO_FRIDAY,
            &[Window::parse("09:00-12:00").unwrap(), Window::parse("13:00-17:00").unwrap()],
        ),
        CalendarDefinition::weekly(
            "night",
            Zone::parse("Pacific/Apia").unwrap(),
            &[Weekday::Fri],
            &[Window::parse("22:00-06:00").unwrap()],
        ),
    ]
    .map(|definition| Calendar::build(definition).unwrap())
    .into();
    let readings = (
        prop::sample::select(&[BusinessDay::Length, BusinessDay::SameTime, BusinessDay::Close][..]),
        prop::sample::select(&[DayOne::Same, DayOne::Next][..]),
        prop::option::of((0u8..24).prop_map(|hour| LocalTime::new(hour, 0).unwrap())),
    );
    let starts = prop_oneof![
        5 => 1_500_000_000_000i64..2_000_000_000_000,
        1 => -3_000_000_000_000i64..8_000_000_000_000,
        1 => any::<i64>(),
    ];
    let pauses = prop::collection::vec((0i64..2_000_000_000, 0i64..500_000_000), 0..3);
    let asked = (spans(), starts, readings, pauses, 0..calendars.len());
    let outcome = runner(2_000, 100_000).run(&asked, |(span, start, reading, pauses, which)| {
        let (business_day, day_one, cut_off) = reading;
        let starts_on = LocalDate::parse("2024-01-31").unwrap();
        let reading = DayReading {
            business_day,
            day_one,
            cut_off,
            billing: Some(BillingPeriods { starts_on, months: 1 }),
        };
        let start = Instant::from_milliseconds(start);
        let pauses: Vec<_> = pauses
            .into_iter()
            .map(|(from, length)| {
                let from = start.plus_milliseconds(from);
                (from, from.plus_milliseconds(length))
            })
            .collect();
        let calendar = &calendars[which];
        let due = |pauses: &[_]| calendar::due(start, &span, &reading, calendar, pauses);
        if let Ok(Some(paused)) = due(&pauses) {
            prop_assert!(paused >= start);
            prop_assert_eq!(
                Instant::parse(&paused.to_string()).is_ok(),
                paused >= Instant::from_seconds(-62_167_219_200)
            );
            // Waiting never brings a deadline closer.
            prop_assert!(due(&[]).unwrap().unwrap() <= paused);
        }
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn definitions_survive_being_stored() {
    let outcome = runner(200, 5_000).run(&case(), |case| {
        let office = case.definition();
        let night = CalendarDefinition {
            name: "night".into(),
            zone: office.zone.clone(),
            rule: CalendarRule::Complement { of: Box::new(office.clone()) },
            business_day_seconds: Some(3600),
        };
        let both = CalendarDefinition {
            name: "both".into(),
            zone: office.zone.clone(),
            rule: CalendarRule::Union { of: vec![office, night] },
            business_day_seconds: None,
        };
        let stored = serde_json::to_string(&both).unwrap();
        prop_assert_eq!(serde_json::from_str::<CalendarDefinition>(&stored).unwrap(), both);
        Ok(())
    });
    outcome.unwrap();
}

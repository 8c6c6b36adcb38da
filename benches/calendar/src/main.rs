//! Nanoseconds of CPU per question of business time, beside the fastest other library.
//!
//! One calendar for all: Monday to Friday 09:00 to 12:00 and 13:00 to 17:00 in
//! Toronto, ten holidays a year; 2,000 starts at second resolution in 2024 to
//! 2027. Single thread, CPU time of that thread, median of nine rounds. Every
//! answer of both is compared before anything is measured.

use std::hint::black_box;

use calendar::{
    Calendar, CalendarDefinition, CalendarRule, DayRule, Holiday, HolidaySet, Instant, Labels, LocalDate,
    Weekday, Window, Zone,
};
use jiff::{SignedDuration, Timestamp};
use workclock::{Break, Holidays, Schedule, Weekdays, WorkDay};

const HOUR: i64 = 3600;
const YEAR: i64 = 365 * 86_400;
const ROUNDS: usize = 9;

fn main() {
    let ours = Calendar::build(definition()).expect("the calendar of the measure opens");
    let theirs = schedule();
    let starts = starts();

    println!("{} starts, median of {ROUNDS} rounds, ns of CPU per call", starts.len());
    println!("{:34} {:>10} {:>12} {:>8}", "", "calendar", "workclock", "ratio");
    for (title, seconds, take) in [
        ("add 4 h", 4 * HOUR, 2000),
        ("add 40 h", 40 * HOUR, 2000),
        ("add 1 year of business time", 1750 * HOUR, 200),
        ("add 4 years of business time", 7000 * HOUR, 100),
    ] {
        let few = &starts[..take];
        for start in few {
            let mine = ours.add(*start, seconds).expect("the answer is in range");
            let other = theirs.add(theirs_of(*start), SignedDuration::from_secs(seconds));
            let other = other.expect("the answer is in range").as_millisecond();
            assert_eq!(mine.milliseconds(), other, "both libraries agree on {start}");
        }
        let mine = measure(&starts, |start| ours.add(start, seconds).map(Instant::milliseconds));
        let other = measure(few, |start| theirs.add(theirs_of(start), SignedDuration::from_secs(seconds)));
        row(title, mine, other);
    }
    for (title, apart, take) in [
        ("between, 4 h apart", 4 * HOUR, 2000),
        ("between, 40 h apart", 40 * HOUR, 2000),
        ("between, 1 year apart", YEAR, 500),
        ("between, 4 years apart", 4 * YEAR, 100),
    ] {
        let few = &starts[..take];
        for start in few {
            let end = start.plus_seconds(apart);
            let other = theirs.between(theirs_of(*start), theirs_of(end));
            assert_eq!(ours.between(*start, end), other.as_secs(), "both agree on {start}");
        }
        let mine = measure(&starts, |start| ours.between(start, start.plus_seconds(apart)));
        let other =
            measure(few, |start| theirs.between(theirs_of(start), theirs_of(start.plus_seconds(apart))));
        row(title, mine, other);
    }

    let build = median((0..ROUNDS).map(|_| {
        let definition = definition();
        let before = cpu_nanoseconds();
        black_box(Calendar::build(definition).expect("the calendar of the measure opens"));
        cpu_nanoseconds() - before
    }));
    let fresh = Calendar::build(definition()).expect("the calendar of the measure opens");
    println!("build, twelve years: {} µs, {} bytes", build / 1000, fresh.table_bytes());
}

fn row(title: &str, mine: f64, other: f64) {
    println!("{title:34} {mine:>10.1} {other:>12.1} {:>7.0}x", other / mine);
}

/// Median nanoseconds per call; each round runs at least 20,000 calls or all starts once.
fn measure<T>(starts: &[Instant], mut ask: impl FnMut(Instant) -> T) -> f64 {
    let calibration = cpu_nanoseconds();
    starts.iter().for_each(|start| drop(black_box(ask(black_box(*start)))));
    let once = (cpu_nanoseconds() - calibration).max(1);
    let repeats = (40_000_000 / once).clamp(1, 1000) as usize;
    let rounds = (0..ROUNDS).map(|_| {
        let before = cpu_nanoseconds();
        for _ in 0..repeats {
            for start in starts {
                black_box(ask(black_box(*start)));
            }
        }
        cpu_nanoseconds() - before
    });
    median(rounds) as f64 / (repeats * starts.len()) as f64
}

fn median(values: impl Iterator<Item = u64>) -> u64 {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values[values.len() / 2]
}

fn cpu_nanoseconds() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Starts spread over 2024 to 2027 by a fixed generator, so that every run asks the same.
fn starts() -> Vec<Instant> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let first = 1_704_067_200i64;
    (0..2000)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            Instant::from_seconds(first + (state % (4 * 365 * 86_400)) as i64)
        })
        .collect()
}

fn theirs_of(instant: Instant) -> Timestamp {
    Timestamp::from_millisecond(instant.milliseconds()).expect("the starts are in range")
}

fn holiday_dates() -> Vec<LocalDate> {
    let fixed = [(1, 1), (5, 18), (6, 24), (7, 1), (9, 7), (10, 12), (11, 11), (12, 24), (12, 25), (12, 26)];
    let dates = (2020..=2036)
        .flat_map(|year| fixed.iter().filter_map(move |(month, day)| LocalDate::new(year, *month, *day)));
    dates.collect()
}

fn definition() -> CalendarDefinition {
    let window = |text| Window::parse(text).expect("the windows are well written");
    let zone = Zone::parse("America/Toronto").expect("the zone is known");
    let windows = [window("09:00-12:00"), window("13:00-17:00")];
    let mut definition = CalendarDefinition::weekly("office", zone, Weekday::MONDAY_TO_FRIDAY, &windows);
    if let CalendarRule::Hours { hours, .. } = &mut definition.rule {
        let dates = DayRule::Dates { dates: holiday_dates() };
        hours.holidays = vec![HolidaySet {
            name: "ten a year".into(),
            days: vec![Holiday::new(dates, Labels::default())],
            ..HolidaySet::default()
        }];
    }
    definition
}

fn schedule() -> Schedule {
    let time = |hour| jiff::civil::time(hour, 0, 0, 0);
    let dates = holiday_dates().into_iter().map(|date| {
        let (year, month, day) = date.civil();
        jiff::civil::date(year as i16, month as i8, day as i8)
    });
    Schedule::builder()
        .time_zone("America/Toronto")
        .rule(WorkDay::new(time(9), time(17), Weekdays::MON_TO_FRI))
        .rule(Break::new(time(12), time(13), Weekdays::MON_TO_FRI))
        .rule(Holidays::new(dates))
        .build()
        .expect("the schedule is valid")
}

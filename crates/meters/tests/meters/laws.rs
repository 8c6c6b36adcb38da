//! Laws that every clock keeps, whatever happens to its request and in whichever order.

use crate::sample::{at, care};
use calendar::{Calendar, CalendarDefinition, HolidaySet, Instant, LocalDate, Weekday, Window, Zone};
use meters::{Clock, ClockState, Course, Happening, Progress, read};
use proptest::prelude::{Strategy, any, prop, proptest};
use proptest::{prop_assert, prop_assert_eq, prop_oneof};
use terms::{Effect, FactValue, Facts, Terms, Verdict};

const EVENTS: [&str; 8] =
    ["answered", "updated", "waiting", "resumed", "classified", "workaround_given", "resolved", "closed"];

/// What happens to a request: minutes after the one before, and what.
type Life = Vec<(i64, usize)>;

fn life() -> impl Strategy<Value = Life> {
    let minutes = prop_oneof![3 => 0_i64..90, 2 => 0_i64..2_000, 1 => 0_i64..12_000];
    prop::collection::vec((minutes, 0..EVENTS.len()), 0..14)
}

/// The care agreement in a zone whose wall never jumps, without holidays, its waiting in one manner.
fn terms(effect: Effect) -> Terms {
    let mut terms = care();
    let zone = Zone::parse("+01:00").expect("an offset");
    let hours =
        [Window::parse("09:00-12:00"), Window::parse("13:00-17:00")].map(|window| window.expect("a window"));
    terms.zone = zone.clone();
    for rule in &mut terms.calendars {
        rule.definition =
            CalendarDefinition::weekly(&rule.name, zone.clone(), Weekday::MONDAY_TO_FRIDAY, &hours);
        rule.holidays.clear();
    }
    for pause in &mut terms.pauses {
        pause.effect = effect;
    }
    terms
}

/// The care agreement with more days on which its office is closed.
fn closed_on(effect: Effect, days: &[i32]) -> Terms {
    let mut terms = terms(effect);
    let first = LocalDate::parse("2026-02-02").expect("a day");
    for rule in &mut terms.calendars {
        let closed = days.iter().map(|day| first.plus_days(*day)).collect();
        if let calendar::CalendarRule::Hours { hours, .. } = &mut rule.definition.rule {
            hours.holidays.push(HolidaySet::of_dates("closed", closed));
        }
    }
    terms
}

/// A request as it went: its meters, and when the last thing happened.
fn played(terms: &Terms, received: Instant, severity: &str, life: &Life) -> (Progress, Facts, Instant) {
    let facts = Facts::new().with("severity", FactValue::text(severity));
    let course = Course::new(terms);
    let mut progress = Progress::default();
    let mut now = received;
    happen(&course, &mut progress, &facts, now, "received");
    for (minutes, event) in life {
        now = now.plus_seconds(minutes * 60);
        happen(&course, &mut progress, &facts, now, EVENTS[*event]);
    }
    (progress, facts, now)
}

fn happen(course: &Course<'_>, progress: &mut Progress, facts: &Facts, now: Instant, event: &str) {
    for change in course.steps_due(progress, facts, now) {
        progress.apply(&change);
    }
    let happening = Happening::new(event, now);
    let changes = course.happen(progress, facts, facts, Verdict::Covered, &happening);
    for change in changes.expect("the calendar can be had") {
        progress.apply(&change);
    }
}

/// Open time between two instants that waits of a clock covered, each instant once.
fn waited(progress: &Progress, clock: &Clock, calendar: &Calendar, from: Instant, to: Instant) -> i64 {
    let mut waits: Vec<(Instant, Instant)> = progress
        .waits
        .iter()
        .filter(|wait| clock.pauses.contains(&wait.pause))
        .map(|wait| (wait.from.max(from), wait.to.unwrap_or(to).min(to)))
        .filter(|(from, to)| from < to)
        .collect();
    waits.sort_unstable();
    let (mut until, mut seconds) = (from, 0);
    for (from, to) in waits {
        let from = from.max(until);
        if from < to {
            seconds += calendar.between(from, to);
            until = to;
        }
    }
    seconds
}

fn monday() -> Instant {
    at("2026-02-02T09:00:00+01:00")
}

fn effects() -> impl Strategy<Value = Effect> {
    any::<bool>().prop_map(|pauses| if pauses { Effect::Pause } else { Effect::Extend })
}

fn severities() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["P1", "P2", "P3"])
}

proptest! {
    /// Time used and time waited are together the open time that the clock covers.
    #[test]
    fn running_and_waiting_are_the_time_covered(
        minute in 0_i64..10_000, severity in severities(), life in life(), more in 0_i64..5_000
    ) {
        let terms = terms(Effect::Pause);
        let (progress, facts, last) = played(&terms, monday().plus_seconds(minute * 60), severity, &life);
        let (course, now) = (Course::new(&terms), last.plus_seconds(more * 60));
        for clock in &progress.clocks {
            let reading = read(&course, &progress, clock, &facts, now);
            let calendar = course.calendar_of(clock, &facts);
            let end = clock.met_at.or(clock.stopped.map(|(at, _)| at)).unwrap_or(now);
            let covered = calendar.between(clock.counted_from, end);
            let waited = waited(&progress, clock, &calendar, clock.counted_from, end);
            prop_assert_eq!(reading.used_seconds - clock.carried_seconds + waited, covered, "{:?}", clock);
            prop_assert!(reading.used_seconds >= 0 && waited >= 0);
        }
    }

    /// The same request whole weeks later is the same request: every instant moves by those weeks.
    #[test]
    fn whole_weeks_shift_every_instant_alike(
        minute in 0_i64..10_000, severity in severities(), life in life(), effect in effects(), weeks in -60_i64..60
    ) {
        let terms = terms(effect);
        let (received, shift) = (monday().plus_seconds(minute * 60), weeks * 7 * 86_400);
        let (here, facts, last) = played(&terms, received, severity, &life);
        let (there, _, _) = played(&terms, received.plus_seconds(shift), severity, &life);
        let course = Course::new(&terms);
        let moved = |at: Option<Instant>| at.map(|at| at.plus_seconds(shift));
        prop_assert_eq!(here.clocks.len(), there.clocks.len());
        for (left, right) in here.clocks.iter().zip(&there.clocks) {
            prop_assert_eq!(moved(left.due_at), right.due_at);
            prop_assert_eq!(moved(left.met_at), right.met_at);
            prop_assert_eq!(moved(left.missed_at), right.missed_at);
            let (left, right) = (
                read(&course, &here, left, &facts, last),
                read(&course, &there, right, &facts, last.plus_seconds(shift)),
            );
            prop_assert_eq!((left.state, left.used_seconds, left.left_seconds), (right.state, right.used_seconds, right.left_seconds));
        }
    }

    /// Who asks first is never due later, whatever both then wait for.
    #[test]
    fn due_instants_keep_the_order_of_arrival(
        minute in 0_i64..20_000, later in 0_i64..5_000, severity in severities(), effect in effects(),
        wait in 0_i64..2_000, waited in 0_i64..2_000
    ) {
        let terms = terms(effect);
        let first = monday().plus_seconds(minute * 60);
        let second = first.plus_seconds(later * 60);
        // Both wait over the same stretch, after both have begun.
        let due = |received: Instant| {
            let until = (second.milliseconds() - received.milliseconds()) / 60_000 + wait;
            let life = vec![(until, 2), (waited, 3)];
            let (progress, _, _) = played(&terms, received, severity, &life);
            ["response", "resolution", "update"]
                .map(|promise| progress.clocks.iter().find(|clock| clock.key.promise == promise).and_then(|clock| clock.due_at))
        };
        for (first, second) in due(first).into_iter().zip(due(second)) {
            prop_assert!(first.is_some() && first <= second, "{:?} {:?}", first, second);
        }
    }

    /// What was kept stays kept, as it was: nothing that happens later touches it.
    #[test]
    fn a_met_clock_never_opens_again(
        minute in 0_i64..10_000, severity in severities(), life in life(), after in life(), effect in effects(),
        refused in any::<bool>(), other in severities(), reopened in any::<bool>()
    ) {
        let terms = terms(effect);
        let (mut progress, facts, mut now) = played(&terms, monday().plus_seconds(minute * 60), severity, &life);
        let met: Vec<Clock> = progress.clocks.iter().filter(|clock| clock.met_at.is_some()).cloned().collect();
        let course = Course::new(&terms);
        if reopened {
            happen(&course, &mut progress, &facts, now, "reopened");
        }
        // Another severity, another verdict on coverage, and whatever else may come.
        let changed = Facts::new().with("severity", FactValue::text(other));
        let happening = Happening::new("severity_set", now);
        let changes = course.happen(&progress, &facts, &changed, Verdict::Covered, &happening);
        changes.expect("the calendar can be had").iter().for_each(|change| progress.apply(change));
        let verdict = if refused { Verdict::NotCovered } else { Verdict::Covered };
        let changes = course.judge(&progress, &changed, verdict, now);
        changes.expect("the calendar can be had").iter().for_each(|change| progress.apply(change));
        for (minutes, event) in &after {
            now = now.plus_seconds(minutes * 60);
            happen(&course, &mut progress, &changed, now, EVENTS[*event]);
        }
        let changes = course.recount(&progress, &changed).expect("the calendar can be had");
        changes.iter().for_each(|change| progress.apply(change));
        for was in met {
            let is = progress.clocks.iter().find(|clock| clock.key == was.key).expect("a clock is never lost");
            prop_assert_eq!((is.met_at, is.missed_at, is.due_at, &is.stopped), (was.met_at, was.missed_at, was.due_at, &was.stopped));
            let state = read(&course, &progress, is, &changed, now.plus_seconds(86_400)).state;
            prop_assert!(matches!(state, ClockState::Met | ClockState::Missed), "{:?}", state);
        }
    }

    /// Days closed at short notice move the clocks that still run to where they would have been had
    /// the days been closed from the start, and no other.
    #[test]
    fn other_hours_recount_what_still_runs(
        minute in 0_i64..7_000, severity in severities(), life in prop::collection::vec((0_i64..300, 0..EVENTS.len()), 0..4),
        effect in effects(), days in prop::collection::vec(0_i32..40, 0..6)
    ) {
        let (before, after) = (terms(effect), closed_on(effect, &days));
        let received = monday().plus_seconds(minute * 60);
        let (mut progress, facts, _) = played(&before, received, severity, &life);
        let old = progress.clone();
        let course = Course::new(&after);
        let moved = course.recount(&progress, &facts).expect("the calendar can be had");
        moved.iter().for_each(|change| progress.apply(change));
        prop_assert_eq!(course.recount(&progress, &facts).expect("the calendar can be had"), vec![]);
        let (anew, _, _) = played(&after, received, severity, &life);
        for (was, is) in old.clocks.iter().zip(&progress.clocks) {
            if !was.is_open() || was.missed_at.is_some() {
                prop_assert_eq!(was, is);
            } else if let Some(fresh) = anew.clocks.iter().find(|fresh| fresh.key == is.key && fresh.counted_from == is.counted_from) {
                prop_assert_eq!(is.due_at, fresh.due_at, "{:?}", is.key);
            }
        }
    }
}

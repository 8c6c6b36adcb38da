//! Uptime of a calendar month: exact, per component and together, with what is left out.

use crate::sample::{at, availability, bounds, clause, components, date, measure, outage, span};
use meters::{Outage, UptimeQuestion, UptimeReading, announcement, period_of, uptime};
use proptest::prelude::{prop, proptest};
use proptest::{prop_assert, prop_assert_eq};
use terms::{
    Choice, Cited, CountedIn, Days, FactValue, Facts, Layered, MeasureKind, MeasurePeriod, OutsideTerm,
    Ratio, RoundMode, Show, Terms,
};

fn ratio(text: &str) -> Ratio {
    text.parse().expect("a fraction")
}

fn read(terms: &Terms, on: &str, term: Option<(&str, &str)>, outages: &[Outage]) -> Option<UptimeReading> {
    let question = UptimeQuestion {
        on: date(on),
        term: term.map(|(first, last)| Days { first: date(first), last: date(last) }),
        components: &components(),
        outages,
        facts: &Facts::new(),
        now: at("2027-01-01T00:00:00Z"),
    };
    uptime(terms, &terms.measures[0], &question).expect("it can be read")
}

#[test]
fn four_hundred_and_thirty_two_minutes_of_a_thirty_day_month_are_exactly_ninety_nine_percent() {
    let terms = availability();
    for (to, availability, shown, meets) in [
        ("2026-09-10T17:12:00-04:00", "99/100", "99.000", true),
        ("2026-09-10T17:12:00.001-04:00", "2566079999/2592000000", "99.000", false),
        ("2026-09-10T17:13:00-04:00", "42767/43200", "98.998", false),
        ("2026-09-10T10:00:00.001-04:00", "2591999999/2592000000", "100.000", true),
    ] {
        let outages = [outage("application", "2026-09-10T10:00:00-04:00", to)];
        let reading = read(&terms, "2026-09-15", None, &outages).expect("a month of the contract");
        let total = reading.total.expect("the union of primary components");
        assert_eq!(total.availability, ratio(availability), "down until {to}");
        assert_eq!(total.shown_percent.to_string(), shown, "rounding only shows");
        assert_eq!(total.meets, Some((meets, clause("5.0 c"))), "down until {to}");
        assert_eq!(reading.interpretations, ["months"]);
    }
}

#[test]
fn a_month_is_as_long_as_the_wall_of_the_zone_makes_it() {
    let terms = availability();
    for (on, hours) in [("2026-02-10", 28 * 24), ("2026-03-10", 31 * 24 - 1), ("2026-11-10", 30 * 24 + 1)] {
        let reading = read(&terms, on, None, &[]).expect("a month");
        let total = reading.total.expect("a total").total_milliseconds;
        assert_eq!(total, hours * 3_600_000, "{on}");
    }
}

#[test]
fn each_component_has_its_own_figure_and_only_primary_ones_make_the_whole() {
    let terms = availability();
    let outages = [
        outage("application", "2026-09-01T00:00:00-04:00", "2026-09-01T02:00:00-04:00"),
        outage("exercises", "2026-09-01T01:00:00-04:00", "2026-09-01T03:00:00-04:00"),
        outage("reports", "2026-09-05T00:00:00-04:00", "2026-09-06T00:00:00-04:00"),
    ];
    let reading = read(&terms, "2026-09-15", None, &outages).expect("a month");
    let down: Vec<(String, i64)> = reading
        .components
        .iter()
        .map(|figure| (figure.name.clone(), figure.down_milliseconds / 60_000))
        .collect();
    let expected = [("application", 120), ("exercises", 120), ("reports", 1440)];
    assert_eq!(down, expected.map(|(name, minutes)| (name.to_owned(), minutes)));
    let total = reading.total.expect("a total");
    assert_eq!((total.down_milliseconds / 60_000, total.outages), (180, 1), "the overlap counts once");
    assert_eq!(total.longest_milliseconds / 60_000, 180);
}

#[test]
fn what_a_clause_leaves_out_is_listed_apart_with_that_clause() {
    let terms = availability();
    let mut planned = outage("application", "2026-09-10T01:00:00-04:00", "2026-09-10T04:00:00-04:00");
    planned.cause = Some("maintenance".to_owned());
    let mut carrier = outage("application", "2026-09-11T10:00:00-04:00", "2026-09-11T12:00:00-04:00");
    carrier.cause = Some("cloud".to_owned());
    let fault = outage("application", "2026-09-11T11:00:00-04:00", "2026-09-11T13:00:00-04:00");
    let mut alleged = outage("application", "2026-09-20T10:00:00-04:00", "2026-09-20T20:00:00-04:00");
    alleged.source = "customer".to_owned();
    let outages = [planned, carrier, fault, alleged.clone()];
    let reading = read(&terms, "2026-09-15", None, &outages).expect("a month");
    let figure = &reading.components[0];
    assert_eq!(figure.down_milliseconds / 60_000, 120, "the fault alone");
    let excluded: Vec<(&str, i64, String, bool)> = figure
        .excluded
        .iter()
        .map(|time| (time.cause.as_str(), time.milliseconds / 60_000, time.clause.mark(), time.outside_usual))
        .collect();
    // One hour of the carrier's failure is down anyway; the work ended an hour after its usual hours.
    assert_eq!(
        excluded,
        [("cloud", 60, "5.5 c".to_owned(), false), ("maintenance", 180, "5.5 a".to_owned(), true)]
    );
    assert_eq!(reading.unrecorded, [alleged], "what the monitor did not see is a claim, not downtime");
}

#[test]
fn planned_work_is_announced_to_the_technical_contact_when_it_lasts_longer_than_an_hour() {
    let terms = availability();
    let start = at("2026-09-10T00:30:00-04:00");
    assert_eq!(announcement(&terms, "maintenance", start, start.plus_seconds(3600)), None);
    let (roles, said_by) = announcement(&terms, "maintenance", start, start.plus_seconds(3660))
        .expect("61 minutes are announced");
    assert_eq!((roles, said_by.mark()), (vec!["technical_contact".to_owned()], "5.5 a".to_owned()));
    assert_eq!(announcement(&terms, "cloud", start, start.plus_seconds(86_400)), None);
}

#[test]
fn a_first_month_that_is_partial_is_measured_over_its_days_in_the_term() {
    let mut terms = availability();
    let term = Some(("2026-09-16", "2027-09-15"));
    let before = outage("application", "2026-09-10T00:00:00-04:00", "2026-09-16T01:00:00-04:00");
    let reading =
        read(&terms, "2026-09-30", term, std::slice::from_ref(&before)).expect("partly in the term");
    assert_eq!(reading.counted, Days { first: date("2026-09-16"), last: date("2026-09-30") });
    assert_eq!(reading.proportion, ratio("1/2"));
    let total = reading.total.expect("a total");
    assert_eq!(
        total.availability,
        ratio("359/360"),
        "one hour of fifteen days; before the term it is nobody's"
    );
    assert_eq!(read(&terms, "2026-08-31", term, &[]), None, "the month before is not measured");
    assert_eq!(read(&terms, "2027-10-01", term, &[]), None, "nor the month after");
    // The other reading: the whole month, its missing part counted as time without fault.
    terms.measures[0].outside_term = OutsideTerm::CountedGood;
    let reading = read(&terms, "2026-09-30", term, &[before]).expect("partly in the term");
    assert_eq!(reading.proportion, Ratio::ONE);
    assert_eq!(reading.total.expect("a total").availability, ratio("719/720"));
}

#[test]
fn other_kinds_and_other_hours_read_the_same_outages() {
    let mut terms = availability();
    let outages = [
        outage("application", "2026-09-10T02:00:00-04:00", "2026-09-10T04:00:00-04:00"),
        outage("application", "2026-09-11T10:00:00-04:00", "2026-09-11T10:05:00-04:00"),
    ];
    for (kind, value) in [
        (MeasureKind::Downtime, "7500"),
        (MeasureKind::Longest, "7200"),
        (MeasureKind::Count, "2"),
        (MeasureKind::Availability, "1723/1728"),
    ] {
        terms.measures[0].kind = kind;
        let reading = read(&terms, "2026-09-15", None, &outages).expect("a month");
        let value_read = reading.total.expect("a total").value;
        if kind != MeasureKind::Availability {
            assert_eq!(value_read, ratio(value), "{kind:?}");
        } else {
            assert_eq!(value_read, ratio("2584500/2592000"), "{kind:?}");
        }
    }
    terms.measures[0].kind = MeasureKind::Downtime;
    terms.measures[0].target = vec![Layered::plain(bounds("", "", "2 hours", ""), clause("9"))];
    terms.measures[0].down.minimum = Some(span("10 minutes"));
    terms.measures[0].counted_in = Some(CountedIn::Inside(Choice::Plain("maintenance".to_owned())));
    let total =
        read(&terms, "2026-09-15", None, &outages).and_then(|reading| reading.total).expect("a total");
    assert_eq!(
        (total.value, total.outages),
        (ratio("3600"), 1),
        "one hour before 03:00, the short one dropped"
    );
    assert_eq!(total.total_milliseconds, 30 * 3 * 3_600_000);
    assert_eq!(total.meets, Some((true, clause("9"))));
}

#[test]
fn an_outage_is_as_long_as_it_was_wherever_a_month_ends() {
    let mut terms = availability();
    terms.measures[0].down.minimum = Some(span("5 minutes"));
    let seconds_down = |on: &str, outages: &[Outage]| {
        let total = read(&terms, on, None, outages).and_then(|reading| reading.total).expect("a total");
        total.down_milliseconds / 1000
    };
    let night = |from: &str, to: &str| {
        outage("application", &format!("2026-09-30T{from}-04:00"), &format!("2026-10-01T{to}-04:00"))
    };
    for (outages, september, october) in [
        (vec![night("23:56:00", "00:04:00")], 240, 240),
        (vec![night("23:58:00", "00:03:00")], 120, 180),
        (vec![night("23:58:00", "00:02:59")], 0, 0),
        (
            vec![
                night("23:57:00", "00:00:00"),
                outage("application", "2026-10-01T00:00:00-04:00", "2026-10-01T00:03:00-04:00"),
            ],
            180,
            180,
        ),
        (vec![night("23:57:00", "00:00:00")], 0, 0),
    ] {
        assert_eq!(seconds_down("2026-09-15", &outages), september, "{outages:?}");
        assert_eq!(seconds_down("2026-10-15", &outages), october, "{outages:?}");
    }
    // What happened in the month before is not listed in this one, counted or not.
    let mut planned = outage("application", "2026-09-30T22:00:00-04:00", "2026-09-30T23:00:00-04:00");
    planned.cause = Some("maintenance".to_owned());
    let mut alleged = planned.clone();
    alleged.source = "customer".to_owned();
    let reading = read(&terms, "2026-10-15", None, &[planned, alleged]).expect("a month");
    assert!(reading.components[0].excluded.is_empty() && reading.unrecorded.is_empty());
}

#[test]
fn a_cause_leaves_an_outage_out_only_with_what_the_document_asks_of_it() {
    let mut terms = availability();
    for cause in &mut terms.causes {
        cause.needs = vec!["reason".to_owned()];
    }
    let mut carrier = outage("application", "2026-09-11T10:00:00-04:00", "2026-09-11T12:00:00-04:00");
    carrier.cause = Some("cloud".to_owned());
    let down = |outage: &Outage| {
        let reading = read(&terms, "2026-09-15", None, std::slice::from_ref(outage)).expect("a month");
        reading.components[0].down_milliseconds / 60_000
    };
    assert_eq!(down(&carrier), 120, "no reason is given");
    carrier.facts.set("reason", FactValue::text("a cable was cut"));
    assert_eq!(down(&carrier), 0);
}

#[test]
fn a_document_may_round_before_it_compares_and_begin_to_measure_later() {
    let mut terms = availability();
    let outages = [outage("application", "2026-09-10T10:00:00-04:00", "2026-09-10T17:13:00-04:00")];
    let meets = |terms: &Terms| {
        let reading = read(terms, "2026-09-15", None, &outages).expect("a month");
        reading.total.and_then(|total| total.meets).map(|(meets, _)| meets)
    };
    assert_eq!(meets(&terms), Some(false), "98.998 % exactly");
    terms.measures[0].compare = Some(Show { decimals: 2, mode: RoundMode::HalfUp });
    assert_eq!(meets(&terms), Some(true), "99.00 % when two places are compared");
    terms.measures[0].begins = Some(Cited { value: "measured_from".into(), clause: clause("5.0 a") });
    let facts = Facts::new().with("measured_from", FactValue::Date(date("2026-09-21")));
    let question = UptimeQuestion {
        on: date("2026-09-15"),
        term: None,
        components: &components(),
        outages: &outages,
        facts: &facts,
        now: at("2027-01-01T00:00:00Z"),
    };
    let reading = uptime(&terms, &terms.measures[0], &question).expect("it can be read").expect("a month");
    assert_eq!((reading.counted.first, reading.proportion), (date("2026-09-21"), ratio("1/3")));
    assert_eq!(reading.total.expect("a total").availability, Ratio::ONE, "the outage came before");
    let earlier = UptimeQuestion { on: date("2026-08-15"), ..question };
    assert_eq!(uptime(&terms, &terms.measures[0], &earlier), Ok(None));
}

#[test]
fn periods_are_those_of_the_calendar_or_of_the_contract() {
    let contract = Some(Days { first: date("2025-02-28"), last: date("2030-02-27") });
    for (period, on, first, last) in [
        (MeasurePeriod::Day, "2026-05-12", "2026-05-12", "2026-05-12"),
        (MeasurePeriod::CalendarMonth, "2026-02-28", "2026-02-01", "2026-02-28"),
        (MeasurePeriod::Quarter, "2026-05-12", "2026-04-01", "2026-06-30"),
        (MeasurePeriod::HalfYear, "2026-07-01", "2026-07-01", "2026-12-31"),
        (MeasurePeriod::Year, "2026-05-12", "2026-01-01", "2026-12-31"),
        (MeasurePeriod::RollingMonths(6), "2026-05-12", "2025-12-01", "2026-05-31"),
        (MeasurePeriod::ContractYear, "2026-02-27", "2025-02-28", "2026-02-27"),
        (MeasurePeriod::ContractYear, "2026-02-28", "2026-02-28", "2027-02-27"),
    ] {
        let found = period_of(period, date(on), contract);
        assert_eq!(found, Some(Days { first: date(first), last: date(last) }), "{period:?} {on}");
    }
    assert_eq!(period_of(MeasurePeriod::Ticket, date("2026-05-12"), contract), None);
    assert_eq!(measure("m", "1", MeasureKind::Time).period, MeasurePeriod::Ticket);
}

proptest! {
    #[test]
    fn splitting_an_outage_changes_nothing_and_the_union_is_never_better_than_the_worst(
        stretches in prop::collection::vec((0_i64..2_600_000, 1_i64..400_000, 0_usize..3, 0_i64..=1000), 0..12),
    ) {
        let terms = availability();
        let start = at("2026-09-01T00:00:00-04:00");
        let parts = components();
        let (mut whole, mut split) = (Vec::new(), Vec::new());
        for (from, length, component, cut) in stretches {
            let (from, to) = (start.plus_seconds(from), start.plus_seconds(from + length));
            let name = &parts[component].name;
            let middle = from.plus_milliseconds(length * cut);
            let one = |from: calendar::Instant, to: calendar::Instant| {
                Outage { from, to: Some(to), ..outage(name, "2026-09-01T00:00:00Z", "2026-09-01T00:00:00Z") }
            };
            whole.push(one(from, to));
            split.push(one(middle, to));
            split.push(one(from, middle));
        }
        let reading = read(&terms, "2026-09-15", None, &whole).expect("a month");
        prop_assert_eq!(&reading, &read(&terms, "2026-09-15", None, &split).expect("a month"));
        let total = reading.total.expect("a total");
        let primary = reading.components.iter().filter(|figure| figure.primary);
        for figure in primary.clone() {
            prop_assert!(total.availability <= figure.availability);
            prop_assert!(figure.availability >= Ratio::ZERO && figure.availability <= Ratio::ONE);
        }
        let sum: i64 = primary.map(|figure| figure.down_milliseconds).sum();
        prop_assert!(total.down_milliseconds <= sum);
    }
}

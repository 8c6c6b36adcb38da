//! Formal notice, silence, liability, terms, and what a plan of work lacks.

use crate::sample::{at, care, clause, date, figure, prepaid, span};
use meters::{
    Refused, Why, days_between, in_time_to_claim, liability, notice_by, plan_faults, possible_after,
    possible_during, silence_course, term_days, time_between, took_effect,
};
use std::collections::{BTreeMap, BTreeSet};
use terms::{
    Condition, EndDay, Evaluation, FactValue, Facts, MeasureKind, MeasureUnit, Ratio, Renewal, TermEnd,
    TermPeriod, Test,
};

#[test]
fn after_a_formal_notice_eight_full_days_run_and_the_ninth_is_free() {
    let terms = prepaid();
    let suspend = terms.permission("suspend").expect("a permission");
    let received = at("2026-03-02T18:00:00+01:00");
    let ask = |happened, now: &str| possible_after(&terms, suspend, happened, None, at(now), &Facts::new());
    for (now, possible) in [
        ("2026-03-02T18:00:01+01:00", false),
        ("2026-03-10T18:00:00+01:00", false),
        ("2026-03-10T23:59:59+01:00", false),
        ("2026-03-11T00:00:00+01:00", true),
        ("2026-05-01T00:00:00+02:00", true),
    ] {
        let found = ask(Some(received), now);
        let refused =
            Refused { why: Why::Waiting { first_day: date("2026-03-11") }, clause: Box::new(clause("4c 1")) };
        assert_eq!(found, if possible { Ok(()) } else { Err(refused) }, "{now}");
    }
    let never = ask(None, "2026-05-01T00:00:00+02:00").expect_err("no notice");
    assert_eq!(never.why, Why::NeedsEvent { event: "formal_notice".to_owned() });
    // Paid after the notice: it had its effect. Paid before it, or not yet: it runs.
    let mut until_paid = suspend.clone();
    if let Some(after) = &mut until_paid.after {
        after.unless = Some("paid".to_owned());
        after.counted_from = vec!["received_at".to_owned(), "sent_at".to_owned()];
    }
    let now = at("2026-05-01T00:00:00+02:00");
    for (paid, possible) in [("2026-03-05T00:00:00+01:00", false), ("2026-03-01T00:00:00+01:00", true)] {
        let found = possible_after(&terms, &until_paid, Some(received), Some(at(paid)), now, &Facts::new());
        assert_eq!(found.is_ok(), possible, "paid {paid}");
    }
    let after = until_paid.after.as_ref().expect("it waits");
    let sent = Facts::new().with("sent_at", FactValue::Instant(at("2026-03-01T10:00:00+01:00")));
    let both = sent.clone().with("received_at", FactValue::Instant(received));
    assert_eq!(took_effect(after, &sent, now), at("2026-03-01T10:00:00+01:00"));
    assert_eq!(took_effect(after, &both, now), received);
    assert_eq!(took_effect(after, &Facts::new(), now), now);
    let plan = terms.permission("plan").expect("a permission");
    assert_eq!(
        possible_after(&terms, plan, None, None, received, &Facts::new()),
        Ok(()),
        "it waits for nothing"
    );
}

#[test]
fn a_slot_outside_the_hours_is_refused() {
    let terms = prepaid();
    let plan = terms.permission("plan").expect("a permission");
    for (from, minutes, free) in [
        ("2026-03-10T11:00:00+01:00", 60, true),
        ("2026-03-10T11:30:00+01:00", 60, false),
        ("2026-03-10T12:30:00+01:00", 15, false),
        ("2026-03-10T17:30:00+01:00", 15, false),
        ("2026-03-14T10:00:00+01:00", 15, false),
        ("2026-04-06T10:00:00+02:00", 15, false),
    ] {
        let to = at(from).plus_seconds(minutes * 60);
        let found = possible_during(&terms, plan, at(from), to, &Facts::new());
        assert_eq!(found.is_ok(), free, "{from}");
    }
}

#[test]
fn silence_is_reminded_twice_and_counts_at_the_close_of_the_tenth_day() {
    let terms = care();
    let close = terms.permission("close").expect("a permission");
    let silence = close.silence.as_ref().expect("it says what silence means");
    let asked = at("2026-03-27T16:00:00+01:00");
    let course = silence_course(&terms, close, silence, asked, &Facts::new()).expect("it can be reckoned");
    // Easter Monday, the sixth of April, does not count; summer time began between.
    let reminders = ["2026-04-01T17:00:00+02:00", "2026-04-07T17:00:00+02:00"].map(at);
    assert_eq!(course.remind_at, reminders);
    assert_eq!(course.ends_at, at("2026-04-13T17:00:00+02:00"));
    assert_eq!((course.counts_as.as_str(), course.reopens), ("no reply", true));
    let mut shorter = silence.clone();
    shorter.after = terms::Choice::Fact("silence".into());
    let unknown = silence_course(&terms, close, &shorter, asked, &Facts::new()).expect_err("not filled in");
    assert!(matches!(&unknown.why, Why::Unknown { facts } if facts.contains("silence")));
    let five = Facts::new().with("silence", FactValue::Span(span("5 business days")));
    let course = silence_course(&terms, close, &shorter, asked, &five).expect("filled in");
    assert_eq!(course.ends_at, at("2026-04-03T17:00:00+02:00"));
    assert_eq!(course.remind_at, reminders[..1], "no reminder after the end");
}

#[test]
fn damages_of_a_contract_year_stand_against_the_price_paid() {
    let terms = prepaid();
    let rule = terms.liability.as_ref().expect("a limit");
    let facts = Facts::new();
    let evaluation = Evaluation::new(&terms, &facts, at("2026-10-05T10:00:00Z"));
    let damage = |kind: &str, amount: i64| (kind.to_owned(), Ratio::whole(amount));
    let damages = [damage("data_loss", 900), damage("bodily_injury", 50_000), damage("delay", 500)];
    let reading = liability(rule, Ratio::whole(1500), &damages, &evaluation).expect("known");
    assert_eq!(
        (reading.recorded, reading.left, reading.passed),
        (Ratio::whole(1400), Ratio::whole(100), false)
    );
    let more = [damages.as_slice(), &[damage("delay", 101)]].concat();
    let reading = liability(rule, Ratio::whole(1500), &more, &evaluation).expect("known");
    assert!(reading.passed && reading.left.is_zero());
    assert_eq!(reading.clause.mark(), "7b");
    assert_eq!(in_time_to_claim(rule, date("2026-03-02"), date("2028-03-02")), Ok(()));
    let late = in_time_to_claim(rule, date("2026-03-02"), date("2028-03-03")).expect_err("too late");
    assert_eq!(
        (late.why, late.clause.mark()),
        (Why::TooLate { last_day: date("2028-03-02") }, "7c".to_owned())
    );
}

#[test]
fn a_term_ends_where_its_clause_says() {
    let terms = prepaid();
    let facts = Facts::new();
    let evaluation = Evaluation::new(&terms, &facts, at("2026-10-05T10:00:00Z"));
    let mut rule = terms.term.clone().expect("a term");
    for (ends, leap_day, first, last) in [
        (TermEnd::Eve, None, "2026-03-02", "2027-03-01"),
        (TermEnd::SameDay, None, "2026-03-02", "2027-03-02"),
        (TermEnd::EndOf(TermPeriod::HalfYear), None, "2026-03-02", "2027-06-30"),
        (TermEnd::Eve, None, "2028-02-29", "2029-02-27"),
        (TermEnd::Eve, Some((2, 28)), "2028-02-29", "2029-02-28"),
        (TermEnd::Eve, Some((2, 28)), "2027-03-01", "2028-02-29"),
    ] {
        (rule.ends, rule.leap_day) = (ends, leap_day);
        let days = term_days(&rule, date(first), &evaluation).expect("a year");
        assert_eq!((days.first, days.last), (date(first), date(last)), "{ends:?} {leap_day:?}");
    }
    assert_eq!(notice_by(&rule, date("2027-12-31")), Ok(None));
    rule.renewal = Some(Renewal {
        by: span("1 year"),
        unless_notice: Some(span("2 months")),
        form: None,
        clause: clause("2"),
    });
    assert_eq!(notice_by(&rule, date("2027-12-31")), Ok(Some(date("2027-10-31"))));
}

#[test]
fn time_between_two_events_counts_the_end_days_that_the_measure_says() {
    let terms = prepaid();
    let facts = Facts::new();
    for (unit, first_day, last_day, expected) in [
        (MeasureUnit::BusinessDay, EndDay::Left, EndDay::Counts, "4"),
        (MeasureUnit::BusinessDay, EndDay::Counts, EndDay::Counts, "5"),
        (MeasureUnit::BusinessDay, EndDay::Left, EndDay::Left, "3"),
        (MeasureUnit::Day, EndDay::Left, EndDay::Counts, "4"),
        (MeasureUnit::Day, EndDay::Counts, EndDay::Left, "4"),
        // The second event falls into the lunch break.
        (MeasureUnit::BusinessHour, EndDay::Left, EndDay::Counts, "34"),
        (MeasureUnit::Hour, EndDay::Left, EndDay::Counts, "34"),
        (MeasureUnit::Minute, EndDay::Left, EndDay::Counts, "2040"),
    ] {
        let mut measure = crate::sample::measure("m", "1e", MeasureKind::Time);
        (measure.unit, measure.first_day, measure.last_day) = (unit, first_day, last_day);
        measure.calendar = Some(terms::Choice::Plain("office".to_owned()));
        let (from, to) = (at("2026-03-16T10:00:00+01:00"), at("2026-03-20T12:30:00+01:00"));
        let found = time_between(&terms, &measure, from, to, &facts).expect("the calendar can be had");
        assert_eq!(found.to_string(), expected, "{unit:?} {first_day:?} {last_day:?}");
        // Without a calendar they pass by day and night.
        if unit == MeasureUnit::Hour {
            measure.calendar = None;
            let passed = time_between(&terms, &measure, from, to, &facts).expect("no calendar is needed");
            assert_eq!(passed.to_string(), "197/2");
        }
    }
    let late = terms.measure("days_late").expect("a measure");
    assert_eq!(days_between(&terms, late, date("2026-02-04"), date("2026-03-06"), &facts), Ok(30));
    assert_eq!(days_between(&terms, late, date("2026-03-06"), date("2026-03-01"), &facts), Ok(-5));
}

#[test]
fn a_plan_of_work_is_held_against_its_template_and_what_it_inherits() {
    let terms = prepaid();
    let facts = Facts::new();
    let evaluation = Evaluation::new(&terms, &facts, at("2026-10-05T10:00:00Z"));
    let install = terms.service("vault_install").expect("a template");
    assert_eq!(install.ledger.as_deref(), Some("tickets"));
    let phases: Vec<&str> = install.phases.iter().map(|phase| phase.value.as_str()).collect();
    assert_eq!(phases, ["scope", "work", "tests", "deliverables"]);
    assert_eq!(install.warranty.as_ref().map(|said| said.clause.mark()), Some("S f".to_owned()));
    let met: BTreeSet<String> = install
        .requires
        .iter()
        .map(|needed| needed.value.clone())
        .filter(|name| name != "broadband")
        .collect();
    let counts = |of: &str, asked: u32| BTreeMap::from([(of.to_owned(), asked)]);
    let faults = plan_faults(&install, &met, &counts("workstations", 6), &BTreeSet::new(), &evaluation);
    let told: Vec<(Why, String)> = faults.into_iter().map(|fault| (fault.why, fault.clause.mark())).collect();
    let expected = [
        (Why::Missing { names: vec!["broadband".to_owned()] }, "S a".to_owned()),
        (Why::OverCap { of: "workstations".to_owned(), at_most: 5, asked: 6 }, "P 01".to_owned()),
    ];
    assert_eq!(told, expected);
    let all: BTreeSet<String> = install.requires.iter().map(|needed| needed.value.clone()).collect();
    assert_eq!(plan_faults(&install, &all, &counts("workstations", 5), &BTreeSet::new(), &evaluation), []);
    let third = plan_faults(&install, &all, &counts("participants", 3), &BTreeSet::new(), &evaluation);
    assert_eq!(third[0].why, Why::OverCap { of: "participants".to_owned(), at_most: 2, asked: 3 });
    let show = terms.service("show_features").expect("a template");
    let chosen = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let two = plan_faults(&show, &all, &BTreeMap::new(), &chosen(&["standard", "simulation"]), &evaluation);
    assert_eq!(two[0].why, Why::OverCap { of: "choices".to_owned(), at_most: 1, asked: 2 });
    let three = plan_faults(&show, &all, &counts("simulation", 3), &chosen(&["simulation"]), &evaluation);
    assert_eq!(three[0].why, Why::OverCap { of: "simulation".to_owned(), at_most: 2, asked: 3 });
}

#[test]
fn a_balance_covers_an_estimate_when_it_is_at_least_as_great() {
    let terms = prepaid();
    let condition = Condition::Test { fact: "ledger.tickets".into(), test: Test::Covers("estimate".into()) };
    for (balance, estimate, answer) in [(10, 10, true), (9, 10, false), (11, 10, true)] {
        let facts = Facts::new()
            .with("ledger.tickets", FactValue::Number(balance.into()))
            .with("estimate", FactValue::Number(estimate.into()));
        let evaluation = Evaluation::new(&terms, &facts, at("2026-10-05T10:00:00Z"));
        assert_eq!(condition.ask(&evaluation), terms::Answer::of(answer), "{balance} for {estimate}");
    }
    assert_eq!(figure("80 %").ratio(), Ratio::new(4, 5));
}

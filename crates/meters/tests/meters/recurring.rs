//! Recurring updates, agreed rhythms, effort, and waiting that extends.

use crate::sample::{at, care, clause, span};
use calendar::Instant;
use meters::{ClockChange, ClockState, Course, Happening, Progress, Why, agree, read};
use proptest::prelude::{Just, Strategy, prop, proptest};
use proptest::{prop_assert, prop_assert_eq, prop_oneof};
use std::collections::BTreeSet;
use terms::{
    Choice, Cited, Condition, EventPattern, FactValue, Facts, Layered, OnChange, Step, StepAt, Terms, Verdict,
};

/// One request under the care agreement.
struct Case {
    terms: Terms,
    progress: Progress,
    facts: Facts,
}

impl Case {
    fn received(when: &str, severity: &str) -> Self {
        let facts = Facts::new().with("severity", FactValue::text(severity));
        let mut case = Self { terms: care(), progress: Progress::default(), facts };
        case.happens(when, "received");
        case
    }

    fn happens(&mut self, when: &str, event: &str) -> Vec<ClockChange> {
        let facts = self.facts.clone();
        self.learns(when, event, facts)
    }

    fn learns(&mut self, when: &str, event: &str, facts: Facts) -> Vec<ClockChange> {
        let mut changes = self.round(at(when));
        let course = Course::new(&self.terms);
        let happening = Happening::new(event, at(when));
        let found = course
            .happen(&self.progress, &self.facts, &facts, Verdict::Covered, &happening)
            .expect("the calendar can be had");
        found.iter().for_each(|change| self.progress.apply(change));
        self.facts = facts;
        changes.extend(found);
        changes
    }

    fn round(&mut self, now: Instant) -> Vec<ClockChange> {
        let changes = Course::new(&self.terms).steps_due(&self.progress, &self.facts, now);
        changes.iter().for_each(|change| self.progress.apply(change));
        changes
    }

    fn due(&self, promise: &str) -> Option<Instant> {
        self.progress.latest(promise).and_then(|clock| clock.due_at)
    }

    fn missed(&self, promise: &str) -> Vec<Instant> {
        let clocks = self.progress.clocks.iter().filter(|clock| clock.key.promise == promise);
        clocks.filter_map(|clock| clock.missed_at).collect()
    }
}

#[track_caller]
fn due_is(case: &Case, promise: &str, expected: &str) {
    assert_eq!(case.due(promise).map(|due| due.to_string()), Some(at(expected).to_string()), "{promise}");
}

#[test]
fn fifteen_business_days_of_eight_hours_and_an_update_every_two() {
    let case = Case::received("2026-02-05T11:00:00+01:00", "P3");
    due_is(&case, "response", "2026-02-05T15:00:00+01:00");
    due_is(&case, "resolution", "2026-02-26T11:00:00+01:00");
    due_is(&case, "update", "2026-02-09T17:00:00+01:00");
}

#[test]
fn the_customers_waiting_extends_the_resolution_and_nothing_else() {
    let mut case = Case::received("2026-02-05T11:00:00+01:00", "P1");
    due_is(&case, "resolution", "2026-02-09T11:00:00+01:00");
    case.happens("2026-02-06T09:00:00+01:00", "waiting");
    case.happens("2026-02-06T13:00:00+01:00", "resumed");
    due_is(&case, "response", "2026-02-05T15:00:00+01:00");
    due_is(&case, "resolution", "2026-02-09T15:00:00+01:00");
    due_is(&case, "update", "2026-02-06T17:00:00+01:00");
    // Waiting at night adds nothing: it is measured in the hours of support.
    case.happens("2026-02-06T17:00:00+01:00", "waiting");
    case.happens("2026-02-09T09:00:00+01:00", "resumed");
    due_is(&case, "resolution", "2026-02-09T15:00:00+01:00");
}

#[test]
fn an_update_puts_the_next_at_the_close_of_the_next_business_day() {
    for (updated, due) in [
        // On the day it is due, the evening before, early, at the very close, after it, on Saturday.
        ("2026-02-06T10:00:00+01:00", "2026-02-09T17:00:00+01:00"),
        ("2026-02-05T18:30:00+01:00", "2026-02-06T17:00:00+01:00"),
        ("2026-02-05T11:01:00+01:00", "2026-02-06T17:00:00+01:00"),
        ("2026-02-06T17:00:00+01:00", "2026-02-09T17:00:00+01:00"),
        ("2026-02-06T16:59:59+01:00", "2026-02-09T17:00:00+01:00"),
    ] {
        let mut case = Case::received("2026-02-05T11:00:00+01:00", "P1");
        case.happens(updated, "updated");
        due_is(&case, "update", due);
        assert_eq!(case.missed("update"), [], "updated {updated}");
    }
    // Across a holiday: Thursday to Tuesday over Easter (Friday is worked, Monday is not).
    let mut case = Case::received("2026-04-02T11:00:00+02:00", "P1");
    case.happens("2026-04-03T10:00:00+02:00", "updated");
    due_is(&case, "update", "2026-04-07T17:00:00+02:00");
}

#[test]
fn many_early_updates_never_push_the_next_beyond_one_rhythm() {
    let mut case = Case::received("2026-02-05T09:00:00+01:00", "P3");
    for minute in 10..20 {
        case.happens(&format!("2026-02-05T09:{minute}:00+01:00"), "updated");
    }
    due_is(&case, "update", "2026-02-09T17:00:00+01:00");
}

#[test]
fn each_day_without_update_is_its_own_miss() {
    let mut case = Case::received("2026-02-05T11:00:00+01:00", "P1");
    let changes = case.round(at("2026-02-11T12:00:00+01:00"));
    let expected: Vec<Instant> =
        ["2026-02-06T17:00:00+01:00", "2026-02-09T17:00:00+01:00", "2026-02-10T17:00:00+01:00"]
            .map(at)
            .to_vec();
    assert_eq!(case.missed("update"), expected);
    due_is(&case, "update", "2026-02-11T17:00:00+01:00");
    assert!(changes.iter().any(|change| matches!(change, ClockChange::Started { .. })));
    // The update of the fourth day keeps that day alone; the days missed stay missed.
    case.happens("2026-02-11T12:30:00+01:00", "updated");
    assert_eq!(case.missed("update"), expected);
    due_is(&case, "update", "2026-02-12T17:00:00+01:00");
    let course = Course::new(&case.terms);
    let states: Vec<ClockState> = case
        .progress
        .clocks
        .iter()
        .filter(|clock| clock.key.promise == "update")
        .map(|clock| read(&course, &case.progress, clock, &case.facts, at("2026-02-11T13:00:00+01:00")).state)
        .collect();
    let missed = ClockState::Missed;
    assert_eq!(states, [missed, missed, missed, ClockState::Met, ClockState::Running]);
}

#[test]
fn a_rhythm_that_becomes_shorter_owes_nothing_for_the_past() {
    let mut case = Case::received("2026-02-02T09:00:00+01:00", "P4");
    assert_eq!(case.due("update"), None);
    // Four days later it turns out to be critical: the first update is due the next business day.
    let critical = case.facts.clone().with("severity", FactValue::text("P1"));
    case.learns("2026-02-06T10:00:00+01:00", "severity_set", critical);
    due_is(&case, "update", "2026-02-09T17:00:00+01:00");
    assert_eq!(case.missed("update"), []);
}

#[test]
fn an_agreed_rhythm_replaces_the_documents_on_one_request_by_consent_of_both() {
    let mut case = Case::received("2026-02-05T11:00:00+01:00", "P3");
    let promise = case.terms.promise("update").expect("promised").clone();
    let both = BTreeSet::from(["agent".to_owned(), "customer".to_owned()]);
    let one = BTreeSet::from(["agent".to_owned()]);
    let refused = agree(&promise, span("5 business days"), &one).expect_err("the customer has not agreed");
    assert_eq!(refused.why, Why::NeedsConsent { of: vec!["customer".to_owned()], offer: None });
    assert_eq!(*refused.clause, clause("7h"));
    let refused =
        agree(&promise, span("11 business days"), &both).expect_err("longer than the document allows");
    assert_eq!(refused.why, Why::OutOfBounds);
    let (fact, value, _) = agree(&promise, span("5 business days"), &both).expect("both agree");
    let agreed = case.facts.clone().with(fact.as_str(), value);
    case.learns("2026-02-06T09:00:00+01:00", "rhythm_agreed", agreed);
    let clock = case.progress.latest("update").expect("it runs").clone();
    assert_eq!((clock.target, clock.clause), (Some(span("5 business days")), clause("7h")));
    due_is(&case, "update", "2026-02-12T11:00:00+01:00");
    // The next one keeps the agreed rhythm, and a level that owes none keeps it as well.
    case.happens("2026-02-12T10:00:00+01:00", "updated");
    due_is(&case, "update", "2026-02-19T10:00:00+01:00");
    let response = case.terms.promise("response").expect("promised");
    assert!(
        agree(response, span("1 hour"), &both).is_err(),
        "the document lets no other promise be replaced"
    );
}

#[test]
fn a_critical_request_left_idle_in_hours_is_a_miss_and_at_night_it_is_none() {
    let mut case = Case::received("2026-02-05T11:00:00+01:00", "P1");
    case.happens("2026-02-05T11:10:00+01:00", "classified");
    due_is(&case, "effort", "2026-02-05T13:10:00+01:00");
    case.happens("2026-02-05T12:30:00+01:00", "work_logged");
    due_is(&case, "effort", "2026-02-05T14:30:00+01:00");
    case.happens("2026-02-05T14:30:00+01:00", "work_logged");
    case.happens("2026-02-05T16:00:00+01:00", "work_logged");
    // One hour before the close, one after the opening.
    due_is(&case, "effort", "2026-02-06T10:00:00+01:00");
    assert_eq!(case.missed("effort"), []);
    case.round(at("2026-02-06T10:00:01+01:00"));
    assert_eq!(case.missed("effort"), [at("2026-02-06T10:00:00+01:00")]);
    due_is(&case, "effort", "2026-02-06T12:00:00+01:00");
    case.happens("2026-02-06T11:00:00+01:00", "workaround_given");
    assert!(case.progress.latest("effort").expect("it ran").met_at.is_some());
    // A moderate request carries no such commitment.
    let mut moderate = Case::received("2026-02-05T11:00:00+01:00", "P3");
    moderate.happens("2026-02-05T11:10:00+01:00", "classified");
    assert_eq!(moderate.due("effort"), None);
}

#[test]
fn what_leaves_a_promise_and_comes_back_is_owed_again() {
    let mut case = Case::received("2026-02-05T11:00:00+01:00", "P1");
    let facts = |severity: &str| Facts::new().with("severity", FactValue::text(severity));
    case.learns("2026-02-05T12:00:00+01:00", "severity_set", facts("P4"));
    assert!(case.progress.latest("resolution").expect("it ran").stopped.is_some());
    case.learns("2026-02-05T13:00:00+01:00", "severity_set", facts("P1"));
    let resolution = case.progress.latest("resolution").expect("it runs");
    assert!(resolution.is_open());
    due_is(&case, "resolution", "2026-02-09T11:00:00+01:00");
}

#[test]
fn nothing_follows_a_missed_update_once_none_is_owed() {
    let missed = |ends: Option<&str>| {
        let mut case = Case::received("2026-02-05T11:00:00+01:00", "P1");
        let update = case.terms.promises.iter_mut().find(|promise| promise.name == "update");
        update.expect("promised").missed = vec![Step {
            at: StepAt::After(span("24 hours")),
            tell: vec!["lead".to_owned()],
            climb: None,
            clause: clause("8"),
        }];
        if let Some(ends) = ends {
            case.happens("2026-02-06T18:00:00+01:00", ends);
        }
        let followed = |change: &ClockChange| matches!(change, ClockChange::MissFollowed { .. });
        case.round(at("2026-02-08T12:00:00+01:00")).iter().filter(|change| followed(change)).count()
    };
    assert_eq!(missed(None), 1);
    assert_eq!(missed(Some("resolved")), 0);
    assert_eq!(missed(Some("closed")), 0);
}

#[test]
fn a_deadline_that_only_comes_nearer_stands_through_waits_and_other_facts() {
    let mut case = Case::received("2026-02-05T11:00:00+01:00", "P1");
    let resolution = case.terms.promises.iter_mut().find(|promise| promise.name == "resolution");
    resolution.expect("promised").on_change = vec![("severity".into(), OnChange::Earlier)];
    let milder = Facts::new().with("severity", FactValue::text("P3"));
    case.learns("2026-02-05T12:00:00+01:00", "severity_set", milder.clone());
    due_is(&case, "resolution", "2026-02-09T11:00:00+01:00");
    case.happens("2026-02-06T09:00:00+01:00", "waiting");
    case.happens("2026-02-06T10:00:00+01:00", "resumed");
    due_is(&case, "resolution", "2026-02-09T12:00:00+01:00");
    case.learns("2026-02-06T11:00:00+01:00", "classified", milder.with("site", FactValue::text("Lyon")));
    due_is(&case, "resolution", "2026-02-09T12:00:00+01:00");
}

#[test]
fn a_target_in_days_keeps_counting_from_where_the_one_in_hours_did() {
    let mut case = Case::received("2026-02-05T11:00:00+01:00", "P1");
    let days = Choice::By {
        fact: "severity".into(),
        of: [("P1", "4 business hours"), ("P2", "2 days")]
            .map(|(severity, text)| (severity.to_owned(), Choice::Plain(span(text))))
            .into_iter()
            .collect(),
        otherwise: None,
    };
    let response = case.terms.promises.iter_mut().find(|promise| promise.name == "response");
    response.expect("promised").within =
        Layered { cases: Vec::new(), default: Some(Cited { value: days, clause: clause("7") }) };
    case.learns(
        "2026-02-05T13:00:00+01:00",
        "severity_set",
        Facts::new().with("severity", FactValue::text("P2")),
    );
    due_is(&case, "response", "2026-02-07T11:00:00+01:00");
}

#[test]
fn what_is_solved_waits_for_nobody() {
    let mut case = Case::received("2026-02-05T11:00:00+01:00", "P1");
    case.happens("2026-02-06T09:00:00+01:00", "waiting");
    case.happens("2026-02-06T13:00:00+01:00", "resolved");
    case.happens("2026-02-06T15:00:00+01:00", "reopened");
    let ends: Vec<Option<Instant>> = case.progress.waits.iter().map(|wait| wait.to).collect();
    assert_eq!(ends, [Some(at("2026-02-06T13:00:00+01:00"))]);
}

#[test]
fn a_clock_that_starts_late_is_kept_only_by_what_keeps_it() {
    let kept = |technical: bool| {
        let facts = |severity: &str| Facts::new().with("severity", FactValue::text(severity));
        let mut case = Case { terms: care(), progress: Progress::default(), facts: facts("P4") };
        let response = case.terms.promises.iter_mut().find(|promise| promise.name == "response");
        let response = response.expect("promised");
        let when = Condition::is("technical", FactValue::YesNo(true));
        response.stop = vec![EventPattern { event: "replied".to_owned(), when }];
        response.when = Condition::is("severity", FactValue::text("P1"));
        case.happens("2026-02-05T11:00:00+01:00", "received");
        for (when, technical) in
            [("2026-02-05T11:30:00+01:00", false), ("2026-02-05T12:00:00+01:00", technical)]
        {
            let replied = Happening::new("replied", at(when)).with("technical", FactValue::YesNo(technical));
            let course = Course::new(&case.terms);
            let changes = course.happen(&case.progress, &case.facts, &case.facts, Verdict::Covered, &replied);
            changes.expect("the calendar can be had").iter().for_each(|change| case.progress.apply(change));
        }
        case.learns("2026-02-05T13:00:00+01:00", "severity_set", facts("P1"));
        case.progress.latest("response").expect("it is owed").met_at
    };
    assert_eq!(kept(false), None);
    assert_eq!(kept(true), Some(at("2026-02-05T12:00:00+01:00")));
}

fn deed() -> impl Strategy<Value = (u32, &'static str)> {
    let events = prop_oneof![Just("updated"), Just("work_logged"), Just("waiting"), Just("resumed")];
    (1_u32..4_000, events)
}

proptest! {
    #[test]
    fn one_late_round_gives_what_many_punctual_ones_give(
        deeds in prop::collection::vec(deed(), 0..6),
        looks in prop::collection::vec(1_u32..2_000, 0..8),
    ) {
        let run = |punctual: bool| {
            let mut case = Case::received("2026-02-05T11:00:00+01:00", "P1");
            case.happens("2026-02-05T11:10:00+01:00", "classified");
            let mut changes = Vec::new();
            let mut now = at("2026-02-05T11:10:00+01:00");
            for (minutes, event) in &deeds {
                let next = now.plus_seconds(i64::from(*minutes) * 60);
                if punctual {
                    let mut look = now;
                    for pause in &looks {
                        look = look.plus_seconds(i64::from(*pause) * 60);
                        if look < next {
                            changes.extend(case.round(look));
                        }
                    }
                }
                now = next;
                changes.extend(case.happens(&now.to_string(), event));
            }
            changes.extend(case.round(now.plus_seconds(864_000)));
            (changes, case.progress)
        };
        prop_assert_eq!(run(false), run(true));
    }

    #[test]
    fn a_recurring_promise_has_one_open_clock_and_it_is_due_later_than_all_before(
        deeds in prop::collection::vec(deed(), 0..10),
    ) {
        let mut case = Case::received("2026-02-05T11:00:00+01:00", "P3");
        let mut now = at("2026-02-05T11:00:00+01:00");
        for (minutes, event) in deeds {
            now = now.plus_seconds(i64::from(minutes) * 60);
            case.happens(&now.to_string(), event);
            let clocks: Vec<_> =
                case.progress.clocks.iter().filter(|clock| clock.key.promise == "update").collect();
            prop_assert_eq!(clocks.iter().filter(|clock| clock.is_open()).count(), 1);
            prop_assert!(clocks.windows(2).all(|pair| pair[0].due_at <= pair[1].due_at));
        }
    }
}

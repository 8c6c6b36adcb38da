//! « Pourquoi cette échéance ? » for the request of the designs.

use crate::sample::{at, clause, now, reader, running, spaced};
use calendar::{
    Calendar, CalendarDefinition, CalendarRule, DayRule, Holiday, HolidaySet, Hours, Instant, Labels, Span,
    Weekday, Window, Zone, trace,
};
use meters::{CountDirection, Explanation, Reading, Wait};
use std::fmt::Write as _;
use terms::{Alternative, Effect, Interpretation, Label, Strength};
use words::{ExplanationSources, Language, clause_reference, explanation_in_words, explanation_rows};

fn office() -> Calendar {
    let windows = || vec![Window::parse("08:00-17:00").unwrap()];
    let holidays = HolidaySet {
        days: vec![Holiday::new(
            DayRule::Yearly { month: 12, day: 25 },
            Labels::of(&[("fr", "Noël"), ("en", "Christmas Day")]),
        )],
        ..HolidaySet::of_dates("essai", vec![])
    };
    let hours = Hours {
        weekly: Weekday::MONDAY_TO_FRIDAY.iter().map(|weekday| (*weekday, windows())).collect(),
        holidays: vec![holidays],
        ..Hours::default()
    };
    Calendar::build(CalendarDefinition {
        name: "office".to_owned(),
        zone: Zone::parse("America/Montreal").unwrap(),
        rule: CalendarRule::Hours { hours: Box::new(hours), later: vec![] },
        business_day_seconds: None,
    })
    .unwrap()
}

fn explanation(from: Instant, due: Instant, waits: Vec<Wait>, calendar: &Calendar) -> Explanation {
    let pauses: Vec<_> = waits.iter().filter_map(|wait| Some((wait.from, wait.to?))).collect();
    Explanation {
        promise: "resolution".to_owned(),
        counted_from: from,
        direction: CountDirection::Forward,
        carried_seconds: 0,
        due_at: Some(due),
        calendar: "office".to_owned(),
        calendar_label: Label::new("fr", "heures du soutien"),
        calendar_clause: Some(clause("C", None)),
        zone: "America/Montreal".to_owned(),
        days: trace(from, due, calendar, &pauses),
        waits,
    }
}

fn told(language: Language, explanation: &Explanation, calendar: &Calendar, now: Instant) -> String {
    let reading = Reading {
        promise: "resolution".to_owned(),
        strength: Strength::Objective,
        target: Some(Span::parse("2 business days").unwrap()),
        clause: clause("B", None),
        interpretations: vec!["day-is-nine-hours".to_owned()],
        ..running()
    };
    let alternative =
        |name: &str| Alternative { name: name.to_owned(), text: Label::default(), selectable: true };
    let mut text = Label::new("fr", "« 1 jour » vaut 9 h d’ouverture");
    text.insert("en", "“1 day” is 9 opening hours");
    let interpretations = [Interpretation {
        name: "day-is-nine-hours".to_owned(),
        clause: clause("B", None),
        text,
        about: vec![],
        alternatives: vec![alternative("civil"), alternative("end-of-day")],
        chosen: None,
    }];
    let sources = ExplanationSources { calendar: Some(calendar), interpretations: &interpretations };
    let mut lines = String::new();
    for step in explanation_in_words(&reader(language), explanation, &reading, &sources, now) {
        let clause = step.clause.map(|clause| format!(" [{}]", clause_reference(language, &clause)));
        writeln!(lines, "{}{}", spaced(&step.text.plain()), spaced(&clause.unwrap_or_default())).unwrap();
    }
    for row in explanation_rows(language, explanation) {
        writeln!(
            lines,
            "{}",
            spaced(&format!("{} | {} | {} | {}", row.day, row.counted, row.total, row.note))
        )
        .unwrap();
    }
    lines
}

fn journal() -> Wait {
    let mut label = Label::new("fr", "journal attendu du client");
    label.insert("en", "log awaited from the customer");
    Wait {
        pause: "evidence".to_owned(),
        label,
        clause: clause("3.2", None),
        party: "customer".to_owned(),
        together: terms::Together::Each,
        effect: Effect::Pause,
        measured_in: None,
        from: at("2026-11-24T09:05:00-05:00"),
        to: Some(at("2026-11-24T10:35:00-05:00")),
    }
}

#[test]
fn the_steps_are_those_of_the_page() {
    let calendar = office();
    let (from, due) = (at("2026-11-23T14:40:00-05:00"), at("2026-11-25T16:10:00-05:00"));
    let explanation = explanation(from, due, vec![journal()], &calendar);
    insta::assert_snapshot!("explanation_fr", told(Language::French, &explanation, &calendar, now()));
    insta::assert_snapshot!("explanation_en", told(Language::English, &explanation, &calendar, now()));
}

#[test]
fn what_is_owed_ahead_is_counted_back_from_what_is_planned() {
    let calendar = office();
    let (due, planned) = (at("2026-11-24T15:00:00-05:00"), at("2026-11-25T10:00:00-05:00"));
    let mut back = explanation(due, planned, vec![], &calendar);
    back.days.reverse();
    back.days[0].total_seconds = 2 * 3600;
    back.days[1].total_seconds = 4 * 3600;
    let back =
        Explanation { counted_from: planned, direction: CountDirection::Back, due_at: Some(due), ..back };
    let french = told(Language::French, &back, &calendar, now());
    for line in
        ["Le compteur part demain 10:00 et compte à rebours.", "Nous comptons 2 h mercredi et 2 h mardi."]
    {
        assert!(french.contains(line), "{line} in {french}");
    }
    let english = told(Language::English, &back, &calendar, now());
    assert!(english.contains("and goes back in time."), "{english}");
    assert!(
        english.contains("Tue 24 | 2 h 00 min | 4 h 00 min |"),
        "the last day reaches the target: {english}"
    );
}

#[test]
fn holidays_and_long_counts_are_told_by_date() {
    let calendar = office();
    let (from, due) = (at("2026-12-23T10:00:00-05:00"), at("2026-12-28T12:00:00-05:00"));
    let across = explanation(from, due, vec![], &calendar);
    insta::assert_snapshot!("explanation_holiday_fr", told(Language::French, &across, &calendar, from));
    let long = explanation(from, at("2027-01-20T12:00:00-05:00"), vec![], &calendar);
    let told = told(Language::French, &long, &calendar, from);
    assert!(told.contains("en 20 jours, du mercredi 23 décembre au mercredi 20 janvier 2027."), "{told}");
}

#[test]
fn pauses_extensions_and_carried_time_are_told() {
    let calendar = office();
    let (from, due) = (at("2026-11-23T14:40:00-05:00"), at("2026-11-25T16:10:00-05:00"));
    let over_night = Wait { to: Some(at("2026-11-25T09:00:00-05:00")), ..journal() };
    let running = Wait { to: None, ..journal() };
    let extension = Wait { effect: Effect::Extend, ..journal() };
    let waits = vec![
        over_night.clone(),
        running.clone(),
        extension,
        Wait { effect: Effect::Extend, ..over_night },
        Wait { effect: Effect::Extend, label: Label::default(), ..running },
    ];
    let told_of = Explanation { carried_seconds: 8_400, ..explanation(from, due, waits, &calendar) };
    let told = told(Language::French, &told_of, &calendar, now());
    for expected in [
        "Le compteur repart lundi 14:40, avec 2 h 20 déjà au compteur.",
        "Pause entre aujourd’hui 09:05 et demain 09:00 : journal attendu du client. [clause 3.2]",
        "Pause en cours depuis aujourd’hui 09:05 : journal attendu du client. [clause 3.2]",
        "Délai prolongé de 1 h 30, aujourd’hui 09:05 à 10:35 : journal attendu du client. [clause 3.2]",
        "Délai prolongé, entre aujourd’hui 09:05 et demain 09:00 : journal attendu du client. [clause 3.2]",
        "Délai qui se prolonge depuis aujourd’hui 09:05 : client. [clause 3.2]",
    ] {
        assert!(told.contains(expected), "{expected}\nin\n{told}");
    }
}

#[test]
fn elapsed_time_has_no_hours_and_no_holidays() {
    let calendar = office();
    let (from, due) = (at("2026-11-23T14:40:00-05:00"), at("2026-11-25T16:10:00-05:00"));
    let elapsed = Explanation {
        calendar: "elapsed".to_owned(),
        calendar_clause: None,
        days: vec![],
        ..explanation(from, due, vec![], &calendar)
    };
    let told = told(Language::French, &elapsed, &calendar, now());
    assert!(told.contains("Le temps compte sans interruption, jour et nuit.\n"), "{told}");
    assert!(!told.contains("férié") && !told.contains("Heures comptées"), "{told}");
}

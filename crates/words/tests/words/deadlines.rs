//! Every row of the table of deadline words, in both languages.

use crate::sample::{at, late, met, now, paused, reader, running, spaced, zone};
use calendar::{Instant, Zone};
use meters::{ClockState, Reading, StopReason};
use terms::{Label, Strength};
use words::Language::{English, French};
use words::{Reader, due_in_words, left_in_words, missed_in_words, row_in_words, state_in_words};

fn check_due(
    row: &str,
    reader_zone: Option<&str>,
    paper: bool,
    calendar: &str,
    now: &str,
    due: &str,
    words: [&str; 2],
) {
    let calendar: Zone = zone(calendar);
    for (language, expected) in [French, English].into_iter().zip(words) {
        let reader = Reader { language, zone: reader_zone.map(zone), paper };
        let phrase = due_in_words(&reader, at(due), &calendar, at(now));
        assert_eq!(spaced(&phrase.plain()), expected, "{row}");
        assert_eq!(Instant::parse(&phrase.datetime).unwrap(), at(due), "{row}: datetime");
        assert!(phrase.instant_text.contains(&phrase.bold) && !phrase.bold.is_empty(), "{row}: bold");
    }
}

#[test]
fn due_instants_follow_the_table() {
    const MONTREAL: &str = "America/Montreal";
    const NOON: &str = "2026-11-24T11:20:00-05:00";
    let here = |row, now, due, words| check_due(row, Some(MONTREAL), false, MONTREAL, now, due, words);
    here("same day", NOON, "2026-11-24T14:30:00-05:00", ["avant 14:30 aujourd’hui", "by 14:30 today"]);
    here(
        "same day, last minute",
        NOON,
        "2026-11-24T23:59:00-05:00",
        ["avant 23:59 aujourd’hui", "by 23:59 today"],
    );
    here("next day", NOON, "2026-11-25T14:30:00-05:00", ["avant demain 14:30", "by tomorrow 14:30"]);
    here(
        "midnight is the next day",
        NOON,
        "2026-11-25T00:00:00-05:00",
        ["avant demain 00:00", "by tomorrow 00:00"],
    );
    here(
        "one minute before midnight, tomorrow is near",
        "2026-11-24T23:59:00-05:00",
        "2026-11-25T00:30:00-05:00",
        ["avant demain 00:30", "by tomorrow 00:30"],
    );
    here("in two days", NOON, "2026-11-26T09:00:00-05:00", ["avant jeudi 09:00", "by Thursday 09:00"]);
    here("in six days", NOON, "2026-11-30T14:30:00-05:00", ["avant lundi 14:30", "by Monday 14:30"]);
    here(
        "in seven days",
        NOON,
        "2026-12-01T14:30:00-05:00",
        ["avant le mardi 1er décembre à 14:30", "by Tuesday 1 December at 14:30"],
    );
    here(
        "later this year",
        NOON,
        "2026-12-07T13:30:00-05:00",
        ["avant le lundi 7 décembre à 13:30", "by Monday 7 December at 13:30"],
    );
    here(
        "next year",
        NOON,
        "2027-01-04T10:00:00-05:00",
        ["avant le lundi 4 janvier 2027 à 10:00", "by Monday 4 January 2027 at 10:00"],
    );
    here(
        "next year, but tomorrow",
        "2026-12-31T18:00:00-05:00",
        "2027-01-01T09:00:00-05:00",
        ["avant demain 09:00", "by tomorrow 09:00"],
    );
    here("already past", NOON, "2026-11-23T20:00:00-05:00", ["avant lundi 20:00", "by Monday 20:00"]);
    check_due(
        "another zone",
        Some("America/Moncton"),
        false,
        MONTREAL,
        NOON,
        "2026-11-25T16:10:00-05:00",
        ["avant demain 16:10, heure de Montréal", "by tomorrow 16:10, Montréal time"],
    );
    check_due(
        "a calendar elsewhere",
        Some(MONTREAL),
        false,
        "Europe/Paris",
        NOON,
        "2026-11-25T12:35:00+01:00",
        ["avant demain 12:35, heure de Paris", "by tomorrow 12:35, Paris time"],
    );
    check_due(
        "the same wall under another name",
        Some("America/Toronto"),
        false,
        MONTREAL,
        NOON,
        "2026-11-24T20:00:00-05:00",
        ["avant 20:00 aujourd’hui", "by 20:00 today"],
    );
    check_due(
        "the same wall now, another at the due instant",
        Some("America/Cancun"),
        false,
        MONTREAL,
        "2026-03-07T12:00:00-05:00",
        "2026-03-09T09:00:00-04:00",
        ["avant lundi 09:00, heure de Montréal", "by Monday 09:00, Montréal time"],
    );
    check_due(
        "a reader for whom it is another date",
        Some("Australia/Sydney"),
        false,
        MONTREAL,
        NOON,
        "2026-11-25T16:10:00-05:00",
        ["avant mercredi 16:10, heure de Montréal", "by Wednesday 16:10, Montréal time"],
    );
    check_due(
        "mail, PDF, print",
        Some(MONTREAL),
        true,
        MONTREAL,
        NOON,
        "2026-11-24T14:30:00-05:00",
        ["avant 14:30 aujourd’hui, heure de Montréal", "by 14:30 today, Montréal time"],
    );
    check_due(
        "a reader whose zone is not known",
        None,
        false,
        "Europe/London",
        NOON,
        "2026-11-25T12:10:00Z",
        ["avant demain 12:10, heure de Londres", "by tomorrow 12:10, London time"],
    );
    check_due(
        "a fixed offset",
        None,
        false,
        "+05:30",
        NOON,
        "2026-11-25T12:10:00+05:30",
        ["avant demain 12:10, UTC+5:30", "by tomorrow 12:10, UTC+5:30"],
    );
}

#[test]
fn the_hours_of_a_clock_change_say_their_offset() {
    const MONTREAL: &str = "America/Montreal";
    let here = |row, now, due, words| check_due(row, Some(MONTREAL), false, MONTREAL, now, due, words);
    here(
        "repeated hour, first time",
        "2026-10-31T20:00:00-04:00",
        "2026-11-01T01:30:00-04:00",
        ["avant demain 01:30 (UTC−4)", "by tomorrow 01:30 (UTC−4)"],
    );
    here(
        "repeated hour, second time",
        "2026-10-31T20:00:00-04:00",
        "2026-11-01T01:30:00-05:00",
        ["avant demain 01:30 (UTC−5)", "by tomorrow 01:30 (UTC−5)"],
    );
    here(
        "repeated hour, same day",
        "2026-11-01T00:10:00-04:00",
        "2026-11-01T01:59:00-04:00",
        ["avant 01:59 (UTC−4) aujourd’hui", "by 01:59 (UTC−4) today"],
    );
    here(
        "skipped hour",
        "2026-03-07T20:00:00-05:00",
        "2026-03-08T03:30:00-04:00",
        ["avant demain 03:30 (UTC−4)", "by tomorrow 03:30 (UTC−4)"],
    );
    here(
        "after the change, an ordinary hour",
        "2026-03-07T20:00:00-05:00",
        "2026-03-08T04:00:00-04:00",
        ["avant demain 04:00", "by tomorrow 04:00"],
    );
    check_due(
        "repeated hour on paper",
        None,
        true,
        "Europe/Paris",
        "2026-10-24T20:00:00+02:00",
        "2026-10-25T02:30:00+02:00",
        ["avant demain 02:30 (UTC+2), heure de Paris", "by tomorrow 02:30 (UTC+2), Paris time"],
    );
}

fn check_state(row: &str, reading: &Reading, full: [&str; 2], in_row: [&str; 2]) {
    for (place, language) in [French, English].into_iter().enumerate() {
        let (reader, zone) = (reader(language), zone("America/Montreal"));
        let said = state_in_words(&reader, reading, &zone, now());
        assert_eq!(spaced(&said.plain()), full[place], "{row}");
        assert!(said.before.contains(&said.bold) || said.instant_text.contains(&said.bold), "{row}: bold");
        assert_eq!(said.instant_text.is_empty(), said.datetime.is_empty(), "{row}: datetime");
        let said = row_in_words(&reader, reading, &zone, now());
        assert_eq!(spaced(&said.plain()), in_row[place], "{row}, in a table");
    }
}

#[test]
fn states_follow_the_table() {
    let same = |row: &str, reading: &Reading, words: [&str; 2]| check_state(row, reading, words, words);
    same("running", &running(), ["avant demain 16:10", "by tomorrow 16:10"]);
    check_state(
        "paused",
        &paused(),
        [
            "en pause depuis lundi 16:05 : nous attendons votre journal ; il restera 3 h 20 d’ouverture",
            "paused since Monday 16:05: we are waiting for your log; 3 h 20 min of opening time will be left",
        ],
        ["en pause depuis lundi 16:05", "paused since Monday 16:05"],
    );
    check_state(
        "paused, the document has no words for it, no due instant",
        &Reading { pause_label: None, due_at: None, left_seconds: None, ..paused() },
        [
            "en pause depuis lundi 16:05 : nous attendons une réponse du client",
            "paused since Monday 16:05: we are waiting for the customer",
        ],
        ["en pause depuis lundi 16:05", "paused since Monday 16:05"],
    );
    check_state(
        "late",
        &late(),
        [
            "échéance dépassée depuis 2 h 20 d’ouverture (lundi 20:00)",
            "deadline passed 2 h 20 min of opening time ago (Monday 20:00)",
        ],
        [
            "dépassée depuis 2 h 20 d’ouverture (lundi 20:00)",
            "late by 2 h 20 min of opening time (Monday 20:00)",
        ],
    );
    let older = at("2026-11-12T08:52:00-05:00");
    same(
        "met, some weeks ago",
        &Reading { met_at: Some(older), ..met() },
        [
            "répondu le 12 novembre 08:52, 48 min d’ouverture avant l’échéance",
            "answered 12 November 08:52, 48 min of opening time before the deadline",
        ],
    );
    check_state(
        "late since some weeks",
        &Reading { due_at: Some(older), left_seconds: Some(-360_000), ..late() },
        [
            "échéance dépassée depuis 100 h d’ouverture (12 novembre 08:52)",
            "deadline passed 100 h of opening time ago (12 November 08:52)",
        ],
        [
            "dépassée depuis 100 h d’ouverture (12 novembre 08:52)",
            "late by 100 h of opening time (12 November 08:52)",
        ],
    );
    check_state(
        "late today",
        &Reading {
            due_at: Some(at("2026-11-24T10:40:00-05:00")),
            left_seconds: Some(-2_400),
            strength: Strength::Objective,
            ..late()
        },
        ["objectif dépassé depuis 40 min (aujourd’hui 10:40)", "objective passed 40 min ago (today 10:40)"],
        ["dépassée depuis 40 min (10:40)", "late by 40 min (10:40)"],
    );
    check_state(
        "late, the calendar has not opened since",
        &Reading { left_seconds: Some(0), ..late() },
        ["échéance dépassée depuis lundi 20:00", "deadline passed Monday 20:00"],
        ["dépassée depuis lundi 20:00", "late since Monday 20:00"],
    );
    same(
        "met",
        &met(),
        [
            "répondu aujourd’hui 08:52, 48 min avant l’échéance",
            "answered today 08:52, 48 min before the deadline",
        ],
    );
    let kept_late = Reading { state: ClockState::Missed, missed: true, left_seconds: Some(-1_201), ..met() };
    same(
        "met late, binding",
        &kept_late,
        [
            "échéance manquée : répondu aujourd’hui 08:52, 21 min après l’échéance",
            "deadline missed: answered today 08:52, 21 min after the deadline",
        ],
    );
    same(
        "met late, an objective",
        &Reading { strength: Strength::Objective, promise: "resolution".to_owned(), ..kept_late },
        [
            "objectif manqué : résolu aujourd’hui 08:52, 21 min après l’objectif",
            "objective missed: resolved today 08:52, 21 min after the objective",
        ],
    );
    check_state(
        "none",
        &Reading { due_at: None, left_seconds: None, strength: Strength::WithoutFigure, ..running() },
        ["pas de délai garanti pour cette demande", "no guaranteed time for this request"],
        ["pas de délai garanti", "no guaranteed time"],
    );
    same(
        "stopped",
        &Reading { state: ClockState::Stopped, stopped: Some(StopReason::NotCovered), ..running() },
        ["plus rien n’est dû : la demande n’est pas couverte", "no longer owed: the request is not covered"],
    );
}

#[test]
fn what_was_done_depends_on_the_promise() {
    for (promise, french, english) in [
        ("acknowledgement", "accusé de réception envoyé", "acknowledgement sent"),
        ("response", "répondu", "answered"),
        ("resolution", "résolu", "resolved"),
        ("take_up", "pris en charge", "taken up"),
        ("callback", "rappelé", "called back"),
        ("update", "nouvelles envoyées", "update sent"),
        ("quote", "tenu", "kept"),
    ] {
        let reading = Reading { promise: promise.to_owned(), label: Label::new("fr", "Devis"), ..met() };
        for (language, done) in [(French, french), (English, english)] {
            let said = state_in_words(&reader(language), &reading, &zone("America/Montreal"), now());
            assert!(said.before.starts_with(done), "{promise}: {}", said.plain());
        }
    }
}

#[test]
fn a_missed_objective_is_no_missed_deadline() {
    for (strength, french, english) in [
        (Strength::Binding, "échéance manquée", "deadline missed"),
        (Strength::Objective, "objectif manqué", "objective missed"),
        (Strength::Estimate, "estimation dépassée", "estimate exceeded"),
    ] {
        assert_eq!(missed_in_words(French, strength), french);
        assert_eq!(missed_in_words(English, strength), english);
    }
}

#[test]
fn what_is_left_names_its_kind_of_time() {
    assert_eq!(
        left_in_words(French, &running()).as_deref().map(spaced).as_deref(),
        Some("reste 13 h 50 d’ouverture")
    );
    let elapsed = Reading { calendar: "elapsed".to_owned(), left_seconds: Some(187_200), ..running() };
    assert_eq!(left_in_words(French, &elapsed).as_deref().map(spaced).as_deref(), Some("reste 2 j 4 h"));
    assert_eq!(left_in_words(English, &late()), None);
    assert_eq!(left_in_words(English, &met()), None);
}

#[test]
fn the_city_follows_the_instant_in_every_state() {
    let moncton = Reader { language: French, zone: Some(zone("America/Moncton")), paper: false };
    let zone = zone("America/Montreal");
    let said = |reading: &Reading| spaced(&state_in_words(&moncton, reading, &zone, now()).plain());
    assert_eq!(said(&met()), "répondu aujourd’hui 08:52, heure de Montréal, 48 min avant l’échéance");
    assert_eq!(said(&late()), "échéance dépassée depuis 2 h 20 d’ouverture (lundi 20:00, heure de Montréal)");
    // Time that is counted whatever the hour is of no place: readers are told by their own clock.
    let elapsed = |reading: Reading| Reading { calendar: "elapsed".to_owned(), ..reading };
    assert_eq!(said(&elapsed(met())), "répondu aujourd’hui 09:52, 48 min avant l’échéance");
    assert_eq!(said(&elapsed(late())), "échéance dépassée depuis 2 h 20 (lundi 21:00)");
}

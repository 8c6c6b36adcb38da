//! Questions about open time, by the line.

use crate::text;
use harness::Program;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Asks questions in one run and gives the answers in their order.
fn answers(questions: &[Value]) -> Vec<Value> {
    let input: String = questions.iter().map(|question| format!("{question}\n")).collect();
    let out = Program::run(&["calendar"], input.as_bytes());
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    text(&out.stdout).lines().map(|line| serde_json::from_str(line).expect("an answer is JSON")).collect()
}

/// Asks each question with its calendar and compares.
#[track_caller]
fn answered(calendar: &Value, cases: &[(&str, Value, Value)]) {
    let questions: Vec<Value> = cases
        .iter()
        .enumerate()
        .map(|(place, (op, asked, _))| {
            let mut question = json!({ "id": place, "op": op, "calendar": calendar });
            for (key, value) in asked.as_object().expect("an object") {
                question[key] = value.clone();
            }
            question
        })
        .collect();
    let answers = answers(&questions);
    assert_eq!(answers.len(), cases.len());
    for (place, ((op, asked, result), answer)) in cases.iter().zip(&answers).enumerate() {
        assert_eq!(answer, &json!({ "id": place, "result": result }), "{op} {asked} in {calendar}");
    }
}

fn paris() -> Value {
    let day = json!([["09:00", "12:00"], ["13:00", "17:00"]]);
    json!({ "zone": "Europe/Paris", "weekly": { "mon": day, "tue": day, "wed": day, "thu": day, "fri": day } })
}

#[test]
fn the_calendar_adds_and_subtracts_open_time() {
    let at = |start: &str, seconds: i64| json!({ "start": start, "duration_s": seconds });
    answered(
        &paris(),
        &[
            ("add", at("2026-03-06T16:00:00+01:00", 7200), json!("2026-03-09T09:00:00Z")),
            // A result at closing time is closing time, not the next opening.
            ("add", at("2026-03-06T16:00:00+01:00", 3600), json!("2026-03-06T16:00:00Z")),
            ("add", at("2026-03-06T10:00:00+01:00", 7200), json!("2026-03-06T11:00:00Z")),
            ("add", at("2026-03-06T12:30:00+01:00", 1), json!("2026-03-06T12:00:01Z")),
            // A year of weeks: 52 x 35 hours lead to the last closing of the 52nd week.
            ("add", at("2026-01-05T09:00:00+01:00", 52 * 35 * 3600), json!("2027-01-01T16:00:00Z")),
            // Nothing to count gives the start itself, though it is closed.
            ("add", at("2026-03-07T12:00:00+01:00", 0), json!("2026-03-07T11:00:00Z")),
            ("sub", at("2026-03-07T12:00:00+01:00", 0), json!("2026-03-07T11:00:00Z")),
            // The latest instant, so an opening rather than the closing before it.
            ("sub", at("2026-03-09T10:00:00+01:00", 3600), json!("2026-03-09T08:00:00Z")),
            ("sub", at("2026-03-09T09:00:00+01:00", 3600), json!("2026-03-06T15:00:00Z")),
            ("sub", at("2026-03-08T09:00:00+01:00", 1), json!("2026-03-06T15:59:59Z")),
            ("sub", at("2027-01-01T17:00:00+01:00", 52 * 35 * 3600), json!("2026-01-05T08:00:00Z")),
        ],
    );
}

#[test]
fn the_calendar_measures_and_tells_open_from_closed() {
    let between = |start: &str, end: &str| json!({ "start": start, "end": end });
    let at = |start: &str| json!({ "start": start });
    answered(
        &paris(),
        &[
            ("between", between("2026-03-06T16:00:00+01:00", "2026-03-09T10:00:00+01:00"), json!(7200)),
            ("between", between("2026-03-09T10:00:00+01:00", "2026-03-06T16:00:00+01:00"), json!(-7200)),
            ("between", between("2026-03-06T16:00:00+01:00", "2026-03-06T16:00:00+01:00"), json!(0)),
            ("between", between("2026-03-07T00:00:00Z", "2026-03-08T23:00:00Z"), json!(0)),
            // Any offset may be given.
            ("between", between("2026-03-06T23:00:00+08:00", "2026-03-06T10:30:00-05:00"), json!(1800)),
            // Windows are half open.
            ("open", at("2026-03-06T09:00:00+01:00"), json!(true)),
            ("open", at("2026-03-06T11:59:59+01:00"), json!(true)),
            ("open", at("2026-03-06T12:00:00+01:00"), json!(false)),
            ("open", at("2026-03-06T17:00:00+01:00"), json!(false)),
            ("open", at("2026-03-07T10:00:00+01:00"), json!(false)),
        ],
    );
}

#[test]
fn extra_hours_replace_the_week_and_holidays_win() {
    let mut calendar = paris();
    calendar["holidays"] = json!(["2026-12-25", "2026-12-31"]);
    calendar["extra"] = json!({
        "2026-12-24": [["09:00", "12:00"]],
        "2026-12-26": [["10:00", "11:00"]],
        "2026-12-29": [],
        "2026-12-31": [["09:00", "12:00"]],
    });
    let between = |start: &str, end: &str| json!({ "start": start, "end": end });
    answered(
        &calendar,
        &[
            ("between", between("2026-12-24T00:00:00+01:00", "2026-12-25T00:00:00+01:00"), json!(3 * 3600)),
            ("between", between("2026-12-25T00:00:00+01:00", "2026-12-26T00:00:00+01:00"), json!(0)),
            ("between", between("2026-12-26T00:00:00+01:00", "2026-12-27T00:00:00+01:00"), json!(3600)),
            ("between", between("2026-12-29T00:00:00+01:00", "2026-12-30T00:00:00+01:00"), json!(0)),
            ("between", between("2026-12-31T00:00:00+01:00", "2027-01-01T00:00:00+01:00"), json!(0)),
            ("open", json!({ "start": "2026-12-31T10:00:00+01:00" }), json!(false)),
            (
                "add",
                json!({ "start": "2026-12-24T11:00:00+01:00", "duration_s": 3 * 3600 }),
                json!("2026-12-28T09:00:00Z"),
            ),
        ],
    );
}

#[test]
fn windows_may_overlap_and_last_until_midnight() {
    let calendar = json!({ "zone": "UTC", "weekly": {
        "mon": [["22:00", "24:00"]],
        "tue": [["00:00", "01:00"]],
        "wed": [["09:00", "12:00"], ["11:00", "13:00"], ["09:30", "10:00"]],
        "fri": [["00:00", "24:00"]],
    } });
    answered(
        &calendar,
        &[
            (
                "add",
                json!({ "start": "2026-03-09T23:00:00Z", "duration_s": 5400 }),
                json!("2026-03-10T00:30:00Z"),
            ),
            (
                "add",
                json!({ "start": "2026-03-09T23:00:00Z", "duration_s": 3600 }),
                json!("2026-03-10T00:00:00Z"),
            ),
            ("open", json!({ "start": "2026-03-09T23:59:59Z" }), json!(true)),
            ("open", json!({ "start": "2026-03-10T00:00:00Z" }), json!(true)),
            ("open", json!({ "start": "2026-03-10T01:00:00Z" }), json!(false)),
            (
                "between",
                json!({ "start": "2026-03-11T00:00:00Z", "end": "2026-03-12T00:00:00Z" }),
                json!(14_400),
            ),
            (
                "between",
                json!({ "start": "2026-03-13T00:00:00Z", "end": "2026-03-14T00:00:00Z" }),
                json!(86_400),
            ),
        ],
    );
}

#[test]
fn window_ends_that_the_clock_skips_or_repeats_follow_the_rule() {
    let sunday =
        |zone: &str, from: &str, to: &str| json!({ "zone": zone, "weekly": { "sun": [[from, to]] } });
    let spring = json!({ "start": "2026-03-28T12:00:00Z", "end": "2026-03-30T12:00:00Z" });
    let autumn = json!({ "start": "2026-10-24T12:00:00Z", "end": "2026-10-26T12:00:00Z" });
    for (zone, from, to, day, seconds) in [
        // 02:00 to 03:00 does not exist: an end in it moves forward by the hour.
        ("Europe/Paris", "02:30", "04:00", &spring, 1800),
        ("Europe/Paris", "02:15", "02:45", &spring, 1800),
        ("Europe/Paris", "01:00", "03:30", &spring, 5400),
        ("Europe/Paris", "02:00", "03:00", &spring, 0),
        ("Europe/Paris", "02:30", "03:00", &spring, 0),
        ("Europe/Paris", "00:00", "24:00", &spring, 23 * 3600),
        // 02:00 to 03:00 exists twice: an end in it is the first.
        ("Europe/Paris", "02:30", "03:30", &autumn, 7200),
        ("Europe/Paris", "01:00", "02:30", &autumn, 5400),
        ("Europe/Paris", "02:00", "02:30", &autumn, 1800),
        ("Europe/Paris", "00:00", "24:00", &autumn, 25 * 3600),
    ] {
        answered(&sunday(zone, from, to), &[("between", day.clone(), json!(seconds))]);
    }
    // A gap of half an hour.
    answered(
        &sunday("Australia/Lord_Howe", "02:10", "03:00"),
        &[(
            "between",
            json!({ "start": "2026-10-03T00:00:00Z", "end": "2026-10-04T00:00:00Z" }),
            json!(1200),
        )],
    );
    // The second time the clock shows 02:15 is after the window's end, which is the first 02:30.
    answered(
        &sunday("Europe/Paris", "01:00", "02:30"),
        &[
            ("open", json!({ "start": "2026-10-25T00:29:59Z" }), json!(true)),
            ("open", json!({ "start": "2026-10-25T01:15:00Z" }), json!(false)),
        ],
    );
}

#[test]
fn a_fixed_offset_is_a_zone_and_results_are_utc() {
    answered(
        &json!({ "zone": "+05:30", "weekly": { "mon": [["09:00", "10:00"]] } }),
        &[
            (
                "add",
                json!({ "start": "2026-03-09T00:00:00+05:30", "duration_s": 60 }),
                json!("2026-03-09T03:31:00Z"),
            ),
            (
                "sub",
                json!({ "start": "2026-03-10T00:00:00-08:00", "duration_s": 60 }),
                json!("2026-03-09T04:29:00Z"),
            ),
        ],
    );
}

#[test]
fn nothing_counts_during_a_pause() {
    let calendar = json!({ "zone": "UTC", "weekly": { "mon": [["09:00", "17:00"]] } });
    let pause =
        |from: &str, to: &str| json!([format!("2026-03-09T{from}:00Z"), format!("2026-03-09T{to}:00Z")]);
    let one = json!([pause("09:30", "10:30")]);
    let overlapping = json!([pause("10:00", "11:00"), pause("09:30", "10:30")]);
    let add =
        |pauses: &Value| json!({ "start": "2026-03-09T09:00:00Z", "duration_s": 7200, "pauses": pauses });
    answered(
        &calendar,
        &[
            ("add", add(&one), json!("2026-03-09T12:00:00Z")),
            ("add", add(&overlapping), json!("2026-03-09T12:30:00Z")),
            (
                "sub",
                json!({ "start": "2026-03-09T12:00:00Z", "duration_s": 7200, "pauses": one }),
                json!("2026-03-09T09:00:00Z"),
            ),
            (
                "between",
                json!({ "start": "2026-03-09T09:00:00Z", "end": "2026-03-09T12:00:00Z", "pauses": one }),
                json!(7200),
            ),
            (
                "between",
                json!({ "start": "2026-03-09T12:00:00Z", "end": "2026-03-09T09:00:00Z", "pauses": one }),
                json!(-7200),
            ),
            (
                "add",
                json!({ "start": "2026-03-09T10:00:00Z", "duration_s": 0, "pauses": one }),
                json!("2026-03-09T10:00:00Z"),
            ),
            // The earliest instant: where the pause begins, not where it ends.
            (
                "add",
                json!({ "start": "2026-03-09T09:00:00Z", "duration_s": 1800, "pauses": one }),
                json!("2026-03-09T09:30:00Z"),
            ),
        ],
    );
}

#[test]
fn a_wrong_line_is_answered_alone() {
    let good = json!({ "id": "good", "op": "open", "calendar": paris(), "start": "2026-03-06T10:00:00Z" });
    let wrong = [
        "nonsense".to_owned(),
        "[1]".to_owned(),
        json!({ "id": 1, "op": "multiply", "calendar": paris(), "start": "2026-03-06T10:00:00Z" }).to_string(),
        json!({ "id": 2, "op": "open", "calendar": { "zone": "Nowhere/X", "weekly": {} }, "start": "2026-03-06T10:00:00Z" })
            .to_string(),
        json!({ "id": 3, "op": "add", "calendar": { "zone": "UTC", "weekly": {} }, "start": "2026-03-06T10:00:00Z", "duration_s": 1 })
            .to_string(),
        json!({ "id": 4, "op": "add", "calendar": paris(), "start": "2026-03-06T10:00:00Z" }).to_string(),
        json!({ "id": 5, "op": "between", "calendar": paris(), "start": "2026-03-06T10:00:00Z" }).to_string(),
        json!({ "id": 6, "op": "open", "calendar": paris(), "start": "2026-03-06T10:00:00" }).to_string(),
        json!({ "id": 7, "op": "open", "calendar": { "zone": "UTC", "weekly": { "mon": [["09:00", "25:00"]] } }, "start": "2026-03-06T10:00:00Z" })
            .to_string(),
        json!({ "id": 8, "op": "add", "calendar": paris(), "start": "2026-03-06T10:00:00Z", "duration_s": -1 })
            .to_string(),
        json!({ "id": 9, "op": "open", "calendar": { "zone": "UTC", "weekly": {}, "holidays": ["2026-02-30"] }, "start": "2026-03-06T10:00:00Z" })
            .to_string(),
    ];
    let mut input = Vec::new();
    for line in &wrong {
        input.extend_from_slice(format!("{line}\r\n\n{good}\n").as_bytes());
    }
    // Bytes that are no text at all, and a last line without its end.
    input.extend_from_slice(b"\xff\xfe\x00\n");
    input.extend_from_slice(good.to_string().as_bytes());
    let out = Program::run(&["calendar"], &input);
    assert_eq!(out.status.code(), Some(0));
    let lines: Vec<Value> =
        text(&out.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 2 * (wrong.len() + 1), "each line has its answer");
    for (place, pair) in lines.chunks(2).enumerate() {
        assert!(pair[0]["error"].as_str().is_some_and(|error| !error.is_empty()), "{}", pair[0]);
        assert!(pair[0].get("result").is_none());
        if (2..11).contains(&place) {
            assert_eq!(pair[0]["id"], json!(place - 1));
        }
        assert_eq!(pair[1], json!({ "id": "good", "result": true }), "after line {place}");
    }
}

/// A program that asks one question at a time has its answer before it asks the next.
#[test]
fn a_question_is_answered_while_its_asker_waits() {
    let mut calendar = Command::new(Program::binary())
        .arg("calendar")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("entente can be started");
    let mut questions = calendar.stdin.take().expect("its standard input");
    let answers = BufReader::new(calendar.stdout.take().expect("its standard output"));
    let (told, heard) = mpsc::channel();
    let reading = std::thread::spawn(move || {
        for answer in answers.lines() {
            let _ = told.send(answer.expect("a line"));
        }
    });
    for id in 1..=3 {
        let question =
            json!({ "id": id, "op": "open", "calendar": paris(), "start": "2026-03-06T10:00:00Z" });
        writeln!(questions, "{question}").expect("it reads");
        let answer = heard.recv_timeout(Duration::from_secs(60)).expect("an answer while it waits");
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert_eq!(answer, json!({ "id": id, "result": true }));
    }
    drop(questions);
    assert_eq!(calendar.wait().expect("it ends").code(), Some(0));
    reading.join().expect("all was read");
}

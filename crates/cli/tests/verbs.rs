//! The verbs of the program as a stranger uses them: arguments, standard input, output, exit codes.

use harness::{Program, TemporaryFolder};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

const AGREEMENT: &str = "agreements/solidassist.md";
/// A Tuesday, a quarter of an hour before closing.
const EVENING: &str = "2026-08-11T19:45:00-04:00";
/// A case that clause 2.1 covers.
const COVERED: [&str; 9] = [
    "tier=solidassist",
    "channel=email",
    "problem=operation",
    "product=Autodesk Revit",
    "version=N-1",
    "environment_recommended=yes",
    "contract_active=yes",
    "provider_of_record=yes",
    "licence_respected=yes",
];

fn run(arguments: &[&str]) -> Output {
    Program::run(arguments, b"")
}

#[track_caller]
fn expect(code: i32, arguments: &[&str]) -> (String, String) {
    let out = run(arguments);
    let (stdout, stderr) = (text(&out.stdout), text(&out.stderr));
    assert_eq!(out.status.code(), Some(code), "{arguments:?}\n{stdout}\n{stderr}");
    (stdout, stderr)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("what it prints is UTF-8")
}

fn document() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace");
    std::fs::read_to_string(root.join(AGREEMENT)).expect("the agreement is there")
}

/// A file with this content, and its path.
fn written(folder: &TemporaryFolder, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("the file is written");
    path.display().to_string()
}

/// The document with one passage changed.
#[track_caller]
fn changed(folder: &TemporaryFolder, from: &str, to: &str) -> String {
    let whole = document();
    assert!(whole.contains(from), "the document says {from:?}");
    written(folder, "changed.md", whole.replacen(from, to, 1))
}

// One value changed.

#[test]
fn a_value_is_changed_where_it_stands_and_nothing_else() {
    let folder = TemporaryFolder::new("amend");
    let file = written(&folder, "agreement.md", document());
    let out = folder.path().join("next.md").display().to_string();
    let set = "parameter.backup_expiry.default=60 days";
    expect(0, &["agreement", "amend", &file, "--set", set, "-o", &out]);
    let (before, after) = (document(), std::fs::read_to_string(&out).expect("it was written"));
    let changed: Vec<_> = before.lines().zip(after.lines()).filter(|(left, right)| left != right).collect();
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert_eq!(changed[0].0.replace("90 days", "60 days"), changed[0].1);
    let back = expect(0, &["agreement", "amend", &out, "--set", "parameter.backup_expiry.default=90 days"]).0;
    assert_eq!(back, before);
}

#[test]
fn a_change_that_does_not_hold_writes_nothing() {
    let folder = TemporaryFolder::new("amend");
    let file = written(&folder, "agreement.md", document());
    let out = folder.path().join("next.md");
    let shown = out.display().to_string();
    let bad = "parameter.backup_expiry.default=60 fortnights";
    let (_, told) = expect(1, &["agreement", "amend", &file, "--set", bad, "-o", &shown, "--lang", "en"]);
    assert!(told.contains("agreement::bad-span"), "{told}");
    let (_, told) =
        expect(2, &["agreement", "amend", &file, "--set", "parameter.backup_expiry.defalt=1 day"]);
    assert!(told.contains("did you mean `parameter.backup_expiry.default`?"), "{told}");
    assert!(!out.exists());
    // A figure that the words of the clause repeat: changed, and the words are named.
    let figure = "promise.response.within=8 business hours";
    let (_, told) = expect(0, &["agreement", "amend", &file, "--set", figure, "-o", &shown, "--lang", "en"]);
    assert!(told.contains("agreement::prose-differs") && out.exists(), "{told}");
}

#[test]
fn two_versions_are_compared_clause_by_clause() {
    let folder = TemporaryFolder::new("diff");
    let later = changed(&folder, "\"4 business hours\"", "\"4 hours\"");
    let text = std::fs::read_to_string(&later).expect("it was written");
    let text = text.replace("4 heures ouvrables", "4 heures").replace("heures d’ouverture", "heures");
    std::fs::write(&later, text).expect("it is written");
    let (same, _) = expect(0, &["agreement", "diff", AGREEMENT, AGREEMENT, "--json"]);
    let same: Value = serde_json::from_str(&same).expect("JSON");
    assert_eq!((&same["clauses"], &same["effects"]), (&json!([]), &json!([])));
    let (told, _) = expect(0, &["agreement", "diff", AGREEMENT, &later, "--lang", "fr"]);
    assert!(told.contains("Réponse") && told.contains("4\u{a0}heures ouvrables → "), "{told}");
    let broken = changed(&folder, "\"4 business hours\"", "\"4 fortnights\"");
    expect(1, &["agreement", "diff", AGREEMENT, &broken]);
}

#[test]
fn histories_are_run_under_another_document() {
    let folder = TemporaryFolder::new("replay");
    let lines = [
        json!({ "number": "SA-1", "given": { "tier": "solidassist" }, "events": [
            { "at": "2026-08-11T10:00:00-04:00", "do": "received", "channel": "email" },
            { "at": "2026-08-11T10:01:00-04:00", "do": "acknowledge" },
            { "at": "2026-08-11T13:00:00-04:00", "do": "reply", "technical": true } ] }),
        json!({ "number": "SA-2", "given": { "tier": "solidassist" }, "events": [
            { "at": "2026-08-11T10:00:00-04:00", "do": "received", "channel": "email" },
            { "at": "2026-08-11T10:01:00-04:00", "do": "acknowledge" },
            { "at": "2026-08-11T10:30:00-04:00", "do": "reply", "technical": true } ] }),
    ];
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let history = written(&folder, "requests.jsonl", lines);
    let tighter = changed(&folder, "\"4 business hours\"", "\"1 hour\"");
    let text = std::fs::read_to_string(&tighter).expect("it was written");
    std::fs::write(&tighter, text.replace("4 heures ouvrables", "1 heure")).expect("it is written");
    let against = ["agreement", "replay", &tighter, "--history", &history, "--against", AGREEMENT];
    let (told, _) = expect(0, &[&against[..], &["--json"]].concat());
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let response = |number: &str| {
        let rows = told["clocks"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["number"] == number && row["promise"] == "response");
        row.expect("a clock").clone()
    };
    let (late, early) = (response("SA-1"), response("SA-2"));
    assert_eq!((&late["was"], &late["is"]), (&json!("kept"), &json!("missed")));
    assert_eq!((&early["was"], &early["is"]), (&json!("kept"), &json!("kept")));
    assert_eq!(late["before"]["due_at"], "2026-08-11T18:00:00Z");
    assert_eq!(late["after"]["due_at"], "2026-08-11T15:00:00Z");
    assert_eq!(told["summary"]["requests"], 2);
    let (plain, _) = expect(0, &against);
    assert!(plain.contains("1 clocks kept -> missed"), "{plain}");
    let broken = written(&folder, "broken.jsonl", "{\"number\":\"1\"}\n");
    let (_, told) = expect(3, &["agreement", "replay", AGREEMENT, "--history", &broken]);
    assert!(told.contains("line 1"), "{told}");
}

#[test]
fn the_values_that_can_be_changed_are_listed() {
    let (told, _) = expect(0, &["agreement", "amend", AGREEMENT, "--list", "--json"]);
    let rows: Vec<Value> = serde_json::from_str(&told).expect("JSON");
    let row = rows.iter().find(|row| row["address"] == "parameter.backup_expiry.default").expect("a row");
    assert_eq!((&row["value"], &row["sort"]), (&json!("90 days"), &json!("text")));
}

// The calendar.

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

// Agreements.

#[test]
fn a_sound_agreement_passes_in_both_languages() {
    for language in ["fr", "en"] {
        let (stdout, _) = expect(0, &["agreement", "check", AGREEMENT, "--lang", language]);
        assert_eq!(stdout, "", "a sound document is not complained of");
        let (stdout, _) = expect(0, &["agreement", "check", AGREEMENT, "--lang", language, "--json"]);
        assert_eq!(
            serde_json::from_str::<Value>(&stdout).expect("JSON"),
            json!({ "file": AGREEMENT, "diagnostics": [] })
        );
    }
}

#[test]
fn a_broken_agreement_is_told_with_code_place_and_help() {
    let folder = TemporaryFolder::new("check");
    let file = changed(&folder, "at_most = \"365 days\"", "at_mst = \"365 days\"");
    let whole = std::fs::read_to_string(&file).expect("the copy");
    let (stdout, stderr) = expect(1, &["agreement", "check", &file, "--lang", "en"]);
    let line = whole.lines().position(|line| line.contains("at_mst")).expect("it is there") + 1;
    for part in [
        "error[agreement::unknown-key]",
        "has no key `at_mst`",
        &format!("changed.md:{line}:"),
        "help: write `at_most`",
    ] {
        assert!(stdout.contains(part), "{part} in {stdout}");
    }
    assert!(stderr.contains("1 errors"), "{stderr}");

    let (french, _) = expect(1, &["agreement", "check", &file, "--lang", "fr"]);
    assert!(french.contains("n’a pas de clé `at_mst`") && french.contains("écrivez `at_most`"), "{french}");

    let (data, _) = expect(1, &["agreement", "check", &file, "--lang", "en", "--json"]);
    let data: Value = serde_json::from_str(&data).expect("JSON");
    let [found] = data["diagnostics"].as_array().expect("a list").as_slice() else { panic!("one: {data}") };
    assert_eq!(found["code"], "agreement::unknown-key");
    assert_eq!(found["severity"], "error");
    assert_eq!(found["place"]["line"], line);
    let (start, end) = (found["place"]["start"].as_u64(), found["place"]["end"].as_u64());
    let (start, end) = (start.expect("start") as usize, end.expect("end") as usize);
    assert_eq!(&whole[start..end], "at_mst");
    assert!(found["message"].is_string() && found["help"].is_string());
}

#[test]
fn examples_are_rehearsed() {
    let (stdout, _) = expect(0, &["agreement", "rehearse", AGREEMENT]);
    let last = stdout.lines().last().expect("a last line");
    let passed: u32 = last.strip_suffix(" passed, 0 failed").expect(last).parse().expect("a number");
    assert!(passed >= 20, "{last}");

    let folder = TemporaryFolder::new("rehearse");
    let file = changed(&folder, "due = \"2026-08-17T11:00:00-04:00\"", "due = \"2026-08-17T11:01:00-04:00\"");
    let (stdout, _) = expect(1, &["agreement", "rehearse", &file]);
    assert_eq!(stdout.lines().last(), Some(format!("{} passed, 1 failed", passed - 1).as_str()));
    assert!(stdout.contains("Premium hérite de tout"), "the example is named: {stdout}");
    // A document whose examples fail does not pass its check either.
    expect(1, &["agreement", "check", &file]);
}

fn due(facts: &[&str], more: &[&str]) -> Value {
    let mut arguments = vec!["agreement", "due", AGREEMENT, "--at", EVENING, "--json", "--lang", "en"];
    for fact in facts {
        arguments.extend(["--set", fact]);
    }
    arguments.extend(more);
    serde_json::from_str(&expect(0, &arguments).0).expect("JSON")
}

/// The case that is covered, with facts given anew.
fn covered_with<'a>(facts: &[&'a str]) -> Vec<&'a str> {
    let name = |fact: &str| fact.split('=').next().unwrap_or_default().to_owned();
    let given: BTreeSet<String> = facts.iter().map(|fact| name(fact)).collect();
    let mut all: Vec<&'a str> = COVERED.into_iter().chain(["remotely_solvable=yes"]).collect();
    all.retain(|fact| !given.contains(&name(fact)));
    all.extend(facts);
    all
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn what_is_due_has_the_documented_shape() {
    let answer = due(&covered_with(&[]), &[]);
    assert_eq!(keys(&answer), BTreeSet::from(["coverage", "clocks"]));
    assert_eq!(answer["coverage"]["verdict"], "covered");
    let reasons = answer["coverage"]["reasons"].as_array().expect("reasons");
    assert_eq!(reasons.len(), 10, "every condition and exclusion was consulted");
    for reason in reasons {
        assert!(keys(reason).is_superset(&BTreeSet::from(["text", "answer", "clause"])), "{reason}");
        assert!(["yes", "no", "unknown"].contains(&reason["answer"].as_str().expect("an answer")));
        clause_is_named(&reason["clause"]);
    }
    let [acknowledgement, response] = answer["clocks"].as_array().expect("clocks").as_slice() else {
        panic!("two clocks: {answer}")
    };
    for clock in [acknowledgement, response] {
        let named = BTreeSet::from([
            "promise",
            "strength",
            "due_at",
            "calendar",
            "target",
            "clause",
            "interpretations",
        ]);
        assert!(keys(clock).is_superset(&named), "{clock}");
        clause_is_named(&clock["clause"]);
        assert_eq!(clock["clause"]["number"], "5.1");
        assert!(clock["clause"]["item"].is_null(), "the clause has no items");
        assert_eq!(clock["clause"]["agreement"], "solidassist");
        assert_eq!(clock["clause"]["version"], "2026.1");
    }
    assert_eq!(acknowledgement["promise"], "acknowledgement");
    assert_eq!(acknowledgement["strength"], "binding");
    assert_eq!(acknowledgement["calendar"], "elapsed");
    assert_eq!(acknowledgement["target"], "10 minutes");
    assert_eq!(acknowledgement["due_at"], "2026-08-11T23:55:00Z");
    assert_eq!(acknowledgement["interpretations"], json!([]));
    assert_eq!(response["promise"], "response");
    assert_eq!(response["strength"], "objective");
    assert_eq!(response["calendar"], "office");
    assert_eq!(response["target"], "4 business hours");
    assert_eq!(response["due_at"], "2026-08-12T16:45:00Z");
    let named: Vec<&str> = response["interpretations"]
        .as_array()
        .expect("interpretations")
        .iter()
        .map(|interpretation| {
            assert!(interpretation["text"].as_str().is_some_and(|text| !text.is_empty()));
            let alternatives = interpretation["alternatives"].as_array().expect("alternatives");
            assert!(alternatives.iter().all(|other| other["name"].is_string() && other["text"].is_string()));
            assert!(!alternatives.is_empty());
            interpretation["name"].as_str().expect("a name")
        })
        .collect();
    assert_eq!(named, ["closing", "eastern_time", "holiday_list", "generally"]);
}

fn clause_is_named(clause: &Value) {
    assert_eq!(keys(clause), BTreeSet::from(["agreement", "version", "number", "item", "heading"]));
    assert!(clause["heading"].as_str().is_some_and(|heading| !heading.is_empty()));
}

#[test]
fn each_condition_and_exclusion_decides() {
    // The fact that flips, the answer of the first reason, its clause and item.
    for (fact, answer, number, item) in [
        ("problem=training", "no", "2.1", None),
        ("environment_recommended=no", "no", "2.1", Some("a")),
        ("contract_active=no", "no", "2.1", Some("b")),
        ("provider_of_record=no", "no", "2.1", Some("b")),
        ("licence_respected=no", "no", "2.1", Some("c")),
        ("remotely_solvable=no", "no", "2.1", Some("d")),
        ("on_site=yes", "yes", "2.2", Some("a")),
        ("product=Photoshop", "no", "A", None),
        ("product=Lumion", "no", "A", None),
        ("version=N-4", "no", "A", None),
    ] {
        let found = due(&covered_with(&[fact]), &[]);
        assert_eq!(found["coverage"]["verdict"], "not_covered", "{fact}");
        let first = &found["coverage"]["reasons"][0];
        assert_eq!(first["answer"], answer, "{fact}");
        assert_eq!(first["clause"]["number"], number, "{fact}");
        assert_eq!(first["clause"]["item"].as_str(), item, "{fact}");
        let promises: Vec<&str> = found["clocks"]
            .as_array()
            .expect("clocks")
            .iter()
            .filter_map(|clock| clock["promise"].as_str())
            .collect();
        assert_eq!(promises, ["acknowledgement"], "{fact}: only the acknowledgement is owed");
    }
    for (problem, item) in [("network", "b"), ("hardware", "b"), ("internet", "b"), ("mentoring", "c")] {
        let found = due(&covered_with(&[&format!("problem={problem}")]), &[]);
        let deciding = &found["coverage"]["reasons"][1];
        assert_eq!(
            (&deciding["answer"], &deciding["clause"]["number"], &deciding["clause"]["item"]),
            (&json!("yes"), &json!("2.2"), &json!(item)),
            "{problem}"
        );
    }
    for fact in ["product=Lumion", "product=Autodesk Revit"] {
        let found = due(&covered_with(&[fact, "tier=premium"]), &[]);
        assert_eq!(found["coverage"]["verdict"], "covered", "premium, {fact}");
    }
    assert_eq!(due(&covered_with(&["version=N-3"]), &[])["coverage"]["verdict"], "covered");
}

#[test]
fn what_is_unknown_needs_judgement_and_keeps_its_clocks() {
    for fact in [
        "environment_recommended=unknown",
        "contract_active=unknown",
        "provider_of_record=unknown",
        "licence_respected=unknown",
        "remotely_solvable=unknown",
    ] {
        let found = due(&covered_with(&[fact]), &[]);
        assert_eq!(found["coverage"]["verdict"], "needs_judgement", "{fact}");
        assert_eq!(found["coverage"]["reasons"][0]["answer"], "unknown", "{fact}");
        assert_eq!(found["clocks"].as_array().map(Vec::len), Some(2), "{fact}");
        // A fact that is not given at all is unknown too.
        let name = fact.split('=').next().expect("a name");
        let absent: Vec<&str> =
            covered_with(&[]).into_iter().filter(|given| !given.starts_with(&format!("{name}="))).collect();
        assert_eq!(due(&absent, &[]), found, "{name} absent");
    }
    // An exception that is not known to apply leaves the default standing.
    let licence = ["product=Lumion", "problem=licence"];
    assert_eq!(due(&covered_with(&licence), &[])["coverage"]["verdict"], "not_covered");
    let collection = ["product=Lumion", "problem=licence", "in_collection=yes"];
    assert_eq!(due(&covered_with(&collection), &[])["coverage"]["verdict"], "covered");
}

#[test]
fn another_interpretation_gives_another_due_instant() {
    let due_at = |more: &[&str]| due(&covered_with(&[]), more)["clocks"][1]["due_at"].clone();
    assert_eq!(due_at(&[]), "2026-08-12T16:45:00Z");
    assert_eq!(due_at(&["--interpretation", "closing=pacific"]), "2026-08-12T17:00:00Z");
    let july_first = |more: &[&str]| {
        let mut arguments = vec!["agreement", "due", AGREEMENT, "--json", "--set", "channel=email"];
        arguments.extend(["--at", "2026-06-30T19:00:00-04:00"]);
        arguments.extend(more);
        let answer: Value = serde_json::from_str(&expect(0, &arguments).0).expect("JSON");
        answer["clocks"][1]["due_at"].clone()
    };
    assert_eq!(july_first(&[]), "2026-07-02T16:00:00Z");
    assert_eq!(july_first(&["--interpretation", "holiday_list=none"]), "2026-07-01T16:00:00Z");
    // What is printed is what holds, with the document's own reading among what is set aside.
    let pacific = due(&covered_with(&[]), &["--interpretation", "closing=pacific"]);
    let read = &pacific["clocks"][1]["interpretations"];
    let closing = read.as_array().and_then(|all| all.iter().find(|one| one["name"] == "closing"));
    let closing = closing.expect("the interpretation of the hours");
    let own = due(&covered_with(&[]), &[]);
    let own = own["clocks"][1]["interpretations"].as_array().expect("interpretations").clone();
    let own = own.iter().find(|one| one["name"] == "closing").expect("the interpretation of the hours");
    assert_eq!(closing["chosen"], "pacific");
    assert!(own["chosen"].is_null());
    let set_aside = |one: &Value, name: &str| -> Value {
        let all = one["alternatives"].as_array().expect("alternatives").clone();
        all.iter().find(|other| other["name"] == name).map(|found| found["text"].clone()).unwrap_or_default()
    };
    assert_eq!(closing["text"], set_aside(own, "pacific"));
    assert_eq!(set_aside(closing, "own"), own["text"]);
    let firm = due(&covered_with(&[]), &["--interpretation", "generally=firm"]);
    assert_eq!(firm["clocks"][1]["strength"], "binding");
    for (asked, said) in [
        ("closing=nowhere", "write one of pacific"),
        ("clsing=pacific", "closing"),
        ("closing", "NAME=ALTERNATIVE"),
    ] {
        let arguments = ["agreement", "due", AGREEMENT, "--at", EVENING, "--interpretation", asked];
        let (_, stderr) = expect(2, &arguments);
        assert!(stderr.contains(said), "{stderr}");
    }
}

#[test]
fn facts_that_the_document_does_not_know_are_wrong_use() {
    for (fact, said) in [
        ("severty=high", "did you mean `severity`?"),
        ("severity=hgh", "low, medium, high"),
        ("on_site=maybe", "yes, no"),
        ("on_site", "NAME=VALUE"),
    ] {
        let (stdout, stderr) = expect(2, &["agreement", "due", AGREEMENT, "--at", EVENING, "--set", fact]);
        assert_eq!(stdout, "");
        assert!(stderr.contains(said), "{stderr}");
    }
    // What every document understands may be given though this one has no use for it.
    for fact in ["act=advice", "ticket_class=failure", "language=fr"] {
        expect(0, &["agreement", "due", AGREEMENT, "--at", EVENING, "--set", fact]);
    }
    expect(2, &["agreement", "due", AGREEMENT, "--at", "yesterday"]);
}

#[test]
fn the_document_is_explained_in_plain_words() {
    let (english, _) = expect(0, &["agreement", "explain", AGREEMENT, "--lang", "en"]);
    for part in [
        "09:00 to 20:00",
        "10 minutes",
        "4 business hours",
        "A request is covered when",
        "What is excluded",
        "Set aside: Closing at 16:30 Pacific time",
        "(clause 5.1)",
    ] {
        assert!(english.replace('\u{a0}', " ").contains(part), "{part} in {english}");
    }
    let (french, _) = expect(0, &["agreement", "explain", AGREEMENT, "--lang", "fr"]);
    for part in ["Toronto", "10 minutes", "Fermeture à 16 h 30, heure du Pacifique", "(clause 5.1)"] {
        assert!(french.replace('\u{a0}', " ").contains(part), "{part} in {french}");
    }
}

#[test]
fn the_facts_of_a_document_are_listed() {
    let (stdout, _) = expect(0, &["agreement", "facts", AGREEMENT, "--json"]);
    let facts: Vec<Value> = serde_json::from_str(&stdout).expect("JSON");
    let named = |name: &str| {
        facts.iter().find(|fact| fact["name"] == name).unwrap_or_else(|| panic!("{name} in {stdout}"))
    };
    assert_eq!(named("severity")["values"], json!(["low", "medium", "high"]));
    assert_eq!(named("on_site")["presumed"], "no");
    assert_eq!(named("tier")["values"], json!(["solidassist", "premium"]));
    assert_eq!(named("holidays")["sort"], "parameter");
    clause_is_named(&named("in_collection")["clause"]);
    let (lines, _) = expect(0, &["agreement", "facts", AGREEMENT]);
    assert_eq!(lines.lines().count(), facts.len());
}

#[test]
fn the_woven_page_is_sound_and_has_every_clause() {
    let folder = TemporaryFolder::new("weave");
    let out = folder.path().join("x.html").display().to_string();
    for language in ["fr", "en"] {
        expect(0, &["agreement", "weave", AGREEMENT, "-o", &out, "--lang", language]);
        let page = std::fs::read_to_string(&out).expect("the page");
        assert!(page.starts_with("<!doctype html>\n<html lang=\""), "{}", &page[..40]);
        let anchors = checked_anchors(&page);
        for heading in document().lines().filter_map(|line| line.strip_prefix("## ")) {
            let number = heading.split(' ').next().expect("a number");
            let number = if number == "Annexe" { "A" } else { number };
            assert!(anchors.contains(&format!("c-{number}")), "clause {number}");
        }
        for item in ["c-2.1-a", "c-2.1-b", "c-2.1-c", "c-2.1-d", "c-2.2-a", "i-closing"] {
            assert!(anchors.contains(item), "{item}");
        }
    }
    let (_, stderr) = expect(2, &["agreement", "weave", AGREEMENT, "-o", "x.docx"]);
    assert!(stderr.contains(".html"), "{stderr}");
    let nowhere = folder.path().join("no/such/folder/x.html").display().to_string();
    expect(3, &["agreement", "weave", AGREEMENT, "-o", &nowhere]);
}

#[test]
fn a_missing_fact_that_decides_the_hours_is_named_with_its_values() {
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../../agreements/olcare.md");
    let at = ["agreement", "due", document, "--at", "2026-03-06T16:30:00+01:00", "--set", "severity=P2"];
    let (_, stderr) = expect(2, &at);
    assert!(stderr.contains("--set region=…, one of americas, uk, germany, france"), "{stderr}");
    expect(0, &[&at[..], &["--set", "region=france"]].concat());
}

#[test]
fn the_page_to_sign_is_a_tagged_pdf_in_its_language() {
    let folder = TemporaryFolder::new("weave-pdf");
    let mut sheets = Vec::new();
    for (name, language) in [("a.pdf", "fr"), ("b.pdf", "fr"), ("c.pdf", "en")] {
        let out = folder.path().join(name).display().to_string();
        expect(0, &["agreement", "weave", AGREEMENT, "-o", &out, "--lang", language]);
        let bytes = std::fs::read(&out).expect("the page");
        assert!(bytes.starts_with(b"%PDF-1.7"));
        let has = |words: &str| bytes.windows(words.len()).any(|part| part == words.as_bytes());
        for words in
            [&format!("/Lang({language})"), "/MarkInfo", "/Marked true", "/Outlines", "<pdfuaid:part>1"]
        {
            assert!(has(words), "{name}: {words}");
        }
        sheets.push(bytes);
    }
    assert!(sheets[0] == sheets[1], "the same agreement gives the same bytes");
    assert!(sheets[0] != sheets[2]);
}

/// The ids of a page whose tags are balanced, whose ids are unique and whose inner links lead somewhere.
fn checked_anchors(page: &str) -> BTreeSet<String> {
    const VOID: [&str; 8] = ["meta", "br", "hr", "img", "input", "link", "col", "wbr"];
    let mut open: Vec<&str> = Vec::new();
    let (mut ids, mut links) = (BTreeSet::new(), Vec::new());
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let end = rest.find('>').expect("a tag ends");
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        if tag.starts_with('!') {
            continue;
        }
        let name = tag.trim_start_matches('/').split([' ', '\n', '/']).next().expect("a name");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "</{name}> closes what was opened last");
            continue;
        }
        if let Some(id) = attribute(tag, "id") {
            assert!(ids.insert(id.to_owned()), "{id} stands once");
        }
        if let Some(target) = attribute(tag, "href").and_then(|link| link.strip_prefix('#')) {
            links.push(target.to_owned());
        }
        if name == "style" || name == "script" {
            rest = &rest[rest.find("</").expect("it ends")..];
        }
        if !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    for link in links {
        assert!(ids.contains(&link), "#{link} leads somewhere");
    }
    ids
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

// Letters.

#[test]
fn letters_are_shown_as_they_would_be_taken_in() {
    let folder = TemporaryFolder::new("letters");
    let whole = written(
        &folder,
        "whole.eml",
        "From: =?utf-8?Q?Zo=C3=A9?= <zoe@client.example>\r\nTo: Desk <desk@boreal.example>\r\n\
         Cc: c@client.example\r\nReply-To: answers@client.example\r\nSubject: =?utf-8?Q?H=C3=A9las?=\r\n\
         Date: Fri, 14 Aug 2026 17:59:00 -0400\r\nMessage-ID: <2@client.example>\r\n\
         In-Reply-To: <1@boreal.example>\r\nReferences: <0@client.example> <1@boreal.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
         Voil=E0.\r\n\r\nOn Monday, Desk wrote:\r\n> old words\r\n--b\r\nContent-Type: application/pdf\r\n\
         Content-Disposition: attachment; filename*=utf-8''d%C3%A9tail.pdf\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--b--\r\n",
    );
    let html = written(
        &folder,
        "html.eml",
        "From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n\
         <p onclick=\"x()\">Hi<script>alert(1)</script><img src=\"http://t.example/p.gif\"></p>\r\n",
    );
    let reply = written(
        &folder,
        "reply.eml",
        "From: a@b.example\r\nAuto-Submitted: auto-replied\r\nSubject: Away\r\n\r\nAway.\r\n",
    );
    let (stdout, _) = expect(0, &["mail", "read", &whole, &html, &reply]);
    let letters: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    let [whole_read, html_read, reply_read] = letters.as_slice() else { panic!("three: {stdout}") };
    let fields = BTreeSet::from([
        "file",
        "from",
        "to",
        "cc",
        "reply_to",
        "subject",
        "date",
        "message_id",
        "in_reply_to",
        "references",
        "text",
        "html",
        "new_text",
        "attachments",
        "automatic",
        "problems",
    ]);
    for letter in &letters {
        assert_eq!(keys(letter), fields);
    }
    assert_eq!(whole_read["file"], whole.as_str());
    assert_eq!(whole_read["from"], json!({ "name": "Zoé", "address": "zoe@client.example" }));
    assert_eq!(whole_read["to"], json!([{ "name": "Desk", "address": "desk@boreal.example" }]));
    assert_eq!(whole_read["subject"], "Hélas");
    assert_eq!(whole_read["date"], "2026-08-14T21:59:00Z");
    assert_eq!(whole_read["message_id"], "2@client.example");
    assert_eq!(whole_read["in_reply_to"], "1@boreal.example");
    assert_eq!(whole_read["references"], json!(["0@client.example", "1@boreal.example"]));
    assert_eq!(whole_read["new_text"], "Voilà.");
    assert!(whole_read["text"].as_str().is_some_and(|text| text.contains("old words")));
    assert_eq!(
        whole_read["attachments"],
        json!([{ "name": "détail.pdf", "media_type": "application/pdf", "size": 3, "inline": false }])
    );
    assert!(whole_read["automatic"].is_null());
    assert_eq!(whole_read["problems"], json!([]));
    let shown = html_read["html"].as_str().expect("sanitised HTML");
    assert!(shown.contains("Hi"), "{shown}");
    for bad in ["script", "alert", "onclick", "http://t.example"] {
        assert!(!shown.contains(bad), "{bad} in {shown}");
    }
    assert_eq!(reply_read["automatic"], "reply");
}

#[test]
fn no_bytes_are_too_hostile_to_be_read() {
    let folder = TemporaryFolder::new("hostile");
    // A linear congruence gives the same noise on every run.
    let mut state = 0x2545_f491_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(20_000)
    .collect();
    let nested: String = (0..200)
        .map(|depth| format!("Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n"))
        .collect();
    let hostile: [(&str, Vec<u8>); 7] = [
        ("empty.eml", Vec::new()),
        ("noise.eml", noise),
        ("zeros.eml", vec![0; 4096]),
        ("nested.eml", nested.into_bytes()),
        ("header.eml", [b"Subject: ".as_slice(), &vec![b'x'; 2_000_000]].concat()),
        ("broken.eml", b"From: <<>>\xff\r\nTo: ,;:,\r\nDate: never\r\nContent-Type: text/plain; charset=unknown-7\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!".to_vec()),
        ("names.eml", b"From: a@b.example\r\nContent-Type: application/x; name=\"../../etc/passwd\"\r\nContent-Disposition: attachment; filename=\"../../etc/passwd\"\r\n\r\nx".to_vec()),
    ];
    let paths: Vec<String> = hostile.iter().map(|(name, bytes)| written(&folder, name, bytes)).collect();
    let mut arguments = vec!["mail", "read"];
    arguments.extend(paths.iter().map(String::as_str));
    let (stdout, _) = expect(0, &arguments);
    let letters: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(letters.len(), hostile.len());
    for (path, letter) in paths.iter().zip(&letters) {
        assert_eq!(letter["file"], path.as_str());
        assert!(letter["problems"].is_array());
    }
    for place in [0, 1, 2, 5] {
        assert_ne!(letters[place]["problems"], json!([]), "{}", paths[place]);
    }
    let name = letters[6]["attachments"][0]["name"].as_str().expect("a name");
    assert!(!name.contains('/'), "{name}");
}

// Manners.

#[test]
fn help_begins_with_examples() {
    for verb in [
        "",
        "demo",
        "serve",
        "calendar",
        "agreement",
        "agreement check",
        "agreement rehearse",
        "agreement due",
        "agreement explain",
        "agreement facts",
        "agreement weave",
        "mail",
        "mail read",
        "user",
        "user link",
        "user token",
    ] {
        let arguments: Vec<&str> = verb.split_whitespace().chain(["--help"]).collect();
        let (stdout, _) = expect(0, &arguments);
        let mut lines = stdout.lines();
        assert!(lines.next().is_some_and(|first| first.starts_with("Example")), "{verb}: {stdout}");
        assert!(lines.next().is_some_and(|example| example.contains("entente")), "{verb}: {stdout}");
        assert!(stdout.contains("Usage:"), "{verb}");
    }
}

#[test]
fn wrong_use_exits_2_and_a_missing_file_3() {
    for arguments in [
        &["frobnicate"][..],
        &["agreement"],
        &["agreement", "check"],
        &["agreement", "due", AGREEMENT],
        &["agreement", "check", AGREEMENT, "--lang", "de"],
        &["mail", "read"],
        &["serve"],
        &["demo", "--now", "yesterday"],
    ] {
        let (stdout, stderr) = expect(2, arguments);
        assert_eq!(stdout, "", "talk goes to standard error");
        assert!(!stderr.is_empty());
    }
    for arguments in [
        &["agreement", "check", "no-such-file.md"][..],
        &["agreement", "rehearse", "no-such-file.md"],
        &["agreement", "explain", "no-such-file.md"],
        &["agreement", "facts", "no-such-file.md", "--json"],
        &["agreement", "due", "no-such-file.md", "--at", EVENING],
        &["mail", "read", "no-such-file.eml"],
        &["serve", "--config", "no-such-file.toml"],
    ] {
        let (stdout, stderr) = expect(3, arguments);
        assert_eq!(stdout, "");
        assert!(stderr.contains("no-such-file"), "{stderr}");
    }
}

/// What a run prints on a terminal, which `script` (of every Debian) plays.
fn on_a_terminal(command: &str, environment: &[(&str, &str)]) -> String {
    let binary = Program::binary().display().to_string();
    let mut shell = Command::new("script");
    shell.args(["-qec", &format!("'{binary}' {command}"), "/dev/null"]).env_remove("NO_COLOR");
    let out = shell.envs(environment.iter().copied()).output().expect("`script` can be started");
    text(&out.stdout)
}

#[test]
fn colours_are_for_terminals_and_can_be_refused() {
    let folder = TemporaryFolder::new("colours");
    let file = changed(&folder, "at_most = \"365 days\"", "at_mst = \"365 days\"");
    let check = format!("agreement check '{file}' --lang en");
    assert!(on_a_terminal(&check, &[]).contains('\u{1b}'), "a terminal is shown colours");
    let plain = on_a_terminal(&check, &[("NO_COLOR", "1")]);
    assert!(plain.contains("unknown-key") && !plain.contains('\u{1b}'), "{plain}");
    // What is sent elsewhere is plain, though standard error is still the terminal.
    let elsewhere = written(&folder, "out.txt", "");
    on_a_terminal(&format!("{check} > '{elsewhere}'"), &[]);
    let sent = std::fs::read_to_string(&elsewhere).expect("the output");
    assert!(sent.contains("unknown-key") && !sent.contains('\u{1b}'), "{sent}");
}

#[test]
fn the_log_is_plain_where_nobody_sees_colours() {
    // Nothing listens there, so the start fails after the log was set up.
    let folder = TemporaryFolder::new("log");
    let config = written(
        &folder,
        "entente.toml",
        "[http]\nlisten = \"127.0.0.1:0\"\n[database]\nurl = \"postgres://nobody@127.0.0.1:1/none\"\n",
    );
    let out = Command::new(Program::binary())
        .args(["serve", "--config", &config])
        .env("ENTENTE_LOG", "trace")
        .output()
        .expect("entente can be started");
    assert_eq!(out.status.code(), Some(3), "{}", text(&out.stderr));
    assert!(!text(&out.stderr).contains('\u{1b}'));
}

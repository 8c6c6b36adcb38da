//! Versions of an agreement: one value changed, two compared, histories run under another.

use crate::{AGREEMENT, changed, document, expect, written};
use harness::TemporaryFolder;
use serde_json::{Value, json};

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

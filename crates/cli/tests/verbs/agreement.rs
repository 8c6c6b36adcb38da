//! What an agreement promises, explained, woven and held against its examples.

use crate::{AGREEMENT, COVERED, EVENING, changed, document, expect, keys};
use harness::TemporaryFolder;
use serde_json::{Value, json};
use std::collections::BTreeSet;

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
    let (stdout, _) = expect(1, &["agreement", "rehearse", &file, "--json"]);
    let told: Value = serde_json::from_str(&stdout).expect("JSON");
    assert!(told["failed"].as_u64().is_some_and(|failed| failed > 0), "{told}");
    let differing = &told["failures"][0]["differing"][0];
    assert!(differing["expected"].is_string() && differing["computed"] == true, "{told}");
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

/// The document presumes that nobody has to come; who says that it is not known is told what follows.
#[test]
fn a_fact_said_to_be_unknown_is_not_presumed() {
    let asked = |facts: &[&str]| {
        let answer = due(&covered_with(facts), &[]);
        let reasons = answer["coverage"]["reasons"].as_array().expect("reasons").clone();
        let on_site = reasons.into_iter().find(|reason| reason["rule"] == "exclude.on_site");
        (answer["coverage"]["verdict"].clone(), on_site.expect("the exclusion is consulted"))
    };
    let (verdict, reason) = asked(&[]);
    assert_eq!((verdict, &reason["answer"]), (json!("covered"), &json!("no")));
    let (verdict, reason) = asked(&["on_site=unknown"]);
    assert_eq!(verdict, "needs_judgement");
    assert_eq!((&reason["answer"], &reason["wants"]), (&json!("unknown"), &json!(["on_site"])));
    // Of one fact the last word holds.
    assert_eq!(asked(&["on_site=unknown", "on_site=no"]).0, "covered");
    assert_eq!(asked(&["on_site=yes", "on_site=unknown"]).0, "needs_judgement");
    // One that this document has no use for may be unknown too.
    assert_eq!(asked(&["ticket_class=unknown"]).0, "covered");
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
    // As data it is the same, heading by heading.
    let (data, _) = expect(0, &["agreement", "explain", AGREEMENT, "--lang", "fr", "--json"]);
    let data: Value = serde_json::from_str(&data).expect("JSON");
    let named = ["agreement", "edition", "first_day", "language", "sections", "title"];
    assert_eq!(keys(&data), named.into());
    let mut whole = format!(
        "{}\n{}\n",
        data["title"].as_str().expect("a title"),
        data["edition"].as_str().expect("words")
    );
    for section in data["sections"].as_array().expect("sections") {
        let heading = section["heading"].as_str().expect("a heading");
        whole += &format!("\n{heading}\n{}\n", "-".repeat(heading.chars().count()));
        for line in section["lines"].as_array().expect("lines") {
            whole += &format!("{}\n", line.as_str().expect("a line"));
        }
    }
    assert_eq!(french, format!("{whole}\n"));
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

//! Messages as they are met in the wild, one file each, with what must be read out of them in
//! `expected.jsonl`: machines and people, reports of a dozen mail servers, character sets, structures,
//! wrappings, signatures, names, hostile HTML, answers and forwards.

use std::fs;
use std::path::{Path, PathBuf};

use mail::{Letter, parse};
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// What differs between a letter and what is expected of it.
fn differences(letter: &Letter, expected: &Value) -> Vec<String> {
    let shown = serde_json::to_value(letter).expect("a letter is plain data");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for (key, wanted) in expected.as_object().expect("an object") {
        let given = match key.as_str() {
            "file" => continue,
            "text" | "new_text" | "subject" | "automatic" | "date" | "in_reply_to" | "references"
            | "reply_to" => shown[key.as_str()].clone(),
            "protection" => shown.get("protection").cloned().unwrap_or_else(|| json!([])),
            "from_address" => shown["from"]["address"].clone(),
            "from_name" => shown["from"]["name"].clone(),
            "to" => letter.to.iter().map(|to| to.address.clone()).collect(),
            "original" => json!(letter.bounce.as_ref().and_then(|bounce| bounce.original_message_id.clone())),
            "bounce" => letter
                .bounce
                .iter()
                .flat_map(|bounce| &bounce.recipients)
                .map(|one| json!([one.address, one.class]))
                .collect(),
            "attachments" => letter
                .attachments
                .iter()
                .map(|file| json!([file.name, file.media_type, file.inline]))
                .collect(),
            "html" => {
                let html = letter.html.clone().unwrap_or_default();
                if !html.contains(&text(wanted)) {
                    found.push(format!("html {html:?} lacks {wanted}"));
                }
                continue;
            }
            "html_not" => {
                let html = letter.html.clone().unwrap_or_default().to_lowercase();
                let there =
                    wanted.as_array().expect("a list").iter().map(text).filter(|not| html.contains(not));
                found.extend(there.map(|not| format!("html holds {not}: {html}")));
                continue;
            }
            "text_has" => {
                let absent = wanted.as_array().expect("a list").iter().map(text);
                let absent = absent.filter(|piece| !letter.text.contains(piece));
                found.extend(absent.map(|piece| format!("text {:?} lacks {piece}", letter.text)));
                continue;
            }
            "new_text_has" => {
                if !letter.new_text.contains(&text(wanted)) {
                    found.push(format!("new text {:?} lacks {wanted}", letter.new_text));
                }
                continue;
            }
            "problem" => {
                if !letter.problems.iter().any(|problem| problem.contains(&text(wanted))) {
                    found.push(format!("problems {:?} lack {wanted}", letter.problems));
                }
                continue;
            }
            other => panic!("nothing is known of `{other}`"),
        };
        if given != *wanted {
            found.push(format!("{key}: {given} instead of {wanted}"));
        }
    }
    found
}

#[test]
fn every_message_is_read_as_expected() {
    let listed = fs::read_to_string(folder().join("expected.jsonl")).expect("what is expected");
    let mut wrong = Vec::new();
    let mut read = 0;
    for line in listed.lines() {
        let expected: Value = serde_json::from_str(line).expect("one object a line");
        let name = expected["file"].as_str().expect("a file");
        let bytes = fs::read(folder().join(format!("{name}.eml"))).expect("the message");
        let differences = differences(&parse(&bytes), &expected);
        read += 1;
        if !differences.is_empty() {
            wrong.push(format!("{name}: {}", differences.join("; ")));
        }
    }
    let files = fs::read_dir(folder()).expect("the corpus").count() - 1;
    assert_eq!(read, files, "each file is expected something of");
    assert!(read >= 300, "{read}");
    assert!(wrong.is_empty(), "{} of {read} are read otherwise:\n{}", wrong.len(), wrong.join("\n"));
}

/// Every message cut short at many places, and with bytes changed, is still read.
#[test]
fn broken_copies_are_read_too() {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder()).expect("the corpus").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    for (place, path) in
        files.iter().filter(|path| path.extension().is_some_and(|end| end == "eml")).enumerate()
    {
        let bytes = fs::read(path).expect("the message");
        let step = (bytes.len() / 8).max(1);
        for cut in (0..bytes.len()).step_by(step) {
            let _ = parse(&bytes[..cut]);
        }
        let mut changed = bytes.clone();
        let mut seed = place as u64 + 1;
        for _ in 0..12 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if changed.is_empty() {
                break;
            }
            let at = usize::try_from(seed >> 33).unwrap_or(0) % changed.len();
            changed[at] = (seed >> 24) as u8;
            let letter = parse(&changed);
            assert!(letter.subject.chars().all(|one| !one.is_control()), "{}", path.display());
        }
    }
}

//! What each requirement of an agreement demands, executed on the meters that the desk uses.
//!
//! `conformance/AGREEMENT/ROW.trial` holds worked examples; `conformance/rows.toml` lists every
//! requirement with its kind. A requirement that has neither a trial nor a stated reason fails.

#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use agreement::{Compilation, Options, compile, read_trial, rehearse_trial, render};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use toml_edit::Document;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn compiled(key: &str) -> Compilation {
    let path = root().join(format!("agreements/{key}.md"));
    let text = fs::read_to_string(&path).unwrap();
    let compilation = compile(&text, &format!("agreements/{key}.md"), &Options::default());
    assert!(compilation.terms.is_some(), "{key}: {:?}", compilation.diagnostics);
    compilation
}

/// Every trial by folder, which is the key of its agreement.
fn trials() -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for folder in fs::read_dir(root().join("conformance")).unwrap().map(|entry| entry.unwrap().path()) {
        if !folder.is_dir() {
            continue;
        }
        let key = folder.file_name().unwrap().to_str().unwrap().to_owned();
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.extension().is_some_and(|extension| extension == "trial") {
                found.push((key.clone(), path));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_trial_holds() {
    let mut agreements: BTreeMap<String, Compilation> = BTreeMap::new();
    let mut failures = Vec::new();
    let mut examples = 0;
    for (key, path) in trials() {
        let compilation = agreements.entry(key.clone()).or_insert_with(|| compiled(&key));
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let trial = read_trial(compilation, &text);
        for diagnostic in &trial.diagnostics {
            failures.push(render(diagnostic, name, &text, "en", false));
        }
        if trial.agreement != key || format!("{}.trial", trial.row) != name || trial.summary.is_empty() {
            failures.push(format!("{name}: agreement, row and summary must say what the file is"));
        }
        if trial.examples.is_empty() {
            failures.push(format!("{name}: no example"));
        }
        for (example, outcome) in trial.examples.iter().zip(rehearse_trial(compilation, &trial)) {
            examples += 1;
            let (line, _) = example.place.line_and_column(&text);
            if example.expect.is_empty() || outcome.lines.is_empty() {
                failures.push(format!("{name}:{line}: \"{}\" expects nothing", example.title));
            }
            for mismatch in outcome.mismatches {
                failures.push(format!(
                    "{} ({name}:{line}) \"{}\": {} expected {} found {}",
                    trial.row, example.title, mismatch.what, mismatch.expected, mismatch.found
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {examples} examples:\n{}", failures.len(), failures.join("\n"));
    assert!(examples > 100, "only {examples} examples were found");
}

#[test]
fn every_row_has_a_trial_or_a_reason() {
    let text = fs::read_to_string(root().join("conformance/rows.toml")).unwrap();
    let document = Document::parse(text.as_str()).unwrap();
    let rows = document.get("row").and_then(|rows| rows.as_array_of_tables()).unwrap();
    let written: BTreeSet<String> = trials()
        .into_iter()
        .map(|(_, path)| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let mut known = BTreeSet::new();
    let mut failures = Vec::new();
    for row in rows.iter() {
        let word = |key: &str| row.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        let (id, kind, summary, later) = (word("id"), word("kind"), word("summary"), word("later"));
        if !["E", "W", "I"].contains(&kind.as_str()) || summary.is_empty() {
            failures.push(format!("{id}: kind and summary"));
        }
        if !known.insert(id.clone()) {
            failures.push(format!("{id}: listed twice"));
        }
        if !written.contains(&id) && later.is_empty() {
            failures.push(format!("{id}: neither a trial nor a reason"));
        }
        if written.contains(&id) && !later.is_empty() {
            failures.push(format!("{id}: has a trial, so the reason is out of date"));
        }
    }
    for id in written.difference(&known) {
        failures.push(format!("{id}: a trial for a row that is not listed"));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_documents_own_examples_hold() {
    for entry in fs::read_dir(root().join("agreements")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let key = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let compilation = compiled(&key);
        assert!(compilation.diagnostics.is_empty(), "{key}: {:?}", compilation.diagnostics);
        let rehearsal = agreement::rehearse(&compilation);
        let complaints: Vec<String> =
            rehearsal.diagnostics().iter().map(|found| found.sentence("en")).collect();
        assert!(complaints.is_empty(), "{key}: {}", complaints.join("\n"));
        assert!(!rehearsal.outcomes.is_empty(), "{key} carries no worked example");
    }
}

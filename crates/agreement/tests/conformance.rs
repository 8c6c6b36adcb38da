//! What each requirement of an agreement demands, executed on the meters that the desk uses.
//!
//! `conformance/AGREEMENT/ROW.trial` holds worked examples; `conformance/rows.toml` lists every
//! requirement with its kind; `conformance/ids.txt` names them all, so that none is lost. A
//! requirement that has neither a trial nor a stated reason fails, and so does a trial that asserts
//! nothing. What only a whole desk can show is lived by a test in Rust, which the row names. `docs/conformance.md` is written from them by `ENTENTE_WRITE=1 cargo test -p agreement
//! --test conformance`.

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
    let written: BTreeSet<String> = trials()
        .into_iter()
        .map(|(_, path)| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let mut known = BTreeSet::new();
    let mut failures = Vec::new();
    for Row { id, kind, summary, later, lived } in rows() {
        if !["E", "W", "I"].contains(&kind.as_str()) || summary.is_empty() {
            failures.push(format!("{id}: kind and summary"));
        }
        if !known.insert(id.clone()) {
            failures.push(format!("{id}: listed twice"));
        }
        if !written.contains(&id) && later.is_empty() && lived.is_empty() {
            failures.push(format!("{id}: neither a trial nor a reason"));
        }
        if !lived.is_empty() {
            let (file, test) = lived.split_once("::").unwrap_or((&lived, ""));
            let source = fs::read_to_string(root().join("crates").join(file)).unwrap_or_default();
            if test.is_empty() || !source.contains(&format!("fn {test}(")) {
                failures.push(format!("{id}: there is no test {lived}"));
            }
            if !later.is_empty() {
                failures.push(format!("{id}: is lived, so the reason is out of date"));
            }
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

/// One requirement as `rows.toml` tells it.
struct Row {
    id: String,
    kind: String,
    summary: String,
    later: String,
    /// The test that lives it: a file under `crates/`, and its function (`operations/tests/life.rs::…`).
    lived: String,
}

fn rows() -> Vec<Row> {
    let text = fs::read_to_string(root().join("conformance/rows.toml")).unwrap();
    let document = Document::parse(text.as_str()).unwrap();
    let rows = document.get("row").and_then(|rows| rows.as_array_of_tables()).unwrap();
    let word = |row: &toml_edit::Table, key: &str| {
        row.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
    };
    rows.iter()
        .map(|row| Row {
            id: word(row, "id"),
            kind: word(row, "kind"),
            summary: word(row, "summary"),
            later: word(row, "later"),
            lived: word(row, "lived"),
        })
        .collect()
}

/// The sections of the page: prefix of the requirements, and what they are about.
const SECTIONS: [(&str, &str); 6] = [
    ("SA-", "[solidassist](../agreements/solidassist.md)"),
    ("SC-", "[netmath](../agreements/netmath.md)"),
    ("FX-", "[flexo2](../agreements/flexo2.md)"),
    ("AP-", "[aplicit](../agreements/aplicit.md)"),
    ("OL-", "[olcare](../agreements/olcare.md)"),
    ("AMB-", "Ambiguities: the interpretation in force and its alternatives"),
];

/// The page, from the rows and the trials that are there.
fn page() -> String {
    let rows = rows();
    let trials: BTreeMap<String, String> = trials()
        .into_iter()
        .map(|(key, path)| {
            let row = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let link = format!("[{row}](../conformance/{key}/{row}.trial)");
            (row, link)
        })
        .collect();
    let state = |row: &Row| match (trials.get(&row.id), row.later.starts_with("information")) {
        _ if !row.lived.is_empty() => "executed",
        (Some(_), _) => "executed",
        (None, true) => "shown",
        (None, false) => "later",
    };
    let count = |wanted: &str| rows.iter().filter(|row| state(row) == wanted).count();
    let mut page = format!(
        "# Conformance\n\n<!-- Written by `ENTENTE_WRITE=1 cargo test -p agreement --test conformance`: change \
         conformance/, not this page. -->\n\nWhat each clause of the sample agreements asks of the program, and \
         what executes it. Kinds: **E** computed or enforced, **W** workflow, **I** information. A trial holds \
         worked examples that the tests run on the meters of the desk; a row without one says what will execute \
         it.\n\n{} requirements: {} executed by a trial, {} later, {} only shown.\n",
        rows.len(),
        count("executed"),
        count("later"),
        count("shown"),
    );
    for (prefix, title) in SECTIONS {
        let of_section: Vec<&Row> = rows.iter().filter(|row| row.id.starts_with(prefix)).collect();
        let executed = of_section.iter().filter(|row| state(row) == "executed").count();
        page.push_str(&format!(
            "\n## {title}\n\n{executed} of {} executed.\n\n| row | kind | what is asked | trial, or what will \
             execute it | state |\n|---|---|---|---|---|\n",
            of_section.len()
        ));
        for row in of_section {
            let cell = |text: &str| text.replace('|', "\\|");
            let lived = row.lived.split_once("::").map(|(file, test)| format!("[{test}](../crates/{file})"));
            let proofs: Vec<String> = trials.get(&row.id).cloned().into_iter().chain(lived).collect();
            let proof = if proofs.is_empty() { cell(&row.later) } else { proofs.join(", ") };
            page.push_str(&format!(
                "| {} | {} | {} | {proof} | {} |\n",
                row.id,
                row.kind,
                cell(&row.summary),
                state(row)
            ));
        }
    }
    page
}

#[test]
fn every_requirement_is_listed_and_none_is_lost() {
    let text = fs::read_to_string(root().join("conformance/ids.txt")).unwrap();
    let wanted: BTreeSet<&str> = text.lines().collect();
    assert_eq!(wanted.len(), text.lines().count(), "an ID stands twice");
    assert_eq!(wanted.iter().filter(|id| !id.starts_with("AMB-")).count(), 280);
    let rows = rows();
    let found: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(wanted, found);
    for row in &rows {
        let sections = SECTIONS.iter().filter(|(prefix, _)| row.id.starts_with(prefix)).count();
        assert_eq!(sections, 1, "{}", row.id);
    }
}

#[test]
fn the_page_is_up_to_date() {
    let path = root().join("docs/conformance.md");
    let page = page();
    if std::env::var_os("ENTENTE_WRITE").is_some() {
        fs::write(&path, &page).unwrap();
        return;
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let stale = page.lines().zip(written.lines()).find(|(now, was)| now != was);
    assert!(
        page == written,
        "docs/conformance.md is stale: ENTENTE_WRITE=1 cargo test -p agreement --test conformance\n{stale:?}"
    );
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

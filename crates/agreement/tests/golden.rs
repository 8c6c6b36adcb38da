//! Every complaint has an agreement that earns it and one that does not.
//!
//! `bad/CODE.md` is complained of as `bad/CODE.txt` says, in English and in French; `good/CODE.md`
//! is the same agreement put right, and nobody complains. With `RENEW_GOLDENS` set, the texts are
//! written anew: read the difference before keeping it.

#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use agreement::{Code, Diagnostic, Options, compile, rehearse, render};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn complaints(path: &Path) -> (String, Vec<Diagnostic>) {
    let text = fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let compilation = compile(&text, name, &Options::default());
    let mut found = compilation.diagnostics.clone();
    found.extend(rehearse(&compilation).diagnostics());
    (text, found)
}

fn names(of: &str) -> BTreeSet<String> {
    fs::read_dir(folder(of))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_code_has_a_bad_and_a_good_agreement() {
    let codes: BTreeSet<String> =
        Code::ALL.iter().map(|code| code.as_str().trim_start_matches("agreement::").to_owned()).collect();
    assert_eq!(names("bad"), codes);
    assert_eq!(names("good"), codes);
}

#[test]
fn bad_agreements_are_complained_of_as_written() {
    let mut differing = Vec::new();
    for name in names("bad") {
        let path = folder("bad").join(format!("{name}.md"));
        let (text, found) = complaints(&path);
        let code = format!("agreement::{name}");
        assert!(found.iter().any(|found| found.code.as_str() == code), "{name}: {found:?}");
        let file = format!("{name}.md");
        let mut told = String::new();
        for language in ["en", "fr"] {
            for diagnostic in &found {
                told.push_str(&render(diagnostic, &file, &text, language, false));
                told.push('\n');
            }
        }
        let expected = path.with_extension("txt");
        if std::env::var_os("RENEW_GOLDENS").is_some() {
            fs::write(&expected, &told).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != told {
            differing.push(format!("{name}:\n{told}"));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn good_agreements_are_not_complained_of() {
    for name in names("good") {
        let (_, found) = complaints(&folder("good").join(format!("{name}.md")));
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

#[test]
fn a_place_lies_within_the_text_and_a_sentence_leaves_nothing_open() {
    for name in names("bad") {
        let (text, found) = complaints(&folder("bad").join(format!("{name}.md")));
        for diagnostic in found {
            assert!(diagnostic.place.end <= text.len() && diagnostic.place.start <= diagnostic.place.end);
            for language in ["fr", "en"] {
                let sentence = diagnostic.sentence(language);
                assert!(!sentence.is_empty() && !sentence.contains("``"), "{name}: {sentence}");
                assert!(!diagnostic.help(language).contains("``"), "{name}: {}", diagnostic.help(language));
            }
        }
    }
}

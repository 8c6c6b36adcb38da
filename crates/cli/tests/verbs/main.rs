//! The verbs of the program as a stranger uses them: arguments, standard input, output, exit codes.

mod agreement;
mod calendar;
mod keeping;
mod letters;
mod manners;
mod stored;
mod versions;

use harness::{Program, TemporaryFolder};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;

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

/// The keys of an object.
fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

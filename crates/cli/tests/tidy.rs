//! The house rules that can be checked, as tests. Each ban names what to write instead.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which of our rooms each room may import. Arrows only go down; a new arrow is a decision: its own
/// commit, and a line in ARCHITECTURE.md.
const WALLS: &[(&str, &[&str])] = &[
    ("calendar", &[]),
    ("mail", &[]),
    ("paper", &[]),
    ("outside", &[]),
    ("harness", &[]),
    ("terms", &["calendar"]),
    ("meters", &["calendar", "terms"]),
    ("words", &["calendar", "meters", "terms"]),
    ("desk", &["calendar", "meters", "terms"]),
    ("agreement", &["calendar", "meters", "terms", "words"]),
    ("store", &["calendar", "desk", "terms"]),
    (
        "operations",
        &["agreement", "calendar", "desk", "mail", "meters", "outside", "store", "terms", "words"],
    ),
    ("web", &["calendar", "desk", "meters", "operations", "terms", "words"]),
    (
        "cli",
        &["agreement", "calendar", "desk", "mail", "operations", "paper", "store", "terms", "web", "words"],
    ),
];

/// Libraries that pure rooms must never see.
const IMPURE: &[&str] =
    &["tokio", "axum", "rusqlite", "tokio-postgres", "lettre", "getrandom", "uuid", "tracing", "rand"];
const PURE: &[&str] = &["calendar", "terms", "meters", "words", "desk", "agreement", "paper"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the workspace holds the crate")
        .to_path_buf()
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                found.extend(files_below(&path, extension));
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn crates() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root().join("crates"))
        .expect("the rooms stand in crates/")
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The names under `[dependencies]` of a room; those for tests and builds do not count.
fn dependencies(room: &str) -> Vec<String> {
    let manifest =
        fs::read_to_string(root().join("crates").join(room).join("Cargo.toml")).expect("a manifest");
    let mut names = Vec::new();
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.trim() == "[dependencies]";
        } else if inside && let Some((name, _)) = line.split_once('=') {
            names.push(name.trim().trim_end_matches(".workspace").to_owned());
        }
    }
    names
}

/// Source files of the rooms with their code, tests at their end cut off.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for room in crates() {
        for path in files_below(&root().join("crates").join(&room).join("src"), "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
            found.push((path, code));
        }
    }
    found
}

#[test]
fn arrows_between_rooms_only_go_down() {
    let walls: BTreeMap<&str, &[&str]> = WALLS.iter().copied().collect();
    let rooms = crates();
    let mut wrong = Vec::new();
    for room in &rooms {
        let Some(allowed) = walls.get(room.as_str()) else {
            wrong.push(format!("{room} is not in the table of walls: decide its floor"));
            continue;
        };
        for name in dependencies(room) {
            if rooms.contains(&name) && !allowed.contains(&name.as_str()) {
                wrong.push(format!("{room} must not import {name}: see ARCHITECTURE.md, floors and walls"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_rooms_see_no_network_no_time_and_no_chance() {
    let mut wrong = Vec::new();
    for room in PURE {
        for name in dependencies(room) {
            if IMPURE.contains(&name.as_str()) {
                wrong.push(format!("{room} must not use {name}: hand in what it would fetch as an argument"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_named_for_what_they_hold() {
    const DRAWERS: &[&str] =
        &["utils", "util", "helpers", "helper", "common", "misc", "manager", "service", "types", "mod"];
    let mut wrong = Vec::new();
    for (path, code) in sources() {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // An agreement sells services: a file that holds the type of that name is no drawer.
        let holds_its_noun = stem == "service" && code.contains("pub struct Service ");
        if DRAWERS.contains(&stem.as_str()) && !holds_its_noun {
            wrong.push(format!("{}: a drawer fills; name the file for what it holds", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn front_doors_hold_no_logic() {
    for room in crates().iter().filter(|room| *room != "cli") {
        let door = root().join("crates").join(room).join("src/lib.rs");
        let Ok(text) = fs::read_to_string(&door) else { continue };
        let logic = text.lines().find(|line| {
            let line = line.trim_start();
            line.starts_with("fn ") || line.starts_with("pub fn ") || line.starts_with("impl ")
        });
        assert!(
            logic.is_none(),
            "{}: `{}` belongs in a file of its own",
            door.display(),
            logic.unwrap_or_default()
        );
    }
}

#[test]
fn no_provider_is_named_in_the_program() {
    // The documents' keys, and the names of those who sell under them, stand in documents and data.
    let names: Vec<String> = files_below(&root().join("agreements"), "md")
        .iter()
        .filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()))
        .collect();
    assert!(!names.is_empty(), "agreements/ holds documents");
    let mut wrong = Vec::new();
    for (path, code) in sources() {
        let code = code.to_lowercase();
        for name in &names {
            if code.contains(name.as_str()) {
                wrong.push(format!("{} names {name}: say it in the document instead", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_unfinished() {
    let bans = [
        ("todo!(", "finish it, or leave it out"),
        ("unimplemented!(", "finish it, or leave it out"),
        ("dbg!(", "use tracing"),
        ("FIXME", "a debt is an issue, not a comment"),
        ("XXX", "a debt is an issue, not a comment"),
    ];
    let mut wrong = Vec::new();
    for (path, code) in sources() {
        for (ban, instead) in bans {
            if code.contains(ban) {
                wrong.push(format!("{}: `{ban}`: {instead}", path.display()));
            }
        }
        if code.contains("println!(") && !path.to_string_lossy().contains("/cli/src/") {
            let is_error_stream = !code.replace("eprintln!(", "").contains("println!(");
            if !is_error_stream || !path.to_string_lossy().contains("/harness/") {
                wrong.push(format!("{}: only cli prints; elsewhere use tracing", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Files that write statements for an engine alone, of tables and columns of their own. Elsewhere one that is put together
/// is a `Composed` of the store, which a text made while the program runs cannot enter. A new one here is a decision; what
/// people gave is bound, and never part of a text (ASVS 5.0, 1.2.4).
const STATEMENTS_ARE_WRITTEN_IN: &[&str] = &["store/src/database/postgres.rs"];

/// What a statement begins or goes on with, in capitals as the store writes them.
const STATEMENT_WORDS: &[&str] = &[
    "SELECT ",
    "INSERT INTO",
    "UPDATE ",
    "DELETE FROM",
    " FROM ",
    " WHERE ",
    " JOIN ",
    "ORDER BY",
    "LIMIT ",
    "CREATE ",
    "ALTER ",
    "DROP ",
    "GRANT ",
    "REVOKE ",
    "COPY ",
    "VACUUM",
    "PRAGMA ",
    "TRUNCATE ",
    "ATTACH ",
    "EXISTS (",
];

/// The texts that macros fill: what stands between the quotes of `format!("…")` and its like.
fn filled_texts(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (place, macro_name) in ["format!(", "write!(", "writeln!(", "format_args!(", "concat!("]
        .iter()
        .flat_map(|name| code.match_indices(name))
    {
        let arguments = &code[place + macro_name.len()..];
        let first = arguments.find('"').filter(|at| *at < 120);
        let Some(text) = first.map(|at| &arguments[at + 1..]) else { continue };
        let mut is_escaped = false;
        let end = text.find(|letter| {
            let ends = letter == '"' && !is_escaped;
            is_escaped = letter == '\\' && !is_escaped;
            ends
        });
        found.push(&text[..end.unwrap_or(text.len())]);
    }
    found
}

#[test]
fn no_statement_is_put_together_outside_the_files_that_may() {
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for (path, code) in sources() {
        let shown = path.to_string_lossy().into_owned();
        if shown.contains("/harness/") {
            continue;
        }
        let may = STATEMENTS_ARE_WRITTEN_IN.iter().find(|file| shown.ends_with(*file));
        let built = filled_texts(&code)
            .into_iter()
            .filter(|text| STATEMENT_WORDS.iter().any(|word| text.contains(word)));
        for text in built {
            match may {
                Some(file) => drop(used.insert(*file)),
                None => wrong.push(format!(
                    "{shown}: `{text}`: put it together with `sql!`, which binds values, or add the file to the list with a reason"
                )),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let idle: Vec<_> = STATEMENTS_ARE_WRITTEN_IN.iter().filter(|file| !used.contains(*file)).collect();
    assert!(idle.is_empty(), "these build none any more, take them off the list: {idle:?}");
    assert_eq!(
        filled_texts("a(format!(\n    \"x \\\" {y} FROM z\", y))"),
        ["x \\\" {y} FROM z"],
        "texts are found"
    );
}

/// What counts time and money notices an overflow in what is shipped too (ASVS 5.0, 1.4.2).
#[test]
fn rooms_that_count_notice_an_overflow_when_shipped() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    for room in ["calendar", "terms", "meters", "desk", "agreement"] {
        let (_, profile) = manifest
            .split_once(&format!("[profile.release.package.{room}]"))
            .unwrap_or_else(|| panic!("{room} has no profile"));
        let profile = profile.split("\n[").next().unwrap_or_default();
        assert!(profile.contains("overflow-checks = true"), "{room}");
    }
}

/// PostgreSQL leaves what was erased in dead rows: every table that tells of people is cleaned of them. Logs and the texts
/// of agreements are never written over.
#[test]
fn the_pages_of_all_that_tells_of_people_are_cleaned() {
    let source =
        fs::read_to_string(root().join("crates/store/src/database/postgres.rs")).expect("the source");
    let (_, list) = source.split_once("const CLEANED:").expect("the list");
    let (list, _) = list.split_once("];").expect("its end");
    for table in operations::register().iter().filter(|table| !["log", "agreement"].contains(&&*table.name)) {
        let tells = [operations::DataClass::Personal, operations::DataClass::Content];
        let tells = tells.into_iter().any(|class| table.columns(class).next().is_some());
        let is_cleaned = list.contains(&format!("\"{}\"", table.name));
        assert!(is_cleaned || !tells, "add `{}` to CLEANED in database/postgres.rs", table.name);
    }
}

#[test]
fn the_program_starts_no_other() {
    let mut wrong = Vec::new();
    for (path, code) in sources() {
        if path.to_string_lossy().contains("/harness/") {
            continue;
        }
        for way in ["process::Command", "Command::new(", "posix_spawn", "execve", "libc::system", "fork("] {
            if code.contains(way) {
                wrong.push(format!(
                    "{}: `{way}`: the program starts no other (ASVS 5.0, 1.2.5)",
                    path.display()
                ));
            }
        }
    }
    for name in crates().iter().filter(|room| *room != "harness").flat_map(|room| dependencies(room)) {
        if ["duct", "subprocess", "shell-words", "xshell", "command-group", "nix", "libc"]
            .contains(&name.as_str())
        {
            wrong.push(format!("{name}: the program starts no other (ASVS 5.0, 1.2.5)"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Libraries that no room builds on, and why. Where two read one format, what one lets pass the other understands
/// otherwise.
const NOT_OURS: &[(&[&str], &str)] = &[
    (
        &["regex", "regex-lite", "fancy-regex", "onig", "pcre2"],
        "no pattern is run over what people wrote (ASVS 5.0, 1.3.12)",
    ),
    (
        &["quick-xml", "xml", "xml-rs", "roxmltree", "xmlparser", "minidom", "serde-xml-rs", "libxml"],
        "no XML is read (ASVS 5.0, 1.5.1)",
    ),
    (
        &["serde_yaml", "serde_yml", "serde_norway", "yaml-rust", "yaml-rust2", "saphyr"],
        "no YAML is read (ASVS 5.0, 1.5.2)",
    ),
    (
        &["bincode", "postcard", "rmp-serde", "ciborium", "serde_cbor", "ron", "typetag", "erased-serde"],
        "what others send says no types (ASVS 5.0, 1.5.2)",
    ),
    (
        &["mailparse", "mailin", "mime", "email", "eml-parser", "email_address"],
        "one reads mail: mail-parser (ASVS 5.0, 1.5.3)",
    ),
    (
        &["simd-json", "sonic-rs", "json", "json5", "tinyjson", "miniserde", "nanoserde", "jzon"],
        "one reads JSON: serde_json (ASVS 5.0, 1.5.3)",
    ),
    (
        &["http-uri", "iri-string", "fluent-uri", "uriparse", "urlparse", "ada-url"],
        "one reads addresses: url (ASVS 5.0, 1.5.3)",
    ),
    (&["toml", "basic-toml", "toml_datetime"], "one reads TOML: toml_edit (ASVS 5.0, 1.5.3)"),
    (
        &[
            "chrono",
            "time",
            "md5",
            "md-5",
            "rand",
            "openssl",
            "native-tls",
            "ring",
            "reqwest",
            "ureq",
            "curl",
        ],
        "the house has one of each, or none",
    ),
];

#[test]
fn one_library_reads_each_format() {
    let mut wrong = Vec::new();
    for room in crates().iter().filter(|room| *room != "harness") {
        for name in dependencies(room) {
            if let Some((_, why)) = NOT_OURS.iter().find(|(names, _)| names.contains(&name.as_str())) {
                wrong.push(format!("{room} must not use {name}: {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_test_is_ignored() {
    let mut wrong = Vec::new();
    for room in crates() {
        for path in files_below(&root().join("crates").join(&room), "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            let ban = ["#[", "ignore"].concat();
            if text.contains(&ban) {
                wrong.push(format!(
                    "{}: assert the behaviour as it is instead of ignoring it",
                    path.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_map_names_every_room() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    for room in crates() {
        assert!(map.contains(&format!("`{room}`")), "ARCHITECTURE.md does not describe `{room}`");
    }
}

/// How many letters of a line tell it apart from the others of a document.
const LINE_BEGINS: usize = 50;

/// Two lines of work that touch one paragraph leave both of its versions standing, of which one is old.
#[test]
fn nothing_stands_twice_in_a_document() {
    let mut documents = files_below(&root().join("docs"), "md");
    documents.extend(
        ["README.md", "README.fr.md", "SECURITY.md", "ARCHITECTURE.md", "CHANGELOG.md"]
            .map(|name| root().join(name)),
    );
    let mut wrong = Vec::new();
    // One table for each agreement, under the same heads, is written by a test.
    for document in documents.iter().filter(|document| !document.ends_with("conformance.md")) {
        let text = fs::read_to_string(document).unwrap_or_default();
        let mut seen = BTreeMap::new();
        // What stands between two fences is an example.
        for line in text.split("```").step_by(2).flat_map(str::lines).map(str::trim) {
            let beginning: String = line.chars().take(LINE_BEGINS).collect();
            let is_long = beginning.chars().nth(LINE_BEGINS - 1).is_some();
            if let Some(first) = seen.insert(beginning, line).filter(|_| is_long) {
                wrong.push(format!("{}:\n  {first}\n  {line}", document.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "these begin alike, keep the one that is so:\n{}", wrong.join("\n"));
}

#[test]
fn every_diagnostic_is_documented() {
    let page =
        fs::read_to_string(root().join("docs/agreement-language.md")).expect("docs/agreement-language.md");
    let source =
        fs::read_to_string(root().join("crates/agreement/src/diagnostic.rs")).expect("the list of codes");
    let codes: Vec<&str> =
        source.split('"').filter(|part| part.starts_with("agreement::") && !part.contains(' ')).collect();
    assert!(codes.len() > 10, "the codes are read from the list");
    for code in codes {
        assert!(page.contains(code), "docs/agreement-language.md does not explain {code}");
    }
}

/// Each class of attacks names tests that are there: see tests/security/classes.
/// The inventory of cryptography (ISO 27001 A 8.24) names every file of the program that uses some.
#[test]
fn all_cryptography_is_in_the_inventory() {
    let inventory = fs::read_to_string(root().join("docs/cryptography.md")).expect("the inventory");
    let libraries = ["aws_lc_rs::", "argon2::", "hmac::", "sha1::", "sha2::", "rustls::", "mail_auth::"];
    let missing: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| libraries.iter().any(|library| text.contains(library)))
        .map(|(path, _)| path.strip_prefix(root().join("crates")).unwrap_or(&path).display().to_string())
        .filter(|path| path.contains("/src/") && !path.starts_with("harness/"))
        .filter(|path| !inventory.contains(&format!("`{path}`")))
        .collect();
    assert!(missing.is_empty(), "name these in docs/cryptography.md: {missing:?}");
}

#[test]
fn every_class_of_attacks_has_its_tests() {
    let folder = root().join("tests/security/classes");
    let mut classes: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the classes stand there")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    classes.sort();
    let mut wrong = Vec::new();
    for (place, class) in classes.iter().enumerate() {
        let name = class.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with(&format!("{:02}-", place + 1)) {
            wrong.push(format!("{name} is not the {}. class", place + 1));
        }
        let text = fs::read_to_string(class.join("README.md")).unwrap_or_default();
        let named: Vec<(&str, &str)> = text
            .split('`')
            .filter_map(|part| part.split_once("::"))
            .filter(|(file, _)| file.ends_with(".rs"))
            .collect();
        if named.is_empty() {
            wrong.push(format!("{name} names no test"));
        }
        for (file, test) in named {
            let code = fs::read_to_string(root().join(file)).unwrap_or_default();
            if !code.contains(&format!("fn {test}(")) {
                wrong.push(format!("{name}: there is no {file}::{test}"));
            }
        }
    }
    assert_eq!(classes.len(), 24, "24 classes");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Texts whose keys a helper puts together, by what they begin with; others are named in the code, whole or up to the
/// last part (`"problem-{kind}"`).
const TEXT_FAMILIES: &[&str] = &[
    "channel-",
    "party-",
    "status-",
    "due-late-",
    "due-missed-",
    "mail-escalation-",
    "mail-missed-",
    "mail-warning-",
];

/// A letter whose lines end with LF alone is refused (CVE-2023-51764): the commands that we print for sending one say so to curl,
/// and curl tells when it is refused nevertheless.
#[test]
fn the_letters_of_our_examples_are_taken() {
    let texts = ["README.md", "README.fr.md", "crates/cli/src/demo.rs"];
    for text in texts {
        let read = fs::read_to_string(root().join(text)).expect("a text");
        let sending: Vec<&str> = read.lines().filter(|line| line.contains("smtp://")).collect();
        assert!(!sending.is_empty(), "{text} shows how a letter is sent");
        for line in sending {
            assert!(line.contains("curl -sS --crlf "), "{text}: {line}");
        }
    }
}

/// A text that nobody says any more is deleted, so that whoever words the product words what people read.
#[test]
fn every_text_is_said_somewhere() {
    let code: Vec<String> = sources().into_iter().map(|(_, code)| code).collect();
    let literals: BTreeSet<&str> = code.iter().flat_map(|code| code.split('"')).collect();
    let catalogues: Vec<String> = files_below(&root().join("crates/words/locales"), "ftl")
        .iter()
        .map(|path| fs::read_to_string(path).expect("a catalogue"))
        .collect();
    let begun: Vec<&str> = literals
        .iter()
        .filter_map(|literal| literal.split_once('{'))
        .filter(|(_, rest)| rest.split_once('}').is_some_and(|(name, _)| !name.contains(':')))
        .map(|(beginning, _)| beginning)
        .filter(|beginning| beginning.ends_with('-') && beginning.len() > 2)
        .chain(TEXT_FAMILIES.iter().copied())
        .collect();
    let keys: BTreeSet<&str> = catalogues
        .iter()
        .flat_map(|text| text.lines())
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
        .filter_map(|line| line.split_once(" ="))
        .map(|(key, _)| key)
        .collect();
    assert!(keys.len() > 1000, "the catalogues are read");
    let silent: Vec<&str> = keys
        .into_iter()
        .filter(|key| !literals.contains(key) && !begun.iter().any(|beginning| key.starts_with(beginning)))
        .filter(|key| !catalogues.iter().any(|text| text.contains(&format!("{{ {key} }}"))))
        .collect();
    assert!(silent.is_empty(), "delete these texts, or say them: {}", silent.join(", "));
}

//! The page about the language names every kind of rule, every key and every complaint, and its
//! examples can be read.

#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use agreement::{Code, Shape, kinds};
use toml_edit::Document;

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/agreement-language.md")).unwrap()
}

#[test]
fn every_complaint_is_listed_with_its_weight() {
    let page = page();
    for code in Code::ALL {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", code.as_str())));
        let row = row.unwrap_or_else(|| panic!("{} is not documented", code.as_str()));
        let warning = code.severity() == agreement::Severity::Warning;
        assert_eq!(row.contains("warning"), warning, "{row}");
    }
}

#[test]
fn every_kind_and_every_key_is_named() {
    let page = page();
    for kind in kinds() {
        assert!(
            page.contains(&format!("`{}`", kind.kind)) || page.contains(&format!("[{}]", kind.kind)),
            "{}",
            kind.kind
        );
        for key in kind.keys {
            let named = page.contains(&format!("`{}`", key.key))
                || page.contains(&format!("`{}.{}`", kind.kind, key.key))
                || page.contains(&format!("`{} = ", key.key))
                || page.contains(&format!("\n{} ", key.key));
            assert!(named, "{}.{}", kind.kind, key.key);
            if let Shape::Word(words) = key.shape {
                for word in words {
                    assert!(page.contains(word), "{}.{} = {word}", kind.kind, key.key);
                }
            }
        }
    }
}

#[test]
fn the_examples_of_the_page_are_toml() {
    let mut read = 0;
    for block in page().split("```toml\n").skip(1) {
        let block = block.split("```").next().unwrap();
        Document::parse(block).unwrap_or_else(|error| panic!("{error}\n{block}"));
        read += 1;
    }
    assert!(read >= 8, "{read}");
}

//! The schema that editors use accepts every block of the shipped agreements and refuses slips.

#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use agreement::{Part, Source, json_schema};
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use toml_edit::{Document, Item, TableLike};

/// A block as an editor hands it to a validator.
fn as_json(block: &str) -> Value {
    let document = Document::parse(block).unwrap();
    table(document.as_table())
}

fn table(table: &dyn TableLike) -> Value {
    Value::Object(table.iter().map(|(key, found)| (key.to_owned(), item(found))).collect::<Map<_, _>>())
}

fn item(found: &Item) -> Value {
    match found {
        Item::None => Value::Null,
        Item::Table(found) => table(found),
        Item::ArrayOfTables(tables) => tables.iter().map(|found| table(found)).collect(),
        Item::Value(found) => value(found),
    }
}

fn value(found: &toml_edit::Value) -> Value {
    match found {
        toml_edit::Value::String(text) => json!(text.value()),
        toml_edit::Value::Integer(number) => json!(number.value()),
        toml_edit::Value::Float(number) => json!(number.value()),
        toml_edit::Value::Boolean(yes) => json!(yes.value()),
        toml_edit::Value::Datetime(moment) => json!(moment.value().to_string()),
        toml_edit::Value::Array(values) => values.iter().map(value).collect(),
        toml_edit::Value::InlineTable(found) => table(found),
    }
}

fn schema() -> Validator {
    jsonschema::draft202012::new(&json_schema()).unwrap()
}

/// Every block of rules below a folder: the file, its line, and its text.
fn blocks(folder: &str) -> Vec<(String, String)> {
    let folder = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let source = Source::read("", &text);
        for part in source.sections.iter().flat_map(|section| &section.parts) {
            if let Part::Terms(place) = part {
                let (line, _) = place.line_and_column(&text);
                found.push((format!("{}:{line}", path.display()), source.slice(*place).to_owned()));
            }
        }
    }
    found
}

#[test]
fn it_is_a_schema() {
    jsonschema::draft202012::meta::validate(&json_schema()).unwrap();
}

#[test]
fn every_shipped_block_is_accepted() {
    let schema = schema();
    let mut refused = Vec::new();
    let all = [blocks("../../agreements"), blocks("tests/good")].concat();
    assert!(all.len() > 100, "{}", all.len());
    for (place, block) in all {
        for error in schema.iter_errors(&as_json(&block)) {
            refused.push(format!("{place}: {} at {}", error, error.instance_path()));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// A letter doubled in any key of a rule of the shipped agreements is refused, unless the key is a
/// name of the document's own or stands in a condition, which the compiler alone can judge.
#[test]
fn a_misspelt_key_is_refused() {
    let schema = schema();
    let mut tried = 0;
    for (place, block) in blocks("../../agreements") {
        let mut whole = as_json(&block);
        let kinds: Vec<String> = whole.as_object().unwrap().keys().cloned().collect();
        for kind in kinds {
            // A misspelt kind of rule.
            let rules = whole.as_object_mut().unwrap().remove(&kind).unwrap();
            whole[format!("{kind}x")] = rules.clone();
            assert!(!schema.is_valid(&whole), "{place}: {kind}x");
            whole.as_object_mut().unwrap().remove(&format!("{kind}x"));
            whole[&kind] = rules.clone();
            let Some(rule) = agreement::kind_rule(&kind).filter(|rule| rule.named) else { continue };
            for (name, keys) in rules.as_object().unwrap() {
                for key in keys.as_object().unwrap().keys() {
                    // `fr` and `en` are words for people in a language.
                    if key.len() == 2 || !rule.keys.iter().any(|known| known.key == key) {
                        continue;
                    }
                    let rows = whole[&kind][name].as_object_mut().unwrap();
                    let moved = rows.remove(key).unwrap();
                    rows.insert(format!("{key}x"), moved.clone());
                    assert!(!schema.is_valid(&whole), "{place}: {kind}.{name}.{key}x");
                    let rows = whole[&kind][name].as_object_mut().unwrap();
                    rows.remove(&format!("{key}x"));
                    rows.insert(key.clone(), moved);
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 500, "{tried}");
}

#[test]
fn a_value_of_another_kind_is_refused() {
    let schema = schema();
    for block in [
        "[promise.response]\nstrength = \"firm\"",
        "[parameter.x]\nkind = \"colour\"",
        "[agreement]\nformat = \"one\"\nkey = \"k\"\nversion = \"1\"\neffective = 2026-01-01\nzone = \"UTC\"",
        "[agreement]\nformat = 1",
        "[queue]\njump = { reason = true }\norder = [\"arrival\"]",
        "[ledger.x]\nworth = \"1 hour\"\npack = [{ price = \"1 EUR\" }]",
    ] {
        assert!(!schema.is_valid(&as_json(block)), "{block}");
    }
}

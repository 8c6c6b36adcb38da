use crate::schema::{CASE_KEYS, EVERYWHERE, KeyRule, KindRule, Shape, kinds};
use serde_json::{Map, Value, json};

/// The JSON Schema (2020-12) of a block of rules, for editors that complete and check as one types.
///
/// It knows keys and shapes; names, conditions and figures are the compiler's to check.
#[must_use]
pub fn json_schema() -> Value {
    let mut properties = Map::new();
    let mut defaults = Map::new();
    for kind in kinds() {
        let rule = rule_schema(kind);
        let mut partial = rule.clone();
        if let Some(partial) = partial.as_object_mut() {
            partial.remove("required");
        }
        defaults.insert(kind.kind.to_owned(), partial);
        let schema =
            if kind.named { json!({ "type": "object", "additionalProperties": rule }) } else { rule };
        // A kind of two words is a table inside a table.
        match kind.kind.split_once('.') {
            Some((outer, inner)) => {
                let inside = properties.entry(outer).or_insert_with(
                    || json!({ "type": "object", "properties": {}, "additionalProperties": false }),
                );
                inside["properties"][inner] = schema;
            }
            None => {
                properties.insert(kind.kind.to_owned(), schema);
            }
        }
    }
    properties.insert(
        "default".to_owned(),
        json!({ "type": "object", "properties": defaults, "additionalProperties": false }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "terms",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// A rule may be written in several blocks, each with a part of its keys, so none is required of one
/// block, but for the document's own name.
fn rule_schema(kind: &KindRule) -> Value {
    let keys: Vec<KeyRule> = kind.keys.iter().chain(EVERYWHERE).copied().collect();
    let mut schema = table(&keys, true);
    if !kind.case_keys.is_empty() {
        let mut of_case: Vec<KeyRule> = CASE_KEYS.to_vec();
        // A row without a condition gives any key of its rule from under another clause.
        let more = kind.keys.iter().filter(|key| !CASE_KEYS.iter().any(|known| known.key == key.key));
        of_case.extend(more.map(|key| KeyRule { needed: false, ..*key }));
        of_case.extend(EVERYWHERE);
        if kind.case_keys.contains(&"holds") {
            of_case.push(KeyRule { key: "holds", shape: Shape::YesNo, needed: false });
        }
        let case = table(&of_case, true);
        schema["properties"]["case"] = json!({ "type": "array", "items": case });
    }
    if kind.kind != "agreement"
        && let Some(schema) = schema.as_object_mut()
    {
        schema.remove("required");
    }
    schema
}

fn table(keys: &[KeyRule], labels: bool) -> Value {
    let mut properties = Map::new();
    for key in keys {
        properties.insert(key.key.to_owned(), shape(key.shape));
    }
    let required: Vec<&str> = keys.iter().filter(|key| key.needed).map(|key| key.key).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if labels {
        // Words for people stand under two letters of a language, which some keys have as well.
        let short: Vec<&str> = keys.iter().map(|key| key.key).filter(|key| key.len() == 2).collect();
        let language = match short.as_slice() {
            [] => "^[a-z]{2}$".to_owned(),
            short => format!("^(?!(?:{})$)[a-z]{{2}}$", short.join("|")),
        };
        schema["patternProperties"] = json!({ language: { "type": "string" } });
    }
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn shape(shape: Shape) -> Value {
    let one_or_several = |item: Value| json!({ "anyOf": [item, { "type": "array", "items": item }] });
    // A value may be a choice by a fact or come from a fact of the case.
    let or_choice = |plain: Value| json!({ "anyOf": [plain, { "type": "object" }] });
    match shape {
        Shape::Text | Shape::Date => or_choice(json!({ "type": "string" })),
        Shape::Word(words) => or_choice(json!({ "enum": words })),
        Shape::Names => or_choice(one_or_several(json!({ "type": ["string", "number"] }))),
        Shape::YesNo => json!({ "type": "boolean" }),
        Shape::Number => json!({ "type": "number" }),
        Shape::Span => or_choice(json!({
            "type": "string",
            "examples": ["10 minutes", "4 business hours", "2 business days", "end of month"],
        })),
        Shape::Scalar => json!({ "not": { "type": "object" } }),
        Shape::Condition | Shape::Map => json!({ "type": "object" }),
        Shape::Events => one_or_several(json!({ "type": ["string", "object"] })),
        Shape::Hours => {
            json!({ "type": "object", "patternProperties": { "^(mon|tue|wed|thu|fri|sat|sun)": {} } })
        }
        Shape::Table(keys) => table(keys, false),
        Shape::TableOr(word, keys) => json!({ "anyOf": [{ "const": word }, table(keys, false)] }),
        Shape::Either(words, keys) => json!({ "anyOf": [{ "enum": words }, table(keys, false)] }),
        Shape::Rows(keys) => one_or_several(table(keys, true)),
        _ => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::json_schema;

    #[test]
    fn every_kind_has_its_keys() {
        let schema = json_schema();
        let promise = &schema["properties"]["promise"]["additionalProperties"];
        assert!(promise["properties"]["within"].is_object());
        assert!(promise["properties"]["case"]["items"]["properties"]["except"].is_object());
        assert_eq!(promise["additionalProperties"], false);
        assert!(schema["properties"]["default"]["properties"]["promise"].is_object());
        let agreement = &schema["properties"]["agreement"]["required"];
        assert!(agreement.as_array().is_some_and(|keys| keys.iter().any(|key| key == "zone")));
        let when = &schema["properties"]["queue"]["properties"]["jump"]["required"];
        assert_eq!(when[0], "who");
    }
}

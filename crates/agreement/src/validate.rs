use crate::diagnostic::{Code, Diagnostic};
use crate::merge::Rules;
use crate::nearest::nearest;
use crate::node::{Entry, Node, Raw, find};
use crate::place::Place;
use crate::reader::Reader;
use crate::schema::{CASE_KEYS, CHOICES, EVERYWHERE, KeyRule, Shape};

/// Holds every rule against the table of kinds: unknown keys, values of another shape, missing
/// keys, rules without a clause.
pub(crate) fn validate(reader: &mut Reader<'_>, rules: &Rules) {
    for rule in &rules.rules {
        let path = rule.path();
        let known: Vec<KeyRule> = rule.kind.keys.iter().chain(EVERYWHERE).copied().collect();
        if rule.section.is_none() {
            // Only exceptions were seen: nothing for them to except.
            if let Some(case) = rule.cases.first() {
                let names: Vec<&str> = rules
                    .of_kind(rule.kind.kind)
                    .filter(|other| other.section.is_some())
                    .map(|other| other.name.as_str())
                    .collect();
                let near = nearest(&rule.name, names);
                reader.complain(Diagnostic::unknown_name("rule", &path, case.place, near));
            }
            continue;
        }
        keys(reader, &path, &rule.keys, &known, true);
        let excepted = rule.kind.keys.iter().filter(|key| rule.kind.case_keys.contains(&key.key));
        // Whether an exclusion holds is asked in its exceptions alone.
        let holds = KeyRule { key: "holds", shape: Shape::YesNo, needed: false };
        let holds = rule.kind.case_keys.contains(&"holds").then_some(holds);
        let by_case = |key: &&KeyRule| match rule.kind.kind {
            // The hours of a calendar change from a day on, not by the case.
            "calendar" => matches!(key.key, "name" | "since"),
            // Who does a task is chosen by the case, not by the day.
            "task" => !matches!(key.key, "since" | "until"),
            _ => true,
        };
        let of_case: Vec<KeyRule> = CASE_KEYS
            .iter()
            .filter(by_case)
            .chain(excepted)
            .chain(holds.iter())
            .chain(EVERYWHERE)
            .copied()
            .collect();
        for case in &rule.cases {
            keys(reader, &format!("{path}.case"), &case.keys, &of_case, true);
        }
        for needed in rule.kind.keys.iter().filter(|key| key.needed) {
            let given =
                rule.get(needed.key).is_some() || rules.default_of(rule.kind.kind, needed.key).is_some();
            if !given && !rule.misspells(needed.key) {
                reader.complain(
                    Diagnostic::new(Code::MissingKey, rule.place)
                        .with("rule", path.clone())
                        .with("key", needed.key.to_owned()),
                );
            }
        }
        exceptions(reader, rule);
    }
    for (kind, defaults) in &rules.defaults {
        let known: Vec<KeyRule> = kind.keys.iter().chain(EVERYWHERE).copied().collect();
        keys(reader, &format!("default.{}", kind.kind), defaults, &known, true);
    }
}

/// `except` names another exception of the same rule.
fn exceptions(reader: &mut Reader<'_>, rule: &crate::merge::Rule) {
    let names: Vec<&str> = rule
        .cases
        .iter()
        .filter_map(|case| find(&case.keys, "name").and_then(|entry| entry.node.as_text()))
        .collect();
    for case in &rule.cases {
        let Some(entry) = find(&case.keys, "except") else { continue };
        for (name, place) in reader.names("except", &entry.node) {
            if !names.contains(&name.as_str()) {
                let near = nearest(&name, names.iter().copied());
                reader.complain(Diagnostic::unknown_name("case", &name, place, near));
            }
        }
    }
}

fn keys(reader: &mut Reader<'_>, path: &str, entries: &[Entry], known: &[KeyRule], labels: bool) {
    for entry in entries {
        match known.iter().find(|rule| rule.key == entry.key) {
            Some(rule) => shape(reader, path, entry, rule.shape),
            None if labels && reader.is_language(&entry.key) => {
                if entry.node.as_text().is_none() {
                    reader.wrong(&entry.key, "text", entry.node.place);
                }
            }
            None => {
                let names: Vec<String> = known
                    .iter()
                    .filter(|rule| !EVERYWHERE.iter().any(|everywhere| everywhere.key == rule.key))
                    .map(|rule| format!("`{}`", rule.key))
                    .collect();
                let near = nearest(&entry.key, known.iter().map(|rule| rule.key));
                reader.complain(
                    Diagnostic::new(Code::UnknownKey, entry.place)
                        .with("rule", path.to_owned())
                        .with("key", entry.key.clone())
                        .with("known", names.join(", "))
                        .with_nearest(near),
                );
            }
        }
    }
}

fn shape(reader: &mut Reader<'_>, path: &str, entry: &Entry, shape: Shape) {
    let node = &entry.node;
    let is_choice = |node: &Node| {
        node.as_table().is_some_and(|keys| find(keys, "by").is_some() || find(keys, "fact").is_some())
    };
    let is_parameter = node.as_text().is_some_and(|text| text.starts_with('$'));
    if (is_parameter || is_choice(node)) && CHOICES.contains(&entry.key.as_str()) {
        return;
    }
    let inside = format!("{path}.{}", entry.key);
    match (shape, &node.raw) {
        (Shape::Text, Raw::Text(_)) | (Shape::YesNo, Raw::YesNo(_)) | (Shape::Number, Raw::Number(_)) => {}
        (Shape::Text, Raw::Number(_)) => {}
        (Shape::Word(words), Raw::Text(text)) => {
            if !words.contains(&text.as_str()) {
                let known: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                reader.complain(
                    Diagnostic::new(Code::UnknownValue, node.place)
                        .with("value", text.clone())
                        .with("fact", entry.key.clone())
                        .with("known", known.join(", "))
                        .with_nearest(nearest(text, words.iter().copied())),
                );
            }
        }
        (Shape::Names, Raw::Text(_) | Raw::List(_)) => {}
        (Shape::Date, Raw::Date(_) | Raw::Text(_)) => {}
        (Shape::Scalar, Raw::Text(_) | Raw::Number(_) | Raw::YesNo(_) | Raw::Date(_) | Raw::Instant(_)) => {}
        (Shape::Scalar, Raw::List(_)) => {}
        // Spans, events and conditions are read where they are used, which names the fault closer.
        (Shape::Span | Shape::Any | Shape::Events | Shape::Condition | Shape::Hours, _) => {}
        (Shape::Map, Raw::Table(_)) => {}
        (Shape::Either(words, _), Raw::Text(text)) if words.contains(&text.as_str()) => {}
        (Shape::Table(known) | Shape::TableOr(_, known) | Shape::Either(_, known), Raw::Table(entries)) => {
            keys(reader, &inside, entries, known, false);
            missing(reader, &inside, entries, known, node.place);
        }
        (Shape::TableOr(word, _), Raw::Text(text)) if text == word => {}
        (Shape::Rows(known), Raw::List(rows)) => {
            for row in rows {
                match row.as_table() {
                    Some(entries) => {
                        keys(reader, &inside, entries, known, true);
                        missing(reader, &inside, entries, known, row.place);
                    }
                    None => reader.wrong(&entry.key, "rows", row.place),
                }
            }
        }
        (Shape::Rows(known), Raw::Table(entries)) => {
            keys(reader, &inside, entries, known, true);
            missing(reader, &inside, entries, known, node.place);
        }
        (shape, _) => {
            let wanted = match shape {
                Shape::Word(_) | Shape::Text => "text",
                Shape::Names => "names",
                Shape::YesNo => "yes-no",
                Shape::Number => "number",
                Shape::Date => "date",
                Shape::Scalar => "scalar",
                Shape::Rows(_) => "rows",
                _ => "table",
            };
            reader.wrong(&entry.key, wanted, node.place);
        }
    }
}

fn missing(reader: &mut Reader<'_>, path: &str, entries: &[Entry], known: &[KeyRule], place: Place) {
    for rule in known.iter().filter(|rule| rule.needed) {
        if find(entries, rule.key).is_none() {
            reader.complain(
                Diagnostic::new(Code::MissingKey, place)
                    .with("rule", path.to_owned())
                    .with("key", rule.key.to_owned()),
            );
        }
    }
}

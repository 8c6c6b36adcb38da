//! The catalogues as such: complete, alike, and set as French is set.

use calendar::{Period, Span, Unit, Weekday};
use fluent_syntax::ast;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use terms::Strength;
use words::{
    Language, Value, has_text, number, span_in_words, strength_in_words, text_with, weekday_in_words,
};

/// A message: the values it takes and every text that stands in it.
struct Message {
    arguments: BTreeSet<String>,
    texts: Vec<String>,
}

fn messages(language: Language) -> BTreeMap<String, Message> {
    let mut found = BTreeMap::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(language.tag());
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let source = std::fs::read_to_string(&path).unwrap();
        let resource = fluent_syntax::parser::parse(source.as_str())
            .unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", path.display()));
        for entry in resource.body {
            let ast::Entry::Message(message) = entry else { continue };
            assert!(message.attributes.is_empty(), "{} has attributes, which nobody reads", message.id.name);
            let mut read = Message { arguments: BTreeSet::new(), texts: Vec::new() };
            read_pattern(&message.value.expect("every message has a value"), &mut read);
            let earlier = found.insert(message.id.name.to_owned(), read);
            assert!(earlier.is_none(), "{} stands twice in {}", message.id.name, language.tag());
        }
    }
    found
}

fn read_pattern(pattern: &ast::Pattern<&str>, read: &mut Message) {
    // Placeables leave a mark, so that what stands beside them can be judged.
    let mut text = String::new();
    for element in &pattern.elements {
        match element {
            ast::PatternElement::TextElement { value } => text.push_str(value),
            ast::PatternElement::Placeable { expression } => {
                text.push('◊');
                match expression {
                    ast::Expression::Inline(inline) => read_inline(inline, read),
                    ast::Expression::Select { selector, variants } => {
                        read_inline(selector, read);
                        for variant in variants {
                            read_pattern(&variant.value, read);
                        }
                    }
                }
            }
        }
    }
    read.texts.push(text);
}

fn read_inline(inline: &ast::InlineExpression<&str>, read: &mut Message) {
    match inline {
        ast::InlineExpression::VariableReference { id } => {
            read.arguments.insert(id.name.to_owned());
        }
        ast::InlineExpression::StringLiteral { value } => read.texts.push((*value).to_owned()),
        other => panic!("catalogues keep to values and plain text: {other:?}"),
    }
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_values() {
    let (french, english) = (messages(Language::French), messages(Language::English));
    let keys = |messages: &BTreeMap<String, Message>| messages.keys().cloned().collect::<BTreeSet<_>>();
    let (only_french, only_english): (Vec<_>, Vec<_>) = (
        keys(&french).difference(&keys(&english)).cloned().collect(),
        keys(&english).difference(&keys(&french)).cloned().collect(),
    );
    assert!(only_french.is_empty() && only_english.is_empty(), "{only_french:?} {only_english:?}");
    for (key, message) in &french {
        assert_eq!(message.arguments, english[key].arguments, "values of {key}");
    }
}

#[test]
fn every_message_can_be_formatted_with_its_values() {
    for language in Language::ALL {
        for (key, message) in messages(language) {
            for count in [0, 1, 2, 21] {
                let values: Vec<(&str, Value<'_>)> = message
                    .arguments
                    .iter()
                    .map(|name| match name.as_str() {
                        "count" | "number" => (name.as_str(), Value::Number(count)),
                        name => (name, Value::Text("x")),
                    })
                    .collect();
                // Missing keys and values panic, for debug assertions are on in tests.
                assert!(!text_with(language, &key, &values).is_empty(), "{key}");
            }
        }
    }
}

#[test]
fn french_is_set_with_its_own_spaces_and_apostrophes() {
    let mut faults = Vec::new();
    for (key, message) in messages(Language::French) {
        for text in &message.texts {
            let letters: Vec<char> = text.chars().collect();
            for (place, letter) in letters.iter().enumerate() {
                let before = place.checked_sub(1).map(|place| letters[place]);
                let after = letters.get(place + 1).copied();
                let fault = match letter {
                    '\'' => true,
                    '"' | '“' | '”' => true,
                    // The shortcut « touche ? » names a key, and still takes its space.
                    ';' | '!' | '?' | '»' => before != Some('\u{a0}'),
                    // Only a colon between words takes a space: not that of an address or of a time.
                    ':' => {
                        let digit =
                            |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
                        before != Some('\u{a0}') && before != Some('◊') && !(digit(before) && digit(after))
                    }
                    '«' => after != Some('\u{a0}'),
                    '%' => before != Some('\u{a0}'),
                    _ => false,
                };
                if fault {
                    faults.push(format!("{key}: {text}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn english_is_set_with_curly_quotes() {
    for (key, message) in messages(Language::English) {
        for text in &message.texts {
            assert!(!text.contains(['\'', '"', '«']), "{key}: {text}");
        }
    }
}

#[test]
fn the_portal_speaks_without_jargon() {
    for language in Language::ALL {
        for (key, message) in messages(language) {
            if !key.starts_with("portal-") {
                continue;
            }
            for text in &message.texts {
                let words: Vec<String> =
                    text.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase).collect();
                for banned in ["ticket", "tickets", "sla", "p1", "p2", "p3", "p4"] {
                    assert!(!words.iter().any(|word| word == banned), "{key} says {banned}: {text}");
                }
                for sentence in text.split(['.', '?', ':']) {
                    let count = sentence
                        .split_whitespace()
                        .filter(|word| word.chars().any(char::is_alphabetic))
                        .count();
                    assert!(count <= 25, "{key} is too long a sentence: {text}");
                }
            }
        }
    }
}

#[test]
fn names_that_are_put_together_all_have_their_message() {
    for language in Language::ALL {
        for unit in Unit::ALL {
            assert!(!span_in_words(language, &Span::Of { count: 2, unit }).is_empty());
        }
        for period in Period::ALL {
            for next in [false, true] {
                assert!(!span_in_words(language, &Span::EndOf { period, next }).is_empty());
            }
        }
        for (strength, _) in Strength::NAMES {
            assert!(!strength_in_words(language, strength).is_empty());
        }
        for weekday in Weekday::ALL {
            assert!(!weekday_in_words(language, weekday).is_empty());
            assert!(has_text(language, &format!("weekday-short-{weekday}")));
        }
        for month in 1..=12 {
            assert!(has_text(language, &format!("month-{month}")));
        }
    }
    assert_eq!(number(Language::English, 1_240), "1,240");
}

//! A form's change rewrites one value and nothing else, for every value of every shipped agreement.

#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use agreement::{Address, Amendable, NewValue, ValueSort, amend, amendable, compile, rewrite};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use std::sync::LazyLock;

/// Every shipped agreement with the values that can be changed in it.
static SHIPPED: LazyLock<Vec<(String, String, Vec<Amendable>)>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../agreements");
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let values = amendable(&text);
            (path.file_name().unwrap().to_str().unwrap().to_owned(), text, values)
        })
        .collect();
    found.sort_by(|left, right| left.0.cmp(&right.0));
    found
});

fn is_long() -> bool {
    std::env::var_os("ENTENTE_LONG").is_some()
}

/// Any value of a kind, as a person would say it.
fn new_value(sort: ValueSort) -> BoxedStrategy<String> {
    match sort {
        ValueSort::Text => prop_oneof![
            "\\PC{0,24}",
            "[a-zé \"'\\\\#\\[\\]{}=\t\n\r$]{0,16}",
            (1_u32..400, prop::sample::select(vec!["minutes", "business hours", "business days", "days"]))
                .prop_map(|(count, unit)| format!("{count} {unit}")),
        ]
        .boxed(),
        ValueSort::Number => (-9_999_i64..9_999, prop::option::of(0_u32..1_000))
            .prop_map(|(whole, part)| {
                part.map_or_else(|| whole.to_string(), |part| format!("{whole}.{part}"))
            })
            .boxed(),
        ValueSort::YesNo => prop_oneof![Just("yes".to_owned()), Just("no".to_owned())].boxed(),
        ValueSort::Date => (2015_i32..2040, 1_u32..13, 1_u32..29)
            .prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
            .boxed(),
        ValueSort::Instant => (0_u32..24, 0_u32..60)
            .prop_map(|(hour, minute)| format!("2026-07-01T{hour:02}:{minute:02}:00-04:00"))
            .boxed(),
        ValueSort::Names => {
            prop::collection::vec("[a-z_]{1,8}", 1..4).prop_map(|names| names.join(",")).boxed()
        }
    }
}

/// In the long run every value is changed, in the ordinary one a sample.
#[test]
fn every_value_can_be_written_anew() {
    let mut runner = TestRunner::deterministic();
    for (document, (_, _, values)) in SHIPPED.iter().enumerate() {
        for value in (0..values.len()).step_by(if is_long() { 1 } else { 113 }) {
            let said = new_value(values[value].sort).new_tree(&mut runner).unwrap().current();
            check(document, value, &said);
        }
    }
}

/// Checks that `after` is `before` with the stretch of one value replaced; gives what stands there.
fn only_the_value_differs(before: &str, value: &Amendable, after: &str) -> String {
    let head = &before[..value.place.start];
    let tail = &before[value.place.end..];
    assert!(after.starts_with(head), "{}: text before the value changed", value.address);
    assert!(after.ends_with(tail), "{}: text after the value changed", value.address);
    assert!(after.len() >= head.len() + tail.len(), "{}", value.address);
    after[head.len()..after.len() - tail.len()].to_owned()
}

fn rewritten(text: &str, address: &str, value: NewValue<'_>) -> String {
    rewrite(text, &Address::parse(address).unwrap(), value).unwrap().text
}

/// The other values of the document, which no change may touch. A row that is renamed takes its
/// values along to its new address, so they are compared in their order, without it.
fn others(values: &[Amendable], place: usize) -> Vec<String> {
    let own = &values[place];
    let is_other = |one: &&Amendable| one.place.end <= own.place.start || own.place.end <= one.place.start;
    let around = |one: &Amendable| one.place.start <= own.place.start && own.place.end <= one.place.end;
    values.iter().filter(is_other).filter(|one| !around(one)).map(|one| one.value.clone()).collect()
}

fn check(document: usize, value: usize, said: &str) {
    let (_, text, values) = &SHIPPED[document];
    let value_before = &values[value];
    let after = rewritten(text, &value_before.address, NewValue::Said(said));
    let written = only_the_value_differs(text, value_before, &after);
    let now = amendable(&after);
    let at =
        |one: &&Amendable| one.place.start == value_before.place.start && one.place.len() == written.len();
    let found = now.iter().find(at).unwrap_or_else(|| panic!("{}: {written}", value_before.address));
    let plain = |text: &str| text.trim().trim_matches(',').to_owned();
    match value_before.sort {
        ValueSort::Text => assert_eq!(found.value, said, "{}", value_before.address),
        ValueSort::Instant => assert!(written.starts_with(said)),
        _ => assert_eq!(plain(&found.value), plain(said), "{}", value_before.address),
    }
    let place = now.iter().position(|one| one.address == found.address).unwrap();
    assert_eq!(others(values, value), others(&now, place), "{}", value_before.address);
    // Changed back as it was written, the document is the very same; said again, it is too unless
    // the author wrote the value in a manner of his own.
    let back = rewritten(&after, &found.address, NewValue::Written(&text[value_before.place.range()]));
    assert_eq!(&back, text, "{}", value_before.address);
    if value_before.sort == ValueSort::Text {
        let back = rewritten(&after, &found.address, NewValue::Said(&value_before.value));
        assert_eq!(&back, text, "{}", value_before.address);
    }
}

#[test]
fn the_shipped_agreements_have_values_of_every_kind() {
    let all: Vec<&Amendable> = SHIPPED.iter().flat_map(|(_, _, values)| values).collect();
    assert!(all.len() > 2_000, "{}", all.len());
    for sort in [ValueSort::Text, ValueSort::Number, ValueSort::YesNo, ValueSort::Date, ValueSort::Names] {
        assert!(all.iter().any(|one| one.sort == sort), "{sort:?}");
    }
    for one in &all {
        let written = Address::parse(&one.address).map(|address| address.to_string());
        assert_eq!(written.as_deref(), Some(one.address.as_str()));
    }
}

#[test]
fn a_change_touches_one_value_and_can_be_taken_back() {
    let cases = if is_long() { 100_000 } else { 48 };
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 64,
        ..Config::default()
    });
    let documents: Vec<usize> = SHIPPED.iter().enumerate().map(|(place, _)| place).collect();
    let chosen = (prop::sample::select(documents), any::<prop::sample::Index>())
        .prop_map(|(document, index)| (document, index.index(SHIPPED[document].2.len())))
        .prop_flat_map(|(document, value)| {
            let said = new_value(SHIPPED[document].2[value].sort);
            (Just(document), Just(value), said)
        });
    runner
        .run(&chosen, |(document, value, said)| {
            check(document, value, &said);
            Ok(())
        })
        .unwrap();
}

/// What a rule promises changes with its value: the new target is what the compiled terms say.
#[test]
fn the_terms_say_the_new_value() {
    let (name, text, values) = SHIPPED.iter().find(|(name, ..)| name.starts_with("netmath")).unwrap();
    let spans: Vec<&Amendable> = values
        .iter()
        .filter(|one| one.address.starts_with("promise.") && one.address.ends_with(".strength"))
        .collect();
    assert!(!spans.is_empty());
    for one in spans {
        let other = if one.value == "objective" { "estimate" } else { "objective" };
        let address = Address::parse(&one.address).unwrap();
        let amended = amend(text, name, &address, NewValue::Said(other)).unwrap();
        let promise = one.address.split('.').nth(1).unwrap();
        let terms = |text: &str| {
            let terms = compile(text, name, &agreement::Options::default()).terms.unwrap();
            terms.promise(promise).unwrap().strength.clone()
        };
        let (before, after) = (terms(text), amended.compilation.terms.unwrap());
        assert_ne!(before, after.promise(promise).unwrap().strength, "{}", one.address);
    }
}

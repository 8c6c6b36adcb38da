//! The facts of an agreement as fields of a form.

use crate::page::Frame;
use terms::{FactRule, FactType, Terms};

/// What the agreement's lists offer for a fact: its products.
pub(crate) fn suggestions<'a>(terms: &'a Terms, rule: &FactRule) -> Vec<&'a str> {
    if rule.kind != FactType::Product {
        return Vec::new();
    }
    let mut titles: Vec<&str> = Vec::new();
    for entry in terms.lists.iter().flat_map(|list| &list.entries) {
        if !titles.contains(&entry.title.as_str()) {
            titles.push(&entry.title);
        }
    }
    titles
}

/// Whether a person may set the fact: what contracts or rules supply is not theirs to change.
pub(crate) fn settable(rule: &FactRule) -> bool {
    let asked = matches!(rule.from.as_str(), "customer" | "agent");
    let simple = matches!(
        rule.kind,
        FactType::YesNo
            | FactType::OneOf(_)
            | FactType::Text
            | FactType::Words
            | FactType::Product
            | FactType::Version
    );
    asked && simple && rule.derived.is_none() && rule.name.as_str() != "outcome"
}

/// The values of a fact that has a vocabulary.
pub(crate) fn choices(frame: &Frame, rule: &FactRule) -> Option<Vec<(String, String)>> {
    let unknown = (String::new(), frame.say("value-unspecified").to_owned());
    match &rule.kind {
        FactType::YesNo => Some(vec![
            unknown,
            ("yes".to_owned(), frame.say("value-yes").to_owned()),
            ("no".to_owned(), frame.say("value-no").to_owned()),
        ]),
        FactType::OneOf(values) => {
            let language = frame.language.tag();
            let named = values.iter().map(|value| {
                let label = match value.label.text(language) {
                    "" => value.name.replace('_', " "),
                    label => label.to_owned(),
                };
                (value.name.clone(), label)
            });
            Some(std::iter::once(unknown).chain(named).collect())
        }
        _ => None,
    }
}

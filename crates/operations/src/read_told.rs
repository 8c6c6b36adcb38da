//! What a letter tells of the facts that an agreement wants known: read from lines that say nothing else, so that
//! nothing is taken from a sentence, a name or a signature.

use store::fold_words;
use terms::{FactRule, FactType, FactValue, Facts};

/// Lines that are looked at.
const LINES_AT_MOST: usize = 200;

/// How a letter may tell a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// By its name: `Region: France`.
    Named,
    /// As an answer to the question too: `France` alone, in the first line, where no other question has that answer.
    Answered,
}

/// The wanted facts that a text tells, each by one value of the document's own. What is told in two ways is told in
/// none.
pub(crate) fn read_told(text: &str, wanted: &[&FactRule], how: Told) -> Facts {
    let mut facts = Facts::new();
    let first = text.lines().find(|line| !line.trim().is_empty()).map(fold_words);
    let first = first.filter(|_| how == Told::Answered);
    let has_answer = |rule: &FactRule| {
        let values = values_of(rule);
        first.as_ref().is_some_and(|words| values.iter().any(|(_, known)| known.contains(words)))
    };
    let is_clear = wanted.iter().filter(|rule| has_answer(rule)).count() == 1;
    for rule in wanted {
        let names = in_words(rule.name.as_str(), rule.label.iter().map(|(_, text)| text));
        let values = values_of(rule);
        let value_in = |words: &[String]| {
            values.iter().find(|(_, known)| known.iter().any(|known| known == words)).map(|(value, _)| value)
        };
        let mut told: Vec<&FactValue> = Vec::new();
        let lines = text.lines().filter(|line| !line.trim().is_empty()).take(LINES_AT_MOST);
        for (place, line) in lines.enumerate() {
            let words = fold_words(line);
            let after = names.iter().find_map(|name| words.strip_prefix(name.as_slice()));
            let bare = (is_clear && place == 0).then_some(words.as_slice());
            let Some(value) = after.into_iter().chain(bare).find_map(value_in) else { continue };
            if !told.contains(&value) {
                told.push(value);
            }
        }
        if let [value] = told.as_slice() {
            facts.set(rule.name.clone(), (*value).clone());
        }
    }
    facts
}

/// What may be said of a fact, and how; nothing where the document has no vocabulary for it.
fn values_of(rule: &FactRule) -> Vec<(FactValue, Vec<Vec<String>>)> {
    match &rule.kind {
        FactType::OneOf(values) => values
            .iter()
            .map(|value| {
                let said = in_words(&value.name, value.label.iter().map(|(_, text)| text));
                (FactValue::text(&value.name), said)
            })
            .collect(),
        FactType::YesNo => [(true, ["oui", "yes"]), (false, ["non", "no"])]
            .map(|(value, said)| (FactValue::YesNo(value), in_words(said[0], said[1..].iter().copied())))
            .to_vec(),
        _ => Vec::new(),
    }
}

/// A name and its labels, as words that can be compared; what has no word is none.
fn in_words<'a>(name: &'a str, labels: impl Iterator<Item = &'a str>) -> Vec<Vec<String>> {
    let all = std::iter::once(name).chain(labels).map(fold_words);
    all.filter(|words| !words.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Told, read_told};
    use terms::{Clause, ClauseName, FactName, FactRule, FactType, FactValue, Label, VocabularyValue};

    fn region() -> FactRule {
        let value = |name: &str, label: &str| VocabularyValue {
            name: name.to_owned(),
            label: Label::new("fr", label),
            meaning: Label::default(),
            team: None,
            hints: Vec::new(),
        };
        FactRule {
            name: FactName::from("region"),
            label: Label::new("fr", "Région"),
            clause: Clause::from(ClauseName {
                agreement: String::new(),
                version: String::new(),
                number: "1".to_owned(),
                item: None,
                heading: String::new(),
            }),
            kind: FactType::OneOf(vec![value("france", "France"), value("uk", "Royaume-Uni")]),
            from: "contract".to_owned(),
            presumed: None,
            required: Some("open".to_owned()),
            derived: None,
        }
    }

    #[test]
    fn a_line_tells_a_fact_and_a_sentence_does_not() {
        let rule = region();
        for (text, how, told) in [
            ("Bonjour,\nRégion : France\nMerci", Told::Named, Some("france")),
            ("region = royaume-uni", Told::Named, Some("uk")),
            ("REGION: uk.", Told::Named, Some("uk")),
            ("France", Told::Named, None),
            ("\n France \n\nMaude", Told::Answered, Some("france")),
            ("Bonjour\nFrance", Told::Answered, None),
            ("Nous sommes en France", Told::Answered, None),
            ("Région : France ou Royaume-Uni", Told::Answered, None),
            ("Région : France\nRégion : uk", Told::Answered, None),
            ("Région : Atlantide", Told::Answered, None),
            ("Région :", Told::Answered, None),
            ("", Told::Answered, None),
        ] {
            let facts = read_told(text, &[&rule], how);
            assert_eq!(facts.text("region"), told, "{text:?}");
        }
    }

    #[test]
    fn what_answers_two_questions_answers_none() {
        let asked = |name: &str| FactRule { name: FactName::from(name), kind: FactType::YesNo, ..region() };
        let (down, shared) = (asked("down"), asked("shared"));
        let told = |text: &str, wanted: &[&FactRule]| read_told(text, wanted, Told::Answered);
        let (yes, no) = (FactValue::YesNo(true), FactValue::YesNo(false));
        assert_eq!(told("Oui\nMaude", &[&down]).get("down"), Some(&yes));
        assert_eq!(told("Oui", &[&down, &region()]).get("down"), Some(&yes));
        assert!(told("Oui", &[&down, &shared]).is_empty());
        assert_eq!(told("France", &[&down, &shared, &region()]).text("region"), Some("france"));
        assert_eq!(told("Down: non\nOui", &[&down, &shared]).get("down"), Some(&no));
    }
}

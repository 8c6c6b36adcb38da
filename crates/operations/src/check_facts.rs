use crate::error::Failure;
use crate::open_ticket::check_length;
use desk::Refusal;
use terms::{FactType, FactValue, Facts, STANDARD_FACTS, Terms};

/// Characters of a fact in words at most.
const WORDS_CHARACTERS: u32 = 10_000;

/// Facts as the agreement wants them: `yes` and `no` of a yes-no fact become what they mean.
///
/// # Errors
/// A name that the agreement does not know, or a value that is none of its vocabulary, is refused
/// with those that are; words that are too long are.
pub fn check_facts(terms: &Terms, facts: &Facts) -> Result<Facts, Failure> {
    let mut checked = Facts::new();
    for (name, value) in facts.iter() {
        let refused = |fact: &str, value: &str, allowed: Vec<String>| {
            Failure::Refused(Refusal::UnknownValue {
                fact: fact.to_owned(),
                value: value.to_owned(),
                allowed,
            })
        };
        let Some(rule) = terms.facts.iter().find(|rule| rule.name == *name) else {
            let is_parameter = terms.parameters.iter().any(|parameter| parameter.name == *name);
            if !is_parameter && !STANDARD_FACTS.contains(&name.as_str()) {
                let known = terms.facts.iter().map(|rule| rule.name.to_string()).collect();
                return Err(refused("facts", name.as_str(), known));
            }
            checked.set(name.clone(), value.clone());
            continue;
        };
        let value = match (&rule.kind, value) {
            (FactType::YesNo, FactValue::Text(text)) => match text.as_str() {
                "yes" => FactValue::YesNo(true),
                "no" => FactValue::YesNo(false),
                _ => return Err(refused(name.as_str(), text, vec!["yes".to_owned(), "no".to_owned()])),
            },
            (FactType::OneOf(values) | FactType::SetOf(values), FactValue::Text(text)) => {
                if !values.iter().any(|known| known.name == *text) {
                    let allowed = values.iter().map(|known| known.name.clone()).collect();
                    return Err(refused(name.as_str(), text, allowed));
                }
                value.clone()
            }
            (_, FactValue::Text(text)) => {
                check_length(name.as_str(), text, WORDS_CHARACTERS)?;
                value.clone()
            }
            (_, value) => value.clone(),
        };
        checked.set(name.clone(), value);
    }
    Ok(checked)
}

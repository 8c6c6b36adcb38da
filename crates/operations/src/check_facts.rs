use crate::error::Failure;
use crate::open_ticket::check_length;
use calendar::LocalDate;
use desk::Refusal;
use terms::{FactType, FactValue, Facts, ParameterKind, Terms};

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
            if !terms.knows(name) {
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
            (FactType::OneOf(values) | FactType::SetOf(values), FactValue::Names(names)) => {
                let is_known = |name: &String| values.iter().any(|known| known.name == *name);
                if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
                    let allowed = values.iter().map(|known| known.name.clone()).collect();
                    return Err(refused(name.as_str(), unknown, allowed));
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

/// Values of a contract as its agreement wants them: what a fact of it may be, and days as days.
///
/// # Errors
/// A name that the agreement does not know, or a value that it does not admit.
pub fn contract_values(terms: &Terms, given: &Facts) -> Result<Facts, Failure> {
    check_facts(terms, &typed(terms, given)?)
}

/// Values of parameters as the agreement's kinds want them, where they were written as text.
fn typed(terms: &Terms, given: &Facts) -> Result<Facts, Failure> {
    let mut facts = Facts::new();
    for (name, value) in given.iter() {
        let kind = terms.parameters.iter().find(|known| known.name == *name).map(|known| known.kind);
        let wrong = || Failure::Invalid { field: "parameters", problem: "error-parameter".into() };
        let value = match (kind, value) {
            (Some(ParameterKind::Dates), FactValue::Text(text)) => {
                let days = text.split(',').map(str::trim).filter(|day| !day.is_empty());
                FactValue::Names(days.map(str::to_owned).collect())
            }
            (Some(ParameterKind::Date), FactValue::Text(text)) => {
                FactValue::Date(LocalDate::parse(text).map_err(|_| wrong())?)
            }
            (Some(ParameterKind::Dates), FactValue::Date(day)) => {
                FactValue::Names([day.to_string()].into_iter().collect())
            }
            (_, value) => value.clone(),
        };
        if let (Some(ParameterKind::Dates), FactValue::Names(days)) = (kind, &value)
            && days.iter().any(|day| LocalDate::parse(day).is_err())
        {
            return Err(wrong());
        }
        facts.set(name.clone(), value);
    }
    Ok(facts)
}

//! How a clause is referred to.

use crate::catalogue::{Value, text, text_with};
use crate::language::Language;
use terms::Clause;

/// « clause 5.1 », « clause 2.1 c) », « annexe B »; what stands before the first numbered heading is
/// the preamble.
#[must_use]
pub fn clause_reference(language: Language, clause: &Clause) -> String {
    let number = clause.number.as_str();
    if number.is_empty() {
        return text(language, "clause-preamble").into_owned();
    }
    // « B » is an annex as a whole, « A.3 » is a clause of one.
    let annex = number.chars().all(char::is_alphabetic);
    let number = ("number", Value::Text(number));
    match (&clause.item, annex) {
        (Some(item), false) => text_with(language, "clause-item", &[number, ("item", Value::Text(item))]),
        (Some(item), true) => {
            text_with(language, "clause-annex-item", &[number, ("item", Value::Text(item))])
        }
        (None, false) => text_with(language, "clause-numbered", &[number]),
        (None, true) => text_with(language, "clause-annex", &[number]),
    }
}

#[cfg(test)]
mod tests {
    use super::clause_reference;
    use crate::language::Language::{English, French};
    use terms::{Clause, ClauseName};

    #[test]
    fn a_clause_is_named_by_number_annex_and_item() {
        for (number, item, french, english) in [
            ("5.1", None, "clause 5.1", "clause 5.1"),
            ("2.1", Some("c"), "clause 2.1 c)", "clause 2.1(c)"),
            ("B", None, "annexe B", "annex B"),
            ("A.3", None, "clause A.3", "clause A.3"),
            ("", None, "préambule", "preamble"),
        ] {
            let clause = Clause::from(ClauseName {
                agreement: "essai".to_owned(),
                version: "1".to_owned(),
                number: number.to_owned(),
                item: item.map(str::to_owned),
                heading: String::new(),
            });
            assert_eq!(clause_reference(French, &clause).replace('\u{a0}', " "), french);
            assert_eq!(clause_reference(English, &clause).replace('\u{a0}', " "), english);
        }
    }
}

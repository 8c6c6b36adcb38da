use crate::catalogue::{known_text, text};
use crate::language::Language;
use crate::mail::{MailText, marker, one_line};
use crate::moment::date_in_words;
use crate::number::money_in_words;
use crate::span::span_in_words;
use calendar::LocalDate;
use std::borrow::Cow;
use std::collections::BTreeMap;
use terms::{Evaluation, FactName, FactType, FactValue, MailTemplate, Terms};

/// A mail in the words that the agreement prescribes; none where it has none in that language.
///
/// `values` are the variables that the mail knows (see [`MailTemplate::VARIABLES`]); facts of the
/// request and parameters of the contract fill the others. A known variable without a value is empty.
#[must_use]
pub fn prescribed_mail(
    language: Language,
    evaluation: &Evaluation<'_>,
    template: &MailTemplate,
    values: &BTreeMap<&str, String>,
    reply_marker: Option<&str>,
) -> Option<MailText> {
    let value = |name: &str| -> Option<String> {
        if MailTemplate::VARIABLES.contains(&name) {
            return Some(values.get(name).cloned().unwrap_or_default());
        }
        Some(fact_in_words(language, evaluation, name))
    };
    let (subject, body) = template.filled(language.tag(), &value)?;
    let body = match reply_marker {
        Some(reply_marker) => format!("{}\n\n{body}\n", marker(language, reply_marker)),
        None => format!("{body}\n"),
    };
    Some(MailText { subject: one_line(&subject), text: body })
}

/// The text of a mail below the line above which answers are written.
#[must_use]
pub fn below_marker(language: Language, reply_marker: &str, body: &str) -> String {
    format!("{}\n\n{body}", marker(language, reply_marker))
}

/// What is known of a fact or a parameter, as people read it; empty while nothing is.
#[must_use]
pub fn fact_in_words(language: Language, evaluation: &Evaluation<'_>, name: &str) -> String {
    let terms = evaluation.terms();
    let known = evaluation.value(&FactName::from(name));
    known.map_or_else(String::new, |value| fact_value_in_words(language, terms, name, value))
}

/// What people read of a value that the document does not name: the catalogue's name where it is a usual one
/// (`region` `quebec`), else the value as words.
fn value_name(language: Language, fact: &str, value: &str) -> String {
    let is_key = |text: &str| {
        let plain =
            |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || b"_-".contains(&letter);
        !text.is_empty() && text.bytes().all(plain)
    };
    if !is_key(value) {
        return value.to_owned();
    }
    let key = format!("value-{}-{}", fact.replace(['_', '.'], "-"), value.replace('_', "-"));
    known_text(language, &key).map_or_else(|| value.replace('_', " "), Cow::into_owned)
}

/// The value of a fact as people read it: the document's own label, where it gives one.
#[must_use]
pub fn fact_value_in_words(language: Language, terms: &Terms, fact: &str, value: &FactValue) -> String {
    let label = |name: &str| -> String {
        let values = match terms.fact(fact).map(|rule| &rule.kind) {
            Some(FactType::OneOf(values) | FactType::SetOf(values)) => values.as_slice(),
            Some(FactType::Words) => return name.to_owned(),
            _ => &[],
        };
        let found = values.iter().find(|value| value.name == name);
        match found.map(|value| value.label.text(language.tag())) {
            Some(told) if !told.is_empty() => told.to_owned(),
            _ => value_name(language, fact, name),
        }
    };
    match value {
        FactValue::YesNo(yes) => text(language, if *yes { "value-yes" } else { "value-no" }).into_owned(),
        FactValue::Text(name) => label(name),
        FactValue::Names(names) => names.iter().map(|name| label(name)).collect::<Vec<_>>().join(", "),
        FactValue::Date(date) => date_in_words(language, *date, LocalDate::EPOCH),
        FactValue::Money(money) => money_in_words(language, money),
        FactValue::Span(span) => span_in_words(language, span),
        other => other.to_string(),
    }
}

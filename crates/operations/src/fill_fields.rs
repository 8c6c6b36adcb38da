//! Values of a provider's own fields: read as they are given, kept, and marked for the search.

use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_fields::{CustomField, FieldType, RequiredBy, list_fields};
use crate::mark_ticket::folded_mark;
use crate::seal::Sealed;
use crate::viewer::Viewer;
use calendar::LocalDate;
use desk::{ContentId, FieldValue, Refusal, Ticket};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::Mark;

/// Letters of a text at most, and the largest number, in thousandths.
const LETTERS: usize = 500;
const LARGEST: i64 = 1_000_000_000_000_000;

/// A field of a request as a viewer reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldView {
    /// The field.
    pub field: CustomField,
    /// Its value, where it is filled and still stands.
    pub value: Option<FieldValue>,
    /// Its words, where it holds some.
    pub text: Option<String>,
    /// Whether the viewer may fill it.
    pub is_set_here: bool,
}

impl FieldView {
    /// The value as programs read it; null where there is none.
    #[must_use]
    pub fn json(&self) -> Value {
        match (&self.value, &self.text) {
            (Some(FieldValue::Text(_)), Some(text)) => Value::String(text.clone()),
            (Some(FieldValue::Number(thousandths)), _) => {
                serde_json::from_str(&number_text(*thousandths)).unwrap_or(Value::Null)
            }
            (Some(FieldValue::Date(date)), _) => Value::String(date.to_string()),
            (Some(FieldValue::Choice(choice)), _) => Value::String(choice.clone()),
            (Some(FieldValue::YesNo(yes)), _) => Value::Bool(*yes),
            _ => Value::Null,
        }
    }

    /// The value as a form writes it.
    #[must_use]
    pub fn written(&self) -> String {
        match self.json() {
            Value::String(text) => text,
            Value::Bool(yes) => if yes { "yes" } else { "no" }.to_owned(),
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }
}

/// The fields of a request, as a viewer reads them: those that it lacks too.
pub(crate) async fn fields_of(
    environment: &Environment,
    viewer: &Viewer,
    ticket: &Ticket,
    texts: &HashMap<ContentId, String>,
) -> Result<Vec<FieldView>, Failure> {
    let known = list_fields(environment, viewer).await?;
    let views = known.into_iter().map(|field| {
        let value = ticket.fields.get(&field.key);
        let text = value.and_then(FieldValue::text).map(|text| texts.get(&text.id).cloned());
        // A text that was destroyed is no value.
        let value = value.filter(|_| text != Some(None)).cloned();
        FieldView { value, text: text.flatten(), is_set_here: field.is_set_by(viewer), field }
    });
    Ok(views.collect())
}

/// Reads values as they are given, by the keys of their fields. Nothing, and a text without words, empties.
///
/// # Errors
/// - there is no such field for the viewer, or they may not fill it;
/// - a value is none that it holds: those that it holds are named.
pub(crate) async fn read_values(
    environment: &Environment,
    viewer: &Viewer,
    given: &Map<String, Value>,
    sealed: &mut Sealed,
) -> Result<BTreeMap<String, Option<FieldValue>>, Failure> {
    let known = list_fields(environment, viewer).await?;
    let mut values = BTreeMap::new();
    for (key, value) in given {
        let Some(field) = known.iter().find(|field| field.key == *key) else {
            let allowed = known.iter().map(|field| field.key.clone()).collect();
            return Err(refused("fields", key, allowed));
        };
        if !field.is_set_by(viewer) {
            return Err(Failure::NotPermitted);
        }
        values.insert(key.clone(), value_of(environment, field, value, sealed)?);
    }
    Ok(values)
}

fn value_of(
    environment: &Environment,
    field: &CustomField,
    given: &Value,
    sealed: &mut Sealed,
) -> Result<Option<FieldValue>, Failure> {
    let text = match given {
        Value::Null => return Ok(None),
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Array(_) | Value::Object(_) => {
            return Err(refused(&field.key, &given.to_string(), Vec::new()));
        }
    };
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |allowed: &[&str]| {
        refused(&field.key, &text, allowed.iter().map(|name| (*name).to_owned()).collect())
    };
    Ok(Some(match field.holds {
        FieldType::Text => {
            let fits = text.chars().count() <= LETTERS && !text.chars().any(char::is_control);
            if !fits {
                let (what, most) = (field.key.clone(), LETTERS as u32);
                return Err(Failure::Refused(Refusal::OutOfBounds { what, least: 1, most }));
            }
            FieldValue::Text(sealed.text(environment, &text))
        }
        FieldType::Number => FieldValue::Number(thousandths(&text).ok_or_else(|| wrong(&["1", "1.5"]))?),
        FieldType::Date => FieldValue::Date(LocalDate::parse(&text).map_err(|_| wrong(&["2026-03-09"]))?),
        FieldType::YesNo => match text.to_lowercase().as_str() {
            "yes" | "oui" | "true" => FieldValue::YesNo(true),
            "no" | "non" | "false" => FieldValue::YesNo(false),
            _ => return Err(wrong(&["yes", "no"])),
        },
        FieldType::Choice => {
            let keys: Vec<&str> = field.choices.iter().map(|choice| choice.key.as_str()).collect();
            if !keys.contains(&text.as_str()) {
                return Err(wrong(&keys));
            }
            FieldValue::Choice(text)
        }
    }))
}

fn refused(fact: &str, value: &str, allowed: Vec<String>) -> Failure {
    Failure::Refused(Refusal::UnknownValue { fact: fact.to_owned(), value: value.to_owned(), allowed })
}

/// A number with three places at most, in thousandths. A comma is read as a point.
pub(crate) fn thousandths(text: &str) -> Option<i64> {
    let text = text.trim().replace([' ', '\u{a0}', '\u{202f}'], "").replace(',', ".");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.as_str()),
    };
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || places.len() > 3 || !are_digits(whole) || !are_digits(places) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let places: i64 = format!("{places:0<3}").parse().ok()?;
    let all = whole.checked_mul(1000)?.checked_add(places)?;
    (all < LARGEST).then_some(sign * all)
}

/// A number of thousandths, without zeros at its end.
pub(crate) fn number_text(thousandths: i64) -> String {
    let (whole, places) = (thousandths.abs() / 1000, thousandths.abs() % 1000);
    let sign = if thousandths < 0 { "-" } else { "" };
    let text = format!("{sign}{whole}.{places:03}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Refuses where a field that must be filled by a step is not, and the viewer could fill it.
pub(crate) async fn must_be_filled(
    environment: &Environment,
    viewer: &Viewer,
    step: RequiredBy,
    filled: &BTreeSet<String>,
) -> Result<(), Failure> {
    let known = list_fields(environment, viewer).await?;
    let mut wanted = known.iter().filter(|field| field.required == Some(step) && field.is_set_by(viewer));
    match wanted.find(|field| !filled.contains(&field.key)) {
        None => Ok(()),
        Some(field) => {
            let what = field.label(viewer.language()).to_owned();
            Err(Failure::Refused(Refusal::Needs { what, clause: None }))
        }
    }
}

/// Whether some field must be filled by a step.
pub(crate) async fn is_any_wanted(
    environment: &Environment,
    viewer: &Viewer,
    step: RequiredBy,
) -> Result<bool, Failure> {
    let known = list_fields(environment, viewer).await?;
    Ok(known.iter().any(|field| field.required == Some(step)))
}

/// The name under which the values of a field stand.
pub(crate) fn mark_name(key: &str) -> String {
    format!("field:{key}")
}

/// What the search finds of a value.
pub(crate) fn mark_of(key: &str, value: &FieldValue, texts: &HashMap<ContentId, String>) -> Option<Mark> {
    let (value, rank) = match value {
        FieldValue::Text(text) => (folded_mark(texts.get(&text.id)?), None),
        FieldValue::Number(thousandths) => (number_text(*thousandths), Some(*thousandths)),
        FieldValue::Date(date) => (date.to_string(), Some(date_rank(*date))),
        FieldValue::Choice(choice) => (folded_mark(choice), None),
        FieldValue::YesNo(yes) => (if *yes { "yes" } else { "no" }.to_owned(), None),
    };
    Some(Mark { name: mark_name(key), value, rank })
}

/// A day as a number that orders days.
pub(crate) fn date_rank(date: LocalDate) -> i64 {
    date.to_string().replace('-', "").parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{number_text, thousandths};

    #[test]
    fn numbers_are_read_and_written_without_loss() {
        for (text, value) in
            [("1", 1000), ("-2,5", -2500), ("1 200", 1_200_000), ("0.125", 125), ("-0.5", -500)]
        {
            assert_eq!(thousandths(text), Some(value), "{text}");
            assert_eq!(thousandths(&number_text(value)), Some(value), "{text}");
        }
        for wrong in ["", "-", "1.2345", "1e3", ".5", "a", "999999999999999999999"] {
            assert_eq!(thousandths(wrong), None, "{wrong}");
        }
        assert_eq!(number_text(1000), "1");
        assert_eq!(number_text(-500), "-0.5");
    }
}

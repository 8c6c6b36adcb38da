//! The message catalogues, embedded.

use crate::language::Language;
use crate::number;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement};
use std::borrow::Cow;
use std::sync::LazyLock;

/// A value put into a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Words, put in as they are.
    Text(&'a str),
    /// A count, which chooses the plural and is written with the language's grouping.
    Number(i64),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// The source of every catalogue: language, file, text.
pub(crate) const SOURCES: [(Language, &str, &str); 52] = [
    (Language::French, "privacy", include_str!("../locales/fr/privacy.ftl")),
    (Language::English, "privacy", include_str!("../locales/en/privacy.ftl")),
    (Language::French, "redaction", include_str!("../locales/fr/redaction.ftl")),
    (Language::English, "redaction", include_str!("../locales/en/redaction.ftl")),
    (Language::French, "access", include_str!("../locales/fr/access.ftl")),
    (Language::English, "access", include_str!("../locales/en/access.ftl")),
    (Language::French, "people", include_str!("../locales/fr/people.ftl")),
    (Language::English, "people", include_str!("../locales/en/people.ftl")),
    (Language::French, "life", include_str!("../locales/fr/life.ftl")),
    (Language::English, "life", include_str!("../locales/en/life.ftl")),
    (Language::French, "app", include_str!("../locales/fr/app.ftl")),
    (Language::French, "page", include_str!("../locales/fr/page.ftl")),
    (Language::French, "deadline", include_str!("../locales/fr/deadline.ftl")),
    (Language::French, "mail", include_str!("../locales/fr/mail.ftl")),
    (Language::French, "explanation", include_str!("../locales/fr/explanation.ftl")),
    (Language::French, "api", include_str!("../locales/fr/api.ftl")),
    (Language::French, "agreement", include_str!("../locales/fr/agreement.ftl")),
    (Language::French, "examples", include_str!("../locales/fr/examples.ftl")),
    (Language::English, "examples", include_str!("../locales/en/examples.ftl")),
    (Language::French, "webhooks", include_str!("../locales/fr/webhooks.ftl")),
    (Language::English, "webhooks", include_str!("../locales/en/webhooks.ftl")),
    (Language::French, "texts", include_str!("../locales/fr/texts.ftl")),
    (Language::English, "texts", include_str!("../locales/en/texts.ftl")),
    (Language::French, "events", include_str!("../locales/fr/events.ftl")),
    (Language::English, "events", include_str!("../locales/en/events.ftl")),
    (Language::French, "rules", include_str!("../locales/fr/rules.ftl")),
    (Language::English, "rules", include_str!("../locales/en/rules.ftl")),
    (Language::French, "work", include_str!("../locales/fr/work.ftl")),
    (Language::English, "work", include_str!("../locales/en/work.ftl")),
    (Language::French, "settings", include_str!("../locales/fr/settings.ftl")),
    (Language::English, "settings", include_str!("../locales/en/settings.ftl")),
    (Language::French, "steps", include_str!("../locales/fr/steps.ftl")),
    (Language::English, "steps", include_str!("../locales/en/steps.ftl")),
    (Language::French, "fields", include_str!("../locales/fr/fields.ftl")),
    (Language::English, "fields", include_str!("../locales/en/fields.ftl")),
    (Language::French, "drafts", include_str!("../locales/fr/drafts.ftl")),
    (Language::English, "drafts", include_str!("../locales/en/drafts.ftl")),
    (Language::French, "taken", include_str!("../locales/fr/taken.ftl")),
    (Language::English, "taken", include_str!("../locales/en/taken.ftl")),
    (Language::French, "holdings", include_str!("../locales/fr/holdings.ftl")),
    (Language::English, "holdings", include_str!("../locales/en/holdings.ftl")),
    (Language::French, "rating", include_str!("../locales/fr/rating.ftl")),
    (Language::English, "rating", include_str!("../locales/en/rating.ftl")),
    (Language::French, "search", include_str!("../locales/fr/search.ftl")),
    (Language::English, "search", include_str!("../locales/en/search.ftl")),
    (Language::English, "agreement", include_str!("../locales/en/agreement.ftl")),
    (Language::English, "app", include_str!("../locales/en/app.ftl")),
    (Language::English, "page", include_str!("../locales/en/page.ftl")),
    (Language::English, "deadline", include_str!("../locales/en/deadline.ftl")),
    (Language::English, "mail", include_str!("../locales/en/mail.ftl")),
    (Language::English, "explanation", include_str!("../locales/en/explanation.ftl")),
    (Language::English, "api", include_str!("../locales/en/api.ftl")),
];

type Bundle = FluentBundle<FluentResource>;

static FRENCH: LazyLock<Bundle> = LazyLock::new(|| build(Language::French));
static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| build(Language::English));

fn bundle(language: Language) -> &'static Bundle {
    match language {
        Language::French => &FRENCH,
        Language::English => &ENGLISH,
    }
}

fn build(language: Language) -> Bundle {
    let tag = language.tag().parse().expect("the tags of our languages are well formed");
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Values are isolated by pages (`bdi`), not by invisible characters: these texts also go into
    // plain mails and are compared by tests.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match language {
        Language::French => |value, _| grouped(Language::French, value),
        Language::English => |value, _| grouped(Language::English, value),
    }));
    for (_, file, source) in SOURCES.iter().filter(|(of, _, _)| *of == language) {
        let resource = match FluentResource::try_new((*source).to_owned()) {
            Ok(resource) => resource,
            Err((resource, errors)) => {
                debug_assert!(errors.is_empty(), "{}/{file}.ftl: {errors:?}", language.tag());
                resource
            }
        };
        if let Err(errors) = bundle.add_resource(resource) {
            debug_assert!(errors.is_empty(), "{}/{file}.ftl: {errors:?}", language.tag());
        }
    }
    bundle
}

fn grouped(language: Language, value: &FluentValue<'_>) -> Option<String> {
    match value {
        FluentValue::Number(count) if count.value.fract() == 0.0 && count.value.abs() < 9e15 => {
            Some(number::number(language, count.value as i64))
        }
        _ => None,
    }
}

/// The message `key` in `language`.
///
/// A missing key is a bug: it panics where debug assertions are on, and gives the key elsewhere.
#[must_use]
pub fn text(language: Language, key: &str) -> Cow<'static, str> {
    format(language, key, None)
}

/// The message `key` in `language` with values put in.
///
/// A missing key or value is a bug: it panics where debug assertions are on.
#[must_use]
pub fn text_with(language: Language, key: &str, values: &[(&str, Value<'_>)]) -> String {
    if let Some(pattern) = pattern(language, key)
        && let Some(text) = fill(language, pattern, values)
    {
        return text;
    }
    let mut arguments = FluentArgs::with_capacity(values.len());
    for (name, value) in values {
        match value {
            Value::Text(text) => arguments.set(*name, *text),
            Value::Number(count) => arguments.set(*name, *count),
        }
    }
    format(language, key, Some(&arguments)).into_owned()
}

/// The message `key` in `language` where the catalogues have it, for names that come from documents.
#[must_use]
pub fn known_text(language: Language, key: &str) -> Option<Cow<'static, str>> {
    has_text(language, key).then(|| text(language, key))
}

/// Whether the catalogues have the message `key`, for names that come from documents.
#[must_use]
pub fn has_text(language: Language, key: &str) -> bool {
    bundle(language).has_message(key)
}

fn pattern(language: Language, key: &str) -> Option<&'static Pattern<&'static str>> {
    bundle(language).get_message(key).and_then(|message| message.value())
}

/// Puts the values into a message of words and plain variables, which most are; none when the message
/// chooses between forms, calls a function or lacks a value, which the library's resolver sees to.
/// A page says hundreds of these, and the resolver costs several times the copying.
fn fill(language: Language, pattern: &Pattern<&str>, values: &[(&str, Value<'_>)]) -> Option<String> {
    let mut filled = String::with_capacity(96);
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => filled.push_str(value),
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::VariableReference { id }),
            } => match values.iter().find(|(name, _)| *name == id.name)?.1 {
                Value::Text(text) => filled.push_str(text),
                Value::Number(count) => filled.push_str(&number::number(language, count)),
            },
            PatternElement::Placeable { .. } => return None,
        }
    }
    Some(filled)
}

fn format(language: Language, key: &str, arguments: Option<&FluentArgs<'_>>) -> Cow<'static, str> {
    let Some(pattern) = pattern(language, key) else {
        debug_assert!(false, "no message `{key}` in {}", language.tag());
        return Cow::Owned(key.to_owned());
    };
    if let [PatternElement::TextElement { value }] = pattern.elements.as_slice() {
        return Cow::Borrowed(value);
    }
    let mut errors = Vec::new();
    // Formatting borrows from the arguments, so what is returned is made our own.
    let formatted = bundle(language).format_pattern(pattern, arguments, &mut errors);
    debug_assert!(errors.is_empty(), "message `{key}` in {}: {errors:?}", language.tag());
    Cow::Owned(formatted.into_owned())
}

#[cfg(test)]
mod tests {
    use super::{SOURCES, Value, bundle, fill, pattern};
    use fluent_bundle::FluentArgs;

    #[test]
    fn filling_says_what_the_resolver_says() {
        let names = |pattern: &fluent_syntax::ast::Pattern<&str>| {
            let mut names = Vec::new();
            for element in &pattern.elements {
                if let fluent_syntax::ast::PatternElement::Placeable {
                    expression:
                        fluent_syntax::ast::Expression::Inline(
                            fluent_syntax::ast::InlineExpression::VariableReference { id },
                        ),
                } = element
                {
                    let name = id.name.to_owned();
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
            names
        };
        let mut filled = 0;
        for (language, _, source) in SOURCES {
            for key in source.lines().filter_map(|line| line.split_once(" =").map(|(key, _)| key)) {
                let Some(pattern) = pattern(language, key) else { continue };
                let names = names(pattern);
                let values: Vec<(&str, Value<'_>)> = names
                    .iter()
                    .enumerate()
                    .map(|(place, name)| {
                        (
                            name.as_str(),
                            if place % 2 == 0 { Value::Text("a <b> é") } else { Value::Number(-1_234_567) },
                        )
                    })
                    .collect();
                let Some(ours) = fill(language, pattern, &values) else { continue };
                let mut arguments = FluentArgs::new();
                for (name, value) in &values {
                    match value {
                        Value::Text(text) => arguments.set(*name, *text),
                        Value::Number(count) => arguments.set(*name, *count),
                    }
                }
                let mut errors = Vec::new();
                let theirs = bundle(language).format_pattern(pattern, Some(&arguments), &mut errors);
                assert_eq!(ours, theirs, "{key}");
                assert!(errors.is_empty(), "{key}: {errors:?}");
                filled += 1;
            }
        }
        assert!(filled > 500, "only {filled} messages were filled");
    }
}

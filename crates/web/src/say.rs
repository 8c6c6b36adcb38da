//! Words of the catalogues, looked up once: a page of fifty rows asks for the same few hundred times.

use rustc_hash::FxHashMap;
use std::sync::{LazyLock, PoisonError, RwLock};
use words::Language;

/// Keys are written in the code, so nobody can choose them to collide.
type Said = RwLock<FxHashMap<&'static str, &'static str>>;

static FRENCH: LazyLock<Said> = LazyLock::new(Said::default);
static ENGLISH: LazyLock<Said> = LazyLock::new(Said::default);

/// The words of a key that takes no values. They are kept for the life of the program; keys are
/// written in the code, so their number is bounded.
pub(crate) fn say(language: Language, key: &'static str) -> &'static str {
    let said = match language {
        Language::French => &FRENCH,
        Language::English => &ENGLISH,
    };
    if let Some(words) = said.read().unwrap_or_else(PoisonError::into_inner).get(key) {
        return words;
    }
    let words: &'static str = Box::leak(words::text(language, key).into_owned().into_boxed_str());
    said.write().unwrap_or_else(PoisonError::into_inner).insert(key, words);
    words
}

/// The words of a key with values put in.
pub(crate) fn say_with(language: Language, key: &str, values: &[(&str, &str)]) -> String {
    let values: Vec<(&str, words::Value<'_>)> =
        values.iter().map(|(name, value)| (*name, words::Value::Text(value))).collect();
    words::text_with(language, key, &values)
}

/// The words of a key with a count, which chooses the plural.
pub(crate) fn count(language: Language, key: &str, count: u64) -> String {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    words::text_with(language, key, &[("count", words::Value::Number(count))])
}

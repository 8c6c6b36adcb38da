//! What ways in, roles and parties are called.

use crate::catalogue::{has_text, known_text};
use crate::language::Language;
use std::borrow::Cow;
use terms::Label;

/// The name of a channel: « courriel », « portail », « téléphone »; an unknown one keeps its name.
#[must_use]
pub fn channel_name(language: Language, name: &str) -> String {
    named(language, "channel", name)
}

/// The name of a role: a standard one is translated, any other is the document's own label, else its
/// name.
#[must_use]
pub fn role_name(language: Language, name: &str, label: &Label) -> String {
    if !has_text(language, &format!("role-{name}")) && !label.is_empty() {
        return label.text(language.tag()).to_owned();
    }
    named(language, "role", name)
}

/// The name of a party that can be waited for: « client », « éditeur », « tiers ».
#[must_use]
pub fn party_name(language: Language, name: &str) -> String {
    named(language, "party", name)
}

pub(crate) fn named(language: Language, kind: &str, name: &str) -> String {
    let key = format!("{kind}-{name}");
    known_text(language, &key).map_or_else(|| name.replace('_', " "), Cow::into_owned)
}

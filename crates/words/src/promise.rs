//! What promises and their strength are called.

use crate::catalogue::{has_text, text};
use crate::language::Language;
use meters::Reading;
use terms::{Label, Strength};

/// The name of a promise as a heading (« Réponse »): a standard name is translated, any other is the
/// document's own label, else the name itself.
#[must_use]
pub fn promise_name(language: Language, name: &str, label: &Label) -> String {
    let key = format!("promise-{name}");
    if has_text(language, &key) {
        return text(language, &key).into_owned();
    }
    match label.text(language.tag()) {
        "" => name.replace(['_', '-'], " "),
        words => words.to_owned(),
    }
}

/// The name of a promise inside a sentence: « réponse », « première remise ».
#[must_use]
pub fn promise_in_sentence(language: Language, name: &str, label: &Label) -> String {
    in_sentence(&promise_name(language, name, label))
}

/// A label as it stands inside a sentence: its first letter is small, names in it keep theirs.
#[must_use]
pub fn in_sentence(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), letters.next()) {
        // A label that begins with two capitals is an abbreviation and keeps them.
        (Some(first), second) if !second.is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(label.chars().skip(1)).collect()
        }
        _ => label.to_owned(),
    }
}

/// How binding a promise is: « ferme », « objectif », « estimation »….
#[must_use]
pub fn strength_in_words(language: Language, strength: Strength) -> String {
    text(language, &format!("strength-{strength}")).into_owned()
}

/// What has been done when the promise is kept: « répondu », « pris en charge », else « tenu ».
pub(crate) fn done_in_words(language: Language, reading: &Reading) -> String {
    let key = format!("done-{}", reading.promise);
    let key = if has_text(language, &key) { key.as_str() } else { "done-other" };
    text(language, key).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{promise_in_sentence, promise_name};
    use crate::language::Language::{English, French};
    use terms::Label;

    #[test]
    fn standard_names_are_translated_and_others_keep_the_documents_words() {
        let own = Label::new("fr", "Remise du devis");
        assert_eq!(promise_name(French, "take_up", &own), "Prise en charge");
        assert_eq!(promise_name(English, "acknowledgement", &own), "Acknowledgement");
        assert_eq!(promise_name(French, "quote", &own), "Remise du devis");
        assert_eq!(promise_in_sentence(French, "quote", &own), "remise du devis");
        assert_eq!(promise_in_sentence(French, "x", &Label::new("fr", "TMA livrée")), "TMA livrée");
        assert_eq!(promise_name(French, "first_draft", &Label::default()), "first draft");
    }
}

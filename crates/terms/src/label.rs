use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Words for people, per language (`fr`, `en`), as the agreement itself carries them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Label(BTreeMap<String, String>);

impl Label {
    /// A label in one language.
    #[must_use]
    pub fn new(language: &str, text: &str) -> Self {
        let mut label = Self::default();
        label.insert(language, text);
        label
    }

    /// Adds or replaces the words of one language.
    pub fn insert(&mut self, language: &str, text: &str) {
        self.0.insert(language.to_owned(), text.to_owned());
    }

    /// The words in `language`; else in English, in French, or in whatever language there is;
    /// empty when the document gives none.
    #[must_use]
    pub fn text(&self, language: &str) -> &str {
        [language, "en", "fr"]
            .iter()
            .find_map(|wanted| self.0.get(*wanted))
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }

    /// Whether the document gives no words at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every language with its words, in order of the language's name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(language, text)| (language.as_str(), text.as_str()))
    }
}

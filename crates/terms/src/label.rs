use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Words for people, per language (`fr`, `en`), as the agreement itself carries them.
///
/// A label goes from the terms into clocks, readings and rows; a copy shares the words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label(Option<Arc<[(String, String)]>>);

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
        let mut words: BTreeMap<String, String> = self.words().iter().cloned().collect();
        words.insert(language.to_owned(), text.to_owned());
        self.0 = Some(words.into_iter().collect());
    }

    /// The words in `language`; else in English, in French, or in whatever language there is;
    /// empty when the document gives none.
    #[must_use]
    pub fn text(&self, language: &str) -> &str {
        self.nearest(language).map_or("", |(_, text)| text.as_str())
    }

    /// The language of the words that [`Self::text`] gives; none when the document gives none.
    #[must_use]
    pub fn language_of_text(&self, language: &str) -> Option<&str> {
        self.nearest(language).map(|(known, _)| known.as_str())
    }

    fn nearest(&self, language: &str) -> Option<&(String, String)> {
        let words = self.words();
        [language, "en", "fr"]
            .iter()
            .find_map(|wanted| words.iter().find(|(known, _)| known == wanted))
            .or_else(|| words.first())
    }

    /// Whether the document gives no words at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words().is_empty()
    }

    /// Every language with its words, in order of the language's name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.words().iter().map(|(language, text)| (language.as_str(), text.as_str()))
    }

    fn words(&self) -> &[(String, String)] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;
        impl<'de> Visitor<'de> for Words {
            type Value = Vec<(String, String)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("words by language")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut words: Vec<(String, String)> = Vec::with_capacity(map.size_hint().unwrap_or(2));
                while let Some((language, text)) = map.next_entry::<String, String>()? {
                    match words.binary_search_by(|(known, _)| known.as_str().cmp(&language)) {
                        Ok(place) => words[place].1 = text,
                        Err(place) => words.insert(place, (language, text)),
                    }
                }
                Ok(words)
            }
        }
        let words = deserializer.deserialize_map(Words)?;
        Ok(Self((!words.is_empty()).then(|| words.into())))
    }
}

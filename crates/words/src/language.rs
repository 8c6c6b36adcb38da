//! The languages that the product speaks.

use serde::{Deserialize, Serialize};

/// A language of the catalogues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Language {
    /// French.
    #[default]
    #[serde(rename = "fr")]
    French,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// Every language of the catalogues.
    pub const ALL: [Self; 2] = [Self::French, Self::English];

    /// Reads a language tag by its first part: `fr-CA` is French.
    ///
    /// Source: RFC 5646, section 2.1.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The language tag, `fr` or `en`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }

    /// The language that a browser likes best among ours; none when it names neither.
    ///
    /// Source: RFC 9110, section 12.5.4.
    #[must_use]
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        // A bound keeps an absurd header from costing anything.
        for range in header.split(',').take(32) {
            let mut parts = range.split(';');
            let Some(language) = parts.next().and_then(Self::parse) else { continue };
            let quality = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(1.0, |quality| quality.trim().parse::<f32>().unwrap_or(0.0));
            // Among equals the first named wins.
            if quality > 0.0 && best.is_none_or(|(most, _)| quality > most) {
                best = Some((quality, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{self, English, French};

    #[test]
    fn the_best_liked_language_of_ours_is_found() {
        for (header, expected) in [
            ("fr-CA,fr;q=0.9,en;q=0.8", Some(French)),
            ("en-GB, en;q=0.9", Some(English)),
            ("de, en;q=0.3, fr;q=0.5", Some(French)),
            ("de, ja;q=0.5", None),
            ("fr;q=0, en;q=0.1", Some(English)),
            ("en;q=x, fr;q=0.1", Some(French)),
            ("", None),
        ] {
            assert_eq!(Language::from_accept_language(header), expected, "{header}");
        }
        assert_eq!(Language::parse("fr_FR"), Some(French));
        assert_eq!(Language::parse("frisian"), None);
    }
}

use crate::catalogue::{has_text, text};
use crate::language::Language;

/// What a language is called, by its tag; the tag itself where the catalogues have no name for it.
#[must_use]
pub fn language_name(language: Language, tag: &str) -> String {
    let primary = tag.trim().split(['-', '_']).next().unwrap_or_default().to_lowercase();
    let key = format!("language-name-{primary}");
    if has_text(language, &key) { text(language, &key).into() } else { tag.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::language_name;
    use crate::language::Language;

    #[test]
    fn languages_have_names() {
        assert_eq!(language_name(Language::French, "ja"), "japonais");
        assert_eq!(language_name(Language::English, "fr-CA"), "French");
        assert_eq!(language_name(Language::English, "tlh"), "tlh");
    }
}

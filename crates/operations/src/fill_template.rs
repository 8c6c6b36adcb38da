//! Texts with gaps, such as `{{number}}`: filled with what is known of a request. There is no logic in
//! them; a gap whose name is not known is told when the text is kept, never when it is used.

/// A name of a gap in English and in French, in the order in which they are explained.
pub const TEMPLATE_NAMES: [(&str, &str); 10] = [
    ("number", "numéro"),
    ("subject", "objet"),
    ("contact", "personne"),
    ("account", "client"),
    ("agent", "agent"),
    ("provider", "prestataire"),
    ("severity", "gravité"),
    ("deadline", "échéance"),
    ("turn", "tour"),
    ("link", "lien"),
];

/// The English name of a gap, however it is written.
fn name_of(written: &str) -> Option<&'static str> {
    let written = store::fold_words(written).join("-");
    let is = |name: &str| store::fold_words(name).join("-") == written;
    TEMPLATE_NAMES.iter().find(|(english, french)| is(english) || is(french)).map(|(english, _)| *english)
}

/// A text as its words and its gaps follow one another.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let found = text.split_once("{{").and_then(|(before, after)| {
            let (name, after) = after.split_once("}}")?;
            Some((before, name.trim(), after))
        });
        match found {
            Some((before, name, after)) => {
                rest = Some(after);
                Some((before, Some(name)))
            }
            None => {
                rest = None;
                Some((text, None))
            }
        }
    })
}

/// The first gap whose name is none.
pub(crate) fn unknown_gap(text: &str) -> Option<&str> {
    pieces(text).filter_map(|(_, name)| name).find(|name| name_of(name).is_none())
}

/// Fills the gaps of a text; `value` is asked by English names.
pub(crate) fn fill_template(text: &str, value: impl Fn(&str) -> String) -> String {
    let mut filled = String::with_capacity(text.len());
    for (before, name) in pieces(text) {
        filled.push_str(before);
        match name.map(|name| (name, name_of(name))) {
            Some((_, Some(known))) => filled.push_str(&value(known)),
            // Kept before the name was checked: better seen than lost.
            Some((name, None)) => filled.push_str(&format!("{{{{{name}}}}}")),
            None => {}
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::{fill_template, unknown_gap};

    #[test]
    fn gaps_are_filled_in_either_language_and_nothing_else_is() {
        let value = |name: &str| format!("<{name}>");
        for (text, filled) in [
            ("Demande {{numéro}} : {{ objet }}.", "Demande <number> : <subject>."),
            ("{{Échéance}}{{deadline}}", "<deadline><deadline>"),
            ("{ {number} } {{number", "{ {number} } {{number"),
            ("{{nobody}}", "{{nobody}}"),
            ("", ""),
        ] {
            assert_eq!(fill_template(text, value), filled, "{text}");
        }
        assert_eq!(unknown_gap("{{number}} {{ montant }}"), Some("montant"));
        assert_eq!(unknown_gap("{{lien}} }} {{"), None);
    }

    #[test]
    fn what_a_gap_brings_is_not_filled_again() {
        assert_eq!(fill_template("{{subject}}", |_| "{{link}}".to_owned()), "{{link}}");
    }
}

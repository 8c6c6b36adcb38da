//! Spans as an agreement writes them, in words.

use crate::catalogue::{Value, text, text_with};
use crate::language::Language;
use calendar::{Span, Unit};

/// « 4 heures ouvrables », « 10 minutes », « fin du 2e jour ouvré », in the unit it was promised in.
#[must_use]
pub fn span_in_words(language: Language, span: &Span) -> String {
    let unit_of = |count, unit| unit_in_words(language, count, unit);
    match *span {
        Span::None => text(language, "span-none").into_owned(),
        Span::Unstated => text(language, "span-unstated").into_owned(),
        Span::Immediately => text(language, "span-immediately").into_owned(),
        Span::Of { count, unit } => text_with(
            language,
            "span-of",
            &[("count", Value::Number(i64::from(count))), ("unit", Value::Text(&unit_of(count, unit)))],
        ),
        Span::Range { least, most, unit } => text_with(
            language,
            "span-range",
            &[
                ("least", Value::Number(i64::from(least))),
                ("most", Value::Number(i64::from(most))),
                ("unit", Value::Text(&unit_of(most, unit))),
            ],
        ),
        Span::EndOfBusinessDay { day } => text_with(
            language,
            "span-end-of-business-day",
            &[("ordinal", Value::Text(&ordinal(language, day)))],
        ),
        Span::EndOf { period, next } => {
            let which = if next { "next" } else { "this" };
            text(language, &format!("span-end-of-{which}-{}", period.as_str())).into_owned()
        }
        Span::EndOfBillingPeriod { period: 1 } => {
            text(language, "span-end-of-this-billing-period").into_owned()
        }
        Span::EndOfBillingPeriod { period } => text_with(
            language,
            "span-end-of-billing-period",
            &[("ordinal", Value::Text(&ordinal(language, period)))],
        ),
    }
}

/// A span as people write it: as a document does, or as [`span_in_words`] tells it in either language. `ouvré` and
/// `ouvrable` both name the hours of the calendar that counts. None where it is neither.
#[must_use]
pub fn read_span(said: &str) -> Option<Span> {
    if let Ok(span) = Span::parse(said.trim()) {
        return Some(span);
    }
    let said = said.to_lowercase();
    let (count, unit) = said.trim().split_once(char::is_whitespace)?;
    let (count, unit) = (count.parse().ok()?, plain(unit));
    let names =
        |language, of| [1, 2].map(|number| plain(&unit_in_words(language, number, of))).contains(&unit);
    let is_named = |of: &Unit| names(Language::French, *of) || names(Language::English, *of);
    Unit::ALL.into_iter().find(is_named).map(|unit| Span::of(count, unit))
}

/// Words with one space between two, and one word for what two are used for.
fn plain(words: &str) -> String {
    let words = words.split_whitespace().map(|word| match word {
        "ouvré" | "ouvrée" | "ouvrés" | "ouvrées" => "ouvrable",
        "ouvrables" => "ouvrable",
        word => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

fn unit_in_words(language: Language, count: u32, unit: Unit) -> String {
    let key = format!("unit-{}", unit.as_str().replace(' ', "-"));
    text_with(language, &key, &[("count", Value::Number(i64::from(count)))])
}

fn ordinal(language: Language, number: u32) -> String {
    // English goes by the last digit, but for the teens; French only tells the first from the others.
    let ending = match (language, number, number % 100, number % 10) {
        (_, 1, _, _) => "first",
        (Language::French, ..) | (_, _, 11..=13, _) => "other",
        (_, _, _, 1) => "first",
        (_, _, _, 2) => "second",
        (_, _, _, 3) => "third",
        _ => "other",
    };
    text_with(
        language,
        "ordinal",
        &[("number", Value::Number(i64::from(number))), ("ending", Value::Text(ending))],
    )
}

#[cfg(test)]
mod tests {
    use super::{read_span, span_in_words};
    use crate::language::Language::{English, French};
    use calendar::{Span, Unit};

    #[test]
    fn what_is_told_is_read() {
        for unit in Unit::ALL {
            for count in [1, 2, 4] {
                let span = Span::of(count, unit);
                for language in [French, English] {
                    let told = span_in_words(language, &span);
                    assert_eq!(read_span(&told), Some(span), "{told}");
                }
                assert_eq!(read_span(&span.to_string()), Some(span));
            }
        }
        for (said, expected) in [
            ("4 heures ouvrées", Some(Span::of(4, Unit::BusinessHour))),
            (" 2  Jours\u{a0}ouvrés ", Some(Span::of(2, Unit::BusinessDay))),
            ("quelques jours", None),
            ("4 lunes", None),
            ("-4 jours", None),
            ("99999999999 jours", None),
            ("4", None),
            ("", None),
        ] {
            assert_eq!(read_span(said), expected, "{said}");
        }
    }

    #[test]
    fn spans_keep_the_unit_they_were_promised_in() {
        for (span, french, english) in [
            ("4 business hours", "4 heures ouvrables", "4 business hours"),
            ("1 business hour", "1 heure ouvrable", "1 business hour"),
            ("10 minutes", "10 minutes", "10 minutes"),
            ("2 business days", "2 jours ouvrés", "2 business days"),
            ("2 to 4 hours", "de 2 à 4 heures", "2 to 4 hours"),
            ("end of business day 2", "fin du 2e jour ouvré", "end of the 2nd business day"),
            ("end of business day 1", "fin du 1er jour ouvré", "end of the 1st business day"),
            ("end of business day 12", "fin du 12e jour ouvré", "end of the 12th business day"),
            ("end of business day 21", "fin du 21e jour ouvré", "end of the 21st business day"),
            ("end of month", "fin du mois", "end of the month"),
            ("end of next half-year", "fin du semestre suivant", "end of the next half-year"),
            (
                "end of billing period 1",
                "fin de la période de facturation en cours",
                "end of the billing period",
            ),
            ("immediately", "aussitôt", "immediately"),
            ("none", "pas de délai", "no time limit"),
            ("unstated", "sans délai chiffré", "no stated time"),
        ] {
            let span = Span::parse(span).unwrap();
            assert_eq!(span_in_words(French, &span).replace('\u{a0}', " "), french);
            assert_eq!(span_in_words(English, &span).replace('\u{a0}', " "), english);
        }
        assert!(span_in_words(French, &Span::parse("4 hours").unwrap()).contains("4\u{a0}heures"));
    }
}

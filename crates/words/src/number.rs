//! Numbers and amounts, grouped as the language does.

use crate::language::Language;
use terms::{Decimal, Money};

const NO_BREAK_SPACE: char = '\u{a0}';

/// A whole number with its thousands grouped: « 1 240 », `1,240`.
#[must_use]
pub fn number(language: Language, value: i64) -> String {
    signed(value < 0, &grouped(language, &value.unsigned_abs().to_string()))
}

/// A decimal with the places it was written with: « 98,853 », `98.853`.
#[must_use]
pub fn decimal(language: Language, value: &Decimal) -> String {
    let written = value.to_string();
    let (negative, written) = match written.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, written.as_str()),
    };
    let (whole, places) = written.split_once('.').unwrap_or((written, ""));
    let whole = grouped(language, whole);
    if places.is_empty() {
        return signed(negative, &whole);
    }
    let mark = match language {
        Language::French => ',',
        Language::English => '.',
    };
    signed(negative, &format!("{whole}{mark}{places}"))
}

/// An amount with its currency: « 59,00 $ », `$59.00`; a currency without a sign of its own keeps its
/// three letters.
#[must_use]
pub fn money_in_words(language: Language, money: &Money) -> String {
    let amount = decimal(language, &money.amount);
    let sign = match money.currency.as_str() {
        "CAD" | "USD" | "AUD" => Some('$'),
        "EUR" => Some('€'),
        "GBP" => Some('£'),
        _ => None,
    };
    match (language, sign) {
        (Language::English, Some(sign)) => match amount.strip_prefix('−') {
            Some(amount) => format!("−{sign}{amount}"),
            None => format!("{sign}{amount}"),
        },
        (Language::French, Some(sign)) => format!("{amount}{NO_BREAK_SPACE}{sign}"),
        (_, None) => format!("{amount}{NO_BREAK_SPACE}{}", money.currency),
    }
}

fn signed(negative: bool, digits: &str) -> String {
    if negative { format!("−{digits}") } else { digits.to_owned() }
}

fn grouped(language: Language, digits: &str) -> String {
    let mark = match language {
        Language::French => NO_BREAK_SPACE,
        Language::English => ',',
    };
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{decimal, money_in_words, number};
    use crate::language::Language::{English, French};
    use terms::{Decimal, Money};

    #[test]
    fn thousands_and_places_follow_the_language() {
        assert_eq!(number(French, 1_240), "1\u{a0}240");
        assert_eq!(number(English, -44_640), "−44,640");
        assert_eq!(number(French, 999), "999");
        assert_eq!(decimal(French, &Decimal::new(98_853, 3)), "98,853");
        assert_eq!(decimal(English, &Decimal::new(123_456_789, 2)), "1,234,567.89");
        let credit = Money { amount: Decimal::new(5900, 2), currency: "CAD".to_owned() };
        assert_eq!(money_in_words(French, &credit), "59,00\u{a0}$");
        assert_eq!(money_in_words(English, &credit), "$59.00");
    }
}

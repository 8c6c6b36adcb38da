//! Figures with a unit: as prose says them in French and in English, and as rules write them.

use crate::place::Place;
use calendar::{LocalTime, Span, Unit, Window};
use terms::Decimal;

/// A figure with its unit, on one scale so that prose and rule can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    /// An amount of time in seconds.
    Time { seconds: i64, business: bool },
    /// An amount of days; weeks are seven.
    Days { days: i64, business: bool },
    /// An amount of months; years are twelve.
    Months(i64),
    /// A time of day in minutes, which may also be an amount of hours.
    Clock { minutes: i64 },
    /// A share in percent.
    Share(Decimal),
}

impl Figure {
    /// Whether two figures measure the same sort of thing and may be held against one another.
    pub(crate) fn is_share(&self) -> bool {
        matches!(self, Self::Share(_))
    }

    /// Whether prose that says this is right when the rule says `rule`.
    pub(crate) fn agrees_with(&self, rule: &Figure) -> bool {
        match (self, rule) {
            // Prose that says "business" means it; prose that does not leaves it to the rule.
            (Self::Time { seconds, business }, Self::Time { seconds: wanted, business: counted }) => {
                seconds == wanted && (!business || *counted)
            }
            (Self::Days { days, business }, Self::Days { days: wanted, business: counted }) => {
                days == wanted && (!business || *counted)
            }
            (Self::Clock { minutes }, Self::Time { seconds, .. }) => minutes * 60 == *seconds,
            (Self::Time { seconds, .. }, Self::Clock { minutes }) => *seconds == minutes * 60,
            _ => self == rule,
        }
    }
}

/// The figures that a rule's text holds: a span, a window of opening, a share.
pub(crate) fn of_rule(text: &str) -> Vec<Figure> {
    if let Ok(span) = Span::parse(text) {
        return match span {
            Span::Of { count, unit } => vec![of_unit(i64::from(count), unit)],
            Span::Range { least, most, unit } => {
                vec![of_unit(i64::from(least), unit), of_unit(i64::from(most), unit)]
            }
            Span::EndOfBusinessDay { day } => vec![Figure::Days { days: i64::from(day), business: true }],
            _ => Vec::new(),
        };
    }
    if let Ok(window) = Window::parse(text) {
        return vec![clock(window.from), clock(window.to)];
    }
    if let Ok(time) = LocalTime::parse(text) {
        return vec![clock(time)];
    }
    text.strip_suffix('%')
        .and_then(|number| number.trim().parse().ok())
        .map(Figure::Share)
        .into_iter()
        .collect()
}

fn clock(time: LocalTime) -> Figure {
    Figure::Clock { minutes: i64::from(time.minutes_of_day()) }
}

fn of_unit(count: i64, unit: Unit) -> Figure {
    match unit {
        Unit::Second | Unit::Minute | Unit::Hour | Unit::BusinessMinute | Unit::BusinessHour => {
            Figure::Time { seconds: count * unit.seconds().unwrap_or(1), business: unit.is_business() }
        }
        Unit::Day => Figure::Days { days: count, business: false },
        Unit::BusinessDay => Figure::Days { days: count, business: true },
        Unit::Week => Figure::Days { days: count * 7, business: false },
        Unit::Month => Figure::Months(count),
        Unit::Year => Figure::Months(count * 12),
    }
}

/// Words for whole numbers that prose writes out.
const NUMBERS: [(&str, i64); 30] = [
    ("une", 1),
    ("un", 1),
    ("one", 1),
    ("deux", 2),
    ("two", 2),
    ("trois", 3),
    ("three", 3),
    ("quatre", 4),
    ("four", 4),
    ("cinq", 5),
    ("five", 5),
    ("six", 6),
    ("sept", 7),
    ("seven", 7),
    ("huit", 8),
    ("eight", 8),
    ("neuf", 9),
    ("nine", 9),
    ("dix", 10),
    ("ten", 10),
    ("douze", 12),
    ("twelve", 12),
    ("quinze", 15),
    ("fifteen", 15),
    ("vingt", 20),
    ("twenty", 20),
    ("trente", 30),
    ("thirty", 30),
    ("soixante", 60),
    ("sixty", 60),
];

/// Every figure with a unit in a piece of prose that begins `offset` bytes into the file.
pub(crate) fn of_prose(prose: &str, offset: usize) -> Vec<(Figure, Place)> {
    let words = words(prose);
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let Some((figure, taken)) = figure_at(prose, &words, at) else {
            at += 1;
            continue;
        };
        let (first, last) = (words[at], words[at + taken - 1]);
        let end = last.0 + last.1.len();
        at += taken;
        if prose[end..].starts_with('/') {
            // "24 h/24" says always; it is no figure.
            at += 1;
        } else {
            found.push((figure, Place::new(offset + first.0, offset + end)));
        }
    }
    found
}

/// Words of a text with where they begin: runs of letters, runs of digits, and the signs `%` and `:`.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut start: Option<(usize, u8)> = None;
    let sort = |character: char| match character {
        _ if character.is_ascii_digit() => 1,
        _ if character.is_alphabetic() => 2,
        '%' => 3,
        ',' | '.' | ':' => 4,
        _ => 0,
    };
    for (at, character) in text.char_indices() {
        let this = sort(character);
        match start {
            Some((from, before)) if before != this || before >= 3 => {
                words.push((from, &text[from..at]));
                start = (this != 0).then_some((at, this));
            }
            None if this != 0 => start = Some((at, this)),
            _ => {}
        }
    }
    if let Some((from, _)) = start {
        words.push((from, &text[from..]));
    }
    words
}

fn figure_at(prose: &str, words: &[(usize, &str)], at: usize) -> Option<(Figure, usize)> {
    let word = |place: usize| words.get(at + place).map(|(_, word)| *word);
    let touches = |place: usize| {
        let (left, right) = (words.get(at + place)?, words.get(at + place + 1)?);
        (left.0 + left.1.len() == right.0).then_some(())
    };
    let first = word(0)?;
    let lower = first.to_lowercase();
    let (mut text, mut taken) = match NUMBERS.iter().find(|(name, _)| *name == lower) {
        Some((_, number)) => (number.to_string(), 1),
        None if first.bytes().all(|byte| byte.is_ascii_digit()) => (first.to_owned(), 1),
        None => return None,
    };
    // A decimal: the separator touches a digit on both sides.
    if let (Some("," | "."), Some(fraction)) = (word(1), word(2))
        && touches(0).is_some()
        && touches(1).is_some()
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
    {
        text = format!("{text}.{fraction}");
        taken = 3;
    }
    let unit = word(taken)?.to_lowercase();
    let whole: Option<i64> = text.parse().ok();
    if unit == "%" || unit == "percent" {
        return Some((Figure::Share(text.parse().ok()?), taken + 1));
    }
    if unit == "pour" && word(taken + 1) == Some("cent") {
        return Some((Figure::Share(text.parse().ok()?), taken + 2));
    }
    let count = whole.filter(|count| *count < 100_000)?;
    if unit == "h" {
        let hour = words[at + taken];
        let minutes = words.get(at + taken + 1).filter(|(from, minutes)| {
            minutes.len() == 2
                && !prose[hour.0..*from].contains(|between: char| between.is_ascii_punctuation())
        });
        let minutes = minutes.and_then(|(_, minutes)| minutes.parse::<i64>().ok());
        return Some(match minutes.filter(|minutes| *minutes < 60) {
            Some(minutes) => (Figure::Clock { minutes: count * 60 + minutes }, taken + 2),
            None => (Figure::Clock { minutes: count * 60 }, taken + 1),
        });
    }
    let (business_before, unit, mut end) = match unit.as_str() {
        "business" | "working" | "opening" => (true, word(taken + 1)?.to_lowercase(), taken + 2),
        _ => (false, unit, taken + 1),
    };
    let business_after = word(end).is_some_and(|word| {
        let word = word.to_lowercase();
        word.starts_with("ouvrable") || word.starts_with("ouvré")
    });
    if business_after {
        end += 1;
    }
    let business = business_before || business_after;
    let figure = match unit.as_str() {
        "seconde" | "secondes" | "second" | "seconds" => Figure::Time { seconds: count, business },
        "minute" | "minutes" | "min" => Figure::Time { seconds: count * 60, business },
        "heure" | "heures" | "hour" | "hours" => Figure::Time { seconds: count * 3600, business },
        "jour" | "jours" | "day" | "days" => Figure::Days { days: count, business },
        "semaine" | "semaines" | "week" | "weeks" => Figure::Days { days: count * 7, business },
        "mois" | "month" | "months" => Figure::Months(count),
        "an" | "ans" | "année" | "années" | "year" | "years" => Figure::Months(count * 12),
        _ => return None,
    };
    Some((figure, end))
}

#[cfg(test)]
mod tests {
    use super::{Figure, of_prose, of_rule};

    fn said(prose: &str) -> Vec<String> {
        of_prose(prose, 0).into_iter().map(|(_, place)| prose[place.range()].to_owned()).collect()
    }

    #[test]
    fn prose_is_read_in_both_languages() {
        assert_eq!(
            said("dans les 10 minutes, puis 4 heures ouvrables"),
            ["10 minutes", "4 heures ouvrables"]
        );
        assert_eq!(said("within ten minutes, then 4 business hours"), ["ten minutes", "4 business hours"]);
        assert_eq!(said("de 9 h à 20 h 30"), ["9 h", "20 h 30"]);
        assert_eq!(said("plus de 70 % des cas, 99,5 % du temps"), ["70 %", "99,5 %"]);
        assert_eq!(said("ouvert 24 h/24, réponse sous 2 heures"), ["2 heures"]);
        assert_eq!(said("deux jours ouvrés ; 3 versions antérieures ; clause 5.1"), ["deux jours ouvrés"]);
    }

    #[test]
    fn a_unit_is_compared_not_its_spelling() {
        let prose = |text: &str| of_prose(text, 0).remove(0).0;
        let rule = |text: &str| of_rule(text).remove(0);
        assert!(prose("une heure").agrees_with(&rule("60 minutes")));
        assert!(prose("une heure").agrees_with(&rule("1 business hour")));
        assert!(!prose("4 heures ouvrables").agrees_with(&rule("4 hours")));
        assert!(!prose("5 heures").agrees_with(&rule("4 hours")));
        assert!(prose("20 h").agrees_with(&of_rule("09:00-20:00")[1]));
        assert!(prose("70 %").agrees_with(&Figure::Share("70".parse().expect("a number"))));
        assert!(prose("2 semaines").agrees_with(&rule("14 days")));
    }
}

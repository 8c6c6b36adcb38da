use crate::decimal::Decimal;
use crate::facts::FactValue;
use crate::layered::FromFact;
use crate::money::Money;
use crate::ratio::Ratio;
use calendar::Span;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A number with its unit, as an agreement writes bounds, rates and amounts.
///
/// Written and stored as text: `99 %`, `40 EUR`, `10 points`, `1 unit`, `20 minutes`, `5`.
///
/// ```
/// use terms::{Figure, Ratio};
/// let share: Figure = "99 %".parse().expect("a figure");
/// assert_eq!(share.ratio(), Ratio::new(99, 100));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Figure {
    /// A bare number.
    Number(Decimal),
    /// So many hundredths of something.
    Share(Decimal),
    /// So many hundredths, added to a rate.
    Points(Decimal),
    /// So many prepaid units.
    Units(Decimal),
    /// An amount of money.
    Money(Money),
    /// An amount of time.
    Span(Span),
}

impl Figure {
    /// The figure as a fraction to compare and multiply with: a share as a part of one, a span in
    /// seconds, money as its amount. None for a span without a fixed length.
    #[must_use]
    pub fn ratio(&self) -> Option<Ratio> {
        let hundredth = || Ratio::new(1, 100);
        match self {
            Self::Number(number) | Self::Units(number) => Some(Ratio::from(*number)),
            Self::Share(share) | Self::Points(share) => Ratio::from(*share).times(hundredth()?),
            Self::Money(money) => Some(Ratio::from(money.amount)),
            Self::Span(Span::Of { count, unit }) => {
                unit.seconds().map(|seconds| Ratio::whole(i64::from(*count) * seconds))
            }
            Self::Span(_) => None,
        }
    }
}

impl FromFact for Figure {
    fn from_fact(value: &FactValue) -> Option<Self> {
        match value {
            FactValue::Number(number) => Some(Self::Number(*number)),
            FactValue::Money(money) => Some(Self::Money(money.clone())),
            FactValue::Span(span) => Some(Self::Span(*span)),
            FactValue::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

/// What is wrong with a text that should have been a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAFigure(String);

impl fmt::Display for NotAFigure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "`{}` is not a figure: write it like 5, 99 %, 40 EUR, 10 points, 1 unit or 20 minutes",
            self.0
        )
    }
}
impl std::error::Error for NotAFigure {}

impl FromStr for Figure {
    type Err = NotAFigure;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || NotAFigure(text.to_owned());
        let trimmed = text.trim();
        if let Some(share) = trimmed.strip_suffix('%') {
            return share.trim_end().parse().map(Self::Share).map_err(|_| refuse());
        }
        let Some((number, unit)) = trimmed.split_once(' ') else {
            return match trimmed.parse() {
                Ok(number) => Ok(Self::Number(number)),
                Err(_) => Span::parse(trimmed).map(Self::Span).map_err(|_| refuse()),
            };
        };
        let number = number.parse::<Decimal>();
        match (number, unit.trim()) {
            (Ok(number), "point" | "points") => Ok(Self::Points(number)),
            (Ok(number), "unit" | "units") => Ok(Self::Units(number)),
            (Ok(amount), currency)
                if currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase()) =>
            {
                Ok(Self::Money(Money { amount, currency: currency.to_owned() }))
            }
            _ => Span::parse(trimmed).map(Self::Span).map_err(|_| refuse()),
        }
    }
}

impl TryFrom<String> for Figure {
    type Error = NotAFigure;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Figure> for String {
    fn from(figure: Figure) -> Self {
        figure.to_string()
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |number: &Decimal| if *number == Decimal::from(1) { "" } else { "s" };
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Share(share) => write!(formatter, "{share} %"),
            Self::Points(points) => write!(formatter, "{points} point{}", plural(points)),
            Self::Units(units) => write!(formatter, "{units} unit{}", plural(units)),
            Self::Money(money) => write!(formatter, "{money}"),
            Self::Span(span) => write!(formatter, "{span}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Figure;

    #[test]
    fn every_figure_is_printed_as_it_is_written() {
        for text in [
            "5",
            "99 %",
            "98.5 %",
            "40 EUR",
            "600.00 EUR",
            "10 points",
            "1 unit",
            "4 units",
            "20 minutes",
            "1 hour",
        ] {
            assert_eq!(text.parse::<Figure>().expect("a figure").to_string(), text);
        }
        assert_eq!("15%".parse::<Figure>().expect("a figure").to_string(), "15 %");
    }

    #[test]
    fn what_is_no_figure_is_refused() {
        for text in ["", "%", "EUR", "40 euros", "four units", "1,5 %"] {
            assert!(text.parse::<Figure>().is_err(), "{text}");
        }
    }
}

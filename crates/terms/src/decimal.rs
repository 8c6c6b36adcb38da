use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// An exact decimal number: `mantissa / 10^scale`, at most 28 digits in all.
///
/// Figures of agreements are compared exactly and never pass through binary floating point.
///
/// ```
/// use terms::Decimal;
/// let share: Decimal = "99.50".parse().expect("a decimal");
/// assert_eq!(share, "99.5".parse().expect("a decimal"));
/// assert_eq!(share.to_string(), "99.50");
/// ```
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal {
    mantissa: i128,
    scale: u32,
}

impl Decimal {
    /// `mantissa / 10^scale`.
    ///
    /// # Panics
    /// When `scale` is above 28: no figure of an agreement has so many places.
    #[must_use]
    pub fn new(mantissa: i128, scale: u32) -> Self {
        assert!(scale <= 28, "a decimal has at most 28 places");
        Self { mantissa, scale }
    }

    /// The number without its point, and how many of its digits stand behind the point.
    #[must_use]
    pub fn parts(self) -> (i128, u32) {
        (self.mantissa, self.scale)
    }

    fn normal(self) -> (i128, u32) {
        let (mut mantissa, mut scale) = (self.mantissa, self.scale);
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        (mantissa, scale)
    }
}

impl From<i64> for Decimal {
    fn from(whole: i64) -> Self {
        Self { mantissa: i128::from(whole), scale: 0 }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.normal() == other.normal()
    }
}
impl Eq for Decimal {}

impl std::hash::Hash for Decimal {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.normal().hash(state);
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let (whole, rest) = split(*self);
        let (other_whole, other_rest) = split(*other);
        whole.cmp(&other_whole).then(rest.cmp(&other_rest))
    }
}

/// Floor, and what stands above it in units of 10^-28: together they order like the number.
fn split(number: Decimal) -> (i128, i128) {
    let unit = 10_i128.pow(number.scale);
    let whole = number.mantissa.div_euclid(unit);
    let rest = number.mantissa.rem_euclid(unit) * 10_i128.pow(28 - number.scale);
    (whole, rest)
}

/// What is wrong with a text that should have been a decimal number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotADecimal(String);

impl fmt::Display for NotADecimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "`{}` is not a decimal number: write digits with at most one point, such as 99.5",
            self.0
        )
    }
}
impl std::error::Error for NotADecimal {}

impl FromStr for Decimal {
    type Err = NotADecimal;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || NotADecimal(text.to_owned());
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let ends_with_point = digits.ends_with('.');
        if whole.is_empty()
            || ends_with_point
            || !plain(whole)
            || !plain(fraction)
            || whole.len() + fraction.len() > 28
        {
            return Err(refuse());
        }
        let mantissa: i128 = format!("{whole}{fraction}").parse().map_err(|_| refuse())?;
        let scale = u32::try_from(fraction.len()).map_err(|_| refuse())?;
        Ok(Self { mantissa: sign * mantissa, scale })
    }
}

impl TryFrom<String> for Decimal {
    type Error = NotADecimal;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Decimal> for String {
    fn from(number: Decimal) -> Self {
        number.to_string()
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs().to_string();
        let scale = self.scale as usize;
        if scale == 0 {
            return write!(formatter, "{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        write!(formatter, "{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn orders_exactly_across_scales() {
        let sorted = ["-2.5", "-2.49", "0", "0.1", "98.999", "99", "99.00001", "432"];
        let numbers: Vec<Decimal> = sorted.iter().map(|text| text.parse().expect("a decimal")).collect();
        for pair in numbers.windows(2) {
            assert!(pair[0] < pair[1], "{} < {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in ["", "1.", ".5", "1,5", "1.2.3", "--1", "one", "12345678901234567890123456789"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }

    #[test]
    fn keeps_its_places() {
        for text in ["0.05", "-0.05", "600.00", "7"] {
            assert_eq!(text.parse::<Decimal>().expect("a decimal").to_string(), text);
        }
    }
}

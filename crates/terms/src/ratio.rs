use crate::decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// An exact fraction, always in lowest terms with a denominator above zero.
///
/// Shares, units and amounts stay fractions until the last step, so that no rounding ever decides
/// a comparison. Arithmetic answers none when a result needs more than 127 bits.
///
/// ```
/// use terms::Ratio;
/// let availability = Ratio::new(42_767, 43_200).expect("a fraction");
/// assert!(availability < Ratio::new(99, 100).expect("a fraction"));
/// assert_eq!(availability.to_string(), "42767/43200");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

/// What to do with what does not fit the places kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoundMode {
    /// To the nearest; from the middle, away from zero.
    #[default]
    HalfUp,
    /// To the nearest; from the middle, to the even neighbour.
    HalfEven,
    /// Towards plus infinity.
    Up,
    /// Towards minus infinity.
    Down,
}

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    /// The whole.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// `numerator / denominator`; none when the denominator is zero or a part is the least `i128`.
    #[must_use]
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator == 0 || numerator == i128::MIN || denominator == i128::MIN {
            return None;
        }
        let common = greatest_common_divisor(numerator.abs(), denominator.abs());
        let sign = denominator.signum();
        Some(Self { numerator: sign * numerator / common, denominator: denominator.abs() / common })
    }

    /// A whole number.
    #[must_use]
    pub fn whole(number: i64) -> Self {
        Self { numerator: i128::from(number), denominator: 1 }
    }

    /// Numerator and denominator in lowest terms.
    #[must_use]
    pub fn parts(self) -> (i128, i128) {
        (self.numerator, self.denominator)
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.numerator == 0
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.numerator < 0
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let common = greatest_common_divisor(self.denominator, other.denominator);
        let left = self.numerator.checked_mul(other.denominator / common)?;
        let right = other.numerator.checked_mul(self.denominator / common)?;
        Self::new(left.checked_add(right)?, self.denominator.checked_mul(other.denominator / common)?)
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negated())
    }

    /// The product.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        let across = greatest_common_divisor(self.numerator.abs(), other.denominator);
        let back = greatest_common_divisor(other.numerator.abs(), self.denominator);
        Self::new(
            (self.numerator / across).checked_mul(other.numerator / back)?,
            (self.denominator / back).checked_mul(other.denominator / across)?,
        )
    }

    /// The quotient; none also when the divisor is nothing.
    #[must_use]
    pub fn over(self, other: Self) -> Option<Self> {
        self.times(Self::new(other.denominator, other.numerator)?)
    }

    /// The same with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { numerator: -self.numerator, ..self }
    }

    /// The greatest whole number not above it.
    #[must_use]
    pub fn floor(self) -> i128 {
        self.numerator.div_euclid(self.denominator)
    }

    /// The least whole number not below it.
    #[must_use]
    pub fn ceiling(self) -> i128 {
        -(-self.numerator).div_euclid(self.denominator)
    }

    /// The whole number it rounds to.
    #[must_use]
    pub fn rounded(self, mode: RoundMode) -> i128 {
        let floor = self.floor();
        let rest = self.numerator.rem_euclid(self.denominator);
        // Whether the rest lies below, at or above the middle, without doubling what may not fit.
        let middle = rest.cmp(&(self.denominator - rest));
        let up = match (mode, middle) {
            (_, _) if rest == 0 => false,
            (RoundMode::Up, _) => true,
            (RoundMode::Down, _) => false,
            (_, Ordering::Greater) => true,
            (_, Ordering::Less) => false,
            (RoundMode::HalfUp, Ordering::Equal) => self.numerator > 0,
            (RoundMode::HalfEven, Ordering::Equal) => floor % 2 != 0,
        };
        if up { floor + 1 } else { floor }
    }

    /// The multiple of `step` it rounds to; none when `step` is not above zero.
    #[must_use]
    pub fn rounded_to(self, step: Self, mode: RoundMode) -> Option<Self> {
        if step.numerator <= 0 {
            return None;
        }
        let steps = self.over(step)?.rounded(mode);
        Self { numerator: steps, denominator: 1 }.times(step)
    }

    /// The decimal with so many places (at most 28) that it rounds to.
    #[must_use]
    pub fn to_decimal(self, places: u32, mode: RoundMode) -> Option<Decimal> {
        let scale = 10_i128.checked_pow(places).filter(|_| places <= 28)?;
        let scaled = self.times(Self { numerator: scale, denominator: 1 })?;
        Some(Decimal::new(scaled.rounded(mode), places))
    }
}

impl Default for Ratio {
    fn default() -> Self {
        Self::ZERO
    }
}

impl From<Decimal> for Ratio {
    fn from(number: Decimal) -> Self {
        let (mantissa, scale) = number.parts();
        let common = greatest_common_divisor(mantissa.saturating_abs(), 10_i128.pow(scale));
        Self { numerator: mantissa / common, denominator: 10_i128.pow(scale) / common }
    }
}

/// Never zero: one of the two is the denominator of a fraction or a power of ten.
fn greatest_common_divisor(left: i128, right: i128) -> i128 {
    let (mut left, mut right) = (left, right);
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left.max(1)
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    /// Exact at any size: whole parts first, then the reciprocals of what remains (Euclid).
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut left, mut right) = (*self, *other);
        let mut reversed = false;
        loop {
            let whole = left.floor().cmp(&right.floor());
            if whole != Ordering::Equal {
                return if reversed { whole.reverse() } else { whole };
            }
            let left_rest = left.numerator.rem_euclid(left.denominator);
            let right_rest = right.numerator.rem_euclid(right.denominator);
            if left_rest == 0 || right_rest == 0 {
                let rest = left_rest.signum().cmp(&right_rest.signum());
                return if reversed { rest.reverse() } else { rest };
            }
            left = Self { numerator: left.denominator, denominator: left_rest };
            right = Self { numerator: right.denominator, denominator: right_rest };
            reversed = !reversed;
        }
    }
}

/// What is wrong with a text that should have been a fraction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotARatio(String);

impl fmt::Display for NotARatio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is not a fraction: write it like 3, 1/2 or 42767/43200", self.0)
    }
}
impl std::error::Error for NotARatio {}

impl FromStr for Ratio {
    type Err = NotARatio;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || NotARatio(text.to_owned());
        let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
        let numerator = numerator.trim().parse().map_err(|_| refuse())?;
        let denominator = denominator.trim().parse().map_err(|_| refuse())?;
        Self::new(numerator, denominator).ok_or_else(refuse)
    }
}

impl TryFrom<String> for Ratio {
    type Error = NotARatio;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Ratio> for String {
    fn from(ratio: Ratio) -> Self {
        ratio.to_string()
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.denominator == 1 {
            return write!(formatter, "{}", self.numerator);
        }
        write!(formatter, "{}/{}", self.numerator, self.denominator)
    }
}

#[cfg(test)]
mod tests {
    use super::{Ratio, RoundMode};

    fn ratio(text: &str) -> Ratio {
        text.parse().expect("a fraction")
    }

    #[test]
    fn orders_exactly_where_products_would_not_fit() {
        let great = i128::MAX;
        let just_below = Ratio::new(great - 1, great).expect("a fraction");
        let lower = Ratio::new(great - 2, great - 1).expect("a fraction");
        assert!(lower < just_below && just_below < Ratio::ONE);
        let sorted = ["-7/2", "-3", "-1/3", "0", "1/3", "1/2", "42767/43200", "99/100", "1", "433"];
        for pair in sorted.windows(2) {
            assert!(ratio(pair[0]) < ratio(pair[1]), "{} < {}", pair[0], pair[1]);
            assert!(ratio(pair[1]) > ratio(pair[0]), "{} > {}", pair[1], pair[0]);
        }
    }

    #[test]
    fn rounds_as_each_mode_says() {
        for (text, half_up, half_even, up, down) in [
            ("5/2", 3, 2, 3, 2),
            ("7/2", 4, 4, 4, 3),
            ("-5/2", -3, -2, -2, -3),
            ("61/60", 1, 1, 2, 1),
            ("-61/60", -1, -1, -1, -2),
            ("3", 3, 3, 3, 3),
        ] {
            let number = ratio(text);
            assert_eq!(number.rounded(RoundMode::HalfUp), half_up, "{text} half up");
            assert_eq!(number.rounded(RoundMode::HalfEven), half_even, "{text} half even");
            assert_eq!(number.rounded(RoundMode::Up), up, "{text} up");
            assert_eq!(number.rounded(RoundMode::Down), down, "{text} down");
        }
    }

    #[test]
    fn becomes_a_decimal_only_when_asked() {
        let shown = ratio("4276700/43200").to_decimal(3, RoundMode::HalfUp).expect("it fits");
        assert_eq!(shown.to_string(), "98.998");
        assert_eq!(Ratio::new(1, 3).and_then(|third| third.to_decimal(29, RoundMode::HalfUp)), None);
        assert_eq!(Ratio::new(1, 0), None);
        assert!("1/0".parse::<Ratio>().is_err() && "half".parse::<Ratio>().is_err());
    }

    #[test]
    fn what_does_not_fit_is_said_and_not_wrapped() {
        let great = Ratio::new(i128::MAX, 1).expect("a fraction");
        assert_eq!(great.plus(Ratio::ONE), None);
        assert_eq!(great.times(great), None);
        assert_eq!(great.over(Ratio::ZERO), None);
    }
}

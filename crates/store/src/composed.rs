//! Statements that are put together while the program runs, for a filter or a search.
//!
//! What goes into one is a text of the program, a whole number, or the place of a value. There is no way in for a text
//! that was made while the program runs, so that what a person says can be bound and never written: by type, and not by
//! review. Source: ASVS 5.0, 1.2.4.

use crate::sql::Value;
use std::ops::AddAssign;

/// A statement's text, or a part of one, with `$1`, `$2`, …
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Composed(String);

/// What may go into a statement's text. Nothing but what stands in this file is one.
pub(crate) trait Piece: sealed::Sealed {
    /// Writes it behind a text.
    fn write(&self, text: &mut String);
}

mod sealed {
    pub(crate) trait Sealed {}
}

impl sealed::Sealed for &'static str {}
impl Piece for &'static str {
    fn write(&self, text: &mut String) {
        text.push_str(self);
    }
}

impl sealed::Sealed for Composed {}
impl Piece for Composed {
    fn write(&self, text: &mut String) {
        text.push_str(&self.0);
    }
}

impl sealed::Sealed for &Composed {}
impl Piece for &Composed {
    fn write(&self, text: &mut String) {
        text.push_str(&self.0);
    }
}

macro_rules! whole_numbers {
    ($($kind:ty)*) => {$(
        impl sealed::Sealed for $kind {}
        impl Piece for $kind {
            fn write(&self, text: &mut String) {
                text.push_str(&self.to_string());
            }
        }
    )*};
}
whole_numbers!(i64 u32 usize);

impl Composed {
    /// A text of the program.
    pub(crate) fn new(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// A text of the program with its gaps filled in order; [`sql!`] sees when it compiles that there is one for each.
    pub(crate) fn filled(template: &'static str, pieces: &[&dyn Piece]) -> Self {
        let mut between = template.split(GAP);
        let mut text = between.next().unwrap_or_default().to_owned();
        for (piece, rest) in pieces.iter().zip(between) {
            piece.write(&mut text);
            text.push_str(rest);
        }
        Self(text)
    }

    /// All of these, with a text of the program between each two.
    pub(crate) fn joined<P: Piece>(pieces: impl IntoIterator<Item = P>, between: &'static str) -> Self {
        let mut text = String::new();
        for (place, piece) in pieces.into_iter().enumerate() {
            if place > 0 {
                text.push_str(between);
            }
            piece.write(&mut text);
        }
        Self(text)
    }

    /// As it is written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<P: Piece> AddAssign<P> for Composed {
    fn add_assign(&mut self, piece: P) {
        piece.write(&mut self.0);
    }
}

/// Binds one more value, and gives its place.
pub(crate) fn place<'a>(values: &mut Vec<Value<'a>>, value: Value<'a>) -> Composed {
    values.push(value);
    Composed(format!("${}", values.len()))
}

/// Where a piece goes.
const GAP: &str = "{}";

/// How many gaps a text has.
pub(crate) const fn gaps(template: &str) -> usize {
    let bytes = template.as_bytes();
    let (mut at, mut count) = (0, 0);
    while at + 1 < bytes.len() {
        if bytes[at] == b'{' && bytes[at + 1] == b'}' {
            count += 1;
            at += 1;
        }
        at += 1;
    }
    count
}

/// A text of the program, with a piece for each `{}`. One that has other gaps than pieces does not compile.
macro_rules! sql {
    ($template:literal $(, $piece:expr)* $(,)?) => {{
        const {
            let pieces: &[&str] = &[$(stringify!($piece)),*];
            assert!($crate::composed::gaps($template) == pieces.len(), "a piece for each gap");
        }
        $crate::composed::Composed::filled($template, &[$(&$piece as &dyn $crate::composed::Piece),*])
    }};
}
pub(crate) use sql;

#[cfg(test)]
mod tests {
    use super::{Composed, place};
    use crate::sql::Value;

    #[test]
    fn gaps_are_filled_in_order_and_values_are_bound() {
        let mut values = vec![Value::Integer(1)];
        let named = [place(&mut values, Value::text("a' OR 1=1")), place(&mut values, Value::text("b"))];
        let mut text = sql!("SELECT {} FROM t WHERE name IN ({})", "id", Composed::joined(&named, ", "));
        text += sql!(" AND rank > {} LIMIT {}", -7_i64, 5_u32);
        text += " -- all";
        assert_eq!(text.as_str(), "SELECT id FROM t WHERE name IN ($2, $3) AND rank > -7 LIMIT 5 -- all");
        assert_eq!(values.len(), 3);
        assert_eq!(Composed::joined::<&'static str>([], ", "), Composed::new(""));
        assert_eq!(sql!("SELECT 1").as_str(), "SELECT 1");
    }
}
